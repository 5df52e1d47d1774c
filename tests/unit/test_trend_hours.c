/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hour tier: quantiles of few and of many, its limits, what has left the rings.
 */
#include "model/trend-hours.c" /* the unit under test */
#include "tests/unit/tap.h"
#include "tests/unit/trend_host.h"

static void test_quantiles(void)
{
	uint32_t sorted[TREND_HOUR_SAMPLES];
	uint16_t count = 0;
	int16_t value[TREND_QUANTILES];

	for (uint32_t i = 0; i < 5; i++)
		insert(sorted, &count, 1000);
	quantiles(sorted, count, value);
	check(value[TREND_Q20] == TREND_NONE, "five answers make no quantile");
	count = 0;
	for (uint32_t i = 0; i < 60; i++)
		insert(sorted, &count, 1000 + i * 7 % 60);
	quantiles(sorted, count, value);
	check(sorted[0] == 1000 && sorted[59] == 1059, "answers are kept in order");
	check(value[TREND_Q20] == trend_scaled_ln(1012) &&
		      value[TREND_Q90] == trend_scaled_ln(1053),
	      "quantiles are exact");
	for (uint32_t i = 0; i < 1000; i++)
		insert(sorted, &count, 5);
	check(count == TREND_HOUR_SAMPLES, "an hour holds so many and no more");
	check(trend_scaled_ln(0) == 0 && trend_scaled_ln(UINT32_MAX) > 0,
	      "no latency leaves the scale");
}

static void test_rings(void)
{
	struct host h = host_make(true);

	host_hours(&h, 24);
	check(trend_recent(h.t, 0, TREND_Q20, 0) != TREND_NONE, "the first hour has a value");
	check(trend_recent(h.t, 0, TREND_Q20, -1) == TREND_NONE &&
		      trend_recent(h.t, 0, TREND_Q20, h.t->hour) == TREND_NONE &&
		      trend_flat(h.t, 0, TREND_Q20, h.t->hour) == TREND_NONE,
	      "what was before, and the open hour, have none");
	h.now_us += INT64_C(500) * USEC_PER_HOUR;
	host_hours(&h, 2);
	check(trend_recent(h.t, 0, TREND_Q20, 5) == TREND_NONE &&
		      trend_flat(h.t, 0, TREND_Q20, 5) != TREND_NONE,
	      "500 h later only the long ring has it");
	check(trend_flat(h.t, 0, TREND_Q20, 100) == TREND_NONE, "a gap has no values");
	check(trend_recent_median(h.t, 0, TREND_Q20, 100, 110) == TREND_NONE, "nor a median");
	h.now_us += INT64_C(2000) * USEC_PER_HOUR;
	host_hours(&h, 2);
	check(trend_flat(h.t, 0, TREND_Q20, 5) == TREND_NONE, "2500 h later none has it");
	check(trend_timeouts_sum(h.t, 0, 10) == 0, "time-outs are forgotten as well");
	host_done(&h);
}

static void test_start_over(void)
{
	struct host h = host_make(true);

	host_hours(&h, 24);
	h.now_us += INT64_C(3000) * USEC_PER_HOUR;
	host_hours(&h, 2);
	check(h.t->hour == 3025 && h.t->epoch.start_hour == 3024,
	      "after a gap longer than the memory all begins anew");
	host_done(&h);
}

int main(void)
{
	test_quantiles();
	test_rings();
	test_start_over();
	return tap_done();
}
