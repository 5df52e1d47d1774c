/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RUN_DIR/openers.sock: where the helper bmchealthd-openers hands in what it saw. Records of one
 * size (model/opener-wire.h), from root or our own user only, checked one by one, a bounded number
 * a second: what comes faster waits in the kernel's buffer, where it costs the sender.
 */
#pragma once

#include <systemd/sd-event.h>

#include "model/opener-wire.h"

#define INTAKE_PEERS_MAX  4 /* at once; more are closed unheard */
#define INTAKE_PER_SECOND 200
#define INTAKE_BURST	  1000 /* a look that found every opener there is room for, many times */
#define INTAKE_BAD_MAX	  20   /* records that are none: the peer is sent away */

struct intake_events {
	void (*message)(void *user, const struct opener_message *message);
	void (*gone)(void *user); /* the last peer */
};

struct intake_counters {
	uint64_t taken, bad, refused; /* records, records that are none, peers */
	unsigned peers;		      /* connected now */
};

struct intake;

/* 0; -EADDRINUSE: another daemon listens there; -errno. */
MUST_CHECK int intake_new(sd_event *event, const char *run_dir, const struct intake_events *events,
			  void *user, struct intake **ret);
void intake_free(struct intake *intake);
/* Ask every peer to look through all processes. */
void intake_ask(struct intake *intake);
struct intake_counters intake_counters(const struct intake *intake);
