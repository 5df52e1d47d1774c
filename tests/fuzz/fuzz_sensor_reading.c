/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a full record and, behind it, the reply to Get Sensor Reading of its sensor.
 */
#include "model/observation.h"
#include "probes/sdr/reading.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool is_so)
{
	if (!is_so)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sdr_sensor sensors[SDR_SHARE_MAX];
	struct sdr_reading reading;
	size_t count, at;

	if (sdr_record_parse(data, size, sensors, &count) != SDR_KIND_SENSOR)
		return 0;
	at = sdr_record_len(data);
	reading = sdr_reading_parse(&sensors[0], size > at ? data + at : NULL, size - at);
	expect(!(reading.flags & SENSOR_FLAG_UNAVAILABLE) || reading.value == 0);
	expect(!(reading.flags & SENSOR_FLAG_DISCRETE) ||
	       (reading.value >= 0 && reading.value <= 0x7fff));
	expect(sdr_unit_name(&sensors[0])[0] != '\0');
	return 0;
}
