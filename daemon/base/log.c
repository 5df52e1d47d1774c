/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log entries to journald or to stderr. Holds the only mutable globals of the tree: where, and
 * how much.
 */
#define SD_JOURNAL_SUPPRESS_LOCATION
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <systemd/sd-journal.h>

#define LOG_MESSAGE_MAX 1536

static struct {
	bool to_journal;
	int max_level;
} log_state = { .max_level = LOG_INFO };

static const char *const level_names[] = {
	[LOG_EMERG] = "emergency", [LOG_ALERT] = "alert",     [LOG_CRIT] = "critical",
	[LOG_ERR] = "error",	   [LOG_WARNING] = "warning", [LOG_NOTICE] = "notice",
	[LOG_INFO] = "info",	   [LOG_DEBUG] = "debug",
};

int log_where_parse(const char *name, enum log_where *ret)
{
	static const char *const names[] = { "auto", "journal", "stderr" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		if (strcmp(name, names[i]) != 0)
			continue;
		*ret = (enum log_where)i;
		return 0;
	}
	return -EINVAL;
}

void log_open(enum log_where where, int max_level)
{
	const bool has_journal = access("/run/systemd/journal/socket", W_OK) == 0;

	log_state.max_level = max_level;
	log_state.to_journal = where == LOG_JOURNAL ||
			       (where == LOG_AUTO && !isatty(STDERR_FILENO) && has_journal);
}

void log_set_max_level(int max_level)
{
	log_state.max_level = max_level;
}

/* Add "NAME=value" to the entry, whole or not at all. */
static void PRINTF_LIKE(3, 0)
	log_add(struct log_entry *entry, const char *name, const char *format, va_list ap)
{
	char *at = entry->text + entry->used;
	const size_t room = sizeof(entry->text) - entry->used;
	size_t lead;
	int n;

	if (entry->count == COUNT_OF(entry->fields))
		return;
	n = snprintf(at, room, "%s=", name);
	if (n < 0 || (size_t)n >= room)
		return;
	lead = (size_t)n;
	n = vsnprintf(at + lead, room - lead, format, ap);
	if (n < 0 || (size_t)n >= room - lead)
		return;
	entry->fields[entry->count++] = (struct iovec){ at, lead + (size_t)n };
	entry->used += lead + (size_t)n + 1;
}

void log_begin(struct log_entry *entry, int level, const char *message_id)
{
	entry->count = entry->used = 0;
	entry->level = level;
	log_field(entry, "PRIORITY", "%d", level);
	log_field(entry, "SYSLOG_IDENTIFIER", "bmchealthd");
	if (message_id)
		log_field(entry, "MESSAGE_ID", "%s", message_id);
}

void log_field(struct log_entry *entry, const char *name, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_add(entry, name, format, ap);
	va_end(ap);
}

static void log_line(int level, const char *message)
{
	char line[LOG_MESSAGE_MAX];
	size_t n = 0;

	for (; n < sizeof(line) - 1 && message[n]; n++) {
		const unsigned char c = (unsigned char)message[n];

		line[n] = (char)(c < 0x20 || c == 0x7f ? ' ' : c);
	}
	line[n] = '\0';
	(void)fprintf(stderr, "%s: %s\n", level_names[level & 7], line);
}

void log_send(struct log_entry *entry, const char *format, ...)
{
	char message[LOG_MESSAGE_MAX];
	va_list ap;

	if (entry->level > log_state.max_level)
		return;
	va_start(ap, format);
	(void)vsnprintf(message, sizeof(message), format, ap); /* a cut message is still one */
	va_end(ap);
	log_field(entry, "MESSAGE", "%s", message);
	if (!log_state.to_journal || sd_journal_sendv(entry->fields, (int)entry->count) < 0)
		log_line(entry->level, message);
}

void log_msg(int level, const char *format, ...)
{
	struct log_entry entry;
	char message[LOG_MESSAGE_MAX];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
	log_begin(&entry, level, NULL);
	log_send(&entry, "%s", message);
}
