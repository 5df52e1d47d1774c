/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose doing it is, as a finding: opened with a name, changed when a name is found, over when the
 * trouble is.
 */
#include "model/judge-crowd.c" /* the unit under test */
#include "tests/unit/judge_bench.h"

#define UNIT "prometheus-node-exporter-ipmitool-sensor.service"

static void open_device(struct bench *b, enum opener_event_kind kind, int run)
{
	struct opener_event event = { .kind = kind,
				      .at = b->now,
				      .who = { .pid = 4711,
					       .start_ticks = (uint64_t)run,
					       .comm = "ipmitool",
					       .exe = "/usr/bin/ipmitool",
					       .unit = UNIT } };

	judge_opener(b->judge, &event);
}

static int trouble_count;

/* Minutes with six commands each; the second is slow, when the timer's run is there. */
static void minutes(struct bench *b, int count, bool is_told, bool has_trouble)
{
	for (int i = 0; i < count; i++) {
		b->now.v += SECOND;
		if (is_told)
			open_device(b, OPENER_OPENED, ++trouble_count);
		feed(b, 1, has_trouble ? OBS_TIMEOUT : OBS_OK, 6 * SECOND);
		if (is_told)
			open_device(b, OPENER_CLOSED, trouble_count);
		feed(b, 4 + i % 3, OBS_OK, 52 * SECOND / (4 + i % 3));
		b->now.v = (b->now.v / MINUTE + 1) * MINUTE;
	}
}

static const struct finding *contention(const struct bench *b)
{
	const struct finding *open[FAMILY_MAX];
	const size_t n = judge_findings(b->judge, 0, open, FAMILY_MAX);

	for (size_t i = 0; i < n; i++) {
		if (open[i]->kind == FINDING_CONTENTION)
			return open[i];
	}
	return NULL;
}

static struct bench begin(void)
{
	struct bench b = bench_make();

	b.now.v = USEC_PER_DAY;
	return b;
}

static void test_named(void)
{
	SCOPED(bench_done) struct bench b = begin();
	const struct finding *f;

	minutes(&b, 30, true, false);
	check(!contention(&b), "a program without trouble is no news");
	minutes(&b, 30, true, true);
	f = contention(&b);
	check(f && strcmp(f->evidence.contention.unit, UNIT) == 0 &&
		      f->evidence.contention.agent == AGENT_NODE_EXPORTER_IPMITOOL &&
		      f->evidence.contention.sure == 99,
	      "trouble at its visits names it");
	check(f && strstr(f->evidence.text, "within 3 s of") && strstr(f->evidence.text, UNIT) &&
		      strstr(f->evidence.text, "chance would be"),
	      "with numbers: %s", f ? f->evidence.text : "");
	minutes(&b, 170, true, false);
	check(contention(&b), "three hours without any may be luck");
	minutes(&b, 30, true, false);
	check(!contention(&b), "more are not");
}

static void test_found_later(void)
{
	SCOPED(bench_done) struct bench b = begin();
	const struct finding *f;

	minutes(&b, 120, false, true);
	f = contention(&b);
	check(f && *f->evidence.contention.culprit == '\0' &&
		      f->evidence.contention.period_s == 60 &&
		      strstr(f->evidence.text, "keep step with a clock, every"),
	      "without names there is the clock: %s", f ? f->evidence.text : "");
	b.count = 0;
	minutes(&b, 60, true, true);
	f = contention(&b);
	check(f && *f->evidence.contention.culprit != '\0', "a helper comes, and there is a name");
	check(b.count == 1 && b.events[0].change == FINDING_CHANGED &&
		      b.events[0].kind == FINDING_CONTENTION,
	      "which is told once");
}

static void test_restored(void)
{
	SCOPED(bench_done) struct bench b = begin();
	struct finding f = stored(&b, FINDING_CONTENTION, 5 * USEC_PER_HOUR);

	(void)snprintf(f.evidence.contention.culprit, CULPRIT_NAME_MAX, "a script");
	feed(&b, 2, OBS_OK, MINUTE);
	judge_restore(b.judge, &f);
	feed(&b, 100, OBS_OK, MINUTE);
	check(contention(&b) &&
		      strcmp(contention(&b)->evidence.contention.culprit, "a script") == 0,
	      "what was told stands after a restart");
	feed(&b, 100, OBS_OK, MINUTE);
	check(!contention(&b), "until there is no trouble for hours");
}

static void test_sharing(void)
{
	SCOPED(bench_done) struct bench b = begin();
	struct judge_sharing s;

	feed(&b, 1, OBS_OK, MINUTE);
	s = judge_summary(b.judge, 0, b.now).sharing;
	check(s.foreign_per_hour == -1 && s.users == -1 && s.cpu_permille == -1,
	      "nobody has counted: not known");
	feed_metric(&b, METRIC_FOREIGN_PER_HOUR, 412, 7);
	feed_metric(&b, METRIC_DRIVER_USERS, 3, 0);
	feed_metric(&b, METRIC_DRIVER_MESSAGES, 2, 0);
	feed_metric(&b, METRIC_DRIVER_CPU, 20, 0);
	s = judge_summary(b.judge, 0, b.now).sharing;
	check(s.foreign_per_hour == 412 && s.driver_per_hour == 7 && s.users == 3 &&
		      s.messages == 2 && s.cpu_permille == 20,
	      "counted: known");
	feed(&b, 15, OBS_OK, MINUTE);
	s = judge_summary(b.judge, 0, b.now).sharing;
	check(s.foreign_per_hour == -1, "a rate of a quarter of an hour ago is none");
}

int main(void)
{
	test_named();
	test_found_later();
	test_restored();
	test_sharing();
	return tap_done();
}
