/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records as ipmi_sim sends them, and as nobody should.
 */
#include "probes/sdr/reading.h"
#include "probes/sdr/record.c"
#include "tests/unit/sdr_bytes.h"
#include "tests/unit/tap.h"

static struct sdr_sensor sensors[SDR_SHARE_MAX];
static uint8_t record[SDR_RECORD_MAX];
static size_t count;

static void test_simulated(void)
{
	char data[4096];
	size_t len = read_fixture("simulated.sdr", data, sizeof(data)), at = 0;
	unsigned of[4] = { 0 }, total = 0;

	while (len - at >= SDR_HEADER_LEN) {
		const uint8_t *bytes = (const uint8_t *)data + at;

		of[sdr_record_parse(bytes, len - at, sensors, &count)]++;
		total += (unsigned)count;
		at += sdr_record_len(bytes);
	}
	check(at == len, "the records fill the dump exactly");
	check(of[SDR_KIND_SENSOR] == 19 && of[SDR_KIND_OTHER] == 2 && of[SDR_KIND_BROKEN] == 0,
	      "18 full, one compact; a locator and an event-only one are left out");
	check(total == 21, "the compact one stands for three");
	check(strcmp(sdr_sensor_name(&sensors[0]), "Bay1") == 0 &&
		      strcmp(sdr_sensor_name(&sensors[2]), "Bay3") == 0 &&
		      sensors[2].number == 0x32,
	      "they are numbered from where it says");
}

static void test_factors(void)
{
	size_t len = make_full(record, 1, 0x2a, "CPU1 Temp");

	record[20] = 0x83; /* 2's complement, times modifier, percentage */
	record[22] = 20;
	record[23] = 0x8b;
	record[24] = 0x00;
	record[25] = 0x80; /* M = -512 */
	record[26] = 0xff;
	record[27] = 0x40 | 0x3f; /* B = 511, accuracy ignored */
	record[29] = 0x87;	  /* result 10^-8, B 10^7 */
	check(sdr_record_parse(record, len, sensors, &count) == SDR_KIND_SENSOR && count == 1,
	      "a full record is one sensor");
	check(sensors[0].number == 0x2a && sensors[0].lun == 0 && sensors[0].type == 1, "number");
	check(strcmp(sdr_sensor_name(&sensors[0]), "CPU1 Temp") == 0, "name");
	check(strcmp(sensors[0].label, "Get Sensor Reading CPU1 Temp") == 0, "label");
	check(sensors[0].format == SDR_FORMAT_TWOS_COMPLEMENT && sensors[0].is_percentage &&
		      sensors[0].modifier == 1 && sensors[0].base_unit == 1 &&
		      sensors[0].modifier_unit == 20,
	      "units");
	check(sensors[0].linearization == 0x0b, "linearization has seven bits");
	check(sensors[0].m == -512 && sensors[0].b == 511, "ten bits, signed");
	check(sensors[0].result_exp == -8 && sensors[0].b_exp == 7, "four bits, signed");
	record[24] = 0xff;
	record[25] = 0xc0;
	record[26] = 0x00;
	record[27] = 0x80;
	(void)sdr_record_parse(record, len, sensors, &count);
	check(sensors[0].m == -1 && sensors[0].b == -512, "the other ends of the range");
	record[6] = 0xf3;
	(void)sdr_record_parse(record, len, sensors, &count);
	check(sensors[0].lun == 3, "the LUN has two bits, the channel is not part of it");
}

static void test_bounds(void)
{
	size_t len = make_full(record, 1, 1, ""), i;
	bool is_broken = true;

	check(sdr_record_parse(record, len, sensors, &count) == SDR_KIND_SENSOR,
	      "the shortest full record ends with an empty name");
	check(strcmp(sdr_sensor_name(&sensors[0]), "sensor 0x01") == 0,
	      "a sensor without a name is called by its number");
	for (i = 0; i < len; i++)
		is_broken &= sdr_record_parse(record, i, sensors, &count) == SDR_KIND_BROKEN &&
			     count == 0;
	check(is_broken, "cut anywhere, it is broken");
	record[4]--;
	check(sdr_record_parse(record, len, sensors, &count) == SDR_KIND_BROKEN,
	      "a length that leaves no room for the name's length is broken");
	len = make_full(record, 1, 1, "Temp");
	record[47] = 0xc0 | 0x1f;
	(void)sdr_record_parse(record, len, sensors, &count);
	check(strcmp(sdr_sensor_name(&sensors[0]), "Temp") == 0,
	      "a name that says it is longer than its record ends with it");
	len = make_full(record, 1, 0xff, "x");
	check(sdr_record_parse(record, len, sensors, &count) == SDR_KIND_BROKEN,
	      "number FFh is reserved");
	len = make_full(record, 1, 1, "x");
	record[5] = 0x2c;
	check(sdr_record_parse(record, len, sensors, &count) == SDR_KIND_OTHER_OWNER && count == 0,
	      "another controller's sensor is only counted");
	record[5] = 0x21;
	check(sdr_record_parse(record, len, sensors, &count) == SDR_KIND_OTHER_OWNER,
	      "so is one of system software");
	record[3] = 0xc0;
	check(sdr_record_parse(record, len, sensors, &count) == SDR_KIND_OTHER, "OEM records too");
}

static void test_shared(void)
{
	size_t len = make_compact(record, 0x40, 0x0f, "Slot ");

	record[24] = 0x7f;
	check(sdr_record_parse(record, len, sensors, &count) == SDR_KIND_SENSOR && count == 15,
	      "at most 15 share a record");
	check(strcmp(sdr_sensor_name(&sensors[14]), "Slot 141") == 0, "numbers may be long");
	check(sensors[14].number == 0x4e && sensors[14].format == SDR_FORMAT_NONE, "in sequence");
	record[23] = 0x1f;
	record[24] = 25;
	(void)sdr_record_parse(record, len, sensors, &count);
	check(strcmp(sdr_sensor_name(&sensors[0]), "Slot Z") == 0 &&
		      strcmp(sdr_sensor_name(&sensors[1]), "Slot AA") == 0 &&
		      strcmp(sdr_sensor_name(&sensors[2]), "Slot AB") == 0,
	      "letters go on after Z");
	record[24] = 0x7f;
	(void)sdr_record_parse(record, len, sensors, &count);
	check(strcmp(sdr_sensor_name(&sensors[14]), "Slot EL") == 0, "and never need three");
	record[7] = 0xfd;
	(void)sdr_record_parse(record, len, sensors, &count);
	check(count == 2 && sensors[1].number == 0xfe, "no sensor gets a reserved number");
	len = make_compact(record, 1, 0, "Alone");
	(void)sdr_record_parse(record, len, sensors, &count);
	check(count == 1 && strcmp(sdr_sensor_name(&sensors[0]), "Alone") == 0,
	      "shared by none is one, without a suffix");
}

static bool decodes(const char *bytes, size_t len, const char *expected)
{
	char name[SDR_NAME_MAX];
	size_t n = sdr_string_decode((const uint8_t *)bytes, len, name);

	return n == strlen(expected) && strcmp(name, expected) == 0;
}

static void test_strings(void)
{
	uint8_t longest[32];
	char name[SDR_NAME_MAX];

	check(decodes("\xc4"
		      "Fan1",
		      5, "Fan1"),
	      "8-bit ASCII");
	check(decodes("\xc5"
		      "Fan\0\0",
		      6, "Fan"),
	      "padding with NUL is no letter");
	check(decodes("\xc3"
		      "\xb0"
		      "C\xff",
		      4,
		      "\xc2\xb0"
		      "C\xc3\xbf"),
	      "Latin-1 becomes UTF-8");
	check(decodes("\xc1\x85", 2, "?"), "its control codes do not");
	/* "IPMI" is the standard's own example, §13.1 of the FRU specification. */
	check(decodes("\x83\x29\xdc\xa6", 4, "IPMI"), "6-bit ASCII");
	check(decodes("\x82\x29\xdc", 3, "IP"), "6-bit ASCII that ends between bytes");
	check(decodes("\x43\x12\xab\xcf", 4, "12 -._"), "BCD plus");
	check(decodes("\x02\x41\x00", 3, ""), "Unicode is left alone");
	check(decodes("\xc0", 1, "") && decodes("", 0, ""), "nothing is nothing");
	memset(longest, 0xe9, sizeof(longest));
	longest[0] = 0xdf;
	check(sdr_string_decode(longest, sizeof(longest), name) == 62, "the longest Latin-1 fits");
	longest[0] = 0x5f;
	check(sdr_string_decode(longest, sizeof(longest), name) == 62, "the longest BCD fits");
}

static void test_names(void)
{
	struct sdr_sensor sensor = { .number = 9 };
	char name[2 * SDR_NAME_MAX];

	sdr_sensor_set_name(&sensor, "a\nb\x7f"
				     "c");
	check(strcmp(sdr_sensor_name(&sensor), "a?b?c") == 0, "control characters are replaced");
	sdr_sensor_set_name(&sensor, "Fan   ");
	check(strcmp(sdr_sensor_name(&sensor), "Fan") == 0, "padding with blanks is no letter");
	sdr_sensor_set_name(&sensor, "  ");
	check(strcmp(sdr_sensor_name(&sensor), "sensor 0x09") == 0, "only blanks are no name");
	memset(name, 'x', sizeof(name));
	memcpy(name + SDR_NAME_MAX - 2, "\xc3\xa9", 2);
	name[sizeof(name) - 1] = '\0';
	sdr_sensor_set_name(&sensor, name);
	check(strlen(sdr_sensor_name(&sensor)) == SDR_NAME_MAX - 2,
	      "too long a name is cut between letters");
}

static void test_limits(void)
{
	int64_t limits[SDR_LIMITS] = { 0 };
	size_t len;

	len = make_full(record, 0x1234, 7, "Inlet");
	record[18] = 0xd8; /* two upper ones; the other bits are no limits */
	record[36] = 99;
	record[37] = 95;
	record[38] = 90;
	check(sdr_record_parse(record, len, sensors, &count) == SDR_KIND_SENSOR &&
		      sensors->record_id == 0x1234 && sensors->own_len == 5,
	      "a sensor keeps the number of its record");
	check(sdr_limits(sensors, limits) == 0x18 && limits[3] == 90000 && limits[4] == 95000,
	      "and the limits that can be read, in thousandths");
	sensors->linearization = 0x70;
	check(sdr_limits(sensors, limits) == 0, "without a formula there are none");
	record[13] = 0x6f;
	check(sdr_record_parse(record, len, sensors, &count) == SDR_KIND_SENSOR &&
		      sensors->limit_mask == 0,
	      "a sensor with states has none: the bytes are something else");
}

int main(void)
{
	test_limits();
	test_simulated();
	test_factors();
	test_bounds();
	test_shared();
	test_strings();
	test_names();
	return tap_done();
}
