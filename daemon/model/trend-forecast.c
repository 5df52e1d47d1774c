/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time to failure: one over the relative latency, which a hyperbola makes a straight line, is
 * followed to nearly nothing; earlier lives (trend-lives.c) count more with each. The range is what
 * such forecasts were measured to be wrong by (tests/corpus), not the slope's own confidence.
 */
#include <math.h>
#include <string.h>

#include "model/trend-state.h"

#define BLOCKS_MAX     24
#define BLOCKS_MIN     8
#define KNOWN_MIN      6
#define FAILED_AT      0.05
#define TIMEOUTS_FATAL 0.15
#define TIMEOUTS_CAP   30
#define FACTOR_FIRST   5.5 /* nine of ten forecasts were wrong by less */
#define FACTOR_KNOWN   2.3
#define WEIGHT_ONE     0.6 /* of earlier lives against the line */
#define WEIGHT_EACH    0.1
#define WEIGHT_MOST    0.9
#define PAIRS_MAX      (BLOCKS_MAX * (BLOCKS_MAX - 1) / 2)

struct line {
	double t[BLOCKS_MAX], u[BLOCKS_MAX];
	int count;
};

static bool level_at(const struct trend *t, int32_t hour, double *ret)
{
	const enum trend_quantile quantile = t->alarm.channel == TREND_TAIL ? TREND_Q90 : TREND_Q20;
	int count = 0, sum = 0;

	for (int probe = 0; probe < TREND_PROBES; probe++) {
		const int16_t value = trend_flat(t, probe, quantile, hour);

		if (value == TREND_NONE)
			continue;
		sum += value;
		count++;
	}
	if (count == 0)
		return false;
	*ret = (double)sum / count / TREND_SCALE;
	return true;
}

static bool rate_at(const struct trend *t, int32_t hour, double *ret)
{
	const size_t at = (size_t)(hour % TREND_TIMEOUT_HOURS);

	if (hour < t->hour - TREND_TIMEOUT_HOURS || t->present[at] < 10)
		return false;
	*ret = (double)min_i64(t->timeouts[at], TIMEOUTS_CAP) / t->present[at];
	return true;
}

static bool block(const struct trend *t, int32_t first, int32_t end, double *ret)
{
	double sum = 0, value;
	int count = 0;

	for (int32_t h = first; h < end; h++) {
		if (t->alarm.channel == TREND_TIMEOUTS ? !rate_at(t, h, &value)
						       : !level_at(t, h, &value))
			continue;
		sum += value;
		count++;
	}
	if (count > 0)
		*ret = sum / count;
	return count > 0;
}

static void sort(double *values, int count)
{
	for (int i = 1; i < count; i++) {
		const double value = values[i];
		int at = i;

		for (; at > 0 && values[at - 1] > value; at--)
			values[at] = values[at - 1];
		values[at] = value;
	}
}

static double median(double *values, int count)
{
	sort(values, count);
	return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

/* Towards 0, where it has failed. */
static void health(const struct trend *t, struct line *line)
{
	const int lowest = line->count / 6 > 2 ? line->count / 6 : 2;
	double sorted[BLOCKS_MAX], base = 0;

	memcpy(sorted, line->u, sizeof(sorted));
	sort(sorted, line->count);
	for (int i = 0; i < lowest; i++)
		base += sorted[i] / lowest;
	for (int i = 0; i < line->count; i++) {
		line->u[i] = t->alarm.channel == TREND_TIMEOUTS
				     ? 1 - fmin(line->u[i] / TIMEOUTS_FATAL, 1)
				     : exp(base - line->u[i]);
	}
}

static void line_read(const struct trend *t, int32_t from, int32_t hour, struct line *line)
{
	const int32_t span = hour - from;
	const int blocks = (int)min_i64(BLOCKS_MAX, max_i64(BLOCKS_MIN, span / 2));

	line->count = 0;
	for (int i = 0; i < blocks; i++) {
		const int32_t first = span * i / blocks, end = span * (i + 1) / blocks;

		if (!block(t, from + first, from + end, &line->u[line->count]))
			continue;
		line->t[line->count++] = (first + end) / 2.0;
	}
	if (line->count >= KNOWN_MIN)
		health(t, line);
}

/* Hours from `span` on until the line is down; false: it does not fall. */
static bool line_ends(const struct line *line, double span, double *ret)
{
	double slopes[PAIRS_MAX], rest[BLOCKS_MAX], slope;
	int pairs = 0;

	for (int i = 0; i < line->count; i++) {
		for (int j = i + 1; j < line->count; j++)
			slopes[pairs++] = (line->u[j] - line->u[i]) / (line->t[j] - line->t[i]);
	}
	slope = median(slopes, pairs);
	if (slope >= -1e-9)
		return false;
	for (int i = 0; i < line->count; i++)
		rest[i] = line->u[i] - slope * line->t[i];
	*ret = fmax((FAILED_AT - median(rest, line->count)) / slope - span, 1);
	return true;
}

/* Lives that ended in failure. */
static int lives(const struct trend *t, double *ret_median)
{
	double life[TREND_TEETH];
	int count = 0;

	for (int i = 0; i < TREND_TEETH; i++)
		if (t->teeth[i].channels != 0 && t->teeth[i].has_failed)
			life[count++] = t->teeth[i].life_h;
	if (count > 0)
		*ret_median = median(life, count);
	return count;
}

/* How many earlier lives say how long it takes from here: at that level, else at that age. */
static int by_lives(const struct trend *t, int32_t hour, double *ret_h)
{
	const enum trend_channel channel = (enum trend_channel)t->alarm.channel;
	double life = 0;
	int known = 0;

	if (t->latency && channel != TREND_TIMEOUTS)
		known = trend_life_left(t, channel, hour, ret_h);
	if (known > 0)
		return known;
	known = lives(t, &life);
	*ret_h = life - (hour + 1 - t->epoch.start_hour);
	return *ret_h >= 1 ? known : 0;
}

static bool by_line(const struct trend *t, int32_t from, int32_t hour, double *ret_h)
{
	struct line line;

	if (hour + 1 - from < KNOWN_MIN)
		return false;
	line_read(t, from, hour + 1, &line);
	return line.count >= KNOWN_MIN && line_ends(&line, hour + 1 - from, ret_h);
}

bool trend_forecast(const struct trend *t, int32_t hour, double *ret_h, double *ret_low_h,
		    double *ret_high_h)
{
	const int32_t from = (int32_t)max_i64(
		t->alarm.since_hour - trend_windows_h[t->alarm.window], t->epoch.start_hour);
	double left, by_life = 0, factor = FACTOR_FIRST;
	const int known = by_lives(t, hour, &by_life);

	if (by_line(t, from, hour, &left)) {
		const double weight = known < 3 ? WEIGHT_ONE + known * WEIGHT_EACH : WEIGHT_MOST;

		if (known > 0)
			left = exp(weight * log(by_life) + (1 - weight) * log(left));
	} else if (known > 0) {
		left = by_life;
	} else {
		return false;
	}
	if (known > 0)
		factor = FACTOR_KNOWN;
	*ret_h = left;
	*ret_low_h = left / factor;
	*ret_high_h = left * factor;
	return true;
}
