/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is kept of one Windows host. Private to hosts*.c and their tests.
 */
#pragma once

#include "model/hosts.h"

#define HOST_MINUTES   60
#define HOST_HALFHOURS 48

struct host_ring { /* counts by time; those before `newest` by less than the ring's length are kept
		    */
	int64_t newest; /* number of the bucket since 1970 */
	bool has_newest;
};

struct host_finding {
	bool is_open;
	enum finding_kind kind, previous;
	enum severity severity;
	wall_us since, changed;
};

struct host {
	uint32_t newer, older; /* slots, by when they were heard of; HOST_NONE */
	uint32_t next;	       /* in the hash chain: slot + 1, 0 ends */
	bool is_used;
	bool is_held; /* part of a backfill that goes on */
	wall_us heard;
	struct host_ring minute, halfhour;
	uint16_t minutes[HOST_MINUTES], halfhours[HOST_HALFHOURS]; /* time-outs; stop at the most */
	wall_us last[WINEVENT_MAX];				   /* by meaning; 0: never */
	uint32_t seen[WINEVENT_MAX];
	int64_t paid_until; /* wall; all of a batch's events are there when it is long ago */
	uint64_t held_back;
	struct classifier classifier;
	bool has_ramp;
	struct host_ramp ramp; /* as the trend last said */
	struct host_finding findings[HOST_FAMILIES];
};

_Static_assert(sizeof(struct host) + sizeof(struct target) <= HOST_BYTES_MAX,
	       "model/hosts.h promises the size");

struct host_figures { /* time-outs at one moment */
	uint32_t recent, hour, day;
	struct frequency_rates rates;
};

/* hosts-judge.c */
/* Of an event that is not older than the rings; others change nothing. */
void host_count(struct host *host, wall_us at, uint32_t count);
void host_mind_clock(struct host *host, wall_us now); /* before that */
struct host_figures host_figures(const struct host *host, wall_us now);
/* What stands in the ledger, in full. */
struct finding host_finding(const struct host *host, enum host_family family, uint32_t target,
			    wall_us now);
/* Opens, changes and closes. */
void host_judge(struct host *host, const struct hosts_settings *s, uint32_t target, wall_us now,
		const struct hosts_listener *listener);
void host_drop(struct host *host, uint32_t target, wall_us now,
	       const struct hosts_listener *listener);
void host_restore(struct host *host, const struct finding *finding);
uint32_t host_timeouts(const struct host *host, int64_t hour); /* of the last day */
bool host_has_open(const struct host *host);
