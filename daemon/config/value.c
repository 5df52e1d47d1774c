/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One value: read, checked and printed by the type of its row. One table row per type; a fallback
 * goes the same way as a line of a file.
 */
#include <inttypes.h>
#include <math.h>

#include "base/clock.h"
#include "base/parse.h"
#include "config/load.h"

#define SHOWN_MAX 60 /* bytes of a wrong text that a complaint repeats */

void value_free(struct value *value)
{
	free(value->text);
	value->text = NULL;
}

/* --- from libconfig's idea of a value to ours */

static enum verdict read_bool(const struct option *option UNUSED, const config_setting_t *setting,
			      struct value *value)
{
	if (config_setting_type(setting) != CONFIG_TYPE_BOOL)
		return VERDICT_TYPE;
	value->boolean = config_setting_get_bool(setting);
	return VERDICT_GOOD;
}

/* libconfig 1.5 cuts hexadecimals down to 32 bits in silence; nothing here needs them. */
static bool is_whole(const config_setting_t *setting)
{
	int type = config_setting_type(setting);

	return (type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64) &&
	       config_setting_get_format(setting) == CONFIG_FORMAT_DEFAULT;
}

static int64_t whole_of(const config_setting_t *setting)
{
	return config_setting_type(setting) == CONFIG_TYPE_INT64 ? config_setting_get_int64(setting)
								 : config_setting_get_int(setting);
}

static bool is_number(const config_setting_t *setting)
{
	return is_whole(setting) || config_setting_type(setting) == CONFIG_TYPE_FLOAT;
}

static double number_of(const config_setting_t *setting)
{
	return is_whole(setting) ? (double)whole_of(setting) : config_setting_get_float(setting);
}

static bool is_within(const struct option *option, double number)
{
	return number >= option->min && number <= option->max; /* NaN is not */
}

static enum verdict read_int(const struct option *option, const config_setting_t *setting,
			     struct value *value)
{
	if (!is_whole(setting))
		return VERDICT_TYPE;
	if (!is_within(option, (double)whole_of(setting)))
		return VERDICT_RANGE;
	value->integer = whole_of(setting);
	return VERDICT_GOOD;
}

static enum verdict read_real(const struct option *option, const config_setting_t *setting,
			      struct value *value)
{
	if (!is_number(setting))
		return VERDICT_TYPE;
	if (!is_within(option, number_of(setting)))
		return VERDICT_RANGE;
	value->real = number_of(setting);
	return VERDICT_GOOD;
}

static enum verdict read_span(const struct option *option, const config_setting_t *setting,
			      struct value *value)
{
	int64_t us;
	int r;

	if (is_number(setting)) {
		if (!is_within(option, number_of(setting)))
			return VERDICT_RANGE;
		value->integer = (int64_t)rint(number_of(setting) * (double)USEC_PER_SEC);
		return VERDICT_GOOD;
	}
	if (config_setting_type(setting) != CONFIG_TYPE_STRING)
		return VERDICT_TYPE;
	r = parse_duration(config_setting_get_string(setting), &us);
	if (r == -EINVAL)
		return VERDICT_SPAN;
	if (r < 0 || !is_within(option, (double)us / (double)USEC_PER_SEC))
		return VERDICT_RANGE;
	value->integer = us;
	return VERDICT_GOOD;
}

static enum verdict keep_text(const char *text, struct value *value)
{
	char *copy = strdup(text);

	if (!copy)
		return VERDICT_MEMORY;
	free(value->text);
	value->text = copy;
	return VERDICT_GOOD;
}

static size_t longest(const struct option *option)
{
	return option->max > 0 && option->max < CONFIG_TEXT_MAX ? (size_t)option->max
								: CONFIG_TEXT_MAX - 1;
}

static bool has_control(const char *text)
{
	for (; *text; text++) {
		if ((unsigned char)*text < ' ' || *text == '\x7f')
			return true;
	}
	return false;
}

static enum verdict read_text(const struct option *option, const config_setting_t *setting,
			      struct value *value)
{
	const char *text;

	if (config_setting_type(setting) != CONFIG_TYPE_STRING)
		return VERDICT_TYPE;
	text = config_setting_get_string(setting);
	if (strlen(text) > longest(option))
		return VERDICT_LONG;
	if ((double)strlen(text) < option->min)
		return VERDICT_SHORT;
	if (has_control(text))
		return VERDICT_BYTES;
	return keep_text(text, value);
}

static bool is_choice(const char *choices, const char *text)
{
	size_t len = strlen(text);

	for (;;) {
		size_t n = strcspn(choices, "|");

		if (n == len && memcmp(choices, text, n) == 0)
			return true;
		if (choices[n] == '\0')
			return false;
		choices += n + 1;
	}
}

static enum verdict read_choice(const struct option *option, const config_setting_t *setting,
				struct value *value)
{
	if (config_setting_type(setting) != CONFIG_TYPE_STRING)
		return VERDICT_TYPE;
	if (!is_choice(option->choices, config_setting_get_string(setting)))
		return VERDICT_CHOICE;
	return keep_text(config_setting_get_string(setting), value);
}

/* --- as it stands in a file */

static void print_bool(const struct value *value, struct note *note)
{
	note_printf(note, "%s", value->boolean ? "true" : "false");
}

/* L: see file_check(). */
static void print_int(const struct value *value, struct note *note)
{
	bool is_long = value->integer > INT32_MAX / 10 || value->integer < INT32_MIN / 10;

	note_printf(note, "%" PRId64 "%s", value->integer, is_long ? "L" : "");
}

/* Fifteen digits give back what people write. libconfig knows an exponent only after a point. */
static void note_real(struct note *note, double real)
{
	struct note plain = { .len = 0 };
	size_t mantissa;

	note_printf(&plain, "%.15g", real);
	mantissa = strcspn(plain.text, "e");
	note_printf(note, "%.*s%s%s", (int)mantissa, plain.text,
		    strcspn(plain.text, ".") == plain.len ? ".0" : "", plain.text + mantissa);
}

static void print_real(const struct value *value, struct note *note)
{
	note_real(note, value->real);
}

static void print_span(const struct value *value, struct note *note)
{
	note_printf(note, "\"");
	note_span(note, value->integer);
	note_printf(note, "\"");
}

static void print_text(const struct value *value, struct note *note)
{
	note_quoted(note, value->text);
}

/* --- what is allowed, for people */

static void range_bool(const struct option *option UNUSED, struct note *note)
{
	note_printf(note, "true or false");
}

static void range_number(const struct option *option, struct note *note)
{
	note_printf(note, "%.15g to %.15g", option->min, option->max);
	if (option->unit)
		note_printf(note, " %s", option->unit);
}

static void range_span(const struct option *option, struct note *note)
{
	note_span(note, (int64_t)rint(option->min * (double)USEC_PER_SEC));
	note_printf(note, " to ");
	note_span(note, (int64_t)rint(option->max * (double)USEC_PER_SEC));
}

static void range_text(const struct option *option, struct note *note)
{
	if (option->min > 0)
		note_printf(note, "%.0f to %zu bytes", option->min, longest(option));
	else
		note_printf(note, "at most %zu bytes", longest(option));
}

static void range_choice(const struct option *option, struct note *note)
{
	const char *choices = option->choices;

	note_printf(note, "one of ");
	for (;;) {
		size_t n = strcspn(choices, "|");

		note_printf(note, "\"%.*s\"", (int)n, choices);
		if (choices[n] == '\0')
			return;
		note_printf(note, ", ");
		choices += n + 1;
	}
}

static const struct type_info {
	const char *want; /* the right type, in a complaint */
	enum verdict (*read)(const struct option *option, const config_setting_t *setting,
			     struct value *value);
	void (*print)(const struct value *value, struct note *note);
	void (*range)(const struct option *option, struct note *note);
} types[] = {
	[OPTION_BOOL] = { "a switch, without quotes", read_bool, print_bool, range_bool },
	[OPTION_INT] = { "a whole decimal number, without quotes", read_int, print_int,
			 range_number },
	[OPTION_REAL] = { "a number, without quotes", read_real, print_real, range_number },
	[OPTION_SPAN] = { "a time, seconds or as \"250 ms\", \"5 s\", \"10 min\", \"6 h\", "
			  "\"2 d\"",
			  read_span, print_span, range_span },
	[OPTION_TEXT] = { "a text in double quotes", read_text, print_text, range_text },
	[OPTION_CHOICE] = { "a word in double quotes", read_choice, print_text, range_choice },
};

enum verdict value_read(const struct option *option, const config_setting_t *setting,
			struct value *value)
{
	return types[option->type].read(option, setting, value);
}

enum verdict value_read_fallback(const struct option *option, struct value *value)
{
	bool is_bare = option->type >= OPTION_SPAN && option->fallback[0] != '"';
	SCOPED(config_destroy) config_t parsed;
	struct note line = { .len = 0 };

	note_printf(&line, "value = ");
	if (is_bare)
		note_quoted(&line, option->fallback);
	else
		note_printf(&line, "%s", option->fallback);
	config_init(&parsed);
	if (!config_read_string(&parsed, line.text))
		return VERDICT_TYPE;
	return value_read(option, config_setting_get_elem(config_root_setting(&parsed), 0), value);
}

void value_print(const struct option *option, const struct value *value, struct note *note)
{
	types[option->type].print(value, note);
}

void range_print(const struct option *option, struct note *note)
{
	types[option->type].range(option, note);
}

static void note_shown(struct note *note, const char *text)
{
	char shown[SHOWN_MAX + sizeof("…")];
	size_t n = strlen(text);

	if (n <= SHOWN_MAX) {
		note_quoted(note, text);
		return;
	}
	for (n = SHOWN_MAX; n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80; n--)
		continue; /* not into the middle of a UTF-8 character */
	(void)snprintf(shown, sizeof(shown), "%.*s…", (int)n, text);
	note_quoted(note, shown);
}

static void note_setting(struct note *note, const config_setting_t *setting)
{
	switch (config_setting_type(setting)) { /* libconfig's macros, no enum */
	case CONFIG_TYPE_BOOL:
		note_printf(note, "%s", config_setting_get_bool(setting) ? "true" : "false");
		break;
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		note_printf(note, "%" PRId64, whole_of(setting));
		break;
	case CONFIG_TYPE_FLOAT:
		note_printf(note, "%.15g", config_setting_get_float(setting));
		break;
	case CONFIG_TYPE_STRING:
		note_shown(note, config_setting_get_string(setting));
		break;
	case CONFIG_TYPE_GROUP:
		note_printf(note, "{ … }");
		break;
	case CONFIG_TYPE_ARRAY:
		note_printf(note, "[ … ]");
		break;
	default:
		note_printf(note, "( … )");
		break;
	}
}

void verdict_print(enum verdict verdict, const struct option *option,
		   const config_setting_t *setting, struct note *note)
{
	static const char *const words[] = {
		[VERDICT_GOOD] = "is right",
		[VERDICT_TYPE] = "is not",
		[VERDICT_RANGE] = "is out of range",
		[VERDICT_SPAN] = "is not",
		[VERDICT_CHOICE] = "is not known",
		[VERDICT_LONG] = "is too long",
		[VERDICT_SHORT] = "is too short",
		[VERDICT_BYTES] = "has a control character in it",
		[VERDICT_MEMORY] = "does not fit into memory",
	};

	note_printf(note, "= ");
	note_setting(note, setting);
	note_printf(note, " %s", words[verdict]);
	if (verdict == VERDICT_TYPE || verdict == VERDICT_SPAN)
		note_printf(note, " %s", types[option->type].want);
	note_printf(note, ": ");
	range_print(option, note);
}
