/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthctl export: what the trend was fed with, as rows that `replay` reads again.
 */
#include <stdio.h>

#include "cli/command.h"
#include "cli/csv.h"
#include "cli/record.h"

static void print_sample(void *user, const struct trend_sample *sample)
{
	csv_print_row(user, sample);
}

static int write_all(struct record *record, const char *path)
{
	const bool is_file = strcmp(path, "-") != 0;
	SCOPED(csv_close) FILE *owned = is_file ? fopen(path, "we") : NULL;
	FILE *file = is_file ? owned : stdout;
	int r;

	if (!file)
		return neg_errno();
	csv_print_header(file);
	r = history_samples(record->history, record->target, record->since, print_sample, file);
	if (fflush(file) != 0 && r == 0)
		r = neg_errno();
	return r;
}

static int export_run(const struct command_env *env, int argc, char **argv)
{
	SCOPED(record_close) struct record record;
	const char *path = env->csv_path ? env->csv_path : "-";
	int code = record_open(env, argc > 0 ? argv[0] : NULL, &record);
	int error;

	if (code != CODE_OK)
		return code;
	error = write_all(&record, path);
	if (error == 0)
		return CODE_OK;
	(void)fprintf(stderr, "bmchealthctl: %s: %s\n", path, strerror(-error));
	return CODE_UNKNOWN;
}

const struct command command_export = {
	.name = "export",
	.arguments = "[TARGET]",
	.summary = "the history of the trend as rows, for somebody else",
	.help = "Reads the history, of which root is the owner, and writes to standard output or "
		"to\n"
		"--csv FILE the columns that `bmchealthctl help replay` explains. There are no\n"
		"names, addresses or readings in it. --since WHEN leaves out what is older. Exit\n"
		"status: 0, 3 no history, 64 which target?, 77 not permitted.\n",
	.max_arguments = 1,
	.run = export_run,
};
