/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Windows hosts: targets that nothing is asked of and that only tell of trouble, by the thousand.
 * There are no good answers, so silence is not health: a host is never said to be well, only that
 * nothing was heard. Rates are bare counts by the events' own time (wall clock), whatever their
 * order.
 *
 * Judged apart from model/judge, which keeps 32 KiB of a controller and evaluates it twice a
 * minute: a host takes HOST_BYTES_MAX, and only those with something open are looked at again. The
 * thresholds and what becomes of a rate (model/classify.h) are the same.
 *
 * Pure: no clock, no I/O, no log, no allocation after hosts_new(). Who writes events may be anybody
 * with a Windows host: what they open is capped in severity, and bounded in number.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/classify.h"
#include "model/finding.h"
#include "model/host-trend.h"
#include "model/target.h"
#include "model/winevent.h"

#define HOSTS_MAX      10000
#define HOST_BYTES_MAX 1024 /* of one, with its place in the table of targets */
#define HOSTS_AHEAD_US                                                                             \
	(5 * USEC_PER_MINUTE)		 /* an event may be so much in the future: its clock       \
					  */
#define HOSTS_PAST_US (8 * USEC_PER_DAY) /* older ones change no finding any more */

enum host_family {
	HOST_TIMEOUTS,
	HOST_INTERFACE,
	HOST_SETTINGS,
	HOST_LOG,
	HOST_LEAK,
	HOST_FAMILIES
};

struct hosts_settings {
	struct thresholds thresholds; /* nominal_per_hour and mute_after have no meaning here */
	enum severity severity_max;
	uint32_t max;	     /* hosts; at most HOSTS_MAX */
	uint32_t per_minute; /* events of one host as they come in; more are held back */
};

struct hosts_listener { /* either may be NULL; neither may change the hosts */
	finding_fn *finding;
	/* The host made room; its findings were told as FINDING_DROPPED. Its name is still known.
	 */
	void (*gone)(void *user, uint32_t target);
	void *user;
};

struct hosts_counters {
	uint32_t hosts, open; /* now; those with a finding */
	uint64_t evicted;     /* hosts that made room */
	uint64_t events, held_back, ahead, past;
};

struct host_summary {
	enum severity worst;   /* as told, at most severity_max */
	enum severity gravest; /* as it would be of a controller */
	enum frequency frequency;
	uint32_t timeouts_hour, timeouts_day;
	uint32_t seen[WINEVENT_MAX]; /* by meaning, since the daemon knows the host */
	wall_us last_event;	     /* by its own time; 0: none */
	wall_us heard;		     /* when something came in */
	uint64_t held_back;
};

struct hosts;

/* `targets` has HOSTS_MAX places for hosts; borrowed. NULL: no memory. */
struct hosts *hosts_new(const struct hosts_settings *settings, struct target_table *targets);
void hosts_free(struct hosts *h);
/* Fewer hosts than before: those not heard of for longest go. */
void hosts_configure(struct hosts *h, const struct hosts_settings *settings, wall_us now,
		     const struct hosts_listener *listener);

/* The target of a computer's name, in lower case; added if new, and then another may have to go.
 * -EINVAL: empty, longer than a target's name may be, or other characters. */
MUST_CHECK int hosts_intern(struct hosts *h, const char *name, wall_us now,
			    const struct hosts_listener *listener, uint32_t *ret_target);

/* Too far in the future, which is counted: forged, or a clock that is wrong. To be asked before
 * hosts_intern(), for such an event pushes nobody out. */
bool hosts_is_ahead(struct hosts *h, wall_us at, wall_us now);

struct host_event {
	uint32_t target;
	enum winevent_meaning meaning;
	wall_us at;	 /* by the host's clock */
	bool is_history; /* part of a backfill: learnt, and judged by hosts_release() */
};
/* 0; -EINVAL: no such host; -ERANGE: too far in the future; -EBUSY: held back, the host has too
 * many. `now`: when it came in. */
int hosts_feed(struct hosts *h, const struct host_event *event, wall_us now,
	       const struct hosts_listener *listener);
/* The backfill is over: one verdict on each host that had a part in it. */
void hosts_release(struct hosts *h, wall_us now, const struct hosts_listener *listener);
/* Time passes. Call about twice a minute. */
void hosts_tick(struct hosts *h, wall_us now, const struct hosts_listener *listener);

/* What its trend says now; NULL: that nothing grows. */
void hosts_set_ramp(struct hosts *h, uint32_t target, const struct host_ramp *ramp, wall_us now,
		    const struct hosts_listener *listener);
/* Its time-outs in that hour since 1970, of the last day; 0 of any other. */
uint32_t hosts_timeouts(const struct hosts *h, uint32_t target, int64_t hour);
/* Has it time-outs, so that a trend is worth its while? */
bool hosts_wants_trend(const struct hosts *h, uint32_t target);

/* What the store knows: `count` events of the hour that begins at `hour`, the last at `last`.
 * Judged by hosts_release(). */
void hosts_restore_events(struct hosts *h, const struct host_event *last, wall_us hour,
			  uint32_t count);
/* A finding that the store had open, silently. */
void hosts_restore_finding(struct hosts *h, const struct finding *finding);

/* Open findings, the worst first; HOST_FAMILIES is always enough. */
size_t hosts_findings(const struct hosts *h, uint32_t target, wall_us now, struct finding *ret,
		      size_t max);
struct host_summary hosts_summary(const struct hosts *h, uint32_t target, wall_us now);
struct hosts_counters hosts_counters(const struct hosts *h);
/* Hosts with an open finding of each kind. */
void hosts_count_kinds(const struct hosts *h, unsigned ret[FINDING_KIND_MAX]);
/* From the host last heard of to the one not heard of for longest; TARGET_NONE: begin, the end. */
uint32_t hosts_next(const struct hosts *h, uint32_t target);
