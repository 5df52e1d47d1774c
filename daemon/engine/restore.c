/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The judgement goes on where the last run left it: the last day of observations through the
 * judge again, silently, then what the store had open.
 */
#include "engine/internal.h"

#define RESTORE_SPAN_US USEC_PER_DAY

struct restoring {
	struct engine *engine;
	mono_us mono; /* the last moment that anything is known of, at first now */
	wall_us wall;
};

static void restore_observation(void *user, const struct observation *obs)
{
	struct restoring *restoring = user;

	restoring->mono = obs->mono;
	restoring->wall = obs->wall;
	(void)judge_feed(restoring->engine->judge, obs, NULL, NULL);
	engine_trend_recall(restoring->engine, obs);
}

static void restore_finding(void *user, const struct finding *finding)
{
	const struct restoring *restoring = user;
	struct engine *e = restoring->engine;

	if (finding->target >= ENGINE_TARGETS_MAX)
		return;
	e->was_restored[finding->target][finding_info(finding->kind)->family] = true;
	judge_restore(e->judge, finding);
}

/* What a change while we were away is seen by. Not fed as of now: for the judge time would pass in
 * which it heard nothing, and an interface that was away for a moment then would be lost. */
static void restore_identity(void *user, uint32_t target, const struct bmc_identity *identity)
{
	const struct restoring *restoring = user;
	const struct observation obs = { .target = target,
					 .source = "store",
					 .metric = METRIC_IDENTITY,
					 .identity = identity,
					 .mono = restoring->mono,
					 .wall = restoring->wall };

	target_set_identity(restoring->engine->targets, target, identity);
	(void)judge_feed(restoring->engine->judge, &obs, NULL, NULL);
}

/* What the last run saw but did not live to tell. */
static void tell_untold(struct engine *e)
{
	for (uint32_t t = 0; t < target_count(e->targets); t++) {
		const struct finding *open[FAMILY_MAX];
		const size_t n = judge_findings(e->judge, t, open, FAMILY_MAX);

		for (size_t i = 0; i < n; i++) {
			if (!e->was_restored[t][finding_info(open[i]->kind)->family])
				engine_on_finding(e, open[i], FINDING_OPENED);
		}
	}
}

void engine_restore(struct engine *e)
{
	struct restoring restoring = { e, clock_mono(), clock_wall() };
	const struct store_reader reader = { .on_observation = restore_observation,
					     .on_finding = restore_finding,
					     .on_identity = restore_identity,
					     .user = &restoring };
	struct store *store = engine_store(e);

	if (!store)
		return;
	if (store_read(store, RESTORE_SPAN_US, restoring.mono, restoring.wall, &reader) < 0)
		return; /* the store has said why */
	for (uint32_t t = 0; t < target_count(e->targets); t++)
		engine_trend_begin(e, t);
	tell_untold(e);
}
