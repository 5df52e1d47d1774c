/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What waits in memory goes to the file: targets, series, samples and findings in one transaction,
 * so that a crash leaves all of a batch or nothing.
 */
#include <stdio.h>

#include "out/store-internal.h"

/* Which findings of a target the file has open: they are the ones that later changes are of. */
static int learn_open_findings(struct store *store, struct store_seat *seat)
{
	int r = 0;
	sqlite3_stmt *stmt = store_db_query(&store->db, SQL_FINDINGS_OPEN, NULL, &r);

	memset(seat->open, 0, sizeof(seat->open));
	if (!stmt)
		return r;
	while ((r = store_db_next(&store->db, stmt)) > 0) {
		const char *name = (const char *)sqlite3_column_text(stmt, 1);
		enum finding_kind kind;

		if (sqlite3_column_int64(stmt, 0) != seat->id || !name ||
		    finding_kind_parse(name, &kind) < 0)
			continue;
		seat->open[finding_info(kind)->family] = sqlite3_column_int64(stmt, 18);
	}
	return r;
}

int store_write_target(struct store *store, uint32_t target, int64_t *ret_id)
{
	const struct target *who = target_get(store->targets, target);
	struct store_seat *seat = store_seat(store, target);
	struct params params = { 0 };
	int r;

	if (!who || !seat)
		return -ENOMEM;
	if (seat->id == 0) {
		params.texts[0] = who->name;
		r = store_db_run(&store->db, SQL_TARGET_ADD, &params);
		if (r == 0)
			r = store_db_ask(&store->db, SQL_TARGET_ID, &params, &seat->id);
		if (r < 0)
			return r;
	}
	if (!seat->has_open) {
		r = learn_open_findings(store, seat);
		if (r < 0)
			return r;
		seat->has_open = true;
	}
	*ret_id = seat->id;
	return 0;
}

static int bind_blob(sqlite3_stmt *stmt, int at, const void *bytes, int size, bool is_there)
{
	return is_there ? sqlite3_bind_blob(stmt, at, bytes, size, SQLITE_STATIC)
			: sqlite3_bind_null(stmt, at);
}

/* `at` NULL: the statement does not ask for it. */
static int write_identity(struct store_db *db, enum statement statement, int64_t target_id,
			  const struct bmc_identity *id, const wall_us *at)
{
	const struct params params = {
		.numbers = { target_id, id->manufacturer, id->product, id->device_id,
			     id->device_revision, id->firmware_major, id->firmware_minor_bcd,
			     id->ipmi_version_bcd },
		.count = 8,
	};
	int r = 0, code;
	sqlite3_stmt *stmt = store_db_query(db, statement, &params, &r);

	if (!stmt)
		return r;
	code = bind_blob(stmt, 9, id->aux_firmware, sizeof(id->aux_firmware), id->has_aux_firmware);
	if (code == SQLITE_OK)
		code = bind_blob(stmt, 10, id->guid, sizeof(id->guid), id->has_guid);
	if (code == SQLITE_OK && at)
		code = sqlite3_bind_int64(stmt, 11, at->v);
	r = store_db_error(db, code);
	return r < 0 ? r : store_db_next(db, stmt);
}

static int write_change(struct store *store, uint32_t target, const struct bmc_identity *identity,
			wall_us at)
{
	struct params trim = { .count = 1 };
	int r = store_write_target(store, target, &trim.numbers[0]);

	if (r == 0)
		r = write_identity(&store->db, SQL_CHANGE_ADD, trim.numbers[0], identity, &at);
	return r < 0 ? r : store_db_run(&store->db, SQL_CHANGES_TRIM, &trim);
}

static int write_identities(struct store *store)
{
	int r = 0;

	for (size_t i = 0; i < store->changes_count && r == 0; i++)
		r = write_change(store, store->changes[i].target, &store->changes[i].identity,
				 store->changes[i].at);
	for (uint32_t i = 0; i < store->seats_count && r == 0; i++) {
		const struct store_seat *seat = &store->seats[i];

		if (!seat->is_unsaved)
			continue;
		r = write_change(store, i, &seat->identity, seat->identity_at);
		if (r == 0)
			r = write_identity(&store->db, SQL_IDENTITY_SET, seat->id, &seat->identity,
					   NULL);
	}
	return r;
}

static int write_series(struct store *store, struct series *series)
{
	struct params params = {
		.numbers = { 0, series->netfn, series->cmd },
		.count = 3,
		.texts = { series->source, series->detail, obs_metric_name(series->metric) },
	};
	int r;

	if (series->id != 0)
		return 0;
	r = store_write_target(store, series->target, &params.numbers[0]);
	if (r == 0)
		r = store_db_run(&store->db, SQL_SERIES_ADD, &params);
	return r < 0 ? r : store_db_ask(&store->db, SQL_SERIES_ID, &params, &series->id);
}

/* Budget spent or backing off: says nothing about the BMC, so it is counted and not kept. */
static int write_skipped(struct store *store, const struct store_row *row)
{
	const struct series *series = &store->series.rows[row->series];
	struct params params = {
		.numbers = { 0, hour_of(row->wall), row->count },
		.count = 3,
		.texts = { series->source },
	};
	int r = store_write_target(store, series->target, &params.numbers[0]);

	return r < 0 ? r : store_db_run(&store->db, SQL_SKIPPED_ADD, &params);
}

static int write_row(struct store *store, const struct store_row *row)
{
	struct series *series = &store->series.rows[row->series];
	int r;

	if (row->status == OBS_SKIPPED)
		return write_skipped(store, row);
	r = write_series(store, series);
	if (r < 0)
		return r;
	return store_db_run(
		&store->db, SQL_SAMPLE_ADD,
		&(struct params){ .numbers = { series->id, row->status, row->wall.v / USEC_PER_MSEC,
					       row->took_us, row->flags, row->cc, row->error,
					       row->value, row->total },
				  .count = 9 });
}

#define REAL_TEXT_MAX 32

struct event_texts { /* what is bound as text of it */
	char expected[REAL_TEXT_MAX], chance[REAL_TEXT_MAX];
};

static struct params event_params(const struct finding *f, bool is_closed,
				  struct event_texts *texts)
{
	const struct evidence *e = &f->evidence;
	const struct evidence_contention *c = &e->contention;

	(void)snprintf(texts->expected, sizeof(texts->expected), "%.3f", c->expected);
	(void)snprintf(texts->chance, sizeof(texts->chance), "%.9g", c->chance);
	return (struct params){
		.numbers = { 0,
			     0,
			     f->since.v,
			     f->changed.v,
			     is_closed ? f->changed.v : 0,
			     e->timeouts_hour,
			     e->timeouts_day,
			     e->commands_hour,
			     e->commands_day,
			     (int64_t)(e->rate_per_hour * 1000 + 0.5),
			     e->latency_us,
			     e->netfn,
			     e->cmd,
			     e->cc,
			     e->error,
			     e->restart.at.v,
			     e->restart.signs,
			     e->restart.sure,
			     (int64_t)(e->ramp.rise * 1000 + 0.5),
			     e->ramp.window_h,
			     e->ramp.teeth,
			     e->ramp.low_s,
			     e->ramp.high_s,
			     c->hits,
			     c->troubles,
			     c->period_s,
			     c->sure },
		.count = 27,
		.texts = { finding_info(f->kind)->name, finding_info(f->previous)->name,
			   severity_name(f->severity), e->text, c->culprit,
			   agent_info(c->agent)->name, c->comm, c->unit, texts->expected,
			   texts->chance },
	};
}

static int write_event(struct store *store, const struct store_event *event)
{
	const struct finding *f = &event->finding;
	const bool is_closed = finding_is_over(event->change);
	struct event_texts texts = { { 0 }, { 0 } };
	struct params params = event_params(f, is_closed, &texts);
	int64_t *open;
	int r;

	if (*event->host)
		return store_host_finding_write(store, event->host, f, is_closed);
	r = store_write_target(store, f->target, &params.numbers[1]);
	if (r < 0)
		return r;
	open = &store->seats[f->target].open[finding_info(f->kind)->family];
	params.numbers[0] = *open;
	r = store_db_run(&store->db, SQL_FINDING_PUT, &params);
	if (r < 0)
		return r;
	if (is_closed)
		*open = 0;
	else if (*open == 0)
		*open = sqlite3_last_insert_rowid(store->db.handle);
	return 0;
}

static int write_all(struct store *store)
{
	int r = write_identities(store);

	for (size_t i = 0; i < store->rows_count && r == 0; i++)
		r = write_row(store, &store->rows[i]);
	for (size_t i = 0; i < store->events_count && r == 0; i++)
		r = write_event(store, &store->events[i]);
	if (r == 0)
		r = store_hosts_write(store);
	return r < 0 ? r : store_trend_write(store);
}

int store_write(struct store *store)
{
	int r;

	r = store_db_run(&store->db, SQL_BEGIN, NULL);
	if (r == 0)
		r = write_all(store);
	if (r == 0)
		r = store_db_run(&store->db, SQL_COMMIT, NULL);
	if (r < 0)
		return r; /* the caller closes the file, which rolls back */
	store_trend_written(store);
	store_hosts_written(store);
	store->rows_count = 0;
	store->events_count = 0;
	store->changes_count = 0;
	for (uint32_t i = 0; i < store->seats_count; i++)
		store->seats[i].is_unsaved = false;
	return 0;
}
