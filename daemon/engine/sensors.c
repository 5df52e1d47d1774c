/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The document of RUN_DIR/sensors.sock: what each sensor said last, and when. Apart from the
 * status document, which many ask for and which should stay short.
 */
#include <stdio.h>

#include "engine/document.h"
#include "engine/internal.h"

#define SENSORS_DOCUMENT_MAX (4 << 20)

static const char *const limit_names[SENSOR_LIMITS] = {
	"lower_non_critical", "lower_critical", "lower_non_recoverable",
	"upper_non_critical", "upper_critical", "upper_non_recoverable",
};

static void json_limits(struct buf *b, const struct last_reading *reading)
{
	buf_json_open(b, "limits", '{');
	for (unsigned i = 0; i < SENSOR_LIMITS; i++) {
		if ((reading->facts.limit_mask & 1u << i) != 0)
			buf_json_double(b, limit_names[i], (double)reading->facts.limits[i] / 1e3);
	}
	buf_json_close(b, '}');
	buf_json_open(b, "beyond", '[');
	for (unsigned i = 0; i < SENSOR_LIMITS; i++) {
		if ((reading->flags & 1u << i) != 0)
			buf_json_string(b, NULL, limit_names[i]);
	}
	buf_json_close(b, ']');
}

static void json_value(struct buf *b, const struct last_reading *reading, enum reading_state state)
{
	char bits[8];

	switch (state) {
	case READING_NOMINAL:
	case READING_WARNING:
	case READING_CRITICAL:
		buf_json_double(b, "value", (double)reading->value / 1e3);
		json_limits(b, reading);
		break;
	case READING_STATES:
		(void)snprintf(bits, sizeof(bits), "0x%04x", (unsigned)reading->value & 0xffffu);
		buf_json_string(b, "value", NULL);
		buf_json_string(b, "bits", bits);
		break;
	case READING_NONE:
		buf_json_string(b, "value", NULL);
		break;
	}
}

static void json_reading(struct buf *b, const struct last_reading *reading, mono_us now)
{
	const enum reading_state state = reading_state(reading);
	char number[8];

	(void)snprintf(number, sizeof(number), "0x%02x", reading->facts.number);
	buf_json_open(b, NULL, '{');
	buf_json_i64(b, "id", reading->facts.record_id);
	buf_json_string(b, "number", number);
	buf_json_i64(b, "lun", reading->facts.lun);
	buf_json_string(b, "name", reading->name);
	buf_json_string(b, "type", reading_type_name(reading->facts.type));
	buf_json_string(b, "unit", state == READING_STATES ? NULL : reading->facts.unit);
	buf_json_string(b, "state", reading_state_name(state));
	json_value(b, reading, state);
	buf_json_bool(b, "is_nonlinear", reading->facts.is_nonlinear);
	buf_json_double(b, "age_seconds", (double)mono_since(now, reading->read) / USEC_PER_SEC);
	buf_json_close(b, '}');
}

static void json_target(const struct engine *e, struct buf *b, uint32_t target)
{
	const mono_us now = clock_mono();
	const struct last_reading *list;
	size_t count;

	list = readings_list(e->readings, &count);
	buf_json_open(b, NULL, '{');
	buf_json_string(b, "name", engine_target(e, target)->name);
	buf_json_open(b, "sensors", '[');
	for (size_t i = 0; i < count; i++) {
		if (list[i].target == target && !reading_is_shadowed(e->readings, i))
			json_reading(b, &list[i], now);
	}
	buf_json_close(b, ']');
	buf_json_close(b, '}');
}

char *engine_render_sensors(void *user, bool is_full UNUSED)
{
	const struct engine *e = user;
	struct buf b = buf_make(SENSORS_DOCUMENT_MAX);
	char now[CLOCK_TEXT_MAX];

	clock_format_wall(clock_wall(), now);
	buf_json_open(&b, NULL, '{');
	buf_json_i64(&b, "format", DOCUMENT_FORMAT);
	buf_json_string(&b, "version", PACKAGE_VERSION);
	buf_json_string(&b, "now", now);
	buf_json_open(&b, "targets", '[');
	for (size_t i = 0; i < e->station_count; i++)
		json_target(e, &b, station_target(e->stations[i]));
	buf_json_close(&b, ']');
	buf_json_close(&b, '}');
	buf_printf(&b, "\n");
	return buf_take(&b, NULL);
}
