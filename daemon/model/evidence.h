/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signs of a restart of the controller, as text.
 */
#pragma once

#include "model/trend.h"

/* Their names, "sel-clock-unset,initialising"; as many as there is room for. */
void trend_evidence_names(uint32_t signs, const char *between, char *text, size_t max);
/* The same, or, of a restart that has no such proof, what else it is known by. */
void trend_reset_signs(enum trend_reset reset, uint32_t signs, char *text, size_t max);
