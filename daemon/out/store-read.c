/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the file remembers, back into observations and findings. The file may be years old or
 * edited by hand: a row that makes no sense is left out.
 */
#include "out/store-internal.h"

struct reading { /* one run of store_read() */
	struct store *store;
	const struct store_reader *reader;
	mono_us now_mono;
	wall_us now_wall;
};

static uint8_t column_byte(sqlite3_stmt *stmt, int column)
{
	return (uint8_t)(sqlite3_column_int64(stmt, column) & 0xff);
}

static uint32_t column_count(sqlite3_stmt *stmt, int column)
{
	return (uint32_t)min_i64(max_i64(sqlite3_column_int64(stmt, column), 0), UINT32_MAX);
}

/* No command and no latency of one is as long as a day. */
static int64_t column_span(sqlite3_stmt *stmt, int column)
{
	return min_i64(max_i64(sqlite3_column_int64(stmt, column), 0), USEC_PER_DAY);
}

/* -errno, as the kernel numbers them; 0 for what cannot be one. */
static int column_error(sqlite3_stmt *stmt, int column)
{
	const int64_t error = sqlite3_column_int64(stmt, column);

	return error < 0 && error >= -4095 ? (int)error : 0;
}

static double column_rate(sqlite3_stmt *stmt, int column)
{
	const double rate = sqlite3_column_double(stmt, column);

	return rate >= 0 && rate <= UINT32_MAX ? rate : 0; /* not what is infinite, either */
}

static const char *column_text(sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	return text ? text : "";
}

/* --- targets -------------------------------------------------------------------------------- */

static bool find_target(const struct target_table *targets, const char *name, uint32_t *ret)
{
	for (uint32_t i = 0; i < target_count(targets); i++) {
		if (strcmp(target_get(targets, i)->name, name) != 0)
			continue;
		*ret = i;
		return true;
	}
	return false;
}

static uint32_t target_of_id(const struct store *store, int64_t id)
{
	for (uint32_t i = 0; i < store->seats_count; i++) {
		if (store->seats[i].id == id)
			return i;
	}
	return TARGET_NONE;
}

static void read_identity(sqlite3_stmt *stmt, struct bmc_identity *id)
{
	*id = (struct bmc_identity){
		.manufacturer = column_count(stmt, 2),
		.product = (uint16_t)(column_count(stmt, 3) & 0xffff),
		.device_id = column_byte(stmt, 4),
		.device_revision = column_byte(stmt, 5),
		.firmware_major = column_byte(stmt, 6),
		.firmware_minor_bcd = column_byte(stmt, 7),
		.ipmi_version_bcd = column_byte(stmt, 8),
	};
	if (sqlite3_column_bytes(stmt, 9) == (int)sizeof(id->aux_firmware)) {
		memcpy(id->aux_firmware, sqlite3_column_blob(stmt, 9), sizeof(id->aux_firmware));
		id->has_aux_firmware = true;
	}
	if (sqlite3_column_bytes(stmt, 10) == (int)sizeof(id->guid)) {
		memcpy(id->guid, sqlite3_column_blob(stmt, 10), sizeof(id->guid));
		id->has_guid = true;
	}
}

/* The ids of the targets both the table and the file know, and what these were. */
static int read_targets(struct store *store, const struct store_reader *reader)
{
	int r = 0;
	sqlite3_stmt *stmt = store_db_query(&store->db, SQL_TARGETS, NULL, &r);
	struct bmc_identity identity;

	if (!stmt)
		return r;
	while ((r = store_db_next(&store->db, stmt)) > 0) {
		struct store_seat *seat;
		uint32_t target;

		if (!find_target(store->targets, column_text(stmt, 1), &target))
			continue;
		seat = store_seat(store, target);
		if (!seat)
			continue;
		if (seat->id == 0)
			seat->id = sqlite3_column_int64(stmt, 0);
		if (sqlite3_column_type(stmt, 2) == SQLITE_NULL)
			continue;
		read_identity(stmt, &identity);
		if (!seat->has_identity) {
			seat->identity = identity;
			seat->identity_at.v = max_i64(sqlite3_column_int64(stmt, 11), 0);
		}
		seat->has_identity = true;
		if (reader && reader->on_identity)
			reader->on_identity(reader->user, target, &identity);
	}
	return r;
}

/* --- observations --------------------------------------------------------------------------- */

struct changes { /* of identities, one step ahead of the samples they are told among */
	sqlite3_stmt *stmt;
	struct observation obs;
	struct bmc_identity identity;
	bool is_there;
};

/* False: before 1970, or too far ahead to be true. */
static bool read_time(const struct reading *reading, int64_t at, int64_t unit_us,
		      struct observation *obs)
{
	const int64_t now = reading->now_wall.v;

	if (at < 0 || at > (now + STORE_SLACK_US) / unit_us)
		return false;
	obs->wall.v = min_i64(at * unit_us, now);
	obs->mono.v = reading->now_mono.v - (now - obs->wall.v);
	return true;
}

/* False: a row this version cannot make sense of. */
static bool read_sample(const struct reading *reading, sqlite3_stmt *stmt, struct observation *obs)
{
	const int64_t status = sqlite3_column_int64(stmt, 6);
	struct store *store = reading->store;
	uint32_t series;

	*obs = (struct observation){
		.target = target_of_id(store, sqlite3_column_int64(stmt, 0)),
		.source = column_text(stmt, 1),
		.detail = *column_text(stmt, 2) ? column_text(stmt, 2) : NULL,
		.netfn = column_byte(stmt, 4),
		.cmd = column_byte(stmt, 5),
		.status = (enum obs_status)status,
		.took_us = column_span(stmt, 8),
		.flags = (uint16_t)(sqlite3_column_int64(stmt, 9) & 0xffff),
		.cc = column_byte(stmt, 10),
		.error = column_error(stmt, 11),
		.value = sqlite3_column_int64(stmt, 12),
		.total = sqlite3_column_int64(stmt, 13),
	};
	if (!read_time(reading, sqlite3_column_int64(stmt, 7), USEC_PER_MSEC, obs))
		return false;
	if (obs->target == TARGET_NONE || status < 0 || status >= OBS_STATUS_MAX ||
	    obs_metric_parse(column_text(stmt, 3), &obs->metric) < 0 ||
	    series_find(&store->series, obs, &series) < 0)
		return false;
	obs->source = store->series.rows[series].source; /* lives as long as the store */
	return true;
}

/* 1: there is one, 0: no more, or -errno. */
static int next_change(const struct reading *reading, struct changes *changes)
{
	struct observation *obs = &changes->obs;
	int r;

	while ((r = store_db_next(&reading->store->db, changes->stmt)) > 0) {
		*obs = (struct observation){
			.target = target_of_id(reading->store,
					       sqlite3_column_int64(changes->stmt, 0)),
			.source = "store",
			.metric = METRIC_IDENTITY,
			.identity = &changes->identity,
		};
		read_identity(changes->stmt, &changes->identity);
		if (obs->target != TARGET_NONE &&
		    read_time(reading, sqlite3_column_int64(changes->stmt, 1), 1, obs))
			break;
	}
	changes->is_there = r > 0;
	return r;
}

static int changes_begin(const struct reading *reading, int64_t span_us, struct changes *changes)
{
	const struct params params = { .numbers = { reading->now_wall.v - span_us,
						    reading->now_wall.v + STORE_SLACK_US },
				       .count = 2 };
	int r = 0;

	*changes = (struct changes){ 0 };
	changes->stmt = store_db_query(&reading->store->db, SQL_CHANGES, &params, &r);
	return changes->stmt ? (int)min_i64(next_change(reading, changes), 0) : r;
}

/* The changes up to this time. */
static int tell_changes(const struct reading *reading, struct changes *changes, wall_us up_to)
{
	int r = 0;

	while (r >= 0 && changes->is_there && changes->obs.wall.v <= up_to.v) {
		reading->reader->on_observation(reading->reader->user, &changes->obs);
		r = next_change(reading, changes);
	}
	return (int)min_i64(r, 0);
}

/* In order of arrival; by time if the clock was ever stepped back, for then a judge that is told
 * the time by them would see it run backwards. */
static int read_samples(const struct reading *reading, int64_t span_us)
{
	struct store_db *db = &reading->store->db;
	const int64_t oldest_ms = (reading->now_wall.v - span_us) / USEC_PER_MSEC;
	const struct params params = { .numbers = { oldest_ms }, .count = 1 };
	struct changes changes;
	struct observation obs;
	sqlite3_stmt *stmt;
	int64_t stepped;
	bool is_stepped;
	int r;

	r = store_db_ask(db, SQL_CLOCK_STEPPED, NULL, &stepped);
	if (r < 0 && r != -ENODATA)
		return r;
	is_stepped = r == 0;
	r = changes_begin(reading, span_us, &changes);
	if (r < 0)
		return r;
	stmt = store_db_query(db, is_stepped ? SQL_SAMPLES_BY_TIME : SQL_SAMPLES, &params, &r);
	if (!stmt)
		return r;
	while ((r = store_db_next(db, stmt)) > 0) {
		if (!read_sample(reading, stmt, &obs))
			continue;
		r = tell_changes(reading, &changes, obs.wall);
		if (r < 0)
			break;
		reading->reader->on_observation(reading->reader->user, &obs);
	}
	(void)sqlite3_reset(stmt);
	return r < 0 ? r : tell_changes(reading, &changes, reading->now_wall);
}

/* --- findings ------------------------------------------------------------------------------- */

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

static void read_contention(sqlite3_stmt *stmt, struct evidence_contention *c)
{
	*c = (struct evidence_contention){
		.hits = column_count(stmt, 27),
		.troubles = column_count(stmt, 28),
		.period_s = column_count(stmt, 29),
		.sure = column_byte(stmt, 30),
		.expected = column_rate(stmt, 35),
		.chance = column_rate(stmt, 36),
	};
	if (agent_parse(column_text(stmt, 32), &c->agent) < 0)
		c->agent = AGENT_UNKNOWN;
	(void)snprintf(c->culprit, sizeof(c->culprit), "%s", column_text(stmt, 31));
	(void)snprintf(c->comm, sizeof(c->comm), "%s", column_text(stmt, 33));
	(void)snprintf(c->unit, sizeof(c->unit), "%s", column_text(stmt, 34));
}

static void read_evidence(sqlite3_stmt *stmt, struct evidence *e)
{
	*e = (struct evidence){
		.timeouts_hour = column_count(stmt, 7),
		.timeouts_day = column_count(stmt, 8),
		.commands_hour = column_count(stmt, 9),
		.commands_day = column_count(stmt, 10),
		.rate_per_hour = column_rate(stmt, 11),
		.latency_us = column_span(stmt, 12),
		.netfn = column_byte(stmt, 13),
		.cmd = column_byte(stmt, 14),
		.cc = column_byte(stmt, 15),
		.error = column_error(stmt, 16),
	};
	(void)snprintf(e->text, sizeof(e->text), "%s", column_text(stmt, 17));
	e->restart = (struct evidence_restart){
		.at = { max_i64(sqlite3_column_int64(stmt, 19), 0) },
		.signs = column_count(stmt, 20),
		.sure = column_byte(stmt, 21),
	};
	e->ramp = (struct evidence_ramp){
		.rise = column_rate(stmt, 22),
		.window_h = column_count(stmt, 23),
		.teeth = column_count(stmt, 24),
		.low_s = max_i64(sqlite3_column_int64(stmt, 25), 0),
		.high_s = max_i64(sqlite3_column_int64(stmt, 26), 0),
	};
	read_contention(stmt, &e->contention);
}

bool store_read_finding(sqlite3_stmt *stmt, struct finding *f)
{
	*f = (struct finding){
		.since = { sqlite3_column_int64(stmt, 4) },
		.changed = { sqlite3_column_int64(stmt, 5) },
	};
	read_evidence(stmt, &f->evidence);
	return f->since.v >= 0 && f->changed.v >= 0 &&
	       finding_kind_parse(column_text(stmt, 1), &f->kind) == 0 &&
	       finding_kind_parse(column_text(stmt, 2), &f->previous) == 0 &&
	       read_severity(column_text(stmt, 3), &f->severity);
}

static bool read_finding(const struct store *store, sqlite3_stmt *stmt, struct finding *f)
{
	const bool is_good = store_read_finding(stmt, f);

	f->target = target_of_id(store, sqlite3_column_int64(stmt, 0));
	return is_good && f->target != TARGET_NONE;
}

static int read_open_findings(const struct reading *reading)
{
	struct store *store = reading->store;
	int r = 0;
	sqlite3_stmt *stmt = store_db_query(&store->db, SQL_FINDINGS_OPEN, NULL, &r);
	struct finding f;

	if (!stmt)
		return r;
	while ((r = store_db_next(&store->db, stmt)) > 0) {
		if (!read_finding(store, stmt, &f))
			continue;
		f.since.v = min_i64(f.since.v, reading->now_wall.v);
		f.changed.v = min_i64(f.changed.v, reading->now_wall.v);
		f.since_mono.v = reading->now_mono.v - (reading->now_wall.v - f.since.v);
		reading->reader->on_finding(reading->reader->user, &f);
	}
	return r;
}

/* --- the face ------------------------------------------------------------------------------- */

int store_read(struct store *store, int64_t span_us, mono_us now_mono, wall_us now_wall,
	       const struct store_reader *reader)
{
	const struct reading reading = { store, reader, now_mono, now_wall };
	int r;

	if (!store->db.handle)
		return -ENODATA;
	r = read_targets(store, NULL);
	if (r == 0 && reader->on_observation)
		r = read_samples(&reading, span_us);
	if (r == 0)
		r = read_targets(store, reader);
	if (r == 0 && reader->on_finding)
		r = read_open_findings(&reading);
	return r;
}

int store_closed_findings(struct store *store, size_t max,
			  void (*cb)(void *user, const struct finding *finding, wall_us closed),
			  void *user)
{
	const struct params params = { .numbers = { (int64_t)(max < INT32_MAX ? max : INT32_MAX) },
				       .count = 1 };
	struct finding f;
	sqlite3_stmt *stmt;
	int r;

	if (!store->db.handle)
		return -ENODATA;
	r = read_targets(store, NULL);
	if (r < 0)
		return r;
	stmt = store_db_query(&store->db, SQL_FINDINGS_CLOSED, &params, &r);
	if (!stmt)
		return r;
	while ((r = store_db_next(&store->db, stmt)) > 0) {
		const wall_us closed = { sqlite3_column_int64(stmt, 6) };

		if (closed.v >= 0 && read_finding(store, stmt, &f))
			cb(user, &f, closed);
	}
	return r;
}
