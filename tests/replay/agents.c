/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When they come and go, and what a helper would tell of it.
 */
#include "tests/replay/agents.h"

#include <stdio.h>

static void tell(const struct agency *a, int number, enum opener_event_kind kind, mono_us now,
		 struct judge *judge)
{
	struct opener_event event = { .kind = kind,
				      .at = now,
				      .who = { .pid = 1000 + number, .start_ticks = a->runs } };

	if (a->agent.is_hidden)
		return;
	(void)snprintf(event.who.comm, sizeof(event.who.comm), "%.15s", a->agent.comm);
	(void)snprintf(event.who.unit, sizeof(event.who.unit), "%s", a->agent.unit);
	judge_opener(judge, &event);
}

static void step(struct agency *a, int number, mono_us now, struct judge *judge)
{
	if (a->is_open && mono_since(now, a->until) >= 0) {
		tell(a, number, OPENER_CLOSED, now, judge);
		a->is_open = false;
	}
	if (a->is_open || mono_since(now, a->next) < 0)
		return;
	a->runs++;
	a->is_open = true;
	a->until = (mono_us){ INT64_MAX };
	if (a->agent.every_us > 0)
		a->until = mono_add(now, a->agent.holds_us);
	while (a->agent.every_us > 0 && mono_since(now, a->next) >= 0)
		a->next = mono_add(a->next, a->agent.every_us);
	tell(a, number, OPENER_OPENED, now, judge);
}

bool agents_were_there(struct crowd_of_agents *crowd)
{
	const bool were = crowd->were_there;

	crowd->were_there = agents_crowd(crowd);
	return were || crowd->were_there;
}

void agents_step(struct crowd_of_agents *crowd, mono_us now, struct judge *judge)
{
	for (int i = 0; i < WORLD_AGENTS_MAX; i++) {
		if (crowd->agencies[i].is_used)
			step(&crowd->agencies[i], i, now, judge);
		crowd->were_there |= crowd->agencies[i].is_used && crowd->agencies[i].is_open;
	}
}

mono_us agents_next(const struct crowd_of_agents *crowd)
{
	mono_us next = { INT64_MAX };

	for (size_t i = 0; i < WORLD_AGENTS_MAX; i++) {
		const struct agency *a = &crowd->agencies[i];

		if (a->is_used)
			next.v = min_i64(next.v, a->is_open ? a->until.v : a->next.v);
	}
	return next;
}

bool agents_crowd(const struct crowd_of_agents *crowd)
{
	for (size_t i = 0; i < WORLD_AGENTS_MAX; i++) {
		const struct agency *a = &crowd->agencies[i];

		if (a->is_used && a->is_open && !a->agent.is_harmless)
			return true;
	}
	return false;
}

int agents_add(struct crowd_of_agents *crowd, const struct agent_like *agent, mono_us now)
{
	for (size_t i = 0; i < WORLD_AGENTS_MAX; i++) {
		if (crowd->agencies[i].is_used)
			continue;
		crowd->agencies[i] =
			(struct agency){ .agent = *agent, .is_used = true, .next = now };
		return 0;
	}
	return -ENOSPC;
}

int agents_stop(struct crowd_of_agents *crowd, const char *comm, mono_us now, struct judge *judge)
{
	for (int i = 0; i < WORLD_AGENTS_MAX; i++) {
		struct agency *a = &crowd->agencies[i];

		if (!a->is_used || strcmp(a->agent.comm, comm) != 0)
			continue;
		if (a->is_open)
			tell(a, i, OPENER_CLOSED, now, judge);
		a->is_used = false;
		return 0;
	}
	return -ENOENT;
}
