/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a chunk of an event log, checksums aside, and as a log that is read at once, read
 * while it grows, and read again: what is told is fit to print, and nothing is told twice.
 */
#include <sys/mman.h>

#include "winevt/evtx-internal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct winevt_pair pairs[] = {
	{ "IPMIDRV", 1000, 1007 },
	{ "Disk", 0, UINT32_MAX },
};
static const struct winevt_wanted wanted = { pairs, COUNT_OF(pairs) };

static void expect(bool is_so)
{
	if (!is_so)
		abort();
}

static void check_text(const char *text)
{
	expect(memchr(text, '\0', WINEVT_TEXT_MAX) != NULL);
	for (; *text; text++)
		expect(*text >= ' ' && *text <= '~');
}

static int hear(void *user, const struct winevt_record *record)
{
	struct buf b = buf_make(8192);
	SCOPED(free_ptr) char *text = NULL;
	size_t *heard = user;

	check_text(record->host);
	check_text(record->provider);
	check_text(record->channel);
	expect(record->host[0] && winevt_is_wanted(&wanted, record->provider, record->event_id));
	expect(record->qualifiers >= -1 && record->level >= -1 && record->record_id <= INT64_MAX);
	expect(record->time.nanos < 1000000000 && record->time.digits <= 9);
	winevt_record_json(&b, record);
	text = buf_take(&b, NULL);
	expect(text != NULL);
	++*heard;
	return 0;
}

/* As one chunk whose bytes end where the input does. */
static void as_chunk(const uint8_t *data, size_t size)
{
	struct winevt_counts counts = { .events = 0 };
	static struct evtx_reading r;
	size_t heard = 0;

	r.wanted = &wanted;
	r.fn = hear;
	r.user = &heard;
	r.counts = &counts;
	if (size < EVTX_CHUNK_HEADER || size > WINEVT_EVTX_CHUNK)
		return;
	evtx_chunk_read(&r, data, (uint32_t)size);
	expect(counts.wanted == heard && counts.wanted <= counts.events);
}

static int follow(struct winevt_evtx *e, int fd, struct winevt_evtx_cursor *cursor, bool is_final)
{
	int r;

	do
		r = winevt_evtx_follow(e, fd, cursor, is_final);
	while (r == WINEVT_EVTX_MORE);
	return r;
}

/* A header, and the input in the slots behind it. */
static void as_file(const uint8_t *data, size_t size)
{
	static uint8_t header[WINEVT_EVTX_HEADER] = "ElfFile";
	SCOPED(close_fd) int fd = memfd_create("evtx", MFD_CLOEXEC);
	struct winevt_counts counts = { .events = 0 }, again = { .events = 0 };
	struct winevt_evtx_cursor cursor = { .id = 0 };
	size_t heard = 0, followed = 0;
	struct winevt_evtx *e = winevt_evtx_new(&wanted, hear, &followed, &again);

	header[EVTX_HEADER_FLAGS] = size > 0 ? data[size - 1] & 4 : 0;
	expect(fd >= 0 && e && write(fd, header, sizeof(header)) == (ssize_t)sizeof(header));
	expect(write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
	expect(winevt_evtx_read(fd, &wanted, hear, &heard, &counts) == 0);
	expect(counts.wanted == heard && counts.bytes == sizeof(header) + size);
	(void)follow(e, fd, &cursor, false);
	expect(follow(e, fd, &cursor, true) == WINEVT_EVTX_END);
	expect(followed <= heard && cursor.slot == 0);
	followed = 0;
	expect(follow(e, fd, &cursor, true) == WINEVT_EVTX_END);
	winevt_evtx_free(e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	as_chunk(data, size);
	as_file(data, size);
	return 0;
}
