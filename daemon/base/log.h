/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One event, one entry: to journald with fields, or to stderr as a line people can read. Only
 * engine/, out/ and programs log; everything below returns.
 */
#pragma once

#include <stdbool.h>
#include <sys/uio.h>
#include <syslog.h> /* LOG_ERR … LOG_DEBUG */

#include "base/util.h"

#define LOG_FIELDS_MAX 52
#define LOG_TEXT_MAX   6144

enum log_where {
	LOG_AUTO, /* stderr on a terminal, else journald if it is there, else stderr */
	LOG_JOURNAL,
	LOG_STDERR,
};

struct log_entry { /* on the stack; what does not fit is left out, never cut in the middle */
	struct iovec fields[LOG_FIELDS_MAX];
	size_t count, used;
	int level;
	char text[LOG_TEXT_MAX];
};

MUST_CHECK int log_where_parse(const char *name, enum log_where *ret); /* "auto", … */
void log_open(enum log_where where, int max_level);
void log_set_max_level(int max_level);

/* `message_id`: 32 hex digits, or NULL. */
void log_begin(struct log_entry *entry, int level, const char *message_id);
/* `name`: upper case. Newlines in the value become blanks on stderr and stay in the journal. */
void log_field(struct log_entry *entry, const char *name, const char *format, ...)
	PRINTF_LIKE(3, 4);
void log_send(struct log_entry *entry, const char *format, ...) PRINTF_LIKE(2, 3);

void log_msg(int level, const char *format, ...) PRINTF_LIKE(2, 3);
