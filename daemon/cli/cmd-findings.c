/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthctl findings: open ones first, then what is over, newest first; a line each.
 */
#include <stdio.h>

#include "base/clock.h"
#include "cli/client.h"
#include "cli/host.h"

static void print_line(const json_t *document, const json_t *finding)
{
	const char *closed = client_text(finding, "closed");
	char age[CLOCK_TEXT_MAX];

	client_age(document, client_text(finding, "since"), age);
	printf("%-20.20s  %-20.20s  %-9.9s %-12.40s %-18.40s ", client_text(finding, "since"),
	       *closed ? closed : "open", client_text(finding, "severity"),
	       client_text(finding, "target"), client_text(finding, "kind"));
	client_print(client_text(finding, "evidence"));
	printf("\n");
}

static size_t print_list(const json_t *document, const json_t *list)
{
	const json_t *finding;
	size_t i;

	json_array_foreach (list, i, finding)
		print_line(document, finding);
	return json_array_size(list);
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
	printf("%-20s  %-20s  %-9s %-12s %-18s %s\n", "SINCE", "UNTIL", "SEVERITY", "TARGET",
	       "FINDING", "EVIDENCE");
	(void)print_list(document, all);
	return CODE_OK;
}

const struct command command_findings = {
	.name = "findings",
	.arguments = "",
	.summary = "open findings, then the last 50 that are over",
	.help = "Exit status: 0, or 3 if no daemon answers.\n",
	.run = findings_run,
};
