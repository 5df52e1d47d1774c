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
#define AROUND_HOURS ((PROFILE_DAYS + 1) * 24)

bool trend_profile_is_warm(int32_t hour)
{
	return hour >= WARM_DAYS * 24;
}

struct around { /* sums over the hours of the fortnight and half a day around it */
	int32_t first, sum[AROUND_HOURS + 1];
	uint16_t count[AROUND_HOURS + 1];
};

static void around_fill(const struct trend *t, int probe, enum trend_quantile quantile,
			struct around *a)
{
	a->first = (t->hour / 24 - 1 - PROFILE_DAYS) * 24 - 12;
	a->sum[0] = a->count[0] = 0;
	for (int i = 0; i < AROUND_HOURS; i++) {
		const int16_t value = trend_recent(t, probe, quantile, a->first + i);

		a->sum[i + 1] = a->sum[i] + (value == TREND_NONE ? 0 : value);
		a->count[i + 1] = (uint16_t)(a->count[i] + (value != TREND_NONE));
	}
}

/* Mean of the 24 hours around; false: too few of them are known. */
static bool mean_around(const struct around *a, int32_t hour, double *ret)
{
	const int begin = hour - 12 - a->first, end = hour + 12 - a->first;
	const int count = a->count[end] - a->count[begin];

	if (count < AROUND_MIN)
		return false;
	*ret = (double)(a->sum[end] - a->sum[begin]) / count;
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
static double hour_of_day(const struct trend *t, int probe, enum trend_quantile quantile,
			  const struct around *a, int hour)
{
	const int32_t day = t->hour / 24;
	double distances[PROFILE_DAYS], around;
	int count = 0;

	for (int32_t d = day - 1 - PROFILE_DAYS; d < day - 1; d++) {
		const int32_t at = d * 24 + hour;
		const int16_t value = trend_recent(t, probe, quantile, at);

		if (value == TREND_NONE || !mean_around(a, at, &around))
			continue;
		distances[count++] = value - around;
	}
	return median(distances, count);
}

static void learn(struct trend *t, int probe, enum trend_quantile quantile)
{
	int16_t *profile = t->latency->series[probe][quantile].profile;
	double value[24], mean = 0;
	struct around a;

	around_fill(t, probe, quantile, &a);
	for (int h = 0; h < 24; h++) {
		value[h] = hour_of_day(t, probe, quantile, &a, h);
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
