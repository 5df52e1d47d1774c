/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One process, from its folder in /proc. The folder is opened once and everything read through
 * it: it stays that process's, whoever gets the pid next.
 */
#pragma once

#include "model/opener.h"
#include "openers/device.h"

/* The folder of `pid` below `proc`, "/proc" on a real host. A descriptor, or -errno. */
MUST_CHECK int process_open(const char *proc, int32_t pid);
/* Who it is; what cannot be read stays empty. `proc` for its parent's name. 0; -ESRCH: it is gone,
 * nothing is known. */
MUST_CHECK int process_read(const char *proc, int folder, int32_t pid, struct opener *ret);
/* Which devices it has open: bit I for list->of[I]. 0 also if it may not be looked at. */
unsigned process_devices(int folder, const struct device_list *list);
