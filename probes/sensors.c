/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One sensor per run, round and round. How long each takes and which ones lose their reading
 * tells of the controller; the values themselves are recorded in passing.
 */
#include "probes/inventory.h"
#include "probes/probe.h"
#include "probes/sdr/reading.h"

#define NETFN_SENSOR 0x04
#define CMD_READING  0x2d
#define READING_LEN  2

struct sensors {
	const struct probe_env *env; /* borrowed */
	struct inventory *inventory;
	struct ipmi_request request;
	bool is_busy, is_closing;
	bool has_learned; /* since it was saved */
	size_t next;	  /* index of the sensor asked, or to be asked next */
};

static void on_reading(struct ipmi_request *req, const struct ipmi_reply *reply);

static int sensors_open(const struct probe_env *env, void **ret_state)
{
	SCOPED(free_ptr) struct sensors *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	s->env = env;
	s->request = (struct ipmi_request){
		.source = "sensors",
		.netfn = NETFN_SENSOR,
		.cmd = CMD_READING,
		.data_len = 1,
		.min_len = READING_LEN,
		/* What is not fitted, or not while the host is off, answers with one of these. Not
		 * 0xD5: Linux (6.2 to 6.17) makes that one itself for a controller that hangs. */
		.tolerated = { 0xcb, 0xcd, 0xc1 },
		.priority = QUEUE_NORMAL,
		.done = on_reading,
		.user = s,
	};
	r = inventory_new(env, "sensors", env->option_span_us(env->host, "sdr_check_interval"),
			  &s->inventory);
	if (r < 0)
		return r;
	*ret_state = TAKE(s);
	return 0;
}

static void sensors_close(void *state)
{
	struct sensors *s = state;

	if (!s)
		return;
	s->is_closing = true;
	if (s->is_busy)
		s->env->cancel(s->env->host, &s->request);
	inventory_free(s->inventory);
	free(s);
}

static void emit_missing(const struct sensors *s)
{
	struct sdr_missing missing = sdr_table_missing(inventory_table(s->inventory));
	struct observation obs = {
		.source = "sensors",
		.metric = METRIC_SENSORS_MISSING,
		.status = OBS_OK,
		.mono = s->env->now(s->env->host),
		.value = missing.missing,
		.total = missing.total,
	};

	s->env->emit(s->env->host, &obs);
}

static void emit_reading(const struct sensors *s, const struct sdr_sensor *sensor,
			 const struct sdr_reading *reading, const struct ipmi_reply *reply)
{
	struct sensor_facts facts = {
		.unit = sdr_unit_name(sensor),
		.record_id = sensor->record_id,
		.lun = sensor->lun,
		.number = sensor->number,
		.type = sensor->type,
		.own_len = sensor->own_len,
		.raw = reading->raw,
		.is_nonlinear = sensor->format != SDR_FORMAT_NONE &&
				sensor->linearization >= SDR_LINEAR_MAX,
	};
	struct observation obs = {
		.source = "sensors",
		.sensor = &facts,
		.detail = sdr_sensor_name(sensor),
		.metric = METRIC_SENSOR,
		.status = OBS_OK,
		.flags = reading->flags,
		.netfn = NETFN_SENSOR,
		.cmd = CMD_READING,
		.cc = reply->cc,
		.mono = reply->now,
		.took_us = reply->took_us,
		.value = reading->value,
	};

	_Static_assert(SENSOR_LIMITS == SDR_LIMITS, "as many of both");
	facts.limit_mask = sdr_limits(sensor, facts.limits);
	s->env->emit(s->env->host, &obs);
}

/* Losing what was learned costs a round of readings, no more: tried again after the next. */
static void save(struct sensors *s)
{
	s->has_learned = inventory_save(s->inventory) < 0;
}

static void advance(struct sensors *s)
{
	if (++s->next < inventory_table(s->inventory)->count)
		return;
	s->next = 0;
	emit_missing(s);
	if (s->has_learned)
		save(s);
}

static void take_reading(struct sensors *s, struct sdr_sensor *sensor,
			 const struct ipmi_reply *reply)
{
	struct sdr_reading reading =
		sdr_reading_parse(sensor, reply->data, reply->cc == 0 ? reply->len : 0);

	sensor->has_answered = true;
	sensor->has_reading = !(reading.flags & SENSOR_FLAG_UNAVAILABLE);
	sensor->took_us = reply->took_us;
	/* An unexpected code now says nothing of what is normal. */
	if (sensor->baseline == SDR_BASELINE_UNKNOWN && reply->status != OBS_COMPLETION_CODE) {
		sensor->baseline =
			sensor->has_reading ? SDR_BASELINE_READING : SDR_BASELINE_NOTHING;
		s->has_learned = true;
	}
	emit_reading(s, sensor, &reading, reply);
}

static void on_reading(struct ipmi_request *req, const struct ipmi_reply *reply)
{
	struct sensors *s = req->user;
	struct sdr_table *table;

	s->is_busy = false;
	if (s->is_closing)
		return;
	table = inventory_table(s->inventory);
	switch (reply->status) {
	case OBS_OK:
	case OBS_SLOW:
	case OBS_COMPLETION_CODE:
		take_reading(s, &table->sensors[s->next], reply);
		break;
	case OBS_LATE:
	case OBS_TIMEOUT:
	case OBS_BUSY:
	case OBS_BAD_REPLY:
	case OBS_DRIVER_STUCK:
		break; /* the command's status says it; the sensor is where it was */
	case OBS_INTERFACE_LOST:
	case OBS_SKIPPED:
	case OBS_STATUS_MAX:
		return; /* not asked: again, then */
	}
	advance(s);
}

static int ask_next(struct sensors *s)
{
	const struct sdr_table *table = inventory_table(s->inventory);
	const struct sdr_sensor *sensor;
	int r;

	if (table->count == 0)
		return 0;
	sensor = &table->sensors[s->next];
	if (sensor->gone_checks > 0) {
		advance(s);
		return 0;
	}
	s->request.label = sensor->label;
	s->request.lun = sensor->lun;
	s->request.data[0] = sensor->number;
	s->is_busy = true;
	r = s->env->submit(s->env->host, &s->request);
	if (r < 0)
		s->is_busy = false;
	return r;
}

static int sensors_run(void *state)
{
	struct sensors *s = state;
	int r;

	if (!s->is_busy && inventory_refresh(s->inventory)) {
		s->next = 0;
		save(s);
	}
	r = inventory_run(s->inventory); /* has a request of its own */
	if (r < 0 && r != -EBUSY)
		return r;
	return s->is_busy ? -EBUSY : ask_next(s);
}

static const struct option sensors_options[] = {
	{ .group = "sensors",
	  .key = "sdr_check_interval",
	  .type = OPTION_SPAN,
	  .min = 60,
	  .max = 30 * 86400,
	  .fallback = "6h",
	  .doc = "How often to ask whether the controller's list of sensors has changed; one "
		 "command. "
		 "It is read again only if so, which rarely happens without a firmware update." },
	{ .key = NULL },
};

extern const struct probe_ops probe_sensors;
const struct probe_ops probe_sensors = {
	.name = "sensors",
	.summary = "one sensor reading at a time: its latency, and which ones vanish",
	.default_interval_s = 15,
	.cost = 1,
	.on_by_default = true,
	.options = sensors_options,
	.open = sensors_open,
	.run = sensors_run,
	.close = sensors_close,
};
