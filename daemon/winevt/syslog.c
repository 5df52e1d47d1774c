/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of syslog. The header's own time is taken in RFC 5424 only: NXLog puts the event's there.
 * In RFC 3164 it has neither a year nor a zone.
 */
#include "winevt/syslog.h"

#include <ctype.h>
#include <stdio.h>

#include "winevt/json.h"
#include "winevt/xml.h"

#define SNARE	   "MSWinEventLog"
#define NXLOG	   "NXLOG@"
#define BOM	   "\xef\xbb\xbf"
#define FIELDS_MAX 32

#define HEADER_WORDS 4 /* behind the time: a host, a name of up to three words */

/* What is left of the line. */
struct reader {
	const char *at, *end;
};

static size_t left(const struct reader *r)
{
	return (size_t)(r->end - r->at);
}

static bool starts_with(const struct reader *r, const char *text)
{
	const size_t len = strlen(text);

	return left(r) >= len && memcmp(r->at, text, len) == 0;
}

static bool take(struct reader *r, const char *text)
{
	if (!starts_with(r, text))
		return false;
	r->at += strlen(text);
	return true;
}

static struct winevt_span take_until(struct reader *r, const char *any_of)
{
	struct winevt_span span = { r->at, 0 };

	while (r->at < r->end && (*r->at == '\0' || !strchr(any_of, *r->at)))
		r->at++;
	span.len = (size_t)(r->at - span.text);
	return span;
}

static bool take_digits(struct reader *r)
{
	const char *from = r->at;

	while (r->at < r->end && isdigit((unsigned char)*r->at))
		r->at++;
	return r->at > from;
}

static bool is_text(struct winevt_span span, const char *text)
{
	return span.len == strlen(text) && memcmp(span.text, text, span.len) == 0;
}

/* "<12>", perhaps behind a length (RFC 6587). */
static bool take_priority(struct reader *r)
{
	struct reader at = *r;

	if (take_digits(&at) && !take(&at, " "))
		return false;
	if (!take(&at, "<") || !take_digits(&at) || !take(&at, ">"))
		return false;
	*r = at;
	return true;
}

/* ---- RFC 5424 */

/* A value in quotes, as it stands: what we read has nothing to escape. */
static bool take_quoted(struct reader *r, struct winevt_span *ret)
{
	if (!take(r, "\""))
		return false;
	ret->text = r->at;
	while (r->at < r->end && *r->at != '"')
		r->at += *r->at == '\\' && left(r) > 1 ? 2 : 1;
	ret->len = (size_t)(r->at - ret->text);
	return take(r, "\"");
}

/* The parameters of one element up to its ']'. */
static bool take_parameters(struct reader *r, struct winevt_parts *parts)
{
	const struct {
		const char *name;
		struct winevt_span *to;
	} table[] = {
		{ "EventID", &parts->event_id },    { "RecordNumber", &parts->record_id },
		{ "Channel", &parts->channel },	    { "EventType", &parts->level },
		{ "SourceName", &parts->provider }, { "Qualifiers", &parts->qualifiers },
	};

	while (take(r, " ")) {
		const struct winevt_span name = take_until(r, "=] \"");
		struct winevt_span value;

		if (!take(r, "=") || !take_quoted(r, &value))
			return false;
		for (size_t i = 0; i < COUNT_OF(table); i++) {
			if (is_text(name, table[i].name))
				*table[i].to = value;
		}
	}
	return take(r, "]");
}

/* Structured data; false: damaged. */
static bool take_elements(struct reader *r, struct winevt_parts *parts, bool *ret_is_nxlog)
{
	struct winevt_parts unused = { .level = { NULL, 0 } };

	*ret_is_nxlog = false;
	if (take(r, "-"))
		return true;
	while (take(r, "[")) {
		const bool is_nxlog = starts_with(r, NXLOG);

		(void)take_until(r, " ]");
		if (!take_parameters(r, is_nxlog ? parts : &unused))
			return false;
		*ret_is_nxlog |= is_nxlog;
	}
	return true;
}

/* "<12>1 "; or "1 2026-", as what takes the first part off writes it. */
static bool take_version(struct reader *r)
{
	struct reader at = *r;
	const bool has_priority = take_priority(&at);

	if (!take(&at, "1 ") || (!has_priority && (left(&at) < 5 || at.at[4] != '-')))
		return false;
	*r = at;
	return true;
}

/* ---- Snare */

/* "Fri Nov 20 07:54:06 2026" as others write it; false: it is not that. */
static bool snare_time(struct winevt_span span, char *ret, size_t size)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char text[sizeof("Fri Nov 20 07:54:06 2026")] = "";
	const char *month = NULL;

	if (span.len != sizeof(text) - 1)
		return false;
	memcpy(text, span.text, span.len);
	for (size_t i = 0; i < 12 && !month; i++) {
		if (memcmp(months + 3 * i, text + 4, 3) == 0)
			month = months + 3 * i;
	}
	if (!month || text[3] != ' ' || text[7] != ' ' || text[10] != ' ' || text[19] != ' ')
		return false;
	(void)snprintf(ret, size, "%s-%02d-%c%cT%.8s", text + 20, (int)(month - months) / 3 + 1,
		       text[8] == ' ' ? '0' : text[8], text[9], text + 11);
	return true;
}

/* Fields behind the word; how many. */
static size_t split(struct reader *r, const char *delimiter, struct winevt_span *fields)
{
	size_t count = 0;

	while (count < FIELDS_MAX && take(r, delimiter)) {
		const char *next = memmem(r->at, left(r), delimiter, strlen(delimiter));

		if (!next)
			next = r->end;
		fields[count++] = (struct winevt_span){ r->at, (size_t)(next - r->at) };
		r->at = next;
	}
	return count;
}

static bool is_digits(struct winevt_span span)
{
	struct reader r = { span.text, span.text + span.len };

	return take_digits(&r) && left(&r) == 0;
}

/* Snare, Appendix A: criticality, log, counter, time, id, source, user, kind of SID, type,
 * computer, category, data, message and, since version 4, the number in the event log. */
static int decode_snare(struct winevt_decoder *d, struct reader r)
{
	struct winevt_span fields[FIELDS_MAX];
	struct winevt_parts parts;
	char time[64];
	size_t count;

	(void)take(&r, SNARE);
	/* rsyslog writes a tab as #011 */
	count = split(&r, starts_with(&r, "#011") ? "#011" : "\t", fields);
	if (count < 10) {
		winevt_decoder_bad(d, WINEVT_BAD_FIELD, 1);
		return 0;
	}
	parts = (struct winevt_parts){
		.channel = fields[1],
		.time = fields[3],
		.event_id = fields[4],
		.provider = fields[5],
		.level = fields[8],
		.host = fields[9],
	};
	if (count >= 14 && is_digits(fields[count - 1]))
		parts.record_id = fields[count - 1];
	if (snare_time(parts.time, time, sizeof(time)))
		parts.time = winevt_span(time);
	return winevt_decoder_take(d, &parts);
}

/* ---- what stands behind a header */

/* A payload counts where the header ends, nowhere else: what programs quote, strangers wrote. */

/* Up to a blank and behind it, or to where a payload begins without one. */
static struct winevt_span take_word(struct reader *r)
{
	struct winevt_span word = { r->at, 0 };

	while (r->at < r->end && *r->at != ' ' && *r->at != '\t' && !starts_with(r, "#011" SNARE)) {
		r->at++;
		if (r->at[-1] == ':' && (starts_with(r, "{") || starts_with(r, "<")))
			break;
	}
	word.len = (size_t)(r->at - word.text);
	(void)take(r, "#011");
	while (take(r, " ") || take(r, "\t"))
		;
	return word;
}

static bool take_words(struct reader *r, int count)
{
	while (count > 0 && take_word(r).len > 0)
		count--;
	return count == 0;
}

/* 0: a digit, a: a letter, _: a digit or a blank; all else is itself. */
static bool fits(char shape, unsigned char byte)
{
	switch (shape) {
	case '0':
		return isdigit(byte);
	case 'a':
		return isalpha(byte);
	case '_':
		return isdigit(byte) || byte == ' ';
	default:
		return byte == (unsigned char)shape;
	}
}

static bool has_shape(const struct reader *r, const char *shape)
{
	for (size_t i = 0; shape[i]; i++) {
		if (i == left(r) || !fits(shape[i], (unsigned char)r->at[i]))
			return false;
	}
	return true;
}

/* "Nov 20 07:54:06 ", Wazuh's "2026 Nov 20 07:54:06 ", "2026-11-20T07:54:06+01:00 ". */
static bool take_stamp(struct reader *r)
{
	static const struct {
		const char *shape;
		int words;
	} table[] = { { "aaa _0 00:00:00 ", 3 },
		      { "0000 aaa _0 00:00:00 ", 4 },
		      { "0000-00-00T00:", 1 } };

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		if (has_shape(r, table[i].shape))
			return take_words(r, table[i].words);
	}
	return false;
}

static bool is_payload(const struct reader *r)
{
	return starts_with(r, "{") || starts_with(r, "<Event") || starts_with(r, "<?xml") ||
	       starts_with(r, SNARE);
}

static bool ends_header(struct winevt_span word)
{
	return word.text[word.len - 1] == ':' || memmem(word.text, word.len, "->", 2);
}

/* What may stand before a payload: a host, and a name that ends with ':', as "IPMIDRV[4]:", or has
 * Wazuh's arrow. Snare has no such name, but a relay's host before its own. */
static bool take_header(struct reader *r)
{
	const bool has_priority = take_priority(r);
	const int most = take_stamp(r) || has_priority ? HEADER_WORDS : 1;
	struct winevt_span word;

	for (int words = 0; words < most && !is_payload(r); words++) {
		word = take_word(r);
		if (word.len == 0)
			return false;
		if (ends_header(word)) {
			(void)take(r, "@cee: ");
			return is_payload(r);
		}
		if (words > 0 && is_payload(r))
			return starts_with(r, SNARE);
	}
	return is_payload(r);
}

static int decode_payload(struct winevt_decoder *d, struct reader r)
{
	if (!take_header(&r))
		return 0;
	if (starts_with(&r, SNARE))
		return decode_snare(d, r);
	return starts_with(&r, "{") ? winevt_json_decode(d, r.at, left(&r))
				    : winevt_xml_decode(d, r.at, left(&r));
}

/* Behind a header of RFC 5424. */
static int decode_message(struct winevt_decoder *d, struct reader r)
{
	(void)take(&r, " ");
	(void)take(&r, BOM);
	return is_payload(&r) || starts_with(&r, "@cee: ") ? decode_payload(d, r) : 0;
}

int winevt_syslog_decode(struct winevt_decoder *d, const char *text, size_t len)
{
	struct reader r = { text, text + len };
	struct winevt_parts parts = { .level = { NULL, 0 } };
	bool is_nxlog;

	if (!winevt_sieve_passes(&d->sieve, text, len))
		return 0;
	if (!take_version(&r))
		return decode_payload(d, r);
	parts.time = take_until(&r, " ");
	(void)take(&r, " ");
	parts.host = take_until(&r, " ");
	(void)take(&r, " ");
	parts.provider = take_until(&r, " ");
	for (int i = 0; i < 2; i++) { /* process, kind of message */
		(void)take(&r, " ");
		(void)take_until(&r, " ");
	}
	if (!take(&r, " ") || !take_elements(&r, &parts, &is_nxlog)) {
		winevt_decoder_bad(d, WINEVT_BAD_SYNTAX, 1);
		return 0;
	}
	return is_nxlog ? winevt_decoder_take(d, &parts) : decode_message(d, r);
}
