/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does something keep step with a clock? Moments at which one looked, and whether it happened
 * then; for each period that timers like, in which slot of it that was. What counts is the share of
 * the looks in a slot that hit, against all: who looks more often at some times is not fooled.
 *
 * Pure; remembers COMB_MEMORY_US to twice that.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

#define COMB_PERIODS   7
#define COMB_BINS      30
#define COMB_HITS_MAX  64
#define COMB_MEMORY_US (12 * USEC_PER_HOUR)

struct comb_bin {
	uint16_t looks, hits;
};

struct comb_gaps { /* between bunches of hits, in looks */
	uint32_t count;
	uint64_t sum, squares;
};

struct comb_half {
	struct comb_gaps gaps;
	struct comb_bin bins[COMB_PERIODS][COMB_BINS];
	uint16_t laps[COMB_PERIODS]; /* that had a hit */
};

struct comb {
	struct comb_half halves[2];	 /* the present one, the one before */
	int64_t last_us[COMB_PERIODS];	 /* the hit that made the last lap count */
	int64_t half;			 /* number of the present one */
	uint32_t since_hit, since_bunch; /* looks */
	bool has_hit;
	mono_us hits[COMB_HITS_MAX]; /* the last ones, one of each half minute; number n is at
					n % COMB_HITS_MAX */
	uint64_t hit_count;
};

struct comb_slot {
	uint32_t period_s; /* as far as the last hits tell: one of those tried, or so many */
	int64_t from_us, width_us; /* of each period: clock modulo period */
	uint32_t hits, all;	   /* in the slot; of all */
	double expected;	   /* of them by chance */
	double chance;		   /* of so many, for all slots that were tried */
};

void comb_add(struct comb *c, mono_us at, bool is_hit);
/* True: hits keep to a slot beyond what chance does. */
bool comb_find(const struct comb *c, mono_us now, struct comb_slot *ret);
/* How long it is at `at` until the slot is over; 0: it is not in it. */
int64_t comb_slot_left_us(const struct comb_slot *slot, mono_us at);
