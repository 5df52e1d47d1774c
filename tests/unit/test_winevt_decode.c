/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of an event to a record: what may be missing, what may not, numbers and levels however
 * they are written.
 */
#include <stdio.h>

#include "tests/unit/tap.h"
#include "winevt/decode.c" /* the unit under test */

static const struct winevt_pair pairs[] = { { "IPMIDRV", 1000, 1007 } };
static const struct winevt_wanted wanted = { pairs, COUNT_OF(pairs) };
static struct winevt_decoder decoder;
static struct winevt_record last;
static int answer;

static int hear(void *user UNUSED, const struct winevt_record *record)
{
	last = *record;
	return answer;
}

static struct winevt_parts usual(void)
{
	return (struct winevt_parts){ .host = winevt_span("SRV01"),
				      .provider = winevt_span("IPMIDRV"),
				      .channel = winevt_span("System"),
				      .event_id = winevt_span("1004"),
				      .qualifiers = winevt_span("32773"),
				      .record_id = winevt_span("25374"),
				      .level = winevt_span("3"),
				      .time = winevt_span("2026-11-20T06:54:06.8125001Z") };
}

static void begin(void)
{
	memset(&last, 0, sizeof(last));
	winevt_decoder_init(&decoder, &wanted, NULL, hear, NULL);
}

static bool is_taken(const struct winevt_parts *parts)
{
	begin();
	return winevt_decoder_take(&decoder, parts) == answer && decoder.counts.wanted == 1 &&
	       decoder.counts.bad == 0;
}

static bool is_bad(const struct winevt_parts *parts, enum winevt_bad why)
{
	begin();
	return winevt_decoder_take(&decoder, parts) == 0 && decoder.counts.wanted == 0 &&
	       decoder.counts.bad == 1 && decoder.bad[why] == 1;
}

static bool is_nothing(const struct winevt_parts *parts)
{
	begin();
	return winevt_decoder_take(&decoder, parts) == 0 && decoder.counts.wanted == 0 &&
	       decoder.counts.bad == 0;
}

static void test_whole(void)
{
	struct winevt_parts parts = usual();

	check(is_taken(&parts) && strcmp(last.host, "SRV01") == 0 && last.event_id == 1004 &&
		      last.qualifiers == 32773 && last.level == 3 && last.has_record_id &&
		      last.record_id == 25374 && last.time.digits == 7,
	      "an event with all its parts");
	answer = 5;
	check(is_taken(&parts), "what the listener says is passed on");
	answer = 0;
	parts.qualifiers = parts.record_id = parts.level = parts.channel = parts.host =
		(struct winevt_span){ NULL, 0 };
	check(is_taken(&parts) && last.qualifiers == -1 && last.level == -1 &&
		      !last.has_record_id && last.channel[0] == '\0' && last.host[0] == '\0',
	      "what a source does not say is not known");
	parts.qualifiers = parts.record_id = parts.level = winevt_span("");
	check(is_taken(&parts) && last.qualifiers == -1 && last.level == -1 && !last.has_record_id,
	      "an empty text says nothing either");
	parts.event_id = winevt_span("\r\n\t1004 ");
	check(is_taken(&parts), "blanks around a number are none of it");
}

static void test_others(void)
{
	struct winevt_parts parts = usual();

	parts.event_id = winevt_span("1008");
	check(is_nothing(&parts), "another id is not wanted");
	parts.event_id = winevt_span("68540"); /* 1004 + 65536 */
	check(is_nothing(&parts), "nor is one that would be it in 16 bits");
	parts = usual();
	parts.provider = winevt_span("ipmiprv");
	check(is_nothing(&parts), "nor another provider with the same id");
	parts.time = parts.event_id = winevt_span("x");
	check(is_nothing(&parts), "of which damage is not looked at");
}

static void test_bad(void)
{
	static const char *const numbers[] = {
		"-1", "+1", "0x3EC", "1e3", "10.0", "1 0", "99999999999999999999", "x", " "
	};
	struct winevt_parts parts;
	bool is_all_bad = true;

	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		parts = usual();
		parts.record_id = winevt_span(numbers[i]);
		is_all_bad &= is_bad(&parts, WINEVT_BAD_FIELD);
		parts = usual();
		parts.event_id = winevt_span(numbers[i]);
		is_all_bad &= is_bad(&parts, WINEVT_BAD_FIELD);
	}
	check(is_all_bad, "a number is digits, and not too many");
	parts = usual();
	parts.event_id = (struct winevt_span){ NULL, 0 };
	check(is_bad(&parts, WINEVT_BAD_FIELD), "an event without an id is none");
	parts = usual();
	parts.qualifiers = winevt_span("65536");
	check(is_bad(&parts, WINEVT_BAD_FIELD), "qualifiers have 16 bits");
	parts = usual();
	parts.time = winevt_span("2026-02-30T06:54:06Z");
	check(is_bad(&parts, WINEVT_BAD_TIME), "a day that is none is no time");
	parts.time = (struct winevt_span){ NULL, 0 };
	check(is_bad(&parts, WINEVT_BAD_TIME), "nor is nothing");
	parts.time = winevt_span("2026-11-20 06:54:06");
	check(is_bad(&parts, WINEVT_BAD_NO_ZONE), "local time is not guessed to be anywhere");
}

static void test_levels(void)
{
	static const struct {
		const char *word;
		int32_t level;
	} table[] = {
		{ "0", 0 },
		{ "1", 1 },
		{ "4", 4 },
		{ "255", 255 },
		{ "Critical", 1 },
		{ "ERROR", 2 },
		{ "warning", 3 },
		{ "INFO", 4 },
		{ "Information", 4 },
		{ "Verbose", 5 },
		{ "AUDIT_FAILURE", 0 },
		{ "Success Audit", 0 },
		{ "Warnung", -1 },
		{ "?", -1 },
	};
	struct winevt_parts parts = usual();

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		parts.level = winevt_span(table[i].word);
		check(is_taken(&parts) && last.level == table[i].level, "level %s is %d",
		      table[i].word, (int)table[i].level);
	}
	parts.level = winevt_span("256");
	check(is_bad(&parts, WINEVT_BAD_FIELD), "a level has eight bits");
}

static void test_words(void)
{
	bool is_said = true;

	for (int why = 0; why < WINEVT_BAD_KINDS; why++)
		is_said &= winevt_bad_text((enum winevt_bad)why) != NULL;
	check(is_said, "each reason has its words");
}

int main(void)
{
	test_whole();
	test_others();
	test_bad();
	test_levels();
	test_words();
	return tap_done();
}
