/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OpenIPMI's os_handler on sd-event: fds, timers, clocks, log. One thread.
 */
#pragma once

#include <OpenIPMI/os_handler.h>
#include <systemd/sd-event.h>

#include "base/util.h"

/* What the library has to say, a line without newline, syslog level. */
typedef void loop_log_fn(int level, const char *text);

/* Starts the library (it is process-global: one loop at a time). 0 or -errno. */
MUST_CHECK int loop_new(sd_event *event, loop_log_fn *log, os_handler_t **ret);
/* After all links are closed. Shuts the library down. NULL is fine. */
void loop_free(os_handler_t *loop);
