/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthctl status: per target the verdict, why, since when, what to do next.
 */
#include <stdio.h>
#include <strings.h>

#include "base/clock.h"
#include "cli/client.h"
#include "cli/host.h"
#include "cli/opener.h"
#include "model/advice.h"

static void print_row(const char *label, const char *text)
{
	if (*text == '\0')
		return;
	printf("  %-11s ", label);
	client_print(text);
	printf("\n");
}

static void print_since(const json_t *document, const json_t *finding)
{
	char age[CLOCK_TEXT_MAX], row[3 * CLOCK_TEXT_MAX];

	client_age(document, client_text(finding, "since"), age);
	(void)snprintf(row, sizeof(row), "%.*s (%s)", CLOCK_TEXT_MAX, client_text(finding, "since"),
		       age);
	print_row("since", row);
}

static void print_finding(const json_t *document, const json_t *finding)
{
	print_row(client_text(finding, "severity"), client_text(finding, "summary"));
	print_row("why", client_text(finding, "evidence"));
	print_since(document, finding);
	print_row("cause", client_text(finding, "cause"));
	print_row("next", client_text(finding, "next_step"));
	print_row("command", client_text(finding, "command"));
	print_row("see", client_text(finding, "link"));
	if (client_flag(finding, "is_reboot_risky"))
		print_row("careful", advice_no_reboot);
}

static void print_controller(const json_t *target)
{
	char row[512];

	if (*client_text(target, "firmware") == '\0')
		return;
	(void)snprintf(row, sizeof(row), "%.64s (id %.0f), product %.0f, firmware %.32s",
		       client_text(target, "vendor"), client_number(target, "manufacturer_id"),
		       client_number(target, "product_id"), client_text(target, "firmware"));
	print_row("controller", row);
}

/* "9 d 4 h, since 2026-…; known by sel-clock-unset, 95 % sure" */
static void print_uptime(const json_t *document, const json_t *target)
{
	const json_t *uptime = json_object_get(target, "controller_uptime");
	const json_t *signs = json_object_get(uptime, "known_by"), *sign;
	char age[CLOCK_TEXT_MAX], known[256], row[512];
	size_t i, len = 0;

	if (!uptime) {
		print_row("up for", *client_text(target, "firmware")
					    ? "unknown: no restart was seen yet"
					    : "");
		return;
	}
	(void)snprintf(known, sizeof(known), "its silence and what came then (%.40s)",
		       client_text(uptime, "how"));
	json_array_foreach (signs, i, sign) {
		(void)snprintf(known + len, sizeof(known) - len, "%s%.40s", len > 0 ? ", " : "",
			       json_string_value(sign) ? json_string_value(sign) : "");
		len = strlen(known);
	}
	client_age(document, client_text(uptime, "since"), age);
	(void)snprintf(row, sizeof(row), "%s, since %.32s; known by %s, %.0f %% sure", age,
		       client_text(uptime, "since"), known, client_number(uptime, "sure_percent"));
	print_row("up for", row);
}

static void print_link(const json_t *target)
{
	const char *error = client_text(target, "link_error");
	char row[512], retry[64] = "";

	if (json_object_get(target, "retry_seconds"))
		(void)snprintf(retry, sizeof(retry), ", tried again in %.0f s",
			       client_number(target, "retry_seconds"));
	(void)snprintf(row, sizeof(row), "%.200s: %.32s%s%.100s%s",
		       client_text(target, "connection"), client_text(target, "link"),
		       *error ? ", " : "", error, retry);
	print_row("link", row);
}

static void span_of(const json_t *object, const char *seconds, char *text)
{
	clock_format_span((int64_t)(client_number(object, seconds) * USEC_PER_SEC), text);
}

static void print_numbers(const json_t *document, const json_t *target)
{
	const json_t *hour = json_object_get(target, "hour");
	const json_t *day = json_object_get(target, "day");
	char row[512], age[CLOCK_TEXT_MAX], half[CLOCK_TEXT_MAX], most[CLOCK_TEXT_MAX];

	span_of(target, "latency_q50_seconds", half);
	span_of(target, "latency_q90_seconds", most);
	(void)snprintf(row, sizeof(row), "half within %s, 90 %% within %s", half, most);
	print_row("answers", *client_text(target, "last_answer") ? row : "none yet");
	(void)snprintf(row, sizeof(row),
		       "%.0f of %.0f commands in the last hour, %.0f of %.0f in a day",
		       client_number(hour, "timeout"), client_number(hour, "commands"),
		       client_number(day, "timeout"), client_number(day, "commands"));
	print_row("time-outs", row);
	client_age(document, client_text(target, "last_answer"), age);
	if (*age) {
		(void)snprintf(row, sizeof(row), "%.32s ago", age);
		print_row("last answer", row);
	}
}

static void print_others(const json_t *document, const json_t *target)
{
	char row[768];

	opener_sum(document, client_text(target, "name"), row, sizeof(row));
	print_row("others", row);
}

/* "412 commands an hour of other programs, 3 have it open; the driver takes 2 % of a processor" */
static void print_load(const json_t *target)
{
	const json_t *load = json_object_get(target, "load");
	const double users = client_number(load, "users");
	char row[256], open[64] = "", cpu[64] = "";

	if (!json_object_get(load, "foreign_commands_per_hour"))
		return;
	if (users > 0)
		(void)snprintf(open, sizeof(open), "; %.0f %s it open, bmchealthd included", users,
			       users > 1 ? "have" : "has");
	if (json_object_get(load, "driver_cpu_share"))
		(void)snprintf(cpu, sizeof(cpu), "; the driver takes %.1f %% of a processor",
			       100 * client_number(load, "driver_cpu_share"));
	(void)snprintf(row, sizeof(row), "%.0f commands an hour of other programs%s%s",
		       client_number(load, "foreign_commands_per_hour"), open, cpu);
	print_row("load", row);
}

/* "slow: a command every 60 s; others come every 300 s and are left their time" */
static void print_pace(const json_t *target)
{
	const double period = client_number(target, "others_period_seconds");
	const char *pace = client_text(target, "pace");
	char row[256], others[96] = "";

	if (period > 0)
		(void)snprintf(others, sizeof(others),
			       "; others come every %.0f s and are left their time", period);
	if (*pace == '\0' || (strcmp(pace, "normal") == 0 && period <= 0))
		return;
	(void)snprintf(row, sizeof(row), "%.32s: at least %.1f s between commands%s", pace,
		       client_number(target, "spacing_seconds"), others);
	print_row("pace", row);
}

static void print_target(const json_t *document, const json_t *target)
{
	const json_t *findings = json_object_get(target, "findings");
	const json_t *finding;
	size_t i;

	client_print(client_text(target, "name"));
	printf(": ");
	client_print(client_text(target, "verdict"));
	printf("\n");
	json_array_foreach (findings, i, finding)
		print_finding(document, finding);
	if (host_is_one(target)) {
		host_print_numbers(document, target);
		return;
	}
	print_controller(target);
	print_uptime(document, target);
	print_link(target);
	print_numbers(document, target);
	print_others(document, target);
	print_load(target);
	print_pace(target);
}

/* Windows does not tell case apart, and its hosts are known in lower case. */
static bool is_named(const json_t *target, const char *wanted)
{
	const char *name = client_text(target, "name");

	return host_is_one(target) ? strcasecmp(wanted, name) == 0 : strcmp(wanted, name) == 0;
}

/* As monitoring wants it: critical goes before warning, warning before unknown. */
static int worse(int a, int b)
{
	static const int rank[] = {
		[CODE_OK] = 0, [CODE_UNKNOWN] = 1, [CODE_WARNING] = 2, [CODE_CRITICAL] = 3
	};

	return rank[a] > rank[b] ? a : b;
}

/* A target nothing is known of yet, or that is let go of, is no reason to say "ok". */
static int target_code(const json_t *document, const json_t *target)
{
	const bool is_watched = client_flag(target, "is_known") &&
				(host_is_one(target) || !client_flag(document, "is_released"));
	const int code = client_code(client_text(target, "severity"));

	return is_watched ? code : worse(code, CODE_UNKNOWN);
}

static void print_quiet(const json_t *document)
{
	const json_t *quiet = json_object_get(document, "quiet");
	char most[CLOCK_TEXT_MAX];

	if (!client_flag(quiet, "is_quiet"))
		return;
	printf("quiet for ");
	client_print(client_text(quiet, "holder"));
	span_of(quiet, "most_seconds", most);
	printf(": nothing is asked until it ends, for %s at most\n\n", most);
}

static void print_released(const json_t *document)
{
	if (client_flag(document, "is_released"))
		printf("released: nothing is asked until `bmchealthctl resume`, or "
		       "daemon.release_max is over; what follows is how it was\n\n");
}

/* Not among the targets that are shown: one of the other Windows hosts? */
static int status_of_other(const struct command_env *env, const json_t *document,
			   const char *wanted)
{
	char meant[TARGET_NAME_MAX] = "";
	int code = -ENOENT;

	if (host_are_heard(document))
		code = host_print_one(env->run_dir, wanted, env->wants_json);
	if (code >= 0)
		return code;
	if (host_are_heard(document) && host_guess(env->run_dir, wanted, meant)) {
		(void)fprintf(stderr,
			      "bmchealthctl: the daemon watches no target named %s; did you mean "
			      "%s?\n",
			      wanted, meant);
	} else {
		(void)fprintf(stderr, "bmchealthctl: the daemon watches no target named %s\n",
			      wanted);
	}
	return CODE_UNKNOWN;
}

/* On a collector without a controller of its own that is as it should be. */
static int status_of_none(const json_t *document)
{
	if (host_are_heard(document))
		return CODE_OK;
	(void)fprintf(stderr, "bmchealthctl: the daemon watches no target\n");
	return CODE_UNKNOWN;
}

/* After the targets; none: only hosts without findings are heard of. */
static void print_hosts(const json_t *document, size_t shown)
{
	if (!host_are_heard(document))
		return;
	printf("%s", shown > 0 ? "\n" : "no controller is watched from here\n");
	host_print_sum(document);
}

static int status_run(const struct command_env *env, int argc, char **argv)
{
	SCOPED(json_unref) json_t *document = NULL;
	const char *wanted = argc > 0 ? argv[0] : NULL;
	const json_t *target;
	int code = CODE_OK;
	size_t i, shown = 0;

	if (client_fetch(env->run_dir, &document) < 0)
		return CODE_UNKNOWN;
	if (!env->wants_json) {
		print_released(document);
		print_quiet(document);
	}
	json_array_foreach (json_object_get(document, "targets"), i, target) {
		if (wanted && !is_named(target, wanted))
			continue;
		code = worse(code, target_code(document, target));
		if (shown++ > 0 && !env->wants_json)
			printf("\n");
		if (!env->wants_json)
			print_target(document, target);
		else if (wanted)
			client_print_json(target);
	}
	if (env->wants_json && !wanted)
		client_print_json(document);
	if (!wanted && !env->wants_json)
		print_hosts(document, shown);
	if (shown > 0)
		return code;
	return wanted ? status_of_other(env, document, wanted) : status_of_none(document);
}

const struct command command_status = {
	.name = "status",
	.arguments = "[TARGET]",
	.summary = "verdict, why, since when, what to do next",
	.help = "Exit status: 0 healthy, 1 warning, 2 critical, 3 unknown (no daemon, nothing\n"
		"heard yet, or released); so it serves as a check for Nagios and its kin. Where "
		"only\n"
		"Windows hosts are judged, it says how many there are, and ends with 0.\n",
	.max_arguments = 1,
	.run = status_run,
};
