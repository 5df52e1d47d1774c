/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An event of a Windows host: times in every way they are written, which events are wanted, text
 * that is safe to print, and the JSON.
 */
#include "tests/unit/tap.h"
#include "winevt/record.c" /* the unit under test */

static int parse(const char *text, struct winevt_time *ret)
{
	return winevt_time_parse(text, strlen(text), ret);
}

/* Read and written again. */
static bool becomes(const char *text, const char *wanted)
{
	char said[WINEVT_TIME_MAX] = "";
	struct winevt_time time;

	if (parse(text, &time) < 0)
		return false;
	winevt_time_format(&time, said);
	if (strcmp(said, wanted) != 0)
		printf("# %s, not %s\n", said, wanted);
	return strcmp(said, wanted) == 0;
}

static void test_times(void)
{
	static const char *const good[][2] = {
		{ "2026-11-20T06:54:06.8125001Z", "2026-11-20T06:54:06.8125001Z" },
		{ "2012-05-10T06:54:06.812500000Z", "2012-05-10T06:54:06.812500000Z" },
		{ "2026-11-20T06:54:06.812Z", "2026-11-20T06:54:06.812Z" },
		{ "2026-11-20 07:54:06 +0100", "2026-11-20T06:54:06Z" },
		{ "2026-11-20T07:54:06.812500+01:00", "2026-11-20T06:54:06.812500Z" },
		{ "2026-12-31t23:30:00.0-00:45", "2027-01-01T00:15:00.0Z" },
		{ "2026-11-20T06:54:06.8125001239z", NULL },
		{ "2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z" },
		{ "2000-02-29T23:59:59Z", "2000-02-29T23:59:59Z" },
		{ "2023-03-01T00:00:00Z", "2023-03-01T00:00:00Z" },
		{ "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z" },
		{ "1601-01-01T00:00:00.0000000Z", "1601-01-01T00:00:00.0000000Z" },
		{ "0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z" },
		{ "9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z" },
		{ "1970-01-01T00:00:00,5Z", "1970-01-01T00:00:00.5Z" },
	};

	for (size_t i = 0; i < COUNT_OF(good); i++) {
		struct winevt_time time;

		if (good[i][1])
			check(becomes(good[i][0], good[i][1]), "%s is read to the digit",
			      good[i][0]);
		else
			check(parse(good[i][0], &time) == -EINVAL, "%s has a digit too many",
			      good[i][0]);
	}
}

static void test_bad_times(void)
{
	static const char *const bad[] = {
		"",
		"2026",
		"2026-11-20T06:54:06",
		"2026-11-20T06:54:06.Z",
		"2026-11-20T06:54:06.5",
		"2026-13-20T06:54:06Z",
		"2026-00-20T06:54:06Z",
		"2026-11-00T06:54:06Z",
		"2026-11-31T06:54:06Z",
		"2023-02-29T06:54:06Z",
		"1900-02-29T06:54:06Z",
		"2026-11-20T24:00:00Z",
		"2026-11-20T06:60:00Z",
		"2026-11-20T06:54:61Z",
		"2026-11-20T06:54:06ZZ",
		"2026-11-20T06:54:06Z ",
		" 2026-11-20T06:54:06Z",
		"2026-11-20T06:54:06+1",
		"2026-11-20T06:54:06+24:00",
		"+026-11-20T06:54:06Z",
		"2026-11-20X06:54:06Z",
		"9999X11-20T06:54:06Z",
	};
	struct winevt_time time = { .seconds = 7, .nanos = 8, .digits = 9 };

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		check(parse(bad[i], &time) == -EINVAL, "\"%s\" is no time", bad[i]);
	check(winevt_time_parse("2026-11-20T06:54:06\0Z", 21, &time) == -EINVAL,
	      "nor is one with a NUL inside");
	check(time.seconds == 7 && time.nanos == 8 && time.digits == 9,
	      "what could not be read leaves the result alone");
}

static void test_each_day(void)
{
	struct winevt_time time = { .seconds = 0 }, back;
	char text[WINEVT_TIME_MAX];
	int64_t wrong = 0;

	for (int64_t day = -135140; day < 2932896; day += 1 + (day > 40000) * 13) {
		time.seconds = day * SECONDS_PER_DAY + 86399;
		winevt_time_format(&time, text);
		wrong += parse(text, &back) < 0 || back.seconds != time.seconds;
	}
	check(wrong == 0, "the days of 1600 to 9999 are read as they were written");
	time.seconds = INT64_MAX;
	winevt_time_format(&time, text);
	check(strcmp(text, "9999-12-31T23:59:59Z") == 0, "a time beyond that is the last there is");
	time.seconds = INT64_MIN;
	winevt_time_format(&time, text);
	check(strcmp(text, "0000-01-01T00:00:00Z") == 0, "or the first");
}

static int64_t an_hour_ahead(void *zone, int64_t local_s)
{
	return local_s - *(int *)zone;
}

static void test_zone(void)
{
	static const char local[] = "2026-11-20 07:54:06", zoned[] = "2026-11-20 07:54:06 +0200";
	struct winevt_time time;
	int ahead_s = 3600;

	check(winevt_time_parse_in(local, strlen(local), an_hour_ahead, &ahead_s, &time) == 0 &&
		      time.seconds == winevt_time_seconds(2026, 11, 20, 6 * 3600 + 54 * 60 + 6),
	      "a time without a zone is that of the input's");
	check(winevt_time_parse_in(zoned, strlen(zoned), an_hour_ahead, &ahead_s, &time) == 0 &&
		      time.seconds == winevt_time_seconds(2026, 11, 20, 5 * 3600 + 54 * 60 + 6),
	      "but its own zone comes first");
}

static void test_wanted(void)
{
	static const struct winevt_pair pairs[] = {
		{ "IPMIDRV", 1000, 1007 },
		{ "Lifecycle Controller Log", 0, UINT32_MAX },
	};
	const struct winevt_wanted wanted = { pairs, COUNT_OF(pairs) };

	check(winevt_is_wanted(&wanted, "IPMIDRV", 1000) &&
		      winevt_is_wanted(&wanted, "ipmidrv", 1007),
	      "a provider is wanted however it is spelt");
	check(!winevt_is_wanted(&wanted, "IPMIDRV", 999) &&
		      !winevt_is_wanted(&wanted, "IPMIDRV", 1008),
	      "other ids of it are not");
	check(!winevt_is_wanted(&wanted, "ipmiprv", 1000) &&
		      !winevt_is_wanted(&wanted, "IPMIDRVX", 1004),
	      "nor other providers with such ids");
	check(winevt_is_wanted(&wanted, "Lifecycle Controller Log", UINT32_MAX),
	      "all ids may be wanted");
	check(winevt_is_provider(&wanted, "IpmiDrv") && !winevt_is_provider(&wanted, ""),
	      "a provider can be asked for without an id");
}

static void test_text(void)
{
	static const char mixed[] = "SRV\xc3\xbc\n\x1b[1m\xf0\x9f\x98\x80.x";
	char text[WINEVT_TEXT_MAX], longest[WINEVT_TEXT_MAX * 2];

	winevt_text(text, mixed, sizeof(mixed) - 1);
	check(strcmp(text, "SRV???[1m?.x") == 0, "what is not printable ASCII is one '?' each");
	memset(longest, 'x', sizeof(longest));
	winevt_text(text, longest, sizeof(longest));
	check(strlen(text) == WINEVT_TEXT_MAX - 1, "what is too long is cut");
	winevt_text(text, "", 0);
	check(text[0] == '\0', "nothing is nothing");
}

static bool json_is(const struct winevt_record *record, const char *wanted)
{
	struct buf b = buf_make(4096);
	SCOPED(free_ptr) char *text = NULL;

	winevt_record_json(&b, record);
	text = buf_take(&b, NULL);
	if (text && strcmp(text, wanted) != 0)
		printf("# %s\n", text);
	return text && strcmp(text, wanted) == 0;
}

static void test_json(void)
{
	struct winevt_record record = {
		.host = "SRV01.example.test",
		.provider = "IPMIDRV",
		.channel = "System",
		.event_id = 1004,
		.qualifiers = 32773,
		.level = 3,
		.record_id = INT64_MAX,
		.has_record_id = true,
	};

	check(parse("2026-11-20T06:54:06.8125001Z", &record.time) == 0, "there is a time");
	check(json_is(&record, "{\"host\":\"SRV01.example.test\",\"provider\":\"IPMIDRV\","
			       "\"event_id\":1004,\"qualifiers\":32773,\"level\":3,"
			       "\"channel\":\"System\",\"record_id\":9223372036854775807,"
			       "\"time\":\"2026-11-20T06:54:06.8125001Z\"}"),
	      "a record is one object");
	record.qualifiers = record.level = -1;
	record.has_record_id = false;
	record.channel[0] = '\0';
	check(json_is(&record, "{\"host\":\"SRV01.example.test\",\"provider\":\"IPMIDRV\","
			       "\"event_id\":1004,\"qualifiers\":null,\"level\":null,"
			       "\"channel\":null,\"record_id\":null,"
			       "\"time\":\"2026-11-20T06:54:06.8125001Z\"}"),
	      "what is not known is null");
}

int main(void)
{
	test_times();
	test_bad_times();
	test_each_day();
	test_zone();
	test_wanted();
	test_text();
	test_json();
	return tap_done();
}
