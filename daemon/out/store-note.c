/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What operators noted. It goes with the samples whenever these are read: the first one after a
 * note carries its evidence, so that a trend made again knows of it, as does who reads the history.
 */
#include "out/store-internal.h"

int store_note_add(struct store *store, uint32_t target, const char *kind, wall_us at,
		   const char *text)
{
	struct params params = { .numbers = { 0, at.v }, .count = 2, .texts = { kind, text } };
	int r;

	if (store->is_off || !store->db.handle || !target_get(store->targets, target))
		return -EIO;
	r = store_write_target(store, target, &params.numbers[0]);
	if (r == 0)
		r = store_db_run(&store->db, SQL_NOTE_ADD, &params);
	if (r == 0)
		r = store_db_run(&store->db, SQL_NOTES_TRIM, NULL);
	return r < 0 ? -EIO : 0;
}

void note_cursor_next(struct note_cursor *cursor)
{
	cursor->has_next = cursor->stmt && store_db_next(cursor->db, cursor->stmt) > 0;
	if (cursor->has_next)
		cursor->at.v = sqlite3_column_int64(cursor->stmt, 0);
}

void note_cursor_open(struct note_cursor *cursor, struct store_db *db, int64_t target_id)
{
	const struct params params = { .numbers = { target_id, 0 }, .count = 2 };
	int error;

	*cursor = (struct note_cursor){ .db = db };
	cursor->stmt = store_db_query(db, SQL_NOTES, &params, &error);
	note_cursor_next(cursor);
}

void note_cursor_close(struct note_cursor *cursor)
{
	if (cursor->has_next)
		(void)sqlite3_reset(cursor->stmt);
}

/* What was noted before the first sample that is read belongs to one that is not. */
void note_cursor_mark(struct note_cursor *cursor, struct trend_sample *sample)
{
	for (; cursor->has_next && cursor->at.v <= sample->wall.v; note_cursor_next(cursor))
		if (cursor->has_begun)
			sample->evidence |= 1u << TREND_RESET_LOGGED;
	cursor->has_begun = true;
}
