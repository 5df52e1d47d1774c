/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes event logs byte by byte: tokens, records, chunks with their checksums, and what a
 * decoder's callback heard.
 */
#pragma once

#include <libdeflate.h>

#include "tests/unit/tap.h"
#include "winevt/evtx-internal.h"

struct bytes {
	uint8_t at[WINEVT_EVTX_CHUNK];
	uint32_t n;
	bool has_dependency; /* elements are a template's */
};

static const struct winevt_pair bytes_pairs[] UNUSED = { { "IPMIDRV", 1000, 1007 } };
static const struct winevt_wanted bytes_wanted UNUSED = { bytes_pairs, 1 };

static inline void bytes_set(struct bytes *b, uint32_t at, uint64_t value, unsigned width)
{
	for (unsigned i = 0; i < width; i++)
		b->at[at + i] = (uint8_t)(value >> 8 * i);
}

static inline void bytes_put(struct bytes *b, uint64_t value, unsigned width)
{
	bytes_set(b, b->n, value, width);
	b->n += width;
}

static inline void bytes_utf16(struct bytes *b, const char *text)
{
	for (; *text; text++)
		bytes_put(b, (uint8_t)*text, 2);
}

/* A name where it stands for the first time. */
static inline void bytes_name(struct bytes *b, const char *name)
{
	bytes_put(b, b->n + 4, 4);
	bytes_put(b, 0, 6);
	bytes_put(b, strlen(name), 2);
	bytes_utf16(b, name);
	bytes_put(b, 0, 2);
}

static inline void bytes_open(struct bytes *b, const char *name, bool has_attributes)
{
	bytes_put(b, has_attributes ? 0x41 : 0x01, 1);
	if (b->has_dependency)
		bytes_put(b, 0xffff, 2);
	bytes_put(b, 0, 4);
	bytes_name(b, name);
	if (has_attributes)
		bytes_put(b, 0, 4);
	else
		bytes_put(b, 0x02, 1);
}

static inline void bytes_attribute(struct bytes *b, const char *name)
{
	bytes_put(b, 0x06, 1);
	bytes_name(b, name);
}

static inline void bytes_text(struct bytes *b, const char *text)
{
	bytes_put(b, 0x0105, 2);
	bytes_put(b, strlen(text), 2);
	bytes_utf16(b, text);
}

static inline void bytes_substitute(struct bytes *b, unsigned number, unsigned type)
{
	bytes_put(b, 0x0e, 1);
	bytes_put(b, number, 2);
	bytes_put(b, type, 1);
}

/* <NAME>TEXT</NAME> */
static inline void bytes_element(struct bytes *b, const char *name, const char *text)
{
	bytes_open(b, name, false);
	bytes_text(b, text);
	bytes_put(b, 0x04, 1);
}

/* <NAME KEY='TEXT'/> */
static inline void bytes_empty(struct bytes *b, const char *name, const char *key, const char *text)
{
	bytes_open(b, name, true);
	bytes_attribute(b, key);
	bytes_text(b, text);
	bytes_put(b, 0x03, 1);
}

static inline void bytes_event_id(struct bytes *b, const char *qualifiers, const char *id)
{
	bytes_open(b, "EventID", true);
	bytes_attribute(b, "Qualifiers");
	bytes_text(b, qualifiers);
	bytes_put(b, 0x02, 1);
	bytes_text(b, id);
	bytes_put(b, 0x04, 1);
}

/* The elements of a forwarded event, all of them text. */
static inline void bytes_event(struct bytes *b, const char *provider, const char *id,
			       const char *record_id)
{
	bytes_open(b, "Event", false);
	bytes_open(b, "System", false);
	bytes_empty(b, "Provider", "Name", provider);
	bytes_event_id(b, "32773", id);
	bytes_element(b, "Level", "3");
	bytes_empty(b, "TimeCreated", "SystemTime", "2026-11-20T06:54:06.8125001Z");
	bytes_element(b, "EventRecordID", record_id);
	bytes_element(b, "Channel", "System");
	bytes_element(b, "Computer", "SRV01.example.test");
	bytes_put(b, 0x0404, 2);
	bytes_put(b, 0x00, 1);
}

/* A record's header; bytes_end_record() wants what it returns. */
static inline uint32_t bytes_begin_record(struct bytes *b, uint64_t id, uint64_t time)
{
	const uint32_t at = b->n;

	bytes_put(b, 0x2a2a, 8);
	bytes_put(b, id, 8);
	bytes_put(b, time, 8);
	bytes_put(b, 0x0001010f, 4);
	return at;
}

static inline void bytes_end_record(struct bytes *b, uint32_t at)
{
	bytes_put(b, b->n + 4 - at, 4);
	bytes_set(b, at + 4, b->n - at, 4);
}

static inline void bytes_record(struct bytes *b, uint64_t id, uint64_t time)
{
	const uint32_t at = bytes_begin_record(b, id, time);
	char text[24];

	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)id);
	bytes_event(b, "IPMIDRV", "1004", text);
	bytes_end_record(b, at);
}

static inline void bytes_begin_chunk(struct bytes *b)
{
	*b = (struct bytes){ .n = EVTX_CHUNK_HEADER };
	memcpy(b->at, "ElfChnk", 8);
}

static inline void bytes_sum_chunk(struct bytes *b)
{
	const uint32_t end = evtx_u32(b->at + EVTX_CHUNK_FREE) - EVTX_CHUNK_HEADER;
	uint32_t sum = libdeflate_crc32(0, b->at + EVTX_CHUNK_HEADER, end);

	bytes_set(b, EVTX_CHUNK_DATA_SUM, sum, 4);
	sum = libdeflate_crc32(libdeflate_crc32(0, b->at, 120), b->at + 128, 384);
	bytes_set(b, EVTX_CHUNK_SUM, sum, 4);
}

static inline void bytes_end_chunk(struct bytes *b, uint64_t first_id, uint64_t last_id)
{
	bytes_set(b, EVTX_CHUNK_FIRST_ID, first_id, 8);
	bytes_set(b, EVTX_CHUNK_LAST_ID, last_id, 8);
	bytes_set(b, EVTX_CHUNK_FREE, b->n, 4);
	bytes_sum_chunk(b);
}

/* A chunk of records `first` to `last`, each of the time `salt` and its number. */
static inline void bytes_chunk(struct bytes *b, uint64_t first, uint64_t last, uint64_t salt)
{
	bytes_begin_chunk(b);
	for (uint64_t id = first; id <= last; id++)
		bytes_record(b, id, salt + id);
	bytes_end_chunk(b, first, last);
}

/* The first WINEVT_EVTX_HEADER bytes are a file's header. */
static inline void bytes_header(struct bytes *b, uint64_t next_id, uint16_t chunks, uint32_t flags)
{
	*b = (struct bytes){ .n = WINEVT_EVTX_HEADER };
	memcpy(b->at, "ElfFile", 8);
	bytes_set(b, EVTX_HEADER_NEXT_ID, next_id, 8);
	bytes_set(b, EVTX_HEADER_CHUNKS, chunks, 2);
	bytes_set(b, EVTX_HEADER_FLAGS, flags, 4);
	bytes_set(b, EVTX_HEADER_SUM, libdeflate_crc32(0, b->at, 120), 4);
}

struct heard {
	size_t count;
	uint64_t sum, last; /* of record ids */
	struct winevt_record record;
	int answer; /* from the `answer_at`th on */
	size_t answer_at;
};

static inline int hear(void *user, const struct winevt_record *record)
{
	struct heard *h = user;

	h->count++;
	h->sum += record->record_id;
	h->last = record->record_id;
	h->record = *record;
	return h->answer != 0 && h->count >= h->answer_at ? h->answer : 0;
}
