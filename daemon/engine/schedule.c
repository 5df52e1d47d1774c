/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Repeating timers with jitter, on sd-event.
 */
#include "engine/schedule.h"

#include <sys/random.h>
#include <time.h>

#define JITTER_SHARE	  0.3
#define TIMER_ACCURACY_US 1000

struct schedule {
	sd_event_source *source; /* owned */
	int64_t interval_us;
	schedule_fn *fn;
	void *user;
};

int64_t schedule_jitter(int64_t us)
{
	uint32_t random;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random))
		random = UINT32_MAX / 2; /* no jitter, this once */
	return us + (int64_t)((double)us * JITTER_SHARE * (2.0 * random / UINT32_MAX - 1.0));
}

static void schedule_arm(struct schedule *s, int64_t delay_us)
{
	(void)sd_event_source_set_time_relative(s->source, delay_us > 0 ? (uint64_t)delay_us : 0);
	(void)sd_event_source_set_enabled(s->source, SD_EVENT_ONESHOT);
}

static int on_time(sd_event_source *source UNUSED, uint64_t usec UNUSED, void *user)
{
	struct schedule *s = user;

	schedule_arm(s, schedule_jitter(s->interval_us)); /* first: fn may call schedule_soon() */
	s->fn(s->user);
	return 0;
}

int schedule_new(sd_event *event, int64_t first_us, int64_t interval_us, schedule_fn *fn,
		 void *user, struct schedule **ret)
{
	SCOPED(free_ptr) struct schedule *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	*s = (struct schedule){ .interval_us = interval_us, .fn = fn, .user = user };
	r = sd_event_add_time(event, &s->source, CLOCK_BOOTTIME, 0, TIMER_ACCURACY_US, on_time, s);
	if (r < 0)
		return r;
	schedule_arm(s, first_us);
	*ret = TAKE(s);
	return 0;
}

void schedule_free(struct schedule *s)
{
	if (!s)
		return;
	(void)sd_event_source_disable_unref(s->source);
	free(s);
}

void schedule_soon(struct schedule *s, int64_t delay_us)
{
	schedule_arm(s, delay_us);
}

void schedule_set_interval(struct schedule *s, int64_t interval_us)
{
	s->interval_us = interval_us;
}
