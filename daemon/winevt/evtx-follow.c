/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An event log that still grows: pass after pass over its slots, each telling what is newer than
 * all of the passes before. A log numbers its records, so the highest number is enough to go on,
 * if its record is still the same. A slot that is not finished holds the pass up: a later one
 * that were told first would make what is in it look old.
 */
#include "winevt/evtx-internal.h"

#define SLOTS_MAX (INT64_MAX / WINEVT_EVTX_CHUNK - 1)

/* Where record `id` is, it is of that time. */
static bool has_record(const uint8_t *bytes, uint64_t id, uint64_t time)
{
	const struct evtx_chunk chunk = { bytes, evtx_u32(bytes + EVTX_CHUNK_FREE) };
	uint32_t at = EVTX_CHUNK_HEADER, size;

	while ((size = evtx_record_size(&chunk, at)) > 0) {
		if (evtx_u64(bytes + at + EVTX_RECORD_ID_AT) == id)
			return evtx_u64(bytes + at + EVTX_RECORD_TIME_AT) == time;
		at += size;
	}
	return false;
}

/* Where the next slot with anything in it is: a hole of terabytes is nothing to walk through.
 * -ENXIO: behind the last. */
static int64_t skip_hole(int fd, int64_t offset)
{
	const off_t at = lseek(fd, offset, SEEK_DATA);

	if (at < 0)
		return errno == ENXIO ? -ENXIO : offset; /* a file system that cannot tell */
	return offset + (at - offset) / WINEVT_EVTX_CHUNK * WINEVT_EVTX_CHUNK;
}

enum found {
	FOUND_NOT,
	FOUND_SAME,  /* or nobody can say: the chunk is being written */
	FOUND_OTHER, /* another record has its number */
};

/* Looks into a slot for that record. FOUND_…; -errno. */
static int look_for(struct winevt_evtx *e, int fd, int64_t offset, uint64_t id, uint64_t time)
{
	ssize_t n;

	if (id < evtx_u64(e->bytes + EVTX_CHUNK_FIRST_ID) ||
	    id > evtx_u64(e->bytes + EVTX_CHUNK_LAST_ID))
		return FOUND_NOT;
	n = evtx_fill(fd, offset, e->bytes, sizeof(e->bytes));
	if (n < 0)
		return (int)n;
	if (n < WINEVT_EVTX_CHUNK || !evtx_chunk_is_intact(e->bytes))
		return FOUND_SAME;
	return has_record(e->bytes, id, time) ? FOUND_SAME : FOUND_OTHER;
}

/* 1: the log goes on behind that record, even if it is overwritten by now; 0: it was cleared and
 * begins anew; -errno. */
static int goes_on(struct winevt_evtx *e, int fd, uint64_t id, uint64_t time)
{
	int64_t offset = WINEVT_EVTX_HEADER;
	bool is_behind = e->next_id <= id;
	int found = FOUND_NOT;
	ssize_t n;

	while (found == FOUND_NOT) {
		offset = skip_hole(fd, offset);
		if (offset < 0)
			return !is_behind;
		n = evtx_fill(fd, offset, e->bytes, EVTX_CHUNK_HEADER);
		if (n < 0)
			return (int)n;
		if (n < EVTX_CHUNK_HEADER)
			return !is_behind;
		if (evtx_is_chunk(e->bytes, (size_t)n)) {
			is_behind = is_behind && evtx_u64(e->bytes + EVTX_CHUNK_LAST_ID) < id;
			found = look_for(e, fd, offset, id, time);
			if (found < 0)
				return found;
		}
		offset += WINEVT_EVTX_CHUNK;
	}
	return found == FOUND_SAME;
}

/* Where a pass begins; if the cursor was kept in the midst of one, where that goes on. */
static int find_end(struct winevt_evtx *e, int fd, struct winevt_evtx_cursor *cursor)
{
	int r = 1;

	if (cursor->slot > 0) {
		r = goes_on(e, fd, cursor->next_id, cursor->next_time);
		if (r != 0)
			return r < 0 ? r : 0;
		cursor->slot = 0;
	}
	if (cursor->id > 0)
		r = goes_on(e, fd, cursor->id, cursor->time);
	if (r < 0)
		return r;
	if (r == 0)
		cursor->id = cursor->time = 0;
	cursor->next_id = cursor->id;
	cursor->next_time = cursor->time;
	return 0;
}

/* A state; WINEVT_EVTX_MORE: there is a header. */
static int begin_pass(struct winevt_evtx *e, int fd, struct winevt_evtx_cursor *cursor,
		      bool is_final)
{
	ssize_t n = evtx_fill(fd, 0, e->bytes, WINEVT_EVTX_HEADER);
	int r;

	if (n < 0)
		return (int)n;
	if (n < WINEVT_EVTX_HEADER)
		return !is_final ? WINEVT_EVTX_WAIT : n > 0 ? -EBADMSG : WINEVT_EVTX_END;
	r = evtx_take_header(e);
	if (r == 0)
		r = find_end(e, fd, cursor);
	return r < 0 ? r : WINEVT_EVTX_MORE;
}

static int end_pass(struct winevt_evtx_cursor *cursor)
{
	cursor->id = cursor->next_id;
	cursor->time = cursor->next_time;
	cursor->slot = 0;
	return WINEVT_EVTX_END;
}

/* Nothing more will be written to it, as far as one can see. */
static bool is_settled(const struct winevt_evtx *e, size_t size, uint64_t slot)
{
	if (size < WINEVT_EVTX_CHUNK)
		return false;
	if (!evtx_is_chunk(e->bytes, size))
		return evtx_is_unused(e->bytes) && slot >= e->chunks;
	return !e->has_sums || evtx_chunk_is_intact(e->bytes);
}

static int take_slot_there(struct winevt_evtx *e, int fd, struct winevt_evtx_cursor *cursor,
			   bool is_final)
{
	int64_t offset = WINEVT_EVTX_HEADER + (int64_t)cursor->slot * WINEVT_EVTX_CHUNK;
	ssize_t n = 0;

	if (cursor->slot >= e->chunks)
		offset = skip_hole(fd, offset);
	if (offset >= 0)
		n = evtx_fill(fd, offset, e->bytes, EVTX_CHUNK_HEADER);
	if (n < 0)
		return (int)n;
	if (n == 0)
		return end_pass(cursor);
	cursor->slot = (uint64_t)(offset - WINEVT_EVTX_HEADER) / WINEVT_EVTX_CHUNK;
	if (evtx_is_chunk(e->bytes, (size_t)n) && cursor->id > 0 &&
	    evtx_u64(e->bytes + EVTX_CHUNK_LAST_ID) <= cursor->id) {
		cursor->slot++;
		return WINEVT_EVTX_MORE;
	}
	n = evtx_fill(fd, offset, e->bytes, sizeof(e->bytes));
	if (n < 0)
		return (int)n;
	if (!is_final && !is_settled(e, (size_t)n, cursor->slot))
		return WINEVT_EVTX_WAIT;
	evtx_take_slot(e, (size_t)n);
	if (e->reading.stop != 0)
		return e->reading.stop;
	cursor->next_id = e->reading.last_id;
	cursor->next_time = e->reading.last_time;
	cursor->slot++;
	return WINEVT_EVTX_MORE;
}

int winevt_evtx_follow(struct winevt_evtx *e, int fd, struct winevt_evtx_cursor *cursor,
		       bool is_final)
{
	int r;

	if (cursor->slot > SLOTS_MAX)
		cursor->slot = 0;
	if (cursor->slot == 0 || !e->has_header) {
		r = begin_pass(e, fd, cursor, is_final);
		if (r != WINEVT_EVTX_MORE)
			return r;
	}
	e->reading.only_new = cursor->id > 0;
	e->reading.after_id = cursor->id;
	e->reading.last_id = cursor->next_id;
	e->reading.last_time = cursor->next_time;
	e->reading.stop = 0;
	return take_slot_there(e, fd, cursor, is_final);
}
