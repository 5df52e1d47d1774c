/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rounds and outages: what is isolated, what is a run, and which hour it falls into.
 */
#include "model/trend-rounds.c" /* the unit under test */
#include "tests/unit/tap.h"
#include "tests/unit/trend_host.h"

static uint32_t counted(const struct host *h)
{
	return h->t->open_timeouts + trend_timeouts_sum(h->t, 0, h->t->hour);
}

static void test_isolated(void)
{
	struct host h = host_make(true);

	host_minutes(&h, 10);
	h.is_dead = true;
	host_minutes(&h, 1);
	h.is_dead = false;
	host_minutes(&h, 3);
	check(counted(&h) == 2 && !h.t->outage.is_on, "one dead round is two isolated time-outs");
	h.is_dead = true;
	host_minutes(&h, 2);
	h.is_dead = false;
	host_minutes(&h, 3);
	check(counted(&h) == 2, "two dead rounds in a row are none");
	check(h.t->recovered_us == INT64_C(16) * USEC_PER_MINUTE, "but an outage that ended");
	host_done(&h);
}

static void test_over_the_hour(void)
{
	struct host h = host_make(true);

	host_minutes(&h, 59);
	h.is_dead = true;
	host_minutes(&h, 1);
	h.is_dead = false;
	host_minutes(&h, 3);
	check(trend_timeouts_sum(h.t, 0, 0) == 2 && h.t->open_timeouts == 0,
	      "a dead round at the end of an hour belongs to that hour");
	host_done(&h);
}

static void test_long(void)
{
	struct host h = host_make(true);

	host_hours(&h, 1);
	h.is_dead = true;
	host_minutes(&h, 15);
	check(!host_told(&h, TREND_OUTAGE), "fourteen minutes of silence are not told");
	host_minutes(&h, 5);
	check(host_told(&h, TREND_OUTAGE), "fifteen are");
	host_forget(&h);
	host_hours(&h, 20);
	check(h.count == 0, "once");
	check(h.t->hour == 21, "time goes on during an outage");
	host_done(&h);
}

static void test_one_probe(void)
{
	struct host h = host_make(true);

	for (int i = 0; i < 20; i++) {
		host_command(&h, TREND_CHEAP);
		h.now_us += USEC_PER_MINUTE;
	}
	check(h.t->open_present == 19, "a round needs no second probe");
	host_done(&h);
}

int main(void)
{
	test_isolated();
	test_over_the_hour();
	test_long();
	test_one_probe();
	return tap_done();
}
