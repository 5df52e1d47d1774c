/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The formats that can be read, a table, and how one is told from another. Text of any of them goes
 * through a stream: framing, then the decoder that suits the piece.
 *
 * Only the first bytes of event logs settle what follows. Text is looked at piece by piece: a file
 * that rsyslog writes for many hosts has JSON, XML and plain lines in it.
 */
#pragma once

#include "winevt/decode.h"
#include "winevt/frame.h"

#define WINEVT_HEAD_MAX	 1024 /* bytes that tell the format */
#define WINEVT_NAMES_MAX 64

struct winevt_format {
	const char *name;
	bool is_evtx;	    /* for winevt/evtx.h; all others for a stream */
	bool may_lack_zone; /* some who write it leave it out: then the input's is needed */
	enum frame_mode mode;
	int (*decode)(struct winevt_decoder *d, const char *text, size_t len); /* one piece */
	const char *about;
};

extern const struct winevt_format winevt_formats[]; /* ends with a NULL name */

/* NULL: none of that name. */
const struct winevt_format *winevt_format_named(const char *name);
/* "auto, evtx, …", for people; `text` has WINEVT_NAMES_MAX bytes. */
void winevt_format_names(char *text);
/* By the first bytes, up to WINEVT_HEAD_MAX of them. NULL: neither an event log nor text. */
const struct winevt_format *winevt_format_detect(const void *head, size_t len);
/* The same where a format is named (NULL: none is): that one. NULL: it cannot be that. */
const struct winevt_format *winevt_format_choose(const struct winevt_format *named,
						 const void *head, size_t len);
/* Why it was NULL, behind a file's name; `text` has WINEVT_NAMES_MAX bytes. */
void winevt_format_refusal(const struct winevt_format *named, char *text);

/* One input of text; big, not for the stack. */
struct winevt_stream {
	const struct winevt_format *format; /* borrowed */
	struct winevt_decoder decoder;	    /* with the counts */
	struct frame frame;		    /* frame.offset: how far it was read */
};

/* `format` is one of text; `wanted` and `zone` (may be NULL) are borrowed. */
void winevt_stream_init(struct winevt_stream *s, const struct winevt_format *format,
			const struct winevt_wanted *wanted, struct winevt_zone *zone,
			winevt_record_fn *each, void *user);
/* What comes next is from that offset on of a stream that begins with `head`: a file that was read
 * up to an earlier frame.offset. */
void winevt_stream_resume(struct winevt_stream *s, const void *head, size_t len, uint64_t offset);
/* Bytes as they come. 0; what `each` said; -ENOMEM: the stream is over. */
MUST_CHECK int winevt_stream_feed(struct winevt_stream *s, const void *data, size_t len);
/* No more will come: the last line needs no newline. */
MUST_CHECK int winevt_stream_end(struct winevt_stream *s);
/* A message that is whole: what it lacks does not come with the next one. */
MUST_CHECK int winevt_stream_message(struct winevt_stream *s, const void *data, size_t len);
void winevt_stream_done(struct winevt_stream *s);
