/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * States: held for a week, cleared without a restart, cured or not by one; teeth and their limits.
 */
#include "model/trend-verdict.c" /* the unit under test */
#include "tests/unit/tap.h"
#include "tests/unit/trend_host.h"

static void test_cleared(void)
{
	struct host h = host_make(true);

	host_hours(&h, 24 * 10);
	host_ramp(&h, 24 * 4, 2.5);
	check(trend_summary(h.t).is_confirmed, "a ramp is confirmed");
	host_hours(&h, 24 * 3);
	check(trend_summary(h.t).is_confirmed, "three days on a plateau it still stands");
	host_forget(&h);
	host_hours(&h, 24 * 14);
	check(host_told(&h, TREND_CLEARED) && !trend_summary(h.t).is_confirmed,
	      "after two weeks it is cleared");
	host_done(&h);
}

static void test_not_cured(void)
{
	struct host h = host_make(true);
	double level;

	host_hours(&h, 24 * 10);
	host_ramp(&h, 24 * 4, 2.5);
	level = h.factor;
	host_reset(&h, 5, 1u << TREND_TOLD);
	h.factor = level;
	host_hours(&h, 30);
	check(host_told(&h, TREND_NOT_CURED) && !host_told(&h, TREND_CURED),
	      "a level that a restart leaves is no volatile leak");
	check(trend_summary(h.t).teeth == 0, "nor a tooth");
	host_done(&h);
}

static void test_teeth(void)
{
	struct host h = host_make(true);

	h.t->hour = 5000;
	for (int i = 0; i < 10; i++)
		tooth_push(h.t, 100 * i, 1u << TREND_LEVEL, 90, false);

	check(trend_teeth(h.t, 1000) == TREND_TEETH, "%d teeth are remembered", TREND_TEETH);
	tooth_push(h.t, 900, 1u << TREND_TAIL, 90, false);
	check(h.t->teeth[0].channels == (1u << TREND_LEVEL | 1u << TREND_TAIL) &&
		      h.t->teeth[1].hour == 800,
	      "two channels of one epoch are one tooth");
	check(is_known_tooth(h.t, TREND_LEVEL, 1000) && !is_known_tooth(h.t, TREND_TIMEOUTS, 1000),
	      "a tooth is one of its channel");
	check(trend_teeth(h.t, 900 + TOOTH_MEMORY_H) == 0, "after half a year they are forgotten");
	host_done(&h);
}

/* The hour of the event; 0: it was not told. */
static int64_t hour_of(const struct host *h, enum trend_kind kind)
{
	const struct trend_event *event = host_told(h, kind);

	return event ? event->mono.v / USEC_PER_HOUR : 0;
}

static void test_returned(void)
{
	struct host h = host_make(true);

	host_hours(&h, 24 * 10);
	host_ramp(&h, 24 * 4, 2.5);
	host_reset(&h, 5, 1u << TREND_TOLD);
	h.factor = 1;
	host_hours(&h, 12);
	check(trend_summary(h.t).teeth == 1, "a tooth");
	host_forget(&h);
	host_ramp(&h, 24 * 4, 2.5);
	check(hour_of(&h, TREND_RETURNED) > 0, "it returns");
	check(hour_of(&h, TREND_SUSPECTED) != hour_of(&h, TREND_RETURNED),
	      "what is sure is not suspected in the same moment");
	host_done(&h);
}

static void test_imminent(void)
{
	struct host h = host_make(true);

	host_hours(&h, 24 * 10);
	host_ramp(&h, 24 * 4, 2.5);
	host_forget(&h);
	h.timeouts_per_day = 400;
	host_hours(&h, 24);
	check(host_told(&h, TREND_IMMINENT), "many time-outs on a confirmed ramp: failure is near");
	host_forget(&h);
	host_hours(&h, 24);
	check(!host_told(&h, TREND_IMMINENT), "which is said once");
	host_done(&h);
}

int main(void)
{
	test_cleared();
	test_not_cured();
	test_teeth();
	test_returned();
	test_imminent();
	return tap_done();
}
