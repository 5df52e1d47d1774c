/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SDR records, IPMI 2.0 §43.1 (full), §43.2 (compact), §43.15 (strings). Offsets here count from
 * 0 with the header; the standard counts from 1.
 */
#include "probes/sdr/record.h"

#include <stdio.h>

#define TYPE_FULL    0x01
#define TYPE_COMPACT 0x02

#define AT_TYPE		3
#define AT_OWNER	5
#define AT_LUN		6
#define AT_NUMBER	7
#define AT_SENSOR_TYPE	12
#define AT_READING_TYPE 13
#define AT_LIMIT_MASK	18
#define AT_UNITS	20
#define AT_BASE_UNIT	21
#define AT_MODIFIER	22
#define AT_LINEAR	23 /* full only, as the factors */
#define AT_M		24
#define AT_B		26
#define AT_EXPONENTS	29
#define AT_LIMITS	36 /* from the upper non-recoverable one down: UNR UC UNC LNR LC LNC */
#define AT_SHARE	23 /* compact only */

#define NUMBER_RESERVED 0xff

/* Signed value of the low `bits` bits. */
static int sign_extend(unsigned value, unsigned bits)
{
	unsigned sign = 1U << (bits - 1);

	value &= (sign << 1) - 1;
	return (int)(value ^ sign) - (int)sign;
}

static size_t put_utf8(char *out, size_t at, uint8_t latin1)
{
	if (latin1 < 0xa0) {
		out[at++] = (char)(latin1 < 0x80 ? latin1 : '?'); /* 80h to 9Fh: control codes */
		return at;
	}
	out[at++] = (char)(0xc0 | (latin1 >> 6));
	out[at++] = (char)(0x80 | (latin1 & 0x3f));
	return at;
}

/* Two digits a byte, the high nibble first (as ipmitool and FreeIPMI read it). */
static size_t decode_bcd_plus(const uint8_t *from, size_t n, char *name)
{
	static const char digits[] = "0123456789 -.:,_";
	size_t i;

	for (i = 0; i < n; i++) {
		name[2 * i] = digits[from[i] >> 4];
		name[2 * i + 1] = digits[from[i] & 0x0f];
	}
	return 2 * n;
}

/* Four letters in three bytes, the lowest bits first. */
static size_t decode_six_bit(const uint8_t *from, size_t n, char *name)
{
	size_t letters = n * 8 / 6, i;

	for (i = 0; i < letters; i++) {
		size_t bit = i * 6, byte = bit / 8;
		unsigned pair = from[byte] | (byte + 1 < n ? (unsigned)from[byte + 1] << 8 : 0);

		name[i] = (char)(0x20 + ((pair >> (bit % 8)) & 0x3f));
	}
	return letters;
}

static size_t decode_latin1(const uint8_t *from, size_t n, char *name)
{
	size_t i, len = 0;

	/* Some controllers pad with NUL: the string ends there. */
	for (i = 0; i < n && from[i] != '\0'; i++)
		len = put_utf8(name, len, from[i]);
	return len;
}

size_t sdr_string_decode(const uint8_t *at, size_t len, char *name)
{
	/* The longest: 31 bytes as BCD plus, or as Latin-1 with two bytes a letter. */
	_Static_assert(2 * 0x1f < SDR_NAME_MAX, "a name fits");
	static size_t (*const decoders[4])(const uint8_t *, size_t, char *) = {
		NULL, /* "Unicode", whose width the standard does not give */
		decode_bcd_plus,
		decode_six_bit,
		decode_latin1,
	};
	size_t n;

	name[0] = '\0';
	if (len == 0)
		return 0;
	if (!decoders[at[0] >> 6])
		return 0;
	n = (size_t)min_i64(at[0] & 0x1f, (int64_t)len - 1);
	n = decoders[at[0] >> 6](at + 1, n, name);
	name[n] = '\0';
	return n;
}

void sdr_sensor_set_name(struct sdr_sensor *sensor, const char *name)
{
	char *out = sensor->label + SDR_LABEL_LEN;
	size_t n, i;

	memcpy(sensor->label, SDR_LABEL, SDR_LABEL_LEN);
	n = strnlen(name, SDR_NAME_MAX);
	if (n >= SDR_NAME_MAX) {
		n = SDR_NAME_MAX - 1;
		while (n > 0 && ((unsigned char)name[n] & 0xc0) == 0x80)
			n--;
	}
	while (n > 0 && name[n - 1] == ' ')
		n--;
	sensor->own_len = (uint8_t)n;
	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)name[i];

		out[i] = (char)(c < 0x20 || c == 0x7f ? '?' : c);
	}
	out[n] = '\0';
	if (n == 0)
		sensor->own_len =
			(uint8_t)snprintf(out, SDR_NAME_MAX, "sensor 0x%02x", sensor->number);
}

static void parse_common(const uint8_t *record, struct sdr_sensor *sensor)
{
	memset(sensor, 0, sizeof(*sensor));
	sensor->record_id = (uint16_t)(record[0] | (unsigned)record[1] << 8);
	sensor->lun = record[AT_LUN] & 0x03;
	sensor->number = record[AT_NUMBER];
	sensor->type = record[AT_SENSOR_TYPE];
	sensor->reading_type = record[AT_READING_TYPE] & 0x7f;
	sensor->is_percentage = (record[AT_UNITS] & 0x01) != 0;
	sensor->modifier = record[AT_UNITS] >> 1 & 0x03;
	sensor->base_unit = record[AT_BASE_UNIT];
	sensor->modifier_unit = record[AT_MODIFIER];
	sensor->format = SDR_FORMAT_NONE;
}

static void parse_factors(const uint8_t *record, struct sdr_sensor *sensor)
{
	const uint8_t *m = record + AT_M, *b = record + AT_B;
	uint8_t exponents = record[AT_EXPONENTS];

	sensor->format = (enum sdr_format)(record[AT_UNITS] >> 6);
	sensor->linearization = record[AT_LINEAR] & 0x7f;
	sensor->m = (int16_t)sign_extend(m[0] | (unsigned)(m[1] & 0xc0) << 2, 10);
	sensor->b = (int16_t)sign_extend(b[0] | (unsigned)(b[1] & 0xc0) << 2, 10);
	sensor->result_exp = (int8_t)sign_extend(exponents >> 4, 4);
	sensor->b_exp = (int8_t)sign_extend(exponents & 0x0f, 4);
}

/* Which limits can be read, and what they are unless somebody has set them (§43.1 bytes 19 and 37
 * to 42). Asking the controller for those in force would cost a command each. */
static void parse_limits(const uint8_t *record, struct sdr_sensor *sensor)
{
	static const uint8_t at[SDR_LIMITS] = { 5, 4, 3, 2, 1, 0 };

	if (sensor->reading_type != SDR_THRESHOLD_TYPE)
		return;
	sensor->limit_mask = record[AT_LIMIT_MASK] & 0x3f;
	for (size_t i = 0; i < SDR_LIMITS; i++)
		sensor->limits[i] = record[AT_LIMITS + at[i]];
}

/* The suffix of the n-th sensor that shares a record: digits, or A…Z, AA…ZZ…, §43.2 byte 24. */
static void format_suffix(char *out, size_t room, bool is_letters, unsigned n)
{
	char letters[4] = "";
	size_t at = sizeof(letters) - 1;

	if (!is_letters) {
		(void)snprintf(out, room, "%u", n);
		return;
	}
	/* n < 128 + 15: two letters are enough. */
	do {
		letters[--at] = (char)('A' + n % 26);
		n = n / 26;
	} while (n-- > 0 && at > 0);
	(void)snprintf(out, room, "%s", letters + at);
}

static enum sdr_kind parse_full(const uint8_t *record, const char *name, struct sdr_sensor *sensors,
				size_t *ret_count)
{
	parse_common(record, sensors);
	parse_factors(record, sensors);
	parse_limits(record, sensors);
	sdr_sensor_set_name(sensors, name);
	*ret_count = 1;
	return SDR_KIND_SENSOR;
}

/* One record for several like sensors with consecutive numbers, say eight drive bays. */
static enum sdr_kind parse_compact(const uint8_t *record, const char *name,
				   struct sdr_sensor *sensors, size_t *ret_count)
{
	const uint8_t *share = record + AT_SHARE;
	size_t count = share[0] & 0x0f, i;
	bool is_letters = (share[0] >> 4 & 0x03) == 1;
	unsigned offset = share[1] & 0x7f;

	if (count == 0)
		count = 1;
	for (i = 0; i < count && record[AT_NUMBER] + i < NUMBER_RESERVED; i++) {
		char full[SDR_NAME_MAX + 8], suffix[8] = "";

		parse_common(record, &sensors[i]);
		sensors[i].number = (uint8_t)(record[AT_NUMBER] + i);
		if (count > 1)
			format_suffix(suffix, sizeof(suffix), is_letters, offset + (unsigned)i);
		(void)snprintf(full, sizeof(full), "%s%s", name, suffix);
		sdr_sensor_set_name(&sensors[i], full);
	}
	*ret_count = i;
	return SDR_KIND_SENSOR;
}

struct record_type {
	uint8_t type;
	uint8_t at_string; /* the shortest record ends with its type/length byte */
	enum sdr_kind (*parse)(const uint8_t *, const char *, struct sdr_sensor *, size_t *);
};

static const struct record_type record_types[] = {
	{ TYPE_FULL, 47, parse_full },
	{ TYPE_COMPACT, 31, parse_compact },
};

static enum sdr_kind parse_as(const struct record_type *type, const uint8_t *record, size_t len,
			      struct sdr_sensor *sensors, size_t *ret_count)
{
	char name[SDR_NAME_MAX];

	if (len <= type->at_string || record[AT_NUMBER] == NUMBER_RESERVED)
		return SDR_KIND_BROKEN;
	if (record[AT_OWNER] != SDR_BMC_ADDRESS)
		return SDR_KIND_OTHER_OWNER;
	(void)sdr_string_decode(record + type->at_string, len - type->at_string, name);
	return type->parse(record, name, sensors, ret_count);
}

enum sdr_kind sdr_record_parse(const uint8_t *record, size_t len, struct sdr_sensor *sensors,
			       size_t *ret_count)
{
	size_t i;

	*ret_count = 0;
	if (len < SDR_HEADER_LEN || len < sdr_record_len(record))
		return SDR_KIND_BROKEN;
	len = sdr_record_len(record);
	for (i = 0; i < COUNT_OF(record_types); i++) {
		if (record_types[i].type == record[AT_TYPE])
			return parse_as(&record_types[i], record, len, sensors, ret_count);
	}
	return SDR_KIND_OTHER;
}
