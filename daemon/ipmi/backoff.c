/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far apart commands are kept: a factor on the base gap, doubled by suffering, worn off by
 * answers in time. The rule stands in the header.
 */
#include "ipmi/backoff.h"

#include "base/util.h"

/* With a base gap of 0 no factor would ever part two commands: suffering counts from here. */
#define SUFFERING_GAP_US (100 * USEC_PER_MSEC)

#define OTHERS_HOLD 8 /* good answers; more than come between two looks at the driver */

static const double factor_of_others = 1.25;

static double factor_of(enum obs_status status)
{
	switch (status) {
	case OBS_TIMEOUT:
	case OBS_DRIVER_STUCK:
	case OBS_BUSY:
		return 2;
	case OBS_LATE:
	case OBS_SLOW:
	case OBS_BAD_REPLY:
		return 1.5;
	case OBS_OK:
	case OBS_COMPLETION_CODE: /* a refusal is an answer in time, too */
		return 0.9;
	case OBS_INTERFACE_LOST:
	case OBS_SKIPPED:
	case OBS_STATUS_MAX:
		break;
	}
	return 1;
}

static int64_t widening_base_us(const struct backoff *b)
{
	return max_i64(b->settings.base_gap_us, SUFFERING_GAP_US);
}

/* The factor stops where the gap does, or a long outage would take as long to forget. */
static void factor_set(struct backoff *b, double factor)
{
	double most = (double)b->settings.max_gap_us / (double)widening_base_us(b);

	if (factor > most)
		factor = most;
	b->factor = factor > 1 ? factor : 1;
}

void backoff_configure(struct backoff *b, const struct backoff_settings *settings)
{
	b->settings.base_gap_us = max_i64(settings->base_gap_us, 0);
	b->settings.max_gap_us = max_i64(settings->max_gap_us, b->settings.base_gap_us);
	factor_set(b, b->factor);
}

void backoff_init(struct backoff *b, const struct backoff_settings *settings)
{
	*b = (struct backoff){ .factor = 1 };
	backoff_configure(b, settings);
}

void backoff_learn(struct backoff *b, enum obs_status status)
{
	const double factor = factor_of(status);

	if (factor < 1 && b->held > 0) {
		b->held--;
		return;
	}
	factor_set(b, b->factor * factor);
}

void backoff_learn_others(struct backoff *b, int64_t foreign_messages)
{
	b->held = foreign_messages > 0 ? OTHERS_HOLD : 0;
	if (foreign_messages > 0)
		factor_set(b, b->factor * factor_of_others);
}

int64_t backoff_gap_us(const struct backoff *b)
{
	if (backoff_is_resting(b))
		return b->settings.base_gap_us;
	return min_i64((int64_t)((double)widening_base_us(b) * b->factor), b->settings.max_gap_us);
}

bool backoff_is_resting(const struct backoff *b)
{
	return b->factor <= 1;
}
