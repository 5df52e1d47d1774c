/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rounds: one command of each probe. Two rounds in a row without any answer are an outage, and
 * what failed in it is no isolated time-out; so the first such round is held back until the next.
 */
#include <string.h>

#include "model/trend-state.h"

#define OUTAGE_TOLD_US	    (15 * USEC_PER_MINUTE)
#define EVIDENCE_BELONGS_US (5 * USEC_PER_MINUTE)
#define AWAY_MAX_US	    (2 * USEC_PER_HOUR)
#define AWAY                                                                                       \
	(1u << TREND_DEVICE_UNAVAILABLE | 1u << TREND_INITIALISING | 1u << TREND_DRIVER_MAINTENANCE)

/* It answers and says that it is not back yet: the restart is told when it is. One that says so
 * for ever, or again just after, is watched as it is. */
static bool round_is_away(const struct trend *t, const struct trend_round *round)
{
	const int64_t restarted_us =
		t->epoch.reset_hour == TREND_HOUR_NEVER ? -AWAY_MAX_US : t->epoch.reset_us;

	if ((round->evidence & AWAY) == 0)
		return false;
	if (t->outage.is_on)
		return round->at_us - t->outage.from_us < AWAY_MAX_US;
	return round->at_us - restarted_us >= AWAY_MAX_US;
}

static bool round_is_dead(const struct trend *t, const struct trend_round *round)
{
	return round->bad == round->seen || round_is_away(t, round);
}

static void advance(struct trend *t, const struct trend_round *round, struct trend_out *out)
{
	trend_hours_advance(t, (int32_t)(round->at_us / USEC_PER_HOUR), out);
}

/* A round outside of any outage. */
static void settle(struct trend *t, const struct trend_round *round, struct trend_out *out)
{
	advance(t, round, out);
	trend_hours_add(t, round);
	trend_phase_add(t, round);
	trend_warmup_add(t, round);
	if (round->evidence != 0)
		trend_epoch_evidence(t, round, out);
}

static void outage_extend(struct trend *t, const struct trend_round *round)
{
	t->outage.until_us = round->at_us;
	t->outage.rounds++;
	t->outage.evidence |= round->evidence;
	t->outage.has_error |= round->has_error;
}

static void outage_go_on(struct trend *t, const struct trend_round *round, struct trend_out *out)
{
	advance(t, round, out);
	outage_extend(t, round);
	if (t->outage.is_told || t->outage.until_us - t->outage.from_us < OUTAGE_TOLD_US)
		return;
	t->outage.is_told = true;
	(void)trend_tell(t, out, TREND_OUTAGE);
}

static void outage_begin(struct trend *t, const struct trend_round *round, struct trend_out *out)
{
	t->outage = (struct trend_outage){ .is_on = true, .from_us = t->doubt.at_us };
	advance(t, &t->doubt, out);
	outage_extend(t, &t->doubt);
	t->doubt.at_us = TREND_NO_ROUND;
	outage_go_on(t, round, out);
}

static void outage_end(struct trend *t, const struct trend_round *round, struct trend_out *out)
{
	advance(t, round, out);
	t->outage.is_on = false;
	t->outage.until_us = round->at_us;
	t->recovered_us = round->at_us;
	trend_epoch_outage(t, out);
}

static void round_done(struct trend *t, struct trend_out *out)
{
	const struct trend_round *round = &t->round;
	const bool is_dead = round_is_dead(t, round);
	const bool has_doubt = t->doubt.at_us != TREND_NO_ROUND;

	if (is_dead && t->outage.is_on) {
		outage_go_on(t, round, out);
	} else if (is_dead && has_doubt) {
		outage_begin(t, round, out);
	} else if (is_dead) {
		t->doubt = *round;
	} else {
		if (has_doubt) {
			settle(t, &t->doubt, out);
			trend_epoch_lone(t, &t->doubt);
		}
		t->doubt.at_us = TREND_NO_ROUND;
		if (t->outage.is_on)
			outage_end(t, round, out);
		settle(t, round, out);
	}
}

void trend_rounds_add(struct trend *t, const struct trend_sample *sample, struct trend_out *out)
{
	const uint8_t bit = (uint8_t)(1u << sample->probe);
	struct trend_round *round = &t->round;

	if ((round->seen & bit) != 0) {
		round_done(t, out);
		memset(round, 0, sizeof(*round));
	}
	if (round->seen == 0) {
		round->at_us = t->time.now_us;
		round->foreign = round->entries = -1;
	}
	if (sample->foreign_per_hour >= 0)
		round->foreign = sample->foreign_per_hour;
	if (sample->sel_entries >= 0)
		round->entries = sample->sel_entries;
	round->seen |= bit;
	round->has_others |= sample->has_others;
	round->evidence |= sample->evidence;
	round->latency_us[sample->probe] = 0;
	if (sample->status == TREND_OK) {
		if (!sample->is_contended)
			round->latency_us[sample->probe] = sample->latency_us;
		return;
	}
	round->bad |= bit;
	if (sample->status == TREND_TIMEOUT)
		round->timeouts |= bit;
	else
		round->has_error = true;
}
