/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recorded samples as comma-separated rows. The first line names the columns; eight are needed,
 * four more are used, others are passed over.
 */
#pragma once

#include <stdio.h>

#include "model/trend.h"

#define CSV_COLUMNS_MAX 32
#define CSV_ROW_MAX	4096

enum csv_column {
	CSV_T_WALL,  /* seconds, with up to six digits after the point */
	CSV_T_MONO,  /* the same */
	CSV_BOOT_ID, /* any text */
	CSV_PROBE,
	CSV_STATUS,
	CSV_LAT_US,
	CSV_OTHERS,
	CSV_EVID,
	CSV_NEEDED, /* how many must be there */
	CSV_SEL_ENTRIES = CSV_NEEDED,
	CSV_FOREIGN,
	CSV_FIRMWARE, /* any text */
	CSV_CONTENDED,
	CSV_KNOWN,
};

struct csv {
	uint8_t columns[CSV_COLUMNS_MAX]; /* enum csv_column; CSV_KNOWN: none of them */
	size_t count;
};

/* Text is `len` bytes, without the newline. 0; -EINVAL: *ret_why (static) says what is wrong. */
MUST_CHECK int csv_header(struct csv *csv, const char *text, size_t len, const char **ret_why);
MUST_CHECK int csv_row(const struct csv *csv, const char *text, size_t len,
		       struct trend_sample *ret, const char **ret_why);

static inline void csv_close(FILE **slot)
{
	if (*slot)
		(void)fclose(*slot); /* flushed, and that was checked */
}

/* All eleven columns, as they are read again; what is not known is empty. */
void csv_print_header(FILE *file);
void csv_print_row(FILE *file, const struct trend_sample *sample);
