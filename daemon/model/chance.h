/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How likely chance alone would have it.
 */
#pragma once

#include <stdint.h>

/* Of `trials` with success probability `p`, `hits` or more; 1 for nonsense. */
double chance_of(uint32_t trials, uint32_t hits, double p);
/* The same when they come in bunches, `per_bunch` (1 or more) at a time: as many bunches. */
double chance_of_bunches(uint32_t trials, uint32_t hits, double p, double per_bunch);
