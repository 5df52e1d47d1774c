/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One record of each shipper, as it writes it, becomes the line that decode prints: whole, torn at
 * every byte, and mixed with the others.
 */
#include "tests/unit/tap.h"
#include "tests/unit/winevt-text.h"
#include "winevt/format.c" /* the unit under test */

#define LINE(qualifiers, record_id, channel, time)                                                 \
	"{\"host\":\"SRV01.example.test\",\"provider\":\"IPMIDRV\",\"event_id\":1004,"             \
	"\"qualifiers\":" qualifiers ",\"level\":3,\"channel\":\"" channel                         \
	"\",\"record_id\":" record_id ",\"time\":\"" time "\"}\n"
#define ALL(time)  LINE("32773", "25374", "System", time)
#define MOST(time) LINE("null", "25374", "System", time)
#define FULL	   "2026-11-20T06:54:06.8125001Z"
#define MILLI	   "2026-11-20T06:54:06.812Z"
#define MICRO	   "2026-11-20T06:54:06.812500Z"
#define SECOND	   "2026-11-20T06:54:06Z"

static const struct sample {
	const char *file, *format;
	bool needs_zone;
	const char *line;
} samples[] = {
	{ "wevtutil_qe.xml", "xml", false, ALL(FULL) },
	{ "wevtutil_qe_win2008.xml", "xml", false, ALL("2012-05-10T06:54:06.812500000Z") },
	{ "wef_rendered.xml", "xml", false, ALL(FULL) },
	{ "openwec_raw.xml", "xml", false, ALL(FULL) },
	{ "openwec_json.ndjson", "json", false, ALL(FULL) },
	{ "openwec_raw_json.ndjson", "json", false, ALL(FULL) },
	{ "openwec_nxlog.ndjson", "json", false, MOST(FULL) },
	{ "winlogbeat6.ndjson", "json", false, MOST(MILLI) },
	{ "winlogbeat7.ndjson", "json", false, LINE("null", "25374", "ForwardedEvents", MILLI) },
	{ "winlogbeat8.ndjson", "json", false, MOST(MILLI) },
	{ "nxlog_ce_json.ndjson", "json", true, MOST(SECOND) },
	{ "nxlog_v5_json.ndjson", "json", false, MOST(MICRO) },
	{ "nxlog_v6_json.ndjson", "json", false, MOST(MICRO) },
	{ "fluentbit_winevtlog.ndjson", "json", false, ALL(SECOND) },
	{ "fluentbit_xml.ndjson", "json", false, ALL(FULL) },
	{ "wazuh_archives.ndjson", "json", false, MOST(FULL) },
	{ "wazuh_3.7.ndjson", "json", false, MOST(FULL) },
	{ "wazuh_agent.ndjson", "json", false, ALL(FULL) },
	{ "wazuh_archives.log", "syslog", false, MOST(FULL) },
	{ "nxlog_rfc3164_json.log", "syslog", true, MOST(SECOND) },
	{ "nxlog_rfc5424.log", "syslog", false, MOST(MICRO) },
	{ "snare.log", "syslog", true, MOST(SECOND) },
	{ "snare_3.log", "syslog", true, LINE("null", "null", "System", SECOND) },
	{ "snare_rsyslog.log", "syslog", true, MOST(SECOND) },
};

static char text[65536];
static struct text_run run;

/* Reads a sample behind what is in `text`; 0: it is not there. */
static size_t read_sample(const struct sample *sample, size_t at)
{
	const char *top = getenv("TOP");
	char path[4096];
	size_t len = 0;
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/tests/winevt/formats/%s", top ? top : ".",
		       sample->file);
	file = fopen(path, "re");
	if (!file)
		return 0;
	len = fread(text + at, 1, sizeof(text) - at, file);
	(void)fclose(file);
	return len;
}

static bool decodes(const struct sample *sample, const char *format, size_t len, size_t step)
{
	text_begin(&run, format, sample->needs_zone ? "Europe/Berlin" : NULL);
	return text_feed(&run, text, len, step) && text_end(&run, sample->line) &&
	       run.stream.decoder.counts.events == 1 && run.stream.decoder.counts.bad == 0 &&
	       run.stream.decoder.counts.bytes == len && run.stream.frame.offset == len;
}

static bool is_torn_anywhere(const struct sample *sample, size_t len)
{
	for (size_t cut = 1; cut < len; cut++) {
		text_begin(&run, "mixed", sample->needs_zone ? "+0100" : NULL);
		if (!text_feed(&run, text, cut, 0) || !text_feed(&run, text + cut, len - cut, 0) ||
		    !text_end(&run, sample->line))
			return false;
	}
	return true;
}

static void test_samples(void)
{
	for (size_t i = 0; i < COUNT_OF(samples); i++) {
		const struct sample *sample = &samples[i];
		const size_t len = read_sample(sample, 0);

		check(len > 0 && decodes(sample, sample->format, len, 0),
		      "%s is the event it should be", sample->file);
		check(winevt_format_detect(text, len) == winevt_format_named("mixed") &&
			      decodes(sample, "mixed", len, 0),
		      "%s is without being told the format", sample->file);
		check(decodes(sample, "mixed", len, 1), "%s is when it comes byte by byte",
		      sample->file);
		check(is_torn_anywhere(sample, len), "%s is wherever it was cut", sample->file);
		if (!sample->needs_zone)
			continue;
		text_begin(&run, sample->format, NULL);
		check(text_feed(&run, text, len, 0) && text_end(&run, "") &&
			      run.stream.decoder.counts.bad == 1 &&
			      run.stream.decoder.bad[WINEVT_BAD_NO_ZONE] == 1,
		      "%s says nothing without a time zone", sample->file);
	}
}

static void test_mixed(void)
{
	static char wanted[16384];
	size_t len = 0, wanted_len = 0;

	for (size_t i = 0; i < COUNT_OF(samples); i++) {
		static const char noise[] =
			"\nNov 20 07:54:06 linux sshd[812]: no IPMIDRV here\n{\"msg\":\"x\"}\n\n";

		len += read_sample(&samples[i], len);
		memcpy(text + len, noise, sizeof(noise) - 1);
		len += sizeof(noise) - 1;
		wanted_len += (size_t)snprintf(wanted + wanted_len, sizeof(wanted) - wanted_len,
					       "%s", samples[i].line);
	}
	for (size_t step = 0; step < 9000; step = step * 3 + 7) {
		text_begin(&run, "mixed", "Europe/Berlin");
		check(text_feed(&run, text, len, step) && text_end(&run, wanted),
		      "all of them in one file, with others' lines between, in steps of %zu", step);
		check(run.stream.decoder.counts.events == 3 * COUNT_OF(samples) &&
			      run.stream.decoder.counts.wanted == COUNT_OF(samples) &&
			      run.stream.decoder.counts.bad == 0,
		      "and every piece was counted");
	}
}

static void test_formats(void)
{
	static const char evtx[16] = "ElfFile";

	check(winevt_format_detect(evtx, sizeof(evtx))->is_evtx, "an event log is told");
	check(!winevt_format_detect("\x89PNG\r\n\x1a\n\0\0", 10), "a picture is nothing");
	check(!winevt_format_named("html"), "and so is an unknown name");
	check(winevt_format_detect("", 0) == winevt_format_named("mixed"),
	      "an empty file may become anything");
	check(winevt_format_detect("\xff\xfe<\0E\0", 6) == winevt_format_named("mixed"),
	      "UTF-16 is text");
}

static int refuse(void *user UNUSED, const struct winevt_record *record UNUSED)
{
	return 7;
}

static void test_stop(void)
{
	const size_t len = read_sample(&samples[4], 0);

	memcpy(text + len, text, len);
	winevt_stream_init(&run.stream, winevt_format_named("mixed"), &text_wanted, NULL, refuse,
			   NULL);
	check(winevt_stream_feed(&run.stream, text, 2 * len) == 7, "who hears may stop");
	check(run.stream.frame.offset == len, "and knows where to go on");
	winevt_stream_done(&run.stream);
}

static void test_resume(void)
{
	const size_t len = read_sample(&samples[4], 0), cut = len / 3;

	memcpy(text + len, text, len);
	text_begin(&run, "mixed", NULL);
	check(text_feed(&run, text, len + cut, 0) && run.stream.frame.offset == len &&
		      run.stream.decoder.counts.wanted == 1,
	      "half a record is not behind the offset");
	winevt_stream_done(&run.stream);
	buf_done(&run.out);
	text_begin(&run, "mixed", NULL);
	winevt_stream_resume(&run.stream, text, len, len);
	check(text_feed(&run, text + len, len, 0) && text_end(&run, samples[4].line) &&
		      run.stream.frame.offset == 2 * len,
	      "from which another stream goes on");
}

static void test_messages(void)
{
	static const char line[] =
		"{\"EventTime\":\"2026-11-20T06:54:06Z\",\"Hostname\":\"SRV01\",\"EventID\":1004,"
		"\"SourceName\":\"IPMIDRV\"}";
	const size_t len = sizeof(line) - 1;

	text_begin(&run, "mixed", NULL);
	check(winevt_stream_message(&run.stream, "\xff\xfe<\0", 4) == 0 &&
		      winevt_stream_message(&run.stream, "<Event x>\n", 10) == 0 &&
		      winevt_stream_message(&run.stream, "<Event x", 8) == 0 &&
		      winevt_stream_message(&run.stream, line, len) == 0 &&
		      winevt_stream_message(&run.stream, line, len) == 0 && run.out.len > 0 &&
		      run.stream.decoder.counts.wanted == 2,
	      "a message has nothing to do with the next one");
	check(run.stream.decoder.bad[WINEVT_BAD_TORN] == 2, "what was torn is counted on");
	winevt_stream_done(&run.stream);
	buf_done(&run.out);
}

static void test_choice(void)
{
	static const char log[] = "ElfFile", event[] = "<Event>";
	const struct winevt_format *evtx = winevt_format_named("evtx");
	const struct winevt_format *json = winevt_format_named("json");
	char said[WINEVT_NAMES_MAX];

	check(winevt_format_choose(evtx, log, sizeof(log)) == evtx &&
		      winevt_format_choose(json, event, sizeof(event)) == json,
	      "what is named is taken");
	check(winevt_format_choose(NULL, log, sizeof(log)) == evtx, "unnamed, it is looked at");
	check(!winevt_format_choose(json, log, sizeof(log)), "an event log is no text");
	winevt_format_refusal(json, said);
	check(strcmp(said, "is an event log (evtx), not json") == 0, "which is said");
	check(!winevt_format_choose(evtx, event, sizeof(event)), "and text no event log");
	winevt_format_refusal(evtx, said);
	check(strcmp(said, "is no event log (evtx)") == 0, "which is said, too");
	winevt_format_names(said);
	check(strcmp(said, "auto, evtx, xml, json, syslog, mixed") == 0, "all have names");
}

int main(void)
{
	test_samples();
	test_mixed();
	test_formats();
	test_stop();
	test_resume();
	test_messages();
	test_choice();
	return tap_done();
}
