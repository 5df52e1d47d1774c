/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Windows host's time-outs by the hour: what grows for days is found, what is steady is not.
 */
#include "model/host-trend.c" /* the unit under test */
#include "tests/unit/tap.h"

#define FIRST_HOUR 470000

static uint64_t seed = 88172645463325252u;

static double dice(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (double)(seed >> 11) / 9007199254740992.0;
}

/* Days at such a rate from there on; hours without a time-out are left out, as in the store. */
static int64_t days(struct host_trend *t, int64_t hour, int count, double per_day)
{
	for (int i = 0; i < count * 24; i++, hour++) {
		uint32_t lost = 0;

		for (int k = 0; k < 60; k++)
			lost += dice() < per_day / 1440;
		if (lost > 0)
			host_trend_feed(t, hour, lost);
	}
	host_trend_feed(t, hour, 0);
	return hour + 1;
}

static void test_growth(void)
{
	struct host_trend *t = host_trend_new();
	struct host_ramp ramp = { .kind = FINDING_KIND_MAX };
	int64_t hour = FIRST_HOUR;

	check(!host_trend_ramp(t, &ramp) && host_trend_hour(t) == -1, "nothing is known at first");
	hour = days(t, hour, 10, 1);
	check(!host_trend_ramp(t, &ramp), "one a day is nothing");
	for (int day = 0; day < 12; day++)
		hour = days(t, hour, 1, 1 + 4 * day);
	check(host_trend_ramp(t, &ramp) && ramp.kind == FINDING_LEAK && ramp.evidence.rise > 1.5,
	      "more each day is leak-like: %.1f times in %u h", ramp.evidence.rise,
	      ramp.evidence.window_h);
	hour = days(t, hour, 70, 0.2);
	check(!host_trend_ramp(t, &ramp), "when it is gone, so is the finding");
	host_trend_feed(t, hour - 100, 5);
	check(host_trend_hour(t) == hour - 1, "what is older than what was fed is left out");
	host_trend_free(t);
}

static void test_steady(void)
{
	static const double rates[] = { 0.3, 3, 30, 300, 1440 };
	struct host_ramp ramp;
	unsigned found = 0;

	for (size_t i = 0; i < COUNT_OF(rates); i++) {
		struct host_trend *t = host_trend_new();

		for (int64_t day = 0, hour = FIRST_HOUR; day < 90; day++) {
			hour = days(t, hour, 1, rates[i]);
			found += host_trend_ramp(t, &ramp);
		}
		host_trend_free(t);
	}
	check(found == 0, "what is steady is no wear: found on %u of 450 days", found);
	host_trend_free(NULL);
}

static void test_gap(void)
{
	struct host_trend *t = host_trend_new();

	host_trend_feed(t, -5, 3);
	host_trend_feed(t, FIRST_HOUR, UINT32_MAX);
	host_trend_feed(t, FIRST_HOUR + 1000000, 1);
	check(host_trend_hour(t) == FIRST_HOUR + 1000000, "a gap of a century takes no time");
	host_trend_free(t);
}

int main(void)
{
	test_growth();
	test_steady();
	test_gap();
	return tap_done();
}
