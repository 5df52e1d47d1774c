/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthctl who: which programs have a controller's device open, had it in the last day, how
 * often and how long; what they are and what calms them. And who else could.
 */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "cli/client.h"
#include "cli/host.h"
#include "cli/opener.h"

#define ROW_MAX	  512
#define NODES_MAX 8

static void print_row(const char *label, const char *text)
{
	if (*text == '\0')
		return;
	printf("    %-9s ", label);
	client_print(text);
	printf("\n");
}

/* --- one of them --- */

static const char *user_name(double uid)
{
	const struct passwd *user =
		getpwuid((uid_t)uid); /* cppcheck-suppress getpwuidCalled; one thread only */

	return user ? user->pw_name : "";
}

/* "root, logged in as alice" */
static void user_text(const json_t *opener, char *text, size_t max)
{
	const double uid = client_number(opener, "uid");
	const double login = client_number(opener, "login_uid");
	const bool is_other = json_object_get(opener, "login_uid") && login != uid;
	const char *name = user_name(uid);

	text[0] = '\0';
	if (!json_object_get(opener, "uid"))
		return;
	if (*name != '\0') {
		(void)snprintf(text, max, "%.64s%s%.64s", name, is_other ? ", logged in as " : "",
			       is_other ? user_name(login) : "");
	} else {
		(void)snprintf(text, max, "%.0f", uid);
	}
}

/* "telegraf.service, container 0123456789ab, user root, pid 812, started by cron" */
static void where_text(const json_t *opener, char *text, size_t max)
{
	const struct {
		const char *lead, *key;
	} parts[] = { { "", "unit" }, { "container ", "container" }, { "started by ", "parent" } };
	char user[160];
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		const char *value = client_text(opener, parts[i].key);

		if (*value == '\0')
			continue;
		(void)snprintf(text + len, max - len, "%s%s%.127s", len > 0 ? ", " : "",
			       parts[i].lead, value);
		len = strlen(text);
	}
	user_text(opener, user, sizeof(user));
	if (*user != '\0') {
		(void)snprintf(text + len, max - len, "%suser %s", len > 0 ? ", " : "", user);
		len = strlen(text);
	}
	if (client_number(opener, "pid") > 0)
		(void)snprintf(text + len, max - len, "%spid %.0f", len > 0 ? ", " : "",
			       client_number(opener, "pid"));
}

static void span_text(const json_t *use, char *text)
{
	clock_format_span((int64_t)(client_number(use, "seconds") * USEC_PER_SEC), text);
}

/* "60 times in the last hour (2 min), 1440 in a day (48 min); last 12 s ago" */
static void print_use(const json_t *document, const json_t *opener)
{
	const json_t *hour = json_object_get(opener, "hour");
	const json_t *day = json_object_get(opener, "day");
	char of_hour[CLOCK_TEXT_MAX], of_day[CLOCK_TEXT_MAX], age[CLOCK_TEXT_MAX], row[ROW_MAX];

	span_text(hour, of_hour);
	span_text(day, of_day);
	client_age(document, client_text(opener, "last"), age);
	(void)snprintf(row, sizeof(row),
		       "%.0f time%s in the last hour (open for %s), %.0f in a day (%s)%s%s%s",
		       client_number(hour, "times"), client_number(hour, "times") == 1 ? "" : "s",
		       of_hour, client_number(day, "times"), of_day,
		       opener_is_open(opener) ? "" : "; the last ",
		       opener_is_open(opener) ? "" : age, opener_is_open(opener) ? "" : " ago");
	print_row("opened", row);
}

static void print_opener(const json_t *document, const json_t *opener)
{
	const double now = client_number(opener, "open_now");
	char name[ROW_MAX], row[ROW_MAX];

	opener_name(opener, name, sizeof(name));
	printf("  ");
	client_print(name);
	if (client_flag(opener, "is_kernel"))
		printf(" (kernel module)");
	else if (now > 1)
		printf(": open now, %.0f times", now);
	else if (now > 0)
		printf(": open now");
	printf("\n");
	where_text(opener, row, sizeof(row));
	print_row("who", row);
	if (!client_flag(opener, "is_kernel"))
		print_use(document, opener);
	if (strcmp(client_text(opener, "agent"), "unknown") == 0)
		return;
	print_row("what", client_text(opener, "what"));
	print_row("costs", client_text(opener, "cost"));
	print_row("to calm", client_text(opener, "calm"));
}

/* --- who could --- */

/* Group and others. Who may only read may send commands as well, for the driver does not ask
 * (tests/vm/scenarios/who.vm does so). */
static bool is_open_to_others(const char *path, char *text, size_t max)
{
	const struct group *group;
	struct stat st;

	if (stat(path, &st) < 0 || !S_ISCHR(st.st_mode) || (st.st_mode & 066) == 0)
		return false;
	group = getgrgid(st.st_gid); /* cppcheck-suppress getgrgidCalled; one thread only */
	(void)snprintf(text, max, "%s may use %s (mode %04o)",
		       (st.st_mode & 06) != 0 ? "every user"
		       : group		      ? group->gr_name
					      : "a group",
		       path, st.st_mode & 07777u);
	return true;
}

static json_t *access_list(const char *root)
{
	json_t *list = json_array();
	char path[ROW_MAX], text[2 * ROW_MAX];

	for (int i = 0; i < NODES_MAX; i++) {
		(void)snprintf(path, sizeof(path), "%s/dev/ipmi%d", root, i);
		if (is_open_to_others(path, text, sizeof(text)))
			(void)json_array_append_new(list, json_string(text));
	}
	return list;
}

static void print_access(const json_t *list)
{
	const json_t *text;
	size_t i;

	json_array_foreach (list, i, text) {
		printf("careful: ");
		client_print(json_string_value(text));
		printf(", that is power over the whole machine: ask which udev rule gives it\n");
	}
}

/* --- all --- */

static void print_helper(const json_t *openers)
{
	const char *helper = client_text(openers, "helper");

	if (strcmp(helper, "hears") == 0)
		return;
	if (strcmp(helper, "looks") == 0) {
		printf("Openings cannot be heard of (");
		client_print(client_text(openers, "why"));
		printf("): processes are looked through from time to time,\nand a program that is "
		       "quick may be missed.\n");
		return;
	}
	printf("Nobody looks: %s\n", strcmp(helper, "off") == 0
					     ? "openers.enabled is false in the configuration."
					     : "the helper is not there. Next: systemctl enable "
					       "--now bmchealthd-openers");
}

static void print_missing(const json_t *openers)
{
	if (json_is_false(json_object_get(openers, "is_full")) &&
	    json_array_size(json_object_get(openers, "list")) > 0)
		printf("Root sees more: their executables, processes, and who logged in.\n");
}

static size_t print_list(const json_t *document, const json_t *list, const char *target, bool open)
{
	const json_t *opener;
	size_t i, count = 0;

	json_array_foreach (list, i, opener) {
		if (strcmp(client_text(opener, "target"), target) != 0 ||
		    opener_is_open(opener) != open || !(open || opener_is_recent(opener)))
			continue;
		if (count++ == 0)
			printf("%s: %s\n", target, open ? "open now" : "in the last day");
		print_opener(document, opener);
	}
	return count;
}

static bool has_local(const json_t *document)
{
	const json_t *target;
	size_t i;

	json_array_foreach (json_object_get(document, "targets"), i, target) {
		if (client_is_local(target))
			return true;
	}
	return false;
}

static void print_of(const json_t *document, const json_t *list, const json_t *target)
{
	const char *name = client_text(target, "name");

	if (!client_is_local(target)) {
		printf("%s: asked over the network; who else asks it cannot be seen from here\n",
		       name);
		return;
	}
	if (print_list(document, list, name, true) + print_list(document, list, name, false) > 0)
		return;
	printf("%s: nobody but bmchealthd in the last day, as far as is known\n", name);
}

static void print_who(const json_t *document, const json_t *openers)
{
	const json_t *list = json_object_get(openers, "list"), *target;
	size_t i;

	json_array_foreach (json_object_get(document, "targets"), i, target) {
		if (!host_is_one(target)) /* whom nobody asks */
			print_of(document, list, target);
	}
}

static int who_run(const struct command_env *env, int argc UNUSED, char **argv UNUSED)
{
	SCOPED(json_unref) json_t *document = NULL;
	SCOPED(json_unref) json_t *access = NULL;
	json_t *openers;
	const char *helper;

	if (client_fetch(env->run_dir, &document) < 0)
		return CODE_UNKNOWN;
	openers = json_object_get(document, "openers");
	access = access_list(env->root);
	helper = client_text(openers, "helper");
	if (env->wants_json) {
		if (openers)
			(void)json_object_set(openers, "access", access);
		client_print_json(openers);
	} else {
		print_who(document, openers);
		print_access(access);
		if (has_local(document))
			print_helper(openers);
		print_missing(openers);
	}
	return strcmp(helper, "hears") == 0 || strcmp(helper, "looks") == 0 ? CODE_OK
									    : CODE_UNKNOWN;
}

const struct command command_who = {
	.name = "who",
	.arguments = "",
	.summary = "who else has /dev/ipmi* open, or had in the last day",
	.help = "Names come from the helper bmchealthd-openers. Of a program that is known it "
		"says\n"
		"what it costs the controller, and the setting that calms it. Executables, "
		"processes\n"
		"and who logged in only root is told.\n"
		"Exit status: 0, or 3 if nobody can tell (no daemon, or no helper).\n",
	.run = who_run,
};
