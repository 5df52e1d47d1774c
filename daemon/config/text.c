/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Short texts for people: quoting, spans, and which known word a slip was meant to be.
 */
#include <inttypes.h>
#include <stdarg.h>

#include "base/clock.h"
#include "config/load.h"

#define WORD_MAX 40 /* longer words are nobody's slip of a key */

void note_printf(struct note *note, const char *format, ...)
{
	size_t room = sizeof(note->text) - note->len;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(note->text + note->len, room, format, args);
	va_end(args);
	if (n > 0)
		note->len += (size_t)min_i64(n, (int64_t)room - 1);
}

void note_quoted(struct note *note, const char *text)
{
	note_printf(note, "\"");
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			note_printf(note, "\\%c", *text);
		else if ((unsigned char)*text < ' ' || *text == '\x7f')
			note_printf(note, "?");
		else
			note_printf(note, "%c", *text);
	}
	note_printf(note, "\"");
}

static const struct span_unit {
	int64_t us, least; /* not used for less: "90 s" reads better than "1.5 min" */
	const char *name;
} span_units[] = {
	{ USEC_PER_DAY, USEC_PER_DAY, "d" },
	{ USEC_PER_HOUR, USEC_PER_HOUR, "h" },
	{ USEC_PER_MINUTE, 2 * USEC_PER_MINUTE, "min" },
};

static void note_seconds(struct note *note, int64_t us)
{
	int64_t rest = us % USEC_PER_SEC;
	int digits = 6;

	if (rest == 0) {
		note_printf(note, "%" PRId64 " s", us / USEC_PER_SEC);
		return;
	}
	for (; rest % 10 == 0; rest /= 10)
		digits--;
	note_printf(note, "%" PRId64 ".%0*" PRId64 " s", us / USEC_PER_SEC, digits, rest);
}

void note_span(struct note *note, int64_t us)
{
	for (size_t i = 0; i < COUNT_OF(span_units); i++) {
		const struct span_unit *unit = &span_units[i];

		if (us < unit->least || us % unit->us != 0)
			continue;
		note_printf(note, "%" PRId64 " %s", us / unit->us, unit->name);
		return;
	}
	note_seconds(note, us);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Optimal string alignment: letters left out, added, wrong or swapped with their neighbour. */
static size_t slips_between(const char *a, const char *b)
{
	size_t rows[3][WORD_MAX + 1] = { { 0 } }, la = strlen(a), lb = strlen(b);

	if (la > WORD_MAX || lb > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t *now = rows[i % 3];
		const size_t *before = rows[(i - 1) % 3];
		const size_t *earlier = rows[(i + 1) % 3]; /* i - 2 */

		now[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			now[j] = before[j - 1] + (a[i - 1] != b[j - 1]);
			now[j] = least(now[j], least(before[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = least(now[j], earlier[j - 2] + 1);
		}
	}
	return rows[la % 3][lb];
}

const char *nearest(const char *word, const char *const *candidates)
{
	/* Two slips at most, and never so many that a third of the word is guessed. */
	size_t best = least(2, (strlen(word) + 2) / 3) + 1;
	const char *found = NULL;

	for (; *candidates; candidates++) {
		size_t slips = slips_between(word, *candidates);

		if (slips >= best)
			continue;
		best = slips;
		found = *candidates;
	}
	return found;
}

const char *config_place(const char *file, unsigned line, char *text)
{
	const char *name = file ? file : "configuration";

	if (file && line > 0)
		(void)snprintf(text, CONFIG_PLACE_MAX, "%s:%u", name, line);
	else
		(void)snprintf(text, CONFIG_PLACE_MAX, "%s", name);
	return text;
}
