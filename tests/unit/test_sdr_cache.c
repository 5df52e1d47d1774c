/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cache file: there and back, damage, limits.
 */
#include "probes/sdr/cache.c"
#include "tests/unit/tap.h"

static const struct sdr_key key = {
	.manufacturer = 0xfedcb,
	.product = 0xabcd,
	.device_id = 0x20,
	.firmware_major = 127,
	.firmware_minor_bcd = 0x99,
	.info = { .records = 0x1234, .added = 0x89abcdef, .erased = 0xffffffff },
};

static struct sdr_sensor make(unsigned i)
{
	struct sdr_sensor sensor = {
		.lun = (uint8_t)(i >> 8 & 3),
		.number = (uint8_t)i,
		.type = 2,
		.reading_type = 1,
		.format = SDR_FORMAT_TWOS_COMPLEMENT,
		.base_unit = 4,
		.modifier_unit = 20,
		.modifier = 1,
		.is_percentage = true,
		.linearization = 7,
		.m = -512,
		.b = 511,
		.result_exp = -8,
		.b_exp = 7,
		.baseline = SDR_BASELINE_READING,
		.gone_checks = (uint16_t)i,
		.record_id = 0xfffe,
		.limit_mask = 0x3f,
		.limits = { 1, 2, 3, 253, 254, 255 },
	};

	sdr_sensor_set_name(&sensor, "Käfig 1");
	sensor.own_len = 6;
	return sensor;
}

static void fill(struct sdr_table *table, unsigned count)
{
	struct sdr_sensor sensor;
	unsigned i;

	for (i = 0; i < count; i++) {
		sensor = make(i);
		if (sdr_table_add(table, &sensor) < 0)
			exit(99);
	}
}

static bool is_same(const struct sdr_sensor *a, const struct sdr_sensor *b)
{
	return a->lun == b->lun && a->number == b->number && a->type == b->type &&
	       a->reading_type == b->reading_type && a->format == b->format &&
	       a->base_unit == b->base_unit && a->modifier_unit == b->modifier_unit &&
	       a->modifier == b->modifier && a->is_percentage == b->is_percentage &&
	       a->linearization == b->linearization && a->m == b->m && a->b == b->b &&
	       a->result_exp == b->result_exp && a->b_exp == b->b_exp &&
	       a->baseline == b->baseline && a->gone_checks == b->gone_checks &&
	       a->record_id == b->record_id && a->own_len == b->own_len &&
	       a->limit_mask == b->limit_mask &&
	       memcmp(a->limits, b->limits, sizeof(a->limits)) == 0 &&
	       strcmp(a->label, b->label) == 0;
}

static void test_round_trip(unsigned count)
{
	SCOPED(sdr_table_done) struct sdr_table table = { 0 }, back = { 0 };
	SCOPED(free_ptr) uint8_t *data = NULL;
	struct sdr_key back_key = { 0 };
	bool good = true;
	size_t len = 0, i;

	fill(&table, count);
	check(sdr_cache_encode(&key, &table, &data, &len) == 0, "%u sensors are encoded", count);
	check(sdr_cache_decode(data, len, &back_key, &back) == 0 && back.count == count,
	      "and decoded");
	check(sdr_key_is_same_firmware(&key, &back_key) &&
		      sdr_info_equal(&key.info, &back_key.info),
	      "the key is the same");
	for (i = 0; i < back.count; i++)
		good &= is_same(&table.sensors[i], &back.sensors[i]);
	check(good, "every field of every sensor is");
}

static void test_longest(void)
{
	SCOPED(sdr_table_done) struct sdr_table table = { 0 }, back = { 0 };
	SCOPED(free_ptr) uint8_t *data = NULL;
	struct sdr_key back_key;
	char name[2 * SDR_NAME_MAX];
	size_t len = 0, i;

	fill(&table, SDR_SENSORS_MAX);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (i = 0; i < table.count; i++)
		sdr_sensor_set_name(&table.sensors[i], name);
	check(sdr_cache_encode(&key, &table, &data, &len) == 0 && len <= CACHE_MAX,
	      "the largest fits its limit");
	check(sdr_cache_decode(data, len, &back_key, &back) == 0, "and is read");
}

static void seal(uint8_t *data, size_t len)
{
	(void)put(data + len - CRC_LEN, crc32_of(data, len - CRC_LEN), CRC_LEN);
}

static void test_damage(void)
{
	SCOPED(sdr_table_done) struct sdr_table table = { 0 }, back = { 0 };
	SCOPED(free_ptr) uint8_t *data = NULL;
	struct sdr_key back_key = { 0 };
	unsigned accepted = 0;
	size_t len = 0, i;

	fill(&table, 3);
	check(sdr_cache_encode(&key, &table, &data, &len) == 0, "three sensors");
	for (i = 0; i < len; i++)
		accepted += sdr_cache_decode(data, i, &back_key, &back) == 0;
	check(accepted == 0, "cut anywhere, it is no cache");
	for (i = 0; i < len; i++) {
		data[i] ^= 0x10;
		accepted += sdr_cache_decode(data, len, &back_key, &back) == 0;
		data[i] ^= 0x10;
	}
	check(accepted == 0, "nor with one bit turned over anywhere");
	check(back.count == 0 && back_key.product == 0, "what was handed in is untouched");
	data[MAGIC_LEN] = VERSION + 1;
	seal(data, len);
	check(sdr_cache_decode(data, len, &back_key, &back) == -EBADMSG, "another version is none");
	data[MAGIC_LEN] = VERSION;
	data[HEAD_LEN - 2] = 4;
	seal(data, len);
	check(sdr_cache_decode(data, len, &back_key, &back) == -EBADMSG, "more sensors than bytes");
	data[HEAD_LEN - 2] = 2;
	seal(data, len);
	check(sdr_cache_decode(data, len, &back_key, &back) == -EBADMSG, "more bytes than sensors");
	data[HEAD_LEN - 2] = 3;
	data[HEAD_LEN + SLOT_LEN - 1] = SDR_NAME_MAX;
	seal(data, len);
	check(sdr_cache_decode(data, len, &back_key, &back) == -EBADMSG, "a name that is too long");
}

static void test_crc(void)
{
	check(crc32_of((const uint8_t *)"123456789", 9) == 0xcbf43926, "the usual CRC-32");
}

static void test_file(void)
{
	SCOPED(sdr_table_done) struct sdr_table table = { 0 }, back = { 0 };
	char dir[] = "/tmp/bmchealthd-cache-XXXXXX", path[FS_PATH_MAX], far[FS_PATH_MAX + 8];
	struct sdr_key back_key;

	if (!mkdtemp(dir))
		exit(99);
	(void)snprintf(path, sizeof(path), "%s/sdr.cache", dir);
	fill(&table, 5);
	check(sdr_cache_load(dir, &back_key, &back) == -ENOENT, "no file, no cache");
	check(sdr_cache_store(dir, &key, &table) == 0, "it is stored");
	check(sdr_cache_load(dir, &back_key, &back) == 0 && back.count == 5, "and loaded");
	check(fs_replace(path, "rubbish", 7, 0600) == 0 &&
		      sdr_cache_load(dir, &back_key, &back) == -EBADMSG,
	      "rubbish is no cache");
	(void)unlink(path);
	(void)rmdir(dir);
	check(sdr_cache_store(dir, &key, &table) == -ENOENT, "no folder, no file");
	memset(far, 'x', sizeof(far) - 1);
	far[sizeof(far) - 1] = '\0';
	check(sdr_cache_store(far, &key, &table) == -ENAMETOOLONG, "too long a path");
}

static void test_key(void)
{
	const struct bmc_identity identity = { .manufacturer = 0xfedcb,
					       .product = 0xabcd,
					       .device_id = 0x20,
					       .firmware_major = 127,
					       .firmware_minor_bcd = 0x99,
					       .has_guid = true };
	struct sdr_key other = { 0 };

	sdr_key_set(&other, &identity);
	check(sdr_key_is_same_firmware(&key, &other), "a key from an identity");
	other.firmware_minor_bcd++;
	check(!sdr_key_is_same_firmware(&key, &other), "other firmware is another key");
}

int main(void)
{
	test_crc();
	test_round_trip(0);
	test_round_trip(1);
	test_round_trip(300);
	test_longest();
	test_damage();
	test_file();
	test_key();
	return tap_done();
}
