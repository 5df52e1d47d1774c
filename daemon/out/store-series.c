/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of series: an array with hash chains through it.
 */
#include "out/store-series.h"

#include <stdio.h>

#include "base/util.h"

/* A fact that does not change is stored this often, so that a reader of the file sees it was
 * still so. */
#define SERIES_REPEAT_US (10 * USEC_PER_MINUTE)

/* Rows kept free for those without a detail. */
#define SERIES_PLAIN 512

enum thinning {
	KEEP_EACH,
	KEEP_CHANGES,
	KEEP_EVENTS,  /* 0 is "nothing happened"; everything else happened anew */
	KEEP_ROUGHLY, /* a rate: a change by an eighth is a change */
	KEEP_NONE,    /* stored elsewhere */
};

static const enum thinning thinning_of[METRIC_MAX] = {
	[METRIC_COMMAND] = KEEP_EACH,
	[METRIC_DEVICE_AVAILABLE] = KEEP_CHANGES,
	[METRIC_SELF_TEST] = KEEP_CHANGES,
	[METRIC_IDENTITY] = KEEP_NONE,
	[METRIC_SENSOR] = KEEP_EACH,
	[METRIC_SENSORS_MISSING] = KEEP_CHANGES,
	[METRIC_FOREIGN_PER_HOUR] = KEEP_ROUGHLY,
	[METRIC_DRIVER_USERS] = KEEP_CHANGES,
	[METRIC_DRIVER_MESSAGES] = KEEP_CHANGES,
	[METRIC_DRIVER_HOSED] = KEEP_EVENTS,
	[METRIC_DRIVER_MAINTENANCE] = KEEP_CHANGES,
	[METRIC_SEL_CLOCK] = KEEP_EACH,
	[METRIC_SEL_ENTRIES] = KEEP_CHANGES,
	[METRIC_WATCHDOG] = KEEP_CHANGES,
	[METRIC_GLOBAL_ENABLES] = KEEP_CHANGES,
	[METRIC_DRIVER_CPU] = KEEP_ROUGHLY,
	[METRIC_KERNEL_SAW_RESET] = KEEP_EVENTS,
};

#define HASH_START  2166136261u /* FNV-1a */
#define HASH_FACTOR 16777619u

static uint32_t hash_text(uint32_t hash, const char *text, size_t max)
{
	for (size_t i = 0; i < max && text[i]; i++)
		hash = (hash ^ (unsigned char)text[i]) * HASH_FACTOR;
	return hash;
}

static uint32_t series_hash(const struct observation *obs, const char *detail)
{
	uint32_t hash = (HASH_START ^ obs->target) * HASH_FACTOR;

	hash = (hash ^ (uint32_t)obs->metric << 16 ^ (uint32_t)obs->netfn << 8 ^ obs->cmd) *
	       HASH_FACTOR;
	hash = hash_text(hash, obs->source, SERIES_SOURCE_MAX);
	return hash_text(hash, detail, SERIES_DETAIL_MAX) % SERIES_BUCKETS;
}

static bool series_is(const struct series *row, const struct observation *obs, const char *detail)
{
	return row->target == obs->target && row->metric == obs->metric &&
	       row->netfn == obs->netfn && row->cmd == obs->cmd &&
	       strncmp(row->source, obs->source, SERIES_SOURCE_MAX) == 0 &&
	       strncmp(row->detail, detail, SERIES_DETAIL_MAX) == 0;
}

static int series_add(struct series_table *table, const struct observation *obs, const char *detail,
		      uint32_t *bucket)
{
	struct series *row = &table->rows[table->count];

	if (table->count >= (*detail ? SERIES_MAX - SERIES_PLAIN : SERIES_MAX))
		return -ENOSPC;
	*row = (struct series){
		.target = obs->target,
		.metric = obs->metric,
		.netfn = obs->netfn,
		.cmd = obs->cmd,
		.next = *bucket,
	};
	(void)snprintf(row->source, sizeof(row->source), "%s", obs->source);
	(void)snprintf(row->detail, sizeof(row->detail), "%s", detail);
	*bucket = ++table->count;
	return 0;
}

static int series_find_as(struct series_table *table, const struct observation *obs,
			  const char *detail, uint32_t *ret)
{
	uint32_t *bucket = &table->buckets[series_hash(obs, detail)];
	int r;

	for (uint32_t at = *bucket; at > 0; at = table->rows[at - 1].next) {
		if (!series_is(&table->rows[at - 1], obs, detail))
			continue;
		*ret = at - 1;
		return 0;
	}
	r = series_add(table, obs, detail, bucket);
	if (r == 0)
		*ret = table->count - 1;
	return r;
}

int series_find(struct series_table *table, const struct observation *obs, uint32_t *ret)
{
	int r = series_find_as(table, obs, obs->detail ? obs->detail : "", ret);

	if (r == -ENOSPC && obs->detail)
		r = series_find_as(table, obs, "", ret);
	return r;
}

void series_forget_ids(struct series_table *table)
{
	for (uint32_t i = 0; i < table->count; i++)
		table->rows[i].id = 0;
}

static bool has_changed(const struct series *row, const struct observation *obs, bool is_rough)
{
	const uint64_t base =
		row->last_value < 0 ? -(uint64_t)row->last_value : (uint64_t)row->last_value;
	const uint64_t difference = obs->value > row->last_value
					    ? (uint64_t)obs->value - (uint64_t)row->last_value
					    : (uint64_t)row->last_value - (uint64_t)obs->value;

	if (is_rough)
		return difference > base / 8;
	return difference > 0 || obs->flags != row->last_flags || obs->total != row->last_total;
}

bool series_is_news(struct series *series, const struct observation *obs)
{
	const enum thinning thinning = thinning_of[obs->metric];
	bool is_news = !series->has_last || has_changed(series, obs, thinning == KEEP_ROUGHLY) ||
		       mono_since(obs->mono, series->last) >= SERIES_REPEAT_US;

	if (thinning == KEEP_NONE)
		return false;
	if (thinning == KEEP_EACH || (thinning == KEEP_EVENTS && obs->value != 0))
		is_news = true;
	if (!is_news)
		return false;
	series->has_last = true;
	series->last_flags = obs->flags;
	series->last_value = obs->value;
	series->last_total = obs->total;
	series->last = obs->mono;
	return true;
}
