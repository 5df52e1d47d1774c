/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Twelve points: a line, a step, a spike, a plateau, nothing, against what is computed by hand.
 */
#include <math.h>

#include "model/trend-ramp.c" /* the unit under test */
#include "tests/unit/tap.h"

static const double line[TREND_POINTS] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
static const double step[TREND_POINTS] = { 0, 0, 0, 0, 0, 0, 9, 9, 9, 9, 9, 9 };
static const double flat[TREND_POINTS];
static const double spike[TREND_POINTS] = { 0, .1, .2, .3, .4, .5, .6, .7, .8, .9, 9, 9 };

static bool is_spread(const double *z, enum trend_set set)
{
	return ramp_is_spread(z, &trend_limits[set], trend_limits[set].jump);
}

int main(void)
{
	double quarter[4], down[TREND_POINTS];

	for (int i = 0; i < TREND_POINTS; i++)
		down[i] = -line[i];
	check(ramp_kendall(line) == 66 && ramp_kendall(down) == -66,
	      "a line rises in all 66 pairs");
	check(ramp_kendall(flat) == 0 && ramp_kendall(step) == 36, "ties count nothing");
	check(fabs(ramp_rise(line) - 11) < 1e-9 && fabs(ramp_rise(down) + 11) < 1e-9,
	      "its rise is eleven steps");
	check(fabs(ramp_rise(spike) - 1.1) < 0.05, "an end that sticks out does not move the rise");
	check(fabs(ramp_quarters(line, quarter) - 9) < 1e-9 && fabs(quarter[0] - 1) < 1e-9,
	      "quarters are means of three");
	check(is_spread(line, TREND_HARD), "a line is a ramp");
	check(!is_spread(step, TREND_HARD) && !is_spread(step, TREND_SOFT), "a step is none");
	check(!is_spread(spike, TREND_HARD) && !is_spread(spike, TREND_SOFT), "a spike is none");
	check(!is_spread(down, TREND_SOFT) && !is_spread(flat, TREND_SOFT),
	      "neither is what falls or stays");
	for (int w = 0; w < TREND_WINDOWS; w++)
		check(trend_limits[TREND_SOFT].floor[w] < trend_limits[TREND_HARD].floor[w] &&
			      trend_windows_h[w] % TREND_POINTS == 0,
		      "over %u h the soft floor is the lower one, and blocks are whole hours",
		      trend_windows_h[w]);
	return tap_done();
}
