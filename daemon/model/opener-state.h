/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of openers from inside. Private to opener*.c and their tests.
 */
#pragma once

#include "model/opener.h"

struct opening { /* one process that has one device open */
	bool is_used;
	int32_t pid;
	size_t entry;
	uint64_t start_ticks;
	uint64_t span; /* its number in the entry */
	mono_us from, seen;
};

struct opener_table {
	struct opener_entry entries[OPENER_TABLE_MAX];
	size_t count;
	struct opening open[OPENER_OPEN_MAX];
	uint64_t lost;
};
