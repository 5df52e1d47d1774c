/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small helpers every layer may use: scoped cleanup, ownership transfer.
 */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCOPED(fn)	  __attribute__((cleanup(fn)))
#define MUST_CHECK	  __attribute__((warn_unused_result))
#define UNUSED		  __attribute__((unused))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define COUNT_OF(a)	  (sizeof(a) / sizeof((a)[0]))

static inline void free_ptr(void *slot)
{
	void *value;

	memcpy(&value, slot, sizeof(value)); /* slot is a T **: no aliasing assumed */
	free(value);
}

static inline void close_fd(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* The descriptor leaves its SCOPED variable. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* -errno that the compiler knows to be negative: callers' `if (r < 0)` proves their out
 * parameters set. */
static inline int neg_errno(void)
{
	int e = errno;

	return e > 0 ? -e : -EIO;
}

static inline int64_t min_i64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static inline int64_t max_i64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* Hand the value on and forget it here; the only way ownership leaves a SCOPED variable. `p` is
 * evaluated twice. */
#define TAKE(p)                                                                                    \
	({                                                                                         \
		__typeof__(p) take_ = (p);                                                         \
		(p) = NULL;                                                                        \
		take_;                                                                             \
	})
