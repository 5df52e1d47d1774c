/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthd-winevt: inputs are read in turn, what they bring is committed, then sent.
 */
#pragma once

#include "winevtd/options.h"

struct helper_settings { /* borrowed */
	const struct reader_settings *reader;
	const char *run_dir;   /* the daemon's */
	const char *own_dir;   /* for the socket of imports; made if missing; one reader each */
	const char *state_dir; /* made if missing */
};

/* Until SIGTERM or SIGINT. 0 or -errno. */
MUST_CHECK int helper_run(const struct helper_settings *settings);
