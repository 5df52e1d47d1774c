/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host for the tests of trends: two commands a minute, latencies with a fixed noise, and what a
 * test does to them. Remembers what was told.
 */
#pragma once

#include <math.h>

#include "model/trend-state.h"

#define HOST_EVENTS_MAX 64

struct host {
	struct trend *t; /* owned */
	int64_t now_us, wall_offset_us;
	uint32_t boot_id;
	uint64_t random;
	double factor;		 /* of the latency, now */
	double factor_of_tail;	 /* of one command in five */
	double timeouts_per_day; /* isolated */
	bool is_dead, has_others;
	uint32_t evidence;	  /* of the next command */
	int32_t foreign, entries; /* -1: not known */
	struct trend_event events[HOST_EVENTS_MAX];
	size_t count;
};

static inline struct host host_make(bool has_latency)
{
	return (struct host){ .t = trend_new(has_latency),
			      .boot_id = 1,
			      .random = 88172645463325252u,
			      .wall_offset_us = INT64_C(1700000000) * USEC_PER_SEC,
			      .factor = 1,
			      .foreign = -1,
			      .entries = -1,
			      .factor_of_tail = 1 };
}

static inline void host_done(struct host *h)
{
	trend_free(h->t);
}

static inline double host_dice(struct host *h) /* 0 … 1 */
{
	h->random ^= h->random << 13;
	h->random ^= h->random >> 7;
	h->random ^= h->random << 17;
	return (double)(h->random >> 11) / 9007199254740992.0;
}

static inline void host_command(struct host *h, enum trend_probe probe)
{
	const double noise = 0.8 + 0.4 * host_dice(h);
	const double tail = host_dice(h) < 0.2 ? h->factor_of_tail : 1;
	const bool is_lost = host_dice(h) < h->timeouts_per_day / 2880;
	struct trend_sample s = { .mono = { h->now_us },
				  .wall = { h->now_us + h->wall_offset_us },
				  .boot_id = h->boot_id,
				  .probe = probe,
				  .status = is_lost || h->is_dead ? TREND_TIMEOUT : TREND_OK,
				  .has_others = h->has_others,
				  .evidence = h->evidence,
				  .sel_entries = h->entries,
				  .foreign_per_hour = h->foreign,
				  .firmware = -1 };

	if (s.status == TREND_OK)
		s.latency_us = (uint32_t)((probe == TREND_CHEAP ? 3000 : 12000) * noise *
					  h->factor * tail);
	h->evidence = 0;
	if (h->count + TREND_EVENTS_MAX > HOST_EVENTS_MAX)
		h->count = 0; /* nobody looked */
	h->count += trend_feed(h->t, &s, &h->events[h->count], HOST_EVENTS_MAX - h->count);
}

static inline void host_minutes(struct host *h, int minutes)
{
	for (int i = 0; i < minutes; i++) {
		host_command(h, TREND_CHEAP);
		host_command(h, TREND_COSTLY);
		h->now_us += USEC_PER_MINUTE;
	}
}

static inline void host_hours(struct host *h, int hours)
{
	host_minutes(h, 60 * hours);
}

/* The latency grows to `factor` times within that time, exponentially. */
static inline void host_ramp(struct host *h, int hours, double factor)
{
	const double step = pow(factor, 1.0 / hours);

	for (int i = 0; i < hours; i++) {
		host_hours(h, 1);
		h->factor *= step;
	}
}

/* Silent for minutes, then as new. */
static inline void host_reset(struct host *h, int minutes, uint32_t evidence)
{
	h->is_dead = true;
	host_minutes(h, minutes);
	h->is_dead = false;
	h->factor = 1;
	h->evidence = evidence;
	host_minutes(h, 1);
}

static inline const struct trend_event *host_told(const struct host *h, enum trend_kind kind)
{
	for (size_t i = 0; i < h->count; i++)
		if (h->events[i].kind == kind)
			return &h->events[i];
	return NULL;
}

static inline void host_forget(struct host *h)
{
	h->count = 0;
}
