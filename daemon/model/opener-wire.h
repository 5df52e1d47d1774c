/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes over the socket between the daemon and its helper bmchealthd-openers: records of one
 * size, in the machine's own byte order, each with a version. A record is input: it is checked
 * whole before any of it is used.
 */
#pragma once

#include "model/opener.h"

#define OPENER_WIRE_VERSION 1
#define OPENER_WIRE_SIZE    440

enum opener_message_kind {
	OPENER_HELLO, /* helper → daemon, first: how it works */
	OPENER_NEWS,  /* helper → daemon: `event`; its target is the interface, N of /dev/ipmiN */
	OPENER_LOOK,  /* daemon → helper: look through all processes now */
	OPENER_MESSAGE_MAX,
};

struct opener_message {
	enum opener_message_kind kind;
	int error; /* OPENER_HELLO: 0: it hears of every opening; -errno: it only looks, and why */
	struct opener_event event; /* OPENER_NEWS */
};

/* `data` has OPENER_WIRE_SIZE bytes. */
void opener_wire_encode(const struct opener_message *message, void *data);
/* 0; -EMSGSIZE: not one record; -EPROTO: another version; -EBADMSG: impossible. `now`: a time
 * later than that, or a year before it, is impossible. */
MUST_CHECK int opener_wire_decode(const void *data, size_t len, mono_us now,
				  struct opener_message *ret);

/* `from` into `to`, which has `max` bytes, cut if need be: what is not printable ASCII becomes
 * '?'. */
void opener_clean(char *to, size_t max, const char *from, size_t len);
