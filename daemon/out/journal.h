/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Findings as journal entries: one per change, at most daemon.lines_per_hour per target.
 */
#pragma once

#include "out/sink.h"

extern const struct sink_ops sink_journal;
