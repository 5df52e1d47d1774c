/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The share of commands that stall. A controller short of memory lets more and more of its commands
 * wait; a log that is collected lets some wait longer and longer. q90 sees both, the former late
 * and as a step, when the share passes a tenth. So the slow replies of each hour are counted, and
 * how slow they were is kept, to tell the two apart.
 */
#include <math.h>

#include "model/trend-state.h"

#define TIMES	     3	/* what a fifth of the hour's replies took at most */
#define DEPTH_SCALE  32 /* a unit of ln(latency / that) */
#define ANSWERED_MIN 20 /* in an hour that says anything */
#define BLOCK_MIN    0.4
#define SHORTEST_H   96 /* logs fill in days, too */
#define SHARE_HARD   0.06
#define SHARE_SOFT   0.03
#define RISE_HARD    0.15 /* of the arcsine: from nothing to 2 % */
#define RISE_SOFT    0.105
#define LONGER	     0.15 /* ln: the slow ones are slower than a quarter of the window ago */
#define SHARE_LEAST  0.0025

static size_t slot(int32_t hour)
{
	return (size_t)(hour % TREND_LOAD_HOURS);
}

static int count_slow(const uint32_t *sorted_us, int count, double *depth)
{
	const uint64_t usual_us = (uint64_t)max_i64(sorted_us[count / 5], 1);
	int at = count;

	for (; at > 0 && sorted_us[at - 1] > TIMES * usual_us; at--)
		*depth += log((double)sorted_us[at - 1] / (double)usual_us);
	return count - at;
}

void trend_stalls_close(struct trend *t)
{
	struct trend_latency *l = t->latency;
	const size_t at = slot(t->hour);
	int slow = 0, answered = 0;
	double depth = 0;

	for (int probe = 0; probe < TREND_PROBES; probe++) {
		if (l->count[probe] > 0)
			slow += count_slow(l->sorted_us[probe], l->count[probe], &depth);
		answered += l->count[probe];
	}
	if (slow > 0)
		depth *= (double)DEPTH_SCALE / slow;
	l->stalls.slow[at] = (uint8_t)min_i64(slow, UINT8_MAX);
	l->stalls.answered[at] = (uint8_t)min_i64(answered, UINT8_MAX);
	l->stalls.depth[at] = (uint8_t)min_i64(lround(depth), UINT8_MAX);
}

/* How slow the slow replies of some hours were; 0: there were none. */
static double depth_of(const struct trend_stalls *stalls, int32_t first, int hours)
{
	double sum = 0;
	int slow = 0;

	for (int32_t h = first; h < first + hours; h++) {
		sum += stalls->slow[slot(h)] * stalls->depth[slot(h)];
		slow += stalls->slow[slot(h)];
	}
	return slow > 0 ? sum / slow / DEPTH_SCALE : 0;
}

static bool grow_longer(const struct trend_stalls *stalls, int32_t hour, int width)
{
	const int quarter = TREND_POINTS / 4 * width;

	return depth_of(stalls, hour + 1 - quarter, quarter) -
		       depth_of(stalls, hour + 1 - 2 * quarter, quarter) >
	       LONGER;
}

/* The arcsine of a share's root: its noise is the same whatever the share. */
static bool block(const struct trend_stalls *stalls, int32_t first, int width, double *ret)
{
	int slow = 0, answered = 0, hours = 0;

	for (int32_t h = first; h < first + width; h++) {
		if (stalls->answered[slot(h)] < ANSWERED_MIN)
			continue;
		slow += stalls->slow[slot(h)];
		answered += stalls->answered[slot(h)];
		hours++;
	}
	if (hours < 1 || hours < BLOCK_MIN * width)
		return false;
	*ret = asin(sqrt((slow + 0.375) / (answered + 0.75)));
	return true;
}

static bool blocks(const struct trend_stalls *stalls, int32_t hour, int width, double *z)
{
	int32_t first = hour + 1 - TREND_POINTS * width;

	if (first < 0)
		return false;
	for (int i = 0; i < TREND_POINTS; i++, first += width)
		if (!block(stalls, first, width, &z[i]))
			return false;
	return true;
}

static double share(double z)
{
	return sin(z) * sin(z);
}

double trend_stalls_rise(const struct trend *t, int window, enum trend_set set, int32_t hour)
{
	const struct trend_limits *limits = &trend_limits[set];
	const struct trend_stalls *stalls = &t->latency->stalls;
	const double least = set == TREND_HARD ? RISE_HARD : RISE_SOFT;
	const int width = trend_windows_h[window] / TREND_POINTS;
	double z[TREND_POINTS], quarter[4];

	if (trend_windows_h[window] < SHORTEST_H || trend_windows_h[window] > TREND_LOAD_HOURS ||
	    !blocks(stalls, hour, width, z) || ramp_quarters(z, quarter) < least / 2 ||
	    share(quarter[3]) < (set == TREND_HARD ? SHARE_HARD : SHARE_SOFT) ||
	    !ramp_is_spread(z, limits, limits->jump_timeouts) ||
	    ramp_kendall(z) < limits->kendall || ramp_rise(z) < least ||
	    grow_longer(stalls, hour, width))
		return 0;
	return log(share(quarter[3]) / fmax(share(quarter[0]), SHARE_LEAST));
}
