/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text to number with every failure visible. The only callers of strtoull() and strtod() in the
 * tree.
 */
#pragma once

#include <stdint.h>

#include "base/util.h"

/* 0; -EINVAL: no digits (a sign is not a digit); -ERANGE. *ret_value and *ret_end only on 0. */
MUST_CHECK int parse_u64(const char *text, uint64_t *ret_value, const char **ret_end);

/*
 * A span with a unit: "1.5", "250ms", "5 s", "10min", "6h", "2d" (a bare number is seconds), in
 * microseconds. 0; -EINVAL: not a span; -ERANGE: negative, or over 100 years.
 */
MUST_CHECK int parse_duration(const char *text, int64_t *ret_us);
