/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OpenIPMI's os_handler on sd-event: fds, timers, clocks, log. One thread.
 */
#pragma once

#include <OpenIPMI/os_handler.h>
#include <systemd/sd-event.h>

#include "base/util.h"

/* Starts the library (it is process-global: one loop at a time). 0 or -errno. */
MUST_CHECK int loop_new(sd_event *event, os_handler_t **ret);
/* Runs the loop until closing connections have finished, then shuts the library down. */
void loop_free(os_handler_t *loop);
