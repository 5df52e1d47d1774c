/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One file that is followed: from the place where it was left, slice by slice, to its present end,
 * and on when it has grown. Knows when it was truncated or is another file under the same name,
 * and puts a record together whose halves lie before and behind a rotation.
 *
 * A file is hostile, and may change at any time: it is read, never mapped, and opened so that
 * neither a link nor a device nor a pipe can be put in its place.
 */
#pragma once

#include <sys/stat.h>

#include "winevt/evtx.h"
#include "winevt/format.h"
#include "winevtd/state.h"

enum tail_state {
	TAIL_END = 0,  /* all that is there was read */
	TAIL_MORE = 1, /* call again */
	TAIL_WAIT = 2, /* what comes next is being written; after a while it counts as damaged */
};

struct tail_settings {			    /* borrowed */
	const struct winevt_format *format; /* NULL: it is looked at */
	const struct winevt_wanted *wanted;
	struct winevt_zone *zone; /* NULL: none */
	winevt_record_fn *each;
	void *user;
};

struct tail;

MUST_CHECK int tail_new(const struct tail_settings *settings, struct tail **ret);
void tail_free(struct tail *t);

/*
 * `place` NULL: from the beginning; one of another file: likewise, but an event log goes on if it
 * holds the same log. 0; -EISDIR, -ELOOP, -ENOTSUP: not a regular file; -errno.
 */
MUST_CHECK int tail_open(struct tail *t, int folder, const char *name,
			 const struct state_place *place);
/* The file that follows after a rotation: a record that was cut by it goes on there. */
MUST_CHECK int tail_open_next(struct tail *t, int folder, const char *name);
void tail_close(struct tail *t);
bool tail_is_open(const struct tail *t);

/* A slice. A tail_state; -EBADMSG: winevt_format_refusal(); -errno. */
MUST_CHECK int tail_step(struct tail *t, bool is_final);
/* How far it was read: behind the last whole record. */
void tail_place(struct tail *t, struct state_place *ret);
/* As of the last step. */
const struct stat *tail_stat(const struct tail *t);
/* Since tail_new(). */
struct winevt_counts tail_counts(const struct tail *t);
/* Pieces of text that were skipped, by reason. */
void tail_bad(const struct tail *t, uint64_t ret[WINEVT_BAD_KINDS]);
