/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One pass over the bytes of a row with a number scanner of its own: strtod() over a copy of each
 * field takes more time than the whole judgement, and a replay is a year of a host in a second.
 */
#include "cli/csv.h"

#include <inttypes.h>

#define SECONDS_DIGITS	12
#define FRACTION_DIGITS 6

struct cursor {
	const char *at, *end;
};

static const char *const column_names[CSV_KNOWN] = {
	[CSV_T_WALL] = "t_wall",   [CSV_T_MONO] = "t_mono",	[CSV_BOOT_ID] = "boot_id",
	[CSV_PROBE] = "probe",	   [CSV_STATUS] = "status",	[CSV_LAT_US] = "lat_us",
	[CSV_OTHERS] = "others",   [CSV_EVID] = "evid",		[CSV_SEL_ENTRIES] = "sel_entries",
	[CSV_FOREIGN] = "foreign", [CSV_FIRMWARE] = "firmware", [CSV_CONTENDED] = "contended",
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void skip_field(struct cursor *c)
{
	while (c->at < c->end && *c->at != ',')
		c->at++;
}

/* What stands behind the point, if anything; `value` with six digits more. */
static int64_t scan_fraction(struct cursor *c, int64_t value)
{
	int rest = FRACTION_DIGITS;

	if (c->at < c->end && *c->at == '.') {
		for (c->at++; c->at < c->end && is_digit(*c->at); c->at++) {
			if (rest == 0)
				continue;
			value = 10 * value + (*c->at - '0');
			rest--;
		}
	}
	for (; rest > 0; rest--)
		value *= 10;
	return value;
}

/* A number in units of 1/1000000. False: none, or one that is too large. */
static bool scan_millionths(struct cursor *c, int64_t *ret)
{
	const bool is_negative = c->at < c->end && *c->at == '-';
	const char *digits;
	int64_t value = 0;

	c->at += is_negative;
	digits = c->at;
	for (; c->at < c->end && is_digit(*c->at); c->at++) {
		if (c->at - digits >= SECONDS_DIGITS)
			return false;
		value = 10 * value + (*c->at - '0');
	}
	if (c->at == digits)
		return false;
	value = scan_fraction(c, value);
	*ret = is_negative ? -value : value;
	return true;
}

/* A whole number from 0 to `max`. */
static bool scan_whole(struct cursor *c, int64_t max, int64_t *ret)
{
	const char *digits = c->at;
	int64_t value = 0;

	for (; c->at < c->end && is_digit(*c->at); c->at++) {
		value = 10 * value + (*c->at - '0');
		if (value > max)
			return false;
	}
	*ret = value;
	return c->at > digits;
}

/* FNV-1a: equal texts are equal, different ones nearly always differ. */
static uint32_t scan_text(struct cursor *c)
{
	uint32_t hash = UINT32_C(2166136261);

	for (; c->at < c->end && *c->at != ','; c->at++)
		hash = (hash ^ (uint8_t)*c->at) * UINT32_C(16777619);
	return hash;
}

static bool is_empty(const struct cursor *c)
{
	return c->at == c->end || *c->at == ',';
}

static bool scan_extra(struct cursor *c, enum csv_column column, struct trend_sample *sample)
{
	int64_t value;

	if (is_empty(c))
		return true;
	if (column == CSV_FIRMWARE) {
		sample->firmware = scan_text(c);
		return true;
	}
	if (!scan_whole(c, INT32_MAX, &value))
		return false;
	if (column == CSV_CONTENDED) {
		sample->is_contended = value != 0;
		return true;
	}
	if (column == CSV_SEL_ENTRIES)
		sample->sel_entries = (int32_t)value;
	else
		sample->foreign_per_hour = (int32_t)value;
	return true;
}

static bool scan_column(struct cursor *c, enum csv_column column, struct trend_sample *sample)
{
	int64_t value = 0;
	bool is_good = true;

	switch (column) {
	case CSV_T_WALL:
		return scan_millionths(c, &sample->wall.v);
	case CSV_T_MONO:
		return scan_millionths(c, &sample->mono.v);
	case CSV_BOOT_ID:
		sample->boot_id = scan_text(c);
		return true;
	case CSV_PROBE:
		is_good = scan_whole(c, TREND_PROBES - 1, &value);
		sample->probe = (enum trend_probe)value;
		return is_good;
	case CSV_STATUS:
		is_good = scan_whole(c, TREND_STATUS_MAX - 1, &value);
		sample->status = (enum trend_status)value;
		return is_good;
	case CSV_LAT_US:
		is_good = scan_whole(c, UINT32_MAX, &value);
		sample->latency_us = (uint32_t)value;
		return is_good;
	case CSV_OTHERS:
		is_good = scan_whole(c, INT32_MAX, &value);
		sample->has_others = value != 0;
		return is_good;
	case CSV_EVID:
		is_good = scan_whole(c, (1 << TREND_EVIDENCE_MAX) - 1, &value);
		sample->evidence = (uint32_t)value;
		return is_good;
	case CSV_SEL_ENTRIES:
	case CSV_FOREIGN:
	case CSV_FIRMWARE:
	case CSV_CONTENDED:
		return scan_extra(c, column, sample);
	case CSV_KNOWN:
		skip_field(c);
		return true;
	}
	return false;
}

static const char *const column_faults[CSV_KNOWN + 1] = {
	[CSV_T_WALL] = "t_wall is no number of seconds",
	[CSV_T_MONO] = "t_mono is no number of seconds",
	[CSV_BOOT_ID] = "boot_id is odd",
	[CSV_PROBE] = "probe is neither 0 (cheap) nor 1 (costly)",
	[CSV_STATUS] = "status is none of 0 (ok), 1 (time-out), 2 (error)",
	[CSV_LAT_US] = "lat_us is no number of microseconds",
	[CSV_OTHERS] = "others is neither 0 nor 1",
	[CSV_EVID] = "evid is no sum of evidence bits",
	[CSV_SEL_ENTRIES] = "sel_entries is no count",
	[CSV_FOREIGN] = "foreign is no count",
	[CSV_FIRMWARE] = "firmware is odd",
	[CSV_CONTENDED] = "contended is neither 0 nor 1",
	[CSV_KNOWN] = "a column is odd",
};

static size_t without_return(const char *text, size_t len)
{
	return len > 0 && text[len - 1] == '\r' ? len - 1 : len;
}

int csv_row(const struct csv *csv, const char *text, size_t len, struct trend_sample *ret,
	    const char **ret_why)
{
	struct trend_sample sample = { .sel_entries = -1, .foreign_per_hour = -1, .firmware = -1 };
	struct cursor c = { text, text + without_return(text, len) };

	for (size_t i = 0; i < csv->count; i++) {
		const enum csv_column column = (enum csv_column)csv->columns[i];

		if (i > 0 && (c.at == c.end || *c.at++ != ',')) {
			*ret_why = "too few columns";
			return -EINVAL;
		}
		if (!scan_column(&c, column, &sample) || !is_empty(&c)) {
			*ret_why = column_faults[column];
			return -EINVAL;
		}
	}
	if (c.at != c.end) {
		*ret_why = "too many columns";
		return -EINVAL;
	}
	*ret = sample;
	return 0;
}

static enum csv_column column_of(const char *name, size_t len)
{
	for (int i = 0; i < CSV_KNOWN; i++)
		if (strlen(column_names[i]) == len && memcmp(column_names[i], name, len) == 0)
			return (enum csv_column)i;
	return CSV_KNOWN;
}

int csv_header(struct csv *csv, const char *text, size_t len, const char **ret_why)
{
	struct cursor c = { text, text + without_return(text, len) };
	uint32_t seen = 0;

	csv->count = 0;
	for (;;) {
		const char *name = c.at;
		enum csv_column column;

		skip_field(&c);
		column = column_of(name, (size_t)(c.at - name));
		if (csv->count == CSV_COLUMNS_MAX ||
		    (column != CSV_KNOWN && (seen & 1u << column) != 0)) {
			*ret_why = "the first line has too many columns, or one twice";
			return -EINVAL;
		}
		seen |= 1u << column;
		csv->columns[csv->count++] = (uint8_t)column;
		if (c.at == c.end)
			break;
		c.at++;
	}
	if ((seen & ((1u << CSV_NEEDED) - 1)) == (1u << CSV_NEEDED) - 1)
		return 0;
	*ret_why = "the first line must name the columns "
		   "t_wall,t_mono,boot_id,probe,status,lat_us,others,evid";
	return -EINVAL;
}

void csv_print_header(FILE *file)
{
	for (int i = 0; i < CSV_KNOWN; i++)
		(void)fprintf(file, "%s%s", i > 0 ? "," : "", column_names[i]);
	(void)fputc('\n', file);
}

static void print_seconds(FILE *file, int64_t us)
{
	const int64_t size = us < 0 ? -us : us;

	(void)fprintf(file, "%s%" PRId64 ".%06d,", us < 0 ? "-" : "", size / USEC_PER_SEC,
		      (int)(size % USEC_PER_SEC));
}

static void print_known(FILE *file, int64_t value)
{
	if (value >= 0)
		(void)fprintf(file, ",%" PRId64, value);
	else
		(void)fputc(',', file);
}

void csv_print_row(FILE *file, const struct trend_sample *s)
{
	print_seconds(file, s->wall.v);
	print_seconds(file, s->mono.v);
	(void)fprintf(file, "%08" PRIx32 ",%d,%d,%" PRIu32 ",%d,%" PRIu32, s->boot_id,
		      (int)s->probe, (int)s->status, s->latency_us, s->has_others, s->evidence);
	print_known(file, s->sel_entries);
	print_known(file, s->foreign_per_hour);
	print_known(file, s->firmware);
	print_known(file, s->is_contended);
	(void)fputc('\n', file);
}
