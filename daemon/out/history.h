/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's history, read by another process while the daemon goes on writing it, or without
 * one. Nothing is made or changed.
 */
#pragma once

#include "model/finding.h"
#include "model/trend.h"

struct history;

/* STATE_DIR/history.db. 0; -ENOENT: there is none; -ESTALE, -ENOTSUP: another version wrote it, an
 * earlier or a later one; -EBADMSG: it is none, or damaged; other -errno. */
MUST_CHECK int history_open(const char *state_dir, struct history **ret);
void history_free(struct history *h);

/* Targets that samples are known of, by name. 0 or -errno. */
MUST_CHECK int history_targets(struct history *h,
			       void (*cb)(void *user, int64_t id, const char *name), void *user);
/* Samples of a target, oldest first; `since`: pieces (some minutes) that begin earlier are left
 * out. */
MUST_CHECK int history_samples(struct history *h, int64_t target_id, wall_us since,
			       void (*cb)(void *user, const struct trend_sample *sample),
			       void *user);
/* Findings that were open at `since` or later; `closed` 0: it still is. */
MUST_CHECK int
history_findings(struct history *h, int64_t target_id, wall_us since,
		 void (*cb)(void *user, const struct finding *finding, wall_us closed), void *user);
