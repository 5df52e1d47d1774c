/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's status document, fetched and taken apart.
 */
#pragma once

#include <jansson.h>

#include "base/util.h"
#include "cli/command.h"

/* 0; or says on stderr what is wrong and what to do, -errno. *ret: json_decref() it. */
MUST_CHECK int client_fetch(const char *run_dir, json_t **ret);
/* The same from another of its sockets than status.sock. */
MUST_CHECK int client_fetch_from(const char *run_dir, const char *name, json_t **ret);
/* The process that listens there, as the kernel says. 0; -ESRCH: none, said on stderr; -errno. */
MUST_CHECK int client_daemon(const char *run_dir, pid_t *ret_pid);
static inline void json_unref(json_t **slot)
{
	json_decref(*slot);
}

/* "" for what is not there or is no text: another version's document must not hurt. */
const char *client_text(const json_t *object, const char *key);
double client_number(const json_t *object, const char *key);
bool client_flag(const json_t *object, const char *key);
/* "3 h 20 min" (a second at least) from an RFC 3339 time until the document's `now`; "" if either
 * is odd. */
void client_age(const json_t *document, const char *since, char *text);
bool client_is_local(const json_t *target);	 /* behind a driver of this machine */
unsigned client_interface(const json_t *target); /* N of /dev/ipmiN, of such a one */
int client_code(const char *severity);		 /* exit code */
void client_print_json(const json_t *value);
/* Text from a daemon that may be another's: control characters become blanks. */
void client_print(const char *text);
