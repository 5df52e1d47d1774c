/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A controller that has just started is busy starting: its first replies are slow, and within half
 * an hour they are not. An interface that hung and came back is as fast at once as it was before.
 * So the first rounds after an outage are kept, to be compared with the hours that follow.
 */
#include <math.h>
#include <string.h>

#include "model/trend-state.h"

#define EARLY_US   (25 * USEC_PER_MINUTE)
#define EARLY_MIN  2	/* replies of a probe */
#define SPREAD_Q20 0.84 /* deviations from the median */
#define SPREAD_Q90 1.28
#define SPREAD_MIN 0.03

void trend_warmup_start(struct trend *t, int candidate, int64_t since_us)
{
	if (t->latency)
		t->latency->warmup[candidate] = (struct trend_warmup){ .since_us = since_us };
}

void trend_warmup_add(struct trend *t, const struct trend_round *round)
{
	for (int i = 0; t->latency && i < TREND_CANDIDATES; i++) {
		struct trend_warmup *w = &t->latency->warmup[i];

		if (!t->candidates[i].is_used || round->at_us - w->since_us > EARLY_US)
			continue;
		for (int probe = 0; probe < TREND_PROBES; probe++) {
			if (w->count[probe] >= TREND_WARMUP_ROUNDS ||
			    (round->seen & ~round->bad & 1u << probe) == 0 ||
			    round->latency_us[probe] == 0)
				continue;
			w->early[probe][w->count[probe]++] =
				trend_scaled_ln(round->latency_us[probe]);
		}
	}
}

static double median(const int16_t *values, int count)
{
	const int low = (count - 1) / 2, high = count / 2;
	int16_t sorted[TREND_WARMUP_ROUNDS] = { 0 };

	for (int i = 0; i < count; i++) {
		int at = i;

		for (; at > 0 && sorted[at - 1] > values[i]; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = values[i];
	}
	return 0.5 * (double)(sorted[low] + sorted[high]);
}

/* What one probe says. */
static struct warmup of_probe(const struct trend *t, const struct trend_candidate *c,
			      const struct trend_warmup *w, int probe)
{
	const int32_t first = c->last_hour + 1, last = c->last_hour + TREND_EPOCH_SETTLE_H;
	const int16_t q20 = trend_recent_median(t, probe, TREND_Q20, first, last);
	const int16_t q50 = trend_recent_median(t, probe, TREND_Q50, first, last);
	const int16_t q90 = trend_recent_median(t, probe, TREND_Q90, first, last);
	const int count = w->count[probe];
	double spread;

	if (q50 == TREND_NONE || count < EARLY_MIN)
		return (struct warmup){ 0 };
	spread = fmax((q50 - q20) / SPREAD_Q20, (q90 - q50) / SPREAD_Q90 / 2) / TREND_SCALE;
	return (struct warmup){
		.is_known = true,
		.excess = (median(w->early[probe], count) - q50) / TREND_SCALE,
		.error = 1.25 * fmax(spread, SPREAD_MIN) / sqrt(count), /* of a median */
	};
}

struct warmup trend_warmup(const struct trend *t, int candidate)
{
	double sum = 0, weight = 0;

	if (!t->latency)
		return (struct warmup){ 0 };
	for (int probe = 0; probe < TREND_PROBES; probe++) {
		const struct warmup w = of_probe(t, &t->candidates[candidate],
						 &t->latency->warmup[candidate], probe);

		if (!w.is_known)
			continue;
		sum += w.excess / (w.error * w.error);
		weight += 1 / (w.error * w.error);
	}
	if (weight <= 0)
		return (struct warmup){ 0 };
	return (struct warmup){ .is_known = true,
				.excess = sum / weight,
				.error = 1 / sqrt(weight) };
}
