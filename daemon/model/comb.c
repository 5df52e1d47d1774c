/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A histogram of phases per period. An agent that comes every 300 s is also in step with 60, 120
 * and 600: the slot that chance explains least is its own, because it is the narrowest. One of a
 * period that is none of these, every 7 min, is found by a part of it; the last hits tell which
 * multiple it is.
 */
#include "model/comb.h"

#include <string.h>

#include "base/util.h"
#include "model/chance.h"

#define WIDEST	       6 /* bins: a fifth of a period; wider is no slot */
#define LONG_S	       300
#define WIDEST_LONG    3 /* of a long period: what fails at each so-manieth command drifts in it */
#define HITS_MIN       6
#define LAPS_MIN       6
#define SHARE_MIN      0.7
#define BUNCH_LOOKS    2 /* so near, and it is the same trouble */
#define GAP_MOST       1000000
#define COUNT_VARIANCE 0.05
#define CHANCE_MOST    1e-5
#define APART_US       (30 * USEC_PER_SEC)
#define FRESH_US       (3 * USEC_PER_HOUR)
#define FRESH_MIN      3
#define FRESH_PERIODS  6
#define MULTIPLE_MOST  60
#define MULTIPLE_SHARE 0.8
#define TRIED	       (COMB_PERIODS * COMB_BINS * WIDEST)

static const uint32_t periods_s[COMB_PERIODS] = { 60, 120, 300, 600, 900, 1800, 3600 };

static int64_t period_us(int period)
{
	return periods_s[period] * USEC_PER_SEC;
}

static void turn(struct comb *c, mono_us at)
{
	const int64_t half = max_i64(at.v, 0) / COMB_MEMORY_US;

	if (half <= c->half)
		return;
	if (half == c->half + 1)
		c->halves[1] = c->halves[0];
	else
		memset(&c->halves[1], 0, sizeof(c->halves[1]));
	memset(&c->halves[0], 0, sizeof(c->halves[0]));
	c->half = half;
}

static void gaps_add(struct comb *c, bool is_hit)
{
	struct comb_gaps *gaps = &c->halves[0].gaps;

	c->since_hit = (uint32_t)min_i64(c->since_hit, GAP_MOST) + 1;
	c->since_bunch = (uint32_t)min_i64(c->since_bunch, GAP_MOST) + 1;
	if (!is_hit)
		return;
	if (!c->has_hit || c->since_hit > BUNCH_LOOKS) {
		if (c->has_hit) {
			gaps->count++;
			gaps->sum += c->since_bunch;
			gaps->squares += (uint64_t)c->since_bunch * c->since_bunch;
		}
		c->since_bunch = 0;
	}
	c->has_hit = true;
	c->since_hit = 0;
}

/* Each so-manieth command fails: that is no clock, though it looks like one where commands are
 * evenly spaced. Ours are not: give or take 30 %, so between two strokes of a clock there is now
 * one more, now one less. */
static bool keeps_count(const struct comb *c)
{
	const struct comb_gaps *a = &c->halves[0].gaps, *b = &c->halves[1].gaps;
	const double count = (double)a->count + b->count;
	const double mean = count > 0 ? (double)(a->sum + b->sum) / count : 0;
	const double squares = count > 0 ? (double)(a->squares + b->squares) / count : 0;

	return count >= LAPS_MIN - 1 && squares - mean * mean < COUNT_VARIANCE;
}

static void hits_add(struct comb *c, int64_t us)
{
	const mono_us last = c->hits[(c->hit_count + COMB_HITS_MAX - 1) % COMB_HITS_MAX];

	if (c->hit_count == 0 || us - last.v >= APART_US)
		c->hits[c->hit_count++ % COMB_HITS_MAX] = (mono_us){ us };
}

void comb_add(struct comb *c, mono_us at, bool is_hit)
{
	const int64_t us = max_i64(at.v, 0);

	turn(c, at);
	gaps_add(c, is_hit);
	if (is_hit)
		hits_add(c, us);
	for (int i = 0; i < COMB_PERIODS; i++) {
		struct comb_bin *bin =
			&c->halves[0].bins[i][us % period_us(i) * COMB_BINS / period_us(i)];

		if (bin->looks == UINT16_MAX)
			continue;
		bin->looks++;
		bin->hits += is_hit;
		if (is_hit &&
		    (us - c->last_us[i] > period_us(i) / 2 || c->halves[0].laps[i] == 0)) {
			c->last_us[i] = us;
			c->halves[0].laps[i]++;
		}
	}
}

struct tally { /* of one period */
	uint32_t looks[COMB_BINS], hits[COMB_BINS];
	uint32_t all_looks, all_hits, laps;
};

static struct tally tally(const struct comb *c, mono_us now, int period)
{
	const int64_t age = max_i64(now.v, 0) / COMB_MEMORY_US - c->half;
	struct tally t = { .all_looks = 0 };

	for (int h = 0; h < 2 - (age > 0) && age < 2; h++) {
		for (int b = 0; b < COMB_BINS; b++) {
			t.looks[b] += c->halves[h].bins[period][b].looks;
			t.hits[b] += c->halves[h].bins[period][b].hits;
			t.all_looks += c->halves[h].bins[period][b].looks;
			t.all_hits += c->halves[h].bins[period][b].hits;
		}
		t.laps += c->halves[h].laps[period];
	}
	return t;
}

static bool try_slot(const struct tally *t, int period, int from, int width, struct comb_slot *best)
{
	uint32_t looks = 0, hits = 0;
	double p, chance;

	for (int b = from; b < from + width; b++) {
		looks += t->looks[b % COMB_BINS];
		hits += t->hits[b % COMB_BINS];
	}
	if (hits < HITS_MIN || hits < SHARE_MIN * t->all_hits)
		return false;
	p = (double)looks / t->all_looks;
	chance = TRIED * chance_of_bunches(t->all_hits, hits, p, (double)t->all_hits / t->laps);
	if (chance >= best->chance)
		return false;
	*best = (struct comb_slot){
		.period_s = periods_s[period],
		.from_us = from * period_us(period) / COMB_BINS,
		.width_us = width * period_us(period) / COMB_BINS,
		.hits = hits,
		.all = t->all_hits,
		.expected = p * t->all_hits,
		.chance = chance,
	};
	return true;
}

/* --- of what is found: is it still so, and how often does it come --- */

/* Which of its periods, counted from the clock's 0; false: it is in none's slot. */
static bool lap_of(const struct comb_slot *slot, mono_us at, int64_t *ret_lap)
{
	const int64_t period = slot->period_s * USEC_PER_SEC;
	const int64_t since = at.v + period - slot->from_us;

	*ret_lap = since / period;
	return since % period < slot->width_us;
}

struct laps { /* that the last hits in the slot were in, each once, the newest first */
	int64_t lap[COMB_HITS_MAX];
	size_t count, fresh;
};

static struct laps laps_of(const struct comb *c, const struct comb_slot *slot, mono_us now)
{
	const int64_t fresh =
		max_i64(FRESH_US, (int64_t)slot->period_s * FRESH_PERIODS * USEC_PER_SEC);
	struct laps laps = { .count = 0 };

	for (uint64_t n = c->hit_count; n > 0 && n + COMB_HITS_MAX > c->hit_count; n--) {
		const mono_us at = c->hits[(n - 1) % COMB_HITS_MAX];
		int64_t lap;

		if (!lap_of(slot, at, &lap) || (laps.count > 0 && laps.lap[laps.count - 1] == lap))
			continue;
		laps.lap[laps.count++] = lap;
		laps.fresh += mono_since(now, at) <= fresh;
	}
	return laps;
}

/* How many of the laps are a multiple of `k` from the newest one on. */
static size_t in_step(const struct laps *laps, int64_t k)
{
	size_t count = 0;

	for (size_t i = 0; i < laps->count; i++)
		count += (laps->lap[0] - laps->lap[i]) % k == 0;
	return count;
}

/* The largest multiple of the period that most hits keep to, too. */
static void widen(struct comb_slot *slot, const struct laps *laps)
{
	const int64_t period = slot->period_s * USEC_PER_SEC;
	int64_t k = min_i64(MULTIPLE_MOST, COMB_MEMORY_US / period / LAPS_MIN);

	while (k > 1 && (in_step(laps, k) < FRESH_MIN + 1 ||
			 (double)in_step(laps, k) < MULTIPLE_SHARE * (double)laps->count))
		k--;
	if (k <= 1)
		return;
	slot->from_us = (slot->from_us + (laps->lap[0] + k - 1) % k * period) % (k * period);
	slot->period_s *= (uint32_t)k;
}

static int widest(int period)
{
	return periods_s[period] < LONG_S ? WIDEST : WIDEST_LONG;
}

bool comb_find(const struct comb *c, mono_us now, struct comb_slot *ret)
{
	struct comb_slot best = { .chance = CHANCE_MOST };
	struct laps laps;

	if (keeps_count(c))
		return false;
	for (int i = 0; i < COMB_PERIODS; i++) {
		const struct tally t = tally(c, now, i);

		if (t.all_hits < HITS_MIN || t.laps < LAPS_MIN)
			continue;
		for (int width = 1; width <= widest(i); width++)
			for (int from = 0; from < COMB_BINS; from++)
				(void)try_slot(&t, i, from, width, &best);
	}
	if (best.period_s == 0)
		return false;
	laps = laps_of(c, &best, now);
	if (laps.fresh < FRESH_MIN)
		return false;
	widen(&best, &laps);
	*ret = best;
	return true;
}

int64_t comb_slot_left_us(const struct comb_slot *slot, mono_us at)
{
	const int64_t period = slot->period_s * USEC_PER_SEC;
	int64_t phase;

	if (period <= 0 || at.v < 0)
		return 0;
	phase = (at.v % period - slot->from_us + period) % period;
	return phase < slot->width_us ? slot->width_us - phase : 0;
}
