/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RUN_DIR/note.sock: what an operator did, for the history. One packet of fixed size, one answer;
 * only root may connect, the kernel sees to that, and nothing in a packet is a command.
 */
#pragma once

#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/clock.h"
#include "base/util.h"

#define NOTE_VERSION	 1
#define NOTE_TARGET_MAX	 64
#define NOTE_TEXT_MAX	 160
#define NOTE_CLIENTS_MAX 4 /* at once; more are closed unanswered */

enum note_kind {
	NOTE_RESET, /* the controller was reset */
	NOTE_KIND_MAX,
};

struct note {
	uint32_t version, kind;
	int64_t at_us;		      /* since 1970; 0: now */
	char target[NOTE_TARGET_MAX]; /* "": the only one */
	char text[NOTE_TEXT_MAX];     /* in the operator's words; may be "" */
};

/* 0 or -errno, which is the answer. */
typedef int note_fn(void *user, const struct note *note);

struct notes;

/* -EADDRINUSE: another daemon takes notes there. */
MUST_CHECK int notes_new(sd_event *event, const char *run_dir, note_fn *cb, void *user,
			 struct notes **ret);
void notes_free(struct notes *notes);
