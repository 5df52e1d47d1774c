/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signs of a restart of the controller, as text.
 */
#include "model/evidence.h"

#include <stdio.h>

void trend_evidence_names(uint32_t signs, const char *between, char *text, size_t max)
{
	size_t len = 0;

	*text = '\0';
	for (int i = 0; i < TREND_EVIDENCE_MAX; i++) {
		const char *name = trend_evidence_info((enum trend_evidence)i)->name;

		if ((signs & 1u << i) == 0 || len + strlen(between) + strlen(name) >= max)
			continue;
		(void)snprintf(text + len, max - len, "%s%s", len > 0 ? between : "", name);
		len = strlen(text);
	}
}

void trend_reset_signs(enum trend_reset reset, uint32_t signs, char *text, size_t max)
{
	if (reset == TREND_RESET_PROOF)
		trend_evidence_names(signs, ", ", text, max);
	else if (reset == TREND_RESET_DROP)
		(void)snprintf(text, max, "it was away and is faster than before");
	else
		(void)snprintf(text, max, "it was away (%s)", trend_reset_name(reset));
}
