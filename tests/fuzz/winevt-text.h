/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as an input of text: what is told is printable and wanted, and is the same when the
 * bytes come a few at a time.
 */
#pragma once

#include "winevt/format.h"

static const struct winevt_pair fuzz_pairs[] = { { "IPMIDRV", 1000, 1007 },
						 { "Lifecycle Controller Log", 0, UINT32_MAX } };
static const struct winevt_wanted fuzz_wanted = { fuzz_pairs, COUNT_OF(fuzz_pairs) };

/* What a run told, in few bytes. */
struct fuzz_told {
	uint64_t hash, bad[WINEVT_BAD_KINDS];
	struct winevt_counts counts;
};

static void expect(bool is_so)
{
	if (!is_so)
		abort();
}

static void expect_text(const char *text)
{
	const size_t len = strnlen(text, WINEVT_TEXT_MAX);

	expect(len < WINEVT_TEXT_MAX);
	for (size_t i = 0; i < len; i++)
		expect(text[i] >= ' ' && text[i] <= '~');
}

static int fuzz_hear(void *user, const struct winevt_record *record)
{
	SCOPED(buf_done) struct buf json = buf_make(1 << 16);
	struct fuzz_told *told = user;

	expect_text(record->host);
	expect_text(record->provider);
	expect_text(record->channel);
	expect(winevt_is_wanted(&fuzz_wanted, record->provider, record->event_id));
	expect(record->time.digits <= 9 && record->time.nanos < 1000000000);
	winevt_record_json(&json, record);
	expect(json.error == 0);
	for (size_t i = 0; i < json.len; i++)
		told->hash = (told->hash ^ (uint8_t)json.text[i]) * UINT64_C(0x100000001b3);
	return 0;
}

static void fuzz_run(const char *format, const uint8_t *data, size_t size, size_t step,
		     struct fuzz_told *ret)
{
	static struct winevt_stream stream;
	static struct winevt_zone zone;

	expect(winevt_zone_make(&zone, "+01:00") == 0);
	memset(ret, 0, sizeof(*ret));
	winevt_stream_init(&stream, winevt_format_named(format), &fuzz_wanted, &zone, fuzz_hear,
			   ret);
	for (size_t at = 0; at < size; at += step)
		expect(winevt_stream_feed(&stream, data + at,
					  step < size - at ? step : size - at) == 0);
	expect(stream.frame.offset <= size);
	expect(winevt_stream_end(&stream) == 0);
	expect(stream.frame.offset == size);
	ret->counts = stream.decoder.counts;
	memcpy(ret->bad, stream.decoder.bad, sizeof(ret->bad));
	winevt_stream_done(&stream);
}

static void fuzz_text(const char *format, const uint8_t *data, size_t size)
{
	struct fuzz_told whole, pieces;

	fuzz_run(format, data, size, size ? size : 1, &whole);
	fuzz_run(format, data, size, 1 + (size ? data[size / 2] % 32 : 0), &pieces);
	expect(memcmp(&whole, &pieces, sizeof(whole)) == 0);
}
