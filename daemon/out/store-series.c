/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of series: a growing array with hash chains through it.
 */
#include "out/store-series.h"

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
};

/* FNV-1a */
static uint32_t hash_bytes(uint32_t hash, const void *data, size_t n)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < n; i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	return hash;
}

static uint32_t series_hash(const struct observation *obs, const char *detail)
{
	const uint32_t what[] = { obs->target, (uint32_t)obs->metric, obs->netfn, obs->cmd };
	uint32_t hash = hash_bytes(2166136261u, what, sizeof(what));

	hash = hash_bytes(hash, obs->source, strlen(obs->source));
	return hash_bytes(hash, detail, strnlen(detail, SERIES_DETAIL_MAX)) % SERIES_BUCKETS;
}

static bool series_is(const struct series *row, const struct observation *obs, const char *detail)
{
	return row->target == obs->target && row->metric == obs->metric &&
	       row->netfn == obs->netfn && row->cmd == obs->cmd &&
	       strcmp(row->source, obs->source) == 0 &&
	       strncmp(row->detail, detail, SERIES_DETAIL_MAX) == 0;
}

static int series_grow(struct series_table *table, uint32_t limit)
{
	const uint32_t room = table->room ? table->room * 2 : 32;
	struct series *rows;

	if (table->count >= limit)
		return -ENOSPC;
	if (table->count < table->room)
		return 0;
	rows = realloc(table->rows, room * sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	table->rows = rows;
	table->room = room;
	return 0;
}

static int series_add(struct series_table *table, const struct observation *obs, const char *detail,
		      uint32_t *bucket)
{
	SCOPED(free_ptr) char *source = strdup(obs->source);
	SCOPED(free_ptr) char *name = strndup(detail, SERIES_DETAIL_MAX);
	int r;

	if (!source || !name)
		return -ENOMEM;
	r = series_grow(table, *detail ? SERIES_MAX - SERIES_PLAIN : SERIES_MAX);
	if (r < 0)
		return r;
	table->rows[table->count++] = (struct series){
		.target = obs->target,
		.metric = obs->metric,
		.netfn = obs->netfn,
		.cmd = obs->cmd,
		.source = TAKE(source),
		.detail = TAKE(name),
		.next = *bucket,
	};
	*bucket = table->count;
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

void series_done(struct series_table *table)
{
	for (uint32_t i = 0; i < table->count; i++) {
		free(table->rows[i].source);
		free(table->rows[i].detail);
	}
	free(table->rows);
	*table = (struct series_table){ 0 };
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
