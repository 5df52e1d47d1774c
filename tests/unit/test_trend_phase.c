/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time-outs in step with a clock, at random, and with another process always there.
 */
#include "model/trend-phase.c" /* the unit under test */
#include "tests/unit/tap.h"
#include "tests/unit/trend_host.h"

/* Every `period_s`, for a minute, commands are lost. */
static void days_with_agent(struct host *h, int days, int period_s)
{
	for (int i = 0; i < days * 1440; i++) {
		const int64_t phase = h->now_us / USEC_PER_SEC % period_s;

		h->timeouts_per_day = phase < 60 ? 120 : 0;
		host_minutes(h, 1);
	}
}

static void test_period(void)
{
	struct host h = host_make(true);

	days_with_agent(&h, 2, 900);
	check(host_told(&h, TREND_CONTENTION) && host_told(&h, TREND_CONTENTION)->period_s == 900,
	      "time-outs at each quarter of an hour are contention");
	check(trend_summary(h.t).is_contended, "and stay so");
	h.timeouts_per_day = 0;
	host_hours(&h, 24 * 4);
	check(!trend_summary(h.t).is_contended, "until they have been gone for days");
	host_done(&h);
}

static void test_random(void)
{
	struct host h = host_make(true);

	h.timeouts_per_day = 40;
	host_hours(&h, 24 * 5);
	check(!host_told(&h, TREND_CONTENTION), "time-outs at random are none");
	host_done(&h);
}

static void test_others(void)
{
	struct host h = host_make(true);

	h.has_others = true;
	h.timeouts_per_day = 40;
	host_hours(&h, 24 * 2);
	check(host_told(&h, TREND_CONTENTION) && host_told(&h, TREND_CONTENTION)->period_s == 0,
	      "unless another process is there all the time");
	host_done(&h);
	h = host_make(true);
	h.has_others = true;
	host_hours(&h, 24 * 3);
	check(!host_told(&h, TREND_CONTENTION), "which alone is none");
	h.timeouts_per_day = 60;
	host_hours(&h, 24);
	check(!host_told(&h, TREND_CONTENTION), "nor is one bad day of it");
	host_done(&h);
}

int main(void)
{
	test_period();
	test_random();
	test_others();
	return tap_done();
}
