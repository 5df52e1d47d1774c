/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is the controller wearing out? Latencies and time-outs of one target, over weeks: epochs between
 * its restarts, a ramp inside an epoch ("leak-like"), teeth of a sawtooth, time to failure.
 *
 * Pure: no clock, no I/O, no log, no allocation after trend_new(). The state is integers, so that
 * it can be saved and loaded between any two samples without a difference in what follows.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/util.h"

#define TREND_BYTES_MAX	       65536 /* of a target with latencies */
#define TREND_BYTES_REMOTE_MAX 4096  /* of one that has only time-outs */
#define TREND_EVENTS_MAX       32    /* of one trend_feed() */

enum trend_probe { TREND_CHEAP, TREND_COSTLY, TREND_PROBES };

enum trend_status {
	TREND_OK,
	TREND_TIMEOUT,
	TREND_ERROR, /* the BMC is absent, said no, or the bus failed */
	TREND_STATUS_MAX,
};

/* Signs that the controller has restarted; bits of trend_sample.evidence are 1 << these. Their
 * table, trend_evidence_info(), says where each comes from and whether it is proof. */
enum trend_evidence {
	TREND_TOLD, /* bit 0: what a recording says without a source */
	TREND_DEVICE_UNAVAILABLE,
	TREND_INITIALISING,
	TREND_UPDATING,
	TREND_SEL_CLOCK_UNSET,
	TREND_SEL_CLOCK_JUMP,
	TREND_SEL_RESERVATION_LOST,
	TREND_SDR_RESERVATION_LOST,
	TREND_GLOBAL_ENABLES_RESET,
	TREND_WATCHDOG_RESET,
	TREND_FIRMWARE_CHANGED,
	TREND_KERNEL_SAW_RESET,
	TREND_DRIVER_MAINTENANCE,
	TREND_SESSION_LOST,
	TREND_RESET_LOGGED,
	TREND_EVIDENCE_MAX,
};

struct trend_evidence_info {
	const char *name;   /* "device-available" */
	const char *source; /* where it is read, for people */
	bool is_proof;	    /* alone starts an epoch; the others are only told */
	uint8_t sure;	    /* per cent */
};
const struct trend_evidence_info *trend_evidence_info(enum trend_evidence evidence);

struct trend_sample { /* one command, submitted at `mono` */
	mono_us mono; /* CLOCK_BOOTTIME of that boot */
	wall_us wall;
	uint32_t boot_id; /* changes when the host has restarted */
	enum trend_probe probe;
	enum trend_status status;
	uint32_t latency_us; /* from submit to reply; TREND_OK only */
	bool is_contended;   /* it had to wait for others' commands: the latency is not the BMC's */
	bool has_others;     /* another process holds the device */
	uint32_t evidence;   /* bits */
	/* What not every recording has; -1: not known. */
	int32_t sel_entries;
	int32_t foreign_per_hour; /* transactions of others */
	int64_t firmware;	  /* any number that changes when the firmware does */
};

enum trend_channel {
	TREND_LEVEL,	/* q20 of latency: all commands are slower */
	TREND_TAIL,	/* q90 of latency: a growing share of commands stalls */
	TREND_TIMEOUTS, /* rate of isolated time-outs */
	TREND_CHANNELS,
};

enum trend_kind {
	TREND_SUSPECTED,  /* a ramp by the softer limits: no alarm */
	TREND_CONFIRMED,  /* leak-like */
	TREND_RETURNED,	  /* confirmed earlier because the same tooth has been seen before */
	TREND_CLEARED,	  /* the ramp has gone without a restart */
	TREND_RESET,	  /* the controller has restarted */
	TREND_CURED,	  /* ... and the ramp with it */
	TREND_NOT_CURED,  /* ... but the level stayed: not a volatile leak */
	TREND_CONTENTION, /* time-outs have a period, or another process is there all the time */
	TREND_OUTAGE,	  /* no answer at all for OUTAGE_TOLD_US */
	TREND_IMMINENT,	  /* the last tenth of a life, by earlier failures, or one in ten is lost */
	TREND_KIND_MAX,
};

enum trend_reset { /* how a restart is known */
		   TREND_RESET_NONE,
		   TREND_RESET_CODES, /* absent for minutes: no epoch begins */
		   TREND_RESET_DROP,  /* an outage, and faster after it than before */
		   TREND_RESET_WARM,  /* an outage, and slower just after it than later */
		   TREND_RESET_PROOF, /* said so */
		   TREND_RESET_MAX,
};

struct trend_event {
	mono_us mono; /* of the sample that brought it */
	wall_us wall;
	int64_t uptime_s;  /* of the controller; the evidence is of its restart */
	double rise;	   /* factor over the window; of time-outs per day to per day */
	double rise_since; /* the restart; 0: nobody knows */
	/* From `mono` on; if has_ttf. Nine of ten made-up controllers failed within the range. */
	double ttf_s, ttf_low_s, ttf_high_s;
	enum trend_kind kind;
	enum trend_channel channel;
	enum trend_reset reset;
	uint32_t window_h; /* of the ramp; 0: none */
	uint32_t period_s; /* of contention; 0: another process */
	uint32_t evidence; /* bits: what the restart is known by */
	uint8_t sure;	   /* per cent */
	uint8_t teeth;	   /* earlier ramps that are gone, by a restart or of themselves */
	bool has_ttf;
};

const char *trend_kind_name(enum trend_kind kind);
const char *trend_channel_name(enum trend_channel channel);
const char *trend_reset_name(enum trend_reset reset);

struct trend;

/* All memory at once. NULL: no memory. */
struct trend *trend_new(bool has_latency);
void trend_free(struct trend *t);

/* How many events it brought; what is over `max` is lost (TREND_EVENTS_MAX is enough). Samples
 * come in the order of time; one that is older than its predecessor counts as of the same moment.
 */
size_t trend_feed(struct trend *t, const struct trend_sample *sample, struct trend_event *events,
		  size_t max);

struct trend_summary {
	bool is_known; /* a restart was seen, and so: */
	int64_t uptime_s;
	enum trend_reset reset;
	uint32_t evidence;
	uint8_t sure;
	bool is_suspected, is_confirmed, is_contended;
	enum trend_channel channel;
	uint8_t teeth;
};
struct trend_summary trend_summary(const struct trend *t);

/* The state as bytes, the same on every machine. Bytes written; -ENOSPC: `max` is too small
 * (TREND_BYTES_MAX is enough). */
MUST_CHECK ssize_t trend_save(const struct trend *t, uint8_t *bytes, size_t max);
/* 0; -EBADMSG: no such state, damaged, or of the other kind; then `t` is as new. */
MUST_CHECK int trend_load(struct trend *t, const uint8_t *bytes, size_t len);
