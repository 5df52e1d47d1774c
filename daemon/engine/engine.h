/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns everything and is the only one that knows probes, model and sinks all exist.
 */
#pragma once

#include <stdbool.h>

#include "base/log.h"

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

/* What can be shown of the options without running. Not config.h: its struct option is not that
 * of <getopt.h>, which programs need. */
enum engine_show {
	SHOW_CHECK,  /* complaints to stderr as FILE:LINE: TEXT, else one line that all is well */
	SHOW_DUMP,   /* every setting in force */
	SHOW_SAMPLE, /* the sample file */
	SHOW_MAN,    /* the manual's table */
};
/* 0; -EINVAL: the configuration has errors, they were printed; -errno. */
MUST_CHECK int engine_show(const struct engine_settings *settings, enum engine_show what);
