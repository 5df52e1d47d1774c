/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a record keeps what we want: a walk over the tokens of its binary XML up to the end of
 * the System element, without recursion. Most end at once, at a provider that nobody wants.
 */
#include "winevt/evtx-internal.h"

#define TOKENS_MAX 192 /* a genuine System has sixty; more only costs time */
#define DEPTH_MAX  16

enum token {
	TOKEN_END = 0x00,
	TOKEN_OPEN = 0x01,
	TOKEN_OPENED = 0x02,
	TOKEN_CLOSED_EMPTY = 0x03,
	TOKEN_CLOSE = 0x04,
	TOKEN_TEXT = 0x05,
	TOKEN_ATTRIBUTE = 0x06,
	TOKEN_CDATA = 0x07,
	TOKEN_CHARACTER = 0x08,
	TOKEN_ENTITY = 0x09,
	TOKEN_SUBSTITUTE = 0x0d,
	TOKEN_OPTIONAL = 0x0e,
	TOKEN_FRAGMENT = 0x0f,
	TOKEN_HAS_MORE = 0x40, /* attributes, or more of the same */
};

struct walk {
	const struct evtx_chunk *chunk;
	const struct winevt_wanted *wanted;
	struct evtx_plan *plan;
	uint32_t at, end;
	int depth;
	uint32_t element, attribute; /* offsets of their names; 0: none */
	bool has_dependency, in_system, is_done;
};

static const struct {
	const char *element, *attribute; /* attribute NULL: the element's text */
} field_names[EVTX_FIELDS] = {
	[EVTX_PROVIDER] = { "Provider", "Name" },
	[EVTX_EVENT_ID] = { "EventID", NULL },
	[EVTX_QUALIFIERS] = { "EventID", "Qualifiers" },
	[EVTX_LEVEL] = { "Level", NULL },
	[EVTX_TIME] = { "TimeCreated", "SystemTime" },
	[EVTX_RECORD_ID] = { "EventRecordID", NULL },
	[EVTX_CHANNEL] = { "Channel", NULL },
	[EVTX_COMPUTER] = { "Computer", NULL },
};

static bool has(const struct walk *w, uint32_t n)
{
	return w->end - w->at >= n;
}

/* The name at that offset, which take_name() has found to be inside, is that one. */
static bool is_name(const struct walk *w, uint32_t offset, const char *name)
{
	const uint8_t *p = w->chunk->bytes + offset + 6;
	const size_t n = strlen(name);

	if (evtx_u16(p) != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (evtx_u16(p + 2 + 2 * i) != (unsigned char)name[i])
			return false;
	}
	return true;
}

/* The reference to a name, and the name if it stands here for the first time. */
static bool take_name(struct walk *w, uint32_t *ret_offset)
{
	uint32_t offset, size;

	if (!has(w, 4))
		return false;
	offset = evtx_u32(w->chunk->bytes + w->at);
	w->at += 4;
	if (offset < EVTX_CHUNK_HEADER || offset > w->chunk->size - 8)
		return false;
	size = 8 + 2 * (uint32_t)evtx_u16(w->chunk->bytes + offset + 6);
	if (size > w->chunk->size - offset)
		return false;
	if (offset == w->at) {
		if (!has(w, size + 2)) /* a NUL ends it */
			return false;
		w->at += size + 2;
	}
	*ret_offset = offset;
	return true;
}

static bool take_open(struct walk *w, bool has_attributes)
{
	const uint32_t lead = 4 + (w->has_dependency ? 2 : 0);

	if (!has(w, lead) || w->depth == DEPTH_MAX)
		return false;
	w->at += lead;
	if (!take_name(w, &w->element) || (has_attributes && !has(w, 4)))
		return false;
	w->at += has_attributes ? 4 : 0;
	w->attribute = 0;
	w->depth++;
	if (w->depth == 2)
		w->in_system = is_name(w, w->element, "System");
	return true;
}

static bool take_close(struct walk *w)
{
	if (w->depth == 0)
		return false;
	w->is_done = w->depth == 2 && w->in_system;
	w->depth--;
	w->element = w->attribute = 0;
	return true;
}

/* Which field stands here; EVTX_FIELDS: none of ours. */
static enum evtx_field field_here(const struct walk *w)
{
	if (!w->in_system || w->depth != 3 || w->element == 0)
		return EVTX_FIELDS;
	for (unsigned i = 0; i < EVTX_FIELDS; i++) {
		const char *attribute = field_names[i].attribute;

		if ((attribute != NULL) == (w->attribute != 0) &&
		    is_name(w, w->element, field_names[i].element) &&
		    (!attribute || is_name(w, w->attribute, attribute)))
			return (enum evtx_field)i;
	}
	return EVTX_FIELDS;
}

static void judge_provider(struct walk *w, const struct evtx_place *place)
{
	char text[WINEVT_TEXT_MAX];

	w->plan->verdict = EVTX_OTHER;
	if (place->source == EVTX_SUBSTITUTE) {
		w->plan->verdict = EVTX_ASK;
	} else if (place->source == EVTX_LITERAL) {
		evtx_text(text, w->chunk->bytes + place->at, place->size);
		if (winevt_is_provider(w->wanted, text))
			w->plan->verdict = EVTX_TAKE;
	}
	w->is_done = w->plan->verdict == EVTX_OTHER;
}

/* A piece of text, or what stands for one. */
static void set_field(struct walk *w, enum evtx_source source, uint32_t at, uint32_t size)
{
	const enum evtx_field field = field_here(w);
	struct evtx_place *place;

	if (field == EVTX_FIELDS)
		return;
	place = &w->plan->places[field];
	if (place->source != EVTX_ABSENT)
		source = EVTX_MIXED;
	*place = (struct evtx_place){ source, at, size };
	if (field == EVTX_PROVIDER)
		judge_provider(w, place);
}

/* `lead` bytes, a count of characters, the characters. */
static bool take_text(struct walk *w, uint32_t lead, enum evtx_source source)
{
	uint32_t size;

	if (!has(w, lead + 2))
		return false;
	size = 2 * (uint32_t)evtx_u16(w->chunk->bytes + w->at + lead);
	w->at += lead + 2;
	if (!has(w, size))
		return false;
	set_field(w, source, w->at, size);
	w->at += size;
	return true;
}

static bool take_substitute(struct walk *w)
{
	if (!has(w, 3))
		return false;
	set_field(w, EVTX_SUBSTITUTE, evtx_u16(w->chunk->bytes + w->at), 0);
	w->at += 3;
	return true;
}

static bool take_reference(struct walk *w, bool is_entity)
{
	uint32_t name;

	if (is_entity ? !take_name(w, &name) : !has(w, 2))
		return false;
	w->at += is_entity ? 0 : 2;
	set_field(w, EVTX_MIXED, 0, 0);
	return true;
}

static bool skip(struct walk *w, uint32_t n)
{
	if (!has(w, n))
		return false;
	w->at += n;
	return true;
}

static bool take_token(struct walk *w)
{
	const uint8_t token = w->chunk->bytes[w->at++];

	switch (token & ~TOKEN_HAS_MORE) {
	case TOKEN_END:
		w->is_done = true;
		return w->depth == 0;
	case TOKEN_OPEN:
		return take_open(w, token & TOKEN_HAS_MORE);
	case TOKEN_OPENED:
		w->attribute = 0;
		return true;
	case TOKEN_CLOSED_EMPTY:
	case TOKEN_CLOSE:
		return take_close(w);
	case TOKEN_TEXT:
		return has(w, 1) && w->chunk->bytes[w->at] == EVTX_TYPE_STRING &&
		       take_text(w, 1, EVTX_LITERAL);
	case TOKEN_ATTRIBUTE:
		return take_name(w, &w->attribute);
	case TOKEN_CDATA:
		return take_text(w, 0, EVTX_MIXED);
	case TOKEN_CHARACTER:
	case TOKEN_ENTITY:
		return take_reference(w, (token & ~TOKEN_HAS_MORE) == TOKEN_ENTITY);
	case TOKEN_SUBSTITUTE:
	case TOKEN_OPTIONAL:
		return take_substitute(w);
	case TOKEN_FRAGMENT:
		return skip(w, 3);
	default:
		return false;
	}
}

void evtx_plan_make(struct evtx_plan *plan, const struct evtx_chunk *chunk, uint32_t at,
		    uint32_t end, bool has_dependency, const struct winevt_wanted *wanted)
{
	struct walk w = {
		.chunk = chunk,
		.wanted = wanted,
		.plan = plan,
		.at = at,
		.end = end,
		.has_dependency = has_dependency,
	};

	*plan = (struct evtx_plan){ .verdict = EVTX_OTHER };
	for (int i = 0; !w.is_done; i++) {
		if (i == TOKENS_MAX || w.at >= w.end || !take_token(&w)) {
			plan->verdict = EVTX_BAD;
			return;
		}
	}
}
