/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A growing share of slow replies is a ramp; replies that are slow for longer are none.
 */
#include "model/trend-stalls.c" /* the unit under test */
#include "tests/unit/tap.h"
#include "tests/unit/trend_host.h"

#define WINDOW 3 /* 96 h */
#define HOURS  97

struct shape {		    /* of HOURS hours of 120 replies, from the first to the last */
	double first, last; /* slow ones */
	double depth_first, depth_last; /* how slow */
	bool is_step, has_gap;
};

static struct shape shape(double first, double last, double depth_first, double depth_last)
{
	return (struct shape){
		.first = first, .last = last, .depth_first = depth_first, .depth_last = depth_last
	};
}

static void fill(struct trend_stalls *stalls, const struct shape *of)
{
	for (int i = 0; i < HOURS; i++) {
		const double line = (double)i / (HOURS - 1), step = i >= HOURS / 2;
		const double part = of->is_step ? step : line;
		const double depth = of->depth_first + part * (of->depth_last - of->depth_first);

		stalls->answered[i] = of->has_gap && i > 20 && i < 40 ? 0 : 120;
		stalls->slow[i] = (uint8_t)lround(of->first + part * (of->last - of->first));
		stalls->depth[i] = (uint8_t)lround(DEPTH_SCALE * depth);
	}
}

static bool rises(enum trend_set set, struct shape of)
{
	struct trend *t = trend_new(true);
	double rise;

	t->hour = HOURS;
	fill(&t->latency->stalls, &of);
	rise = trend_stalls_rise(t, WINDOW, set, HOURS - 1);
	trend_free(t);
	return rise > 0;
}

static void test_shapes(void)
{
	check(rises(TREND_HARD, shape(0, 20, 2, 2)), "a share that grows to a sixth is a ramp");
	check(!rises(TREND_SOFT, shape(20, 20, 2, 2)), "one that stays is none");
	check(!rises(TREND_SOFT, shape(20, 0, 2, 2)), "nor one that falls");
	check(!rises(TREND_SOFT, shape(0, 20, 1, 4)),
	      "nor one whose replies are slower and slower: that is a log");
	check(!rises(TREND_HARD, shape(0, 6, 2, 2)), "a twentieth is too few");
	check(rises(TREND_SOFT, shape(0, 6, 2, 2)), "but enough for a suspicion");
	check(!rises(TREND_SOFT, (struct shape){ .last = 20, .is_step = true }), "a step is none");
	check(!rises(TREND_SOFT, (struct shape){ .last = 20, .has_gap = true }),
	      "what was hardly seen says nothing");
}

static void test_hour(void)
{
	struct host h = host_make(true);

	h.factor_of_tail = 8; /* one command in five */
	host_hours(&h, 3);
	check(h.t->latency->stalls.answered[1] == 120, "all replies of the hour are counted");
	check(h.t->latency->stalls.slow[1] > 10 && h.t->latency->stalls.slow[1] < 40,
	      "about a fifth of them are slow");
	check(abs(h.t->latency->stalls.depth[1] - (int)(DEPTH_SCALE * log(8 / 0.9))) < 8,
	      "eight times");
	host_done(&h);
}

int main(void)
{
	test_shapes();
	test_hour();
	return tap_done();
}
