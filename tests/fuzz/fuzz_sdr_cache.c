/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a cache file, as they are and with the magic and checksum put right; what is taken
 * is the same after another round.
 */
#include "probes/sdr/cache.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool is_so)
{
	if (!is_so)
		abort();
}

static void decode(const uint8_t *data, size_t size)
{
	SCOPED(sdr_table_done) struct sdr_table table = { 0 }, again = { 0 };
	SCOPED(free_ptr) uint8_t *bytes = NULL;
	struct sdr_key key, key_again;
	size_t len = 0, i;

	if (sdr_cache_decode(data, size, &key, &table) < 0)
		return;
	expect(table.count <= SDR_SENSORS_MAX);
	expect(sdr_cache_encode(&key, &table, &bytes, &len) == 0);
	expect(sdr_cache_decode(bytes, len, &key_again, &again) == 0);
	expect(again.count == table.count && sdr_info_equal(&key.info, &key_again.info));
	for (i = 0; i < table.count; i++)
		expect(strcmp(table.sensors[i].label, again.sensors[i].label) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(free_ptr) uint8_t *copy = NULL;

	decode(data, size);
	if (size < HEAD_LEN + CRC_LEN)
		return 0;
	copy = malloc(size);
	expect(copy != NULL);
	memcpy(copy, data, size);
	memcpy(copy, MAGIC, MAGIC_LEN);
	copy[MAGIC_LEN] = VERSION;
	(void)put(copy + size - CRC_LEN, crc32_of(copy, size - CRC_LEN), CRC_LEN);
	decode(copy, size);
	return 0;
}
