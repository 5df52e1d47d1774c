/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthd-openers: looks, listens, tells the daemon. It has rights the daemon has not (to see
 * other processes' open files) and lacks those the daemon has (to send a command).
 */
#pragma once

#include "openers/device.h"

struct helper_settings { /* borrowed */
	const char *run_dir, *root, *proc;
	struct device_list devices; /* fixed ones, for tests; none: look into sysfs */
	bool is_quiet;		    /* look only, no fanotify */
};

/* Until SIGTERM or SIGINT. 0 or -errno. */
MUST_CHECK int helper_run(const struct helper_settings *settings);
