/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Local time to UTC: hours that come twice, hours that never come, offsets, and names that are
 * none.
 */
#include <time.h>

#include "tests/unit/tap.h"
#include "winevt/zone.c" /* the unit under test */

static struct winevt_zone zone;

/* Local time in that zone is that in UTC. */
static bool is_utc(const char *local, const char *utc)
{
	struct winevt_time time, wanted;

	return winevt_time_parse_in(local, strlen(local), winevt_zone_utc, &zone, &time) == 0 &&
	       winevt_time_parse(utc, strlen(utc), &wanted) == 0 && time.seconds == wanted.seconds;
}

static void test_offsets(void)
{
	check(winevt_zone_make(&zone, "+01:00") == 0 &&
		      is_utc("2026-11-20 07:54:06", "2026-11-20T06:54:06Z"),
	      "an offset ahead is taken off");
	check(winevt_zone_make(&zone, "-0530") == 0 &&
		      is_utc("2026-11-20 07:54:06", "2026-11-20T13:24:06Z"),
	      "one behind is added");
	check(winevt_zone_make(&zone, "UTC") == 0 &&
		      is_utc("1995-01-01 00:00:00", "1995-01-01 00:00:00Z"),
	      "UTC is as it is");
	check(winevt_zone_make(&zone, "Z") == 0 && zone.count == 1, "and so is Z");
}

static void test_refused(void)
{
	static const char *const bad[] = {
		"",   "CEST?", "/etc/localtime", "../passwd", "+25:00",
		"+1", ".5Z",   ":Europe/Berlin", "Europe/",   "W. Europe Standard Time"
	};
	bool is_refused = true;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		const int r = winevt_zone_make(&zone, bad[i]);

		is_refused &= r == -EINVAL || r == -ENOENT;
		if (r != -EINVAL && r != -ENOENT)
			printf("# %s: %d\n", bad[i], r);
	}
	check(is_refused, "what is neither a name nor an offset is refused");
	check(winevt_zone_make(&zone, "Mars/Olympus") == -ENOENT,
	      "a name that is not in the database is not UTC");
	check(winevt_zone_make(&zone, "tzdata.zi") == -EINVAL &&
		      winevt_zone_make(&zone, "zone1970") == -ENOENT,
	      "nor is a file that is no zone");
}

static void test_named(void)
{
	check(is_utc("2026-11-20 07:54:06", "2026-11-20T06:54:06Z"), "winter in Berlin");
	check(is_utc("2026-07-20 07:54:06", "2026-07-20T05:54:06Z"), "summer in Berlin");
	check(is_utc("2026-03-29 01:59:59", "2026-03-29T00:59:59Z") &&
		      is_utc("2026-03-29 03:00:00", "2026-03-29T01:00:00Z"),
	      "the clock is put forward to the second");
	check(is_utc("2026-03-29 02:30:00", "2026-03-29T01:30:00Z"),
	      "an hour that is skipped is taken as if it were still winter");
	check(is_utc("2026-10-25 02:00:00", "2026-10-25T00:00:00Z") &&
		      is_utc("2026-10-25 02:59:59", "2026-10-25T00:59:59Z"),
	      "an hour that comes twice is the first of the two");
	check(is_utc("2026-10-25 03:00:00", "2026-10-25T02:00:00Z"), "then winter begins");
	check(is_utc("2080-07-01 12:00:00", "2080-07-01T10:00:00Z"),
	      "rules beyond the table of the file hold");
	check(is_utc("1969-01-01 12:00:00", "1969-01-01T11:00:00Z") &&
		      is_utc("2200-07-01 12:00:00", "2200-07-01T11:00:00Z"),
	      "outside of 1970 to 2100 the offset is the last that was known");
}

/* The same instants there and back through libc, for places with odd rules. */
static bool agrees_with_libc(const char *name)
{
	struct winevt_zone z;
	int64_t bad = 0;

	if (winevt_zone_make(&z, name) < 0)
		return false;
	(void)setenv("TZ", name, 1);
	tzset();
	for (int64_t utc_s = 0; utc_s < INT64_C(4102444800); utc_s += 86400 * 3 + 4321) {
		const time_t when = (time_t)utc_s;
		struct tm tm;
		int64_t back;

		(void)localtime_r(&when, &tm);
		back = winevt_zone_utc(&z, utc_s + tm.tm_gmtoff);
		/* of two equal hours the first */
		bad += back != utc_s && !(back < utc_s && utc_s - back <= 7200);
	}
	(void)unsetenv("TZ");
	tzset();
	if (bad > 0)
		printf("# %s: %lld\n", name, (long long)bad);
	return bad == 0 && z.count <= WINEVT_ZONE_PARTS;
}

int main(void)
{
	static const char *const places[] = { "Europe/Berlin",	   "America/New_York",
					      "Africa/Casablanca", "Australia/Lord_Howe",
					      "Asia/Kathmandu",	   "America/Santiago",
					      "Etc/GMT+5",	   "Pacific/Auckland" };
	const time_t now = 1795157646;
	struct tm before, after;

	test_offsets();
	test_refused();
	if (winevt_zone_make(&zone, "Europe/Berlin") == -ENOENT) {
		printf("ok %d - named zones # SKIP tzdata is not installed\n", ++tap_count);
		return tap_done();
	}
	test_named();
	for (size_t i = 0; i < COUNT_OF(places); i++)
		check(agrees_with_libc(places[i]), "%s is as libc knows it", places[i]);
	(void)setenv("TZ", "America/New_York", 1);
	tzset();
	(void)localtime_r(&now, &before);
	check(winevt_zone_make(&zone, "Asia/Kathmandu") == 0 && localtime_r(&now, &after) &&
		      before.tm_hour == after.tm_hour &&
		      strcmp(getenv("TZ"), "America/New_York") == 0,
	      "the zone of the process is what it was");
	return tap_done();
}
