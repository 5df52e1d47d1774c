/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SQLite file behind the store: opened, checked, and its statements run.
 */
#include "out/store-db.h"

#include <inttypes.h>
#include <stdio.h>

/* The system's errno, if SQLite met one. */
static int system_error(const struct store_db *db)
{
	const int error = db->handle ? sqlite3_system_errno(db->handle) : 0;

	return error > 0 ? -error : -EIO;
}

static int error_of_code(const struct store_db *db, int code)
{
	switch (code & 0xff) { /* the rest says where it happened */
	case SQLITE_OK:
	case SQLITE_DONE:
	case SQLITE_ROW:
		return 0;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return -EROFS;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_CANTOPEN:
	case SQLITE_IOERR:
		return system_error(db);
	default:
		return -EIO;
	}
}

int store_db_error(struct store_db *db, int code)
{
	const int r = error_of_code(db, code);

	if (r < 0)
		db->is_foreign = (code & 0xff) == SQLITE_NOTADB;
	if (r < 0)
		(void)snprintf(db->why, sizeof(db->why), "%s",
			       db->handle ? sqlite3_errmsg(db->handle) : sqlite3_errstr(code));
	return r;
}

/*
 * WAL with synchronous=NORMAL: a commit is a write and no fsync, the disk is waited for at
 * checkpoints only (128 pages, about every hour at rest). kill -9 loses nothing, a power cut at
 * most the commits since the last checkpoint, and neither damages the file: history is worth that
 * and no more, and the loop that waits for the BMC is not held up every minute.
 * page_size and auto_vacuum come first, they can only be set in an empty file.
 */
static int db_configure(struct store_db *db)
{
	static const char *const pragmas[] = {
		"PRAGMA page_size = 4096",	   "PRAGMA auto_vacuum = INCREMENTAL",
		"PRAGMA journal_mode = WAL",	   "PRAGMA synchronous = NORMAL",
		"PRAGMA wal_autocheckpoint = 128", "PRAGMA journal_size_limit = 524288",
		"PRAGMA cache_size = -512",	   "PRAGMA temp_store = MEMORY",
	};
	int code = SQLITE_OK;

	for (size_t i = 0; i < COUNT_OF(pragmas) && code == SQLITE_OK; i++)
		code = sqlite3_exec(db->handle, pragmas[i], NULL, NULL, NULL);
	return store_db_error(db, code);
}

/* Comes last: a file that is at its limit has to get through a migration before it can shrink. */
static int db_limit(struct store_db *db, int64_t max_bytes)
{
	char ceiling[64];

	(void)snprintf(ceiling, sizeof(ceiling), "PRAGMA max_page_count = %" PRId64,
		       max_i64(max_bytes - STORE_WAL_LIMIT, STORE_WAL_LIMIT) / STORE_PAGE);
	return store_db_error(db, sqlite3_exec(db->handle, ceiling, NULL, NULL, NULL));
}

/* quick_check answers with one row, "ok". */
static int db_check(struct store_db *db)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(db->handle, "PRAGMA quick_check(1)", -1, &stmt, NULL);
	const char *verdict;
	int r = 0;

	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	if (code == SQLITE_ROW) {
		verdict = (const char *)sqlite3_column_text(stmt, 0);
		r = verdict && strcmp(verdict, "ok") == 0 ? 0 : -EBADMSG;
		if (r < 0)
			(void)snprintf(db->why, sizeof(db->why), "%s", verdict ? verdict : "?");
	} else {
		r = store_db_error(db, code);
	}
	(void)sqlite3_finalize(stmt);
	return r;
}

static int db_prepare_file(struct store_db *db, int64_t max_bytes, bool is_to_be_checked)
{
	int64_t version;
	int r;

	r = store_version(db, store_migrations, &version);
	if (r == 0 && is_to_be_checked)
		r = db_check(db);
	if (r == 0)
		r = db_configure(db);
	if (r == 0)
		r = store_migrate(db, store_migrations);
	if (r == 0)
		r = store_check_layout(db);
	if (r == 0)
		r = db_limit(db, max_bytes);
	return r;
}

int store_db_open(struct store_db *db, const char *path, int64_t max_bytes, bool is_to_be_checked)
{
	const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
	int r;

	*db = (struct store_db){ 0 };
	r = store_db_error(db, sqlite3_open_v2(path, &db->handle, flags, NULL));
	if (r == 0)
		r = store_db_error(db, sqlite3_busy_timeout(db->handle, STORE_BUSY_MS));
	if (r == 0)
		r = db_prepare_file(db, max_bytes, is_to_be_checked);
	if (r < 0)
		store_db_close(db);
	return r;
}

static int db_is_present(struct store_db *db)
{
	int64_t version = 0;
	int r = store_version(db, store_migrations, &version);

	if (r == 0 && store_migrations[version])
		return -ESTALE;
	return r == 0 ? store_check_layout(db) : r;
}

int store_db_open_to_read(struct store_db *db, const char *path)
{
	const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
	int r;

	*db = (struct store_db){ 0 };
	r = store_db_error(db, sqlite3_open_v2(path, &db->handle, flags, NULL));
	if (r == 0)
		r = store_db_error(db, sqlite3_busy_timeout(db->handle, STORE_READER_BUSY_MS));
	if (r == 0)
		r = db_is_present(db);
	if (r < 0)
		store_db_close(db);
	return r;
}

void store_db_close(struct store_db *db)
{
	for (size_t i = 0; i < COUNT_OF(db->statements); i++) {
		(void)sqlite3_finalize(db->statements[i]);
		db->statements[i] = NULL;
	}
	(void)sqlite3_close(db->handle); /* rolls back what is open */
	db->handle = NULL;
}

static int db_bind(sqlite3_stmt *stmt, const struct params *params)
{
	int at = 0, code = SQLITE_OK;

	for (size_t i = 0; i < params->count && code == SQLITE_OK; i++)
		code = sqlite3_bind_int64(stmt, ++at, params->numbers[i]);
	for (size_t i = 0; i < STORE_TEXTS_MAX && params->texts[i] && code == SQLITE_OK; i++)
		code = sqlite3_bind_text(stmt, ++at, params->texts[i], -1, SQLITE_STATIC);
	return code;
}

sqlite3_stmt *store_db_query(struct store_db *db, enum statement statement,
			     const struct params *params, int *ret_error)
{
	sqlite3_stmt **slot = &db->statements[statement];
	int code = SQLITE_OK;

	if (*slot)
		(void)sqlite3_reset(*slot); /* repeats the last error, which is known */
	else
		code = sqlite3_prepare_v3(db->handle, store_statements[statement], -1,
					  SQLITE_PREPARE_PERSISTENT, slot, NULL);
	if (code == SQLITE_OK && params)
		code = db_bind(*slot, params);
	if (code == SQLITE_OK)
		return *slot;
	*ret_error = store_db_error(db, code);
	return NULL;
}

int store_db_next(struct store_db *db, sqlite3_stmt *stmt)
{
	const int code = sqlite3_step(stmt);
	int r;

	if (code == SQLITE_ROW)
		return 1;
	r = store_db_error(db, code);
	(void)sqlite3_reset(stmt);
	return r;
}

int store_db_run(struct store_db *db, enum statement statement, const struct params *params)
{
	int r = 0;
	sqlite3_stmt *stmt = store_db_query(db, statement, params, &r);

	if (!stmt)
		return r;
	do
		r = store_db_next(db, stmt);
	while (r > 0);
	return r;
}

int store_db_ask(struct store_db *db, enum statement statement, const struct params *params,
		 int64_t *ret)
{
	int r = 0;
	sqlite3_stmt *stmt = store_db_query(db, statement, params, &r);

	if (!stmt)
		return r;
	r = store_db_next(db, stmt);
	if (r == 0 || (r > 0 && sqlite3_column_type(stmt, 0) == SQLITE_NULL))
		r = -ENODATA;
	if (r > 0)
		*ret = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_reset(stmt);
	return r > 0 ? 0 : r;
}
