/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From counts to a frequency. Up at once when a threshold is reached; down only after the rate
 * has stayed below half of it for a while, so that a BMC at the threshold does not flap. Mute is
 * no rate at all: some commands in a row without an answer open it, some answers in a row end it.
 */
#include "model/classify.h"

#define RECENT_US      (STORM_MINUTES * USEC_PER_MINUTE)
#define RECENT_WIDE_US (15 * USEC_PER_MINUTE)
#define SHARE_COMMANDS 3 /* a share of fewer says nothing */
#define SHARE_TIMEOUTS 2 /* one time-out is one time-out, however few commands there were */
#define STORM_TIMEOUTS 3
/* A silence of so long has been told as one; its time-outs are not told again when it is over. */
#define SILENCE_US (5 * USEC_PER_MINUTE)

void classifier_init(struct classifier *c)
{
	*c = (struct classifier){ .level = FREQUENCY_NONE };
}

/* A late answer's own time-out, learned before it, is no unanswered command between. */
static void answer_learn(struct classifier *c, enum obs_status status)
{
	const uint32_t own = status == OBS_LATE;

	if (c->unanswered > own)
		c->answers = 0;
	if (c->answers < MUTE_LEAVE_ANSWERS)
		c->answers++;
	c->unanswered = 0;
}

void classifier_learn(struct classifier *c, enum obs_status status)
{
	if (obs_is_answer(status))
		answer_learn(c, status);
	else if (status == OBS_TIMEOUT && c->unanswered < UINT32_MAX)
		c->unanswered++;
	else if (status == OBS_DRIVER_STUCK && c->unanswered == 0)
		c->unanswered = 1; /* else its own time-out has been counted before */
}

static uint32_t timeouts_of(const struct window_counts *counts)
{
	return counts->of[OBS_TIMEOUT] - counts->excused;
}

/* Commands whose fate tells something of the BMC. */
static uint32_t attempts(const struct window_counts *counts)
{
	return counts->commands - counts->of[OBS_INTERFACE_LOST] - counts->excused;
}

/* Time-outs the watched part of the span would have had at `nominal_us` commands per microsecond:
 * corrects for commands we held back, not for time we did not watch. */
static double expected(const struct window_counts *counts, int64_t watched_us, double nominal_us)
{
	const uint32_t timeouts = timeouts_of(counts);

	if (attempts(counts) < SHARE_COMMANDS || timeouts < SHARE_TIMEOUTS)
		return 0;
	return (double)timeouts / attempts(counts) * nominal_us * (double)watched_us;
}

static double timeouts_in(const struct window *w, mono_us now, int64_t span_us, double nominal_us)
{
	const struct window_counts counts = window_count(w, now, span_us);
	const double normalised = expected(&counts, window_watched_us(w, now, span_us), nominal_us);
	const double bare = timeouts_of(&counts);

	return normalised > bare ? normalised : bare;
}

/* Spaced out to one command every two minutes, five minutes hold too few for a share: then a
 * quarter of an hour is asked, else a storm would end because we stopped listening. */
static double timeouts_per_minute(const struct window *w, mono_us now, double nominal_us)
{
	const struct window_counts counts = window_count(w, now, RECENT_US);
	double rate = timeouts_in(w, now, RECENT_US, nominal_us) / STORM_MINUTES;

	if (attempts(&counts) > 0 && attempts(&counts) < SHARE_COMMANDS) {
		const struct window_counts wide = window_count(w, now, RECENT_WIDE_US);
		const double wider = expected(&wide, USEC_PER_MINUTE, nominal_us);

		rate = wider > rate ? wider : rate;
	}
	return rate;
}

struct frequency_rates classify_rates(const struct window *w, mono_us now,
				      const struct thresholds *t)
{
	const double nominal_us = t->nominal_per_hour / (double)USEC_PER_HOUR;

	return (struct frequency_rates){
		.per_minute = timeouts_per_minute(w, now, nominal_us),
		.per_hour = timeouts_in(w, now, USEC_PER_HOUR, nominal_us),
		.per_day = timeouts_in(w, now, USEC_PER_DAY, nominal_us),
	};
}

static enum frequency level_of(const struct frequency_rates *rates, uint32_t recent,
			       const struct thresholds *t)
{
	if (rates->per_minute >= t->storm_per_minute && recent >= STORM_TIMEOUTS)
		return FREQUENCY_STORM;
	if (rates->per_hour >= t->frequent_per_hour)
		return FREQUENCY_FREQUENT;
	if (rates->per_day >= t->sporadic_per_day)
		return FREQUENCY_SPORADIC;
	return FREQUENCY_NONE;
}

static bool is_well_below(enum frequency level, const struct frequency_rates *rates,
			  const struct thresholds *t)
{
	switch (level) {
	case FREQUENCY_STORM:
		return rates->per_minute < t->storm_per_minute / 2;
	case FREQUENCY_FREQUENT:
		return rates->per_hour < t->frequent_per_hour / 2.0;
	case FREQUENCY_SPORADIC: /* two a day: until there was none for a day */
		return rates->per_day < t->sporadic_per_day / 2.0;
	case FREQUENCY_NONE:
	case FREQUENCY_MUTE:
	case FREQUENCY_MAX:
		break;
	}
	return true;
}

static void set_level(struct classifier *c, enum frequency level)
{
	c->level = level;
	c->is_calming = false;
}

static void calm_down(struct classifier *c, enum frequency level, bool is_below, mono_us now,
		      int64_t calm_us)
{
	if (!is_below) {
		c->is_calming = false;
	} else if (!c->is_calming) {
		c->is_calming = true;
		c->calm_since = now;
	} else if (mono_since(now, c->calm_since) >= calm_us) {
		set_level(c, level);
	}
}

static bool is_mute(struct classifier *c, uint32_t mute_after)
{
	if (c->unanswered >= mute_after)
		c->answers = 0; /* what came before is of no weight any more */
	else if (c->level != FREQUENCY_MUTE || c->answers >= MUTE_LEAVE_ANSWERS)
		return false;
	return true;
}

static enum frequency fall_mute(struct classifier *c, mono_us now)
{
	if (c->level != FREQUENCY_MUTE)
		c->mute_since = now;
	set_level(c, FREQUENCY_MUTE);
	return FREQUENCY_MUTE;
}

enum frequency classify_rate(struct classifier *c, const struct frequency_rates *rates,
			     uint32_t recent, mono_us now, const struct thresholds *t)
{
	const enum frequency level = level_of(rates, recent, t);

	if (level >= c->level || c->level == FREQUENCY_MUTE)
		set_level(c, level);
	else
		calm_down(c, level, is_well_below(c->level, rates, t), now, t->calm_us);
	return c->level;
}

enum frequency classify(struct classifier *c, struct window *w, mono_us now,
			const struct thresholds *t)
{
	const bool is_ours = t->nominal_per_hour > 0 && t->mute_after > 0;
	struct frequency_rates rates;
	struct window_counts recent;

	if (is_ours && is_mute(c, t->mute_after))
		return fall_mute(c, now);
	if (c->level == FREQUENCY_MUTE && mono_since(now, c->mute_since) >= SILENCE_US)
		window_excuse(w);
	rates = classify_rates(w, now, t);
	recent = window_count(w, now, RECENT_US);
	return classify_rate(c, &rates, timeouts_of(&recent), now, t);
}
