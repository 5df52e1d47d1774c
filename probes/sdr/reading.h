/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a sensor says: the reply to Get Sensor Reading (IPMI 2.0 §35.14) and the conversion of its
 * raw byte to a value (§36.3). OpenIPMI has the same formula, but only inside its domain layer,
 * which sends dozens of commands of its own.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probes/sdr/record.h"

struct sdr_reading {
	int64_t value;	/* thousandths of the unit; the state bits of a discrete sensor */
	uint16_t flags; /* SENSOR_FLAG_… of model/observation.h */
	uint8_t raw;	/* as it came; of a discrete sensor it has no meaning, but tools show it */
};

/* The reply's data after the completion code; shorter than two bytes: unavailable. */
struct sdr_reading sdr_reading_parse(const struct sdr_sensor *sensor, const uint8_t *data,
				     size_t len);

/* false: no finite value, or the sensor has no formula (linearization 70h and above: it would
 * have to be asked for its factors at each reading). *ret_value only on true. */
MUST_CHECK bool sdr_convert(const struct sdr_sensor *sensor, uint8_t raw, double *ret_value);

/* Its limits in thousandths, by the bits of the mask that is returned; those without a value are
 * not in it. */
uint8_t sdr_limits(const struct sdr_sensor *sensor, int64_t limits[SDR_LIMITS]);

/* "degrees C", "Volts"; "%" of a percentage sensor; "unspecified" for what is not in the table. */
const char *sdr_unit_name(const struct sdr_sensor *sensor);
