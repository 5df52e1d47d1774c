/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The façade of trends: a leak from its first hour to its cure, time across boots and steps of the
 * clock, gaps, garbage, and the promised size.
 */
#include "model/trend.c" /* the unit under test */
#include "tests/unit/tap.h"
#include "tests/unit/trend_host.h"

static void test_leak(void)
{
	struct host h = host_make(true);

	host_hours(&h, 24 * 10);
	check(h.count == 0, "ten healthy days say nothing");
	host_ramp(&h, 24 * 6, 3);
	check(host_told(&h, TREND_SUSPECTED), "a latency that triples in six days is suspected");
	check(host_told(&h, TREND_CONFIRMED), "and confirmed");
	check(host_told(&h, TREND_CONFIRMED)->channel == TREND_LEVEL &&
		      host_told(&h, TREND_CONFIRMED)->rise > 1.2,
	      "as a rise of the level");
	check(host_told(&h, TREND_CONFIRMED)->has_ttf &&
		      host_told(&h, TREND_CONFIRMED)->ttf_low_s <
			      host_told(&h, TREND_CONFIRMED)->ttf_high_s,
	      "with a time to failure and its range");
	host_forget(&h);
	host_reset(&h, 10, 1u << TREND_TOLD);
	host_hours(&h, 30);
	check(host_told(&h, TREND_RESET) && host_told(&h, TREND_RESET)->reset == TREND_RESET_PROOF,
	      "the restart is told, and how it is known");
	check(host_told(&h, TREND_CURED), "and that it helped");
	check(trend_summary(h.t).teeth == 1, "it was a tooth");
	check(trend_summary(h.t).uptime_s / 3600 == 30, "the controller is up for 30 h");
	host_forget(&h);
	host_ramp(&h, 24 * 4, 2);
	check(host_told(&h, TREND_RETURNED) || host_told(&h, TREND_CONFIRMED),
	      "the second tooth is known sooner");
	host_done(&h);
}

static void test_healthy(void)
{
	struct host h = host_make(true);

	host_hours(&h, 24 * 90);
	check(h.count == 0 && !trend_summary(h.t).is_known, "three healthy months say nothing");
	h.factor = 3;
	host_hours(&h, 24 * 30);
	check(!host_told(&h, TREND_CONFIRMED), "neither does a step");
	host_done(&h);
}

static int64_t engine_s(const struct host *h)
{
	return h->t->time.now_us / USEC_PER_SEC;
}

static void test_time(void)
{
	struct host h = host_make(true);
	int64_t before;

	host_hours(&h, 5);
	check(engine_s(&h) == 5 * 3600 - 60, "time goes with CLOCK_BOOTTIME");
	h.wall_offset_us -= INT64_C(3600) * USEC_PER_SEC * 24;
	host_hours(&h, 1);
	check(engine_s(&h) == 6 * 3600 - 60, "no step of the wall clock moves it");
	before = h.now_us;
	h.boot_id = 2;
	h.wall_offset_us += before + 600 * USEC_PER_SEC;
	h.now_us = 0;
	host_minutes(&h, 1);
	check(engine_s(&h) == 6 * 3600 + 600, "over a boot of the host the wall clock says");
	h.boot_id = 3;
	h.wall_offset_us -= 10 * USEC_PER_DAY;
	h.now_us = 0;
	host_minutes(&h, 1);
	check(engine_s(&h) == 6 * 3600 + 600, "but never backwards");
	h.boot_id = 4;
	h.wall_offset_us += 3000 * USEC_PER_DAY;
	h.now_us = 0;
	host_minutes(&h, 1);
	check(engine_s(&h) == 6 * 3600 + 600 + 30 * 86400, "and not by more than a month");
	host_done(&h);
}

static void test_numbered_through(void)
{
	struct host h = host_make(true);

	host_hours(&h, 5);
	h.boot_id = 2;
	h.now_us += 600 * USEC_PER_SEC;
	host_hours(&h, 1);
	check(engine_s(&h) == 6 * 3600 + 600 - 60, "a recording may number CLOCK_BOOTTIME through");
	host_done(&h);
}

static void test_gap(void)
{
	struct host h = host_make(true);

	host_hours(&h, 24 * 8);
	host_ramp(&h, 24 * 2, 1.5);
	h.now_us += INT64_C(400) * USEC_PER_DAY;
	host_hours(&h, 24 * 3);
	check(!trend_summary(h.t).is_confirmed, "after more than a year nothing old counts");
	h.now_us = INT64_MAX / 2;
	host_minutes(&h, 2);
	h.now_us = INT64_MIN / 2;
	host_minutes(&h, 2);
	h.now_us = 0;
	host_hours(&h, 3);
	check(h.t->time.now_us >= 0 && h.t->time.now_us <= ENGINE_TIME_MAX,
	      "time stays in bounds whatever a recording says");
	host_done(&h);
}

static void test_garbage(void)
{
	struct trend *t = trend_new(true);
	struct trend_event events[TREND_EVENTS_MAX];
	uint64_t random = 1;
	bool is_sane = true;

	for (int i = 0; i < 300000; i++) {
		struct trend_sample s;

		for (size_t at = 0; at < sizeof(s); at += 8) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			memcpy((char *)&s + at, &random, sizeof(s) - at < 8 ? sizeof(s) - at : 8);
		}
		s.probe = (enum trend_probe)(random >> 33 & 3);
		s.status = (enum trend_status)(random >> 35 & 3);
		s.mono.v %= INT64_C(1) << (20 + i % 43);
		s.has_others = i & 1;
		s.is_contended = i & 2;
		for (size_t n = trend_feed(t, &s, events, i % 3); n > 0; n--)
			is_sane = is_sane && isfinite(events[n - 1].rise) &&
				  isfinite(events[n - 1].ttf_s);
	}
	check(is_sane, "300000 samples of garbage bring no number that is none");
	trend_free(t);
}

static void test_remote(void)
{
	struct host h = host_make(false);

	check(sizeof(struct trend) <= 4096, "a remote target takes %zu bytes",
	      sizeof(struct trend));
	check(sizeof(struct trend) + sizeof(struct trend_latency) <= 65536, "a local one %zu bytes",
	      sizeof(struct trend) + sizeof(struct trend_latency));
	host_hours(&h, 24 * 10);
	for (int day = 0; day < 12; day++) {
		h.timeouts_per_day = 1 + 4 * day;
		host_hours(&h, 24);
	}
	check(host_told(&h, TREND_CONFIRMED) &&
		      host_told(&h, TREND_CONFIRMED)->channel == TREND_TIMEOUTS,
	      "of a remote target a growing rate of time-outs is confirmed");
	host_done(&h);
	trend_free(NULL);
}

static void test_firmware(void)
{
	struct host h = host_make(true);
	struct trend_event events[TREND_EVENTS_MAX];
	struct trend_sample s = { .firmware = 1, .sel_entries = -1 };

	(void)trend_feed(h.t, &s, events, COUNT_OF(events));
	s.mono.v = 60 * USEC_PER_SEC;
	s.firmware = 2;
	(void)trend_feed(h.t, &s, events, COUNT_OF(events));
	s.mono.v *= 2;
	check(trend_feed(h.t, &s, events, COUNT_OF(events)) == 1 && events[0].kind == TREND_RESET &&
		      events[0].evidence == 1u << TREND_FIRMWARE_CHANGED,
	      "another firmware is proof of a restart");
	host_done(&h);
}

int main(void)
{
	test_leak();
	test_healthy();
	test_time();
	test_numbered_through();
	test_gap();
	test_garbage();
	test_remote();
	test_firmware();
	return tap_done();
}
