/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From observations to what a trend is fed with: which commands are its samples, who else was
 * asking meanwhile, how full the event log was, and what tells of a restart of the controller.
 *
 * Pure: no clock, no I/O, no allocation.
 */
#pragma once

#include "model/observation.h"
#include "model/trend.h"

struct sampler_clock { /* the event log's */
	bool is_known;
	int64_t seconds;
	mono_us at;
};

struct sampler_firmware {
	int64_t told, candidate; /* -1: not known */
	uint32_t seen;		 /* the candidate, in a row */
};

struct sampler { /* of one target */
	bool is_remote;
	uint32_t evidence; /* bits, since the last sample */
	struct sampler_clock clock;
	struct sampler_firmware firmware;
	int64_t enables, watchdog, entries; /* -1: not known */
	int64_t foreign, users, messages;   /* the same */
	mono_us foreign_at, costly_at;
	mono_us alone_at; /* the last answer that did not have to wait for others */
	bool has_alone;
	bool has_costly; /* one since the last cheap one; costly_at holds */
};

struct sampler sampler_make(bool is_remote);

/* True: it is a sample, *ret but for its boot_id, which is the caller's. Observations of before
 * this boot of the host have a negative `mono`: what a driver sets anew at each boot is not
 * compared with them. */
bool sampler_take(struct sampler *s, const struct observation *obs, struct trend_sample *ret);
/* Somebody says that the controller was reset: evidence of the next sample. */
void sampler_note_reset(struct sampler *s);
/* What was learnt so far is the past: it proves nothing of the next sample. */
void sampler_settle(struct sampler *s);
