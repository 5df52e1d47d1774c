/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All SQL of the store: how the file is laid out, how an older layout becomes the present one, and
 * every statement.
 *
 * Compactness decides: what repeats in each observation (target, probe, command or sensor) is said
 * once, in `series`; a sample is then some 25 bytes, a week of six a minute 1.6 MB.
 */
#include <inttypes.h>
#include <stdio.h>

#include "out/store-db.h"

/* A released step is never edited: files out there have been through it. */
const char *const store_migrations[] = {
	"CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;"
	"CREATE TABLE target(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
	" manufacturer INTEGER, product INTEGER, device_id INTEGER, device_revision INTEGER,"
	" firmware_major INTEGER, firmware_minor_bcd INTEGER, ipmi_version_bcd INTEGER,"
	" aux_firmware BLOB, guid BLOB);"
	"CREATE TABLE series(id INTEGER PRIMARY KEY, target INTEGER NOT NULL,"
	" source TEXT NOT NULL, detail TEXT NOT NULL, metric TEXT NOT NULL,"
	" netfn INTEGER NOT NULL, cmd INTEGER NOT NULL,"
	" UNIQUE(target, source, detail, metric, netfn, cmd));"
	/* In order of arrival. status: the codes of the table below. */
	"CREATE TABLE sample(id INTEGER PRIMARY KEY, series INTEGER NOT NULL,"
	" status INTEGER NOT NULL, wall_ms INTEGER NOT NULL, took_us INTEGER NOT NULL,"
	" flags INTEGER NOT NULL, cc INTEGER NOT NULL, error INTEGER NOT NULL,"
	" value INTEGER NOT NULL, total INTEGER NOT NULL);"
	"CREATE TABLE status(code INTEGER PRIMARY KEY, name TEXT NOT NULL);"
	"INSERT INTO status VALUES(0,'ok'),(1,'slow'),(2,'late'),(3,'timeout'),(4,'busy'),"
	" (5,'bad-reply'),(6,'completion-code'),(7,'interface-lost'),(8,'driver-stuck'),"
	" (9,'skipped');"
	/* hour: since 1970. Latencies of the answers, nearest rank. */
	"CREATE TABLE rollup(target INTEGER NOT NULL, source TEXT NOT NULL, hour INTEGER NOT NULL,"
	" commands INTEGER NOT NULL DEFAULT 0, ok INTEGER NOT NULL DEFAULT 0,"
	" slow INTEGER NOT NULL DEFAULT 0, late INTEGER NOT NULL DEFAULT 0,"
	" timeout INTEGER NOT NULL DEFAULT 0, busy INTEGER NOT NULL DEFAULT 0,"
	" bad_reply INTEGER NOT NULL DEFAULT 0, completion_code INTEGER NOT NULL DEFAULT 0,"
	" interface_lost INTEGER NOT NULL DEFAULT 0, driver_stuck INTEGER NOT NULL DEFAULT 0,"
	" skipped INTEGER NOT NULL DEFAULT 0,"
	" q20_us INTEGER, q50_us INTEGER, q90_us INTEGER,"
	" PRIMARY KEY(target, source, hour)) WITHOUT ROWID;"
	/* closed_us NULL: open. */
	"CREATE TABLE finding(id INTEGER PRIMARY KEY, target INTEGER NOT NULL,"
	" kind TEXT NOT NULL, previous TEXT NOT NULL, severity TEXT NOT NULL,"
	" since_us INTEGER NOT NULL, changed_us INTEGER NOT NULL, closed_us INTEGER,"
	" timeouts_hour INTEGER NOT NULL, timeouts_day INTEGER NOT NULL,"
	" commands_hour INTEGER NOT NULL, commands_day INTEGER NOT NULL,"
	" rate_per_hour REAL NOT NULL, latency_us INTEGER NOT NULL, netfn INTEGER NOT NULL,"
	" cmd INTEGER NOT NULL, cc INTEGER NOT NULL, error INTEGER NOT NULL,"
	" evidence TEXT NOT NULL);"
	"CREATE INDEX finding_closed ON finding(closed_us);",
	/* In order of arrival, the newest few. wall_us 0: since nobody knows when. */
	"CREATE TABLE identity_change(id INTEGER PRIMARY KEY, target INTEGER NOT NULL,"
	" wall_us INTEGER NOT NULL, manufacturer INTEGER, product INTEGER, device_id INTEGER,"
	" device_revision INTEGER, firmware_major INTEGER, firmware_minor_bcd INTEGER,"
	" ipmi_version_bcd INTEGER, aux_firmware BLOB, guid BLOB, UNIQUE(target, wall_us));"
	"INSERT INTO identity_change SELECT NULL, id, 0, manufacturer, product, device_id,"
	" device_revision, firmware_major, firmware_minor_bcd, ipmi_version_bcd, aux_firmware,"
	" guid FROM target WHERE manufacturer IS NOT NULL;",
	/* What a trend is fed with, for months, in the bytes of model/recording.c; and what it made
	 * of the pieces up to `piece`. boot_id: any number that changes when the host restarts. */
	"CREATE TABLE trend_piece(id INTEGER PRIMARY KEY, target INTEGER NOT NULL,"
	" boot_id INTEGER NOT NULL, wall_us INTEGER NOT NULL, mono_us INTEGER NOT NULL,"
	" count INTEGER NOT NULL, samples BLOB NOT NULL);"
	"CREATE TABLE trend_state(target INTEGER PRIMARY KEY, piece INTEGER NOT NULL,"
	" wall_us INTEGER NOT NULL, state BLOB NOT NULL);"
	"ALTER TABLE finding ADD COLUMN restarted_us INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE finding ADD COLUMN restart_signs INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE finding ADD COLUMN restart_sure INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE finding ADD COLUMN rise REAL NOT NULL DEFAULT 0;"
	"ALTER TABLE finding ADD COLUMN window_h INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE finding ADD COLUMN teeth INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE finding ADD COLUMN ttf_low_s INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE finding ADD COLUMN ttf_high_s INTEGER NOT NULL DEFAULT 0;",
	/* Whose doing it is. */
	"ALTER TABLE finding ADD COLUMN hits INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE finding ADD COLUMN troubles INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE finding ADD COLUMN period_s INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE finding ADD COLUMN culprit_sure INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE finding ADD COLUMN culprit TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE finding ADD COLUMN culprit_agent TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE finding ADD COLUMN culprit_comm TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE finding ADD COLUMN culprit_unit TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE finding ADD COLUMN expected REAL NOT NULL DEFAULT 0;"
	"ALTER TABLE finding ADD COLUMN chance REAL NOT NULL DEFAULT 0;",
	/* What operators did, in their words. */
	"CREATE TABLE note(id INTEGER PRIMARY KEY, target INTEGER NOT NULL,"
	" wall_us INTEGER NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL);",
	/* Windows hosts: events by hour (since 1970) and meaning, and findings (closed_us NULL:
	   open). */
	"CREATE TABLE host(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
	"CREATE TABLE host_tally(hour INTEGER NOT NULL, host INTEGER NOT NULL,"
	" meaning TEXT NOT NULL, count INTEGER NOT NULL, last_us INTEGER NOT NULL,"
	" PRIMARY KEY(hour, host, meaning)) WITHOUT ROWID;"
	"CREATE TABLE host_finding(id INTEGER PRIMARY KEY, host INTEGER NOT NULL,"
	" kind TEXT NOT NULL, previous TEXT NOT NULL, severity TEXT NOT NULL,"
	" since_us INTEGER NOT NULL, changed_us INTEGER NOT NULL, closed_us INTEGER,"
	" timeouts_hour INTEGER NOT NULL, timeouts_day INTEGER NOT NULL, evidence TEXT NOT NULL);"
	"CREATE INDEX host_finding_open ON host_finding(host) WHERE closed_us IS NULL;"
	"CREATE INDEX host_finding_closed ON host_finding(closed_us);",
	NULL,
};

#define HOUR_MS "3600000"
#define IDENTITY                                                                                   \
	"manufacturer, product, device_id, device_revision, firmware_major, firmware_minor_bcd,"   \
	" ipmi_version_bcd, aux_firmware, guid"
#define NOTES_KEPT   "1000"
#define CHANGES_KEPT "16" /* of a target: a flicker shows in two */
#define ANSWERED     "a.status IN (0, 1, 2, 4, 5, 6)"
/* As model/window.c counts: late and stuck belong to a command that timed out before. */
#define COMMANDS "a.status NOT IN (2, 8, 9)"
#define ROLLED                                                                                     \
	" FROM sample a JOIN series s ON s.id = a.series"                                          \
	" WHERE a.id >= ?1 AND a.id < ?2 AND s.metric = 'command'"
#define SAMPLE_ROW                                                                                 \
	"SELECT s.target, s.source, s.detail, s.metric, s.netfn, s.cmd, a.status, a.wall_ms,"      \
	" a.took_us, a.flags, a.cc, a.error, a.value, a.total"                                     \
	" FROM sample a JOIN series s ON s.id = a.series WHERE a.wall_ms >= ?1 ORDER BY "
#define FINDING_ROWS                                                                               \
	"SELECT target, kind, previous, severity, since_us, changed_us, closed_us,"                \
	" timeouts_hour, timeouts_day, commands_hour, commands_day, rate_per_hour, latency_us,"    \
	" netfn, cmd, cc, error, evidence, id, restarted_us, restart_signs, restart_sure, rise,"   \
	" window_h, teeth, ttf_low_s, ttf_high_s, hits, troubles, period_s, culprit_sure,"         \
	" culprit, culprit_agent, culprit_comm, culprit_unit, expected, chance"                    \
	" FROM finding WHERE "
#define FINDING_ROW FINDING_ROWS "closed_us IS "
#define HOST_FINDING_ROW                                                                           \
	"SELECT h.name, f.kind, f.previous, f.severity, f.since_us, f.changed_us, f.closed_us,"    \
	" f.timeouts_hour, f.timeouts_day, f.evidence FROM host_finding f"                         \
	" JOIN host h ON h.id = f.host WHERE f.closed_us IS "
/* Keeps the last one, so that numbers are not given out again. */
#define NOT_NEWEST " AND id < (SELECT max(id) FROM sample)"

const char *const store_statements[STATEMENT_MAX] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_META_SET] = "INSERT OR REPLACE INTO meta(value, key) VALUES(?1, ?2)",
	[SQL_META_GET] = "SELECT value FROM meta WHERE key = ?1",
	[SQL_TARGET_ADD] = "INSERT OR IGNORE INTO target(name) VALUES(?1)",
	[SQL_TARGET_ID] = "SELECT id FROM target WHERE name = ?1",
	[SQL_TARGETS] = "SELECT id, name, " IDENTITY ", (SELECT wall_us FROM identity_change"
			" WHERE target = target.id ORDER BY id DESC LIMIT 1) FROM target",
	[SQL_TARGETS_RECORDED] = "SELECT id, name FROM target WHERE id IN"
				 " (SELECT target FROM trend_piece) ORDER BY name",
	[SQL_IDENTITY_SET] = "UPDATE target SET manufacturer = ?2, product = ?3, device_id = ?4,"
			     " device_revision = ?5, firmware_major = ?6, firmware_minor_bcd = ?7,"
			     " ipmi_version_bcd = ?8, aux_firmware = ?9, guid = ?10 WHERE id = ?1",
	/* The same one again after the file was closed in between is no news. */
	[SQL_CHANGE_ADD] = "INSERT OR IGNORE INTO identity_change(target, manufacturer, product,"
			   " device_id, device_revision, firmware_major, firmware_minor_bcd,"
			   " ipmi_version_bcd, aux_firmware, guid, wall_us)"
			   " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	/* From ?1 to ?2, and of each target the last one before. */
	[SQL_CHANGES] = "SELECT target, max(wall_us, ?1), " IDENTITY " FROM identity_change c"
			" WHERE wall_us <= ?2 AND wall_us >= coalesce((SELECT max(wall_us)"
			" FROM identity_change WHERE target = c.target AND wall_us >= 0"
			" AND wall_us < ?1), ?1) ORDER BY wall_us, id",
	[SQL_CHANGES_TRIM] = "DELETE FROM identity_change WHERE target = ?1 AND id <= (SELECT id"
			     " FROM identity_change WHERE target = ?1 ORDER BY id DESC LIMIT 1"
			     " OFFSET " CHANGES_KEPT ")",
	[SQL_SERIES_ADD] =
		"INSERT OR IGNORE INTO series(target, netfn, cmd, source, detail, metric)"
		" VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
	[SQL_SERIES_ID] = "SELECT id FROM series WHERE target = ?1 AND netfn = ?2 AND cmd = ?3"
			  " AND source = ?4 AND detail = ?5 AND metric = ?6",
	[SQL_SAMPLE_ADD] = "INSERT INTO sample(series, status, wall_ms, took_us, flags, cc, error,"
			   " value, total) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[SQL_SKIPPED_ADD] = "INSERT INTO rollup(target, hour, skipped, source)"
			    " VALUES(?1, ?2, ?3, ?4) ON CONFLICT(target, source, hour)"
			    " DO UPDATE SET skipped = skipped + excluded.skipped",
	[SQL_FINDING_PUT] =
		"INSERT OR REPLACE INTO finding(id, target, since_us, changed_us, closed_us,"
		" timeouts_hour, timeouts_day, commands_hour, commands_day, rate_per_hour,"
		" latency_us, netfn, cmd, cc, error, restarted_us, restart_signs, restart_sure,"
		" rise, window_h, teeth, ttf_low_s, ttf_high_s, hits, troubles, period_s,"
		" culprit_sure, kind, previous, severity, evidence, culprit, culprit_agent,"
		" culprit_comm, culprit_unit, expected, chance)"
		" VALUES(nullif(?1, 0), ?2, ?3, ?4, nullif(?5, 0), ?6, ?7, ?8, ?9, ?10 / 1000.0,"
		" ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19 / 1000.0, ?20, ?21, ?22, ?23, ?24,"
		" ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, cast(?36 AS REAL),"
		" cast(?37 AS REAL))",
	[SQL_FINDINGS_OPEN] = FINDING_ROW "NULL ORDER BY id",
	[SQL_FINDINGS_CLOSED] = FINDING_ROW "NOT NULL ORDER BY closed_us DESC, id DESC LIMIT ?1",
	/* Of target ?1, those that were open at ?2 or later. */
	[SQL_FINDINGS_SINCE] = FINDING_ROWS "target = ?1 AND (closed_us IS NULL OR closed_us >= ?2)"
					    " ORDER BY since_us, id",
	[SQL_SAMPLES] = SAMPLE_ROW "a.id",
	[SQL_SAMPLES_BY_TIME] = SAMPLE_ROW "a.wall_ms, a.id",
	[SQL_CLOCK_STEPPED] = "SELECT 1 FROM sample a JOIN sample b ON b.id = a.id + 1"
			      " WHERE b.wall_ms < a.wall_ms LIMIT 1",
	/* The first sample from ?1 on that is of hour ?2, which is not over yet; else the end. */
	[SQL_ROLL_END] = "SELECT coalesce((SELECT id FROM sample WHERE id >= ?1"
			 " AND wall_ms / " HOUR_MS " = ?2 ORDER BY id LIMIT 1),"
			 " (SELECT max(id) + 1 FROM sample), ?1)",
	/* Adds, because a clock that was stepped back goes through an hour twice. */
	[SQL_ROLL_COUNTS] =
		"INSERT INTO rollup(target, source, hour, commands, ok, slow, late, timeout, busy,"
		" bad_reply, completion_code, interface_lost, driver_stuck)"
		" SELECT s.target, s.source, a.wall_ms / " HOUR_MS ", sum(" COMMANDS "),"
		" sum(a.status = 0), sum(a.status = 1), sum(a.status = 2), sum(a.status = 3),"
		" sum(a.status = 4), sum(a.status = 5), sum(a.status = 6), sum(a.status = 7),"
		" sum(a.status = 8)" ROLLED " GROUP BY 1, 2, 3"
		" ON CONFLICT(target, source, hour) DO UPDATE SET"
		" commands = commands + excluded.commands, ok = ok + excluded.ok,"
		" slow = slow + excluded.slow, late = late + excluded.late,"
		" timeout = timeout + excluded.timeout, busy = busy + excluded.busy,"
		" bad_reply = bad_reply + excluded.bad_reply,"
		" completion_code = completion_code + excluded.completion_code,"
		" interface_lost = interface_lost + excluded.interface_lost,"
		" driver_stuck = driver_stuck + excluded.driver_stuck",
	[SQL_ROLL_GROUPS] = "SELECT s.target, s.source, a.wall_ms / " HOUR_MS ", count(*)" ROLLED
			    " AND " ANSWERED " GROUP BY 1, 2, 3",
	[SQL_ROLL_LATENCY] =
		"SELECT a.took_us" ROLLED " AND " ANSWERED " AND s.target = ?3"
		" AND a.wall_ms / " HOUR_MS " = ?4 AND s.source = ?6 ORDER BY 1 LIMIT 1 OFFSET ?5",
	[SQL_ROLL_LATENCIES_SET] = "UPDATE rollup SET q20_us = ?3, q50_us = ?4, q90_us = ?5"
				   " WHERE target = ?1 AND hour = ?2 AND source = ?6",
	/* What arrived before the first sample that is young by a clock that may be wrong: the
	 * order of arrival cannot be. ?1 oldest to keep, ?2 now, ?3 at most so many. */
	[SQL_EXPIRE_SAMPLES] = "DELETE FROM sample WHERE id < (SELECT id FROM sample"
			       " WHERE wall_ms >= ?1 AND wall_ms <= ?2 ORDER BY id LIMIT 1)"
			       " AND id < (SELECT min(id) FROM sample) + ?3" NOT_NEWEST,
	[SQL_EXPIRE_ROLLUPS] =
		"DELETE FROM rollup WHERE (target, source, hour) IN"
		" (SELECT target, source, hour FROM rollup WHERE hour < ?1 LIMIT ?2)",
	[SQL_EXPIRE_FINDINGS] =
		"DELETE FROM finding WHERE id IN (SELECT id FROM finding"
		" WHERE closed_us IS NOT NULL ORDER BY closed_us DESC LIMIT -1 OFFSET ?2)"
		" OR closed_us < ?1",
	[SQL_EXPIRE_SERIES] = "DELETE FROM series WHERE id NOT IN (SELECT series FROM sample)",
	[SQL_SHRINK_SAMPLES] =
		"DELETE FROM sample WHERE id <= (SELECT min(id) + (max(id) - min(id))"
		" / 8 FROM sample)" NOT_NEWEST,
	[SQL_SHRINK_ROLLUPS] = "DELETE FROM rollup WHERE (target, source, hour) IN"
			       " (SELECT target, source, hour FROM rollup ORDER BY hour LIMIT ?1)",
	[SQL_PIECE_ADD] = "INSERT INTO trend_piece(target, boot_id, wall_us, mono_us, count,"
			  " samples) VALUES(?1, ?2, ?3, ?4, ?5, ?6)",
	[SQL_PIECES] = "SELECT id, boot_id, wall_us, mono_us, samples FROM trend_piece"
		       " WHERE target = ?1 AND id > ?2 AND wall_us >= ?3 ORDER BY id",
	[SQL_NOTE_ADD] = "INSERT INTO note(target, wall_us, kind, text) VALUES(?1, ?2, ?3, ?4)",
	[SQL_NOTES_TRIM] = "DELETE FROM note WHERE id <= (SELECT id FROM note ORDER BY id DESC"
			   " LIMIT 1 OFFSET " NOTES_KEPT ")",
	[SQL_NOTES] = "SELECT wall_us, kind, text FROM note WHERE target = ?1 AND wall_us >= ?2"
		      " ORDER BY wall_us, id",
	[SQL_STATE_PUT] = "INSERT OR REPLACE INTO trend_state(target, piece, wall_us, state)"
			  " VALUES(?1, coalesce((SELECT max(id) FROM trend_piece"
			  " WHERE target = ?1), 0), ?2, ?3)",
	[SQL_STATE_GET] = "SELECT piece, state, wall_us FROM trend_state WHERE target = ?1",
	/* As with samples. */
	[SQL_EXPIRE_PIECES] = "DELETE FROM trend_piece WHERE id < (SELECT id FROM trend_piece"
			      " WHERE wall_us >= ?1 AND wall_us <= ?2 ORDER BY id LIMIT 1)"
			      " AND id < (SELECT min(id) FROM trend_piece) + ?3"
			      " AND id < (SELECT max(id) FROM trend_piece)",
	[SQL_SHRINK_PIECES] = "DELETE FROM trend_piece WHERE id <= (SELECT min(id)"
			      " + (max(id) - min(id)) / 8 FROM trend_piece)"
			      " AND id < (SELECT max(id) FROM trend_piece)",
	[SQL_HOST_ADD] = "INSERT OR IGNORE INTO host(name) VALUES(?1)",
	[SQL_TALLY_ADD] =
		"INSERT INTO host_tally(hour, count, last_us, host, meaning)"
		" VALUES(?1, ?2, ?3, (SELECT id FROM host WHERE name = ?4), ?5)"
		" ON CONFLICT(hour, host, meaning) DO UPDATE SET"
		" count = count + excluded.count, last_us = max(last_us, excluded.last_us)",
	[SQL_TALLIES] = "SELECT h.name, t.meaning, t.hour, t.count, t.last_us FROM host_tally t"
			" JOIN host h ON h.id = t.host WHERE t.hour BETWEEN ?1 AND ?2"
			" ORDER BY t.hour",
	[SQL_HOST_TIMEOUTS] = "SELECT hour, sum(count) FROM host_tally WHERE hour BETWEEN ?1 AND ?2"
			      " AND host = (SELECT id FROM host WHERE name = ?3)"
			      " AND meaning IN (?4, ?5) GROUP BY hour ORDER BY hour",
	[SQL_HOST_FINDING_SET] =
		"UPDATE host_finding SET since_us = ?1, changed_us = ?2, closed_us = nullif(?3, 0),"
		" timeouts_hour = ?4, timeouts_day = ?5, kind = ?7, previous = ?8, severity = ?9,"
		" evidence = ?10 WHERE closed_us IS NULL AND kind IN (?7, ?8)"
		" AND host = (SELECT id FROM host WHERE name = ?6)",
	[SQL_HOST_FINDING_ADD] =
		"INSERT INTO host_finding(since_us, changed_us, closed_us, timeouts_hour,"
		" timeouts_day, host, kind, previous, severity, evidence) VALUES(?1, ?2,"
		" nullif(?3, 0), ?4, ?5, (SELECT id FROM host WHERE name = ?6), ?7, ?8, ?9, ?10)",
	[SQL_HOST_FINDINGS_OPEN] = HOST_FINDING_ROW "NULL ORDER BY f.id",
	[SQL_HOST_FINDINGS_CLOSED] =
		HOST_FINDING_ROW "NOT NULL ORDER BY f.closed_us DESC, f.id DESC LIMIT ?1",
	[SQL_EXPIRE_TALLIES] = "DELETE FROM host_tally WHERE hour < ?1",
	[SQL_TRIM_TALLIES] = "DELETE FROM host_tally WHERE hour <= (SELECT hour FROM host_tally"
			     " ORDER BY hour DESC LIMIT 1 OFFSET ?1)",
	[SQL_EXPIRE_HOST_FINDINGS] =
		"DELETE FROM host_finding WHERE closed_us < ?1 OR id IN (SELECT id FROM"
		" host_finding WHERE closed_us IS NOT NULL ORDER BY closed_us DESC LIMIT -1"
		" OFFSET ?2)",
	[SQL_EXPIRE_HOSTS] = "DELETE FROM host WHERE id NOT IN (SELECT host FROM host_tally)"
			     " AND id NOT IN (SELECT host FROM host_finding)",
	[SQL_SHRINK_TALLIES] = "DELETE FROM host_tally WHERE hour <= (SELECT hour FROM host_tally"
			       " ORDER BY hour LIMIT 1 OFFSET (SELECT count(*) / 8 FROM"
			       " host_tally))",
	[SQL_PAGES_USED] = "SELECT page_count - freelist_count FROM pragma_page_count(),"
			   " pragma_freelist_count()",
	[SQL_VACUUM] = "PRAGMA incremental_vacuum(256)",
};

/* The number in the only row of `sql`. */
static int ask_once(struct store_db *db, const char *sql, int64_t *ret)
{
	sqlite3_stmt *stmt = NULL;
	int code = sqlite3_prepare_v2(db->handle, sql, -1, &stmt, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	if (code == SQLITE_ROW)
		*ret = sqlite3_column_int64(stmt, 0);
	(void)sqlite3_finalize(stmt);
	if (code == SQLITE_ROW)
		return 0;
	return code == SQLITE_DONE ? -EBADMSG : store_db_error(db, code);
}

/* The SQL is ours and right: what it stumbles over is a layout that is not. */
static int layout_error(struct store_db *db, int code)
{
	const int r = store_db_error(db, code);

	if ((code & 0xff) != SQLITE_ERROR)
		return r;
	db->is_foreign = true;
	return -EBADMSG;
}

int store_version(struct store_db *db, const char *const *migrations, int64_t *ret)
{
	int64_t version = 0, newest = 0, tables = 0;
	int r;

	r = ask_once(db, "PRAGMA user_version", &version);
	if (r == 0)
		r = ask_once(db, "SELECT count(*) FROM sqlite_master", &tables);
	if (r < 0)
		return r;
	while (newest < version && migrations[newest])
		newest++;
	if (version < 0 || (version == 0 && tables > 0)) {
		(void)snprintf(db->why, sizeof(db->why),
			       "it is no history of bmchealthd: layout %" PRId64 " with %" PRId64
			       " tables and indices",
			       version, tables);
		db->is_foreign = true;
		return -EBADMSG;
	}
	if (version > newest) {
		(void)snprintf(db->why, sizeof(db->why),
			       "layout %" PRId64 ", the newest known here is %" PRId64, version,
			       newest);
		return -ENOTSUP;
	}
	*ret = version;
	return 0;
}

static int migrate_step(struct store_db *db, const char *sql, int64_t to)
{
	char set_version[64];
	int code, r;

	(void)snprintf(set_version, sizeof(set_version), "PRAGMA user_version = %" PRId64, to);
	code = sqlite3_exec(db->handle, "BEGIN IMMEDIATE", NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db->handle, set_version, NULL, NULL, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_exec(db->handle, "COMMIT", NULL, NULL, NULL);
	r = layout_error(db, code);
	if (r < 0)
		(void)sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

int store_migrate(struct store_db *db, const char *const *migrations)
{
	int64_t version = 0;
	int r;

	r = store_version(db, migrations, &version);
	if (r < 0)
		return r;
	for (; migrations[version]; version++) {
		r = migrate_step(db, migrations[version], version + 1);
		if (r < 0)
			return r;
	}
	return 0;
}

int store_check_layout(struct store_db *db)
{
	int code = SQLITE_OK;

	for (size_t i = 0; i < STATEMENT_MAX && code == SQLITE_OK; i++) {
		sqlite3_stmt *stmt = NULL;

		code = sqlite3_prepare_v2(db->handle, store_statements[i], -1, &stmt, NULL);
		(void)sqlite3_finalize(stmt);
	}
	return layout_error(db, code);
}
