/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/past: the span of the samples, restarts and findings in it, and what a view gets of them.
 */
#include "cli/judging.c"
#include "cli/past.c" /* the unit under test */
#include "cli/view.c"
#include "tests/unit/tap.h"

static struct trend_sample sample_at(int64_t minute)
{
	return (struct trend_sample){ .mono = { (500 + minute) * USEC_PER_MINUTE },
				      .wall = { (1000000 + minute) * USEC_PER_MINUTE },
				      .latency_us = 3000,
				      .sel_entries = -1,
				      .foreign_per_hour = -1,
				      .firmware = -1 };
}

/* Two hours, and in their middle a restart that says so. */
static void look_at_hours(struct past *p)
{
	for (int64_t minute = 0; minute <= 120; minute++) {
		struct trend_sample s = sample_at(minute);

		s.evidence = minute == 60 ? 1u << TREND_DEVICE_UNAVAILABLE : 0;
		past_look(p, &s);
	}
}

static struct view *view_of(const struct past *p)
{
	struct view *v = NULL;
	wall_us first, last;

	if (past_span(p, &first, &last))
		v = view_new(TREND_CHEAP, first, last, 10);
	if (!v)
		exit(99);
	past_mark(p, v);
	return v;
}

static struct past *fresh(bool wants_findings)
{
	struct past *p = past_new(wants_findings);
	wall_us first, last;

	if (!p)
		exit(99);
	check(!past_span(p, &first, &last), "of nothing there is no span");
	return p;
}

static void test_restarts(void)
{
	struct past *p = fresh(false);
	struct view *v;
	wall_us first, last;

	look_at_hours(p);
	check(past_span(p, &first, &last) && first.v == sample_at(0).wall.v &&
		      last.v == sample_at(120).wall.v,
	      "from the first sample to the last");
	v = view_of(p);
	check(v->restart_count == 1 && v->restarts[0].at.v <= sample_at(60).wall.v &&
		      v->restarts[0].at.v >= sample_at(58).wall.v &&
		      v->restarts[0].evidence == 1u << TREND_DEVICE_UNAVAILABLE,
	      "the restart is where it was");
	check(v->finding_count == 0, "findings only where they are wanted");
	view_free(v);
	past_free(p);
}

static void test_findings(void)
{
	struct past *p = fresh(true);
	const struct view_finding *maintenance = NULL;
	struct view *v;

	look_at_hours(p);
	v = view_of(p);
	for (size_t i = 0; i < v->finding_count; i++)
		if (v->findings[i].kind == FINDING_MAINTENANCE)
			maintenance = &v->findings[i];
	check(v->restart_count == 1, "the restart again");
	check(maintenance && maintenance->since.v == sample_at(60).wall.v &&
		      maintenance->closed.v == sample_at(61).wall.v,
	      "and a finding from its beginning to its end");
	view_free(v);
	past_free(p);
}

static void tell(struct past *p, enum finding_kind kind, enum finding_change change, int64_t at,
		 const char *text)
{
	struct finding f = { .kind = kind, .since = { at }, .changed = { at } };

	memcpy(f.evidence.text, text, strlen(text) + 1);
	remember_finding(p, &f, change);
}

static void test_ledger(void)
{
	struct past *p = fresh(true);

	tell(p, FINDING_LEAK_SUSPECTED, FINDING_OPENED, 1, "perhaps");
	tell(p, FINDING_SLOW, FINDING_OPENED, 2, "slow");
	tell(p, FINDING_LEAK, FINDING_CHANGED, 3, "surely");
	tell(p, FINDING_LEAK, FINDING_CLOSED, 4, "no more");
	check(p->finding_count == 3 && p->findings[0].finding.kind == FINDING_LEAK_SUSPECTED &&
		      p->findings[0].closed.v == 3 && p->findings[2].finding.since.v == 3,
	      "a finding that becomes another ends when that begins");
	check(p->findings[2].finding.kind == FINDING_LEAK && p->findings[2].closed.v == 4 &&
		      strcmp(p->findings[2].finding.evidence.text, "surely") == 0,
	      "and ends with why it was open");
	check(p->findings[1].closed.v == 0, "another family's is another");
	tell(p, FINDING_LEAK, FINDING_OPENED, 5, "again");
	check(p->finding_count == 4, "when it comes back it is a new one");
	for (int64_t i = 0; i < 2 * VIEW_MARKS_MAX; i++) {
		tell(p, FINDING_MUTE, FINDING_OPENED, 10 + i, "mute");
		tell(p, FINDING_MUTE, FINDING_CLOSED, 10 + i, "mute");
	}
	check(p->finding_count == VIEW_MARKS_MAX &&
		      p->findings[VIEW_MARKS_MAX - 1].closed.v == 9 + 2 * VIEW_MARKS_MAX,
	      "of too many the newest are kept");
	past_free(p);
}

static void test_restart_ledger(void)
{
	const struct trend_event codes = { .kind = TREND_RESET, .reset = TREND_RESET_CODES };
	struct trend_event event = { .kind = TREND_RESET, .reset = TREND_RESET_PROOF };
	struct past *p = fresh(false);

	remember_restart(p, &codes);
	check(p->restart_count == 0, "codes alone are no restart");
	for (int64_t i = 0; i < 2 * VIEW_MARKS_MAX; i++) {
		event.wall.v = i * USEC_PER_SEC;
		event.uptime_s = 1;
		remember_restart(p, &event);
	}
	check(p->restart_count == VIEW_MARKS_MAX && p->restarts[VIEW_MARKS_MAX - 1].at.v ==
							    (2 * VIEW_MARKS_MAX - 2) * USEC_PER_SEC,
	      "of too many restarts the newest are kept, when they were");
	past_free(p);
	past_free(NULL);
}

int main(void)
{
	test_restarts();
	test_findings();
	test_ledger();
	test_restart_ledger();
	return tap_done();
}
