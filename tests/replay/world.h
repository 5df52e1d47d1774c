/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A world in virtual time: one simulated BMC behind a driver, polls that ask it, and between them
 * and the verdict the daemon's own queue, backoff and judge.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ipmi/queue.h"
#include "model/judge.h"
#include "tests/replay/agents.h"
#include "tests/replay/windows.h"

#define WORLD_POLLS_MAX 8

enum manner_kind {
	MANNER_ANSWERS, /* with `cc`, after from_us to to_us */
	MANNER_SILENT,	/* the driver never says anything */
	MANNER_REFUSES, /* the driver does not take the command: `error` */
};

struct manner {
	enum manner_kind kind;
	uint8_t cc;
	size_t data_len; /* bytes behind the completion code */
	bool is_empty;	 /* not even a completion code */
	bool is_hosed;	 /* and the driver's hosed_count rises */
	int64_t from_us, to_us;
	int error;
};

struct bmc {
	struct manner usual, exception;
	unsigned every;	  /* the how-manieth command gets the exception; 0: none does */
	bool is_updating; /* Get Device ID says: device not available */
	bool has_crowded;
	struct manner crowded; /* while another program has the device open */
};

struct world_settings {
	struct queue_settings queue;
	struct judge_settings judge;
};

struct told { /* a change of a finding */
	mono_us at;
	enum finding_kind kind;
	enum severity severity;
	enum finding_change change;
};

struct world_counts {  /* since the start or the last mark */
	uint64_t sent; /* commands given to the driver, refused ones included */
	uint64_t most_per_minute;
	uint64_t told;
	uint64_t paces; /* changes of the mode that would be logged */
	uint64_t of[OBS_STATUS_MAX];
};

struct world;

struct world_settings world_settings_default(void);
/* NULL: no memory. */
struct world *world_new(const struct world_settings *settings);
void world_free(struct world *w);

void world_set_bmc(struct world *w, const struct bmc *bmc);
/* Other programs' messages that wait in the driver, seen by a look at its counters every minute. */
void world_set_others(struct world *w, unsigned messages);
/* From now on. -ENOSPC: that is one too many. */
MUST_CHECK int world_agent(struct world *w, const struct agent_like *agent);
/* No more of it from now on. -ENOENT: there is none of that name. */
MUST_CHECK int world_agent_stop(struct world *w, const char *comm);
/* From now on every `interval_us`. -ENOSPC: that is a poll too many. */
MUST_CHECK int world_poll(struct world *w, const char *name, int64_t interval_us,
			  enum queue_priority priority, uint8_t tolerated);
void world_jitter(struct world *w); /* all polls so far: ± 30 %, as the daemon does */
void world_see(struct world *w, enum obs_metric metric, int64_t value, int64_t total);
/* What a trend says from now on; NULL: that nothing grows. */
void world_trend(struct world *w, const struct trend_event *event);
/* 0; -ETIME: time stood still, a bug of queue_next() or of this. */
MUST_CHECK int world_run(struct world *w, int64_t us);
/* The daemon ends and comes back after `us`, with what its store had. -ENOMEM. */
MUST_CHECK int world_restart(struct world *w, int64_t us);
void world_mark(struct world *w);

mono_us world_now(const struct world *w); /* since the story began */
mono_us world_clock(const struct world *w);
const struct world_counts *world_counts(const struct world *w);
enum pace_mode world_pace(const struct world *w);
/* What the driver's counters would tell of others' commands, each half minute from now on. */
void world_set_load(struct world *w, int64_t foreign_per_hour);
int64_t world_gap_us(const struct world *w);
/* The open finding of that kind, or NULL. */
const struct finding *world_find(struct world *w, enum finding_kind kind);
size_t world_open_count(struct world *w);
/* The Windows host, which is there from the first call on. -ENOMEM. */
MUST_CHECK int world_windows(struct world *w, struct windows **ret);
wall_us world_wall(const struct world *w);
/* All changes since the start, oldest first; a bounded number is kept, the newest. */
size_t world_told_count(const struct world *w);
const struct told *world_told(const struct world *w, size_t i);
