/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One target: link, queue, probes.
 *
 * Sends happen in on_pump() only, never from inside a callback of the link or of a probe; so a
 * failed send may close the link on the spot.
 */
#include <stdio.h>

#include "engine/options.h"
#include "engine/station-internal.h"
#include "ipmi/counters.h"
#include "ipmi/link.h"
#include "ipmi/taxonomy.h"

#define REOPEN_FIRST_US	    (1 * USEC_PER_SEC)
#define REOPEN_MAX_US	    (60 * USEC_PER_SEC)
#define STUCK_FIRST_US	    (60 * USEC_PER_SEC) /* each try may leave one message in the driver */
#define STUCK_MAX_US	    (60 * USEC_PER_MINUTE)
#define CONNECT_PATIENCE_US (30 * USEC_PER_SEC) /* LAN: the library says so after 7 to 12 s */
#define ONCE_PER_MINUTE	    60
#define BEAT_US		    (100 * USEC_PER_MSEC) /* while a command flies: see station_stalled() */
#define LOOK_MOST	    100000		  /* more is a driver that was loaded anew */
#define STALL_US	    (20 * USEC_PER_MSEC)  /* less is as punctual as timers are */

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

void station_observe(struct station *s, struct observation *obs)
{
	obs->target = s->target;
	if (obs->mono.v == 0)
		obs->mono = clock_mono();
	s->env.observe(s->env.host, obs);
}

/* Told once per change; the rule of how often is pace.h's. */
void station_tell_pace(struct station *s)
{
	const struct pace *pace = queue_pace(s->queue);
	enum pace_mode mode;

	if (pace_news(queue_pace(s->queue), clock_mono(), &mode) && s->env.pace)
		s->env.pace(s->env.host, s->target, mode, pace->why);
}

/* Whom this command had to wait for. */
static uint32_t others_served(const struct station *s, enum obs_status status)
{
	struct driver_counters now;

	if (s->interface < 0 || status == OBS_SKIPPED ||
	    driver_counters_read(s->env.sysroot, (unsigned)s->interface, &now) < 0)
		return 0;
	return driver_others_served(&s->at_send, &now, obs_is_answer(status));
}

static void observe_command(void *host, const struct ipmi_request *req,
			    const struct ipmi_reply *reply)
{
	struct station *s = host;
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

	obs.value = others_served(s, reply->status);
	pace_learn(queue_pace(s->queue), &obs);
	station_observe(host, &obs);
	station_tell_pace(s);
}

static void observe_lost(struct station *s, int error)
{
	const enum obs_status status = taxonomy_of_error(error);
	struct observation obs = {
		.source = "link",
		.detail = "open",
		.metric = METRIC_COMMAND,
		/* nothing was sent, so nothing timed out */
		.status = status == OBS_TIMEOUT ? OBS_INTERFACE_LOST : status,
		.error = error,
	};

	station_observe(s, &obs);
}

/* --- the queue's and the link's side --- */

/*
 * Nobody could hear an answer while this process stood still: stopped, suspended with the machine,
 * starved of CPU, held up by a disk. The pump beats while a command flies, so that a late beat
 * tells how long that was; it is not held against the BMC. Before anything is judged by its time,
 * and before the pump is armed anew: whoever is first after the stall must see it, and one may
 * come in the middle of a send.
 */
static void station_stalled(struct station *s, mono_us now)
{
	const int64_t late_us = mono_since(now, s->pump_due);

	if (late_us < 0)
		return;
	if (late_us >= STALL_US)
		queue_forgive(s->queue, late_us);
	s->pump_due = now; /* what is late from here on is another stall */
}

/* A command that is overdue keeps nobody else waiting: it is the driver's now. */
static void station_give_turn(struct station *s)
{
	if (!s->has_turn || (queue_has_flying(s->queue) && !queue_has_zombie(s->queue)))
		return;
	s->has_turn = false;
	s->env.give_turn(s->env.host);
}

/* Fire the pump when the queue next has something to do. */
void station_arm(struct station *s)
{
	const mono_us now = clock_mono();
	mono_us next;

	station_stalled(s, now);
	station_give_turn(s);
	s->pump_due.v = INT64_MAX;
	if (s->state != STATION_UP)
		return; /* what waits goes on waiting, or is skipped when the link is back */
	next = queue_next(s->queue, now);
	if (queue_has_flying(s->queue))
		next.v = min_i64(next.v, now.v + BEAT_US);
	if (next.v == INT64_MAX) {
		(void)sd_event_source_set_enabled(s->pump, SD_EVENT_OFF);
		return;
	}
	s->pump_due.v = max_i64(next.v, now.v);
	(void)sd_event_source_set_time(s->pump, (uint64_t)s->pump_due.v);
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

static bool queue_asks_turn(void *host)
{
	struct station *s = host;

	if (!s->has_turn && s->env.take_turn)
		s->has_turn = s->env.take_turn(s->env.host);
	return s->has_turn || !s->env.take_turn;
}

/* What the driver has done since the last command, less that command. */
static void look_for_others(struct station *s)
{
	const struct driver_counters *now = &s->at_send;
	const enum driver_counter done = DRIVER_COMPLETE_TRANSACTIONS;
	const uint32_t own = (uint32_t)(queue_counters(s->queue)->sent - s->sent_at_look);

	if (!now->has[done])
		return;
	if (s->has_look) {
		pace_look(queue_pace(s->queue), clock_mono(),
			  now->value[done] - s->done_at_look > own &&
				  now->value[done] - s->done_at_look < LOOK_MOST);
	}
	s->has_look = true;
	s->done_at_look = now->value[done];
	s->sent_at_look = queue_counters(s->queue)->sent;
}

static int queue_sends(void *host, const struct ipmi_request *req, uint64_t tag)
{
	struct station *s = host;
	int r;

	if (!s->link)
		return -ENODEV;
	if (s->interface < 0 ||
	    driver_counters_read(s->env.sysroot, (unsigned)s->interface, &s->at_send) < 0)
		s->at_send = (struct driver_counters){ 0 };
	look_for_others(s); /* nothing of ours is in the driver now */
	r = link_send(s->link, req, tag);
	if (r == -ENODEV || r == -ENOENT || r == -ENXIO)
		station_lose(s, STATION_LOST, r);
	return r;
}

static bool queue_asks_hosed(void *host)
{
	const struct station *s = host;
	struct driver_counters now;

	return s->interface >= 0 &&
	       driver_counters_read(s->env.sysroot, (unsigned)s->interface, &now) == 0 &&
	       driver_gave_up(&s->at_send, &now);
}

static void queue_is_stuck(void *host)
{
	station_lose(host, STATION_STUCK, -ETIMEDOUT);
}

static const struct queue_ops station_queue_ops = {
	.may_send = queue_asks_turn,
	.send = queue_sends,
	.has_hosed = queue_asks_hosed,
	.observe = observe_command,
	.stuck = queue_is_stuck,
};

static void on_link_answer(void *host, uint64_t tag, const uint8_t *data, size_t len)
{
	struct station *s = host;
	const mono_us now = clock_mono();

	s->reopen_us = 0; /* it lives: the next loss starts with a short pause again */
	station_stalled(s, now);
	queue_answer(s->queue, tag, data, len, now);
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
 * LAN: a session came up, did not come up, or went down. While there is none nothing is sent, so
 * nothing is counted: a dead network and a wrong password look the same as a dead BMC from here.
 * The library keeps trying by itself; on_reopen() starts afresh, with the password as it is then.
 */
static void on_link_state(void *host, int error)
{
	struct station *s = host;

	if (s->state == STATION_RELEASED || s->state == STATION_STUCK)
		return;
	if (error == 0) {
		station_is_up(s);
		return;
	}
	s->state = STATION_LOST;
	s->error = error;
	queue_link_down(s->queue, error, clock_mono()); /* what was really sent */
	station_give_turn(s);
	s->retry_at = mono_add(clock_mono(), REOPEN_MAX_US);
	schedule_soon(s->reopen, REOPEN_MAX_US);
	if (!s->env.is_quiet || !s->env.is_quiet(s->env.host))
		observe_lost(s, error); /* else it may be what they do; on_reopen() looks again */
}

static int on_pump(sd_event_source *source UNUSED, uint64_t usec UNUSED, void *user)
{
	struct station *s = user;
	const mono_us now = clock_mono();

	station_stalled(s, now);
	queue_pump(s->queue, now);
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
		return OBS_ERROR_PASSWORD;
	r = link_open(s->env.loop, s->connection, password, &events, s, &s->link);
	if (password)
		explicit_bzero(password, strlen(password));
	free(password);
	return r;
}

/*
 * EPERM comes from the service's device filter, a closed file is EACCES. The filter knows drivers
 * by the numbers they had when the service started; so a device that is refused now and was not a
 * moment ago came after that. One that is refused at the first try would be at the next one, too.
 */
static bool is_shut_out(const struct station *s, int before, int now)
{
	return s->interface >= 0 && now == -EPERM && before != -EPERM && before != OPENED_NEVER;
}

static void station_open_link(struct station *s)
{
	const int before = s->opened;
	int r;

	s->state = STATION_CONNECTING;
	r = station_connect(s);
	s->opened = r;
	if (r < 0) {
		station_lose(s, STATION_LOST, r);
		observe_lost(s, r);
		if (is_shut_out(s, before, r) && s->env.shut_out)
			s->env.shut_out(s->env.host, s->target);
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
	if (s->state == STATION_RELEASED)
		return;
	/* An overdue command stays in the driver: as good as stuck, should nobody reload that. */
	s->was_stuck = s->state == STATION_STUCK || queue_has_zombie(s->queue);
	s->state = STATION_RELEASED;
	s->error = 0;
	(void)sd_event_source_set_enabled(s->pump, SD_EVENT_OFF);
	link_close(TAKE(s->link));
	queue_link_down(s->queue, 0, clock_mono());
	station_give_turn(s);
}

void station_resume(struct station *s, bool is_ordered)
{
	if (s->state != STATION_RELEASED)
		return;
	if (s->was_stuck && !is_ordered) {
		station_lose(s, STATION_STUCK, -ETIMEDOUT);
		return;
	}
	s->reopen_us = s->was_stuck ? s->reopen_us : 0;
	station_open_link(s);
	station_arm(s);
}

/* --- life --- */

static int station_start(struct station *s)
{
	int r;

	s->pump_due.v = INT64_MAX;
	r = sd_event_add_time(s->env.event, &s->pump, CLOCK_BOOTTIME, UINT64_MAX, 1000, on_pump, s);
	if (r < 0)
		return r;
	r = schedule_new(s->env.event, REOPEN_MAX_US, REOPEN_MAX_US, on_reopen, s, &s->reopen);
	if (r < 0)
		return r;
	r = station_add_probes(s);
	if (r < 0)
		return r;
	station_open_link(s);
	station_arm(s);
	return 0;
}

int station_reload(struct station *s, const struct config *config, size_t config_target)
{
	const struct queue_settings settings = options_queue(config, 0);
	int r;

	station_remove_probes(s);
	s->config = config;
	s->config_target = config_target;
	queue_configure(s->queue, &settings);
	r = station_add_probes(s);
	if (s->state == STATION_UP)
		station_run_heartbeats(s);
	station_arm(s);
	return r;
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
	s->opened = OPENED_NEVER;
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
	station_remove_probes(s);
	link_close(TAKE(s->link));
	if (s->has_turn)
		s->env.give_turn(s->env.host);
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
	const struct pace *pace = queue_pace(s->queue);

	return (struct station_status){
		.state = s->state,
		.error = s->error,
		.retry_us = max_i64(0, mono_since(s->retry_at, now)),
		.counters = *queue_counters(s->queue),
		.gap_us = queue_gap_us(s->queue),
		.pace = pace_mode(queue_pace(s->queue), now),
		.others_period_s = pace->has_slot ? pace->slot.period_s : 0,
		.has_flying = queue_has_flying(s->queue),
	};
}
