/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a saved trend, as they are and with head, length and checksum put right; what is
 * taken must live on for days without a number that is none, and be saved again.
 */
#include <math.h>

#include "model/trend-save.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool is_so)
{
	if (!is_so)
		abort();
}

static void free_trend(struct trend **slot)
{
	trend_free(*slot);
}

static void live_on(struct trend *t)
{
	struct trend_sample sample = { .mono = { t->time.mono_us },
				       .wall = { t->time.wall_us },
				       .boot_id = t->time.boot_id,
				       .sel_entries = -1,
				       .foreign_per_hour = -1,
				       .firmware = -1 };
	struct trend_event events[TREND_EVENTS_MAX];

	for (uint32_t i = 0; i < 24 * 20 * 2; i++) {
		size_t count;

		sample.probe = (enum trend_probe)(i & 1);
		sample.status = i % 53 == 0 ? TREND_TIMEOUT : TREND_OK;
		sample.latency_us = 5000 + i;
		sample.mono.v += 3 * USEC_PER_MINUTE;
		count = trend_feed(t, &sample, events, COUNT_OF(events));
		for (size_t e = 0; e < count; e++)
			expect(isfinite(events[e].rise) && isfinite(events[e].ttf_s));
	}
}

static void load(const uint8_t *bytes, size_t size, bool has_latency)
{
	SCOPED(free_trend) struct trend *t = trend_new(has_latency);
	SCOPED(free_ptr) uint8_t *again = malloc(TREND_BYTES_MAX);

	expect(t && again);
	if (trend_load(t, bytes, size) < 0)
		return;
	expect(trend_save(t, again, TREND_BYTES_MAX) == (ssize_t)size);
	live_on(t);
	expect(trend_save(t, again, TREND_BYTES_MAX) == (ssize_t)size);
}

/* The data laid over a fresh state, from a place on that its first bytes name. */
static void load_patched(const uint8_t *data, size_t size, bool has_latency)
{
	SCOPED(free_trend) struct trend *t = trend_new(has_latency);
	SCOPED(free_ptr) uint8_t *bytes = malloc(TREND_BYTES_MAX);
	struct io io = { .bytes = bytes };
	size_t len, at, room;
	uint32_t crc;

	expect(t && bytes);
	live_on(t);
	len = (size_t)trend_save(t, bytes, TREND_BYTES_MAX);
	at = 7 + ((size_t)data[0] | (size_t)data[1] << 8) % (len - 7);
	room = len - sizeof(crc) > at ? len - sizeof(crc) - at : 0;
	memcpy(bytes + at, data + 2, size - 2 < room ? size - 2 : room);
	crc = crc32_of(bytes, len - sizeof(crc));
	io.at = len - sizeof(crc);
	io.max = len;
	io_number(&io, &crc, sizeof(crc), false);
	load(bytes, len, has_latency);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	load(data, size, true);
	load(data, size, false);
	if (size < 3)
		return 0;
	load_patched(data, size, true);
	load_patched(data, size, false);
	return 0;
}
