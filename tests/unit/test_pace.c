/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Politeness by numbers: the duty cycle, slow mode, others' load, others' slot.
 */
#include "ipmi/pace.c" /* the unit under test */
#include "tests/unit/tap.h"

#define SECOND USEC_PER_SEC

static struct pace make(double duty)
{
	struct pace p;

	pace_init(&p, duty, USEC_PER_MINUTE);
	return p;
}

static void learn(struct pace *p, enum obs_status status, int64_t took_us, mono_us at,
		  int64_t waiting)
{
	const struct observation obs = { .metric = METRIC_COMMAND,
					 .status = status,
					 .took_us = took_us,
					 .mono = at,
					 .value = waiting };

	pace_learn(p, &obs);
}

/* As many commands as may be sent in `span`, each answered after took_us; how long they took. */
static int64_t busy_us(double duty, int64_t took_us, int64_t span)
{
	struct pace p = make(duty);
	mono_us now = { 0 };
	int64_t busy = 0;

	while (now.v < span) {
		now = pace_ready(&p, now, now, false);
		now.v += took_us;
		busy += took_us;
		learn(&p, OBS_OK, took_us, now, 0);
		now.v += 1000;
	}
	return busy;
}

static void test_duty(void)
{
	static const int64_t takes_us[] = { 500, 12000, 200000, 900000, 3 * SECOND, 5 * SECOND };
	struct pace p = make(0.01);

	for (size_t i = 0; i < COUNT_OF(takes_us); i++) {
		const int64_t busy = busy_us(0.01, takes_us[i], USEC_PER_DAY);

		check(busy <= USEC_PER_DAY / 100 + BURST_US / 100 + 2 * takes_us[i],
		      "answers of %d us: %.3f %% of a day", (int)takes_us[i],
		      100.0 * (double)busy / USEC_PER_DAY);
	}
	check(busy_us(1, 12000, USEC_PER_HOUR) > USEC_PER_HOUR * 9 / 10, "100 %% is no cap");
	learn(&p, OBS_LATE, 100 * SECOND, (mono_us){ 0 }, 0);
	check(pace_ready(&p, (mono_us){ 0 }, (mono_us){ 0 }, false).v == 0,
	      "five seconds of one answer count: longer is no work");
	for (int i = 0; i < 3; i++)
		learn(&p, OBS_SLOW, 4 * SECOND, (mono_us){ 0 }, 0);
	check(pace_ready(&p, (mono_us){ 0 }, (mono_us){ 0 }, false).v == 500 * SECOND,
	      "the longest pause is that of an answer of five seconds");
	check(pace_mode(&p, (mono_us){ 0 }) == PACE_CAPPED &&
		      pace_mode(&p, (mono_us){ 500 * SECOND }) == PACE_NORMAL,
	      "capped until then");
	p = make(0.01);
	learn(&p, OBS_OK, 4 * SECOND, (mono_us){ 0 }, 0);
	check(pace_ready(&p, (mono_us){ 0 }, (mono_us){ 0 }, false).v == 0 &&
		      pace_ready(&p, (mono_us){ 0 }, (mono_us){ 0 }, true).v > 0,
	      "bulk leaves half of what may be spent at once to the others");
	p = make(-1);
	learn(&p, OBS_OK, INT64_MAX / 4, (mono_us){ 0 }, 0);
	check(pace_ready(&p, (mono_us){ 0 }, (mono_us){ 0 }, false).v <= 50000 * SECOND,
	      "nonsense is bounded");
}

static int64_t pause_us(const struct pace *p, mono_us at)
{
	return pace_ready(p, at, at, false).v - at.v;
}

/* What is not answered holds the driver, for others as well. */
static void test_held(void)
{
	static const int64_t minutes[] = { 1, 2, 4, 5, 5 };
	struct pace p = make(0.01);
	mono_us now = { USEC_PER_DAY };
	int64_t held = 0;

	for (size_t i = 0; i < COUNT_OF(minutes); i++) {
		pace_held(&p, 55 * SECOND, now);
		check(pause_us(&p, now) == minutes[i] * USEC_PER_MINUTE,
		      "a command that the driver held for 55 s: %d min of pause after it",
		      (int)minutes[i]);
		now = pace_ready(&p, now, now, false);
	}
	learn(&p, OBS_OK, 1000, now, 0);
	now.v += USEC_PER_HOUR;
	pace_held(&p, 55 * SECOND, now);
	check(pause_us(&p, now) == USEC_PER_MINUTE, "an answer between them, and it is one again");
	p = make(0.01);
	pace_held(&p, 5 * SECOND, now);
	check(pause_us(&p, now) == 0, "a short one may be spent at once");
	for (now = (mono_us){ 0 }; now.v < USEC_PER_DAY; held += 55) {
		now = pace_ready(&p, now, now, false);
		now.v += 55 * SECOND;
		pace_held(&p, 55 * SECOND, now);
	}
	check(held < 86400 / 6, "a mute controller's driver is held for %d s of a day", (int)held);
	p = make(1);
	pace_held(&p, 55 * SECOND, now);
	check(pause_us(&p, now) == 0, "100 %% is no cap");
}

static void test_slowest(void)
{
	struct pace p;

	pace_init(&p, 0.01, 8 * SECOND);
	for (int i = 0; i < 8; i++)
		learn(&p, OBS_TIMEOUT, 5 * SECOND, (mono_us){ i * SECOND }, 0);
	check(pace_gap_us(&p, SECOND, 2 * SECOND) == USEC_PER_MINUTE,
	      "slow is a minute, however short the longest pause of the back-off is");
	pace_configure(&p, 0.01, 3 * USEC_PER_MINUTE);
	check(pace_gap_us(&p, SECOND, 2 * SECOND) == 3 * USEC_PER_MINUTE, "or longer");
	pace_configure(&p, 1, 8 * SECOND);
	check(pace_gap_us(&p, SECOND, 2 * SECOND) == 8 * SECOND,
	      "only where there is no cap it is as was asked for");
}

static void feed(struct pace *p, enum obs_status status, int count, int64_t waiting)
{
	for (int i = 0; i < count; i++)
		learn(p, status, 12000, (mono_us){ i * SECOND }, waiting);
}

static void test_slow(void)
{
	struct pace p = make(1);

	feed(&p, OBS_TIMEOUT, 3, 0);
	feed(&p, OBS_OK, 5, 0);
	feed(&p, OBS_SKIPPED, 9, 0);
	check(pace_mode(&p, (mono_us){ 0 }) == PACE_NORMAL, "three of eight are not half");
	feed(&p, OBS_TIMEOUT, 4, 0);
	check(pace_mode(&p, (mono_us){ 0 }) == PACE_SLOW && p.why == PACE_WHY_SICK, "four are");
	check(pace_gap_us(&p, SECOND, 2 * SECOND) == USEC_PER_MINUTE, "one a minute");
	feed(&p, OBS_OK, 7, 0);
	feed(&p, OBS_BUSY, 1, 0);
	feed(&p, OBS_OK, 7, 0);
	check(pace_mode(&p, (mono_us){ 0 }) == PACE_SLOW, "seven good answers are not enough");
	feed(&p, OBS_OK, 1, 0);
	check(pace_mode(&p, (mono_us){ 0 }) == PACE_NORMAL &&
		      pace_gap_us(&p, SECOND, 2 * SECOND) == 2 * SECOND,
	      "eight are");
	feed(&p, OBS_BUSY, 4, 0);
	check(p.is_slow && p.why == PACE_WHY_BUSY, "busy is busy");
	p = make(1);
	for (int i = 0; i < 8; i++)
		pace_learn(&p,
			   &(struct observation){ .status = OBS_BUSY, .cc = i % 2 ? 0xd1 : 0xd2 });
	for (int i = 0; i < 8; i++)
		pace_learn(&p, &(struct observation){ .status = OBS_BUSY, .error = -EBUSY });
	check(!p.is_slow, "an update or a restart is no load");
	p = make(1);
	feed(&p, OBS_OK, 6, 1);
	check(p.is_slow && p.why == PACE_WHY_CROWDED, "others were there nearly every time");
}

/* So many looks, half a minute apart. */
static void load(struct pace *p, int64_t *at, int64_t per_hour, int looks)
{
	for (int i = 0; i < looks; i++)
		pace_load(p, per_hour, (mono_us){ *at += 30 * SECOND });
}

static void test_yielding(void)
{
	struct pace p = make(1);
	int64_t at = 0;

	load(&p, &at, 0, 30);
	pace_load(&p, 150 * 60, (mono_us){ at += 2 * SECOND });
	check(p.yield == 0, "five within two seconds are somebody at a keyboard");
	load(&p, &at, 60, 100);
	check(pace_gap_us(&p, SECOND, SECOND) == SECOND, "one a minute is nothing");
	load(&p, &at, 400 * 60, 100);
	check(pace_gap_us(&p, SECOND, SECOND) == 8 * SECOND &&
		      pace_mode(&p, (mono_us){ 0 }) == PACE_YIELDING,
	      "400 a minute: eight times as far apart");
	check(pace_gap_us(&p, 20 * SECOND, SECOND) == USEC_PER_MINUTE, "never more than slow mode");
	load(&p, &at, 150 * 60, 100);
	check(p.yield == 3, "a little less changes nothing");
	load(&p, &at, 0, 200);
	check(p.yield == 0 && pace_mode(&p, (mono_us){ 0 }) == PACE_NORMAL, "none does");
}

static void test_slot(void)
{
	struct pace p = make(1);
	mono_us at = { 0 };
	unsigned inside = 0;

	for (int i = 0; i < 2000; i++) {
		const mono_us before = at;

		at.v += (7 + i * 7 % 5) * SECOND;
		/* they came between the two looks */
		pace_look(&p, at, at.v / (300 * SECOND) != before.v / (300 * SECOND));
	}
	check(p.has_slot && p.slot.period_s == 300, "others every five minutes are seen");
	for (int i = 0; i < 1000; i++) {
		const mono_us ready = pace_ready(&p, (mono_us){ at.v + i * SECOND }, at, false);

		inside += comb_slot_left_us(&p.slot, ready) > 0 && ready.v > at.v + DODGE_MOST_US;
	}
	check(pace_ready(&p, (mono_us){ p.slot.from_us + 1 }, (mono_us){ p.slot.from_us }, false)
			      .v == p.slot.from_us + min_i64(p.slot.width_us, DODGE_MOST_US),
	      "what would be sent then waits for its end");
	check(pace_ready(&p, (mono_us){ p.slot.from_us + 1 },
			 (mono_us){ p.slot.from_us - DODGE_MOST_US }, false)
			      .v == p.slot.from_us + 1,
	      "but not for ever");
	check(inside > 0, "and what has waited goes");
}

static void test_news(void)
{
	struct pace p = make(1);
	enum pace_mode mode = PACE_NORMAL;
	unsigned told = 0;

	for (int64_t s = 1; s < 3600; s++) {
		p.is_slow = s / 20 % 2;
		told += pace_news(&p, (mono_us){ s * SECOND }, &mode);
	}
	check(told >= 2 && told <= 12, "an hour of back and forth: %u lines", told);
	check(strcmp(pace_mode_name(PACE_MODE_MAX), "unknown") == 0 &&
		      pace_why_text(PACE_WHY_MAX)[0] == '\0' && *pace_why_text(PACE_WHY_SICK),
	      "every mode has a name");
}

int main(void)
{
	test_duty();
	test_held();
	test_slowest();
	test_slow();
	test_yielding();
	test_slot();
	test_news();
	return tap_done();
}
