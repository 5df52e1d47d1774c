/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One MESSAGE_ID per kind of event, stable for ever. conf/bmchealthd.catalog has a paragraph for
 * each; tests/lint checks that, and that no id is used twice.
 */
#pragma once

#include "model/finding.h"

enum message {
	MESSAGE_STARTED,
	MESSAGE_STOPPED,
	MESSAGE_CONFIG_RELOADED,
	MESSAGE_CONFIG_REJECTED,
	MESSAGE_STORE_DEGRADED,
	MESSAGE_STORE_RECOVERED,
	MESSAGE_STORE_REPLACED, /* damaged or deleted: a new file was begun */
	MESSAGE_DEVICE_RELEASED,
	MESSAGE_DEVICE_TAKEN,
	MESSAGE_DEVICE_NEEDS_RESTART, /* the service's device filter is older than the driver */
	MESSAGE_KEPT_QUIET,	      /* somebody else had the turn, commands were left out */
	MESSAGE_QUIET_TOO_LONG,
	MESSAGE_IDENTITY_CHANGED,
	MESSAGE_PROBE_FAILED,
	MESSAGE_SUPPRESSED,	 /* the cap on lines per hour held some back */
	MESSAGE_TREND_RELEARNED, /* its state could not be taken; the samples were judged again */
	MESSAGE_NOTED,		 /* an operator has said what he did */
	MESSAGE_PACE_CHANGED,
	MESSAGE_HOSTS_FULL, /* more Windows hosts than there is room for */
	MESSAGE_FINDING_CLOSED,
	MESSAGE_FINDING_FIRST, /* + enum finding_kind: opened or changed */
	MESSAGE_MAX = MESSAGE_FINDING_FIRST + FINDING_KIND_MAX,
};

struct message_info {
	const char *name; /* "timeouts-frequent" */
	const char *id;	  /* 32 hex digits */
};

const struct message_info *message_info(enum message message);
static inline enum message message_of_finding(enum finding_kind kind)
{
	return (enum message)(MESSAGE_FINDING_FIRST + (int)kind);
}
