/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each rule of rates, answers and the interface at its threshold: opens once, changes, closes,
 * does not flap.
 */
#include "model/judge-rules.c" /* the unit under test */
#include "tests/unit/judge_bench.h"
#include "tests/unit/tap.h"

static void test_mute(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	feed(&b, 60, OBS_OK, MINUTE);
	feed(&b, 2, OBS_TIMEOUT, MINUTE);
	check(came(&b, FINDING_OPENED, FINDING_MUTE), "two silences in a row are mute");
	check(b.events[0].severity == SEVERITY_CRITICAL &&
		      says(&b, "2 commands in a row had no answer, the last answer came 2 min ago"),
	      "critical, and since when");
	feed(&b, 60, OBS_TIMEOUT, MINUTE);
	tick(&b, 600);
	check(quiet(&b), "it is said once");
	feed(&b, MUTE_LEAVE_ANSWERS - 1, OBS_OK, MINUTE);
	feed(&b, 1, OBS_TIMEOUT, MINUTE);
	feed(&b, MUTE_LEAVE_ANSWERS - 1, OBS_OK, MINUTE);
	check(quiet(&b) && open_one(&b)->kind == FINDING_MUTE &&
		      strstr(open_one(&b)->evidence.text, "it answers now and then, but not yet 3 "
							  "times in a row"),
	      "a word now and then does not end it");
	feed(&b, 1, OBS_OK, MINUTE);
	check(came(&b, FINDING_CLOSED, FINDING_MUTE), "the third answer in a row does");
	check(judge_summary(b.judge, 0, b.now).day.of[OBS_TIMEOUT] == 63,
	      "that there were 63 time-outs is known still");
}

static void test_mute_and_kernel(void)
{
	SCOPED(bench_done) struct bench b = bench_make();
	struct observation obs;

	feed(&b, 60, OBS_OK, MINUTE);
	feed(&b, 2, OBS_TIMEOUT, MINUTE);
	check(came(&b, FINDING_OPENED, FINDING_MUTE), "mute");
	for (int i = 0; i < 10; i++) {
		b.now.v += MINUTE;
		obs = command(&b, OBS_BUSY);
		obs.error = -EBUSY;
		feed_obs(&b, &obs);
	}
	check(judge_summary(b.judge, 0, b.now).frequency == FREQUENCY_MUTE,
	      "the kernel's EBUSY is no answer of the controller");
}

static void test_mute_from_start(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	feed(&b, 2, OBS_TIMEOUT, MINUTE);
	check(came(&b, FINDING_OPENED, FINDING_MUTE) && says(&b, "since the watch began"),
	      "a controller that never answered is mute as well");
}

static void test_slow(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	feed(&b, 3, OBS_OK, MINUTE);
	feed(&b, 2, OBS_SLOW, MINUTE);
	check(quiet(&b), "five answers are too few for a share");
	feed(&b, 1, OBS_SLOW, MINUTE);
	check(came(&b, FINDING_OPENED, FINDING_SLOW) && says(&b, "3 of 6 answers"),
	      "with six, half of them slow, it is slow");
	feed(&b, 10, OBS_OK, MINUTE);
	check(quiet(&b), "3 of 16 are under a quarter, but not under half of it");
	feed(&b, 9, OBS_OK, MINUTE);
	check(came(&b, FINDING_CLOSED, FINDING_SLOW), "3 of 25 are");
	feed(&b, 1, OBS_SLOW, MINUTE);
	check(quiet(&b), "one more does not bring it back");
}

static void test_slow_threshold(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	for (int i = 0; i < 600; i++)
		feed(&b, 1, i % 4 == 3 ? OBS_SLOW : OBS_OK, MINUTE);
	check(quiet(&b), "exactly a quarter is not over a quarter");
	for (int i = 0; i < 600; i++)
		feed(&b, 1, i % 3 == 2 ? OBS_SLOW : OBS_OK, MINUTE);
	check(came(&b, FINDING_OPENED, FINDING_SLOW), "a third is");
	for (int i = 0; i < 600; i++)
		feed(&b, 1, i % 4 == 3 ? OBS_SLOW : OBS_OK, MINUTE);
	check(quiet(&b), "back at a quarter it does not flap");
	feed(&b, 60, OBS_OK, MINUTE);
	check(came(&b, FINDING_CLOSED, FINDING_SLOW), "a quick hour ends it");
}

static void test_slow_then_mute(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	feed(&b, 10, OBS_SLOW, MINUTE);
	check(came(&b, FINDING_OPENED, FINDING_SLOW), "slow");
	feed(&b, 90, OBS_TIMEOUT, MINUTE);
	check(came(&b, FINDING_OPENED, FINDING_MUTE), "then mute: nothing is said to be cured");
	check(judge_findings(b.judge, 0, (const struct finding *[FAMILY_MAX]){ NULL },
			     FAMILY_MAX) == 2,
	      "both are open");
}

static void test_late(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	feed(&b, 60, OBS_OK, MINUTE);
	for (int i = 0; i < 2; i++) {
		feed(&b, 1, OBS_TIMEOUT, MINUTE);
		feed(&b, 1, OBS_LATE, 2 * SECOND);
	}
	check(came(&b, FINDING_OPENED, FINDING_TIMEOUTS_SPORADIC),
	      "late answers keep it from being mute");
	check(judge_summary(b.judge, 0, b.now).day.commands == 62,
	      "and are no further commands: %u", judge_summary(b.judge, 0, b.now).day.commands);
	feed(&b, 16, OBS_LATE, MINUTE);
	check(came(&b, FINDING_OPENED, FINDING_SLOW), "they are slowness");
}

static void test_busy(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	feed(&b, 5, OBS_OK, MINUTE);
	feed(&b, 5, OBS_BUSY, MINUTE);
	check(quiet(&b), "busy for four minutes is normal");
	feed(&b, 1, OBS_OK, MINUTE);
	feed(&b, 4, OBS_BUSY, MINUTE);
	check(quiet(&b), "another answer starts the time anew");
	feed(&b, 1, OBS_TIMEOUT, MINUTE);
	feed(&b, 1, OBS_BUSY, MINUTE);
	check(came(&b, FINDING_OPENED, FINDING_BUSY) &&
		      says(&b, "all 5 answers in 5 min said busy"),
	      "five minutes of busy answers are too many, whatever is silent between them");
	feed(&b, 60, OBS_BUSY, MINUTE);
	check(quiet(&b), "it is said once");
	feed(&b, 1, OBS_OK, MINUTE);
	check(came(&b, FINDING_CLOSED, FINDING_BUSY), "another answer ends it");
}

static void test_single_busy(void)
{
	SCOPED(bench_done) struct bench b = bench_make();
	struct judge_settings settings = settings_make();

	feed(&b, 1, OBS_BUSY, MINUTE);
	tick(&b, 60);
	check(quiet(&b), "one busy answer and an hour of nothing is not an hour of busy answers");
	settings.busy_for_us = 0;
	judge_configure(b.judge, &settings);
	tick(&b, 1);
	check(quiet(&b), "one is no span of time, even if none is asked for");
	feed(&b, 1, OBS_BUSY, MINUTE);
	check(came(&b, FINDING_OPENED, FINDING_BUSY), "two are");
}

static void test_bad_replies(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	feed(&b, 10, OBS_OK, MINUTE);
	feed(&b, 2, OBS_BAD_REPLY, MINUTE);
	check(quiet(&b), "two bad replies in an hour may be");
	feed(&b, 1, OBS_BAD_REPLY, MINUTE);
	check(came(&b, FINDING_OPENED, FINDING_BAD_REPLIES), "three may not");
	check(says(&b, "3 of 13 replies") && says(&b, "Get Sensor Reading (netfn 0x04 cmd 0x2d)"),
	      "the evidence names the last");
	for (int i = 0; i < 10; i++) {
		feed(&b, 49, OBS_OK, MINUTE);
		feed(&b, 1, OBS_BAD_REPLY, MINUTE);
	}
	check(quiet(&b), "one an hour keeps it open without a word");
	feed(&b, 61, OBS_OK, MINUTE);
	check(came(&b, FINDING_CLOSED, FINDING_BAD_REPLIES), "an hour without ends it");
}

static void test_errors(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	feed_code(&b, OBS_COMPLETION_CODE, 0xc1);
	feed_code(&b, OBS_COMPLETION_CODE, 0xc1);
	check(quiet(&b), "two errors may be");
	feed_code(&b, OBS_COMPLETION_CODE, 0xc9);
	check(came(&b, FINDING_OPENED, FINDING_ERRORS) && says(&b, "with code 0xc9"),
	      "three are a finding, with the last code");
	check(open_one(&b)->evidence.cc == 0xc9, "also as a number");
	tick(&b, 61);
	check(came(&b, FINDING_CLOSED, FINDING_ERRORS), "an hour without ends it");
}

static void test_hostile_label(void)
{
	SCOPED(bench_done) struct bench b = bench_make();
	char label[300];

	memset(label, 'x', sizeof(label) - 1);
	label[sizeof(label) - 1] = '\0';
	label[0] = '\n';
	label[1] = '\x1b';
	label[2] = '\xff';
	for (int i = 0; i < 3; i++) {
		struct observation obs = command(&b, OBS_COMPLETION_CODE);

		obs.detail = label;
		feed_obs(&b, &obs);
	}
	check(came(&b, FINDING_OPENED, FINDING_ERRORS) && says(&b, "???xxx") &&
		      !strchr(b.events[0].text, '\n'),
	      "a sensor's name cannot break the line");
}

static void test_no_device(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	feed_lost(&b, -ENOENT);
	feed_lost(&b, -ENOENT);
	check(quiet(&b), "five seconds without an interface may be");
	feed_lost(&b, -ENOENT);
	check(came(&b, FINDING_OPENED, FINDING_NO_DEVICE) && says(&b, "No such file or directory"),
	      "ten are a finding, with the kernel's reason");
	check(open_one(&b)->evidence.error == -ENOENT, "also as a number");
	tick(&b, 60);
	check(quiet(&b), "said once");
	feed(&b, 1, OBS_TIMEOUT, MINUTE);
	check(came(&b, FINDING_CLOSED, FINDING_NO_DEVICE),
	      "a time-out shows that there is one now");
}

static void test_interface_lost(void)
{
	SCOPED(bench_done) struct bench b = bench_make();
	struct judge_settings settings = settings_make();

	feed(&b, 3, OBS_OK, MINUTE);
	feed_lost(&b, -ENODEV);
	feed(&b, 1, OBS_OK, MINUTE);
	feed_lost(&b, -ENODEV);
	feed_lost(&b, -ENODEV);
	check(quiet(&b), "a driver that is reloaded is away for a moment");
	tick(&b, 1);
	check(came(&b, FINDING_OPENED, FINDING_INTERFACE_LOST) &&
		      b.events[0].severity == SEVERITY_CRITICAL && says(&b, "No such device"),
	      "one that stays away is lost, by the clock alone");
	settings.lost_after_us = USEC_PER_HOUR;
	judge_configure(b.judge, &settings);
	tick(&b, 1);
	check(quiet(&b), "more patience from now on does not bring it back");
	feed(&b, 1, OBS_OK, MINUTE);
	check(came(&b, FINDING_CLOSED, FINDING_INTERFACE_LOST), "the first answer ends it");
}

static void test_no_access(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	feed_lost(&b, -EACCES);
	feed_lost(&b, -EACCES);
	feed_lost(&b, -EACCES);
	check(came(&b, FINDING_OPENED, FINDING_NO_ACCESS) && says(&b, "no access for"),
	      "being refused is not the same as nobody being there");
	feed_lost(&b, -ENOENT);
	check(came(&b, FINDING_CHANGED, FINDING_NO_DEVICE), "when it goes away, that is said");
	feed_lost(&b, -EPERM);
	check(came(&b, FINDING_CHANGED, FINDING_NO_ACCESS), "EPERM is a refusal too");
	feed(&b, 1, OBS_OK, MINUTE);
	check(came(&b, FINDING_CLOSED, FINDING_NO_ACCESS), "the first answer ends it");
}

static void test_no_reset_in_a_flash(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	feed(&b, 60, OBS_OK, MINUTE);
	feed(&b, 12, OBS_TIMEOUT, MINUTE);
	check(open_one(&b)->kind == FINDING_MUTE, "a mute controller");
	feed_metric(&b, METRIC_DEVICE_AVAILABLE, 0, 0);
	b.count = 0;
	feed(&b, 5, OBS_OK, 1);
	check(b.count == 1 && b.events[0].kind == FINDING_MUTE &&
		      b.events[0].change == FINDING_CLOSED,
	      "that answers in the middle of a flash is not mute; and not a storm to be reset");
}

static void test_stuck(void)
{
	SCOPED(bench_done) struct bench b = bench_make();
	struct observation obs;

	feed(&b, 60, OBS_OK, MINUTE);
	feed(&b, 1, OBS_TIMEOUT, 5 * SECOND);
	b.now.v += 85 * SECOND;
	obs = command(&b, OBS_DRIVER_STUCK);
	obs.took_us = 90 * SECOND;
	feed_obs(&b, &obs);
	check(came(&b, FINDING_OPENED, FINDING_DRIVER_STUCK) &&
		      says(&b, "neither an answer nor an error for 90.0 s"),
	      "90 s without a word: the driver hangs");
	feed(&b, 1, OBS_TIMEOUT, 5 * MINUTE);
	check(quiet(&b), "mute is no second alarm beside it");
	check(judge_summary(b.judge, 0, b.now).hour.of[OBS_TIMEOUT] == 2, "two commands timed out");
	feed(&b, 1, OBS_OK, 5 * MINUTE);
	check(came(&b, FINDING_CLOSED, FINDING_DRIVER_STUCK),
	      "the first answer ends it, and does not open muteness");
	feed(&b, MUTE_LEAVE_ANSWERS - 1, OBS_OK, MINUTE);
	check(quiet(&b), "what hung was told; its time-outs are not told again");
}

static void test_mute_then_stuck(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	feed(&b, 60, OBS_OK, MINUTE);
	feed(&b, 2, OBS_TIMEOUT, MINUTE);
	check(came(&b, FINDING_OPENED, FINDING_MUTE), "mute first");
	feed(&b, 1, OBS_DRIVER_STUCK, MINUTE);
	check(came(&b, FINDING_OPENED, FINDING_DRIVER_STUCK), "then stuck: mute stays open");
	check(judge_findings(b.judge, 0, (const struct finding *[FAMILY_MAX]){ NULL },
			     FAMILY_MAX) == 2,
	      "both are");
	tick(&b, 600);
	check(quiet(&b), "and nothing more is said");
}

static void test_stuck_then_lost(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	feed(&b, 1, OBS_OK, MINUTE);
	feed(&b, 1, OBS_DRIVER_STUCK, MINUTE);
	check(came(&b, FINDING_OPENED, FINDING_DRIVER_STUCK), "stuck");
	feed_lost(&b, -ENODEV);
	check(quiet(&b), "closing and opening it takes a moment");
	feed_lost(&b, -ENODEV);
	feed_lost(&b, -ENODEV);
	check(came(&b, FINDING_CHANGED, FINDING_INTERFACE_LOST) &&
		      b.events[0].previous == FINDING_DRIVER_STUCK,
	      "gone for good: the same finding, another kind");
	feed(&b, 1, OBS_TIMEOUT, MINUTE);
	check(b.count == 2 && b.events[0].change == FINDING_CLOSED &&
		      b.events[0].kind == FINDING_INTERFACE_LOST &&
		      b.events[1].kind == FINDING_MUTE,
	      "another driver is not stuck, but two commands had no answer now");
}

static void test_self_test(void)
{
	SCOPED(bench_done) struct bench b = bench_make();
	static const int64_t good[] = { 0x5500, 0x5600, 0xff00, 0x55aa };

	for (size_t i = 0; i < COUNT_OF(good); i++)
		feed_metric(&b, METRIC_SELF_TEST, good[i], 0);
	check(quiet(&b), "no error, not implemented and reserved are good");
	feed_metric(&b, METRIC_SELF_TEST, 0x57a1, 0);
	check(came(&b, FINDING_OPENED, FINDING_SELF_TEST) &&
		      b.events[0].severity == SEVERITY_WARNING &&
		      says(&b, "(0x57 0xa1): the SEL, the FRU device, its firmware"),
	      "0x57 names its bits");
	feed_metric(&b, METRIC_SELF_TEST, 0x57ff, 0);
	check(quiet(&b), "other bits are mere evidence");
	check(strstr(open_one(&b)->evidence.text,
		     "the SEL, the SDR repository, the FRU device, the IPMB is stuck, SDR empty, "
		     "the internal FRU area, its boot block, its firmware") != NULL,
	      "all eight fit");
	feed_metric(&b, METRIC_SELF_TEST, 0x5800, 0);
	check(came(&b, FINDING_CHANGED, FINDING_SELF_TEST) &&
		      b.events[0].severity == SEVERITY_CRITICAL && says(&b, "fatal"),
	      "0x58 is fatal and critical");
	feed_metric(&b, METRIC_SELF_TEST, 0x1234, 0);
	check(came(&b, FINDING_CHANGED, FINDING_SELF_TEST) && says(&b, "own code 0x12 0x34"),
	      "others are the maker's own");
	feed_metric(&b, METRIC_SELF_TEST, 0x10055, 0);
	feed_metric(&b, METRIC_SELF_TEST, -1, 0);
	check(quiet(&b), "what is no result changes nothing");
	feed_metric(&b, METRIC_SELF_TEST, 0x5500, 0);
	check(came(&b, FINDING_CLOSED, FINDING_SELF_TEST), "no error ends it");
}

static void test_sensors(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	feed_metric(&b, METRIC_SENSORS_MISSING, 7, 80);
	check(quiet(&b), "7 of 80 are under a tenth");
	feed_metric(&b, METRIC_SENSORS_MISSING, 8, 80);
	check(came(&b, FINDING_OPENED, FINDING_SENSORS_VANISHED) && says(&b, "8 of 80 sensors"),
	      "8 are a tenth");
	feed_metric(&b, METRIC_SENSORS_MISSING, 4, 80);
	check(quiet(&b), "half of that keeps it open");
	feed_metric(&b, METRIC_SENSORS_MISSING, 3, 80);
	check(came(&b, FINDING_CLOSED, FINDING_SENSORS_VANISHED), "less ends it");
	feed_metric(&b, METRIC_SENSORS_MISSING, 1, 5);
	check(quiet(&b), "one of five is under the least number");
	feed_metric(&b, METRIC_SENSORS_MISSING, 2, 5);
	check(came(&b, FINDING_OPENED, FINDING_SENSORS_VANISHED), "two of five are not");
	feed_metric(&b, METRIC_SENSORS_MISSING, -3, -9);
	check(came(&b, FINDING_CLOSED, FINDING_SENSORS_VANISHED), "nonsense counts as none");
}

static void test_words_fit(void)
{
	SCOPED(bench_done) struct bench b = bench_make();

	b.now.v += 200 * 365 * USEC_PER_DAY;
	feed_metric(&b, METRIC_SENSORS_MISSING, INT64_MAX, INT64_MAX);
	check(came(&b, FINDING_OPENED, FINDING_SENSORS_VANISHED) &&
		      strlen(b.events[0].text) < EVIDENCE_TEXT_MAX - 1,
	      "the largest numbers fit");
	check(judge_rule_order[0] == FAMILY_MAINTENANCE && judge_rule_order[1] == FAMILY_INTERFACE,
	      "maintenance and the interface are ruled on first");
	for (size_t i = 0; i < FAMILY_MAX; i++) {
		size_t times = 0;

		for (size_t k = 0; k < FAMILY_MAX; k++)
			times += judge_rule_order[k] == (enum finding_family)i;
		check(times == 1, "family %zu is ruled on once", i);
	}
}

int main(void)
{
	test_mute();
	test_mute_and_kernel();
	test_mute_from_start();
	test_slow();
	test_slow_threshold();
	test_slow_then_mute();
	test_late();
	test_busy();
	test_single_busy();
	test_bad_replies();
	test_errors();
	test_hostile_label();
	test_no_device();
	test_interface_lost();
	test_no_access();
	test_no_reset_in_a_flash();
	test_stuck();
	test_mute_then_stuck();
	test_stuck_then_lost();
	test_self_test();
	test_sensors();
	test_words_fit();
	return tap_done();
}
