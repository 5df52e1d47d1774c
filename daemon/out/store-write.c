/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What waits in memory goes to the file: targets, series, samples and findings in one transaction,
 * so that a crash leaves all of a batch or nothing.
 */
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

static int write_identity(struct store *store, struct store_seat *seat)
{
	const struct bmc_identity *id = &seat->identity;
	const struct params params = {
		.numbers = { seat->id, id->manufacturer, id->product, id->device_id,
			     id->device_revision, id->firmware_major, id->firmware_minor_bcd,
			     id->ipmi_version_bcd },
		.count = 8,
	};
	int r = 0, code = SQLITE_OK;
	sqlite3_stmt *stmt = store_db_query(&store->db, SQL_IDENTITY_SET, &params, &r);

	if (!stmt)
		return r;
	if (id->has_aux_firmware) {
		code = sqlite3_bind_blob(stmt, 9, id->aux_firmware, sizeof(id->aux_firmware),
					 SQLITE_STATIC);
	} else {
		code = sqlite3_bind_null(stmt, 9);
	}
	if (code == SQLITE_OK && id->has_guid) {
		code = sqlite3_bind_blob(stmt, 10, id->guid, sizeof(id->guid), SQLITE_STATIC);
	} else if (code == SQLITE_OK) {
		code = sqlite3_bind_null(stmt, 10);
	}
	r = store_db_error(&store->db, code);
	return r < 0 ? r : store_db_next(&store->db, stmt);
}

static int write_identities(struct store *store)
{
	for (uint32_t i = 0; i < store->seats_count; i++) {
		int64_t id;
		int r;

		if (!store->seats[i].is_unsaved)
			continue;
		r = store_write_target(store, i, &id);
		if (r == 0)
			r = write_identity(store, &store->seats[i]);
		if (r < 0)
			return r;
	}
	return 0;
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

static int write_event(struct store *store, const struct store_event *event)
{
	const struct finding *f = &event->finding;
	const struct evidence *e = &f->evidence;
	const bool is_closed = finding_is_over(event->change);
	struct params params = {
		.numbers = { 0, 0, f->since.v, f->changed.v, is_closed ? f->changed.v : 0,
			     e->timeouts_hour, e->timeouts_day, e->commands_hour, e->commands_day,
			     (int64_t)(e->rate_per_hour * 1000 + 0.5), e->latency_us, e->netfn,
			     e->cmd, e->cc, e->error },
		.count = 15,
		.texts = { finding_info(f->kind)->name, finding_info(f->previous)->name,
			   severity_name(f->severity), e->text },
	};
	int64_t *open;
	int r = store_write_target(store, f->target, &params.numbers[1]);

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
	return r;
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
	store->rows_count = 0;
	store->events_count = 0;
	for (uint32_t i = 0; i < store->seats_count; i++)
		store->seats[i].is_unsaved = false;
	return 0;
}
