/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The façade: samples in, events out. Here is the time of a target, which goes on across boots of
 * its host and which no step of the wall clock moves.
 */
#include <stdlib.h>
#include <string.h>

#include "model/trend-state.h"

#define BOOT_GAP_MAX_US (30 * USEC_PER_DAY)
#define SAME_CLOCK_US	(5 * USEC_PER_MINUTE)
#define GAP_MAX_US	(INT64_C(3650) * USEC_PER_DAY)	    /* nonsense in a recording */
#define ENGINE_TIME_MAX (INT64_C(200) * 365 * USEC_PER_DAY) /* trend-save.c trusts it */

struct trend *trend_new(bool has_latency)
{
	const size_t latency = has_latency ? sizeof(struct trend_latency) : 0;
	struct trend *t = calloc(1, sizeof(*t) + latency);

	if (!t)
		return NULL;
	if (has_latency)
		t->latency = (struct trend_latency *)(t + 1);
	trend_hours_reset(t);
	return t;
}

void trend_free(struct trend *t)
{
	free(t);
}

/* Boots of the host: the wall clock says how long it was away, unless CLOCK_BOOTTIME went on (a
 * recording may number it through). */
static int64_t gap_us(const struct trend_time *time, const struct trend_sample *sample)
{
	const int64_t by_mono = sample->mono.v - time->mono_us;
	const int64_t by_wall = sample->wall.v - time->wall_us;

	if (sample->boot_id == time->boot_id)
		return by_mono;
	if (by_mono >= 0 && llabs(by_mono - by_wall) < SAME_CLOCK_US)
		return by_mono;
	/* without a step of the wall clock, a fresh boot time is smaller than what has passed */
	if (by_mono >= 0 && by_wall < 0)
		return by_mono;
	return min_i64(max_i64(by_wall, 0), BOOT_GAP_MAX_US);
}

static void time_advance(struct trend_time *time, const struct trend_sample *sample)
{
	if (!time->is_known) {
		time->is_known = true;
		time->now_us = max_i64(sample->mono.v, 0) % USEC_PER_DAY;
	} else {
		time->now_us += min_i64(max_i64(gap_us(time, sample), 0), GAP_MAX_US);
		time->now_us = min_i64(time->now_us, ENGINE_TIME_MAX);
	}
	time->boot_id = sample->boot_id;
	time->mono_us = sample->mono.v;
	time->wall_us = sample->wall.v;
}

static struct trend_sample sane(const struct trend_sample *sample)
{
	const int64_t limit = INT64_MAX / 4;
	struct trend_sample s = *sample;

	s.mono.v = min_i64(max_i64(s.mono.v, -limit), limit);
	s.wall.v = min_i64(max_i64(s.wall.v, -limit), limit);
	if ((unsigned)s.probe >= TREND_PROBES)
		s.probe = TREND_CHEAP;
	if ((unsigned)s.status >= TREND_STATUS_MAX)
		s.status = TREND_ERROR;
	s.evidence &= (1u << TREND_EVIDENCE_MAX) - 1;
	return s;
}

size_t trend_feed(struct trend *t, const struct trend_sample *sample, struct trend_event *events,
		  size_t max)
{
	struct trend_sample s = sane(sample);
	struct trend_out out = { .events = events, .max = max, .mono = s.mono, .wall = s.wall };

	time_advance(&t->time, &s);
	if (s.firmware >= 0) {
		if (t->firmware >= 0 && t->firmware != s.firmware)
			s.evidence |= 1u << TREND_FIRMWARE_CHANGED;
		t->firmware = s.firmware;
	}
	trend_rounds_add(t, &s, &out);
	return out.count;
}

struct trend_event *trend_tell(const struct trend *t, struct trend_out *out, enum trend_kind kind)
{
	struct trend_event *event = out->count < out->max ? &out->events[out->count++] : &out->lost;
	const struct trend_summary summary = trend_summary(t);

	*event = (struct trend_event){ .kind = kind,
				       .mono = out->mono,
				       .wall = out->wall,
				       .reset = summary.reset,
				       .evidence = summary.evidence,
				       .sure = summary.sure,
				       .teeth = summary.teeth,
				       .uptime_s = summary.uptime_s };
	return event;
}

struct trend_summary trend_summary(const struct trend *t)
{
	struct trend_summary s = {
		.is_known = t->epoch.firm != TREND_RESET_NONE,
		.uptime_s = -1,
		.reset = t->epoch.firm,
		.evidence = t->epoch.firm_evidence,
		.is_suspected = t->alarm.is_suspected,
		.is_confirmed = t->alarm.is_confirmed,
		.is_contended = t->alarm.is_contended,
		.channel = (enum trend_channel)t->alarm.channel,
		.teeth = (uint8_t)trend_teeth(t, t->hour),
	};

	if (!s.is_known)
		return s;
	s.uptime_s = (t->time.now_us - t->epoch.reset_us) / USEC_PER_SEC;
	s.sure = trend_epoch_sure(s.reset, s.evidence);
	return s;
}
