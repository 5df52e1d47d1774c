/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the decoders of text share: what they are told, what they count, and how the parts of an
 * event, as text, become a record. A decoder takes one piece at a time and keeps nothing of it.
 */
#pragma once

#include "winevt/record.h"
#include "winevt/sieve.h"
#include "winevt/zone.h"

enum winevt_bad {
	WINEVT_BAD_SYNTAX,   /* not well-formed */
	WINEVT_BAD_SHAPE,    /* JSON of no shipper we know */
	WINEVT_BAD_FIELD,    /* missing, or not a number where one belongs */
	WINEVT_BAD_TIME,     /* no time */
	WINEVT_BAD_NO_ZONE,  /* local time of nobody knows where */
	WINEVT_BAD_TOO_LONG, /* over FRAME_PIECE_MAX */
	WINEVT_BAD_TORN,     /* an event without an end */
	WINEVT_BAD_KINDS,
};

struct winevt_decoder {
	const struct winevt_wanted *wanted; /* borrowed */
	struct winevt_zone *zone;	    /* borrowed; NULL: the input has none */
	winevt_record_fn *each;
	void *user; /* borrowed */
	struct winevt_sieve sieve;
	struct winevt_counts counts;
	uint64_t bad[WINEVT_BAD_KINDS]; /* counts.bad by reason: each worth telling once */
	struct winevt_xml *xml;		/* owned; NULL until the first event in XML */
};

struct winevt_span {
	const char *text; /* borrowed; NULL: the source does not say. Empty is the same */
	size_t len;
};

/* An event as its source wrote it. */
struct winevt_parts {
	struct winevt_span host, provider, channel;
	struct winevt_span event_id, qualifiers, record_id; /* digits */
	struct winevt_span level;			    /* a number of Windows, or a word */
	struct winevt_span time;			    /* winevt_time_parse() */
};

void winevt_decoder_init(struct winevt_decoder *d, const struct winevt_wanted *wanted,
			 struct winevt_zone *zone, winevt_record_fn *each, void *user);
void winevt_decoder_done(struct winevt_decoder *d);

/* Counts a record that is skipped. */
void winevt_decoder_bad(struct winevt_decoder *d, enum winevt_bad why, uint64_t count);
/* For people: why a record was skipped, and what to do. */
const char *winevt_bad_text(enum winevt_bad why);

/* Passes a wanted event on, counts a bad one. 0, or what `each` said. */
int winevt_decoder_take(struct winevt_decoder *d, const struct winevt_parts *parts);

static inline struct winevt_span winevt_span(const char *text)
{
	return (struct winevt_span){ text, strlen(text) };
}
