/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heartbeat: Get Device ID, and what else the controller says of itself, more rarely: the
 * result of its self test and its GUID. Those are asked only after a heartbeat was answered, so
 * that a mute controller is not asked more than a healthy one.
 */
#include "probes/probe.h"

#define NETFN_APP	0x06
#define DEVICE_ID_LEN	11 /* without the auxiliary revision, which some leave out */
#define DEVICE_ID_FULL	15
#define SELF_TEST_LEN	2
#define GUID_LEN	16
#define DEVICE_UPDATING 0x80 /* §20.1 byte 4 */

/* After anything that was not an answer, an extra is asked again after so long. */
#define RETRY_US (10 * USEC_PER_MINUTE)

struct controller;

struct extra {			       /* a command that is asked now and then */
	struct controller *controller; /* borrowed */
	struct ipmi_request request;
	int64_t interval_us;
	mono_us due;
	bool is_busy;
	void (*take)(struct controller *controller, const uint8_t *data, size_t len);
};

struct controller {
	const struct probe_env *env; /* borrowed */
	struct ipmi_request device_id;
	bool is_busy, is_closing;
	struct extra self_test, guid;
	bool has_guid;
	uint8_t guid_bytes[GUID_LEN];
};

static void emit(const struct controller *c, enum obs_metric metric, int64_t value,
		 const struct bmc_identity *identity)
{
	struct observation obs = {
		.source = "controller",
		.identity = identity,
		.metric = metric,
		.status = OBS_OK,
		.netfn = NETFN_APP,
		.mono = c->env->now(c->env->host),
		.value = value,
	};

	c->env->emit(c->env->host, &obs);
}

/* An answer with the data it should have? */
static bool is_good(const struct ipmi_reply *reply, size_t min_len)
{
	return (reply->status == OBS_OK || reply->status == OBS_SLOW) && reply->cc == 0 &&
	       reply->len >= min_len;
}

/* IPMI 2.0 §20.1; `data` starts at the standard's byte 2. */
static void decode_device_id(const uint8_t *data, size_t len, struct bmc_identity *identity)
{
	*identity = (struct bmc_identity){
		.device_id = data[0],
		.device_revision = data[1] & 0x0f,
		.firmware_major = data[2] & 0x7f,
		.firmware_minor_bcd = data[3],
		.ipmi_version_bcd = data[4],
		/* 20 bits; the rest is reserved */
		.manufacturer = data[6] | (uint32_t)data[7] << 8 | (uint32_t)(data[8] & 0x0f) << 16,
		.product = (uint16_t)(data[9] | data[10] << 8),
		.has_aux_firmware = len >= DEVICE_ID_FULL,
	};
	if (identity->has_aux_firmware)
		memcpy(identity->aux_firmware, data + DEVICE_ID_LEN,
		       sizeof(identity->aux_firmware));
}

/* 55h passed, 56h not implemented, 57h and others with a detail byte: IPMI 2.0 §20.4. */
static void take_self_test(struct controller *c, const uint8_t *data, size_t len UNUSED)
{
	emit(c, METRIC_SELF_TEST, data[0] << 8 | data[1], NULL);
}

/* It joins the identity at the next heartbeat. All zero, all one: no GUID was ever written. */
static void take_guid(struct controller *c, const uint8_t *data, size_t len UNUSED)
{
	static const uint8_t zero[GUID_LEN];
	uint8_t ones[GUID_LEN];

	memset(ones, 0xff, sizeof(ones));
	if (memcmp(data, zero, GUID_LEN) == 0 || memcmp(data, ones, GUID_LEN) == 0)
		return;
	memcpy(c->guid_bytes, data, GUID_LEN);
	c->has_guid = true;
}

static void on_extra(struct ipmi_request *req, const struct ipmi_reply *reply)
{
	struct extra *extra = req->user;
	bool is_answer = reply->status == OBS_OK || reply->status == OBS_SLOW ||
			 reply->status == OBS_COMPLETION_CODE;

	extra->is_busy = false;
	if (extra->controller->is_closing || reply->status == OBS_SKIPPED)
		return;
	extra->due = mono_add(reply->now, is_answer ? extra->interval_us
						    : min_i64(extra->interval_us, RETRY_US));
	if (is_good(reply, req->min_len))
		extra->take(extra->controller, reply->data, reply->len);
}

static void submit_if_due(struct extra *extra)
{
	const struct probe_env *env = extra->controller->env;

	if (extra->is_busy || mono_since(env->now(env->host), extra->due) < 0)
		return;
	/* Refused: the next heartbeat tries again. */
	extra->is_busy = env->submit(env->host, &extra->request) == 0;
}

static void on_device_id(struct ipmi_request *req, const struct ipmi_reply *reply)
{
	struct controller *c = req->user;
	struct bmc_identity identity;

	c->is_busy = false;
	if (c->is_closing || !is_good(reply, DEVICE_ID_LEN))
		return;
	decode_device_id(reply->data, reply->len, &identity);
	identity.has_guid = c->has_guid;
	if (c->has_guid)
		memcpy(identity.guid, c->guid_bytes, GUID_LEN);
	/* Availability first: what it says of itself during an update is to be seen in its light.
	 */
	emit(c, METRIC_DEVICE_AVAILABLE, !(reply->data[2] & DEVICE_UPDATING), NULL);
	emit(c, METRIC_IDENTITY, 0, &identity);
	submit_if_due(&c->self_test);
	submit_if_due(&c->guid);
}

static void extra_init(struct extra *extra, struct controller *c, const char *option)
{
	extra->controller = c;
	extra->request.source = "controller";
	extra->request.netfn = NETFN_APP;
	extra->request.priority = QUEUE_NORMAL;
	extra->request.done = on_extra;
	extra->request.user = extra;
	extra->interval_us = c->env->option_span_us(c->env->host, option);
}

static int controller_open(const struct probe_env *env, void **ret_state)
{
	struct controller *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->env = env;
	c->device_id = (struct ipmi_request){
		.source = "controller",
		.label = "Get Device ID",
		.netfn = NETFN_APP,
		.cmd = 0x01,
		.min_len = DEVICE_ID_LEN,
		.priority = QUEUE_HEARTBEAT,
		.done = on_device_id,
		.user = c,
	};
	c->self_test = (struct extra){
		.request = { .label = "Get Self Test Results",
			     .cmd = 0x04,
			     .min_len = SELF_TEST_LEN,
			     .tolerated = { 0xc1 } },
		.take = take_self_test,
	};
	/* Optional in the standard: unknown, not allowed or not there is no illness. */
	c->guid = (struct extra){
		.request = { .label = "Get Device GUID",
			     .cmd = 0x08,
			     .min_len = GUID_LEN,
			     .tolerated = { 0xc1, 0xd4, 0xcb, 0xcc } },
		.take = take_guid,
	};
	extra_init(&c->self_test, c, "self_test_interval");
	extra_init(&c->guid, c, "guid_interval");
	*ret_state = c;
	return 0;
}

static int controller_run(void *state)
{
	struct controller *c = state;
	int r;

	if (c->is_busy)
		return -EBUSY;
	c->is_busy = true;
	r = c->env->submit(c->env->host, &c->device_id);
	if (r < 0)
		c->is_busy = false;
	return r;
}

static void controller_close(void *state)
{
	struct controller *c = state;

	if (!c)
		return;
	c->is_closing = true;
	if (c->is_busy)
		c->env->cancel(c->env->host, &c->device_id);
	if (c->self_test.is_busy)
		c->env->cancel(c->env->host, &c->self_test.request);
	if (c->guid.is_busy)
		c->env->cancel(c->env->host, &c->guid.request);
	free(c);
}

static const struct option controller_options[] = {
	{ .group = "controller",
	  .key = "self_test_interval",
	  .type = OPTION_SPAN,
	  .min = 60,
	  .max = 7 * 86400,
	  .fallback = "1h",
	  .doc = "How often the result of the controller's own self test is asked for; it changes "
		 "at "
		 "a restart of the controller, so an hour is soon enough." },
	{ .group = "controller",
	  .key = "guid_interval",
	  .type = OPTION_SPAN,
	  .min = 60,
	  .max = 7 * 86400,
	  .fallback = "6h",
	  .doc = "How often the controller's GUID is asked for; it should never change, and one "
		 "that "
		 "does tells of lost settings." },
	{ .key = NULL },
};

extern const struct probe_ops probe_controller;
const struct probe_ops probe_controller = {
	.name = "controller",
	.summary = "is the controller there, and what does it say of itself",
	.default_interval_s = 60,
	.cost = 1 + 60.0 / 3600 + 60.0 / (6 * 3600),
	.on_by_default = true,
	.is_heartbeat = true,
	.options = controller_options,
	.open = controller_open,
	.run = controller_run,
	.close = controller_close,
};
