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

/* Is it told while the latency grows for four days? */
static bool warns(struct host *h)
{
	host_forget(h);
	host_ramp(h, 24 * 4, 6);
	return host_told(h, TREND_IMMINENT) != NULL;
}

/* Half an hour of silence, then as new. */
static void fail(struct host *h)
{
	host_reset(h, 30, 1u << TREND_TOLD);
	host_hours(h, 24);
}

static void relieve(struct host *h)
{
	h->factor = 1;
	host_hours(h, 24);
}

static void test_imminent(void)
{
	struct host h = host_make(true);
	const struct trend_event *event;
	double left_s;

	host_hours(&h, 24 * 10);
	check(!warns(&h), "what was never seen to fail is not about to");
	fail(&h);
	check(warns(&h), "as before a failure: it is near");
	event = host_told(&h, TREND_IMMINENT);
	check(event && event->has_ttf && event->ttf_high_s <= 6 * event->ttf_low_s,
	      "with a narrow range");
	left_s = event ? (double)(h.now_us - event->mono.v) / USEC_PER_SEC : 0;
	check(event && event->ttf_low_s < left_s && left_s < event->ttf_high_s,
	      "in which it fails");
	host_forget(&h);
	host_hours(&h, 6);
	check(!host_told(&h, TREND_IMMINENT), "which is said once");
	host_done(&h);
}

static void test_dense(void)
{
	struct host h = host_make(true);

	host_hours(&h, 24 * 10);
	check(!warns(&h), "before the first failure a slow controller is not about to fail");
	h.timeouts_per_day = 400;
	host_hours(&h, 24);
	check(host_told(&h, TREND_IMMINENT), "one that loses many commands as well is");
	host_done(&h);
}

static void test_relieved(void)
{
	struct host h = host_make(true);

	host_hours(&h, 24 * 10);
	host_ramp(&h, 24 * 4, 6);
	fail(&h);
	host_ramp(&h, 24 * 4, 6);
	relieve(&h);
	check(!warns(&h), "what fell without a failure may fall again");
	fail(&h);
	check(!warns(&h), "even if it failed in between");
	check(trend_summary(h.t).is_confirmed, "though the ramp is told as before");
	h.timeouts_per_day = 400;
	host_hours(&h, 24);
	check(!host_told(&h, TREND_IMMINENT), "nor do time-outs tell which it will be");
	host_done(&h);
}

static void test_too_late(void)
{
	struct host h = host_make(true);

	host_hours(&h, 24 * 10);
	host_ramp(&h, 24 * 4, 6);
	fail(&h);
	host_ramp(&h, 24 * 3, 4);
	host_forget(&h);
	h.is_dead = true;
	host_hours(&h, 36);
	check(!host_told(&h, TREND_IMMINENT), "a controller that is silent is not about to be");
	h.is_dead = false;
	h.now_us += 3 * USEC_PER_DAY;
	host_minutes(&h, 10);
	check(!host_told(&h, TREND_IMMINENT), "nor is it told of hours that nobody saw");
	host_done(&h);
}

int main(void)
{
	test_cleared();
	test_not_cured();
	test_teeth();
	test_returned();
	test_imminent();
	test_dense();
	test_relieved();
	test_too_late();
	return tap_done();
}
