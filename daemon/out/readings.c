/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of last readings.
 */
#include "out/readings.h"

#include <stdio.h>

#include "base/util.h"

#define ROOM_FIRST 64

struct readings {
	struct last_reading *list; /* owned */
	size_t count, room;
};

struct readings *readings_new(void)
{
	return calloc(1, sizeof(struct readings));
}

void readings_free(struct readings *readings)
{
	if (!readings)
		return;
	free(readings->list);
	free(readings);
}

static struct last_reading *readings_find(const struct readings *readings,
					  const struct observation *obs)
{
	for (size_t i = 0; i < readings->count; i++) {
		struct last_reading *r = &readings->list[i];

		if (r->target == obs->target && r->facts.lun == obs->sensor->lun &&
		    r->facts.number == obs->sensor->number)
			return r;
	}
	return NULL;
}

/* Is there room for one more of this target? */
static bool readings_make_room(struct readings *readings, uint32_t target)
{
	struct last_reading *list;
	size_t room, same = 0;

	for (size_t i = 0; i < readings->count; i++)
		same += readings->list[i].target == target;
	if (same >= READINGS_MAX)
		return false;
	if (readings->count < readings->room)
		return true;
	room = readings->room > 0 ? 2 * readings->room : ROOM_FIRST;
	list = realloc(readings->list, room * sizeof(*list));
	if (!list)
		return false;
	readings->list = list;
	readings->room = room;
	return true;
}

void readings_feed(struct readings *readings, const struct observation *obs)
{
	struct last_reading *r;

	if (obs->metric != METRIC_SENSOR || !obs->sensor || !obs->detail)
		return;
	r = readings_find(readings, obs);
	if (!r) {
		if (!readings_make_room(readings, obs->target))
			return;
		r = &readings->list[readings->count++];
		*r = (struct last_reading){ .target = obs->target, .read = obs->mono };
	}
	(void)snprintf(r->name, sizeof(r->name), "%s", obs->detail);
	r->facts = *obs->sensor;
	r->value = obs->value;
	r->flags = obs->flags;
	r->gap_us = mono_since(obs->mono, r->read);
	r->read = obs->mono;
}

static void readings_keep(struct readings *readings,
			  bool (*keeps)(const struct last_reading *, const void *),
			  const void *user)
{
	size_t kept = 0;

	for (size_t i = 0; i < readings->count; i++) {
		if (keeps(&readings->list[i], user))
			readings->list[kept++] = readings->list[i];
	}
	readings->count = kept;
}

static bool is_young(const struct last_reading *reading, const void *user)
{
	const mono_us *now = user;

	return mono_since(*now, reading->read) < READINGS_KEEP_US;
}

void readings_expire(struct readings *readings, mono_us now)
{
	readings_keep(readings, is_young, &now);
}

static bool is_of_another(const struct last_reading *reading, const void *user)
{
	const uint32_t *target = user;

	return reading->target != *target;
}

void readings_forget(struct readings *readings, uint32_t target)
{
	readings_keep(readings, is_of_another, &target);
}

const struct last_reading *readings_list(const struct readings *readings, size_t *ret_count)
{
	*ret_count = readings->count;
	return readings->list;
}

bool reading_is_shadowed(const struct readings *readings, size_t index)
{
	const struct last_reading *r = &readings->list[index];

	for (size_t i = 0; i < readings->count; i++) {
		const struct last_reading *other = &readings->list[i];
		const int64_t younger_us = mono_since(other->read, r->read);

		if (i == index || other->target != r->target || strcmp(other->name, r->name) != 0)
			continue;
		if (younger_us > 0 || (younger_us == 0 && i > index))
			return true;
	}
	return false;
}

enum reading_state reading_state(const struct last_reading *reading)
{
	if (reading->flags & SENSOR_FLAG_UNAVAILABLE)
		return READING_NONE;
	if (reading->flags & SENSOR_FLAG_DISCRETE)
		return READING_STATES;
	if (reading->flags & SENSOR_FLAG_THRESHOLDS & ~(SENSOR_FLAG_LNC | SENSOR_FLAG_UNC))
		return READING_CRITICAL;
	return reading->flags & SENSOR_FLAG_THRESHOLDS ? READING_WARNING : READING_NOMINAL;
}

const char *reading_state_name(enum reading_state state)
{
	static const char *const names[] = {
		[READING_NOMINAL] = "nominal",	 [READING_WARNING] = "warning",
		[READING_CRITICAL] = "critical", [READING_STATES] = "states",
		[READING_NONE] = "no reading",
	};

	return names[state];
}

const char *reading_type_name(uint8_t type)
{
	static const char *const names[] = {
		"Reserved",
		"Temperature",
		"Voltage",
		"Current",
		"Fan",
		"Physical Security",
		"Platform Security Violation Attempt",
		"Processor",
		"Power Supply",
		"Power Unit",
		"Cooling Device",
		"Other Units Based Sensor",
		"Memory",
		"Drive Slot",
		"POST Memory Resize",
		"System Firmware Progress",
		"Event Logging Disabled",
		"Watchdog 1",
		"System Event",
		"Critical Interrupt",
		"Button/Switch",
		"Module/Board",
		"Microcontroller/Coprocessor",
		"Add In Card",
		"Chassis",
		"Chip Set",
		"Other FRU",
		"Cable/Interconnect",
		"Terminator",
		"System Boot Initiated",
		"Boot Error",
		"OS Boot",
		"OS Critical Stop",
		"Slot/Connector",
		"System ACPI Power State",
		"Watchdog 2",
		"Platform Alert",
		"Entity Presence",
		"Monitor ASIC",
		"LAN",
		"Management Subsystem Health",
		"Battery",
		"Session Audit",
		"Version Change",
		"FRU State",
	};

	return type < COUNT_OF(names) ? names[type] : "OEM";
}
