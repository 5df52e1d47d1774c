/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Restarts: by proof, by a level that fell behind an outage, by codes; what is the same event, and
 * what splits nothing.
 */
#include "model/trend-epoch.c" /* the unit under test */
#include "tests/unit/tap.h"
#include "tests/unit/trend_host.h"

static size_t resets(const struct host *h)
{
	size_t count = 0;

	for (size_t i = 0; i < h->count; i++)
		count += h->events[i].kind == TREND_RESET;
	return count;
}

static void test_proof(void)
{
	struct host h = host_make(true);

	host_hours(&h, 10);
	h.evidence = 1u << TREND_DEVICE_UNAVAILABLE;
	host_minutes(&h, 3);
	check(resets(&h) == 1 && h.t->epoch.start_hour == 11,
	      "proof without an outage begins an epoch with the next hour");
	check(host_told(&h, TREND_RESET)->sure == 95, "and says how sure it is");
	h.evidence = 1u << TREND_INITIALISING;
	host_minutes(&h, 30);
	check(resets(&h) == 1, "what follows within two hours is the same restart");
	host_hours(&h, 5);
	h.evidence = 1u << TREND_SESSION_LOST | 1u << TREND_SDR_RESERVATION_LOST;
	host_minutes(&h, 3);
	check(resets(&h) == 1 && h.t->epoch.start_hour == 11, "weak signs split nothing");
	host_done(&h);
}

static void test_again(void)
{
	struct host h = host_make(true);

	host_hours(&h, 10);
	h.evidence = 1u << TREND_INITIALISING;
	host_minutes(&h, 40);
	h.evidence = 1u << TREND_SEL_CLOCK_UNSET;
	host_minutes(&h, 3);
	check(resets(&h) == 1, "another sign of it, found out later, is the same restart");
	host_minutes(&h, 20);
	h.evidence = 1u << TREND_INITIALISING;
	host_minutes(&h, 3);
	check(resets(&h) == 2 && trend_summary(h.t).uptime_s < 300,
	      "the same sign once more is another one, within the hour as well");
	host_minutes(&h, 5);
	h.evidence = 1u << TREND_INITIALISING;
	host_minutes(&h, 3);
	check(resets(&h) == 2, "but not within the minutes that a start takes");
	host_minutes(&h, 20);
	h.is_dead = true;
	host_minutes(&h, 3);
	h.is_dead = false;
	h.evidence = 1u << TREND_DEVICE_UNAVAILABLE;
	host_minutes(&h, 3);
	check(resets(&h) == 3, "nor is one that was away once more the first");
	host_done(&h);
}

static void away(struct host *h, int minutes)
{
	for (int i = 0; i < minutes; i++) {
		h->evidence = 1u << TREND_DEVICE_UNAVAILABLE;
		host_minutes(h, 1);
	}
}

static void test_update(void)
{
	struct host h = host_make(true);

	host_hours(&h, 10);
	away(&h, 40);
	check(resets(&h) == 0, "who is being updated has not restarted yet");
	host_minutes(&h, 2);
	check(resets(&h) == 1 && host_told(&h, TREND_RESET)->reset == TREND_RESET_PROOF &&
		      trend_summary(h.t).uptime_s < 180,
	      "who is back has, just now");
	host_hours(&h, 5);
	host_forget(&h);
	away(&h, 60 * 12);
	check(resets(&h) <= 1, "who always says so has restarted once at most");
	check(trend_present_sum(h.t, h.t->hour - 6, h.t->hour - 1) > 300, "and is watched still");
	host_done(&h);
}

static void test_loop(void)
{
	struct host h = host_make(true);

	host_hours(&h, 48);
	for (int i = 0; i < 16; i++) {
		host_reset(&h, 5, 1u << TREND_DEVICE_UNAVAILABLE);
		host_minutes(&h, 85);
	}
	check(resets(&h) >= 8, "a controller that restarts every 90 minutes is not told once");
	check(trend_summary(h.t).uptime_s < 5400, "and its uptime is of the last");
	host_done(&h);
}

static void test_drop(void)
{
	struct host h = host_make(true);

	h.factor = 2;
	host_hours(&h, 10);
	host_reset(&h, 5, 0);
	host_hours(&h, 2);
	check(resets(&h) == 0 && trend_epoch_is_unsettled(h.t), "an outage alone is not decided");
	host_hours(&h, 2);
	check(resets(&h) == 1 && host_told(&h, TREND_RESET)->reset == TREND_RESET_DROP,
	      "three hours later the level has fallen: a restart");
	check(h.t->epoch.start_hour == 11 && !trend_epoch_is_unsettled(h.t),
	      "its epoch began back then");
	host_done(&h);
	h = host_make(true);
	host_hours(&h, 10);
	host_reset(&h, 5, 0);
	host_hours(&h, 5);
	check(resets(&h) == 0 && h.t->epoch.start_hour == 0, "without a fall it was none");
	host_done(&h);
}

static void refused(struct host *h)
{
	host_hours(h, 10);
	h->t->outage = (struct trend_outage){ .from_us = h->now_us,
					      .until_us = h->now_us + USEC_PER_MINUTE,
					      .has_error = true };
	trend_epoch_outage(h->t, &(struct trend_out){ 0 });
	host_hours(h, 5);
}

static void test_codes(void)
{
	struct host h = host_make(true);

	refused(&h);
	check(resets(&h) == 0, "codes of absence, and as fast as ever: no restart");
	host_done(&h);
	h = host_make(true);
	h.t->outage = (struct trend_outage){ .from_us = h.now_us,
					     .until_us = h.now_us + USEC_PER_MINUTE,
					     .has_error = true };
	trend_epoch_outage(h.t, &(struct trend_out){ 0 });
	h.now_us += 5 * USEC_PER_HOUR;
	host_hours(&h, 1);
	check(resets(&h) == 0, "nor where nobody knows how fast it was then");
	host_done(&h);
	h = host_make(false);
	refused(&h);
	check(resets(&h) == 1 && host_told(&h, TREND_RESET)->reset == TREND_RESET_CODES,
	      "codes of absence for a minute are told");
	check(h.t->epoch.start_hour == 0 && !trend_summary(h.t).is_known, "and split nothing");
	host_done(&h);
}

static void test_belongs(void)
{
	struct host h = host_make(true);

	h.factor = 2;
	host_hours(&h, 10);
	host_reset(&h, 5, 0);
	host_minutes(&h, 3);
	h.evidence = 1u << TREND_TOLD;
	host_hours(&h, 6);
	check(resets(&h) == 1 && host_told(&h, TREND_RESET)->reset == TREND_RESET_PROOF,
	      "proof just behind an outage belongs to it");
	host_done(&h);
}

static void test_many(void)
{
	struct host h = host_make(true);

	host_hours(&h, 10);
	for (int i = 0; i < 20; i++) {
		host_reset(&h, 3, 0);
		host_minutes(&h, 3);
	}
	check(trend_epoch_is_unsettled(h.t), "more outages than can wait are survived");
	check(trend_epoch_sure(TREND_RESET_NONE, 0) == 0 &&
		      trend_epoch_sure(TREND_RESET_PROOF, UINT32_MAX) == 99,
	      "sureness has its ends");
	host_done(&h);
}

int main(void)
{
	test_proof();
	test_again();
	test_update();
	test_loop();
	test_drop();
	test_codes();
	test_belongs();
	test_many();
	return tap_done();
}
