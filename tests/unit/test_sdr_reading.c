/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Conversion, against what ipmitool made of the same records and bytes, and at the edges.
 */
#include "probes/sdr/reading.c"
#include "tests/unit/sdr_bytes.h"
#include "tests/unit/tap.h"

static struct sdr_sensor find_simulated(const char *data, size_t len, unsigned number)
{
	struct sdr_sensor sensors[SDR_SHARE_MAX] = { 0 };
	size_t at = 0, count;

	while (len - at >= SDR_HEADER_LEN) {
		const uint8_t *bytes = (const uint8_t *)data + at;

		if (sdr_record_parse(bytes, len - at, sensors, &count) == SDR_KIND_SENSOR &&
		    sensors[0].number == number)
			return sensors[0];
		at += sdr_record_len(bytes);
	}
	return (struct sdr_sensor){ 0 };
}

/* One line of simulated.txt: number, raw byte, value, unit, name. */
static void check_line(const char *data, size_t len, char *line)
{
	char *save = NULL;
	const char *columns[5] = { NULL };
	struct sdr_sensor sensor;
	struct sdr_reading reading;
	uint8_t bytes[3] = { 0, 0xc0, 0xc0 };
	size_t i;

	for (i = 0; i < 5; i++)
		columns[i] = strtok_r(i == 0 ? line : NULL, "\t", &save);
	if (!columns[4]) {
		check(false, "simulated.txt has five columns");
		return;
	}
	sensor = find_simulated(data, len, (unsigned)strtoul(columns[0], NULL, 10));
	bytes[0] = (uint8_t)strtoul(columns[1], NULL, 10);
	reading = sdr_reading_parse(&sensor, bytes, sizeof(bytes));
	check(reading.flags == 0 && reading.value == llround(strtod(columns[2], NULL) * 1000),
	      "ipmitool reads %s from %s, too", columns[2], columns[4]);
	check(strcmp(sdr_sensor_name(&sensor), columns[4]) == 0, "by that name");
	check(strcmp(sdr_unit_name(&sensor),
		     strcmp(columns[3], "percent") == 0 ? "%" : columns[3]) == 0,
	      "in %s", columns[3]);
}

static void test_like_ipmitool(void)
{
	char data[4096], text[4096], *save = NULL, *line;
	size_t len = read_fixture("simulated.sdr", data, sizeof(data));
	unsigned lines = 0;

	(void)read_fixture("simulated.txt", text, sizeof(text));
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (line[0] == '#')
			continue;
		check_line(data, len, line);
		lines++;
	}
	check(lines == 18, "there are 18 of them, all linearizations among them");
}

static struct sdr_sensor simple(void)
{
	return (struct sdr_sensor){ .reading_type = SDR_THRESHOLD_TYPE, .m = 1 };
}

static bool converts(const struct sdr_sensor *sensor, uint8_t raw, double expected)
{
	double value;

	return sdr_convert(sensor, raw, &value) && fabs(value - expected) < 1e-9;
}

static void test_signs(void)
{
	struct sdr_sensor s = simple();

	check(converts(&s, 0xff, 255) && converts(&s, 0, 0), "unsigned");
	s.format = SDR_FORMAT_TWOS_COMPLEMENT;
	check(converts(&s, 0x7f, 127) && converts(&s, 0x80, -128) && converts(&s, 0xff, -1),
	      "2's complement");
	s.format = SDR_FORMAT_ONES_COMPLEMENT;
	check(converts(&s, 0x7f, 127) && converts(&s, 0x80, -127) && converts(&s, 0xff, 0),
	      "1's complement");
	s.format = SDR_FORMAT_UNSIGNED;
	s.m = -512;
	s.b = 511;
	s.b_exp = 7;
	s.result_exp = -8;
	check(converts(&s, 255, (-512.0 * 255 + 511e7) * 1e-8), "all factors at their ends");
}

static void test_impossible(void)
{
	struct sdr_sensor s = simple();
	double value = 42;

	s.linearization = 0x07;
	check(!sdr_convert(&s, 0, &value) && value == 42, "1/0 has no value");
	s.linearization = 0x01;
	check(!sdr_convert(&s, 0, &value), "nor has ln 0");
	s.linearization = 0x0a;
	s.m = -1;
	check(!sdr_convert(&s, 4, &value), "nor the square root of -4");
	s.m = 511;
	s.result_exp = 7;
	s.linearization = 0x05;
	check(!sdr_convert(&s, 200, &value), "nor what is beyond a double");
	s.linearization = 0x0c;
	check(!sdr_convert(&s, 1, &value), "a reserved linearization has no formula");
	s.linearization = 0x70;
	check(!sdr_convert(&s, 1, &value), "a non-linear sensor has none either");
	s.linearization = 0;
	s.format = SDR_FORMAT_NONE;
	check(!sdr_convert(&s, 1, &value) && value == 42, "states are no number");
}

static void test_replies(void)
{
	struct sdr_sensor s = simple();
	struct sdr_reading r;

	r = sdr_reading_parse(&s, (const uint8_t[]){ 45, 0xc0, 0xff }, 3);
	check(r.value == 45000 && r.flags == 0x3f, "thresholds: six bits of the third byte");
	r = sdr_reading_parse(&s, (const uint8_t[]){ 45, 0xc0 }, 2);
	check(r.value == 45000 && r.flags == 0, "without thresholds");
	r = sdr_reading_parse(&s, (const uint8_t[]){ 45, 0xe0, 0xff }, 3);
	check(r.flags == SENSOR_FLAG_UNAVAILABLE && r.value == 0, "bit 5: unavailable");
	r = sdr_reading_parse(&s, (const uint8_t[]){ 45, 0x80, 0xff }, 3);
	check(r.flags == SENSOR_FLAG_UNAVAILABLE, "not scanned: what it says is old");
	r = sdr_reading_parse(&s, (const uint8_t[]){ 45 }, 1);
	check(r.flags == SENSOR_FLAG_UNAVAILABLE, "one byte is no reading");
	r = sdr_reading_parse(&s, NULL, 0);
	check(r.flags == SENSOR_FLAG_UNAVAILABLE, "nor is none");
	s.m = 511;
	s.linearization = 0x09;
	s.result_exp = 4;
	r = sdr_reading_parse(&s, (const uint8_t[]){ 255, 0xc0 }, 2);
	check(r.flags == SENSOR_FLAG_UNAVAILABLE, "what thousandths cannot hold is unavailable");
}

static void test_states(void)
{
	struct sdr_sensor s = { .reading_type = 0x6f, .format = SDR_FORMAT_NONE };
	struct sdr_reading r;

	r = sdr_reading_parse(&s, (const uint8_t[]){ 0, 0xc0, 0x01, 0x80 }, 4);
	check(r.value == 1 && r.flags == SENSOR_FLAG_DISCRETE, "the top bit is no state");
	r = sdr_reading_parse(&s, (const uint8_t[]){ 0, 0xc0, 0xff, 0xff }, 4);
	check(r.value == 0x7fff, "fifteen states");
	r = sdr_reading_parse(&s, (const uint8_t[]){ 0, 0xc0 }, 2);
	check(r.value == 0 && r.flags == SENSOR_FLAG_DISCRETE, "no state bytes, no states");
	s.reading_type = SDR_THRESHOLD_TYPE;
	r = sdr_reading_parse(&s, (const uint8_t[]){ 0, 0xc0, 0xd0, 0xff }, 4);
	check(r.value == 0x10 && r.flags == (SENSOR_FLAG_DISCRETE | 0x10),
	      "thresholds without a formula are states");
}

static void test_units(void)
{
	struct sdr_sensor s = { .base_unit = 18 };

	check(COUNT_OF(unit_names) == 93, "the table is as long as the standard's");
	check(strcmp(sdr_unit_name(&s), "RPM") == 0, "18 is RPM");
	s.base_unit = 92;
	check(strcmp(sdr_unit_name(&s), "grams") == 0, "92 is the last");
	s.base_unit = 93;
	check(strcmp(sdr_unit_name(&s), "unspecified") == 0, "93 is not in it");
}

int main(void)
{
	test_like_ipmitool();
	test_signs();
	test_impossible();
	test_replies();
	test_states();
	test_units();
	return tap_done();
}
