/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `bmchealthctl winevt import`: root opens the file and hands it over as a descriptor, so nothing
 * that root runs ever parses it, and the reader needs no right to the file. Its events go the way
 * of all others: known ones are left out, old ones are history.
 *
 * OWN_DIR/import.sock, packets. There: struct import_request with one descriptor. Back, as text:
 * "progress BYTES OF-BYTES", then, once the daemon has all of them, "skipped COUNT WHY" for each
 * reason and "done TAKEN KNOWN SKIPPED"; or "error WHY", or "usage WHY".
 */
#pragma once

#include "winevtd/feed.h"
#include "winevtd/input.h"

struct imports;

/* 0; -errno. */
MUST_CHECK int imports_new(const struct inputs *shared, const char *own_dir, struct feed *feed,
			   struct imports **ret);
void imports_free(struct imports *imports);
/* The next slice. INPUT_IDLE, INPUT_MORE; -errno of the state. */
MUST_CHECK int imports_step(struct imports *imports);
bool imports_is_ready(const struct imports *imports);
/* The daemon has taken events. */
void imports_on_taken(struct imports *imports);
