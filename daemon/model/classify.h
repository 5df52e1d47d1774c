/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How frequent are 1004-equivalents: none, sporadic (a few a day), frequent (per hour), storm
 * (several per minute), mute (no answer at all). Hysteresis both ways: a rate has to stay low for
 * a while, and mute is left by a few answers in a row, so that a BMC that is ill without end but
 * says a word every few minutes is told of once.
 *
 * The daemon spaces its commands out when the BMC suffers, so bare counts would call a dying BMC
 * healthier the less we dare to ask. The rate is therefore normalised: share of commands that
 * timed out × the commands an unhindered hour would have had, as far as that hour was watched;
 * never less than the bare count. With fewer than 3 commands or 2 time-outs in the span the share
 * says nothing, and the bare count stands.
 * A target that reports time-outs only (a Windows host) has commands == time-outs and
 * nominal_per_hour 0: then the bare count is the rate.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/window.h"

#define STORM_MINUTES	   5 /* a storm is judged over so many */
#define MUTE_LEAVE_ANSWERS 3 /* in a row, late ones too: fewer do not end muteness */

enum frequency {
	FREQUENCY_NONE,
	FREQUENCY_SPORADIC,
	FREQUENCY_FREQUENT,
	FREQUENCY_STORM,
	FREQUENCY_MUTE,
	FREQUENCY_MAX,
};

struct thresholds {
	uint32_t sporadic_per_day;  /* time-outs in a day */
	uint32_t frequent_per_hour; /* time-outs in an hour */
	double storm_per_minute;    /* over five minutes */
	uint32_t mute_after;	    /* commands in a row without any answer */
	int64_t calm_us;	    /* a level is left downwards only after so long below it */
	double nominal_per_hour;    /* commands an unhindered hour has; 0: unknown */
};

struct classifier {
	enum frequency level;
	uint32_t unanswered; /* in a row */
	uint32_t answers;    /* in a row without an unanswered command between; at most
				MUTE_LEAVE_ANSWERS */
	bool is_calming;     /* below `level` since calm_since */
	mono_us calm_since;
	mono_us mute_since; /* of FREQUENCY_MUTE, and of the last one */
};

struct frequency_rates { /* time-outs, normalised as above */
	double per_minute, per_hour, per_day;
};

void classifier_init(struct classifier *c);
/* An observation of a command, before classify(). */
void classifier_learn(struct classifier *c, enum obs_status status);
struct frequency_rates classify_rates(const struct window *w, mono_us now,
				      const struct thresholds *t);
/* The level of bare rates, for a target that tells of time-outs only; `recent`: time-outs of the
 * last STORM_MINUTES. Also kept in c->level. */
enum frequency classify_rate(struct classifier *c, const struct frequency_rates *rates,
			     uint32_t recent, mono_us now, const struct thresholds *t);
/* The level now; also kept in c->level. */
enum frequency classify(struct classifier *c, struct window *w, mono_us now,
			const struct thresholds *t);
