/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of the socket of Windows events.
 */
#include "model/winevt-wire.h"

#include <stdio.h>

#define WIRE_MAGIC     UINT32_C(0x424d5745)
#define HAS_RECORD_ID  1u
#define LEVEL_MAX      5
#define QUALIFIERS_MAX 0xffff
#define NANOS_A_SEC    1000000000u
#define SECONDS_MAX    INT64_C(253402300799) /* the end of 9999 */

struct wire { /* no holes: see the assertion */
	uint32_t magic;
	uint16_t version, kind;
	uint32_t event_id;
	int32_t qualifiers, level;
	uint32_t flags;
	uint64_t record_id;
	int64_t seconds;
	uint32_t nanos, zero;
	char host[WINEVT_HOST_MAX], provider[WINEVENT_PROVIDER_MAX];
	uint64_t number, source;
};

_Static_assert(sizeof(struct wire) == WINEVT_WIRE_SIZE, "both sides count on the size");

void winevt_wire_encode(const struct winevt_message *message, void *data)
{
	struct wire w = { .magic = WIRE_MAGIC,
			  .version = WINEVT_WIRE_VERSION,
			  .kind = (uint16_t)message->kind,
			  .number = message->number,
			  .source = message->source };

	if (message->kind == WINEVT_EVENT) {
		w.event_id = message->event_id;
		w.qualifiers = message->qualifiers;
		w.level = message->level;
		w.flags = message->has_record_id ? HAS_RECORD_ID : 0;
		w.record_id = message->has_record_id ? message->record_id : 0;
		w.seconds = message->time.v / USEC_PER_SEC;
		w.nanos = (uint32_t)(message->time.v % USEC_PER_SEC) * 1000;
		(void)snprintf(w.host, sizeof(w.host), "%s", message->host);
		(void)snprintf(w.provider, sizeof(w.provider), "%s", message->provider);
	}
	memcpy(data, &w, sizeof(w));
}

static bool is_zero(const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

/* Printable, not empty, ended by a NUL within its room, and nothing but NULs behind that. */
static bool is_text(const char *text, size_t max)
{
	size_t len = 0;

	while (len < max && text[len] >= 0x20 && text[len] < 0x7f)
		len++;
	return len > 0 && len < max && is_zero(text + len, max - len);
}

static bool is_possible_event(const struct wire *w)
{
	if (w->qualifiers < -1 || w->qualifiers > QUALIFIERS_MAX || w->level < -1 ||
	    w->level > LEVEL_MAX)
		return false;
	if (w->flags > HAS_RECORD_ID || (w->flags == 0 && w->record_id != 0))
		return false;
	if (w->seconds < 0 || w->seconds > SECONDS_MAX || w->nanos >= NANOS_A_SEC || w->zero != 0)
		return false;
	return is_text(w->host, sizeof(w->host)) && is_text(w->provider, sizeof(w->provider));
}

static bool is_possible(const struct wire *w)
{
	const bool is_counted =
		w->kind == WINEVT_EVENT || w->kind == WINEVT_MARK || w->kind == WINEVT_TAKEN;

	if (w->kind >= WINEVT_MESSAGE_MAX || w->number > INT64_MAX || w->source > INT64_MAX)
		return false;
	if ((!is_counted && w->number != 0) || (w->kind != WINEVT_HELLO && w->source != 0))
		return false;
	if (w->kind == WINEVT_EVENT)
		return is_possible_event(w);
	return is_zero((const char *)w + offsetof(struct wire, event_id),
		       offsetof(struct wire, number) - offsetof(struct wire, event_id));
}

int winevt_wire_decode(const void *data, size_t len, struct winevt_message *ret)
{
	struct wire w;

	if (len != sizeof(w))
		return -EMSGSIZE;
	memcpy(&w, data, sizeof(w));
	if (w.magic != WIRE_MAGIC || w.version != WINEVT_WIRE_VERSION)
		return -EPROTO;
	if (!is_possible(&w))
		return -EBADMSG;
	*ret = (struct winevt_message){
		.kind = (enum winevt_message_kind)w.kind,
		.event_id = w.event_id,
		.qualifiers = w.qualifiers,
		.level = w.level,
		.has_record_id = w.flags == HAS_RECORD_ID,
		.record_id = w.record_id,
		.time = { w.seconds * USEC_PER_SEC + w.nanos / 1000 },
		.number = w.number,
		.source = w.source,
	};
	memcpy(ret->host, w.host, sizeof(ret->host));
	memcpy(ret->provider, w.provider, sizeof(ret->provider));
	return 0;
}
