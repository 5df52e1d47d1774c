/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What slows commands down and is no leak: other programs that ask more and more, an event log that
 * grows and is searched by every command. Where such a thing grew as the latency did, the ramp says
 * nothing of the controller; if it leaks as well, that shows when the growth is over. Both numbers
 * are optional; whether another program held the device is always known.
 *
 * Tried and dropped: the day's rhythm, which load makes larger as it makes the level (it explained
 * some alarms, and later ones on the same hosts took their place); others who are there more and
 * more over windows of 16 days (four false alarms in 30 host-years fewer, but what goes on once
 * somebody has come was told two weeks late).
 */
#include <string.h>

#include "model/trend-state.h"

#define UNKNOWN		 UINT16_MAX
#define FOREIGN_MORE	 60.0 /* per hour: one a minute */
#define FOREIGN_FACTOR	 1.5
#define FOREIGN_TAU	 20    /* of 66: it comes in bursts */
#define FOREIGN_LONGER_H 96    /* windows: near saturation little more load is much more wait */
#define HOLDERS_MORE	 300.0 /* of 1000 */
#define ENTRIES_MORE	 64.0
#define ENTRIES_PART	 0.25
#define ENTRIES_TAU	 36
#define ENTRIES_MOST	 1.39 /* ln 4 */
#define CLEARED_LEAST	 32
#define AFTER_H		 3
#define BEFORE_H	 6
#define HARMLESS	 (int)(0.077 * TREND_SCALE) /* ln 1.08 */

static size_t slot(int32_t hour)
{
	return (size_t)(hour % TREND_LOAD_HOURS);
}

void trend_load_reset(struct trend *t)
{
	struct trend_load *load = &t->latency->load;

	memset(load->foreign, 0xff, sizeof(load->foreign));
	memset(load->entries, 0xff, sizeof(load->entries));
	memset(load->holders, 0xff, sizeof(load->holders));
	load->open_entries = UNKNOWN;
}

void trend_load_add(struct trend *t, const struct trend_round *round)
{
	struct trend_load *load = &t->latency->load;

	if (load->open_rounds < UINT16_MAX) {
		load->open_rounds++;
		load->open_holders += round->has_others;
	}
	if (round->foreign >= 0 && load->open_count < UINT16_MAX) {
		load->open_foreign += (uint32_t)min_i64(round->foreign, UNKNOWN - 1);
		load->open_count++;
	}
	if (round->entries >= 0)
		load->open_entries = (uint16_t)min_i64(round->entries, UNKNOWN - 1);
}

void trend_load_close(struct trend *t)
{
	struct trend_load *load = &t->latency->load;
	const size_t at = slot(t->hour);

	load->foreign[at] =
		load->open_count > 0 ? (uint16_t)(load->open_foreign / load->open_count) : UNKNOWN;
	load->holders[at] = load->open_rounds > 0
				    ? (uint16_t)(1000 * load->open_holders / load->open_rounds)
				    : UNKNOWN;
	load->entries[at] = load->open_entries;
	load->open_holders = load->open_rounds = 0;
	load->open_foreign = load->open_count = 0;
	load->open_entries = UNKNOWN;
}

/* Means of the twelve blocks up to `hour`; false: one has none. */
static bool blocks(const uint16_t *values, int32_t hour, int width, double *x)
{
	int32_t first = hour + 1 - TREND_POINTS * width;

	if (first < 0)
		return false;
	for (int i = 0; i < TREND_POINTS; i++, first += width) {
		double sum = 0;
		int count = 0;

		for (int32_t h = first; h < first + width; h++) {
			if (values[slot(h)] == UNKNOWN)
				continue;
			sum += values[slot(h)];
			count++;
		}
		if (count == 0)
			return false;
		x[i] = sum / count;
	}
	return true;
}

static bool others_grew(const struct trend_load *load, int32_t hour, int width)
{
	double x[TREND_POINTS], quarter[4];

	return blocks(load->foreign, hour, width, x) && ramp_quarters(x, quarter) >= FOREIGN_MORE &&
	       quarter[3] >= FOREIGN_FACTOR * quarter[0] && ramp_kendall(x) >= FOREIGN_TAU;
}

/* Somebody came, and stays. */
static bool somebody_came(const struct trend_load *load, int32_t hour, int width)
{
	double x[TREND_POINTS], quarter[4];

	return blocks(load->holders, hour, width, x) && ramp_quarters(x, quarter) >= HOLDERS_MORE;
}

static bool log_grew(const struct trend_load *load, int32_t hour, int width)
{
	double x[TREND_POINTS], quarter[4];
	double more;

	if (load->is_log_harmless || !blocks(load->entries, hour, width, x))
		return false;
	more = ramp_quarters(x, quarter);
	return more >= ENTRIES_MORE && more >= ENTRIES_PART * quarter[3] &&
	       ramp_kendall(x) >= ENTRIES_TAU;
}

bool trend_is_explained(const struct trend *t, int window, int32_t hour, double rise)
{
	const struct trend_load *load = &t->latency->load;
	const int width = trend_windows_h[window] / TREND_POINTS;

	for (int w = window; w < TREND_WINDOWS && trend_windows_h[w] <= TREND_LOAD_HOURS; w++) {
		if ((w == window || trend_windows_h[w] <= FOREIGN_LONGER_H) &&
		    others_grew(load, hour, trend_windows_h[w] / TREND_POINTS))
			return true;
	}
	return (trend_windows_h[window] <= TREND_LOAD_HOURS && somebody_came(load, hour, width)) ||
	       (rise < ENTRIES_MOST && log_grew(load, hour, width));
}

/* Somebody cleared the log: did that help? */
void trend_load_hour(struct trend *t, int32_t hour)
{
	const int32_t cleared = hour - AFTER_H;
	const struct trend_load *load = t->latency ? &t->latency->load : NULL;
	uint16_t before, after;
	int most = 0;

	if (!load || cleared < BEFORE_H || t->epoch.start_hour > cleared - BEFORE_H)
		return;
	before = load->entries[slot(cleared - 1)];
	after = load->entries[slot(cleared)];
	if (before == UNKNOWN || after == UNKNOWN || before - after < CLEARED_LEAST ||
	    2 * after > before)
		return;
	for (int probe = 0; probe < TREND_PROBES; probe++) {
		const int16_t was =
			trend_recent_median(t, probe, TREND_Q20, cleared - BEFORE_H, cleared - 1);
		const int16_t is = trend_recent_median(t, probe, TREND_Q20, cleared + 1, hour);

		if (was == TREND_NONE || is == TREND_NONE)
			return;
		most = (int)max_i64(most, was - is);
	}
	t->latency->load.is_log_harmless = most < HARMLESS;
}
