/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ipmi driver's counters in sysfs: free for the BMC, no message is sent. Never device/bmc/…:
 * those files send Get Device ID and block without a deadline
 * (drivers/char/ipmi/ipmi_msghandler.c, __get_device_id()).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/util.h"

enum driver_counter {
	DRIVER_COMPLETE_TRANSACTIONS, /* si; ssif: received_messages */
	DRIVER_HOSED,		      /* si: hosed_count; ssif: hosed */
	DRIVER_USERS,		      /* nr_users, Linux 5.19 */
	DRIVER_MESSAGES,	      /* nr_msgs, Linux 5.19 */
	DRIVER_SHORT_TIMEOUTS,	      /* si */
	DRIVER_LONG_TIMEOUTS,	      /* si */
	DRIVER_ATTENTIONS,	      /* si: Get Message Flags by the driver, each a transaction */
	DRIVER_EVENTS,		      /* si: events read, each a transaction */
	DRIVER_INCOMING,	      /* si: bridged messages read, each a transaction */
	DRIVER_PRETIMEOUTS,	      /* si: flags cleared after one, each a transaction */
	DRIVER_SEND_ERRORS,	      /* ssif */
	DRIVER_RECEIVE_ERRORS,	      /* ssif */
	DRIVER_COUNTER_MAX,
};

struct driver_counters {
	bool has[DRIVER_COUNTER_MAX];
	uint32_t value[DRIVER_COUNTER_MAX]; /* free running, wraps */
	bool has_maintenance;
	unsigned maintenance; /* 0 none, 1 firmware, 2 reset; Linux 6.18 */
	char type[16];	      /* "kcs", "bt", "smic", "ssif"; "" unknown */
};

/* Of interface `number` under `sysroot`. 0, with whatever files there are; -ENOENT: no such
 * interface. Nonsense in a file counts as absent. */
MUST_CHECK int driver_counters_read(const char *sysroot, unsigned number,
				    struct driver_counters *ret);
/* Between a command's sending and its answer: was that answer the driver's own? */
bool driver_gave_up(const struct driver_counters *sent, const struct driver_counters *answered);
/* Of others, served by the controller between a command's sending and now, before it: so it had to
 * wait for them. Messages that wait in the driver and are not served are no load: a program may
 * have forgotten its answers, which recent kernels count (nr_msgs). Where no transactions are
 * counted, those that waited when it was sent. `has_answer`: that command's own is among them. */
uint32_t driver_others_served(const struct driver_counters *sent, const struct driver_counters *now,
			      bool has_answer);
const char *driver_counter_name(enum driver_counter counter);
