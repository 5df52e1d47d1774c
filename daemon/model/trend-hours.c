/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hour tier: exact quantiles of an hour's latencies, its time-outs, how much of it was seen.
 */
#include <math.h>
#include <string.h>

#include "model/trend-state.h"

#define HOUR_OK_MIN 6 /* answers that make a quantile */

static size_t slot(int32_t hour, int32_t count)
{
	return (size_t)(hour % count);
}

void trend_hours_reset(struct trend *t)
{
	struct trend_latency *latency = t->latency;

	memset(t, 0, sizeof(*t));
	t->latency = latency;
	t->doubt.at_us = TREND_NO_ROUND;
	t->hour = TREND_HOUR_NEVER;
	t->firmware = -1;
	t->recovered_us = TREND_RECOVERED_NEVER;
	t->epoch.reset_hour = TREND_HOUR_NEVER;
	t->alarm.last_hour = t->alarm.soft_hour = TREND_HOUR_NEVER;
	trend_channels_forget(t);
	if (!latency)
		return;
	memset(latency, 0, sizeof(*latency));
	trend_load_reset(t);
	for (int channel = 0; channel < TREND_TIMEOUTS; channel++)
		latency->relief[channel].hour = latency->relief[channel].harmful_hour =
			TREND_HOUR_NEVER;
	for (size_t i = 0; i < sizeof(latency->series) / sizeof(struct trend_series); i++) {
		struct trend_series *series = &latency->series[0][0] + i;

		for (size_t h = 0; h < TREND_HOURS; h++)
			series->flat[h] = TREND_NONE;
		for (size_t h = 0; h < TREND_RECENT_HOURS; h++)
			series->recent[h] = TREND_NONE;
	}
	for (size_t i = 0; i < sizeof(latency->noise) / sizeof(struct trend_noise); i++)
		(&latency->noise[0][0][0] + i)->day = TREND_HOUR_NEVER;
	trend_channels_forget(t);
}

int16_t trend_recent(const struct trend *t, int probe, enum trend_quantile quantile, int32_t hour)
{
	if (hour < 0 || hour >= t->hour || hour < t->hour - TREND_RECENT_HOURS)
		return TREND_NONE;
	return t->latency->series[probe][quantile].recent[slot(hour, TREND_RECENT_HOURS)];
}

int16_t trend_flat(const struct trend *t, int probe, enum trend_quantile quantile, int32_t hour)
{
	if (hour < 0 || hour >= t->hour || hour < t->hour - TREND_HOURS)
		return TREND_NONE;
	return t->latency->series[probe][quantile].flat[slot(hour, TREND_HOURS)];
}

int16_t trend_recent_median(const struct trend *t, int probe, enum trend_quantile quantile,
			    int32_t first, int32_t last)
{
	int16_t sorted[16];
	int count = 0;

	if (!t->latency)
		return TREND_NONE;
	for (int32_t h = first; h <= last && count < (int)COUNT_OF(sorted); h++) {
		const int16_t value = trend_recent(t, probe, quantile, h);
		int at = count;

		if (value == TREND_NONE)
			continue;
		for (; at > 0 && sorted[at - 1] > value; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = value;
		count++;
	}
	if (count == 0)
		return TREND_NONE;
	return (int16_t)((sorted[(count - 1) / 2] + sorted[count / 2]) / 2);
}

uint32_t trend_timeouts_sum(const struct trend *t, int32_t first, int32_t last)
{
	uint32_t sum = 0;

	for (int32_t h = first; h <= last; h++)
		if (h >= 0 && h < t->hour && h >= t->hour - TREND_TIMEOUT_HOURS)
			sum += t->timeouts[slot(h, TREND_TIMEOUT_HOURS)];
	return sum;
}

uint32_t trend_present_sum(const struct trend *t, int32_t first, int32_t last)
{
	uint32_t sum = 0;

	for (int32_t h = first; h <= last; h++)
		if (h >= 0 && h < t->hour && h >= t->hour - TREND_TIMEOUT_HOURS)
			sum += t->present[slot(h, TREND_TIMEOUT_HOURS)];
	return sum;
}

int16_t trend_scaled_ln(uint32_t latency_us)
{
	return (int16_t)lround(fmin(log(latency_us > 0 ? latency_us : 1) * TREND_SCALE, INT16_MAX));
}

/* As numpy would index a sorted array; the corpora were scored with this. */
static void quantiles(const uint32_t *sorted, uint32_t count, int16_t *ret)
{
	const uint32_t high = count * 9 / 10;

	if (count < HOUR_OK_MIN) {
		ret[TREND_Q20] = ret[TREND_Q50] = ret[TREND_Q90] = TREND_NONE;
		return;
	}
	ret[TREND_Q20] = trend_scaled_ln(sorted[count / 5]);
	ret[TREND_Q50] = (int16_t)((trend_scaled_ln(sorted[(count - 1) / 2]) +
				    trend_scaled_ln(sorted[count / 2])) /
				   2);
	ret[TREND_Q90] = trend_scaled_ln(sorted[high > 0 ? high - 1 : 0]);
}

static int16_t flatten(const struct trend *t, const struct trend_series *series, int16_t value)
{
	const int32_t flat = value - series->profile[t->hour % 24];

	if (value == TREND_NONE)
		return TREND_NONE;
	return (int16_t)min_i64(max_i64(flat, TREND_NONE + 1), INT16_MAX);
}

static void close_latency(struct trend *t)
{
	struct trend_latency *latency = t->latency;

	if (t->hour % 24 == 0)
		trend_profile_learn(t);
	trend_stalls_close(t);
	for (int probe = 0; probe < TREND_PROBES; probe++) {
		int16_t value[TREND_QUANTILES];

		quantiles(latency->sorted_us[probe], latency->count[probe], value);
		for (int q = 0; q < TREND_QUANTILES; q++) {
			struct trend_series *series = &latency->series[probe][q];

			series->recent[slot(t->hour, TREND_RECENT_HOURS)] = value[q];
			series->flat[slot(t->hour, TREND_HOURS)] = flatten(t, series, value[q]);
		}
		latency->count[probe] = 0;
	}
	trend_load_close(t);
}

static void close_hour(struct trend *t, struct trend_out *out)
{
	const size_t at = slot(t->hour, TREND_TIMEOUT_HOURS);

	if (t->latency)
		close_latency(t);
	t->timeouts[at] = (uint8_t)min_i64(t->open_timeouts, UINT8_MAX);
	t->present[at] = (uint8_t)min_i64(t->open_present, UINT8_MAX);
	t->open_timeouts = t->open_present = 0;
	t->hour++;
	trend_load_hour(t, t->hour - 1);
	trend_epoch_hour(t, t->hour - 1, out);
	trend_relief_hour(t, t->hour - 1, out);
	trend_channels_judge(t, t->hour - 1);
	trend_verdict_hour(t, t->hour - 1, out);
	if (t->hour % 24 != 0)
		return;
	trend_verdict_day(t, t->hour / 24, out);
	trend_phase_new_day(t, t->hour / 24);
}

/* After a gap longer than what is kept, nothing that is kept says anything. */
static void start_over(struct trend *t, int32_t hour)
{
	const struct trend_round round = t->round, doubt = t->doubt;
	const struct trend_outage outage = t->outage;
	const struct trend_time time = t->time;
	const int64_t firmware = t->firmware;

	trend_hours_reset(t);
	t->round = round;
	t->doubt = doubt;
	t->outage = outage;
	t->time = time;
	t->firmware = firmware;
	t->hour = hour;
	t->epoch.start_hour = hour;
}

void trend_hours_advance(struct trend *t, int32_t hour, struct trend_out *out)
{
	if (t->hour == TREND_HOUR_NEVER) {
		t->hour = 0;
		trend_phase_new_day(t, 0);
	}
	if (hour - t->hour > TREND_HOURS)
		start_over(t, hour);
	while (t->hour < hour)
		close_hour(t, out);
}

static void insert(uint32_t *sorted, uint16_t *count, uint32_t value)
{
	size_t low = 0, high = *count;

	if (*count >= TREND_HOUR_SAMPLES)
		return;
	while (low < high) {
		const size_t middle = (low + high) / 2;

		if (sorted[middle] > value)
			high = middle;
		else
			low = middle + 1;
	}
	memmove(&sorted[low + 1], &sorted[low], (*count - low) * sizeof(sorted[0]));
	sorted[low] = value;
	(*count)++;
}

void trend_hours_add(struct trend *t, const struct trend_round *round)
{
	t->open_present++;
	t->open_timeouts += (uint16_t)__builtin_popcount(round->timeouts);
	if (!t->latency)
		return;
	trend_load_add(t, round);
	for (int probe = 0; probe < TREND_PROBES; probe++) {
		if ((round->seen & ~round->bad & 1u << probe) != 0 && round->latency_us[probe] > 0)
			insert(t->latency->sorted_us[probe], &t->latency->count[probe],
			       round->latency_us[probe]);
	}
}
