/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthctl findings: open ones first, then what is over, newest first; a line each.
 */
#include <stdio.h>

#include "cli/client.h"
#include "cli/host.h"

#define NAME_LEAST 12
#define NAME_MOST  63

/* Of the column of names. */
static int name_width(const json_t *list)
{
	size_t width = NAME_LEAST;
	const json_t *finding;
	size_t i;

	json_array_foreach (list, i, finding) {
		const size_t length = strlen(client_text(finding, "target"));

		width = length > width ? length : width;
	}
	return width < NAME_MOST ? (int)width : NAME_MOST;
}

static void print_line(const json_t *finding, int width)
{
	const char *closed = client_text(finding, "closed");

	printf("%-20.20s  %-20.20s  %-9.9s %-*.*s %-18.40s ", client_text(finding, "since"),
	       *closed ? closed : "open", client_text(finding, "severity"), width, width,
	       client_text(finding, "target"), client_text(finding, "kind"));
	client_print(client_text(finding, "evidence"));
	printf("\n");
}

static void print_table(const json_t *list)
{
	const int width = name_width(list);
	const json_t *finding;
	size_t i;

	printf("%-20s  %-20s  %-9s %-*s %-18s %s\n", "SINCE", "UNTIL", "SEVERITY", width, "TARGET",
	       "FINDING", "EVIDENCE");
	json_array_foreach (list, i, finding)
		print_line(finding, width);
}

/* The status document has some of the Windows hosts only. */
static json_t *collect(const struct command_env *env, const json_t *document)
{
	const bool has_hosts = host_are_heard(document);
	json_t *all = json_array();
	const json_t *target;
	size_t i;

	json_array_foreach (json_object_get(document, "targets"), i, target) {
		if (!has_hosts || !host_is_one(target))
			(void)json_array_extend(all, json_object_get(target, "findings"));
	}
	if (has_hosts)
		host_findings(env->run_dir, all);
	(void)json_array_extend(all, json_object_get(document, "closed"));
	return all;
}

static int findings_run(const struct command_env *env, int argc UNUSED, char **argv UNUSED)
{
	SCOPED(json_unref) json_t *document = NULL;
	SCOPED(json_unref) json_t *all = NULL;

	if (client_fetch(env->run_dir, &document) < 0)
		return CODE_UNKNOWN;
	all = collect(env, document);
	if (env->wants_json) {
		client_print_json(all);
		return CODE_OK;
	}
	if (json_array_size(all) == 0) {
		printf("no finding, open or past\n");
		return CODE_OK;
	}
	print_table(all);
	return CODE_OK;
}

const struct command command_findings = {
	.name = "findings",
	.arguments = "",
	.summary = "open findings, then the last 50 that are over",
	.help = "Exit status: 0, or 3 if no daemon answers.\n",
	.run = findings_run,
};
