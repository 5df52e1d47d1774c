/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as an SDR record.
 */
#include "probes/sdr/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool is_so)
{
	if (!is_so)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sdr_sensor sensors[SDR_SHARE_MAX];
	char name[SDR_NAME_MAX];
	enum sdr_kind kind;
	size_t count = 99, i;

	kind = sdr_record_parse(data, size, sensors, &count);
	expect(count <= SDR_SHARE_MAX && (kind == SDR_KIND_SENSOR) == (count > 0));
	for (i = 0; i < count; i++) {
		size_t len = strnlen(sdr_sensor_name(&sensors[i]), SDR_NAME_MAX);

		expect(len > 0 && len < SDR_NAME_MAX && sensors[i].number != 0xff);
		expect(sensors[i].m >= -512 && sensors[i].m <= 511 && sensors[i].b >= -512 &&
		       sensors[i].b <= 511);
		expect(sensors[i].b_exp >= -8 && sensors[i].b_exp <= 7 &&
		       sensors[i].result_exp >= -8 && sensors[i].result_exp <= 7);
	}
	expect(sdr_string_decode(data, size, name) < SDR_NAME_MAX);
	return 0;
}
