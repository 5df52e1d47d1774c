/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parts of the event log reader share: a chunk's bytes, and the plan of a record: where
 * its System element keeps what we want. libyal's "Windows XML Event Log (EVTX) format" names it
 * all.
 */
#pragma once

#include "winevt/evtx.h"

#define EVTX_CHUNK_HEADER 512
#define EVTX_PLANS	  512 /* kept of a chunk; a genuine one has up to a hundred templates */

enum evtx_field {
	EVTX_PROVIDER,
	EVTX_EVENT_ID,
	EVTX_QUALIFIERS,
	EVTX_LEVEL,
	EVTX_TIME,
	EVTX_RECORD_ID,
	EVTX_CHANNEL,
	EVTX_COMPUTER,
	EVTX_FIELDS
};

enum evtx_source {
	EVTX_ABSENT,
	EVTX_LITERAL,	 /* `at`: UTF-16 of `size` bytes in the chunk */
	EVTX_SUBSTITUTE, /* `at`: the number of the value */
	EVTX_MIXED,	 /* of several pieces: not read */
};

struct evtx_place {
	enum evtx_source source;
	uint32_t at, size;
};

enum evtx_verdict {
	EVTX_OTHER, /* of a provider that nobody wants */
	EVTX_ASK,   /* the provider is one of the values */
	EVTX_TAKE,
	EVTX_BAD,
};

struct evtx_plan {
	enum evtx_verdict verdict;
	struct evtx_place places[EVTX_FIELDS];
};

/* A value as it stands in the file. */
struct evtx_value {
	const uint8_t *bytes; /* borrowed from the chunk */
	uint32_t size;
	uint8_t type; /* EVTX_TYPE_…; 0: there is none */
};

#define EVTX_TYPE_STRING     0x01
#define EVTX_TYPE_U8	     0x04
#define EVTX_TYPE_U16	     0x06
#define EVTX_TYPE_U32	     0x08
#define EVTX_TYPE_U64	     0x0a
#define EVTX_TYPE_FILETIME   0x11
#define EVTX_TYPE_SYSTEMTIME 0x12

/* One chunk, from its header to where its free space begins or its bytes end. */
struct evtx_chunk {
	const uint8_t *bytes; /* borrowed */
	uint32_t size;
};

struct evtx_cached {
	uint32_t generation, offset;
	struct evtx_plan plan;
};

/* What reading a chunk needs and tells. */
struct evtx_reading {
	const struct winevt_wanted *wanted; /* borrowed, as all pointers here */
	winevt_record_fn *fn;
	void *user;
	struct winevt_counts *counts;
	bool only_new; /* records up to after_id are passed over */
	uint64_t after_id;
	uint64_t last_id, last_time; /* the highest that was seen */
	int stop;		     /* what `fn` returned */
	uint32_t generation;	     /* of the chunk; plans of others do not count */
	struct evtx_cached plans[EVTX_PLANS];
	struct winevt_record record;	  /* the last one */
	const struct evtx_plan *constant; /* whose text it has already; NULL: nobody's */
};

static inline uint16_t evtx_u16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t evtx_u32(const uint8_t *p)
{
	return evtx_u16(p) | (uint32_t)evtx_u16(p + 2) << 16;
}

static inline uint64_t evtx_u64(const uint8_t *p)
{
	return evtx_u32(p) | (uint64_t)evtx_u32(p + 4) << 32;
}

/*
 * The plan of the elements from `at` to `end`: a template's (has_dependency: each element names a
 * value it depends on), or a record's that has none.
 */
void evtx_plan_make(struct evtx_plan *plan, const struct evtx_chunk *chunk, uint32_t at,
		    uint32_t end, bool has_dependency, const struct winevt_wanted *wanted);

/* UTF-16 as winevt_text(). */
void evtx_text(char *ret, const uint8_t *utf16, size_t size);
/* One field of a record; what is absent is set as such. 0; -EBADMSG: not what that field may be. */
MUST_CHECK int evtx_value_read(enum evtx_field field, const struct evtx_value *value,
			       struct winevt_record *record);

/* The checksums of a whole chunk are right. */
bool evtx_chunk_is_intact(const uint8_t *bytes);
/* All records of a chunk of at least EVTX_CHUNK_HEADER bytes, unless `fn` says stop. */
void evtx_chunk_read(struct evtx_reading *r, const uint8_t *bytes, uint32_t size);

struct winevt_evtx {
	struct evtx_reading reading;
	bool has_header, has_sums;
	uint64_t chunks, next_id; /* as the header says; 0: it does not know */
	const uint8_t *head;	  /* borrowed: comes before what the file gives */
	size_t head_len;
	uint8_t bytes[WINEVT_EVTX_CHUNK];
};

/* Up to `size` bytes, fewer only at the end; from where the file stands, or from `offset` if that
 * is not negative. How many; -errno. */
MUST_CHECK ssize_t evtx_fill(int fd, int64_t offset, uint8_t *bytes, size_t size);
/* The header is in e->bytes. 0; -EBADMSG: not an event log. */
MUST_CHECK int evtx_take_header(struct winevt_evtx *e);
bool evtx_is_unused(const uint8_t *bytes); /* of EVTX_CHUNK_HEADER bytes and more */
bool evtx_is_chunk(const uint8_t *bytes, size_t size);
/* `size` bytes of a slot are in e->bytes, and no more will come. */
void evtx_take_slot(struct winevt_evtx *e, size_t size);
/* A record's size by its header; 0: there is none. */
uint32_t evtx_record_size(const struct evtx_chunk *chunk, uint32_t at);

enum {
	EVTX_HEADER_NEXT_ID = 24,
	EVTX_HEADER_CHUNKS = 42,
	EVTX_HEADER_FLAGS = 120,
	EVTX_HEADER_SUM = 124,
	EVTX_CHUNK_FIRST_ID = 24,
	EVTX_CHUNK_LAST_ID = 32,
	EVTX_CHUNK_LAST_RECORD = 44,
	EVTX_CHUNK_FREE = 48,
	EVTX_CHUNK_DATA_SUM = 52,
	EVTX_CHUNK_SUM = 124,
	EVTX_RECORD_ID_AT = 8,
	EVTX_RECORD_TIME_AT = 16,
};
