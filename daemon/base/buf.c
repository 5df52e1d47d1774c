/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Growing text with a ceiling, and JSON on top of it.
 */
#include "base/buf.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

void buf_done(struct buf *b)
{
	free(b->text);
	*b = (struct buf){ 0 };
}

/* Room for `more` bytes and a NUL. */
static int buf_reserve(struct buf *b, size_t more)
{
	size_t room = b->room ? b->room : 256;
	char *text;

	if (more >= b->max || b->len > b->max - more - 1)
		return -E2BIG;
	while (room < b->len + more + 1)
		room *= 2;
	if (room == b->room)
		return 0;
	text = realloc(b->text, room);
	if (!text)
		return -ENOMEM;
	b->text = text;
	b->room = room;
	return 0;
}

static void buf_append(struct buf *b, const char *text, size_t n)
{
	if (b->error == 0)
		b->error = buf_reserve(b, n);
	if (b->error < 0)
		return;
	memcpy(b->text + b->len, text, n);
	b->len += n;
	b->text[b->len] = '\0';
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	if (n < 0 && b->error == 0)
		b->error = -EINVAL;
	if (b->error == 0)
		b->error = buf_reserve(b, (size_t)n);
	if (b->error < 0)
		return;
	va_start(ap, format);
	(void)vsnprintf(b->text + b->len, (size_t)n + 1, format, ap);
	va_end(ap);
	b->len += (size_t)n;
}

size_t buf_utf8_length(const unsigned char *s)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] < 0xc2 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;

	if (s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0; /* overlong, surrogate, beyond U+10FFFF */
	return n;
}

static void json_quote(struct buf *b, const char *value)
{
	const unsigned char *s = (const unsigned char *)value;

	buf_append(b, "\"", 1);
	while (*s) {
		size_t n = buf_utf8_length(s);

		if (n == 0)
			buf_append(b, "\xef\xbf\xbd", 3);
		else if (*s < 0x20 || *s == 0x7f)
			buf_printf(b, "\\u%04x", *s);
		else if (*s == '"' || *s == '\\')
			buf_printf(b, "\\%c", *s);
		else
			buf_append(b, (const char *)s, n);
		s += n ? n : 1;
	}
	buf_append(b, "\"", 1);
}

/* What stands before a value: a comma, and its key. */
static void json_lead(struct buf *b, const char *key)
{
	if (b->needs_comma)
		buf_append(b, ",", 1);
	b->needs_comma = true;
	if (!key)
		return;
	json_quote(b, key);
	buf_append(b, ":", 1);
}

void buf_json_open(struct buf *b, const char *key, char bracket)
{
	json_lead(b, key);
	buf_append(b, &bracket, 1);
	b->needs_comma = false;
}

void buf_json_close(struct buf *b, char bracket)
{
	buf_append(b, &bracket, 1);
	b->needs_comma = true;
}

void buf_json_string(struct buf *b, const char *key, const char *value)
{
	json_lead(b, key);
	if (value)
		json_quote(b, value);
	else
		buf_append(b, "null", 4);
}

void buf_json_i64(struct buf *b, const char *key, int64_t value)
{
	json_lead(b, key);
	buf_printf(b, "%" PRId64, value);
}

void buf_json_double(struct buf *b, const char *key, double value)
{
	json_lead(b, key);
	if (isfinite(value))
		buf_printf(b, "%.9g", value);
	else
		buf_append(b, "null", 4);
}

void buf_json_bool(struct buf *b, const char *key, bool value)
{
	json_lead(b, key);
	buf_printf(b, "%s", value ? "true" : "false");
}

void buf_label(struct buf *b, const char *name, const char *value, size_t max)
{
	const unsigned char *s = (const unsigned char *)value;
	const unsigned char *end = s + strnlen(value, max);

	buf_printf(b, "%s=\"", name);
	while (s < end) {
		size_t n = buf_utf8_length(s);

		if (n == 0 || s + n > end)
			buf_append(b, "\xef\xbf\xbd", 3);
		else if (*s < 0x20 || *s == 0x7f)
			buf_append(b, "?", 1);
		else if (*s == '"' || *s == '\\')
			buf_printf(b, "\\%c", *s);
		else
			buf_append(b, (const char *)s, n);
		s += n ? n : 1;
	}
	buf_append(b, "\"", 1);
}

char *buf_take(struct buf *b, int *ret_error)
{
	char *text = b->error == 0 ? TAKE(b->text) : NULL;

	if (ret_error)
		*ret_error = b->error;
	buf_done(b);
	return text;
}
