/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Windows hosts. The document of all of them has no advice in it, which is here, too.
 */
#include "cli/host.h"

#include <stdio.h>
#include <strings.h>

#include "base/clock.h"
#include "cli/client.h"
#include "model/advice.h"

static void print_row(const char *label, const char *text)
{
	printf("  %-11s ", label);
	client_print(text);
	printf("\n");
}

bool host_are_heard(const json_t *document)
{
	const char *helper = client_text(json_object_get(document, "windows"), "helper");

	return *helper != '\0' && strcmp(helper, "off") != 0;
}

void host_findings(const char *run_dir, json_t *list)
{
	SCOPED(json_unref) json_t *document = NULL;
	const json_t *host;
	json_t *finding;
	size_t i, k;

	if (client_fetch_from(run_dir, "hosts.sock", &document) < 0)
		return;
	json_array_foreach (json_object_get(document, "hosts"), i, host) {
		json_array_foreach (json_object_get(host, "findings"), k, finding) {
			(void)json_object_set(finding, "target", json_object_get(host, "name"));
			(void)json_array_append(list, finding);
		}
	}
}

void host_print_numbers(const json_t *document, const json_t *host)
{
	char row[256], age[CLOCK_TEXT_MAX];

	(void)snprintf(row, sizeof(row), "%.0f in the last hour, %.0f in a day",
		       client_number(host, "timeouts_hour"), client_number(host, "timeouts_day"));
	print_row("time-outs", row);
	client_age(document, client_text(host, "last_event"), age);
	(void)snprintf(row, sizeof(row),
		       "%.0f of the last 8 days or since the daemon's start, %.0f held back; the "
		       "last %.32s ago",
		       client_number(host, "events"), client_number(host, "events_held_back"),
		       *age ? age : "unknown time");
	print_row("events", row);
}

void host_print_sum(const json_t *document)
{
	const json_t *windows = json_object_get(document, "windows");
	const char *helper = client_text(windows, "helper");

	if (!host_are_heard(document))
		return;
	if (client_number(windows, "hosts") > 0) {
		printf("Windows hosts: %.0f known, %.0f with findings, of which %.0f are shown at "
		       "most; ",
		       client_number(windows, "hosts"),
		       client_number(windows, "hosts_with_findings"),
		       client_number(windows, "hosts_shown_at_most"));
	} else {
		printf("Windows hosts: none is known yet, for no event of one has come; ");
	}
	printf("the reader of their logs %s\n",
	       strcmp(helper, "absent") == 0 ? "does not run: systemctl status bmchealthd-winevt"
					     : "runs");
}

static void print_finding(const json_t *document, const json_t *finding)
{
	const struct target target = { .vendor = VENDOR_WINDOWS, .is_host = true };
	struct finding f = { .kind = FINDING_KIND_MAX };
	char age[CLOCK_TEXT_MAX], row[3 * CLOCK_TEXT_MAX], next[ADVICE_TEXT_MAX];
	const struct advice *advice;

	if (finding_kind_parse(client_text(finding, "kind"), &f.kind) < 0)
		return; /* of a later version */
	advice = advice_for(f.kind, VENDOR_WINDOWS);
	client_age(document, client_text(finding, "since"), age);
	(void)snprintf(row, sizeof(row), "%.32s (%s)", client_text(finding, "since"), age);
	print_row(client_text(finding, "severity"), finding_info(f.kind)->summary);
	print_row("why", client_text(finding, "evidence"));
	print_row("since", row);
	print_row("cause", advice->cause);
	print_row("next", advice_next_step(&f, &target, next));
	if (advice->is_reboot_risky)
		print_row("careful", advice_no_reboot);
}

static void print_host(const json_t *document, const json_t *host)
{
	const json_t *findings = json_object_get(host, "findings"), *finding;
	size_t i;

	client_print(client_text(host, "name"));
	printf(": %s\n", json_array_size(findings) > 0
				 ? "a Windows host with findings"
				 : "nothing is open, and silence is not health");
	json_array_foreach (findings, i, finding)
		print_finding(document, finding);
	host_print_numbers(document, host);
}

int host_print_one(const char *run_dir, const char *name, bool wants_json)
{
	SCOPED(json_unref) json_t *document = NULL;
	const json_t *host;
	size_t i;

	if (client_fetch_from(run_dir, "hosts.sock", &document) < 0)
		return CODE_UNKNOWN;
	json_array_foreach (json_object_get(document, "hosts"), i, host) {
		if (strcasecmp(name, client_text(host, "name")) != 0)
			continue;
		if (wants_json)
			client_print_json(host);
		else
			print_host(document, host);
		return json_array_size(json_object_get(host, "findings")) > 0
			       ? client_code(client_text(host, "severity"))
			       : CODE_UNKNOWN;
	}
	return -ENOENT;
}

/* "ok" for "ok.example.test". */
static bool is_short_for(const char *name, const char *full)
{
	const size_t len = strlen(name);

	return strncasecmp(name, full, len) == 0 && full[len] == '.' && target_is_name(full);
}

bool host_guess(const char *run_dir, const char *name, char ret[TARGET_NAME_MAX])
{
	SCOPED(json_unref) json_t *document = NULL;
	const json_t *host;
	size_t i, found = 0;

	if (client_fetch_from(run_dir, "hosts.sock", &document) < 0)
		return false;
	json_array_foreach (json_object_get(document, "hosts"), i, host) {
		if (!is_short_for(name, client_text(host, "name")))
			continue;
		if (found++ == 0)
			(void)snprintf(ret, TARGET_NAME_MAX, "%s", client_text(host, "name"));
	}
	if (found != 1)
		*ret = '\0';
	return found == 1;
}
