/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Eight windows over three channels. A window over latencies is looked at 48 times in its length,
 * its verdict holds in between; a verdict counts only if it has stood for most of some hours.
 */
#include <math.h>
#include <string.h>

#include "model/trend-state.h"

#define TIMEOUTS_CAP  6	 /* per hour: a cluster is one bad hour, no rate */
#define PRESENT_MIN   10 /* rounds that make an hour */
#define BLOCK_MIN     0.4
#define TAIL_SCALE    1.8
#define STRONG_RISE   0.6419 /* ln 1.9: one probe alone may say so */
#define COLD_SHORT    0.7885 /* ln 2.2, ln 1.6: before the day's rhythm is known */
#define COLD_MIDDLE   0.4700
#define TAIL_ALONE_H  192
#define WINDOW_MIDDLE 2 /* 48 h */
#define WINDOW_MONTH  6 /* 768 h */
#define JUMP_MONTH    0.35

struct reading { /* of one window */
	double z[TREND_PROBES][TREND_POINTS], quarters[TREND_PROBES];
	bool is_known[TREND_PROBES];
};

static int stride_h(int window)
{
	return trend_windows_h[window] > 48 ? trend_windows_h[window] / 48 : 1;
}

static void fires_push(struct trend_fires *fires, bool is_on)
{
	uint32_t carry = is_on;

	for (int i = 0; i < TREND_FIRE_WORDS; i++) {
		const uint32_t top = fires->bits[i] >> 31;

		fires->bits[i] = fires->bits[i] << 1 | carry;
		carry = top;
	}
}

static int fires_count(const struct trend_fires *fires, int hours)
{
	int count = 0;

	for (int i = 0; i < TREND_FIRE_WORDS && hours > 0; i++, hours -= 32) {
		const uint32_t mask = hours >= 32 ? UINT32_MAX : (1u << hours) - 1;

		count += __builtin_popcount(fires->bits[i] & mask);
	}
	return count;
}

struct trend_watch *trend_watch(const struct trend *t, enum trend_channel channel, int window)
{
	return channel == TREND_TIMEOUTS ? (struct trend_watch *)(uintptr_t)&t->watch[window]
					 : &t->latency->watch[channel][window];
}

bool trend_is_confirmed(const struct trend_watch *watch, int window, enum trend_set set)
{
	const struct trend_limits *limits = &trend_limits[set];
	const int hours =
		(int)max_i64(limits->persist_h, trend_windows_h[window] / limits->persist_part);

	return (watch->fires[set].bits[0] & 1) != 0 &&
	       4 * fires_count(&watch->fires[set], hours) >= 3 * hours;
}

static void watch_forget(struct trend_watch *watch)
{
	memset(watch, 0, sizeof(*watch));
	watch->soft_hour = TREND_HOUR_NEVER;
}

void trend_channel_forget(struct trend *t, enum trend_channel channel)
{
	for (int window = 0; window < TREND_WINDOWS; window++)
		watch_forget(trend_watch(t, channel, window));
}

void trend_channels_forget(struct trend *t)
{
	for (int channel = t->latency ? 0 : TREND_TIMEOUTS; channel < TREND_CHANNELS; channel++)
		trend_channel_forget(t, (enum trend_channel)channel);
}

static bool block_mean(const struct trend *t, int probe, enum trend_quantile quantile,
		       int32_t first, int width, double *ret)
{
	int count = 0, sum = 0;

	for (int32_t h = first; h < first + width; h++) {
		const int16_t value = trend_flat(t, probe, quantile, h);

		if (value == TREND_NONE)
			continue;
		sum += value;
		count++;
	}
	if (count < 1 || count < BLOCK_MIN * width)
		return false;
	*ret = (double)sum / count / TREND_SCALE;
	return true;
}

bool trend_blocks(const struct trend *t, int probe, enum trend_quantile quantile, int32_t hour,
		  int width, double *z)
{
	int32_t first = hour + 1 - TREND_POINTS * width;

	if (first < 0)
		return false;
	for (int i = 0; i < TREND_POINTS; i++, first += width)
		if (!block_mean(t, probe, quantile, first, width, &z[i]))
			return false;
	return true;
}

bool trend_timeout_blocks(const struct trend *t, int32_t hour, int width, double *z)
{
	int32_t first = hour + 1 - TREND_POINTS * width;

	if (first < 0)
		return false;
	for (int i = 0; i < TREND_POINTS; i++, first += width) {
		double sum = 0;
		int count = 0;

		for (int32_t h = first; h < first + width; h++) {
			const size_t at = (size_t)(h % TREND_TIMEOUT_HOURS);

			if (t->present[at] < PRESENT_MIN)
				continue;
			sum += fmin(t->timeouts[at], TIMEOUTS_CAP) * 60 / t->present[at];
			count++;
		}
		if (count < 1 || count < BLOCK_MIN * width)
			return false;
		z[i] = sum / count;
	}
	return true;
}

static double floor_of(const struct trend_limits *limits, enum trend_channel channel, int window,
		       int32_t hour)
{
	const double floor = limits->floor[window] * (channel == TREND_TAIL ? TAIL_SCALE : 1);

	if (trend_profile_is_warm(hour) || window > WINDOW_MIDDLE)
		return floor;
	return fmax(floor, window == WINDOW_MIDDLE ? COLD_MIDDLE : COLD_SHORT);
}

static void latency_read(const struct trend *t, enum trend_quantile quantile, int window,
			 int32_t hour, struct reading *r)
{
	double quarter[4];

	for (int probe = 0; probe < TREND_PROBES; probe++) {
		r->is_known[probe] =
			trend_blocks(t, probe, quantile, hour,
				     trend_windows_h[window] / TREND_POINTS, r->z[probe]);
		r->quarters[probe] = r->is_known[probe] ? ramp_quarters(r->z[probe], quarter) : -9;
	}
}

/* One probe ramps, and the other agrees or this one says it loudly. Its rise, or 0. */
static double probe_ramps(struct trend *t, enum trend_channel channel, int window,
			  enum trend_set set, const struct reading *r, int probe)
{
	const enum trend_quantile quantile = channel == TREND_TAIL ? TREND_Q90 : TREND_Q20;
	const struct trend_limits *limits = &trend_limits[set];
	const double floor = fmax(floor_of(limits, channel, window, t->hour - 1),
				  trend_relief_floor(t, channel, t->hour - 1));
	/* firmware after firmware makes a staircase of two months */
	const double jump = set == TREND_HARD && window >= WINDOW_MONTH ? JUMP_MONTH : limits->jump;
	double rise;

	if (!r->is_known[probe] || r->quarters[probe] <= floor / 2 ||
	    !ramp_is_spread(r->z[probe], limits, jump) ||
	    ramp_kendall(r->z[probe]) < limits->kendall)
		return 0;
	rise = ramp_rise(r->z[probe]);
	if (rise < floor || rise < limits->kappa[window] * trend_noise(t, probe, quantile, window))
		return 0;
	if (r->quarters[!probe] >= limits->concordance * floor ||
	    rise >= STRONG_RISE * (channel == TREND_TAIL ? TAIL_SCALE : 1))
		return rise;
	return 0;
}

/* A tail that ramps alone for days is a log that fills as often as a leak: the median must follow,
 * or the ramp be a long one, or one that a restart has cured before. */
static bool tail_is_telling(const struct trend *t, int window, int32_t hour, double floor)
{
	double z[TREND_POINTS], quarter[4];

	if (trend_windows_h[window] >= TAIL_ALONE_H)
		return true;
	for (int i = 0; i < TREND_TEETH; i++)
		if ((t->teeth[i].channels & 1u << TREND_TAIL) != 0)
			return true;
	for (int probe = 0; probe < TREND_PROBES; probe++) {
		if (trend_blocks(t, probe, TREND_Q50, hour, trend_windows_h[window] / TREND_POINTS,
				 z) &&
		    ramp_quarters(z, quarter) >= floor)
			return true;
	}
	return false;
}

static double latency_rise(struct trend *t, enum trend_channel channel, int window,
			   enum trend_set set, const struct reading *r)
{
	const double rise = fmax(probe_ramps(t, channel, window, set, r, TREND_CHEAP),
				 probe_ramps(t, channel, window, set, r, TREND_COSTLY));

	if (rise > 0 && trend_is_explained(t, window, t->hour - 1, rise))
		return 0;
	if (rise <= 0 || channel != TREND_TAIL || set == TREND_SOFT)
		return rise;
	return tail_is_telling(t, window, t->hour - 1, trend_limits[set].floor[window] / 2) ? rise
											    : 0;
}

/* A growing share of commands is a tail, too; unless this host's tails come and go. */
static double stalls_rise(const struct trend *t, int window, enum trend_set set, int32_t hour)
{
	const double rise = trend_stalls_rise(t, window, set, hour);

	if (rise <= 0 || trend_is_explained(t, window, hour, rise) ||
	    (set == TREND_HARD && trend_relief_floor(t, TREND_TAIL, hour) > 0))
		return 0;
	return rise;
}

/* Counts by Anscombe's transformation: their noise is 1/2 whatever their size. Its rise as ln. */
static double timeouts_rise(const struct trend *t, int window, enum trend_set set, int32_t hour)
{
	const struct trend_limits *limits = &trend_limits[set];
	const int width = trend_windows_h[window] / TREND_POINTS;
	double z[TREND_POINTS], quarter[4];

	if (trend_windows_h[window] < 24 ||
	    trend_timeouts_sum(t, hour + 1 - TREND_POINTS / 4 * width, hour) == 0 ||
	    !trend_timeout_blocks(t, hour, width, z))
		return 0;
	(void)ramp_quarters(z, quarter);
	if (24 * quarter[3] < limits->rate_timeouts ||
	    24 * quarter[3] < limits->ratio_timeouts * (24 * quarter[0] + 0.5))
		return 0;
	for (int i = 0; i < TREND_POINTS; i++)
		z[i] = sqrt(z[i] * width + 0.375);
	if (!ramp_is_spread(z, limits, limits->jump_timeouts) ||
	    ramp_kendall(z) < limits->kendall_timeouts || ramp_rise(z) < limits->rise_timeouts)
		return 0;
	return log((24 * quarter[3] + 0.5) / (24 * quarter[0] + 0.5));
}

static void watch_set(struct trend_watch *watch, enum trend_set set, double rise)
{
	watch->is_held[set] = rise > 0;
	if (rise > 0)
		watch->rise = (int16_t)min_i64(lround(rise * TREND_SCALE), INT16_MAX);
}

static void evaluate_latency(struct trend *t, enum trend_channel channel, int window, int32_t hour)
{
	const int32_t start =
		(int32_t)max_i64(t->epoch.start_hour, t->latency->since_hour[channel]);
	const bool is_inside = hour - trend_windows_h[window] + 1 >= start;
	struct reading r = { 0 };

	if (is_inside)
		latency_read(t, channel == TREND_TAIL ? TREND_Q90 : TREND_Q20, window, hour, &r);
	for (int s = TREND_SETS - 1; s >= 0; s--) {
		const enum trend_set set = (enum trend_set)s;
		double rise = is_inside ? latency_rise(t, channel, window, set, &r) : 0;

		if (is_inside && rise <= 0 && channel == TREND_TAIL)
			rise = stalls_rise(t, window, set, hour);
		watch_set(&t->latency->watch[channel][window], set, rise);
	}
}

static void evaluate_timeouts(struct trend *t, int window, int32_t hour)
{
	const bool is_inside = hour - trend_windows_h[window] + 1 >= t->epoch.start_hour;

	for (int set = TREND_SETS - 1; set >= 0; set--)
		watch_set(&t->watch[window], (enum trend_set)set,
			  is_inside ? timeouts_rise(t, window, (enum trend_set)set, hour) : 0);
}

void trend_channels_judge(struct trend *t, int32_t hour)
{
	for (int window = 0; window < TREND_WINDOWS; window++) {
		for (int channel = 0; t->latency && channel < TREND_TIMEOUTS; channel++) {
			if (hour % stride_h(window) == 0)
				evaluate_latency(t, (enum trend_channel)channel, window, hour);
		}
		evaluate_timeouts(t, window, hour);
		for (int channel = t->latency ? 0 : TREND_TIMEOUTS; channel < TREND_CHANNELS;
		     channel++) {
			struct trend_watch *watch =
				trend_watch(t, (enum trend_channel)channel, window);

			for (int set = 0; set < TREND_SETS; set++)
				fires_push(&watch->fires[set], watch->is_held[set]);
			if (trend_is_confirmed(watch, window, TREND_SOFT))
				watch->soft_hour = hour;
		}
	}
}
