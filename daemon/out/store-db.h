/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SQLite file behind the store: opening, schema, statements. Knows the SQL and nothing of when
 * something is written.
 */
#pragma once

#include <sqlite3.h>
#include <stddef.h>
#include <stdint.h>

#include "base/util.h"

enum statement {
	SQL_BEGIN,
	SQL_COMMIT,
	SQL_META_SET,
	SQL_META_GET,
	SQL_TARGET_ADD,
	SQL_TARGET_ID,
	SQL_TARGETS,
	SQL_TARGETS_RECORDED,
	SQL_IDENTITY_SET,
	SQL_CHANGE_ADD,
	SQL_CHANGES,
	SQL_CHANGES_TRIM,
	SQL_SERIES_ADD,
	SQL_SERIES_ID,
	SQL_SAMPLE_ADD,
	SQL_SKIPPED_ADD,
	SQL_FINDING_PUT,
	SQL_FINDINGS_OPEN,
	SQL_FINDINGS_CLOSED,
	SQL_FINDINGS_SINCE,
	SQL_SAMPLES,
	SQL_SAMPLES_BY_TIME,
	SQL_CLOCK_STEPPED,
	SQL_ROLL_END,
	SQL_ROLL_COUNTS,
	SQL_ROLL_GROUPS,
	SQL_ROLL_LATENCY,
	SQL_ROLL_LATENCIES_SET,
	SQL_EXPIRE_SAMPLES,
	SQL_EXPIRE_ROLLUPS,
	SQL_EXPIRE_FINDINGS,
	SQL_EXPIRE_SERIES,
	SQL_SHRINK_SAMPLES,
	SQL_SHRINK_ROLLUPS,
	SQL_PIECE_ADD,
	SQL_PIECES,
	SQL_NOTE_ADD,
	SQL_NOTES_TRIM,
	SQL_NOTES,
	SQL_STATE_PUT,
	SQL_STATE_GET,
	SQL_EXPIRE_PIECES,
	SQL_SHRINK_PIECES,
	SQL_HOST_ADD,
	SQL_TALLY_ADD,
	SQL_TALLIES,
	SQL_HOST_TIMEOUTS,
	SQL_HOST_FINDING_SET,
	SQL_HOST_FINDING_ADD,
	SQL_HOST_FINDINGS_OPEN,
	SQL_HOST_FINDINGS_CLOSED,
	SQL_EXPIRE_TALLIES,
	SQL_TRIM_TALLIES,
	SQL_EXPIRE_HOST_FINDINGS,
	SQL_EXPIRE_HOSTS,
	SQL_SHRINK_TALLIES,
	SQL_PAGES_USED,
	SQL_VACUUM,
	STATEMENT_MAX,
};

#define STORE_BUSY_MS	     50	  /* the longest another program's lock may hold the daemon up */
#define STORE_READER_BUSY_MS 5000 /* a reader may wait */
#define STORE_NUMBERS_MAX    28
#define STORE_TEXTS_MAX	     10
#define STORE_PAGE	     INT64_C(4096)
#define STORE_WAL_LIMIT	     (128 * STORE_PAGE)

struct store_db {
	sqlite3 *handle;
	sqlite3_stmt *statements[STATEMENT_MAX]; /* prepared when first used */
	char why[160];				 /* SQLite's own words about the last error */
	bool is_foreign;			 /* that was -EBADMSG: the file is none of ours */
};

struct params {
	int64_t numbers[STORE_NUMBERS_MAX]; /* ?1 and up */
	size_t count;			    /* of numbers */
	const char *texts[STORE_TEXTS_MAX]; /* behind them, up to the first NULL */
};

/*
 * The file, made if missing, with the newest schema. `max_bytes`: it and its journal never grow
 * past that. `is_to_be_checked`: read it through once for damage.
 * 0; -EBADMSG: damaged, or not laid out as a history is; -ENOTSUP: a newer version wrote it, it was
 * not touched; or as store_db_error(). On failure nothing is open.
 */
MUST_CHECK int store_db_open(struct store_db *db, const char *path, int64_t max_bytes,
			     bool is_to_be_checked);
/* The same file to be read by another process than the daemon; it is neither made nor changed.
 * -ESTALE: an earlier version of bmchealthd wrote it; the daemon brings it up to date. */
MUST_CHECK int store_db_open_to_read(struct store_db *db, const char *path);
void store_db_close(struct store_db *db); /* also what is not open */

/* -ENOSPC full, -EBUSY locked by another program, -EBADMSG damaged, -EROFS read-only, -ENOMEM; the
 * system's errno where SQLite knows one, else -EIO. 0 for no error. */
int store_db_error(struct store_db *db, int code);

/* Ready to be stepped through with store_db_next(); NULL: *ret_error says why. `params` may be NULL
 * and is only read. Text is borrowed until the statement is used again. */
sqlite3_stmt *store_db_query(struct store_db *db, enum statement statement,
			     const struct params *params, int *ret_error);
/* 1: a row; 0: the end; -errno. After the last two the statement is reset. */
MUST_CHECK int store_db_next(struct store_db *db, sqlite3_stmt *stmt);
/* A statement whose rows do not matter. 0 or -errno. */
MUST_CHECK int store_db_run(struct store_db *db, enum statement statement,
			    const struct params *params);
/* The number in the first column of the first row; -ENODATA: no row, or NULL. */
MUST_CHECK int store_db_ask(struct store_db *db, enum statement statement,
			    const struct params *params, int64_t *ret);

/* --- store-schema.c */
extern const char *const store_statements[STATEMENT_MAX];
extern const char *const store_migrations[]; /* [n]: from version n to n + 1; NULL ends */
/* The file's version, without touching it. -ENOTSUP: a newer one than the migrations lead to;
 * -EBADMSG: negative, or 0 in a file that has tables: no bmchealthd wrote that. */
MUST_CHECK int store_version(struct store_db *db, const char *const *migrations, int64_t *ret);
/* Bring an open file to the newest version, each step a transaction of its own. */
MUST_CHECK int store_migrate(struct store_db *db, const char *const *migrations);
/* -EBADMSG: the version is right, but there is a table or column that the statements miss. */
MUST_CHECK int store_check_layout(struct store_db *db);
