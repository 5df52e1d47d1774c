/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel says, from the file that journald writes now: one file, however long the journal
 * is. It belongs to root, so the service needs no right for it; /dev/kmsg would take CAP_SYSLOG.
 */
#pragma once

#include <stddef.h>

#include "base/clock.h"
#include "base/util.h"

#define KERNEL_LOG_TEXT_MAX 1024 /* what is longer is cut */

struct kernel_log;

/* Messages of `since` and later. 0; -ENOENT: no journal is kept here; -EACCES; other -errno. */
MUST_CHECK int kernel_log_open(const char *root, wall_us since, struct kernel_log **ret);
void kernel_log_free(struct kernel_log *log);

/* The next one, oldest first. 1; 0: none now; -errno: it is of no use any more. */
MUST_CHECK int kernel_log_next(struct kernel_log *log, char *text, size_t max);
/* What is older has been read. */
wall_us kernel_log_since(const struct kernel_log *log);
