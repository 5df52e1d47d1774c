/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Earlier lives, compared at the same level instead of the same age: a leak may begin days after
 * the restart, but from twice as slow to the end it takes as long as it took last time. Of each
 * life that ended is kept how long before its end the level was last below each of some steps.
 */
#include <math.h>
#include <string.h>

#include "model/trend-state.h"

#define MEAN_H	    6
#define KNOWN_MIN_H 3
#define FIRST_H	    24
#define SINCE_MIN_H 48

/* ln of 1.12, 1.2, 1.3, 1.45, 1.7, 2, 2.5, 3.2, 4, 6, 10, 20 */
static const double steps[TREND_STEPS] = { 0.113, 0.182, 0.262, 0.372, 0.531, 0.693,
					   0.916, 1.163, 1.386, 1.792, 2.303, 2.996 };

/* Mean of both probes over the hours that end at `hour`. */
static bool level(const struct trend *t, enum trend_channel channel, int32_t hour, double *ret)
{
	const enum trend_quantile quantile = channel == TREND_TAIL ? TREND_Q90 : TREND_Q20;
	int sum = 0, count = 0;

	for (int probe = 0; probe < TREND_PROBES; probe++) {
		for (int32_t h = hour - MEAN_H + 1; h <= hour; h++) {
			const int16_t value = trend_flat(t, probe, quantile, h);

			if (value == TREND_NONE)
				continue;
			sum += value;
			count++;
		}
	}
	if (count < TREND_PROBES * KNOWN_MIN_H)
		return false;
	*ret = (double)sum / count / TREND_SCALE;
	return true;
}

static int32_t begin(const struct trend *t)
{
	return (int32_t)max_i64(t->epoch.start_hour, t->hour - TREND_HOURS) + MEAN_H;
}

/* The lowest of this epoch. */
static bool base_of(const struct trend *t, enum trend_channel channel, int32_t hour, double *ret)
{
	double z, base = INFINITY;

	for (int32_t h = begin(t); h <= hour; h += MEAN_H / 2)
		if (level(t, channel, h, &z))
			base = fmin(base, z);
	if (isinf(base))
		return false;
	*ret = base;
	return true;
}

/* The first day of this epoch, whose beginning was seen. */
static bool level_at_first(const struct trend *t, enum trend_channel channel, double *ret)
{
	const int32_t start = t->epoch.start_hour;
	double z, sum = 0;
	int count = 0;

	for (int32_t h = start + MEAN_H - 1; h < start + FIRST_H; h += MEAN_H) {
		if (!level(t, channel, h, &z))
			continue;
		sum += z;
		count++;
	}
	if (count < 2)
		return false;
	*ret = sum / count;
	return true;
}

double trend_life_rise(const struct trend *t, enum trend_channel channel, int32_t hour)
{
	double first, last;

	if (!t->latency || channel == TREND_TIMEOUTS || t->epoch.firm == TREND_RESET_NONE ||
	    hour - t->epoch.start_hour < SINCE_MIN_H ||
	    t->epoch.start_hour <= t->hour - TREND_HOURS || !level_at_first(t, channel, &first) ||
	    !level(t, channel, hour, &last))
		return 0;
	return exp(last - first);
}

void trend_life_ends(struct trend *t, enum trend_channel channel, int32_t hour)
{
	struct trend_curve *curve;
	int32_t last_below[TREND_STEPS];
	double base, z;

	if (!t->latency)
		return;
	curve = &t->latency->ending;
	*curve = (struct trend_curve){ .channel = (uint8_t)channel };
	if (!base_of(t, channel, hour - 1, &base))
		return;
	for (int i = 0; i < TREND_STEPS; i++)
		last_below[i] = begin(t);
	for (int32_t h = begin(t); h < hour; h++) {
		if (!level(t, channel, h, &z))
			continue;
		for (int i = TREND_STEPS - 1; i >= 0 && z - base < steps[i]; i--)
			last_below[i] = h;
	}
	for (int i = 0; i < TREND_STEPS; i++)
		curve->left_h[i] = (uint16_t)min_i64(max_i64(hour - last_below[i], 1), UINT16_MAX);
	curve->is_known = true;
}

void trend_life_push(struct trend *t, bool has_failed)
{
	struct trend_curve *curves;

	if (!t->latency)
		return;
	curves = t->latency->curves;
	memmove(curves + 1, curves, (TREND_TEETH - 1) * sizeof(*curves));
	curves[0] = t->latency->ending;
	curves[0].is_known = curves[0].is_known && has_failed;
}

static double left_at(const struct trend_curve *curve, double rise)
{
	int i = 0;
	double part;

	while (i < TREND_STEPS && steps[i] <= rise)
		i++;
	if (i == 0)
		return curve->left_h[0];
	if (i == TREND_STEPS)
		return curve->left_h[i - 1];
	part = (rise - steps[i - 1]) / (steps[i] - steps[i - 1]);
	return (1 - part) * curve->left_h[i - 1] + part * curve->left_h[i];
}

int trend_life_left(const struct trend *t, enum trend_channel channel, int32_t hour, double *ret_h)
{
	double base, z, sum = 0;
	int count = 0;

	if (!base_of(t, channel, hour, &base) || !level(t, channel, hour, &z))
		return 0;
	for (int i = 0; i < TREND_TEETH; i++) {
		const struct trend_curve *curve = &t->latency->curves[i];

		if (!curve->is_known || curve->channel != channel || t->teeth[i].channels == 0)
			continue;
		sum += log(fmax(left_at(curve, z - base), 1));
		count++;
	}
	if (count > 0)
		*ret_h = exp(sum / count);
	return count;
}
