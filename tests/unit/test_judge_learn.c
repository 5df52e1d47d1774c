/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is learnt: maintenance and what it forgives, what comes in late, and findings restored from
 * the store, which close in their normal way.
 */
#include "model/judge-learn.c" /* the unit under test */
#include "tests/unit/judge_bench.h"
#include "tests/unit/tap.h"

static void test_maintenance(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	feed(&b, 60, OBS_OK, MINUTE);
	feed_metric(&b, METRIC_DEVICE_AVAILABLE, 0, 0);
	check(came(&b, FINDING_OPENED, FINDING_MAINTENANCE) &&
		      b.events[0].severity == SEVERITY_NOTICE &&
		      says(&b, "firmware update or self-initialisation"),
	      "device not available: maintenance, a notice");
	check(judge_summary(b.judge, 0, b.now).in_maintenance, "the summary knows");
	feed(&b, 100, OBS_TIMEOUT, 10 * SECOND);
	feed(&b, 10, OBS_BUSY, 10 * SECOND);
	feed(&b, 10, OBS_BAD_REPLY, 10 * SECOND);
	feed(&b, 10, OBS_SLOW, 10 * SECOND);
	check(quiet(&b), "a hundred time-outs of a flash are forgiven (KB 912596)");
	check(strstr(open_one(&b)->evidence.text, "130 failures forgiven") != NULL,
	      "and mentioned: %s", open_one(&b)->evidence.text);
	check(judge_summary(b.judge, 0, b.now).hour.of[OBS_TIMEOUT] == 0, "none is counted");
	feed_metric(&b, METRIC_DEVICE_AVAILABLE, 1, 0);
	feed(&b, 10, OBS_TIMEOUT, 10 * SECOND);
	check(quiet(&b), "available again: time-outs just after it are forgiven, too");
	feed(&b, 1, OBS_OK, 10 * SECOND);
	check(came(&b, FINDING_CLOSED, FINDING_MAINTENANCE), "a good answer: over");
	feed(&b, 1, OBS_OK, MINUTE);
	feed(&b, 2, OBS_TIMEOUT, MINUTE);
	check(came(&b, FINDING_OPENED, FINDING_MUTE), "later ones are not");
}

static void test_maintenance_too_long(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	feed(&b, 60, OBS_OK, MINUTE);
	feed_metric(&b, METRIC_DRIVER_MAINTENANCE, 1, 0);
	check(came(&b, FINDING_OPENED, FINDING_MAINTENANCE) && says(&b, "the driver says"),
	      "the driver's word is enough");
	feed(&b, 30, OBS_TIMEOUT, MINUTE);
	check(quiet(&b), "half an hour is forgiven");
	feed(&b, 1, OBS_OK, SECOND);
	check(came(&b, FINDING_CHANGED, FINDING_MAINTENANCE) &&
		      b.events[0].severity == SEVERITY_WARNING && says(&b, "count again") &&
		      says(&b, "30 forgiven"),
	      "then it is a warning, and says that failures count again");
	feed(&b, 2, OBS_TIMEOUT, MINUTE);
	check(came(&b, FINDING_OPENED, FINDING_MUTE), "which they do");
	feed(&b, 1, OBS_OK, SECOND);
	b.count = 0;
	feed_metric(&b, METRIC_DRIVER_MAINTENANCE, 0, 0);
	feed(&b, 1, OBS_OK, SECOND);
	check(came(&b, FINDING_CLOSED, FINDING_MAINTENANCE), "the driver ends it");
	feed(&b, 1, OBS_TIMEOUT, SECOND);
	check(came(&b, FINDING_CHANGED, FINDING_TIMEOUTS_FREQUENT) ||
		      judge_summary(b.judge, 0, b.now).hour.of[OBS_TIMEOUT] == 3,
	      "after too long a maintenance there is no grace");
}

static void test_maintenance_code(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	feed(&b, 60, OBS_OK, MINUTE);
	feed_code(&b, OBS_BUSY, 0xd1);
	check(came(&b, FINDING_OPENED, FINDING_MAINTENANCE) && says(&b, "0xD1") &&
		      says(&b, "1 failures forgiven"),
	      "0xD1 is maintenance, and itself forgiven");
	feed(&b, 10, OBS_BUSY, MINUTE);
	feed(&b, 3, OBS_TIMEOUT, MINUTE);
	check(quiet(&b), "busy and silent are what it is expected to be");
	feed(&b, 1, OBS_OK, MINUTE);
	check(quiet(&b), "one good answer may still say that the device is not available");
	feed(&b, 1, OBS_OK, MINUTE);
	check(came(&b, FINDING_CLOSED, FINDING_MAINTENANCE), "the second ends it");
	feed_code(&b, OBS_BUSY, 0xd2);
	check(came(&b, FINDING_OPENED, FINDING_MAINTENANCE) && says(&b, "0xD2"), "so is 0xD2");
}

static void test_maintenance_for_ever(void)
{
	SCOPED(bench_done) struct bench b = bench_make();
	bool is_warned = false;

	for (int i = 0; i < 60; i++) {
		feed_code(&b, OBS_BUSY, 0xd1);
		feed(&b, 1, OBS_TIMEOUT, 20 * SECOND);
		feed(&b, 1, OBS_OK, 20 * SECOND);
	}
	for (int i = 0; i < b.count && i < EVENTS_MAX; i++)
		is_warned |= b.events[i].kind == FINDING_MAINTENANCE &&
			     b.events[i].severity == SEVERITY_WARNING;
	check(judge_summary(b.judge, 0, b.now).hour.of[OBS_TIMEOUT] > 10,
	      "saying 0xD1 every minute does not buy forgiveness for ever");
	check(is_warned || b.count > EVENTS_MAX, "an episode goes on through short breaks");
}

static void test_maintenance_two_sources(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	feed_code(&b, OBS_BUSY, 0xd1);
	feed_metric(&b, METRIC_DEVICE_AVAILABLE, 0, 0);
	check(came(&b, FINDING_OPENED, FINDING_MAINTENANCE), "two say so: one finding");
	feed(&b, 1, OBS_OK, MINUTE);
	check(quiet(&b), "it lasts until both are done");
	feed_metric(&b, METRIC_DEVICE_AVAILABLE, 1, 0);
	feed(&b, 1, OBS_OK, MINUTE);
	check(came(&b, FINDING_CLOSED, FINDING_MAINTENANCE), "now they are");
}

static void test_maintenance_in_turn(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	feed(&b, 60, OBS_OK, MINUTE);
	feed_metric(&b, METRIC_DRIVER_MAINTENANCE, 2, 0);
	check(came(&b, FINDING_OPENED, FINDING_MAINTENANCE), "a reset: the driver says so");
	feed_metric(&b, METRIC_DRIVER_MAINTENANCE, 0, SECOND);
	feed_code(&b, OBS_BUSY, 0xd2);
	feed(&b, 1, OBS_OK, SECOND);
	feed_metric(&b, METRIC_DEVICE_AVAILABLE, 0, 0);
	check(quiet(&b), "then the controller, in two ways: still the same finding");
	feed_metric(&b, METRIC_DEVICE_AVAILABLE, 1, SECOND);
	check(quiet(&b), "available again");
	feed(&b, 1, OBS_OK, SECOND);
	check(came(&b, FINDING_CLOSED, FINDING_MAINTENANCE), "over at the next good answer");
	feed_metric(&b, METRIC_DRIVER_MAINTENANCE, 2, 0);
	b.count = 0;
	feed_metric(&b, METRIC_DRIVER_MAINTENANCE, 0, SECOND);
	feed(&b, 3, OBS_TIMEOUT, MINUTE);
	check(b.count > 0 && b.events[0].kind == FINDING_MAINTENANCE,
	      "without one, when the grace is over");
}

static void test_time(void)
{
	SCOPED(bench_done) struct bench b = bench_make();
	struct observation obs;

	feed(&b, 60, OBS_OK, MINUTE);
	for (int i = 0; i < 3; i++) {
		obs = command(&b, OBS_TIMEOUT);
		obs.mono.v -= USEC_PER_DAY + MINUTE;
		feed_obs(&b, &obs);
	}
	check(quiet(&b), "what is older than a day is ignored");
	for (int i = 0; i < 2; i++) {
		obs = command(&b, OBS_TIMEOUT);
		obs.mono.v -= 2 * USEC_PER_HOUR;
		obs.wall = wall_of(obs.mono);
		feed_obs(&b, &obs);
	}
	check(came(&b, FINDING_OPENED, FINDING_TIMEOUTS_SPORADIC),
	      "what is late by two hours is counted, but says nothing of now");
	check(b.events[0].since.v == wall_of(b.now).v, "the finding is as young as our knowledge");
	obs = command(&b, OBS_INTERFACE_LOST);
	obs.mono.v -= USEC_PER_HOUR;
	feed_obs(&b, &obs);
	tick(&b, 5);
	check(quiet(&b), "an interface lost and found before we heard of it is no news");
	obs = command(&b, OBS_OK);
	obs.wall.v -= 400 * USEC_PER_DAY;
	feed_obs(&b, &obs);
	check(quiet(&b), "a stepped wall clock changes no judgement");
}

/* Each kind restored without any history: kept, not told again, closed by what closes it. */
static void restore(struct bench *b, enum finding_kind kind)
{
	const struct finding finding = stored(b, kind, 2 * USEC_PER_DAY);

	judge_restore(b->judge, &finding);
	check(open_one(b) && open_one(b)->kind == kind && quiet(b), "%s is restored silently",
	      finding_info(kind)->name);
}

static void test_restore_rates(void)
{
	static const struct {
		enum finding_kind kind;
		int64_t minutes;
	} rows[] = {
		{ FINDING_TIMEOUTS_SPORADIC, 11 }, { FINDING_TIMEOUTS_FREQUENT, 11 },
		{ FINDING_TIMEOUTS_STORM, 11 },	   { FINDING_SLOW, 1 },
		{ FINDING_BAD_REPLIES, 1 },	   { FINDING_ERRORS, 1 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		SCOPED(bench_done) struct bench b = bench_make();

		restore(&b, rows[i].kind);
		tick(&b, rows[i].minutes);
		check(came(&b, FINDING_CLOSED, rows[i].kind),
		      "without evidence it closes by ticks in %d min", (int)rows[i].minutes);
	}
}

static void test_restore_answers(void)
{
	static const enum finding_kind kinds[] = {
		FINDING_MUTE,		FINDING_BUSY,	   FINDING_MAINTENANCE,	 FINDING_NO_DEVICE,
		FINDING_INTERFACE_LOST, FINDING_NO_ACCESS, FINDING_DRIVER_STUCK,
	};

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		SCOPED(bench_done) struct bench b = bench_make();

		restore(&b, kinds[i]);
		tick(&b, 3);
		b.count = kinds[i] == FINDING_MAINTENANCE ? 0 : b.count; /* too long by now */
		check(quiet(&b) && open_one(&b)->kind == kinds[i], "time alone does not close it");
		if (kinds[i] == FINDING_MUTE) {
			feed(&b, MUTE_LEAVE_ANSWERS - 1, OBS_OK, MINUTE);
			check(quiet(&b), "muteness outlives two answers, restored or not");
		}
		feed(&b, kinds[i] == FINDING_MAINTENANCE ? 2 : 1, OBS_OK, MINUTE);
		check(came(&b, FINDING_CLOSED, kinds[i]),
		      "the first answer does, after maintenance the second, after muteness the "
		      "third");
	}
}

static void test_restore_lost_again(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	restore(&b, FINDING_INTERFACE_LOST);
	feed_lost(&b, -ENODEV);
	check(quiet(&b), "lost before and lost now is the same loss");
}

static void test_restore_results(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	restore(&b, FINDING_SELF_TEST);
	feed(&b, 60, OBS_OK, MINUTE);
	check(quiet(&b), "a self test stands until the next one");
	feed_metric(&b, METRIC_SELF_TEST, 0x5500, 0);
	check(came(&b, FINDING_CLOSED, FINDING_SELF_TEST), "which may be good");
	restore(&b, FINDING_SENSORS_VANISHED);
	feed_metric(&b, METRIC_SENSORS_MISSING, 0, 80);
	check(came(&b, FINDING_CLOSED, FINDING_SENSORS_VANISHED), "sensors have come back");
	restore(&b, FINDING_IDENTITY_DRIFT);
	check(strcmp(open_one(&b)->evidence.text, "as it was stored") == 0, "with its words");
	tick(&b, 24 * 60 - 1);
	check(quiet(&b), "drift is remembered for a day");
	tick(&b, 2);
	check(came(&b, FINDING_CLOSED, FINDING_IDENTITY_DRIFT), "from the restart on");
}

static void test_restore_unheard(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	restore(&b, FINDING_SELF_TEST);
	feed(&b, 25 * 60, OBS_OK, MINUTE);
	check(came(&b, FINDING_CLOSED, FINDING_SELF_TEST),
	      "a self test nobody repeats is forgotten after a day of answers");
}

static void feed_contended(struct bench *b, enum obs_status status, int64_t took_us,
			   int64_t waiting)
{
	struct observation obs;

	b->now.v += MINUTE;
	obs = command(b, status);
	obs.took_us = took_us;
	obs.value = waiting;
	feed_obs(b, &obs);
}

static void test_contended(void)
{
	SCOPED(bench_done) struct bench b = bench_make();
	struct judge_summary s;

	for (int i = 0; i < 20; i++)
		feed_contended(&b, OBS_SLOW, 3 * SECOND, 5);
	check(quiet(&b), "half a second for each of six is no slow controller");
	s = judge_summary(b.judge, 0, b.now);
	check(s.hour.of[OBS_OK] == 20 && s.latency_q50_us == 0, "nor is it a latency of its own");
	for (int i = 0; i < 20; i++)
		feed_contended(&b, OBS_SLOW, 4 * SECOND, 1);
	check(came(&b, FINDING_OPENED, FINDING_SLOW), "two seconds for each of two is one");
	feed_contended(&b, OBS_TIMEOUT, 5 * SECOND, 5);
	s = judge_summary(b.judge, 0, b.now);
	check(s.hour.of[OBS_TIMEOUT] == 1, "a time-out is one, whoever waited");
}

int main(void)
{
	test_maintenance();
	test_maintenance_too_long();
	test_maintenance_code();
	test_maintenance_for_ever();
	test_maintenance_two_sources();
	test_maintenance_in_turn();
	test_time();
	test_restore_rates();
	test_restore_answers();
	test_restore_lost_again();
	test_restore_results();
	test_restore_unheard();
	test_contended();
	return tap_done();
}
