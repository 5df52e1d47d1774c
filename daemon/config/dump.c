/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings and rows as text: the effective settings, the sample file, the manual's tables. All
 * three from the same rows, so none of them can be out of date.
 */
#include <ctype.h>
#include <stdio.h>

#include "config/load.h"

#define SAMPLE_WIDTH 84 /* and a tab */
#define MAN_WIDTH    78

static bool is_first_of_group(const struct row_set *set, size_t row)
{
	for (size_t i = 0; i < row; i++) {
		if (strcmp(set->rows[i]->group, set->rows[row]->group) == 0)
			return false;
	}
	return true;
}

/* The rows of a group may be spread over several tables: calls `print` for each. */
typedef void row_fn(FILE *to, const struct option *row, const struct value *value);

static void each_of_group(FILE *to, const struct row_set *set, const struct value *values,
			  const char *group, row_fn *print)
{
	for (size_t i = 0; i < set->count; i++) {
		if (strcmp(set->rows[i]->group, group) == 0)
			print(to, set->rows[i], &values[i]);
	}
}

/* --- the effective settings */

static void dump_where(FILE *to, const struct value *value)
{
	if (!value->file) {
		(void)fprintf(to, " # default\n");
		return;
	}
	(void)fprintf(to, " # ");
	for (const char *at = value->file; *at; at++) /* a newline would end the comment */
		(void)fputc(iscntrl((unsigned char)*at) ? '?' : *at, to);
	(void)fprintf(to, ":%u\n", value->line);
}

static void dump_row(FILE *to, const struct option *row, const struct value *value)
{
	struct note note = { .len = 0 };

	value_print(row, value, &note);
	(void)fprintf(to, "\t%s = %s;", row->key, note.text);
	dump_where(to, value);
}

static void dump_targets(const struct config *config, FILE *to)
{
	(void)fprintf(to, "\n%s = ( ", config->form->list);
	for (size_t i = 0; i < config->target_count; i++) {
		(void)fprintf(to, "%s{\n", i == 0 ? "" : "}, ");
		each_of_group(to, &config->target, &config->target_values[i * config->target.count],
			      config->form->element, dump_row);
	}
	(void)fprintf(to, "%s);\n", config->target_count > 0 ? "} " : "");
}

void config_dump(const struct config *config, FILE *to)
{
	const struct row_set *set = &config->general;

	(void)fprintf(to, "# The effective settings, and where each comes from.\n");
	for (size_t i = 0; i < set->count; i++) {
		if (!is_first_of_group(set, i))
			continue;
		(void)fprintf(to, "\n%s: {\n", set->rows[i]->group);
		each_of_group(to, set, config->values, set->rows[i]->group, dump_row);
		(void)fprintf(to, "};\n");
	}
	if (config->target.count > 0)
		dump_targets(config, to);
}

/* --- words into lines */

struct lines {
	FILE *to;
	const char *prefix;
	size_t width;
	bool is_man;	/* a new sentence on a new line; signs that roff reads are escaped */
	size_t column;	/* 0: nothing on this line yet */
	bool has_ended; /* the last word ended a sentence */
};

static void put_roff(FILE *to, const char *word, size_t len, bool is_first)
{
	if (is_first && (word[0] == '.' || word[0] == '\''))
		(void)fprintf(to, "\\&");
	for (size_t i = 0; i < len; i++) {
		if (word[i] == '\\')
			(void)fprintf(to, "\\e");
		else
			(void)fputc(word[i], to);
	}
}

static void put_word(struct lines *lines, const char *word, size_t len)
{
	bool is_sentence = lines->is_man && lines->has_ended && isupper((unsigned char)word[0]);

	if (lines->column > 0 && (is_sentence || lines->column + 1 + len > lines->width)) {
		(void)fputc('\n', lines->to);
		lines->column = 0;
	}
	if (lines->column == 0) {
		(void)fprintf(lines->to, "%s", lines->prefix);
		lines->column = strlen(lines->prefix);
	} else {
		(void)fputc(' ', lines->to);
		lines->column++;
	}
	if (lines->is_man)
		put_roff(lines->to, word, len, lines->column == strlen(lines->prefix));
	else
		(void)fwrite(word, 1, len, lines->to);
	lines->column += len;
	lines->has_ended = len > 1 && (word[len - 1] == '.' || word[len - 1] == '?');
}

static void put_text(struct lines *lines, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, " ");

		if (len > 0)
			put_word(lines, text, len);
		text += len;
		text += strspn(text, " ");
	}
}

static void end_lines(struct lines *lines)
{
	if (lines->column > 0)
		(void)fputc('\n', lines->to);
	lines->column = 0;
	lines->has_ended = false;
}

static const char *group_doc(const struct config_form *form, const char *group)
{
	for (const struct option_group *row = form->groups; row->name; row++) {
		if (strcmp(row->name, group) == 0)
			return row->doc;
	}
	return "A probe.";
}

/* "Range: 0.05 s to 60 s. Default: "5 s"." */
static void note_allowed(struct note *note, const struct option *row, const struct value *value)
{
	static const char *const intros[] = {
		[OPTION_BOOL] = "Switch", [OPTION_INT] = "Range", [OPTION_REAL] = "Range",
		[OPTION_SPAN] = "Range",  [OPTION_TEXT] = "Text", [OPTION_CHOICE] = "Word",
	};

	note_printf(note, "%s: ", intros[row->type]);
	range_print(row, note);
	note_printf(note, ". Default: ");
	value_print(row, value, note);
	note_printf(note, ".");
}

/* --- the sample file: "# " starts words, "#  " a setting; remove the sign from all of those, and
 * the file says the defaults. */

static void sample_words(FILE *to, const char *prefix, const char *text)
{
	struct lines lines = { .to = to, .prefix = prefix, .width = SAMPLE_WIDTH };

	put_text(&lines, text);
	end_lines(&lines);
}

static void sample_row(FILE *to, const struct option *row, const struct value *value)
{
	struct note allowed = { .len = 0 }, note = { .len = 0 };

	note_allowed(&allowed, row, value);
	value_print(row, value, &note);
	(void)fputc('\n', to);
	sample_words(to, "\t# ", row->doc);
	sample_words(to, "\t# ", allowed.text);
	(void)fprintf(to, "\t#  %s = %s;\n", row->key, note.text);
}

static void sample_group(FILE *to, const struct config *config, const char *group)
{
	(void)fputc('\n', to);
	sample_words(to, "# ", group_doc(config->form, group));
}

static void sample_list(FILE *to, const struct config *config)
{
	const struct row_set *set = &config->target;
	struct value *values = target_values_new(set, 1);

	if (!values)
		return;
	sample_group(to, config, config->form->element);
	(void)fprintf(to, "#  %s = ( {\n", config->form->list);
	each_of_group(to, set, values, config->form->element, sample_row);
	(void)fprintf(to, "#  } );\n");
	target_values_free(values, set, 1);
}

void config_sample(const struct config_form *form, const struct option *const tables[], FILE *to)
{
	SCOPED(settings_free) struct config *config = settings_new(form, tables);

	if (!config)
		return;
	(void)fprintf(to, "%s", form->sample_head);
	for (size_t i = 0; i < config->general.count; i++) {
		const char *group = config->general.rows[i]->group;

		if (!is_first_of_group(&config->general, i))
			continue;
		sample_group(to, config, group);
		(void)fprintf(to, "%s: {", group);
		each_of_group(to, &config->general, config->values, group, sample_row);
		(void)fprintf(to, "};\n");
	}
	if (config->target.count > 0)
		sample_list(to, config);
}

/* --- the manual's tables, mdoc(7) */

static void man_words(FILE *to, const char *text)
{
	struct lines lines = { .to = to, .prefix = "", .width = MAN_WIDTH, .is_man = true };

	put_text(&lines, text);
	end_lines(&lines);
}

static void man_row(FILE *to, const struct option *row, const struct value *value)
{
	struct note allowed = { .len = 0 };

	note_allowed(&allowed, row, value);
	(void)fprintf(to, ".It Ic %s\n", row->key);
	man_words(to, row->doc);
	(void)fprintf(to, ".br\n");
	man_words(to, allowed.text);
}

static void man_group(FILE *to, const struct config *config, const char *group)
{
	const bool is_list = strcmp(group, config->form->element) == 0;
	const struct row_set *set = is_list ? &config->target : &config->general;
	struct value *values = target_values_new(set, 1);

	if (!values)
		return;
	(void)fprintf(to, ".Ss %s\n", is_list ? config->form->list : group);
	man_words(to, group_doc(config->form, group));
	(void)fprintf(to, ".Bl -tag -width Ds\n");
	each_of_group(to, set, values, group, man_row);
	(void)fprintf(to, ".El\n");
	target_values_free(values, set, 1);
}

void config_man_table(const struct config_form *form, const struct option *const tables[], FILE *to)
{
	SCOPED(settings_free) struct config *config = settings_new(form, tables);

	if (!config)
		return;
	for (size_t i = 0; i < config->general.count; i++) {
		if (is_first_of_group(&config->general, i))
			man_group(to, config, config->general.rows[i]->group);
	}
	if (config->target.count > 0)
		man_group(to, config, config->form->element);
}
