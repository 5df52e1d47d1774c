/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The line that is said of a finding: what it is, what that rests on, what to do next.
 */
#include "out/sentence.c" /* the unit under test */
#include "tests/unit/tap.h"

static const char *said(const struct finding *f, enum finding_change change,
			const struct target *target)
{
	static char text[SENTENCE_MAX];

	sentence_of(f, change, target, text, sizeof(text));
	return text;
}

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static void test_open(void)
{
	struct target target = { .name = "blade7" };
	struct finding f = { .kind = FINDING_TIMEOUTS_FREQUENT,
			     .previous = FINDING_TIMEOUTS_FREQUENT,
			     .severity = SEVERITY_WARNING,
			     .evidence = { .text = "7 of 60 timed out" } };

	check(begins(said(&f, FINDING_OPENED, &target),
		     "blade7: time-outs are frequent: 7 of 60 timed out. Next: "),
	      "who, what, why, and what next: %s", said(&f, FINDING_OPENED, &target));
	f.previous = FINDING_TIMEOUTS_SPORADIC;
	target.vendor = VENDOR_DELL;
	target.has_identity = true;
	target.identity = (struct bmc_identity){ .firmware_major = 4, .firmware_minor_bcd = 0x10 };
	check(begins(said(&f, FINDING_CHANGED, &target),
		     "blade7: time-outs are frequent (before: time-outs happen now and then): 7 of "
		     "60 timed out (Dell BMC, firmware 4.10). Next: "),
	      "what it was before, and whose it is: %s", said(&f, FINDING_CHANGED, &target));
	f.kind = f.previous = FINDING_MUTE;
	check(strstr(said(&f, FINDING_OPENED, &target), advice_no_reboot),
	      "it warns of a reboot where one is risky");
}

static void test_over(void)
{
	const struct target target = { .name = "local" };
	struct finding f = { .kind = FINDING_SLOW,
			     .previous = FINDING_SLOW,
			     .since = { USEC_PER_HOUR },
			     .changed = { 4 * USEC_PER_HOUR } };

	check(begins(said(&f, FINDING_CLOSED, &target),
		     "local: \"the controller answers slowly\" is over after 3 h 0 min. Next: "),
	      "an end says how long it lasted");
	check(strstr(said(&f, FINDING_DROPPED, &target), "is no longer watched"),
	      "a target that is watched no more is neither well nor ill");
	f.kind = FINDING_MUTE;
	check(strstr(said(&f, FINDING_CLOSED, &target), "is over after 3 h 0 min of such trouble."),
	      "what began as something else has not lasted as long as its trouble");
	f.kind = f.previous = FINDING_CURED;
	check(strstr(said(&f, FINDING_CLOSED, &target), ": the news \"a restart has cured"),
	      "the news is over, not the cure");
}

static void test_length(void)
{
	struct target target = { .name = "local" };
	struct finding f = { .severity = SEVERITY_CRITICAL };
	size_t longest = 0;

	memset(f.evidence.text, 'x', sizeof(f.evidence.text) - 1);
	for (int i = 0; i < FINDING_KIND_MAX * VENDOR_MAX; i++) {
		size_t len;

		f.kind = (enum finding_kind)(i / VENDOR_MAX);
		target.vendor = (enum vendor)(i % VENDOR_MAX);
		len = strlen(said(&f, FINDING_OPENED, &target));
		longest = len > longest ? len : longest;
	}
	check(longest < SENTENCE_MAX - TARGET_NAME_MAX, "none is cut: the longest has %zu bytes",
	      longest);
}

int main(void)
{
	test_open();
	test_over();
	test_length();
	return tap_done();
}
