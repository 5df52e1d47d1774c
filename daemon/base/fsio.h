/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small whole files: read one under a root folder, replace one so that a reader or a power cut
 * sees the old or the new one and nothing between.
 */
#pragma once

#include <stddef.h>

#include "base/util.h"

#define FS_PATH_MAX 512

/*
 * At most `max` - 1 bytes of ROOT/PATH into `text`, which has `max` bytes; NUL-terminated.
 * Length, or -errno; -EFBIG: the file is longer; -ENAMETOOLONG: the path is.
 */
MUST_CHECK ssize_t fs_read(const char *root, const char *path, char *text, size_t max);

/* Write FILE.new beside it, flush, rename over it; `mode` whatever the umask. Whatever is in either
 * place is replaced, never opened or followed. 0 or -errno; on failure the old file stands. */
MUST_CHECK int fs_replace(const char *path, const void *data, size_t n, unsigned mode);
