/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening the history for a command.
 */
#include "cli/record.h"

#include <stdio.h>
#include <time.h>

#include "base/parse.h"

struct choice {		    /* among the targets of the history */
	const char *wanted; /* NULL: any */
	struct record *record;
	size_t found, seen;
	char names[512];
};

static int date_parse(const char *text, wall_us *ret)
{
	static const char *const formats[] = { "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d" };

	for (size_t i = 0; i < COUNT_OF(formats); i++) {
		struct tm tm = { 0 };
		const char *end = strptime(text, formats[i], &tm);

		if (!end || *end != '\0')
			continue;
		ret->v = (int64_t)timegm(&tm) * USEC_PER_SEC;
		return 0;
	}
	return -EINVAL;
}

int record_since(const char *text, wall_us now, wall_us *ret)
{
	int64_t span_us;

	if (parse_duration(text, &span_us) < 0)
		return date_parse(text, ret);
	if (span_us < 0)
		return -EINVAL;
	ret->v = max_i64(now.v - span_us, 1);
	return 0;
}

static void take_target(void *user, int64_t id, const char *name)
{
	struct choice *c = user;
	const size_t len = strlen(c->names);

	c->seen++;
	(void)snprintf(c->names + len, sizeof(c->names) - len, " %.63s", name);
	if (c->wanted && strcmp(c->wanted, name) != 0)
		return;
	c->found++;
	c->record->target = id;
	(void)snprintf(c->record->name, RECORD_NAME_MAX, "%s", name);
}

static int choose(struct choice *c)
{
	const int r = history_targets(c->record->history, take_target, c);

	if (r < 0) {
		(void)fprintf(stderr, "bmchealthctl: the history cannot be read: %s\n",
			      strerror(-r));
		return CODE_UNKNOWN;
	}
	if (c->found == 1)
		return CODE_OK;
	if (c->seen == 0 && !c->wanted) {
		(void)fprintf(
			stderr,
			"bmchealthctl: the history has no samples yet. Next: wait; the daemon "
			"writes the first ones after ten minutes\n");
		return CODE_UNKNOWN;
	}
	if (c->wanted) {
		(void)fprintf(stderr,
			      "bmchealthctl: the history has no samples of %s. Next: wait for ten "
			      "minutes if it is new; of a Windows host there are none, see "
			      "bmchealthctl status %s\n",
			      c->wanted, c->wanted);
	}
	(void)fprintf(stderr, "bmchealthctl: %s:%s\n",
		      c->wanted ? "there are samples of" : "which target? There are",
		      c->seen > 0 ? c->names : " none");
	return CODE_USAGE;
}

const char *record_why(int error)
{
	if (error == -ESTALE)
		return "an earlier version wrote it; start the daemon, which brings it up to date";
	if (error == -ENOTSUP)
		return "a later version wrote it";
	return error == -EBADMSG ? "it is damaged, or no history" : strerror(-error);
}

static int complain(const char *state_dir, int error)
{
	const char *next = "";

	if (error == -EACCES)
		next = ". Next: try as root";
	else if (error == -ENOENT)
		next = ". Next: see whether the daemon runs (systemctl status bmchealthd) and "
		       "store.enabled is true, or name its folder: --state-dir";
	(void)fprintf(stderr, "bmchealthctl: %s/history.db: %s%s\n", state_dir, record_why(error),
		      next);
	return error == -EACCES ? CODE_NO_PERMISSION : CODE_UNKNOWN;
}

int record_since_option(const struct command_env *env, wall_us now, wall_us *ret)
{
	if (!env->since || record_since(env->since, now, ret) == 0)
		return CODE_OK;
	(void)fprintf(stderr,
		      "bmchealthctl: --since %s: neither a time span (9d) nor a day (2026-11-22)\n",
		      env->since);
	return CODE_USAGE;
}

int record_open(const struct command_env *env, const char *target, struct record *ret)
{
	struct choice choice = { .wanted = target, .record = ret };
	int r;

	*ret = (struct record){ 0 };
	if (record_since_option(env, clock_wall(), &ret->since) != CODE_OK)
		return CODE_USAGE;
	r = history_open(env->state_dir, &ret->history);
	return r < 0 ? complain(env->state_dir, r) : choose(&choice);
}

void record_close(struct record *record)
{
	history_free(TAKE(record->history));
}
