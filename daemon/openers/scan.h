/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A look through all processes for those that have a device open. In steps, so that what happens
 * meanwhile is heard, and with pauses, so that nobody can make it burn a processor.
 */
#pragma once

#include <systemd/sd-event.h>

#include "model/opener.h"
#include "openers/device.h"

struct scan_events {
	/* Time to look which devices there are. */
	void (*begins)(void *user, struct device_list *ret);
	/* `devices`: bit I for list->of[I]. */
	void (*found)(void *user, const struct opener *who, unsigned devices, mono_us at);
	void (*ended)(void *user, mono_us began);
};

struct scan;

/* `proc`: "/proc" on a real host. All borrowed. 0 or -errno. */
MUST_CHECK int scan_new(sd_event *event, const char *proc, const struct scan_events *events,
			void *user, struct scan **ret);
void scan_free(struct scan *scan);
/* Look now, or as soon as the last look is long enough ago. Asked twice is asked once; but who
 * asks during a look gets another one. */
void scan_want(struct scan *scan);
