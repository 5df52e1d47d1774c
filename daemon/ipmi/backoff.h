/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far apart commands are kept: from experience. Pure; the whole rule is:
 *
 *   gap = base_gap × factor, at most max_gap; factor starts at 1 and is never below it.
 *   time-out, driver stuck       factor × 2
 *   busy                         factor × 2
 *   late, slow, bad reply        factor × 1.5
 *   others waiting               factor × 1.25   (METRIC_DRIVER_MESSAGES above our own)
 *   in-time answer               factor × 0.9    (so one time-out takes 7 good answers to heal);
 *                                unchanged for the 8 after others were seen waiting, or the looks
 *                                that see them, being rarer than answers, would change nothing
 *   interface lost, skipped      unchanged: they say nothing about the BMC's strength
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/observation.h"

struct backoff_settings {
	int64_t base_gap_us, max_gap_us;
};

struct backoff {
	struct backoff_settings settings;
	double factor;
	unsigned held; /* so many good answers heal nothing */
};

void backoff_init(struct backoff *b, const struct backoff_settings *settings);
/* Other settings; what was learned stays. */
void backoff_configure(struct backoff *b, const struct backoff_settings *settings);
void backoff_learn(struct backoff *b, enum obs_status status);
/* What a look at the driver saw; 0: nobody waits (any more). */
void backoff_learn_others(struct backoff *b, int64_t foreign_messages);
int64_t backoff_gap_us(const struct backoff *b);
bool backoff_is_resting(const struct backoff *b); /* factor 1: the BMC is well */
