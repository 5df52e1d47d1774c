/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of Windows hosts: names, who makes room, caps, backfill, what the store gives back.
 */
#include "model/hosts.c" /* the unit under test */
#include "tests/unit/hosts_bench.h"

static void test_names(void)
{
	struct bench b;
	uint32_t one, two;
	char longest[TARGET_NAME_MAX], longer[TARGET_NAME_MAX + 1];

	bench_begin(&b);
	one = bench_host(&b, "SRV-1.Corp.Example");
	two = bench_host(&b, "srv-2");
	check(one == FIRST && two == FIRST + 1, "hosts come behind the other targets");
	check(strcmp(target_get(b.targets, one)->name, "srv-1.corp.example") == 0 &&
		      target_get(b.targets, one)->is_host && target_get(b.targets, one)->is_remote,
	      "by their names in lower case, as remote ones");
	check(bench_host(&b, "srv-1.CORP.example") == one, "and are known again in any case");
	check(target_count(b.targets) == 0, "they are not among those with stations");
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	check(bench_host(&b, longest) != TARGET_NONE, "a name may be so long");
	check(bench_host(&b, longer) == TARGET_NONE && bench_host(&b, "") == TARGET_NONE &&
		      bench_host(&b, "a b") == TARGET_NONE &&
		      bench_host(&b, "../x") == TARGET_NONE &&
		      bench_host(&b, ".hidden") == TARGET_NONE &&
		      bench_host(&b, "a/b") == TARGET_NONE,
	      "others are refused");
	check(hosts_counters(b.hosts).hosts == 3, "and take no place");
	check(bench_event(&b, FIRST + 9, WINEVENT_TIMEOUT, 0, false) == -EINVAL &&
		      bench_event(&b, 0, WINEVENT_TIMEOUT, 0, false) == -EINVAL &&
		      bench_event(&b, TARGET_NONE, WINEVENT_TIMEOUT, 0, false) == -EINVAL &&
		      bench_event(&b, one, WINEVENT_MAX, 0, false) == -EINVAL,
	      "no events of hosts that are none");
	bench_end(&b);
}

static void test_room(void)
{
	struct bench b;
	uint32_t a, c;

	bench_begin(&b);
	b.settings.max = 3;
	hosts_configure(b.hosts, &b.settings, b.now, &b.listener);
	a = bench_host(&b, "a");
	(void)bench_host(&b, "b");
	c = bench_host(&b, "c");
	(void)bench_host(&b, "a"); /* heard of again: b is the oldest */
	(void)bench_host(&b, "d");
	check(b.gone_count == 1 && b.gone == FIRST + 1,
	      "whoever was not heard of for longest goes");
	check(hosts_counters(b.hosts).hosts == 3 && hosts_counters(b.hosts).evicted == 1 &&
		      strcmp(target_get(b.targets, FIRST + 1)->name, "d") == 0,
	      "its place is the new one's");
	check(hosts_next(b.hosts, TARGET_NONE) == FIRST + 1 &&
		      hosts_next(b.hosts, FIRST + 1) == a && hosts_next(b.hosts, a) == c &&
		      hosts_next(b.hosts, c) == TARGET_NONE,
	      "they are listed by when they were heard of");
	(void)bench_event(&b, c, WINEVENT_GAVE_UP, 0, false);
	(void)bench_host(&b, "e");
	check(b.gone == a && bench_has(&b, c, FINDING_INTERFACE_LOST),
	      "one with something open is spared");
	b.settings.max = 1;
	hosts_configure(b.hosts, &b.settings, b.now, &b.listener);
	check(hosts_counters(b.hosts).hosts == 1 && bench_has(&b, c, FINDING_INTERFACE_LOST),
	      "fewer may be left by a reload");
	(void)bench_host(&b, "f");
	check(b.told[b.count - 1].change == FINDING_DROPPED &&
		      !bench_has(&b, c, FINDING_INTERFACE_LOST),
	      "if there is no other, its finding is dropped, and that is told");
	bench_end(&b);
}

/* Hundreds of names nobody has heard of, beside a hundred hosts in trouble. */
static void test_made_up(void)
{
	struct bench b;
	char name[32];
	unsigned open;

	bench_begin(&b);
	b.settings.max = 300;
	hosts_configure(b.hosts, &b.settings, b.now, &b.listener);
	for (int i = 0; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "ill-%d.example", i);
		(void)bench_event(&b, bench_host(&b, name), WINEVENT_GAVE_UP, 0, false);
	}
	open = hosts_counters(b.hosts).open;
	for (int i = 0; i < 3000; i++) {
		(void)snprintf(name, sizeof(name), "made-up-%d.example", i);
		(void)bench_host(&b, name);
	}
	check(open == 100 && hosts_counters(b.hosts).open == open &&
		      hosts_counters(b.hosts).hosts == 300,
	      "made-up names push out nobody with something open: %u of %u are left",
	      hosts_counters(b.hosts).open, open);
	bench_end(&b);
}

static void test_limit(void)
{
	struct bench b;
	char name[TARGET_NAME_MAX];
	bool is_good = true;
	unsigned steps = 0;

	bench_begin(&b);
	for (int i = 0; i < 3 * HOSTS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "host-%d.example", i);
		is_good &= bench_host(&b, name) != TARGET_NONE;
	}
	check(is_good && hosts_counters(b.hosts).hosts == HOSTS_MAX &&
		      hosts_counters(b.hosts).evicted == 2 * HOSTS_MAX,
	      "there are never more than the limit");
	for (int i = 2 * HOSTS_MAX; i < 3 * HOSTS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "host-%d.example", i);
		is_good &= find(b.hosts, name) != HOST_NONE;
	}
	check(is_good && find(b.hosts, "host-0.example") == HOST_NONE,
	      "the newest are those that stay");
	for (uint32_t t = hosts_next(b.hosts, TARGET_NONE); t != TARGET_NONE;
	     t = hosts_next(b.hosts, t))
		steps++;
	check(steps == HOSTS_MAX, "each is listed once");
	printf("# a host takes %zu bytes, the index %zu in all\n",
	       sizeof(struct host) + sizeof(struct target), sizeof(struct hosts));
	bench_end(&b);
}

static void test_caps(void)
{
	struct bench b;
	uint32_t t;
	int taken = 0;

	bench_begin(&b);
	t = bench_host(&b, "flood");
	for (int i = 0; i < 1000; i++)
		taken += bench_event(&b, t, WINEVENT_TIMEOUT, 0, false) == 0;
	check(taken == 600 && hosts_counters(b.hosts).held_back == 400 &&
		      hosts_summary(b.hosts, t, b.now).held_back == 400,
	      "of one host a batch of ten minutes is taken, the rest is counted");
	check(b.told[b.count - 1].finding.kind == FINDING_TIMEOUTS_STORM && b.count <= 3,
	      "it is a storm all the same, told in %zu lines", b.count);
	b.now.v += USEC_PER_MINUTE;
	for (int i = 0; i < 100; i++)
		taken += bench_event(&b, t, WINEVENT_TIMEOUT, 0, false) == 0;
	check(taken == 660, "and after that so many each minute");
	b.now.v -= USEC_PER_HOUR;
	check(bench_event(&b, t, WINEVENT_TIMEOUT, 0, false) == 0,
	      "a clock that goes back holds nothing up");
	b.now.v += USEC_PER_HOUR + USEC_PER_MINUTE;
	check(bench_event(&b, bench_host(&b, "other"), WINEVENT_TIMEOUT, 0, false) == 0,
	      "and others are not held back for it");
	check(bench_event(&b, t, WINEVENT_TIMEOUT, -6 * USEC_PER_MINUTE, false) == -ERANGE &&
		      hosts_counters(b.hosts).ahead == 1,
	      "what is to come is refused and counted");
	check(bench_event(&b, t, WINEVENT_TIMEOUT, -4 * USEC_PER_MINUTE, false) == 0,
	      "a clock may be some minutes ahead");
	bench_end(&b);
}

static void test_backfill(void)
{
	struct bench b;
	uint32_t old, ill;

	bench_begin(&b);
	old = bench_host(&b, "old");
	ill = bench_host(&b, "ill");
	for (int64_t day = 90; day > 1; day--)
		for (int i = 0; i < 200; i++) {
			(void)bench_event(&b, old, WINEVENT_TIMEOUT,
					  day * USEC_PER_DAY + i * USEC_PER_SEC, true);
			(void)bench_event(&b, ill, WINEVENT_GAVE_UP, day * USEC_PER_DAY, true);
		}
	for (int i = 0; i < 5; i++)
		(void)bench_event(&b, ill, WINEVENT_TIMEOUT, (50 - i) * USEC_PER_MINUTE, true);
	hosts_tick(b.hosts, b.now, &b.listener);
	(void)bench_event(&b, ill, WINEVENT_TIMEOUT, 0, false);
	check(b.count == 0,
	      "months of history are learnt silently, and what comes live waits, too");
	hosts_release(b.hosts, b.now, &b.listener);
	check(b.count == 1 && b.told[0].finding.target == ill &&
		      b.told[0].finding.kind == FINDING_TIMEOUTS_FREQUENT,
	      "then there is one verdict, on how things stand now");
	check(hosts_summary(b.hosts, old, b.now).seen[WINEVENT_TIMEOUT] == 89 * 200,
	      "all of it was counted");
	hosts_release(b.hosts, b.now, &b.listener);
	check(b.count == 1, "once");
	bench_end(&b);
}

static void test_restore(void)
{
	struct bench b;
	struct finding f = { .kind = FINDING_TIMEOUTS_FREQUENT,
			     .previous = FINDING_TIMEOUTS_SPORADIC,
			     .severity = SEVERITY_WARNING };
	struct host_event last = { .meaning = WINEVENT_TIMEOUT };
	struct finding open[HOST_FAMILIES];
	wall_us hour;

	bench_begin(&b);
	b.now.v += 30 * USEC_PER_MINUTE;
	hour.v = b.now.v / USEC_PER_HOUR * USEC_PER_HOUR;
	last.target = f.target = bench_host(&b, "back");
	last.at.v = b.now.v - USEC_PER_MINUTE;
	f.since.v = f.changed.v = b.now.v - 3 * USEC_PER_HOUR;
	hosts_restore_events(b.hosts, &last, hour, 7);
	hosts_restore_finding(b.hosts, &f);
	hosts_release(b.hosts, b.now, &b.listener);
	check(b.count == 0 && bench_open(&b, last.target, open) == 1 &&
		      open[0].since.v == f.since.v && open[0].evidence.timeouts_hour == 7,
	      "after a restart a finding goes on, and nobody is told again");
	last.target = bench_host(&b, "untold");
	hosts_restore_events(b.hosts, &last, hour, 3);
	hosts_release(b.hosts, b.now, &b.listener);
	check(b.count == 1 && b.told[0].finding.target == last.target,
	      "what the last run did not live to tell is told");
	last.meaning = WINEVENT_MAX;
	hosts_restore_events(b.hosts, &last, hour, 3);
	last = (struct host_event){ .target = 0, .meaning = WINEVENT_TIMEOUT };
	hosts_restore_events(b.hosts, &last, hour, 3);
	f.target = FIRST + 77;
	hosts_restore_finding(b.hosts, &f);
	f.target = bench_host(&b, "odd");
	f.kind = FINDING_MUTE;
	hosts_restore_finding(b.hosts, &f);
	f.kind = FINDING_KIND_MAX;
	hosts_restore_finding(b.hosts, &f);
	check(bench_open(&b, f.target, open) == 0, "what makes no sense of a host is left out");
	bench_end(&b);
}

int main(void)
{
	test_names();
	test_room();
	test_made_up();
	test_limit();
	test_caps();
	test_backfill();
	test_restore();
	return tap_done();
}
