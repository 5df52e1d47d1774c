/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns everything and is the only one that knows probes, model and sinks all exist.
 */
#pragma once

#include <stdbool.h>

#include "base/log.h"
#include "config/config.h"
#include "engine/options.h"

struct engine_settings {	 /* from the command line; borrowed for the engine's life */
	const char *root;	 /* "" on a real host */
	const char *config_path; /* NULL: the usual one under root */
	const char *state_dir;	 /* NULL: keep nothing */
	const char *run_dir;
	enum log_where log_where;
	bool has_log_where; /* given: goes before the configuration's */
};

struct engine;

/* Prints nothing; complaints about the configuration go to the log. -EINVAL: configuration. */
MUST_CHECK int engine_new(const struct engine_settings *settings, struct engine **ret);
/* Until SIGTERM or SIGINT. 0 or -errno. */
MUST_CHECK int engine_run(struct engine *e);
void engine_free(struct engine *e);
