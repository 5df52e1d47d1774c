/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store as a sink: observations wait in memory and go to the file once a minute, changes of
 * findings and identities at once. Trouble with the disk is told once, tried again once a minute,
 * and its end is told once; meanwhile the newest of what waits is kept.
 */
#include "out/store.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "out/message-ids.h"
#include "out/store-internal.h"

/* A disk that is full one minute and not the next is told of once an hour. */
#define TELL_AGAIN_US	 USEC_PER_HOUR
#define REPLACE_AGAIN_US USEC_PER_DAY
/* Flushes in a row that may meet a lock, e.g. somebody's backup, before it counts as trouble. */
#define BUSY_TRIES 5

struct trouble {
	int error;
	const char *what, *next_step;
};

static const struct trouble troubles[] = {
	{ -ENOSPC, "the disk is full, or the file has store.max_mib",
	  "free space there, or raise that; recording goes on by itself" },
	{ -EROFS, "it is read-only",
	  "see who owns it and how the file system is mounted (ProtectSystem=, ReadWritePaths=)" },
	{ -EACCES, "access is denied", "give the folder to the user the service runs as" },
	{ -ENOENT, "the folder is missing", "create it, or set StateDirectory= in the unit" },
	{ -ENOTDIR, "the folder is a file", "move that away and create the folder" },
	{ -EBUSY, "another program keeps it locked", "find and end that program: fuser -v FILE" },
	{ -EBADMSG, "the file is damaged", "move it away and look at the disk: smartctl, dmesg" },
	{ -ENOTSUP, "a newer bmchealthd has written it",
	  "install that version again, or move the file away to begin a new one" },
	{ -ENOMEM, "there is not enough memory", "see what uses it up on this host" },
	{ -EIO, "the disk reports an error, or a quota or file-size limit is reached",
	  "look at the disk (smartctl, dmesg) and at the limits (quota, LimitFSIZE=)" },
};

static const struct trouble *trouble_of(int error)
{
	for (size_t i = 0; i < COUNT_OF(troubles); i++) {
		if (troubles[i].error == error)
			return &troubles[i];
	}
	return &troubles[COUNT_OF(troubles) - 1];
}

static bool is_long_ago(wall_us then, wall_us now, int64_t span_us)
{
	return now.v < then.v || now.v - then.v >= span_us; /* or the clock was stepped */
}

/* --- trouble and its end -------------------------------------------------------------------- */

static void tell_trouble(struct store *store)
{
	const struct trouble *trouble = trouble_of(store->trouble);
	struct log_entry entry;

	if (store->told_at.v != 0 && !is_long_ago(store->told_at, store->now, TELL_AGAIN_US))
		return;
	log_begin(&entry, LOG_WARNING, message_info(MESSAGE_STORE_DEGRADED)->id);
	log_field(&entry, "BMC_FILE", "%s", store->path);
	log_field(&entry, "BMC_ERRNO", "%d", -store->trouble);
	log_send(&entry,
		 "the history %s cannot be used: %s (%s). Judging goes on, history is missing from "
		 "now on. Next: %s",
		 store->path, trouble->what, *store->db.why ? store->db.why : "no details",
		 trouble->next_step);
	store->is_told = true;
	store->told_at = store->now;
}

static void tell_recovered(const struct store *store)
{
	struct log_entry entry;

	log_begin(&entry, LOG_NOTICE, message_info(MESSAGE_STORE_RECOVERED)->id);
	log_field(&entry, "BMC_FILE", "%s", store->path);
	log_field(&entry, "BMC_LOST", "%" PRIu64, store->lost);
	log_send(&entry,
		 "the history %s is recorded again; %" PRIu64
		 " observations and changes were lost. "
		 "Next: nothing",
		 store->path, store->lost);
}

static void tell_replaced(struct store *store, const char *aside)
{
	struct log_entry entry;

	if (!aside && store->replaced_at.v != 0 &&
	    !is_long_ago(store->replaced_at, store->now, TELL_AGAIN_US))
		return;
	store->replaced_at = store->now;
	log_begin(&entry, LOG_WARNING, message_info(MESSAGE_STORE_REPLACED)->id);
	log_field(&entry, "BMC_FILE", "%s", store->path);
	if (aside)
		log_field(&entry, "BMC_FILE_ASIDE", "%s", aside);
	if (aside && store->db.is_foreign) {
		log_send(&entry,
			 "what lay in the place of the history was none, or none that can be used "
			 "(%s), and is now %s; a new one has begun. Next: see whose it is and keep "
			 "others out of the folder; if it was the history, look at the disk "
			 "(smartctl, dmesg)",
			 store->db.why, aside);
	} else if (aside) {
		log_send(
			&entry,
			"the history was damaged (%s) and is now %s; a new one has begun. Next: "
			"look at the disk (smartctl, dmesg); sqlite3's .recover may rescue the old",
			store->db.why, aside);
	} else {
		log_send(&entry,
			 "the history %s was moved, deleted or exchanged while in use; what is "
			 "there now goes on. Next: nothing if that was you; else see who did",
			 store->path);
	}
}

static void store_fail(struct store *store, int error)
{
	store->is_resting = true;
	if (error == -EBUSY && ++store->busy < BUSY_TRIES)
		return;
	store->trouble = error;
	if (!store->is_told)
		tell_trouble(store);
}

static void store_succeed(struct store *store)
{
	if (store->is_told)
		tell_recovered(store);
	store->is_told = store->is_resting = false;
	store->trouble = 0;
	store->busy = 0;
	store->lost = 0;
}

/* --- writing -------------------------------------------------------------------------------- */

/* After trouble a write that is certain to need the disk: an empty batch would prove nothing. */
static int store_prove(struct store *store)
{
	const struct params params = { .numbers = { store->now.v / USEC_PER_SEC },
				       .count = 1,
				       .texts = { "recovered_s" } };

	return store->trouble == 0 ? 0 : store_db_run(&store->db, SQL_META_SET, &params);
}

static int store_attempt(struct store *store, bool is_flush)
{
	int r;

	if (is_flush && store->db.handle && !store_file_is_there(store)) {
		store_file_close(store);
		tell_replaced(store, NULL);
	}
	r = store_file_open(store);
	if (r == 0)
		r = store_write(store);
	if (r == 0)
		r = store_prove(store);
	if (r == 0 && (is_flush || store_hosts_are_many(store)))
		r = store_keep(store, store->now);
	if (r < 0)
		store_file_close(store);
	return r;
}

/* A damaged file is replaced, but not again and again: then the disk is what is damaged. */
static int store_replace(struct store *store, bool is_flush)
{
	char aside[FS_PATH_MAX];

	if (store->aside_at.v != 0 && !is_long_ago(store->aside_at, store->now, REPLACE_AGAIN_US))
		return -EBADMSG;
	if (store_file_move_aside(store, aside) < 0)
		return -EBADMSG;
	store->aside_at = store->now;
	tell_replaced(store, aside);
	return store_attempt(store, is_flush);
}

void store_try(struct store *store, bool is_flush)
{
	int r;

	if (store->is_off || (store->is_resting && !is_flush))
		return;
	r = store_attempt(store, is_flush);
	if (r == -EBADMSG)
		r = store_replace(store, is_flush);
	if (r < 0)
		store_fail(store, r);
	else
		store_succeed(store);
}

/* --- what comes in -------------------------------------------------------------------------- */

struct store_seat *store_seat(struct store *store, uint32_t target)
{
	struct store_seat *seats;

	if (target < store->seats_count)
		return &store->seats[target];
	if (target >= STORE_TARGETS_MAX)
		return NULL;
	seats = realloc(store->seats, (target + 1) * sizeof(*seats));
	if (!seats)
		return NULL;
	store->seats = seats;
	while (store->seats_count <= target)
		seats[store->seats_count++] = (struct store_seat){ 0 };
	return &seats[target];
}

/* More of them in a minute than there is room for say no more than these. */
static void store_change_add(struct store *store, uint32_t target, const struct store_seat *seat)
{
	if (store->changes_count == STORE_CHANGES_MAX) {
		store->changes_count--;
		memmove(store->changes, store->changes + 1,
			store->changes_count * sizeof(store->changes[0]));
	}
	store->changes[store->changes_count++] =
		(struct store_change){ target, seat->identity_at, seat->identity };
}

static void store_identity(struct store *store, const struct observation *obs)
{
	struct store_seat *seat = store_seat(store, obs->target);
	bool is_change;

	if (!seat || !obs->identity ||
	    (seat->has_identity && identity_equal(&seat->identity, obs->identity)))
		return;
	if (seat->is_unsaved)
		store_change_add(store, obs->target, seat);
	is_change = seat->has_identity;
	seat->identity = *obs->identity;
	seat->identity_at.v = max_i64(obs->wall.v, 0);
	seat->has_identity = seat->is_unsaved = true;
	if (is_change)
		store_try(store, false);
}

/* A burst of skipped commands is one row. */
static bool row_counts_up(struct store *store, const struct observation *obs, uint32_t series)
{
	struct store_row *last;

	if (obs->status != OBS_SKIPPED || store->rows_count == 0)
		return false;
	last = &store->rows[store->rows_count - 1];
	if (last->status != OBS_SKIPPED || last->series != series ||
	    hour_of(last->wall) != hour_of(obs->wall))
		return false;
	last->count++;
	return true;
}

static void store_row_add(struct store *store, const struct observation *obs, uint32_t series)
{
	if (store->rows_count == STORE_ROWS_MAX) {
		store->rows_count--;
		store->lost++;
		memmove(store->rows, store->rows + 1, store->rows_count * sizeof(store->rows[0]));
	}
	store->rows[store->rows_count++] = (struct store_row){
		.series = series,
		.status = obs->status,
		.flags = obs->flags,
		.cc = obs->cc,
		.error = obs->error,
		.count = 1,
		.wall = { max_i64(obs->wall.v, 0) },
		.took_us = obs->took_us,
		.value = obs->value,
		.total = obs->total,
	};
}

static void store_on_observation(void *state, const struct observation *obs)
{
	struct store *store = state;
	uint32_t series;

	if (store->is_off || !target_get(store->targets, obs->target))
		return;
	store->now = obs->wall;
	if (obs->metric == METRIC_IDENTITY)
		store_identity(store, obs);
	if (series_find(&store->series, obs, &series) < 0) {
		store->lost++;
		return;
	}
	if (!series_is_news(&store->series.rows[series], obs) || row_counts_up(store, obs, series))
		return;
	store_row_add(store, obs, series);
	if (store->rows_count >= STORE_ROWS_MAX / 2)
		store_try(store, false);
}

static void store_on_finding(void *state, const struct finding *finding, enum finding_change change)
{
	struct store *store = state;
	const struct target *target = target_get(store->targets, finding->target);
	struct store_event *event;

	if (store->is_off || !target)
		return;
	store->now = finding->changed;
	if (store->events_count == STORE_EVENTS_MAX) {
		store->events_count--;
		store->lost++;
		memmove(store->events, store->events + 1,
			store->events_count * sizeof(store->events[0]));
	}
	event = &store->events[store->events_count++];
	*event = (struct store_event){ .finding = *finding, .change = change };
	if (target->is_host)
		(void)snprintf(event->host, sizeof(event->host), "%s", target->name);
	/* of thousands of hosts each may change in one second: theirs wait for company */
	if (!target->is_host || store->events_count == STORE_EVENTS_MAX)
		store_try(store, false);
}

bool store_sync(struct store *store)
{
	store_try(store, false);
	return store->db.handle != NULL && store->trouble == 0;
}

static void store_flush(void *state, wall_us now)
{
	struct store *store = state;

	store->now = now;
	store_try(store, true);
}

/* --- life ----------------------------------------------------------------------------------- */

static void store_close(void *state)
{
	struct store *store = state;

	store->is_piece_over = true;
	store_try(store, false);
	store_file_close(store);
	store_trend_free(store);
	free(store->seats);
	free(store);
}

static int store_settings(struct store *store, const struct sink_env *env)
{
	int n;

	store->targets = env->targets;
	store->now = clock_wall();
	store->kept_hour = -1;
	store->is_off = !env->state_dir || !config_bool(env->config, "store", "enabled");
	if (store->is_off)
		return 0;
	store->limits.raw_days = config_int(env->config, "store", "raw_days");
	store->limits.rollup_days = config_int(env->config, "store", "rollup_days");
	store->limits.trend_days = config_int(env->config, "store", "trend_days");
	store->limits.host_days = config_int(env->config, "winevt", "history_days");
	store->limits.host_rows = config_int(env->config, "winevt", "history_rows");
	store->limits.max_bytes = config_int(env->config, "store", "max_mib") * 1024 * 1024;
	(void)snprintf(store->dir, sizeof(store->dir), "%s", env->state_dir);
	n = snprintf(store->path, sizeof(store->path), "%s/history.db", env->state_dir);
	return n < 0 || (size_t)n >= sizeof(store->path) - 64 ? -ENAMETOOLONG : 0;
}

static int store_open(const struct sink_env *env, void **ret_state)
{
	SCOPED(free_ptr) struct store *store = calloc(1, sizeof(*store));
	int r;

	if (!store)
		return -ENOMEM;
	r = store_settings(store, env);
	if (r < 0)
		return r;
	store_try(store, false);
	*ret_state = TAKE(store);
	return 0;
}

bool store_is_degraded(const struct store *store)
{
	return store->trouble != 0;
}

const struct sink_ops sink_store = {
	.name = "store",
	.open = store_open,
	.on_observation = store_on_observation,
	.on_finding = store_on_finding,
	.flush = store_flush,
	.close = store_close,
};
