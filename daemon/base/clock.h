/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time as two types that do not mix: mono_us measures, wall_us labels. clock.c is the only file
 * that reads a clock; everything below engine/ is told what time it is.
 */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#define USEC_PER_MSEC	INT64_C(1000)
#define USEC_PER_SEC	INT64_C(1000000)
#define USEC_PER_MINUTE (60 * USEC_PER_SEC)
#define USEC_PER_HOUR	(3600 * USEC_PER_SEC)
#define USEC_PER_DAY	(24 * USEC_PER_HOUR)

typedef struct mono_us {
	int64_t v; /* CLOCK_BOOTTIME, microseconds */
} mono_us;

typedef struct wall_us {
	int64_t v; /* CLOCK_REALTIME, microseconds since 1970 */
} wall_us;

#define CLOCK_TEXT_MAX 40

mono_us clock_mono(void);
wall_us clock_wall(void);

static inline int64_t mono_since(mono_us later, mono_us earlier)
{
	return later.v - earlier.v;
}

static inline mono_us mono_add(mono_us at, int64_t us)
{
	return (mono_us){ at.v + us };
}

/* RFC 3339 in UTC, whole seconds: "2026-11-22T17:05:09Z". `text` has CLOCK_TEXT_MAX bytes. */
void clock_format_wall(wall_us at, char *text);

/* For people: "320 µs", "850 ms", "5.0 s", "12 min", "3 h 20 min", "9 d 4 h". */
void clock_format_span(int64_t us, char *text);
