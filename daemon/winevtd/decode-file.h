/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthd-winevt decode: standard input, a file or a pipe, as one JSON object a line.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/util.h"

struct decode_settings {	   /* borrowed */
	const char *name;	   /* of the file, in messages */
	const char *format, *zone; /* "auto"; NULL: none */
	bool shows_progress;
};

enum decode_result { /* exit codes */
		     DECODE_OK = 0,
		     DECODE_USAGE = 64,
		     DECODE_SKIPPED = 65, /* something was damaged, or is no format that is known */
		     DECODE_FAILED = 66,  /* cannot be read */
		     DECODE_NO_OUTPUT = 74, /* cannot be written */
};

/* A decode_result; says why on stderr. */
int decode_file(int fd, const struct decode_settings *settings, FILE *to);
