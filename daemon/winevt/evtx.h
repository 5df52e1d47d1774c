/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Windows event logs as files (.evtx), copied or forwarded. A log is a header and slots of 64 KiB;
 * records come in the order of the file, which in a log that wrapped is not the order of time.
 *
 * A file is hostile: it is read, never mapped; each read is bounded by its chunk; nothing is
 * followed but one template and the names of its elements.
 */
#pragma once

#include "winevt/record.h"

#define WINEVT_EVTX_HEADER 4096
#define WINEVT_EVTX_CHUNK  65536

/*
 * How far a file that still grows was read, whole records only; may be kept. Zero: not at all.
 * It holds no name: the file goes on where its record `id` is of `time`, be it a newer copy; a log
 * that was cleared has none such and is read from its beginning.
 */
struct winevt_evtx_cursor {
	uint64_t id, time;	     /* the last record of all, when the last pass ended */
	uint64_t next_id, next_time; /* the same of the pass that is under way */
	uint64_t slot;		     /* where it goes on */
};

/* What a step found. */
enum winevt_evtx_state {
	WINEVT_EVTX_END = 0, /* of the file */
	WINEVT_EVTX_MORE = 1,
	WINEVT_EVTX_WAIT = 2, /* what comes next is not written yet, or damaged */
};

struct winevt_evtx;

/* NULL: no memory. All that is given is borrowed. `counts` is added to. */
struct winevt_evtx *winevt_evtx_new(const struct winevt_wanted *wanted, winevt_record_fn *fn,
				    void *user, struct winevt_counts *counts);
void winevt_evtx_free(struct winevt_evtx *e);

/* What was read of a pipe already; borrowed until the steps are past it. */
void winevt_evtx_begin(struct winevt_evtx *e, const void *head, size_t len);

/*
 * The next slot of a file that is complete, or of a pipe, from where it stands. What is damaged is
 * counted and passed over: of a chunk whose checksum is wrong or that is cut short, the records
 * that still hold together are told. A state; -EBADMSG: not an event log; -errno; what `fn`
 * returned.
 */
MUST_CHECK int winevt_evtx_step(struct winevt_evtx *e, int fd);

/*
 * The next slot of a file that may still be written to: only records that are not behind the
 * cursor. WINEVT_EVTX_WAIT: call again when the file has changed, or with `is_final` when it has
 * not for long: then what is there counts as damaged, in each pass again, and the pass goes on.
 * If `fn` says stop, it hears all of that chunk again. Otherwise as above.
 */
MUST_CHECK int winevt_evtx_follow(struct winevt_evtx *e, int fd, struct winevt_evtx_cursor *cursor,
				  bool is_final);

/* The whole of a complete file. 0, or as winevt_evtx_step(). */
MUST_CHECK int winevt_evtx_read(int fd, const struct winevt_wanted *wanted, winevt_record_fn *fn,
				void *user, struct winevt_counts *counts);
