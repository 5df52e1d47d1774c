/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sensor readings: bytes to thousandths of a unit.
 */
#include "probes/sdr/reading.h"

#include <math.h>

#include "model/observation.h"

#define READING_UNAVAILABLE 0x20 /* §35.14 byte 3 */
#define READING_SCANNING    0x40
#define STATES_MASK	    0x7fff /* bit 15 is reserved and reads as 1 */
#define VALUE_MAX	    9e15   /* thousandths: exact in a double, far inside int64_t */

static double linear(double x)
{
	return x;
}

static double inverse(double x)
{
	return 1.0 / x;
}

static double square(double x)
{
	return x * x;
}

static double cube(double x)
{
	return x * x * x;
}

static double ten_to(double x)
{
	return pow(10.0, x);
}

/* §43.1 byte 24, in its order. The last is written "cube-1": the cube root to OpenIPMI and
 * ipmitool, 1/x³ to FreeIPMI. */
static double (*const linearizations[])(double) = {
	linear, log, log10, log2, exp, ten_to, exp2, inverse, square, cube, sqrt, cbrt,
};

_Static_assert(COUNT_OF(linearizations) == SDR_LINEAR_MAX, "all that have a formula");

static int signed_raw(enum sdr_format format, uint8_t raw)
{
	int x = raw;

	switch (format) {
	case SDR_FORMAT_ONES_COMPLEMENT:
		return x & 0x80 ? x - 0xff : x;
	case SDR_FORMAT_TWOS_COMPLEMENT:
		return x & 0x80 ? x - 0x100 : x;
	case SDR_FORMAT_UNSIGNED:
	case SDR_FORMAT_NONE:
		break;
	}
	return x;
}

bool sdr_convert(const struct sdr_sensor *sensor, uint8_t raw, double *ret_value)
{
	double x = signed_raw(sensor->format, raw), y;

	if (sensor->format == SDR_FORMAT_NONE || sensor->linearization >= COUNT_OF(linearizations))
		return false;
	/* §36.3: y = L[(M x + B 10^Bexp) 10^Rexp] */
	y = (sensor->m * x + sensor->b * ten_to(sensor->b_exp)) * ten_to(sensor->result_exp);
	y = linearizations[sensor->linearization](y);
	if (!isfinite(y))
		return false;
	*ret_value = y;
	return true;
}

static uint16_t state_bits(const uint8_t *data, size_t len)
{
	unsigned bits = 0;

	if (len > 2)
		bits = data[2];
	if (len > 3)
		bits |= (unsigned)data[3] << 8;
	return (uint16_t)(bits & STATES_MASK);
}

static struct sdr_reading parse_states(const struct sdr_sensor *sensor, const uint8_t *data,
				       size_t len)
{
	struct sdr_reading reading = { .value = state_bits(data, len),
				       .flags = SENSOR_FLAG_DISCRETE,
				       .raw = data[0] };

	/* Threshold-based without a formula: the comparisons are its states. */
	if (sensor->reading_type == SDR_THRESHOLD_TYPE) {
		reading.value &= SENSOR_FLAG_THRESHOLDS;
		reading.flags |= (uint16_t)reading.value;
	}
	return reading;
}

static bool to_thousandths(const struct sdr_sensor *sensor, uint8_t raw, int64_t *ret)
{
	double value;

	if (!sdr_convert(sensor, raw, &value) || fabs(value * 1000) > VALUE_MAX)
		return false;
	*ret = llround(value * 1000);
	return true;
}

uint8_t sdr_limits(const struct sdr_sensor *sensor, int64_t limits[SDR_LIMITS])
{
	uint8_t mask = 0;

	for (unsigned i = 0; i < SDR_LIMITS; i++) {
		if ((sensor->limit_mask & 1u << i) != 0 &&
		    to_thousandths(sensor, sensor->limits[i], &limits[i]))
			mask |= (uint8_t)(1u << i);
	}
	return mask;
}

static struct sdr_reading parse_value(const struct sdr_sensor *sensor, const uint8_t *data,
				      size_t len)
{
	struct sdr_reading reading = { .flags = SENSOR_FLAG_UNAVAILABLE, .raw = data[0] };

	if (!to_thousandths(sensor, data[0], &reading.value))
		return reading;
	reading.flags = state_bits(data, len) & SENSOR_FLAG_THRESHOLDS;
	return reading;
}

struct sdr_reading sdr_reading_parse(const struct sdr_sensor *sensor, const uint8_t *data,
				     size_t len)
{
	static const struct sdr_reading nothing = { .flags = SENSOR_FLAG_UNAVAILABLE };

	if (len < 2 || data[1] & READING_UNAVAILABLE || !(data[1] & READING_SCANNING))
		return nothing;
	if (sensor->reading_type != SDR_THRESHOLD_TYPE || sensor->format == SDR_FORMAT_NONE)
		return parse_states(sensor, data, len);
	return parse_value(sensor, data, len);
}

/* IPMI 2.0 table 43-15. */
static const char *const unit_names[] = {
	"unspecified",
	"degrees C",
	"degrees F",
	"degrees K",
	"Volts",
	"Amps",
	"Watts",
	"Joules",
	"Coulombs",
	"VA",
	"Nits",
	"lumen",
	"lux",
	"Candela",
	"kPa",
	"PSI",
	"Newton",
	"CFM",
	"RPM",
	"Hz",
	"microsecond",
	"millisecond",
	"second",
	"minute",
	"hour",
	"day",
	"week",
	"mil",
	"inches",
	"feet",
	"cu in",
	"cu feet",
	"mm",
	"cm",
	"m",
	"cu cm",
	"cu m",
	"liters",
	"fluid ounce",
	"radians",
	"steradians",
	"revolutions",
	"cycles",
	"gravities",
	"ounce",
	"pound",
	"ft-lb",
	"oz-in",
	"gauss",
	"gilberts",
	"henry",
	"millihenry",
	"farad",
	"microfarad",
	"ohms",
	"siemens",
	"mole",
	"becquerel",
	"PPM",
	"reserved",
	"Decibels",
	"DbA",
	"DbC",
	"gray",
	"sievert",
	"color temp deg K",
	"bit",
	"kilobit",
	"megabit",
	"gigabit",
	"byte",
	"kilobyte",
	"megabyte",
	"gigabyte",
	"word",
	"dword",
	"qword",
	"line",
	"hit",
	"miss",
	"retry",
	"reset",
	"overflow",
	"underrun",
	"collision",
	"packets",
	"messages",
	"characters",
	"error",
	"correctable error",
	"uncorrectable error",
	"fatal error",
	"grams",
};

const char *sdr_unit_name(const struct sdr_sensor *sensor)
{
	if (sensor->is_percentage)
		return "%";
	return sensor->base_unit < COUNT_OF(unit_names) ? unit_names[sensor->base_unit]
							: unit_names[0];
}
