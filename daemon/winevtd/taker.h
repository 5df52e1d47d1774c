/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From an event that a decoder found to one that waits for the daemon: is it of a host that is
 * wanted from this input, was it here before, are there too many.
 *
 * An event is known again by computer, channel, record id and second: the same by whichever way it
 * comes. Without a record id by all that is known of it.
 */
#pragma once

#include "base/clock.h"
#include "winevt/record.h"
#include "winevtd/options.h"
#include "winevtd/state.h"

#define TAKER_CAPS 8192 /* hosts and minutes that are counted at a time */

struct taker_caps { /* of all inputs together; who has no place is not held back */
	struct {
		uint64_t key;
		uint32_t count;
	} slots[TAKER_CAPS];
};

enum taker_unfit { /* why the daemon would not take an event */
		   TAKER_NO_NAME,
		   TAKER_MISNAMED,
		   TAKER_FUTURE,
		   TAKER_IMPOSSIBLE,
		   TAKER_UNFIT_KINDS,
};

struct taker_counts {
	uint64_t taken, repeated, others /* of hosts not wanted from here */, capped;
	uint64_t unfit[TAKER_UNFIT_KINDS];
};

struct taker {		     /* of one input */
	struct state *state; /* borrowed, as all pointers here */
	struct taker_caps *caps;
	const struct input_settings *settings; /* NULL: all hosts, no cap */
	const char *host;		       /* not NULL: the events are of that one */
	struct taker_counts counts;
	int error; /* of the state; then nothing is taken any more */
};

/* What is looked for: IPMIDRV, and what the configuration adds. */
#define TAKER_PAIRS (WINEVENT_ROWS_MAX + 1)
struct winevt_wanted taker_wanted(const struct winevents *more,
				  struct winevt_pair pairs[TAKER_PAIRS]);

winevt_record_fn taker_take; /* user: struct taker */

/* For people. */
const char *taker_unfit_text(enum taker_unfit why);
/* Would the daemon take it for a computer's name? */
bool taker_is_host(const char *name);

/* Of what makes an event the same. */
uint64_t taker_hash(const struct winevt_record *record, uint64_t seed);
