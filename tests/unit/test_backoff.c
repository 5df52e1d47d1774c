/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The spacing rule, by numbers.
 */
#include "ipmi/backoff.c"
#include "tests/unit/tap.h"

static struct backoff make(int64_t base_us, int64_t max_us)
{
	const struct backoff_settings settings = { .base_gap_us = base_us, .max_gap_us = max_us };
	struct backoff b;

	backoff_init(&b, &settings);
	return b;
}

/* The gap in ms that a fresh one-second backoff has after one such outcome. */
static int64_t gap_after(enum obs_status status)
{
	struct backoff b = make(USEC_PER_SEC, 2 * USEC_PER_MINUTE);

	backoff_learn(&b, status);
	return backoff_gap_us(&b) / USEC_PER_MSEC;
}

static void test_factors(void)
{
	static const struct {
		enum obs_status status;
		int64_t gap_ms;
	} rows[] = {
		{ OBS_OK, 1000 },
		{ OBS_COMPLETION_CODE, 1000 },
		{ OBS_SLOW, 1500 },
		{ OBS_LATE, 1500 },
		{ OBS_BAD_REPLY, 1500 },
		{ OBS_TIMEOUT, 2000 },
		{ OBS_DRIVER_STUCK, 2000 },
		{ OBS_BUSY, 2000 },
		{ OBS_INTERFACE_LOST, 1000 },
		{ OBS_SKIPPED, 1000 },
	};

	check(COUNT_OF(rows) == OBS_STATUS_MAX, "every outcome has a row here");
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		check(gap_after(rows[i].status) == rows[i].gap_ms,
		      "outcome %d makes a gap of 1 s one of %lld ms", (int)rows[i].status,
		      (long long)rows[i].gap_ms);
}

static unsigned answers_until_rest(struct backoff *b)
{
	unsigned n = 0;

	while (!backoff_is_resting(b) && n < 1000) {
		backoff_learn(b, OBS_OK);
		n++;
	}
	return n;
}

static void test_healing(void)
{
	struct backoff b = make(USEC_PER_SEC, 2 * USEC_PER_MINUTE);
	unsigned n;

	check(backoff_is_resting(&b), "it starts at rest");
	backoff_learn(&b, OBS_TIMEOUT);
	check(!backoff_is_resting(&b), "a time-out ends the rest");
	check(answers_until_rest(&b) == 7, "one time-out takes 7 good answers to heal");
	check(backoff_gap_us(&b) == USEC_PER_SEC, "healed, the gap is exactly the base again");
	for (int i = 0; i < 100; i++)
		backoff_learn(&b, OBS_OK);
	check(b.factor >= 1, "health is not hoarded");
	for (int i = 0; i < 1000; i++)
		backoff_learn(&b, OBS_TIMEOUT);
	check(backoff_gap_us(&b) == 2 * USEC_PER_MINUTE, "the gap stops at its maximum");
	n = answers_until_rest(&b);
	check(n > 40 && n < 50, "a long outage is forgotten in %u answers", n);
}

static void test_others(void)
{
	struct backoff b = make(USEC_PER_SEC, 2 * USEC_PER_MINUTE);

	backoff_learn_others(&b, 0);
	backoff_learn_others(&b, -3);
	check(backoff_is_resting(&b), "nobody waiting changes nothing");
	backoff_learn_others(&b, 1);
	check(backoff_gap_us(&b) == 1250 * USEC_PER_MSEC,
	      "others waiting widen the gap by a quarter");
	for (int i = 0; i < 8; i++)
		backoff_learn(&b, OBS_OK);
	check(backoff_gap_us(&b) == 1250 * USEC_PER_MSEC, "the next 8 good answers heal nothing");
	check(answers_until_rest(&b) == 3, "those after them do");
	backoff_learn_others(&b, 1);
	backoff_learn_others(&b, 0);
	check(answers_until_rest(&b) == 3, "and so do all once nobody waits any more");
	backoff_learn_others(&b, 1);
	backoff_learn(&b, OBS_TIMEOUT);
	check(backoff_gap_us(&b) == 2500 * USEC_PER_MSEC, "suffering counts meanwhile");
	for (int i = 0; i < 1000; i++)
		backoff_learn_others(&b, INT64_MAX);
	check(backoff_gap_us(&b) == 2 * USEC_PER_MINUTE, "for them, too, there is a maximum");
}

static void test_limits(void)
{
	struct backoff none = make(0, USEC_PER_MINUTE);
	struct backoff inverted = make(10 * USEC_PER_SEC, USEC_PER_SEC);
	struct backoff negative = make(-5, -7);

	check(backoff_gap_us(&none) == 0, "a base gap of 0 is no gap");
	backoff_learn(&none, OBS_TIMEOUT);
	check(backoff_gap_us(&none) == 200 * USEC_PER_MSEC, "but suffering still makes one");
	check(answers_until_rest(&none) == 7 && backoff_gap_us(&none) == 0, "and it goes again");
	backoff_learn(&inverted, OBS_TIMEOUT);
	check(backoff_gap_us(&inverted) == 10 * USEC_PER_SEC,
	      "a maximum below the base gap does not shorten it");
	backoff_learn(&negative, OBS_TIMEOUT);
	check(backoff_gap_us(&negative) == 0, "negative settings count as 0");
}

static void test_configure(void)
{
	struct backoff_settings settings = { USEC_PER_SEC, 60 * USEC_PER_SEC };
	struct backoff b;

	backoff_init(&b, &settings);
	for (int i = 0; i < 5; i++)
		backoff_learn(&b, OBS_TIMEOUT);
	settings.max_gap_us = 10 * USEC_PER_SEC;
	backoff_configure(&b, &settings);
	check(backoff_gap_us(&b) == 10 * USEC_PER_SEC,
	      "what was learned stays, inside the new limits");
}

int main(void)
{
	test_factors();
	test_healing();
	test_others();
	test_limits();
	test_configure();
	return tap_done();
}
