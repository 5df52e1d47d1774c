/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts of what happened to one target's commands over sliding time, and the latencies of its
 * recent answers. Two tiers of buckets (a minute for the last hour, half an hour for the last
 * day): a span is exact to one bucket. Fixed size, no allocation.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "model/observation.h"

#define WINDOW_MINUTES	 60
#define WINDOW_HALFHOURS 48
#define WINDOW_LATENCIES 64

struct window_counts {	   /* over a span */
	uint32_t commands; /* all that were sent or tried: not the skipped, and not the late or
			      stuck, whose time-out was counted before */
	uint32_t of[OBS_STATUS_MAX];
	uint32_t excused; /* time-outs among them that are told by another name */
};

struct window_bucket {
	int64_t index;		     /* number of the bucket since time 0; tells a stale one */
	uint16_t of[OBS_STATUS_MAX]; /* stops at its maximum */
	uint16_t excused;
};

struct window {
	struct window_bucket minutes[WINDOW_MINUTES];
	struct window_bucket halfhours[WINDOW_HALFHOURS];
	uint32_t latency_us[WINDOW_LATENCIES]; /* ring of the newest answers */
	uint32_t latencies, next_latency;
};

void window_init(struct window *w);
/* took_us <= 0: not known, leaves the latencies alone. */
void window_add(struct window *w, mono_us now, enum obs_status status, int64_t took_us);
/* All time-outs so far. */
void window_excuse(struct window *w);
/* Spans up to an hour come from the minutes, up to a day from the half hours. */
struct window_counts window_count(const struct window *w, mono_us now, int64_t span_us);
/* How much of the span lies behind its first command that reached the interface; 0: none did. */
int64_t window_watched_us(const struct window *w, mono_us now, int64_t span_us);
/* Quantile 0 < q < 1 of the recent answers' latency; 0 if there are none. */
int64_t window_latency_us(const struct window *w, double q);
