/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Slow for some minutes after an outage: a restart, even if the outage was one round. As fast as
 * ever: none.
 */
#include "model/trend-warmup.c" /* the unit under test */
#include "tests/unit/tap.h"
#include "tests/unit/trend_host.h"

static const struct trend_event *after(struct host *h, int dead_minutes, double slow)
{
	host_forget(h);
	h->is_dead = true;
	host_minutes(h, dead_minutes);
	h->is_dead = false;
	for (int i = 0; i < 10; i++) {
		h->factor = slow + (1 - slow) * i / 10;
		host_minutes(h, 1);
	}
	h->factor = 1;
	host_hours(h, 6);
	return host_told(h, TREND_RESET);
}

static void test_slow_start(void)
{
	struct host h = host_make(true);
	const struct trend_event *e;

	host_hours(&h, 30);
	e = after(&h, 4, 2);
	check(e && e->reset == TREND_RESET_WARM && e->sure == 90,
	      "slow for minutes after an outage: a restart");
	check(trend_summary(h.t).is_known, "from which its uptime counts");
	check(!after(&h, 4, 1), "an outage that leaves it as fast as it was is none");
	check(!after(&h, 40, 1), "a long one neither");
	host_hours(&h, 80);
	e = after(&h, 1, 2.5);
	check(e && e->reset == TREND_RESET_WARM, "a restart may cost a single round");
	host_done(&h);
}

static void test_lone_rounds(void)
{
	struct host h = host_make(true);

	host_hours(&h, 30);
	for (int i = 0; i < 6; i++)
		(void)after(&h, 1, 1);
	check(!after(&h, 1, 2.5), "where rounds fail now and then, one says nothing");
	host_done(&h);
}

static void test_last_legs(void)
{
	struct host h = host_make(true);
	const struct trend_event *e;

	host_hours(&h, 30);
	h.factor = 4;
	host_hours(&h, 10);
	h.is_dead = true;
	host_minutes(&h, 3);
	h.is_dead = false;
	host_minutes(&h, 30);
	host_reset(&h, 10, 0);
	host_hours(&h, 6);
	e = host_told(&h, TREND_RESET);
	check(e && e->reset == TREND_RESET_DROP, "as slow as before the outage is no slow start");
	host_done(&h);
}

static void test_bounds(void)
{
	struct host h = host_make(true), remote = host_make(false);

	host_hours(&h, 30);
	check(!trend_warmup(h.t, 0).is_known, "without replies nothing is known");
	(void)after(&h, 4, 2);
	for (int i = 0; i < TREND_CANDIDATES; i++)
		check(h.t->latency->warmup[i].count[0] <= TREND_WARMUP_ROUNDS,
		      "no more is kept than there is room for");
	host_hours(&remote, 30);
	check(!after(&remote, 4, 2) && !trend_warmup(remote.t, 0).is_known,
	      "a target without latencies has no slow start");
	host_done(&h);
	host_done(&remote);
}

int main(void)
{
	test_slow_start();
	test_lone_rounds();
	test_last_legs();
	test_bounds();
	return tap_done();
}
