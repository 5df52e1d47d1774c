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

/* A sawtooth is no noise, once it is known where its teeth end. */
static void test_sawtooth(void)
{
	struct host h = host_make(true);
	double blind, seeing;

	for (int tooth = 0; tooth < 12; tooth++) {
		host_ramp(&h, 36, 4);
		host_reset(&h, 10, 1u << TREND_TOLD);
		h.factor = 1;
	}
	seeing = trend_noise(h.t, TREND_CHEAP, TREND_Q20, 1);
	check(h.t->latency->break_count >= 11, "restarts are remembered");
	h.t->latency->break_count = 0;
	h.t->latency->noise[TREND_CHEAP][TREND_Q20][1].day = -1;
	blind = trend_noise(h.t, TREND_CHEAP, TREND_Q20, 1);
	check(seeing < 0.05 && blind > 5 * seeing, "teeth are no noise: %.3f, not %.3f", seeing,
	      blind);
	for (int32_t i = 0; i < 2 * TREND_BREAKS; i++)
		trend_break(h.t, 10000 + i);
	trend_break(h.t, 5);
	check(h.t->latency->break_count == TREND_BREAKS &&
		      h.t->latency->breaks[0] == 10000 + TREND_BREAKS,
	      "of more breaks than there is room for the latest stay");
	check(!trend_is_broken(h.t, 0, 9000) && trend_is_broken(h.t, 0, 10070) &&
		      !trend_is_broken(h.t, 10000, 10063),
	      "a break is where it was");
	host_done(&h);
}

int main(void)
{
	test_sawtooth();
	test_select();
	test_noise();
	return tap_done();
}
