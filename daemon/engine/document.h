/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The status document: what `bmchealthctl status --json` prints and what scripts read. Fields are
 * only ever added; `format` counts breaks.
 */
#pragma once

#include "base/buf.h"
#include "engine/station.h"
#include "model/judge.h"
#include "model/opener.h"
#include "model/target.h"

#define DOCUMENT_FORMAT 1

/* "time-outs are frequent: 7 of 60 … Next: …", or "healthy …", or why nothing is known yet. For
 * one target; `text` has `max` bytes. */
void document_verdict(const struct judge *judge, const struct target *target, uint32_t index,
		      const struct station_status *station, char *text, size_t max);
const char *frequency_name(enum frequency frequency); /* "sporadic" */
/* One element of "targets". */
void document_target(struct buf *b, const struct judge *judge, const struct target *target,
		     const struct station *station);
/* One element of "findings" or "closed"; `closed` NULL: it is open. */
void document_finding(struct buf *b, const struct finding *finding, const struct target *target,
		      const wall_us *closed);
/* One element of "openers". Only in full: executable, process, who logged in. The rest ps(1) and
 * /proc/PID/cgroup show to everybody. */
void document_opener(struct buf *b, const struct opener_entry *entry, const struct target *target,
		     mono_us now, wall_us wall, bool is_full);
