/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Local time of some place to UTC, for formats that do not say where they are. The zone is asked of
 * the admin and never guessed.
 *
 * libc alone knows the rules, their file and the text at its end; but it converts for TZ of the
 * process only, and which of two equal hours mktime() takes depends on what it was asked before. So
 * libc is asked once, when the zone is made: TZ is changed, the changes of offset from 1970 to 2100
 * are searched for, TZ is put back. The process has one thread, and nothing else runs meanwhile.
 */
#pragma once

#include <stddef.h>

#include "base/util.h"

#define WINEVT_ZONE_PARTS 512 /* Gaza, the most restless, needs 299 */

struct winevt_zone {
	size_t count;
	struct {
		int64_t since_s;  /* UTC; of the first: all before as well */
		int32_t offset_s; /* ahead of UTC */
	} parts[WINEVT_ZONE_PARTS];
};

/*
 * A name of the time zone database ("Europe/Berlin"), "UTC", "Z", or an offset: "+01:00", "-0530".
 * 0; -EINVAL: none of these; -ENOENT: no such name, or no database; -E2BIG.
 */
MUST_CHECK int winevt_zone_make(struct winevt_zone *zone, const char *name);

/* winevt_zone_fn; `zone` is a struct winevt_zone *. An hour that comes twice is the first; one that
 * is skipped is taken as if the clock had not been put forward yet. */
int64_t winevt_zone_utc(void *zone, int64_t local_s);
