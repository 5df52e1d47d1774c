/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sensor readings as text for Prometheus (OpenMetrics, and the older text format as well), under
 * the names that ipmi_exporter and node_exporter's ipmitool script use: an admin who has either
 * can end it and keep the dashboards. No time stamps, which the textfile collector refuses.
 */
#pragma once

#include "base/buf.h"
#include "model/target.h"
#include "out/readings.h"

#define METRICS_MAX (4 << 20)

struct metrics_settings {
	int64_t max_age_us; /* older readings are left out: better none than an old one */
	bool has_ipmi_exporter, has_node_exporter; /* whose names */
};

/* What is written is complete, up to "# EOF". */
void metrics_render(struct buf *b, const struct readings *readings,
		    const struct target_table *targets, const struct metrics_settings *settings,
		    mono_us now, wall_us wall);
