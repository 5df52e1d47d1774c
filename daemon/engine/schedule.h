/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Timers that keep out of step: every interval is stretched or shrunk by up to 30 % at random, so
 * that our polls neither fall into step with another agent nor are blind to a period of their own
 * length.
 */
#pragma once

#include <stdint.h>
#include <systemd/sd-event.h>

#include "base/util.h"

struct schedule; /* one repeating timer */

typedef void schedule_fn(void *user);

/* First fires after `first_us` (not jittered), then each `interval_us` ± 30 %. 0 or -errno. */
MUST_CHECK int schedule_new(sd_event *event, int64_t first_us, int64_t interval_us, schedule_fn *fn,
			    void *user, struct schedule **ret);
void schedule_free(struct schedule *s); /* NULL is fine; not from inside its own callback */
/* Next time after `delay_us` instead. */
void schedule_soon(struct schedule *s, int64_t delay_us);
/* From the next time on. */
void schedule_set_interval(struct schedule *s, int64_t interval_us);

/* us ± 30 %, evenly; for other spans that must not be in step. */
int64_t schedule_jitter(int64_t us);
