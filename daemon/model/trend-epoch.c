/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Restarts of the controller. Proof begins an epoch at once. An outage without proof waits three
 * hours: if all is faster after it than before, that was a restart, too. Codes alone are told, but
 * split nothing: a wrong split throws a ramp away.
 */
#include "model/trend-state.h"

#define SAME_EVENT_H	    2
#define TAIL_DROP	    (int)(0.5 * TREND_SCALE)
#define LEVEL_DROP	    (int)(0.18 * TREND_SCALE)
#define BEFORE_H	    4
#define CODES_LASTED_S	    300
#define EVIDENCE_BELONGS_US (5 * USEC_PER_MINUTE)

static bool has_proof(uint32_t evidence)
{
	bool is_proven = false;

	for (int i = 0; i < TREND_EVIDENCE_MAX; i++)
		is_proven |= (evidence & 1u << i) != 0 &&
			     trend_evidence_info((enum trend_evidence)i)->is_proof;
	return is_proven;
}

uint8_t trend_epoch_sure(enum trend_reset reset, uint32_t evidence)
{
	uint8_t sure = reset == TREND_RESET_DROP ? 75 : 0;

	if (reset == TREND_RESET_CODES)
		sure = 60;
	if (reset != TREND_RESET_PROOF)
		return sure;
	for (int i = 0; i < TREND_EVIDENCE_MAX; i++) {
		if ((evidence & 1u << i) != 0)
			sure = (uint8_t)max_i64(sure,
						trend_evidence_info((enum trend_evidence)i)->sure);
	}
	return sure;
}

static void epoch_begin(struct trend *t, const struct trend_candidate *c, enum trend_reset reset,
			struct trend_out *out)
{
	const bool is_same = t->epoch.reset_hour != TREND_HOUR_NEVER &&
			     t->epoch.firm != TREND_RESET_NONE &&
			     c->last_hour + 1 - t->epoch.start_hour <= SAME_EVENT_H;

	if (!is_same)
		trend_verdict_epoch_ends(t, c->first_hour, c->last_hour, c->lasted_s, out);
	t->epoch.start_hour = (int32_t)max_i64(t->epoch.start_hour, c->last_hour + 1);
	t->epoch.firm = reset;
	t->epoch.firm_evidence = c->evidence;
	trend_channels_forget(t);
}

static void tell(struct trend *t, const struct trend_candidate *c, enum trend_reset reset,
		 struct trend_out *out)
{
	struct trend_event *event = trend_tell(t, out, TREND_RESET);

	event->reset = reset;
	event->evidence = c->evidence;
	event->sure = trend_epoch_sure(reset, c->evidence);
}

/* What comes within two hours is the same event, by the strongest name and with the last end. */
static void decide(struct trend *t, const struct trend_candidate *c, enum trend_reset reset,
		   int64_t at_us, struct trend_out *out)
{
	const bool is_same = t->epoch.reset_hour != TREND_HOUR_NEVER &&
			     c->last_hour - t->epoch.reset_hour <= SAME_EVENT_H;
	const enum trend_reset before = is_same ? t->epoch.reset : TREND_RESET_NONE;
	const bool is_firm = reset >= TREND_RESET_DROP || before >= TREND_RESET_DROP;

	t->epoch.reset = reset > before ? reset : before;
	t->epoch.reset_hour = (int32_t)max_i64(c->last_hour, t->epoch.reset_hour);
	t->epoch.evidence = c->evidence | (is_same ? t->epoch.evidence : 0);
	if (reset >= TREND_RESET_DROP)
		t->epoch.reset_us = at_us;
	if (is_firm)
		epoch_begin(t, c, t->epoch.reset, out);
	if (!is_same || reset > before)
		tell(t, c, reset, out);
}

static int fallen(const struct trend *t, const struct trend_candidate *c, int probe,
		  enum trend_quantile quantile)
{
	const int16_t before =
		trend_recent_median(t, probe, quantile, c->first_hour - BEFORE_H, c->first_hour);
	const int16_t after = trend_recent_median(t, probe, quantile, c->last_hour + 1,
						  c->last_hour + TREND_EPOCH_SETTLE_H);

	return before == TREND_NONE || after == TREND_NONE ? 0 : before - after;
}

/* The level of one probe, or a tail that had been ramping on both. */
static bool has_dropped(const struct trend *t, const struct trend_candidate *c)
{
	if (fallen(t, c, TREND_CHEAP, TREND_Q50) > LEVEL_DROP ||
	    fallen(t, c, TREND_COSTLY, TREND_Q50) > LEVEL_DROP)
		return true;
	return (trend_standing(t, c->first_hour, 0) & 1u << TREND_TAIL) != 0 &&
	       fallen(t, c, TREND_CHEAP, TREND_Q90) > TAIL_DROP &&
	       fallen(t, c, TREND_COSTLY, TREND_Q90) > TAIL_DROP;
}

static void candidate_settle(struct trend *t, struct trend_candidate *c, struct trend_out *out)
{
	const int64_t at_us = (int64_t)(c->last_hour + 1) * USEC_PER_HOUR;

	c->is_used = false;
	if (has_dropped(t, c))
		decide(t, c, TREND_RESET_DROP, at_us, out);
	else if (c->has_error && c->lasted_s <= CODES_LASTED_S)
		decide(t, c, TREND_RESET_CODES, at_us, out);
}

static struct trend_candidate *free_candidate(struct trend *t, struct trend_out *out)
{
	struct trend_candidate *oldest = &t->candidates[0];

	for (int i = 0; i < TREND_CANDIDATES; i++) {
		if (!t->candidates[i].is_used)
			return &t->candidates[i];
		if (t->candidates[i].last_hour < oldest->last_hour)
			oldest = &t->candidates[i];
	}
	candidate_settle(t, oldest, out);
	return oldest;
}

void trend_epoch_outage(struct trend *t, struct trend_out *out)
{
	const struct trend_outage *o = &t->outage;
	const struct trend_candidate c = {
		.is_used = true,
		.first_hour = (int32_t)(o->from_us / USEC_PER_HOUR),
		.last_hour = (int32_t)(o->until_us / USEC_PER_HOUR),
		.lasted_s = (uint32_t)((o->until_us - o->from_us) / USEC_PER_SEC),
		.evidence = o->evidence,
		.has_error = o->has_error,
	};

	if (has_proof(c.evidence))
		decide(t, &c, TREND_RESET_PROOF, o->until_us, out);
	else
		*free_candidate(t, out) = c;
}

/* On its own, or just after an outage, to which it belongs then. */
void trend_epoch_evidence(struct trend *t, const struct trend_round *round, struct trend_out *out)
{
	struct trend_candidate c = { .first_hour = t->hour,
				     .last_hour = t->hour,
				     .lasted_s = 60,
				     .evidence = round->evidence };

	if (!has_proof(round->evidence))
		return;
	if (round->at_us - t->recovered_us <= EVIDENCE_BELONGS_US) {
		c.first_hour = (int32_t)(t->outage.from_us / USEC_PER_HOUR);
		c.lasted_s = (uint32_t)((t->outage.until_us - t->outage.from_us) / USEC_PER_SEC);
		c.evidence |= t->outage.evidence;
		for (int i = 0; i < TREND_CANDIDATES; i++)
			if (t->candidates[i].first_hour >= c.first_hour)
				t->candidates[i].is_used = false;
	}
	decide(t, &c, TREND_RESET_PROOF, round->at_us, out);
}

void trend_epoch_hour(struct trend *t, int32_t hour, struct trend_out *out)
{
	for (int i = 0; i < TREND_CANDIDATES; i++) {
		struct trend_candidate *c = &t->candidates[i];

		if (c->is_used && hour >= c->last_hour + TREND_EPOCH_SETTLE_H)
			candidate_settle(t, c, out);
	}
}

bool trend_epoch_is_unsettled(const struct trend *t)
{
	for (int i = 0; i < TREND_CANDIDATES; i++)
		if (t->candidates[i].is_used)
			return true;
	return false;
}
