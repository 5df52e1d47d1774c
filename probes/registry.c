/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only place that knows which probes exist.
 */
#include "probes/probe.h"

extern const struct probe_ops probe_controller;
extern const struct probe_ops probe_kdriver;
extern const struct probe_ops probe_kmsg;
extern const struct probe_ops probe_marks;
extern const struct probe_ops probe_sensors;

const struct probe_ops *const probe_table[] = {
	&probe_controller, &probe_kdriver, &probe_kmsg, &probe_marks, &probe_sensors, NULL,
};
