/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of JSON: numbers and texts, what is refused, and what a hostile one can do.
 */
#include "tests/unit/tap.h"
#include "tests/unit/winevt-text.h"
#include "winevt/json.c" /* the unit under test */

#define OBJECT(id, record_id, level)                                                               \
	"{\"ProviderName\":\"IPMIDRV\",\"EventID\":" id ",\"Level\":" level                        \
	",\"TimeCreated\":\"2026-11-20 07:54:06 +0100\",\"EventRecordID\":" record_id              \
	",\"Channel\":\"System\",\"Computer\":\"SRV01\""
#define LINE(record_id, level)                                                                     \
	"{\"host\":\"SRV01\",\"provider\":\"IPMIDRV\",\"event_id\":1004,\"qualifiers\":null,"      \
	"\"level\":" level ",\"channel\":\"System\",\"record_id\":" record_id                      \
	",\"time\":\"2026-11-20T06:54:06Z\"}\n"

static struct text_run run;

static bool becomes(const char *text, const char *wanted)
{
	return text_becomes(&run, "json", NULL, text, wanted) && run.stream.decoder.counts.bad == 0;
}

static bool is_bad(const char *text, enum winevt_bad why)
{
	return text_becomes(&run, "json", NULL, text, "") && run.stream.decoder.counts.bad == 1 &&
	       run.stream.decoder.bad[why] == 1;
}

static void test_values(void)
{
	check(becomes(OBJECT("1004", "7", "3") "}", LINE("7", "3")), "numbers");
	check(becomes(OBJECT("\"1004\"", "\"7\"", "\"3\"") "}", LINE("7", "3")), "numbers as text");
	check(becomes(OBJECT("1004", "\"\"", "null") "}", LINE("null", "null")),
	      "empty text and null say nothing");
	check(becomes(OBJECT("1004.0", "9007199254740991.0", "3") "}",
		      LINE("9007199254740991", "3")),
	      "whole numbers with a point");
	check(becomes(OBJECT("1004", "9223372036854775807", "3") "}",
		      LINE("9223372036854775807", "3")),
	      "the highest number there is");
	check(becomes(OBJECT("1004", "7", "3") ",\"Keywords\":9259400833873739776}",
		      LINE("7", "3")),
	      "a number of 64 bits where nobody looks does no harm");
	check(becomes(OBJECT("1004", "7", "3") ",\"Message\":\"a\\u0000b\"}", LINE("7", "3")),
	      "nor does a NUL in the message");
	check(becomes("{\"_index\":\"x\",\"_source\":" OBJECT("1004", "7", "3") "}}",
		      LINE("7", "3")),
	      "an object that was exported of Elasticsearch");
	check(becomes("{\"ProviderName\":\"Disk\",\"EventID\":1004,\"Message\":\"IPMIDRV\"}", ""),
	      "another provider that speaks of it is another provider");
	check(becomes("{\"a\":[}\n[1,2]\n{{{{{{\n\"\n", ""),
	      "what names no wanted provider is not even parsed");
}

static void test_bad(void)
{
	check(is_bad(OBJECT("1004", "7", "3"), WINEVT_BAD_SYNTAX), "a torn line is bad");
	check(is_bad(OBJECT("1004", "7", "3") ",\"EventID\":1005}", WINEVT_BAD_SYNTAX),
	      "what is said twice is refused");
	check(is_bad(OBJECT("1004", "7", "3") "}{}", WINEVT_BAD_SYNTAX),
	      "so is what follows an object");
	check(is_bad(OBJECT("1004", "-7", "3") "}", WINEVT_BAD_FIELD) &&
		      is_bad(OBJECT("1004", "7.5", "3") "}", WINEVT_BAD_FIELD) &&
		      is_bad(OBJECT("1004", "[7]", "3") "}", WINEVT_BAD_FIELD) &&
		      is_bad(OBJECT("1004", "99999999999999999999", "3") "}", WINEVT_BAD_FIELD),
	      "a record id that is no such number is bad");
	check(is_bad(OBJECT("1e400", "7", "3") "}", WINEVT_BAD_SYNTAX), "so is a number too big");
	check(is_bad("{\"Computer\":\"\xff\xfe IPMIDRV\"}", WINEVT_BAD_SYNTAX),
	      "text is UTF-8 or bad");
	check(is_bad("{\"source\":\"IPMIDRV\",\"id\":1004}", WINEVT_BAD_SHAPE),
	      "a shipper that nobody knows is told");
	check(is_bad("{\"data\":\"<Event>IPMIDRV\"}", WINEVT_BAD_SYNTAX),
	      "damaged XML inside is counted once");
}

static void test_hostile(void)
{
	static char text[FRAME_PIECE_MAX + 1];
	size_t len = (size_t)snprintf(text, sizeof(text), "{\"IPMIDRV\":");

	memset(text + len, '[', 60000);
	check(is_bad(text, WINEVT_BAD_SYNTAX), "nesting has an end");
	memset(text, '{', 60000);
	memcpy(text + 59000, "\"IPMIDRV\"", 9);
	check(is_bad(text, WINEVT_BAD_SYNTAX), "whatever the brackets");
	check(becomes(OBJECT("1004", "7", "3") ",\"Message\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
					       "[[[[[[[[[[[[[[[[[[[[\\\"{{{{{{{{{{{{{{{{\"}",
		      LINE("7", "3")),
	      "brackets in a message are text");
}

int main(void)
{
	test_values();
	test_bad();
	test_hostile();
	return tap_done();
}
