/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store's Windows hosts: events by hour, findings, what is kept of them and what goes first.
 */
#include "out/store-hosts.c" /* the unit under test */
#include "tests/unit/store_fixture.h"

#define HOUR 3600

struct recalled {
	struct store_tally tallies[8];
	char names[8][TARGET_NAME_MAX];
	size_t count;
	struct finding findings[2];
	size_t findings_count;
};

static void on_tally(void *user, const char *name, const struct store_tally *tally)
{
	struct recalled *r = user;

	if (r->count < COUNT_OF(r->tallies)) {
		r->tallies[r->count] = *tally;
		(void)snprintf(r->names[r->count], TARGET_NAME_MAX, "%s", name);
	}
	r->count++;
}

static void on_finding(void *user, const char *name UNUSED, const struct finding *finding)
{
	struct recalled *r = user;

	if (r->findings_count < COUNT_OF(r->findings))
		r->findings[r->findings_count] = *finding;
	r->findings_count++;
}

static void on_closed(void *user, const char *name UNUSED, const struct finding *finding,
		      wall_us closed)
{
	struct recalled *r = user;

	if (closed.v > 0)
		on_finding(r, "", finding);
}

static struct recalled recall(struct store *store, int64_t since_s, int64_t now_s)
{
	struct recalled r = { .count = 0 };
	const struct store_hosts_reader reader = { on_tally, on_finding, &r };

	check(store_hosts_read(store, at_s(since_s), at_s(now_s), &reader) == 0, "it can be read");
	return r;
}

static void test_tallies(void)
{
	const char *dir = in_top("tallies");
	struct store *store = open_in(dir);
	struct recalled r;

	for (int i = 0; i < 100; i++)
		store_host_event(store, "srv", WINEVENT_TIMEOUT, at_s(HOUR + i));
	store_host_event(store, "srv", WINEVENT_GAVE_UP, at_s(HOUR + 7));
	store_host_event(store, "late", WINEVENT_TIMEOUT, at_s(50 * HOUR));
	store_host_event(store, "late", WINEVENT_TIMEOUT, at_s(2 * HOUR));
	check(ask(dir, "SELECT count(*) FROM host_tally") == 0, "events wait for company");
	store_flush(store, at_s(51 * HOUR));
	check(ask(dir, "SELECT count(*) FROM host_tally") == 4 &&
		      ask(dir, "SELECT max(count) FROM host_tally") == 100,
	      "each hour and meaning is a row");
	store_host_event(store, "srv", WINEVENT_TIMEOUT, at_s(HOUR + 3599));
	store_flush(store, at_s(52 * HOUR));
	r = recall(store, 0, 52 * HOUR);
	check(r.count == 4 && r.tallies[0].hour == (START + HOUR) / HOUR &&
		      r.tallies[3].last.v == at_s(50 * HOUR).v && strcmp(r.names[3], "late") == 0,
	      "they come back, the oldest first");
	check(ask(dir, "SELECT max(count) FROM host_tally") == 101, "and are counted on");
	check(recall(store, 3 * HOUR, 52 * HOUR).count == 1, "or those since then");
	check(recall(store, 0, 10 * HOUR).count == 3, "but none of the future");
	store_close(store);
}

static void test_many(void)
{
	const char *dir = in_top("many");
	struct store *store = open_in(dir);
	char name[TARGET_NAME_MAX];

	for (int i = 0; i < 5 * STORE_TALLIES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "host-%d", i);
		store_host_event(store, name, WINEVENT_TIMEOUT, at_s(i));
	}
	check(store->lost == 0 && store->tallies.count <= STORE_TALLIES_MAX,
	      "what has no room to wait is written");
	store_flush(store, at_s(6000));
	check(ask(dir, "SELECT sum(count) FROM host_tally") == 5 * STORE_TALLIES_MAX, "each once");
	host_rows = 1000;
	store->limits.host_rows = host_rows;
	store_flush(store, at_s(3 * HOUR));
	check(ask(dir, "SELECT count(*) FROM host_tally") <= 1000, "rows are bounded");
	store_flush(store, at_s(500 * 24 * HOUR));
	check(ask(dir, "SELECT count(*) FROM host_tally") == 0 &&
		      ask(dir, "SELECT count(*) FROM host") == 0,
	      "what is old goes, and names with it");
	host_rows = 100000;
	store_close(store);
}

static void put(struct store *store, enum finding_kind kind, enum finding_kind previous,
		enum finding_change change, int64_t at)
{
	const struct finding f = { .kind = kind,
				   .previous = previous,
				   .severity = SEVERITY_NOTICE,
				   .target = target_first_host(targets),
				   .since = at_s(10),
				   .changed = at_s(at) };

	store_on_finding(store, &f, change);
}

static void test_findings(void)
{
	const char *dir = in_top("findings");
	struct store *store = open_in(dir);
	struct recalled r, closed = { .count = 0 };

	target_put_host(targets, target_first_host(targets), "srv");
	put(store, FINDING_TIMEOUTS_SPORADIC, FINDING_TIMEOUTS_SPORADIC, FINDING_OPENED, 10);
	put(store, FINDING_INTERFACE_LOST, FINDING_INTERFACE_LOST, FINDING_OPENED, 10);
	put(store, FINDING_TIMEOUTS_FREQUENT, FINDING_TIMEOUTS_SPORADIC, FINDING_CHANGED, 20);
	check(ask(dir, "SELECT count(*) FROM host_finding") == 0, "they wait for company, too");
	store_flush(store, at_s(30));
	r = recall(store, 0, 60);
	check(r.findings_count == 2 && r.findings[0].kind == FINDING_TIMEOUTS_FREQUENT &&
		      r.findings[0].previous == FINDING_TIMEOUTS_SPORADIC &&
		      r.findings[1].kind == FINDING_INTERFACE_LOST,
	      "a change is no second finding");
	put(store, FINDING_TIMEOUTS_FREQUENT, FINDING_TIMEOUTS_SPORADIC, FINDING_CLOSED, 40);
	put(store, FINDING_TIMEOUTS_SPORADIC, FINDING_TIMEOUTS_SPORADIC, FINDING_OPENED, 50);
	target_put_host(targets, target_first_host(targets), "other");
	store_flush(store, at_s(60));
	r = recall(store, 0, 60);
	check(r.findings_count == 2 && r.findings[1].kind == FINDING_TIMEOUTS_SPORADIC,
	      "one that is over is another than the next, and keeps its host's name");
	check(ask(dir, "SELECT count(*) FROM host") == 1, "even if the place is another's by then");
	check(store_hosts_closed(store, 9, on_closed, &closed) == 0 && closed.findings_count == 1,
	      "closed ones are listed");
	check(ask(dir, "SELECT count(*) FROM finding") == 0, "apart from this machine's own");
	store_close(store);
}

/* Anybody can fill the hosts' tables: they go before the local history. */
static void test_shrink(void)
{
	const char *dir = in_top("shrink");
	struct store *store;
	char name[TARGET_NAME_MAX];
	int64_t local;

	max_mib = 2;
	store = open_in(dir);
	fill_days(store, 0, 2, 60);
	store_flush(store, at_s(2 * 86400));
	local = ask(dir, "SELECT count(*) FROM sample");
	for (int i = 0; i < 80000; i++) {
		(void)snprintf(name, sizeof(name), "a-rather-long-made-up-name-%d.example",
			       i % 9000);
		store_host_event(store, name, WINEVENT_TIMEOUT, at_s(2 * 86400 + i * 60));
		if (i % 5000 == 0)
			store_flush(store, at_s(2 * 86400));
	}
	store_flush(store, at_s(2 * 86400));
	check(local > 2000 && ask(dir, "SELECT count(*) FROM sample") == local,
	      "made-up hosts push out none of it");
	check(store->trouble == 0, "and are no trouble");
	store_close(store);
	max_mib = 16;
}

/* Decades of one host, all between two flushes. */
static void test_burst(void)
{
	const char *dir = in_top("burst");
	struct store *store;

	max_mib = 2;
	store = open_in(dir);
	store_flush(store, at_s(200000 * HOUR));
	for (int i = 0; i < 80000; i++)
		store_host_event(store, "old", WINEVENT_TIMEOUT, at_s(i * HOUR));
	check(store->trouble == 0 && store->lost == 0, "what nobody will look at is no trouble");
	check(ask(dir, "SELECT count(*) FROM host_tally") < 50000, "it is not kept either");
	for (int i = 0; i < 9000; i++)
		store_host_event(store, "new", WINEVENT_TIMEOUT, at_s((191000 + i) * HOUR));
	store_flush(store, at_s(200000 * HOUR));
	check(ask(dir, "SELECT count(*) FROM host_tally t, host h WHERE h.name = 'new'") > 8000,
	      "what is of use is");
	store_close(store);
	max_mib = 16;
}

int main(void)
{
	if (!setup())
		return 99;
	test_tallies();
	test_many();
	test_findings();
	test_shrink();
	test_burst();
	teardown();
	return tap_done();
}
