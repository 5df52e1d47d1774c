/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much a host wanders: not known at first, blind to a ramp, larger for a host that does.
 */
#include "model/trend-noise.c" /* the unit under test */
#include "tests/unit/tap.h"
#include "tests/unit/trend_host.h"

static void test_select(void)
{
	float values[101], two[2] = { 3, 1 };

	for (int i = 0; i < 101; i++)
		values[i] = (float)(i * 37 % 101);
	check(select_nth(values, 101, 17) == 17, "the k-th smallest is found");
	check(median(values, 101) == 50 && median(two, 2) == 2, "so is the median");
}

static void test_noise(void)
{
	struct host calm = host_make(true), wild = host_make(true);
	double quiet;

	host_hours(&calm, 40);
	check(trend_noise(calm.t, 0, TREND_Q20, 2) == (float)NOISE_DEFAULT,
	      "of a host two days old nothing is known");
	host_hours(&calm, 24 * 40);
	quiet = trend_noise(calm.t, 0, TREND_Q20, 2);
	check(quiet < 0.03, "of a calm one it is %.3f", quiet);
	for (int i = 0; i < 24 * 42; i++) {
		wild.factor = 1 + 0.4 * (i / 30 % 2);
		host_hours(&wild, 1);
	}
	check(trend_noise(wild.t, 0, TREND_Q20, 2) > 3 * quiet, "of one that wanders far more");
	host_ramp(&calm, 24 * 20, 4);
	check(trend_noise(calm.t, 0, TREND_Q20, 2) < 0.03, "a ramp is not noise");
	host_done(&calm);
	host_done(&wild);
}

int main(void)
{
	test_select();
	test_noise();
	return tap_done();
}
