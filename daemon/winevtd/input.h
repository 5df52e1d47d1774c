/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The contract of inputs: a kind is one file ending in `const struct input_kind input_x` and a row
 * in input.c. An input is asked for a slice of work when it said that there is some, in turn with
 * all others, and not while too many events wait for the daemon; so what cannot be handed on waits
 * where it came from.
 */
#pragma once

#include <systemd/sd-event.h>

#include "winevt/format.h"
#include "winevtd/taker.h"

#define INPUT_SLICE_EVENTS 2048 /* the most that one slice may bring */

struct input;

struct inputs { /* what all share; borrowed */
	sd_event *event;
	struct state *state;
	const struct winevt_wanted *wanted;
	void (*wake)(void *user); /* some input has work */
	void *user;
};

enum input_state {
	INPUT_IDLE = 0, /* until it says input_wake() */
	INPUT_MORE = 1,
	INPUT_OVER = 2, /* free it */
};

struct input_kind {
	const char *name;
	int (*open)(struct input *in); /* 0, also while there is nothing to read yet; -errno */
	int (*step)(struct input *in); /* an input_state; -errno: it is told, and the input rests */
	void (*close)(struct input *in);
};

struct input {
	const struct inputs *shared;
	const struct input_kind *kind;
	const struct input_settings *settings; /* NULL: of an import */
	struct taker taker;
	void *own;		   /* the kind's */
	bool is_ready;		   /* has work */
	bool is_ill;		   /* the journal knows */
	bool is_absent, was_there; /* the journal knows that it is not; it was read once */
	struct input_skipped {
		uint64_t bad[WINEVT_BAD_KINDS]; /* of text, by reason */
		uint64_t bad_logs;		/* of event logs */
		uint64_t unfit[TAKER_UNFIT_KINDS];
	} skipped, told; /* up to now; up to when it was told */
	mono_us told_at;
	char skipped_in[STATE_NAME_MAX]; /* of a folder: the last file that had some since then … */
	unsigned skipped_files;		 /* … of so many; 0: not known */
	uint64_t told_capped;
	uint64_t bytes;	     /* that were read since the start */
	bool has_told_first; /* what came of the first of them */
};

extern const struct input_kind input_file, input_folder, input_socket, input_journal, input_stdin;

/* NULL: none of that name. */
const struct input_kind *input_kind_named(const char *name);
void input_wake(struct input *in);
const struct winevt_format *input_format(const struct input *in); /* NULL: it is looked at */
struct winevt_zone *input_zone(struct input *in);		  /* NULL: none */
/* To the journal, the first time and when it is over; `what`: the path. */
void input_tell_ill(struct input *in, const char *what, int error);
void input_tell_well(struct input *in);
/* The same of what is not there yet, and is waited for. */
void input_tell_absent(struct input *in, const char *what);
/* What was skipped up to now; it is told when the input comes to rest, and not too often. */
void input_skipped(struct input *in, const uint64_t bad[WINEVT_BAD_KINDS], uint64_t bad_logs);
/* The last call's were in that file of a folder; `at`: when that was said of it before, or 0. */
void input_skipped_in(struct input *in, const char *file, mono_us *at);
void input_tell_skipped(struct input *in);
/* Events that events_per_minute cost: for the end of a minute, so that a minute has one line. */
bool input_has_capped(const struct input *in);
void input_tell_capped(struct input *in);
