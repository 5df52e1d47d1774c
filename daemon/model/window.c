/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sliding counts: two rings of buckets, each stamped with its number since time 0, so that a stale
 * bucket is known by its stamp and nothing ever has to be swept.
 */
#include "model/window.h"

#include <string.h>

#define HALFHOUR_US (30 * USEC_PER_MINUTE)
#define INDEX_NEVER INT64_MIN

struct tier { /* a view of one of the rings */
	const struct window_bucket *buckets;
	int64_t count, width_us;
};

/* History replayed after a reboot lies before time 0: round down, not towards zero. */
static int64_t bucket_index(int64_t at_us, int64_t width_us)
{
	const int64_t quotient = at_us / width_us;

	return quotient - (at_us % width_us < 0);
}

static size_t bucket_slot(int64_t index, int64_t count)
{
	const int64_t rest = index % count;

	return (size_t)(rest < 0 ? rest + count : rest);
}

void window_init(struct window *w)
{
	memset(w, 0, sizeof(*w));
	for (size_t i = 0; i < WINDOW_MINUTES; i++)
		w->minutes[i].index = INDEX_NEVER;
	for (size_t i = 0; i < WINDOW_HALFHOURS; i++)
		w->halfhours[i].index = INDEX_NEVER;
}

static void bucket_count_up(struct window_bucket *ring, int64_t count, int64_t index,
			    enum obs_status status)
{
	struct window_bucket *bucket = &ring[bucket_slot(index, count)];

	if (bucket->index > index) /* too late: its bucket has been taken by a newer one */
		return;
	if (bucket->index < index) {
		memset(bucket, 0, sizeof(*bucket));
		bucket->index = index;
	}
	if (bucket->of[status] < UINT16_MAX)
		bucket->of[status]++;
}

void window_add(struct window *w, mono_us now, enum obs_status status, int64_t took_us)
{
	if ((unsigned)status >= OBS_STATUS_MAX)
		return;
	bucket_count_up(w->minutes, WINDOW_MINUTES, bucket_index(now.v, USEC_PER_MINUTE), status);
	bucket_count_up(w->halfhours, WINDOW_HALFHOURS, bucket_index(now.v, HALFHOUR_US), status);
	if (!obs_is_answer(status) || took_us <= 0)
		return;
	w->latency_us[w->next_latency] = (uint32_t)min_i64(took_us, UINT32_MAX);
	w->next_latency = (w->next_latency + 1) % WINDOW_LATENCIES;
	if (w->latencies < WINDOW_LATENCIES)
		w->latencies++;
}

static void buckets_excuse(struct window_bucket *ring, size_t count)
{
	for (size_t i = 0; i < count; i++)
		ring[i].excused = ring[i].of[OBS_TIMEOUT];
}

void window_excuse(struct window *w)
{
	buckets_excuse(w->minutes, WINDOW_MINUTES);
	buckets_excuse(w->halfhours, WINDOW_HALFHOURS);
}

static struct tier tier_for(const struct window *w, int64_t span_us)
{
	if (span_us <= USEC_PER_HOUR)
		return (struct tier){ w->minutes, WINDOW_MINUTES, USEC_PER_MINUTE };
	return (struct tier){ w->halfhours, WINDOW_HALFHOURS, HALFHOUR_US };
}

/* The first bucket number inside the span that ends at `last`. */
static int64_t tier_first(const struct tier *tier, int64_t last, int64_t span_us)
{
	const int64_t buckets = bucket_index(max_i64(span_us, 1) - 1, tier->width_us) + 1;

	return last - min_i64(buckets, tier->count) + 1;
}

/* A late answer and a stuck driver belong to a command that was counted as a time-out before; a
 * skipped one was never sent. */
static uint32_t count_commands(const uint32_t *of)
{
	return of[OBS_OK] + of[OBS_SLOW] + of[OBS_TIMEOUT] + of[OBS_BUSY] + of[OBS_BAD_REPLY] +
	       of[OBS_COMPLETION_CODE] + of[OBS_INTERFACE_LOST];
}

struct window_counts window_count(const struct window *w, mono_us now, int64_t span_us)
{
	const struct tier tier = tier_for(w, span_us);
	const int64_t last = bucket_index(now.v, tier.width_us);
	const int64_t first = tier_first(&tier, last, span_us);
	struct window_counts counts = { 0 };

	for (int64_t i = 0; i < tier.count; i++) {
		const struct window_bucket *bucket = &tier.buckets[i];

		if (bucket->index < first || bucket->index > last)
			continue;
		for (size_t status = 0; status < OBS_STATUS_MAX; status++)
			counts.of[status] += bucket->of[status];
		counts.excused += bucket->excused;
	}
	counts.commands = count_commands(counts.of);
	return counts;
}

static bool bucket_has_attempt(const struct window_bucket *bucket)
{
	uint32_t of[OBS_STATUS_MAX];

	for (size_t status = 0; status < OBS_STATUS_MAX; status++)
		of[status] = bucket->of[status];
	return count_commands(of) > of[OBS_INTERFACE_LOST];
}

int64_t window_watched_us(const struct window *w, mono_us now, int64_t span_us)
{
	const struct tier tier = tier_for(w, span_us);
	const int64_t last = bucket_index(now.v, tier.width_us);
	const int64_t first = tier_first(&tier, last, span_us);
	int64_t oldest = last + 1;

	for (int64_t i = 0; i < tier.count; i++) {
		const struct window_bucket *bucket = &tier.buckets[i];

		if (bucket->index >= first && bucket->index < oldest && bucket_has_attempt(bucket))
			oldest = bucket->index;
	}
	return oldest > last ? 0 : min_i64(now.v - oldest * tier.width_us, span_us);
}

static void sort_up(uint32_t *values, size_t count)
{
	for (size_t i = 1; i < count; i++) {
		const uint32_t value = values[i];
		size_t at = i;

		for (; at > 0 && values[at - 1] > value; at--)
			values[at] = values[at - 1];
		values[at] = value;
	}
}

int64_t window_latency_us(const struct window *w, double q)
{
	uint32_t sorted[WINDOW_LATENCIES];
	size_t rank;

	if (w->latencies == 0)
		return 0;
	memcpy(sorted, w->latency_us, w->latencies * sizeof(sorted[0]));
	sort_up(sorted, w->latencies);
	rank = q > 0 ? (size_t)(q * w->latencies) : 0; /* nearest rank, ties upwards */
	return sorted[rank < w->latencies ? rank : w->latencies - 1];
}
