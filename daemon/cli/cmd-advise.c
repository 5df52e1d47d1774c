/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthctl advise: settings of the drivers and of other programs, for this machine. Reads
 * only, and says when it knows too little.
 */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fsio.h"
#include "base/parse.h"
#include "cli/advising.h"
#include "cli/client.h"
#include "cli/opener.h"
#include "cli/record.h"
#include "cli/view.h"
#include "model/advice.h"
#include "out/history.h"

#define DAYS	  14
#define VALUE_MAX 256

struct advice_source {
	struct advise_machine machine;
	struct advise_knob knobs[ADVISE_KNOBS_MAX];
	size_t knob_count;
	char name[80];	 /* of the target */
	char from[512];	 /* where the latencies are from */
	json_t *status;	 /* owned; NULL: no daemon */
	bool is_unknown; /* a name the daemon does not know */
};

static void source_done(struct advice_source *s)
{
	json_decref(s->status);
}

/* --- how quick the controller is --- */

struct wanted {
	const char *name;
	int64_t id;
	bool is_found;
};

static void take_target(void *user, int64_t id, const char *name)
{
	struct wanted *wanted = user;

	if (strcmp(name, wanted->name) != 0)
		return;
	wanted->id = id;
	wanted->is_found = true;
}

static void take_sample(void *user, const struct trend_sample *sample)
{
	view_add(user, sample);
}

static void view_free_slot(struct view **slot)
{
	view_free(*slot);
}

static void history_free_slot(struct history **slot)
{
	history_free(*slot);
}

/* 0; -ENODATA: nothing of it is in there yet; -errno. */
static int read_history(const struct command_env *env, struct advice_source *s)
{
	SCOPED(history_free_slot) struct history *history = NULL;
	SCOPED(view_free_slot) struct view *view = NULL;
	struct wanted wanted = { .name = s->name };
	const wall_us now = clock_wall(), since = { now.v - DAYS * USEC_PER_DAY };
	const struct view_bin *bin;
	int r = history_open(env->state_dir, &history);

	if (r == 0)
		r = history_targets(history, take_target, &wanted);
	if (r < 0 || !wanted.is_found)
		return r < 0 ? r : -ENODATA;
	view = view_new(TREND_CHEAP, since, now, 1);
	r = view ? history_samples(history, wanted.id, since, take_sample, view) : -ENOMEM;
	if (r < 0)
		return r;
	bin = &view->bins[0];
	s->machine.answers = bin->answers;
	s->machine.q50_us = (int64_t)view_quantile(bin, 0.5);
	s->machine.q90_us = (int64_t)view_quantile(bin, 0.9);
	s->machine.q99_us = (int64_t)view_quantile(bin, 0.99);
	(void)snprintf(s->from, sizeof(s->from), "the history of 14 days");
	return bin->answers > 0 ? 0 : -ENODATA;
}

/* Why it is not the history. */
static void say_hours(const struct command_env *env, int error, struct advice_source *s)
{
	static const char hours[] = "the daemon's last hours";

	if (error == -ENODATA) {
		(void)snprintf(s->from, sizeof(s->from),
			       "%s; nothing of it is in the history yet, which is written every "
			       "ten minutes",
			       hours);
	} else if (error == -EACCES && geteuid() != 0) {
		(void)snprintf(s->from, sizeof(s->from), "%s; as root the history says more",
			       hours);
	} else {
		(void)snprintf(s->from, sizeof(s->from), "%s; %.255s/history.db: %s", hours,
			       env->state_dir, record_why(error));
	}
}

static void read_status(struct advice_source *s, const json_t *target)
{
	const json_t *day = json_object_get(target, "day");

	s->machine.answers = (uint64_t)max_i64(
		0, (int64_t)(client_number(day, "ok") + client_number(day, "slow")));
	s->machine.q50_us = (int64_t)(client_number(target, "latency_q50_seconds") * USEC_PER_SEC);
	s->machine.q90_us = (int64_t)(client_number(target, "latency_q90_seconds") * USEC_PER_SEC);
}

/* --- the machine --- */

static bool read_text(const char *root, const char *path, char *text)
{
	return fs_read(root, path, text, VALUE_MAX) >= 0;
}

static void read_interface(const struct command_env *env, struct advise_machine *m)
{
	char path[128], text[VALUE_MAX];

	(void)snprintf(path, sizeof(path), "/sys/class/ipmi/ipmi%u/device/type", m->interface);
	if (read_text(env->root, path, text))
		(void)snprintf(m->type, sizeof(m->type), "%.*s", (int)strcspn(text, "\n"), text);
	(void)snprintf(path, sizeof(path), "/sys/class/ipmi/ipmi%u/device/interrupts_enabled",
		       m->interface);
	m->is_irq_known = read_text(env->root, path, text);
	m->has_irq = m->is_irq_known && text[0] == '1';
}

static void read_knobs(const struct command_env *env, struct advice_source *s)
{
	for (size_t i = 0; advise_module(i); i++) {
		char path[160], text[VALUE_MAX];

		(void)snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s", advise_module(i),
			       advise_parameter(i));
		if (read_text(env->root, path, text))
			advise_knob(&s->machine, i, text, &s->knobs[s->knob_count++]);
	}
}

static unsigned count_sensors(const struct command_env *env, const char *name)
{
	SCOPED(json_unref) json_t *document = NULL;
	const json_t *target;
	size_t i;

	if (client_fetch_from(env->run_dir, "sensors.sock", &document) < 0)
		return 0;
	json_array_foreach (json_object_get(document, "targets"), i, target) {
		if (strcmp(client_text(target, "name"), name) == 0)
			return (unsigned)json_array_size(json_object_get(target, "sensors"));
	}
	return 0;
}

/* The target asked for, else the first that is this machine's own, else the first. */
static const json_t *find_target(const json_t *status, const char *wanted)
{
	const json_t *target;
	size_t i;

	json_array_foreach (json_object_get(status, "targets"), i, target) {
		if (wanted ? strcmp(client_text(target, "name"), wanted) == 0
			   : client_is_local(target))
			return target;
	}
	return wanted ? NULL : json_array_get(json_object_get(status, "targets"), 0);
}

static void collect(const struct command_env *env, const char *wanted, struct advice_source *s)
{
	const json_t *target = NULL;
	int r = 0;

	(void)snprintf(s->from, sizeof(s->from), "nothing: no daemon answers");
	if (client_fetch(env->run_dir, &s->status) == 0)
		target = find_target(s->status, wanted);
	s->is_unknown = s->status && wanted && !target;
	(void)snprintf(s->name, sizeof(s->name), "%s",
		       target	? client_text(target, "name")
		       : wanted ? wanted
				: "local");
	if (target && client_is_local(target))
		s->machine.interface = client_interface(target);
	else if (target) /* the drivers' settings do not concern it */
		s->machine.is_remote = true;
	/* a name alone does not say whether its latencies are the local driver's */
	if (target || !wanted)
		r = read_history(env, s);
	if (r < 0 && target) {
		read_status(s, target);
		say_hours(env, r, s);
	}
	if (target)
		s->machine.sensors = count_sensors(env, s->name);
	if (s->machine.is_remote) {
		while (s->knob_count < COUNT_OF(s->knobs) &&
		       advise_remote(&s->machine, s->knob_count, &s->knobs[s->knob_count]))
			s->knob_count++;
		return;
	}
	read_interface(env, &s->machine);
	read_knobs(env, s);
}

/* --- saying it --- */

static void print_latency(const struct advice_source *s)
{
	const struct advise_machine *m = &s->machine;
	char q50[CLOCK_TEXT_MAX], q90[CLOCK_TEXT_MAX], q99[CLOCK_TEXT_MAX];

	client_print(s->name);
	if (m->is_remote) {
		printf(": asked over the network\n");
	} else {
		printf(": interface %s%s\n", m->type[0] ? m->type : "not there",
		       !m->is_irq_known ? ""
		       : m->has_irq	? ", with an interrupt"
					: ", no interrupt");
	}
	if (!advise_has_data(m)) {
		printf("  too little data: %" PRIu64
		       " answers, %d are needed (from %s).\n  What depends on them "
		       "is left alone.\n",
		       m->answers, ADVISE_ANSWERS_MIN, s->from);
		return;
	}
	clock_format_span(m->q50_us, q50);
	clock_format_span(m->q90_us, q90);
	clock_format_span(m->q99_us, q99);
	printf("  of %" PRIu64 " answers half came within %s, 90 %% within %s%s%s (from %s)\n",
	       m->answers, q50, q90, m->q99_us > 0 ? ", 99 % within " : "",
	       m->q99_us > 0 ? q99 : "", s->from);
}

static void print_knobs_head(const struct advice_source *s)
{
	printf("\nSettings of the drivers (/sys/module/MODULE/parameters; for good: `options "
	       "MODULE "
	       "NAME=VALUE` in /etc/modprobe.d):\n");
	if (s->knob_count == 0)
		printf("  none is there: the IPMI modules are not loaded\n");
}

static void print_knobs(const struct advice_source *s)
{
	if (s->machine.is_remote) {
		printf("\nSettings of programs that ask it (this machine's drivers have no part in "
		       "it):\n");
	} else {
		print_knobs_head(s);
	}
	for (size_t i = 0; i < s->knob_count; i++) {
		const struct advise_knob *knob = &s->knobs[i];

		printf("  %s%s%s = %s: %s%s\n      %s\n", knob->module,
		       s->machine.is_remote ? " " : ".", knob->name,
		       knob->value[0] ? knob->value : "(unset)",
		       knob->wanted[0] ? "make it " : "leave it", knob->wanted, knob->why);
	}
}

/* A program that asks this controller and could do so less. */
static bool is_to_calm(const struct advice_source *s, const json_t *opener)
{
	return *client_text(opener, "calm") != '\0' &&
	       strcmp(client_text(opener, "target"), s->name) == 0 &&
	       (opener_is_open(opener) || opener_is_recent(opener));
}

static void print_agents(const struct advice_source *s)
{
	const json_t *list = json_object_get(json_object_get(s->status, "openers"), "list");
	const int64_t inventory_us = advise_inventory_us(&s->machine);
	const json_t *opener;
	char text[512];
	size_t i, shown = 0;

	printf("\nOther programs:\n");
	json_array_foreach (list, i, opener) {
		if (!is_to_calm(s, opener))
			continue;
		opener_name(opener, text, sizeof(text));
		printf("  ");
		client_print(text);
		printf(": ");
		client_print(client_text(opener, "calm"));
		printf("\n");
		shown++;
	}
	if (s->machine.is_remote)
		printf("  who else asks it over the network cannot be seen from here\n");
	else if (shown == 0)
		printf("  none that is known to need another setting (bmchealthctl who)\n");
	if (inventory_us <= 0)
		return;
	clock_format_span(inventory_us, text);
	printf("  reading all %u sensors without a cache (ipmitool sensor) takes about %s here;\n"
	       "  give such a program a time limit well above that, and an interval of many times "
	       "that\n",
	       s->machine.sensors, text);
}

/* What the finding "time-outs happen now and then" says, too: one report from the field. */
static void print_windows(const struct advice_source *s)
{
	char text[CLOCK_TEXT_MAX];

	printf("\nA Windows host with the same kind of controller (IPMIDRV, System log):\n"
	       "  event 1004 is a time-out in operation, 1003 one at the start: the driver's "
	       "timeouts may be\n  raised in " ADVICE_WINDOWS_VALUES
	       ".\n  That is one report, from IBM blades; names and limits that Microsoft "
	       "confirms are not known to us:\n  see its documentation of the IPMI driver.\n");
	if (s->machine.is_remote) {
		printf("  How long they should be cannot be said from here: what is measured is "
		       "the network's way.\n");
	} else if (advise_has_data(&s->machine)) {
		clock_format_span(advise_patience_us(&s->machine), text);
		printf("  By what is measured here they should be %s at least.\n", text);
	}
	printf("  Event 1002 says that a value was wrong and the default is used. If 1004 comes "
	       "more often\n  from week to week, longer timeouts only hide that the controller is "
	       "wearing out.\n");
}

static json_t *json_knobs(const struct advice_source *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->knob_count; i++) {
		const struct advise_knob *knob = &s->knobs[i];
		json_t *entry = json_object();

		(void)json_object_set_new(entry, "module", json_string(knob->module));
		(void)json_object_set_new(entry, "name", json_string(knob->name));
		(void)json_object_set_new(entry, "value", json_string(knob->value));
		(void)json_object_set_new(
			entry, "wanted", knob->wanted[0] ? json_string(knob->wanted) : json_null());
		(void)json_object_set_new(entry, "why", json_string(knob->why));
		(void)json_array_append_new(list, entry);
	}
	return list;
}

static json_t *json_agents(const struct advice_source *s)
{
	const json_t *openers = json_object_get(json_object_get(s->status, "openers"), "list");
	json_t *list = json_array(), *opener;
	size_t i;

	json_array_foreach (openers, i, opener) {
		if (is_to_calm(s, opener))
			(void)json_array_append(list, opener);
	}
	return list;
}

static json_t *json_seconds(int64_t us)
{
	return us > 0 ? json_real((double)us / USEC_PER_SEC) : json_null();
}

/* What ADVICE_WINDOWS_VALUES says, for programs. */
static json_t *json_registry(void)
{
	static const struct {
		const char *name;
		int value;
	} values[] = {
		{ "BusyWaitPeriod", 60 },
		{ "BusyWaitTimeoutPeriod", 9000000 },
		{ "IpmbWaitTimeoutPeriod", 9000000 },
		{ "CommandWaitTimeoutPeriod", 9000000 },
	};
	json_t *list = json_array();

	for (size_t i = 0; i < COUNT_OF(values); i++) {
		json_t *entry = json_object();

		(void)json_object_set_new(entry, "name", json_string(values[i].name));
		(void)json_object_set_new(entry, "value", json_integer(values[i].value));
		(void)json_array_append_new(list, entry);
	}
	return list;
}

static json_t *json_windows(const struct advise_machine *m)
{
	json_t *windows = json_object();

	(void)json_object_set_new(windows, "registry_key",
				  json_string("HKLM\\SYSTEM\\CurrentControlSet\\Control\\IPMI"));
	(void)json_object_set_new(windows, "registry_values", json_registry());
	(void)json_object_set_new(windows, "is_confirmed_by_microsoft", json_false());
	(void)json_object_set_new(windows, "known_from",
				  json_string("one report, from IBM blades"));
	(void)json_object_set_new(windows, "timeout_at_least_seconds",
				  json_seconds(m->is_remote ? 0 : advise_patience_us(m)));
	return windows;
}

static void print_json(const struct advice_source *s, bool wants_windows)
{
	const struct advise_machine *m = &s->machine;
	SCOPED(json_unref) json_t *all = json_object();

	(void)json_object_set_new(all, "target", json_string(s->name));
	(void)json_object_set_new(all, "is_remote", json_boolean(m->is_remote));
	(void)json_object_set_new(all, "interface", json_string(m->type));
	(void)json_object_set_new(all, "has_interrupt",
				  m->is_irq_known ? json_boolean(m->has_irq) : json_null());
	(void)json_object_set_new(all, "has_enough_data", json_boolean(advise_has_data(m)));
	(void)json_object_set_new(all, "answers", json_integer((json_int_t)m->answers));
	(void)json_object_set_new(all, "latency_q50_seconds", json_seconds(m->q50_us));
	(void)json_object_set_new(all, "latency_q90_seconds", json_seconds(m->q90_us));
	(void)json_object_set_new(all, "latency_q99_seconds", json_seconds(m->q99_us));
	(void)json_object_set_new(all, "inventory_seconds", json_seconds(advise_inventory_us(m)));
	(void)json_object_set_new(all, "settings", json_knobs(s));
	(void)json_object_set_new(all, "programs", json_agents(s));
	if (wants_windows)
		(void)json_object_set_new(all, "windows", json_windows(m));
	client_print_json(all);
}

static int advise_run(const struct command_env *env, int argc, char **argv)
{
	SCOPED(source_done) struct advice_source source = { 0 };

	collect(env, argc > 0 ? argv[0] : NULL, &source);
	if (source.is_unknown) {
		(void)fprintf(stderr,
			      "bmchealthctl: advise: the daemon asks no target named %s. Next: "
			      "bmchealthctl status names them; for Windows hosts, --windows\n",
			      argv[0]);
		return CODE_UNKNOWN;
	}
	if (env->wants_json) {
		print_json(&source, env->wants_windows);
	} else {
		print_latency(&source);
		print_knobs(&source);
		print_agents(&source);
		if (env->wants_windows)
			print_windows(&source);
	}
	return source.status || source.machine.answers > 0 ? CODE_OK : CODE_UNKNOWN;
}

const struct command command_advise = {
	.name = "advise",
	.arguments = "[TARGET]",
	.summary = "which settings of drivers and programs suit this BMC, and why",
	.help = "Of the parameters of the kernel's IPMI modules: what they are, and what the\n"
		"latencies of this BMC say they should be; what programs that ask it should\n"
		"change. For one that is asked over the network, of those programs instead.\n"
		"Only reads; as root it knows the history, else the last hours, and says which.\n"
		"  --windows     what that means for a Windows host with such a controller\n"
		"Exit status: 0, or 3 if neither daemon nor history is there.\n",
	.max_arguments = 1,
	.run = advise_run,
};
