/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sliding counts at their edges: before time 0, at bucket borders, past the rings, out of order,
 * at the counter's end; and quantiles of few and of many.
 */
#include "model/window.c" /* the unit under test */
#include "tests/unit/tap.h"

static mono_us minutes(int64_t n)
{
	return (mono_us){ n * USEC_PER_MINUTE };
}

static uint32_t timeouts(const struct window *w, mono_us now, int64_t span_us)
{
	return window_count(w, now, span_us).of[OBS_TIMEOUT];
}

static void test_floor(void)
{
	check(bucket_index(0, 60) == 0 && bucket_index(59, 60) == 0 && bucket_index(60, 60) == 1,
	      "buckets after 0 start at their lower edge");
	check(bucket_index(-1, 60) == -1 && bucket_index(-60, 60) == -1 &&
		      bucket_index(-61, 60) == -2,
	      "buckets before 0 do, too");
	check(bucket_slot(-1, 60) == 59 && bucket_slot(-60, 60) == 0 && bucket_slot(61, 60) == 1,
	      "and have a slot each");
}

static void test_empty(void)
{
	struct window w;

	window_init(&w);
	check(window_count(&w, minutes(0), USEC_PER_DAY).commands == 0, "an empty window is empty");
	check(window_count(&w, minutes(-5), USEC_PER_HOUR).commands == 0, "before time 0 as well");
	check(window_watched_us(&w, minutes(0), USEC_PER_DAY) == 0, "nothing was watched");
	check(window_latency_us(&w, 0.5) == 0, "no latency");
}

static void test_spans(void)
{
	struct window w;

	window_init(&w);
	window_add(&w, minutes(0), OBS_TIMEOUT, 0);
	check(timeouts(&w, minutes(0), 1) == 1, "the running minute counts for the smallest span");
	check(timeouts(&w, minutes(4), 5 * USEC_PER_MINUTE) == 1, "after 4 of 5 minutes it is in");
	check(timeouts(&w, minutes(5), 5 * USEC_PER_MINUTE) == 0, "after 5 of 5 it is out");
	check(timeouts(&w, minutes(59), USEC_PER_HOUR) == 1, "after 59 minutes the hour has it");
	check(timeouts(&w, minutes(60), USEC_PER_HOUR) == 0, "after 60 no more");
	check(timeouts(&w, minutes(60), USEC_PER_DAY) == 1, "the day still has it");
	check(timeouts(&w, minutes(24 * 60 - 1), USEC_PER_DAY) == 1, "to its last minute");
	check(timeouts(&w, minutes(24 * 60), USEC_PER_DAY) == 0, "but no longer");
	check(timeouts(&w, minutes(10), 90 * USEC_PER_MINUTE) == 1,
	      "over an hour half hours count");
	check(timeouts(&w, minutes(10), 10 * USEC_PER_DAY) == 1, "a longer span is cut to the day");
	check(timeouts(&w, minutes(-1), USEC_PER_HOUR) == 0, "what is yet to come does not count");
}

static void test_across_zero(void)
{
	struct window w;

	window_init(&w);
	for (int64_t i = -30; i < 30; i++)
		window_add(&w, minutes(i), OBS_OK, 1000);
	check(window_count(&w, minutes(29), USEC_PER_HOUR).commands == 60,
	      "an hour across time 0 has each of its 60 minutes once");
	check(window_count(&w, minutes(29), 30 * USEC_PER_MINUTE).commands == 30,
	      "half of it lies after 0");
	check(window_count(&w, minutes(-1), USEC_PER_HOUR).commands == 30, "half of it before");
	check(window_count(&w, minutes(29), USEC_PER_DAY).commands == 60, "the day agrees");
}

static void test_out_of_order(void)
{
	struct window w;

	window_init(&w);
	window_add(&w, minutes(100), OBS_TIMEOUT, 0);
	window_add(&w, minutes(50), OBS_TIMEOUT, 0);
	check(timeouts(&w, minutes(100), USEC_PER_HOUR) == 2, "a late one finds its own minute");
	check(timeouts(&w, minutes(100), 5 * USEC_PER_MINUTE) == 1, "and no other");
	window_add(&w, minutes(40), OBS_TIMEOUT, 0);
	check(timeouts(&w, minutes(100), USEC_PER_HOUR) == 2,
	      "one whose minute has been taken over is left out of the hour");
	check(timeouts(&w, minutes(100), USEC_PER_DAY) == 3, "but not of the day");
}

static void test_long_gap(void)
{
	struct window w;

	window_init(&w);
	for (int64_t i = 0; i < 60; i++)
		window_add(&w, minutes(i), OBS_TIMEOUT, 0);
	window_add(&w, minutes(100000), OBS_TIMEOUT, 0);
	check(timeouts(&w, minutes(100000), USEC_PER_DAY) == 1,
	      "after two months only the new one counts");
}

static void test_saturation(void)
{
	struct window w;

	window_init(&w);
	for (int i = 0; i < UINT16_MAX + 10; i++)
		window_add(&w, minutes(1), OBS_BUSY, 1);
	check(window_count(&w, minutes(1), USEC_PER_HOUR).of[OBS_BUSY] == UINT16_MAX,
	      "a bucket stops at its maximum");
	window_add(&w, minutes(1), OBS_STATUS_MAX, 1);
	window_add(&w, minutes(1), (enum obs_status) - 1, 1);
	check(window_count(&w, minutes(1), USEC_PER_HOUR).commands == UINT16_MAX,
	      "a status that is none is dropped");
}

static void test_commands(void)
{
	struct window w;
	struct window_counts counts;

	window_init(&w);
	for (unsigned i = 0; i < OBS_STATUS_MAX; i++)
		window_add(&w, minutes(1), (enum obs_status)i, 1000);
	counts = window_count(&w, minutes(1), USEC_PER_HOUR);
	check(counts.commands == 7, "late, stuck and skipped are no further commands: %u",
	      counts.commands);
	check(counts.of[OBS_LATE] == 1 && counts.of[OBS_SKIPPED] == 1, "but counted by themselves");
}

static void test_watched(void)
{
	struct window w;

	window_init(&w);
	window_add(&w, minutes(5), OBS_INTERFACE_LOST, 0);
	check(window_watched_us(&w, minutes(10), USEC_PER_HOUR) == 0,
	      "without an interface nothing is watched");
	window_add(&w, minutes(10), OBS_OK, 1000);
	check(window_watched_us(&w, minutes(20), USEC_PER_HOUR) == 10 * USEC_PER_MINUTE,
	      "watched since the first command");
	check(window_watched_us(&w, minutes(60), USEC_PER_HOUR) == 50 * USEC_PER_MINUTE,
	      "still since the first one");
	window_add(&w, minutes(60), OBS_OK, 1000);
	check(window_watched_us(&w, minutes(70), USEC_PER_HOUR) == 10 * USEC_PER_MINUTE,
	      "until that one has left the span");
	check(window_watched_us(&w, minutes(60), 5 * USEC_PER_MINUTE) <= USEC_PER_MINUTE,
	      "a short span sees its own part only");
}

static void test_latency(void)
{
	struct window w;

	window_init(&w);
	window_add(&w, minutes(1), OBS_TIMEOUT, 5000000);
	check(window_latency_us(&w, 0.5) == 0, "a time-out has no latency");
	window_add(&w, minutes(1), OBS_OK, 0);
	window_add(&w, minutes(1), OBS_OK, -7);
	check(window_latency_us(&w, 0.5) == 0, "an unknown duration is none");
	window_add(&w, minutes(1), OBS_OK, 300);
	check(window_latency_us(&w, 0.01) == 300 && window_latency_us(&w, 0.99) == 300,
	      "one answer is every quantile");
	window_add(&w, minutes(1), OBS_SLOW, 100);
	window_add(&w, minutes(1), OBS_LATE, 200);
	check(window_latency_us(&w, 0.5) == 200, "the median of three is the middle one");
	window_add(&w, minutes(1), OBS_OK, INT64_MAX);
	check(window_latency_us(&w, 0.99) == UINT32_MAX, "an absurd duration is cut");
	check(window_latency_us(&w, 2.0) == UINT32_MAX && window_latency_us(&w, -1.0) == 100,
	      "quantiles out of range are the ends");
	for (int i = 1; i <= WINDOW_LATENCIES + 10; i++)
		window_add(&w, minutes(1), OBS_OK, i);
	check(window_latency_us(&w, 0.001) == 11, "only the newest %d are kept", WINDOW_LATENCIES);
	check(window_latency_us(&w, 0.5) == 11 + WINDOW_LATENCIES / 2, "the median of them");
}

int main(void)
{
	test_floor();
	test_empty();
	test_spans();
	test_across_zero();
	test_out_of_order();
	test_long_gap();
	test_saturation();
	test_commands();
	test_watched();
	test_latency();
	return tap_done();
}
