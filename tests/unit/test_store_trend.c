/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store's trends: samples come back as they went, a state goes on where it was saved, trouble
 * with the disk costs samples and never doubles them, and a history of an earlier version is kept
 * whole.
 */
#include "out/store-trend.c" /* the unit under test */
#include "tests/unit/store_fixture.h"

struct samples {
	struct trend_sample of[64];
	size_t count;
};

static void take(void *user, const struct trend_sample *sample)
{
	struct samples *s = user;

	if (s->count < COUNT_OF(s->of))
		s->of[s->count] = *sample;
	s->count++;
}

static struct trend_sample sample_at_s(int64_t seconds)
{
	return (struct trend_sample){ .mono = { seconds * USEC_PER_SEC },
				      .wall = at_s(seconds),
				      .boot_id = 7,
				      .latency_us = 4000,
				      .sel_entries = 12,
				      .foreign_per_hour = -1,
				      .firmware = 99 };
}

static void add(struct store *store, int64_t from_s, int64_t count)
{
	for (int64_t i = 0; i < count; i++) {
		const struct trend_sample s = sample_at_s(from_s + 60 * i);

		store_trend_add(store, 0, &s);
		store_flush(store, s.wall);
	}
}

static size_t count_after(struct store *store, int64_t piece)
{
	struct samples all = { .count = 0 };

	return store_trend_samples(store, 0, piece, take, &all) < 0 ? SIZE_MAX : all.count;
}

static void test_samples(void)
{
	const char *dir = in_top("trend");
	struct store *store = open_in(dir);
	struct samples read = { .count = 0 };
	struct trend_sample proof = sample_at_s(60 * 16);

	check(count_after(store, 0) == SIZE_MAX, "of a target that was never seen nothing is read");
	add(store, 0, 5);
	check(ask(dir, "SELECT count(*) FROM trend_piece") == 0, "samples wait for a while");
	add(store, 300, 10);
	check(ask(dir, "SELECT count(*) FROM trend_piece") == 1 &&
		      ask(dir, "SELECT count FROM trend_piece") == 11,
	      "ten minutes of them are a row");
	proof.evidence = 1u << TREND_INITIALISING;
	store_trend_add(store, 0, &proof);
	check(ask(dir, "SELECT sum(count) FROM trend_piece") == 16, "proof does not wait");
	check(store_trend_samples(store, 0, 0, take, &read) == 0 && read.count == 16 &&
		      read.of[3].mono.v == 180 * USEC_PER_SEC && read.of[3].firmware == 99 &&
		      read.of[3].wall.v == at_s(180).v && read.of[15].evidence == proof.evidence,
	      "all come back, in order");
	add(store, 60 * 20, 3);
	proof = sample_at_s(60 * 30);
	proof.boot_id = 8;
	store_trend_add(store, 0, &proof);
	check(ask(dir, "SELECT sum(count) FROM trend_piece") == 19, "another boot ends a piece");
	store_close(store);
}

static void test_state(void)
{
	static uint8_t bytes[70000], back[70000];
	const char *dir = in_top("state");
	struct store *store = open_in(dir);
	wall_us saved = { 0 };
	int64_t piece = -1;

	memset(bytes, 0x5a, sizeof(bytes));
	check(store_trend_load(store, 0, back, sizeof(back), &piece, &saved) == -ENODATA,
	      "no state yet");
	add(store, 0, 3);
	check(store_trend_save(store, 0, bytes, 65000) == 0, "a state is saved");
	check(ask(dir, "SELECT sum(count) FROM trend_piece") == 3, "with the samples it knows");
	add(store, 600, 12);
	store_close(store);
	store = open_in(dir);
	check(store_trend_load(store, 0, back, sizeof(back), &piece, &saved) == 65000 &&
		      piece == 1 && memcmp(bytes, back, 65000) == 0 && saved.v == at_s(120).v,
	      "and comes back");
	check(count_after(store, piece) == 12, "with what came after it");
	check(count_after(store, 0) == 15, "or all there is; nothing waits longer than the store");
	check(store_trend_load(store, 0, back, 100, &piece, &saved) == -ENODATA,
	      "not if it is too long");
	check(store_trend_load(store, 1, back, sizeof(back), &piece, &saved) == -ENODATA,
	      "another target has its own");
	check(store_trend_save(store, 9, bytes, 10) == -EIO, "one that is not there has none");
	store_close(store);
}

static bool is_noted(const struct trend_sample *sample)
{
	return sample->evidence == 1u << TREND_RESET_LOGGED;
}

static void test_notes(void)
{
	const char *dir = in_top("notes");
	struct store *store = open_in(dir);
	static struct samples read;

	check(store_note_add(store, 0, "reset", at_s(-500), "before all") == 0 &&
		      store_note_add(store, 9, "reset", at_s(0), "") == -EIO,
	      "a note is kept, of a target that is there");
	add(store, 0, 30);
	check(store_note_add(store, 0, "reset", at_s(610), "it's mine; DROP TABLE note") == 0 &&
		      store_note_add(store, 0, "reset", at_s(1200), "") == 0,
	      "and of the past");
	check(store_trend_samples(store, 0, 0, take, &read) == 0 && read.count >= 22,
	      "the samples are read");
	check(is_noted(&read.of[11]) && !is_noted(&read.of[10]) && !is_noted(&read.of[12]),
	      "the first one after a note says so");
	check(is_noted(&read.of[20]) && !is_noted(&read.of[21]), "or the one at that time");
	check(!is_noted(&read.of[0]), "what was before all samples is of none of them");
	check(ask(dir, "SELECT count(*) FROM note") == 3, "all are kept");
	for (int i = 0; i < 1010; i++)
		if (store_note_add(store, 0, "reset", at_s(i), "again") < 0)
			exit(99);
	check(ask(dir, "SELECT count(*) FROM note") == 1000, "a thousand of them");
	store_close(store);
}

static void test_trouble(void)
{
	const char *dir = in_top("trend-trouble");
	struct store *store = open_in(dir);
	sqlite3 *other = NULL;
	char path[FS_PATH_MAX];

	add(store, 0, 12);
	(void)snprintf(path, sizeof(path), "%s/history.db", dir);
	check(sqlite3_open(path, &other) == SQLITE_OK &&
		      sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL) == SQLITE_OK,
	      "another program locks the file");
	add(store, 60 * 12, 15);
	check(store_trend_save(store, 0, (const uint8_t *)"x", 1) == -EIO, "nothing is saved");
	(void)sqlite3_exec(other, "COMMIT", NULL, NULL, NULL);
	(void)sqlite3_close(other);
	add(store, 60 * 27, 3);
	check(store_trend_save(store, 0, (const uint8_t *)"x", 1) == 0 &&
		      ask(dir, "SELECT sum(count) FROM trend_piece") == 30,
	      "then all that waited is there, once");
	store_close(store);
}

static void test_keeping(void)
{
	const char *dir = in_top("trend-keep");
	struct store *store;

	trend_days = 2;
	store = open_in(dir);
	for (int64_t day = 0; day < 5; day++)
		add(store, day * 86400, 30);
	store_flush(store, at_s(5 * 86400));
	check(ask(dir, "SELECT min(wall_us) FROM trend_piece") >= at_s(3 * 86400 - 60).v &&
		      ask(dir, "SELECT count(*) FROM trend_piece") > 0,
	      "what is older than trend_days goes");
	store_close(store);
	trend_days = 100;
}

static void test_off(void)
{
	const struct trend_sample s = sample_at_s(0);
	struct store *store;
	wall_us saved;
	int64_t piece;

	is_enabled = false;
	store = open_in(in_top("trend-off"));
	store_trend_add(store, 0, &s);
	check(store_trend_save(store, 0, (const uint8_t *)"x", 1) == -EIO &&
		      store_trend_load(store, 0, (uint8_t[1]){ 0 }, 1, &piece, &saved) ==
			      -ENODATA &&
		      access(in_top("trend-off/history.db"), F_OK) < 0,
	      "switched off, nothing is kept");
	store_close(store);
	is_enabled = true;
}

static void test_findings(void)
{
	struct store *store = open_in(in_top("trend-findings"));
	struct finding f = finding_at(10, FINDING_LEAK);
	struct heard heard;

	f.evidence.restart = (struct evidence_restart){ at_s(3), 0x90, 95 };
	f.evidence.ramp = (struct evidence_ramp){
		.rise = 2.125, .window_h = 216, .teeth = 2, .low_s = 7200, .high_s = 86400
	};
	store_on_finding(store, &f, FINDING_OPENED);
	check(hear(store, 86400, 100, &heard) == 0 && heard.findings_count == 1 &&
		      memcmp(&heard.findings[0].evidence.ramp, &f.evidence.ramp,
			     sizeof(f.evidence.ramp)) == 0 &&
		      heard.findings[0].evidence.restart.at.v == at_s(3).v &&
		      heard.findings[0].evidence.restart.signs == 0x90 &&
		      heard.findings[0].evidence.restart.sure == 95,
	      "a finding's ramp and what is known of the last restart come back");
	store_close(store);
}

static bool copy_file(const char *from, const char *to)
{
	char bytes[4096];
	const int in = open(from, O_RDONLY | O_CLOEXEC);
	const int out = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ssize_t n = -1;

	while (in >= 0 && out >= 0 && (n = read(in, bytes, sizeof(bytes))) > 0)
		if (write(out, bytes, (size_t)n) != n)
			break;
	close_fd(&in);
	close_fd(&out);
	return n == 0;
}

/* Written by the daemon that had no trends yet: two probes, time-outs and a finding of them. */
static void test_old(void)
{
	const char *top_dir = getenv("TOP");
	const char *dir = in_top("old");
	char from[FS_PATH_MAX];
	struct target_table *table = target_table_new(2, 0);
	const struct sink_env env = { .targets = table, .state_dir = dir };
	struct target_table *usual = targets;
	static struct heard heard;
	const struct store_reader reader = { hear_obs, hear_finding, hear_identity, &heard };
	struct trend_sample s;
	void *state = NULL;
	uint32_t target;

	(void)snprintf(from, sizeof(from), "%s/tests/fixture/history-2.db",
		       top_dir ? top_dir : ".");
	check(mkdir(dir, 0700) == 0 && copy_file(from, in_top("old/history.db")) &&
		      ask(dir, "PRAGMA user_version") == 2,
	      "a history of layout 2");
	targets = table;
	memset(told, 0, sizeof(told));
	check(target_intern(table, "sim", &target) == 0 && store_open(&env, &state) == 0 &&
		      !store_is_degraded(state) && told[MESSAGE_STORE_REPLACED] == 0 &&
		      ask(dir, "PRAGMA user_version") == 6,
	      "is brought to the present layout");
	check(store_read(state, 3650 * USEC_PER_DAY, (mono_us){ 0 },
			 (wall_us){ INT64_C(1893456000000000) }, &reader) == 0,
	      "and read");
	check(heard.obs_count == (size_t)ask(dir, "SELECT (SELECT count(*) FROM sample) + count(*) "
						  "FROM identity_change") &&
		      heard.identities == 1,
	      "none of its %zu observations is missing", heard.obs_count);
	check(heard.findings_count == 1 && heard.findings[0].kind == FINDING_TIMEOUTS_FREQUENT &&
		      heard.findings[0].evidence.restart.at.v == 0,
	      "nor its finding, of which nothing more is known than was");
	s = sample_at_s(0);
	store_trend_add(state, 0, &s);
	check(store_trend_save(state, 0, (const uint8_t *)"x", 1) == 0 &&
		      ask(dir, "SELECT sum(count) FROM trend_piece") == 1,
	      "and it takes samples of trends");
	store_close(state);
	target_table_free(table);
	targets = usual;
}

int main(void)
{
	if (!setup())
		return 99;
	test_samples();
	test_state();
	test_notes();
	test_trouble();
	test_keeping();
	test_off();
	test_findings();
	test_old();
	teardown();
	return tap_done();
}
