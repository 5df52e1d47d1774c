/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of syslog: headers of every kind, NXLog's structured data, Snare's fields, and lines of
 * other programs.
 */
#include "tests/unit/tap.h"
#include "tests/unit/winevt-text.h"
#include "winevt/syslog.c" /* the unit under test */

#define LINE(level, channel, record_id)                                                            \
	"{\"host\":\"SRV01\",\"provider\":\"IPMIDRV\",\"event_id\":1004,\"qualifiers\":null,"      \
	"\"level\":" level ",\"channel\":" channel ",\"record_id\":" record_id                     \
	",\"time\":\"2026-11-20T06:54:06Z\"}\n"
#define USUAL LINE("3", "\"System\"", "7")
#define HEAD  "<12>1 2026-11-20T06:54:06Z SRV01 IPMIDRV 4 - "
#define ELEMENT                                                                                    \
	"[NXLOG@14506 EventType=\"WARNING\" EventID=\"1004\" RecordNumber=\"7\" "                  \
	"Channel=\"System\"]"
#define SNARE_LINE(id, time, tail)                                                                 \
	"MSWinEventLog\t2\tSystem\t99\t" time "\t" id                                              \
	"\tIPMIDRV\tN/A\tN/A\tWarning\tSRV01\tNone\t\tText" tail
#define SNARE_TIME "Fri Nov 20 07:54:06 2026"
#define JSON                                                                                       \
	"{\"EventTime\":\"2026-11-20 07:54:06\",\"Hostname\":\"SRV01\",\"EventType\":\"WARNING\"," \
	"\"EventID\":1004,\"SourceName\":\"IPMIDRV\",\"RecordNumber\":7,\"Channel\":\"System\","   \
	"\"Message\":\"MSWinEventLog [NXLOG@1 <Event \"}"

static struct text_run run;

static bool becomes(const char *text, const char *wanted)
{
	return text_becomes(&run, "syslog", "Europe/Berlin", text, wanted) &&
	       run.stream.decoder.counts.bad == 0;
}

static bool is_bad(const char *text, enum winevt_bad why)
{
	return text_becomes(&run, "syslog", "Europe/Berlin", text, "") &&
	       run.stream.decoder.counts.bad == 1 && run.stream.decoder.bad[why] == 1;
}

static void test_nxlog(void)
{
	check(becomes(HEAD ELEMENT " text", USUAL), "NXLog's structured data");
	check(becomes("312 " HEAD ELEMENT, USUAL), "behind a length, without a message");
	check(becomes(HEAD "[x@1 EventID=\"1\" a=\"]\\\"\\\\\"]" ELEMENT "[meta y=\"\"] {", USUAL),
	      "among others' elements");
	check(becomes("1 2026-11-20T06:54:06Z SRV01 IPMIDRV 4 - " ELEMENT, USUAL),
	      "without the priority, which the journal takes off");
	check(becomes("<12>1 2026-11-20T06:54:06Z SRV01 NXLOG - - [NXLOG@14506 EventID=\"1004\" "
		      "SourceName=\"IPMIDRV\"]",
		      LINE("null", "null", "null")),
	      "a source that is named is the source; what is not said is null");
	check(becomes("<12>1 2026-11-20T06:54:06Z SRV01 sshd 1 - - IPMIDRV", ""),
	      "another program that speaks of it is another program");
	check(is_bad("<12>1 - SRV01 IPMIDRV 4 - " ELEMENT, WINEVT_BAD_TIME), "no time is bad");
	check(is_bad(HEAD "[NXLOG@14506 EventID=\"1004", WINEVT_BAD_SYNTAX) &&
		      is_bad(HEAD "[NXLOG@14506 EventID]", WINEVT_BAD_SYNTAX) &&
		      is_bad("<12>1 2026-11-20T06:54:06Z SRV01 IPMIDRV", WINEVT_BAD_SYNTAX),
	      "a torn line is bad");
}

static void test_snare(void)
{
	check(becomes("<12>Nov 20 07:54:06 SRV01\t" SNARE_LINE("1004", SNARE_TIME, "\t7"), USUAL),
	      "Snare behind a header");
	check(becomes("<12>Nov 20 07:54:06 SRV01 " SNARE_LINE("1004", SNARE_TIME, "\t7"), USUAL),
	      "and behind a blank, as NXLog writes it");
	check(becomes(SNARE_LINE("1004", SNARE_TIME, ""), LINE("3", "\"System\"", "null")),
	      "without a header and without the number in the event log");
	check(becomes(SNARE_LINE("1004", SNARE_TIME, "\tmore\t7"), USUAL),
	      "with a tab in the message");
	check(becomes(HEAD "- " SNARE_LINE("1004", SNARE_TIME, "\t7"), USUAL),
	      "behind a header of RFC 5424, whose time is not the event's");
	check(becomes(SNARE_LINE("1005", "Sun Mar  1 00:00:00 2026", ""),
		      "{\"host\":\"SRV01\",\"provider\":\"IPMIDRV\",\"event_id\":1005,"
		      "\"qualifiers\":null,\"level\":3,\"channel\":\"System\",\"record_id\":null,"
		      "\"time\":\"2026-02-28T23:00:00Z\"}\n"),
	      "a day of one digit");
	check(is_bad(SNARE_LINE("1004", "Fri Nov 31 07:54:06 2026", ""), WINEVT_BAD_TIME) &&
		      is_bad(SNARE_LINE("1004", "Fri Nix 20 07:54:06 2026", ""), WINEVT_BAD_TIME) &&
		      is_bad(SNARE_LINE("1004", "", ""), WINEVT_BAD_TIME),
	      "a date that is none is bad");
	check(is_bad("MSWinEventLog\t2\tSystem\tIPMIDRV", WINEVT_BAD_FIELD) &&
		      is_bad("x MSWinEventLog IPMIDRV", WINEVT_BAD_FIELD),
	      "a torn line is bad");
}

static void test_payload(void)
{
	check(becomes("<12>Nov 20 07:54:06 SRV01 IPMIDRV[4]: " JSON, USUAL), "JSON in RFC 3164");
	check(becomes(HEAD "- " JSON, USUAL), "JSON in RFC 5424");
	check(becomes("2026-11-20T07:54:06.1+01:00 SRV01 nxlog: " JSON, USUAL),
	      "JSON as rsyslog writes it to a file");
	check(becomes("<13>Nov 20 07:54:06 c openwec: <Event><System><Provider Name='IPMIDRV'/>"
		      "<EventID>1004</EventID><TimeCreated SystemTime='2026-11-20T06:54:06Z'/>"
		      "<Computer>SRV01</Computer></System></Event>",
		      LINE("null", "null", "null")),
	      "XML behind a header");
	check(becomes("Nov 20 07:54:06 SRV01 kernel: IPMIDRV {x} <12>1\n<>1 "
		      "IPMIDRV\n<12>1IPMIDRV\n",
		      ""),
	      "lines of others are nothing");
	check(is_bad("<12>Nov 20 07:54:06 SRV01 IPMIDRV[4]: {\"SourceName\":\"IPMIDRV\",\"E",
		     WINEVT_BAD_SYNTAX),
	      "a torn one is bad");
}

#define XML                                                                                        \
	"<Event><System><Provider Name='IPMIDRV'/><EventID>1004</EventID>"                         \
	"<TimeCreated SystemTime='2026-11-20T06:54:06Z'/><Computer>SRV01</Computer></System>"      \
	"</Event>"

/* What strangers can write into a log: names of users, what they ask a web server for. */
static void test_smuggled(void)
{
	check(becomes("<38>Nov 20 07:54:06 gate sshd[1]: Invalid user " XML, ""),
	      "an event in another program's words is no event");
	check(becomes("Nov 20 07:54:06 gate sshd[1]: Invalid user " JSON, "") &&
		      becomes("Nov 20 07:54:06 gate sshd[1]: x: " JSON, ""),
	      "in JSON neither");
	check(becomes("<190>Nov 20 07:54:06 gate nginx: 192.0.2.1 \"GET /" SNARE_LINE(
			      "1004", SNARE_TIME, "\t7"),
		      ""),
	      "nor Snare's");
	check(becomes("192.0.2.1 - - [20/Nov/2026:07:54:06 +0000] \"GET /x: " JSON, "") &&
		      becomes("192.0.2.1 - - [20/Nov/2026:07:54:06 +0000] \"GET " XML, ""),
	      "nor in a log of no syslog at all");
	check(becomes("bad log in by x: " JSON, "") && becomes("Nov 20 is a day: " JSON, ""),
	      "what only begins like a time is none");
	check(becomes(HEAD "- said " JSON, ""), "behind words in RFC 5424 neither");
}

/* Every header that is known. */
static void test_headers(void)
{
	static const char *const heads[] = {
		"",
		"<12>",
		"IPMIDRV[4]: ",
		"IPMIDRV: @cee: ",
		"<12>Nov  2 07:54:06 SRV01 IPMIDRV[4]: ",
		"Nov 20 07:54:06 SRV01 Service Control Manager[4]: ",
		"<12>2026-11-20T07:54:06.123456+01:00 SRV01 IPMIDRV: ",
		"2026 Nov 20 06:54:09 (SRV01) any->EventChannel ",
		"2026 Nov 20 06:54:09 SRV01->192.0.2.7 ",
		"<12>Nov 20 07:54:06 SRV01 ",
		"317 <12>Nov 20 07:54:06 SRV01 IPMIDRV:",
	};
	char line[2 * sizeof(JSON) + 80];

	for (size_t i = 0; i < COUNT_OF(heads); i++) {
		(void)snprintf(line, sizeof(line), "%s%s", heads[i], JSON);
		check(becomes(line, USUAL), "JSON behind \"%s\"", heads[i]);
		(void)snprintf(line, sizeof(line), "%s<?xml version='1.0'?>%s", heads[i], XML);
		check(becomes(line, LINE("null", "null", "null")), "XML behind \"%s\"", heads[i]);
	}
	check(becomes("Nov 20 07:54:06 192.0.2.7 "
		      "SRV01#011MSWinEventLog#0112#011System#01199#011" SNARE_TIME
		      "#0111004#011IPMIDRV#011N/A#011N/A#011Warning#011SRV01#011None#011"
		      "#011Text#0117",
		      USUAL),
	      "Snare's own header behind a relay's");
}

int main(void)
{
	test_smuggled();
	test_headers();
	test_nxlog();
	test_snare();
	test_payload();
	return tap_done();
}
