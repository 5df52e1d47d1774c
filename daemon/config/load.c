/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files to settings. Every complaint of every file is made in one go, so that an admin repairs a
 * file once; a complaint leaves the value as it was and goes on.
 */
#include "config/load.h"

#include <stdio.h>

#define WORDS_MAX 128 /* candidates for "did you mean" */

struct loading {
	struct config *config;
	config_complain_fn *complain;
	void *user;
	const char *file;      /* borrowed from config->files */
	const char *list_file; /* the same: where the list stands, NULL: none yet */
	unsigned list_line;
	unsigned complaints;
	int error; /* first -errno that is not a complaint about contents */
};

static void complain(struct loading *l, const char *file, unsigned line, const char *text)
{
	if (l->complaints < CONFIG_COMPLAINTS_MAX)
		l->complain(l->user, file, line, text);
	else if (l->complaints == CONFIG_COMPLAINTS_MAX)
		l->complain(l->user, file, line, "more is wrong: the rest is not listed");
	l->complaints++;
}

static void complain_here(struct loading *l, const config_setting_t *at, const struct note *note)
{
	complain(l, l->file, (unsigned)config_setting_source_line(at), note->text);
}

static void fail(struct loading *l, const char *file, int error, const char *doing)
{
	struct note note = { .len = 0 };

	note_printf(&note, "%s: %s", doing, strerror(-error));
	complain(l, file, 0, note.text);
	if (l->error == 0)
		l->error = error;
}

static void fail_memory(struct loading *l)
{
	l->error = -ENOMEM;
}

/* --- names nobody knows, and what they might have been */

static void keys_of(const struct row_set *set, const char *group, const char **ret_words)
{
	size_t n = 0;

	for (size_t i = 0; i < set->count && n < WORDS_MAX - 1; i++) {
		if (strcmp(set->rows[i]->group, group) == 0)
			ret_words[n++] = set->rows[i]->key;
	}
	ret_words[n] = NULL;
}

static void groups_of(const struct config *config, const char **ret_words)
{
	const struct row_set *set = &config->general;
	size_t n = 0;

	for (size_t i = 0; i < set->count && n < WORDS_MAX - 2; i++) {
		if (i == 0 || strcmp(set->rows[i]->group, set->rows[i - 1]->group) != 0)
			ret_words[n++] = set->rows[i]->group;
	}
	ret_words[n++] = config->form->list;
	ret_words[n] = NULL;
}

static const struct option *row_of_key(const struct row_set *set, const char *key)
{
	for (size_t i = 0; i < set->count; i++) {
		if (strcmp(set->rows[i]->key, key) == 0)
			return set->rows[i];
	}
	return NULL;
}

static void note_words(struct note *note, const char *intro, const char *const *words)
{
	for (; *words; words++) {
		note_printf(note, "%s%s", intro, *words);
		intro = ", ";
	}
}

static void note_meant(struct note *note, const char *name, const char *const *words,
		       const struct option *elsewhere)
{
	const char *meant = nearest(name, words);

	if (meant) {
		note_printf(note, "; did you mean %s?", meant);
		return;
	}
	if (elsewhere) {
		note_printf(note, "; did you mean %s: { %s = …; };?", elsewhere->group,
			    elsewhere->key);
		return;
	}
	note_words(note, ": there are ", words);
}

static void complain_key(struct loading *l, const struct row_set *set, const char *group,
			 const config_setting_t *setting)
{
	const char *name = config_setting_name(setting), *words[WORDS_MAX];
	struct note note = { .len = 0 };

	keys_of(set, group, words);
	note_printf(&note, "%s.%.60s is not an option", group, name);
	note_meant(&note, name, words, row_of_key(&l->config->general, name));
	complain_here(l, setting, &note);
}

/* There are two programs, each with a file and a folder. NULL: not known in the other one. */
static const char *other_home(const struct config_form *form, const char *name)
{
	static const char *const of_reader[] = { "inputs", "reader", NULL };
	static const char *const of_daemon[] = { "targets", "winevt", "daemon", "judge",
						 "queue",   "store",  NULL };
	const bool is_reader = strcmp(form->list, of_reader[0]) == 0;
	const char *const *words = is_reader ? of_daemon : of_reader;

	while (*words && strcmp(*words, name) != 0)
		words++;
	if (!*words)
		return NULL;
	return is_reader ? "bmchealthd.conf or conf.d" : "winevt.conf or winevt.conf.d";
}

static void complain_group(struct loading *l, const config_setting_t *setting)
{
	const char *name = config_setting_name(setting), *words[WORDS_MAX];
	const char *home = other_home(l->config->form, name);
	struct note note = { .len = 0 };

	groups_of(l->config, words);
	note_printf(&note, "%.60s is not a group", name);
	if (home)
		note_printf(&note, " of this file: it belongs in %s", home);
	else
		note_meant(&note, name, words, row_of_key(&l->config->general, name));
	complain_here(l, setting, &note);
}

/* --- groups */

/* `label`: what a complaint calls the group. */
static void load_setting(struct loading *l, const struct option *row, const char *label,
			 const config_setting_t *setting, struct value *value)
{
	enum verdict verdict = value_read(row, setting, value);
	struct note note = { .len = 0 };

	if (verdict == VERDICT_MEMORY) {
		fail_memory(l);
		return;
	}
	if (verdict == VERDICT_GOOD) {
		value->file = l->file;
		value->line = (unsigned)config_setting_source_line(setting);
		return;
	}
	note_printf(&note, "%s.%s ", label, row->key);
	verdict_print(verdict, row, setting, &note);
	complain_here(l, setting, &note);
}

static void load_members(struct loading *l, const struct row_set *set, const char *group,
			 const config_setting_t *settings, struct value *values)
{
	int n = config_setting_length(settings);

	for (int i = 0; i < n; i++) {
		const config_setting_t *setting = config_setting_get_elem(settings, (unsigned)i);
		size_t row = row_find(set, group, config_setting_name(setting));

		if (row == NO_ROW)
			complain_key(l, set, group, setting);
		else
			load_setting(l, set->rows[row], group, setting, &values[row]);
	}
}

static void load_group(struct loading *l, const config_setting_t *setting)
{
	const char *name = config_setting_name(setting);
	struct note note = { .len = 0 };

	if (!row_has_group(&l->config->general, name)) {
		complain_group(l, setting);
		return;
	}
	if (!config_setting_is_group(setting)) {
		note_printf(&note, "%s is a group: write %s: { key = value; };", name, name);
		complain_here(l, setting, &note);
		return;
	}
	load_members(l, &l->config->general, name, setting, l->config->values);
}

/* --- targets */

/* What is wrong with the list as such; empty: nothing. */
static struct note target_list_flaw(const struct config_form *form, const config_setting_t *list)
{
	struct note flaw = { .len = 0 };
	int n;

	if (!config_setting_is_list(list)) {
		note_printf(&flaw, "%s is a list of groups: write %s = ( { %s } );", form->list,
			    form->list, form->example);
		return flaw;
	}
	n = config_setting_length(list);
	if (n == 0 && !form->may_be_empty) {
		note_printf(&flaw,
			    "%s is empty: nothing would be watched; leave it out for "
			    "this machine's own BMC",
			    form->list);
	}
	if ((size_t)n > form->max)
		note_printf(&flaw, "%s has %d elements: at most %zu", form->list, n, form->max);
	return flaw;
}

static bool is_target_name(const char *name)
{
	return name[0] != '\0' && name[0] != '.' &&
	       name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				 "0123456789._:-")] == '\0';
}

static void check_name(struct loading *l, const config_setting_t *setting,
		       const struct value *values)
{
	size_t row = row_find(&l->config->target, l->config->form->element, "name");
	struct note note = { .len = 0 };

	if (row == NO_ROW || is_target_name(values[row].text))
		return;
	note_printf(&note, "%s.name = ", l->config->form->element);
	note_quoted(&note, values[row].text);
	note_printf(&note, " is no name: letters, digits and . _ : - with no . in front");
	complain_here(l, setting, &note);
}

/* Names tell targets apart in every message, so no two may share one. */
static void check_twins(struct loading *l, const config_setting_t *list, const struct value *values)
{
	const struct row_set *set = &l->config->target;
	size_t row = row_find(set, l->config->form->element, "name");
	size_t n = (size_t)config_setting_length(list);

	for (size_t i = 1; row != NO_ROW && i < n; i++) {
		const struct value *name = &values[i * set->count + row];
		struct note note = { .len = 0 };
		size_t twin = 0;

		while (twin < i && strcmp(values[twin * set->count + row].text, name->text) != 0)
			twin++;
		if (twin == i)
			continue;
		note_printf(&note, "%s %zu and %zu are both called ", l->config->form->list,
			    twin + 1, i + 1);
		note_quoted(&note, name->text);
		note_printf(&note, "%s: each needs a name of its own",
			    name->line == 0 ? " (the default)" : "");
		complain_here(l, config_setting_get_elem(list, (unsigned)i), &note);
	}
}

static void load_target(struct loading *l, const config_setting_t *setting, struct value *values)
{
	struct note note = { .len = 0 };

	if (!config_setting_is_group(setting)) {
		note_printf(&note, "%s %d is not a group: write { %s }", l->config->form->element,
			    config_setting_index(setting) + 1, l->config->form->example);
		complain_here(l, setting, &note);
		return;
	}
	load_members(l, &l->config->target, l->config->form->element, setting, values);
	check_name(l, setting, values);
}

/* Often meant, and else not noticed: it is no complaint. */
static void note_list(struct loading *l, const config_setting_t *list)
{
	const unsigned line = (unsigned)config_setting_source_line(list);
	char place[CONFIG_PLACE_MAX];
	struct note note = { .len = 0 };

	if (l->list_file) {
		note_printf(&note, CONFIG_NOTICE "%s replaces the list of %s",
			    l->config->form->list, config_place(l->list_file, l->list_line, place));
		l->complain(l->user, l->file, line, note.text);
	}
	l->list_file = l->file;
	l->list_line = line;
}

static void load_targets(struct loading *l, const config_setting_t *list)
{
	const struct note flaw = target_list_flaw(l->config->form, list);
	struct config *config = l->config;
	unsigned complaints = l->complaints;
	struct value *values;
	size_t n;

	if (flaw.len > 0) {
		complain_here(l, list, &flaw);
		return;
	}
	n = (size_t)config_setting_length(list);
	values = target_values_new(&config->target, n);
	if (!values) {
		fail_memory(l);
		return;
	}
	for (size_t i = 0; i < n; i++)
		load_target(l, config_setting_get_elem(list, (unsigned)i),
			    &values[i * config->target.count]);
	if (complaints == l->complaints)
		check_twins(l, list, values);
	target_values_free(config->target_values, &config->target, config->target_count);
	config->target_values = values;
	config->target_count = n;
	note_list(l, list);
}

/* --- files */

static void load_root(struct loading *l, const config_setting_t *root)
{
	int n = config_setting_length(root);

	for (int i = 0; i < n; i++) {
		const config_setting_t *setting = config_setting_get_elem(root, (unsigned)i);

		if (strcmp(config_setting_name(setting), l->config->form->list) == 0)
			load_targets(l, setting);
		else
			load_group(l, setting);
	}
}

/* Is that word in that line? */
static bool is_in_line(const char *text, unsigned line, const char *word)
{
	const char *at;

	while (line-- > 1) {
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	at = strstr(text, word);
	return at && at < text + strcspn(text, "\n");
}

static void complain_syntax(struct loading *l, const char *text, const config_t *parsed)
{
	const char *why = config_error_text(parsed), *list = l->config->form->list;
	const unsigned line = (unsigned)config_error_line(parsed);
	struct note note = { .len = 0 };

	note_printf(&note, "%s, in this line or just before it", why);
	if (strstr(why, "duplicate") && is_in_line(text, line, list))
		note_printf(&note, ": put all into one list: %s = ( { … }, { … } );", list);
	complain(l, l->file, line, note.text);
}

static void load_text(struct loading *l, const char *text)
{
	SCOPED(config_destroy) config_t parsed;
	struct note note = { .len = 0 };
	const char *why;
	unsigned line;
	int r;

	config_init(&parsed);
	r = file_check(text, &line, &why);
	if (r < 0) {
		note_printf(&note, "%s", why);
		if (r == -ENOTSUP)
			note_printf(&note, ": put the file into %s", l->config->form->fragments);
		complain(l, l->file, line, note.text);
		return;
	}
	if (!config_read_string(&parsed, text)) {
		complain_syntax(l, text, &parsed);
		return;
	}
	load_root(l, config_root_setting(&parsed));
}

static void load_file(struct loading *l, const char *path, bool may_be_missing)
{
	static const char bom[] = "\xef\xbb\xbf"; /* as editors of Windows write it */
	SCOPED(free_ptr) char *text = NULL;
	int r;

	l->file = path;
	r = file_read(path, &text);
	if (r == -ENOENT && may_be_missing)
		return;
	if (r == -EFBIG)
		fail(l, path, r, "more than 1 MiB is not read");
	else if (r == -EBADMSG)
		complain(l, path, 0, "has a NUL byte in it: this is not a text file");
	else if (r < 0)
		fail(l, path, r, "cannot be read");
	else
		load_text(l, strncmp(text, bom, strlen(bom)) == 0 ? text + strlen(bom) : text);
}

static void load_all(struct loading *l, const char *main_file, bool may_be_missing)
{
	struct file_list *files = &l->config->files;
	const char *fragments = l->config->form->fragments;
	struct note note = { .len = 0 };
	int r = file_list_fill(files, main_file, fragments);

	if (r == -ENOMEM)
		fail_memory(l);
	else if (r == -E2BIG)
		note_printf(&note, "has more than 256 files in %s beside it", fragments);
	else if (r < 0)
		note_printf(&note, "%s beside it cannot be read", fragments);
	if (r == -E2BIG)
		complain(l, main_file, 0, note.text);
	else if (note.len > 0)
		fail(l, main_file, r, note.text);
	for (size_t i = 0; i < files->count && l->error != -ENOMEM; i++)
		load_file(l, files->paths[i], may_be_missing && i == 0);
}

int config_load_form(const struct config_files *files, const struct option *const tables[],
		     config_complain_fn *complain_fn, void *user, struct config **ret_config)
{
	SCOPED(settings_free) struct config *config = settings_new(files->form, tables);
	SCOPED(free_ptr) char *usual = NULL;
	struct loading l = { .config = config, .complain = complain_fn, .user = user };

	if (!config)
		return -ENOMEM;
	if (!files->path &&
	    asprintf(&usual, "%s%s", files->root ? files->root : "", files->form->path) < 0) {
		usual = NULL; /* undefined after a failure */
		return -ENOMEM;
	}
	load_all(&l, files->path ? files->path : usual, !files->path);
	if (l.error != 0)
		return l.error;
	if (l.complaints > 0)
		return -EINVAL;
	*ret_config = TAKE(config);
	return 0;
}

int config_load(const char *root, const char *path, const struct option *const tables[],
		config_complain_fn *complain_fn, void *user, struct config **ret_config)
{
	const struct config_files files = { &config_daemon, root, path };

	return config_load_form(&files, tables, complain_fn, user, ret_config);
}
