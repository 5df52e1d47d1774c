/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of sensors.
 */
#include "probes/sdr/table.h"

#include <stdio.h>

#define FIRST_ROOM 32

void sdr_table_done(struct sdr_table *table)
{
	free(table->sensors);
	*table = (struct sdr_table){ 0 };
}

static int grow(struct sdr_table *table)
{
	size_t room = table->room ? table->room * 2 : FIRST_ROOM;
	struct sdr_sensor *sensors = reallocarray(table->sensors, room, sizeof(*sensors));

	if (!sensors)
		return -ENOMEM;
	table->sensors = sensors;
	table->room = room;
	return 0;
}

struct sdr_sensor *sdr_table_find(const struct sdr_table *table, uint8_t lun, uint8_t number)
{
	size_t i;

	for (i = 0; i < table->count; i++) {
		struct sdr_sensor *sensor = &table->sensors[i];

		if (sensor->lun == lun && sensor->number == number)
			return sensor;
	}
	return NULL;
}

int sdr_table_add(struct sdr_table *table, const struct sdr_sensor *sensor)
{
	int r;

	if (sdr_table_find(table, sensor->lun, sensor->number))
		return -EEXIST;
	if (table->count >= SDR_SENSORS_MAX)
		return -ENOSPC;
	if (table->count == table->room) {
		r = grow(table);
		if (r < 0)
			return r;
	}
	table->sensors[table->count++] = *sensor;
	return 0;
}

static bool is_name_shared(const struct sdr_table *table, const struct sdr_sensor *sensor)
{
	size_t i;

	for (i = 0; i < table->count; i++) {
		const struct sdr_sensor *other = &table->sensors[i];

		if (other != sensor && strcmp(sdr_sensor_name(other), sdr_sensor_name(sensor)) == 0)
			return true;
	}
	return false;
}

static void append_number(struct sdr_sensor *sensor)
{
	char name[SDR_NAME_MAX + 16], lun[8] = "";
	const uint8_t own_len = sensor->own_len;

	if (sensor->lun > 0)
		(void)snprintf(lun, sizeof(lun), " lun %u", sensor->lun & 3u);
	(void)snprintf(name, sizeof(name), "%s (0x%02x%s)", sdr_sensor_name(sensor), sensor->number,
		       lun);
	sdr_sensor_set_name(sensor, name);
	sensor->own_len = own_len;
}

/* All of one name are renamed, not all but the first: which is first may change. */
void sdr_table_make_names_unique(struct sdr_table *table)
{
	bool is_shared[SDR_SENSORS_MAX];
	size_t i;

	for (i = 0; i < table->count; i++)
		is_shared[i] = is_name_shared(table, &table->sensors[i]);
	for (i = 0; i < table->count; i++) {
		if (is_shared[i])
			append_number(&table->sensors[i]);
	}
}

/* The same sensor, or another that took its number? */
static bool is_same(const struct sdr_sensor *a, const struct sdr_sensor *b)
{
	return a->type == b->type && a->reading_type == b->reading_type;
}

int sdr_table_inherit(struct sdr_table *fresh, const struct sdr_table *old)
{
	size_t i;
	int r;

	for (i = 0; i < old->count; i++) {
		const struct sdr_sensor *was = &old->sensors[i];
		struct sdr_sensor *is = sdr_table_find(fresh, was->lun, was->number), gone = *was;

		if (is && is->gone_checks == 0 && is_same(is, was))
			is->baseline = was->baseline;
		if (is || was->baseline != SDR_BASELINE_READING)
			continue;
		if (gone.gone_checks == 0)
			gone.gone_checks = 1;
		r = sdr_table_add(fresh, &gone);
		if (r < 0 && r != -ENOSPC)
			return r;
	}
	return 0;
}

bool sdr_table_age_gone(struct sdr_table *table)
{
	size_t i, kept = 0;
	bool has_gone = false;

	for (i = 0; i < table->count; i++) {
		struct sdr_sensor *sensor = &table->sensors[i];

		has_gone |= sensor->gone_checks > 0;
		if (sensor->gone_checks > 0 && ++sensor->gone_checks > SDR_GONE_CHECKS_MAX)
			continue;
		if (kept != i)
			table->sensors[kept] = *sensor;
		kept++;
	}
	table->count = kept;
	return has_gone;
}

struct sdr_missing sdr_table_missing(const struct sdr_table *table)
{
	struct sdr_missing missing = { .total = (int64_t)table->count };
	size_t i;

	for (i = 0; i < table->count; i++) {
		const struct sdr_sensor *sensor = &table->sensors[i];

		missing.missing +=
			sensor->gone_checks > 0 || (sensor->baseline == SDR_BASELINE_READING &&
						    sensor->has_answered && !sensor->has_reading);
	}
	return missing;
}
