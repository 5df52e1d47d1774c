/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The judgement goes on where the last run left it: the last day of observations through the
 * judge again, silently, then what the store had open.
 */
#include "engine/internal.h"

#define RESTORE_SPAN_US USEC_PER_DAY

static void restore_observation(void *user, const struct observation *obs)
{
	struct engine *e = user;

	(void)judge_feed(e->judge, obs, NULL, NULL);
}

static void restore_finding(void *user, const struct finding *finding)
{
	struct engine *e = user;

	if (finding->target >= ENGINE_TARGETS_MAX)
		return;
	e->was_restored[finding->target][finding_info(finding->kind)->family] = true;
	judge_restore(e->judge, finding);
}

static void restore_identity(void *user, uint32_t target, const struct bmc_identity *identity)
{
	struct engine *e = user;

	target_set_identity(e->targets, target, identity);
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
	const struct store_reader reader = { .on_observation = restore_observation,
					     .on_finding = restore_finding,
					     .on_identity = restore_identity,
					     .user = e };
	struct store *store = engine_store(e);

	if (!store)
		return;
	if (store_read(store, RESTORE_SPAN_US, clock_mono(), clock_wall(), &reader) < 0)
		return; /* the store has said why */
	tell_untold(e);
}
