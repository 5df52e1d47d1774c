/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The processor time of kipmiN, the kernel thread that drives interface N where it has no
 * interrupt: from /proc/PID/stat. Absent (interrupts, BT, a sandbox that hides processes), nothing
 * is known.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"

struct kipmi {
	pid_t pid;	   /* 0: not found yet */
	unsigned patience; /* looks until it is searched for again */
	uint64_t ticks;
	mono_us at;
};

/* True: thousandths of one processor since the look before. */
bool kipmi_load(struct kipmi *k, const char *sysroot, unsigned interface, mono_us now,
		int64_t *ret_permille);

/* "57 (kipmi0) S 2 0 …": user and system time, proc(5). False: it is none of that name. */
bool kipmi_parse(const char *text, const char *name, uint64_t *ret_ticks);
