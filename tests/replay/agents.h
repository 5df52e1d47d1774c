/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other programs of a scenario, that have the device open now and then.
 */
#pragma once

#include <stdbool.h>

#include "model/judge.h"

#define WORLD_NAME_MAX	 64
#define WORLD_AGENTS_MAX 8

struct agent_like {
	char comm[WORLD_NAME_MAX], unit[WORLD_NAME_MAX];
	int64_t every_us; /* 0: it stays */
	int64_t holds_us;
	bool is_hidden;	  /* no helper tells of it */
	bool is_harmless; /* nothing is crowded by it */
};

struct agency { /* one of them, and when it does what next */
	struct agent_like agent;
	bool is_used, is_open;
	mono_us next, until;
	uint64_t runs;
};

struct crowd_of_agents {
	struct agency agencies[WORLD_AGENTS_MAX];
	bool were_there;
};

/* -ENOSPC: that is one too many. */
MUST_CHECK int agents_add(struct crowd_of_agents *crowd, const struct agent_like *agent,
			  mono_us now);
/* -ENOENT: there is none of that name. */
MUST_CHECK int agents_stop(struct crowd_of_agents *crowd, const char *comm, mono_us now,
			   struct judge *judge);
/* Whatever is due by now happens, and the judge hears of it. */
void agents_step(struct crowd_of_agents *crowd, mono_us now, struct judge *judge);
mono_us agents_next(const struct crowd_of_agents *crowd);
/* Since it was last asked. */
bool agents_were_there(struct crowd_of_agents *crowd);
bool agents_crowd(const struct crowd_of_agents *crowd);
