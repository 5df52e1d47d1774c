/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text through a stream of winevt, as a test says it: what comes out, as JSON lines.
 */
#pragma once

#include <stdio.h>

#include "winevt/format.h"

static const struct winevt_pair text_pairs[] = { { "IPMIDRV", 1000, 1007 } };
static const struct winevt_wanted text_wanted = { text_pairs, COUNT_OF(text_pairs) };

/* What a stream said, until the next one. */
struct text_run {
	struct winevt_stream stream;
	struct winevt_zone zone;
	struct buf out;
};

static int text_hear(void *user, const struct winevt_record *record)
{
	struct buf *out = user;

	winevt_record_json(out, record);
	out->needs_comma = false;
	buf_printf(out, "\n");
	return 0;
}

/* zone NULL: none. */
static void text_begin(struct text_run *run, const char *format, const char *zone)
{
	const bool has_zone = zone && winevt_zone_make(&run->zone, zone) == 0;

	run->out = buf_make(1 << 20);
	winevt_stream_init(&run->stream, winevt_format_named(format), &text_wanted,
			   has_zone ? &run->zone : NULL, text_hear, &run->out);
}

/* In pieces of `step` bytes, 0: at once; is what came out what was wanted? */
static bool text_feed(struct text_run *run, const void *text, size_t len, size_t step)
{
	const char *bytes = text;
	bool is_good = true;

	for (size_t at = 0; at < len; at += step ? step : len) {
		const size_t n = step && step < len - at ? step : len - at;

		is_good &= winevt_stream_feed(&run->stream, bytes + at, n) == 0;
	}
	return is_good;
}

static bool text_end(struct text_run *run, const char *wanted)
{
	const bool is_good = winevt_stream_end(&run->stream) == 0;
	const char *said = run->out.text ? run->out.text : "";
	const bool is_same = strcmp(said, wanted) == 0;

	if (!is_same)
		printf("# said: %s# wanted: %s", said, wanted);
	buf_done(&run->out);
	winevt_stream_done(&run->stream);
	return is_good && is_same;
}

/* The counts are in run->stream afterwards. */
static UNUSED bool text_becomes(struct text_run *run, const char *format, const char *zone,
				const char *text, const char *wanted)
{
	text_begin(run, format, zone);
	return text_feed(run, text, strlen(text), 0) && text_end(run, wanted);
}
