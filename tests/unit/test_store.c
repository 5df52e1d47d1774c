/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store against real files while all is well: what comes back, what is thinned, rolled up and
 * dropped, and how large it gets. `test_store year FOLDER` measures a year at six a minute.
 */
#include "tests/unit/store_fixture.h"

/* --- what comes back -------------------------------------------------------------------------- */

static const struct bmc_identity idrac = { .manufacturer = 674,
					   .product = 0x100,
					   .firmware_major = 4,
					   .firmware_minor_bcd = 0x10,
					   .has_guid = true,
					   .guid = { 1, 2, 3 },
					   .aux_firmware = { 9 },
					   .has_aux_firmware = true };

static void store_one_of_each(const char *dir)
{
	struct observation obs = command_at(0, OBS_TIMEOUT, 5000000);
	struct finding f = finding_at(10, FINDING_TIMEOUTS_FREQUENT);
	struct store *store = open_in(dir);

	check(store && !store_is_degraded(store), "a missing folder is made");
	obs.cc = 0xc3;
	obs.error = -EBUSY;
	store_on_observation(store, &obs);
	obs = command_at(20, OBS_OK, 1500);
	obs.source = "sensors";
	obs.detail = "Fan 1 \"µ\"";
	obs.metric = METRIC_SENSOR;
	obs.value = INT64_MIN;
	obs.total = INT64_MAX;
	obs.flags = 0xffff;
	store_on_observation(store, &obs);
	obs.detail = NULL;
	obs.target = 1;
	store_on_observation(store, &obs);
	obs = (struct observation){ .source = "controller",
				    .metric = METRIC_IDENTITY,
				    .identity = &idrac,
				    .wall = at_s(21) };
	store_on_observation(store, &obs);
	check(ask(dir, "SELECT count(*) FROM sample") == 0, "observations wait in memory");
	store_on_finding(store, &f, FINDING_OPENED);
	check(ask(dir, "SELECT count(*) FROM finding") == 1, "a finding is written at once");
	store_flush(store, at_s(30));
	store_close(store);
}

static void test_round_trip(void)
{
	const char *dir = in_top("round-trip");
	const struct finding f = finding_at(10, FINDING_TIMEOUTS_FREQUENT);
	struct store *store;
	struct heard heard;

	store_one_of_each(dir);
	store = open_in(dir);
	check(hear(store, 86400, 40, &heard) == 0 && heard.obs_count == 4, "all come back");
	check(heard.out_of_order == 0, "the oldest first");
	check(heard.obs[0].status == OBS_TIMEOUT && heard.obs[0].took_us == 5000000 &&
		      heard.obs[0].cc == 0xc3 && heard.obs[0].error == -EBUSY &&
		      heard.obs[0].netfn == 6 && heard.obs[0].cmd == 1 &&
		      heard.obs[0].metric == METRIC_COMMAND,
	      "a command as it was");
	check(strcmp(heard.obs[0].source, "controller") == 0 &&
		      strcmp(heard.obs[1].source, "sensors") == 0,
	      "the names of its probes outlive the call");
	check(heard.obs[1].value == INT64_MIN && heard.obs[1].total == INT64_MAX &&
		      heard.obs[1].flags == 0xffff && heard.obs[1].metric == METRIC_SENSOR,
	      "a value at its limits");
	check(heard.obs[2].target == 1, "the other target's is the other target's");
	check(heard.obs[0].wall.v == at_s(0).v && heard.obs[0].mono.v == 960 * USEC_PER_SEC,
	      "its wall time is kept, its measured time is made up to go on into now");
	check(heard.identities == 1 && identity_equal(&heard.identity, &idrac),
	      "the identity as it was");
	check(heard.findings_count == 1 && heard.findings[0].kind == f.kind &&
		      heard.findings[0].severity == f.severity &&
		      heard.findings[0].since.v == f.since.v &&
		      heard.findings[0].since_mono.v == 970 * USEC_PER_SEC,
	      "the open finding as it was");
	check(memcmp(&heard.findings[0].evidence, &f.evidence, sizeof(f.evidence)) == 0,
	      "with its evidence, quotes and all");
	check(hear(store, 25, 40, &heard) == 0 && heard.obs_count == 3,
	      "a span limits how far back");
	check(hear(store, 86400, -30, &heard) == 0 && heard.obs_count == 4 &&
		      heard.obs[0].wall.v == at_s(-30).v &&
		      heard.obs[2].mono.v == 1000 * USEC_PER_SEC,
	      "what is a little ahead of the clock counts as now");
	check(hear(store, 86400, -100, &heard) == 0 && heard.obs_count == 0,
	      "what is from the future is left out: nobody knows when it was");
	check(heard.findings_count == 1 && heard.findings[0].since.v == at_s(-100).v &&
		      heard.findings[0].changed.v == at_s(-100).v &&
		      heard.findings[0].since_mono.v == 1000 * USEC_PER_SEC,
	      "but a finding that is open is open, since now");
	store_close(store);
}

static void test_stepped_clock(void)
{
	static const int64_t walls[] = { 100, 200, 50, 150 };
	struct store *store = open_in(in_top("stepped"));
	struct observation obs;
	struct heard heard;

	for (size_t i = 0; i < COUNT_OF(walls); i++) {
		obs = command_at(walls[i], OBS_OK, 1);
		store_on_observation(store, &obs);
	}
	store_flush(store, at_s(210));
	check(hear(store, 86400, 210, &heard) == 0 && heard.obs_count == 4 &&
		      heard.out_of_order == 0 && heard.obs[0].wall.v == at_s(50).v,
	      "after a step of the clock time does not run backwards");
	store_close(store);
}

/* --- identities ------------------------------------------------------------------------------ */

static struct {
	uint8_t major[64];
	int64_t wall_s[64];
	size_t count;
	bool is_early; /* the last identity came before a change */
} changes_heard;

static void hear_change(void *user UNUSED, const struct observation *obs)
{
	if (obs->metric != METRIC_IDENTITY || !obs->identity ||
	    changes_heard.count == COUNT_OF(changes_heard.major))
		return;
	changes_heard.major[changes_heard.count] = obs->identity->firmware_major;
	changes_heard.wall_s[changes_heard.count++] = obs->wall.v / USEC_PER_SEC - START;
}

static void hear_last(void *user UNUSED, uint32_t target UNUSED,
		      const struct bmc_identity *identity UNUSED)
{
	changes_heard.is_early |= changes_heard.count == 0;
}

static bool hear_changes(struct store *store, int64_t now_s)
{
	const struct store_reader reader = { .on_observation = hear_change,
					     .on_identity = hear_last };

	memset(&changes_heard, 0, sizeof(changes_heard));
	return store_read(store, USEC_PER_DAY, (mono_us){ 0 }, at_s(now_s), &reader) == 0;
}

static void see_firmware(struct store *store, int64_t seconds, uint8_t major)
{
	struct bmc_identity identity = idrac;
	const struct observation obs = { .source = "controller",
					 .metric = METRIC_IDENTITY,
					 .identity = &identity,
					 .wall = at_s(seconds) };

	identity.firmware_major = major;
	store_on_observation(store, &obs);
}

static void test_identity_changes(void)
{
	const char *dir = in_top("identity");
	struct store *store = open_in(dir);

	see_firmware(store, -9 * 86400, 1);
	see_firmware(store, -8 * 86400, 2);
	see_firmware(store, 0, 2);
	see_firmware(store, 10, 3);
	check(ask(dir, "SELECT count(*) FROM identity_change") == 3,
	      "a change is written at once: a kill -9 loses none");
	see_firmware(store, 20, 2);
	store_close(store);
	store = open_in(dir); /* kill -9 and back */
	check(hear_changes(store, 40) && changes_heard.count == 3 && changes_heard.major[0] == 2 &&
		      changes_heard.major[1] == 3 && changes_heard.major[2] == 2,
	      "a controller that flickered is known to have flickered");
	check(changes_heard.wall_s[0] == 40 - 86400 && changes_heard.wall_s[1] == 10 &&
		      changes_heard.wall_s[2] == 20,
	      "with the times, and what it was before the span to compare with");
	check(!changes_heard.is_early, "the last identity comes after all of them");
	see_firmware(store, 50, 2);
	store_file_close(store);
	store_flush(store, at_s(60));
	check(ask(dir, "SELECT count(*) FROM identity_change") == 4,
	      "the same again is no change, nor is writing it again");
	check(hear_changes(store, 15 - 70) && changes_heard.count == 1,
	      "changes from the future are left out");
	for (int i = 0; i < 500; i++) {
		see_firmware(store, 100 + i, (uint8_t)(i % 100));
		if (i % 10 == 0)
			store_flush(store, at_s(100 + i));
	}
	store_flush(store, at_s(700));
	check(ask(dir, "SELECT count(*) FROM identity_change") == 16 && hear_changes(store, 700) &&
		      changes_heard.major[15] == 99,
	      "of a controller that never stops the newest 16 are kept");
	store->is_resting = true; /* as after trouble: nothing is written before the flush */
	for (int i = 0; i < 100; i++)
		see_firmware(store, 800 + i, (uint8_t)(i % 100));
	store_flush(store, at_s(900));
	check(ask(dir, "SELECT count(*) FROM identity_change") == 16 && hear_changes(store, 900) &&
		      changes_heard.wall_s[15] == 899 && changes_heard.wall_s[0] == 884,
	      "also if all of them had to wait for the disk");
	store_close(store);
}

static void test_findings(void)
{
	const char *dir = in_top("findings");
	struct finding f = finding_at(0, FINDING_TIMEOUTS_SPORADIC);
	struct store *store = open_in(dir);
	struct heard heard = { 0 };

	store_on_finding(store, &f, FINDING_OPENED);
	f.previous = f.kind;
	f.kind = FINDING_TIMEOUTS_STORM;
	f.changed = at_s(60);
	store_on_finding(store, &f, FINDING_CHANGED);
	f = finding_at(70, FINDING_SLOW);
	store_on_finding(store, &f, FINDING_OPENED);
	check(ask(dir, "SELECT count(*) FROM finding") == 2, "a change is not another finding");
	store_close(store);

	store = open_in(dir); /* the daemon restarts */
	check(hear(store, 86400, 100, &heard) == 0 && heard.findings_count == 2 &&
		      heard.findings[0].kind == FINDING_TIMEOUTS_STORM &&
		      heard.findings[0].previous == FINDING_TIMEOUTS_SPORADIC &&
		      heard.findings[0].since.v == at_s(0).v,
	      "open findings come back with where they came from");
	f = heard.findings[0];
	f.changed = at_s(200);
	store_on_finding(store, &f, FINDING_CLOSED);
	check(ask(dir, "SELECT count(*) FROM finding WHERE closed_us IS NULL") == 1,
	      "a finding from before the restart can be closed");
	store_on_finding(store, &f, FINDING_OPENED);
	f.changed = at_s(300);
	store_on_finding(store, &f, FINDING_CLOSED);
	store_close(store);

	store = open_in(dir);
	f = finding_at(70, FINDING_SLOW);
	f.changed = at_s(400);
	store_on_finding(store, &f, FINDING_CLOSED);
	check(ask(dir, "SELECT count(*) FROM finding WHERE closed_us IS NULL") == 0,
	      "also without having been read");
	check(store_closed_findings(store, 2, hear_closed, &heard) == 0 &&
		      heard.findings_count == 4 && heard.findings[2].kind == FINDING_SLOW &&
		      heard.closed[2].v == at_s(400).v && heard.closed[3].v == at_s(300).v,
	      "closed ones: the newest first, no more than asked for");
	store_close(store);
}

static void test_thinning(void)
{
	const char *dir = in_top("thinning");
	struct store *store = open_in(dir);
	struct observation obs = { .source = "kdriver", .metric = METRIC_DRIVER_USERS };

	for (int i = 0; i < 60; i++) { /* an hour of every minute */
		obs.mono.v = i * USEC_PER_MINUTE;
		obs.wall = at_s(i * 60);
		obs.metric = METRIC_DRIVER_USERS;
		obs.value = i < 30 ? 1 : 2;
		store_on_observation(store, &obs);
		obs.metric = METRIC_DRIVER_HOSED;
		obs.value = i % 20 == 5 || i % 20 == 6;
		store_on_observation(store, &obs);
		obs.value = 1000 + i % 3;
		obs.metric = METRIC_FOREIGN_PER_HOUR;
		store_on_observation(store, &obs);
	}
	store_flush(store, at_s(3599));
	check(ask(dir, "SELECT count(*) FROM sample JOIN series s ON s.id = series"
		       " WHERE metric = 'driver-users'") == 6,
	      "a driver fact is stored when it changes and every ten minutes");
	check(ask(dir, "SELECT sum(value) FROM sample JOIN series s ON s.id = series"
		       " WHERE metric = 'driver-hosed'") == 6,
	      "no event is lost by that");
	check(ask(dir, "SELECT count(*) FROM sample JOIN series s ON s.id = series"
		       " WHERE metric = 'foreign-per-hour'") == 6,
	      "a rate that trembles has not changed");
	store_close(store);
}

/* --- roll-up and retention ---------------------------------------------------------------------
 */

static void test_rollup(void)
{
	const char *dir = in_top("rollup");
	struct store *store = open_in(dir);
	struct observation obs;

	for (int i = 1; i <= 9; i++) { /* 10 … 100 ms without 40, shuffled */
		obs = command_at(i, i == 4 ? OBS_SLOW : OBS_OK, (i * 7 % 11) * 10000);
		store_on_observation(store, &obs);
	}
	obs = command_at(20, OBS_TIMEOUT, 5000000);
	store_on_observation(store, &obs);
	obs = command_at(29, OBS_LATE, 9000000);
	store_on_observation(store, &obs);
	for (int i = 0; i < 1000; i++) {
		obs = command_at(30, OBS_SKIPPED, 0);
		store_on_observation(store, &obs);
	}
	store_flush(store, at_s(3599));
	check(ask(dir, "SELECT count(*) FROM rollup WHERE commands > 0") == 0,
	      "an hour that is not over is not rolled up");
	store_close(store);
	store = open_in(dir);
	obs = command_at(3700, OBS_OK, 77);
	store_on_observation(store, &obs);
	store_flush(store, at_s(3700));
	store_flush(store, at_s(3760));
	check(ask(dir, "SELECT count(*) FROM rollup") == 1, "one that is over is one row");
	check(ask(dir, "SELECT commands * 10000 + ok * 1000 + slow * 100 + timeout * 10 + late"
		       " FROM rollup") == 10 * 10000 + 8 * 1000 + 100 + 10 + 1,
	      "with what became of the commands, a late answer not counted twice");
	check(ask(dir, "SELECT skipped FROM rollup") == 1000, "skipped ones are counted there");
	check(ask(dir, "SELECT count(*) FROM sample WHERE status = 9") == 0, "and nowhere else");
	check(ask(dir, "SELECT q20_us FROM rollup") == 20000 &&
		      ask(dir, "SELECT q50_us FROM rollup") == 60000 &&
		      ask(dir, "SELECT q90_us FROM rollup") == 100000,
	      "quantiles are exact, by nearest rank of ten");
	store_flush(store, at_s(2 * 3600));
	check(ask(dir, "SELECT sum(commands) FROM rollup") == 11, "each sample is counted once");

	obs = command_at(100, OBS_OK, 1); /* the clock is stepped back by two hours */
	store_on_observation(store, &obs);
	store_flush(store, at_s(110));
	obs = command_at(4000, OBS_OK, 1);
	store_on_observation(store, &obs);
	store_flush(store, at_s(4000));
	check(ask(dir, "SELECT sum(commands) FROM rollup") == 12 &&
		      ask(dir, "SELECT count(*) FROM rollup") == 2,
	      "an hour that is gone through twice is added up");
	store_close(store);
}

static void test_retention(void)
{
	const char *dir = in_top("retention");
	struct store *store;
	struct finding f = finding_at(0, FINDING_SLOW);
	const struct observation ahead = command_at(20 * 365 * 86400, OBS_OK, 1);
	char sql[128];

	raw_days = 2;
	rollup_days = 5;
	store = open_in(dir);
	store_on_observation(store, &ahead);
	store_on_finding(store, &f, FINDING_OPENED);
	store_on_finding(store, &f, FINDING_CLOSED);
	f = finding_at(0, FINDING_BUSY);
	store_on_finding(store, &f, FINDING_OPENED);
	fill_days(store, 0, 10, 600);
	(void)snprintf(sql, sizeof(sql), "SELECT count(*) FROM sample WHERE wall_ms < %lld",
		       (long long)(at_s(8 * 86400 - 3600).v / 1000));
	check(ask(dir, sql) == 0, "raw samples go after their days");
	check(ask(dir, "SELECT count(*) FROM sample") >= 2 * 144, "and not before");
	check(ask(dir, "SELECT count(*) FROM sample WHERE took_us = 1") == 0,
	      "also one that a wrong clock dated years ahead");
	check(ask(dir, "SELECT count(*) FROM rollup WHERE ok > 1") == 5 * 24,
	      "roll-ups after theirs");
	check(ask(dir, "SELECT count(*) FROM finding WHERE closed_us IS NOT NULL") == 0 &&
		      ask(dir, "SELECT count(*) FROM finding") == 1,
	      "closed findings go with them, open ones never");

	store_flush(store, (wall_us){ 0 });
	store_flush(store, at_s(20 * 365 * 86400));
	check(ask(dir, "SELECT count(*) FROM sample") >= 2 * 144,
	      "a clock that jumps for a moment costs no raw history");
	store_close(store);
	raw_days = 7;
	rollup_days = 400;
}

static void test_size(void)
{
	const char *dir = in_top("size");
	struct store *store;
	int64_t most = 0;

	store = open_in(dir);
	fill_days(store, 0, 1, 1);
	store_close(store);
	check(size_of(dir, "history.db") > 1024 * 1024, "a day of one a second is over a MiB");
	max_mib = 1;
	store = open_in(dir);
	for (int hour = 0; hour < 24; hour++) {
		for (int64_t s = 86400 + hour * 3600; s < 86400 + (hour + 1) * 3600; s++) {
			struct observation obs = command_at(s, OBS_OK, 2000 + s % 977);

			store_on_observation(store, &obs);
			if (s % 60 == 0)
				store_flush(store, at_s(s));
		}
		if (hour > 0)
			most = max_i64(most,
				       size_of(dir, "history.db") + size_of(dir, "history.db-wal"));
	}
	check(most <= 1024 * 1024 + STORE_WAL_LIMIT / 8,
	      "with a limit of 1 MiB it shrinks and stays there (%lld)", (long long)most);
	check(!store_is_degraded(store) && told[MESSAGE_STORE_DEGRADED] == 0,
	      "and works all the time");
	check(ask(dir, "SELECT count(*) FROM rollup WHERE commands = 3600") >= 46,
	      "the raw goes before the roll-up");
	check(ask(dir, "PRAGMA integrity_check") == 1, "the file is sound");
	for (int i = 0; i < 200; i++)
		(void)!store_db_run(&store->db, SQL_SHRINK_SAMPLES, NULL);
	check(ask(dir, "SELECT count(*) FROM sample") == 1,
	      "the newest sample stays: its number must not be given out again");
	store_close(store);
	max_mib = 16;
}

/* --- limits ------------------------------------------------------------------------------------
 */

static void test_limits(void)
{
	const char *dir = in_top("limits");
	struct store *store = open_in(dir);
	struct observation obs = command_at(0, OBS_OK, 1);
	char name[300];
	bool is_cut;

	for (int i = 0; i < SERIES_MAX + 100; i++) {
		(void)snprintf(name, sizeof(name), "sensor %d", i);
		obs.detail = name;
		store_on_observation(store, &obs);
	}
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	obs.detail = name;
	store_on_observation(store, &obs);
	store_flush(store, at_s(10));
	check(ask(dir, "SELECT count(*) FROM sample") == SERIES_MAX + 101,
	      "no observation is lost for want of a name");
	check(store->series.count <= SERIES_MAX, "but not all of the names are kept");
	store_close(store);

	store = open_in(dir);
	(void)hear(store, 86400, 100, &ignored);
	store_on_observation(store, &obs);
	store_flush(store, at_s(20));
	is_cut = ask(dir, "SELECT max(length(detail)) FROM series") <= SERIES_DETAIL_MAX;
	check(is_cut, "long names are cut");
	obs.target = 2;
	store_on_observation(store, &obs);
	obs.target = TARGET_NONE;
	store_on_observation(store, &obs);
	store_flush(store, at_s(30));
	check(!store_is_degraded(store) && ask(dir, "SELECT count(*) FROM target") == 1,
	      "a target nobody knows is not recorded");
	store_close(store);

	check(run_sql(dir,
		      "UPDATE series SET metric = 'odd' WHERE id % 2;"
		      "UPDATE sample SET status = 77 WHERE id % 3 = 0;"
		      "INSERT INTO finding SELECT 1, 1, 'odd', 'odd', 'odd', 'x', 1, NULL, -1, -1,"
		      " 99999999999, 1, 'y', -5, 300, 300, 300, 1, 'z', -1, -1, 300, 'x', -1,"
		      " 'y', -1, -9, -1, 'x', -1, 300, 5, 'odd', 7, 'y', 9e999, 'z'"),
	      "somebody edits the file");
	store = open_in(dir);
	check(hear(store, 86400, 100, &ignored) == 0, "rows that make no sense are left out");
	store_close(store);
}

static void test_codes(void)
{
	const char *dir = in_top("codes");
	struct store *store = open_in(dir);
	bool same = true;
	char sql[128];

	for (int i = 0; i < OBS_STATUS_MAX; i++) {
		(void)snprintf(sql, sizeof(sql), "SELECT code FROM status WHERE name = '%s'",
			       obs_status_name((enum obs_status)i));
		same = same && ask(dir, sql) == i;
	}
	check(same && ask(dir, "SELECT count(*) FROM status") == OBS_STATUS_MAX,
	      "the status codes on disk are those of the code: a new one needs a migration");
	store_close(store);
}

/* --- a year ------------------------------------------------------------------------------------
 */

/* Six commands and four driver facts a minute; a command in 50 times out. */
static void live_minute(struct store *store, int64_t minute)
{
	static const enum obs_metric facts[] = { METRIC_DRIVER_USERS, METRIC_DRIVER_MESSAGES,
						 METRIC_FOREIGN_PER_HOUR, METRIC_DRIVER_HOSED };
	char name[32];

	for (int64_t i = 0; i < 6; i++) {
		struct observation obs = command_at(minute * 60 + i * 10, OBS_OK, 0);
		const int64_t n = minute * 6 + i;

		obs.took_us = 3000 + n * 7919 % 40000;
		if (i > 0) {
			(void)snprintf(name, sizeof(name), "Sensor %d", (int)(n * 31 % 60));
			obs.source = "sensors";
			obs.detail = name;
			obs.netfn = 4;
			obs.cmd = 0x2d;
		}
		if (n % 50 == 0)
			obs.status = OBS_TIMEOUT;
		store_on_observation(store, &obs);
	}
	for (size_t i = 0; i < COUNT_OF(facts); i++) {
		struct observation obs = command_at(minute * 60, OBS_OK, 0);

		obs.source = "kdriver";
		obs.detail = NULL;
		obs.netfn = obs.cmd = 0;
		obs.metric = facts[i];
		obs.value = i == 2 ? 100 + minute / 10 % 60 : 1;
		store_on_observation(store, &obs);
	}
	store_flush(store, at_s(minute * 60 + 59));
}

static int64_t measure(const char *dir, int64_t days)
{
	struct store *store = open_in(dir);
	int64_t most = 0;

	for (int64_t minute = 0; minute < days * 1440; minute++) {
		live_minute(store, minute);
		if (minute % 1440 == 1439)
			most = max_i64(most,
				       size_of(dir, "history.db") + size_of(dir, "history.db-wal"));
	}
	store_close(store);
	return most;
}

static void test_scale(void)
{
	const char *dir = in_top("scale");
	int64_t day, raw, rolled;

	raw_days = 1;
	day = measure(dir, 4);
	raw_days = 7;
	raw = size_of(dir, "history.db");
	check(run_sql(dir,
		      "WITH RECURSIVE h(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM h"
		      " WHERE n < 9600) INSERT INTO rollup SELECT 1, s.c, 480000 + n, 300, 290,"
		      " 1, 1, 7, 0, 0, 0, 0, 0, 20, 10000, 20000, 3000000 FROM h,"
		      " (SELECT 'sensors' AS c UNION SELECT 'controller') s;"
		      "PRAGMA wal_checkpoint(TRUNCATE)"),
	      "400 days of roll-ups of two probes");
	rolled = size_of(dir, "history.db") - raw;
	check(day < 1200 * 1024, "a day of six a minute is %lld KiB, journal and all",
	      (long long)day / 1024);
	check(rolled > 500000 && 7 * raw + rolled + STORE_WAL_LIMIT < 8 * 1024 * 1024,
	      "a week of them and a year of roll-ups stay under 8 MiB (%lld KiB)",
	      (long long)(7 * raw + rolled + STORE_WAL_LIMIT) / 1024);
}

int main(int argc, char **argv)
{
	check(setup(), "two targets and a folder");
	if (argc == 3 && strcmp(argv[1], "year") == 0) {
		printf("# the largest it ever was: %lld KiB\n",
		       (long long)measure(argv[2], 365) / 1024);
		teardown();
		return 0;
	}
	test_round_trip();
	test_stepped_clock();
	test_identity_changes();
	test_findings();
	test_thinning();
	test_rollup();
	test_retention();
	test_size();
	test_limits();
	test_codes();
	test_scale();
	teardown();
	return tap_done();
}
