/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SDR records made in memory, for the tests of probes/sdr/.
 */
#pragma once

#include <stdio.h>

#include "probes/sdr/record.h"

/* A full record of a threshold sensor, degrees C, M = 1; its length. */
static inline size_t make_full(uint8_t *record, uint16_t id, uint8_t number, const char *name)
{
	size_t n = strlen(name);

	memset(record, 0, SDR_RECORD_MAX);
	record[0] = (uint8_t)id;
	record[1] = (uint8_t)(id >> 8);
	record[2] = 0x51;
	record[3] = 0x01;
	record[4] = (uint8_t)(43 + n);
	record[5] = SDR_BMC_ADDRESS;
	record[7] = number;
	record[12] = 0x01;
	record[13] = SDR_THRESHOLD_TYPE;
	record[21] = 1;
	record[24] = 1;
	record[47] = (uint8_t)(0xc0 | n);
	memcpy(record + 48, name, n);
	return 48 + n;
}

/* A compact record of `share` sensors with states. */
static inline size_t make_compact(uint8_t *record, uint8_t number, uint8_t share, const char *name)
{
	size_t n = strlen(name);

	memset(record, 0, SDR_RECORD_MAX);
	record[2] = 0x51;
	record[3] = 0x02;
	record[4] = (uint8_t)(27 + n);
	record[5] = SDR_BMC_ADDRESS;
	record[7] = number;
	record[12] = 0x0d;
	record[13] = 0x6f;
	record[20] = 0xc0;
	record[23] = share;
	record[31] = (uint8_t)(0xc0 | n);
	memcpy(record + 32, name, n);
	return 32 + n;
}

/* A whole file of tests/fixture/sdr; its length. Run from the top of the tree, or with TOP. */
static inline size_t read_fixture(const char *file, char *data, size_t max)
{
	const char *top = getenv("TOP");
	char path[512];
	FILE *from;
	size_t n;

	(void)snprintf(path, sizeof(path), "%s/tests/fixture/sdr/%s", top ? top : ".", file);
	from = fopen(path, "rbe");
	if (!from)
		exit(99);
	n = fread(data, 1, max - 1, from);
	data[n] = '\0';
	(void)fclose(from);
	return n;
}
