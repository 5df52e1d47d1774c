/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One target: link, queue, probes.
 *
 * Sends happen in on_pump() only, never from inside a callback of the link or of a probe; so a
 * failed send may close the link on the spot.
 */
#include "engine/station.h"

#include <stdio.h>

#include "engine/options.h"
#include "engine/schedule.h"
#include "ipmi/counters.h"
#include "ipmi/link.h"

#define PROBES_MAX	    32
#define REOPEN_FIRST_US	    (1 * USEC_PER_SEC)
#define REOPEN_MAX_US	    (60 * USEC_PER_SEC)
#define STUCK_FIRST_US	    (60 * USEC_PER_SEC) /* each try may leave one message in the driver */
#define STUCK_MAX_US	    (60 * USEC_PER_MINUTE)
#define CONNECT_PATIENCE_US (30 * USEC_PER_SEC) /* LAN: the library says so after 7 to 12 s */
#define PROBE_STAGGER_US    (2 * USEC_PER_SEC)
#define ONCE_INTERVAL_US    (1 * USEC_PER_SEC)
#define ONCE_PER_MINUTE	    60
#define PROBE_SLOWEST	    16 /* times its interval, while it fails */

struct station_probe {
	const struct probe_ops *ops;
	struct probe_env env; /* host: this */
	struct station *station;
	void *state; /* of the probe; NULL: not open */
	struct schedule *timer;
	int64_t interval_us;
	unsigned failures;
};

struct station {
	struct station_env env;
	const struct config *config; /* borrowed, outlives the station */
	uint32_t target;
	int interface; /* N of /dev/ipmiN or -1 */
	char connection[CONFIG_TEXT_MAX];
	char *state_dir; /* NULL: keep nothing */
	size_t config_target;
	bool is_password_missing; /* said once */
	bool has_had_session;	  /* LAN: ever */
	struct link *link;
	struct queue *queue;
	sd_event_source *pump; /* fires when the queue has something to do */
	struct schedule *reopen;
	int64_t reopen_us; /* the next pause */
	enum station_state state;
	int error;
	mono_us retry_at;
	uint32_t hosed_at_send;
	bool has_hosed_at_send;
	struct station_probe probes[PROBES_MAX];
	size_t probe_count;
};

static const char *const state_names[] = {
	[STATION_CONNECTING] = "connecting",
	[STATION_UP] = "up",
	[STATION_LOST] = "lost",
	[STATION_STUCK] = "stuck",
	[STATION_RELEASED] = "released",
};

const char *station_state_name(enum station_state state)
{
	return state_names[state];
}

/* --- observations --- */

static void station_observe(struct station *s, struct observation *obs)
{
	obs->target = s->target;
	if (obs->mono.v == 0)
		obs->mono = clock_mono();
	s->env.observe(s->env.host, obs);
}

static void observe_command(void *host, const struct ipmi_request *req,
			    const struct ipmi_reply *reply)
{
	struct observation obs = {
		.source = req->source,
		.detail = req->label,
		.metric = METRIC_COMMAND,
		.status = reply->status,
		.netfn = req->netfn,
		.cmd = req->cmd,
		.cc = reply->cc,
		.error = reply->error,
		.mono = reply->now,
		.took_us = reply->took_us,
	};

	station_observe(host, &obs);
}

static void observe_lost(struct station *s, int error)
{
	struct observation obs = {
		.source = "link",
		.detail = "open",
		.metric = METRIC_COMMAND,
		.status = OBS_INTERFACE_LOST,
		.error = error,
	};

	station_observe(s, &obs);
}

/* --- the queue's and the link's side --- */

/* Fire the pump when the queue next has something to do. */
static void station_arm(struct station *s)
{
	const mono_us now = clock_mono();
	mono_us next;

	if (s->state != STATION_UP)
		return; /* what waits goes on waiting, or is skipped when the link is back */
	next = queue_next(s->queue, now);
	if (next.v == INT64_MAX) {
		(void)sd_event_source_set_enabled(s->pump, SD_EVENT_OFF);
		return;
	}
	(void)sd_event_source_set_time(s->pump, (uint64_t)max_i64(next.v, 0));
	(void)sd_event_source_set_enabled(s->pump, SD_EVENT_ONESHOT);
}

/* Close the link and open it again after a pause. Not from inside a callback of the link. */
static void station_lose(struct station *s, enum station_state state, int error)
{
	const int64_t first = state == STATION_STUCK ? STUCK_FIRST_US : REOPEN_FIRST_US;
	const int64_t most = state == STATION_STUCK ? STUCK_MAX_US : REOPEN_MAX_US;
	int64_t pause;

	link_close(TAKE(s->link));
	s->reopen_us = min_i64(max_i64(s->reopen_us, first), most);
	pause = schedule_jitter(s->reopen_us);
	s->reopen_us = min_i64(s->reopen_us * 2, most);
	s->state = state;
	s->error = error;
	s->retry_at = mono_add(clock_mono(), pause);
	schedule_soon(s->reopen, pause);
}

static int queue_sends(void *host, const struct ipmi_request *req, uint64_t tag)
{
	struct station *s = host;
	struct driver_counters counters;
	int r;

	if (!s->link)
		return -ENODEV;
	s->has_hosed_at_send =
		s->interface >= 0 &&
		driver_counters_read(s->env.sysroot, (unsigned)s->interface, &counters) == 0 &&
		counters.has[DRIVER_HOSED];
	if (s->has_hosed_at_send)
		s->hosed_at_send = counters.value[DRIVER_HOSED];
	r = link_send(s->link, req, tag);
	if (r == -ENODEV || r == -ENOENT || r == -ENXIO)
		station_lose(s, STATION_LOST, r);
	return r;
}

static bool queue_asks_hosed(void *host)
{
	const struct station *s = host;
	struct driver_counters counters;

	return s->has_hosed_at_send &&
	       driver_counters_read(s->env.sysroot, (unsigned)s->interface, &counters) == 0 &&
	       counters.has[DRIVER_HOSED] && counters.value[DRIVER_HOSED] != s->hosed_at_send;
}

static void queue_is_stuck(void *host)
{
	station_lose(host, STATION_STUCK, -ETIMEDOUT);
}

static const struct queue_ops station_queue_ops = {
	.send = queue_sends,
	.has_hosed = queue_asks_hosed,
	.observe = observe_command,
	.stuck = queue_is_stuck,
};

static void on_link_answer(void *host, uint64_t tag, const uint8_t *data, size_t len)
{
	struct station *s = host;

	s->reopen_us = 0; /* it lives: the next loss starts with a short pause again */
	queue_answer(s->queue, tag, data, len, clock_mono());
	station_arm(s);
}

static void station_run_heartbeats(struct station *s)
{
	for (size_t i = 0; i < s->probe_count; i++) {
		if (s->probes[i].ops->is_heartbeat && s->probes[i].timer)
			schedule_soon(s->probes[i].timer, 0);
	}
}

static void station_is_up(struct station *s)
{
	s->state = STATION_UP;
	s->error = 0;
	station_run_heartbeats(s);
	station_arm(s);
}

/*
 * LAN: a session came up, did not come up, or went down. The library keeps trying by itself, so the
 * link stays. A session lost to silence is a BMC that does not answer: sends fail at once, and are
 * counted as time-outs. One that never was, or that is refused, says nothing about the BMC: nobody
 * may be there, or many BMCs just drop what has the wrong password.
 */
static void on_link_state(void *host, int error)
{
	struct station *s = host;

	if (s->state == STATION_RELEASED || s->state == STATION_STUCK)
		return;
	if (error == 0) {
		s->has_had_session = true;
		station_is_up(s);
		return;
	}
	queue_link_down(s->queue, error, clock_mono());
	s->error = error;
	if (s->has_had_session && error != -EACCES) {
		s->state = STATION_UP;
		station_arm(s);
		return;
	}
	s->state = STATION_LOST; /* on_reopen() starts afresh, with the password as it is then */
	s->retry_at = mono_add(clock_mono(), REOPEN_MAX_US);
	schedule_soon(s->reopen, REOPEN_MAX_US);
	observe_lost(s, error);
}

static int on_pump(sd_event_source *source UNUSED, uint64_t usec UNUSED, void *user)
{
	struct station *s = user;

	queue_pump(s->queue, clock_mono());
	station_arm(s);
	return 0;
}

/* --- opening --- */

/* Read afresh each time: a changed password file needs no reload, and none is kept here. */
static int station_connect(struct station *s)
{
	static const struct link_events events = { .answer = on_link_answer,
						   .state = on_link_state };
	char why[OPTIONS_WHY_MAX];
	char *password;
	int r;

	r = options_password(s->config, s->config_target, &password, why);
	if (r < 0 && !s->is_password_missing)
		s->env.trouble(s->env.host, s->target, "password", r, why);
	s->is_password_missing = r < 0;
	if (r < 0)
		return r;
	r = link_open(s->env.loop, s->connection, password, &events, s, &s->link);
	if (password)
		explicit_bzero(password, strlen(password));
	free(password);
	return r;
}

static void station_open_link(struct station *s)
{
	int r;

	s->state = STATION_CONNECTING;
	r = station_connect(s);
	if (r < 0) {
		station_lose(s, STATION_LOST, r);
		observe_lost(s, r);
		return;
	}
	if (s->interface >= 0)
		station_is_up(s);
	else if (s->state == STATION_CONNECTING)
		schedule_soon(s->reopen, CONNECT_PATIENCE_US);
}

/* The pause is over; or a session has been connecting for too long: then let sends fail and be
 * counted, while the library goes on trying. */
static void on_reopen(void *user)
{
	struct station *s = user;

	if (s->state == STATION_UP || s->state == STATION_RELEASED)
		return;
	if (s->state == STATION_CONNECTING) {
		on_link_state(s, -ETIMEDOUT);
		return;
	}
	link_close(TAKE(s->link)); /* LAN: one that was refused */
	station_open_link(s);
	station_arm(s);
}

void station_release(struct station *s)
{
	s->state = STATION_RELEASED;
	s->error = 0;
	(void)sd_event_source_set_enabled(s->pump, SD_EVENT_OFF);
	link_close(TAKE(s->link));
	queue_link_down(s->queue, 0, clock_mono());
}

void station_resume(struct station *s)
{
	if (s->state != STATION_RELEASED)
		return;
	s->reopen_us = 0;
	station_open_link(s);
	station_arm(s);
}

/* --- the probes' side --- */

static void probe_emits(void *host, const struct observation *given)
{
	struct station_probe *p = host;
	struct observation obs = *given;

	obs.source = p->ops->name;
	if (obs.metric == METRIC_DRIVER_MESSAGES)
		backoff_learn_others(queue_backoff(p->station->queue),
				     obs.value - (queue_has_flying(p->station->queue) ? 1 : 0));
	station_observe(p->station, &obs);
}

static int probe_submits(void *host, struct ipmi_request *req)
{
	struct station_probe *p = host;
	int r;

	r = queue_submit(p->station->queue, req, clock_mono());
	station_arm(p->station);
	return r;
}

static void probe_cancels(void *host, struct ipmi_request *req)
{
	struct station_probe *p = host;

	queue_cancel(p->station->queue, req, clock_mono());
}

static mono_us probe_asks_now(void *host UNUSED)
{
	return clock_mono();
}

static const struct bmc_identity *probe_asks_identity(void *host)
{
	const struct station_probe *p = host;
	const struct target *target = target_get(p->station->env.targets, p->station->target);

	return target && target->has_identity ? &target->identity : NULL;
}

static uint64_t probe_asks_own(void *host)
{
	const struct station_probe *p = host;

	return queue_counters(p->station->queue)->sent;
}

static int64_t probe_asks_int(void *host, const char *key)
{
	const struct station_probe *p = host;

	return config_int(p->station->config, p->ops->name, key);
}

static int64_t probe_asks_span(void *host, const char *key)
{
	const struct station_probe *p = host;

	return config_span_us(p->station->config, p->ops->name, key);
}

/* Reported once, then tried ever more rarely; never takes the daemon down. */
static void probe_failed(struct station_probe *p, int error)
{
	const unsigned times = p->failures < 4 ? 1u << (p->failures + 1) : PROBE_SLOWEST;

	if (p->failures++ == 0)
		p->station->env.trouble(p->station->env.host, p->station->target, p->ops->name,
					error, strerror(-error));
	schedule_set_interval(p->timer, p->interval_us * times);
}

static void probe_works(struct station_probe *p)
{
	if (p->failures == 0)
		return;
	p->failures = 0;
	schedule_set_interval(p->timer, p->interval_us);
	p->station->env.trouble(p->station->env.host, p->station->target, p->ops->name, 0, NULL);
}

static void on_probe_time(void *user)
{
	struct station_probe *p = user;
	int r = 0;

	if (p->station->state == STATION_RELEASED)
		return;
	if (!p->state)
		r = p->ops->open(&p->env, &p->state);
	if (r == 0)
		r = p->ops->run(p->state);
	if (r < 0 && r != -EBUSY && r != -EAGAIN && r != -EALREADY)
		probe_failed(p, r);
	else if (r == 0)
		probe_works(p);
}

static int station_add_probe(struct station *s, const struct probe_ops *ops)
{
	struct station_probe *p = &s->probes[s->probe_count];

	*p = (struct station_probe){
		.ops = ops,
		.station = s,
		.interval_us = s->env.is_once ? ONCE_INTERVAL_US
					      : config_span_us(s->config, ops->name, "interval"),
		.env = { .host = p,
			 .emit = probe_emits,
			 .submit = probe_submits,
			 .cancel = probe_cancels,
			 .now = probe_asks_now,
			 .identity = probe_asks_identity,
			 .own_commands = probe_asks_own,
			 .option_int = probe_asks_int,
			 .option_span_us = probe_asks_span,
			 .sysroot = s->env.sysroot,
			 .state_dir = s->state_dir,
			 .interface = s->interface },
	};
	s->probe_count++;
	return schedule_new(s->env.event,
			    schedule_jitter(min_i64(p->interval_us, PROBE_STAGGER_US)),
			    p->interval_us, on_probe_time, p, &p->timer);
}

/* --- life --- */

static bool station_wants(const struct station *s, const struct probe_ops *ops)
{
	if (s->env.is_once)
		return ops->is_heartbeat || ops->cost == 0;
	return config_bool(s->config, ops->name, "enabled");
}

static int station_start(struct station *s)
{
	int r;

	r = sd_event_add_time(s->env.event, &s->pump, CLOCK_BOOTTIME, UINT64_MAX, 1000, on_pump, s);
	if (r < 0)
		return r;
	r = schedule_new(s->env.event, REOPEN_MAX_US, REOPEN_MAX_US, on_reopen, s, &s->reopen);
	if (r < 0)
		return r;
	for (size_t i = 0; probe_table[i]; i++) {
		if (!station_wants(s, probe_table[i]))
			continue;
		r = s->probe_count < PROBES_MAX ? station_add_probe(s, probe_table[i]) : -ENOSPC;
		if (r < 0)
			return r;
	}
	station_open_link(s);
	station_arm(s);
	return 0;
}

static void station_free_slot(struct station **slot)
{
	station_free(*slot);
}

int station_new(const struct station_env *env, const struct config *config, size_t config_target,
		uint32_t target, struct station **ret)
{
	SCOPED(station_free_slot) struct station *s = calloc(1, sizeof(*s));
	struct queue_settings settings =
		options_queue(config, (uint64_t)clock_mono().v ^ (target + 1));
	unsigned number;
	int r;

	if (!s)
		return -ENOMEM;
	s->env = *env;
	s->config = config;
	s->target = target;
	(void)snprintf(s->connection, sizeof(s->connection), "%s",
		       config_target_text(config, config_target, "connection"));
	s->interface = link_is_smi(s->connection, &number) ? (int)number : -1;
	s->config_target = config_target;
	if (env->is_once)
		settings.per_minute = ONCE_PER_MINUTE;
	s->queue = queue_new(&settings, &station_queue_ops, s);
	s->state_dir = env->state_dir ? strdup(env->state_dir) : NULL;
	if (!s->queue || (env->state_dir && !s->state_dir))
		return -ENOMEM;
	r = station_start(s);
	if (r < 0)
		return r;
	*ret = TAKE(s);
	return 0;
}

void station_free(struct station *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->probe_count; i++) {
		schedule_free(s->probes[i].timer);
		if (s->probes[i].state)
			s->probes[i].ops->close(s->probes[i].state);
	}
	link_close(TAKE(s->link));
	if (s->queue)
		queue_free(s->queue);
	schedule_free(s->reopen);
	(void)sd_event_source_disable_unref(s->pump);
	free(s->state_dir);
	free(s);
}

uint32_t station_target(const struct station *s)
{
	return s->target;
}

const char *station_connection(const struct station *s)
{
	return s->connection;
}

struct station_status station_status(const struct station *s)
{
	const mono_us now = clock_mono();

	return (struct station_status){
		.state = s->state,
		.error = s->error,
		.retry_us = max_i64(0, mono_since(s->retry_at, now)),
		.counters = *queue_counters(s->queue),
		.gap_us = backoff_gap_us(queue_backoff(s->queue)),
		.has_flying = queue_has_flying(s->queue),
	};
}
