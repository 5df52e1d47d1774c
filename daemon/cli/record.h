/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the history has of one target, for the commands that read it: finding the file, the target
 * and the time that were asked for, and saying what is wrong with them.
 */
#pragma once

#include "cli/command.h"
#include "out/history.h"

#define RECORD_NAME_MAX 80

struct record {
	struct history *history; /* owned */
	int64_t target;		 /* its id there */
	char name[RECORD_NAME_MAX];
	wall_us since; /* 0: from the beginning */
};

/* `target` NULL: the only one there is. CODE_OK; else it has said on stderr what is wrong. */
MUST_CHECK int record_open(const struct command_env *env, const char *target, struct record *ret);
void record_close(struct record *record);
/* Why history_open() has refused, in words. */
const char *record_why(int error);

/* "9d", "36h", "2026-11-22", "2026-11-22T17:05:09Z": so long before `now`, or then. 0; -EINVAL. */
MUST_CHECK int record_since(const char *text, wall_us now, wall_us *ret);
/* --since, if it was given, else *ret stays. CODE_OK; CODE_USAGE: said. */
MUST_CHECK int record_since_option(const struct command_env *env, wall_us now, wall_us *ret);
