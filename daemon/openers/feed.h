/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The helper's end of the daemon's socket: connects, and connects again; what cannot be sent at
 * once is dropped and said, the helper never waits for the daemon.
 */
#pragma once

#include <systemd/sd-event.h>

#include "model/opener-wire.h"

struct feed_events {
	void (*connected)(void *user, pid_t daemon);
	void (*asked)(void *user); /* OPENER_LOOK */
};

struct feed;

/* RUN_DIR/openers.sock. 0, also while nobody listens there; -errno. */
MUST_CHECK int feed_new(sd_event *event, const char *run_dir, const struct feed_events *events,
			void *user, struct feed **ret);
void feed_free(struct feed *feed);
/* 0; -ENOTCONN; -EAGAIN: the daemon does not read; -errno. */
int feed_send(struct feed *feed, const struct opener_message *message);
