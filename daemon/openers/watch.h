/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hears of each opening and closing of a device when it happens: fanotify in the mode that
 * reports file identifiers, because with descriptors nothing comes for a character device. A mark
 * is on the inode, so a node that was made anew is marked anew, and a node of another name (a
 * container's own) is not heard of.
 */
#pragma once

#include <sys/types.h>
#include <systemd/sd-event.h>

#include "base/clock.h"
#include "openers/device.h"

struct watch_events {
	/* A process did one or the other, or both. */
	void (*happened)(void *user, uint32_t interface, int32_t pid, bool opened, bool closed);
	/* Something was lost, or came from nobody knows whom. */
	void (*missed)(void *user);
};

struct watch;

MUST_CHECK int watch_new(sd_event *event, const struct watch_events *events, void *user,
			 struct watch **ret);
void watch_free(struct watch *watch);
/* From now on these; cheap if nothing has changed. 0: all that have a node are heard of; -errno:
 * at least one is not, e.g. -EPERM, -EINVAL (before Linux 5.1). */
int watch_devices(struct watch *watch, const struct device_list *list);
