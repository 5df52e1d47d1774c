/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Time to failure of a hyperbola whose end is known; without a ramp there is none; earlier lives.
 */
#include "model/trend-forecast.c" /* the unit under test */
#include "tests/unit/tap.h"
#include "tests/unit/trend_host.h"

#define LIFE_H (24 * 20)

/* 1 / (1 - x), which ends at x = 1. */
static void grow(struct host *h, int from, int to)
{
	for (int i = from; i < to; i++) {
		h->factor = 1 / (1 - (double)i / LIFE_H);
		host_hours(h, 1);
	}
}

static void test_hyperbola(void)
{
	struct host h = host_make(true);
	double left, low, high;

	host_hours(&h, 24 * 6);
	grow(&h, 0, LIFE_H / 2);
	check(trend_summary(h.t).is_confirmed, "the hyperbola is confirmed half-way");
	check(trend_forecast(h.t, h.t->hour - 1, &left, &low, &high), "and has a forecast");
	check(left > LIFE_H / 4.0 && left < LIFE_H, "of %.0f h where %d are left", left,
	      LIFE_H / 2);
	check(low < left && left < high, "within a range");
	check(high / low > 20, "which is wide before a failure was seen");
	h.t->teeth[0] = (struct trend_tooth){ .channels = 1,
					      .life_h = 24 * 6 + LIFE_H,
					      .has_failed = true };
	check(trend_forecast(h.t, h.t->hour - 1, &left, &low, &high) && high / low < 10,
	      "and narrower after one");
	check(left > LIFE_H / 3.0 && left < LIFE_H / 1.5, "now %.0f h", left);
	host_done(&h);
}

static void test_none(void)
{
	struct host h = host_make(true);
	double left = -1, low, high;

	host_hours(&h, 24 * 10);
	h.t->alarm.since_hour = h.t->hour - 1;
	h.t->alarm.window = 4;
	for (int i = 0; i < 24 * 6; i++) {
		h.factor *= 0.99;
		host_hours(&h, 1);
	}
	check(!trend_forecast(h.t, h.t->hour - 1, &left, &low, &high) && left < 0,
	      "what falls has no time to failure");
	h.t->alarm.since_hour = h.t->hour;
	h.t->alarm.window = 0;
	h.t->epoch.start_hour = h.t->hour - 2;
	check(!trend_forecast(h.t, h.t->hour - 1, &left, &low, &high), "nor what has just begun");
	host_done(&h);
}

int main(void)
{
	test_hyperbola();
	test_none();
	return tap_done();
}
