/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Restarts of the controller. Proof begins an epoch at once. An outage without proof waits three
 * hours: if the first replies after it were slower than later ones, or all is faster after it than
 * before, that was a restart, too. Codes alone are told, but split nothing: a wrong split throws a
 * ramp away.
 */
#include <math.h>

#include "model/trend-state.h"

#define SAME_EVENT_H	    2
#define AGAIN_US	    (15 * USEC_PER_MINUTE) /* quiet so long, it was up again */
#define TAIL_DROP	    (int)(0.5 * TREND_SCALE)
#define LEVEL_DROP	    (int)(0.18 * TREND_SCALE)
#define BEFORE_H	    4
#define CODES_LASTED_S	    300
#define PART_LASTED_S	    240
#define WARM_SURE	    2.2 /* deviations above the hours that follow */
#define WARM_CODES	    1.5
#define WARM_LONE	    5.0
#define WARM_NOT	    1.0
#define WARM_LEAST	    0.12 /* ln */
#define WARM_LEAST_LONE	    0.25
#define WARM_WANDER	    0.05 /* what neighbouring minutes have in common */
#define WARM_ERROR	    0.08 /* seen well enough to say that it was not slow */
#define LONE_MAX	    3	 /* failed rounds in three days */
#define CHANCE_H	    24
#define CHANCE		    0.01 /* such outages a day, if commands fail apart from each other */
#define NOISE_FACTOR	    3.0
#define NOISE_WINDOW	    0 /* 12 h */
#define LEGS_DROP	    0.25
#define LEGS_PART	    0.3
#define LEGS_NEAR	    0.1
#define EVIDENCE_BELONGS_US (5 * USEC_PER_MINUTE)
#define SAID_AGAIN_US	    (10 * USEC_PER_MINUTE)

static uint32_t proofs(uint32_t evidence)
{
	uint32_t found = 0;

	for (int i = 0; i < TREND_EVIDENCE_MAX; i++)
		if (trend_evidence_info((enum trend_evidence)i)->is_proof)
			found |= evidence & 1u << i;
	return found;
}

static bool has_proof(uint32_t evidence)
{
	return proofs(evidence) != 0;
}

uint8_t trend_epoch_sure(enum trend_reset reset, uint32_t evidence)
{
	static const uint8_t sure_of[TREND_RESET_PROOF] = {
		[TREND_RESET_CODES] = 60, [TREND_RESET_DROP] = 75, [TREND_RESET_WARM] = 90
	};
	uint8_t sure = 0;

	if (reset != TREND_RESET_PROOF)
		return sure_of[reset];
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
	trend_break(t, t->epoch.start_hour);
}

static void tell(struct trend *t, const struct trend_candidate *c, enum trend_reset reset,
		 struct trend_out *out)
{
	struct trend_event *event = trend_tell(t, out, TREND_RESET);

	event->reset = reset;
	event->evidence = c->evidence;
	event->sure = trend_epoch_sure(reset, c->evidence);
}

/* A restart shows by each sign once, some of them late: the same one anew, or another absence with
 * proof, is the next restart. */
static bool is_again(const struct trend *t, const struct trend_candidate *c, enum trend_reset reset,
		     int64_t at_us)
{
	if (reset != TREND_RESET_PROOF || t->epoch.firm != TREND_RESET_PROOF ||
	    at_us - c->lasted_s * USEC_PER_SEC - t->epoch.reset_us < AGAIN_US)
		return false;
	return c->is_outage || (proofs(c->evidence) & t->epoch.evidence) != 0;
}

/* What else comes within two hours of its first sign is the same event, as is what is said again
 * and again; by the strongest name and with the last end. A loop of restarts is told more than
 * once. */
static void decide(struct trend *t, const struct trend_candidate *c, enum trend_reset reset,
		   int64_t at_us, struct trend_out *out)
{
	const bool is_same = t->epoch.reset_hour != TREND_HOUR_NEVER &&
			     (c->last_hour - t->epoch.reset_hour <= SAME_EVENT_H ||
			      at_us - t->epoch.reset_us <= SAID_AGAIN_US) &&
			     !is_again(t, c, reset, at_us);
	const enum trend_reset before = is_same ? t->epoch.reset : TREND_RESET_NONE;
	const bool is_firm = reset >= TREND_RESET_DROP || before >= TREND_RESET_DROP;

	t->epoch.reset = reset > before ? reset : before;
	if (!is_same)
		t->epoch.reset_hour = c->last_hour;
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
static bool has_dropped(struct trend *t, const struct trend_candidate *c)
{
	for (int probe = 0; t->latency && probe < TREND_PROBES; probe++) {
		const double noise = trend_noise(t, probe, TREND_Q20, NOISE_WINDOW);

		if (fallen(t, c, probe, TREND_Q50) >
		    fmax(LEVEL_DROP, NOISE_FACTOR * noise * TREND_SCALE))
			return true;
	}
	return (trend_standing(t, c->first_hour, 0) & 1u << TREND_TAIL) != 0 &&
	       fallen(t, c, TREND_CHEAP, TREND_Q90) > TAIL_DROP &&
	       fallen(t, c, TREND_COSTLY, TREND_Q90) > TAIL_DROP;
}

/* A controller on its last legs is as slow after the outage as before it, and faster only later. */
static bool is_last_legs(const struct trend *t, const struct trend_candidate *c, double excess)
{
	const double drop = (double)max_i64(fallen(t, c, TREND_CHEAP, TREND_Q50),
					    fallen(t, c, TREND_COSTLY, TREND_Q50)) /
			    TREND_SCALE;

	return drop > LEGS_DROP && fabs(excess - drop) < LEGS_PART * drop + LEGS_NEAR;
}

static double needed(const struct trend_candidate *c)
{
	if (c->is_lone)
		return WARM_LONE;
	return c->has_error ? WARM_CODES : WARM_SURE;
}

static enum trend_reset restart_of(struct trend *t, const struct trend_candidate *c)
{
	const struct warmup w = trend_warmup(t, (int)(c - t->candidates));
	const double z = w.is_known ? w.excess / hypot(w.error, WARM_WANDER) : 0;
	/* something in it was restarted, not the controller */
	const bool is_cold =
		c->lasted_s <= PART_LASTED_S && w.is_known && w.error < WARM_ERROR && z < WARM_NOT;

	if (w.is_known && z > needed(c) && w.excess > (c->is_lone ? WARM_LEAST_LONE : WARM_LEAST) &&
	    !is_last_legs(t, c, w.excess))
		return TREND_RESET_WARM;
	if (c->is_lone)
		return TREND_RESET_NONE;
	if (has_dropped(t, c) && (c->has_error || !is_cold))
		return TREND_RESET_DROP;
	/* Where latencies are known a restart shows in them: codes without that are mostly none. */
	return !t->latency && c->has_error && c->lasted_s <= CODES_LASTED_S ? TREND_RESET_CODES
									    : TREND_RESET_NONE;
}

static void candidate_settle(struct trend *t, struct trend_candidate *c, struct trend_out *out)
{
	const int64_t at_us = (int64_t)(c->last_hour + 1) * USEC_PER_HOUR;
	const enum trend_reset reset = restart_of(t, c);

	c->is_used = false;
	if (reset != TREND_RESET_NONE)
		decide(t, c, reset, at_us, out);
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

/* Where every fifth command fails, two rounds in a row do now and then. */
static bool is_by_chance(const struct trend *t, const struct trend_outage *o)
{
	const int32_t first = t->hour - CHANCE_H, last = t->hour - 1;
	const double rounds = trend_present_sum(t, first, last);
	const double failed = trend_timeouts_sum(t, first, last);

	return rounds > 0 && rounds * pow(failed / (2 * rounds), 2.0 * (double)o->rounds) > CHANCE;
}

static void candidate_keep(struct trend *t, struct trend_candidate *slot,
			   const struct trend_candidate *c, int64_t since_us)
{
	*slot = *c;
	trend_warmup_start(t, (int)(slot - t->candidates), since_us);
}

void trend_epoch_outage(struct trend *t, struct trend_out *out)
{
	const struct trend_outage *o = &t->outage;
	const struct trend_candidate c = {
		.is_used = true,
		.is_outage = true,
		.first_hour = (int32_t)(o->from_us / USEC_PER_HOUR),
		.last_hour = (int32_t)(o->until_us / USEC_PER_HOUR),
		.lasted_s = (uint32_t)((o->until_us - o->from_us) / USEC_PER_SEC),
		.evidence = o->evidence,
		.has_error = o->has_error,
	};

	if (has_proof(c.evidence))
		decide(t, &c, TREND_RESET_PROOF, o->until_us, out);
	else if (c.has_error || !is_by_chance(t, o))
		candidate_keep(t, free_candidate(t, out), &c, o->until_us);
}

/* A restart that is over within a minute. */
void trend_epoch_lone(struct trend *t, const struct trend_round *round)
{
	const int32_t hour = (int32_t)(round->at_us / USEC_PER_HOUR);
	const struct trend_candidate c = {
		.is_used = true,
		.is_lone = true,
		.first_hour = hour,
		.last_hour = hour,
		.lasted_s = 60,
		.evidence = round->evidence,
		.has_error = round->has_error,
	};

	if (!t->latency || trend_phase_failed(t) > LONE_MAX)
		return;
	for (int i = 0; i < TREND_CANDIDATES; i++) {
		if (t->candidates[i].is_used)
			continue;
		candidate_keep(t, &t->candidates[i], &c, round->at_us);
		return;
	}
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
		c.is_outage = true;
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
		if (t->candidates[i].is_used && !t->candidates[i].is_lone)
			return true;
	return false;
}
