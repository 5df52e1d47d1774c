/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One row per setting. Sources: Documentation/driver-api/ipmi.rst, drivers/char/ipmi/.
 */
#include "cli/advising.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/parse.h"
#include "base/util.h"

#define BUSY_LOW_US	    100
#define SPIN_MATTERS_US	    (5 * USEC_PER_MSEC)
#define SLOW_US		    (30 * USEC_PER_MSEC)
#define COMMANDS_PER_SENSOR 5 /* of `ipmitool sensor`, as measured */

typedef void rule_fn(const struct advise_machine *m, struct advise_knob *knob);

bool advise_has_data(const struct advise_machine *machine)
{
	return machine->answers >= ADVISE_ANSWERS_MIN && machine->q50_us > 0;
}

int64_t advise_inventory_us(const struct advise_machine *machine)
{
	return advise_has_data(machine)
		       ? (int64_t)machine->sensors * COMMANDS_PER_SENSOR * machine->q50_us
		       : 0;
}

int64_t advise_patience_us(const struct advise_machine *machine)
{
	if (!advise_has_data(machine))
		return 0;
	return machine->q99_us > 0 ? 3 * machine->q99_us : 9 * machine->q90_us;
}

static void leave(struct advise_knob *knob, const char *why)
{
	knob->wanted[0] = '\0';
	(void)snprintf(knob->why, sizeof(knob->why), "%s", why);
}

static void want(struct advise_knob *knob, const char *value, const char *why)
{
	(void)snprintf(knob->wanted, sizeof(knob->wanted), "%s", value);
	(void)snprintf(knob->why, sizeof(knob->why), "%s", why);
}

/* The interface's own of a list "500,0"; -1: it has none. */
static int64_t item(const struct advise_machine *m, const char *list)
{
	uint64_t value;
	const char *end;

	for (unsigned i = 0; i < m->interface; i++) {
		list = strchr(list, ',');
		if (!list)
			return -1;
		list++;
	}
	return parse_u64(list, &value, &end) == 0 && value <= INT64_MAX ? (int64_t)value : -1;
}

static bool is_yes(const char *value)
{
	return value[0] == 'Y' || value[0] == '1';
}

static void rule_unlimited(const struct advise_machine *m, struct advise_knob *knob)
{
	char half[CLOCK_TEXT_MAX], why[ADVISE_WHY_MAX];

	if (!advise_has_data(m)) {
		leave(knob, "without an interrupt kipmid spins while a command is under way; how "
			    "long that is here is not known yet");
		return;
	}
	clock_format_span(m->q50_us, half);
	if (m->q50_us < SPIN_MATTERS_US) {
		(void)snprintf(why, sizeof(why),
			       "without an interrupt kipmid spins while a command is under way, "
			       "but that is %s only",
			       half);
		leave(knob, why);
		return;
	}
	(void)snprintf(
		why, sizeof(why),
		"without an interrupt kipmid spins without a limit, at a low priority, while "
		"a command is under way, here %s for each; with a limit it hardly uses the "
		"CPU and commands get little slower",
		half);
	want(knob, "500", why);
}

static void rule_busy(const struct advise_machine *m, struct advise_knob *knob)
{
	const int64_t value = item(m, knob->value);

	if (strcmp(m->type, "ssif") == 0)
		leave(knob, "this interface is ssif, which it does not concern");
	else if (!m->is_irq_known)
		leave(knob, "whether the interface has an interrupt is not known");
	else if (m->has_irq)
		leave(knob, "the interface has an interrupt: no thread spins");
	else if (value <= 0)
		rule_unlimited(m, knob);
	else if (value < BUSY_LOW_US && advise_has_data(m) && m->q50_us >= SLOW_US) {
		want(knob, "500",
		     "so low, the thread sleeps a tick between most bytes: that may be why answers "
		     "take so long");
	} else {
		leave(knob, "limited, as it should be without an interrupt");
	}
}

static void rule_force(const struct advise_machine *m, struct advise_knob *knob)
{
	if (item(m, knob->value) == 0 && m->is_irq_known && !m->has_irq) {
		want(knob, "unset",
		     "without interrupt and thread each byte waits for a timer tick");
	} else {
		leave(knob, "the driver knows by itself whether it needs the thread");
	}
}

static void rule_bridged(const struct advise_machine *m UNUSED, struct advise_knob *knob)
{
	leave(knob,
	      "concerns messages bridged to other controllers; a command to the BMC itself is "
	      "sent once and has no limit of time here");
}

static void rule_maintenance(const struct advise_machine *m UNUSED, struct advise_knob *knob)
{
	leave(knob, "concerns the time after a reset or during a firmware update");
}

static void rule_limits(const struct advise_machine *m UNUSED, struct advise_knob *knob)
{
	leave(knob,
	      "a program that meets this limit leaks or piles up: mend that one (bmchealthctl "
	      "who)");
}

static void rule_unload(const struct advise_machine *m UNUSED, struct advise_knob *knob)
{
	if (is_yes(knob->value)) {
		leave(knob, "a BMC that is mute while the machine starts is not found; when it is "
			    "back: modprobe -r ipmi_si; modprobe ipmi_si");
	} else {
		leave(knob, "the driver stays without a BMC, for ipmi_si's hotmod");
	}
}

static void rule_defaults(const struct advise_machine *m UNUSED, struct advise_knob *knob)
{
	if (is_yes(knob->value)) {
		want(knob, "0", "it tries ports where nothing says that a BMC is");
	} else {
		leave(knob, "off, as it should be where firmware tables name the interface");
	}
}

static void rule_tables(const struct advise_machine *m UNUSED, struct advise_knob *knob)
{
	if (is_yes(knob->value)) {
		leave(knob, "firmware tables name the interface");
	} else {
		want(knob, "1", "without it an interface that only this table names is not found");
	}
}

static const struct {
	const char *module, *name;
	rule_fn *rule;
} rows[] = {
	{ "ipmi_si", "kipmid_max_busy_us", rule_busy },
	{ "ipmi_si", "force_kipmid", rule_force },
	{ "ipmi_si", "unload_when_empty", rule_unload },
	{ "ipmi_si", "trydefaults", rule_defaults },
	{ "ipmi_si", "tryacpi", rule_tables },
	{ "ipmi_si", "trydmi", rule_tables },
	{ "ipmi_msghandler", "default_retry_ms", rule_bridged },
	{ "ipmi_msghandler", "default_max_retries", rule_bridged },
	{ "ipmi_msghandler", "default_maintenance_retry_ms", rule_maintenance },
	{ "ipmi_msghandler", "maintenance_mode_timeout_ms", rule_maintenance },
	{ "ipmi_msghandler", "max_users", rule_limits },
	{ "ipmi_msghandler", "max_msgs_per_user", rule_limits },
};

_Static_assert(COUNT_OF(rows) <= ADVISE_KNOBS_MAX, "room for all");

const char *advise_module(size_t index)
{
	return index < COUNT_OF(rows) ? rows[index].module : NULL;
}

const char *advise_parameter(size_t index)
{
	return index < COUNT_OF(rows) ? rows[index].name : NULL;
}

void advise_knob(const struct advise_machine *machine, size_t index, const char *value,
		 struct advise_knob *ret)
{
	*ret = (struct advise_knob){ .module = rows[index].module, .name = rows[index].name };
	(void)snprintf(ret->value, sizeof(ret->value), "%.*s", (int)strcspn(value, "\n"), value);
	rows[index].rule(machine, ret);
}

/* --- over the network --- */

/* ipmitool(1): -N, -R; freeipmi.conf(5): session-timeout, retransmission-timeout. All of them send
 * a packet again that was not answered in time, so a slow controller gets its work twice. */
static const struct {
	const char *module, *name;
	int64_t usual, unit_us; /* unit 0: a number of times */
} remote_rows[] = {
	{ "ipmitool", "-N", 1, USEC_PER_SEC },
	{ "ipmitool", "-R", 4, 0 },
	{ "freeipmi", "retransmission-timeout", 1000, USEC_PER_MSEC },
	{ "freeipmi", "session-timeout", 20000, USEC_PER_MSEC },
};

bool advise_remote(const struct advise_machine *machine, size_t index, struct advise_knob *ret)
{
	const int64_t patience_us = advise_patience_us(machine);
	char value[ADVISE_VALUE_MAX];
	int64_t unit_us, seconds;

	if (index >= COUNT_OF(remote_rows))
		return false;
	unit_us = remote_rows[index].unit_us;
	*ret = (struct advise_knob){ .module = remote_rows[index].module,
				     .name = remote_rows[index].name };
	(void)snprintf(ret->value, sizeof(ret->value), "%lld", (long long)remote_rows[index].usual);
	if (unit_us == 0) {
		leave(ret, "more of them is more work for a controller that is slow already");
	} else if (patience_us == 0) {
		leave(ret, "how long answers take is not known yet");
	} else if (patience_us <= remote_rows[index].usual * unit_us) {
		leave(ret, "answers come well within it");
	} else {
		seconds = (patience_us + USEC_PER_SEC - 1) / USEC_PER_SEC;
		(void)snprintf(value, sizeof(value), "%lld",
			       (long long)(seconds * USEC_PER_SEC / unit_us));
		want(ret, value,
		     "answers take so long that it gives up, or sends again what is being "
		     "answered");
	}
	return true;
}
