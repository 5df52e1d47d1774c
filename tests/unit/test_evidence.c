/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signs as text: in order, and never cut in the middle.
 */
#include "model/evidence.c" /* the unit under test */
#include "tests/unit/tap.h"

int main(void)
{
	char text[40];

	trend_evidence_names(0, ",", text, sizeof(text));
	check(strcmp(text, "") == 0, "no sign, no word");
	trend_evidence_names(1u << TREND_UPDATING | 1u << TREND_SEL_CLOCK_UNSET, ", ", text,
			     sizeof(text));
	check(strcmp(text, "updating, sel-clock-unset") == 0, "signs are named in order: %s", text);
	trend_evidence_names(UINT32_MAX, ",", text, sizeof(text));
	check(strlen(text) < sizeof(text) && text[strlen(text) - 1] != ',',
	      "what has no room is left out whole: %s", text);
	trend_reset_signs(TREND_RESET_PROOF, 1u << TREND_UPDATING, text, sizeof(text));
	check(strcmp(text, "updating") == 0, "a restart with proof is known by that");
	trend_reset_signs(TREND_RESET_DROP, 1u << TREND_UPDATING, text, sizeof(text));
	check(strstr(text, "faster than before"), "one without by its latency");
	trend_reset_signs(TREND_RESET_CODES, 0, text, sizeof(text));
	check(strcmp(text, "it was away for minutes") == 0, "or by its silence");
	return tap_done();
}
