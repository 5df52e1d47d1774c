/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ramp that others or the event log explain is none of the controller's.
 */
#include "model/trend-load.c" /* the unit under test */
#include "tests/unit/tap.h"
#include "tests/unit/trend_host.h"

/* Ten calm days, then six in which all becomes 2.5 times slower; and the loads grow, or not. */
static bool alarms(struct host *h, int foreign_more, int entries_more)
{
	host_hours(h, 24 * 10);
	for (int i = 0; i < 24 * 6; i++) {
		h->foreign += foreign_more;
		h->entries += entries_more;
		h->factor *= pow(2.5, 1.0 / (24 * 6));
		host_hours(h, 1);
	}
	return host_told(h, TREND_CONFIRMED) != NULL;
}

static bool is_alarm(int foreign, int foreign_more, int entries, int entries_more)
{
	struct host h = host_make(true);
	bool is;

	h.foreign = foreign;
	h.entries = entries;
	is = alarms(&h, foreign_more, entries_more);
	host_done(&h);
	return is;
}

static void test_explained(void)
{
	check(is_alarm(-1, 0, -1, 0), "a ramp of which nothing else is known is told");
	check(is_alarm(600, 0, 200, 0), "so is one beside which nothing grew");
	check(!is_alarm(0, 20, 200, 0), "one that others explain is not");
	check(!is_alarm(600, 0, 20, 4), "nor one that goes with the event log");
	check(is_alarm(600, 0, 2000, 1), "a log that grows by little explains nothing");
}

static void test_afterwards(void)
{
	struct host h = host_make(true);

	h.foreign = 0;
	check(!alarms(&h, 20, 0), "the others come");
	for (int i = 0; i < 24 * 6; i++) {
		h.factor *= pow(2.5, 1.0 / (24 * 6));
		host_hours(&h, 1);
	}
	check(host_told(&h, TREND_CONFIRMED), "what goes on once they have come is told");
	host_done(&h);
}

static void test_harmless(void)
{
	struct host h = host_make(true);

	h.foreign = -1;
	h.entries = 400;
	host_hours(&h, 24 * 2);
	h.entries = 0;
	host_hours(&h, 12);
	check(h.t->latency->load.is_log_harmless, "cleared, and nothing became faster: harmless");
	check(alarms(&h, 0, 4), "so it explains nothing any more");
	h.entries = 0;
	h.factor /= 2;
	host_hours(&h, 12);
	check(!h.t->latency->load.is_log_harmless, "until a clearing helps");
	host_done(&h);
}

static void test_somebody(void)
{
	struct host h = host_make(true);

	host_hours(&h, 24 * 10);
	for (int i = 0; i < 80; i++) {
		h.has_others = i > 40;
		h.factor *= pow(2.5, 1.0 / (24 * 6));
		host_hours(&h, 1);
	}
	check(!host_told(&h, TREND_CONFIRMED), "one in which somebody came is not told yet");
	for (int i = 0; i < 24 * 6; i++) {
		h.factor *= pow(2.5, 1.0 / (24 * 6));
		host_hours(&h, 1);
	}
	check(host_told(&h, TREND_CONFIRMED), "what goes on with somebody there is");
	host_done(&h);
}

static void test_limits(void)
{
	struct host h = host_make(true);

	h.foreign = h.entries = INT32_MAX;
	host_hours(&h, 3);
	check(h.t->latency->load.foreign[1] == UNKNOWN - 1 &&
		      h.t->latency->load.entries[1] == UNKNOWN - 1,
	      "numbers beyond all reason are cut");
	host_done(&h);
}

int main(void)
{
	test_explained();
	test_afterwards();
	test_harmless();
	test_somebody();
	test_limits();
	return tap_done();
}
