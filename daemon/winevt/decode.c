/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of an event to a record.
 */
#include "winevt/decode.h"

#include <ctype.h>
#include <strings.h>

#include "winevt/xml.h"

/* As NXLog, Winlogbeat, Snare and Wazuh have them, English; other languages are not guessed. An
 * audit has level 0, and so has an event that is always logged. */
static const struct {
	const char *word;
	int32_t level;
} level_words[] = {
	{ "critical", 1 },	{ "error", 2 },		{ "warning", 3 },
	{ "information", 4 },	{ "info", 4 },		{ "verbose", 5 },
	{ "audit_success", 0 }, { "audit_failure", 0 }, { "success audit", 0 },
	{ "failure audit", 0 },
};

static const char *const bad_texts[WINEVT_BAD_KINDS] = {
	[WINEVT_BAD_SYNTAX] = "not well-formed",
	[WINEVT_BAD_SHAPE] = "JSON with the keys of no known shipper",
	[WINEVT_BAD_FIELD] = "a part of the event is missing or impossible",
	[WINEVT_BAD_TIME] = "no time of the event",
	[WINEVT_BAD_NO_ZONE] =
		"local time without a zone: --timezone, or the input's timezone, says which",
	[WINEVT_BAD_TOO_LONG] = "longer than 64 KiB",
	[WINEVT_BAD_TORN] = "the event's end is missing",
};

void winevt_decoder_init(struct winevt_decoder *d, const struct winevt_wanted *wanted,
			 struct winevt_zone *zone, winevt_record_fn *each, void *user)
{
	*d = (struct winevt_decoder){ .wanted = wanted, .zone = zone, .each = each, .user = user };
	winevt_sieve_make(&d->sieve, wanted);
}

void winevt_decoder_done(struct winevt_decoder *d)
{
	winevt_xml_free(TAKE(d->xml));
}

void winevt_decoder_bad(struct winevt_decoder *d, enum winevt_bad why, uint64_t count)
{
	d->bad[why] += count;
	d->counts.bad += count;
}

const char *winevt_bad_text(enum winevt_bad why)
{
	return bad_texts[why];
}

static bool is_said(const struct winevt_span *span)
{
	return span->text && span->len > 0;
}

static struct winevt_span trimmed(struct winevt_span span)
{
	while (span.len > 0 && isspace((unsigned char)span.text[span.len - 1]))
		span.len--;
	while (span.len > 0 && isspace((unsigned char)*span.text)) {
		span.text++;
		span.len--;
	}
	return span;
}

/* Digits and nothing else, at most `most`. */
static bool take_number(struct winevt_span span, uint64_t most, uint64_t *ret)
{
	const struct winevt_span digits = trimmed(span);
	uint64_t value = 0;

	for (size_t i = 0; i < digits.len; i++) {
		const unsigned digit = (unsigned)digits.text[i] - '0';

		if (digit > 9 || value > (most - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*ret = value;
	return digits.len > 0;
}

/* -1 if the source does not say; false: it does, but that is none. */
static bool take_small(struct winevt_span span, uint64_t most, int32_t *ret)
{
	uint64_t value;

	*ret = -1;
	if (!is_said(&span))
		return true;
	if (!take_number(span, most, &value))
		return false;
	*ret = (int32_t)value;
	return true;
}

static bool take_level(struct winevt_span span, int32_t *ret)
{
	span = trimmed(span);
	*ret = -1;
	if (!is_said(&span) || isdigit((unsigned char)*span.text) || *span.text == '-')
		return take_small(span, UINT8_MAX, ret);
	for (size_t i = 0; i < COUNT_OF(level_words); i++) {
		if (strlen(level_words[i].word) == span.len &&
		    strncasecmp(level_words[i].word, span.text, span.len) == 0)
			*ret = level_words[i].level;
	}
	return true;
}

static bool take_record_id(struct winevt_span span, struct winevt_record *ret)
{
	ret->has_record_id = is_said(&span);
	return !ret->has_record_id || take_number(span, INT64_MAX, &ret->record_id);
}

/* The time is there, only its zone is not. */
static int64_t as_it_is(void *zone UNUSED, int64_t local_s)
{
	return local_s;
}

static bool take_time(struct winevt_decoder *d, struct winevt_span span, struct winevt_time *ret)
{
	struct winevt_time unused;

	if (!is_said(&span)) {
		winevt_decoder_bad(d, WINEVT_BAD_TIME, 1);
		return false;
	}
	span = trimmed(span);
	if (winevt_time_parse_in(span.text, span.len, d->zone ? winevt_zone_utc : NULL, d->zone,
				 ret) == 0)
		return true;
	winevt_decoder_bad(d,
			   winevt_time_parse_in(span.text, span.len, as_it_is, NULL, &unused) == 0
				   ? WINEVT_BAD_NO_ZONE
				   : WINEVT_BAD_TIME,
			   1);
	return false;
}

int winevt_decoder_take(struct winevt_decoder *d, const struct winevt_parts *parts)
{
	struct winevt_record record = { .qualifiers = -1 };
	uint64_t event_id;

	winevt_text(record.provider, parts->provider.text, parts->provider.len);
	if (!winevt_is_provider(d->wanted, record.provider))
		return 0;
	if (!take_number(parts->event_id, UINT32_MAX, &event_id)) {
		winevt_decoder_bad(d, WINEVT_BAD_FIELD, 1);
		return 0;
	}
	record.event_id = (uint32_t)event_id;
	if (!winevt_is_wanted(d->wanted, record.provider, record.event_id))
		return 0;
	winevt_text(record.host, parts->host.text, parts->host.len);
	winevt_text(record.channel, parts->channel.text, parts->channel.len);
	if (!take_small(parts->qualifiers, UINT16_MAX, &record.qualifiers) ||
	    !take_level(parts->level, &record.level) ||
	    !take_record_id(parts->record_id, &record)) {
		winevt_decoder_bad(d, WINEVT_BAD_FIELD, 1);
		return 0;
	}
	if (!take_time(d, parts->time, &record.time))
		return 0;
	d->counts.wanted++;
	return d->each(d->user, &record);
}
