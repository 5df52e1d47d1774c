/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A controller that falls ill by itself, and others on the host who look guilty: they came after
 * it, were there before anybody looked, come because of it, or have long stopped. Nobody is
 * accused; and whoever is guilty is, in the same world. All of the judge, for its parts only
 * together acquit.
 */
#include "model/contention-step.c" /* the unit under test */
#include "model/judge.h"
#include "tests/unit/tap.h"

#define SECOND USEC_PER_SEC
#define HOUR   3600 /* s */

struct world {
	struct judge *judge;
	int64_t now, next; /* s; the next command of ours */
	uint64_t dice;
	uint64_t runs;	/* of the other program */
	int64_t closes; /* when it does; 0: it is not there */
	unsigned accused;
	char culprit[CULPRIT_NAME_MAX], text[EVIDENCE_TEXT_MAX];
};

struct other {
	const char *comm, *unit, *exe;
};

static uint32_t roll(struct world *w, uint32_t sides)
{
	w->dice ^= w->dice << 13;
	w->dice ^= w->dice >> 7;
	w->dice ^= w->dice << 17;
	return (uint32_t)(w->dice >> 33) % sides;
}

static void on_finding(void *user, const struct finding *finding, enum finding_change change)
{
	struct world *w = user;

	if (finding->kind != FINDING_CONTENTION || change == FINDING_CLOSED)
		return;
	w->accused++;
	memcpy(w->culprit, finding->evidence.contention.culprit, sizeof(w->culprit));
	memcpy(w->text, finding->evidence.text, sizeof(w->text));
}

static wall_us wall_now(const struct world *w)
{
	return (wall_us){ (w->now + 1700000000) * SECOND };
}

static void begin(struct world *w)
{
	const struct judge_settings settings = judge_settings_default();

	*w = (struct world){ .judge = judge_new(&settings, 1),
			     .now = 100,
			     .next = 100,
			     .dice = 88172645463325252u };
	if (!w->judge)
		exit(99);
}

static void end(struct world *w)
{
	judge_free(w->judge);
}

static bool is_open(const struct world *w)
{
	const struct finding *open[FAMILY_MAX];
	const size_t n = judge_findings(w->judge, 0, open, FAMILY_MAX);

	for (size_t i = 0; i < n; i++) {
		if (open[i]->kind == FINDING_CONTENTION)
			return true;
	}
	return false;
}

/* A command of ours, if it is time for one. */
static bool command(struct world *w, enum obs_status status)
{
	struct observation obs = { .metric = METRIC_COMMAND,
				   .status = status,
				   .source = "controller",
				   .detail = "Get Device ID",
				   .netfn = 6,
				   .cmd = 1 };

	if (w->now < w->next)
		return false;
	obs.took_us = status == OBS_OK	   ? 12 * USEC_PER_MSEC
		      : status == OBS_SLOW ? 2 * SECOND
					   : 5 * SECOND;
	obs.mono.v = w->now * SECOND + obs.took_us;
	obs.wall = wall_now(w);
	(void)judge_feed(w->judge, &obs, on_finding, w);
	w->next = w->now + 8 + roll(w, 5);
	return true;
}

static void tell(struct world *w, enum opener_event_kind kind, const struct other *other)
{
	struct opener_event event = { .kind = kind,
				      .at = { w->now * SECOND },
				      .who = { .pid = 700, .start_ticks = w->runs } };

	(void)snprintf(event.who.comm, sizeof(event.who.comm), "%s", other->comm);
	(void)snprintf(event.who.unit, sizeof(event.who.unit), "%s", other->unit);
	(void)snprintf(event.who.exe, sizeof(event.who.exe), "%s", other->exe);
	judge_opener(w->judge, &event);
}

static void visit(struct world *w, const struct other *other, int64_t seconds)
{
	w->runs++;
	tell(w, OPENER_OPENED, other);
	w->closes = w->now + seconds;
}

static void leave(struct world *w, const struct other *other)
{
	if (w->closes == 0 || w->now < w->closes)
		return;
	tell(w, OPENER_CLOSED, other);
	w->closes = 0;
}

/* A second passes. */
static void tick(struct world *w)
{
	if (w->now % 30 == 0)
		judge_tick(w->judge, (mono_us){ w->now * SECOND }, wall_now(w), on_finding, w);
	w->now++;
}

static void innocent(struct world *w, const char *what)
{
	check(w->accused == 0, "%s: nobody is accused%s%s", what, w->accused ? ": " : "", w->text);
	end(w);
}

static const struct other tool = { "ipmitool", "session-7.scope", "/usr/bin/ipmitool" };
static const struct other timer = { "ipmitool", "prometheus-node-exporter-ipmitool-sensor.service",
				    "/usr/bin/ipmitool" };
static const struct other collectd = { "collectd", "collectd.service", "/usr/sbin/collectd" };
static const struct other check_hw = { "check_hw", "nrpe.service", "/opt/check_hw" };
static const struct other nameless = { "", "", "" };

/* Ill from a day on; from `came_s` after it (before: negative) a tool is run each ten seconds. */
static void admin_comes(struct world *w, int64_t came_s)
{
	begin(w);
	for (; w->now < 27 * HOUR; tick(w)) {
		const bool is_ill = w->now > 24 * HOUR;

		(void)command(w, is_ill && roll(w, 10) < 3 ? OBS_SLOW : OBS_OK);
		leave(w, &tool);
		if (w->now > 24 * HOUR + came_s && w->now < 25 * HOUR && w->now % 10 == 0)
			visit(w, &tool, 1);
	}
}

static void test_comes_later(void)
{
	struct world w;

	admin_comes(&w, 240);
	innocent(&w, "who comes four minutes after the trouble to look at it");
	admin_comes(&w, -20);
	check(strstr(w.text, "since ipmitool (session-7.scope) came") != NULL,
	      "who comes twenty seconds before is: %s", w.text);
	end(&w);
}

static void test_was_there(void)
{
	struct world w;

	begin(&w);
	for (; w.now < 30 * HOUR; tick(&w)) {
		const bool is_ill = w.now > 24 * HOUR;

		(void)command(&w, is_ill && roll(&w, 10) < 3 ? OBS_SLOW : OBS_OK);
		if (w.now >= 24 * HOUR && w.now % 600 == 0)
			tell(&w, OPENER_HOLDS, &collectd);
	}
	innocent(&w, "whom the helper finds when it is first started");
}

/* Mute for a minute or so each forty minutes; who comes, and when, says `comes`. */
static void spells(struct world *w, const struct other *other,
		   bool comes(struct world *w, bool is_ill, bool has_asked))
{
	int64_t ill_until = 0;

	begin(w);
	for (; w->now < 72 * HOUR; tick(w)) {
		bool has_asked, is_ill;

		if (w->now > HOUR && roll(w, 2400) == 0)
			ill_until = w->now + 60 + roll(w, 40);
		is_ill = w->now < ill_until;
		has_asked = command(w, is_ill ? OBS_TIMEOUT : OBS_OK);
		leave(w, other);
		if (w->closes == 0 && comes(w, is_ill, has_asked))
			visit(w, other, is_ill ? 5 : 1);
	}
}

static int64_t again; /* s: when it comes next */

static bool comes_by_the_clock(struct world *w, bool is_ill, bool has_asked)
{
	(void)has_asked;
	if (w->now % 300 != 0 && w->now != again)
		return false;
	again = is_ill ? w->now + 8 : 0; /* it failed: once more */
	return true;
}

static bool comes_of_trouble(struct world *w, bool is_ill, bool has_asked)
{
	if (is_ill && has_asked && again <= w->now)
		again = w->now + 6;
	return w->now == again;
}

static void test_reacts(void)
{
	struct world w;

	again = 0;
	spells(&w, &check_hw, comes_by_the_clock);
	innocent(&w, "a check every five minutes that tries again when it fails");
	again = 0;
	spells(&w, &tool, comes_of_trouble);
	innocent(&w, "a script that is started by our own line about a time-out");
}

/* A timer that is guilty from 2 h to 6 h; afterwards one answer in `rare` is slow. */
static void stops(struct world *w, uint32_t rare, int64_t until)
{
	begin(w);
	for (; w->now < until; tick(w)) {
		const bool is_its_time = w->now > 2 * HOUR && w->now < 6 * HOUR;
		const bool is_slow =
			is_its_time ? w->now % 60 < 6 : w->now > 6 * HOUR && roll(w, rare) == 0;

		leave(w, &timer);
		if (is_its_time && w->now % 60 == 0)
			visit(w, &timer, 6);
		(void)command(w, is_slow ? OBS_SLOW : OBS_OK);
	}
}

static void test_has_stopped(void)
{
	struct world w;

	stops(&w, 150, 6 * HOUR);
	check(w.accused == 1 && is_open(&w), "a timer that slows it down is told, once: %s",
	      w.text);
	end(&w);
	stops(&w, 150, 13 * HOUR);
	check(!is_open(&w), "seven hours after it was stopped it is over, with some trouble left");
	end(&w);
	stops(&w, 500, 192 * HOUR);
	check(w.accused == 1 && !is_open(&w), "and it does not come back in a week (%u)",
	      w.accused);
	end(&w);
}

/* Each minute, as the driver counts them. */
static void count_others(struct world *w, int64_t per_hour)
{
	const struct observation obs = { .metric = METRIC_FOREIGN_PER_HOUR,
					 .source = "kdriver",
					 .value = per_hour,
					 .mono = { w->now * SECOND },
					 .wall = wall_now(w) };

	if (w->now % 60 == 0)
		(void)judge_feed(w->judge, &obs, on_finding, w);
}

/* Slow for fifteen seconds each five minutes; others' commands an hour: `foreign`. */
static void clockwork(struct world *w, int64_t foreign)
{
	begin(w);
	for (; w->now < 12 * HOUR; tick(w)) {
		(void)command(w, w->now % 300 < 15 ? OBS_SLOW : OBS_OK);
		count_others(w, foreign);
	}
}

static void test_own_work(void)
{
	struct world w;

	clockwork(&w, 0);
	innocent(&w, "slow by the clock, and nobody else sends anything");
	clockwork(&w, 120);
	check(w.accused > 0 && *w.culprit == '\0' && strstr(w.text, "every 5 min"),
	      "somebody sends: it is told without a name: %s", w.text);
	end(&w);
}

/* A third of the answers is slow from 2 h on, others' commands rise to `most` at `rise_s`. */
static void load_rises(struct world *w, int64_t most, int64_t rise_s)
{
	begin(w);
	for (; w->now < 3 * HOUR; tick(w)) {
		(void)command(w, w->now > 2 * HOUR && roll(w, 3) == 0 ? OBS_SLOW : OBS_OK);
		count_others(w, w->now > rise_s ? most : 20);
	}
}

static void test_load(void)
{
	struct world w;

	load_rises(&w, 24000, 2 * HOUR - 30);
	check(w.accused == 1 && *w.culprit == '\0' &&
		      strstr(w.text, "since others send 24000 commands an hour (20 before)"),
	      "others that nobody saw begin to ask much: %s", w.text);
	end(&w);
	load_rises(&w, 100, 2 * HOUR - 30);
	innocent(&w, "some commands more than before");
	load_rises(&w, 24000, 2 * HOUR + 600);
	innocent(&w, "they begin when it is slow already");
	load_rises(&w, 24000, HOUR);
	innocent(&w, "they had begun an hour before");
}

static void test_nameless(void)
{
	struct world w;

	begin(&w);
	for (; w.now < 6 * HOUR; tick(&w)) {
		leave(&w, &nameless);
		if (w.now > HOUR && w.now % 60 == 0)
			visit(&w, &nameless, 4);
		(void)command(&w, w.now > HOUR && w.now % 60 < 4 ? OBS_SLOW : OBS_OK);
	}
	check(strstr(w.text, "a visit of a program that ended before it was looked at") != NULL,
	      "who has no name has words: %s", w.text);
	end(&w);
}

int main(void)
{
	test_comes_later();
	test_was_there();
	test_reacts();
	test_has_stopped();
	test_own_work();
	test_load();
	test_nameless();
	return tap_done();
}
