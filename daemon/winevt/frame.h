/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stream of bytes, cut anywhere, to its pieces: lines, and events in XML, which have newlines in
 * them. The state has a fixed size; a sender that stalls in the middle of a piece costs nothing,
 * one that never ends a piece is skipped to its end.
 *
 * An event ends at </Event>. If another begins before, or nothing within FRAME_PIECE_MAX, the first
 * was torn: its remains are no event, and the lines among them are taken only where lines are
 * expected, too. Not earlier: what is in an event, a stranger may have written.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/util.h"

#define FRAME_PIECE_MAX 65536 /* bytes of UTF-8 */

enum frame_mode {
	FRAME_MIXED,  /* events and lines, by how they begin */
	FRAME_LINES,  /* lines only */
	FRAME_EVENTS, /* events only; what is between them is nothing */
};

enum frame_encoding {
	FRAME_UNKNOWN, /* told by the first bytes */
	FRAME_UTF8,
	FRAME_UTF16_LE,
	FRAME_UTF16_BE,
};

enum frame_skip { /* what is being thrown away */
		  FRAME_SKIP_NOTHING,
		  FRAME_SKIP_LINE,   /* the rest of one that is too long */
		  FRAME_SKIP_EVENT,  /* likewise */
		  FRAME_SKIP_MARKUP, /* <?xml …?>, the root around events */
};

struct frame {
	enum frame_mode mode;
	enum frame_encoding encoding;
	enum frame_skip skip;
	uint64_t offset; /* of the stream, in its own bytes: behind the last whole piece */
	uint64_t passed; /* likewise: behind all that is not in `text` any more */
	uint64_t too_long, torn;
	uint8_t carry[4]; /* the first bytes, then the halves of a UTF-16 character */
	size_t carry_len;
	size_t at, len;		   /* of text: where the first piece begins; its end */
	size_t no_newline, no_end; /* bytes from `at` known to hold no newline, no end tag */
	char text[2 * FRAME_PIECE_MAX];
};

/* A whole piece, without its newline; never empty. Not 0: frame_feed() stops and returns that. */
typedef int frame_fn(void *user, const char *text, size_t len);

void frame_init(struct frame *frame, enum frame_mode mode);
/* Goes on in the middle of a stream, at an offset that an earlier frame had. */
void frame_resume(struct frame *frame, enum frame_encoding encoding, uint64_t offset);

/* 0, or what `each` said; then the rest of `data` is not looked at, frame->offset says how far it
 * went, and the frame is to be initialised anew. */
int frame_feed(struct frame *frame, const void *data, size_t len, frame_fn *each, void *user);
/* The stream is at its end: so is the last line. */
int frame_end(struct frame *frame, frame_fn *each, void *user);

/* What the first bytes tell; FRAME_UNKNOWN: they are too few. */
enum frame_encoding frame_encoding_of(const void *data, size_t len);
