/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scenarios of the whole façade: days of observations in, and exactly these changes of findings
 * out. The rules one by one are in test_judge_rules.c.
 */
#include "model/judge.c" /* the unit under test */
#include "tests/unit/judge_bench.h"
#include "tests/unit/tap.h"

static void test_healthy(void)
{
	SCOPED(bench_done) struct bench b = bench_make();
	struct judge_summary summary;

	for (int hour = 0; hour < 48; hour++) {
		feed(&b, 59, OBS_OK, MINUTE);
		feed(&b, 1, OBS_SKIPPED, MINUTE);
		feed_metric(&b, METRIC_DEVICE_AVAILABLE, 1, 0);
		feed_metric(&b, METRIC_SELF_TEST, 0x5500, 0);
		feed_metric(&b, METRIC_SENSORS_MISSING, 0, 80);
		feed_metric(&b, METRIC_DRIVER_MAINTENANCE, 0, 0);
		tick(&b, 1);
	}
	check(quiet(&b), "two healthy days across time 0 have no finding");
	summary = judge_summary(b.judge, 0, b.now);
	check(summary.worst == SEVERITY_OK && summary.frequency == FREQUENCY_NONE,
	      "the summary is well");
	check(summary.hour.commands >= 57 && summary.hour.commands <= 59 &&
		      summary.latency_q50_us == 12000 && summary.latency_q90_us == 12000,
	      "with its commands and latencies: %u", summary.hour.commands);
	check(summary.has_answered && summary.last_answer.v > 0 && !summary.in_maintenance,
	      "and when it was heard last");
}

static void test_timeouts(void)
{
	SCOPED(bench_done) struct bench b = bench_make();
	wall_us since;

	feed(&b, 60, OBS_OK, MINUTE);
	feed(&b, 1, OBS_TIMEOUT, MINUTE);
	check(quiet(&b), "one time-out is no finding");
	feed(&b, 30, OBS_OK, MINUTE);
	feed(&b, 1, OBS_TIMEOUT, MINUTE);
	check(came(&b, FINDING_OPENED, FINDING_TIMEOUTS_SPORADIC), "the second opens sporadic");
	check(says(&b, "2 of 92 commands in the last day timed out"), "its evidence counts");
	since = b.events[0].since;
	check(since.v == wall_of(b.now).v, "since now");
	feed(&b, 10, OBS_OK, MINUTE);
	check(quiet(&b), "mere numbers are no news");
	check(open_one(&b) && open_one(&b)->evidence.commands_day == 102,
	      "but they are kept up to date");
	feed(&b, 1, OBS_TIMEOUT, MINUTE);
	check(came(&b, FINDING_CHANGED, FINDING_TIMEOUTS_FREQUENT), "the third makes it frequent");
	check(b.events[0].previous == FINDING_TIMEOUTS_SPORADIC && b.events[0].since.v == since.v &&
		      b.events[0].severity == SEVERITY_WARNING,
	      "a change of the same finding, open since then");
	check(open_one(&b)->evidence.netfn == 0x04 && open_one(&b)->evidence.cmd == 0x2d,
	      "the command that timed out last is named");
	tick(&b, 90);
	check(came(&b, FINDING_CHANGED, FINDING_TIMEOUTS_SPORADIC) &&
		      b.events[0].previous == FINDING_TIMEOUTS_FREQUENT,
	      "an hour later it is sporadic, and was frequent before");
	tick(&b, 24 * 60 + 60);
	check(came(&b, FINDING_CLOSED, FINDING_TIMEOUTS_SPORADIC), "a day later closed, by ticks");
	tick(&b, 24 * 60);
	check(quiet(&b) && !open_one(&b), "and that was all");
}

static void test_refused(void)
{
	SCOPED(bench_done) struct bench b = bench_make();
	struct observation obs = command(&b, OBS_TIMEOUT);

	obs.target = 2;
	check(judge_feed(b.judge, &obs, on_finding, &b) == -EINVAL, "a target too many is refused");
	obs.target = TARGET_NONE;
	check(judge_feed(b.judge, &obs, on_finding, &b) == -EINVAL, "so is none");
	obs.target = 0;
	obs.status = OBS_STATUS_MAX;
	check(judge_feed(b.judge, &obs, on_finding, &b) == -EINVAL, "and a status that is none");
	obs.status = OBS_OK;
	obs.metric = METRIC_MAX;
	check(judge_feed(b.judge, &obs, on_finding, &b) == -EINVAL, "and a metric");
	obs.metric = METRIC_IDENTITY;
	check(judge_feed(b.judge, &obs, on_finding, &b) == 0 && quiet(&b),
	      "an identity that is not there says nothing");
	check(judge_findings(b.judge, 7, NULL, 0) == 0 &&
		      judge_summary(b.judge, 7, b.now).worst == SEVERITY_OK,
	      "nobody's findings are none");
	check(judge_summary(b.judge, 1, b.now).hour.commands == 0,
	      "a target never heard of is empty");
	judge_forget(b.judge, 7, wall_of(b.now), on_finding, &b);
	check(quiet(&b), "forgetting nobody does nothing");
}

static void test_two_targets(void)
{
	SCOPED(bench_done) struct bench b = bench_make();
	const struct finding *list[FAMILY_MAX];
	struct observation obs;

	feed(&b, 2, OBS_TIMEOUT, MINUTE);
	check(came(&b, FINDING_OPENED, FINDING_MUTE), "one target is mute");
	obs = command(&b, OBS_OK);
	obs.target = 1;
	feed_obs(&b, &obs);
	check(quiet(&b) && judge_findings(b.judge, 1, list, FAMILY_MAX) == 0,
	      "the other knows nothing of it");
	feed_metric(&b, METRIC_SENSORS_MISSING, 50, 80);
	feed_metric(&b, METRIC_DEVICE_AVAILABLE, 0, 0);
	b.count = 0;
	check(judge_findings(b.judge, 0, list, FAMILY_MAX) == 3 && list[0]->kind == FINDING_MUTE &&
		      list[1]->kind == FINDING_SENSORS_VANISHED &&
		      list[2]->kind == FINDING_MAINTENANCE,
	      "findings come worst first");
	check(judge_findings(b.judge, 0, list, 1) == 1 && list[0]->kind == FINDING_MUTE,
	      "and no more than asked for");
	check(judge_summary(b.judge, 0, b.now).worst == SEVERITY_CRITICAL &&
		      judge_summary(b.judge, 0, b.now).frequency == FREQUENCY_MUTE,
	      "the summary names the worst");
	judge_forget(b.judge, 0, wall_of(b.now), on_finding, &b);
	check(b.count == 3 && b.events[0].change == FINDING_DROPPED &&
		      b.events[2].change == FINDING_DROPPED &&
		      judge_findings(b.judge, 0, list, FAMILY_MAX) == 0,
	      "forgetting a target drops its findings: nobody says they are cured");
	b.count = 0;
	feed(&b, 1, OBS_OK, MINUTE);
	check(quiet(&b) && judge_summary(b.judge, 0, b.now).hour.commands == 1,
	      "it may come back as new");
}

static void test_replay(void)
{
	SCOPED(bench_done) struct bench b = bench_make();
	struct finding finding = { 0 };

	for (int i = 0; i < 60; i++) {
		struct observation obs;

		b.now.v += MINUTE;
		obs = command(&b, i % 10 == 9 ? OBS_TIMEOUT : OBS_OK);
		check(judge_feed(b.judge, &obs, NULL, NULL) == 0,
		      "history is fed without a listener");
	}
	finding = stored(&b, FINDING_TIMEOUTS_FREQUENT, 3 * USEC_PER_HOUR);
	judge_restore(b.judge, &finding);
	check(open_one(&b) && open_one(&b)->kind == FINDING_TIMEOUTS_FREQUENT &&
		      open_one(&b)->since.v == finding.since.v,
	      "what history opened keeps the store's since");
	check(strstr(open_one(&b)->evidence.text, "6 of 60"), "and its own evidence");
	feed(&b, 5, OBS_OK, MINUTE);
	check(quiet(&b), "after a restart nothing is told twice");
	feed(&b, 90, OBS_OK, MINUTE);
	check(came(&b, FINDING_CHANGED, FINDING_TIMEOUTS_SPORADIC), "and it goes on as ever");
}

/* Two time-outs of three commands in less than five minutes, begun just before a full minute or
 * just after it. */
static void feed_across(struct bench *b, int64_t after_us)
{
	b->now.v += after_us - 130 * SECOND;
	feed(b, 1, OBS_TIMEOUT, 130 * SECOND);
	feed(b, 1, OBS_OK, 130 * SECOND);
	feed(b, 1, OBS_TIMEOUT, 130 * SECOND);
}

static void test_replay_elsewhere(void)
{
	SCOPED(bench_done) struct bench b = bench_make();
	const struct judge_settings settings = settings_make();
	const mono_us began = b.now;
	struct finding told;

	feed_across(&b, -SECOND / 10);
	told = *open_one(&b);
	check(told.kind == FINDING_TIMEOUTS_FREQUENT, "begun before the minute it was frequent");
	judge_free(b.judge);
	b.judge = judge_new(&settings, 2);
	b.now = began;
	feed_across(&b, SECOND / 10);
	b.count = 0;
	check(open_one(&b)->kind == FINDING_TIMEOUTS_SPORADIC,
	      "replayed by a clock a moment further it is not");
	judge_restore(b.judge, &told);
	check(open_one(&b)->kind == told.kind && open_one(&b)->since.v == told.since.v &&
		      strcmp(open_one(&b)->evidence.text, told.evidence.text) == 0,
	      "what was told last holds, with its since and its words");
	feed(&b, 5, OBS_OK, MINUTE);
	check(quiet(&b), "and nothing is told again");
	feed(&b, 90, OBS_OK, MINUTE);
	check(came(&b, FINDING_CHANGED, FINDING_TIMEOUTS_SPORADIC), "until it is calm");
}

static void test_restore_garbage(void)
{
	SCOPED(bench_done) struct bench b = bench_make();
	struct finding finding = stored(&b, FINDING_MUTE, 0);

	finding.target = 2;
	judge_restore(b.judge, &finding);
	finding.target = 0;
	finding.kind = FINDING_KIND_MAX;
	judge_restore(b.judge, &finding);
	check(!open_one(&b), "a finding of nobody, or of no kind, is dropped");
	finding.kind = FINDING_IDENTITY_DRIFT;
	finding.severity = SEVERITY_WARNING;
	finding.since_mono.v = INT64_MAX / 2;
	memset(finding.evidence.text, 'x', sizeof(finding.evidence.text));
	judge_restore(b.judge, &finding);
	check(open_one(&b) && strlen(open_one(&b)->evidence.text) == EVIDENCE_TEXT_MAX - 1,
	      "a text without an end gets one");
	feed(&b, 1, OBS_OK, MINUTE);
	tick(&b, 24 * 60 + 1);
	check(came(&b, FINDING_CLOSED, FINDING_IDENTITY_DRIFT),
	      "a time in the far future does not keep it open");
}

static void test_configure(void)
{
	SCOPED(bench_done) struct bench b = bench_make();
	struct judge_settings settings = settings_make();

	feed(&b, 60, OBS_OK, MINUTE);
	feed(&b, 1, OBS_BAD_REPLY, MINUTE);
	check(quiet(&b), "one bad reply is none");
	settings.bad_per_hour = 1;
	judge_configure(b.judge, &settings);
	tick(&b, 1);
	check(came(&b, FINDING_OPENED, FINDING_BAD_REPLIES), "a stricter setting takes hold");
}

static void test_report_only(void)
{
	SCOPED(bench_done) struct bench b = bench_make();
	const struct judge_settings settings = judge_settings_default();

	judge_configure(b.judge, &settings);
	feed(&b, 2, OBS_TIMEOUT, 20 * MINUTE);
	check(came(&b, FINDING_OPENED, FINDING_TIMEOUTS_SPORADIC) &&
		      says(&b, "2 time-outs in the last day"),
	      "a host that reports time-outs only is counted without a share, and never mute");
}

static void test_size(void)
{
	const struct judge_settings settings = judge_settings_default();
	struct judge *none = judge_new(&settings, 0);

	check(sizeof(struct patient) < PATIENT_BYTES_MAX, "a target takes %zu bytes",
	      sizeof(struct patient));
	check(none != NULL, "a judge of nobody can be had");
	judge_tick(none, (mono_us){ 0 }, (wall_us){ 0 }, NULL, NULL);
	judge_free(none);
	judge_free(NULL);
}

int main(void)
{
	test_healthy();
	test_timeouts();
	test_refused();
	test_two_targets();
	test_replay();
	test_replay_elsewhere();
	test_restore_garbage();
	test_configure();
	test_report_only();
	test_size();
	return tap_done();
}
