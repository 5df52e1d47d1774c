/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trends of Windows hosts: begun when a host has time-outs, from what the store knows of it,
 * then fed each hour. A host's hour waits for an hour more, since events may be late. Only so many
 * of them at a tick, that no BMC has to wait.
 */
#include "engine/internal.h"

#define HISTORY_US (180 * USEC_PER_DAY)
#define LATE_US	   USEC_PER_HOUR
#define FED_MAX	   200 /* in one tick; 10000 hosts are through in 25 minutes */

static int64_t hour_of(wall_us at)
{
	return at.v / USEC_PER_HOUR;
}

/* The last that is over, and for so long that nothing of it will come any more. */
static int64_t last_hour(wall_us now)
{
	return hour_of((wall_us){ now.v - LATE_US }) - 1;
}

static void tell(struct engine *e, uint32_t target, const struct host_trend *trend, wall_us now,
		 const struct hosts_listener *listener)
{
	struct host_ramp ramp;

	hosts_set_ramp(e->winevt.hosts, target, host_trend_ramp(trend, &ramp) ? &ramp : NULL, now,
		       listener);
}

static void recall_hour(void *user, int64_t hour, uint32_t timeouts)
{
	host_trend_feed(user, hour, timeouts);
}

static struct host_trend *learn(struct engine *e, uint32_t target, wall_us now)
{
	struct host_trend *trend = host_trend_new();
	struct store *store = engine_store(e);
	const int64_t last = last_hour(now);

	if (!trend)
		return NULL; /* tried again with the next tick */
	if (store) {
		store_host_timeouts(store, engine_target(e, target)->name,
				    hour_of((wall_us){ now.v - HISTORY_US }), last, recall_hour,
				    trend);
	}
	host_trend_feed(trend, last, 0);
	return trend;
}

/* False: it was up to date. */
static bool catch_up(const struct engine *e, uint32_t target, struct host_trend *trend, wall_us now)
{
	const int64_t last = last_hour(now);
	const bool is_due = host_trend_hour(trend) < last;

	for (int64_t hour = max_i64(host_trend_hour(trend) + 1, last - 23); hour <= last; hour++)
		host_trend_feed(trend, hour, hosts_timeouts(e->winevt.hosts, target, hour));
	return is_due;
}

void engine_winevt_trend_tick(struct engine *e, const struct hosts_listener *listener)
{
	const uint32_t first = target_first_host(e->targets);
	struct winevt *w = &e->winevt;
	const wall_us now = clock_wall();
	unsigned fed = 0;

	for (uint32_t n = 0; n < HOSTS_MAX && fed < FED_MAX; n++) {
		const uint32_t slot = w->trend_at;
		struct host_trend **trend = &w->trends[slot];

		w->trend_at = (slot + 1) % HOSTS_MAX;
		if (*trend && catch_up(e, first + slot, *trend, now)) {
			fed++;
		} else if (!*trend && hosts_wants_trend(w->hosts, first + slot)) {
			*trend = learn(e, first + slot, now);
			fed = FED_MAX; /* half a year takes as long as that */
		} else {
			continue;
		}
		if (*trend)
			tell(e, first + slot, *trend, now, listener);
	}
}

void engine_winevt_trend_forget(struct engine *e, uint32_t target)
{
	host_trend_free(TAKE(e->winevt.trends[target - target_first_host(e->targets)]));
}

void engine_winevt_trend_stop(struct engine *e)
{
	for (uint32_t slot = 0; e->winevt.trends && slot < HOSTS_MAX; slot++)
		host_trend_free(e->winevt.trends[slot]);
	free(TAKE(e->winevt.trends));
}
