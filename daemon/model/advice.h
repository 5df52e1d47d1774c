/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What to do about a finding: one row per finding kind, and rows for a kind on one vendor's
 * hardware where the words differ.
 */
#pragma once

#include <stdbool.h>

#include "model/finding.h"

struct advice {
	enum finding_kind kind;
	enum vendor vendor;    /* VENDOR_UNKNOWN: everybody without a row of his own */
	const char *cause;     /* most likely causes, a sentence */
	const char *next_step; /* imperative, a sentence */
	const char *command;   /* to copy; NULL: none */
	const char *link;      /* NULL: none */
	bool is_reboot_risky;  /* "do not reboot this host now" */
};

/* IPMIDRV's registry values, as somebody reported them to have helped on IBM blades. Nothing of
 * Microsoft's that confirms names or limits is known to us. */
#define ADVICE_WINDOWS_VALUES                                                                      \
	"HKLM\\SYSTEM\\CurrentControlSet\\Control\\IPMI (reported to help: BusyWaitPeriod 60, "    \
	"and "                                                                                     \
	"BusyWaitTimeoutPeriod, IpmbWaitTimeoutPeriod, CommandWaitTimeoutPeriod 9000000, decimal)"

#define ADVICE_TEXT_MAX 640

/* The imperative sentence for this one: of its row, of the program that is to blame,
 * or after what an operator has noted; `text` has
 * ADVICE_TEXT_MAX bytes. */
const char *advice_next_step(const struct finding *finding, const struct target *target,
			     char *text);
/* Never NULL. */
const struct advice *advice_for(enum finding_kind kind, enum vendor vendor);
/* The same, for this one: what is asked over the network has no driver. */
const struct advice *advice_of(enum finding_kind kind, const struct target *target);
extern const char advice_no_reboot[]; /* the sentence for is_reboot_risky */
