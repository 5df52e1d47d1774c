/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The façade of model/: observations in, changes of findings out. Pure: no clock, no I/O, no log,
 * no allocation after judge_new(); so every judgement can be replayed from a text file or from
 * the store.
 *
 * After a restart the engine feeds the last day of stored observations again, callback NULL, then
 * judge_restore()s what the store had open; the judgement goes on where it was.
 */
#pragma once

#include <stddef.h>

#include "model/classify.h"
#include "model/finding.h"
#include "model/observation.h"
#include "model/opener.h"
#include "model/trend.h"

struct judge_settings {
	struct thresholds thresholds;
	int64_t slow_us;	      /* an answer that takes longer is slow */
	double slow_share;	      /* of the answers of an hour: above it, FINDING_SLOW */
	uint32_t bad_per_hour;	      /* bad replies */
	uint32_t errors_per_hour;     /* unexpected completion codes */
	int64_t busy_for_us;	      /* busy answers only, for so long */
	int64_t maintenance_max_us;   /* longer than that it is illness after all */
	int64_t maintenance_grace_us; /* time-outs still forgiven after it ended */
	int64_t lost_after_us;	      /* an interface may be away so long, e.g. a driver reload */
	double vanished_share;	      /* of the sensors */
	uint32_t vanished_min;	      /* sensors */
};

/* Sane defaults; the option table's defaults are tested to be the same. nominal_per_hour is 0: the
 * engine knows its plan and fills it in, without it there is no FINDING_MUTE. */
struct judge_settings judge_settings_default(void);

struct judge;

/* All memory at once: less than 32 KiB for each target, and the table of openers. NULL: no memory.
 */
struct judge *judge_new(const struct judge_settings *settings, uint32_t max_targets);
void judge_free(struct judge *j);
void judge_configure(struct judge *j, const struct judge_settings *settings);

/* 0; -EINVAL: obs->target >= max_targets, no such status or metric. `cb` may be NULL, and must not
 * call back into a judge_ function that changes the judge. What comes in more than a minute late is
 * counted but no longer tells how things stand; more than a day late, it is ignored. */
int judge_feed(struct judge *j, const struct observation *obs, finding_fn *cb, void *user);
/* Time passes without observations: windows age, findings close. Call about once a minute. */
void judge_tick(struct judge *j, mono_us now, wall_us wall, finding_fn *cb, void *user);

struct trend_news {
	const struct trend_summary *summary; /* how the trend stands now */
	const struct trend_event *event;     /* what it has just told; NULL: nothing */
	mono_us now;
	wall_us wall;
};

/* Opens, changes and closes the findings of wear and of restarts. 0; -EINVAL: target >=
 * max_targets. */
int judge_trend(struct judge *j, uint32_t target, const struct trend_news *news, finding_fn *cb,
		void *user);
/* Who opened or closed a controller's device: kept in the table. */
void judge_opener(struct judge *j, const struct opener_event *event);
const struct opener_table *judge_openers(const struct judge *j);
/* 0, or as opener_table_load(). */
MUST_CHECK int judge_restore_openers(struct judge *j, uint32_t target, uint32_t boot_id,
				     mono_us now, const void *data, size_t len);
/* What is known of the trend before this run has seen anything, as of `wall`: nothing is judged. */
void judge_restore_trend(struct judge *j, uint32_t target, const struct trend_summary *summary,
			 wall_us wall);
/* A finding as the store had it: if the same family is open now, it keeps the store's `since`; if
 * not, it is opened silently, and the next feeds decide (FINDING_MUTE takes MUTE_LEAVE_ANSWERS
 * answers to end, restored or not). `since_mono` in the judge's time. */
void judge_restore(struct judge *j, const struct finding *finding);
/* Forget one target, its findings are told to `cb` as FINDING_DROPPED. */
void judge_forget(struct judge *j, uint32_t target, wall_us wall, finding_fn *cb, void *user);

/* Open findings of a target, the worst first; at most `max` (FAMILY_MAX is always enough). */
size_t judge_findings(const struct judge *j, uint32_t target, const struct finding **ret,
		      size_t max);

struct judge_sharing {				   /* who else uses the interface; -1: not known */
	int64_t foreign_per_hour, driver_per_hour; /* commands of others; the driver's own */
	int64_t users, messages;		   /* ours included; waiting in the driver */
	int64_t cpu_permille;			   /* of the driver's thread */
};

struct judge_summary {
	enum severity worst;
	enum frequency frequency;
	struct frequency_rates rates;
	struct window_counts hour, day;
	int64_t latency_q50_us, latency_q90_us;
	bool has_answered; /* ever */
	wall_us last_answer;
	bool in_maintenance;
	bool has_trend;
	struct trend_summary trend;
	wall_us restarted; /* the controller; 0: nobody knows */
	struct judge_sharing sharing;
};
struct judge_summary judge_summary(const struct judge *j, uint32_t target, mono_us now);
