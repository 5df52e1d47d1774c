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
#include "model/contention-state.h"

#define HALF_US	      (6 * USEC_PER_HOUR)
#define JUDGE_US      USEC_PER_MINUTE
#define BEFORE_US     (1 * USEC_PER_SEC) /* what it sends at once may be in front of ours */
#define AFTER_US      (3 * USEC_PER_SEC)
#define USUAL_MOST_US (60 * USEC_PER_SEC)
#define USUAL_VISITS  31
#define HITS_MIN      5
#define VISITS_MIN    4
#define SHARE_MIN     0.5
#define LEAD_US	      (10 * USEC_PER_MINUTE)
#define LEAD_MIN      3	  /* troubles */
#define LEAD_MOST     0.5 /* of the share at its visits */
#define CHANCE_MOST   1e-4
#define OVER_US	      (3 * USEC_PER_HOUR)
#define SURE_MOST     99

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

/* How long it has the device open, as a rule: the median of its last visits. */
static int64_t usual_us(const struct opener_entry *entry)
{
	int64_t sorted[USUAL_VISITS];
	size_t count = 0;

	for (uint64_t n = entry->span_count;
	     n > contention_first_span(entry) && count < USUAL_VISITS; n--) {
		const struct opener_span *span = contention_span(entry, n - 1);
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
	for (uint64_t n = entry->span_count; n > contention_first_span(entry); n--) {
		const struct opener_span *span = contention_span(entry, n - 1);
		const int64_t since = mono_since(sent, span->from);

		if (span->is_known && since >= -BEFORE_US && since <= usual + AFTER_US)
			return n - 1;
	}
	return UINT64_MAX;
}

/* Is one to begin before the next command is sent? */
static bool is_before_visit(const struct opener_entry *entry, mono_us sent, mono_us next)
{
	for (uint64_t n = entry->span_count; n > contention_first_span(entry); n--) {
		const struct opener_span *span = contention_span(entry, n - 1);
		const int64_t until = mono_since(span->from, sent);

		if (until < 0)
			return false;
		if (span->is_known && until <= LEAD_US &&
		    mono_since(next, span->from) >= -BEFORE_US)
			return true;
	}
	return false;
}

/* --- counting --- */

static void count_add(struct contention_count *sum, const struct contention_count *more)
{
	sum->commands += more->commands;
	sum->troubles += more->troubles;
	sum->hits += more->hits;
	sum->visits += more->visits;
	sum->exposed += more->exposed;
	sum->lead += more->lead;
	sum->lead_troubles += more->lead_troubles;
	sum->expected += more->expected;
}

/* The last command before a visit; of the last one in the batch nobody knows whether it is that. */
static void lead_add(struct contention_count *count, const struct contention *c,
		     const struct opener_entry *entry, uint32_t i)
{
	if (i + 1 == c->case_count ||
	    !is_before_visit(entry, c->cases[i].sent, c->cases[i + 1].sent))
		return;
	count->lead++;
	count->lead_troubles += c->cases[i].is_trouble;
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
		if (visit == UINT64_MAX) {
			lead_add(&count, c, entry, i);
			continue;
		}
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

		if (!contention_may_be(entry, target))
			continue;
		count = count_batch(c, entry);
		count_add(&c->agents[i].halves[0], &count);
	}
	c->case_count = 0;
	c->began = now;
	turn(c, now);
}

void contention_learn(struct contention *c, const struct observation *obs,
		      const struct opener_table *openers)
{
	struct contention_case one = { .is_trouble = is_trouble(obs->status) };

	if (!is_sent(obs))
		return;
	one.sent = mono_add(obs->mono, -max_i64(obs->took_us, 0));
	c->newest = one.sent;
	contention_greet(c, obs->target, openers);
	if (!c->is_known) {
		c->is_known = true;
		c->since = c->began = one.sent;
		c->half = max_i64(one.sent.v, 0) / HALF_US;
	}
	if (c->case_count == CONTENTION_CASES_MAX || mono_since(one.sent, c->began) >= STRATUM_US)
		batch_close(c, obs->target, one.sent, openers);
	c->cases[c->case_count++] = one;
	if (one.is_trouble)
		c->last_trouble = one.sent;
	contention_arrivals_add(c, &one);
	comb_add(&c->comb, one.sent, one.is_trouble);
}

/* --- judging --- */

/* It comes because there is trouble: the command before its visits fared as those at them. */
static bool is_reaction(const struct contention_count *sum)
{
	return sum->lead_troubles >= LEAD_MIN && (double)sum->lead_troubles * sum->exposed >=
							 LEAD_MOST * (double)sum->hits * sum->lead;
}

static bool judge_visits(const struct contention *c, size_t i, const struct opener_entry *entry,
			 unsigned tried, struct contention_verdict *best)
{
	struct contention_count sum = count_batch(c, entry);
	double chance;

	count_add(&sum, &c->agents[i].halves[0]);
	count_add(&sum, &c->agents[i].halves[1]);
	if (sum.hits < HITS_MIN || sum.visits < VISITS_MIN || sum.hits < SHARE_MIN * sum.troubles ||
	    is_reaction(&sum))
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
					     .sure = contention_sure(chance, SURE_MOST) };
	return true;
}

static void judge_agents(const struct contention *c, uint32_t target, mono_us now,
			 const struct opener_table *openers, struct contention_verdict *best)
{
	unsigned tried = 0;

	for (size_t i = 0; i < opener_table_count(openers); i++)
		tried += contention_may_be(opener_table_get(openers, i), target);
	best->chance = 1;
	for (size_t i = 0; i < opener_table_count(openers); i++) {
		const struct opener_entry *entry = opener_table_get(openers, i);

		if (contention_may_be(entry, target) && contention_was_there(entry, now, OVER_US))
			(void)judge_visits(c, i, entry, tried, best);
	}
	for (size_t i = 0; best->how == CONTENTION_NONE && i < opener_table_count(openers); i++) {
		if (contention_may_be(opener_table_get(openers, i), target))
			(void)contention_arrival(c, i, now, openers, best);
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
	if (best.how == CONTENTION_NONE)
		(void)contention_load_step(c, now, &best);
	if (comb_find(&c->comb, now, &slot)) {
		best.period_s = slot.period_s;
		if (best.how == CONTENTION_NONE) {
			best = (struct contention_verdict){ .how = CONTENTION_CLOCK,
							    .hits = slot.hits,
							    .troubles = slot.all,
							    .expected = slot.expected,
							    .chance = slot.chance,
							    .period_s = slot.period_s,
							    .sure = contention_sure(slot.chance,
										    SURE_MOST) };
		}
	}
	*ret = best;
	return true;
}
