/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes to pieces. Everything is copied into one buffer of two pieces' length, as UTF-8, and looked
 * at there; what is known to hold no end is not searched again, so a sender of single bytes or of
 * thousands of beginnings costs no more than others.
 */
#include "winevt/frame.h"

#include <ctype.h>

#include "base/buf.h"

#define EVENT	   "<Event"
#define EVENT_OVER "</Event"
#define TAG_MAX	   (sizeof(EVENT_OVER)) /* with the byte behind the name */
#define BOM	   "\xef\xbb\xbf"
#define BOM_LEN	   3

enum found {
	FOUND_PIECE,
	FOUND_NOTHING, /* look again from frame->at */
	FOUND_END,     /* of what is there */
};

enum kind {
	KIND_UNSURE, /* too short to tell */
	KIND_LINE,
	KIND_EVENT,
	KIND_MARKUP,
	KIND_OUTSIDE, /* of events, where only these are wanted */
};

struct piece {
	const char *text;
	size_t len;
};

void frame_init(struct frame *f, enum frame_mode mode)
{
	memset(f, 0, offsetof(struct frame, text));
	f->mode = mode;
}

void frame_resume(struct frame *f, enum frame_encoding encoding, uint64_t offset)
{
	f->encoding = offset > 0 ? encoding : FRAME_UNKNOWN;
	f->offset = f->passed = offset;
}

enum frame_encoding frame_encoding_of(const void *data, size_t len)
{
	static const struct {
		uint8_t bytes[2];
		enum frame_encoding encoding;
	} table[] = {
		{ { 0xff, 0xfe }, FRAME_UTF16_LE }, { { 0xfe, 0xff }, FRAME_UTF16_BE },
		{ { '<', 0 }, FRAME_UTF16_LE },	    { { 0, '<' }, FRAME_UTF16_BE },
		{ { '{', 0 }, FRAME_UTF16_LE },	    { { 0, '{' }, FRAME_UTF16_BE },
	};

	if (len < 2)
		return FRAME_UNKNOWN;
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		if (memcmp(data, table[i].bytes, 2) == 0)
			return table[i].encoding;
	}
	return FRAME_UTF8;
}

/* Bytes of the stream that became these. */
static uint64_t raw_length(const struct frame *f, const char *text, size_t len)
{
	uint64_t raw = 0;

	if (f->encoding == FRAME_UTF8)
		return len;
	for (size_t i = 0; i < len; i++) {
		const unsigned char byte = (unsigned char)text[i];

		if ((byte & 0xc0) != 0x80)
			raw += byte >= 0xf0 ? 4 : 2;
	}
	return raw;
}

static const char *here(const struct frame *f)
{
	return f->text + f->at;
}

static size_t left(const struct frame *f)
{
	return f->len - f->at;
}

static void drop(struct frame *f, size_t n)
{
	f->passed += raw_length(f, here(f), n);
	f->at += n;
	f->no_newline = f->no_newline > n ? f->no_newline - n : 0;
	f->no_end = f->no_end > n ? f->no_end - n : 0;
}

/* Drops what is a whole piece, wanted or not. */
static void pass(struct frame *f, size_t n)
{
	drop(f, n);
	f->offset = f->passed;
}

/* Not for every few bytes that are done: what is left may be a whole piece. */
static void compact(struct frame *f)
{
	if (f->at < FRAME_PIECE_MAX / 2 && left(f) > 0)
		return;
	memmove(f->text, here(f), left(f));
	f->len = left(f);
	f->at = 0;
}

/* ---- what is searched for */

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* The name is whole: <Event> and <Event xmlns=…>, not <EventData>. */
static bool ends_name(char byte)
{
	return is_blank(byte) || byte == '>' || byte == '/';
}

/* Where a tag begins, from `from` on; `len`: nowhere. */
static size_t find_tag(const char *text, size_t len, size_t from, const char *tag)
{
	const size_t tag_len = strlen(tag);

	while (from < len) {
		const char *at = memmem(text + from, len - from, tag, tag_len);

		if (!at)
			break;
		from = (size_t)(at - text);
		if (from + tag_len < len && ends_name(text[from + tag_len]))
			return from;
		from++;
	}
	return len;
}

static void drop_blanks(struct frame *f)
{
	size_t n = 0;

	for (;;) {
		if (n < left(f) && is_blank(here(f)[n]))
			n++;
		else if (left(f) - n >= BOM_LEN && memcmp(here(f) + n, BOM, BOM_LEN) == 0)
			n += BOM_LEN;
		else
			break;
	}
	drop(f, n);
}

static enum kind kind_of_tag(const struct frame *f)
{
	const size_t len = strlen(EVENT);

	if (left(f) < 2)
		return KIND_UNSURE;
	if (left(f) <= len && strncmp(here(f), EVENT, left(f)) == 0)
		return KIND_UNSURE;
	if (left(f) > len && strncmp(here(f), EVENT, len) == 0 && ends_name(here(f)[len]))
		return KIND_EVENT;
	if (f->mode == FRAME_EVENTS)
		return KIND_OUTSIDE;
	/* "<12>": a line of syslog */
	return isalpha((unsigned char)here(f)[1]) || strchr("?!/", here(f)[1]) ? KIND_MARKUP
									       : KIND_LINE;
}

static enum kind kind_of(const struct frame *f)
{
	if (left(f) == 0 || (left(f) < BOM_LEN && *here(f) == BOM[0]))
		return KIND_UNSURE;
	if (f->mode == FRAME_LINES)
		return KIND_LINE;
	if (*here(f) == '<')
		return kind_of_tag(f);
	return f->mode == FRAME_EVENTS ? KIND_OUTSIDE : KIND_LINE;
}

/* ---- one step */

static enum found take_line(struct frame *f, struct piece *ret)
{
	const char *newline = memchr(here(f) + f->no_newline, '\n', left(f) - f->no_newline);
	const struct piece line = { here(f), newline ? (size_t)(newline - here(f)) : left(f) };

	if (!newline)
		f->no_newline = left(f);
	if (line.len > FRAME_PIECE_MAX) {
		f->too_long++;
		f->skip = FRAME_SKIP_LINE;
		return FOUND_NOTHING;
	}
	if (!newline)
		return FOUND_END;
	*ret = line;
	while (ret->len > 0 && is_blank(ret->text[ret->len - 1]))
		ret->len--;
	pass(f, line.len + 1);
	return FOUND_PIECE;
}

/* Another event begins at `next`, or the stream ends there. */
static enum found give_up(struct frame *f, size_t next)
{
	const char *newline = memchr(here(f), '\n', next);

	f->torn++;
	pass(f, newline && f->mode == FRAME_MIXED ? (size_t)(newline - here(f)) + 1 : next);
	return FOUND_NOTHING;
}

/* Where the first event is over, behind its '>'; 0: not yet. */
static size_t find_end(struct frame *f)
{
	const size_t tag = find_tag(here(f), left(f), f->no_end, EVENT_OVER);
	const char *end;

	f->no_end = tag;
	if (tag == left(f)) { /* its first bytes may be there */
		f->no_end = tag > TAG_MAX ? tag - TAG_MAX : 0;
		return 0;
	}
	end = memchr(here(f) + tag, '>', left(f) - tag);
	return end ? (size_t)(end - here(f)) + 1 : 0;
}

/* No log of Windows has events of that size. Where lines may follow one that was torn, only its
 * first line is thrown away. */
static enum found give_up_long(struct frame *f)
{
	f->too_long++;
	f->skip = f->mode == FRAME_MIXED ? FRAME_SKIP_LINE : FRAME_SKIP_EVENT;
	drop(f, 1); /* of its own beginning */
	return FOUND_NOTHING;
}

static enum found take_event(struct frame *f, struct piece *ret)
{
	const size_t end = find_end(f);
	size_t next;

	if (end == 0 && left(f) <= FRAME_PIECE_MAX)
		return FOUND_END;
	next = find_tag(here(f), end ? end : left(f), 1, EVENT);
	if (next < (end ? end : left(f)))
		return give_up(f, next);
	if (end == 0 || end > FRAME_PIECE_MAX)
		return give_up_long(f);
	*ret = (struct piece){ here(f), end };
	pass(f, end);
	return FOUND_PIECE;
}

/* What is skipped is over `n` bytes from here. */
static enum found skipped(struct frame *f, size_t n)
{
	f->skip = FRAME_SKIP_NOTHING;
	pass(f, n);
	return FOUND_NOTHING;
}

static enum found skip_to_byte(struct frame *f, const char *any_of)
{
	for (size_t i = 0; i < left(f); i++) {
		if (here(f)[i] && strchr(any_of, here(f)[i]))
			return skipped(f, i + 1);
	}
	drop(f, left(f));
	return FOUND_END;
}

static enum found skip_line(struct frame *f)
{
	const char *newline = memchr(here(f), '\n', left(f));

	if (newline)
		return skipped(f, (size_t)(newline - here(f)) + 1);
	drop(f, left(f));
	return FOUND_END;
}

/* Up to where one begins, or behind where one ends. */
static enum found skip_event(struct frame *f)
{
	const size_t over = find_tag(here(f), left(f), 0, EVENT_OVER);
	const size_t next = find_tag(here(f), over, 0, EVENT);

	if (next < over)
		return skipped(f, next);
	if (over < left(f)) {
		drop(f, over + strlen(EVENT_OVER));
		f->skip = FRAME_SKIP_MARKUP;
		return FOUND_NOTHING;
	}
	if (left(f) > TAG_MAX)
		drop(f, left(f) - TAG_MAX);
	return FOUND_END;
}

static enum found step_new(struct frame *f, struct piece *ret)
{
	drop_blanks(f);
	switch (kind_of(f)) {
	case KIND_LINE:
		return take_line(f, ret);
	case KIND_EVENT:
		return take_event(f, ret);
	case KIND_MARKUP:
		f->skip = FRAME_SKIP_MARKUP;
		return FOUND_NOTHING;
	case KIND_OUTSIDE:
		f->skip = FRAME_SKIP_EVENT;
		return FOUND_NOTHING;
	case KIND_UNSURE:
		break;
	}
	return FOUND_END;
}

static enum found step(struct frame *f, struct piece *ret)
{
	switch (f->skip) {
	case FRAME_SKIP_LINE:
		return skip_line(f);
	case FRAME_SKIP_EVENT:
		return skip_event(f);
	case FRAME_SKIP_MARKUP:
		return skip_to_byte(f, ">\n");
	case FRAME_SKIP_NOTHING:
		break;
	}
	return step_new(f, ret);
}

static int take_pieces(struct frame *f, frame_fn *each, void *user)
{
	struct piece piece = { 0 };
	enum found found;
	int r = 0;

	while (r == 0 && (found = step(f, &piece)) != FOUND_END) {
		if (found == FOUND_PIECE && piece.len > 0)
			r = each(user, piece.text, piece.len);
	}
	compact(f);
	return r;
}

/* ---- bytes to UTF-8 */

static size_t room(const struct frame *f)
{
	return sizeof(f->text) - f->len;
}

static void put_character(struct frame *f, uint32_t c)
{
	char *to = f->text + f->len;

	if (c < 0x80) {
		to[0] = (char)c;
		f->len += 1;
	} else if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		f->len += 2;
	} else if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		f->len += 3;
	} else {
		to[0] = (char)(0xf0 | c >> 18);
		to[1] = (char)(0x80 | (c >> 12 & 0x3f));
		to[2] = (char)(0x80 | (c >> 6 & 0x3f));
		to[3] = (char)(0x80 | (c & 0x3f));
		f->len += 4;
	}
}

static uint32_t unit_of(const struct frame *f, size_t at)
{
	return f->encoding == FRAME_UTF16_LE ? f->carry[at] | (uint32_t)f->carry[at + 1] << 8
					     : f->carry[at + 1] | (uint32_t)f->carry[at] << 8;
}

/* A lone half of a pair becomes U+FFFD. */
static void put_units(struct frame *f)
{
	while (f->carry_len == 2 || f->carry_len == 4) {
		const uint32_t first = unit_of(f, 0);
		const uint32_t second = f->carry_len == 4 ? unit_of(f, 2) : 0;
		size_t used = 2;

		if ((first & 0xfc00) == 0xd800 && f->carry_len == 2)
			return;
		if ((first & 0xfc00) == 0xd800 && (second & 0xfc00) == 0xdc00) {
			put_character(f, 0x10000 + ((first & 0x3ff) << 10) + (second & 0x3ff));
			used = 4;
		} else {
			put_character(f, (first & 0xf800) == 0xd800 ? 0xfffd : first);
		}
		memmove(f->carry, f->carry + used, f->carry_len - used);
		f->carry_len -= used;
	}
}

/* Two bytes tell the encoding. */
static void begin(struct frame *f)
{
	f->encoding = frame_encoding_of(f->carry, f->carry_len);
	if (f->encoding == FRAME_UNKNOWN)
		f->encoding = FRAME_UTF8; /* a stream of one byte */
	if (f->encoding == FRAME_UTF8) {
		memcpy(f->text + f->len, f->carry, f->carry_len);
		f->len += f->carry_len;
		f->carry_len = 0;
	} else if (f->carry[0] >= 0xfe) {
		f->passed += 2; /* the mark */
		f->carry_len = 0;
	} else {
		put_units(f);
	}
}

/* As much as there is room for; how much that was. */
static size_t fill(struct frame *f, const uint8_t *data, size_t len)
{
	size_t used = 0;

	while (f->encoding == FRAME_UNKNOWN && used < len) {
		f->carry[f->carry_len++] = data[used++];
		if (f->carry_len == 2)
			begin(f);
	}
	if (f->encoding == FRAME_UTF8) {
		const size_t n = len - used < room(f) ? len - used : room(f);

		memcpy(f->text + f->len, data + used, n);
		f->len += n;
		return used + n;
	}
	while (used < len && room(f) >= 2 * sizeof(f->carry)) {
		f->carry[f->carry_len++] = data[used++];
		put_units(f);
	}
	return used;
}

int frame_feed(struct frame *f, const void *data, size_t len, frame_fn *each, void *user)
{
	const uint8_t *bytes = data;
	int r = 0;

	while (len > 0 && r == 0) {
		const size_t used = fill(f, bytes, len);

		bytes += used;
		len -= used;
		r = take_pieces(f, each, user);
	}
	return r;
}

int frame_end(struct frame *f, frame_fn *each, void *user)
{
	uint64_t total;
	int r;

	if (f->encoding == FRAME_UNKNOWN)
		begin(f);
	total = f->passed + f->carry_len + raw_length(f, here(f), left(f));
	f->text[f->len++] = '\n'; /* there is room for one more than a piece */
	r = take_pieces(f, each, user);
	while (r == 0 && f->skip == FRAME_SKIP_NOTHING && kind_of(f) == KIND_EVENT) {
		(void)give_up(f, left(f));
		r = take_pieces(f, each, user);
	}
	if (r == 0 || f->offset > total)
		f->offset = total;
	return r;
}
