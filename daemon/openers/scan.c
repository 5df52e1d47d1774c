/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking through /proc.
 */
#include "openers/scan.h"

#include <dirent.h>

#include "base/parse.h"
#include "openers/process.h"

#define STEP_PROCESSES 16
#define PAUSE_MIN_US   USEC_PER_SEC
#define PAUSE_TIMES    20 /* so many times as long as the look took: 5 % of a processor */

struct scan {
	sd_event *event;		  /* borrowed */
	const char *proc;		  /* borrowed */
	const struct scan_events *events; /* borrowed */
	void *user;
	sd_event_source *step, *pause; /* at most one is on */
	DIR *processes;		       /* NULL: not looking */
	struct device_list devices;
	mono_us began;
	bool is_wanted; /* again */
};

static int scan_begin(struct scan *scan)
{
	scan->is_wanted = false;
	scan->began = clock_mono();
	scan->events->begins(scan->user, &scan->devices);
	scan->processes = opendir(scan->proc);
	if (!scan->processes)
		return neg_errno();
	return sd_event_source_set_enabled(scan->step, SD_EVENT_ON);
}

static void scan_end(struct scan *scan)
{
	const int64_t took = mono_since(clock_mono(), scan->began);

	(void)closedir(scan->processes);
	scan->processes = NULL;
	(void)sd_event_source_set_enabled(scan->step, SD_EVENT_OFF);
	scan->events->ended(scan->user, scan->began);
	(void)sd_event_source_set_time_relative(
		scan->pause, (uint64_t)max_i64(PAUSE_MIN_US, took * PAUSE_TIMES));
	(void)sd_event_source_set_enabled(scan->pause, SD_EVENT_ONESHOT);
}

static void look_at(struct scan *scan, int32_t pid)
{
	SCOPED(close_fd) int folder = process_open(scan->proc, pid);
	const mono_us at = clock_mono();
	struct opener who;
	unsigned devices;

	if (folder < 0)
		return;
	devices = process_devices(folder, &scan->devices);
	if (devices != 0 && process_read(scan->proc, folder, pid, &who) == 0)
		scan->events->found(scan->user, &who, devices, at);
}

/* Without a device nobody can have it open. */
static const struct dirent *next_file(struct scan *scan)
{
	if (scan->devices.count == 0)
		return NULL;
	return readdir(scan->processes); /* cppcheck-suppress readdirCalled; one thread only */
}

static int on_step(sd_event_source *source UNUSED, void *user)
{
	struct scan *scan = user;

	for (int i = 0; i < STEP_PROCESSES; i++) {
		const struct dirent *file = next_file(scan);
		const char *end;
		uint64_t pid;

		if (!file) {
			scan_end(scan);
			return 0;
		}
		if (parse_u64(file->d_name, &pid, &end) == 0 && *end == '\0' && pid <= INT32_MAX)
			look_at(scan, (int32_t)pid);
	}
	return 0;
}

static int on_pause(sd_event_source *source UNUSED, uint64_t usec UNUSED, void *user)
{
	struct scan *scan = user;

	if (scan->is_wanted)
		(void)scan_begin(scan);
	return 0;
}

void scan_want(struct scan *scan)
{
	int is_pausing = SD_EVENT_OFF;

	scan->is_wanted = true;
	(void)sd_event_source_get_enabled(scan->pause, &is_pausing);
	if (!scan->processes && is_pausing == SD_EVENT_OFF)
		(void)scan_begin(scan);
}

static void scan_free_slot(struct scan **slot)
{
	scan_free(*slot);
}

int scan_new(sd_event *event, const char *proc, const struct scan_events *events, void *user,
	     struct scan **ret)
{
	SCOPED(scan_free_slot) struct scan *scan = calloc(1, sizeof(*scan));
	int r;

	if (!scan)
		return -ENOMEM;
	*scan = (struct scan){ .event = event, .proc = proc, .events = events, .user = user };
	r = sd_event_add_defer(event, &scan->step, on_step, scan);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(scan->step, SD_EVENT_OFF);
	if (r < 0)
		return r;
	r = sd_event_source_set_priority(scan->step, SD_EVENT_PRIORITY_IDLE);
	if (r < 0)
		return r;
	r = sd_event_add_time(event, &scan->pause, CLOCK_MONOTONIC, 0, 1000, on_pause, scan);
	if (r < 0)
		return r;
	r = sd_event_source_set_enabled(scan->pause, SD_EVENT_OFF);
	if (r < 0)
		return r;
	*ret = TAKE(scan);
	return 0;
}

void scan_free(struct scan *scan)
{
	if (!scan)
		return;
	if (scan->processes)
		(void)closedir(scan->processes);
	(void)sd_event_source_disable_unref(scan->step);
	(void)sd_event_source_disable_unref(scan->pause);
	free(scan);
}
