/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/schedule: the jitter's bounds, and repeating.
 */
#include "engine/schedule.c"
#include "tests/unit/tap.h"

struct beat {
	struct schedule *timer;
	int count;
};

static void on_beat(void *user)
{
	struct beat *beat = user;

	beat->count++;
	if (beat->count == 3)
		schedule_soon(beat->timer, 0);
}

int main(void)
{
	int64_t least = INT64_MAX, most = 0, us;
	struct beat beat = { 0 };
	sd_event *event = NULL;

	for (int i = 0; i < 10000; i++) {
		us = schedule_jitter(1000000);
		least = us < least ? us : least;
		most = us > most ? us : most;
	}
	check(least >= 700000 && most <= 1300000, "an interval keeps within 30 %%");
	check(least < 720000 && most > 1280000, "and uses all of it");
	check(schedule_jitter(0) == 0, "no time stays no time");
	if (sd_event_new(&event) < 0)
		return 1;
	check(schedule_new(event, 0, 1000, on_beat, &beat, &beat.timer) == 0, "a timer is made");
	for (int i = 0; i < 10000 && beat.count < 5; i++)
		(void)sd_event_run(event, 10000);
	check(beat.count >= 5, "it repeats, also when told \"soon\" from its own callback");
	schedule_free(beat.timer);
	beat.count = 0;
	(void)sd_event_run(event, 5000);
	check(beat.count == 0, "freed, it is silent");
	schedule_free(NULL);
	sd_event_unref(event);
	return tap_done();
}
