/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader's memory.
 */
#include "winevtd/state.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/fsio.h"

#define TEXTS_MAX   2
#define NUMBERS_MAX 3

enum query {
	QUERY_BEGIN,
	QUERY_COMMIT,
	QUERY_META_GET,
	QUERY_PLACE_GET,
	QUERY_PLACE_FIND,
	QUERY_PLACE_PUT,
	QUERY_PLACES_TRIM,
	QUERY_SEE,
	QUERY_UNSEE,
	QUERY_SEEN_COUNT,
	QUERY_SEEN_TRIM,
	QUERY_ADD,
	QUERY_WAITING,
	QUERY_LAST,
	QUERY_NEXT,
	QUERY_TAKEN,
	QUERY_RAISE,
	QUERY_MAX,
};

static const char schema[] =
	"CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL);"
	"CREATE TABLE place(input TEXT NOT NULL, name TEXT NOT NULL, device INTEGER NOT NULL,"
	" inode INTEGER NOT NULL, used INTEGER NOT NULL, place BLOB NOT NULL,"
	" PRIMARY KEY(input, name)) WITHOUT ROWID;"
	"CREATE INDEX place_inode ON place(inode, device, input);"
	/* in the order of time, so that what comes in touches few pages */
	"CREATE TABLE seen(second INTEGER NOT NULL, hash INTEGER NOT NULL,"
	" PRIMARY KEY(second, hash)) WITHOUT ROWID;"
	/* numbers are never given out again */
	"CREATE TABLE waiting(number INTEGER PRIMARY KEY AUTOINCREMENT, record BLOB NOT NULL);"
	"INSERT INTO meta VALUES('source', abs(random() % 9223372036854775807) | 1);"
	"PRAGMA user_version = 1;";

static const char *const queries[QUERY_MAX] = {
	[QUERY_BEGIN] = "BEGIN IMMEDIATE",
	[QUERY_COMMIT] = "COMMIT",
	[QUERY_META_GET] = "SELECT value FROM meta WHERE key = ?1",
	[QUERY_PLACE_GET] = "SELECT device, inode, place FROM place WHERE input = ?1 AND name = ?2",
	[QUERY_PLACE_FIND] = "SELECT device, inode, place FROM place WHERE input = ?1 AND"
			     " device = ?2 AND inode = ?3 ORDER BY used DESC LIMIT 1",
	[QUERY_PLACE_PUT] = "INSERT OR REPLACE INTO place(input, name, device, inode, used, place)"
			    " VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
	[QUERY_PLACES_TRIM] = "DELETE FROM place WHERE input = ?1 AND used <= (SELECT used FROM"
			      " place WHERE input = ?1 ORDER BY used DESC LIMIT 1 OFFSET ?2)",
	[QUERY_SEE] = "INSERT OR IGNORE INTO seen(second, hash) VALUES(?1, ?2)",
	[QUERY_UNSEE] = "DELETE FROM seen WHERE second = ?1 AND hash = ?2",
	[QUERY_SEEN_COUNT] = "SELECT count(*) FROM seen",
	[QUERY_SEEN_TRIM] = "DELETE FROM seen WHERE (second, hash) < (SELECT second, hash FROM"
			    " seen ORDER BY second, hash LIMIT 1 OFFSET ?1)",
	[QUERY_ADD] = "INSERT INTO waiting(record) VALUES(?1)",
	[QUERY_WAITING] = "SELECT count(*) FROM waiting",
	[QUERY_LAST] = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'waiting'),"
		       " 0)",
	[QUERY_NEXT] = "SELECT number, record FROM waiting WHERE number > ?1 ORDER BY number"
		       " LIMIT 1",
	[QUERY_RAISE] = "INSERT OR REPLACE INTO waiting(number, record) VALUES(?1, zeroblob(0))",
	[QUERY_TAKEN] = "DELETE FROM waiting WHERE number <= ?1",
};

struct state {
	sqlite3 *handle;
	sqlite3_stmt *statements[QUERY_MAX]; /* prepared when first used */
	int64_t source, seen, seen_max;
	uint64_t waiting, last, saved;
	bool is_open, has_events; /* a transaction; events in it */
};

/* --- SQLite --- */

static int error_of(int code)
{
	switch (code & 0xff) { /* the rest says where it happened */
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return -EBADMSG;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return -EBUSY;
	case SQLITE_FULL:
		return -ENOSPC;
	case SQLITE_NOMEM:
		return -ENOMEM;
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return -EROFS;
	default:
		return -EIO;
	}
}

static int begin(struct state *s);

/* A reset statement, ready for parameters; NULL: -errno in *ret. */
static sqlite3_stmt *query(struct state *s, enum query which, int *ret)
{
	sqlite3_stmt **slot = &s->statements[which];
	int code = SQLITE_OK;

	if (*slot)
		(void)sqlite3_reset(*slot);
	else
		code = sqlite3_prepare_v3(s->handle, queries[which], -1, SQLITE_PREPARE_PERSISTENT,
					  slot, NULL);
	*ret = error_of(code);
	return code == SQLITE_OK ? *slot : NULL;
}

struct arguments {
	const char *texts[TEXTS_MAX]; /* first, up to NULL */
	int64_t numbers[NUMBERS_MAX];
	size_t count; /* of numbers */
	const void *bytes;
	size_t len;
};

static int bind(sqlite3_stmt *stmt, const struct arguments *a)
{
	int at = 0, code = SQLITE_OK;

	for (size_t i = 0; i < TEXTS_MAX && a->texts[i] && code == SQLITE_OK; i++)
		code = sqlite3_bind_text(stmt, ++at, a->texts[i], -1, SQLITE_STATIC);
	for (size_t i = 0; i < a->count && code == SQLITE_OK; i++)
		code = sqlite3_bind_int64(stmt, ++at, a->numbers[i]);
	if (a->bytes && code == SQLITE_OK)
		code = sqlite3_bind_blob(stmt, ++at, a->bytes, (int)a->len, SQLITE_STATIC);
	return error_of(code);
}

/* 1: there is a row, and *ret_stmt is to be reset; 0: none; -errno. */
static int ask(struct state *s, enum query which, const struct arguments *a,
	       sqlite3_stmt **ret_stmt)
{
	int r, code;
	sqlite3_stmt *stmt = query(s, which, &r);

	if (!stmt)
		return r;
	r = bind(stmt, a);
	if (r < 0)
		return r;
	code = sqlite3_step(stmt);
	if (code == SQLITE_ROW) {
		*ret_stmt = stmt;
		return 1;
	}
	(void)sqlite3_reset(stmt);
	return error_of(code);
}

static int ask_number(struct state *s, enum query which, const struct arguments *a, int64_t *ret)
{
	sqlite3_stmt *stmt = NULL;
	int r = ask(s, which, a, &stmt);

	if (r <= 0)
		return r < 0 ? r : -ENODATA;
	*ret = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_reset(stmt);
	return 0;
}

/* In the transaction. */
static int change(struct state *s, enum query which, const struct arguments *a)
{
	sqlite3_stmt *stmt = NULL;
	int r = begin(s);

	if (r == 0)
		r = ask(s, which, a, &stmt);
	if (r > 0)
		(void)sqlite3_reset(stmt);
	return r > 0 ? 0 : r;
}

static int begin(struct state *s)
{
	static const struct arguments none;
	sqlite3_stmt *stmt = NULL;
	int r;

	if (s->is_open)
		return 0;
	r = ask(s, QUERY_BEGIN, &none, &stmt);
	s->is_open = r == 0;
	return r;
}

/* --- life --- */

/* One process at a time, and each commit on disk: numbers that the daemon took must never be given
 * out again, not even after a power cut. */
static int configure(struct state *s)
{
	static const char *const pragmas[] = {
		"PRAGMA locking_mode = EXCLUSIVE",     "PRAGMA journal_mode = WAL",
		"PRAGMA synchronous = FULL",	       "PRAGMA cache_size = -1024",
		"PRAGMA journal_size_limit = 1048576", "PRAGMA temp_store = MEMORY",
	};
	int code = SQLITE_OK;

	for (size_t i = 0; i < COUNT_OF(pragmas) && code == SQLITE_OK; i++)
		code = sqlite3_exec(s->handle, pragmas[i], NULL, NULL, NULL);
	return error_of(code);
}

static int version_of(struct state *s, int *ret)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(s->handle, "PRAGMA user_version", -1, &stmt, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	if (code == SQLITE_ROW)
		*ret = sqlite3_column_int(stmt, 0);
	(void)sqlite3_finalize(stmt);
	return error_of(code);
}

static int make_tables(struct state *s)
{
	int code = sqlite3_exec(s->handle, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_exec(s->handle, schema, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(s->handle, "COMMIT", NULL, NULL, NULL);
	return error_of(code);
}

static int recall(struct state *s)
{
	const struct arguments none = { .count = 0 };
	const struct arguments source = { .texts = { "source" } };
	int64_t waiting = 0, last = 0;
	int r;

	r = ask_number(s, QUERY_META_GET, &source, &s->source);
	if (r == 0)
		r = ask_number(s, QUERY_SEEN_COUNT, &none, &s->seen);
	if (r == 0)
		r = ask_number(s, QUERY_WAITING, &none, &waiting);
	if (r == 0)
		r = ask_number(s, QUERY_LAST, &none, &last);
	s->waiting = (uint64_t)waiting;
	s->last = s->saved = (uint64_t)last;
	return r == -ENODATA ? -EBADMSG : r;
}

static void state_free(struct state **slot)
{
	state_close(*slot);
}

static int try_open(const char *path, int64_t seen_max, struct state **ret, bool *ret_is_new)
{
	SCOPED(state_free) struct state *s = calloc(1, sizeof(*s));
	int version = 0, r;

	if (!s)
		return -ENOMEM;
	s->seen_max = seen_max;
	r = error_of(sqlite3_open_v2(
		path, &s->handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
		NULL));
	if (r == 0)
		r = configure(s);
	if (r == 0)
		r = version_of(s, &version);
	if (r == 0 && version == 0)
		r = make_tables(s);
	if (r == 0 && version > 1)
		r = -ENOTSUP;
	if (r == 0)
		r = recall(s);
	if (r < 0)
		return r;
	*ret_is_new = version == 0;
	*ret = TAKE(s);
	return 0;
}

int state_open(const char *dir, int64_t seen_max, struct state **ret, enum state_origin *ret_origin)
{
	static const char *const more[] = { "-wal", "-shm" };
	char path[FS_PATH_MAX], aside[FS_PATH_MAX + 16];
	int n = snprintf(path, sizeof(path), "%s/state.db", dir), r;
	bool is_new = false;

	if (n < 0 || (size_t)n >= sizeof(path) - 8)
		return -ENAMETOOLONG;
	r = try_open(path, seen_max, ret, &is_new);
	*ret_origin = is_new ? STATE_NEW : STATE_KNOWN;
	if (r != -EBADMSG)
		return r;
	(void)snprintf(aside, sizeof(aside), "%s.damaged", path);
	if (rename(path, aside) < 0)
		return neg_errno();
	for (size_t i = 0; i < COUNT_OF(more); i++) {
		(void)snprintf(aside, sizeof(aside), "%s%s", path, more[i]);
		(void)unlink(aside);
	}
	*ret_origin = STATE_ANEW;
	return try_open(path, seen_max, ret, &is_new);
}

void state_close(struct state *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < COUNT_OF(s->statements); i++)
		(void)sqlite3_finalize(s->statements[i]);
	(void)sqlite3_close(s->handle); /* rolls back what is open */
	free(s);
}

int64_t state_source(const struct state *s)
{
	return s->source;
}

/* --- places --- */

static int read_place(sqlite3_stmt *stmt, struct state_place *ret)
{
	const void *bytes = sqlite3_column_blob(stmt, 2);
	const size_t len = (size_t)sqlite3_column_bytes(stmt, 2);

	ret->device = (uint64_t)sqlite3_column_int64(stmt, 0);
	ret->inode = (uint64_t)sqlite3_column_int64(stmt, 1);
	ret->len = len <= sizeof(ret->bytes) ? len : 0; /* not ours: as if there were none */
	if (bytes && ret->len > 0)
		memcpy(ret->bytes, bytes, ret->len);
	(void)sqlite3_reset(stmt);
	return 1;
}

int state_place_get(struct state *s, const char *input, const char *name, struct state_place *ret)
{
	const struct arguments a = { .texts = { input, name } };
	sqlite3_stmt *stmt = NULL;
	int r = ask(s, QUERY_PLACE_GET, &a, &stmt);

	return r > 0 ? read_place(stmt, ret) : r;
}

int state_place_find(struct state *s, const char *input, uint64_t device, uint64_t inode,
		     struct state_place *ret)
{
	const struct arguments a = { .texts = { input },
				     .numbers = { (int64_t)device, (int64_t)inode },
				     .count = 2 };
	sqlite3_stmt *stmt = NULL;
	int r = ask(s, QUERY_PLACE_FIND, &a, &stmt);

	return r > 0 ? read_place(stmt, ret) : r;
}

int state_place_put(struct state *s, const char *input, const char *name,
		    const struct state_place *place)
{
	const int64_t now = clock_wall().v / USEC_PER_SEC;
	const struct arguments a = { .texts = { input, name },
				     .numbers = { (int64_t)place->device, (int64_t)place->inode,
						  now },
				     .count = 3,
				     .bytes = place->bytes,
				     .len = place->len };

	return change(s, QUERY_PLACE_PUT, &a);
}

int state_places_trim(struct state *s, const char *input, int64_t keep)
{
	const struct arguments a = { .texts = { input }, .numbers = { keep }, .count = 1 };

	return change(s, QUERY_PLACES_TRIM, &a);
}

/* --- events --- */

int state_see(struct state *s, int64_t second, uint64_t hash)
{
	const struct arguments a = { .numbers = { second, (int64_t)hash }, .count = 2 };
	int r = change(s, QUERY_SEE, &a);

	if (r < 0 || sqlite3_changes(s->handle) == 0)
		return r;
	s->seen++;
	return 1;
}

int state_unsee(struct state *s, int64_t second, uint64_t hash)
{
	const struct arguments a = { .numbers = { second, (int64_t)hash }, .count = 2 };
	int r = change(s, QUERY_UNSEE, &a);

	if (r == 0)
		s->seen -= sqlite3_changes(s->handle);
	return r;
}

int state_waiting_add(struct state *s, const void *record, size_t len)
{
	const struct arguments a = { .bytes = record, .len = len };
	int r = change(s, QUERY_ADD, &a);

	if (r < 0)
		return r;
	s->last = (uint64_t)sqlite3_last_insert_rowid(s->handle);
	s->waiting++;
	s->has_events = true;
	return 0;
}

uint64_t state_waiting(const struct state *s)
{
	return s->waiting;
}

uint64_t state_last(const struct state *s)
{
	return s->last;
}

uint64_t state_saved(const struct state *s)
{
	return s->saved;
}

int state_waiting_next(struct state *s, uint64_t after, uint64_t *ret_number, void *record,
		       size_t len)
{
	const struct arguments a = { .numbers = { (int64_t)after }, .count = 1 };
	sqlite3_stmt *stmt = NULL;
	const void *bytes;
	uint64_t number;
	int r = ask(s, QUERY_NEXT, &a, &stmt);

	if (r <= 0)
		return r;
	number = (uint64_t)sqlite3_column_int64(stmt, 0);
	bytes = sqlite3_column_blob(stmt, 1);
	if (number > s->saved)
		r = 0;
	else if (!bytes || (size_t)sqlite3_column_bytes(stmt, 1) != len)
		r = -EBADMSG;
	if (r > 0) {
		*ret_number = number;
		memcpy(record, bytes, len);
	}
	(void)sqlite3_reset(stmt);
	return r;
}

int state_taken(struct state *s, uint64_t number)
{
	const struct arguments a = { .numbers = { (int64_t)number }, .count = 1 };
	int r = 0;

	if (number > s->last) { /* this file is from a backup: those numbers are used up */
		r = change(s, QUERY_RAISE, &a);
		s->waiting++;
		s->last = number;
	}
	if (r < 0 || s->waiting == 0)
		return r;
	r = change(s, QUERY_TAKEN, &a);
	if (r == 0)
		s->waiting -= (uint64_t)sqlite3_changes(s->handle);
	return r;
}

/* --- commits --- */

bool state_is_dirty(const struct state *s)
{
	return s->is_open;
}

bool state_has_events(const struct state *s)
{
	return s->has_events;
}

/* A sixteenth over the limit is let grow, so that it is not looked for each time. */
static int trim_seen(struct state *s)
{
	const int64_t over = s->seen - s->seen_max;
	const struct arguments a = { .numbers = { over }, .count = 1 };
	int r;

	if (over <= s->seen_max / 16)
		return 0;
	r = change(s, QUERY_SEEN_TRIM, &a);
	if (r == 0)
		s->seen -= sqlite3_changes(s->handle);
	return r;
}

int state_commit(struct state *s)
{
	static const struct arguments none;
	sqlite3_stmt *stmt = NULL;
	int r;

	if (!s->is_open)
		return 0;
	r = trim_seen(s);
	if (r == 0)
		r = ask(s, QUERY_COMMIT, &none, &stmt);
	if (r < 0)
		return r;
	s->is_open = s->has_events = false;
	s->saved = s->last;
	return 0;
}
