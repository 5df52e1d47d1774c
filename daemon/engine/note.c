/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an operator did: kept in the history, told in the journal, and known to the trend.
 */
#include "engine/internal.h"

#define AHEAD_US USEC_PER_MINUTE /* two clocks */

static const char *const kinds[NOTE_KIND_MAX] = { [NOTE_RESET] = "reset" };

/* 0; -EDESTADDRREQ: there are several; -ENOENT. */
static int find_target(const struct engine *e, const char *name, uint32_t *ret)
{
	size_t found = 0;

	for (size_t i = 0; i < e->station_count; i++) {
		const uint32_t target = station_target(e->stations[i]);

		if (name[0] != '\0' && strcmp(engine_target(e, target)->name, name) != 0)
			continue;
		*ret = target;
		found++;
	}
	if (found > 1)
		return -EDESTADDRREQ;
	return found == 1 ? 0 : -ENOENT;
}

static void tell(const struct engine *e, uint32_t target, const struct note *note, wall_us at,
		 bool counts)
{
	const char *name = engine_target(e, target)->name;
	struct log_entry entry;
	char text[CLOCK_TEXT_MAX];

	clock_format_wall(at, text);
	log_begin(&entry, LOG_NOTICE, message_info(MESSAGE_NOTED)->id);
	log_field(&entry, "BMC_TARGET", "%s", name);
	log_field(&entry, "BMC_NOTE", "%s", kinds[note->kind]);
	log_field(&entry, "BMC_NOTE_AT", "%s", text);
	log_field(&entry, "BMC_NOTE_TEXT", "%s", note->text);
	log_send(&entry,
		 "%s: an operator has noted that the controller was reset at %s%s%s. Next: "
		 "nothing; %s",
		 name, text, note->text[0] ? ": " : "", note->text,
		 counts ? "its uptime counts from there, unless a later restart is known"
			: "nothing was watched yet then, so its uptime stays unknown");
}

int engine_note(void *user, const struct note *note)
{
	struct engine *e = user;
	const wall_us now = clock_wall();
	const wall_us at = { note->at_us > 0 ? note->at_us : now.v };
	struct store *store = engine_store(e);
	uint32_t target = 0;
	int r = find_target(e, note->target, &target);

	if (r == 0 && at.v > now.v + AHEAD_US)
		r = -ERANGE;
	if (r < 0)
		return r;
	if (store)
		r = store_note_add(store, target, kinds[note->kind], at, note->text);
	tell(e, target, note, at, engine_trend_reset_noted(e, target, at));
	return r;
}
