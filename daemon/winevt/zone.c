/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of when a zone's offset changes, made with libc's knowledge.
 */
#include "winevt/zone.h"

#include <ctype.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>

#include "winevt/record.h"

#define FOLDER	  "/usr/share/zoneinfo"
#define DAY_S	  86400
#define FARTHEST  INT64_C(93600) /* 26 h: no place is farther from UTC */
#define YEAR_LAST 2100

/* A name that stays inside the database. */
static bool is_name(const char *name)
{
	const size_t len = strlen(name);

	for (size_t i = 0; i < len; i++) {
		if (!isalnum((unsigned char)name[i]) && !strchr("/_+-", name[i]))
			return false;
	}
	return len > 0 && len < 64 && isalpha((unsigned char)name[0]);
}

/* libc takes a name that it does not know for UTC, without a word. */
static int look_up(const char *name)
{
	char path[PATH_MAX], magic[4];
	SCOPED(close_fd) int fd = -1;

	(void)snprintf(path, sizeof(path), FOLDER "/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? -ENOENT : neg_errno();
	if (read(fd, magic, sizeof(magic)) != sizeof(magic) || memcmp(magic, "TZif", 4) != 0)
		return -ENOENT;
	return 0;
}

/* As libc says with TZ as it is now. */
static int32_t offset_at(int64_t utc_s)
{
	const time_t when = (time_t)utc_s;
	struct tm tm;

	return localtime_r(&when, &tm) ? (int32_t)tm.tm_gmtoff : 0;
}

/* The first second with another offset than at `before`; at `after` it is another. */
static int64_t search_change(int64_t before, int64_t after)
{
	const int32_t offset_s = offset_at(before);

	while (after - before > 1) {
		const int64_t middle = before + (after - before) / 2;

		if (offset_at(middle) == offset_s)
			before = middle;
		else
			after = middle;
	}
	return after;
}

static int add_part(struct winevt_zone *zone, int64_t since_s)
{
	if (zone->count == WINEVT_ZONE_PARTS)
		return -E2BIG;
	zone->parts[zone->count].since_s = since_s;
	zone->parts[zone->count].offset_s = offset_at(since_s);
	zone->count++;
	return 0;
}

static int ask_libc(struct winevt_zone *zone)
{
	const int64_t end = winevt_time_seconds(YEAR_LAST, 1, 1, 0);
	int r = add_part(zone, 0);

	for (int64_t day = 0; day < end && r == 0; day += DAY_S) {
		if (offset_at(day + DAY_S) != zone->parts[zone->count - 1].offset_s)
			r = add_part(zone, search_change(day, day + DAY_S));
	}
	return r;
}

static int set_tz(const char *value)
{
	if ((value ? setenv("TZ", value, 1) : unsetenv("TZ")) < 0)
		return neg_errno();
	tzset();
	return 0;
}

static int make_named(struct winevt_zone *zone, const char *name)
{
	const char *was = getenv("TZ");
	SCOPED(free_ptr) char *saved = was ? strdup(was) : NULL;
	char value[PATH_MAX];
	int r, back;

	if (was && !saved)
		return -ENOMEM;
	(void)snprintf(value, sizeof(value), ":" FOLDER "/%s", name);
	r = set_tz(value);
	if (r == 0)
		r = ask_libc(zone);
	back = set_tz(saved);
	return r < 0 ? r : back;
}

/* Z, UTC, ±hh:mm, ±hhmm: what may stand behind a time. */
static int make_fixed(struct winevt_zone *zone, const char *name)
{
	struct winevt_time time;
	char text[64];
	int len;

	len = snprintf(text, sizeof(text), "1970-01-01 00:00:00%s",
		       strcmp(name, "UTC") == 0 ? "Z" : name);
	if (len < 0 || (size_t)len >= sizeof(text) ||
	    winevt_time_parse(text, (size_t)len, &time) < 0 || time.digits > 0)
		return -EINVAL;
	zone->parts[0].since_s = 0;
	zone->parts[0].offset_s = (int32_t)-time.seconds;
	zone->count = 1;
	return 0;
}

int winevt_zone_make(struct winevt_zone *zone, const char *name)
{
	int r;

	zone->count = 0;
	if (make_fixed(zone, name) == 0)
		return 0;
	if (!is_name(name))
		return -EINVAL;
	r = look_up(name);
	return r < 0 ? r : make_named(zone, name);
}

int64_t winevt_zone_utc(void *zone, int64_t local_s)
{
	const struct winevt_zone *z = zone;
	size_t low = 0, high = z->count, i;

	while (high - low > 1) { /* the last part that surely began before */
		const size_t middle = low + (high - low) / 2;

		if (z->parts[middle].since_s <= local_s - FARTHEST)
			low = middle;
		else
			high = middle;
	}
	for (i = low; i + 1 < z->count; i++) { /* the first that ends after */
		if (local_s - z->parts[i].offset_s < z->parts[i + 1].since_s)
			break;
	}
	if (i > low && local_s - z->parts[i].offset_s < z->parts[i].since_s)
		i--; /* skipped: neither of the two */
	return local_s - z->parts[i].offset_s;
}
