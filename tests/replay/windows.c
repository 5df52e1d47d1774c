/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Windows host of a scenario.
 */
#include "tests/replay/windows.h"

#include "tests/replay/words.h"
#include "tests/replay/world.h"

static const struct winevents none = { .count = 0 };

int windows_begin(struct windows *w, const struct thresholds *thresholds, wall_us now,
		  finding_fn *finding, void *user)
{
	const struct hosts_settings settings = { .thresholds = *thresholds,
						 .severity_max = SEVERITY_NOTICE,
						 .max = HOSTS_MAX,
						 .per_minute = 60 };

	if (w->hosts)
		return 0;
	w->targets = target_table_new(1, HOSTS_MAX);
	w->hosts = w->targets ? hosts_new(&settings, w->targets) : NULL;
	if (!w->hosts)
		return -ENOMEM;
	w->listener = (struct hosts_listener){ finding, NULL, user };
	return hosts_intern(w->hosts, "windows.example", now, NULL, &w->target);
}

void windows_done(struct windows *w)
{
	hosts_free(w->hosts);
	target_table_free(w->targets);
}

int windows_event(struct windows *w, uint32_t event_id, int64_t ago_us, wall_us now)
{
	struct host_event event = { .target = w->target,
				    .at = { now.v - ago_us },
				    .is_history = w->is_history };
	int r = winevent_find(&none, "IPMIDRV", event_id, &event.meaning);

	if (r < 0)
		return r;
	(void)hosts_feed(w->hosts, &event, now, &w->listener); /* held back: as in the daemon */
	return 0;
}

int windows_repeat(struct windows *w, uint32_t event_id, int64_t every_us, mono_us now)
{
	size_t at = 0;

	while (at < w->count && w->repeats[at].event_id != event_id)
		at++;
	if (at == WINDOWS_REPEATS_MAX)
		return -ENOSPC;
	if (at == w->count)
		w->count++;
	w->repeats[at] = (struct windows_repeat){ event_id, every_us, mono_add(now, every_us) };
	return 0;
}

void windows_backfill(struct windows *w, bool is_on, wall_us now)
{
	w->is_history = is_on;
	if (!is_on)
		hosts_release(w->hosts, now, &w->listener);
}

mono_us windows_next(const struct windows *w)
{
	mono_us next = { INT64_MAX };

	for (size_t i = 0; i < w->count; i++)
		if (w->repeats[i].every_us > 0 && w->repeats[i].next.v < next.v)
			next = w->repeats[i].next;
	return next;
}

void windows_step(struct windows *w, mono_us now, wall_us wall)
{
	for (size_t i = 0; i < w->count; i++) {
		struct windows_repeat *repeat = &w->repeats[i];

		if (repeat->every_us == 0 || mono_since(now, repeat->next) < 0)
			continue;
		repeat->next = mono_add(repeat->next, repeat->every_us);
		if (windows_event(w, repeat->event_id, 0, wall) < 0)
			repeat->every_us = 0; /* cannot be: the first was taken */
	}
}

void windows_tick(struct windows *w, wall_us now)
{
	if (w->hosts)
		hosts_tick(w->hosts, now, &w->listener);
}

size_t windows_open(struct windows *w, wall_us now)
{
	return w->hosts ? hosts_findings(w->hosts, w->target, now, w->open, HOST_FAMILIES) : 0;
}

const struct finding *windows_find(struct windows *w, enum finding_kind kind, wall_us now)
{
	const size_t count = windows_open(w, now);

	for (size_t i = 0; i < count; i++) {
		if (w->open[i].kind == kind)
			return &w->open[i];
	}
	return NULL;
}

/* --- the language --- */

/* "event ID [ago T]", "event ID every T", "event ID stops" */
int windows_do_event(char *why, struct words *words, struct world *world)
{
	struct windows *windows;
	uint64_t id = 0;
	int64_t us = 0;
	int ret;

	if (word_number(why, words, &id) < 0)
		return -EINVAL;
	if (world_windows(world, &windows) < 0)
		return wrong(why, "no memory");
	if (word_take(words, "stops"))
		return windows_repeat(windows, (uint32_t)id, 0, (mono_us){ 0 });
	if (word_take(words, "every")) {
		if (word_span(why, words, &us) < 0)
			return -EINVAL;
		ret = windows_repeat(windows, (uint32_t)id, us, world_clock(world));
		return ret < 0 ? wrong(why, "too many events") : 0;
	}
	if (word_take(words, "ago") && word_span(why, words, &us) < 0)
		return -EINVAL;
	ret = windows_event(windows, (uint32_t)id, us, world_wall(world));
	return ret < 0 ? wrong(why, "no such event") : 0;
}

int windows_do_backfill(char *why, struct words *words, struct world *world)
{
	struct windows *windows;
	bool is_on = word_take(words, "begins");

	if (!is_on && !word_take(words, "ends"))
		return wrong(why, "a backfill begins or ends");
	if (world_windows(world, &windows) < 0)
		return wrong(why, "no memory");
	windows_backfill(windows, is_on, world_wall(world));
	return 0;
}
