/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What trends are fed with, and what they made of it. Samples wait in memory until a piece of them
 * is worth a row; rows are never changed, so that nothing is written twice. The state refers to the
 * last piece it has seen: what came later is read again, and without a state everything is.
 */
#include "out/store-internal.h"

#define PIECE_AGE_US (10 * USEC_PER_MINUTE)

/* --- writing --- */

static bool is_due(const struct store *store, uint32_t target)
{
	const struct recording *r = store->seats[target].recording;

	if (!r || r->count == 0)
		return false;
	if (store->is_piece_over || (store->state && store->state->target == target))
		return true;
	return r->evidence != 0 || store->now.v - r->wall.v >= PIECE_AGE_US ||
	       store->now.v < r->wall.v;
}

static int run_with_blob(struct store_db *db, enum statement statement, const struct params *params,
			 const uint8_t *bytes, size_t len)
{
	int r = 0, code;
	sqlite3_stmt *stmt = store_db_query(db, statement, params, &r);

	if (!stmt)
		return r;
	code = sqlite3_bind_blob(stmt, (int)params->count + 1, bytes, (int)len, SQLITE_STATIC);
	r = store_db_error(db, code);
	return r < 0 ? r : store_db_next(db, stmt);
}

static int write_piece(struct store *store, uint32_t target)
{
	const struct recording *r = store->seats[target].recording;
	struct params params = { .numbers = { 0, r->boot_id, r->wall.v, r->mono.v, r->count },
				 .count = 5 };
	int error = store_write_target(store, target, &params.numbers[0]);

	if (error < 0)
		return error;
	return run_with_blob(&store->db, SQL_PIECE_ADD, &params, r->bytes, r->len);
}

static int write_state(struct store *store)
{
	const struct store_state *state = store->state;
	struct params params = { .numbers = { 0, store->now.v }, .count = 2 };
	int error = store_write_target(store, state->target, &params.numbers[0]);

	if (error < 0)
		return error;
	return run_with_blob(&store->db, SQL_STATE_PUT, &params, state->bytes, state->len);
}

int store_trend_write(struct store *store)
{
	int r = 0;

	for (uint32_t i = 0; i < store->seats_count && r == 0; i++) {
		store->seats[i].is_recording_taken = is_due(store, i);
		if (store->seats[i].is_recording_taken)
			r = write_piece(store, i);
	}
	return r < 0 || !store->state ? r : write_state(store);
}

void store_trend_written(struct store *store)
{
	for (uint32_t i = 0; i < store->seats_count; i++) {
		if (store->seats[i].is_recording_taken)
			recording_clear(store->seats[i].recording);
		store->seats[i].is_recording_taken = false;
	}
	if (store->state)
		store->is_state_written = true;
}

void store_trend_free(struct store *store)
{
	for (uint32_t i = 0; i < store->seats_count; i++)
		free(store->seats[i].recording);
}

/* --- samples and states come in --- */

static struct recording *recording_of(struct store *store, uint32_t target)
{
	struct store_seat *seat = store_seat(store, target);

	if (!seat)
		return NULL;
	if (!seat->recording)
		seat->recording = calloc(1, sizeof(*seat->recording));
	return seat->recording;
}

void store_trend_add(struct store *store, uint32_t target, const struct trend_sample *sample)
{
	struct recording *r;

	if (store->is_off || !target_get(store->targets, target))
		return;
	r = recording_of(store, target);
	if (!r) {
		store->lost++;
		return;
	}
	if (!recording_fits(r, sample)) {
		store->is_piece_over = true;
		store_try(store, false);
		store->is_piece_over = false;
	}
	if (!recording_fits(r, sample)) { /* the disk is in trouble */
		store->lost += r->count;
		recording_clear(r);
	}
	recording_add(r, sample);
	store->now = sample->wall;
	if (sample->evidence != 0)
		store_try(store, false);
}

int store_trend_save(struct store *store, uint32_t target, const uint8_t *state, size_t len)
{
	const struct store_state waiting = { target, state, len };

	if (store->is_off || !target_get(store->targets, target))
		return -EIO;
	store->state = &waiting;
	store->is_state_written = false;
	store_try(store, false);
	store->state = NULL;
	return store->is_state_written ? 0 : -EIO;
}

/* --- reading --- */

static int target_id(struct store *store, uint32_t target, int64_t *ret)
{
	const struct target *who = target_get(store->targets, target);
	const struct params params = { .texts = { who ? who->name : "" } };

	if (!store->db.handle || !who)
		return -ENODATA;
	return store_db_ask(&store->db, SQL_TARGET_ID, &params, ret);
}

ssize_t store_trend_load(struct store *store, uint32_t target, uint8_t *state, size_t max,
			 int64_t *ret_piece, wall_us *ret_saved)
{
	struct params params = { .count = 1 };
	int r = target_id(store, target, &params.numbers[0]);
	sqlite3_stmt *stmt;
	ssize_t len = -ENODATA;

	if (r < 0)
		return r;
	stmt = store_db_query(&store->db, SQL_STATE_GET, &params, &r);
	if (!stmt)
		return r;
	r = store_db_next(&store->db, stmt);
	if (r <= 0)
		return r < 0 ? r : -ENODATA;
	if ((size_t)sqlite3_column_bytes(stmt, 1) <= max && sqlite3_column_blob(stmt, 1)) {
		len = sqlite3_column_bytes(stmt, 1);
		memcpy(state, sqlite3_column_blob(stmt, 1), (size_t)len);
		*ret_piece = sqlite3_column_int64(stmt, 0);
		ret_saved->v = sqlite3_column_int64(stmt, 2);
	}
	(void)sqlite3_reset(stmt);
	return len;
}

int store_read_pieces(struct store_db *db, const struct piece_query *query)
{
	const struct params params = {
		.numbers = { query->target_id, query->after, query->since.v }, .count = 3
	};
	int r = 0;
	sqlite3_stmt *stmt = store_db_query(db, SQL_PIECES, &params, &r);
	struct recording_reader reader;
	struct trend_sample sample;
	struct note_cursor notes;

	if (!stmt)
		return r;
	note_cursor_open(&notes, db, query->target_id);
	while ((r = store_db_next(db, stmt)) > 0) {
		const mono_us mono = { sqlite3_column_int64(stmt, 3) };
		const wall_us wall = { sqlite3_column_int64(stmt, 2) };
		const void *bytes = sqlite3_column_blob(stmt, 4);

		if (!bytes ||
		    recording_open(&reader, bytes, (size_t)sqlite3_column_bytes(stmt, 4),
				   (uint32_t)sqlite3_column_int64(stmt, 1), mono, wall) < 0)
			continue; /* of a later version, or damaged: the rest is good */
		while (recording_next(&reader, &sample)) {
			note_cursor_mark(&notes, &sample);
			query->cb(query->user, &sample);
		}
	}
	note_cursor_close(&notes);
	return r;
}

int store_trend_samples(struct store *store, uint32_t target, int64_t piece,
			void (*cb)(void *user, const struct trend_sample *sample), void *user)
{
	struct piece_query query = { .after = piece, .cb = cb, .user = user };
	int r = target_id(store, target, &query.target_id);

	return r < 0 ? r : store_read_pieces(&store->db, &query);
}
