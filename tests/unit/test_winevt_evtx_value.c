/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of event logs: numbers of each width and as text, times of each kind, texts; and what
 * a field may not be.
 */
#include "tests/unit/tap.h"
#include "winevt/evtx-value.c" /* the unit under test */

static struct winevt_record record;
static uint8_t units[2 * WINEVT_TEXT_MAX + 100];

static int number(enum evtx_field field, uint8_t type, uint64_t value, uint32_t size)
{
	uint8_t bytes[8];

	for (unsigned i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(value >> 8 * i);
	return evtx_value_read(field, &(struct evtx_value){ bytes, size, type }, &record);
}

static int text(enum evtx_field field, const char *ascii)
{
	const uint32_t n = (uint32_t)strlen(ascii);

	for (uint32_t i = 0; i < n; i++) {
		units[2 * i] = (uint8_t)ascii[i];
		units[2 * i + 1] = 0;
	}
	return evtx_value_read(field, &(struct evtx_value){ units, 2 * n, EVTX_TYPE_STRING },
			       &record);
}

static void test_numbers(void)
{
	check(number(EVTX_EVENT_ID, EVTX_TYPE_U16, 1004, 2) == 0 && record.event_id == 1004,
	      "an id of two bytes");
	check(number(EVTX_EVENT_ID, EVTX_TYPE_U8, 7, 1) == 0 && record.event_id == 7 &&
		      number(EVTX_EVENT_ID, EVTX_TYPE_U32, 70000, 4) == 0 &&
		      record.event_id == 70000,
	      "of one and of four");
	check(text(EVTX_EVENT_ID, "1004") == 0 && record.event_id == 1004, "as text");
	check(number(EVTX_RECORD_ID, EVTX_TYPE_U64, INT64_MAX, 8) == 0 &&
		      record.record_id == INT64_MAX && record.has_record_id,
	      "the highest number of a record");
	check(text(EVTX_RECORD_ID, "9223372036854775807") == 0, "the same as text");
	check(number(EVTX_LEVEL, EVTX_TYPE_U8, 255, 1) == 0 && record.level == 255,
	      "the highest level");
	check(text(EVTX_QUALIFIERS, "65535") == 0 && record.qualifiers == 65535,
	      "the highest qualifiers");
	check(number(EVTX_EVENT_ID, EVTX_TYPE_U16, 1, 1) == -EBADMSG &&
		      number(EVTX_EVENT_ID, EVTX_TYPE_U16, 1, 4) == -EBADMSG &&
		      number(EVTX_EVENT_ID, 0x81, 1, 2) == -EBADMSG &&
		      number(EVTX_EVENT_ID, 0, 1, 0) == -EBADMSG,
	      "a size or a type that is wrong is refused");
	check(number(EVTX_RECORD_ID, EVTX_TYPE_U64, UINT64_C(1) << 63, 8) == -EBADMSG &&
		      text(EVTX_RECORD_ID, "9223372036854775808") == -EBADMSG &&
		      text(EVTX_RECORD_ID, "18446744073709551616") == -EBADMSG &&
		      text(EVTX_RECORD_ID, "99999999999999999999") == -EBADMSG &&
		      text(EVTX_RECORD_ID, "100000000000000000000") == -EBADMSG,
	      "a number beyond the highest is refused");
	check(text(EVTX_LEVEL, "256") == -EBADMSG && text(EVTX_QUALIFIERS, "65536") == -EBADMSG &&
		      text(EVTX_EVENT_ID, "4294967296") == -EBADMSG,
	      "each field has its own highest");
	check(text(EVTX_EVENT_ID, "") == -EBADMSG && text(EVTX_EVENT_ID, "-1") == -EBADMSG &&
		      text(EVTX_EVENT_ID, " 1") == -EBADMSG &&
		      text(EVTX_EVENT_ID, "1e3") == -EBADMSG,
	      "text that is not digits alone is refused");
	record.level = record.qualifiers = -1;
	record.has_record_id = false;
	check(number(EVTX_LEVEL, 0, 0, 0) == 0 && number(EVTX_QUALIFIERS, 0, 0, 0) == 0 &&
		      number(EVTX_RECORD_ID, 0, 0, 0) == 0 && record.level == -1 &&
		      record.qualifiers == -1 && !record.has_record_id,
	      "these three may be absent");
}

static bool time_is(const char *wanted)
{
	char said[WINEVT_TIME_MAX];

	winevt_time_format(&record.time, said);
	return strcmp(said, wanted) == 0;
}

static void test_times(void)
{
	static const uint8_t system[] = { 0xea, 7, 11, 0, 5, 0, 20, 0, 6, 0, 54, 0, 6, 0, 44, 3 };
	uint8_t bytes[sizeof(system)];
	struct evtx_value value = { bytes, sizeof(bytes), EVTX_TYPE_SYSTEMTIME };

	check(number(EVTX_TIME, EVTX_TYPE_FILETIME, UINT64_C(133444736380618546), 8) == 0 &&
		      time_is("2023-11-14T22:13:58.0618546Z"),
	      "a FILETIME to its last digit");
	check(number(EVTX_TIME, EVTX_TYPE_FILETIME, 0, 8) == 0 &&
		      time_is("1601-01-01T00:00:00.0000000Z"),
	      "its zero");
	check(number(EVTX_TIME, EVTX_TYPE_FILETIME, UINT64_C(2650467743999999999), 8) == 0 &&
		      time_is("9999-12-31T23:59:59.9999999Z"),
	      "the last there is");
	check(number(EVTX_TIME, EVTX_TYPE_FILETIME, UINT64_C(2650467744000000000), 8) == -EBADMSG &&
		      number(EVTX_TIME, EVTX_TYPE_FILETIME, UINT64_MAX, 8) == -EBADMSG,
	      "what is beyond the year 9999 is refused");
	check(number(EVTX_TIME, EVTX_TYPE_FILETIME, 1, 4) == -EBADMSG &&
		      number(EVTX_TIME, 0, 0, 0) == -EBADMSG,
	      "half a time is, and none");
	memcpy(bytes, system, sizeof(bytes));
	check(evtx_value_read(EVTX_TIME, &value, &record) == 0 &&
		      time_is("2026-11-20T06:54:06.812Z"),
	      "a SYSTEMTIME");
	bytes[2] = 13;
	check(evtx_value_read(EVTX_TIME, &value, &record) == -EBADMSG, "not of month 13");
	memset(bytes, 0xff, sizeof(bytes));
	check(evtx_value_read(EVTX_TIME, &value, &record) == -EBADMSG, "nor of the year 65535");
	check(text(EVTX_TIME, "2021-11-19T16:52:33.833733500Z") == 0 &&
		      time_is("2021-11-19T16:52:33.833733500Z"),
	      "a time as text");
	check(text(EVTX_TIME, "2021-11-19T16:52:33") == -EBADMSG && text(EVTX_TIME, "") == -EBADMSG,
	      "not without its zone");
}

static void test_texts(void)
{
	struct evtx_value value = { units, 0, EVTX_TYPE_STRING };
	static const uint8_t odd[] = { 'a',  0, 0xfc, 0,    0x3d, 0xd8, 0x00, 0xde,
				       'b',  0, 0x3d, 0xd8, 'c',  0,	0x00, 0xde,
				       0x1b, 0, 0,    0,    'x',  0 };

	check(text(EVTX_COMPUTER, "SRV01.example.test") == 0 &&
		      strcmp(record.host, "SRV01.example.test") == 0,
	      "a name");
	check(text(EVTX_CHANNEL, "") == 0 && record.channel[0] == '\0', "an empty one");
	memcpy(units, odd, sizeof(odd));
	value.size = sizeof(odd);
	check(evtx_value_read(EVTX_PROVIDER, &value, &record) == 0 &&
		      strcmp(record.provider, "a??b?c??") == 0,
	      "what is not printable ASCII is one '?' each, a NUL ends it");
	for (size_t i = 0; i < sizeof(units); i++)
		units[i] = i % 2 ? 0 : 'x';
	value.size = sizeof(units);
	check(evtx_value_read(EVTX_PROVIDER, &value, &record) == 0 &&
		      strlen(record.provider) == WINEVT_TEXT_MAX - 1,
	      "what is too long is cut");
	value.size = 3;
	check(evtx_value_read(EVTX_PROVIDER, &value, &record) == -EBADMSG,
	      "half a character is refused");
	value.size = 2;
	value.type = EVTX_TYPE_U16;
	check(evtx_value_read(EVTX_PROVIDER, &value, &record) == -EBADMSG, "so is a number");
	check(evtx_value_read(EVTX_FIELDS, &value, &record) == -EBADMSG,
	      "and a field there is not");
}

int main(void)
{
	test_numbers();
	test_times();
	test_texts();
	return tap_done();
}
