/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What bmchealthd-winevt must not forget, in one SQLite file: how far each input was read, which
 * events it has seen, and those the daemon has not confirmed yet. One transaction holds all three,
 * so a crash between any two steps neither loses an event nor tells one twice: an event goes to
 * the daemon only after it was committed together with the place behind it. Whole files replaced
 * would do that, too, but a million seen events would be written each second.
 */
#pragma once

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/util.h"

#define STATE_PLACE_MAX	  512 /* bytes of a place */
#define STATE_NAME_MAX	  256
#define STATE_WAITING_MAX 16384 /* events that wait for the daemon; then no input is read */

struct state;

enum state_origin {
	STATE_KNOWN,
	STATE_NEW,  /* there was none: all inputs are read from their beginning */
	STATE_ANEW, /* the same, as the one that was there is damaged: now state.db.damaged */
};

/*
 * DIR/state.db, made if missing. `seen_max`: so many events are remembered, the newest.
 * 0; -EBUSY: another process has it; -errno.
 */
MUST_CHECK int state_open(const char *dir, int64_t seen_max, struct state **ret,
			  enum state_origin *ret_origin);
/* What was not committed is lost, as in a crash. */
void state_close(struct state *s);

/* Who we are to the daemon: a number made up with the file. */
int64_t state_source(const struct state *s);

/* --- how far an input was read */
struct state_place {
	uint64_t device, inode;
	size_t len;
	unsigned char bytes[STATE_PLACE_MAX];
};
/* 1; 0: not known; -errno. By name; or by device and inode, then also the name. */
MUST_CHECK int state_place_get(struct state *s, const char *input, const char *name,
			       struct state_place *ret);
MUST_CHECK int state_place_find(struct state *s, const char *input, uint64_t device, uint64_t inode,
				struct state_place *ret);
MUST_CHECK int state_place_put(struct state *s, const char *input, const char *name,
			       const struct state_place *place);
/* All of an input that is not in the configuration any more, and what was not read for long. */
MUST_CHECK int state_places_trim(struct state *s, const char *input, int64_t keep);

/* --- events seen: 1: not before; 0: it was; -errno */
MUST_CHECK int state_see(struct state *s, int64_t second, uint64_t hash);
/* It was not taken after all. */
MUST_CHECK int state_unsee(struct state *s, int64_t second, uint64_t hash);

/* --- events that wait for the daemon */
MUST_CHECK int state_waiting_add(struct state *s, const void *record, size_t len);
uint64_t state_waiting(const struct state *s); /* how many */
uint64_t state_last(const struct state *s);    /* the number of the last */
uint64_t state_saved(const struct state *s);   /* the same of what is committed */
/* The first above `after`, up to what is saved. 1; 0: none; -errno. */
MUST_CHECK int state_waiting_next(struct state *s, uint64_t after, uint64_t *ret_number,
				  void *record, size_t len);
/* The daemon has all up to that number. */
MUST_CHECK int state_taken(struct state *s, uint64_t number);

bool state_is_dirty(const struct state *s);   /* there is something to commit … */
bool state_has_events(const struct state *s); /* … events among it */
MUST_CHECK int state_commit(struct state *s);
