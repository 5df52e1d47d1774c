/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An event of a Windows host: which are wanted, its time as text, the event as JSON.
 */
#include "winevt/record.h"

#include <stdio.h>
#include <strings.h>

#define SECONDS_PER_DAY 86400

bool winevt_is_provider(const struct winevt_wanted *wanted, const char *provider)
{
	for (size_t i = 0; i < wanted->count; i++) {
		if (strcasecmp(wanted->pairs[i].provider, provider) == 0)
			return true;
	}
	return false;
}

bool winevt_is_wanted(const struct winevt_wanted *wanted, const char *provider, uint32_t event_id)
{
	for (size_t i = 0; i < wanted->count; i++) {
		const struct winevt_pair *pair = &wanted->pairs[i];

		if (event_id >= pair->first && event_id <= pair->last &&
		    strcasecmp(pair->provider, provider) == 0)
			return true;
	}
	return false;
}

void winevt_text(char *ret, const char *text, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < WINEVT_TEXT_MAX - 1; i++) {
		const unsigned char byte = (unsigned char)text[i];

		if (i > 0 && (byte & 0xc0) == 0x80)
			continue; /* the rest of a character */
		ret[n++] = (char)(byte >= ' ' && byte <= '~' ? byte : '?');
	}
	ret[n] = '\0';
}

/* Days since 1970-01-01. A year begins in March here, so that the leap day is its last. */
static int64_t days_of(int year, int month, int day)
{
	const int64_t y = year - (month <= 2);
	const int64_t era = (y >= 0 ? y : y - 399) / 400;
	const int64_t of_era = y - era * 400;
	const int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

int64_t winevt_time_seconds(int year, int month, int day, int second_of_day)
{
	return days_of(year, month, day) * SECONDS_PER_DAY + second_of_day;
}

/* What is left to read. */
struct cursor {
	const char *at, *end;
};

static bool take(struct cursor *c, const char *any_of)
{
	if (c->at == c->end || *c->at == '\0' || !strchr(any_of, *c->at))
		return false;
	c->at++;
	return true;
}

/* Exactly `digits` of them, from `least` to `most`. */
static bool take_number(struct cursor *c, int digits, int least, int most, int *ret)
{
	int value = 0;

	for (int i = 0; i < digits; i++) {
		if (c->at == c->end || *c->at < '0' || *c->at > '9')
			return false;
		value = value * 10 + (*c->at++ - '0');
	}
	*ret = value;
	return value >= least && value <= most;
}

static bool take_fraction(struct cursor *c, struct winevt_time *time)
{
	int digit;

	if (!take(c, ".,"))
		return true;
	while (time->digits < 9 && take_number(c, 1, 0, 9, &digit)) {
		time->nanos = time->nanos * 10 + (uint32_t)digit;
		time->digits++;
	}
	for (int i = time->digits; i < 9; i++)
		time->nanos *= 10;
	return time->digits > 0;
}

static bool take_date(struct cursor *c, int64_t *ret_seconds)
{
	static const int month_days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year, month, day, hour, minute, second;

	if (!take_number(c, 4, 0, 9999, &year) || !take(c, "-") ||
	    !take_number(c, 2, 1, 12, &month) || !take(c, "-") ||
	    !take_number(c, 2, 1, month_days[month - 1], &day) || !take(c, "Tt ") ||
	    !take_number(c, 2, 0, 23, &hour) || !take(c, ":") ||
	    !take_number(c, 2, 0, 59, &minute) || !take(c, ":") ||
	    !take_number(c, 2, 0, 60, &second)) /* 60: a leap second */
		return false;
	if (month == 2 && day == 29 && (year % 4 != 0 || (year % 100 == 0 && year % 400 != 0)))
		return false;
	*ret_seconds = winevt_time_seconds(year, month, day, hour * 3600 + minute * 60 + second);
	return true;
}

/* How far the zone is ahead of UTC. */
static bool take_offset(struct cursor *c, int *ret_s)
{
	const bool is_behind = c->at < c->end && *c->at == '-';
	int hours, minutes;

	if (take(c, "Zz")) {
		*ret_s = 0;
		return true;
	}
	if (!take(c, "+-") || !take_number(c, 2, 0, 23, &hours))
		return false;
	(void)take(c, ":");
	if (!take_number(c, 2, 0, 59, &minutes))
		return false;
	*ret_s = (hours * 3600 + minutes * 60) * (is_behind ? -1 : 1);
	return true;
}

int winevt_time_parse_in(const char *text, size_t len, winevt_zone_fn *to_utc, void *zone,
			 struct winevt_time *ret)
{
	struct cursor c = { text, text + len };
	struct winevt_time time = { .seconds = 0 };
	int offset_s = 0;

	if (!take_date(&c, &time.seconds) || !take_fraction(&c, &time))
		return -EINVAL;
	if (c.at == c.end) {
		if (!to_utc)
			return -EINVAL;
		time.seconds = to_utc(zone, time.seconds);
	} else {
		(void)take(&c, " ");
		if (!take_offset(&c, &offset_s) || c.at != c.end)
			return -EINVAL;
		time.seconds -= offset_s;
	}
	*ret = time;
	return 0;
}

int winevt_time_parse(const char *text, size_t len, struct winevt_time *ret)
{
	return winevt_time_parse_in(text, len, NULL, NULL, ret);
}

void winevt_time_format(const struct winevt_time *time, char *text)
{
	static const int64_t least = INT64_C(-62167219200), most = INT64_C(253402300799);
	const int64_t seconds = min_i64(max_i64(time->seconds, least), most) - least;
	const int64_t days = seconds / SECONDS_PER_DAY + days_of(0, 1, 1);
	const unsigned of_day = (unsigned)(seconds % SECONDS_PER_DAY);
	const size_t digits = time->digits < 9 ? time->digits : 9;
	int year = (int)(seconds / SECONDS_PER_DAY / 366), month = 1;
	char fraction[16];
	size_t n;

	while (year < 9999 && days_of(year + 1, 1, 1) <= days)
		year++;
	while (month < 12 && days_of(year, month + 1, 1) <= days)
		month++;
	(void)snprintf(text, WINEVT_TIME_MAX, "%04u-%02u-%02uT%02u:%02u:%02u",
		       (unsigned)year % 10000, (unsigned)month % 13,
		       (unsigned)(days - days_of(year, month, 1)) % 31 + 1, of_day / 3600 % 24,
		       of_day / 60 % 60, of_day % 60);
	n = strlen(text);
	(void)snprintf(fraction, sizeof(fraction), ".%09u", time->nanos % 1000000000u);
	if (digits > 0) {
		memcpy(text + n, fraction, digits + 1);
		n += digits + 1;
	}
	memcpy(text + n, "Z", 2);
}

static void json_known(struct buf *b, const char *key, int64_t value)
{
	if (value < 0)
		buf_json_string(b, key, NULL);
	else
		buf_json_i64(b, key, value);
}

static void json_text(struct buf *b, const char *key, const char *text)
{
	buf_json_string(b, key, *text ? text : NULL);
}

void winevt_record_json(struct buf *b, const struct winevt_record *record)
{
	char time[WINEVT_TIME_MAX];

	winevt_time_format(&record->time, time);
	buf_json_open(b, NULL, '{');
	json_text(b, "host", record->host);
	json_text(b, "provider", record->provider);
	buf_json_i64(b, "event_id", record->event_id);
	json_known(b, "qualifiers", record->qualifiers);
	json_known(b, "level", record->level);
	json_text(b, "channel", record->channel);
	json_known(b, "record_id", record->has_record_id ? (int64_t)record->record_id : -1);
	buf_json_string(b, "time", time);
	buf_json_close(b, '}');
}
