/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records of one chunk. Behind where its free space begins lie records of old, which look
 * like any other: nothing is read there. Neither is a record looked for behind one whose size is
 * wrong: what looks like a record may be what somebody wrote into one.
 */
#include <libdeflate.h>

#include "winevt/evtx-internal.h"

#define RECORD_MAGIC	0x2a2au
#define RECORD_HEADER	24u
#define RECORD_LEAST	28u /* the header, and the size once more */
#define TEMPLATE_HEADER 24u
#define INSTANCE_SIZE	10u

bool evtx_chunk_is_intact(const uint8_t *bytes)
{
	const uint32_t end = evtx_u32(bytes + EVTX_CHUNK_FREE);
	uint32_t sum;

	if (end < EVTX_CHUNK_HEADER || end > WINEVT_EVTX_CHUNK)
		return false;
	sum = libdeflate_crc32(libdeflate_crc32(0, bytes, 120), bytes + 128, 512 - 128);
	return sum == evtx_u32(bytes + EVTX_CHUNK_SUM) &&
	       libdeflate_crc32(0, bytes + EVTX_CHUNK_HEADER, end - EVTX_CHUNK_HEADER) ==
		       evtx_u32(bytes + EVTX_CHUNK_DATA_SUM);
}

/* The plan of the template at that offset, made once for each chunk. */
static const struct evtx_plan *template_plan(struct evtx_reading *r, const struct evtx_chunk *chunk,
					     uint32_t offset, uint32_t size)
{
	struct evtx_cached *c = &r->plans[offset * 2654435761u >> 23];

	_Static_assert(EVTX_PLANS == 1 << (32 - 23), "the hash has as many values as plans");
	if (c->generation != r->generation || c->offset != offset) {
		c->generation = r->generation;
		c->offset = offset;
		r->constant = NULL;
		offset += TEMPLATE_HEADER;
		evtx_plan_make(&c->plan, chunk, offset, offset + size, true, r->wanted);
	}
	return &c->plan;
}

/* The values of a record: how many, their sizes and types, then themselves. */
struct values {
	const uint8_t *sizes, *bytes, *end; /* borrowed from the chunk */
	uint32_t count;
	const uint8_t *next; /* where value `number` is: they are asked for mostly in order */
	uint32_t number;
};

static int values_open(struct values *v, const uint8_t *at, const uint8_t *end)
{
	if (end - at < 4)
		return -EBADMSG;
	v->count = evtx_u32(at);
	v->sizes = at + 4;
	v->end = end;
	if (v->count > (size_t)(end - v->sizes) / 4)
		return -EBADMSG;
	v->next = v->bytes = v->sizes + 4 * (size_t)v->count;
	v->number = 0;
	return 0;
}

static int values_get(struct values *v, uint32_t number, struct evtx_value *ret)
{
	uint32_t size;

	if (number >= v->count)
		return -EBADMSG;
	if (number < v->number) {
		v->next = v->bytes;
		v->number = 0;
	}
	for (;; v->number++) {
		size = evtx_u16(v->sizes + 4 * (size_t)v->number);
		if (size > (size_t)(v->end - v->next))
			return -EBADMSG;
		if (v->number == number)
			break;
		v->next += size;
	}
	*ret = (struct evtx_value){ v->next, size, v->sizes[4 * (size_t)number + 2] };
	return 0;
}

static int place_value(const struct evtx_chunk *chunk, const struct evtx_place *place,
		       struct values *values, struct evtx_value *ret)
{
	switch (place->source) {
	case EVTX_LITERAL:
		*ret = (struct evtx_value){ chunk->bytes + place->at, place->size,
					    place->size > 0 ? EVTX_TYPE_STRING : 0 };
		return 0;
	case EVTX_SUBSTITUTE:
		return values ? values_get(values, place->at, ret) : -EBADMSG;
	case EVTX_ABSENT:
		*ret = (struct evtx_value){ NULL, 0, 0 };
		return 0;
	case EVTX_MIXED:
		break;
	}
	return -EBADMSG;
}

static int fill_field(const struct evtx_chunk *chunk, const struct evtx_plan *plan,
		      struct values *values, enum evtx_field field, struct winevt_record *record)
{
	struct evtx_value value;
	int r = place_value(chunk, &plan->places[field], values, &value);

	return r < 0 ? r : evtx_value_read(field, &value, record);
}

/* Unless it is text of the plan that r->record has already. */
static int fill_anew(struct evtx_reading *r, const struct evtx_chunk *chunk,
		     const struct evtx_plan *plan, struct values *values, enum evtx_field field)
{
	if (r->constant == plan && plan->places[field].source != EVTX_SUBSTITUTE)
		return 0;
	return fill_field(chunk, plan, values, field, &r->record);
}

/* The fields of r->record. 1; 0: nobody wants it, some are missing; -EBADMSG. */
static int fill(struct evtx_reading *r, const struct evtx_chunk *chunk,
		const struct evtx_plan *plan, struct values *values)
{
	struct winevt_record *record = &r->record;

	if (fill_anew(r, chunk, plan, values, EVTX_PROVIDER) < 0)
		return -EBADMSG;
	if (plan->verdict == EVTX_ASK && !winevt_is_provider(r->wanted, record->provider))
		return 0;
	if (fill_anew(r, chunk, plan, values, EVTX_EVENT_ID) < 0)
		return -EBADMSG;
	if (!winevt_is_wanted(r->wanted, record->provider, record->event_id))
		return 0;
	for (unsigned i = EVTX_QUALIFIERS; i < EVTX_FIELDS; i++) {
		if (fill_anew(r, chunk, plan, values, (enum evtx_field)i) < 0)
			return -EBADMSG;
	}
	return record->host[0] != '\0' ? 1 : -EBADMSG;
}

/* A record of that plan, told if it is wanted. false: damaged. */
static bool tell(struct evtx_reading *r, const struct evtx_chunk *chunk,
		 const struct evtx_plan *plan, struct values *values)
{
	const int is_wanted = plan->verdict == EVTX_BAD ? -EBADMSG : fill(r, chunk, plan, values);

	r->constant = is_wanted > 0 ? plan : NULL;
	if (is_wanted > 0) {
		r->counts->wanted++;
		r->stop = r->fn(r->user, &r->record);
	}
	return is_wanted >= 0;
}

/*
 * A record by template: its offset, the template itself if it stands here for the first time,
 * the values. `at` is behind the token. false: damaged.
 */
static bool read_instance(struct evtx_reading *r, const struct evtx_chunk *chunk, uint32_t at,
			  uint32_t end)
{
	const struct evtx_plan *plan;
	struct values values;
	uint32_t offset, size;

	if (end - at < INSTANCE_SIZE - 1)
		return false;
	offset = evtx_u32(chunk->bytes + at + 5);
	at += INSTANCE_SIZE - 1;
	if (offset < EVTX_CHUNK_HEADER || offset > chunk->size - TEMPLATE_HEADER)
		return false;
	size = evtx_u32(chunk->bytes + offset + 20);
	if (size > chunk->size - TEMPLATE_HEADER - offset)
		return false;
	plan = template_plan(r, chunk, offset, size);
	if (plan->verdict == EVTX_OTHER)
		return true;
	if (offset == at) {
		if (end - at < TEMPLATE_HEADER || end - at - TEMPLATE_HEADER < size)
			return false;
		at += TEMPLATE_HEADER + size;
	}
	return values_open(&values, chunk->bytes + at, chunk->bytes + end) == 0 &&
	       tell(r, chunk, plan, &values);
}

static bool read_plain(struct evtx_reading *r, const struct evtx_chunk *chunk, uint32_t at,
		       uint32_t end)
{
	struct evtx_plan plan;
	bool is_good;

	evtx_plan_make(&plan, chunk, at, end, false, r->wanted);
	is_good = plan.verdict == EVTX_OTHER || tell(r, chunk, &plan, NULL);
	r->constant = NULL; /* it was this one's */
	return is_good;
}

/* The record from `at` to `end`, whose magic and size are right. false: damaged. */
static bool read_record(struct evtx_reading *r, const struct evtx_chunk *chunk, uint32_t at,
			uint32_t end)
{
	static const uint8_t fragment[] = { 0x0f, 0x01, 0x01, 0x00 };
	const uint8_t *bytes = chunk->bytes;
	const uint32_t size = end - at;

	end -= 4;
	at += RECORD_HEADER;
	if (evtx_u32(bytes + end) != size || end - at <= sizeof(fragment) ||
	    memcmp(bytes + at, fragment, sizeof(fragment)) != 0)
		return false;
	at += sizeof(fragment);
	switch (bytes[at]) {
	case 0x0c:
		return read_instance(r, chunk, at + 1, end);
	case 0x01:
	case 0x41:
		return read_plain(r, chunk, at, end);
	default:
		return false;
	}
}

uint32_t evtx_record_size(const struct evtx_chunk *chunk, uint32_t at)
{
	uint32_t size;

	if (at > chunk->size || chunk->size - at < RECORD_LEAST ||
	    evtx_u32(chunk->bytes + at) != RECORD_MAGIC)
		return 0;
	size = evtx_u32(chunk->bytes + at + 4);
	return size >= RECORD_LEAST && size <= chunk->size - at ? size : 0;
}

/* Where the free space begins; a header that cannot be right may still know its last record. */
static uint32_t chunk_end(struct evtx_reading *r, const uint8_t *bytes, uint32_t size)
{
	const uint32_t end = evtx_u32(bytes + EVTX_CHUNK_FREE),
		       last = evtx_u32(bytes + EVTX_CHUNK_LAST_RECORD);
	const struct evtx_chunk chunk = { bytes, size };
	uint32_t last_size;

	if (end >= EVTX_CHUNK_HEADER && end <= WINEVT_EVTX_CHUNK)
		return end < size ? end : size;
	r->counts->bad++;
	last_size = last >= EVTX_CHUNK_HEADER ? evtx_record_size(&chunk, last) : 0;
	return last_size > 0 ? last + last_size : EVTX_CHUNK_HEADER;
}

/* Whether it is new; remembers the highest. */
static bool note_id(struct evtx_reading *r, const uint8_t *record)
{
	const uint64_t id = evtx_u64(record + EVTX_RECORD_ID_AT);

	if (r->only_new && id <= r->after_id)
		return false;
	if (id > r->last_id) {
		r->last_id = id;
		r->last_time = evtx_u64(record + EVTX_RECORD_TIME_AT);
	}
	return true;
}

void evtx_chunk_read(struct evtx_reading *r, const uint8_t *bytes, uint32_t size)
{
	const struct evtx_chunk chunk = { bytes, chunk_end(r, bytes, size) };
	uint32_t at = EVTX_CHUNK_HEADER, n;

	r->generation++;
	while (at < chunk.size && r->stop == 0) {
		n = evtx_record_size(&chunk, at);
		if (n == 0) {
			r->counts->bad++;
			return;
		}
		if (note_id(r, bytes + at)) {
			r->counts->events++;
			if (!read_record(r, &chunk, at, at + n))
				r->counts->bad++;
		}
		at += n;
	}
}
