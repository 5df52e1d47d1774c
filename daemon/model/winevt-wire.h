/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes over RUN_DIR/winevt.sock between the unprivileged reader of Windows event logs and the
 * daemon: records of one size, one a packet, in the machine's own byte order, each with a version.
 * A record is input: it is checked whole before any of it is used.
 *
 * So that no event is lost and none is counted twice, whichever side ends when: a source numbers
 * its events, upwards and for good; the daemon keeps with them the last number it took, answers a
 * hello with it, and passes over what is not above it. A source keeps events until the daemon says,
 * asked by a mark, that it has them on disk. Source 0 and number 0 are of those who do not.
 *
 * offset size
 *      0    4  magic 0x424d5745
 *      4    2  version 1
 *      6    2  kind: 0 hello, 1 event, 2 backfill begins, 3 backfill ends, 4 mark, 5 taken
 *      8    4  event id
 *     12    4  qualifiers, -1: the source does not say; signed
 *     16    4  level, -1: the same; 1 critical to 5 verbose
 *     20    4  flags: 1 the record id is known; the rest 0
 *     24    8  record id
 *     32    8  time, seconds since 1970, UTC
 *     40    4  nanoseconds of it
 *     44    4  0
 *     48  256  computer name, printable ASCII, NUL-terminated
 *    304   64  provider, the same
 *    368    8  number; of 4 any, of 5 the last number that was taken
 *    376    8  source, of 0 only
 * Of kinds other than 1 all else after the kind is 0. Only 5 comes from the daemon.
 */
#pragma once

#include <stdbool.h>

#include "base/clock.h"
#include "base/util.h"
#include "model/winevent.h"

#define WINEVT_WIRE_VERSION 1
#define WINEVT_WIRE_SIZE    384
#define WINEVT_HOST_MAX	    256

enum winevt_message_kind {
	WINEVT_HELLO,
	WINEVT_EVENT,
	WINEVT_BACKFILL_BEGINS, /* what comes now is history: learnt, and judged at its end */
	WINEVT_BACKFILL_ENDS,
	WINEVT_MARK,  /* store what came, then say WINEVT_TAKEN */
	WINEVT_TAKEN, /* the daemon: events up to that number are here to stay */
	WINEVT_MESSAGE_MAX,
};

struct winevt_message {
	enum winevt_message_kind kind;
	uint32_t event_id;
	int32_t qualifiers, level; /* -1: not known */
	bool has_record_id;
	uint64_t record_id;
	wall_us time;	 /* of the event, to the microsecond */
	uint64_t number; /* EVENT, MARK, TAKEN; 0: it has none */
	uint64_t source; /* HELLO; 0: its events have no numbers */
	char host[WINEVT_HOST_MAX];
	char provider[WINEVENT_PROVIDER_MAX];
};

/* `data` has WINEVT_WIRE_SIZE bytes. */
void winevt_wire_encode(const struct winevt_message *message, void *data);
/* 0; -EMSGSIZE: not one record; -EPROTO: another version; -EBADMSG: impossible. */
MUST_CHECK int winevt_wire_decode(const void *data, size_t len, struct winevt_message *ret);
