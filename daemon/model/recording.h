/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Samples of a trend as few bytes, the way the store keeps them: pieces of some hundred samples in
 * a row, of one boot of the host, about eight bytes each. What is read is what was fed, to the
 * microsecond; only the wall clock is that of the piece's beginning, gone on.
 *
 * Pure: no clock, no I/O, no allocation.
 */
#pragma once

#include "model/trend.h"

#define RECORDING_BYTES_MAX 3500 /* a piece with its row fits into one page of the database */

struct recording { /* a piece, while it grows */
	uint32_t boot_id, count;
	mono_us mono; /* of the first sample, as `wall` */
	wall_us wall;
	uint32_t evidence; /* bits, of all samples */
	struct trend_sample last;
	size_t len;
	uint8_t bytes[RECORDING_BYTES_MAX];
};

/* False: it belongs to another piece: it is full, the host has restarted, a clock was set. */
bool recording_fits(const struct recording *r, const struct trend_sample *sample);
void recording_add(struct recording *r, const struct trend_sample *sample); /* one that fits */
void recording_clear(struct recording *r);

struct recording_reader {
	const uint8_t *bytes; /* borrowed */
	size_t len, at;
	mono_us mono;
	wall_us wall;
	struct trend_sample last;
};

/* -EBADMSG: bytes of another version, or none of ours; times that are none. */
MUST_CHECK int recording_open(struct recording_reader *r, const uint8_t *bytes, size_t len,
			      uint32_t boot_id, mono_us mono, wall_us wall);
/* False: the end, or bytes that make no sense. */
bool recording_next(struct recording_reader *r, struct trend_sample *ret);
