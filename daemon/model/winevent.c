/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The built-in rows are those of ipmidrv.sys (libyal's winevt-kb, Provider-IPMIDRV; Microsoft
 * TechNet cc726994, dd348630, cc774889, cc774917). 1005 and later came with Windows 10 2004.
 */
#include "model/winevent.h"

#include <strings.h>

#include "base/parse.h"

static const struct winevent_info infos[WINEVENT_MAX] = {
	[WINEVENT_GAVE_UP] = { "gave-up", "the driver has given the controller up",
			       OBS_INTERFACE_LOST },
	[WINEVENT_NO_INTERFACE] = { "no-interface", "the SMBIOS tells of no IPMI interface",
				    OBS_INTERFACE_LOST },
	[WINEVENT_BAD_SETTING] = { "bad-setting", "a setting of the driver is not valid",
				   OBS_SKIPPED },
	[WINEVENT_NO_START] = { "no-start", "a command timed out when the device was created",
				OBS_TIMEOUT },
	[WINEVENT_TIMEOUT] = { "timeout", "a command timed out", OBS_TIMEOUT },
	[WINEVENT_LOG_UNREAD] = { "log-unread", "the event log cannot be read", OBS_SKIPPED },
	[WINEVENT_HARMLESS] = { "harmless", "no trouble", OBS_SKIPPED },
};

static const struct winevent_row builtin[] = {
	{ "IPMIDRV", 1000, 1000, WINEVENT_GAVE_UP },
	{ "IPMIDRV", 1001, 1001, WINEVENT_NO_INTERFACE },
	{ "IPMIDRV", 1002, 1002, WINEVENT_BAD_SETTING },
	{ "IPMIDRV", 1003, 1003, WINEVENT_NO_START },
	{ "IPMIDRV", 1004, 1004, WINEVENT_TIMEOUT },
	{ "IPMIDRV", 1005, 1006, WINEVENT_LOG_UNREAD },
	{ "IPMIDRV", 1007, 1007, WINEVENT_HARMLESS }, /* caching was running already */
};

const struct winevent_info *winevent_info(enum winevent_meaning meaning)
{
	return (size_t)meaning < COUNT_OF(infos) ? &infos[meaning] : &infos[WINEVENT_HARMLESS];
}

int winevent_parse(const char *name, enum winevent_meaning *ret)
{
	for (size_t i = 0; i < COUNT_OF(infos); i++) {
		if (strcmp(infos[i].name, name) == 0) {
			*ret = (enum winevent_meaning)i;
			return 0;
		}
	}
	return -EINVAL;
}

/* --- the configuration's rows --- */

static bool copy_part(char *to, size_t max, const char *from, size_t len)
{
	while (len > 0 && *from == ' ') {
		from++;
		len--;
	}
	while (len > 0 && from[len - 1] == ' ')
		len--;
	if (len == 0 || len >= max)
		return false;
	memcpy(to, from, len);
	to[len] = '\0';
	return true;
}

static int parse_id(const char *text, uint32_t *ret, const char **ret_end)
{
	uint64_t value = 0;
	int r = parse_u64(text, &value, ret_end);

	if (r < 0 || value > UINT32_MAX)
		return -EINVAL;
	*ret = (uint32_t)value;
	return 0;
}

/* "FIRST-LAST=", "ID=" */
static int parse_ids(const char *text, struct winevent_row *row, const char **ret_end)
{
	if (parse_id(text, &row->first, &text) < 0)
		return -EINVAL;
	row->last = row->first;
	if (*text == '-' && parse_id(text + 1, &row->last, &text) < 0)
		return -EINVAL;
	if (*text != '=' || row->last < row->first)
		return -EINVAL;
	*ret_end = text + 1;
	return 0;
}

/* One row, up to its ';' or the end. A provider's name may have a ':' in it: the last counts. */
static int parse_row(const char *text, size_t len, struct winevent_row *ret)
{
	const char *equals = memchr(text, '=', len);
	const char *colon = equals ? memrchr(text, ':', (size_t)(equals - text)) : NULL;
	char meaning[32];
	const char *at = NULL;

	if (!colon ||
	    !copy_part(ret->provider, sizeof(ret->provider), text, (size_t)(colon - text)))
		return -EINVAL;
	if (parse_ids(colon + 1, ret, &at) < 0 || at != equals + 1)
		return -EINVAL;
	if (!copy_part(meaning, sizeof(meaning), at, (size_t)(text + len - at)))
		return -EINVAL;
	return winevent_parse(meaning, &ret->meaning);
}

int winevents_parse(const char *text, struct winevents *ret, size_t *ret_at)
{
	struct winevents list = { .count = 0 };

	for (const char *at = text; *at;) {
		const size_t len = strcspn(at, ";");

		*ret_at = (size_t)(at - text);
		if (list.count == WINEVENT_ROWS_MAX)
			return -ENOSPC;
		if (parse_row(at, len, &list.rows[list.count]) < 0)
			return -EINVAL;
		list.count++;
		at += len + (at[len] == ';');
	}
	*ret = list;
	return 0;
}

/* --- looking up --- */

static const struct winevent_row *find_in(const struct winevent_row *rows, size_t count,
					  const char *provider, uint32_t event_id)
{
	for (size_t i = 0; i < count; i++) {
		if (event_id >= rows[i].first && event_id <= rows[i].last &&
		    strcasecmp(rows[i].provider, provider) == 0)
			return &rows[i];
	}
	return NULL;
}

int winevent_find(const struct winevents *more, const char *provider, uint32_t event_id,
		  enum winevent_meaning *ret)
{
	const struct winevent_row *row = find_in(more->rows, more->count, provider, event_id);

	if (!row)
		row = find_in(builtin, COUNT_OF(builtin), provider, event_id);
	if (!row)
		return -ENOENT;
	*ret = row->meaning;
	return 0;
}
