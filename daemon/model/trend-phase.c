/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time-outs that keep step with a clock are those of an agent that asks every five minutes, not
 * of a controller that wears out. Per day and per period: the sum of the time-outs' directions.
 */
#include <math.h>
#include <string.h>

#include "model/trend-state.h"

#define UNIT		   1024
#define TIMEOUTS_MIN	   12
#define TIMEOUTS_DAILY	   2
#define SAME_CONCENTRATION 0.95
#define CONCENTRATION	   0.45
#define OTHERS_PART	   0.5
#define SIGNIFICANCE_SQ	   9.0

/* Not a minute: that is our own period, at which all is in step. */
static const uint32_t periods_s[TREND_PERIODS] = { 120, 300, 600, 900, 3600 };

void trend_phase_new_day(struct trend *t, int32_t day)
{
	memset(&t->phase[day % TREND_PHASE_DAYS], 0, sizeof(t->phase[0]));
}

void trend_phase_add(struct trend *t, const struct trend_round *round)
{
	struct trend_phase *phase = &t->phase[t->hour / 24 % TREND_PHASE_DAYS];

	phase->present = (uint16_t)min_i64(phase->present + 1, UINT16_MAX - 1);
	if (round->has_others)
		phase->others = (uint16_t)min_i64(phase->others + 1, UINT16_MAX - 1);
	if (round->bad == 0 || phase->timeouts == UINT16_MAX)
		return;
	phase->timeouts++;
	for (int i = 0; i < TREND_PERIODS; i++) {
		const int64_t period_us = periods_s[i] * USEC_PER_SEC;
		const double angle =
			2 * M_PI * (double)(round->at_us % period_us) / (double)period_us;

		phase->cosine[i] += (int32_t)lround(UNIT * cos(angle));
		phase->sine[i] += (int32_t)lround(UNIT * sin(angle));
	}
}

uint32_t trend_phase_failed(const struct trend *t)
{
	uint32_t sum = 0;

	for (int d = 0; d < TREND_PHASE_DAYS; d++)
		sum += t->phase[d].timeouts;
	return sum;
}

static double concentration(const struct trend *t, int period, double timeouts)
{
	double x = 0, y = 0;

	for (int d = 0; d < TREND_PHASE_DAYS; d++) {
		x += t->phase[d].cosine[period];
		y += t->phase[d].sine[period];
	}
	return sqrt(x * x + y * y) / UNIT / timeouts;
}

/* Judged at the end of day - 1, when the ring holds the three days up to it. */
bool trend_phase_is_contended(const struct trend *t, int32_t day, uint32_t *ret_period_s)
{
	const int32_t days = (int32_t)min_i64(day, TREND_PHASE_DAYS);
	double timeouts = 0, others = 0, best = 0;
	int64_t fewest = INT64_MAX;
	int period = 0;

	for (int d = 0; d < TREND_PHASE_DAYS; d++) {
		const struct trend_phase *phase = &t->phase[d];

		timeouts += phase->timeouts;
		if (phase->present == 0)
			continue;
		fewest = min_i64(fewest, phase->timeouts);
		others += (double)phase->others / phase->present;
	}
	if (timeouts < TIMEOUTS_MIN || days < 1)
		return false;
	for (int i = 0; i < TREND_PERIODS; i++) {
		const double r = concentration(t, i, timeouts);

		if (r >= SAME_CONCENTRATION * best)
			period = i; /* a quarter of an hour is three times five minutes, too */
		best = fmax(best, r);
	}
	if (best > CONCENTRATION && best * best * timeouts > SIGNIFICANCE_SQ) {
		*ret_period_s = periods_s[period];
		return true;
	}
	*ret_period_s = 0;
	/* who is there every day costs something every day */
	return others > OTHERS_PART * days && fewest >= TIMEOUTS_DAILY;
}
