/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Growing text with a ceiling, and the JSON it is mostly used for. Errors stick: write a whole
 * document, ask once at the end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/util.h"

struct buf {
	char *text; /* owned; NUL-terminated once anything was written */
	size_t len, room, max;
	int error;	  /* first -errno; later writes do nothing */
	bool needs_comma; /* JSON: a value stands before the next one */
};

/* An empty buffer that never grows past `max` bytes. */
static inline struct buf buf_make(size_t max)
{
	return (struct buf){ .max = max };
}

void buf_done(struct buf *b);
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

/* JSON. `key` may be NULL inside an array and at the top. Bytes that are not UTF-8 become U+FFFD,
 * so that hostile names cannot break a reader. */
void buf_json_open(struct buf *b, const char *key, char bracket);
void buf_json_close(struct buf *b, char bracket);
void buf_json_string(struct buf *b, const char *key, const char *value); /* NULL: null */
void buf_json_i64(struct buf *b, const char *key, int64_t value);
void buf_json_double(struct buf *b, const char *key, double value); /* not finite: null */
void buf_json_bool(struct buf *b, const char *key, bool value);

/* Length of the UTF-8 sequence at `s`, which ends in 0 (RFC 3629); 0: it is none. */
size_t buf_utf8_length(const unsigned char *s);

/* NAME="VALUE" for Prometheus: at most `max` bytes of VALUE, quotes escaped, control characters
 * replaced by '?', what is not UTF-8 by U+FFFD. */
void buf_label(struct buf *b, const char *name, const char *value, size_t max);

/* The text, now the caller's, or NULL; then *ret_error (may be NULL) says why. */
char *buf_take(struct buf *b, int *ret_error);
