/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Could this text name a wanted provider? Asked before anything is parsed: almost no line of a log
 * does, so what a decoder costs is what this costs. One pass for all providers, without case, many
 * bytes at a time.
 *
 * What is looked for is the longest run of letters, digits, blanks, '-', '_' and '.' in the name:
 * no writer of XML, JSON or syslog has a reason to escape these, so neither form is undone here.
 * Who escapes them all the same hides its own events and nobody else's.
 */
#pragma once

#include <stddef.h>

#include "winevt/record.h"

#define WINEVT_SIEVE_RUNS 64

struct winevt_sieve {
	struct {
		const char *text; /* borrowed: of the wanted pairs, which must not change */
		size_t len;
	} runs[WINEVT_SIEVE_RUNS];
	size_t count, longest;
	bool passes_all; /* a name has no run, or there are too many */
};

void winevt_sieve_make(struct winevt_sieve *sieve, const struct winevt_wanted *wanted);
/* False: no wanted provider is named in there. */
bool winevt_sieve_passes(const struct winevt_sieve *sieve, const char *text, size_t len);
