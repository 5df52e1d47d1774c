/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rhythm of a day (backup at two, load at noon): for each hour of the day the median, over a
 * fortnight, of its distance from the mean of the 24 hours around it. A linear ramp leaves no
 * trace in it. Learnt once a day, from the days before yesterday's end.
 */
#include <math.h>
#include <string.h>

#include "model/trend-state.h"

#define PROFILE_DAYS 14
#define WARM_DAYS    5
#define AROUND_MIN   18 /* hours of 24 */

bool trend_profile_is_warm(int32_t hour)
{
	return hour >= WARM_DAYS * 24;
}

/* Mean of the 24 hours around; false: too few of them are known. */
static bool mean_around(const struct trend *t, int probe, enum trend_quantile quantile,
			int32_t hour, double *ret)
{
	int count = 0;
	int32_t sum = 0;

	for (int32_t h = hour - 12; h < hour + 12; h++) {
		const int16_t value = trend_recent(t, probe, quantile, h);

		if (value == TREND_NONE)
			continue;
		sum += value;
		count++;
	}
	if (count < AROUND_MIN)
		return false;
	*ret = (double)sum / count;
	return true;
}

static double median(double *values, int count)
{
	for (int i = 1; i < count; i++) {
		const double value = values[i];
		int at = i;

		for (; at > 0 && values[at - 1] > value; at--)
			values[at] = values[at - 1];
		values[at] = value;
	}
	return count == 0 ? 0 : (values[(count - 1) / 2] + values[count / 2]) / 2;
}

/* `hour` of the day over the days before yesterday. */
static double hour_of_day(const struct trend *t, int probe, enum trend_quantile quantile, int hour)
{
	const int32_t day = t->hour / 24;
	double distances[PROFILE_DAYS], around;
	int count = 0;

	for (int32_t d = day - 1 - PROFILE_DAYS; d < day - 1; d++) {
		const int32_t at = d * 24 + hour;
		const int16_t value = trend_recent(t, probe, quantile, at);

		if (value == TREND_NONE || !mean_around(t, probe, quantile, at, &around))
			continue;
		distances[count++] = value - around;
	}
	return median(distances, count);
}

static void learn(struct trend *t, int probe, enum trend_quantile quantile)
{
	int16_t *profile = t->latency->series[probe][quantile].profile;
	double value[24], mean = 0;

	for (int h = 0; h < 24; h++) {
		value[h] = hour_of_day(t, probe, quantile, h);
		mean += value[h] / 24;
	}
	for (int h = 0; h < 24; h++)
		profile[h] = (int16_t)lround(value[h] - mean);
}

void trend_profile_learn(struct trend *t)
{
	if (!trend_profile_is_warm(t->hour))
		return;
	for (int probe = 0; probe < TREND_PROBES; probe++)
		for (int q = 0; q < TREND_QUANTILES; q++)
			learn(t, probe, (enum trend_quantile)q);
}
