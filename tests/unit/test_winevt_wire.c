/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of the socket of Windows events: what goes in comes out; anything else is refused.
 */
#include <stddef.h>

#include "model/winevt-wire.c" /* the unit under test */
#include "tests/unit/tap.h"

static const struct winevt_message sample = {
	.kind = WINEVT_EVENT,
	.event_id = 1004,
	.qualifiers = 32773,
	.level = 3,
	.has_record_id = true,
	.record_id = UINT64_C(5000000000),
	.number = UINT64_C(6000000000),
	.time = { 1700000000 * USEC_PER_SEC + 123456 },
	.host = "SRV-0042.corp.example",
	.provider = "IPMIDRV",
};

static struct wire wire_of(const struct winevt_message *message)
{
	struct wire w;

	winevt_wire_encode(message, &w);
	return w;
}

static int decode(const struct wire *w, struct winevt_message *ret)
{
	return winevt_wire_decode(w, sizeof(*w), ret);
}

static bool is_same(const struct winevt_message *a, const struct winevt_message *b)
{
	return a->kind == b->kind && a->event_id == b->event_id && a->qualifiers == b->qualifiers &&
	       a->level == b->level && a->has_record_id == b->has_record_id &&
	       a->record_id == b->record_id && a->time.v == b->time.v && a->number == b->number &&
	       a->source == b->source && strcmp(a->host, b->host) == 0 &&
	       strcmp(a->provider, b->provider) == 0;
}

static void test_there_and_back(void)
{
	struct winevt_message message = sample, back = { .kind = WINEVT_MESSAGE_MAX };
	struct wire w = wire_of(&sample);

	check(decode(&w, &back) == 0 && is_same(&back, &sample), "an event is what was sent");
	message.has_record_id = false;
	message.qualifiers = message.level = -1;
	w = wire_of(&message);
	check(decode(&w, &back) == 0 && back.record_id == 0 && back.level == -1,
	      "what the source does not say is not made up");
	message.number = 0;
	for (int kind = 0; kind < WINEVT_MESSAGE_MAX; kind++) {
		message.kind = (enum winevt_message_kind)kind;
		w = wire_of(&message);
		check(decode(&w, &back) == 0 && (int)back.kind == kind, "kind %d is taken", kind);
	}
	check(is_zero((const char *)&w + 8, sizeof(w) - 8),
	      "others than events have nothing in them");
}

/* The offsets that the header documents. */
static void test_layout(void)
{
	check(offsetof(struct wire, event_id) == 8 && offsetof(struct wire, record_id) == 24 &&
		      offsetof(struct wire, seconds) == 32 && offsetof(struct wire, nanos) == 40 &&
		      offsetof(struct wire, host) == 48 && offsetof(struct wire, provider) == 304 &&
		      offsetof(struct wire, number) == 368 && offsetof(struct wire, source) == 376,
	      "the layout is as documented");
}

static void test_refused(void)
{
	struct winevt_message back = { .event_id = 77 };
	struct wire w = wire_of(&sample);

	check(winevt_wire_decode(&w, sizeof(w) - 1, &back) == -EMSGSIZE &&
		      winevt_wire_decode(&w, 0, &back) == -EMSGSIZE &&
		      winevt_wire_decode(&w, sizeof(w) + 1, &back) == -EMSGSIZE,
	      "a shorter or longer one is none");
	w.magic++;
	check(decode(&w, &back) == -EPROTO, "another beginning is refused");
	w = wire_of(&sample);
	w.version++;
	check(decode(&w, &back) == -EPROTO, "and so is another version");
#define IMPOSSIBLE(change, sentence)                                                               \
	w = wire_of(&sample);                                                                      \
	change;                                                                                    \
	check(decode(&w, &back) == -EBADMSG, sentence)
	IMPOSSIBLE(w.kind = 9, "no such kind");
	IMPOSSIBLE(w.qualifiers = -2, "no such qualifiers");
	IMPOSSIBLE(w.qualifiers = 65536, "qualifiers are 16 bits");
	IMPOSSIBLE(w.level = 6, "no such level");
	IMPOSSIBLE(w.flags = 2, "no such flag");
	IMPOSSIBLE(w.flags = 0, "a record id that is not known");
	IMPOSSIBLE(w.seconds = -1, "a time before 1970");
	IMPOSSIBLE(w.seconds = INT64_MAX, "a time that does not fit");
	IMPOSSIBLE(w.nanos = 1000000000, "a second has so many");
	IMPOSSIBLE(w.zero = 1, "what is 0 is 0");
	IMPOSSIBLE(w.source = 1, "an event does not name its source");
	IMPOSSIBLE(w.number = (uint64_t)INT64_MAX + 1, "no number that does not fit");
	IMPOSSIBLE(w.host[0] = '\0', "an event without a host");
	IMPOSSIBLE(memset(w.host, 'x', sizeof(w.host)), "a name without an end");
	IMPOSSIBLE(w.host[3] = '\n', "a newline");
	IMPOSSIBLE(w.provider[0] = (char)0xff, "a byte that is no ASCII");
	IMPOSSIBLE(w.provider[20] = 'x', "something behind the end of a text");
	IMPOSSIBLE(w.kind = WINEVT_HELLO, "a greeting with something in it");
	check(back.event_id == 77, "and what is refused changes nothing");
}

int main(void)
{
	test_there_and_back();
	test_layout();
	test_refused();
	return tap_done();
}
