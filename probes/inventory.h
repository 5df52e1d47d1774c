/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which sensors the controller has, kept up to date at its own pace: from the cache, else from the
 * repository in the background; checked now and then with one command. A controller that flickers
 * between identities does not get its repository read at each flicker.
 */
#pragma once

#include "probes/probe.h"
#include "probes/sdr/table.h"

struct inventory;

MUST_CHECK int inventory_new(const struct probe_env *env, const char *source,
			     int64_t check_interval_us, struct inventory **ret);
void inventory_free(struct inventory *inventory); /* cancels what it submitted */

/* Once per run of the probe: goes on with whatever is due. 0; -EBUSY: still waiting for a reply;
 * -errno. */
MUST_CHECK int inventory_run(struct inventory *inventory);

/* Takes over a new table if one is ready; true: it changed, pointers into it are dead. Not while
 * a request has a label in it. */
bool inventory_refresh(struct inventory *inventory);
/* Never NULL; empty until known. Valid until the next refresh; what is learned of the sensors is
 * written into it. */
struct sdr_table *inventory_table(struct inventory *inventory);
/* Keep on disk what was learned. 0, also without a folder to keep it in, or -errno. */
MUST_CHECK int inventory_save(const struct inventory *inventory);
