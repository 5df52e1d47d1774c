/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthctl once: a check of a few seconds without the daemon. The same stations, queue and
 * deadlines as the daemon's; only the verdict is simpler, because it has no history to lean on.
 */
#include <inttypes.h>
#include <stdio.h>
#include <systemd/sd-event.h>

#include "base/buf.h"
#include "cli/command.h"
#include "engine/options.h"
#include "engine/station.h"
#include "ipmi/loop.h"
#include "ipmi/taxonomy.h"
#include "model/advice.h"
#include "model/judge.h"

#define ONCE_ANSWERS	 3		     /* commands per target, then enough is known */
#define ONCE_PATIENCE_US (10 * USEC_PER_SEC) /* above three hard deadlines */
#define DOCUMENT_MAX	 65536

struct once_target {
	struct station *station;
	uint32_t of[OBS_STATUS_MAX], commands;
	int error;
};

struct once {
	const struct command_env *env;
	sd_event *event;
	os_handler_t *loop;
	struct config *config;
	struct target_table *targets;
	struct judge *judge;
	struct once_target target[CONFIG_TARGETS_MAX];
	uint32_t count;
};

struct once_verdict {
	int code;
	const char *severity;
	char text[512];
};

static void on_library_log(int level UNUSED, const char *text UNUSED)
{
}

static void on_complaint(void *user UNUSED, const char *file, unsigned line, const char *text)
{
	char where[CONFIG_PLACE_MAX];

	(void)fprintf(stderr, "%s: %s\n", config_place(file, line, where), text);
}

static void on_trouble(void *host, uint32_t target, const char *what, int error, const char *why)
{
	const struct once *once = host;

	if (error < 0)
		(void)fprintf(stderr, "%s: %s: %s\n", target_get(once->targets, target)->name, what,
			      why);
}

static bool once_is_done(const struct once *once)
{
	for (uint32_t i = 0; i < once->count; i++) {
		const struct once_target *t = &once->target[i];

		/* behind a time-out nothing more can be sent for a minute: it says enough */
		if (t->commands < ONCE_ANSWERS && t->of[OBS_INTERFACE_LOST] == 0 &&
		    t->of[OBS_TIMEOUT] == 0)
			return false;
	}
	return true;
}

static void print_command(const struct once *once, const struct observation *obs)
{
	char took[CLOCK_TEXT_MAX];

	clock_format_span(obs->took_us, took);
	printf("%s: %-22s %s", target_get(once->targets, obs->target)->name, obs->detail,
	       obs_status_name(obs->status));
	if (obs->error < 0)
		printf(" (%s)", obs_error_text(obs->error));
	else if (obs->cc != 0)
		printf(" (%s)", taxonomy_cc_name(obs->cc));
	printf(" after %s\n", took);
}

static void on_observe(void *host, struct observation *obs)
{
	struct once *once = host;
	struct once_target *t = &once->target[obs->target];

	obs->wall = clock_wall();
	if (obs->metric == METRIC_IDENTITY)
		target_set_identity(once->targets, obs->target, obs->identity);
	(void)judge_feed(once->judge, obs, NULL, NULL); /* -EINVAL: not with our own targets */
	if (obs->metric != METRIC_COMMAND || obs->status == OBS_SKIPPED)
		return;
	t->of[obs->status]++;
	t->commands++;
	if (obs->error < 0)
		t->error = obs->error;
	if (!once->env->wants_json)
		print_command(once, obs);
	if (once_is_done(once))
		(void)sd_event_exit(once->event, 0);
}

static int on_patience(sd_event_source *source UNUSED, uint64_t usec UNUSED, void *user)
{
	return sd_event_exit(user, 0);
}

/* The worst of what was heard just now; what the judge knows from facts (self test, maintenance,
 * identity) comes after silence and before mere slowness. */
static struct once_verdict once_judge(const struct once *once, uint32_t index)
{
	const struct once_target *t = &once->target[index];
	const uint32_t odd = t->of[OBS_SLOW] + t->of[OBS_LATE] + t->of[OBS_BUSY] +
			     t->of[OBS_BAD_REPLY] + t->of[OBS_COMPLETION_CODE];
	const struct finding *worst = NULL;
	struct once_verdict v = { .code = CODE_OK, .severity = "ok" };

	if (t->of[OBS_INTERFACE_LOST] > 0) {
		v = (struct once_verdict){ .code = CODE_UNKNOWN, .severity = "unknown" };
		(void)snprintf(v.text, sizeof(v.text), "no interface to a BMC: %s. Next: %s",
			       obs_error_text(t->error),
			       advice_for(FINDING_NO_DEVICE, VENDOR_UNKNOWN)->next_step);
	} else if (t->commands == 0) {
		v = (struct once_verdict){ .code = CODE_UNKNOWN, .severity = "unknown" };
		(void)snprintf(v.text, sizeof(v.text), "nothing heard in time");
	} else if (t->of[OBS_TIMEOUT] == t->commands) {
		v = (struct once_verdict){ .code = CODE_CRITICAL, .severity = "critical" };
		(void)snprintf(v.text, sizeof(v.text),
			       "no answer to any of %" PRIu32 " commands. "
			       "Next: %s",
			       t->commands, advice_for(FINDING_MUTE, VENDOR_UNKNOWN)->next_step);
	} else if (judge_findings(once->judge, index, &worst, 1) == 1) {
		const struct target *target = target_get(once->targets, index);
		char next[ADVICE_TEXT_MAX];

		v.code = worst->severity == SEVERITY_CRITICAL  ? CODE_CRITICAL
			 : worst->severity == SEVERITY_WARNING ? CODE_WARNING
							       : CODE_OK;
		v.severity = severity_name(worst->severity);
		(void)snprintf(v.text, sizeof(v.text), "%s: %s. Next: %s",
			       finding_info(worst->kind)->summary, worst->evidence.text,
			       advice_next_step(worst, target, next));
	} else if (t->of[OBS_TIMEOUT] + odd > 0) {
		v = (struct once_verdict){ .code = CODE_WARNING, .severity = "warning" };
		(void)snprintf(v.text, sizeof(v.text),
			       "%" PRIu32 " of %" PRIu32 " commands timed out, %" PRIu32
			       " were slow, busy or wrong. Next: run the daemon, it tells chance "
			       "from illness",
			       t->of[OBS_TIMEOUT], t->commands, odd);
	} else {
		(void)snprintf(v.text, sizeof(v.text), "answered all %" PRIu32 " commands in time",
			       t->commands);
	}
	return v;
}

static int once_start_target(struct once *once, size_t config_target)
{
	const struct station_env env = { .event = once->event,
					 .loop = once->loop,
					 .targets = once->targets,
					 .sysroot = once->env->root,
					 .is_once = true,
					 .host = once,
					 .observe = on_observe,
					 .trouble = on_trouble };
	uint32_t target;
	int r;

	if (!config_target_bool(once->config, config_target, "enabled"))
		return 0;
	r = target_intern(once->targets, config_target_text(once->config, config_target, "name"),
			  &target);
	if (r < 0)
		return r;
	once->count = target + 1;
	return station_new(&env, once->config, config_target, target,
			   &once->target[target].station);
}

static int once_build(struct once *once)
{
	const struct judge_settings judge = options_judge(once->config);
	const int64_t patience =
		ONCE_PATIENCE_US + 3 * config_span_us(once->config, "queue", "hard_deadline");
	int r;

	once->targets = target_table_new(CONFIG_TARGETS_MAX, 0);
	once->judge = judge_new(&judge, CONFIG_TARGETS_MAX);
	if (!once->targets || !once->judge)
		return -ENOMEM;
	r = sd_event_default(&once->event);
	if (r >= 0)
		r = loop_new(once->event, on_library_log, &once->loop);
	if (r >= 0)
		r = sd_event_add_time_relative(once->event, NULL, CLOCK_MONOTONIC,
					       (uint64_t)patience, 0, on_patience, once->event);
	for (size_t i = 0; r >= 0 && i < config_target_count(once->config); i++)
		r = once_start_target(once, i);
	return r < 0 ? r : 0;
}

static void once_json(struct buf *b, const struct once *once, uint32_t index,
		      const struct once_verdict *v)
{
	const struct once_target *t = &once->target[index];

	buf_json_open(b, NULL, '{');
	buf_json_string(b, "name", target_get(once->targets, index)->name);
	buf_json_string(b, "severity", v->severity);
	buf_json_string(b, "verdict", v->text);
	buf_json_i64(b, "commands", t->commands);
	for (int i = 0; i < OBS_STATUS_MAX; i++)
		buf_json_i64(b, obs_status_name((enum obs_status)i), t->of[i]);
	buf_json_close(b, '}');
}

/* Prints; the exit code: critical before warning before unknown. */
static int once_report(const struct once *once)
{
	static const int rank[] = { 0, 2, 3, 1 };
	struct buf b = buf_make(DOCUMENT_MAX);
	int code = CODE_OK;

	buf_json_open(&b, NULL, '[');
	for (uint32_t i = 0; i < once->count; i++) {
		const struct once_verdict v = once_judge(once, i);

		once_json(&b, once, i, &v);
		if (rank[v.code] > rank[code])
			code = v.code;
		if (!once->env->wants_json)
			printf("%s: %s: %s\n", target_get(once->targets, i)->name, v.severity,
			       v.text);
	}
	buf_json_close(&b, ']');
	if (once->env->wants_json && b.error == 0)
		printf("%s\n", b.text);
	buf_done(&b);
	return code;
}

static void once_free(struct once *once)
{
	for (uint32_t i = 0; i < once->count; i++)
		station_free(once->target[i].station);
	loop_free(once->loop);
	judge_free(once->judge);
	target_table_free(once->targets);
	(void)sd_event_unref(once->event);
	config_free(once->config);
}

static void free_tables(struct option_tables **slot)
{
	option_tables_free(*slot);
}

static int once_run(const struct command_env *env, int argc UNUSED, char **argv UNUSED)
{
	SCOPED(free_tables) struct option_tables *tables = option_tables_new();
	SCOPED(once_free) struct once once = { .env = env };
	int r;

	if (!tables ||
	    options_load(tables, env->root, env->config_path, on_complaint, NULL, &once.config) < 0)
		return CODE_CONFIG;
	r = once_build(&once);
	if (r == 0 && !once_is_done(&once))
		r = sd_event_loop(once.event);
	if (r < 0) {
		(void)fprintf(stderr, "bmchealthctl: once: %s\n", strerror(-r));
		return CODE_UNKNOWN;
	}
	return once_report(&once);
}

const struct command command_once = {
	.name = "once",
	.arguments = "",
	.summary = "check in a few seconds, without the daemon",
	.help = "Sends three harmless commands to each configured target, with the daemon's own\n"
		"deadlines. Needs access to /dev/ipmi*, so usually root. Exit status: 0 healthy,\n"
		"1 warning, 2 critical, 3 unknown (no device), 78 wrong configuration.\n",
	.run = once_run,
};
