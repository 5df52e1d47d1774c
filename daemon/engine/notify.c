/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the service manager is told. Without one all of it does nothing.
 */
#include "engine/notify.h"

#include <inttypes.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>
#include <time.h>

void notify_init(sd_event *event)
{
	(void)sd_event_set_watchdog(event, true);
}

bool notify_has_manager(void)
{
	return getenv("NOTIFY_SOCKET") != NULL;
}

void notify_ready(void)
{
	(void)sd_notify(0, "READY=1");
}

void notify_reloading(void)
{
	struct timespec ts = { 0 };

	/* sd_notify(3): CLOCK_MONOTONIC, so the manager can tell old news from new */
	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
			 (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000);
}

void notify_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1");
}

void notify_status(char *last, size_t max, const char *text)
{
	if (strncmp(last, text, max - 1) == 0)
		return;
	(void)snprintf(last, max, "%s", text);
	(void)sd_notifyf(0, "STATUS=%s", last);
}
