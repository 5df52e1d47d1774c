/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Steps: trouble that began when a program came, or when others began to ask more, and that was not
 * there before. For a program that opens the device once and stays there is no other comparison.
 */
#include <math.h>
#include <stdlib.h>

#include "model/chance.h"
#include "model/contention-state.h"

#define ARRIVAL_US	   (10 * USEC_PER_MINUTE)
#define ARRIVAL_SOON_US	   USEC_PER_MINUTE /* nearer than that is no nearer */
#define ARRIVAL_BEFORE_MIN 60
#define ARRIVAL_TROUBLES   6
#define ARRIVAL_SHARE	   0.1
#define ARRIVAL_FACTOR	   5
#define ARRIVAL_CHANCE	   0.05
#define REACTION_US	   (2 * USEC_PER_MINUTE)
#define EVE_QUARTERS	   2
#define EVE_CHANCE	   0.05
#define LOOKED_US	   (15 * USEC_PER_MINUTE) /* who looks only, looks that often */
#define TICK_US		   (USEC_PER_SEC / 100)	  /* of /proc/PID/stat, proc(5) */
#define GONE_US		   (10 * USEC_PER_MINUTE)
#define SURE_ARRIVAL_MOST  90
#define LOAD_MIN	   600 /* commands an hour */
#define LOAD_FACTOR	   5
#define LOAD_MEMORY	   30 /* counts, one a minute */

/* --- programs that come --- */

/* When it came: it was seen to open the device; or it was found with it, and its process has begun
 * since the look before. The start of a process is told in ticks since the host booted. */
static bool has_come(const struct opener_entry *entry, mono_us *ret_at)
{
	const struct opener_span *span = contention_span(entry, contention_first_span(entry));

	*ret_at = entry->first;
	if (entry->span_count > 0 && entry->span_count <= OPENER_SPANS_MAX && span->is_known)
		return true;
	if (entry->who.kind == OPENER_KERNEL || entry->opens > 1 ||
	    entry->who.start_ticks > INT64_MAX / TICK_US)
		return false;
	ret_at->v = (int64_t)entry->who.start_ticks * TICK_US;
	return ret_at->v <= entry->first.v && mono_since(entry->first, *ret_at) <= LOOKED_US;
}

/* How the commands before it fared. `agent` has first, came, has_come. */
static void agent_begin(const struct contention *c, struct contention_agent *agent)
{
	const int64_t number = max_i64(agent->first.v, 0) / STRATUM_US;

	agent->is_used = true;
	agent->is_reaction =
		c->last_trouble.v != 0 && mono_since(agent->came, c->last_trouble) < REACTION_US;
	for (size_t i = 0; i < CONTENTION_QUARTERS; i++) {
		const struct contention_quarter *quarter = &c->quarters[i];

		if (quarter->commands == 0 || quarter->number > number ||
		    quarter->number <= number - CONTENTION_QUARTERS)
			continue;
		agent->before_commands += quarter->commands;
		agent->before_troubles += quarter->troubles;
		agent->watched_us += STRATUM_US;
		if (quarter->number < number - EVE_QUARTERS)
			continue;
		agent->eve_commands += quarter->commands;
		agent->eve_troubles += quarter->troubles;
	}
	agent->watched_us =
		min_i64(agent->watched_us, max_i64(mono_since(agent->first, c->since), 0));
}

void contention_greet(struct contention *c, uint32_t target, const struct opener_table *openers)
{
	for (size_t i = 0; i < OPENER_TABLE_MAX; i++) {
		const struct opener_entry *entry = opener_table_get(openers, i);
		struct contention_agent *agent = &c->agents[i];

		if (contention_may_be(entry, target) && agent->is_used &&
		    agent->first.v == entry->first.v)
			continue;
		*agent = (struct contention_agent){ 0 };
		/* later: what went before is still to be told */
		if (!contention_may_be(entry, target) || entry->first.v > c->newest.v)
			continue;
		agent->first = entry->first;
		agent->has_come = has_come(entry, &agent->came);
		agent_begin(c, agent);
	}
}

static void quarter_add(struct contention *c, mono_us at, bool has_trouble)
{
	const int64_t number = at.v / STRATUM_US;
	struct contention_quarter *quarter = &c->quarters[number % CONTENTION_QUARTERS];

	if (quarter->number != number)
		*quarter = (struct contention_quarter){ .number = number };
	if (quarter->commands < UINT16_MAX) {
		quarter->commands++;
		quarter->troubles += has_trouble;
	}
}

static void after_add(struct contention_agent *agent, const struct contention_case *one)
{
	if (!agent->is_used || mono_since(one->sent, agent->came) < 0)
		return;
	if (one->is_trouble && agent->after_troubles == 0)
		agent->first_trouble = one->sent;
	agent->after_commands++;
	agent->after_troubles += one->is_trouble;
}

void contention_arrivals_add(struct contention *c, const struct contention_case *one)
{
	quarter_add(c, (mono_us){ max_i64(one->sent.v, 0) }, one->is_trouble);
	for (size_t i = 0; i < OPENER_TABLE_MAX; i++)
		after_add(&c->agents[i], one);
	after_add(&c->load.agent, one);
}

uint8_t contention_sure(double chance, unsigned most)
{
	const double sure = 100 * (1 - chance);

	return (uint8_t)fmax(1, fmin(floor(sure), most));
}

/* All programs that came within a day of that and are still there: each might have been it. */
static unsigned arrivals(const struct contention *c, mono_us came, mono_us now,
			 const struct opener_table *openers)
{
	unsigned count = 0;

	for (size_t i = 0; i < opener_table_count(openers); i++) {
		count += c->agents[i].is_used && c->agents[i].has_come &&
			 contention_was_there(opener_table_get(openers, i), now, GONE_US) &&
			 llabs(mono_since(came, c->agents[i].came)) < USEC_PER_DAY;
	}
	return count;
}

/* There was trouble when it came, or more in the half hour before than on the day before. */
static bool came_too_late(const struct contention_agent *a)
{
	const double usual = (a->before_troubles - a->eve_troubles + 0.5) /
			     (a->before_commands - a->eve_commands + 1.0);

	return a->is_reaction || chance_of(a->eve_commands, a->eve_troubles, usual) < EVE_CHANCE;
}

/* That trouble begins no later after one of so many arrivals, of all the time that was watched. */
static double arrival_chance(const struct contention_agent *a, unsigned arrivals)
{
	const int64_t delay = max_i64(mono_since(a->first_trouble, a->came), ARRIVAL_SOON_US);

	return (double)arrivals * (double)delay / (double)(a->watched_us + delay);
}

/* A step: hardly any trouble before it came, a lot since, and the first of it soon. */
static bool is_step(const struct contention_agent *a)
{
	const double before = (a->before_troubles + 0.5) / (a->before_commands + 1.0);
	const double after =
		a->after_commands > 0 ? (double)a->after_troubles / a->after_commands : 0;

	return a->is_used && a->has_come && a->before_commands >= ARRIVAL_BEFORE_MIN &&
	       a->after_troubles >= ARRIVAL_TROUBLES && after >= ARRIVAL_SHARE &&
	       after >= ARRIVAL_FACTOR * before && !came_too_late(a) &&
	       mono_since(a->first_trouble, a->came) <= ARRIVAL_US;
}

static bool judge_step(const struct contention_agent *a, unsigned arrivals,
		       struct contention_verdict *best)
{
	const double chance = arrival_chance(a, arrivals);

	if (chance > ARRIVAL_CHANCE || (best->how != CONTENTION_NONE && chance >= best->chance))
		return false;
	*best = (struct contention_verdict){
		.hits = a->after_troubles,
		.troubles = a->after_troubles + a->before_troubles,
		.commands = a->after_commands,
		.expected =
			(a->before_troubles + 0.5) / (a->before_commands + 1.0) * a->after_commands,
		.chance = chance,
		.after_us = mono_since(a->first_trouble, a->came),
		.sure = contention_sure(chance, SURE_ARRIVAL_MOST),
	};
	return true;
}

bool contention_arrival(const struct contention *c, size_t i, mono_us now,
			const struct opener_table *openers, struct contention_verdict *best)
{
	const struct contention_agent *a = &c->agents[i];

	if (!is_step(a) || !contention_was_there(opener_table_get(openers, i), now, GONE_US) ||
	    !judge_step(a, arrivals(c, a->came, now, openers), best))
		return false;
	best->how = CONTENTION_ARRIVAL;
	best->entry = i;
	return true;
}

/* --- what others send altogether --- */

void contention_load_learn(struct contention *c, const struct observation *obs)
{
	struct contention_load *l = &c->load;
	const double value = (double)max_i64(obs->value, 0);

	if (!l->is_known)
		l->usual = value;
	if (l->agent.is_used && value < LOAD_MIN / 2.0) {
		l->agent = (struct contention_agent){ 0 };
	} else if (l->is_known && !l->agent.is_used && value >= LOAD_MIN &&
		   value >= LOAD_FACTOR * l->usual) {
		l->agent = (struct contention_agent){ .first = l->at,
						      .came = l->at,
						      .has_come = true };
		l->per_hour = obs->value;
		agent_begin(c, &l->agent);
	} else if (!l->agent.is_used) {
		l->usual += (value - l->usual) / LOAD_MEMORY;
	}
	l->is_known = true;
	l->at = obs->mono;
}

bool contention_load_step(const struct contention *c, mono_us now, struct contention_verdict *best)
{
	const struct contention_load *l = &c->load;

	if (!is_step(&l->agent) || mono_since(now, l->at) > GONE_US ||
	    !judge_step(&l->agent, 1, best))
		return false;
	best->how = CONTENTION_LOAD;
	return true;
}
