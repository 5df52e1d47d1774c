/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules stand in the header.
 */
#include "ipmi/pace.h"

#include <errno.h>
#include <math.h>

#include "base/util.h"

#define CC_FIRMWARE_UPDATE 0xd1 /* IPMI 2.0 table 5-2 */
#define CC_INITIALISING	   0xd2
#define BURST_US	   (10 * USEC_PER_MINUTE) /* of the duty cycle: pause that is owed */
#define WORK_MOST_US	   (5 * USEC_PER_SEC)	  /* of one answer; the rest it was stuck */
#define HELD_PAUSE_US	   USEC_PER_MINUTE	  /* of one that was not answered … */
#define PAUSE_MOST_US	   (5 * USEC_PER_MINUTE)  /* … and of many in a row */
#define SLOW_LEAST_US	   USEC_PER_MINUTE
#define DUTY_LEAST	   0.0001
#define SICK_OF_8	   4
#define BUSY_OF_8	   4
#define CROWDED_OF_8	   6
#define GOOD_ENOUGH	   8
#define LOAD_US		   (8 * USEC_PER_MINUTE) /* over which the load is smoothed */
#define YIELD_MOST	   3
#define DODGE_MOST_US	   (30 * USEC_PER_SEC)
#define LOOK_MOST_US	   (30 * USEC_PER_SEC) /* a longer pause tells no time */
#define SEARCH_US	   (5 * USEC_PER_MINUTE)
#define TELL_AFTER_US	   (5 * USEC_PER_MINUTE) /* what is not slow mode is told if it lasts */

static const double yield_per_minute[YIELD_MOST] = { 2, 20, 200 };

static const char *const mode_names[PACE_MODE_MAX] = {
	[PACE_NORMAL] = "normal",
	[PACE_YIELDING] = "yielding",
	[PACE_CAPPED] = "capped",
	[PACE_SLOW] = "slow",
};

static const char *const why_texts[PACE_WHY_MAX] = {
	[PACE_WHY_NONE] = "",
	[PACE_WHY_SICK] = "half of the commands are not answered in time",
	[PACE_WHY_BUSY] = "the controller says that it is busy",
	[PACE_WHY_CROWDED] = "other programs wait for the controller nearly all the time",
};

void pace_configure(struct pace *p, double duty, int64_t slow_us)
{
	p->duty = duty >= DUTY_LEAST ? duty : DUTY_LEAST;
	p->slow_us = p->duty < 1 ? max_i64(slow_us, SLOW_LEAST_US) : slow_us;
}

void pace_init(struct pace *p, double duty, int64_t slow_us)
{
	*p = (struct pace){ .paid_until = INT64_MIN };
	pace_configure(p, duty, slow_us);
}

/* --- duty --- */

/* `pause_us`: what is owed never makes a longer one. */
static void pay(struct pace *p, int64_t took_us, int64_t pause_us, mono_us now)
{
	const double cost = (double)took_us / p->duty;
	const int64_t most = now.v + BURST_US + pause_us;

	if (p->duty >= 1 || took_us <= 0)
		return;
	p->paid_until = max_i64(p->paid_until, now.v);
	p->paid_until = cost < (double)(most - p->paid_until) ? p->paid_until + (int64_t)cost
							      : max_i64(most, p->paid_until);
}

static void pay_answer(struct pace *p, int64_t took_us, mono_us now)
{
	p->held = 0;
	pay(p, min_i64(took_us, WORK_MOST_US), (int64_t)(WORK_MOST_US / p->duty), now);
}

void pace_held(struct pace *p, int64_t held_us, mono_us now)
{
	const int64_t pause_us = min_i64(HELD_PAUSE_US << min_i64(p->held, 8), PAUSE_MOST_US);

	p->held++;
	pay(p, held_us, pause_us, now);
}

static int64_t duty_ready_at(const struct pace *p, bool is_bulk)
{
	if (p->duty >= 1 || p->paid_until == INT64_MIN)
		return INT64_MIN;
	return p->paid_until - (is_bulk ? BURST_US / 2 : BURST_US);
}

/* --- slow --- */

static uint8_t shifted(uint8_t bits, bool is_set)
{
	return (uint8_t)(bits << 1 | is_set);
}

static void slow_enter(struct pace *p)
{
	if (__builtin_popcount(p->sick) >= SICK_OF_8)
		p->why = PACE_WHY_SICK;
	else if (__builtin_popcount(p->busy) >= BUSY_OF_8)
		p->why = PACE_WHY_BUSY;
	else if (__builtin_popcount(p->crowded) >= CROWDED_OF_8)
		p->why = PACE_WHY_CROWDED;
	else
		return;
	p->is_slow = true;
	p->good = 0;
}

/* Not in an update or a restart, which pass, and whose end somebody waits for. */
static bool is_overrun(const struct observation *obs)
{
	return obs->status == OBS_BUSY && obs->error != -EBUSY && obs->cc != CC_FIRMWARE_UPDATE &&
	       obs->cc != CC_INITIALISING;
}

static void slow_learn(struct pace *p, const struct observation *obs)
{
	const bool is_good = (obs->status == OBS_OK || obs->status == OBS_COMPLETION_CODE) &&
			     !obs_is_contended(obs);

	p->sick = shifted(p->sick, obs->status == OBS_TIMEOUT || obs->status == OBS_DRIVER_STUCK);
	p->busy = shifted(p->busy, is_overrun(obs));
	p->crowded = shifted(p->crowded, obs_is_contended(obs));
	if (!p->is_slow) {
		slow_enter(p);
		return;
	}
	p->good = is_good ? p->good + 1 : 0;
	if (p->good < GOOD_ENOUGH)
		return;
	p->is_slow = false;
	p->why = PACE_WHY_NONE;
}

void pace_learn(struct pace *p, const struct observation *obs)
{
	if (obs_is_answer(obs->status) && obs->error == 0)
		pay_answer(p, obs->took_us, obs->mono);
	if (obs->status != OBS_SKIPPED && obs->status != OBS_INTERFACE_LOST &&
	    obs->status != OBS_LATE)
		slow_learn(p, obs);
}

/* --- others --- */

void pace_load(struct pace *p, int64_t foreign_per_hour, mono_us now)
{
	const int64_t span = p->has_load ? mono_since(now, p->loaded) : 0;
	unsigned level = 0;

	p->has_load = true;
	p->loaded = now;
	p->load += ((double)foreign_per_hour / 60 - p->load) *
		   (1 - exp(-(double)max_i64(span, 0) / LOAD_US));
	while (level < YIELD_MOST && p->load >= yield_per_minute[level])
		level++;
	/* down only when it is clearly less */
	if (level < p->yield && p->load > yield_per_minute[p->yield - 1] / 2)
		level = p->yield;
	p->yield = level;
}

void pace_look(struct pace *p, mono_us now, bool has_others)
{
	const int64_t span = mono_since(now, p->looked);

	if (p->has_looked && span > 0 && span <= LOOK_MOST_US)
		comb_add(&p->comb, mono_add(now, -span / 2), has_others);
	p->has_looked = true;
	p->looked = now;
	if (p->searched.v != 0 && mono_since(now, p->searched) < SEARCH_US)
		return;
	p->searched = now;
	p->has_slot = comb_find(&p->comb, now, &p->slot);
}

/* --- when --- */

int64_t pace_gap_us(const struct pace *p, int64_t base_us, int64_t gap_us)
{
	const int64_t yielding = min_i64(base_us << p->yield, p->slow_us);

	return max_i64(max_i64(gap_us, yielding), p->is_slow ? p->slow_us : 0);
}

mono_us pace_ready(const struct pace *p, mono_us at, mono_us submitted, bool is_bulk)
{
	const mono_us ready = { max_i64(at.v, duty_ready_at(p, is_bulk)) };
	const int64_t latest = max_i64(ready.v, submitted.v + DODGE_MOST_US);

	if (!p->has_slot || p->is_slow)
		return ready;
	return (mono_us){ min_i64(ready.v + comb_slot_left_us(&p->slot, ready), latest) };
}

enum pace_mode pace_mode(const struct pace *p, mono_us now)
{
	if (p->is_slow)
		return PACE_SLOW;
	if (p->held == 0 && duty_ready_at(p, false) > now.v)
		return PACE_CAPPED; /* by answers that take long */
	return p->yield > 0 ? PACE_YIELDING : PACE_NORMAL;
}

/* The cap bites for moments, again and again, while answers are slow: that is one time. */
static enum pace_mode lasting_mode(struct pace *p, mono_us now)
{
	const enum pace_mode mode = pace_mode(p, now);

	if (mode == PACE_CAPPED) {
		p->was_capped = true;
		p->capped_at = now;
	} else if (p->was_capped && mono_since(now, p->capped_at) > 2 * PAUSE_MOST_US) {
		p->was_capped = false;
	}
	return p->was_capped && mode != PACE_SLOW ? PACE_CAPPED : mode;
}

bool pace_news(struct pace *p, mono_us now, enum pace_mode *ret)
{
	const enum pace_mode mode = lasting_mode(p, now);

	if (mode == p->told || (p->told_at.v != 0 && mono_since(now, p->told_at) < TELL_AFTER_US))
		return false;
	p->told = mode;
	p->told_at = now;
	*ret = mode;
	return true;
}

const char *pace_mode_name(enum pace_mode mode)
{
	return (unsigned)mode < PACE_MODE_MAX ? mode_names[mode] : "unknown";
}

const char *pace_why_text(enum pace_why why)
{
	return (unsigned)why < PACE_WHY_MAX ? why_texts[why] : "";
}
