/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options without the daemon: checked, dumped, as a sample file, as the manual's table.
 */
#include <stdio.h>

#include "engine/engine.h"
#include "engine/options.h"

struct complaints {
	unsigned count;
};

static void on_complaint(void *user, const char *file, unsigned line, const char *text)
{
	struct complaints *complaints = user;
	char where[CONFIG_PLACE_MAX];

	complaints->count++;
	(void)fprintf(stderr, "%s: %s\n", config_place(file, line, where), text);
}

/* Those that are watched. */
static size_t count_enabled(const struct config *config)
{
	size_t n = 0;

	for (size_t i = 0; i < config_target_count(config); i++)
		n += config_target_bool(config, i, "enabled");
	return n;
}

static void print_plan(const struct config *config)
{
	const size_t n = count_enabled(config);

	printf("configuration is fine: %zu target%s, %.1f of at most %g commands per minute each\n",
	       n, n == 1 ? "" : "s", n > 0 ? options_planned_per_minute(config) : 0.0,
	       config_real(config, "queue", "commands_per_minute"));
}

static int show_loaded(const struct engine_settings *settings, const struct option_tables *tables,
		       enum engine_show what)
{
	struct complaints complaints = { 0 };
	struct config *config;
	int r;

	r = options_load(tables, settings->root, settings->config_path, on_complaint, &complaints,
			 &config);
	if (r < 0)
		return r;
	if (what == SHOW_DUMP) {
		config_dump(config, stdout);
	} else {
		r = options_check_passwords(config, on_complaint, &complaints);
		if (r == 0)
			print_plan(config);
	}
	config_free(config);
	return r;
}

static void free_tables(struct option_tables **slot)
{
	option_tables_free(*slot);
}

int engine_show(const struct engine_settings *settings, enum engine_show what)
{
	SCOPED(free_tables) struct option_tables *tables = option_tables_new();

	if (!tables)
		return -ENOMEM;
	switch (what) {
	case SHOW_CHECK:
	case SHOW_DUMP:
		return show_loaded(settings, tables, what);
	case SHOW_SAMPLE:
		config_sample(&config_daemon, option_tables_list(tables), stdout);
		return 0;
	case SHOW_MAN:
		config_man_table(&config_daemon, option_tables_list(tables), stdout);
		return 0;
	}
	return -EINVAL;
}
