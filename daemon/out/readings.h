/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each sensor said last. Fed with every observation, read by whoever shows readings: the
 * controller is not asked again for it.
 */
#pragma once

#include <stddef.h>

#include "model/observation.h"

#define READINGS_MAX	  1024 /* of one target */
#define READINGS_NAME_MAX 88
#define READINGS_KEEP_US  (2 * USEC_PER_DAY) /* unread for longer: forgotten */

enum reading_state {
	READING_NOMINAL,
	READING_WARNING,  /* beyond a non-critical limit */
	READING_CRITICAL, /* beyond a critical or non-recoverable one */
	READING_STATES,	  /* the sensor has states, not limits */
	READING_NONE,	  /* it has no reading now, or no formula */
};

struct last_reading {
	uint32_t target;
	char name[READINGS_NAME_MAX]; /* unique in its target's repository */
	struct sensor_facts facts;
	int64_t value; /* thousandths, or state bits */
	uint16_t flags;
	mono_us read;
	int64_t gap_us; /* since the time before; 0: this was the first */
};

struct readings;

/* NULL: no memory. */
struct readings *readings_new(void);
void readings_free(struct readings *readings);

/* Others than METRIC_SENSOR with facts are ignored; so is what there is no room for. */
void readings_feed(struct readings *readings, const struct observation *obs);
void readings_expire(struct readings *readings, mono_us now);
void readings_forget(struct readings *readings, uint32_t target);

/* In the order in which they were first heard of; valid until the next change. */
const struct last_reading *readings_list(const struct readings *readings, size_t *ret_count);
/* The repository was changed: another, younger reading has the same target and name. */
bool reading_is_shadowed(const struct readings *readings, size_t index);

enum reading_state reading_state(const struct last_reading *reading);
const char *reading_state_name(enum reading_state state); /* "nominal" … */
const char *reading_type_name(uint8_t type); /* "Temperature"; "OEM" beyond the standard's */
