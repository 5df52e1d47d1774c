/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording, row by row, from a file or from standard input. What cannot be read is named on
 * standard error, with file and line, and left out.
 */
#pragma once

#include "cli/command.h"
#include "model/trend.h"

#define ROWS_NAME_MAX 64

struct rows;

typedef void rows_fn(void *user, const struct trend_sample *sample);

/* `path` "-": standard input; to be read twice, it is copied to a temporary file first. CODE_OK;
 * else it has said what is wrong. */
MUST_CHECK int rows_open(const char *path, bool is_twice, struct rows **ret);
void rows_free(struct rows *r);

/* All of them, from the beginning; complains the first time. CODE_OK; CODE_DATA: some could not be
 * read, or none; CODE_UNKNOWN: the file could not be read to its end. */
MUST_CHECK int rows_read(struct rows *r, rows_fn *cb, void *user);

/* What to call the controller of a recording: as is wanted, else "blade7" of "/tmp/blade7.csv" and
 * "recording" of "-". */
void rows_name(const char *path, const char *wanted, char name[ROWS_NAME_MAX]);
