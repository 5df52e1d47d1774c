/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Identities that change once, change back, are impossible, or are impossible by habit.
 */
#include "model/judge-drift.c" /* the unit under test */
#include "tests/unit/judge_bench.h"
#include "tests/unit/tap.h"

static const struct bmc_identity dell = {
	.manufacturer = 674,
	.product = 0x100,
	.firmware_major = 4,
	.firmware_minor_bcd = 0x10,
	.ipmi_version_bcd = 0x02,
	.has_guid = true,
	.guid = { 1, 2, 3 },
};

static void test_identity(void)
{
	SCOPED(bench_done) struct bench b = bench_make();
	struct bmc_identity id = dell;

	feed_identity(&b, &id);
	id.has_guid = false;
	feed_identity(&b, &id);
	id.has_guid = true;
	feed_identity(&b, &id);
	check(quiet(&b), "a GUID that could not be read is not another one");
	id.firmware_minor_bcd = 0x12;
	feed_identity(&b, &id);
	feed(&b, 25 * 60, OBS_OK, MINUTE);
	feed_identity(&b, &id);
	check(quiet(&b), "one lasting change is an update");
	id.guid[0] = 9;
	feed_identity(&b, &id);
	check(quiet(&b), "so is one after a day");
	feed(&b, 60, OBS_OK, MINUTE);
	id.guid[0] = 1;
	feed_identity(&b, &id);
	check(came(&b, FINDING_OPENED, FINDING_IDENTITY_DRIFT) &&
		      says(&b, "GUID changed from 09") && says(&b, " to 01") &&
		      says(&b, "within a day"),
	      "back within the day is drift, and says what went from where to where");
	feed_identity(&b, &id);
	tick(&b, 24 * 60 - 1);
	check(quiet(&b), "it stays for a day");
	tick(&b, 2);
	check(came(&b, FINDING_CLOSED, FINDING_IDENTITY_DRIFT), "no longer");
}

static void test_identity_impossible(void)
{
	SCOPED(bench_done) struct bench b = bench_make();
	struct bmc_identity id = dell;

	feed_identity(&b, &id);
	id.firmware_minor_bcd = 0x3f;
	feed_identity(&b, &id);
	check(came(&b, FINDING_OPENED, FINDING_IDENTITY_DRIFT) &&
		      b.events[0].severity == SEVERITY_WARNING &&
		      says(&b, "firmware changed from 4.10 to 4.[0x3f], which is impossible"),
	      "an impossible BCD digit is drift at once");
	id.firmware_minor_bcd = 0x10;
	id.manufacturer = 0;
	feed_identity(&b, &id);
	check(quiet(&b) && strstr(open_one(&b)->evidence.text,
				  "manufacturer changed from 674 to 0, which is impossible"),
	      "manufacturer 0 as well");
}

static void test_identity_habit(void)
{
	SCOPED(bench_done) struct bench b = bench_make();
	struct bmc_identity id = dell;

	id.firmware_minor_bcd = 0x1a;
	feed_identity(&b, &id);
	check(came(&b, FINDING_OPENED, FINDING_IDENTITY_DRIFT) &&
		      b.events[0].severity == SEVERITY_NOTICE && says(&b, "all along"),
	      "a maker who never learnt BCD gets a notice only");
	tick(&b, 600);
	feed_identity(&b, &id);
	check(quiet(&b), "once");
}

static void test_identity_update(void)
{
	SCOPED(bench_done) struct bench b = bench_make();
	struct bmc_identity id = dell;

	feed_identity(&b, &id);
	id.firmware_major = 1; /* the boot loader, seen before the bit */
	feed_identity(&b, &id);
	feed_metric(&b, METRIC_DEVICE_AVAILABLE, 0, 0);
	feed_identity(&b, &id);
	feed(&b, 5, OBS_TIMEOUT, MINUTE);
	feed_metric(&b, METRIC_DEVICE_AVAILABLE, 1, 0);
	id.firmware_major = 5;
	feed_identity(&b, &id);
	check(came(&b, FINDING_OPENED, FINDING_MAINTENANCE) && quiet(&b),
	      "a firmware update changes the identity twice and is no drift");
	feed(&b, 30, OBS_OK, MINUTE);
	check(came(&b, FINDING_CLOSED, FINDING_MAINTENANCE), "the update is over");
	id.product++;
	feed_identity(&b, &id);
	check(quiet(&b), "and does not count towards one");
}

int main(void)
{
	test_identity();
	test_identity_impossible();
	test_identity_habit();
	test_identity_update();
	return tap_done();
}
