/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Readings as metric families.
 */
#include "out/metrics.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#define SENSOR_TYPE_FAN 4

enum sensor_class { /* what a reading is, by its unit */
		    CLASS_TEMPERATURE = 1 << 0,
		    CLASS_FAN = 1 << 1,
		    CLASS_FAN_RATIO = 1 << 2,
		    CLASS_VOLTAGE = 1 << 3,
		    CLASS_CURRENT = 1 << 4,
		    CLASS_POWER = 1 << 5,
		    CLASS_OTHER = 1 << 6,
		    CLASS_ANY = (1 << 7) - 1,
		    CLASS_STATES = 1 << 7, /* bits instead of a value */
};

enum family_style {
	STYLE_IPMI,	 /* ipmi_exporter: id, name; NaN where nothing is known */
	STYLE_IPMI_TYPE, /* with a type */
	STYLE_NODE,	 /* node_exporter's script: sensor; left out where nothing is known */
	STYLE_OWN,	 /* as STYLE_IPMI, and of those that are too old as well */
};

enum family_what {
	WHAT_VALUE,
	WHAT_RATIO, /* of a percentage */
	WHAT_STATE,
	WHAT_STATUS, /* of one with states: what the script makes of them */
	WHAT_TIME,   /* when it was read */
};

struct family {
	const char *name, *help;
	enum family_style style;
	enum family_what what;
	unsigned classes;
};

#define STATE_OF(thing) "Reported state of a " thing " sensor (0=nominal, 1=warning, 2=critical)."

static const struct family families[] = {
	{ "ipmi_temperature_celsius", "Temperature reading in degree Celsius.", STYLE_IPMI,
	  WHAT_VALUE, CLASS_TEMPERATURE },
	{ "ipmi_temperature_state", STATE_OF("temperature"), STYLE_IPMI, WHAT_STATE,
	  CLASS_TEMPERATURE },
	{ "ipmi_fan_speed_rpm", "Fan speed in rotations per minute.", STYLE_IPMI, WHAT_VALUE,
	  CLASS_FAN },
	{ "ipmi_fan_speed_ratio", "Fan speed as a proportion of the maximum speed.", STYLE_IPMI,
	  WHAT_RATIO, CLASS_FAN_RATIO },
	{ "ipmi_fan_speed_state", STATE_OF("fan speed"), STYLE_IPMI, WHAT_STATE,
	  CLASS_FAN | CLASS_FAN_RATIO },
	{ "ipmi_voltage_volts", "Voltage reading in Volts.", STYLE_IPMI, WHAT_VALUE,
	  CLASS_VOLTAGE },
	{ "ipmi_voltage_state", STATE_OF("voltage"), STYLE_IPMI, WHAT_STATE, CLASS_VOLTAGE },
	{ "ipmi_current_amperes", "Current reading in Amperes.", STYLE_IPMI, WHAT_VALUE,
	  CLASS_CURRENT },
	{ "ipmi_current_state", STATE_OF("current"), STYLE_IPMI, WHAT_STATE, CLASS_CURRENT },
	{ "ipmi_power_watts", "Power reading in Watts.", STYLE_IPMI, WHAT_VALUE, CLASS_POWER },
	{ "ipmi_power_state", STATE_OF("power"), STYLE_IPMI, WHAT_STATE, CLASS_POWER },
	{ "ipmi_sensor_value", "Reading of a sensor of another unit.", STYLE_IPMI_TYPE, WHAT_VALUE,
	  CLASS_OTHER },
	{ "ipmi_sensor_state", STATE_OF("different"), STYLE_IPMI_TYPE, WHAT_STATE, CLASS_OTHER },
	{ "node_ipmi_temperature_celsius", "Temperature sensor reading.", STYLE_NODE, WHAT_VALUE,
	  CLASS_TEMPERATURE },
	{ "node_ipmi_volts", "Voltage sensor reading.", STYLE_NODE, WHAT_VALUE, CLASS_VOLTAGE },
	{ "node_ipmi_power_watts", "Power sensor reading.", STYLE_NODE, WHAT_VALUE, CLASS_POWER },
	{ "node_ipmi_speed_rpm", "Fan sensor reading.", STYLE_NODE, WHAT_VALUE, CLASS_FAN },
	{ "node_ipmi_status", "Chassis status sensor reading.", STYLE_NODE, WHAT_STATUS,
	  CLASS_STATES },
	{ "bmchealth_sensor_read_timestamp_seconds", "When a sensor was last read.", STYLE_OWN,
	  WHAT_TIME, CLASS_ANY },
};

static unsigned class_of(const struct last_reading *reading)
{
	static const struct {
		const char *unit;
		unsigned class;
	} classes[] = {
		{ "degrees C", CLASS_TEMPERATURE }, { "RPM", CLASS_FAN },
		{ "Volts", CLASS_VOLTAGE },	    { "Amps", CLASS_CURRENT },
		{ "Watts", CLASS_POWER },
	};
	const char *unit = reading->facts.unit;

	if (reading_state(reading) == READING_STATES)
		return CLASS_STATES;
	if (strcmp(unit, "%") == 0 && reading->facts.type == SENSOR_TYPE_FAN)
		return CLASS_FAN_RATIO;
	for (size_t i = 0; i < COUNT_OF(classes); i++) {
		if (strcmp(classes[i].unit, unit) == 0)
			return classes[i].class;
	}
	return CLASS_OTHER;
}

struct series { /* one reading that is shown */
	const struct last_reading *reading;
	const struct target *target;
	unsigned class;
	int name_len; /* of its name: its own, unless another of the same record has the same */
	bool is_fresh;
};

struct render {
	struct buf *b;
	struct series *list; /* owned */
	size_t count;
	bool has_targets; /* several: they are told apart */
	mono_us now;
	wall_us wall;
};

/* A round through all sensors may take longer than max_age. */
static bool is_fresh(const struct last_reading *reading, const struct metrics_settings *settings,
		     mono_us now)
{
	return mono_since(now, reading->read) <= max_i64(settings->max_age_us, 3 * reading->gap_us);
}

static bool is_same_label(const struct series *a, const struct series *b)
{
	return a->reading->facts.record_id == b->reading->facts.record_id &&
	       a->target == b->target && a->reading->facts.own_len == b->reading->facts.own_len &&
	       strncmp(a->reading->name, b->reading->name, a->reading->facts.own_len) == 0;
}

static void choose_names(struct render *r)
{
	for (size_t i = 0; i < r->count; i++) {
		struct series *s = &r->list[i];

		s->name_len = s->reading->facts.own_len;
		for (size_t k = 0; k < r->count; k++) {
			if (k != i && is_same_label(s, &r->list[k]))
				s->name_len = READINGS_NAME_MAX;
		}
	}
}

static void choose_series(struct render *r, const struct readings *readings,
			  const struct target_table *targets,
			  const struct metrics_settings *settings)
{
	const struct last_reading *list;
	size_t count;

	list = readings_list(readings, &count);
	for (size_t i = 0; i < count; i++) {
		const struct target *target = target_get(targets, list[i].target);

		if (!target || reading_is_shadowed(readings, i))
			continue;
		r->list[r->count++] =
			(struct series){ .reading = &list[i],
					 .target = target,
					 .class = class_of(&list[i]),
					 .is_fresh = is_fresh(&list[i], settings, r->now) };
	}
	choose_names(r);
}

/* ipmitool prints the reading as a hexadecimal number, and the script takes the digits up to the
 * first letter for a decimal one. What the states are it leaves out. */
static double script_status(uint8_t raw)
{
	char text[4];
	double value = 0;

	(void)snprintf(text, sizeof(text), "%x", raw);
	for (const char *at = text; *at >= '0' && *at <= '9'; at++)
		value = value * 10 + (*at - '0');
	return value;
}

static double value_of(const struct render *r, const struct family *family, const struct series *s)
{
	const enum reading_state state = reading_state(s->reading);
	const int64_t age_us = mono_since(r->now, s->reading->read);

	switch (family->what) {
	case WHAT_VALUE:
		return state == READING_NONE ? NAN : (double)s->reading->value / 1e3;
	case WHAT_RATIO:
		return state == READING_NONE ? NAN : (double)s->reading->value / 1e5;
	case WHAT_STATE:
		return state == READING_NONE ? NAN : (double)state;
	case WHAT_STATUS:
		return script_status(s->reading->facts.raw);
	case WHAT_TIME:
		return (double)(r->wall.v - age_us) / USEC_PER_SEC;
	}
	return NAN;
}

static void render_labels(struct render *r, const struct family *family, const struct series *s)
{
	buf_printf(r->b, "%s{", family->name);
	if (family->style == STYLE_NODE) {
		buf_label(r->b, "sensor", s->reading->name, READINGS_NAME_MAX);
	} else {
		buf_printf(r->b, "id=\"%u\",", s->reading->facts.record_id);
		buf_label(r->b, "name", s->reading->name, (size_t)s->name_len);
	}
	if (family->style == STYLE_IPMI_TYPE) {
		buf_printf(r->b, ",");
		buf_label(r->b, "type", reading_type_name(s->reading->facts.type), 64);
	}
	if (r->has_targets) {
		buf_printf(r->b, ",");
		buf_label(r->b, "target", s->target->name, TARGET_NAME_MAX);
	}
	buf_printf(r->b, "} ");
}

static void render_value(struct buf *b, double value)
{
	if (isnan(value))
		buf_printf(b, "NaN\n");
	else
		buf_printf(b, "%.15g\n", value);
}

static void render_family(struct render *r, const struct family *family)
{
	bool has_head = false;

	for (size_t i = 0; i < r->count; i++) {
		const struct series *s = &r->list[i];
		const double value = value_of(r, family, s);

		if ((s->class & family->classes) == 0 ||
		    (!s->is_fresh && family->style != STYLE_OWN) ||
		    (family->style == STYLE_NODE && isnan(value)))
			continue;
		if (!has_head)
			buf_printf(r->b, "# HELP %s %s\n# TYPE %s gauge\n", family->name,
				   family->help, family->name);
		has_head = true;
		render_labels(r, family, s);
		render_value(r->b, value);
	}
}

static bool wants(const struct family *family, const struct metrics_settings *settings)
{
	switch (family->style) {
	case STYLE_IPMI:
	case STYLE_IPMI_TYPE:
		return settings->has_ipmi_exporter;
	case STYLE_NODE:
		return settings->has_node_exporter;
	case STYLE_OWN:
		break;
	}
	return true;
}

/* ipmi_up: can what is asked for be had? Of a target, if there are several. Before the first
 * reading nobody knows, unless it is known that there will be none. */
static void render_up(struct render *r, const struct metrics_source *source)
{
	const struct target_table *targets = source->targets;

	buf_printf(r->b, "# HELP ipmi_up 1 while sensors give readings, 0 otherwise.\n"
			 "# TYPE ipmi_up gauge\n");
	for (uint32_t t = 0; t < target_count(targets); t++) {
		const struct target *target = target_get(targets, t);
		const bool is_cut_off = metrics_is_cut_off(source, t);
		bool is_up = false, is_known = is_cut_off;

		for (size_t i = 0; target && i < r->count; i++) {
			is_known |= r->list[i].target == target;
			is_up |= r->list[i].target == target && r->list[i].is_fresh && !is_cut_off;
		}
		if (!target || !is_known)
			continue;
		buf_printf(r->b, "ipmi_up{collector=\"ipmi\"");
		if (r->has_targets) {
			buf_printf(r->b, ",");
			buf_label(r->b, "target", target->name, TARGET_NAME_MAX);
		}
		buf_printf(r->b, "} %d\n", is_up);
	}
}

void metrics_render(struct buf *b, const struct metrics_source *source,
		    const struct metrics_settings *settings, mono_us now, wall_us wall)
{
	const struct target_table *targets = source->targets;
	struct render r = { .b = b, .now = now, .wall = wall };
	SCOPED(free_ptr) struct series *list = NULL;
	uint32_t known = 0;
	size_t count;

	(void)readings_list(source->readings, &count);
	list = calloc(count + 1, sizeof(*list));
	if (!list) {
		b->error = -ENOMEM;
		return;
	}
	r.list = list;
	for (uint32_t t = 0; t < target_count(targets); t++)
		known += target_get(targets, t) != NULL;
	r.has_targets = known > 1;
	choose_series(&r, source->readings, targets, settings);
	if (settings->has_ipmi_exporter)
		render_up(&r, source);
	for (size_t i = 0; i < COUNT_OF(families); i++) {
		if (wants(&families[i], settings))
			render_family(&r, &families[i]);
	}
	metrics_render_controllers(b, source, now);
	metrics_render_hosts(b, source, wall);
	buf_printf(b, "# EOF\n");
}
