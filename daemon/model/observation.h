/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One fact about one controller at one moment, from a local BMC or from a remote Windows host.
 * Plain data: no pointers owned, copied by value.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "model/target.h"

/* What became of a command. By behaviour, never by kernel version: ipmi/taxonomy.c has the table
 * that maps completion codes and errnos to these. */
enum obs_status {
	OBS_OK,		     /* answered within the soft deadline */
	OBS_SLOW,	     /* answered between the soft and the hard deadline */
	OBS_LATE,	     /* answered after the hard one; its OBS_TIMEOUT came before */
	OBS_TIMEOUT,	     /* the 1004 equivalent */
	OBS_BUSY,	     /* says it is busy, resetting or in firmware update */
	OBS_BAD_REPLY,	     /* short, for another command, impossible */
	OBS_COMPLETION_CODE, /* answered with an error nobody expected */
	OBS_INTERFACE_LOST,  /* no device, or it went away */
	OBS_DRIVER_STUCK,    /* 90 s without a word: the driver itself hangs */
	OBS_SKIPPED,	     /* budget spent or backing off: says nothing about the BMC */
	OBS_STATUS_MAX,
};

/* What an observation is about. METRIC_COMMAND comes from the engine, once per command; all
 * others from probes, with status OBS_OK and a value. */
enum obs_metric {
	METRIC_COMMAND,		 /* status and took_us; value: others' messages that were served
				    before it after it was sent, so that it had to wait for them */
	METRIC_DEVICE_AVAILABLE, /* 1: operates; 0: firmware update or self-init, IPMI 2.0 §20.1 */
	METRIC_SELF_TEST,	 /* result byte << 8 | detail byte, IPMI 2.0 §20.4 */
	METRIC_IDENTITY,	 /* obs.identity */
	METRIC_SENSOR,		 /* detail: its name; value: thousandths of its unit */
	METRIC_SENSORS_MISSING,	 /* value: sensors without reading that used to have one;
				    total: all sensors known */
	METRIC_FOREIGN_PER_HOUR, /* commands of other programs; total: transactions an hour of the
				    driver's own making (flags, events), not among them */
	METRIC_DRIVER_USERS,	 /* open users of the interface, ours included */
	METRIC_DRIVER_MESSAGES,	 /* messages of all users waiting for an answer */
	METRIC_DRIVER_HOSED,	 /* rise of hosed_count since the last observation */
	METRIC_DRIVER_MAINTENANCE, /* 0 none, 1 firmware update, 2 reset */
	METRIC_SEL_CLOCK,	   /* the event log's clock, in seconds; IPMI 2.0 §31.10 */
	METRIC_SEL_ENTRIES,	   /* total: bytes free for more */
	METRIC_WATCHDOG,	   /* use, actions << 8, initial countdown << 16; 0: never set */
	METRIC_GLOBAL_ENABLES,	   /* IPMI 2.0 §22.2 */
	METRIC_DRIVER_CPU,	   /* of the driver's thread, thousandths of a processor */
	METRIC_KERNEL_SAW_RESET,   /* how often it has said so since the last observation */
	METRIC_MAX,
};

/* obs.flags of METRIC_SENSOR */
#define SENSOR_FLAG_UNAVAILABLE 0x8000u /* no reading; value is meaningless */
#define SENSOR_FLAG_DISCRETE	0x4000u /* value is the state bits, not thousandths */
#define SENSOR_FLAG_THRESHOLDS	0x003fu /* §35.14 byte 4: LNC LC LNR UNC UC UNR from bit 0 */

#define SENSOR_FLAG_LNC 0x0001u
#define SENSOR_FLAG_UNC 0x0008u
#define SENSOR_LIMITS	6

struct sensor_facts {	    /* of one sensor; the engine's readings keep a copy */
	const char *unit;   /* "degrees C"; static string */
	uint16_t record_id; /* in the repository, as FreeIPMI numbers sensors */
	uint8_t lun, number;
	uint8_t type;	    /* IPMI 2.0 table 42-3 */
	uint8_t own_len;    /* of its name; the rest was added to make it unique */
	uint8_t raw;	    /* the reply's first byte, whatever it means */
	bool is_nonlinear;  /* its formula would have to be asked for at each reading: no value */
	uint8_t limit_mask; /* bits as SENSOR_FLAG_THRESHOLDS */
	int64_t limits[SENSOR_LIMITS]; /* thousandths, as its record has them */
};

struct observation {
	const char *source; /* static string: the probe's name */
	const char *detail; /* command label or sensor name; valid during the call; may be NULL */
	const struct bmc_identity *identity; /* METRIC_IDENTITY only; valid during the call */
	const struct sensor_facts *sensor;   /* METRIC_SENSOR only; likewise; may be NULL */
	uint32_t target;
	enum obs_metric metric;
	enum obs_status status;
	uint16_t flags;
	uint8_t netfn, cmd;
	uint8_t cc; /* completion code as received, also when tolerated */
	int error;  /* -errno when a send or an open failed, else 0 */
	mono_us mono;
	wall_us wall;
	int64_t took_us; /* submit to reply; until now for a time-out */
	int64_t value, total;
};

/* Why there is no way to a controller, where the errno's own words would mislead. */
#define OBS_ERROR_ADDRESS  (-EDESTADDRREQ)
#define OBS_ERROR_PASSWORD (-ENOKEY)
#define OBS_ERROR_SESSION  (-EKEYREJECTED)
const char *obs_error_text(int error); /* of a -errno, those three included */

const char *obs_status_name(enum obs_status status); /* "timeout"; for journal, store, .scn */
MUST_CHECK int obs_status_parse(const char *name, enum obs_status *ret);
const char *obs_metric_name(enum obs_metric metric);
MUST_CHECK int obs_metric_parse(const char *name, enum obs_metric *ret);

/* Others were waiting for the controller when it was sent: the time it took says less of it. */
static inline bool obs_is_contended(const struct observation *obs)
{
	return obs->metric == METRIC_COMMAND && obs->value > 0;
}

/* Did the controller (or, for OBS_LATE, did it after all) say something? */
static inline bool obs_is_answer(enum obs_status status)
{
	return status == OBS_OK || status == OBS_SLOW || status == OBS_LATE || status == OBS_BUSY ||
	       status == OBS_BAD_REPLY || status == OBS_COMPLETION_CODE;
}
