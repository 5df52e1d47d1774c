/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TAP for the unit tests: check() states a sentence, tap_done() is main's last word.
 */
#pragma once

#include <stdbool.h>
#include <stdio.h>

/* A test that uses what the check before found missing crashes, and that is told as well. */
#pragma GCC diagnostic ignored "-Wnull-dereference"

static int tap_count, tap_failed;

#define check(good, ...)                                                                           \
	do {                                                                                       \
		const bool good_ = (good);                                                         \
		printf("%sok %d - ", good_ ? "" : "not ", ++tap_count);                            \
		printf(__VA_ARGS__);                                                               \
		printf("\n");                                                                      \
		if (!good_)                                                                        \
			printf("# failed at %s:%d: %s\n", __FILE__, __LINE__, #good);              \
		tap_failed += !good_;                                                              \
	} while (0)

static inline int tap_done(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed != 0;
}
