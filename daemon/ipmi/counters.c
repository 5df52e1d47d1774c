/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ipmi driver's counters in sysfs, whatever this kernel and this driver have of them. Names:
 * Documentation/ABI/testing/sysfs-devices-platform-ipmi.
 */
#include "ipmi/counters.h"

#include <stdio.h>

#include "base/fsio.h"
#include "base/parse.h"

/* A number and a newline; longer is nonsense. */
#define COUNTER_TEXT_MAX 64
/* More while one command is under way: a counter has begun anew. */
#define SERVED_MOST 100000

static const struct counter_file {
	enum driver_counter counter;
	const char *file; /* directly in device/, never below it */
} counter_files[] = {
	{ DRIVER_COMPLETE_TRANSACTIONS, "complete_transactions" },
	{ DRIVER_COMPLETE_TRANSACTIONS, "received_messages" },
	{ DRIVER_HOSED, "hosed_count" },
	{ DRIVER_HOSED, "hosed" },
	{ DRIVER_USERS, "nr_users" },
	{ DRIVER_MESSAGES, "nr_msgs" },
	{ DRIVER_SHORT_TIMEOUTS, "short_timeouts" },
	{ DRIVER_LONG_TIMEOUTS, "long_timeouts" },
	{ DRIVER_ATTENTIONS, "attentions" },
	{ DRIVER_EVENTS, "events" },
	{ DRIVER_INCOMING, "incoming_messages" },
	{ DRIVER_PRETIMEOUTS, "watchdog_pretimeouts" },
	{ DRIVER_SEND_ERRORS, "send_errors" },
	{ DRIVER_RECEIVE_ERRORS, "receive_errors" },
};

static const char *const counter_names[DRIVER_COUNTER_MAX] = {
	[DRIVER_COMPLETE_TRANSACTIONS] = "complete-transactions",
	[DRIVER_HOSED] = "hosed",
	[DRIVER_USERS] = "users",
	[DRIVER_MESSAGES] = "messages",
	[DRIVER_SHORT_TIMEOUTS] = "short-timeouts",
	[DRIVER_LONG_TIMEOUTS] = "long-timeouts",
	[DRIVER_ATTENTIONS] = "attentions",
	[DRIVER_EVENTS] = "events",
	[DRIVER_INCOMING] = "incoming",
	[DRIVER_PRETIMEOUTS] = "pretimeouts",
	[DRIVER_SEND_ERRORS] = "send-errors",
	[DRIVER_RECEIVE_ERRORS] = "receive-errors",
};

static const char *const interface_types[] = { "kcs", "bt", "smic", "ssif" };

/* Does device/FILE exist, and is it short text? */
static bool device_read(const char *sysroot, unsigned number, const char *file, char *text)
{
	char path[FS_PATH_MAX];
	int n;

	n = snprintf(path, sizeof(path), "/sys/class/ipmi/ipmi%u/device/%s", number, file);
	if (n < 0 || (size_t)n >= sizeof(path))
		return false;
	return fs_read(sysroot, path, text, COUNTER_TEXT_MAX) > 0;
}

static bool is_line_end(const char *at)
{
	return at[0] == '\0' || (at[0] == '\n' && at[1] == '\0');
}

static bool counter_parse(const char *text, uint32_t *ret)
{
	const char *end;
	uint64_t value;

	if (parse_u64(text, &value, &end) < 0 || !is_line_end(end) || value > UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

/* "2 28750": state and milliseconds left; the latter may be negative. */
static bool maintenance_parse(const char *text, unsigned *ret)
{
	const char *end;
	uint64_t state, left;

	if (parse_u64(text, &state, &end) < 0 || state > 2 || *end != ' ')
		return false;
	end += end[1] == '-' ? 2 : 1;
	if (parse_u64(end, &left, &end) < 0 || !is_line_end(end))
		return false;
	*ret = (unsigned)state;
	return true;
}

static void type_parse(const char *text, char *type, size_t max)
{
	for (size_t i = 0; i < COUNT_OF(interface_types); i++) {
		size_t n = strlen(interface_types[i]);

		if (strncmp(text, interface_types[i], n) == 0 && is_line_end(text + n))
			(void)snprintf(type, max, "%s", interface_types[i]);
	}
}

static int interface_check(const char *sysroot, unsigned number)
{
	char path[FS_PATH_MAX];
	int n;

	n = snprintf(path, sizeof(path), "%s/sys/class/ipmi/ipmi%u", sysroot, number);
	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	return access(path, F_OK) < 0 ? -ENOENT : 0;
}

int driver_counters_read(const char *sysroot, unsigned number, struct driver_counters *ret)
{
	struct driver_counters counters = { 0 };
	char text[COUNTER_TEXT_MAX];
	int r;

	r = interface_check(sysroot, number);
	if (r < 0)
		return r;
	for (size_t i = 0; i < COUNT_OF(counter_files); i++) {
		enum driver_counter counter = counter_files[i].counter;

		if (!counters.has[counter] &&
		    device_read(sysroot, number, counter_files[i].file, text))
			counters.has[counter] = counter_parse(text, &counters.value[counter]);
	}
	if (device_read(sysroot, number, "maintenance_mode", text))
		counters.has_maintenance = maintenance_parse(text, &counters.maintenance);
	if (device_read(sysroot, number, "type", text))
		type_parse(text, counters.type, sizeof(counters.type));
	*ret = counters;
	return 0;
}

static bool has_risen(const struct driver_counters *sent, const struct driver_counters *answered,
		      enum driver_counter counter, bool *ret_is_known)
{
	*ret_is_known = sent->has[counter] && answered->has[counter];
	return *ret_is_known && sent->value[counter] != answered->value[counter];
}

/* Of a hung controller the BT driver says 0xC0 by itself; it counts nothing then, neither a hosed
 * interface nor a transaction (ipmi_bt_sm.c). Others' transactions may hide that: then it is
 * taken for the controller's word. */
bool driver_gave_up(const struct driver_counters *sent, const struct driver_counters *answered)
{
	bool is_known;

	if (has_risen(sent, answered, DRIVER_HOSED, &is_known))
		return true;
	return strcmp(answered->type, "bt") == 0 &&
	       !has_risen(sent, answered, DRIVER_COMPLETE_TRANSACTIONS, &is_known) && is_known;
}

static uint32_t rise(const struct driver_counters *sent, const struct driver_counters *now,
		     enum driver_counter counter)
{
	if (!sent->has[counter] || !now->has[counter])
		return 0;
	return now->value[counter] - sent->value[counter];
}

uint32_t driver_others_served(const struct driver_counters *sent, const struct driver_counters *now,
			      bool has_answer)
{
	static const enum driver_counter own[] = { DRIVER_ATTENTIONS, DRIVER_EVENTS,
						   DRIVER_INCOMING, DRIVER_PRETIMEOUTS };
	const uint32_t waited =
		sent->has[DRIVER_MESSAGES] ? sent->value[DRIVER_MESSAGES] : UINT32_MAX;
	const uint32_t done = rise(sent, now, DRIVER_COMPLETE_TRANSACTIONS);
	uint32_t not_theirs = has_answer;

	if (!sent->has[DRIVER_COMPLETE_TRANSACTIONS] || !now->has[DRIVER_COMPLETE_TRANSACTIONS])
		return sent->has[DRIVER_MESSAGES] ? waited : 0;
	for (size_t i = 0; i < COUNT_OF(own); i++)
		not_theirs += rise(sent, now, own[i]);
	if (waited == 0 || done <= not_theirs || done > SERVED_MOST)
		return 0;
	return done - not_theirs;
}

const char *driver_counter_name(enum driver_counter counter)
{
	return (unsigned)counter < DRIVER_COUNTER_MAX ? counter_names[counter] : "unknown";
}
