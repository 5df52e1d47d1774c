/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of MESSAGE_IDs: complete, well formed, unique, and named as the findings are.
 */
#include <string.h>

#include "out/message-ids.c"
#include "tests/unit/tap.h"

static bool is_id(const char *id)
{
	return id && strlen(id) == 32 && strspn(id, "0123456789abcdef") == 32;
}

int main(void)
{
	bool complete = true, formed = true, unique = true, named = true;

	for (int i = 0; i < MESSAGE_MAX; i++) {
		const struct message_info *info = message_info((enum message)i);

		complete = complete && info->name && *info->name;
		formed = formed && is_id(info->id);
		for (int k = 0; k < i && complete && formed; k++) {
			const struct message_info *other = message_info((enum message)k);

			unique = unique && strcmp(info->id, other->id) != 0 &&
				 strcmp(info->name, other->name) != 0;
		}
	}
	check(complete, "every message has a name");
	check(formed, "every id is 32 lower-case hex digits");
	check(unique, "no name and no id is used twice");

	for (int kind = 0; kind < FINDING_KIND_MAX; kind++) {
		const char *name = message_info(message_of_finding((enum finding_kind)kind))->name;

		named = named && strcmp(name, finding_info((enum finding_kind)kind)->name) == 0;
	}
	check(named, "a finding's message is named as the finding is");
	check(strcmp(message_info(MESSAGE_FINDING_CLOSED)->id,
		     "a65d88d57c6349e28793664ce85438d4") == 0 &&
		      strcmp(message_info(MESSAGE_FINDING_FIRST)->id,
			     "196f3d578fe6469dbd1524089b6a42fc") == 0,
	      "ids that people filter by have not changed");
	return tap_done();
}
