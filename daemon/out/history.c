/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store's file through a second connection that only reads.
 */
#include "out/history.h"

#include <stdio.h>

#include "out/store-internal.h"

struct history {
	struct store_db db;
};

int history_open(const char *state_dir, struct history **ret)
{
	SCOPED(free_ptr) struct history *h = calloc(1, sizeof(*h));
	char path[FS_PATH_MAX];
	int r;

	if (!h)
		return -ENOMEM;
	r = snprintf(path, sizeof(path), "%s/history.db", state_dir);
	if (r < 0 || (size_t)r >= sizeof(path))
		return -ENAMETOOLONG;
	if (access(path, R_OK) < 0) /* SQLite only says that it cannot */
		return neg_errno();
	r = store_db_open_to_read(&h->db, path);
	if (r < 0)
		return r;
	*ret = TAKE(h);
	return 0;
}

void history_free(struct history *h)
{
	if (!h)
		return;
	store_db_close(&h->db);
	free(h);
}

int history_targets(struct history *h, void (*cb)(void *user, int64_t id, const char *name),
		    void *user)
{
	int r = 0;
	sqlite3_stmt *stmt = store_db_query(&h->db, SQL_TARGETS_RECORDED, NULL, &r);

	if (!stmt)
		return r;
	while ((r = store_db_next(&h->db, stmt)) > 0) {
		const char *name = (const char *)sqlite3_column_text(stmt, 1);

		cb(user, sqlite3_column_int64(stmt, 0), name ? name : "");
	}
	return r;
}

int history_samples(struct history *h, int64_t target_id, wall_us since,
		    void (*cb)(void *user, const struct trend_sample *sample), void *user)
{
	const struct piece_query query = {
		.target_id = target_id, .since = since, .cb = cb, .user = user
	};

	return store_read_pieces(&h->db, &query);
}

int history_findings(struct history *h, int64_t target_id, wall_us since,
		     void (*cb)(void *user, const struct finding *finding, wall_us closed),
		     void *user)
{
	const struct params params = { .numbers = { target_id, since.v }, .count = 2 };
	int r = 0;
	sqlite3_stmt *stmt = store_db_query(&h->db, SQL_FINDINGS_SINCE, &params, &r);
	struct finding finding;

	if (!stmt)
		return r;
	while ((r = store_db_next(&h->db, stmt)) > 0) {
		const wall_us closed = { max_i64(sqlite3_column_int64(stmt, 6), 0) };

		if (store_read_finding(stmt, &finding))
			cb(user, &finding, closed);
	}
	return r;
}
