/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An event log slot by slot, once, from beginning to end. Its header's count of chunks is not
 * believed: a log that was copied while in use has an old one.
 */
#include "winevt/evtx.h"

#include <libdeflate.h>

#include "winevt/evtx-internal.h"

#define FLAG_DIRTY   1u
#define FLAG_NO_SUMS 4u

struct winevt_evtx *winevt_evtx_new(const struct winevt_wanted *wanted, winevt_record_fn *fn,
				    void *user, struct winevt_counts *counts)
{
	struct winevt_evtx *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->reading.wanted = wanted;
	e->reading.fn = fn;
	e->reading.user = user;
	e->reading.counts = counts;
	return e;
}

void winevt_evtx_free(struct winevt_evtx *e)
{
	free(e);
}

void winevt_evtx_begin(struct winevt_evtx *e, const void *head, size_t len)
{
	e->head = head;
	e->head_len = len;
}

ssize_t evtx_fill(int fd, int64_t offset, uint8_t *bytes, size_t size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = offset < 0 ? read(fd, bytes + have, size - have)
				       : pread(fd, bytes + have, size - have,
					       (off_t)offset + (off_t)have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return neg_errno();
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

int evtx_take_header(struct winevt_evtx *e)
{
	const uint8_t *bytes = e->bytes;
	const uint32_t flags = evtx_u32(bytes + EVTX_HEADER_FLAGS);
	bool is_right;

	if (memcmp(bytes, "ElfFile", 8) != 0)
		return -EBADMSG;
	/* If its checksum is wrong, nothing of it is believed. */
	is_right = libdeflate_crc32(0, bytes, 120) == evtx_u32(bytes + EVTX_HEADER_SUM);
	e->has_sums = !(flags & FLAG_NO_SUMS);
	e->chunks = e->next_id = 0;
	if (is_right && !(flags & FLAG_DIRTY)) {
		e->chunks = evtx_u16(bytes + EVTX_HEADER_CHUNKS);
		e->next_id = evtx_u64(bytes + EVTX_HEADER_NEXT_ID);
	}
	if (!is_right && e->has_sums && !e->has_header)
		e->reading.counts->bad++;
	e->has_header = true;
	return 0;
}

bool evtx_is_unused(const uint8_t *bytes)
{
	static const uint8_t zeros[EVTX_CHUNK_HEADER];

	return memcmp(bytes, zeros, sizeof(zeros)) == 0;
}

bool evtx_is_chunk(const uint8_t *bytes, size_t size)
{
	return size >= EVTX_CHUNK_HEADER && memcmp(bytes, "ElfChnk", 8) == 0;
}

void evtx_take_slot(struct winevt_evtx *e, size_t size)
{
	struct winevt_counts *counts = e->reading.counts;
	const bool is_whole = size == WINEVT_EVTX_CHUNK;
	const uint64_t bad = counts->bad;
	bool is_intact;

	counts->bytes += size;
	if (!evtx_is_chunk(e->bytes, size)) {
		counts->bad += !is_whole || !evtx_is_unused(e->bytes);
		return;
	}
	is_intact = is_whole && (!e->has_sums || evtx_chunk_is_intact(e->bytes));
	evtx_chunk_read(&e->reading, e->bytes, (uint32_t)size);
	if (!is_intact && counts->bad == bad)
		counts->bad++; /* nobody knows which record it is, or it is not here */
}

/* Up to `size` bytes into e->bytes. How many; -errno. */
static ssize_t fill_next(struct winevt_evtx *e, int fd, size_t size)
{
	const size_t n = e->head_len < size ? e->head_len : size;
	ssize_t more;

	if (n > 0) {
		memcpy(e->bytes, e->head, n);
		e->head += n;
		e->head_len -= n;
	}
	more = evtx_fill(fd, -1, e->bytes + n, size - n);
	return more < 0 ? more : (ssize_t)n + more;
}

/* What is not on disk is zeros, like the slot before: a hole of terabytes is nothing to walk
 * through. A pipe, or a file system that cannot tell, is read. */
static void pass_hole(struct winevt_evtx *e, int fd)
{
	const off_t at = lseek(fd, 0, SEEK_CUR);
	off_t data = at < 0 ? -1 : lseek(fd, at, SEEK_DATA);

	if (data < 0 && at >= 0 && errno == ENXIO)
		data = lseek(fd, 0, SEEK_END);
	if (data < at || at < 0)
		return;
	data = at + (data - at) / WINEVT_EVTX_CHUNK * WINEVT_EVTX_CHUNK;
	if (lseek(fd, data, SEEK_SET) == data)
		e->reading.counts->bytes += (uint64_t)(data - at);
}

int winevt_evtx_step(struct winevt_evtx *e, int fd)
{
	ssize_t n;
	int r;

	if (!e->has_header) {
		n = fill_next(e, fd, WINEVT_EVTX_HEADER);
		if (n < 0)
			return (int)n;
		if (n < WINEVT_EVTX_HEADER)
			return -EBADMSG;
		r = evtx_take_header(e);
		if (r < 0)
			return r;
		e->reading.counts->bytes += WINEVT_EVTX_HEADER;
	}
	n = fill_next(e, fd, sizeof(e->bytes));
	if (n <= 0)
		return (int)n;
	evtx_take_slot(e, (size_t)n);
	if (n == sizeof(e->bytes) && e->head_len == 0 && evtx_is_unused(e->bytes))
		pass_hole(e, fd);
	return e->reading.stop != 0 ? e->reading.stop : WINEVT_EVTX_MORE;
}

int winevt_evtx_read(int fd, const struct winevt_wanted *wanted, winevt_record_fn *fn, void *user,
		     struct winevt_counts *counts)
{
	struct winevt_evtx *e = winevt_evtx_new(wanted, fn, user, counts);
	int r;

	if (!e)
		return -ENOMEM;
	do
		r = winevt_evtx_step(e, fd);
	while (r == WINEVT_EVTX_MORE && e->reading.stop == 0);
	winevt_evtx_free(e);
	return r;
}
