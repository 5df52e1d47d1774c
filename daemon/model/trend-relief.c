/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ramp that falls without a restart: a log that is rotated or cleared, or the controller's own
 * kernel that killed what leaked. Either way what comes next is a new ramp. How far it fell tells
 * them apart: what never made the controller several times slower is housekeeping, and the next
 * ramp has to climb higher than the last one before it counts; the rest is a tooth.
 */
#include <math.h>

#include "model/trend-state.h"

#define AFTER_H	     3
#define BEFORE_H     6
#define BETWEEN_H    1
#define FALL_LEVEL   (int)(0.25 * TREND_SCALE)
#define FALL_TAIL    (int)(0.50 * TREND_SCALE)
#define HARMFUL	     (int)(0.6931 * TREND_SCALE) /* ln 2 */
#define MARGIN	     0.14			 /* ln 1.15 */
#define REMEMBERED_H (365 * 24)
#define DAY_WINDOW   1 /* 24 h */

static int16_t flat_median(const struct trend *t, int probe, enum trend_quantile quantile,
			   int32_t last, int hours)
{
	int16_t sorted[BEFORE_H] = { 0 };
	int count = 0;

	for (int32_t h = last - hours + 1; h <= last; h++) {
		const int16_t value = trend_flat(t, probe, quantile, h);
		int at = count;

		if (value == TREND_NONE)
			continue;
		for (; at > 0 && sorted[at - 1] > value; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = value;
		count++;
	}
	return (int16_t)(count * 2 <= hours ? TREND_NONE : sorted[count / 2]);
}

struct fall { /* of the two probes; ln, scaled */
	int least, most;
};

static struct fall fallen(const struct trend *t, enum trend_quantile quantile, int32_t hour)
{
	struct fall fall = { INT16_MAX, 0 };

	for (int probe = 0; probe < TREND_PROBES; probe++) {
		const int16_t after = flat_median(t, probe, quantile, hour, AFTER_H);
		const int16_t before =
			flat_median(t, probe, quantile, hour - AFTER_H - BETWEEN_H, BEFORE_H);

		if (before == TREND_NONE || after == TREND_NONE)
			return (struct fall){ 0 };
		fall.least = (int)min_i64(fall.least, before - after);
		fall.most = (int)max_i64(fall.most, before - after);
	}
	return fall;
}

/* Both probes were twice as slow, and had become so over a day at least; and that has been
 * confirmed before, or happens again. */
static bool is_tooth(struct trend *t, enum trend_channel channel, struct fall fall, int32_t hour)
{
	struct trend_relief *relief = &t->latency->relief[channel];
	bool is_again;

	if (channel != TREND_LEVEL || fall.least < HARMFUL ||
	    (trend_standing(t, hour - AFTER_H, DAY_WINDOW) & 1u << channel) == 0)
		return false;
	is_again = hour - relief->harmful_hour < REMEMBERED_H;
	relief->harmful_hour = hour;
	return is_again || (t->alarm.is_confirmed && t->alarm.channel == channel);
}

static void relieve(struct trend *t, enum trend_channel channel, int32_t hour, struct fall fall,
		    struct trend_out *out)
{
	struct trend_relief *relief = &t->latency->relief[channel];
	const bool is_harmful = channel == TREND_LEVEL && fall.least >= HARMFUL;

	if (is_tooth(t, channel, fall, hour))
		trend_verdict_tooth(t, channel, hour);
	if (!is_harmful) {
		relief->amplitude = (int16_t)max_i64(
			fall.most, hour - relief->hour < REMEMBERED_H ? relief->amplitude : 0);
		relief->hour = hour;
	}
	trend_break(t, hour - AFTER_H + 1);
	trend_channel_forget(t, channel);
	t->latency->since_hour[channel] = hour - AFTER_H + 1;
	trend_verdict_eased(t, channel, out);
}

void trend_relief_hour(struct trend *t, int32_t hour, struct trend_out *out)
{
	if (!t->latency || t->outage.is_on || trend_epoch_is_unsettled(t))
		return;
	for (int channel = 0; channel < TREND_TIMEOUTS; channel++) {
		const enum trend_quantile quantile = channel == TREND_TAIL ? TREND_Q90 : TREND_Q20;
		const int enough = channel == TREND_TAIL ? FALL_TAIL : FALL_LEVEL;
		struct fall fall;

		if ((trend_standing(t, hour - AFTER_H, 0) & 1u << channel) == 0)
			continue;
		fall = fallen(t, quantile, hour);
		if (fall.most >= enough && 3 * fall.least >= enough)
			relieve(t, (enum trend_channel)channel, hour, fall, out);
	}
}

double trend_relief_floor(const struct trend *t, enum trend_channel channel, int32_t hour)
{
	const struct trend_relief *relief = &t->latency->relief[channel];

	if (relief->amplitude == 0 || hour - relief->hour >= REMEMBERED_H)
		return 0;
	return (double)relief->amplitude / TREND_SCALE + MARGIN;
}
