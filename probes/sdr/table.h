/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sensors one controller has: bounded, each under a name of its own, and remembering across
 * a re-reading of the repository what was learned about each.
 */
#pragma once

#include "probes/sdr/record.h"

#define SDR_SENSORS_MAX 1024

/* A sensor that left the repository counts as missing for so many checks of it: a week at one
 * every 6 hours. Then somebody took the hardware out. */
#define SDR_GONE_CHECKS_MAX 28

struct sdr_table {
	struct sdr_sensor *sensors; /* owned */
	size_t count, room;
};

void sdr_table_done(struct sdr_table *table);

/* 0; -EEXIST: its LUN and number are taken; -ENOSPC: SDR_SENSORS_MAX are there; -ENOMEM. */
MUST_CHECK int sdr_table_add(struct sdr_table *table, const struct sdr_sensor *sensor);

struct sdr_sensor *sdr_table_find(const struct sdr_table *table, uint8_t lun, uint8_t number);

/* Sensors that share a name get their number added: "Temp (0x0e)". Names are labels of series
 * elsewhere; two of one name would be mixed up. */
void sdr_table_make_names_unique(struct sdr_table *table);

/* What `old` had learned goes over to `fresh`, the same controller's repository read again.
 * Sensors that had a reading and are not in it any more stay, as gone. 0 or -ENOMEM. */
MUST_CHECK int sdr_table_inherit(struct sdr_table *fresh, const struct sdr_table *old);

/* The repository was checked: those gone for too long are forgotten. Was anything changed? */
bool sdr_table_age_gone(struct sdr_table *table);

struct sdr_missing {
	int64_t missing, total;
};
/* Gone, or without a reading although they had one when first asked. */
struct sdr_missing sdr_table_missing(const struct sdr_table *table);
