/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Streams to pieces: whatever they are cut into, whatever is torn, too long or in UTF-16.
 */
#include <stdio.h>

#include "tests/unit/tap.h"
#include "winevt/frame.c" /* the unit under test */

static struct frame frame;
static struct buf said;
static uint64_t last_offset;

static int hear(void *user UNUSED, const char *text, size_t len)
{
	last_offset = frame.offset;
	for (size_t i = 0; i < len; i++)
		buf_printf(&said, "%c", text[i] == '\n' ? '$' : text[i] ? text[i] : '0');
	buf_printf(&said, "|");
	return 0;
}

static void feed(const void *text, size_t len, size_t step)
{
	const uint8_t *bytes = text;

	for (size_t at = 0; at < len; at += step)
		(void)frame_feed(&frame, bytes + at, step < len - at ? step : len - at, hear, NULL);
}

static bool ends_as(const char *wanted)
{
	bool is_same;

	(void)frame_end(&frame, hear, NULL);
	is_same = strcmp(said.text ? said.text : "", wanted) == 0;
	if (!is_same)
		printf("# said: %.300s\n# wanted: %.300s\n", said.text ? said.text : "", wanted);
	buf_done(&said);
	return is_same;
}

static void start(enum frame_mode mode)
{
	said = buf_make(1 << 20);
	frame_init(&frame, mode);
}

/* In steps of every length. */
static bool becomes(enum frame_mode mode, const char *text, size_t len, const char *wanted)
{
	bool is_same = true;

	for (size_t step = 1; step <= len; step++) {
		start(mode);
		feed(text, len, step);
		is_same &= ends_as(wanted);
		is_same &= frame.offset == len;
	}
	return is_same;
}

static bool text_becomes(enum frame_mode mode, const char *text, const char *wanted)
{
	return becomes(mode, text, strlen(text), wanted);
}

static void test_lines(void)
{
	check(text_becomes(FRAME_LINES, "one\ntwo\r\n\n  \nthree", "one|two|three|"),
	      "lines end with a newline, with CRLF or with the stream; empty ones are none");
	check(text_becomes(FRAME_LINES, "\xef\xbb\xbfone\n", "one|"), "a mark is no text");
	check(text_becomes(FRAME_LINES, "<Event>\n</Event>\n", "<Event>|</Event>|"),
	      "where only lines are wanted, an event is lines");
	check(becomes(FRAME_LINES, "a\0b\n\0\n", 6, "a0b|0|"), "a NUL is a byte");
	check(text_becomes(FRAME_MIXED, "x", "x|"), "a stream of one byte is a line");
}

static void test_events(void)
{
	check(text_becomes(FRAME_EVENTS,
			   "<?xml version='1.0'?>\n<Events><Event xmlns='x'>\n<EventID>1</EventID>"
			   "</Event>\r\n<Event>2</Event ></Events>\n{\"a\":1}\n",
			   "<Event xmlns='x'>$<EventID>1</EventID></Event>|<Event>2</Event >|"),
	      "an event ends with its tag, not with a newline; what is around is nothing");
	check(text_becomes(FRAME_EVENTS, "<Event>1<Event>2</Event>", "<Event>2</Event>|") &&
		      frame.torn == 1,
	      "where one begins in another, the first was torn");
	check(text_becomes(FRAME_EVENTS, "<Event>1</Event>\n<Event>2", "<Event>1</Event>|") &&
		      frame.torn == 1,
	      "what has no end is torn");
	check(text_becomes(FRAME_EVENTS, "Event>1</Event>\n<Event>2</Event>", "<Event>2</Event>|"),
	      "a stream may begin in the middle of one");
}

static void test_mixed(void)
{
	check(text_becomes(
		      FRAME_MIXED,
		      "{\"a\":1}\n<12>Nov 20 x\n<Event>\n1</Event>{\"b\":2}\n<Event>2</Event>\n",
		      "{\"a\":1}|<12>Nov 20 x|<Event>$1</Event>|{\"b\":2}|<Event>2</Event>|"),
	      "events and lines, by how they begin");
	check(text_becomes(FRAME_MIXED, "<Events>\n<!-- a -->\n<Event>1</Event></Events>\n{}\n",
			   "<Event>1</Event>|{}|"),
	      "what is around events is no line");
	check(text_becomes(FRAME_MIXED, "<Event>1\n{\"a\":1}\n<12>b\n<Event>2</Event>\n",
			   "{\"a\":1}|<12>b|<Event>2</Event>|") &&
		      frame.torn == 1,
	      "lines behind a torn event are lines");
	check(text_becomes(FRAME_MIXED, "<Event>1\n{\"a\":1}\nb", "{\"a\":1}|b|"),
	      "at the end of the stream, too");
	check(text_becomes(FRAME_MIXED, "<Event>1\n{\"a\":1}\n</Event>\n",
			   "<Event>1${\"a\":1}$</Event>|"),
	      "a line in an event is the event's: nobody smuggles one in");
}

/* An event whose end never comes holds the lines behind it up until it is too long for one. */
static void test_never_ends(void)
{
	static const char line[] = "{\"a\":1}\n";
	const int many = FRAME_PIECE_MAX / (int)(sizeof(line) - 1) + 2;
	static char wanted[2 * FRAME_PIECE_MAX];
	size_t len = 0;

	start(FRAME_MIXED);
	feed("<Event x>\n", 10, 10);
	for (int i = 0; i < many; i++) {
		feed(line, sizeof(line) - 1, 3);
		len += (size_t)snprintf(wanted + len, sizeof(wanted) - len, "{\"a\":1}|");
	}
	check(frame.too_long == 1 && frame.len - frame.at < sizeof(line),
	      "then they are taken, each that was held up, too");
	feed(line, sizeof(line) - 1, 1);
	(void)snprintf(wanted + len, sizeof(wanted) - len, "{\"a\":1}|");
	check(ends_as(wanted) && frame.too_long == 1, "and so are those that come");
}

/* To UTF-16, with a mark. */
static size_t to_utf16(const char *text, bool is_big, uint8_t *ret)
{
	size_t len = 2;

	ret[0] = is_big ? 0xfe : 0xff;
	ret[1] = is_big ? 0xff : 0xfe;
	for (; *text; text++) {
		ret[len + is_big] = (uint8_t)*text;
		ret[len + !is_big] = 0;
		len += 2;
	}
	return len;
}

static void test_utf16(void)
{
	static const char odd[] = "\xff\xfe\x3d\xd8\x00\xde\n\0\x3d\xd8x\0\n\0\x00\xdey\0\xe9\0\n";
	static const char wanted[] = "\xf0\x9f\x98\x80|\xef\xbf\xbdx|\xef\xbf\xbdy\xc3\xa9|";
	static const char text[] = "<Event>1\r\n</Event>\r\n{\"a\":1}\r\n";
	uint8_t wide[256];
	size_t len = to_utf16(text, false, wide);

	check(becomes(FRAME_MIXED, (char *)wide, len, "<Event>1\r$</Event>|{\"a\":1}|"),
	      "UTF-16, little end first");
	check(becomes(FRAME_MIXED, (char *)wide + 2, len - 2, "<Event>1\r$</Event>|{\"a\":1}|"),
	      "and without a mark");
	len = to_utf16(text, true, wide);
	check(becomes(FRAME_MIXED, (char *)wide, len, "<Event>1\r$</Event>|{\"a\":1}|"),
	      "and big end first");
	check(becomes(FRAME_LINES, odd, sizeof(odd), wanted),
	      "pairs are one character, half a pair is none that there is");
	check(becomes(FRAME_LINES, "\xff\xfeg\0h", 5, "g|"), "half a unit at the end is nothing");
}

/* `count` bytes of that. */
static void feed_many(char byte, size_t count)
{
	static char many[4096];

	memset(many, byte, sizeof(many));
	for (; count > 0; count -= count < sizeof(many) ? count : sizeof(many))
		(void)frame_feed(&frame, many, count < sizeof(many) ? count : sizeof(many), hear,
				 NULL);
}

static void test_too_long(void)
{
	static char wanted[FRAME_PIECE_MAX + 64];

	start(FRAME_MIXED);
	feed("a\n", 2, 2);
	feed_many('x', 10 << 20);
	feed("\nb\n", 3, 3);
	check(ends_as("a|b|") && frame.too_long == 1 && frame.offset == (10 << 20) + 5,
	      "a line of 10 MB is skipped, counted, and the next one is read");
	start(FRAME_MIXED);
	feed("<Event>", 7, 7);
	feed_many('x', 10 << 20);
	feed("</Event>\n<Event>2</Event>\nc\n", 28, 1);
	check(ends_as("<Event>2</Event>|c|") && frame.too_long == 1, "and so is an event");
	start(FRAME_EVENTS);
	feed("<Event>", 7, 7);
	feed_many('\n', 10 << 20);
	feed("<Event>2</Event>", 16, 1);
	check(ends_as("<Event>2</Event>|") && frame.too_long == 1,
	      "one that never ends is over where the next begins");
	start(FRAME_LINES);
	feed_many('y', FRAME_PIECE_MAX);
	feed("\n", 1, 1);
	feed_many('z', FRAME_PIECE_MAX + 1);
	feed("\n", 1, 1);
	memset(wanted, 'y', FRAME_PIECE_MAX);
	wanted[FRAME_PIECE_MAX] = '|';
	check(ends_as(wanted) && frame.too_long == 1,
	      "a line of the longest length is read, a byte more is too much");
}

/* Would take minutes if each beginning were searched for its end anew. */
static void test_hostile(void)
{
	start(FRAME_MIXED);
	for (int i = 0; i < 1000000; i++)
		feed("<Event \n", 8, 8);
	check(ends_as("") && frame.torn == 1000000, "a million beginnings without an end");
	start(FRAME_EVENTS);
	for (int i = 0; i < 1000000; i++)
		feed("</Event \n", 9, 9);
	check(ends_as("") && frame.torn == 0, "a million ends without a beginning");
	start(FRAME_MIXED);
	feed_many('<', 1 << 20);
	check(frame_end(&frame, hear, NULL) == 0, "a megabyte of brackets");
	buf_done(&said);
	start(FRAME_MIXED);
	feed("<Event>", 7, 1);
	for (int i = 0; i < 200000; i++)
		feed("x", 1, 1);
	check(ends_as("") && frame.too_long == 1, "single bytes of one that never ends");
}

static void test_resume(void)
{
	static const char text[] = "one\n<Event>2</Event>\nthr";
	uint8_t wide[128];
	size_t len = to_utf16("e1\nf2\n", false, wide);

	start(FRAME_MIXED);
	feed(text, sizeof(text) - 1, 5);
	check(last_offset == 20 && frame.offset == 20, "the offset is behind the last whole piece");
	frame_init(&frame, FRAME_MIXED);
	frame_resume(&frame, FRAME_UTF8, 21);
	feed("thr", 3, 3);
	feed("ee\n", 3, 3);
	check(ends_as("one|<Event>2</Event>|three|") && frame.offset == 27,
	      "a frame that goes on from there reads the rest");
	start(FRAME_LINES);
	feed(wide, 10, 1);
	check(frame.offset == 8 && frame.encoding == FRAME_UTF16_LE, "in UTF-16, too");
	frame_init(&frame, FRAME_LINES);
	frame_resume(&frame, FRAME_UTF16_LE, 8);
	feed(wide + 8, len - 8, 3);
	check(ends_as("e1|f2|") && frame.offset == len, "and goes on there");
}

int main(void)
{
	test_lines();
	test_events();
	test_mixed();
	test_never_ends();
	test_utf16();
	test_too_long();
	test_hostile();
	test_resume();
	return tap_done();
}
