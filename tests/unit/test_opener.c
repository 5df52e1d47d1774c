/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of openers: opening, closing, looks that find what was missed, limits, forgetting.
 */
#include <stdio.h>

#include "model/opener.c" /* the unit under test */
#include "tests/unit/tap.h"

#define S USEC_PER_SEC

static void free_table(struct opener_table **table)
{
	opener_table_free(*table);
}

static struct opener_event event_of(enum opener_event_kind kind, int64_t at_us, int32_t pid,
				    const char *comm)
{
	struct opener_event e = { .kind = kind,
				  .at = { at_us },
				  .who = { .pid = pid, .start_ticks = 7, .uid = 0 } };

	(void)snprintf(e.who.comm, sizeof(e.who.comm), "%s", comm);
	(void)snprintf(e.who.unit, sizeof(e.who.unit), "session-%d.scope", pid);
	(void)snprintf(e.who.exe, sizeof(e.who.exe), "/usr/bin/%s", comm);
	return e;
}

static void feed(struct opener_table *table, enum opener_event_kind kind, int64_t at_us,
		 int32_t pid, const char *comm)
{
	const struct opener_event e = event_of(kind, at_us, pid, comm);

	opener_table_feed(table, &e);
}

static void scanned(struct opener_table *table, int64_t began_us, int64_t at_us)
{
	const struct opener_event e = { .kind = OPENER_SCANNED,
					.at = { at_us },
					.began = { began_us } };

	opener_table_feed(table, &e);
}

static void test_one(void)
{
	SCOPED(free_table) struct opener_table *table = opener_table_new();
	const struct opener_entry *entry;
	struct opener_use use;

	feed(table, OPENER_OPENED, 100 * S, 10, "ipmitool");
	entry = opener_table_get(table, 0);
	check(opener_table_count(table) == 1 && entry->open_now == 1 && entry->opens == 1,
	      "an opening is kept");
	check(entry->agent == AGENT_IPMITOOL, "and told what it is");
	check(opener_use(entry, (mono_us){ 104 * S }, USEC_PER_HOUR).open_us == 4 * S,
	      "what is open now counts until now");
	feed(table, OPENER_CLOSED, 106 * S, 10, "ipmitool");
	check(entry->open_now == 0 && entry->total_us == 6 * S && entry->last.v == 106 * S,
	      "closed again after its time");
	feed(table, OPENER_CLOSED, 107 * S, 10, "ipmitool");
	feed(table, OPENER_CLOSED, 107 * S, 99, "stranger");
	check(opener_table_count(table) == 1 && entry->open_now == 0,
	      "closing what is not open changes nothing");
	feed(table, OPENER_OPENED, 160 * S, 11, "ipmitool");
	feed(table, OPENER_CLOSED, 150 * S, 11, "ipmitool");
	use = opener_use(entry, (mono_us){ 200 * S }, USEC_PER_HOUR);
	check(opener_table_count(table) == 1 && use.opens == 2,
	      "the next one of another session is the same program again");
	check(use.open_us == 6 * S, "a closing before its opening takes no time");
	check(opener_was_open(entry, (mono_us){ 101 * S }, (mono_us){ 102 * S }) &&
		      !opener_was_open(entry, (mono_us){ 107 * S }, (mono_us){ 159 * S }),
	      "when it was open can be asked");
	check(entry->spans[0].is_known, "both moments were seen");
}

static void test_names(void)
{
	SCOPED(free_table) struct opener_table *table = opener_table_new();
	struct opener_event e = event_of(OPENER_OPENED, S, 1, "a");

	opener_table_feed(table, &e);
	e.who.pid = 2;
	e.who.uid = 1000;
	opener_table_feed(table, &e);
	check(opener_table_count(table) == 2, "another user is another opener");
	e.target = 1;
	opener_table_feed(table, &e);
	check(opener_table_count(table) == 3, "and so is another device");
	(void)snprintf(e.who.container, sizeof(e.who.container), "abc");
	e.who.pid = 3;
	opener_table_feed(table, &e);
	check(opener_table_count(table) == 4, "and another container");
	check(is_same_unit("session-3.scope", "session-14.scope") &&
		      is_same_unit("a1b2", "a22b0") && !is_same_unit("a1", "a") &&
		      !is_same_unit("a1", "a1b") && !is_same_unit("a", "b") && is_same_unit("", ""),
	      "units differ by more than their numbers");
	check(is_same_unit("run-r0123456789abcdef0123456789abcdef.scope",
			   "run-ra1b2c3d4e5f60718293a4b5c6d7e8f90.scope") &&
		      is_same_unit("docker-0123456789ab.scope", "docker-abcdef012345.scope") &&
		      is_same_unit("x-8d1f2a3b-94cd-4e5f-a6b7-c8d9e0f1a2b3.scope",
				   "x-00112233-abcd-ef01-2345-6789abcdef01.scope") &&
		      is_same_unit("run-u12345678.service", "run-u9.service"),
	      "and by more than what was drawn by lot for them");
	check(!is_same_unit("feedface.service", "deadbeef.service") &&
		      !is_same_unit("cafe1.service", "beef1.service") &&
		      !is_same_unit("run-r01234567x", "run-r01234567y"),
	      "words stay words");
}

/* Each run of systemd-run(1), each pod that a cron job makes, has a unit or a container of its own.
 */
static void test_runs(void)
{
	SCOPED(free_table) struct opener_table *table = opener_table_new();
	struct opener_event e = event_of(OPENER_OPENED, S, 1, "ipmitool");

	for (int i = 0; i < 100; i++) {
		e.who.pid = 100 + i;
		e.at.v = (10 + i) * S;
		(void)snprintf(e.who.unit, sizeof(e.who.unit),
			       "run-r%08xabcdef%08x0123456789.service", 0x9e3779b9u * (unsigned)i,
			       0x85ebca6bu * (unsigned)i);
		e.kind = OPENER_OPENED;
		opener_table_feed(table, &e);
		e.kind = OPENER_CLOSED;
		opener_table_feed(table, &e);
	}
	check(opener_table_count(table) == 1 && opener_table_get(table, 0)->opens == 100,
	      "a hundred runs are one program");
	e.kind = OPENER_OPENED;
	for (int i = 0; i < 50; i++) {
		e.who.pid = 300 + i;
		(void)snprintf(e.who.container, sizeof(e.who.container), "%08x0f1e",
			       0x9e3779b9u * (unsigned)i);
		(void)snprintf(e.who.unit, sizeof(e.who.unit), "cri-containerd-%s.scope",
			       e.who.container);
		opener_table_feed(table, &e);
	}
	check(opener_table_count(table) == 2 &&
		      strcmp(opener_table_get(table, 1)->who.container, e.who.container) == 0,
	      "fifty pods are another, shown with the latest one's number");
	(void)snprintf(e.who.container, sizeof(e.who.container), "web");
	e.who.pid = 999;
	opener_table_feed(table, &e);
	check(opener_table_count(table) == 3, "a container with a name is itself");
}

static void test_titles(void)
{
	struct opener_entry entry = { .who = { .comm = "poll", .uid = 0 } };
	char text[64];

	opener_entry_name(&entry, text, sizeof(text));
	check(strcmp(text, "poll") == 0, "root's program goes by its name");
	entry.who.uid = OPENER_NO_UID;
	opener_entry_name(&entry, text, sizeof(text));
	check(strcmp(text, "poll") == 0, "and so does one whose user nobody knows");
	entry.who.uid = 1000;
	entry.agent = AGENT_IPMITOOL;
	opener_entry_name(&entry, text, sizeof(text));
	check(strcmp(text, "ipmitool of user 1000") == 0, "another's is said to be his");
	entry.who.kind = OPENER_KERNEL;
	opener_entry_name(&entry, text, 5);
	check(strcmp(text, "ipmi") == 0, "a module has no user, and what is too long is cut");
}

static void test_half_known(void)
{
	SCOPED(free_table) struct opener_table *table = opener_table_new();
	struct opener_event e = event_of(OPENER_OPENED, S, 1, "ipmitool");
	const struct opener_entry *entry;

	e.who.uid = OPENER_NO_UID;
	e.who.exe[0] = '\0';
	e.who.unit[0] = '\0';
	opener_table_feed(table, &e);
	(void)snprintf(e.who.exe, sizeof(e.who.exe), "/usr/bin/ipmitool");
	(void)snprintf(e.who.unit, sizeof(e.who.unit), "telegraf.service");
	e.who.uid = 0;
	e.who.pid = 2;
	opener_table_feed(table, &e);
	entry = opener_table_get(table, 0);
	check(opener_table_count(table) == 1 && entry->agent == AGENT_TELEGRAF &&
		      entry->who.uid == 0,
	      "one that was gone before it could be read whole is one of that name");
	e = event_of(OPENER_OPENED, 2 * S, 3, "ipmitool");
	e.who.unit[0] = e.who.exe[0] = '\0';
	opener_table_feed(table, &e);
	check(opener_table_count(table) == 1 && entry->who.pid == 3 &&
		      entry->agent == AGENT_TELEGRAF && entry->open_now == 3,
	      "and does not make less of what is known");
	e = event_of(OPENER_OPENED, 2 * S, 3, "ipmitool");
	e.who.exe[0] = '\0';
	(void)snprintf(e.who.unit, sizeof(e.who.unit), "cron.service");
	opener_table_feed(table, &e);
	check(opener_table_count(table) == 1, "it has that opening already");
	e.who.pid = 33;
	opener_table_feed(table, &e);
	check(opener_table_count(table) == 2, "another unit is another, even then");
	e = event_of(OPENER_OPENED, 2 * S, 4, "");
	e.who.exe[0] = '\0';
	e.who.start_ticks = 0;
	opener_table_feed(table, &e);
	e.who.pid = 5;
	opener_table_feed(table, &e);
	check(opener_table_count(table) == 3 && opener_table_get(table, 2)->open_now == 2,
	      "those without any name are counted together");
}

static void test_pid_again(void)
{
	SCOPED(free_table) struct opener_table *table = opener_table_new();
	struct opener_event e = event_of(OPENER_OPENED, S, 5, "a");

	opener_table_feed(table, &e);
	e.who.start_ticks = 8;
	e.kind = OPENER_CLOSED;
	e.at.v = 2 * S;
	opener_table_feed(table, &e);
	check(opener_table_get(table, 0)->open_now == 1,
	      "another process with the same pid does not close it");
	e.kind = OPENER_OPENED;
	opener_table_feed(table, &e);
	check(opener_table_get(table, 0)->open_now == 2, "it has an opening of its own");
}

static void test_scan(void)
{
	SCOPED(free_table) struct opener_table *table = opener_table_new();
	const struct opener_entry *entry;
	struct opener_event kernel = { .kind = OPENER_HOLDS,
				       .at = { 10 * S },
				       .who = { .kind = OPENER_KERNEL, .comm = "ipmi_watchdog" } };

	feed(table, OPENER_HOLDS, 10 * S, 1, "old");
	feed(table, OPENER_HOLDS, 10 * S, 2, "gone");
	opener_table_feed(table, &kernel);
	scanned(table, 9 * S, 11 * S);
	entry = opener_table_get(table, 0);
	check(entry->open_now == 1 && !entry->spans[0].is_known,
	      "what a look finds is open, since nobody knows when");
	check(opener_table_get(table, 2)->agent == AGENT_KERNEL_WATCHDOG, "a module is told");
	feed(table, OPENER_HOLDS, 70 * S, 1, "old");
	feed(table, OPENER_OPENED, 70 * S, 3, "new");
	kernel.at.v = 70 * S;
	opener_table_feed(table, &kernel);
	scanned(table, 69 * S, 71 * S);
	check(entry->open_now == 1 && entry->opens == 1, "found again is not opened again");
	check(opener_table_get(table, 1)->open_now == 0 &&
		      opener_table_get(table, 1)->last.v == 10 * S,
	      "what the next look did not find is closed, when it was last seen");
	check(opener_table_get(table, 2)->open_now == 1, "the module is still there");
	check(opener_table_get(table, 3)->open_now == 1, "what opened during the look stays");
}

static void test_days(void)
{
	SCOPED(free_table) struct opener_table *table = opener_table_new();
	const struct opener_entry *entry;
	struct opener_use hour, day;
	const int64_t start = 10 * USEC_PER_DAY;
	mono_us now = { 0 };

	for (int minute = 0; minute < 3 * 24 * 60; minute++) {
		const int64_t at = start + minute * USEC_PER_MINUTE;

		feed(table, OPENER_OPENED, at, minute, "a");
		feed(table, OPENER_CLOSED, at + 2 * S, minute, "a");
		now.v = at + 3 * S;
	}
	entry = opener_table_get(table, 0);
	hour = opener_use(entry, now, USEC_PER_HOUR);
	day = opener_use(entry, now, USEC_PER_DAY);
	check(hour.opens == 60 && hour.open_us == 120 * S, "60 times an hour, %u were counted",
	      hour.opens);
	check(day.opens == 1440 && day.open_us == 2880 * S, "1440 times a day, %u were counted",
	      day.opens);
	check(entry->opens == 3 * 1440 && entry->total_us == 3 * 2880 * S, "and all ever");
	check(now.v - opener_remembers_since(entry).v > 255 * USEC_PER_MINUTE,
	      "single openings are remembered for hours");
	now.v += USEC_PER_DAY;
	check(opener_use(entry, now, USEC_PER_DAY).opens == 0, "a day later none was in the last");
}

static void test_long(void)
{
	SCOPED(free_table) struct opener_table *table = opener_table_new();
	const struct opener_entry *entry;

	feed(table, OPENER_OPENED, 0, 1, "a");
	entry = opener_table_get(table, 0);
	check(opener_use(entry, (mono_us){ 9 * USEC_PER_DAY }, USEC_PER_DAY).open_us ==
		      USEC_PER_DAY,
	      "open for nine days is open for the last day");
	feed(table, OPENER_CLOSED, 9 * USEC_PER_DAY, 1, "a");
	check(entry->total_us == 9 * USEC_PER_DAY, "all of its time counts");
	check(opener_use(entry, (mono_us){ 9 * USEC_PER_DAY }, USEC_PER_DAY).open_us <=
			      USEC_PER_DAY &&
		      opener_use(entry, (mono_us){ 9 * USEC_PER_DAY }, USEC_PER_DAY).open_us >=
			      USEC_PER_DAY - OPENER_SLICE_US,
	      "and a day of it was in the last day");
	feed(table, OPENER_OPENED, -5 * S, 1, "a");
	feed(table, OPENER_CLOSED, -4 * S, 1, "a");
	check(entry->open_now == 0, "a time before the start of time does no harm");
}

static void test_limits(void)
{
	SCOPED(free_table) struct opener_table *table = opener_table_new();
	char comm[16];

	for (int i = 0; i < OPENER_TABLE_MAX + 8; i++) {
		(void)snprintf(comm, sizeof(comm), "p%d", i);
		feed(table, OPENER_OPENED, i * S, i, comm);
		if (i != 0)
			feed(table, OPENER_CLOSED, i * S + 1, i, comm);
	}
	check(opener_table_count(table) == OPENER_TABLE_MAX, "the table has its limit");
	check(strcmp(opener_table_get(table, 0)->who.comm, "p0") == 0,
	      "what is open keeps its place");
	check(strcmp(opener_table_get(table, 1)->who.comm, "p32") == 0,
	      "what was quiet for longest makes room");
	check(opener_table_lost(table) == 8, "what made room is counted");
	for (int i = 0; i < 2 * OPENER_OPEN_MAX; i++)
		feed(table, OPENER_OPENED, 100 * S, 1000 + i, "p0");
	check(opener_table_get(table, 0)->open_now == OPENER_OPEN_MAX,
	      "so many are open at once, and no more");
	check(opener_table_lost(table) == 8 + OPENER_OPEN_MAX + 1, "and those are counted");
	for (int i = 0; i < OPENER_SPANS_MAX + 10; i++) {
		feed(table, OPENER_CLOSED, 100 * S + i, 1000, "p0");
		feed(table, OPENER_OPENED, 100 * S + i, 1000, "p0");
	}
	feed(table, OPENER_CLOSED, 200 * S, 1001, "p0");
	check(opener_table_get(table, 0)->open_now == OPENER_OPEN_MAX - 1,
	      "an opening older than what is remembered can end");
	check(!opener_table_get(table, OPENER_TABLE_MAX), "there is none beyond the last");
}

static void test_all_open(void)
{
	SCOPED(free_table) struct opener_table *table = opener_table_new();
	char comm[16];

	for (int i = 0; i <= OPENER_TABLE_MAX; i++) {
		(void)snprintf(comm, sizeof(comm), "p%d", i);
		feed(table, OPENER_OPENED, i * S, i, comm);
	}
	check(opener_table_count(table) == OPENER_TABLE_MAX && opener_table_lost(table) == 1,
	      "nobody who has it open makes room");
}

static void test_forget(void)
{
	SCOPED(free_table) struct opener_table *table = opener_table_new();
	struct opener_event e = event_of(OPENER_OPENED, S, 1, "a");

	opener_table_feed(table, &e);
	e.target = 1;
	e.who.pid = 2;
	opener_table_feed(table, &e);
	opener_table_forget(table, 0);
	check(opener_table_count(table) == 1 && opener_table_get(table, 0)->target == 1,
	      "a target is forgotten, the other is not");
	e.kind = OPENER_CLOSED;
	e.at.v = 3 * S;
	opener_table_feed(table, &e);
	check(opener_table_get(table, 0)->open_now == 0 &&
		      opener_table_get(table, 0)->total_us == 2 * S,
	      "and the other's opening ends where it moved to");
	opener_table_forget(table, 1);
	check(opener_table_count(table) == 0, "nothing is left");
}

int main(void)
{
	test_one();
	test_names();
	test_runs();
	test_titles();
	test_half_known();
	test_pid_again();
	test_scan();
	test_days();
	test_long();
	test_limits();
	test_all_open();
	test_forget();
	return tap_done();
}
