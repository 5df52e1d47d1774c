/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a restart of the controller wipes or sets back: the event log's clock, the watchdog timer,
 * the global enables. And how full the event log is, for a full one makes a controller slow. One
 * command per run, one after the other; all of them only read.
 */
#include "probes/probe.h"

#define NETFN_APP     0x06
#define NETFN_STORAGE 0x0a

struct marks;

struct mark { /* one command */
	const char *label;
	uint8_t netfn, cmd, min_len;
	enum obs_metric metric;
	void (*take)(const uint8_t *data, int64_t *ret_value, int64_t *ret_total);
};

struct marks {
	const struct probe_env *env; /* borrowed */
	struct ipmi_request request;
	bool is_busy, is_closing;
	size_t next;	   /* the command asked, or to be asked next */
	unsigned refusals; /* bits: commands that this controller does not know */
	unsigned answered; /* bits: commands that it has answered in full */
};

static int64_t little_endian(const uint8_t *data, size_t len)
{
	int64_t value = 0;

	for (size_t i = 0; i < len; i++)
		value |= (int64_t)data[i] << (8 * i);
	return value;
}

/* IPMI 2.0 §22.2. */
static void take_enables(const uint8_t *data, int64_t *ret_value, int64_t *ret_total UNUSED)
{
	*ret_value = data[0];
}

/* IPMI 2.0 §27.7: timer use, actions, initial countdown; what does not change by itself. */
static void take_watchdog(const uint8_t *data, int64_t *ret_value, int64_t *ret_total UNUSED)
{
	*ret_value = (data[0] & 0x07) | data[1] << 8 | little_endian(data + 4, 2) << 16;
}

/* IPMI 2.0 §31.10. */
static void take_clock(const uint8_t *data, int64_t *ret_value, int64_t *ret_total UNUSED)
{
	*ret_value = little_endian(data, 4);
}

/* IPMI 2.0 §31.2: entries, and the bytes that are free. */
static void take_log(const uint8_t *data, int64_t *ret_value, int64_t *ret_total)
{
	*ret_value = little_endian(data + 1, 2);
	*ret_total = little_endian(data + 3, 2);
}

static const struct mark marks_table[] = {
	{ "Get SEL Time", NETFN_STORAGE, 0x48, 4, METRIC_SEL_CLOCK, take_clock },
	{ "Get BMC Global Enables", NETFN_APP, 0x2f, 1, METRIC_GLOBAL_ENABLES, take_enables },
	{ "Get Watchdog Timer", NETFN_APP, 0x25, 8, METRIC_WATCHDOG, take_watchdog },
	{ "Get SEL Info", NETFN_STORAGE, 0x40, 14, METRIC_SEL_ENTRIES, take_log },
};

static void emit(const struct marks *m, const struct mark *mark, const struct ipmi_reply *reply)
{
	struct observation obs = {
		.source = "marks",
		.metric = mark->metric,
		.status = OBS_OK,
		.netfn = mark->netfn,
		.cmd = mark->cmd,
		.mono = reply->now,
	};

	mark->take(reply->data, &obs.value, &obs.total);
	m->env->emit(m->env->host, &obs);
}

static void on_mark(struct ipmi_request *req, const struct ipmi_reply *reply)
{
	struct marks *m = req->user;
	const struct mark *mark = &marks_table[m->next];
	const bool is_answer = reply->status == OBS_OK || reply->status == OBS_SLOW;

	m->is_busy = false;
	if (m->is_closing || reply->status == OBS_SKIPPED)
		return;
	if (is_answer && reply->cc == 0 && reply->len >= mark->min_len) {
		m->answered |= 1u << m->next;
		emit(m, mark, reply);
	} else if (is_answer) {
		m->refusals |= 1u << m->next;
	}
	m->next = (m->next + 1) % COUNT_OF(marks_table);
}

static int marks_open(const struct probe_env *env, void **ret_state)
{
	struct marks *m = calloc(1, sizeof(*m));

	if (!m)
		return -ENOMEM;
	m->env = env;
	*ret_state = m;
	return 0;
}

/* Optional in the standard, and forbidden to some LAN users: unknown, not there, not allowed and
 * invalid are no illness. Neither is an answer that was too short from the first on. */
static void prepare(struct marks *m)
{
	const struct mark *mark = &marks_table[m->next];

	m->request = (struct ipmi_request){
		.source = "marks",
		.label = mark->label,
		.netfn = mark->netfn,
		.cmd = mark->cmd,
		.min_len = (m->answered & 1u << m->next) != 0 ? mark->min_len : 0,
		.tolerated = { 0xc1, 0xcb, 0xcc, 0xd4 },
		.priority = QUEUE_NORMAL,
		.done = on_mark,
		.user = m,
	};
}

static int marks_run(void *state)
{
	struct marks *m = state;
	int r;

	if (m->is_busy)
		return -EBUSY;
	for (size_t i = 0; i < COUNT_OF(marks_table) && (m->refusals & 1u << m->next) != 0; i++)
		m->next = (m->next + 1) % COUNT_OF(marks_table);
	if ((m->refusals & 1u << m->next) != 0)
		return 0; /* it knows none of them */
	prepare(m);
	m->is_busy = true;
	r = m->env->submit(m->env->host, &m->request);
	if (r < 0)
		m->is_busy = false;
	return r;
}

static void marks_close(void *state)
{
	struct marks *m = state;

	if (!m)
		return;
	m->is_closing = true;
	if (m->is_busy)
		m->env->cancel(m->env->host, &m->request);
	free(m);
}

extern const struct probe_ops probe_marks;
const struct probe_ops probe_marks = {
	.name = "marks",
	.summary = "what a restart of the controller wipes (clock, watchdog, enables), and the "
		   "size of its event log",
	.default_interval_s = 120,
	.cost = 1,
	.on_by_default = true,
	.open = marks_open,
	.run = marks_run,
	.close = marks_close,
};
