/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What contention.c (visits, the clock) and contention-step.c (arrivals, load) share. Private to
 * them and their tests.
 */
#pragma once

#include "model/contention.h"

#define STRATUM_US (15 * USEC_PER_MINUTE)

static inline const struct opener_span *contention_span(const struct opener_entry *entry,
							uint64_t number)
{
	return &entry->spans[number % OPENER_SPANS_MAX];
}

static inline uint64_t contention_first_span(const struct opener_entry *entry)
{
	return entry->span_count > OPENER_SPANS_MAX ? entry->span_count - OPENER_SPANS_MAX : 0;
}

static inline bool contention_may_be(const struct opener_entry *entry, uint32_t target)
{
	return entry && entry->target == target && entry->agent != AGENT_OWN;
}

static inline bool contention_was_there(const struct opener_entry *entry, mono_us now,
					int64_t within_us)
{
	return entry && (entry->open_now > 0 || mono_since(now, entry->last) < within_us);
}

/* Per cent. */
uint8_t contention_sure(double chance, unsigned most);
/* Programs that are new since the last command. */
void contention_greet(struct contention *c, uint32_t target, const struct opener_table *openers);
/* A command: for those who came before it. */
void contention_arrivals_add(struct contention *c, const struct contention_case *one);
/* Did trouble come with the program in entry `i`, and less by chance than `best`? Then it is that.
 */
bool contention_arrival(const struct contention *c, size_t i, mono_us now,
			const struct opener_table *openers, struct contention_verdict *best);
/* The same of what others send altogether. */
bool contention_load_step(const struct contention *c, mono_us now, struct contention_verdict *best);
