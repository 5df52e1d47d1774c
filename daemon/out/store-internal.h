/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the store, shared by its parts: store.c (the sink, trouble and recovery),
 * store-file.c (the file comes and goes), store-write.c, store-keep.c (roll-up, retention),
 * store-read.c.
 */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "base/fsio.h"
#include "model/finding.h"
#include "model/recording.h"
#include "out/store-db.h"
#include "out/store-series.h"
#include "out/store.h"

#define STORE_ROWS_MAX		512
#define STORE_EVENTS_MAX	64
#define STORE_CHANGES_MAX	32
#define STORE_TARGETS_MAX	1024
#define STORE_TALLIES_MAX	1024
#define STORE_TALLY_SLOTS	2048 /* more than tallies */
#define STORE_HOST_FINDINGS_MAX 5000 /* closed ones */

struct store_row { /* an observation that waits to be written */
	uint32_t series;
	enum obs_status status;
	uint16_t flags;
	uint8_t cc;
	int error;
	uint32_t count; /* of OBS_SKIPPED: so many in a row */
	wall_us wall;
	int64_t took_us, value, total;
};

struct store_event { /* a change of a finding that waits to be written */
	struct finding finding;
	enum finding_change change;
	char host[TARGET_NAME_MAX]; /* of a Windows host: its name; "": of another target */
};

struct store_change { /* an identity that waits to be written, but is not the last any more */
	uint32_t target;
	wall_us at;
	struct bmc_identity identity;
};

struct store_seat {		       /* of one target */
	int64_t id;		       /* in the file; 0: not known yet */
	int64_t open[FAMILY_MAX];      /* id of the open finding; 0: none */
	struct bmc_identity identity;  /* what the controller last said */
	wall_us identity_at;	       /* when it was new; 0: nobody knows */
	bool has_identity, is_unsaved; /* the file has not heard of it */
	bool has_open;		       /* `open` is as in the file */
	struct recording *recording;   /* owned; NULL: no sample yet */
	bool is_recording_taken;       /* it is part of the running transaction */
};

struct note_cursor { /* notes of resets, beside samples that are read */
	struct store_db *db;
	sqlite3_stmt *stmt;
	bool has_next, has_begun;
	wall_us at; /* of the next */
};

struct store_state { /* of a trend, as bytes */
	uint32_t target;
	const uint8_t *bytes;
	size_t len;
};

struct store_waiting_tally {
	char name[TARGET_NAME_MAX];
	struct store_tally tally;
};

struct store_tallies { /* that wait to be written */
	struct store_waiting_tally rows[STORE_TALLIES_MAX];
	uint16_t slots[STORE_TALLY_SLOTS]; /* by hash; row + 1, 0 is free */
	size_t count;
	unsigned full; /* how often since what is old was last thrown away */
};

struct store_limits {
	int64_t raw_days, rollup_days, trend_days, max_bytes;
	int64_t host_days, host_rows; /* of Windows hosts */
};

struct store {
	const struct target_table *targets; /* borrowed */
	bool is_off;
	bool has_new_source[STORE_SOURCES]; /* the file has not heard of it */
	struct store_limits limits;
	char dir[FS_PATH_MAX], path[FS_PATH_MAX];
	struct store_db db;
	dev_t device; /* of the open file */
	ino_t inode;
	bool was_checked;

	struct series_table series;
	struct store_seat *seats;
	uint32_t seats_count;
	struct store_row rows[STORE_ROWS_MAX];
	size_t rows_count;
	struct store_event events[STORE_EVENTS_MAX];
	size_t events_count;
	struct store_change changes[STORE_CHANGES_MAX];
	size_t changes_count;
	struct store_tallies tallies;
	struct store_source sources[STORE_SOURCES];
	const struct store_state *state; /* to be written; NULL: none; borrowed during the call */
	bool is_state_written;
	bool is_piece_over; /* what waits of a trend is due, whatever its age */
	uint64_t lost; /* observations and changes that found no room, since the trouble began */

	wall_us now;	     /* the newest time heard of */
	int64_t kept_hour;   /* the last that store_keep() was run in; -1: none */
	int trouble;	     /* -errno; 0: it works */
	bool is_resting;     /* no try before the next flush */
	bool is_told;	     /* the journal knows of the trouble */
	unsigned busy;	     /* tries in a row that met another program's lock */
	wall_us told_at;     /* the last time the journal was told of trouble; 0: never */
	wall_us aside_at;    /* the last time a damaged file was moved aside; 0: never */
	wall_us replaced_at; /* the last time the journal was told of another file; 0: never */
};

/* The seat of a target, made if need be; NULL: no memory, or too many. */
struct store_seat *store_seat(struct store *store, uint32_t target);

/* --- store-file.c: 0 or -errno */
MUST_CHECK int store_file_open(struct store *store); /* if it is not */
void store_file_close(struct store *store);
/* Is the open file still the one at its path? */
bool store_file_is_there(const struct store *store);
/* Move a damaged file aside; its new name in `ret_name` (FS_PATH_MAX bytes). */
MUST_CHECK int store_file_move_aside(const struct store *store, char *ret_name);

/* --- store-read.c: a row of findings but for its target. False: it makes no sense. */
bool store_read_finding(sqlite3_stmt *stmt, struct finding *f);

/* --- store-write.c: all that waits, in one transaction. 0 or -errno */
MUST_CHECK int store_write(struct store *store);
/* The id of a target in the file, added if new; also learns its open findings. */
MUST_CHECK int store_write_target(struct store *store, uint32_t target, int64_t *ret_id);

/* Try now whatever waits; nothing while resting after trouble. */
void store_try(struct store *store, bool is_flush);

/* --- store-trend.c: pieces that are due, and a state; then, once that is committed */
MUST_CHECK int store_trend_write(struct store *store);
void store_trend_written(struct store *store);
void store_trend_free(struct store *store);

struct piece_query {
	int64_t target_id, after; /* in the file; 0: all pieces */
	wall_us since;		  /* pieces that begin earlier are left out */
	void (*cb)(void *user, const struct trend_sample *sample);
	void *user;
};
MUST_CHECK int store_read_pieces(struct store_db *db, const struct piece_query *query);

/* --- store-keep.c: roll up the hours that are over, delete what is too old or too much. */
MUST_CHECK int store_keep(struct store *store, wall_us now);
MUST_CHECK int store_shrink(struct store *store);

static inline int64_t hour_of(wall_us at)
{
	return at.v / USEC_PER_HOUR;
}

/* --- store-hosts.c: in the running transaction, 0 or -errno; then, once it is committed */
MUST_CHECK int store_hosts_write(struct store *store);
void store_hosts_written(struct store *store);
MUST_CHECK int store_host_finding_write(struct store *store, const char *name,
					const struct finding *f, bool is_over);
MUST_CHECK int store_hosts_expire(struct store *store, wall_us now);
/* Have so many rows been added since it last ran that it should not wait for its hour? */
bool store_hosts_are_many(const struct store *store);

/* store-note.c */
void note_cursor_open(struct note_cursor *cursor, struct store_db *db, int64_t target_id);
void note_cursor_next(struct note_cursor *cursor);
void note_cursor_mark(struct note_cursor *cursor, struct trend_sample *sample);
void note_cursor_close(struct note_cursor *cursor);
