/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of the store share: a folder, a log that only counts, settings, observations and
 * findings to store, and a second pair of eyes on the file.
 */
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>

#include "out/store.c"
#include "tests/unit/tap.h"

#define START INT64_C(1767225600) /* 2026-01-01T00:00:00Z */

/* --- in place of base/log.c and the configuration ------------------------------------------- */

static unsigned told[MESSAGE_MAX];
static char message[2048];

void log_begin(struct log_entry *entry UNUSED, int level UNUSED, const char *message_id)
{
	for (int i = 0; i < MESSAGE_MAX; i++)
		told[i] += strcmp(message_info((enum message)i)->id, message_id) == 0;
}

void log_field(struct log_entry *entry UNUSED, const char *name UNUSED, const char *format UNUSED,
	       ...)
{
}

void log_send(struct log_entry *entry UNUSED, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
}

static int64_t raw_days = 7, rollup_days = 400, trend_days = 100, max_mib = 16;
static int64_t host_days = 400, host_rows = 100000;
static bool is_enabled = true;

int64_t config_int(const struct config *config UNUSED, const char *group UNUSED, const char *key)
{
	return strcmp(key, "raw_days") == 0	  ? raw_days
	       : strcmp(key, "rollup_days") == 0  ? rollup_days
	       : strcmp(key, "trend_days") == 0	  ? trend_days
	       : strcmp(key, "history_days") == 0 ? host_days
	       : strcmp(key, "history_rows") == 0 ? host_rows
						  : max_mib;
}

bool config_bool(const struct config *config UNUSED, const char *group UNUSED,
		 const char *key UNUSED)
{
	return is_enabled;
}

/* --- fixtures -------------------------------------------------------------------------------- */

static char top[64] = "/tmp/bmchealthd-store-XXXXXX";
static struct target_table *targets;

static inline const char *in_top(const char *name)
{
	static char paths[4][256];
	static unsigned next;
	char *path = paths[next++ % COUNT_OF(paths)];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", top, name);
	return path;
}

static inline struct store *open_in(const char *dir)
{
	const struct sink_env env = { .targets = targets, .state_dir = dir };
	void *state = NULL;

	memset(told, 0, sizeof(told));
	return store_open(&env, &state) == 0 ? state : NULL;
}

static inline wall_us at_s(int64_t seconds)
{
	return (wall_us){ (START + seconds) * USEC_PER_SEC };
}

static inline struct observation command_at(int64_t seconds, enum obs_status status,
					    int64_t took_us)
{
	return (struct observation){ .source = "controller",
				     .detail = "Get Device ID",
				     .metric = METRIC_COMMAND,
				     .netfn = 6,
				     .cmd = 1,
				     .status = status,
				     .took_us = took_us,
				     .mono = { seconds * USEC_PER_SEC },
				     .wall = at_s(seconds) };
}

static inline struct finding finding_at(int64_t seconds, enum finding_kind kind)
{
	return (struct finding){ .kind = kind,
				 .previous = kind,
				 .severity = SEVERITY_WARNING,
				 .since = at_s(seconds),
				 .changed = at_s(seconds),
				 .evidence = { .timeouts_hour = 7,
					       .timeouts_day = 8,
					       .commands_hour = 9,
					       .commands_day = 10,
					       .rate_per_hour = 1.125,
					       .latency_us = 11,
					       .netfn = 12,
					       .cmd = 13,
					       .cc = 0xc3,
					       .error = -EBUSY,
					       .contention = { .agent = AGENT_COLLECTD,
							       .culprit = "collectd's 'ipmi'",
							       .comm = "collectd",
							       .unit = "collectd.service",
							       .hits = 11,
							       .troubles = 12,
							       .expected = 1.375,
							       .chance = 0.0009765625,
							       .period_s = 300,
							       .sure = 99 },
					       .text = "it's 'odd'; 7 of 9" } };
}

struct heard {
	struct observation obs[64];
	struct finding findings[8];
	wall_us closed[16];
	struct bmc_identity identity;
	size_t obs_count, findings_count, identities, out_of_order;
};

static UNUSED struct heard ignored;

static inline void hear_obs(void *user, const struct observation *obs)
{
	struct heard *heard = user;

	if (heard->obs_count > 0 && heard->obs_count <= COUNT_OF(heard->obs))
		heard->out_of_order += obs->mono.v < heard->obs[heard->obs_count - 1].mono.v;
	if (heard->obs_count < COUNT_OF(heard->obs))
		heard->obs[heard->obs_count] = *obs;
	heard->obs_count++;
}

static inline void hear_finding(void *user, const struct finding *f)
{
	struct heard *heard = user;

	if (heard->findings_count < COUNT_OF(heard->findings))
		heard->findings[heard->findings_count++] = *f;
}

static inline void hear_closed(void *user, const struct finding *f, wall_us closed)
{
	struct heard *heard = user;

	if (heard->findings_count < COUNT_OF(heard->findings))
		heard->closed[heard->findings_count] = closed;
	hear_finding(user, f);
}

static inline void hear_identity(void *user, uint32_t target UNUSED,
				 const struct bmc_identity *identity)
{
	struct heard *heard = user;

	heard->identity = *identity;
	heard->identities++;
}

static inline int hear(struct store *store, int64_t span_s, int64_t now_s, struct heard *heard)
{
	const struct store_reader reader = { hear_obs, hear_finding, hear_identity, heard };

	*heard = (struct heard){ 0 };
	return store_read(store, span_s * USEC_PER_SEC, (mono_us){ 1000 * USEC_PER_SEC },
			  at_s(now_s), &reader);
}

static inline int64_t ask(const char *dir, const char *sql)
{
	char path[FS_PATH_MAX];
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	int64_t value = -1;

	(void)snprintf(path, sizeof(path), "%s/history.db", dir);
	if (sqlite3_open(path, &db) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW)
		value = sqlite3_column_type(stmt, 0) == SQLITE_TEXT
				? strcmp((const char *)sqlite3_column_text(stmt, 0), "ok") == 0
				: sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	(void)sqlite3_close(db);
	return value;
}

static inline bool run_sql(const char *dir, const char *sql)
{
	char path[FS_PATH_MAX];
	sqlite3 *db = NULL;
	bool good;

	(void)snprintf(path, sizeof(path), "%s/history.db", dir);
	good = sqlite3_open(path, &db) == SQLITE_OK &&
	       sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
	(void)sqlite3_close(db);
	return good;
}

static inline int64_t size_of(const char *dir, const char *name)
{
	char path[FS_PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	return stat(path, &st) == 0 ? st.st_size : 0;
}

static inline size_t count_names(const char *dir, const char *prefix)
{
	DIR *d = opendir(dir);
	const struct dirent *entry;
	size_t count = 0;

	while (d && (entry = readdir(d)) != NULL)
		count += strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
	if (d)
		(void)closedir(d);
	return count;
}

static inline void spoil(const char *dir, off_t at, size_t n)
{
	static const char rubbish[4096] = "rubbish";
	char path[FS_PATH_MAX];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/history.db", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	for (; fd >= 0 && n > 0; n -= n < sizeof(rubbish) ? n : sizeof(rubbish)) {
		if (pwrite(fd, rubbish, n < sizeof(rubbish) ? n : sizeof(rubbish), at) < 0)
			break;
		at += (off_t)sizeof(rubbish);
	}
	if (fd >= 0)
		(void)close(fd);
}

static inline void fill_days(struct store *store, int64_t from_day, int64_t days, int64_t step_s)
{
	for (int64_t s = from_day * 86400; s < (from_day + days) * 86400; s += step_s) {
		struct observation obs = command_at(s, OBS_OK, 2000 + s % 977);

		store_on_observation(store, &obs);
		if (s % 3600 < step_s)
			store_flush(store, at_s(s));
	}
}

static inline bool setup(void)
{
	uint32_t target;

	targets = target_table_new(2, 1);
	return targets && target_intern(targets, "local", &target) == 0 &&
	       target_intern(targets, "other", &target) == 0 && mkdtemp(top);
}

static inline int remove_one(const char *path, const struct stat *st UNUSED, int flag UNUSED,
			     struct FTW *where UNUSED)
{
	return remove(path);
}

static inline void teardown(void)
{
	if (nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS) < 0)
		printf("# %s is left behind\n", top);
	target_table_free(targets);
}
