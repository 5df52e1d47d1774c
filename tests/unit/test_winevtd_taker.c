/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of an event: known again by whichever way it comes, filtered, capped.
 */
#include <stdio.h>

#include "model/winevt-wire.h"
#include "tests/unit/tap.h"
#include "winevtd/taker.c" /* the unit under test */

static char folder[] = "/tmp/test-taker-XXXXXX";
static struct taker_caps caps;
static struct winevt_pair pairs[TAKER_PAIRS];
static struct winevents more = { .count = 1 };

/* Until the next one. */
static const struct winevt_record *event(const char *host, const char *channel, uint64_t id)
{
	static struct winevt_record r;

	r = (struct winevt_record){ .provider = "IPMIDRV",
				    .event_id = 1004,
				    .qualifiers = -1,
				    .level = 3,
				    .record_id = id,
				    .has_record_id = id > 0,
				    .time = { .seconds = 1700000000, .nanos = 500, .digits = 7 } };

	(void)snprintf(r.host, sizeof(r.host), "%s", host);
	(void)snprintf(r.channel, sizeof(r.channel), "%s", channel);
	return &r;
}

static uint64_t taken(struct taker *t, const struct winevt_record *r)
{
	const uint64_t before = t->counts.taken;

	(void)taker_take(t, r);
	return t->counts.taken - before;
}

static void test_known(struct state *state)
{
	struct taker t = { .state = state };
	struct winevt_record later = *event("srv1", "System", 7);

	check(taken(&t, event("srv1", "System", 7)) == 1, "an event is taken");
	check(taken(&t, event("SRV1", "system", 7)) == 0, "in other letters it is the same");
	check(taken(&t, event("srv1", "", 7)) == 0 &&
		      taken(&t, event("srv1", "ForwardedEvents", 7)) == 0,
	      "so is one whose channel a shipper left out or changed");
	check(taken(&t, event("srv2", "System", 7)) == 1 &&
		      taken(&t, event("srv1", "System", 8)) == 1,
	      "another host or record is another event");
	later.time.seconds++;
	check(taken(&t, &later) == 1,
	      "so is the number again, another second: the log was cleared");
	later.time.seconds--;
	later.time.nanos = 0;
	check(taken(&t, &later) == 0,
	      "a fraction of the second is not looked at: some leave it out");
	check(taken(&t, event("srv1", "System", 0)) == 1 &&
		      taken(&t, event("srv1", "System", 0)) == 0,
	      "without a record id all that is known counts");
	check(t.counts.repeated == 5, "the others are counted");
	check(taken(&t, event("", "System", 9)) == 0 && t.counts.unfit[TAKER_NO_NAME] == 1,
	      "nobody's is unfit");
	t.host = "renamed";
	check(taken(&t, event("srv1", "System", 7)) == 1, "as another host's it is another");
}

static void test_unfit(struct state *state)
{
	struct taker t = { .state = state };
	struct winevt_record r = *event("fit", "System", 1);
	const uint64_t *unfit = t.counts.unfit;

	check(taken(&t, event("bad host!", "System", 1)) == 0 &&
		      taken(&t, event(".x", "System", 1)) == 0 && unfit[TAKER_MISNAMED] == 2,
	      "names that the daemon would not take are left out");
	r.time.seconds = clock_wall().v / USEC_PER_SEC + 3600;
	check(taken(&t, &r) == 0 && unfit[TAKER_FUTURE] == 1 && taken(&t, &r) == 0 &&
		      unfit[TAKER_FUTURE] == 2 && t.counts.repeated == 0,
	      "and events of the future, which are not remembered");
	r.time.seconds -= 3600;
	check(taken(&t, &r) == 1, "not such as are of this moment");
	r.time.seconds = INT64_C(253402300800); /* the year 10000 */
	check(taken(&t, &r) == 0 && unfit[TAKER_FUTURE] == 3, "nor is what no clock shows");
	r.time.seconds = -1;
	check(taken(&t, &r) == 0 && unfit[TAKER_IMPOSSIBLE] == 1, "none is from before 1970");
	r = *event("fit", "System", 1);
	memset(r.provider, 'x', sizeof(r.provider) - 1);
	check(taken(&t, &r) == 0 && unfit[TAKER_IMPOSSIBLE] == 2,
	      "what cannot be sent does not wait");
	check(strstr(taker_unfit_text(TAKER_FUTURE), "future"), "each has a reason");
	t.host = "x";
	check(taken(&t, event("bad host!", "System", 2)) == 1,
	      "a bad name does not matter where another is given");
}

static void test_limits(struct state *state)
{
	const struct input_settings settings = { .name = "in",
						 .hosts = "*.EXAMPLE.net",
						 .per_minute = 3 };
	struct taker t = { .state = state, .caps = &caps, .settings = &settings };
	struct taker import = { .state = state };
	struct winevt_record later;
	uint64_t n = 0;

	check(taken(&t, event("a.example.com", "System", 1)) == 0 && t.counts.others == 1,
	      "a host that is not wanted from here is not taken");
	for (uint64_t id = 1; id <= 10; id++)
		n += taken(&t, event("a.example.net", "System", id));
	check(n == 3 && t.counts.capped == 7, "of one host so many in a minute");
	check(taken(&t, event("a.example.net", "System", 1)) == 0 && t.counts.capped == 7,
	      "a known one does not count as dropped");
	for (uint64_t id = 1; id <= 10; id++)
		n += taken(&import, event("a.example.net", "System", id));
	check(n == 10 && import.counts.repeated == 3, "an import brings what was dropped");
	check(taken(&t, event("b.example.net", "System", 1)) == 1, "another is not held back");
	later = *event("a.example.net", "System", 11);
	later.time.seconds += 60;
	check(taken(&t, &later) == 1, "nor is the next minute, of the events' own time");
}

int main(void)
{
	struct winevt_wanted wanted;
	struct state *state = NULL;
	enum state_origin origin;

	if (!mkdtemp(folder) || state_open(folder, 1000, &state, &origin) < 0)
		return 1;
	more.rows[0] = (struct winevent_row){ "ipmiprv", 5, 9, WINEVENT_TIMEOUT };
	wanted = taker_wanted(&more, pairs);
	check(winevt_is_wanted(&wanted, "ipmidrv", 1007) &&
		      !winevt_is_wanted(&wanted, "IPMIDRV", 1008),
	      "the driver's events are wanted");
	check(winevt_is_wanted(&wanted, "IPMIPRV", 9), "and those of the configuration");
	test_known(state);
	test_unfit(state);
	test_limits(state);
	state_close(state);
	return tap_done();
}
