/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one door to a BMC: OpenIPMI's plain connection layer, for "smi 0" and "lan …" alike. No
 * domain layer and, on SMI, no start_con: both add traffic that cannot be switched off.
 */
#pragma once

#include <OpenIPMI/os_handler.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/util.h"
#include "ipmi/queue.h"

struct link_events { /* none is called from inside link_open() or link_send() */
	void (*answer)(void *host, uint64_t tag, const uint8_t *data, size_t len);
	/* LAN only: the session came up (error 0) or went down (-errno). SMI is up once open. */
	void (*state)(void *host, int error);
};

struct link;

/* Is `connection` something link_open() could take? 0; -EINVAL with the reason in `ret_why`
 * (static text). A password in it is refused: it belongs in a file. */
MUST_CHECK int link_check(const char *connection, const char **ret_why);
/* `password` may be NULL (SMI, or none); it is copied. -ENOENT, -ENODEV, -EBUSY, -EACCES, -EINVAL
 * as the kernel said. */
MUST_CHECK int link_open(os_handler_t *loop, const char *connection, const char *password,
			 const struct link_events *events, void *host, struct link **ret);
/* Also with a command in flight: its answer is never delivered. NULL is fine. */
void link_close(struct link *link);
/* 0: sent; -errno: not sent, taxonomy_of_error() says what it means. */
MUST_CHECK int link_send(struct link *link, const struct ipmi_request *req, uint64_t tag);
/* The same interface, or the same words but for blanks. */
bool link_is_same(const char *a, const char *b);
bool link_is_smi(const char *connection, unsigned *ret_number);
