/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a picture of the past needs to know before it can be drawn: its span, the restarts of the
 * controller in it and, of a recording, the findings that the daemon would have had.
 */
#pragma once

#include "cli/view.h"

struct past;

/* NULL: no memory. Without findings, restarts alone are looked for: the store has the others. */
struct past *past_new(bool wants_findings);
void past_free(struct past *p);

void past_look(void *past, const struct trend_sample *sample);

/* False: there was no sample. */
bool past_span(const struct past *p, wall_us *ret_first, wall_us *ret_last);
void past_mark(const struct past *p, struct view *v);
