/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stretch of history as a picture needs it: cut into equal bins, each with its latencies'
 * quantiles (to 3 %, from a histogram, so that memory does not depend on the number of samples) and
 * time-outs; the restarts and findings that belong to it.
 */
#pragma once

#include <stddef.h>

#include "model/finding.h"
#include "model/trend.h"

#define VIEW_BUCKETS   264 /* a twelfth of an octave each, from 64 µs to 270 s */
#define VIEW_BINS_MAX  4096
#define VIEW_MARKS_MAX 256 /* the newest are kept */

struct view_bin {
	uint32_t samples, answers, timeouts;
	uint16_t latencies[VIEW_BUCKETS];
};

struct view_restart {
	wall_us at;
	uint32_t evidence;
	uint8_t sure;
	enum trend_reset reset;
};

struct view_finding {
	wall_us since, closed; /* closed 0: it is open */
	enum finding_kind kind;
	enum severity severity;
	char text[EVIDENCE_TEXT_MAX];
};

struct view {
	enum trend_probe probe;
	wall_us from, to;
	size_t count; /* of bins */
	uint64_t samples;
	struct view_restart restarts[VIEW_MARKS_MAX];
	size_t restart_count;
	struct view_finding findings[VIEW_MARKS_MAX];
	size_t finding_count;
	struct view_bin bins[];
};

/* NULL: no memory. `count` is from 1 to VIEW_BINS_MAX; `to` is behind `from`. */
struct view *view_new(enum trend_probe probe, wall_us from, wall_us to, size_t count);
void view_free(struct view *v);

/* What is outside, or of the other command, is passed over. */
void view_add(struct view *v, const struct trend_sample *sample);
void view_add_restart(struct view *v, const struct view_restart *restart);
void view_add_finding(struct view *v, const struct finding *finding, wall_us closed);

wall_us view_bin_start(const struct view *v, size_t bin);
/* The bin of a moment; moments outside count as at the edge. */
size_t view_bin_of(const struct view *v, wall_us at);
/* In microseconds; 0: nothing answered. `share` from 0 to 1. */
double view_quantile(const struct view_bin *bin, double share);
const char *view_probe_name(enum trend_probe probe); /* "Get Device ID" */
