/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's side of base/turn.h: no command is sent while somebody else has the turn, but no
 * longer than that may last, for one of them or for a row of them without a gap: then the watch
 * goes on beside them for a tenth of it, and only then is another one waited for. What the quiet
 * cost is told once, at its end.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/turn.h"

#define QUIET_NAME "bmchealthd" /* how we sign the lock */

enum quiet_news {
	QUIET_ENDED,	/* commands had been left out for it */
	QUIET_TOO_LONG, /* it goes on, and so do we */
	QUIET_NO_LOCK,	/* the file cannot be made or locked: nobody is waited for */
};

struct quiet_report {
	int64_t span_us;
	uint64_t skipped;   /* commands that were not sent at all, others were only later */
	const char *holder; /* the last of them */
	bool are_several;   /* one after the other */
	int error;	    /* QUIET_NO_LOCK */
};

typedef void quiet_tell_fn(void *user, enum quiet_news news, const struct quiet_report *report);

struct quiet {
	const char *run_dir; /* borrowed */
	quiet_tell_fn *tell;
	void *user;
	int64_t most_us; /* longer is not waited */
	int fd, error;	 /* error: of the last try, told when it changes */
	bool has_lock;
	unsigned users;	 /* stations whose command flies */
	bool is_refused; /* somebody else has the turn */
	bool is_ignored; /* and has had it for too long */
	bool are_several;
	mono_us since, ignored_since;
	uint64_t skipped; /* since then */
	/* All since the start, for the status. */
	uint64_t times, skipped_ever;
	int64_t total_us;
	char holder[TURN_HOLDER_MAX + 32];
};

void quiet_init(struct quiet *q, const char *run_dir, quiet_tell_fn *tell, void *user);
void quiet_done(struct quiet *q);

/* May a command be sent now? Then quiet_give() must follow when it has ended. */
MUST_CHECK bool quiet_take(struct quiet *q, mono_us now);
void quiet_give(struct quiet *q);
/* For when nothing is to be sent: is the quiet over? */
void quiet_look(struct quiet *q, mono_us now);
/* A command was left out: it had waited for too long. */
void quiet_skip(struct quiet *q);
/* How long it has been quiet now; what is sent beside them is none. */
int64_t quiet_span_us(const struct quiet *q, mono_us now);
