/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hours of a Windows host as samples of a trend.
 */
#include "model/host-trend.h"

#include <stdlib.h>

#include "model/trend.h"

#define MINUTES	 60
#define LOST_MAX 30 /* more in an hour say no more: half of its commands */

struct host_trend {
	struct trend *trend;	 /* owned */
	int64_t hour;		 /* the last that was fed; -1: none */
	struct trend_event last; /* of a ramp */
};

struct host_trend *host_trend_new(void)
{
	struct host_trend *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->hour = -1;
	t->trend = trend_new(false);
	if (t->trend)
		return t;
	free(t);
	return NULL;
}

void host_trend_free(struct host_trend *t)
{
	if (!t)
		return;
	trend_free(t->trend);
	free(t);
}

static bool is_of_ramp(enum trend_kind kind)
{
	return kind == TREND_SUSPECTED || kind == TREND_CONFIRMED || kind == TREND_RETURNED ||
	       kind == TREND_IMMINENT;
}

static void sample(struct host_trend *t, int64_t minute, enum trend_probe probe, bool is_lost)
{
	const struct trend_sample s = { .mono = { minute * USEC_PER_MINUTE },
					.wall = { minute * USEC_PER_MINUTE },
					.boot_id = 1,
					.probe = probe,
					.status = is_lost ? TREND_TIMEOUT : TREND_OK,
					.sel_entries = -1,
					.foreign_per_hour = -1,
					.firmware = -1 };
	struct trend_event events[TREND_EVENTS_MAX];
	const size_t n = trend_feed(t->trend, &s, events, TREND_EVENTS_MAX);

	for (size_t i = 0; i < n; i++)
		if (is_of_ramp(events[i].kind))
			t->last = events[i];
}

/* When in the hour they were is not known, and must not look like a clock. */
static uint64_t lost_minutes(int64_t hour, uint32_t timeouts)
{
	uint64_t random = (uint64_t)hour * UINT64_C(0x9e3779b97f4a7c15) | 1, lost = 0;

	for (uint32_t left = timeouts < LOST_MAX ? timeouts : LOST_MAX; left > 0;) {
		uint64_t bit;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		bit = UINT64_C(1) << (random >> 20) % MINUTES;
		left -= (lost & bit) == 0;
		lost |= bit;
	}
	return lost;
}

/* A round of two commands of which one is lost is no outage. */
static void feed_hour(struct host_trend *t, int64_t hour, uint32_t timeouts)
{
	const uint64_t lost = lost_minutes(hour, timeouts);

	for (int i = 0; i < MINUTES; i++) {
		sample(t, hour * MINUTES + i, TREND_CHEAP, (lost >> i & 1) != 0);
		sample(t, hour * MINUTES + i, TREND_COSTLY, false);
	}
	t->hour = hour;
}

void host_trend_feed(struct host_trend *t, int64_t hour, uint32_t timeouts)
{
	if (hour <= t->hour || hour < 0)
		return;
	if (t->hour >= 0)
		for (int64_t h = max_i64(t->hour + 1, hour - HOST_TREND_HOURS_MAX); h < hour; h++)
			feed_hour(t, h, 0);
	feed_hour(t, hour, timeouts);
}

int64_t host_trend_hour(const struct host_trend *t)
{
	return t->hour;
}

static enum finding_kind kind_of(enum trend_kind kind)
{
	if (kind == TREND_SUSPECTED)
		return FINDING_LEAK_SUSPECTED;
	if (kind == TREND_RETURNED)
		return FINDING_LEAK_RETURNED;
	return kind == TREND_IMMINENT ? FINDING_FAILURE_IMMINENT : FINDING_LEAK;
}

bool host_trend_ramp(const struct host_trend *t, struct host_ramp *ret)
{
	const struct trend_summary s = trend_summary(t->trend);

	if ((!s.is_suspected && !s.is_confirmed) || t->last.window_h == 0)
		return false;
	*ret = (struct host_ramp){ .kind = kind_of(t->last.kind),
				   .evidence = { .rise = t->last.rise,
						 .window_h = t->last.window_h,
						 .teeth = t->last.teeth } };
	return true;
}
