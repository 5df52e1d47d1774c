/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events in XML: what of them is read, and what a hostile one can do, which is nothing.
 */
#include "tests/unit/tap.h"
#include "tests/unit/winevt-text.h"
#include "winevt/xml.c" /* the unit under test */

#define SYSTEM                                                                                     \
	"<System><Provider Name='IPMIDRV'/><EventID Qualifiers='32773'>1004</EventID>"             \
	"<Level>3</Level><TimeCreated SystemTime='2026-11-20T06:54:06Z'/>"                         \
	"<EventRecordID>25374</EventRecordID><Channel>System</Channel>"                            \
	"<Computer>SRV01</Computer></System>"
#define LINE                                                                                       \
	"{\"host\":\"SRV01\",\"provider\":\"IPMIDRV\",\"event_id\":1004,\"qualifiers\":32773,"     \
	"\"level\":3,\"channel\":\"System\",\"record_id\":25374,\"time\":"                         \
	"\"2026-11-20T06:54:06Z\"}\n"

static struct text_run run;

static bool becomes(const char *text, const char *wanted)
{
	return text_becomes(&run, "xml", NULL, text, wanted) && run.stream.decoder.counts.bad == 0;
}

static bool is_bad(const char *text)
{
	return text_becomes(&run, "xml", NULL, text, "") && run.stream.decoder.counts.bad == 1;
}

static void test_shapes(void)
{
	check(becomes("<Event>" SYSTEM "</Event>", LINE), "without a namespace");
	check(becomes("<Event xmlns=\"urn:x\">\r\n " SYSTEM "\r\n</Event>", LINE),
	      "with any namespace and blanks");
	check(becomes("<Event>" SYSTEM "</Event><Event>" SYSTEM "</Event>", LINE LINE),
	      "two, the second after the first");
	check(becomes("<Event><System><Provider Name='IPMIDRV' Guid='{0}' EventSourceName='x'/>"
		      "<EventID>1004</EventID><TimeCreated SystemTime='2026-11-20T06:54:06.1Z'/>"
		      "</System></Event>",
		      "{\"host\":null,\"provider\":\"IPMIDRV\",\"event_id\":1004,"
		      "\"qualifiers\":null,\"level\":null,\"channel\":null,\"record_id\":null,"
		      "\"time\":\"2026-11-20T06:54:06.1Z\"}\n"),
	      "what is not there is null");
	check(becomes("<Event>" SYSTEM "<EventData><Data>\x01\xfc</Wrong></Event>", LINE),
	      "data in some code page, behind what is read, does no harm");
	check(becomes("<Event><System><Provider Name='Disk'/><EventID>1004</EventID></System>"
		      "<EventData>IPMIDRV</EventData></Event>",
		      ""),
	      "another provider that speaks of it is another provider");
	check(becomes("<Event><UserData><Computer>evil</Computer></UserData>" SYSTEM "</Event>",
		      LINE),
	      "only System is believed");
	check(becomes("<Event><System><Correlation><Provider Name='x'/></Correlation>"
		      "<Provider Name='IPMIDRV'/><EventID>1<b>9</b>004</EventID>"
		      "<TimeCreated SystemTime='2026-11-20T06:54:06Z'/></System></Event>",
		      ""),
	      "and nothing that stands deeper in it; a number broken by a tag is not the number");
}

static void test_hostile(void)
{
	static char text[FRAME_PIECE_MAX + 1];
	size_t len;

	check(is_bad("<Event><System><Provider Name='IPMIDRV'/><EventID>1004</System></Event>"),
	      "what is not well-formed is bad");
	check(is_bad("<Event><System><Provider Name='IPMIDRV'/><Provider "
		     "Name='x'/></System></Event>"),
	      "what is said twice is refused");
	check(is_bad("<Event><EventData>IPMIDRV</EventData></Event>"), "no System is bad");
	check(is_bad("<Event><System><Provider Name='IPMIDRV'/>&lol;</System></Event>"),
	      "an entity is refused");
	len = (size_t)snprintf(text, sizeof(text), "<Event><System><Provider Name='IPMIDRV'/>");
	while (len < 60000)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "<a>");
	(void)snprintf(text + len, sizeof(text) - len, "</Event>");
	check(is_bad(text), "nesting has an end");
	len = (size_t)snprintf(text, sizeof(text),
			       "<Event><System><Provider Name='IPMIDRV'/><Computer>");
	memset(text + len, 'x', 50000);
	(void)snprintf(text + len + 50000, 64, "</Computer></System></Event>");
	check(is_bad(text), "so has a name");
	check(is_bad("<Event><System><Provider Name='IPMIDRV'/><Computer>\xff\xfe</Computer>"
		     "</System></Event>"),
	      "what is read must be UTF-8");
}

/* The parser is the same for all of them. */
static void test_one_after_another(void)
{
	static const char *const bad[] = {
		"<Event><System><Provider Name='IPMIDRV'/></a></System></Event>",
		"<Event><System><Provider Name='IPMIDRV'/></System></Events></Event>",
		"<Event></Events><Events>IPMIDRV<System></System></Event>",
		"<Event><System>IPMIDRV<!-- </System></Event>",
		"<Event><System>IPMIDRV<![CDATA[</System></Event>",
		"<Event><System IPMIDRV='</System></Event>",
		"<Event><System><System>IPMIDRV</System></Event>",
		"<Event/><System>IPMIDRV</System></Event>",
		"<Event>IPMIDRV</System></Event>",
		"<Event IPMIDRV",
		"<Event>IPMIDRV",
		"",
		"IPMIDRV",
	};
	static const char good[] = "<Event>" SYSTEM "</Event>";
	char text[1024];

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		text_begin(&run, "xml", NULL);
		(void)winevt_xml_decode(&run.stream.decoder, good, sizeof(good) - 1);
		(void)winevt_xml_decode(&run.stream.decoder, bad[i], strlen(bad[i]));
		(void)winevt_xml_decode(&run.stream.decoder, good, sizeof(good) - 1);
		check(run.stream.decoder.counts.bad == (*bad[i] != '\0') &&
			      text_end(&run, LINE LINE),
		      "no trace is left of \"%s\"", bad[i]);
	}
	text_begin(&run, "xml", NULL);
	for (int i = 0; i < 10000; i++) { /* several documents' worth of names */
		const int len = snprintf(text, sizeof(text),
					 "<Event><System><n%d a%d='x'/><Provider Name='IPMIDRV'/>"
					 "<EventID>9</EventID></System></Event>",
					 i, i);

		(void)winevt_xml_decode(&run.stream.decoder, text, (size_t)len);
	}
	(void)winevt_xml_decode(&run.stream.decoder, good, sizeof(good) - 1);
	check(run.stream.decoder.counts.bad == 0 && text_end(&run, LINE),
	      "nor of ten thousand others with names of their own");
}

/* As the data of JSON has it, where nothing is framed. */
static void test_unframed(void)
{
	static const char lol[] =
		"<!DOCTYPE Event [<!ENTITY a 'IPMIDRV'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>"
		"<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]><Event>" SYSTEM "&c;</Event>";
	static const char outside[] =
		"<!DOCTYPE Event SYSTEM '/etc/passwd'><Event>" SYSTEM "</Event>";
	static const char declared[] =
		"<?xml version='1.0' encoding='UTF-16'?><Event>" SYSTEM "</Event>";
	static const char other[] = "<Evil>" SYSTEM "</Evil>";

	text_begin(&run, "xml", NULL);
	check(winevt_xml_decode(&run.stream.decoder, lol, sizeof(lol) - 1) == 0 &&
		      winevt_xml_decode(&run.stream.decoder, outside, sizeof(outside) - 1) == 0 &&
		      run.stream.decoder.bad[WINEVT_BAD_SYNTAX] == 2,
	      "a billion laughs and a file from elsewhere end at the document type");
	check(winevt_xml_decode(&run.stream.decoder, other, sizeof(other) - 1) == 0 &&
		      run.stream.decoder.bad[WINEVT_BAD_SYNTAX] == 3,
	      "what is no event is refused");
	check(winevt_xml_decode(&run.stream.decoder, declared, sizeof(declared) - 1) == 0 &&
		      text_end(&run, LINE),
	      "after which the parser is as new; another encoding is not believed");
}

int main(void)
{
	test_shapes();
	test_hostile();
	test_one_after_another();
	test_unframed();
	return tap_done();
}
