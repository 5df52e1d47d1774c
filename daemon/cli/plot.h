/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stretch of history as a picture for a ticket, drawn by gnuplot: its axes of time, its legends
 * and its formats are better than ours would be, and a server that needs no picture need not
 * install it.
 */
#pragma once

#include "cli/view.h"

enum plot_format { PLOT_SVG, PLOT_PNG };

/* 0; -ENOENT: there is no gnuplot; -EIO: it failed and has said why; other -errno. */
MUST_CHECK int plot_write(const struct view *v, const char *target, enum plot_format format,
			  const char *path);
