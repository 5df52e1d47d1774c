/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The day's rhythm is taken out, a ramp is left in.
 */
#include "model/trend-profile.c" /* the unit under test */
#include "tests/unit/tap.h"
#include "tests/unit/trend_host.h"

/* At night the controller is half again as slow. */
static void days(struct host *h, int count, double ramp_a_day)
{
	static const double slow = 1.5;
	double level = 1;

	for (int day = 0; day < count; day++, level *= ramp_a_day)
		for (int hour = 0; hour < 24; hour++) {
			h->factor = level * (hour < 6 ? slow : 1);
			host_hours(h, 1);
		}
}

static double distance(const struct host *h, int32_t a, int32_t b)
{
	return (trend_flat(h->t, 0, TREND_Q20, a) - trend_flat(h->t, 0, TREND_Q20, b)) /
	       (double)TREND_SCALE;
}

static void test_rhythm(void)
{
	struct host h = host_make(true);

	days(&h, 20, 1);
	check(distance(&h, 3 * 24 + 3, 3 * 24 + 12) > 0.3, "on the third day it is not known yet");
	check(fabs(distance(&h, 18 * 24 + 3, 18 * 24 + 12)) < 0.08, "on the eighteenth it is gone");
	check(trend_recent(h.t, 0, TREND_Q20, 18 * 24 + 3) -
			      trend_recent(h.t, 0, TREND_Q20, 18 * 24 + 12) >
		      0.3 * TREND_SCALE,
	      "what was measured stays as it was");
	host_done(&h);
}

static void test_ramp(void)
{
	struct host h = host_make(true);

	days(&h, 20, 1.1);
	check(distance(&h, 18 * 24 + 12, 8 * 24 + 12) > 0.9, "a ramp is left as it is");
	host_done(&h);
}

static void test_median(void)
{
	double values[] = { 5, 1, 4, 2 };

	check(median(values, 0) == 0, "nothing has the median 0");
	check(median(values, 4) == 3, "an even count has the middle");
}

int main(void)
{
	test_rhythm();
	test_ramp();
	test_median();
	return tap_done();
}
