/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stretch of history in the terminal: latency over time on a logarithmic axis, and below it, on
 * the same time axis, time-outs, restarts of the controller and findings.
 */
#pragma once

#include <stdio.h>

#include "cli/view.h"

struct chart_style {
	size_t width;	  /* columns of the terminal */
	bool has_unicode; /* braille and blocks; else ASCII */
	bool has_colour;
};

/* How many bins a view must have for this. */
size_t chart_bins(const struct chart_style *style);
void chart_print(FILE *file, const struct view *v, const char *target,
		 const struct chart_style *style);
