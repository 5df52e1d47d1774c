/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of sensors: limits, names, and what survives a re-reading.
 */
#include "probes/sdr/table.c"
#include "tests/unit/tap.h"

static struct sdr_sensor make(uint8_t lun, uint8_t number, const char *name)
{
	struct sdr_sensor sensor = { .lun = lun, .number = number, .type = 1, .reading_type = 1 };

	sdr_sensor_set_name(&sensor, name);
	return sensor;
}

static void add(struct sdr_table *table, uint8_t number, enum sdr_baseline baseline)
{
	struct sdr_sensor sensor = make(0, number, "");

	sensor.baseline = baseline;
	if (sdr_table_add(table, &sensor) < 0)
		exit(99);
}

static void test_limits(void)
{
	SCOPED(sdr_table_done) struct sdr_table table = { 0 };
	struct sdr_sensor sensor = make(0, 1, "a");
	size_t i;

	check(sdr_table_add(&table, &sensor) == 0 && table.count == 1, "a sensor is added");
	check(sdr_table_add(&table, &sensor) == -EEXIST && table.count == 1, "once");
	sensor.lun = 1;
	check(sdr_table_add(&table, &sensor) == 0, "the same number at another LUN is another");
	check(sdr_table_find(&table, 1, 1) == &table.sensors[1], "it is found");
	check(!sdr_table_find(&table, 2, 1), "what is not there is not");
	for (i = 0; i < 0x10000 && table.count < SDR_SENSORS_MAX; i++) {
		sensor = make((uint8_t)(i >> 8), (uint8_t)i, "b");
		if (sdr_table_add(&table, &sensor) == -ENOMEM)
			exit(99);
	}
	sensor = make(0xff, 0xff, "c");
	check(table.count == SDR_SENSORS_MAX && sdr_table_add(&table, &sensor) == -ENOSPC,
	      "the table has a limit");
	sdr_table_make_names_unique(&table);
	check(strcmp(sdr_sensor_name(&table.sensors[0]), "a (0x01)") == 0, "a full one is named");
}

static void test_names(void)
{
	SCOPED(sdr_table_done) struct sdr_table table = { 0 };
	const struct sdr_sensor sensors[] = { make(0, 1, "Temp"), make(0, 2, "Fan"),
					      make(0, 3, "Temp"), make(2, 3, "Temp") };
	size_t i;

	for (i = 0; i < COUNT_OF(sensors); i++) {
		if (sdr_table_add(&table, &sensors[i]) < 0)
			exit(99);
	}
	sdr_table_make_names_unique(&table);
	check(strcmp(sdr_sensor_name(&table.sensors[0]), "Temp (0x01)") == 0 &&
		      strcmp(sdr_sensor_name(&table.sensors[2]), "Temp (0x03)") == 0,
	      "sensors of one name get their numbers");
	check(strcmp(sdr_sensor_name(&table.sensors[3]), "Temp (0x03 lun 2)") == 0, "and LUNs");
	check(strcmp(sdr_sensor_name(&table.sensors[1]), "Fan") == 0, "a name of one stays");
}

static void test_inherit(void)
{
	SCOPED(sdr_table_done) struct sdr_table old = { 0 }, fresh = { 0 };
	struct sdr_missing missing;

	add(&old, 1, SDR_BASELINE_READING);
	add(&old, 2, SDR_BASELINE_NOTHING);
	add(&old, 3, SDR_BASELINE_READING);
	add(&old, 4, SDR_BASELINE_NOTHING);
	add(&old, 5, SDR_BASELINE_READING);
	add(&fresh, 1, SDR_BASELINE_UNKNOWN);
	add(&fresh, 2, SDR_BASELINE_UNKNOWN);
	add(&fresh, 5, SDR_BASELINE_UNKNOWN);
	add(&fresh, 6, SDR_BASELINE_UNKNOWN);
	fresh.sensors[2].type = 4;
	check(sdr_table_inherit(&fresh, &old) == 0, "a table inherits");
	check(fresh.sensors[0].baseline == SDR_BASELINE_READING &&
		      fresh.sensors[1].baseline == SDR_BASELINE_NOTHING,
	      "what was learned goes over");
	check(fresh.sensors[2].baseline == SDR_BASELINE_UNKNOWN,
	      "not to another sensor that took the number");
	check(fresh.count == 5 && fresh.sensors[4].number == 3 && fresh.sensors[4].gone_checks == 1,
	      "one that had a reading stays, as gone; one that had none is forgotten");
	missing = sdr_table_missing(&fresh);
	check(missing.missing == 1 && missing.total == 5, "the gone one is missing");
}

static void test_return(void)
{
	SCOPED(sdr_table_done) struct sdr_table old = { 0 }, fresh = { 0 };

	add(&old, 1, SDR_BASELINE_READING);
	old.sensors[0].gone_checks = 5;
	check(sdr_table_inherit(&fresh, &old) == 0 && fresh.sensors[0].gone_checks == 5,
	      "a gone one stays gone, its count goes on");
	sdr_table_done(&fresh);
	add(&fresh, 1, SDR_BASELINE_UNKNOWN);
	check(sdr_table_inherit(&fresh, &old) == 0 && fresh.count == 1 &&
		      fresh.sensors[0].gone_checks == 0 &&
		      fresh.sensors[0].baseline == SDR_BASELINE_READING,
	      "one that came back is back");
}

static void test_aging(void)
{
	SCOPED(sdr_table_done) struct sdr_table table = { 0 };
	unsigned checks = 0;

	add(&table, 1, SDR_BASELINE_READING);
	check(!sdr_table_age_gone(&table) && table.count == 1, "those that are there do not age");
	add(&table, 2, SDR_BASELINE_READING);
	add(&table, 3, SDR_BASELINE_READING);
	table.sensors[1].gone_checks = 1;
	while (checks < 100 && table.count == 3)
		checks += sdr_table_age_gone(&table);
	check(checks == SDR_GONE_CHECKS_MAX, "a gone one is forgotten after its time");
	check(table.count == 2 && table.sensors[1].number == 3, "and only that one");
}

static void test_missing(void)
{
	SCOPED(sdr_table_done) struct sdr_table table = { 0 };
	struct sdr_missing missing = sdr_table_missing(&table);

	check(missing.missing == 0 && missing.total == 0, "no sensors, none missing");
	add(&table, 1, SDR_BASELINE_READING);
	check(sdr_table_missing(&table).missing == 0, "not asked yet is not missing");
	table.sensors[0].has_answered = true;
	check(sdr_table_missing(&table).missing == 1, "had a reading and has none: missing");
	table.sensors[0].has_reading = true;
	check(sdr_table_missing(&table).missing == 0, "has one: not missing");
	table.sensors[0].has_reading = false;
	table.sensors[0].baseline = SDR_BASELINE_NOTHING;
	check(sdr_table_missing(&table).missing == 0, "never had one: not missing");
}

int main(void)
{
	test_limits();
	test_names();
	test_inherit();
	test_return();
	test_aging();
	test_missing();
	return tap_done();
}
