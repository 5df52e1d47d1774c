/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A quarter of an hour is a stratum: what its commands came to is added up per program when it is
 * over, hits by chance included, and only these sums are kept. What stands in the open one is added
 * for a judgement and thrown away again.
 */
#include "model/contention.h"

#include <math.h>
#include <string.h>

#include "model/chance.h"

#define STRATUM_US	   (15 * USEC_PER_MINUTE)
#define HALF_US		   (6 * USEC_PER_HOUR)
#define JUDGE_US	   USEC_PER_MINUTE
#define BEFORE_US	   (1 * USEC_PER_SEC) /* what it sends at once may be in front of ours */
#define AFTER_US	   (3 * USEC_PER_SEC)
#define USUAL_MOST_US	   (60 * USEC_PER_SEC)
#define USUAL_VISITS	   31
#define HITS_MIN	   5
#define VISITS_MIN	   4
#define SHARE_MIN	   0.5
#define CHANCE_MOST	   1e-4
#define OVER_US		   (3 * USEC_PER_HOUR)
#define ARRIVAL_US	   (10 * USEC_PER_MINUTE)
#define ARRIVAL_BEFORE_MIN 60
#define ARRIVAL_TROUBLES   6
#define ARRIVAL_SHARE	   0.1
#define ARRIVAL_FACTOR	   5
#define ARRIVAL_CHANCE	   0.05
#define ARRIVAL_LATEST_US  (12 * USEC_PER_HOUR)
#define GONE_US		   (10 * USEC_PER_MINUTE)
#define SURE_MOST	   99
#define SURE_ARRIVAL_MOST  90

static bool is_trouble(enum obs_status status)
{
	return status == OBS_TIMEOUT || status == OBS_SLOW;
}

static bool is_sent(const struct observation *obs)
{
	return obs->metric == METRIC_COMMAND && obs->mono.v >= 0 && obs->error == 0 &&
	       obs->status != OBS_SKIPPED && obs->status != OBS_INTERFACE_LOST &&
	       obs->status != OBS_LATE && obs->status != OBS_DRIVER_STUCK;
}

/* --- a program's visits --- */

static const struct opener_span *span_of(const struct opener_entry *entry, uint64_t number)
{
	return &entry->spans[number % OPENER_SPANS_MAX];
}

static uint64_t first_span(const struct opener_entry *entry)
{
	return entry->span_count > OPENER_SPANS_MAX ? entry->span_count - OPENER_SPANS_MAX : 0;
}

/* How long it has the device open, as a rule: the median of its last visits. */
static int64_t usual_us(const struct opener_entry *entry)
{
	int64_t sorted[USUAL_VISITS];
	size_t count = 0;

	for (uint64_t n = entry->span_count; n > first_span(entry) && count < USUAL_VISITS; n--) {
		const struct opener_span *span = span_of(entry, n - 1);
		int64_t took;
		size_t at = count;

		if (!span->is_known || span->until.v == OPENER_STILL)
			continue;
		took = min_i64(mono_since(span->until, span->from), USUAL_MOST_US);
		for (; at > 0 && sorted[at - 1] > took; at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = took;
		count++;
	}
	return count > 0 ? sorted[count / 2] : 0;
}

/* The visit at which that was sent, or UINT64_MAX. */
static uint64_t visit_at(const struct opener_entry *entry, mono_us sent, int64_t usual)
{
	for (uint64_t n = entry->span_count; n > first_span(entry); n--) {
		const struct opener_span *span = span_of(entry, n - 1);
		const int64_t since = mono_since(sent, span->from);

		if (span->is_known && since >= -BEFORE_US && since <= usual + AFTER_US)
			return n - 1;
	}
	return UINT64_MAX;
}

static bool is_candidate(const struct opener_entry *entry, uint32_t target)
{
	return entry && entry->target == target && entry->agent != AGENT_OWN;
}

/* --- counting --- */

static void count_add(struct contention_count *sum, const struct contention_count *more)
{
	sum->commands += more->commands;
	sum->troubles += more->troubles;
	sum->hits += more->hits;
	sum->visits += more->visits;
	sum->exposed += more->exposed;
	sum->expected += more->expected;
}

/* The open batch, as one program has it. */
static struct contention_count count_batch(const struct contention *c,
					   const struct opener_entry *entry)
{
	const int64_t usual = usual_us(entry);
	const mono_us since = opener_remembers_since(entry);
	struct contention_count count = { 0 };
	uint64_t last = UINT64_MAX;

	for (uint32_t i = 0; i < c->case_count; i++) {
		const struct contention_case *one = &c->cases[i];
		uint64_t visit;

		if (mono_since(one->sent, since) < -BEFORE_US)
			continue;
		count.commands++;
		count.troubles += one->is_trouble;
		visit = visit_at(entry, one->sent, usual);
		if (visit == UINT64_MAX)
			continue;
		count.exposed++;
		if (!one->is_trouble)
			continue;
		count.hits++;
		count.visits += visit != last;
		last = visit;
	}
	if (count.commands > 0)
		count.expected = (double)count.troubles * count.exposed / count.commands;
	return count;
}

static void turn(struct contention *c, mono_us now)
{
	const int64_t half = now.v / HALF_US;

	if (half == c->half)
		return;
	for (size_t i = 0; i < OPENER_TABLE_MAX; i++) {
		struct contention_agent *agent = &c->agents[i];

		agent->halves[1] =
			half == c->half + 1 ? agent->halves[0] : (struct contention_count){ 0 };
		agent->halves[0] = (struct contention_count){ 0 };
	}
	c->half = half;
}

static void batch_close(struct contention *c, uint32_t target, mono_us now,
			const struct opener_table *openers)
{
	contention_greet(c, target, openers);
	for (size_t i = 0; i < opener_table_count(openers); i++) {
		const struct opener_entry *entry = opener_table_get(openers, i);
		struct contention_count count;

		if (!is_candidate(entry, target))
			continue;
		count = count_batch(c, entry);
		count_add(&c->agents[i].halves[0], &count);
	}
	c->case_count = 0;
	c->began = now;
	turn(c, now);
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

static void arrivals_add(struct contention *c, const struct contention_case *one)
{
	for (size_t i = 0; i < OPENER_TABLE_MAX; i++) {
		struct contention_agent *agent = &c->agents[i];

		if (!agent->is_used || mono_since(one->sent, agent->first) < 0)
			continue;
		if (one->is_trouble && agent->after_troubles == 0)
			agent->first_trouble = one->sent;
		agent->after_commands++;
		agent->after_troubles += one->is_trouble;
	}
}

void contention_learn(struct contention *c, const struct observation *obs,
		      const struct opener_table *openers)
{
	struct contention_case one = { .is_trouble = is_trouble(obs->status) };

	if (!is_sent(obs))
		return;
	one.sent = mono_add(obs->mono, -max_i64(obs->took_us, 0));
	if (!c->is_known) {
		c->is_known = true;
		c->began = one.sent;
		c->half = max_i64(one.sent.v, 0) / HALF_US;
	}
	if (c->case_count == CONTENTION_CASES_MAX || mono_since(one.sent, c->began) >= STRATUM_US)
		batch_close(c, obs->target, one.sent, openers);
	c->cases[c->case_count++] = one;
	if (one.is_trouble)
		c->last_trouble = one.sent;
	quarter_add(c, (mono_us){ max_i64(one.sent.v, 0) }, one.is_trouble);
	arrivals_add(c, &one);
	comb_add(&c->comb, one.sent, one.is_trouble);
}

/* --- programs that come --- */

static void agent_begin(const struct contention *c, struct contention_agent *agent,
			const struct opener_entry *entry)
{
	const int64_t number = max_i64(entry->first.v, 0) / STRATUM_US;

	*agent = (struct contention_agent){ .first = entry->first, .is_used = true };
	for (size_t i = 0; i < CONTENTION_QUARTERS; i++) {
		const struct contention_quarter *quarter = &c->quarters[i];

		if (quarter->commands == 0 || quarter->number > number ||
		    quarter->number <= number - CONTENTION_QUARTERS)
			continue;
		agent->before_commands += quarter->commands;
		agent->before_troubles += quarter->troubles;
		agent->watched_us += STRATUM_US;
	}
}

void contention_greet(struct contention *c, uint32_t target, const struct opener_table *openers)
{
	for (size_t i = 0; i < OPENER_TABLE_MAX; i++) {
		const struct opener_entry *entry = opener_table_get(openers, i);
		struct contention_agent *agent = &c->agents[i];

		if (!is_candidate(entry, target))
			*agent = (struct contention_agent){ 0 };
		else if (!agent->is_used || agent->first.v != entry->first.v)
			agent_begin(c, agent, entry);
	}
}

/* --- judging --- */

static uint8_t sure_of(double chance, unsigned most)
{
	const double sure = 100 * (1 - chance);

	return (uint8_t)fmax(1, fmin(floor(sure), most));
}

static bool judge_visits(const struct contention *c, size_t i, const struct opener_entry *entry,
			 unsigned tried, struct contention_verdict *best)
{
	struct contention_count sum = count_batch(c, entry);
	double chance;

	count_add(&sum, &c->agents[i].halves[0]);
	count_add(&sum, &c->agents[i].halves[1]);
	if (sum.hits < HITS_MIN || sum.visits < VISITS_MIN || sum.hits < SHARE_MIN * sum.troubles)
		return false;
	chance = tried * chance_of_bunches(sum.troubles, sum.hits, sum.expected / sum.troubles,
					   (double)sum.hits / sum.visits);
	if (chance > CHANCE_MOST || (best->how == CONTENTION_VISITS && chance >= best->chance))
		return false;
	*best = (struct contention_verdict){ .how = CONTENTION_VISITS,
					     .entry = i,
					     .hits = sum.hits,
					     .troubles = sum.troubles,
					     .commands = sum.commands,
					     .expected = sum.expected,
					     .chance = chance,
					     .sure = sure_of(chance, SURE_MOST) };
	return true;
}

static bool is_there(const struct opener_entry *entry, mono_us now)
{
	return entry->open_now > 0 || mono_since(now, entry->last) < GONE_US;
}

/* All programs that came during the day before: each might have been the one. */
static unsigned arrivals(const struct contention *c, mono_us now)
{
	unsigned count = 0;

	for (size_t i = 0; i < OPENER_TABLE_MAX; i++)
		count += c->agents[i].is_used && c->agents[i].watched_us > 0 &&
			 mono_since(now, c->agents[i].first) < USEC_PER_DAY;
	return count;
}

/* A step: hardly any trouble before it came, a lot since, and the first of it soon. The chance is
 * that of the trouble's beginning just then, of all the time that was watched. */
static bool judge_arrival(const struct contention *c, size_t i, const struct opener_entry *entry,
			  mono_us now, struct contention_verdict *best)
{
	const struct contention_agent *a = &c->agents[i];
	const double before = (a->before_troubles + 0.5) / (a->before_commands + 1.0);
	const double after =
		a->after_commands > 0 ? (double)a->after_troubles / a->after_commands : 0;
	double chance;

	if (a->before_commands < ARRIVAL_BEFORE_MIN || a->after_troubles < ARRIVAL_TROUBLES ||
	    after < ARRIVAL_SHARE || after < ARRIVAL_FACTOR * before || !is_there(entry, now) ||
	    mono_since(a->first_trouble, a->first) > ARRIVAL_US ||
	    mono_since(now, a->first) > ARRIVAL_LATEST_US)
		return false;
	chance = (double)arrivals(c, now) * ARRIVAL_US / (double)(a->watched_us + ARRIVAL_US);
	if (chance > ARRIVAL_CHANCE || chance >= best->chance)
		return false;
	*best = (struct contention_verdict){
		.how = CONTENTION_ARRIVAL,
		.entry = i,
		.hits = a->after_troubles,
		.troubles = a->after_troubles + a->before_troubles,
		.commands = a->after_commands,
		.expected = before * a->after_commands,
		.chance = chance,
		.after_us = mono_since(a->first_trouble, a->first),
		.sure = sure_of(chance, SURE_ARRIVAL_MOST),
	};
	return true;
}

static void judge_agents(const struct contention *c, uint32_t target, mono_us now,
			 const struct opener_table *openers, struct contention_verdict *best)
{
	unsigned tried = 0;

	for (size_t i = 0; i < opener_table_count(openers); i++)
		tried += is_candidate(opener_table_get(openers, i), target);
	best->chance = 1;
	for (size_t i = 0; i < opener_table_count(openers); i++) {
		if (is_candidate(opener_table_get(openers, i), target))
			(void)judge_visits(c, i, opener_table_get(openers, i), tried, best);
	}
	for (size_t i = 0; best->how == CONTENTION_NONE && i < opener_table_count(openers); i++) {
		if (is_candidate(opener_table_get(openers, i), target) && c->agents[i].is_used)
			(void)judge_arrival(c, i, opener_table_get(openers, i), now, best);
	}
}

bool contention_judge(struct contention *c, uint32_t target, mono_us now,
		      const struct opener_table *openers, struct contention_verdict *ret)
{
	struct contention_verdict best = { .how = CONTENTION_NONE };
	struct comb_slot slot;

	if (!c->is_known || (c->judged.v != 0 && mono_since(now, c->judged) < JUDGE_US))
		return false;
	c->judged = now;
	*ret = best;
	contention_greet(c, target, openers);
	if (c->last_trouble.v == 0 || mono_since(now, c->last_trouble) > OVER_US)
		return true;
	judge_agents(c, target, now, openers, &best);
	if (comb_find(&c->comb, now, &slot)) {
		best.period_s = slot.period_s;
		if (best.how == CONTENTION_NONE) {
			best = (struct contention_verdict){ .how = CONTENTION_CLOCK,
							    .hits = slot.hits,
							    .troubles = slot.all,
							    .expected = slot.expected,
							    .chance = slot.chance,
							    .period_s = slot.period_s,
							    .sure = sure_of(slot.chance,
									    SURE_MOST) };
		}
	}
	*ret = best;
	return true;
}
