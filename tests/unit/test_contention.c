/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The culprit is found, and nobody is made one: an hour of a host for each case.
 */
#include "model/contention.c" /* the unit under test */
#include "tests/unit/tap.h"

#define SECOND USEC_PER_SEC

static uint64_t dice = 88172645463325252u;

static uint32_t roll(uint32_t sides)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (uint32_t)(dice >> 33) % sides;
}

struct host {
	struct contention c;
	struct opener_table *openers;
	uint64_t runs;
};

struct agent_like {
	const char *comm, *unit;
	int64_t every_s, holds_s, phase_s;
};

static void host_begin(struct host *h)
{
	memset(h, 0, sizeof(*h));
	h->openers = opener_table_new();
	if (!h->openers)
		exit(99);
}

static void tell(struct host *h, enum opener_event_kind kind, const struct agent_like *a, int64_t s)
{
	struct opener_event event = { .kind = kind, .at = { s * SECOND }, .who = { .pid = 7 } };

	(void)snprintf(event.who.comm, sizeof(event.who.comm), "%s", a->comm);
	(void)snprintf(event.who.unit, sizeof(event.who.unit), "%s", a->unit);
	event.who.start_ticks =
		(uint64_t)(a->phase_s * 1000000 + s / (a->every_s ? a->every_s : 1));
	opener_table_feed(h->openers, &event);
}

/* In the second `s`: is it there? */
static bool agent_second(struct host *h, const struct agent_like *a, int64_t s, int64_t *opened)
{
	const int64_t phase = (s + a->every_s - a->phase_s) % a->every_s;

	if (*opened == 0 && phase == 0) {
		*opened = s;
		h->runs++;
		tell(h, OPENER_OPENED, a, s);
	}
	return *opened != 0;
}

static void command(struct host *h, int64_t s, enum obs_status status)
{
	struct observation obs = { .metric = METRIC_COMMAND,
				   .status = status,
				   .took_us = status == OBS_OK ? 12000 : 2 * SECOND };

	obs.mono.v = s * SECOND + obs.took_us;
	contention_learn(&h->c, &obs, h->openers);
}

enum mode { GUILTY, INNOCENT, ILL };

/* Hours with one agent; its guilt makes commands slow while it is there, an ill controller makes
 * them slow when it likes, and the agent longer. */
static struct contention_verdict live(struct host *h, const struct agent_like *a, int64_t hours,
				      enum mode mode)
{
	struct contention_verdict v = { .how = CONTENTION_NONE }, last = v;
	int64_t opened = 0, next = 5, ill_until = 0;

	for (int64_t s = 10; s < hours * 3600; s++) {
		const bool is_ill = s < ill_until;
		bool is_there = agent_second(h, a, s, &opened);

		if (opened != 0 && s - opened >= a->holds_s * (is_ill ? 10 : 1)) {
			tell(h, OPENER_CLOSED, a, s);
			opened = 0;
		}
		if (mode == ILL && !is_ill && roll(400) == 0)
			ill_until = s + 5 + roll(60);
		is_there &= mode == GUILTY;
		if (s >= next) {
			command(h, s, is_there || is_ill || roll(150) == 0 ? OBS_SLOW : OBS_OK);
			next = s + 7 + roll(7);
		}
		if (contention_judge(&h->c, 0, (mono_us){ s * SECOND }, h->openers, &last) &&
		    last.how != CONTENTION_NONE)
			v = last;
	}
	return v;
}

static const struct agent_like agents[] = {
	{ "ipmitool", "prometheus-node-exporter-ipmitool-sensor.service", 60, 6, 3 },
	{ "ipmi-sensors", "prometheus-ipmi-exporter.service", 300, 20, 30 },
	{ "ipmitool", "cron.service", 600, 15, 100 },
	{ "ipmiseld", "ipmiseld.service", 47, 3, 1 },
};

static void test_guilty(void)
{
	static struct host h;

	for (size_t i = 0; i < COUNT_OF(agents); i++) {
		struct contention_verdict v;

		host_begin(&h);
		v = live(&h, &agents[i], 6, GUILTY);
		check(v.how == CONTENTION_VISITS && v.sure == 99,
		      "%s every %d s: %u of %u, by chance %.1f", agents[i].unit,
		      (int)agents[i].every_s, v.hits, v.troubles, v.expected);
		opener_table_free(h.openers);
	}
}

static void test_innocent(enum mode mode, const char *what)
{
	static struct host h;
	unsigned named = 0, clocks = 0;

	for (int i = 0; i < 40; i++) {
		struct contention_verdict v;

		host_begin(&h);
		v = live(&h, &agents[(size_t)i % COUNT_OF(agents)], 12, mode);
		named += v.how == CONTENTION_VISITS || v.how == CONTENTION_ARRIVAL;
		clocks += v.how == CONTENTION_CLOCK;
		opener_table_free(h.openers);
	}
	check(named == 0 && clocks == 0, "%s: nobody is named in 40 half days (%u, %u)", what,
	      named, clocks);
}

/* Watched quietly for `quiet_s`, then one comes and stays, and `after_s` later trouble begins: half
 * of what is sent. */
static struct contention_verdict arrive(struct host *h, int64_t quiet_s, int64_t after_s)
{
	const struct agent_like a = { "collectd", "collectd.service", 0, 0, 0 };
	struct contention_verdict v = { .how = CONTENTION_NONE };
	const int64_t came = 1000 + quiet_s;

	for (int64_t s = 1000; s < came + after_s + 600; s += 5) {
		if (s - came >= 0 && s - came < 5)
			tell(h, OPENER_OPENED, &a, came);
		command(h, s, s > came + after_s && roll(2) == 0 ? OBS_SLOW : OBS_OK);
		(void)contention_judge(&h->c, 0, (mono_us){ s * SECOND }, h->openers, &v);
	}
	return v;
}

/* The sooner the trouble after the arrival, the less it takes to have watched before. */
static void test_arrival(void)
{
	static const struct {
		int64_t quiet_s, after_s;
		bool is_named;
	} cases[] = {
		{ 25 * 60, 10, true },	      { 15 * 60, 10, false },
		{ 25 * 60, 8 * 60, false },   { 4 * 3600, 8 * 60, true },
		{ 4 * 3600, 11 * 60, false },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		static struct host h;
		struct contention_verdict v;

		host_begin(&h);
		v = arrive(&h, cases[i].quiet_s, cases[i].after_s);
		check(cases[i].is_named == (v.how == CONTENTION_ARRIVAL) && v.sure <= 90,
		      "watched for %d min, trouble %d s after it came: %s (%u %%)",
		      (int)cases[i].quiet_s / 60, (int)cases[i].after_s,
		      cases[i].is_named ? "named" : "not yet", v.sure);
		opener_table_free(h.openers);
	}
}

static void test_ignored(void)
{
	static struct host h;
	struct observation obs = { .metric = METRIC_COMMAND, .status = OBS_TIMEOUT };
	struct contention_verdict v;

	host_begin(&h);
	obs.mono.v = -5;
	contention_learn(&h.c, &obs, h.openers);
	obs.mono.v = 5;
	obs.status = OBS_SKIPPED;
	contention_learn(&h.c, &obs, h.openers);
	obs.status = OBS_LATE;
	contention_learn(&h.c, &obs, h.openers);
	obs.metric = METRIC_SENSOR;
	contention_learn(&h.c, &obs, h.openers);
	check(!h.c.is_known && !contention_judge(&h.c, 0, (mono_us){ 9 }, h.openers, &v),
	      "of before this boot, not sent, told before: nothing");
	opener_table_free(h.openers);
}

/* More commands than fit into a batch, more programs than are known. */
static void test_limits(void)
{
	static struct host h;
	struct contention_verdict v;
	char comm[16];

	host_begin(&h);
	for (int64_t s = 10; s < 3000; s++) {
		struct agent_like a = { comm, "", 60, 1, 0 };

		(void)snprintf(comm, sizeof(comm), "a%d", (int)(s % 50));
		tell(&h, OPENER_OPENED, &a, s);
		for (int i = 0; i < 5; i++)
			command(&h, s, OBS_SLOW);
		tell(&h, OPENER_CLOSED, &a, s);
	}
	check(contention_judge(&h.c, 0, (mono_us){ 3000 * SECOND }, h.openers, &v) &&
		      v.how == CONTENTION_NONE,
	      "all is trouble, everybody is there: nobody did it");
	check(h.c.case_count <= CONTENTION_CASES_MAX, "and there is room for all");
	opener_table_free(h.openers);
}

int main(void)
{
	test_guilty();
	test_innocent(INNOCENT, "one command in 150 is slow");
	test_innocent(ILL, "a controller with bad minutes, that hold the agents up as well");
	test_arrival();
	test_ignored();
	test_limits();
	return tap_done();
}
