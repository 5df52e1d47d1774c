/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of formats, and the way of text from bytes to records.
 */
#include "winevt/format.h"

#include <stdio.h>

#include "winevt/json.h"
#include "winevt/syslog.h"
#include "winevt/xml.h"

static int decode_piece(struct winevt_decoder *d, const char *text, size_t len)
{
	static const char event[] = "<Event";

	if (*text == '{')
		return winevt_json_decode(d, text, len);
	if (len >= sizeof(event) && memcmp(text, event, sizeof(event) - 1) == 0)
		return winevt_xml_decode(d, text, len);
	return winevt_syslog_decode(d, text, len);
}

const struct winevt_format winevt_formats[] = {
	{ .name = "evtx", .is_evtx = true, .about = "event logs as files" },
	{ .name = "xml",
	  .mode = FRAME_EVENTS,
	  .decode = winevt_xml_decode,
	  .about = "events in XML: wevtutil, subscriptions, OpenWEC" },
	{ .name = "json",
	  .may_lack_zone = true,
	  .mode = FRAME_LINES,
	  .decode = decode_piece,
	  .about = "an object a line: Winlogbeat, OpenWEC, NXLog, Fluent Bit, Wazuh" },
	{ .name = "syslog",
	  .may_lack_zone = true,
	  .mode = FRAME_LINES,
	  .decode = decode_piece,
	  .about = "lines: NXLog (RFC 5424), Snare, JSON behind a header" },
	{ .name = "mixed",
	  .may_lack_zone = true,
	  .mode = FRAME_MIXED,
	  .decode = decode_piece,
	  .about = "any of xml, json and syslog, piece by piece" },
	{ .name = NULL },
};

const struct winevt_format *winevt_format_named(const char *name)
{
	for (const struct winevt_format *format = winevt_formats; format->name; format++) {
		if (strcmp(format->name, name) == 0)
			return format;
	}
	return NULL;
}

void winevt_format_names(char *text)
{
	size_t at = (size_t)snprintf(text, WINEVT_NAMES_MAX, "auto");

	for (const struct winevt_format *format = winevt_formats;
	     format->name && at < WINEVT_NAMES_MAX; format++)
		at += (size_t)snprintf(text + at, WINEVT_NAMES_MAX - at, ", %s", format->name);
}

static bool is_event_log(const void *head, size_t len)
{
	static const char magic[8] = "ElfFile";

	return len >= sizeof(magic) && memcmp(head, magic, sizeof(magic)) == 0;
}

const struct winevt_format *winevt_format_detect(const void *head, size_t len)
{
	if (len > WINEVT_HEAD_MAX)
		len = WINEVT_HEAD_MAX;
	if (is_event_log(head, len))
		return winevt_format_named("evtx");
	if (frame_encoding_of(head, len) <= FRAME_UTF8 && len > 0 && memchr(head, '\0', len))
		return NULL;
	return winevt_format_named("mixed");
}

const struct winevt_format *winevt_format_choose(const struct winevt_format *named,
						 const void *head, size_t len)
{
	if (!named)
		return winevt_format_detect(head, len);
	return named->is_evtx == is_event_log(head, len) ? named : NULL;
}

void winevt_format_refusal(const struct winevt_format *named, char *text)
{
	if (!named)
		(void)snprintf(text, WINEVT_NAMES_MAX, "neither an event log nor text");
	else if (named->is_evtx)
		(void)snprintf(text, WINEVT_NAMES_MAX, "is no event log (evtx)");
	else
		(void)snprintf(text, WINEVT_NAMES_MAX, "is an event log (evtx), not %s",
			       named->name);
}

void winevt_stream_init(struct winevt_stream *s, const struct winevt_format *format,
			const struct winevt_wanted *wanted, struct winevt_zone *zone,
			winevt_record_fn *each, void *user)
{
	s->format = format;
	winevt_decoder_init(&s->decoder, wanted, zone, each, user);
	frame_init(&s->frame, format->mode);
}

void winevt_stream_resume(struct winevt_stream *s, const void *head, size_t len, uint64_t offset)
{
	frame_resume(&s->frame, frame_encoding_of(head, len), offset);
}

static int hear_piece(void *user, const char *text, size_t len)
{
	struct winevt_stream *s = user;

	s->decoder.counts.events++;
	return s->format->decode(&s->decoder, text, len);
}

/* What the frame skipped since. */
static void count_skipped(struct winevt_stream *s)
{
	struct winevt_decoder *d = &s->decoder;

	winevt_decoder_bad(d, WINEVT_BAD_TOO_LONG, s->frame.too_long - d->bad[WINEVT_BAD_TOO_LONG]);
	winevt_decoder_bad(d, WINEVT_BAD_TORN, s->frame.torn - d->bad[WINEVT_BAD_TORN]);
}

int winevt_stream_feed(struct winevt_stream *s, const void *data, size_t len)
{
	const int r = frame_feed(&s->frame, data, len, hear_piece, s);

	s->decoder.counts.bytes += len;
	count_skipped(s);
	return r;
}

int winevt_stream_end(struct winevt_stream *s)
{
	const int r = frame_end(&s->frame, hear_piece, s);

	count_skipped(s);
	return r;
}

/* Neither the encoding of one message nor its torn event is the next one's. */
static void begin_anew(struct winevt_stream *s)
{
	const uint64_t too_long = s->frame.too_long, torn = s->frame.torn;

	frame_init(&s->frame, s->format->mode);
	s->frame.too_long = too_long;
	s->frame.torn = torn;
}

int winevt_stream_message(struct winevt_stream *s, const void *data, size_t len)
{
	int r = winevt_stream_feed(s, data, len);

	if (r == 0)
		r = winevt_stream_end(s);
	begin_anew(s);
	return r;
}

void winevt_stream_done(struct winevt_stream *s)
{
	winevt_decoder_done(&s->decoder);
}
