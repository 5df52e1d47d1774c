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
	static const char *const seen[TREND_RESET_MAX] = {
		[TREND_RESET_CODES] = "it was away for minutes",
		[TREND_RESET_DROP] = "it was away and is faster than before",
		[TREND_RESET_WARM] = "it was away and was slow at first, as after a start",
	};

	if (reset == TREND_RESET_PROOF)
		trend_evidence_names(signs, ", ", text, max);
	else
		(void)snprintf(text, max, "%s", seen[reset] != NULL ? seen[reset] : "");
}
