/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All values of all rows: their life, and the questions the rest of the daemon asks.
 */
#include <assert.h>

#include "config/load.h"

static bool is_target_row(const struct config *config, const struct option *row)
{
	return strcmp(row->group, config->form->element) == 0;
}

static size_t count_rows(const struct option *const tables[])
{
	size_t n = 0;

	for (; *tables; tables++) {
		for (const struct option *row = *tables; row->key; row++)
			n++;
	}
	return n;
}

static struct row_set *set_of(struct config *config, const struct option *row)
{
	return is_target_row(config, row) ? &config->target : &config->general;
}

static bool fill_sets(struct config *config, const struct option *const tables[])
{
	size_t n = count_rows(tables);

	/* Both may get all rows: one more than needed, so that zero rows are no special case. */
	config->general.rows = calloc(n + 1, sizeof(const struct option *));
	config->target.rows = calloc(n + 1, sizeof(const struct option *));
	if (!config->general.rows || !config->target.rows)
		return false;
	for (; *tables; tables++) {
		for (const struct option *row = *tables; row->key; row++) {
			struct row_set *set = set_of(config, row);

			set->rows[set->count++] = row;
		}
	}
	return true;
}

static bool values_fill(struct value *values, const struct row_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		enum verdict verdict = value_read_fallback(set->rows[i], &values[i]);

		assert(verdict == VERDICT_GOOD || verdict == VERDICT_MEMORY);
		if (verdict != VERDICT_GOOD)
			return false;
	}
	return true;
}

void target_values_free(struct value *values, const struct row_set *set, size_t count)
{
	if (!values)
		return;
	for (size_t i = 0; i < count * set->count; i++)
		value_free(&values[i]);
	free(values);
}

struct value *target_values_new(const struct row_set *set, size_t count)
{
	struct value *values = calloc(count * set->count + 1, sizeof(*values));

	for (size_t i = 0; values && i < count; i++) {
		if (values_fill(&values[i * set->count], set))
			continue;
		target_values_free(values, set, count);
		return NULL;
	}
	return values;
}

void config_free(struct config *config)
{
	if (!config)
		return;
	target_values_free(config->target_values, &config->target, config->target_count);
	target_values_free(config->values, &config->general, 1);
	file_list_free(&config->files);
	free(config->target.rows);
	free(config->general.rows);
	free(config);
}

void settings_free(struct config *const *config)
{
	config_free(*config);
}

struct config *settings_new(const struct config_form *form, const struct option *const tables[])
{
	SCOPED(settings_free) struct config *config = calloc(1, sizeof(*config));

	if (!config)
		return NULL;
	config->form = form;
	if (!fill_sets(config, tables))
		return NULL;
	config->values = target_values_new(&config->general, 1);
	config->target_values = target_values_new(&config->target, form->may_be_empty ? 0 : 1);
	config->target_count = config->target_values && !form->may_be_empty ? 1 : 0;
	if (!config->values || !config->target_values)
		return NULL;
	return TAKE(config);
}

size_t row_find(const struct row_set *set, const char *group, const char *key)
{
	for (size_t i = 0; i < set->count; i++) {
		if (strcmp(set->rows[i]->group, group) == 0 && strcmp(set->rows[i]->key, key) == 0)
			return i;
	}
	return NO_ROW;
}

bool row_has_group(const struct row_set *set, const char *group)
{
	for (size_t i = 0; i < set->count; i++) {
		if (strcmp(set->rows[i]->group, group) == 0)
			return true;
	}
	return false;
}

/* --- the questions */

static const struct value *value_of(const struct config *config, const char *group, const char *key)
{
	size_t row = row_find(&config->general, group, key);

	assert(row != NO_ROW);
	return &config->values[row];
}

static const struct value *typed(const struct config *config, const char *group, const char *key,
				 enum option_type type)
{
	const struct value *value = value_of(config, group, key);

	assert(config->general.rows[value - config->values]->type == type);
	(void)type;
	return value;
}

bool config_bool(const struct config *config, const char *group, const char *key)
{
	return typed(config, group, key, OPTION_BOOL)->boolean;
}

int64_t config_int(const struct config *config, const char *group, const char *key)
{
	return typed(config, group, key, OPTION_INT)->integer;
}

double config_real(const struct config *config, const char *group, const char *key)
{
	return typed(config, group, key, OPTION_REAL)->real;
}

int64_t config_span_us(const struct config *config, const char *group, const char *key)
{
	return typed(config, group, key, OPTION_SPAN)->integer;
}

const char *config_text(const struct config *config, const char *group, const char *key)
{
	const struct value *value = value_of(config, group, key);

	assert(value->text); /* TEXT and CHOICE */
	return value->text;
}

size_t config_target_count(const struct config *config)
{
	return config->target_count;
}

struct value *target_value(const struct config *config, size_t target, const char *key)
{
	size_t row = row_find(&config->target, config->form->element, key);

	assert(row != NO_ROW && target < config->target_count);
	return &config->target_values[target * config->target.count + row];
}

const char *config_target_text(const struct config *config, size_t target, const char *key)
{
	const struct value *value = target_value(config, target, key);

	assert(value->text);
	return value->text;
}

static const struct value *target_typed(const struct config *config, size_t target, const char *key,
					enum option_type type)
{
	assert(config->target.rows[row_find(&config->target, config->form->element, key)]->type ==
	       type);
	(void)type;
	return target_value(config, target, key);
}

bool config_target_bool(const struct config *config, size_t target, const char *key)
{
	return target_typed(config, target, key, OPTION_BOOL)->boolean;
}

int64_t config_target_int(const struct config *config, size_t target, const char *key)
{
	return target_typed(config, target, key, OPTION_INT)->integer;
}

void config_where(const struct config *config, const char *group, const char *key,
		  const char **ret_file, unsigned *ret_line)
{
	const struct value *value = value_of(config, group, key);

	*ret_file = value->file;
	*ret_line = value->line;
}

void config_target_where(const struct config *config, size_t target, const char *key,
			 const char **ret_file, unsigned *ret_line)
{
	const struct value *value = target_value(config, target, key);

	*ret_file = value->file;
	*ret_line = value->line;
}
