/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sensor readings in a file for node_exporter's textfile collector.
 */
#pragma once

#include "out/sink.h"

extern const struct sink_ops sink_textfile;
