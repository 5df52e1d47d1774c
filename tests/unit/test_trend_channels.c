/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Windows over channels: the bits of their verdicts, blocks with holes, and which channel sees
 * which ramp.
 */
#include "model/trend-channels.c" /* the unit under test */
#include "tests/unit/tap.h"
#include "tests/unit/trend_host.h"

static void test_fires(void)
{
	struct trend_fires fires = { 0 };

	for (int i = 0; i < 100; i++)
		fires_push(&fires, i % 2 == 0);
	check(fires_count(&fires, 100) == 50 && fires_count(&fires, 192) == 50,
	      "of 100 h every other one fired");
	check(fires_count(&fires, 1) == 0 && fires_count(&fires, 2) == 1, "the newest come first");
	for (int i = 0; i < 200; i++)
		fires_push(&fires, true);
	check(fires_count(&fires, 192) == 192, "192 h are remembered");
}

static void test_persistence(void)
{
	struct trend_watch watch = { 0 };

	for (int i = 0; i < 4; i++)
		fires_push(&watch.fires[TREND_HARD], true);
	check(!trend_is_confirmed(&watch, 0, TREND_HARD), "four hours of six are too few");
	fires_push(&watch.fires[TREND_HARD], true);
	check(trend_is_confirmed(&watch, 0, TREND_HARD), "five are enough");
	fires_push(&watch.fires[TREND_HARD], false);
	check(!trend_is_confirmed(&watch, 0, TREND_HARD), "unless it has just ended");
}

static void test_blocks(void)
{
	struct host h = host_make(true);
	double z[TREND_POINTS];

	host_hours(&h, 13);
	check(trend_blocks(h.t, 0, TREND_Q20, 11, 1, z), "twelve hours are twelve points");
	check(!trend_blocks(h.t, 0, TREND_Q20, 10, 1, z), "eleven are not");
	h.now_us += 5 * USEC_PER_HOUR;
	host_hours(&h, 7);
	check(!trend_blocks(h.t, 0, TREND_Q20, 23, 2, z), "a block without values is missed");
	check(!trend_timeout_blocks(h.t, 23, 2, z), "in the time-outs as well");
	check(trend_timeout_blocks(h.t, 11, 1, z) && z[5] == 0, "no time-outs are a rate of 0");
	host_done(&h);
}

static bool stands(const struct host *h, enum trend_channel channel)
{
	for (int window = 0; window < TREND_WINDOWS; window++)
		if (trend_watch(h->t, channel, window)->soft_hour != TREND_HOUR_NEVER)
			return true;
	return false;
}

static void test_level(void)
{
	struct host h = host_make(true);

	host_hours(&h, 24 * 8);
	check(!stands(&h, TREND_LEVEL) && !stands(&h, TREND_TAIL) && !stands(&h, TREND_TIMEOUTS),
	      "at rest no channel stands");
	host_ramp(&h, 24 * 4, 2.5);
	check(stands(&h, TREND_LEVEL) && stands(&h, TREND_TAIL), "a level moves its tail, too");
	check(!stands(&h, TREND_TIMEOUTS), "but no time-outs");
	trend_channels_forget(h.t);
	check(!stands(&h, TREND_LEVEL), "a new epoch forgets");
	host_done(&h);
}

static void test_tail(void)
{
	struct host h = host_make(true);

	host_hours(&h, 24 * 8);
	for (int i = 0; i < 24 * 5; i++) {
		h.factor_of_tail *= 1.02;
		host_hours(&h, 1);
	}
	check(stands(&h, TREND_TAIL) && !stands(&h, TREND_LEVEL),
	      "one command in five that slows is the tail's alone");
	host_done(&h);
}

static void test_floor(void)
{
	const struct trend_limits *hard = &trend_limits[TREND_HARD];

	check(floor_of(hard, TREND_LEVEL, 0, 10) > floor_of(hard, TREND_LEVEL, 0, 24 * 6),
	      "more is asked of a short window while the day's rhythm is not known");
	check(floor_of(hard, TREND_LEVEL, 3, 10) == floor_of(hard, TREND_LEVEL, 3, 24 * 6),
	      "not of one over whole days");
	check(floor_of(hard, TREND_TAIL, 3, 999) > floor_of(hard, TREND_LEVEL, 3, 999),
	      "more is asked of the tail");
}

int main(void)
{
	test_fires();
	test_persistence();
	test_blocks();
	test_level();
	test_tail();
	test_floor();
	return tap_done();
}
