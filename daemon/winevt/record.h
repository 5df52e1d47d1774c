/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An event of a Windows host, whichever way it came: what all decoders make and all that follows
 * takes. Fixed sizes, no pointers; texts are printable ASCII, so what a sender forges cannot
 * confuse a terminal or a log.
 */
#pragma once

#include <stddef.h>

#include "base/buf.h"

#define WINEVT_TEXT_MAX 256
#define WINEVT_TIME_MAX sizeof("2026-11-20T07:54:06.123456789Z")

struct winevt_time {	 /* UTC */
	int64_t seconds; /* since 1970; of the years 0 to 9999 */
	uint32_t nanos;
	uint8_t digits; /* of the fraction, as the source had them: 0–9 */
};

struct winevt_record {
	char host[WINEVT_TEXT_MAX]; /* Computer, as written */
	char provider[WINEVT_TEXT_MAX], channel[WINEVT_TEXT_MAX];
	uint32_t event_id;
	int32_t qualifiers; /* -1: the source does not say */
	int32_t level;	    /* 1 critical … 4 information; -1: the source does not say */
	uint64_t record_id; /* at most INT64_MAX; restarts at 1 when a log is cleared */
	bool has_record_id;
	struct winevt_time time;
};

/* Which events are wanted: of that provider (compared without case), with an id from first to
 * last. Never by the text of the message, which is in the language of the host. */
struct winevt_pair {
	char provider[WINEVT_TEXT_MAX];
	uint32_t first, last;
};

struct winevt_wanted {
	const struct winevt_pair *pairs; /* borrowed */
	size_t count;
};

struct winevt_counts {
	uint64_t events; /* seen, wanted or not, where that is known without decoding them */
	uint64_t wanted;
	uint64_t bad; /* skipped: damaged or impossible */
	uint64_t bytes;
};

/* Hears of each wanted event. Not 0: the decoder stops and returns that. */
typedef int winevt_record_fn(void *user, const struct winevt_record *record);

/* Any event of that provider, and that event of it. */
bool winevt_is_provider(const struct winevt_wanted *wanted, const char *provider);
bool winevt_is_wanted(const struct winevt_wanted *wanted, const char *provider, uint32_t event_id);

/* UTF-8 to what a record holds: one '?' for each character that is not printable ASCII, cut at
 * WINEVT_TEXT_MAX - 1. */
void winevt_text(char *ret, const char *text, size_t len);

/* Seconds since 1970 in UTC of what a clock on the wall of that zone shows as `local_s`. */
typedef int64_t winevt_zone_fn(void *zone, int64_t local_s);

/*
 * RFC 3339, forgiving: 'T' or a blank between date and time, 0 to 9 digits of a fraction, a blank
 * before the zone, the zone Z, ±hh:mm or ±hhmm. 0; -EINVAL: anything else, or it has no zone.
 */
MUST_CHECK int winevt_time_parse(const char *text, size_t len, struct winevt_time *ret);
/* The same, but text without a zone is local time of the zone of the input. */
MUST_CHECK int winevt_time_parse_in(const char *text, size_t len, winevt_zone_fn *to_utc,
				    void *zone, struct winevt_time *ret);
/* RFC 3339 with the source's digits and Z; `text` has WINEVT_TIME_MAX bytes. */
void winevt_time_format(const struct winevt_time *time, char *text);
/* Seconds since 1970 of a date and time of the proleptic Gregorian calendar; no check. */
int64_t winevt_time_seconds(int year, int month, int day, int second_of_day);

/* The object that `bmchealthctl winevt decode` prints; null is what the source does not say. */
void winevt_record_json(struct buf *b, const struct winevt_record *record);
