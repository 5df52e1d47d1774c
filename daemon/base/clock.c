/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only reader of clocks.
 */
#include "base/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

static int64_t clock_read(clockid_t id)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(id, &ts); /* cannot fail for the two clocks used here */
	return (int64_t)ts.tv_sec * USEC_PER_SEC + ts.tv_nsec / 1000;
}

mono_us clock_mono(void)
{
	return (mono_us){ clock_read(CLOCK_BOOTTIME) };
}

wall_us clock_wall(void)
{
	return (wall_us){ clock_read(CLOCK_REALTIME) };
}

void clock_format_wall(wall_us at, char *text)
{
	time_t seconds = (time_t)(at.v / USEC_PER_SEC);
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) ||
	    strftime(text, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		(void)snprintf(text, CLOCK_TEXT_MAX, "@%" PRId64, at.v / USEC_PER_SEC);
}

void clock_format_span(int64_t us, char *text)
{
	const int64_t minutes = us / USEC_PER_MINUTE;
	const int64_t hours = us / USEC_PER_HOUR;

	if (us > 0 && us < USEC_PER_MSEC) {
		(void)snprintf(text, CLOCK_TEXT_MAX, "%" PRId64 " µs", us);
	} else if (us < USEC_PER_SEC) {
		(void)snprintf(text, CLOCK_TEXT_MAX, "%" PRId64 " ms", us / USEC_PER_MSEC);
	} else if (us < 2 * USEC_PER_MINUTE) {
		(void)snprintf(text, CLOCK_TEXT_MAX, "%.1f s", (double)us / (double)USEC_PER_SEC);
	} else if (hours < 2) {
		(void)snprintf(text, CLOCK_TEXT_MAX, "%" PRId64 " min", minutes);
	} else if (hours < 48) {
		(void)snprintf(text, CLOCK_TEXT_MAX, "%" PRId64 " h %" PRId64 " min", hours,
			       minutes % 60);
	} else {
		(void)snprintf(text, CLOCK_TEXT_MAX, "%" PRId64 " d %" PRId64 " h", hours / 24,
			       hours % 24);
	}
}
