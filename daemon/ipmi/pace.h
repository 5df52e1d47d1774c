/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Politeness beyond the back-off: when the next command may be sent at the earliest. Pure: no
 * clock; whoever calls says the time. The rules:
 *
 *   duty      the BMC works for us at most a share of its time: an answer that took 20 ms costs a
 *             pause of 2 s at 1 %. Ten minutes' worth may be spent at once. Of one answer five
 *             seconds count, after which it was rather stuck, so at 1 % no pause is longer than
 *             500 s. What is not answered counts for as long as the driver holds it, but costs no
 *             longer a pause than 1, 2, 4, 5 … minutes for each in a row: else nobody would
 *             notice soon that the BMC is mute, or back.
 *   slow      a command per slow_us, a minute at least, while the BMC is sick or busy: 4 of the
 *             last 8 commands timed out or found it busy, or others were waiting at 6 of them.
 *             Left by 8 good answers in a row. Without a duty cycle, for tests, less is allowed.
 *   yielding  others ask much: the gap is twice, four or eight times its base at 2, 20 and 200 of
 *             their commands a minute, over some ten minutes.
 *   slot      others come by the clock: what would be sent in their slot waits for its end, 30 s
 *             at most.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/comb.h"
#include "model/observation.h"

enum pace_mode {
	PACE_NORMAL,
	PACE_YIELDING,
	PACE_CAPPED, /* by the duty cycle */
	PACE_SLOW,
	PACE_MODE_MAX,
};

enum pace_why { PACE_WHY_NONE, PACE_WHY_SICK, PACE_WHY_BUSY, PACE_WHY_CROWDED, PACE_WHY_MAX };

struct pace {
	double duty;	 /* share of time, 1: no cap */
	int64_t slow_us; /* between commands in slow mode */
	int64_t paid_until;
	unsigned held;		     /* without an answer in a row */
	uint8_t sick, busy, crowded; /* bits of the last eight, the newest lowest */
	bool is_slow;
	enum pace_why why;
	unsigned good;	/* answers in a row, while slow */
	double load;	/* others' commands per minute */
	mono_us loaded; /* when that was learned, if has_load */
	bool has_load;
	unsigned yield; /* doublings of the gap */
	struct comb comb;
	struct comb_slot slot;
	bool has_slot, has_looked;
	mono_us looked, searched;
	enum pace_mode told; /* pace_news() */
	mono_us told_at;
	bool was_capped;
	mono_us capped_at;
};

void pace_init(struct pace *p, double duty, int64_t slow_us);
/* Other settings; what was learned stays. */
void pace_configure(struct pace *p, double duty, int64_t slow_us);
/* The driver has let go of a command that was not answered. */
void pace_held(struct pace *p, int64_t held_us, mono_us now);
/* What became of a command. */
void pace_learn(struct pace *p, const struct observation *obs);
/* A look at the driver: have others used it since the look before? */
void pace_look(struct pace *p, mono_us now, bool has_others);
/* Their commands per hour, as counted since the look before; smoothed over minutes, so that one
 * ipmitool by hand changes nothing. */
void pace_load(struct pace *p, int64_t foreign_per_hour, mono_us now);
/* When may the next one be sent, that otherwise might be at `at`, and waits since it was
 * submitted? */
mono_us pace_ready(const struct pace *p, mono_us at, mono_us submitted, bool is_bulk);
/* The gap, where the back-off wants `gap_us` and `base_us` at rest. */
int64_t pace_gap_us(const struct pace *p, int64_t base_us, int64_t gap_us);
enum pace_mode pace_mode(const struct pace *p, mono_us now);
/* True: another mode than was told last, for long enough. At most two in ten minutes. */
bool pace_news(struct pace *p, mono_us now, enum pace_mode *ret);
const char *pace_mode_name(enum pace_mode mode);
const char *pace_why_text(enum pace_why why); /* of slow mode: "the controller is sick" */
