/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is a Windows host's controller wearing out? The detector of model/trend.h, fed with the time-outs
 * of each hour. Nobody sees the commands that were answered, so an hour counts as one command a
 * minute: what is found is a rate of time-outs that grows for days. Restarts and contention are not
 * to be seen this way, and are not told.
 *
 * Pure: no clock, no I/O, no allocation after host_trend_new().
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "model/finding.h"

#define HOST_TREND_HOURS_MAX 4320 /* fed at once over a gap: half a year */

struct host_ramp {
	enum finding_kind kind; /* of FAMILY_LEAK */
	struct evidence_ramp evidence;
};

struct host_trend;

/* Less than 5 KiB. NULL: no memory. */
struct host_trend *host_trend_new(void);
void host_trend_free(struct host_trend *t);
/* So many time-outs in that hour (since 1970). Hours come in order, without them there were none;
 * one that was fed before, or is older, is left out. */
void host_trend_feed(struct host_trend *t, int64_t hour, uint32_t timeouts);
/* The last hour that was fed; -1: none. */
int64_t host_trend_hour(const struct host_trend *t);
/* False: nothing grows. */
bool host_trend_ramp(const struct host_trend *t, struct host_ramp *ret);
