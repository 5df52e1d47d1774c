/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is kept of Windows hosts: how many events of each meaning an hour had, and findings. Apart
 * from the history of this machine's controllers, and bounded apart from it: whoever makes up hosts
 * and events fills his own tables. By name and not by target: a host may make room any time.
 */
#include <stdio.h>

#include "out/store-internal.h"

#define FULL_MAX 8 /* times STORE_TALLIES_MAX rows: some 500 KiB */

/* --- what comes in waits --- */

static uint32_t tally_hash(const char *name, enum winevent_meaning meaning, int64_t hour)
{
	uint32_t hash = UINT32_C(2166136261) ^ (uint32_t)hour; /* FNV-1a */

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * UINT32_C(16777619);
	hash = (hash ^ (uint32_t)meaning) * UINT32_C(16777619);
	return (hash ^ hash >> 15) % STORE_TALLY_SLOTS;
}

static bool tally_is(const struct store_waiting_tally *row, const char *name,
		     enum winevent_meaning meaning, int64_t hour)
{
	return row->tally.hour == hour && row->tally.meaning == meaning &&
	       strcmp(row->name, name) == 0;
}

/* The row, or the free slot for it; there are more slots than rows. */
static uint16_t *tally_slot(struct store_tallies *t, const char *name,
			    enum winevent_meaning meaning, int64_t hour)
{
	uint32_t slot = tally_hash(name, meaning, hour);

	while (t->slots[slot] != 0 && !tally_is(&t->rows[t->slots[slot] - 1], name, meaning, hour))
		slot = (slot + 1) % STORE_TALLY_SLOTS;
	return &t->slots[slot];
}

void store_host_event(struct store *store, const char *name, enum winevent_meaning meaning,
		      wall_us at)
{
	struct store_tallies *t = &store->tallies;
	struct store_tally *tally;
	uint16_t *slot;

	if (store->is_off || at.v < 0)
		return;
	slot = tally_slot(t, name, meaning, hour_of(at));
	if (*slot == 0 && t->count == STORE_TALLIES_MAX) {
		store_try(store, false);
		slot = tally_slot(t, name, meaning, hour_of(at));
	}
	if (*slot == 0 && t->count == STORE_TALLIES_MAX) {
		store->lost++; /* the disk is in trouble */
		return;
	}
	if (*slot == 0) {
		struct store_waiting_tally *row = &t->rows[t->count++];

		*slot = (uint16_t)t->count;
		*row = (struct store_waiting_tally){ .tally = { .meaning = meaning,
								.hour = hour_of(at) } };
		(void)snprintf(row->name, sizeof(row->name), "%s", name);
	}
	tally = &t->rows[*slot - 1].tally;
	tally->count++;
	tally->last.v = max_i64(tally->last.v, at.v);
}

/* --- who sent it --- */

void store_source_set(struct store *store, size_t slot, const struct store_source *source)
{
	store->sources[slot] = *source;
	store->has_new_source[slot] = true;
}

/* In table meta. */
static void source_keys(size_t slot, char id[32], char number[32])
{
	(void)snprintf(id, 32, "winevt_source_%zu", slot);
	(void)snprintf(number, 32, "winevt_number_%zu", slot);
}

void store_sources_read(struct store *store, struct store_source ret[STORE_SOURCES])
{
	char id[32], number[32];
	const struct params first = { .texts = { id } }, second = { .texts = { number } };

	memset(ret, 0, STORE_SOURCES * sizeof(*ret));
	for (size_t i = 0; i < STORE_SOURCES && store->db.handle; i++) {
		struct store_source source;

		source_keys(i, id, number);
		if (store_db_ask(&store->db, SQL_META_GET, &first, &source.id) == 0 &&
		    store_db_ask(&store->db, SQL_META_GET, &second, &source.number) == 0)
			ret[i] = source;
	}
}

/* --- writing --- */

static int write_tally(struct store_db *db, const struct store_waiting_tally *row)
{
	const struct params host = { .texts = { row->name } };
	const struct params params = {
		.numbers = { row->tally.hour, row->tally.count, row->tally.last.v },
		.count = 3,
		.texts = { row->name, winevent_info(row->tally.meaning)->name },
	};
	int r = store_db_run(db, SQL_HOST_ADD, &host);

	return r < 0 ? r : store_db_run(db, SQL_TALLY_ADD, &params);
}

static int write_source(struct store_db *db, size_t slot, const struct store_source *source)
{
	char id[32], number[32];
	const struct params first = { .numbers = { source->id }, .count = 1, .texts = { id } };
	const struct params second = { .numbers = { source->number },
				       .count = 1,
				       .texts = { number } };
	int r;

	source_keys(slot, id, number);
	r = store_db_run(db, SQL_META_SET, &first);
	return r < 0 ? r : store_db_run(db, SQL_META_SET, &second);
}

int store_hosts_write(struct store *store)
{
	int r = 0;

	for (size_t i = 0; i < store->tallies.count && r == 0; i++)
		r = write_tally(&store->db, &store->tallies.rows[i]);
	for (size_t i = 0; i < STORE_SOURCES && r == 0; i++)
		if (store->has_new_source[i])
			r = write_source(&store->db, i, &store->sources[i]);
	return r;
}

void store_hosts_written(struct store *store)
{
	store->tallies.full += store->tallies.count == STORE_TALLIES_MAX;
	memset(store->tallies.slots, 0, sizeof(store->tallies.slots));
	store->tallies.count = 0;
	memset(store->has_new_source, 0, sizeof(store->has_new_source));
}

/* A change has the kind before it, so the row is found by either. */
int store_host_finding_write(struct store *store, const char *name, const struct finding *f,
			     bool is_over)
{
	const struct evidence *e = &f->evidence;
	const struct params host = { .texts = { name } };
	const struct params params = {
		.numbers = { f->since.v, f->changed.v, is_over ? f->changed.v : 0, e->timeouts_hour,
			     e->timeouts_day },
		.count = 5,
		.texts = { name, finding_info(f->kind)->name, finding_info(f->previous)->name,
			   severity_name(f->severity), e->text },
	};
	int r = store_db_run(&store->db, SQL_HOST_ADD, &host);

	if (r == 0)
		r = store_db_run(&store->db, SQL_HOST_FINDING_SET, &params);
	if (r < 0 || sqlite3_changes(store->db.handle) > 0)
		return r;
	return store_db_run(&store->db, SQL_HOST_FINDING_ADD, &params);
}

/* --- keeping it small --- */

int store_hosts_expire(struct store *store, wall_us now)
{
	const struct store_limits *limits = &store->limits;
	const struct params oldest = { .numbers = { hour_of(now) - limits->host_days * 24 },
				       .count = 1 };
	const struct params rows = { .numbers = { limits->host_rows }, .count = 1 };
	const struct params findings = { .numbers = { now.v - limits->host_days * USEC_PER_DAY,
						      STORE_HOST_FINDINGS_MAX },
					 .count = 2 };
	int r;

	r = store_db_run(&store->db, SQL_EXPIRE_TALLIES, &oldest);
	if (r == 0)
		r = store_db_run(&store->db, SQL_TRIM_TALLIES, &rows);
	if (r == 0)
		r = store_db_run(&store->db, SQL_EXPIRE_HOST_FINDINGS, &findings);
	store->tallies.full = 0;
	return r < 0 ? r : store_db_run(&store->db, SQL_EXPIRE_HOSTS, NULL);
}

/* Whoever hands in decades at once must not fill the file before the hour is over. */
bool store_hosts_are_many(const struct store *store)
{
	return store->tallies.full >= FULL_MAX;
}

/* --- reading --- */

static const char *column_text(sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	return text ? text : "";
}

static uint32_t column_count(sqlite3_stmt *stmt, int column)
{
	return (uint32_t)min_i64(max_i64(sqlite3_column_int64(stmt, column), 0), UINT32_MAX);
}

static int read_tallies(struct store *store, wall_us since, wall_us now,
			const struct store_hosts_reader *reader)
{
	const struct params params = { .numbers = { hour_of(since), hour_of(now) }, .count = 2 };
	struct store_tally tally;
	int r = 0;
	sqlite3_stmt *stmt = store_db_query(&store->db, SQL_TALLIES, &params, &r);

	if (!stmt)
		return r;
	while ((r = store_db_next(&store->db, stmt)) > 0) {
		if (winevent_parse(column_text(stmt, 1), &tally.meaning) < 0)
			continue; /* of a later version */
		tally.hour = sqlite3_column_int64(stmt, 2);
		tally.count = column_count(stmt, 3);
		tally.last.v = min_i64(max_i64(sqlite3_column_int64(stmt, 4), 0), now.v);
		reader->on_tally(reader->user, column_text(stmt, 0), &tally);
	}
	return r;
}

static bool read_severity(const char *name, enum severity *ret)
{
	for (int i = SEVERITY_OK; i <= SEVERITY_CRITICAL; i++) {
		if (strcmp(severity_name((enum severity)i), name) != 0)
			continue;
		*ret = (enum severity)i;
		return true;
	}
	return false;
}

/* False: it makes no sense. */
static bool read_finding(sqlite3_stmt *stmt, wall_us now, struct finding *f)
{
	*f = (struct finding){
		.since = { min_i64(max_i64(sqlite3_column_int64(stmt, 4), 0), now.v) },
		.changed = { min_i64(max_i64(sqlite3_column_int64(stmt, 5), 0), now.v) },
		.evidence = { .timeouts_hour = column_count(stmt, 7),
			      .timeouts_day = column_count(stmt, 8) },
	};
	(void)snprintf(f->evidence.text, sizeof(f->evidence.text), "%s", column_text(stmt, 9));
	return finding_kind_parse(column_text(stmt, 1), &f->kind) == 0 &&
	       finding_kind_parse(column_text(stmt, 2), &f->previous) == 0 &&
	       read_severity(column_text(stmt, 3), &f->severity);
}

static int read_findings(struct store *store, wall_us now, const struct store_hosts_reader *reader)
{
	int r = 0;
	sqlite3_stmt *stmt = store_db_query(&store->db, SQL_HOST_FINDINGS_OPEN, NULL, &r);
	struct finding f;

	if (!stmt)
		return r;
	while ((r = store_db_next(&store->db, stmt)) > 0) {
		if (read_finding(stmt, now, &f))
			reader->on_finding(reader->user, column_text(stmt, 0), &f);
	}
	return r;
}

int store_hosts_closed(struct store *store, size_t max,
		       void (*cb)(void *user, const char *name, const struct finding *finding,
				  wall_us closed),
		       void *user)
{
	const struct params params = { .numbers = { (int64_t)(max < INT32_MAX ? max : INT32_MAX) },
				       .count = 1 };
	struct finding f;
	sqlite3_stmt *stmt;
	int r = 0;

	if (!store->db.handle)
		return -ENODATA;
	stmt = store_db_query(&store->db, SQL_HOST_FINDINGS_CLOSED, &params, &r);
	if (!stmt)
		return r;
	while ((r = store_db_next(&store->db, stmt)) > 0) {
		const wall_us closed = { sqlite3_column_int64(stmt, 6) };

		if (read_finding(stmt, closed, &f))
			cb(user, column_text(stmt, 0), &f, closed);
	}
	return r;
}

int store_hosts_read(struct store *store, wall_us since, wall_us now,
		     const struct store_hosts_reader *reader)
{
	int r;

	if (!store->db.handle)
		return -ENODATA;
	r = read_tallies(store, since, now, reader);
	return r < 0 ? r : read_findings(store, now, reader);
}

void store_host_timeouts(struct store *store, const char *name, int64_t first_hour,
			 int64_t last_hour, void (*cb)(void *user, int64_t hour, uint32_t timeouts),
			 void *user)
{
	const struct params params = { .numbers = { first_hour, last_hour },
				       .count = 2,
				       .texts = { name, winevent_info(WINEVENT_TIMEOUT)->name,
						  winevent_info(WINEVENT_NO_START)->name } };
	sqlite3_stmt *stmt = NULL;
	int r = 0;

	if (store->db.handle)
		stmt = store_db_query(&store->db, SQL_HOST_TIMEOUTS, &params, &r);
	while (stmt && store_db_next(&store->db, stmt) > 0)
		cb(user, sqlite3_column_int64(stmt, 0), column_count(stmt, 1));
}
