/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is said of a finding, in one line: to the journal as it happens, and to whoever lets a
 * recording be judged again.
 */
#pragma once

#include <stddef.h>

#include "model/finding.h"

#define SENTENCE_MAX 1536 /* as base/log.c takes it; all of ours are shorter */

/* "local: time-outs are frequent: 7 of 60 commands in the last hour timed out. Next: …" */
void sentence_of(const struct finding *finding, enum finding_change change,
		 const struct target *target, char *text, size_t max);
