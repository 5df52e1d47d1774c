/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of a Windows host's events: rates by their own time, findings, their ends.
 */
#include "model/hosts-judge.c" /* the unit under test */
#include "tests/unit/hosts_bench.h"

static void test_timeouts(void)
{
	struct bench b;
	struct finding open[HOST_FAMILIES];
	uint32_t t;

	bench_begin(&b);
	t = bench_host(&b, "srv");
	(void)bench_event(&b, t, WINEVENT_TIMEOUT, 0, false);
	check(b.count == 0, "one time-out in a day is no news");
	bench_pass(&b, 5 * USEC_PER_HOUR);
	(void)bench_event(&b, t, WINEVENT_NO_START, 0, false);
	check(b.count == 1 && b.told[0].change == FINDING_OPENED &&
		      b.told[0].finding.kind == FINDING_TIMEOUTS_SPORADIC &&
		      b.told[0].finding.severity == SEVERITY_NOTICE,
	      "two are sporadic, at a device's start or later");
	check(strcmp(b.told[0].finding.evidence.text,
		     "2 time-outs in the last day, the last at 2023-11-14T17:00:00Z") == 0,
	      "said so: %s", b.told[0].finding.evidence.text);
	(void)bench_event(&b, t, WINEVENT_TIMEOUT, 0, false);
	(void)bench_event(&b, t, WINEVENT_TIMEOUT, 0, false);
	check(b.count == 2 && b.told[1].change == FINDING_CHANGED &&
		      b.told[1].finding.kind == FINDING_TIMEOUTS_FREQUENT &&
		      b.told[1].finding.previous == FINDING_TIMEOUTS_SPORADIC,
	      "three in an hour are frequent");
	for (int i = 0; i < 10; i++) {
		bench_pass(&b, 20 * USEC_PER_SEC);
		(void)bench_event(&b, t, WINEVENT_TIMEOUT, 0, false);
	}
	check(b.count == 3 && b.told[2].finding.kind == FINDING_TIMEOUTS_STORM &&
		      b.told[2].finding.severity == SEVERITY_CRITICAL,
	      "several a minute are a storm");
	check(bench_open(&b, t, open) == 1 && open[0].evidence.timeouts_day == 14 &&
		      open[0].evidence.commands_day == 14 && open[0].since.v < b.now.v,
	      "it is one finding all the time");
	bench_pass(&b, 30 * USEC_PER_HOUR);
	check(b.told[b.count - 1].change == FINDING_CLOSED && bench_open(&b, t, open) == 0,
	      "it closes when there was none for a day");
	check(b.count == 6, "by way of the lower levels: %zu lines", b.count);
	bench_end(&b);
}

/* Each order of the same events comes to the same. */
static void test_order(void)
{
	static const int64_t ago_min[] = { 55, 5, 30, 20 * 60, 45, 23 * 60, 1 };
	struct bench b;
	struct finding open[HOST_FAMILIES];
	uint32_t late, early;
	size_t n = COUNT_OF(ago_min);

	bench_begin(&b);
	late = bench_host(&b, "late");
	early = bench_host(&b, "early");
	for (size_t i = 0; i < n; i++) {
		(void)bench_event(&b, late, WINEVENT_TIMEOUT, ago_min[i] * USEC_PER_MINUTE, false);
		(void)bench_event(&b, early, WINEVENT_TIMEOUT, ago_min[n - 1 - i] * USEC_PER_MINUTE,
				  false);
	}
	check(bench_open(&b, late, open) == 1 && open[0].evidence.timeouts_hour == 5 &&
		      open[0].evidence.timeouts_day == 7,
	      "late events count in the hour they are of");
	check(bench_open(&b, early, open) == 1 && open[0].evidence.timeouts_hour == 5 &&
		      open[0].evidence.timeouts_day == 7,
	      "whatever their order");
	for (int i = 0; i < 50; i++)
		(void)bench_event(&b, late, WINEVENT_TIMEOUT, (2 + i % 30) * USEC_PER_DAY, false);
	check(bench_open(&b, late, open) == 1 && open[0].evidence.timeouts_day == 7,
	      "what is older than a day raises nothing");
	bench_end(&b);
}

static void test_interface(void)
{
	struct bench b;
	uint32_t t;

	bench_begin(&b);
	t = bench_host(&b, "srv");
	(void)bench_event(&b, t, WINEVENT_GAVE_UP, USEC_PER_HOUR, false);
	check(bench_has(&b, t, FINDING_INTERFACE_LOST),
	      "a driver that gave up is a lost interface");
	(void)bench_event(&b, t, WINEVENT_TIMEOUT, 2 * USEC_PER_HOUR, false);
	(void)bench_event(&b, t, WINEVENT_NO_START, 0, false);
	bench_pass(&b, 3 * USEC_PER_DAY);
	check(bench_has(&b, t, FINDING_INTERFACE_LOST),
	      "silence does not heal it, nor what was before, nor another failed start");
	(void)bench_event(&b, t, WINEVENT_TIMEOUT, 0, false);
	check(!bench_has(&b, t, FINDING_INTERFACE_LOST), "a time-out shows that the driver works");
	(void)bench_event(&b, t, WINEVENT_NO_INTERFACE, 0, false);
	check(bench_has(&b, t, FINDING_NO_DEVICE), "no SMBIOS record, no device");
	bench_pass(&b, USEC_PER_MINUTE);
	(void)bench_event(&b, t, WINEVENT_GAVE_UP, 0, false);
	check(bench_has(&b, t, FINDING_INTERFACE_LOST) && !bench_has(&b, t, FINDING_NO_DEVICE),
	      "the last word counts");
	bench_pass(&b, 8 * USEC_PER_DAY);
	check(!bench_has(&b, t, FINDING_INTERFACE_LOST), "after a week of silence nobody knows");
	bench_end(&b);
}

static void test_others(void)
{
	struct bench b;
	struct finding open[HOST_FAMILIES];
	uint32_t t;

	bench_begin(&b);
	t = bench_host(&b, "srv");
	(void)bench_event(&b, t, WINEVENT_HARMLESS, 0, false);
	check(b.count == 0, "what is harmless is counted and no more");
	(void)bench_event(&b, t, WINEVENT_BAD_SETTING, 0, false);
	(void)bench_event(&b, t, WINEVENT_LOG_UNREAD, 0, false);
	check(bench_open(&b, t, open) == 2 && open[0].kind == FINDING_LOG_UNREAD &&
		      open[1].kind == FINDING_DRIVER_SETTINGS,
	      "a refused setting and an unread log are findings, the worse first");
	bench_pass(&b, 2 * USEC_PER_DAY);
	check(bench_open(&b, t, open) == 1 && open[0].kind == FINDING_DRIVER_SETTINGS,
	      "the log's ends after a day");
	bench_pass(&b, 6 * USEC_PER_DAY);
	check(bench_open(&b, t, open) == 0, "the setting's after a week");
	bench_end(&b);
}

static void test_ramp(void)
{
	const struct host_ramp ramp = { FINDING_LEAK, { .rise = 3.25, .window_h = 192 } };
	struct bench b;
	struct finding open[HOST_FAMILIES];
	uint32_t t;

	bench_begin(&b);
	t = bench_host(&b, "srv");
	check(!hosts_wants_trend(b.hosts, t), "without time-outs there is nothing to follow");
	for (int i = 0; i < 5; i++)
		(void)bench_event(&b, t, WINEVENT_TIMEOUT, (1 + i) * USEC_PER_HOUR, false);
	check(hosts_wants_trend(b.hosts, t), "with them there is");
	check(hosts_timeouts(b.hosts, t, b.now.v / USEC_PER_HOUR - 2) == 1 &&
		      hosts_timeouts(b.hosts, t, b.now.v / USEC_PER_HOUR - 9) == 0 &&
		      hosts_timeouts(b.hosts, t, -1) == 0,
	      "they are known by the hour");
	hosts_set_ramp(b.hosts, t, &ramp, b.now, &b.listener);
	check(bench_has(&b, t, FINDING_LEAK) && bench_open(&b, t, open) == 2,
	      "a ramp is a finding");
	check(strcmp(b.told[b.count - 1].finding.evidence.text,
		     "time-outs have become 3.2 times as many in 192 hours") == 0 ||
		      strcmp(b.told[b.count - 1].finding.evidence.text,
			     "time-outs have become 3.3 times as many in 192 hours") == 0,
	      "in words: %s", b.told[b.count - 1].finding.evidence.text);
	hosts_set_ramp(b.hosts, t, NULL, b.now, &b.listener);
	check(!bench_has(&b, t, FINDING_LEAK), "and goes with it");
	hosts_set_ramp(b.hosts, 0, &ramp, b.now, &b.listener);
	bench_end(&b);
}

static void test_severity(void)
{
	unsigned kinds[FINDING_KIND_MAX];
	struct bench b;
	uint32_t t;

	bench_begin(&b);
	b.settings.severity_max = SEVERITY_NOTICE;
	hosts_configure(b.hosts, &b.settings, b.now, &b.listener);
	t = bench_host(&b, "forged");
	(void)bench_event(&b, t, WINEVENT_GAVE_UP, 0, false);
	for (int i = 0; i < 30; i++)
		(void)bench_event(&b, t, WINEVENT_TIMEOUT, 0, false);
	for (size_t i = 0; i < b.count && i < TOLD_MAX; i++)
		check(b.told[i].finding.severity == SEVERITY_NOTICE, "%s is a notice",
		      finding_info(b.told[i].finding.kind)->name);
	check(hosts_summary(b.hosts, t, b.now).worst == SEVERITY_NOTICE,
	      "nothing is worse than one");
	check(hosts_summary(b.hosts, t, b.now).gravest > SEVERITY_NOTICE,
	      "but what is grave is known");
	hosts_count_kinds(b.hosts, kinds);
	check(kinds[FINDING_INTERFACE_LOST] == 1 && kinds[FINDING_LEAK] == 0,
	      "and how many hosts have what");
	b.settings.severity_max = SEVERITY_WARNING;
	hosts_configure(b.hosts, &b.settings, b.now, &b.listener);
	bench_pass(&b, USEC_PER_MINUTE);
	check(hosts_summary(b.hosts, t, b.now).worst == SEVERITY_WARNING,
	      "who trusts the source may raise that");
	bench_end(&b);
}

static void test_clock(void)
{
	struct bench b;
	struct finding open[HOST_FAMILIES];
	uint32_t t;

	bench_begin(&b);
	t = bench_host(&b, "srv");
	(void)bench_event(&b, t, WINEVENT_TIMEOUT, 0, false);
	b.now.v -= 300 * USEC_PER_DAY; /* the clock was wrong */
	for (int i = 0; i < 3; i++)
		(void)bench_event(&b, t, WINEVENT_TIMEOUT, 0, false);
	check(bench_open(&b, t, open) == 1 && open[0].kind == FINDING_TIMEOUTS_FREQUENT &&
		      open[0].evidence.timeouts_hour == 3,
	      "a clock that is set back does not make it deaf");
	b.now.v = 5 * USEC_PER_SEC;
	(void)bench_event(&b, t, WINEVENT_TIMEOUT, 0, false);
	(void)bench_event(&b, t, WINEVENT_TIMEOUT, 10 * USEC_PER_SEC, false);
	bench_pass(&b, USEC_PER_DAY);
	check(hosts_summary(b.hosts, t, b.now).last_event.v <= b.now.v,
	      "nor does the year 1970 harm");
	bench_end(&b);
}

/* Anybody may make up an event of any time. */
static void test_first_hour(void)
{
	const struct host before = { .newer = 77, .older = 78, .heard = { 79 } };
	struct host host = before;

	for (int64_t s = 0; s < 3 * 3600; s += 600)
		host_count(&host, (wall_us){ s * USEC_PER_SEC }, 1);
	check(host.newer == 77 && host.older == 78 && host.heard.v == 79,
	      "an event of 1970 changes nothing but counts");
	check(host_figures(&host, (wall_us){ USEC_PER_HOUR - 1 }).day == 9 &&
		      host_timeouts(&host, 0) == 6,
	      "and is counted in its hour");
}

int main(void)
{
	test_first_hour();
	test_timeouts();
	test_order();
	test_interface();
	test_others();
	test_ramp();
	test_severity();
	test_clock();
	return tap_done();
}
