/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader's end of the daemon's socket (model/winevt-wire.h): events that were committed go
 * out in order, and leave the state when the daemon says that it has them. Old ones are announced
 * as history, so that months of it end in one verdict.
 */
#pragma once

#include <systemd/sd-event.h>

#include "base/clock.h"
#include "winevtd/state.h"

#define FEED_OLD_US (10 * USEC_PER_MINUTE) /* an event that old is history */
/* What an operator does where nobody listens. */
#define FEED_AWAY_NEXT "systemctl status bmchealthd; winevt.enabled must be set"

struct feed_events {
	void (*taken)(void *user);   /* some events left */
	bool (*is_idle)(void *user); /* no input has more at once */
};

struct feed;

/* RUN_DIR/winevt.sock. 0, also while nobody listens there; -errno. */
MUST_CHECK int feed_new(sd_event *event, const char *run_dir, struct state *state,
			const struct feed_events *events, void *user, struct feed **ret);
void feed_free(struct feed *feed);
/* Send what is committed, if the daemon is there and reads. */
void feed_pump(struct feed *feed);
bool feed_is_connected(const struct feed *feed);
/* The daemon has all up to that number. */
uint64_t feed_taken(const struct feed *feed);
