/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fanotify, one group for each device: so nothing of an event needs to be decoded but its pid.
 */
#include "openers/watch.h"

#include <fcntl.h>
#include <sys/fanotify.h>
#include <sys/stat.h>

#define EVENTS_ROOM 4096

/* FAN_UNLIMITED_MARKS is there to be refused without CAP_SYS_ADMIN: since Linux 5.13 all the rest
 * is given to anybody, but without the pid of who did it. */
#define GROUP_FLAGS                                                                                \
	(FAN_CLASS_NOTIF | FAN_REPORT_FID | FAN_UNLIMITED_MARKS | FAN_NONBLOCK | FAN_CLOEXEC)

struct watched {
	struct watch *watch;
	struct device device;
	ino_t inode; /* which the mark is on; its number may be given again */
	struct timespec changed;
	sd_event_source *source;
	int fd; /* -1: the slot is free */
};

struct watch {
	sd_event *event;		   /* borrowed */
	const struct watch_events *events; /* borrowed */
	void *user;
	struct watched of[DEVICES_MAX];
};

static void watched_end(struct watched *w)
{
	w->source = sd_event_source_disable_unref(w->source);
	close_fd(&w->fd);
	w->fd = -1;
}

static void take_event(const struct watched *w, const struct fanotify_event_metadata *event)
{
	const struct watch *watch = w->watch;

	if (event->fd >= 0)
		(void)close(event->fd);
	if ((event->mask & FAN_Q_OVERFLOW) != 0 || event->pid <= 0) {
		watch->events->missed(watch->user);
		return;
	}
	watch->events->happened(watch->user, w->device.interface, event->pid,
				(event->mask & FAN_OPEN) != 0, (event->mask & FAN_CLOSE) != 0);
}

static int on_events(sd_event_source *source UNUSED, int fd, uint32_t revents UNUSED, void *user)
{
	_Alignas(struct fanotify_event_metadata) char room[EVENTS_ROOM];
	const struct watched *w = user;
	const struct fanotify_event_metadata *event = (const void *)room;
	ssize_t len = read(fd, room, sizeof(room));

	for (; FAN_EVENT_OK(event, len); event = FAN_EVENT_NEXT(event, len)) {
		if (event->vers != FANOTIFY_METADATA_VERSION)
			return 0;
		take_event(w, event);
	}
	return 0;
}

static int watched_begin(struct watched *w)
{
	int r;

	w->fd = fanotify_init(GROUP_FLAGS, O_RDONLY | O_CLOEXEC);
	if (w->fd < 0)
		return neg_errno();
	if (fanotify_mark(w->fd, FAN_MARK_ADD, FAN_OPEN | FAN_CLOSE, AT_FDCWD, w->device.node) < 0)
		return neg_errno();
	r = sd_event_add_io(w->watch->event, &w->source, w->fd, EPOLLIN, on_events, w);
	if (r < 0)
		return r;
	/* before all else: a process that is quick is gone soon */
	return sd_event_source_set_priority(w->source, SD_EVENT_PRIORITY_IMPORTANT);
}

static bool is_marked(const struct watched *w, const struct device *device, const struct stat *st)
{
	return w->fd >= 0 && w->device.interface == device->interface &&
	       w->device.number == device->number && w->inode == st->st_ino &&
	       w->changed.tv_sec == st->st_ctim.tv_sec && w->changed.tv_nsec == st->st_ctim.tv_nsec;
}

static int watch_device(struct watched *w, const struct device *device)
{
	struct stat st;
	int r;

	if (stat(device->node, &st) < 0) {
		watched_end(w);
		return neg_errno();
	}
	if (is_marked(w, device, &st))
		return 0;
	watched_end(w);
	w->device = *device;
	w->inode = st.st_ino;
	w->changed = st.st_ctim;
	r = watched_begin(w);
	if (r < 0)
		watched_end(w);
	return r;
}

int watch_devices(struct watch *watch, const struct device_list *list)
{
	int first = 0;

	for (size_t i = 0; i < DEVICES_MAX; i++) {
		int r = 0;

		if (i < list->count && list->of[i].node[0] != '\0')
			r = watch_device(&watch->of[i], &list->of[i]);
		else
			watched_end(&watch->of[i]);
		first = first == 0 ? r : first;
	}
	return first;
}

int watch_new(sd_event *event, const struct watch_events *events, void *user, struct watch **ret)
{
	struct watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	*watch = (struct watch){ .event = event, .events = events, .user = user };
	for (size_t i = 0; i < DEVICES_MAX; i++) {
		watch->of[i].watch = watch;
		watch->of[i].fd = -1;
	}
	*ret = watch;
	return 0;
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	for (size_t i = 0; i < DEVICES_MAX; i++)
		watched_end(&watch->of[i]);
	free(watch);
}
