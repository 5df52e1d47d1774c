/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the same level on it takes as long as last time, whenever it began.
 */
#include "model/trend-lives.c" /* the unit under test */
#include "tests/unit/tap.h"
#include "tests/unit/trend_host.h"

/* Calm, then e-fold in 60 hours, up to that factor. */
static void live(struct host *h, int calm_h, double factor)
{
	host_hours(h, calm_h);
	host_ramp(h, (int)(60 * log(factor)), factor);
}

static void test_again(void)
{
	struct host h = host_make(true);
	double left = -1;

	host_hours(&h, 24 * 6);
	live(&h, 30, 8);
	check(trend_life_left(h.t, TREND_LEVEL, h.t->hour - 1, &left) == 0 && left < 0,
	      "of the first life nothing is known before its end");
	host_reset(&h, 20, 1u << TREND_TOLD);
	live(&h, 150, 2);
	check(trend_life_left(h.t, TREND_LEVEL, h.t->hour - 1, &left) == 1, "of the second it is");
	check(fabs(left - 60 * log(4)) < 20, "%.0f h are left from twice to eight times", left);
	host_ramp(&h, (int)(60 * log(2)), 2);
	(void)trend_life_left(h.t, TREND_LEVEL, h.t->hour - 1, &left);
	check(fabs(left - 60 * log(2)) < 20, "%.0f h from four times", left);
	host_done(&h);
}

static void test_since_restart(void)
{
	struct host h = host_make(true);
	double rise;

	host_hours(&h, 72);
	check(trend_life_rise(h.t, TREND_LEVEL, h.t->hour - 1) == 0,
	      "whose restart nobody saw has not risen since then");
	host_reset(&h, 20, 1u << TREND_TOLD);
	host_hours(&h, 30);
	check(trend_life_rise(h.t, TREND_LEVEL, h.t->hour - 1) == 0, "nor who has just restarted");
	live(&h, 30, 3);
	rise = trend_life_rise(h.t, TREND_LEVEL, h.t->hour - 1);
	check(rise > 2.6 && rise < 3.2, "%.1f times slower than on the day after its restart",
	      rise);
	check(trend_life_rise(h.t, TREND_TIMEOUTS, h.t->hour - 1) == 0,
	      "time-outs have no such level");
	host_hours(&h, TREND_HOURS);
	check(trend_life_rise(h.t, TREND_LEVEL, h.t->hour - 1) == 0,
	      "what is no longer kept is not compared with");
	host_done(&h);
}

static void test_limits(void)
{
	struct host h = host_make(true), remote = host_make(false);
	double left = -1;

	trend_life_ends(h.t, TREND_LEVEL, 10);
	check(!h.t->latency->ending.is_known, "an epoch without hours leaves nothing");
	host_hours(&h, 30);
	trend_life_ends(h.t, TREND_LEVEL, h.t->hour);
	check(h.t->latency->ending.is_known, "one with some does");
	trend_life_push(h.t, false);
	check(!h.t->latency->curves[0].is_known, "one that did not fail tells no time to failure");
	check(left_at(&h.t->latency->ending, 99) >= 1 && left_at(&h.t->latency->ending, -1) >= 1,
	      "levels beyond the steps are those at the ends");
	trend_life_ends(remote.t, TREND_LEVEL, 10);
	trend_life_push(remote.t, true);
	check(trend_life_rise(remote.t, TREND_LEVEL, 10) == 0, "nor to compare with");
	check(left < 0, "without latencies there is nothing to keep");
	host_done(&h);
	host_done(&remote);
}

int main(void)
{
	test_again();
	test_since_restart();
	test_limits();
	return tap_done();
}
