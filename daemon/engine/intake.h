/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A socket in the run folder where a helper hands in what it saw: records of one size, from root,
 * our own user or one whom the owner trusts, checked one by one, a bounded number a second: what
 * comes faster waits in the kernel's buffer, where it costs the sender. What a record is, its owner
 * knows (engine/openers, engine/winevt).
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>
#include <systemd/sd-event.h>

#include "base/util.h"

#define INTAKE_PEERS_MAX  4 /* at once; more are closed unheard */
#define INTAKE_RECORD_MAX 512
#define INTAKE_BAD_MAX	  20 /* records that are none: the peer is sent away */

struct intake_kind {
	const char *name;	   /* of the socket's file */
	unsigned mode;		   /* of it */
	size_t size;		   /* of a record; at most INTAKE_RECORD_MAX */
	int64_t per_second, burst; /* records of all peers together */
	/* False: it is none. `peer` is below INTAKE_PEERS_MAX. Must not free the intake. */
	bool (*record)(void *user, unsigned peer, const void *data, size_t len);
	void (*gone)(void *user, unsigned peer);   /* it is not counted any more */
	bool (*is_trusted)(void *user, uid_t uid); /* NULL: nobody else */
};

struct intake_counters {
	uint64_t taken, bad, refused; /* records, records that are none, peers */
	unsigned peers;		      /* connected now */
};

struct intake;

/* 0; -EADDRINUSE: another daemon listens there; -errno. `kind` is borrowed for its life. */
MUST_CHECK int intake_new(sd_event *event, const char *run_dir, const struct intake_kind *kind,
			  void *user, struct intake **ret);
void intake_free(struct intake *intake);
/* To every peer, or one; who does not read does not get it. */
void intake_send(struct intake *intake, const void *data, size_t len);
void intake_answer(struct intake *intake, unsigned peer, const void *data, size_t len);
struct intake_counters intake_counters(const struct intake *intake);
