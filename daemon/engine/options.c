/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options as the daemon's parts want them.
 */
#include "engine/options.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fsio.h"
#include "ipmi/link.h"

#define PROBES_MAX	  32
#define PROBE_COMMON	  2 /* enabled, interval */
#define INTERVAL_TEXT_MAX 24
#define DOC_TEXT_MAX	  160

struct option_tables {
	const struct option *list[2 * PROBES_MAX + 2];
	struct option common[PROBES_MAX][PROBE_COMMON + 1];
	char interval[PROBES_MAX][INTERVAL_TEXT_MAX];
	char doc[PROBES_MAX][DOC_TEXT_MAX];
};

static void common_rows(struct option_tables *tables, size_t i, const struct probe_ops *ops)
{
	(void)snprintf(tables->interval[i], INTERVAL_TEXT_MAX, "%g s", ops->default_interval_s);
	(void)snprintf(tables->doc[i], DOC_TEXT_MAX, "Whether this probe runs: %s.", ops->summary);
	tables->common[i][0] = (struct option){
		.group = ops->name,
		.key = "enabled",
		.type = OPTION_BOOL,
		.fallback = ops->on_by_default ? "true" : "false",
		.doc = tables->doc[i],
	};
	tables->common[i][1] = (struct option){
		.group = ops->name,
		.key = "interval",
		.type = OPTION_SPAN,
		.min = 0.1,
		.max = 86400,
		.fallback = tables->interval[i],
		.doc = "How often the probe runs, give or take 30 % so that it never falls into "
		       "step with another agent.",
	};
}

struct option_tables *option_tables_new(void)
{
	struct option_tables *tables = calloc(1, sizeof(*tables));
	size_t n = 0;

	if (!tables)
		return NULL;
	tables->list[n++] = option_table;
	for (size_t i = 0; i < PROBES_MAX && probe_table[i]; i++) {
		common_rows(tables, i, probe_table[i]);
		tables->list[n++] = tables->common[i];
		if (probe_table[i]->options)
			tables->list[n++] = probe_table[i]->options;
	}
	return tables;
}

void option_tables_free(struct option_tables *tables)
{
	free(tables);
}

const struct option *const *option_tables_list(const struct option_tables *tables)
{
	return tables->list;
}

double options_planned_per_minute(const struct config *config)
{
	double sum = 0;

	for (size_t i = 0; probe_table[i]; i++) {
		const struct probe_ops *ops = probe_table[i];

		if (config_bool(config, ops->name, "enabled"))
			sum += ops->cost * (double)USEC_PER_MINUTE /
			       (double)config_span_us(config, ops->name, "interval");
	}
	return sum;
}

struct checker {
	const struct config *config;
	config_complain_fn *complain;
	void *user;
	unsigned complaints;
};

PRINTF_LIKE(4, 5)
static void blame(struct checker *c, const char *group, const char *key, const char *format, ...)
{
	char text[2 * CONFIG_TEXT_MAX];
	const char *file = NULL;
	unsigned line = 0;
	va_list ap;

	config_where(c->config, group, key, &file, &line);
	va_start(ap, format);
	(void)vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	c->complain(c->user, file, line, text);
	c->complaints++;
}

/* The value itself is not repeated: it may have a password in it. */
static void blame_target(struct checker *c, size_t target, const char *key, const char *text)
{
	char full[2 * CONFIG_TEXT_MAX];
	const char *file = NULL;
	unsigned line = 0;

	config_target_where(c->config, target, key, &file, &line);
	(void)snprintf(full, sizeof(full), "target \"%s\": %s %s",
		       config_target_text(c->config, target, "name"), key, text);
	c->complain(c->user, file, line, full);
	c->complaints++;
}

static void check_order(struct checker *c, const char *group, const char *less, const char *more)
{
	const double a = (double)config_span_us(c->config, group, less) / USEC_PER_SEC;
	const double b = (double)config_span_us(c->config, group, more) / USEC_PER_SEC;

	const char *file = NULL;
	unsigned line = 0;

	if (a < b)
		return;
	config_where(c->config, group, less, &file, &line); /* blame the one that was set */
	blame(c, group, file ? less : more, "%s.%s = %g s must be below %s.%s = %g s", group, less,
	      a, group, more, b);
}

static void check_days(struct checker *c)
{
	const int64_t raw = config_int(c->config, "store", "raw_days");
	const int64_t rollup = config_int(c->config, "store", "rollup_days");

	if (raw > rollup) {
		blame(c, "store", "raw_days",
		      "store.raw_days = %" PRId64 " must not be above store.rollup_days = %" PRId64,
		      raw, rollup);
	}
}

static void check_budget(struct checker *c)
{
	const double budget = config_real(c->config, "queue", "commands_per_minute");
	const double planned = options_planned_per_minute(c->config);

	if (planned > budget) {
		blame(c, "queue", "commands_per_minute",
		      "the enabled probes plan %.1f commands per minute, the budget "
		      "queue.commands_per_minute is %g: lengthen their intervals or raise it",
		      planned, budget);
	}
}

static void check_target(struct checker *c, size_t target)
{
	const char *connection = config_target_text(c->config, target, "connection");
	const bool has_both = *config_target_text(c->config, target, "password_file") &&
			      *config_target_text(c->config, target, "password_credential");
	const char *why;

	if (link_check(connection, &why) < 0)
		blame_target(c, target, "connection", why);
	if (has_both)
		blame_target(c, target, "password_file",
			     "and password_credential are both given: choose one");
	for (size_t other = 0; other < target; other++) {
		if (link_is_same(config_target_text(c->config, other, "connection"), connection))
			blame_target(c, target, "connection", "is used by another target already");
	}
}

static void check_winevents(struct checker *c)
{
	const char *text = config_text(c->config, "winevt", "more_events");
	struct winevents events;
	size_t at = 0;

	if (winevents_parse(text, &events, &at) < 0) {
		blame(c, "winevt", "more_events",
		      "winevt.more_events: \"%s\" is not PROVIDER:ID=MEANING, or too much",
		      text + at);
	}
}

int options_load(const struct option_tables *tables, const char *root, const char *path,
		 config_complain_fn *complain, void *user, struct config **ret)
{
	struct config *config = NULL;
	struct checker c = { .complain = complain, .user = user };
	int r;

	r = config_load(root, path, option_tables_list(tables), complain, user, &config);
	if (r < 0)
		return r == -ENOMEM ? r : -EINVAL; /* complained of, whatever it was */
	c.config = config;
	check_order(&c, "queue", "soft_deadline", "hard_deadline");
	check_order(&c, "queue", "hard_deadline", "stuck_after");
	check_order(&c, "queue", "min_gap", "max_gap");
	check_days(&c);
	check_budget(&c);
	check_winevents(&c);
	for (size_t i = 0; i < config_target_count(config); i++)
		check_target(&c, i);
	if (c.complaints > 0) {
		config_free(config);
		return -EINVAL;
	}
	*ret = config;
	return 0;
}

struct queue_settings options_queue(const struct config *config, uint64_t seed)
{
	return (struct queue_settings){
		.soft_us = config_span_us(config, "queue", "soft_deadline"),
		.hard_us = config_span_us(config, "queue", "hard_deadline"),
		.stuck_us = config_span_us(config, "queue", "stuck_after"),
		.per_minute = config_real(config, "queue", "commands_per_minute"),
		.bulk_per_minute = config_real(config, "queue", "bulk_per_minute"),
		.duty = config_real(config, "queue", "duty_cycle") / 100,
		.backoff = { .base_gap_us = config_span_us(config, "queue", "min_gap"),
			     .max_gap_us = config_span_us(config, "queue", "max_gap") },
		.seed = seed,
	};
}

struct judge_settings options_judge(const struct config *config)
{
	struct judge_settings s = judge_settings_default();

	s.thresholds = (struct thresholds){
		.sporadic_per_day = (uint32_t)config_int(config, "judge", "sporadic_per_day"),
		.frequent_per_hour = (uint32_t)config_int(config, "judge", "frequent_per_hour"),
		.storm_per_minute = config_real(config, "judge", "storm_per_minute"),
		.mute_after = (uint32_t)config_int(config, "judge", "mute_after"),
		.calm_us = config_span_us(config, "judge", "calm"),
		.nominal_per_hour = 60 * options_planned_per_minute(config),
	};
	s.slow_us = config_span_us(config, "queue", "soft_deadline");
	s.slow_share = config_real(config, "judge", "slow_share");
	s.bad_per_hour = (uint32_t)config_int(config, "judge", "bad_per_hour");
	s.errors_per_hour = (uint32_t)config_int(config, "judge", "errors_per_hour");
	s.busy_for_us = config_span_us(config, "judge", "busy_for");
	s.maintenance_max_us = config_span_us(config, "judge", "maintenance_max");
	s.maintenance_grace_us = config_span_us(config, "judge", "maintenance_grace");
	s.lost_after_us = config_span_us(config, "judge", "lost_after");
	s.vanished_share = config_real(config, "judge", "vanished_share");
	s.vanished_min = (uint32_t)config_int(config, "judge", "vanished_min");
	return s;
}

struct winevents options_winevents(const struct config *config)
{
	struct winevents events = { .count = 0 };
	size_t at;

	if (winevents_parse(config_text(config, "winevt", "more_events"), &events, &at) < 0)
		events.count = 0; /* cannot be: options_load() has checked it */
	return events;
}

static enum severity severity_of(const char *name)
{
	for (int i = SEVERITY_NOTICE; i < SEVERITY_CRITICAL; i++)
		if (strcmp(severity_name((enum severity)i), name) == 0)
			return (enum severity)i;
	return SEVERITY_CRITICAL;
}

struct hosts_settings options_hosts(const struct config *config)
{
	return (struct hosts_settings){
		.thresholds = options_judge(config).thresholds,
		.severity_max = severity_of(config_text(config, "winevt", "severity_max")),
		.max = (uint32_t)config_int(config, "winevt", "hosts_max"),
		.per_minute = (uint32_t)config_int(config, "winevt", "events_per_minute"),
	};
}

int options_log_level(const struct config *config)
{
	static const struct {
		const char *name;
		int level;
	} levels[] = { { "error", LOG_ERR },
		       { "warning", LOG_WARNING },
		       { "notice", LOG_NOTICE },
		       { "info", LOG_INFO },
		       { "debug", LOG_DEBUG } };
	const char *name = config_text(config, "daemon", "log_level");

	for (size_t i = 0; i < COUNT_OF(levels); i++) {
		if (strcmp(levels[i].name, name) == 0)
			return levels[i].level;
	}
	return LOG_INFO;
}

/* A file others can read is no place for a password; a systemd credential never is one. */
static int password_read(const char *path, char *text, size_t max, char *ret_why)
{
	struct stat st;
	ssize_t n;

	if (stat(path, &st) == 0 && (st.st_mode & (S_IROTH | S_IWOTH | S_IWGRP)) != 0) {
		(void)snprintf(ret_why, OPTIONS_WHY_MAX,
			       "%s can be read or written by others: chmod 600 it", path);
		return -EPERM;
	}
	n = fs_read("", path, text, max);
	if (n < 0) {
		(void)snprintf(ret_why, OPTIONS_WHY_MAX, "%s: %s%s", path,
			       n == -EFBIG ? "is too long for a password" : strerror((int)-n),
			       n == -EACCES ? ": give it to the user the service runs as, or use "
					      "password_credential"
					    : "");
		return (int)n;
	}
	text[strcspn(text, "\r\n")] = '\0';
	return 0;
}

int options_password(const struct config *config, size_t target, char **ret, char *ret_why)
{
	const char *file = config_target_text(config, target, "password_file");
	const char *credential = config_target_text(config, target, "password_credential");
	char text[OPTIONS_PASSWORD_MAX];
	char path[FS_PATH_MAX];
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	int r;

	*ret = NULL;
	if (*file == '\0' && *credential == '\0')
		return 0;
	if (*credential && (!folder || strchr(credential, '/'))) {
		(void)snprintf(ret_why, OPTIONS_WHY_MAX,
			       "credential \"%s\" was not passed to the service: add "
			       "LoadCredential=%s:/path to it",
			       credential, credential);
		return -ENOENT;
	}
	(void)snprintf(path, sizeof(path), "%s%s%s", *credential ? folder : "",
		       *credential ? "/" : "", *credential ? credential : file);
	r = password_read(path, text, sizeof(text), ret_why);
	if (r == 0)
		*ret = strdup(text);
	explicit_bzero(text, sizeof(text));
	return r < 0 ? r : *ret ? 0 : -ENOMEM;
}

int options_check_passwords(const struct config *config, config_complain_fn *complain, void *user)
{
	struct checker c = { .config = config, .complain = complain, .user = user };
	char why[OPTIONS_WHY_MAX];

	for (size_t i = 0; i < config_target_count(config); i++) {
		char *password = NULL;
		int r;

		if (!config_target_bool(config, i, "enabled") ||
		    !*config_target_text(config, i, "password_file"))
			continue;
		r = options_password(config, i, &password, why);
		if (r < 0 && !(r == -EACCES && geteuid() != 0))
			blame_target(&c, i, "password_file", why);
		if (password)
			explicit_bzero(password, strlen(password));
		free(password);
	}
	return c.complaints > 0 ? -EINVAL : 0;
}
