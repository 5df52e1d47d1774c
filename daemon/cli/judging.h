/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recorded samples through the daemon's own trend and judge, in the time of the recording: the
 * findings as they would have come, with the limits as they are unless configured.
 */
#pragma once

#include "model/judge.h"

struct judging;

struct judging_listener { /* each may be NULL */
	void (*on_event)(void *user, const struct trend_event *event);
	finding_fn *on_finding;
	void *user;
};

/* NULL: no memory. */
struct judging *judging_new(const struct judging_listener *listener);
void judging_free(struct judging *j);

/* Samples come in the order of time, of one controller. */
void judging_feed(struct judging *j, const struct trend_sample *sample);
