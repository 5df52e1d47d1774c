/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cache file: little endian, a fixed head, one fixed-size slot per sensor with its name after
 * it, a checksum at the end. The checksum finds damage, not malice: the folder is the daemon's
 * own. Every value is checked all the same.
 */
#include "probes/sdr/cache.h"

#include <stdio.h>

#include "base/fsio.h"

#define MAGIC	   "BHSDR"
#define MAGIC_LEN  5
#define VERSION	   2
#define HEAD_LEN   (MAGIC_LEN + 1 + 4 + 2 + 3 + 2 + 4 + 4 + 2)
#define SLOT_LEN   30
#define CRC_LEN	   4
#define CACHE_MAX  (HEAD_LEN + SDR_SENSORS_MAX * (SLOT_LEN + SDR_NAME_MAX) + CRC_LEN)
#define CACHE_NAME "/sdr.cache"

void sdr_key_set(struct sdr_key *key, const struct bmc_identity *identity)
{
	key->manufacturer = identity->manufacturer;
	key->product = identity->product;
	key->device_id = identity->device_id;
	key->firmware_major = identity->firmware_major;
	key->firmware_minor_bcd = identity->firmware_minor_bcd;
}

bool sdr_key_is_same_firmware(const struct sdr_key *a, const struct sdr_key *b)
{
	return a->manufacturer == b->manufacturer && a->product == b->product &&
	       a->device_id == b->device_id && a->firmware_major == b->firmware_major &&
	       a->firmware_minor_bcd == b->firmware_minor_bcd;
}

/* CRC-32 as in zlib, bit by bit: at most a hundred KiB, once an hour at most. */
static uint32_t crc32_of(const uint8_t *data, size_t len)
{
	uint32_t crc = UINT32_MAX;
	unsigned bit;

	while (len-- > 0) {
		crc ^= *data++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
	}
	return ~crc;
}

static uint8_t *put(uint8_t *at, uint32_t value, unsigned bytes)
{
	for (; bytes > 0; bytes--, value >>= 8)
		*at++ = (uint8_t)value;
	return at;
}

static uint32_t get(const uint8_t **at, unsigned bytes)
{
	uint32_t value = 0;
	unsigned i;

	for (i = 0; i < bytes; i++)
		value |= (uint32_t)(*at)[i] << 8 * i;
	*at += bytes;
	return value;
}

static uint8_t *put_bytes(uint8_t *at, const void *from, size_t n)
{
	memcpy(at, from, n);
	return at + n;
}

static uint8_t *put_head(uint8_t *at, const struct sdr_key *key, size_t count)
{
	at = put_bytes(at, MAGIC, MAGIC_LEN);
	at = put(at, VERSION, 1);
	at = put(at, key->manufacturer, 4);
	at = put(at, key->product, 2);
	at = put(at, key->device_id, 1);
	at = put(at, key->firmware_major, 1);
	at = put(at, key->firmware_minor_bcd, 1);
	at = put(at, key->info.records, 2);
	at = put(at, key->info.added, 4);
	at = put(at, key->info.erased, 4);
	return put(at, (uint32_t)count, 2);
}

static size_t get_head(const uint8_t *at, struct sdr_key *key)
{
	at += MAGIC_LEN + 1;
	key->manufacturer = get(&at, 4);
	key->product = (uint16_t)get(&at, 2);
	key->device_id = (uint8_t)get(&at, 1);
	key->firmware_major = (uint8_t)get(&at, 1);
	key->firmware_minor_bcd = (uint8_t)get(&at, 1);
	key->info.records = (uint16_t)get(&at, 2);
	key->info.added = get(&at, 4);
	key->info.erased = get(&at, 4);
	return get(&at, 2);
}

static uint8_t *put_slot(uint8_t *at, const struct sdr_sensor *sensor)
{
	size_t name_len = strlen(sdr_sensor_name(sensor));

	at = put(at, sensor->lun, 1);
	at = put(at, sensor->number, 1);
	at = put(at, sensor->type, 1);
	at = put(at, sensor->reading_type, 1);
	at = put(at, sensor->format, 1);
	at = put(at, sensor->base_unit, 1);
	at = put(at, sensor->modifier_unit, 1);
	at = put(at, sensor->modifier, 1);
	at = put(at, sensor->is_percentage, 1);
	at = put(at, sensor->linearization, 1);
	at = put(at, (uint16_t)sensor->m, 2);
	at = put(at, (uint16_t)sensor->b, 2);
	at = put(at, (uint8_t)sensor->result_exp, 1);
	at = put(at, (uint8_t)sensor->b_exp, 1);
	at = put(at, sensor->baseline, 1);
	at = put(at, sensor->gone_checks, 2);
	at = put(at, sensor->record_id, 2);
	at = put(at, sensor->own_len, 1);
	at = put(at, sensor->limit_mask, 1);
	at = put_bytes(at, sensor->limits, sizeof(sensor->limits));
	at = put(at, (uint32_t)name_len, 1);
	return put_bytes(at, sdr_sensor_name(sensor), name_len);
}

/* Length of the name that follows. */
static size_t get_slot(const uint8_t *at, struct sdr_sensor *sensor)
{
	memset(sensor, 0, sizeof(*sensor));
	sensor->lun = get(&at, 1) & 3;
	sensor->number = (uint8_t)get(&at, 1);
	sensor->type = (uint8_t)get(&at, 1);
	sensor->reading_type = (uint8_t)get(&at, 1);
	sensor->format = (enum sdr_format)(get(&at, 1) & 3);
	sensor->base_unit = (uint8_t)get(&at, 1);
	sensor->modifier_unit = (uint8_t)get(&at, 1);
	sensor->modifier = get(&at, 1) & 3;
	sensor->is_percentage = get(&at, 1) != 0;
	sensor->linearization = (uint8_t)get(&at, 1);
	sensor->m = (int16_t)get(&at, 2);
	sensor->b = (int16_t)get(&at, 2);
	sensor->result_exp = (int8_t)get(&at, 1);
	sensor->b_exp = (int8_t)get(&at, 1);
	sensor->baseline = (enum sdr_baseline)(get(&at, 1) % SDR_BASELINE_MAX);
	sensor->gone_checks = (uint16_t)get(&at, 2);
	sensor->record_id = (uint16_t)get(&at, 2);
	sensor->own_len = (uint8_t)get(&at, 1);
	sensor->limit_mask = get(&at, 1) & 0x3f;
	for (size_t i = 0; i < SDR_LIMITS; i++)
		sensor->limits[i] = (uint8_t)get(&at, 1);
	return get(&at, 1);
}

int sdr_cache_encode(const struct sdr_key *key, const struct sdr_table *table, uint8_t **ret_data,
		     size_t *ret_len)
{
	uint8_t *data = malloc(CACHE_MAX), *at;
	size_t i;

	if (!data)
		return -ENOMEM;
	at = put_head(data, key, table->count);
	for (i = 0; i < table->count; i++)
		at = put_slot(at, &table->sensors[i]);
	at = put(at, crc32_of(data, (size_t)(at - data)), CRC_LEN);
	*ret_data = data;
	*ret_len = (size_t)(at - data);
	return 0;
}

static int get_sensor(const uint8_t **at, const uint8_t *end, struct sdr_table *table)
{
	struct sdr_sensor sensor;
	char name[SDR_NAME_MAX];
	uint8_t own_len;
	size_t name_len;
	int r;

	if (end - *at < SLOT_LEN)
		return -EBADMSG;
	name_len = get_slot(*at, &sensor);
	*at += SLOT_LEN;
	if (name_len >= sizeof(name) || (size_t)(end - *at) < name_len)
		return -EBADMSG;
	memcpy(name, *at, name_len);
	name[name_len] = '\0';
	*at += name_len;
	own_len = sensor.own_len;
	sdr_sensor_set_name(&sensor, name);
	sensor.own_len = (uint8_t)min_i64(own_len, sensor.own_len);
	r = sdr_table_add(table, &sensor);
	return r == -ENOMEM ? r : (r < 0 ? -EBADMSG : 0);
}

static bool is_sealed(const uint8_t *data, size_t len)
{
	const uint8_t *crc;

	if (len < HEAD_LEN + CRC_LEN || len > CACHE_MAX || memcmp(data, MAGIC, MAGIC_LEN) != 0 ||
	    data[MAGIC_LEN] != VERSION)
		return false;
	crc = data + len - CRC_LEN;
	return get(&crc, CRC_LEN) == crc32_of(data, len - CRC_LEN);
}

int sdr_cache_decode(const uint8_t *data, size_t len, struct sdr_key *ret_key,
		     struct sdr_table *ret_table)
{
	SCOPED(sdr_table_done) struct sdr_table table = { 0 };
	const uint8_t *at, *end;
	struct sdr_key key = { 0 };
	size_t count;
	int r;

	if (!is_sealed(data, len))
		return -EBADMSG;
	at = data + HEAD_LEN;
	end = data + len - CRC_LEN;
	for (count = get_head(data, &key); count > 0; count--) {
		r = get_sensor(&at, end, &table);
		if (r < 0)
			return r;
	}
	if (at != end)
		return -EBADMSG;
	*ret_key = key;
	*ret_table = table;
	table = (struct sdr_table){ 0 };
	return 0;
}

static int cache_path(const char *dir, char *path)
{
	int n = snprintf(path, FS_PATH_MAX, "%s" CACHE_NAME, dir);

	return n < 0 || n >= FS_PATH_MAX ? -ENAMETOOLONG : 0;
}

int sdr_cache_load(const char *dir, struct sdr_key *ret_key, struct sdr_table *ret_table)
{
	SCOPED(free_ptr) char *data = malloc(CACHE_MAX + 1);
	ssize_t n;

	if (!data)
		return -ENOMEM;
	n = fs_read(dir, CACHE_NAME, data, CACHE_MAX + 1);
	if (n < 0)
		return (int)n;
	return sdr_cache_decode((const uint8_t *)data, (size_t)n, ret_key, ret_table);
}

int sdr_cache_store(const char *dir, const struct sdr_key *key, const struct sdr_table *table)
{
	SCOPED(free_ptr) uint8_t *data = NULL;
	char path[FS_PATH_MAX];
	size_t len = 0;
	int r;

	r = cache_path(dir, path);
	if (r < 0)
		return r;
	r = sdr_cache_encode(key, table, &data, &len);
	if (r < 0)
		return r;
	return fs_replace(path, data, len, 0600);
}
