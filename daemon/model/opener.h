/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has a controller's device open, and when it did: what is told of an opener, and a bounded
 * table of them. Pure; it comes from a helper that may be wrong or late, so anything is taken: an
 * opening that was never closed, a closing of what was never opened.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/agent.h"
#include "model/target.h"

#define OPENER_COMM_MAX	     16 /* the kernel's own limit */
#define OPENER_EXE_MAX	     128
#define OPENER_UNIT_MAX	     128
#define OPENER_CONTAINER_MAX 72
#define OPENER_NO_UID	     UINT32_MAX

enum opener_kind {
	OPENER_PROCESS,
	OPENER_KERNEL, /* comm: the module; nothing else is set */
	OPENER_KIND_MAX,
};

struct opener { /* texts are printable; "" is what nobody knows */
	enum opener_kind kind;
	int32_t pid;
	uint64_t start_ticks;	 /* /proc/PID/stat; a pid alone is used again and again */
	uint32_t uid, login_uid; /* OPENER_NO_UID: unknown, nobody logged in */
	char comm[OPENER_COMM_MAX];
	char parent[OPENER_COMM_MAX]; /* comm of who started it */
	char exe[OPENER_EXE_MAX];     /* its end, if it is longer */
	char unit[OPENER_UNIT_MAX];   /* a user's own: "user@1000/x.service" */
	char container[OPENER_CONTAINER_MAX];
};

enum opener_event_kind {
	OPENER_OPENED,
	OPENER_CLOSED,
	OPENER_HOLDS,	/* a look at all processes found it: open, nobody knows since when */
	OPENER_SCANNED, /* that look is over: who was not named since `began` has nothing open */
	OPENER_EVENT_MAX,
};

struct opener_event {
	enum opener_event_kind kind;
	uint32_t target; /* whose device; of OPENER_SCANNED, too */
	mono_us at;
	mono_us began;	   /* OPENER_SCANNED only */
	struct opener who; /* of OPENER_SCANNED nothing */
};

#define OPENER_TABLE_MAX 32 /* programs; the one that was quiet for longest makes room */
#define OPENER_OPEN_MAX	 64 /* openings at once, of all of them */
#define OPENER_SPANS_MAX 256
#define OPENER_SLICES	 288 /* of a day */
#define OPENER_SLICE_US	 (USEC_PER_DAY / OPENER_SLICES)
#define OPENER_STILL	 INT64_MAX

struct opener_span {
	mono_us from, until; /* until OPENER_STILL: open now */
	bool is_known;	     /* somebody saw it opened; else `from` is when it was noticed */
};

struct opener_slice {
	int64_t number; /* since the clock's 0 */
	uint32_t opens;
	int64_t open_us;
};

/* One program as a person would count them: same target, comm, executable, user, container and
 * unit, but for numbers in the last two, because each run of a cron job is a session of its own,
 * each of systemd-run(1) a unit and each of a pod a container, with eight and more hex digits drawn
 * by lot. One that ended before its executable could be read is the one of that name that is known
 * already. */
struct opener_entry {
	struct opener who; /* the latest of them */
	enum agent agent;
	uint32_t target;
	mono_us first, last; /* seen open; `last` is old news while open_now > 0 */
	uint32_t open_now;
	uint64_t opens;	     /* ever */
	int64_t total_us;    /* ever, of those closed; two at once count twice */
	uint64_t span_count; /* ever; the last OPENER_SPANS_MAX are kept */
	struct opener_span spans[OPENER_SPANS_MAX]; /* number n is at n % OPENER_SPANS_MAX */
	struct opener_slice slices[OPENER_SLICES];
};

struct opener_table;

/* All memory at once, some 400 KiB. NULL: no memory. */
struct opener_table *opener_table_new(void);
void opener_table_free(struct opener_table *table);
void opener_table_feed(struct opener_table *table, const struct opener_event *event);
/* Of a target that is watched no more. */
void opener_table_forget(struct opener_table *table, uint32_t target);

/* A target's openers as bytes, for the next run on the same boot of the host: the times are the
 * host's. `data` has OPENER_SAVE_MAX bytes; how many were used. */
#define OPENER_SAVE_MAX (1 << 19)
size_t opener_table_save(const struct opener_table *table, uint32_t target, uint32_t boot_id,
			 void *data);
/* Only into a table without openers of the target. 0; -ESTALE: of another boot, or another version;
 * -EBADMSG: damaged; the table is untouched then. -ENOSPC: it has no room. */
MUST_CHECK int opener_table_load(struct opener_table *table, uint32_t target, uint32_t boot_id,
				 mono_us now, const void *data, size_t len);

/* In no order, 0 … opener_table_count() - 1; the pointer holds until the next feed. */
size_t opener_table_count(const struct opener_table *table);
const struct opener_entry *opener_table_get(const struct opener_table *table, size_t i);
/* For people: "ipmitool", "ipmitool of user 1000", "Telegraf's ipmi_sensor input". Who is not root
 * is named: it is another person's to end. */
void opener_entry_name(const struct opener_entry *entry, char *text, size_t max);
/* Openings that found no place; and programs that had to make room. */
uint64_t opener_table_lost(const struct opener_table *table);

struct opener_use {
	uint32_t opens;
	int64_t open_us;
};
/* Over the last `span_us`, a day at most, to five minutes; what is open now counts until `now`. */
struct opener_use opener_use(const struct opener_entry *entry, mono_us now, int64_t span_us);
/* Had it the device open at some moment from `from` until `until`, as far as is remembered? */
bool opener_was_open(const struct opener_entry *entry, mono_us from, mono_us until);
/* The earliest moment opener_was_open() still remembers. */
mono_us opener_remembers_since(const struct opener_entry *entry);
