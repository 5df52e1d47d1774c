/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Windows host in the world: its events, once or again and again, early or late, live or as
 * history, and what the hosts' judge makes of them.
 */
#pragma once

#include "model/hosts.h"

#define WINDOWS_REPEATS_MAX 8

struct words;
struct world;

struct windows_repeat {
	uint32_t event_id;
	int64_t every_us;
	mono_us next;
};

struct windows {
	struct target_table *targets;
	struct hosts *hosts; /* NULL: there is none in this story */
	struct hosts_listener listener;
	uint32_t target;
	bool is_history;
	struct windows_repeat repeats[WINDOWS_REPEATS_MAX];
	size_t count;
	struct finding open[HOST_FAMILIES]; /* as last looked */
};

/* 0; -ENOMEM. Nothing if it has begun. */
MUST_CHECK int windows_begin(struct windows *w, const struct thresholds *thresholds, wall_us now,
			     finding_fn *finding, void *user);
void windows_done(struct windows *w);
/* -ENOENT: such an event has no meaning. */
MUST_CHECK int windows_event(struct windows *w, uint32_t event_id, int64_t ago_us, wall_us now);
/* From now on; every_us 0: no more. -ENOSPC: that is one too many. */
MUST_CHECK int windows_repeat(struct windows *w, uint32_t event_id, int64_t every_us, mono_us now);
void windows_backfill(struct windows *w, bool is_on, wall_us now);
mono_us windows_next(const struct windows *w);
void windows_step(struct windows *w, mono_us now, wall_us wall);
void windows_tick(struct windows *w, wall_us now);
size_t windows_open(struct windows *w, wall_us now); /* into w->open */
/* NULL: it is not open. */
const struct finding *windows_find(struct windows *w, enum finding_kind kind, wall_us now);

/* Lines of a scenario; `why` as in words.h. 0 or -EINVAL. */
int windows_do_event(char *why, struct words *words, struct world *world);
int windows_do_backfill(char *why, struct words *words, struct world *world);
