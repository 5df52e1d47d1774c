/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an answer, or the lack of one, means: one table by behaviour, not by kernel version.
 * Sources: IPMI 2.0 table 5-2; drivers/char/ipmi of Linux 6.1, 6.12, 7.2 as measured.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "ipmi/queue.h"

/* A reply whose data starts with the completion code (len 0: an empty, hence bad one). `is_slow`:
 * it took longer than the soft deadline. `has_hosed` is asked only for a code that needs it; NULL:
 * nobody knows. */
enum obs_status taxonomy_of_answer(const struct ipmi_request *req, const uint8_t *data, size_t len,
				   bool is_slow, bool (*has_hosed)(void *host), void *host);
/* A send or an open that failed with -errno. */
enum obs_status taxonomy_of_error(int error);
/* "0xC3 timeout while processing the command": for journal and CLI; never NULL. */
const char *taxonomy_cc_name(uint8_t cc);

/* The table, for the test that walks it and for the docs. */
struct taxonomy_code {
	uint8_t cc;
	bool may_be_drivers;	/* a time-out, then: only has_hosed() can tell */
	enum obs_status status; /* if it is the controller's own */
	const char *name;
};
extern const struct taxonomy_code taxonomy_codes[];
extern const size_t taxonomy_codes_count;
