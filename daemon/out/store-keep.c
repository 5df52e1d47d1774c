/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeping the file small: hours that are over become one row per target and probe, what is too old
 * goes, and if the file is too large all the same the oldest goes first, raw before rolled up.
 *
 * Everything is done in bites, so that neither a day's backlog nor a clock that jumps for a moment
 * costs much time or much history at once.
 */
#include "out/store-internal.h"

#define EXPIRE_SAMPLES	  20000
#define EXPIRE_ROLLUPS	  500
#define EXPIRE_PIECES	  2000
#define KEEP_FINDINGS_MAX 2000
#define SHRINK_ROUNDS	  16

static const char rolled_key[] = "rolled_to"; /* samples below this number are in the roll-up */

struct roll { /* samples from, to (not included) */
	int64_t from, to;
};

struct roll_group {
	int64_t target, hour, answers;
	char source[SERIES_SOURCE_MAX + 1];
};

/* The q-th of `count` in order: nearest rank, as statistics books have it. */
static int64_t rank_of(int64_t percent, int64_t count)
{
	return max_i64((count * percent + 99) / 100 - 1, 0);
}

static int roll_latencies(struct store_db *db, const struct roll *roll,
			  const struct roll_group *group)
{
	static const int64_t percents[] = { 20, 50, 90 };
	struct params set = { .numbers = { group->target, group->hour },
			      .count = 5,
			      .texts = { group->source } };

	for (size_t i = 0; i < COUNT_OF(percents); i++) {
		const struct params ask = {
			.numbers = { roll->from, roll->to, group->target, group->hour,
				     rank_of(percents[i], group->answers) },
			.count = 5,
			.texts = { group->source },
		};
		int r = store_db_ask(db, SQL_ROLL_LATENCY, &ask, &set.numbers[2 + i]);

		if (r < 0 && r != -ENODATA)
			return r;
	}
	return store_db_run(db, SQL_ROLL_LATENCIES_SET, &set);
}

static int roll_groups(struct store_db *db, const struct roll *roll)
{
	const struct params range = { .numbers = { roll->from, roll->to }, .count = 2 };
	int r = 0, step;
	sqlite3_stmt *stmt = store_db_query(db, SQL_ROLL_GROUPS, &range, &r);

	if (!stmt)
		return r;
	while ((step = store_db_next(db, stmt)) > 0) {
		const char *source = (const char *)sqlite3_column_text(stmt, 1);
		struct roll_group group = {
			.target = sqlite3_column_int64(stmt, 0),
			.hour = sqlite3_column_int64(stmt, 2),
			.answers = sqlite3_column_int64(stmt, 3),
		};

		(void)snprintf(group.source, sizeof(group.source), "%s", source ? source : "");
		r = roll_latencies(db, roll, &group);
		if (r < 0) {
			(void)sqlite3_reset(stmt);
			return r;
		}
	}
	return step;
}

/* Roll up what is not of the running hour. Remembered in the same transaction, so each sample is
 * counted once whatever happens in between. */
static int roll_up(struct store *store, wall_us now)
{
	struct store_db *db = &store->db;
	const struct params key = { .texts = { rolled_key } };
	struct params set = { .count = 1, .texts = { rolled_key } };
	struct roll roll = { 0 };
	int r;

	r = store_db_ask(db, SQL_META_GET, &key, &roll.from);
	if (r < 0 && r != -ENODATA)
		return r;
	r = store_db_ask(db, SQL_ROLL_END,
			 &(struct params){ .numbers = { roll.from, hour_of(now) }, .count = 2 },
			 &roll.to);
	if (r < 0 || roll.to <= roll.from)
		return r;
	r = store_db_run(db, SQL_ROLL_COUNTS,
			 &(struct params){ .numbers = { roll.from, roll.to }, .count = 2 });
	if (r == 0)
		r = roll_groups(db, &roll);
	set.numbers[0] = roll.to;
	return r < 0 ? r : store_db_run(db, SQL_META_SET, &set);
}

static int expire(struct store *store, wall_us now)
{
	const struct store_limits *limits = &store->limits;
	const int64_t oldest_ms = (now.v - limits->raw_days * USEC_PER_DAY) / USEC_PER_MSEC;
	const int64_t oldest_hour = hour_of(now) - limits->rollup_days * 24;
	const struct params samples = {
		.numbers = { oldest_ms, now.v / USEC_PER_MSEC, EXPIRE_SAMPLES }, .count = 3
	};
	const struct params rollups = { .numbers = { oldest_hour, EXPIRE_ROLLUPS }, .count = 2 };
	const struct params pieces = { .numbers = { now.v - limits->trend_days * USEC_PER_DAY,
						    now.v, EXPIRE_PIECES },
				       .count = 3 };
	const struct params findings = {
		.numbers = { oldest_hour * USEC_PER_HOUR, KEEP_FINDINGS_MAX }, .count = 2
	};
	int r;

	r = store_db_run(&store->db, SQL_EXPIRE_SAMPLES, &samples);
	if (r == 0)
		r = store_db_run(&store->db, SQL_EXPIRE_ROLLUPS, &rollups);
	if (r == 0)
		r = store_db_run(&store->db, SQL_EXPIRE_FINDINGS, &findings);
	if (r == 0)
		r = store_db_run(&store->db, SQL_EXPIRE_PIECES, &pieces);
	if (r == 0)
		r = store_hosts_expire(store, now);
	return r;
}

static int keep_hour(struct store *store, wall_us now)
{
	int r = store_db_run(&store->db, SQL_BEGIN, NULL);

	if (r == 0)
		r = roll_up(store, now);
	if (r == 0)
		r = expire(store, now);
	return r < 0 ? r : store_db_run(&store->db, SQL_COMMIT, NULL);
}

/* Delete an eighth of what is known of Windows hosts, which anybody can fill; then of the samples;
 * once there are none but the last, of the trends' pieces; then some roll-ups. 1: something went,
 * 0: nothing is left to delete. */
static int shrink_once(struct store_db *db)
{
	static const struct params rollups = { .numbers = { EXPIRE_ROLLUPS }, .count = 1 };
	int r = store_db_run(db, SQL_SHRINK_TALLIES, NULL);

	if (r == 0 && sqlite3_changes(db->handle) == 0)
		r = store_db_run(db, SQL_SHRINK_SAMPLES, NULL);
	if (r == 0 && sqlite3_changes(db->handle) == 0)
		r = store_db_run(db, SQL_SHRINK_PIECES, NULL);
	if (r == 0 && sqlite3_changes(db->handle) == 0)
		r = store_db_run(db, SQL_SHRINK_ROLLUPS, &rollups);
	if (r < 0)
		return r;
	return sqlite3_changes(db->handle) > 0;
}

int store_shrink(struct store *store)
{
	const int64_t room = max_i64(store->limits.max_bytes - STORE_WAL_LIMIT, STORE_WAL_LIMIT);
	const int64_t most = room / STORE_PAGE * 7 / 8; /* under the ceiling of store_db_open() */

	for (int round = 0; round < SHRINK_ROUNDS; round++) {
		int64_t pages;
		int r = store_db_ask(&store->db, SQL_PAGES_USED, NULL, &pages);

		if (r < 0)
			return r;
		if (pages <= most)
			break;
		r = shrink_once(&store->db);
		if (r <= 0)
			return r;
	}
	return store_db_run(&store->db, SQL_VACUUM, NULL);
}

int store_keep(struct store *store, wall_us now)
{
	int r;

	if (store->kept_hour != hour_of(now) || store_hosts_are_many(store)) {
		r = keep_hour(store, now);
		if (r < 0)
			return r;
		store->kept_hour = hour_of(now);
	}
	return store_shrink(store);
}
