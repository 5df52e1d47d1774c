/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bins with histograms on a logarithmic scale.
 */
#include "cli/view.h"

#include <math.h>
#include <stdio.h>

#define PER_OCTAVE 12
#define FIRST_US   64.0
/* What the last sample brought is of its moment, by a clock that was read a little later. */
#define LAST_US USEC_PER_SEC

struct view *view_new(enum trend_probe probe, wall_us from, wall_us to, size_t count)
{
	struct view *v = calloc(1, sizeof(*v) + count * sizeof(v->bins[0]));

	if (!v)
		return NULL;
	v->probe = probe;
	v->from = from;
	v->to = to;
	v->count = count;
	return v;
}

void view_free(struct view *v)
{
	free(v);
}

static double bin_us(const struct view *v)
{
	return (double)(v->to.v - v->from.v) / (double)v->count;
}

wall_us view_bin_start(const struct view *v, size_t bin)
{
	return (wall_us){ v->from.v + (int64_t)((double)bin * bin_us(v)) };
}

size_t view_bin_of(const struct view *v, wall_us at)
{
	if (at.v <= v->from.v)
		return 0;
	if (at.v >= v->to.v)
		return v->count - 1;
	return (size_t)min_i64((int64_t)((double)(at.v - v->from.v) / bin_us(v)),
			       (int64_t)v->count - 1);
}

static size_t bucket_of(uint32_t latency_us)
{
	const double place = PER_OCTAVE * log2((double)latency_us / FIRST_US);

	if (!(place > 0))
		return 0;
	return place < VIEW_BUCKETS - 1 ? (size_t)place : VIEW_BUCKETS - 1;
}

void view_add(struct view *v, const struct trend_sample *sample)
{
	struct view_bin *bin;
	uint16_t *bucket;

	if (sample->probe != v->probe || sample->wall.v < v->from.v || sample->wall.v > v->to.v)
		return;
	v->samples++;
	bin = &v->bins[view_bin_of(v, sample->wall)];
	bin->samples++;
	bin->timeouts += sample->status == TREND_TIMEOUT;
	if (sample->status != TREND_OK)
		return;
	bucket = &bin->latencies[bucket_of(sample->latency_us)];
	if (*bucket == UINT16_MAX)
		return; /* thousands of the same: one more changes no quantile */
	++*bucket;
	bin->answers++;
}

void view_add_restart(struct view *v, const struct view_restart *restart)
{
	if (restart->at.v < v->from.v || restart->at.v > v->to.v)
		return;
	if (v->restart_count == VIEW_MARKS_MAX) {
		v->restart_count--;
		memmove(v->restarts, v->restarts + 1, v->restart_count * sizeof(v->restarts[0]));
	}
	v->restarts[v->restart_count++] = *restart;
}

void view_add_finding(struct view *v, const struct finding *finding, wall_us closed)
{
	struct view_finding *f;

	if (finding->since.v > v->to.v + LAST_US || (closed.v > 0 && closed.v < v->from.v))
		return;
	if (v->finding_count == VIEW_MARKS_MAX) {
		v->finding_count--;
		memmove(v->findings, v->findings + 1, v->finding_count * sizeof(v->findings[0]));
	}
	f = &v->findings[v->finding_count++];
	*f = (struct view_finding){ .since = finding->since,
				    .closed = closed,
				    .kind = finding->kind,
				    .severity = finding->severity };
	(void)snprintf(f->text, sizeof(f->text), "%s", finding->evidence.text);
}

/* Nearest rank; the middle of its bucket. */
double view_quantile(const struct view_bin *bin, double share)
{
	const double rank = fmax(ceil(share * bin->answers), 1);
	uint32_t passed = 0;

	if (bin->answers == 0)
		return 0;
	for (size_t i = 0; i < VIEW_BUCKETS; i++) {
		passed += bin->latencies[i];
		if (passed >= rank)
			return FIRST_US * exp2(((double)i + 0.5) / PER_OCTAVE);
	}
	return 0;
}

const char *view_probe_name(enum trend_probe probe)
{
	return probe == TREND_COSTLY ? "Get Sensor Reading" : "Get Device ID";
}
