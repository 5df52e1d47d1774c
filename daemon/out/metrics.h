/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sensor readings as text for Prometheus (OpenMetrics, and the older text format as well), under
 * the names that ipmi_exporter and node_exporter's ipmitool script use: an admin who has either
 * can end it and keep the dashboards; and how the controllers do. No time stamps, which the
 * textfile collector refuses.
 */
#pragma once

#include "base/buf.h"
#include "model/hosts.h"
#include "model/judge.h"
#include "model/target.h"
#include "out/readings.h"

#define METRICS_MAX (4 << 20)

struct metrics_settings {
	int64_t max_age_us; /* older readings are left out: better none than an old one */
	bool has_ipmi_exporter, has_node_exporter; /* whose names */
};

struct metrics_source { /* borrowed */
	const struct readings *readings;
	const struct target_table *targets;
	const struct judge *judge;  /* NULL: nothing about the controllers themselves */
	struct hosts *const *hosts; /* NULL, or NULL in there: no Windows hosts */
};

/* What is written is complete, up to "# EOF". */
void metrics_render(struct buf *b, const struct metrics_source *source,
		    const struct metrics_settings *settings, mono_us now, wall_us wall);
/* The part about the controllers themselves, labelled with their targets' names. */
void metrics_render_controllers(struct buf *b, const struct metrics_source *source, mono_us now);
/* Is it known that the controller cannot be asked: whatever was read of it before is history? */
bool metrics_is_cut_off(const struct metrics_source *source, uint32_t target);
/* And about Windows hosts. */
void metrics_render_hosts(struct buf *b, const struct metrics_source *source, wall_us now);
