/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bins: what goes where, and quantiles that are right to 3 %.
 */
#include <math.h>

#include "cli/view.c" /* the unit under test */
#include "tests/unit/tap.h"

#define DAY_US (24 * USEC_PER_HOUR)

static void add(struct view *v, int64_t at_us, uint32_t latency_us)
{
	const struct trend_sample s = { .wall = { at_us },
					.probe = TREND_CHEAP,
					.status = latency_us > 0 ? TREND_OK : TREND_TIMEOUT,
					.latency_us = latency_us };

	view_add(v, &s);
}

static bool is_near(double value, double wanted)
{
	return fabs(value - wanted) <= 0.03 * wanted;
}

static void test_bins(void)
{
	struct view *v = view_new(TREND_CHEAP, (wall_us){ DAY_US }, (wall_us){ 2 * DAY_US }, 24);
	struct trend_sample other = { .wall = { DAY_US }, .probe = TREND_COSTLY };

	add(v, DAY_US, 1000);
	add(v, DAY_US + 90 * USEC_PER_MINUTE, 2000);
	add(v, 2 * DAY_US, 3000);
	add(v, DAY_US - 1, 1);
	add(v, 2 * DAY_US + 1, 1);
	view_add(v, &other);
	check(v->samples == 3 && v->bins[0].samples == 1 && v->bins[1].samples == 1 &&
		      v->bins[23].samples == 1,
	      "each sample in its hour; what is outside or another command's nowhere");
	check(view_bin_start(v, 6).v == DAY_US + 6 * USEC_PER_HOUR, "the sixth hour begins then");
	check(view_bin_of(v, (wall_us){ 0 }) == 0 && view_bin_of(v, (wall_us){ 9 * DAY_US }) == 23,
	      "moments outside are at the edge");
	view_free(v);
}

static void test_quantiles(void)
{
	struct view *v = view_new(TREND_CHEAP, (wall_us){ 0 }, (wall_us){ DAY_US }, 1);

	check(view_quantile(&v->bins[0], 0.5) <= 0, "of nothing there is no median");
	for (uint32_t i = 1; i <= 1000; i++)
		add(v, i, 1000 + 10 * i);
	add(v, 1, 0);
	check(is_near(view_quantile(&v->bins[0], 0.5), 6000) &&
		      is_near(view_quantile(&v->bins[0], 0.2), 3000) &&
		      is_near(view_quantile(&v->bins[0], 0.9), 10000),
	      "quantiles are right to 3 %%: %.0f", view_quantile(&v->bins[0], 0.5));
	check(v->bins[0].timeouts == 1 && v->bins[0].answers == 1000, "a time-out has none");
	view_free(v);
	v = view_new(TREND_CHEAP, (wall_us){ 0 }, (wall_us){ DAY_US }, 1);
	add(v, 1, 1);
	add(v, 2, UINT32_MAX);
	check(view_quantile(&v->bins[0], 0.1) < 70 && view_quantile(&v->bins[0], 0.9) > 2e8,
	      "what is off the scale is at its end");
	for (int i = 0; i < 70000; i++)
		add(v, 3, 5000);
	check(is_near(view_quantile(&v->bins[0], 0.5), 5000), "a full bucket stays full");
	view_free(v);
}

static void test_marks(void)
{
	struct view *v = view_new(TREND_COSTLY, (wall_us){ DAY_US }, (wall_us){ 2 * DAY_US }, 4);
	struct view_restart restart = { .at = { DAY_US + 5 } };
	struct finding f = { .since = { 5 }, .kind = FINDING_LEAK };

	view_add_restart(v, &restart);
	restart.at.v = 5;
	view_add_restart(v, &restart);
	check(v->restart_count == 1, "a restart of before is none of it");
	view_add_finding(v, &f, (wall_us){ 10 });
	view_add_finding(v, &f, (wall_us){ 0 });
	check(v->finding_count == 1 && v->findings[0].closed.v == 0,
	      "a finding that was over is none, one that is open is");
	f.since.v = v->to.v + 2000;
	view_add_finding(v, &f, (wall_us){ 0 });
	check(v->finding_count == 2, "what the last sample brought belongs to it");
	for (int i = 0; i < 2 * VIEW_MARKS_MAX; i++) {
		f.since.v = DAY_US + i;
		restart.at = f.since;
		view_add_finding(v, &f, (wall_us){ 0 });
		view_add_restart(v, &restart);
	}
	check(v->finding_count == VIEW_MARKS_MAX && v->restart_count == VIEW_MARKS_MAX &&
		      v->findings[VIEW_MARKS_MAX - 1].since.v == DAY_US + 2 * VIEW_MARKS_MAX - 1,
	      "of too many the newest are kept");
	check(strcmp(view_probe_name(TREND_CHEAP), "Get Device ID") == 0 &&
		      strcmp(view_probe_name(TREND_COSTLY), "Get Sensor Reading") == 0,
	      "commands have names");
	view_free(v);
}

int main(void)
{
	test_bins();
	test_quantiles();
	test_marks();
	return tap_done();
}
