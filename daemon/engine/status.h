/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RUN_DIR/NAME (status.sock, sensors.sock): whoever connects gets one JSON document and the end of
 * the stream. The daemon never reads a byte from it: a read-only interface by construction, open to
 * every user, with less in it for those who are neither root nor the daemon's own user: what it
 * takes rights to see of others' processes is no news for everybody. Plain AF_UNIX instead of
 * D-Bus: no policy, no bus needed at boot or in a rescue shell, and no parser of foreign input in
 * the process that holds /dev/ipmi0.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <systemd/sd-event.h>

#include "base/util.h"

#define STATUS_CLIENTS_MAX  16 /* at once; more are closed unanswered */
#define STATUS_DOCUMENT_MAX (1 << 20)

struct status;

/* A fresh document, which status frees; NULL: no memory. Everything in it, or what is everybody's?
 */
typedef char *status_render_fn(void *user, bool is_full);

/* -EADDRINUSE: another daemon answers there. */
MUST_CHECK int status_new(sd_event *event, const char *run_dir, const char *name,
			  status_render_fn *render, void *user, struct status **ret);
/* Fewer clients at once than STATUS_CLIENTS_MAX. */
void status_limit(struct status *status, size_t clients);
void status_free(struct status *status);
