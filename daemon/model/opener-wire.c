/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of the helper's socket.
 */
#include "model/opener-wire.h"

#define WIRE_MAGIC UINT32_C(0x424d4f50)
#define MAX_AGE_US (365 * USEC_PER_DAY)
#define SLACK_US   USEC_PER_SEC /* a record may be quicker than the clock was read */

struct wire { /* no holes: see the assertion */
	uint32_t magic;
	uint16_t version, kind;
	int32_t error;
	uint32_t event, interface, opener;
	int32_t pid;
	uint32_t uid, login_uid, reserved;
	uint64_t start_ticks;
	int64_t at_us, began_us;
	char comm[OPENER_COMM_MAX], parent[OPENER_COMM_MAX];
	char exe[OPENER_EXE_MAX], unit[OPENER_UNIT_MAX], container[OPENER_CONTAINER_MAX];
	char rest[16];
};

_Static_assert(sizeof(struct wire) == OPENER_WIRE_SIZE, "both sides count on the size");

void opener_wire_encode(const struct opener_message *message, void *data)
{
	const struct opener_event *e = &message->event;
	struct wire w = {
		.magic = WIRE_MAGIC,
		.version = OPENER_WIRE_VERSION,
		.kind = (uint16_t)message->kind,
		.error = message->error,
		.event = (uint32_t)e->kind,
		.interface = e->target,
		.opener = (uint32_t)e->who.kind,
		.pid = e->who.pid,
		.uid = e->who.uid,
		.login_uid = e->who.login_uid,
		.start_ticks = e->who.start_ticks,
		.at_us = e->at.v,
		.began_us = e->began.v,
	};

	memcpy(w.comm, e->who.comm, sizeof(w.comm));
	memcpy(w.parent, e->who.parent, sizeof(w.parent));
	memcpy(w.exe, e->who.exe, sizeof(w.exe));
	memcpy(w.unit, e->who.unit, sizeof(w.unit));
	memcpy(w.container, e->who.container, sizeof(w.container));
	memcpy(data, &w, sizeof(w));
}

static bool is_printable(char c)
{
	return c >= 0x20 && c < 0x7f;
}

void opener_clean(char *to, size_t max, const char *from, size_t len)
{
	size_t n = 0;

	for (; n + 1 < max && n < len && from[n] != '\0'; n++)
		to[n] = '?';
	for (size_t i = 0; i < n; i++) {
		if (is_printable(from[i]))
			to[i] = from[i];
	}
	to[n] = '\0';
}

/* Ended by a NUL within its room, printable until there. */
static bool is_text(const char *text, size_t max)
{
	for (size_t i = 0; i < max; i++) {
		if (text[i] == '\0')
			return true;
		if (!is_printable(text[i]))
			return false;
	}
	return false;
}

static bool has_good_texts(const struct wire *w)
{
	return is_text(w->comm, sizeof(w->comm)) && is_text(w->parent, sizeof(w->parent)) &&
	       is_text(w->exe, sizeof(w->exe)) && is_text(w->unit, sizeof(w->unit)) &&
	       is_text(w->container, sizeof(w->container));
}

static bool is_time(int64_t us, mono_us now)
{
	return us >= 0 && us <= now.v + SLACK_US && us >= now.v - MAX_AGE_US;
}

static bool is_possible(const struct wire *w, mono_us now)
{
	if (w->kind >= OPENER_MESSAGE_MAX || w->error > 0 || w->error < -4095)
		return false;
	if (w->kind != OPENER_NEWS)
		return true;
	if (w->event >= OPENER_EVENT_MAX || w->opener >= OPENER_KIND_MAX || w->pid < 0)
		return false;
	return is_time(w->at_us, now) &&
	       (w->event != OPENER_SCANNED || is_time(w->began_us, now)) && has_good_texts(w);
}

static void copy_text(char *to, size_t max, const char *from)
{
	size_t i = 0;

	memset(to, 0, max);
	for (; i + 1 < max && from[i] != '\0'; i++)
		to[i] = from[i];
}

static void take_opener(const struct wire *w, struct opener *who)
{
	who->kind = (enum opener_kind)w->opener;
	who->pid = w->pid;
	who->start_ticks = w->start_ticks;
	who->uid = w->uid;
	who->login_uid = w->login_uid;
	copy_text(who->comm, sizeof(who->comm), w->comm);
	copy_text(who->parent, sizeof(who->parent), w->parent);
	copy_text(who->exe, sizeof(who->exe), w->exe);
	copy_text(who->unit, sizeof(who->unit), w->unit);
	copy_text(who->container, sizeof(who->container), w->container);
}

int opener_wire_decode(const void *data, size_t len, mono_us now, struct opener_message *ret)
{
	struct wire w;

	if (len != sizeof(w))
		return -EMSGSIZE;
	memcpy(&w, data, sizeof(w));
	if (w.magic != WIRE_MAGIC || w.version != OPENER_WIRE_VERSION)
		return -EPROTO;
	if (!is_possible(&w, now))
		return -EBADMSG;
	*ret = (struct opener_message){
		.kind = (enum opener_message_kind)w.kind,
		.error = w.error,
	};
	if (ret->kind != OPENER_NEWS)
		return 0;
	ret->event.kind = (enum opener_event_kind)w.event;
	ret->event.target = w.interface;
	ret->event.at.v = min_i64(w.at_us, now.v);
	ret->event.began.v = min_i64(w.began_us, now.v);
	take_opener(&w, &ret->event.who);
	return 0;
}
