/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a controller's SDR repository (IPMI 2.0 §33) command by command: says what to ask next
 * and takes the reply. Sends nothing itself. Whatever the replies are, it ends: after
 * SDR_COMMANDS_MAX commands at the latest, SDR_RECORDS_MAX records, SDR_SENSORS_MAX sensors.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ipmi/queue.h"
#include "probes/sdr/table.h"

#define SDR_RECORDS_MAX	 4096
#define SDR_COMMANDS_MAX 16384
#define SDR_RESERVES_MAX 64 /* other programs take the reservation away */
#define SDR_FAILURES_MAX 20 /* time-outs and the like in a row */

struct sdr_info { /* §33.9; tells whether the repository has changed */
	uint16_t records;
	uint32_t added, erased; /* timestamps: compared, never interpreted */
};

/* Get SDR Repository Info. */
void sdr_info_ask(struct ipmi_request *req);
/* false: too short. */
MUST_CHECK bool sdr_info_parse(const uint8_t *data, size_t len, struct sdr_info *ret);
bool sdr_info_equal(const struct sdr_info *a, const struct sdr_info *b);

enum sdr_progress {
	SDR_MORE,	/* ask on */
	SDR_LATER,	/* no answer; ask the same again another time */
	SDR_COMPLETE,	/* all of it */
	SDR_INCOMPLETE, /* it ended early: what there is may be used, but proves nothing absent */
};

struct sdr_reader;

/* NULL: no memory. */
struct sdr_reader *sdr_reader_new(const struct sdr_info *info);
void sdr_reader_free(struct sdr_reader *reader);

/* Sets netfn, lun, cmd, data, label, min_len and tolerated of the next command, no more. Not
 * after SDR_COMPLETE or SDR_INCOMPLETE. */
void sdr_reader_ask(const struct sdr_reader *reader, struct ipmi_request *req);
enum sdr_progress sdr_reader_answer(struct sdr_reader *reader, const struct ipmi_reply *reply);

/* The sensors found, names unique. They are the caller's now. */
struct sdr_table sdr_reader_take(struct sdr_reader *reader);
unsigned sdr_reader_other_owners(const struct sdr_reader *reader);
