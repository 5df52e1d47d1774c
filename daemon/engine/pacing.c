/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A change of the pace at which commands are sent, as a line in the journal.
 */
#include "engine/internal.h"

void engine_on_pace(void *host, uint32_t target, enum pace_mode mode, enum pace_why why)
{
	static const char *const texts[PACE_MODE_MAX] = {
		[PACE_NORMAL] = "commands are sent at the usual pace again. Next: nothing",
		[PACE_YIELDING] = "other programs ask the controller often, so commands are sent "
				  "farther apart. Next: see who they are: bmchealthctl who",
		[PACE_CAPPED] = "answers take long, so commands are sent seldom to keep the "
				"controller's work for the watch below queue.duty_cycle. Next: "
				"nothing; bmchealthctl status shows how slow it is",
		[PACE_SLOW] = "commands are sent at the slowest pace from now on",
	};
	const struct engine *e = host;
	const char *name = engine_target(e, target)->name;
	struct log_entry entry;

	log_begin(&entry, LOG_NOTICE, message_info(MESSAGE_PACE_CHANGED)->id);
	log_field(&entry, "BMC_TARGET", "%s", name);
	log_field(&entry, "BMC_PACE", "%s", pace_mode_name(mode));
	if (mode == PACE_SLOW) {
		log_send(&entry, "%s: %s: %s. Next: nothing for this; see bmchealthctl status",
			 name, texts[mode], pace_why_text(why));
	} else {
		log_send(&entry, "%s: %s", name, texts[mode]);
	}
}
