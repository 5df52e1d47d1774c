/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every kind, channel, restart and sign of one has a name of its own.
 */
#include <string.h>

#include "model/trend-names.c" /* the unit under test */
#include "tests/unit/tap.h"

typedef const char *name_fn(int value);

static const char *kind(int value)
{
	return trend_kind_name((enum trend_kind)value);
}

static const char *channel(int value)
{
	return trend_channel_name((enum trend_channel)value);
}

static const char *reset(int value)
{
	return trend_reset_name((enum trend_reset)value);
}

static const char *evidence(int value)
{
	const struct trend_evidence_info *info = trend_evidence_info((enum trend_evidence)value);

	return info ? info->name : "unknown";
}

static bool all_differ(name_fn *name, int count)
{
	for (int i = 0; i < count; i++)
		for (int j = i; j <= count; j++)
			if (!name(i) || (i != j && strcmp(name(i), name(j)) == 0))
				return false;
	return true;
}

int main(void)
{
	check(all_differ(kind, TREND_KIND_MAX), "every kind of event has its name");
	check(all_differ(channel, TREND_CHANNELS), "every channel has");
	check(all_differ(reset, TREND_RESET_MAX), "every way to know a restart has");
	check(all_differ(evidence, TREND_EVIDENCE_MAX), "every sign of one has");
	for (int i = 0; i < TREND_EVIDENCE_MAX; i++)
		check(evidence_table[i].source && evidence_table[i].sure > 0 &&
			      evidence_table[i].sure < 100 &&
			      evidence_table[i].is_proof == (evidence_table[i].sure >= 80),
		      "%s says where it comes from and how sure it is", evidence_table[i].name);
	check(!trend_evidence_info((enum trend_evidence)99), "of no other sign anything is known");
	return tap_done();
}
