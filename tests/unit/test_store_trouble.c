/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store in trouble: no space, no permission, no folder, a lock, a damaged or foreign file, and
 * the daemon killed in the middle of a write.
 */
#include <sys/resource.h>

#include "tests/unit/store_fixture.h"

/* --- trouble -----------------------------------------------------------------------------------
 */

static void test_full_disk(void)
{
	const char *dir = in_top("full");
	struct rlimit none = { 0 }, old;
	struct finding f = finding_at(0, FINDING_SLOW);
	struct store *store = open_in(dir);
	struct observation obs;

	check(getrlimit(RLIMIT_FSIZE, &old) == 0, "a limit stands in for the full disk");
	none.rlim_max = old.rlim_max;
	(void)signal(SIGXFSZ, SIG_IGN);
	store_on_finding(store, &f, FINDING_OPENED);
	(void)setrlimit(RLIMIT_FSIZE, &none);
	for (int i = 0; i < 24 * 60; i++) {
		obs = command_at(60 * i, OBS_OK, 1000);
		store_on_observation(store, &obs);
		store_flush(store, at_s(60 * i));
	}
	f = finding_at(86400, FINDING_MUTE);
	store_on_finding(store, &f, FINDING_OPENED);
	check(store_is_degraded(store) && told[MESSAGE_STORE_DEGRADED] == 1,
	      "a day of no space is told once (%u)", told[MESSAGE_STORE_DEGRADED]);
	check(strstr(message, "Next: ") && strstr(message, dir), "with the file and what to do: %s",
	      message);
	check(told[MESSAGE_STORE_RECOVERED] == 0, "and is not over before it is");
	check(hear(store, 86400, 0, &ignored) == -ENODATA, "nothing is read meanwhile");
	(void)setrlimit(RLIMIT_FSIZE, &old);
	store_flush(store, at_s(86500));
	store_flush(store, at_s(86560));
	check(!store_is_degraded(store) && told[MESSAGE_STORE_RECOVERED] == 1,
	      "its end is told once");
	check(ask(dir, "SELECT count(*) FROM sample") == STORE_ROWS_MAX &&
		      ask(dir, "SELECT count(*) FROM finding") == 2,
	      "the newest of what came meanwhile is there");
	check(strstr(message, "928 observations") != NULL, "what was lost is counted: %s", message);

	for (int i = 0; i < 50; i++) { /* space comes and goes */
		(void)setrlimit(RLIMIT_FSIZE, i % 2 ? &old : &none);
		obs = command_at(86600 + 60 * i, OBS_OK, 1000);
		store_on_observation(store, &obs);
		store_flush(store, at_s(86600 + 60 * i));
	}
	check(told[MESSAGE_STORE_DEGRADED] == 2 && told[MESSAGE_STORE_RECOVERED] == 2,
	      "a disk at the brink is told of once an hour");
	store_flush(store, at_s(200000));
	store->trouble = -EIO;
	(void)setrlimit(RLIMIT_FSIZE, &none);
	store_flush(store, at_s(200060));
	check(store_is_degraded(store), "having nothing to write is no proof that it works");
	(void)setrlimit(RLIMIT_FSIZE, &old);
	store_close(store);
	(void)signal(SIGXFSZ, SIG_DFL);
	check(ask(dir, "PRAGMA integrity_check") == 1, "the file is sound");
}

/* SQLite's own ceiling says SQLITE_FULL, as a full disk does. */
static void test_ceiling(void)
{
	const char *dir = in_top("ceiling");
	struct store *store = open_in(dir);

	check(sqlite3_exec(store->db.handle, "PRAGMA max_page_count = 1", NULL, NULL, NULL) ==
		      SQLITE_OK,
	      "no page more than there are");
	for (int i = 0; i < STORE_ROWS_MAX - 1 && !store_is_degraded(store); i++) {
		struct observation obs = command_at(i, OBS_OK, 1000);

		obs.detail = i % 2 ? "an even longer label than most to fill pages" : "b";
		obs.netfn = (uint8_t)(i & 0xff);
		store_on_observation(store, &obs);
	}
	check(store_is_degraded(store) && strstr(message, "the disk is full"),
	      "a full disk is called that: %s", message);
	check(ask(dir, "SELECT count(*) FROM sample") == 0,
	      "a batch is written whole or not at all");
	store_flush(store, at_s(700)); /* opens anew, with the usual ceiling */
	check(!store_is_degraded(store) && ask(dir, "SELECT count(*) FROM sample") >= 256,
	      "nothing that waited is lost");
	store_close(store);
}

static int64_t root_of(const char *dir, const char *table)
{
	char sql[128];

	(void)snprintf(sql, sizeof(sql), "SELECT rootpage FROM sqlite_master WHERE name = '%s'",
		       table);
	return ask(dir, sql);
}

static void test_damage(void)
{
	const char *dir = in_top("damage");
	struct store *store;
	struct heard heard;

	(void)mkdir(dir, 0700);
	spoil(dir, 0, 50000);
	store = open_in(dir);
	check(!store_is_degraded(store) && told[MESSAGE_STORE_REPLACED] == 1 &&
		      told[MESSAGE_STORE_DEGRADED] == 0,
	      "a file that is none is moved aside and told of once: %s", message);
	check(count_names(dir, "history.db.corrupt-") == 1, "it is still there");
	fill_days(store, 0, 1, 60);
	store_close(store);

	spoil(dir, (root_of(dir, "rollup") - 1) * STORE_PAGE, 1000);
	store = open_in(dir);
	check(!store_is_degraded(store) && told[MESSAGE_STORE_REPLACED] == 1 &&
		      strstr(message, "was damaged") && strstr(message, "Next: look at the disk"),
	      "damage in the middle is found at start: %s", message);
	fill_days(store, 1, 1, 60);
	store_flush(store, at_s(2 * 86400));
	check(told[MESSAGE_STORE_REPLACED] == 1 && hear(store, 86400, 2 * 86400, &heard) == 0 &&
		      heard.obs_count > 1000,
	      "the new file works");
	store_close(store);
}

static void touch(const char *dir, const char *name)
{
	char path[FS_PATH_MAX];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		(void)close(fd);
}

static void test_damage_again(void)
{
	const char *dir = in_top("damage-again");
	struct store *store;
	char name[64];

	(void)mkdir(dir, 0700);
	for (int i = 0; i < 6; i++) {
		(void)snprintf(name, sizeof(name), "history.db.corrupt-2020-01-01T00:00:0%dZ", i);
		touch(dir, name);
		(void)snprintf(name, sizeof(name), "history.db.corrupt-2020-01-01T00:00:0%dZ-wal",
			       i);
		touch(dir, name);
	}
	spoil(dir, 0, 100);
	store = open_in(dir);
	check(!store_is_degraded(store) && count_names(dir, "history.db.corrupt-") == 3 + 2 &&
		      count_names(dir, "history.db.corrupt-2020-01-01T00:00:03Z") == 0 &&
		      count_names(dir, "history.db.corrupt-2020-01-01T00:00:04Z") == 2,
	      "the newest three damaged ones are kept: they do not fill the disk");

	store_file_close(store);
	store->was_checked = false;
	spoil(dir, 0, 100);
	store->now.v += USEC_PER_HOUR;
	store_flush(store, store->now);
	check(store_is_degraded(store) && told[MESSAGE_STORE_DEGRADED] == 1,
	      "damaged twice a day: the disk is to blame, and told of: %s", message);
	store->now.v += USEC_PER_DAY;
	store_flush(store, store->now);
	check(!store_is_degraded(store), "the next day it is tried again");
	store_close(store);
}

static void test_newer(void)
{
	const char *dir = in_top("newer");
	struct store *store = open_in(dir);
	static char before[200000], after[200000];
	ssize_t n;

	fill_days(store, 0, 1, 600);
	store_close(store);
	check(run_sql(dir, "PRAGMA user_version = 99"), "a newer version has been here");
	n = fs_read(dir, "/history.db", before, sizeof(before));
	store = open_in(dir);
	fill_days(store, 1, 2, 600);
	check(store_is_degraded(store) && told[MESSAGE_STORE_DEGRADED] == 1 &&
		      strstr(message, "layout 99"),
	      "what a newer version wrote is left alone, told once: %s", message);
	store_close(store);
	check(n > 0 && fs_read(dir, "/history.db", after, sizeof(after)) == n &&
		      memcmp(before, after, (size_t)n) == 0,
	      "not a byte of it has changed");
}

static void test_foreign(void)
{
	static const struct {
		const char *sql, *what;
	} files[] = {
		{ "CREATE TABLE meta(a); CREATE TABLE finding(x)", "another program's database" },
		{ "CREATE TABLE other(a)", "one without a name in common" },
		{ "PRAGMA user_version = -5", "a negative version" },
		{ "PRAGMA user_version = 1", "an empty file that says it is the first version" },
		{ "PRAGMA user_version = 5", "an empty file that says it is the present version" },
		{ "CREATE TABLE t(x); INSERT INTO t VALUES(zeroblob(20000000));"
		  "PRAGMA user_version = 1",
		  "one larger than the limit" },
		{ "CREATE TABLE t(x); PRAGMA user_version = 2", "a foreign one that says so" },
	};
	const struct observation obs = command_at(0, OBS_OK, 1);
	char name[32];

	for (size_t i = 0; i < COUNT_OF(files); i++) {
		const char *dir;
		struct store *store;

		(void)snprintf(name, sizeof(name), "foreign-%zu", i);
		dir = in_top(name);
		(void)mkdir(dir, 0700);
		message[0] = '\0';
		check(run_sql(dir, files[i].sql), "%s lies there", files[i].what);
		store = open_in(dir);
		store_on_observation(store, &obs);
		store_flush(store, at_s(60));
		check(!store_is_degraded(store) && told[MESSAGE_STORE_REPLACED] == 1 &&
			      told[MESSAGE_STORE_DEGRADED] == 0 &&
			      count_names(dir, "history.db.corrupt-") == 1 &&
			      !strstr(message, "not an error") && !strstr(message, "damaged") &&
			      strstr(message, "Next: see whose it is") &&
			      ask(dir, "SELECT count(*) FROM sample") == 1,
		      "it is moved aside, told of once: %s", message);
		store_close(store);
	}
}

static void test_lost_table(void)
{
	const char *dir = in_top("lost-table");
	struct store *store = open_in(dir);

	store_close(store);
	check(run_sql(dir, "ALTER TABLE sample RENAME COLUMN took_us TO took"),
	      "somebody renames a column");
	store = open_in(dir);
	check(!store_is_degraded(store) && told[MESSAGE_STORE_REPLACED] == 1 &&
		      strstr(message, "took_us"),
	      "that is found at start: %s", message);
	store_close(store);
}

/* A file as the first release made it. */
static void test_first_layout(void)
{
	const char *const first[] = { store_migrations[0], NULL };
	const char *dir = in_top("first");
	struct store_db db = { 0 };
	struct store *store;
	struct heard heard;

	(void)mkdir(dir, 0700);
	check(sqlite3_open(in_top("first/history.db"), &db.handle) == SQLITE_OK &&
		      store_migrate(&db, first) == 0,
	      "a file of version 1");
	(void)sqlite3_close(db.handle);
	check(run_sql(dir,
		      "INSERT INTO target VALUES(5, 'local', 674, 256, 32, 1, 4, 16, 2, NULL,"
		      " x'01020300000000000000000000000000'), (6, 'other', NULL, NULL, NULL, NULL,"
		      " NULL, NULL, NULL, NULL, NULL);"
		      "INSERT INTO series VALUES(1, 5, 'controller', '', 'command', 6, 1);"
		      "INSERT INTO sample VALUES(1, 1, 3, 1767225600000, 5000000, 0, 0, 0, 0, 0);"
		      "INSERT INTO rollup(target, source, hour, ok) VALUES(5, 'controller', 1, 7);"
		      "INSERT INTO finding VALUES(1, 5, 'slow', 'slow', 'warning', "
		      "1767225600000000,"
		      " 1767225600000000, NULL, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 'text')"),
	      "with something of everything");
	store = open_in(dir);
	check(!store_is_degraded(store) && told[MESSAGE_STORE_REPLACED] == 0 &&
		      ask(dir, "PRAGMA user_version") == 6,
	      "it is brought to the present one");
	check(hear(store, 86400, 100, &heard) == 0 && heard.obs_count == 2 &&
		      heard.obs[1].status == OBS_TIMEOUT && heard.findings_count == 1 &&
		      heard.identities == 1 && heard.identity.manufacturer == 674 &&
		      ask(dir, "SELECT sum(ok) FROM rollup") == 7,
	      "with all its data");
	check(heard.obs[0].metric == METRIC_IDENTITY &&
		      heard.obs[0].wall.v == at_s(100 - 86400).v &&
		      ask(dir, "SELECT count(*) FROM identity_change") == 1,
	      "the identity has been that all along");
	store_close(store);
}

/* No row of a file may overflow our arithmetic. */
static void test_absurd_times(void)
{
	const char *dir = in_top("absurd");
	const struct observation obs = command_at(0, OBS_OK, 1);
	const struct bmc_identity identity = { .manufacturer = 674 };
	const struct observation who = { .source = "controller",
					 .metric = METRIC_IDENTITY,
					 .identity = &identity,
					 .wall = at_s(0) };
	const struct finding f = finding_at(0, FINDING_SLOW);
	struct store *store = open_in(dir);
	struct heard heard;

	store_on_observation(store, &obs);
	store_on_finding(store, &f, FINDING_OPENED);
	store_on_observation(store, &who);
	store_flush(store, at_s(1));
	store_close(store);
	check(run_sql(dir,
		      "CREATE TEMP TABLE t(x); INSERT INTO t VALUES(-9223372036854775807 - 1),"
		      " (-4611686018427387904), (-1), (4611686018427387904), (9223372036854775807);"
		      "INSERT INTO sample SELECT NULL, series, 0, x, x, x, x, x, x, x FROM sample, "
		      "t;"
		      "INSERT INTO identity_change SELECT NULL, target, x, x, x, x, x, x, x, x, "
		      "'a',"
		      " 'b' FROM identity_change, t;"
		      "INSERT INTO finding SELECT NULL, target, kind, previous, severity, s.x, c.x,"
		      " NULL, s.x, s.x, s.x, s.x, 9e999, s.x, s.x, s.x, s.x, s.x, evidence,"
		      " s.x, s.x, s.x, 9e999, s.x, s.x, s.x, s.x, s.x, s.x, s.x, s.x, '', '', '', "
		      "'',"
		      " 9e999, -9e999 FROM finding, t s, t c;"
		      "INSERT INTO finding SELECT NULL, target, kind, previous, severity, since_us,"
		      " changed_us, x, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, evidence, 0, 0, 0, 0, 0, 0, "
		      "0, 0, 0, 0, 0, 0, '', '', '', '', 0, 0"
		      " FROM finding, t"),
	      "somebody writes absurd times");
	store = open_in(dir);
	check(hear(store, 86400, 100, &heard) == 0 && heard.obs_count == 2,
	      "samples and identities with times that cannot be are left out");
	check(heard.findings_count == 1 + 4 && heard.findings[4].since.v == at_s(100).v &&
		      heard.findings[4].changed.v == at_s(100).v,
	      "findings from before 1970, too; those from the future are since now");
	check(heard.findings[4].evidence.rate_per_hour <= UINT32_MAX &&
		      heard.findings[4].evidence.error == 0 &&
		      heard.findings[4].evidence.latency_us <= USEC_PER_DAY,
	      "their evidence is such that one can count with it");
	memset(&heard, 0, sizeof(heard));
	check(store_closed_findings(store, 1000, hear_closed, &heard) == 0 &&
		      heard.closed[0].v >= 0 && heard.findings[0].since.v >= 0,
	      "the closed ones likewise");
	store_flush(store, at_s(7200));
	check(!store_is_degraded(store), "and the file is used");
	store_close(store);
}

static void test_migration(void)
{
	static const char *const two[] = { "CREATE TABLE a(x); INSERT INTO a VALUES(1)",
					   "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = x + 1",
					   NULL };
	const char *const bad[] = { two[0], two[1], "CREATE TABLE b(x); rubbish", NULL };
	const char *dir = in_top("migration");
	struct store_db db = { 0 };
	int64_t version = -1;

	(void)mkdir(dir, 0700);
	check(sqlite3_open(in_top("migration/history.db"), &db.handle) == SQLITE_OK &&
		      store_migrate(&db, two) == 0 && store_version(&db, two, &version) == 0 &&
		      version == 2 && ask(dir, "SELECT y FROM a") == 2,
	      "each step is taken, in order");
	check(store_migrate(&db, two) == 0 && ask(dir, "SELECT y FROM a") == 2, "and only once");
	check(store_migrate(&db, bad) < 0 && store_version(&db, bad, &version) == 0 &&
		      version == 2 && ask(dir, "SELECT count(*) FROM b") == -1,
	      "a step that fails leaves nothing behind");
	(void)sqlite3_close(db.handle);
}

static void test_taken_away(void)
{
	const char *dir = in_top("away");
	struct store *store = open_in(dir);
	struct finding f = finding_at(0, FINDING_SLOW);

	fill_days(store, 0, 1, 600);
	(void)unlink(in_top("away/history.db"));
	(void)unlink(in_top("away/history.db-wal"));
	(void)unlink(in_top("away/history.db-shm"));
	fill_days(store, 1, 1, 600);
	store_on_finding(store, &f, FINDING_OPENED);
	check(!store_is_degraded(store) && told[MESSAGE_STORE_REPLACED] == 1 &&
		      ask(dir, "SELECT count(*) FROM finding") == 1 &&
		      ask(dir, "SELECT count(*) FROM sample") > 100,
	      "a file that is deleted under us is begun anew: %s", message);
	store_close(store);
}

static void test_unusable(void)
{
	struct store *store = open_in(in_top("no/such/parent"));
	struct observation obs = command_at(0, OBS_OK, 1);
	const char *dir;

	check(store && store_is_degraded(store) && told[MESSAGE_STORE_DEGRADED] == 1 &&
		      strstr(message, "the folder is missing"),
	      "no folder: %s", message);
	store_on_observation(store, &obs);
	(void)mkdir(in_top("no"), 0700);
	(void)mkdir(in_top("no/such"), 0700);
	store_flush(store, at_s(60));
	check(!store_is_degraded(store) && told[MESSAGE_STORE_RECOVERED] == 1 &&
		      ask(in_top("no/such/parent"), "SELECT count(*) FROM sample") == 1,
	      "once it is there, it is used");
	store_close(store);

	dir = in_top("unusable"); /* not before: in_top() forgets */
	(void)chmod(top, 0755);
	(void)mkdir(dir, 0555); /* all can see that no file is there */
	if (geteuid() == 0) {
		(void)!seteuid(65534);
		(void)!seteuid(0);
		(void)!seteuid(65534);
	}
	store = open_in(dir);
	check(store_is_degraded(store) && strstr(message, "access is denied"),
	      "no permission in the folder: %s", message);
	store_close(store);
	store = open_in(in_top("unusable/deeper"));
	check(store_is_degraded(store) && strstr(message, "access is denied"),
	      "no permission to make the folder: %s", message);
	store_close(store);
	if (getuid() == 0)
		(void)!seteuid(0);

	store = open_in(NULL);
	store_on_observation(store, &obs);
	store_flush(store, at_s(0));
	check(!store_is_degraded(store) && hear(store, 1, 1, &ignored) == -ENODATA,
	      "without a folder nothing is kept, and that is no trouble");
	store_close(store);
	is_enabled = false;
	store = open_in(in_top("disabled"));
	store_flush(store, at_s(0));
	store_close(store);
	check(count_names(top, "disabled") == 0, "switched off it leaves the disk alone");
	is_enabled = true;
}

static void test_locked(void)
{
	const char *dir = in_top("locked");
	struct store *store = open_in(dir);
	struct finding f = finding_at(0, FINDING_SLOW);
	sqlite3 *other = NULL;

	check(sqlite3_open(in_top("locked/history.db"), &other) == SQLITE_OK &&
		      sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK,
	      "another program holds the file");
	store_on_finding(store, &f, FINDING_OPENED);
	store_flush(store, at_s(60));
	check(!store_is_degraded(store), "a short lock is no trouble");
	for (int i = 2; i < 8; i++)
		store_flush(store, at_s(60 * i));
	check(store_is_degraded(store) && told[MESSAGE_STORE_DEGRADED] == 1 &&
		      strstr(message, "locked"),
	      "a long one is: %s", message);
	(void)sqlite3_exec(other, "COMMIT", NULL, NULL, NULL);
	(void)sqlite3_close(other);
	store_flush(store, at_s(600));
	check(told[MESSAGE_STORE_RECOVERED] == 1 && ask(dir, "SELECT count(*) FROM finding") == 1,
	      "and it ends with nothing lost");
	store_close(store);
}

/* A child that opens and closes findings for ever and says so after each that is on the disk; the
 * finding's number is in its evidence. */
static void child_writes(const char *dir, int ack)
{
	struct store *store = open_in(dir);
	int64_t s = ask(dir, "SELECT coalesce(max(timeouts_hour), 0) FROM finding") + 1;

	for (; store; s++) {
		struct observation obs = command_at(s, OBS_OK, s);
		struct finding f = finding_at(s, FINDING_SLOW);

		f.evidence.timeouts_hour = (uint32_t)s;
		for (int i = 0; i < 20; i++)
			store_on_observation(store, &obs);
		store_on_finding(store, &f, FINDING_OPENED);
		store_on_finding(store, &f, FINDING_CLOSED);
		if (store_is_degraded(store) || store->events_count > 0 ||
		    write(ack, &s, sizeof(s)) != (ssize_t)sizeof(s))
			break;
		if (s % 16 == 0)
			store_flush(store, at_s(s * 600));
	}
	_exit(1);
}

#define KILLED_MAX 8192
static bool committed[KILLED_MAX]; /* what the children said is on the disk */

static bool hear_committed(int from)
{
	int64_t s;

	if (read(from, &s, sizeof(s)) != (ssize_t)sizeof(s))
		return false;
	committed[s % KILLED_MAX] = true;
	return true;
}

static bool kill_after(const char *dir, unsigned acks)
{
	int ends[2], status = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return false;
	(void)fflush(stdout);
	pid = fork();
	if (pid == 0)
		child_writes(dir, ends[1]);
	(void)close(ends[1]);
	while (acks > 0 && hear_committed(ends[0]))
		acks--;
	(void)kill(pid, SIGKILL); /* wherever it is by now */
	while (hear_committed(ends[0]))
		;
	(void)close(ends[0]);
	return waitpid(pid, &status, 0) == pid && WIFSIGNALED(status);
}

static void test_killed(void)
{
	const char *dir = in_top("killed");
	size_t total = 0, missing = 0;
	unsigned seed = 12345;
	bool is_sound = true;
	char sql[128];

	for (int round = 0; round < 40; round++) {
		seed = seed * 1103515245u + 12345u;
		is_sound = kill_after(dir, 1 + seed / 65536 % 60) && is_sound &&
			   ask(dir, "PRAGMA integrity_check") == 1 &&
			   ask(dir, "SELECT count(*) FROM finding WHERE closed_us IS NULL") <= 1;
	}
	check(is_sound, "killed 40 times while it writes, the file is always sound");
	for (size_t i = 0; i < KILLED_MAX; i++) {
		(void)snprintf(sql, sizeof(sql),
			       "SELECT count(*) FROM finding WHERE timeouts_hour = %zu"
			       " AND closed_us IS NOT NULL",
			       i);
		total += committed[i];
		missing += committed[i] && ask(dir, sql) != 1;
	}
	check(total > 400 && missing == 0, "of %zu findings that were written %zu are lost", total,
	      missing);
}

int main(void)
{
	check(setup(), "two targets and a folder");
	test_full_disk();
	test_ceiling();
	test_damage();
	test_damage_again();
	test_newer();
	test_foreign();
	test_lost_table();
	test_first_layout();
	test_absurd_times();
	test_migration();
	test_taken_away();
	test_unusable();
	test_locked();
	test_killed();
	teardown();
	return tap_done();
}
