/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * winevt.conf: where events come from. Rows of a table, so what they mean, their check, the sample
 * and the manual are the same text.
 */
#pragma once

#include <stdio.h>

#include "model/winevent.h"
#include "winevt/zone.h"

struct config;

struct input_settings { /* texts are borrowed from the configuration */
	const char *name, *kind, *path, *pattern, *format, *hosts, *identifier;
	uint32_t per_minute; /* events of one host, by their own time */
	bool has_zone;
	struct winevt_zone zone;
};

struct reader_settings {
	struct config *config; /* owned */
	int64_t seen_max;
	struct winevents more;
	struct input_settings *inputs; /* owned */
	size_t count;
};

struct reader_files {
	const char *root, *path; /* `path` NULL: the usual file */
	const char *own_dir;	 /* the reader's, where no input may have the place of its socket */
};

/* What is wrong is printed as FILE:LINE: TEXT. 0; -EINVAL; -errno. */
MUST_CHECK int reader_load(const struct reader_files *files, FILE *complaints,
			   struct reader_settings *ret);
void reader_free(struct reader_settings *s);
void reader_dump(const struct reader_settings *s, FILE *to);
void reader_sample(FILE *to);
void reader_man_table(FILE *to);
