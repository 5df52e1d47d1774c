/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Openers in words.
 */
#include "cli/opener.h"

#include <stdio.h>

#define NAMES_MAX 4

bool opener_is_open(const json_t *opener)
{
	return client_number(opener, "open_now") > 0;
}

bool opener_is_recent(const json_t *opener)
{
	const json_t *day = json_object_get(opener, "day");

	return client_number(day, "times") > 0 || client_number(day, "seconds") > 0;
}

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void opener_name(const json_t *opener, char *text, size_t max)
{
	const char *name = client_text(opener, "name");
	const char *executable = last_part(client_text(opener, "executable"));

	if (*name == '\0')
		name = "a process that was gone before it could be named";
	if (*executable == '\0' || strncmp(executable, name, strlen(name)) == 0)
		(void)snprintf(text, max, "%.64s", *executable ? executable : name);
	else
		(void)snprintf(text, max, "%.32s (%.64s)", name, executable);
}

static void add_name(const json_t *opener, size_t count, char *names, size_t max)
{
	const size_t len = strlen(names);
	char name[128];

	opener_name(opener, name, sizeof(name));
	if (count <= NAMES_MAX) {
		(void)snprintf(names + len, max - len, "%s%s",
			       count > 0 && count < NAMES_MAX ? ", " : "",
			       count < NAMES_MAX ? name : "...");
	}
}

void opener_sum(const json_t *document, const char *target, char *text, size_t max)
{
	const json_t *openers = json_object_get(document, "openers"), *opener;
	const char *helper = client_text(openers, "helper");
	char list[NAMES_MAX * 128] = "", names[NAMES_MAX * 128 + 64];
	size_t i, open = 0, before = 0;

	text[0] = '\0';
	if (strcmp(helper, "hears") != 0 && strcmp(helper, "looks") != 0)
		return;
	json_array_foreach (json_object_get(openers, "list"), i, opener) {
		if (strcmp(client_text(opener, "target"), target) != 0)
			continue;
		if (opener_is_open(opener))
			add_name(opener, open++, list, sizeof(list));
		else if (opener_is_recent(opener))
			before++;
	}
	if (open == 0 && before == 0) {
		(void)snprintf(text, max, "nobody else had it open in the last day");
		return;
	}
	(void)snprintf(names, sizeof(names), "none has it open now");
	if (open > 0) {
		(void)snprintf(names, sizeof(names), "%zu %s it open now (%s)", open,
			       open == 1 ? "has" : "have", list);
	}
	(void)snprintf(text, max, "%s, %zu%s had in the last day: bmchealthctl who", names, before,
		       open > 0 ? " more" : "");
}
