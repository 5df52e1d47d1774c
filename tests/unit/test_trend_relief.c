/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ramps that fall without a restart: a log that is cleared again and again stays quiet after its
 * first time, a leak whose holder is killed is told each time.
 */
#include "model/trend-relief.c" /* the unit under test */
#include "tests/unit/tap.h"
#include "tests/unit/trend_host.h"

/* Days of a ramp, then back to the beginning at once. */
static size_t tooth(struct host *h, int days, double factor)
{
	size_t alarms = 0;

	host_forget(h);
	host_ramp(h, 24 * days, factor);
	h->factor = 1;
	host_hours(h, 12);
	for (size_t i = 0; i < h->count; i++)
		alarms +=
			h->events[i].kind == TREND_CONFIRMED || h->events[i].kind == TREND_RETURNED;
	return alarms;
}

static void test_housekeeping(void)
{
	struct host h = host_make(true);
	size_t later = 0;

	host_hours(&h, 24 * 10);
	(void)tooth(&h, 6, 1.9);
	check(host_told(&h, TREND_CLEARED) && !trend_summary(h.t).is_confirmed,
	      "a ramp that falls without a restart is cleared at once");
	check(trend_relief_floor(h.t, TREND_LEVEL, h.t->hour) > 0.4, "how high it was is kept");
	for (int i = 0; i < 4; i++)
		later += tooth(&h, 6, 1.9);
	check(later == 0, "the same again is housekeeping and no alarm");
	check(trend_summary(h.t).teeth == 0, "nor a tooth");
	check(tooth(&h, 6, 3.5) > 0, "one that climbs far higher is told");
	check(trend_relief_floor(h.t, TREND_LEVEL, h.t->hour + REMEMBERED_H) == 0,
	      "after a year it is forgotten");
	host_done(&h);
}

static void test_killed(void)
{
	struct host h = host_make(true);
	size_t alarms[3];

	host_hours(&h, 24 * 10);
	for (int i = 0; i < 3; i++)
		alarms[i] = tooth(&h, 5, 5);
	check(alarms[0] > 0 && alarms[1] > 0 && alarms[2] > 0,
	      "a controller five times slower is told each time it happens");
	check(trend_summary(h.t).teeth >= 2, "and these are teeth");
	check(trend_relief_floor(h.t, TREND_LEVEL, h.t->hour) == 0, "which raise no bar");
	host_done(&h);
}

static void test_neither(void)
{
	struct host h = host_make(true);

	host_hours(&h, 24 * 10);
	h.factor = 2;
	host_hours(&h, 48);
	h.factor = 1;
	host_hours(&h, 48);
	check(trend_relief_floor(h.t, TREND_LEVEL, h.t->hour) == 0,
	      "a step up and down is no ramp that fell");
	host_done(&h);
}

int main(void)
{
	test_housekeeping();
	test_killed();
	test_neither();
	return tap_done();
}
