/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much a host's own level wanders at the scale of a window: robust deviation of second
 * differences over two months. A ramp cancels in them, slow wandering does not; so this stands for
 * a correction for autocorrelation. Computed when a candidate asks, remembered for the day.
 */
#include <math.h>
#include <string.h>

#include "model/trend-state.h"

#define NOISE_HOURS   1440 /* 60 d */
#define NOISE_MIN     0.01
#define NOISE_DEFAULT 0.10
#define NOISE_YOUNG   0.07 /* at least, as long as little was seen */
#define YOUNG_H	      240
#define GROWTH	      1.6 /* of noise that wanders, from a window to one twice as long */

struct running { /* mean of the hours that end at `hour` */
	int32_t hour;
	int sum, count;
};

static void running_step(const struct trend *t, int probe, enum trend_quantile quantile, int width,
			 struct running *r)
{
	const int16_t gone = trend_flat(t, probe, quantile, r->hour - width + 1);
	const int16_t come = trend_flat(t, probe, quantile, r->hour + 1);

	if (gone != TREND_NONE) {
		r->sum -= gone;
		r->count--;
	}
	if (come != TREND_NONE) {
		r->sum += come;
		r->count++;
	}
	r->hour++;
}

static struct running running_start(const struct trend *t, int probe, enum trend_quantile quantile,
				    int width, int32_t hour)
{
	struct running r = { .hour = hour - width };

	for (int i = 0; i < width; i++) {
		const int16_t value = trend_flat(t, probe, quantile, ++r.hour);

		if (value == TREND_NONE)
			continue;
		r.sum += value;
		r.count++;
	}
	return r;
}

static bool running_is_known(const struct running *r, int width)
{
	return r->count >= 1 && r->count >= 0.4 * width;
}

/* The k-th smallest. */
static float select_nth(float *values, int count, int k)
{
	int low = 0, high = count - 1;

	while (low < high) {
		const float pivot = values[(low + high) / 2];
		int i = low, j = high;

		while (i <= j) {
			while (values[i] < pivot)
				i++;
			while (values[j] > pivot)
				j--;
			if (i <= j) {
				const float swap = values[i];

				values[i++] = values[j];
				values[j--] = swap;
			}
		}
		if (k <= j)
			high = j;
		else if (k >= i)
			low = i;
		else
			break;
	}
	return values[k];
}

static float median(float *values, int count)
{
	const float upper = select_nth(values, count, count / 2);

	return count % 2 ? upper : (upper + select_nth(values, count / 2, count / 2 - 1)) / 2;
}

void trend_break(struct trend *t, int32_t hour)
{
	struct trend_latency *l = t->latency;

	if (!l || (l->break_count > 0 && l->breaks[l->break_count - 1] >= hour))
		return;
	if (l->break_count == TREND_BREAKS)
		memmove(l->breaks, l->breaks + 1, --l->break_count * sizeof(l->breaks[0]));
	l->breaks[l->break_count++] = hour;
}

bool trend_is_broken(const struct trend *t, int32_t first, int32_t last)
{
	const struct trend_latency *l = t->latency;
	int at = l->break_count - 1;

	while (at >= 0 && l->breaks[at] > last)
		at--;
	return at >= 0 && l->breaks[at] >= first;
}

struct spread { /* of a window's second differences */
	double value;
	int count;
};

/* Those that a restart or a fall lies in say nothing of noise; `skips`: leave them out. */
static struct spread measure(const struct trend *t, int probe, enum trend_quantile quantile,
			     int window, bool skips)
{
	const int lag = trend_windows_h[window] / 2, width = trend_windows_h[window] / TREND_POINTS;
	const int32_t today = (t->hour - 1) / 24 * 24, end = today - lag;
	const int32_t first = (int32_t)max_i64(today - NOISE_HOURS, trend_windows_h[window]);
	float distances[NOISE_HOURS] = { 0 };
	struct running r[3] = { 0 };
	int count = 0;

	if (end - first < max_i64(48, trend_windows_h[window]))
		return (struct spread){ 0 };
	for (int i = 0; i < 3; i++)
		r[i] = running_start(t, probe, quantile, width, first - i * lag);
	for (int32_t h = first; h < end; h++) {
		if (running_is_known(&r[0], width) && running_is_known(&r[1], width) &&
		    running_is_known(&r[2], width) &&
		    !(skips && trend_is_broken(t, h - 2 * lag - width + 2, h))) {
			distances[count++] = fabsf((float)r[0].sum / (float)r[0].count -
						   2 * (float)r[1].sum / (float)r[1].count +
						   (float)r[2].sum / (float)r[2].count);
		}
		for (int i = 0; i < 3; i++)
			running_step(t, probe, quantile, width, &r[i]);
	}
	if (count == 0)
		return (struct spread){ 0 };
	return (struct spread){
		fmax(NOISE_MIN, 1.4826 / sqrt(2) / TREND_SCALE * median(distances, count)), count
	};
}

/* Of a sawtooth shorter than the window only shorter windows know how noisy it is. */
static double extend(const struct trend *t, int probe, enum trend_quantile quantile, int window,
		     double most)
{
	double factor = 1;

	for (int shorter = window; shorter >= 0; shorter--) {
		const struct spread s = measure(t, probe, quantile, shorter, true);

		if (s.count >= max_i64(48, trend_windows_h[shorter] / 2))
			return fmin(most, factor * s.value);
		factor *= GROWTH;
	}
	return most;
}

static double estimate(const struct trend *t, int probe, enum trend_quantile quantile, int window)
{
	const struct spread all = measure(t, probe, quantile, window, false);

	double value = all.value;

	if (all.count < max_i64(48, trend_windows_h[window]))
		return NOISE_DEFAULT;
	if (trend_is_broken(t, t->hour - NOISE_HOURS - trend_windows_h[window], t->hour))
		value = extend(t, probe, quantile, window, value);
	return t->hour < YOUNG_H ? fmax(value, NOISE_YOUNG) : value;
}

double trend_noise(struct trend *t, int probe, enum trend_quantile quantile, int window)
{
	struct trend_noise *noise = &t->latency->noise[probe][quantile][window];
	const int32_t day = (t->hour - 1) / 24;

	if (noise->day != day) {
		noise->day = day;
		noise->value = (float)estimate(t, probe, quantile, window);
	}
	return noise->value;
}
