/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What events of a Windows host say about its controller: a table of (provider, id), to which the
 * configuration may add rows. A provider's name is not translated and its message texts are, so an
 * event is known by provider and id together, never by a text. Other providers use the same ids.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/observation.h"

#define WINEVENT_PROVIDER_MAX 64
#define WINEVENT_ROWS_MAX     32 /* of the configuration */

enum winevent_meaning {
	WINEVENT_GAVE_UP,      /* the driver: it stops, and has to be enabled again */
	WINEVENT_NO_INTERFACE, /* no usable SMBIOS record of type 38: it does not know where to ask
				*/
	WINEVENT_BAD_SETTING,  /* a value of the registry; the default was taken */
	WINEVENT_NO_START,     /* a time-out when the device was created */
	WINEVENT_TIMEOUT,
	WINEVENT_LOG_UNREAD, /* the event log, into the driver's cache */
	WINEVENT_HARMLESS,   /* counted and no more */
	WINEVENT_MAX,
};

struct winevent_info {
	const char *name;	/* "timeout"; in the configuration and in the store, so it stays */
	const char *text;	/* one clause for people */
	enum obs_status status; /* what it is as an observation of a command; OBS_SKIPPED: none */
};
const struct winevent_info *winevent_info(enum winevent_meaning meaning);
MUST_CHECK int winevent_parse(const char *name, enum winevent_meaning *ret);

struct winevent_row {
	char provider[WINEVENT_PROVIDER_MAX]; /* compared without case */
	uint32_t first, last;		      /* ids */
	enum winevent_meaning meaning;
};

struct winevents { /* the configuration's rows; they go before the built-in ones */
	struct winevent_row rows[WINEVENT_ROWS_MAX];
	size_t count;
};

/* "PROVIDER:ID=MEANING" or "PROVIDER:FIRST-LAST=MEANING", several with ';' between; "" is none.
 * 0; -EINVAL: *ret_at is where in the text it went wrong; -ENOSPC: too many. */
MUST_CHECK int winevents_parse(const char *text, struct winevents *ret, size_t *ret_at);

/* -ENOENT: it says nothing about a controller. */
MUST_CHECK int winevent_find(const struct winevents *more, const char *provider, uint32_t event_id,
			     enum winevent_meaning *ret);
