/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Windows hosts, as bmchealthctl status tells of them.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "cli/client.h"
#include "model/target.h"

static inline bool host_is_one(const json_t *target) /* an element of "targets" */
{
	return strcmp(client_text(target, "kind"), "windows") == 0;
}
/* Besides its findings. */
void host_print_numbers(const json_t *document, const json_t *host);
bool host_are_heard(const json_t *document); /* the status document: is anybody listened for? */
/* Findings of all of them are added to `list`. */
void host_findings(const char *run_dir, json_t *list);
/* How many there are, if any are listened for. */
void host_print_sum(const json_t *document);
/* One that the status document leaves out, from the document of all of them: prints it; its exit
 * code; -ENOENT: there is none of that name. */
int host_print_one(const char *run_dir, const char *name, bool wants_json);
/* The one host whose name begins with `name` and a dot; false: there is none, or several. */
bool host_guess(const char *run_dir, const char *name, char ret[TARGET_NAME_MAX]);
