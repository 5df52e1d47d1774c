/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Levels at, just below and just above their thresholds; what a share is worth with few commands;
 * back-off must not make a BMC look well; no flapping.
 */
#include "model/classify.c" /* the unit under test */
#include "tests/unit/tap.h"

struct bench {
	struct classifier c;
	struct window w;
	struct thresholds t;
	mono_us now;
};

static struct bench bench_make(double nominal_per_hour)
{
	struct bench b = { .t = { .sporadic_per_day = 2,
				  .frequent_per_hour = 3,
				  .storm_per_minute = 2,
				  .mute_after = 2,
				  .calm_us = 10 * USEC_PER_MINUTE,
				  .nominal_per_hour = nominal_per_hour },
			   .now = { -3 * USEC_PER_DAY } };

	classifier_init(&b.c);
	window_init(&b.w);
	return b;
}

static enum frequency feed(struct bench *b, enum obs_status status, int64_t after_us)
{
	b->now.v += after_us;
	window_add(&b->w, b->now, status, 1000);
	classifier_learn(&b->c, status);
	return classify(&b->c, &b->w, b->now, &b->t);
}

static enum frequency feed_many(struct bench *b, int count, enum obs_status status,
				int64_t after_us)
{
	enum frequency level = b->c.level;

	for (int i = 0; i < count; i++)
		level = feed(b, status, after_us);
	return level;
}

/* Every `nth` of `count` commands times out, the others are well. */
static enum frequency feed_mixed(struct bench *b, int count, int nth, int64_t after_us)
{
	enum frequency level = b->c.level;

	for (int i = 1; i <= count; i++)
		level = feed(b, i % nth ? OBS_OK : OBS_TIMEOUT, after_us);
	return level;
}

static enum frequency wait(struct bench *b, int64_t minutes)
{
	enum frequency level = b->c.level;

	for (int64_t i = 0; i < minutes; i++) {
		b->now.v += USEC_PER_MINUTE;
		level = classify(&b->c, &b->w, b->now, &b->t);
	}
	return level;
}

static void test_none(void)
{
	struct bench b = bench_make(60);

	check(classify(&b.c, &b.w, b.now, &b.t) == FREQUENCY_NONE, "nothing fed: none");
	check(feed_many(&b, 2000, OBS_OK, USEC_PER_MINUTE) == FREQUENCY_NONE, "a good day: none");
	check(feed(&b, OBS_TIMEOUT, USEC_PER_MINUTE) == FREQUENCY_NONE, "one time-out: none");
}

static void test_start(void)
{
	struct bench b = bench_make(360);

	check(feed(&b, OBS_TIMEOUT, 0) == FREQUENCY_NONE,
	      "the first command of all times out: one time-out, no storm");
	check(feed_many(&b, 2, OBS_OK, USEC_PER_SEC) == FREQUENCY_NONE, "one in three: neither");
	b = bench_make(3600);
	check(feed(&b, OBS_TIMEOUT, 0) == FREQUENCY_NONE && b.c.unanswered == 1,
	      "nor with a command a second");
}

static void test_sporadic(void)
{
	struct bench b = bench_make(60);

	feed_many(&b, 60, OBS_OK, USEC_PER_MINUTE);
	feed(&b, OBS_TIMEOUT, USEC_PER_MINUTE);
	feed_many(&b, 300, OBS_OK, USEC_PER_MINUTE);
	check(feed(&b, OBS_TIMEOUT, USEC_PER_MINUTE) == FREQUENCY_SPORADIC,
	      "the second in a day: sporadic, at once");
	check(feed_many(&b, 1100, OBS_OK, USEC_PER_MINUTE) == FREQUENCY_SPORADIC,
	      "it stays while both are within a day");
	check(feed_many(&b, 60, OBS_OK, USEC_PER_MINUTE) == FREQUENCY_SPORADIC,
	      "and while one of them is");
	check(feed_many(&b, 300, OBS_OK, USEC_PER_MINUTE) == FREQUENCY_NONE,
	      "and ends when there was none for a day");
}

static void test_sporadic_at_threshold(void)
{
	struct bench b = bench_make(60);
	int changes = 0;

	for (int i = 0; i < 7 * 1440; i++) { /* two a day, just so */
		const enum frequency last = b.c.level;

		changes += feed(&b, i % 720 ? OBS_OK : OBS_TIMEOUT, USEC_PER_MINUTE) != last;
	}
	check(changes == 1, "one every twelve hours for a week does not flap: %d changes", changes);
}

static void test_frequent(void)
{
	struct bench b = bench_make(60);

	feed_many(&b, 120, OBS_OK, USEC_PER_MINUTE);
	feed_mixed(&b, 20, 10, USEC_PER_MINUTE);
	check(feed(&b, OBS_OK, USEC_PER_MINUTE) == FREQUENCY_SPORADIC,
	      "two in an hour are still sporadic");
	check(feed(&b, OBS_TIMEOUT, USEC_PER_MINUTE) == FREQUENCY_FREQUENT,
	      "the third is frequent, at once");
	check(feed_many(&b, 45, OBS_OK, USEC_PER_MINUTE) == FREQUENCY_FREQUENT,
	      "it stays for a quiet while");
	check(feed_many(&b, 40, OBS_OK, USEC_PER_MINUTE) == FREQUENCY_SPORADIC,
	      "then falls to what the day says");
}

static void test_no_flapping(void)
{
	struct bench b = bench_make(60);
	enum frequency level = FREQUENCY_NONE;
	int changes = 0;

	for (int i = 0; i < 3000; i++) { /* three an hour, just so */
		const enum frequency last = level;

		level = feed(&b, i % 20 == 10 ? OBS_TIMEOUT : OBS_OK, USEC_PER_MINUTE);
		changes += level != last;
	}
	check(level == FREQUENCY_FREQUENT && changes == 2,
	      "at the threshold the level goes up in two steps and stays: %d changes", changes);
	changes = 0;
	for (int i = 0; i < 3000; i++) { /* two an hour: under the threshold, over its half */
		const enum frequency last = level;

		level = feed(&b, i % 30 == 10 ? OBS_TIMEOUT : OBS_OK, USEC_PER_MINUTE);
		changes += level != last;
	}
	check(level == FREQUENCY_FREQUENT && changes == 0, "under it but over its half it stays");
	feed_mixed(&b, 300, 60, USEC_PER_MINUTE);
	check(b.c.level == FREQUENCY_SPORADIC, "one an hour: it has calmed down");
}

static void test_calm_is_needed(void)
{
	struct bench b = bench_make(60);

	feed_many(&b, 60, OBS_OK, USEC_PER_MINUTE);
	for (int i = 0; i < 3; i++) {
		feed(&b, OBS_TIMEOUT, USEC_PER_MINUTE);
		feed(&b, OBS_OK, USEC_PER_MINUTE);
	}
	check(b.c.level == FREQUENCY_FREQUENT, "frequent");
	feed_many(&b, 58, OBS_OK, USEC_PER_MINUTE);
	check(b.c.level == FREQUENCY_FREQUENT && b.c.is_calming, "below its half: it calms");
	feed_many(&b, 5, OBS_OK, USEC_PER_MINUTE);
	feed(&b, OBS_TIMEOUT, USEC_PER_MINUTE);
	feed(&b, OBS_OK, USEC_PER_MINUTE);
	feed(&b, OBS_TIMEOUT, USEC_PER_MINUTE);
	check(b.c.level == FREQUENCY_FREQUENT && !b.c.is_calming, "two more, and it does no more");
}

static void test_storm(void)
{
	struct bench b = bench_make(240);

	feed_many(&b, 240, OBS_OK, 15 * USEC_PER_SEC);
	feed_mixed(&b, 24, 2, 15 * USEC_PER_SEC);
	check(b.c.level == FREQUENCY_STORM, "two a minute over five minutes: storm");
	check(feed_many(&b, 30, OBS_OK, 15 * USEC_PER_SEC) == FREQUENCY_STORM,
	      "it stays for the calm time");
	check(feed_many(&b, 40, OBS_OK, 15 * USEC_PER_SEC) == FREQUENCY_FREQUENT,
	      "then falls to what the hour says");
}

static void test_storm_needs_three(void)
{
	struct bench b = bench_make(600);

	feed_many(&b, 60, OBS_OK, USEC_PER_MINUTE);
	feed_mixed(&b, 4, 2, 75 * USEC_PER_SEC);
	check(b.c.level != FREQUENCY_STORM,
	      "two of four commands would be a storm at the usual pace, but two are no storm");
	feed_mixed(&b, 6, 2, 30 * USEC_PER_SEC);
	check(b.c.level == FREQUENCY_STORM, "with a third it is one");
}

static void test_backing_off_is_no_cure(void)
{
	struct bench b = bench_make(240);

	feed_many(&b, 240, OBS_OK, 15 * USEC_PER_SEC);
	feed_mixed(&b, 24, 2, 15 * USEC_PER_SEC);
	check(b.c.level == FREQUENCY_STORM, "storm");
	feed_mixed(&b, 60, 2, 3 * USEC_PER_MINUTE);
	check(b.c.level == FREQUENCY_STORM,
	      "every second command still fails, a twelfth as many are sent: still a storm");
	check(classify_rates(&b.w, b.now, &b.t).per_hour > 100,
	      "the rate is that of the usual pace");
	feed_many(&b, 40, OBS_OK, 2 * USEC_PER_MINUTE);
	check(b.c.level < FREQUENCY_STORM, "answers end it");
}

static void test_rates(void)
{
	struct bench b = bench_make(60);
	struct frequency_rates rates;

	feed_mixed(&b, 30, 3, 2 * USEC_PER_MINUTE); /* half the pace, a third fails */
	rates = classify_rates(&b.w, b.now, &b.t);
	check(rates.per_hour > 18 && rates.per_hour < 22, "a third of 60 an hour is 20: %.1f",
	      rates.per_hour);
	b.t.nominal_per_hour = 0;
	rates = classify_rates(&b.w, b.now, &b.t);
	check(rates.per_hour >= 9 && rates.per_hour <= 10,
	      "without a known pace the bare count stands: %.1f", rates.per_hour);
	b.t.nominal_per_hour = 1;
	check(classify_rates(&b.w, b.now, &b.t).per_hour >= 9, "a rate is never below the count");
}

static void test_young_history(void)
{
	struct bench b = bench_make(60);

	feed_mixed(&b, 10, 5, USEC_PER_MINUTE);
	check(classify_rates(&b.w, b.now, &b.t).per_hour < 2.5,
	      "two in the first ten minutes are two, not twelve an hour: %.1f",
	      classify_rates(&b.w, b.now, &b.t).per_hour);
	check(b.c.level == FREQUENCY_SPORADIC, "and no more than sporadic");
}

static void test_single_in_back_off(void)
{
	struct bench b = bench_make(360);

	feed_many(&b, 29, OBS_OK, 2 * USEC_PER_MINUTE);
	check(feed(&b, OBS_TIMEOUT, 2 * USEC_PER_MINUTE) == FREQUENCY_NONE,
	      "one time-out stays one, also when few commands are sent");
}

static void test_mute(void)
{
	struct bench b = bench_make(60);

	feed_many(&b, 60, OBS_OK, USEC_PER_MINUTE);
	check(feed(&b, OBS_TIMEOUT, USEC_PER_MINUTE) == FREQUENCY_NONE, "one silence is not mute");
	check(feed(&b, OBS_SKIPPED, USEC_PER_MINUTE) == FREQUENCY_NONE &&
		      feed(&b, OBS_INTERFACE_LOST, USEC_PER_MINUTE) == FREQUENCY_NONE,
	      "what was not sent says nothing");
	check(feed(&b, OBS_TIMEOUT, USEC_PER_MINUTE) == FREQUENCY_MUTE, "two in a row are mute");
	check(wait(&b, 3000) == FREQUENCY_MUTE, "time alone does not end it");
	check(feed_many(&b, MUTE_LEAVE_ANSWERS - 1, OBS_BUSY, USEC_PER_MINUTE) == FREQUENCY_MUTE,
	      "nor do two answers");
	check(feed(&b, OBS_SKIPPED, USEC_PER_MINUTE) == FREQUENCY_MUTE &&
		      feed(&b, OBS_INTERFACE_LOST, USEC_PER_MINUTE) == FREQUENCY_MUTE,
	      "nor what was not sent");
	check(feed(&b, OBS_BUSY, USEC_PER_MINUTE) == FREQUENCY_NONE,
	      "the third in a row does, whatever it says, and the rates tell where it falls");
}

static void test_mute_falls(void)
{
	struct bench b = bench_make(60);

	feed_many(&b, 60, OBS_OK, USEC_PER_MINUTE);
	check(feed_many(&b, 10, OBS_TIMEOUT, USEC_PER_MINUTE) == FREQUENCY_MUTE, "mute");
	check(feed(&b, OBS_LATE, USEC_PER_SEC) == FREQUENCY_MUTE && b.c.answers == 1,
	      "a late answer is one");
	check(feed_many(&b, 2, OBS_OK, USEC_PER_MINUTE) == FREQUENCY_NONE,
	      "with two more it is over; ten minutes of silence were told as that");
}

static void test_mute_stays(void)
{
	struct bench b = bench_make(60);
	int changes = 0;

	feed_many(&b, 60, OBS_OK, USEC_PER_MINUTE);
	feed_many(&b, 2, OBS_TIMEOUT, USEC_PER_MINUTE);
	for (int i = 0; i < 500; i++) { /* a word now and then */
		changes +=
			feed(&b, i % 3 ? OBS_OK : OBS_TIMEOUT, USEC_PER_MINUTE) != FREQUENCY_MUTE;
	}
	check(changes == 0, "two answers between silences do not end it, however often");
	feed(&b, OBS_TIMEOUT, USEC_PER_MINUTE);
	feed_many(&b, 2, OBS_OK, USEC_PER_MINUTE);
	feed(&b, OBS_DRIVER_STUCK, USEC_PER_MINUTE);
	check(feed(&b, OBS_OK, USEC_PER_MINUTE) == FREQUENCY_MUTE && b.c.answers == 1,
	      "a command the driver lost is a silence too");
}

static void test_mute_and_late(void)
{
	struct bench b = bench_make(60);

	feed_many(&b, 2, OBS_TIMEOUT, USEC_PER_MINUTE);
	feed(&b, OBS_OK, USEC_PER_MINUTE);
	feed(&b, OBS_TIMEOUT, USEC_PER_MINUTE);
	check(feed(&b, OBS_LATE, USEC_PER_SEC) == FREQUENCY_MUTE && b.c.answers == 2,
	      "an answer after its own time-out carries the row on");
	check(feed(&b, OBS_OK, USEC_PER_MINUTE) == FREQUENCY_FREQUENT, "to its end");
	b = bench_make(60);
	feed_many(&b, 2, OBS_TIMEOUT, USEC_PER_MINUTE);
	feed_many(&b, 2, OBS_OK, USEC_PER_MINUTE);
	feed_many(&b, 2, OBS_TIMEOUT, USEC_PER_MINUTE);
	check(feed(&b, OBS_LATE, USEC_PER_SEC) == FREQUENCY_MUTE && b.c.answers == 1,
	      "but with another silence between it begins a new one");
	b = bench_make(60);
	b.t.mute_after = 1;
	feed_many(&b, 60, OBS_OK, USEC_PER_MINUTE);
	feed(&b, OBS_TIMEOUT, USEC_PER_MINUTE);
	check(feed(&b, OBS_LATE, USEC_PER_SEC) == FREQUENCY_MUTE,
	      "what was answered before the silence does not end it");
}

static void test_late_is_not_mute(void)
{
	struct bench b = bench_make(60);

	for (int i = 0; i < 10; i++) {
		feed(&b, OBS_TIMEOUT, USEC_PER_MINUTE);
		feed(&b, OBS_LATE, USEC_PER_SEC);
		if (b.c.level == FREQUENCY_MUTE)
			break;
	}
	check(b.c.level == FREQUENCY_FREQUENT, "who always answers too late is not mute");
}

static void test_stuck_counts_once(void)
{
	struct bench b = bench_make(60);

	feed(&b, OBS_OK, USEC_PER_MINUTE);
	feed(&b, OBS_TIMEOUT, USEC_PER_MINUTE);
	feed(&b, OBS_DRIVER_STUCK, USEC_PER_MINUTE);
	check(b.c.unanswered == 1 && b.c.level == FREQUENCY_NONE,
	      "a stuck command was counted when it timed out");
	check(window_count(&b.w, b.now, USEC_PER_HOUR).commands == 2, "as a command, too");
	feed(&b, OBS_TIMEOUT, USEC_PER_MINUTE);
	check(b.c.level == FREQUENCY_MUTE, "the next one is the second");
	classifier_init(&b.c);
	classifier_learn(&b.c, OBS_DRIVER_STUCK);
	check(b.c.unanswered == 1, "one without its time-out counts by itself");
}

static void test_windows_host(void)
{
	struct bench b = bench_make(0);

	check(feed_many(&b, 2, OBS_TIMEOUT, USEC_PER_HOUR) == FREQUENCY_SPORADIC,
	      "a host that reports time-outs only: two in a day are sporadic");
	check(feed_many(&b, 10, OBS_TIMEOUT, 30 * USEC_PER_SEC) == FREQUENCY_STORM,
	      "several a minute are a storm, but it is never mute");
	check(wait(&b, 24 * 60 + 60) == FREQUENCY_NONE, "a day later all is forgotten");
}

static void test_limits(void)
{
	struct bench b = bench_make(60);

	b.t.mute_after = 0;
	check(feed_many(&b, 5, OBS_TIMEOUT, USEC_PER_HOUR) != FREQUENCY_MUTE,
	      "mute_after 0 switches muteness off");
	feed_many(&b, 10, OBS_OK, USEC_PER_HOUR);
	check(b.c.answers == MUTE_LEAVE_ANSWERS, "answers are counted as far as they matter");
	b.c.unanswered = UINT32_MAX;
	classifier_learn(&b.c, OBS_TIMEOUT);
	check(b.c.unanswered == UINT32_MAX, "the row stops at its maximum");
	check(is_well_below(FREQUENCY_NONE, &(struct frequency_rates){ 0 }, &b.t),
	      "below none there is nothing to hold on to");
}

static void test_silence(void)
{
	struct bench b = bench_make(60);

	(void)feed_many(&b, 120, OBS_OK, USEC_PER_MINUTE);
	check(feed_many(&b, 60, OBS_TIMEOUT, USEC_PER_MINUTE) == FREQUENCY_MUTE, "an hour mute");
	check(feed_many(&b, 3, OBS_OK, USEC_PER_MINUTE) == FREQUENCY_NONE,
	      "is over when it is over: what was told as silence is not told again as time-outs");
	check(feed_many(&b, 3, OBS_TIMEOUT, USEC_PER_SEC) == FREQUENCY_MUTE, "it may begin anew");
	check(feed_many(&b, 3, OBS_OK, USEC_PER_SEC) == FREQUENCY_FREQUENT,
	      "a short one counts: silences that come and go are time-outs");
	check(window_count(&b.w, b.now, USEC_PER_DAY).of[OBS_TIMEOUT] == 63,
	      "who asks how many there were is told of all");
}

int main(void)
{
	test_none();
	test_start();
	test_sporadic();
	test_sporadic_at_threshold();
	test_frequent();
	test_no_flapping();
	test_calm_is_needed();
	test_storm();
	test_storm_needs_three();
	test_backing_off_is_no_cure();
	test_rates();
	test_young_history();
	test_single_in_back_off();
	test_mute();
	test_mute_falls();
	test_mute_stays();
	test_mute_and_late();
	test_late_is_not_mute();
	test_stuck_counts_once();
	test_windows_host();
	test_limits();
	test_silence();
	return tap_done();
}
