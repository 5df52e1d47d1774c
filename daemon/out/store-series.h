/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What repeats in every observation: whose, by which probe, of what. Kept once here and once in
 * the file; an observation is then an index and a few numbers. Also decides which observations say
 * nothing new and need not be stored.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/observation.h"

#define SERIES_MAX 4096
/* Longer names are cut. Probes have short ones, SDRs 16 bytes, IPMI 2.0 §43.1. */
#define SERIES_SOURCE_MAX 31
#define SERIES_DETAIL_MAX 64

struct series {
	uint32_t target;
	enum obs_metric metric;
	uint8_t netfn, cmd;
	char source[SERIES_SOURCE_MAX + 1];
	char detail[SERIES_DETAIL_MAX + 1]; /* "" for none */
	int64_t id;			    /* in the file; 0: not known yet */
	bool has_last;			    /* what was stored last */
	uint16_t last_flags;
	int64_t last_value, last_total;
	mono_us last;
	uint32_t next; /* in the hash chain: index + 1, 0 ends */
};

#define SERIES_BUCKETS 256

/* Zeroed memory is an empty one. A fixed size: names stay where they are for as long as it lives,
 * and what was never used costs no memory but addresses. */
struct series_table {
	struct series rows[SERIES_MAX];
	uint32_t count;
	uint32_t buckets[SERIES_BUCKETS]; /* index + 1 */
};

/* The row of this observation, added if new. Once the table is full, details are given up. -ENOSPC:
 * even so. */
MUST_CHECK int series_find(struct series_table *table, const struct observation *obs,
			   uint32_t *ret);
void series_forget_ids(struct series_table *table); /* the file is another one, or rolled back */

/* Does it say more than the last one stored? If so it is taken to be stored now. */
bool series_is_news(struct series *series, const struct observation *obs);
