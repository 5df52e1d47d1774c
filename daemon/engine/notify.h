/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the service manager is told: ready, reloading, stopping, a verdict of one line. The
 * watchdog is sd-event's own: it beats as long as the loop turns, whatever the BMC does.
 */
#pragma once

#include <systemd/sd-event.h>

#include "base/util.h"

/* Starts the watchdog if the manager wants one. */
void notify_init(sd_event *event);
bool notify_has_manager(void);
void notify_ready(void);
void notify_reloading(void);
void notify_stopping(void);
/* Sent only when it differs from the last one; the caller keeps `last`, which has `max` bytes. */
void notify_status(char *last, size_t max, const char *text);
