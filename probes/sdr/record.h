/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One record of the SDR repository (IPMI 2.0 §43) to the sensors it describes. The bytes come
 * from the BMC: bounded, checked, and what makes no sense is left out.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/util.h"

#define SDR_HEADER_LEN	   5
#define SDR_RECORD_MAX	   (SDR_HEADER_LEN + 255)
#define SDR_NAME_MAX	   88 /* 31 Latin-1 letters as UTF-8, two suffixes, NUL */
#define SDR_SHARE_MAX	   15 /* sensors one compact record describes, §43.2 byte 24 */
#define SDR_LABEL	   "Get Sensor Reading "
#define SDR_LABEL_LEN	   (sizeof(SDR_LABEL) - 1)
#define SDR_BMC_ADDRESS	   0x20
#define SDR_LIMITS	   6
#define SDR_LINEAR_MAX	   12	/* the first linearization that has no formula */
#define SDR_THRESHOLD_TYPE 0x01 /* event/reading type code, table 42-1 */

enum sdr_format { /* of the reading, §43.1 byte 21 */
		  SDR_FORMAT_UNSIGNED,
		  SDR_FORMAT_ONES_COMPLEMENT,
		  SDR_FORMAT_TWOS_COMPLEMENT,
		  SDR_FORMAT_NONE, /* the sensor has no number, only states */
};

enum sdr_baseline { /* had it a reading when we first asked? */
		    SDR_BASELINE_UNKNOWN,
		    SDR_BASELINE_READING,
		    SDR_BASELINE_NOTHING,
		    SDR_BASELINE_MAX,
};

struct sdr_sensor {	 /* ordered so that no byte is lost */
	int64_t took_us; /* latency of its last answer; of this process only */
	/* From the record. */
	enum sdr_format format;
	/* Learned, and kept across restarts. */
	enum sdr_baseline baseline;
	uint16_t gone_checks; /* 0: in the repository; else for how many checks it has not been */
	/* From the record. */
	uint16_t record_id;
	int16_t m, b;		    /* 10 bits, signed */
	uint8_t own_len;	    /* of its name, without what was added to make that unique */
	uint8_t limit_mask;	    /* which limits it has; bits as SENSOR_FLAG_THRESHOLDS */
	uint8_t limits[SDR_LIMITS]; /* raw, by those bits */
	uint8_t lun, number;
	uint8_t type;				    /* table 42-3: 1 temperature, 2 voltage … */
	uint8_t reading_type;			    /* SDR_THRESHOLD_TYPE, or a kind of states */
	uint8_t base_unit, modifier_unit, modifier; /* table 43-15 */
	bool is_percentage;
	uint8_t linearization;
	int8_t result_exp, b_exp;		  /* 4 bits, signed */
	char label[SDR_LABEL_LEN + SDR_NAME_MAX]; /* SDR_LABEL, then its name in UTF-8 */
	bool has_answered, has_reading;		  /* the last time it was asked */
};

enum sdr_kind {
	SDR_KIND_SENSOR,      /* *ret_count sensors were set */
	SDR_KIND_OTHER_OWNER, /* a sensor of another controller or of system software */
	SDR_KIND_OTHER,	      /* event-only, device locators, OEM … */
	SDR_KIND_BROKEN,      /* too short for its type, or beside itself */
};

/* A whole record, header included. `sensors` has room for SDR_SHARE_MAX; *ret_count is always
 * set, to 0 for all but SDR_KIND_SENSOR. */
enum sdr_kind sdr_record_parse(const uint8_t *record, size_t len, struct sdr_sensor *sensors,
			       size_t *ret_count);

/* What the header says the whole record's length is. `header` has SDR_HEADER_LEN bytes. */
static inline size_t sdr_record_len(const uint8_t *header)
{
	return SDR_HEADER_LEN + (size_t)header[4];
}

static inline const char *sdr_sensor_name(const struct sdr_sensor *sensor)
{
	return sensor->label + SDR_LABEL_LEN;
}

/* Cut at SDR_NAME_MAX - 1 bytes, between letters; blanks at its end are dropped, control characters
 * become '?', an empty name becomes "sensor 0x2a". */
void sdr_sensor_set_name(struct sdr_sensor *sensor, const char *name);

/* A type/length byte and what follows it (§43.15) as UTF-8. Length of `name`, which has
 * SDR_NAME_MAX bytes; 0: empty, or in an encoding nobody uses (Unicode). What runs past `len` is
 * cut. */
size_t sdr_string_decode(const uint8_t *at, size_t len, char *name);
