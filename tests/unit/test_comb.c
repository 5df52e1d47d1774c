/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What keeps step with a clock is found, what does not is not; and the tail of the binomial
 * distribution.
 */
#include <math.h>

#include "model/chance.c"
#include "model/comb.c" /* the units under test */
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

static void test_chance(void)
{
	check(chance_of(10, 0, 0.5) >= 1 && chance_of(10, 11, 0.5) <= 0, "all or nothing");
	check(fabs(chance_of(10, 10, 0.5) - 1.0 / 1024) < 1e-12, "ten heads");
	check(fabs(chance_of(12, 11, 0.117) - 6.06e-10) < 1e-11, "11 of 12 where 1.4 are expected");
	check(fabs(chance_of(1000, 500, 0.5) - 0.5126) < 1e-3, "half of a thousand");
	check(chance_of(5, 3, 0) <= 0 && chance_of(5, 3, 1) >= 1 && chance_of(5, 3, -1) <= 0,
	      "impossible and certain");
	check(chance_of_bunches(60, 60, 0.1, 60) > 0.09, "sixty at once are one");
}

/* A command every 10 s or so for `hours`; those in the slot hit, of the others one in `noise`. */
static mono_us watch(struct comb *c, int hours, uint32_t period_s, uint32_t width_s, uint32_t noise)
{
	mono_us at = { 17 * USEC_PER_SEC };

	while (at.v < hours * USEC_PER_HOUR) {
		const uint32_t phase = (uint32_t)(at.v / USEC_PER_SEC) % period_s;

		comb_add(c, at, phase < width_s || (noise > 0 && roll(noise) == 0));
		at.v += 7 * USEC_PER_SEC + roll(6000000);
	}
	return at;
}

static void test_periods(void)
{
	for (int i = 0; i < COMB_PERIODS; i++) {
		const uint32_t period = periods_s[i];
		struct comb_slot slot = { 0 };
		struct comb c = { 0 };
		mono_us now = watch(&c, period >= 1800 ? (int)period / 180 : 5, period, period / 12,
				    period > 1800 ? 0 : 500);

		check(comb_find(&c, now, &slot) && slot.period_s == period,
		      "every %u s is seen as that (%u)", period, slot.period_s);
		check(comb_slot_left_us(&slot, (mono_us){ period * USEC_PER_SEC }) > 0 &&
			      comb_slot_left_us(&slot,
						(mono_us){ period * USEC_PER_SEC * 3 / 2 }) == 0,
		      "its slot is where it is");
	}
}

/* Timers of periods that nobody tries. */
static void test_multiples(void)
{
	static const uint32_t every_s[] = { 180, 240, 420, 1200, 2700 };

	for (size_t i = 0; i < COUNT_OF(every_s); i++) {
		const uint32_t period = every_s[i];
		struct comb_slot slot = { 0 };
		struct comb c = { 0 };
		mono_us now = watch(&c, period > 600 ? 11 : 5, period, 12, 2000);

		check(comb_find(&c, now, &slot) && slot.period_s == period,
		      "every %u s is seen as that (%u)", period, slot.period_s);
		check(comb_slot_left_us(&slot, (mono_us){ 5 * period * USEC_PER_SEC + SECOND }) >
				      0 &&
			      comb_slot_left_us(&slot, (mono_us){ 5 * period * USEC_PER_SEC +
								  60 * SECOND }) == 0,
		      "its slot is where it is, and not in each minute");
	}
}

/* One that was in step and stopped; an answer that is slow by chance, hours later, is not its. */
static void test_stale(void)
{
	struct comb_slot slot;
	struct comb c = { 0 };
	mono_us now = watch(&c, 4, 60, 6, 0);

	check(comb_find(&c, now, &slot), "a timer of a minute");
	for (int i = 0; i < 2400; i++)
		comb_add(&c, mono_add(now, i * 12 * SECOND), i == 2300);
	check(!comb_find(&c, mono_add(now, 2400 * 12 * SECOND), &slot),
	      "eight hours after it stopped it is not found again for one slow answer");
}

static void test_none(void)
{
	struct comb_slot slot;
	unsigned found = 0;
	mono_us now;

	for (int i = 0; i < 200; i++) {
		struct comb c = { 0 };

		now = watch(&c, 10, 3600, 0, 2 + (uint32_t)i);
		found += comb_find(&c, now, &slot);
	}
	check(found == 0, "at random, often or seldom: none of 200 (%u)", found);
}

static void test_burst(void)
{
	struct comb_slot slot;
	struct comb c = { 0 };
	mono_us at = { 0 };

	for (int s = 0; s < 6 * 3600; s += 10) {
		at.v = s * USEC_PER_SEC;
		comb_add(&c, at, s % 5400 < 120); /* four bad spells of two minutes, 90 min apart */
	}
	check(!comb_find(&c, at, &slot), "a few bad spells are no clock, however many commands");
}

static void test_habit(void)
{
	struct comb_slot slot;
	struct comb c = { 0 };
	mono_us at = { 0 };

	for (int s = 0; s < 6 * 3600; s += 60) {
		at.v = s * USEC_PER_SEC;
		comb_add(&c, at, roll(3) == 0);
	}
	check(!comb_find(&c, at, &slot), "who looks once a minute sees no period of a minute");
}

static void test_count(void)
{
	struct comb_slot slot;
	struct comb c = { 0 };
	mono_us at = { 0 };

	for (int i = 0; i < 600; i++) {
		at.v += 42 * SECOND + roll(36) * SECOND;
		comb_add(&c, at, i % 15 == 0);
	}
	check(!comb_find(&c, at, &slot), "each fifteenth command is no clock");
}

static void test_memory(void)
{
	struct comb_slot slot;
	struct comb c = { 0 };
	mono_us now = watch(&c, 12, 300, 20, 0);

	check(comb_find(&c, mono_add(now, COMB_MEMORY_US / 6), &slot), "remembered for hours");
	check(!comb_find(&c, mono_add(now, 2 * COMB_MEMORY_US), &slot), "not for ever");
	comb_add(&c, mono_add(now, 2 * COMB_MEMORY_US), false);
	check(!comb_find(&c, mono_add(now, 2 * COMB_MEMORY_US), &slot), "nor found again");
	comb_add(&c, (mono_us){ -5 }, true);
	check(comb_slot_left_us(&(struct comb_slot){ 0 }, now) == 0, "no slot, nothing left of it");
}

int main(void)
{
	test_chance();
	test_periods();
	test_multiples();
	test_stale();
	test_none();
	test_burst();
	test_habit();
	test_count();
	test_memory();
	return tap_done();
}
