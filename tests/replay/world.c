/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Virtual time and what lives in it. The event loop is world_step(): whatever comes next, happens;
 * nothing here reads a clock or chance that is not seeded.
 */
#include "tests/replay/world.h"

#include <stdio.h>

#define STILL_MAX     1000  /* events in one moment: more is a loop */
#define KEPT_MAX      32768 /* observations: more than a day's */
#define TOLD_MAX      1024
#define SENT_MAX      256
#define REOPEN_US     (60 * USEC_PER_SEC) /* as the station's first pause after a stuck driver */
#define LOOK_US	      USEC_PER_MINUTE
#define STAGGER_US    (2 * USEC_PER_SEC)
#define REPLY_MAX     32
#define WALL_AT_START (INT64_C(1767225600) * USEC_PER_SEC) /* 2026-01-01 */

struct poll {
	struct world *world;
	char name[WORLD_NAME_MAX];
	struct ipmi_request req;
	int64_t interval_us;
	bool is_jittered;
	mono_us next;
};

struct answer { /* on its way */
	bool is_coming;
	mono_us at;
	uint64_t tag;
	uint8_t data[REPLY_MAX];
	size_t len;
};

struct world {
	struct world_settings settings;
	struct queue *queue;
	struct judge *judge;
	struct trend_summary trend;
	mono_us now, next_look;
	struct bmc bmc;
	struct answer answer;
	bool has_hosed;
	bool is_closed; /* the link, until `reopen` */
	mono_us reopen;
	unsigned others, waiting_at_send;
	int64_t load;
	uint64_t asked, random;
	struct crowd_of_agents crowd;
	struct poll polls[WORLD_POLLS_MAX];
	size_t poll_count;
	struct world_counts counts;
	mono_us sent[SENT_MAX]; /* rings, by count modulo size */
	uint64_t sent_count;
	struct told told[TOLD_MAX];
	size_t told_count;
	struct observation *kept; /* what the store has */
	size_t kept_count;
	struct windows windows;
};

struct world_settings world_settings_default(void)
{
	return (struct world_settings){
		.queue = { .soft_us = USEC_PER_SEC,
			   .hard_us = 5 * USEC_PER_SEC,
			   .stuck_us = 90 * USEC_PER_SEC,
			   .per_minute = 6,
			   .bulk_per_minute = 60,
			   .duty = 0.01,
			   .backoff = { .base_gap_us = USEC_PER_SEC,
					.max_gap_us = USEC_PER_MINUTE },
			   .seed = 1 },
		.judge = judge_settings_default(),
	};
}

wall_us world_wall(const struct world *w)
{
	return (wall_us){ WALL_AT_START + w->now.v };
}

/* --- the judge's side --- */

static void on_finding(void *user, const struct finding *finding, enum finding_change change)
{
	struct world *w = user;

	w->counts.told++;
	w->told[w->told_count++ % TOLD_MAX] = (struct told){
		.at = world_now(w),
		.kind = finding->kind,
		.severity = finding->severity,
		.change = change,
	};
}

static void world_feed(struct world *w, const struct observation *given)
{
	struct observation obs = *given;

	obs.mono = w->now;
	obs.wall = world_wall(w);
	w->kept[w->kept_count++ % KEPT_MAX] = obs;
	(void)judge_feed(w->judge, &obs, on_finding, w); /* target 0 is always there */
}

void world_see(struct world *w, enum obs_metric metric, int64_t value, int64_t total)
{
	struct observation obs = { .source = "script",
				   .metric = metric,
				   .status = OBS_OK,
				   .value = value,
				   .total = total };

	world_feed(w, &obs);
}

static bool has_kind(const struct trend_event *event, enum trend_kind kind)
{
	return event && event->kind == kind;
}

void world_trend(struct world *w, const struct trend_event *event)
{
	struct trend_summary *s = &w->trend;
	const struct trend_news news = {
		.summary = s, .event = event, .now = w->now, .wall = world_wall(w)
	};

	if (has_kind(event, TREND_SUSPECTED))
		s->is_suspected = true;
	else if (has_kind(event, TREND_CONFIRMED) || has_kind(event, TREND_RETURNED) ||
		 has_kind(event, TREND_IMMINENT))
		s->is_confirmed = true;
	else if (!has_kind(event, TREND_CURED) && !has_kind(event, TREND_NOT_CURED))
		s->is_suspected = s->is_confirmed = false;
	if (has_kind(event, TREND_RESET))
		*s = (struct trend_summary){ .is_known = true, .sure = event->sure };
	(void)judge_trend(w->judge, 0, &news, on_finding, w);
}

/* --- the driver's side --- */

static uint64_t world_random(struct world *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return w->random;
}

static void count_sent(struct world *w)
{
	uint64_t recent = 0;

	w->counts.sent++;
	w->sent[w->sent_count++ % SENT_MAX] = w->now;
	while (recent < w->sent_count && recent < SENT_MAX &&
	       mono_since(w->now, w->sent[(w->sent_count - 1 - recent) % SENT_MAX]) <
		       USEC_PER_MINUTE)
		recent++;
	if (recent > w->counts.most_per_minute)
		w->counts.most_per_minute = recent;
}

static void answer_prepare(struct world *w, const struct manner *manner, uint64_t tag)
{
	int64_t span = manner->to_us - manner->from_us;
	int64_t took = manner->from_us;

	if (span > 0)
		took += (int64_t)(world_random(w) % (uint64_t)span);
	w->answer = (struct answer){ .is_coming = true,
				     .at = mono_add(w->now, took),
				     .tag = tag,
				     .data = { manner->cc },
				     .len = manner->is_empty ? 0 : 1 + manner->data_len };
	w->has_hosed = manner->is_hosed;
}

static int driver_send(void *host, const struct ipmi_request *req UNUSED, uint64_t tag)
{
	struct world *w = host;
	const struct manner *manner = &w->bmc.usual;

	count_sent(w);
	w->asked++;
	if (w->bmc.every > 0 && w->asked % w->bmc.every == 0)
		manner = &w->bmc.exception;
	if (w->bmc.has_crowded && agents_crowd(&w->crowd))
		manner = &w->bmc.crowded;
	w->waiting_at_send = w->others;
	pace_look(queue_pace(w->queue), w->now, agents_were_there(&w->crowd));
	w->has_hosed = false;
	if (manner->kind == MANNER_REFUSES)
		return manner->error;
	if (manner->kind == MANNER_ANSWERS)
		answer_prepare(w, manner, tag);
	return 0;
}

static bool driver_has_hosed(void *host)
{
	const struct world *w = host;

	return w->has_hosed;
}

static void tell_pace(struct world *w)
{
	enum pace_mode mode;

	if (pace_news(queue_pace(w->queue), w->now, &mode))
		w->counts.paces++;
}

static void driver_observe(void *host, const struct ipmi_request *req,
			   const struct ipmi_reply *reply)
{
	struct world *w = host;
	struct observation obs = { .source = req->source,
				   .detail = req->source, /* outlives the request */
				   .metric = METRIC_COMMAND,
				   .status = reply->status,
				   .netfn = req->netfn,
				   .cmd = req->cmd,
				   .cc = reply->cc,
				   .error = reply->error,
				   .took_us = reply->took_us,
				   .value = reply->status == OBS_SKIPPED ? 0 : w->waiting_at_send };

	w->counts.of[reply->status]++;
	obs.mono = w->now;
	world_feed(w, &obs);
	if (!w->queue) /* it is being freed */
		return;
	pace_learn(queue_pace(w->queue), &obs);
	tell_pace(w);
}

/* As the station does: the link is closed for a while, what it owed is never delivered, and the
 * queue is left alone. */
static void driver_is_stuck(void *host)
{
	struct world *w = host;

	w->answer.is_coming = false;
	w->is_closed = true;
	w->reopen = mono_add(w->now, REOPEN_US);
}

static const struct queue_ops driver_ops = {
	.send = driver_send,
	.has_hosed = driver_has_hosed,
	.observe = driver_observe,
	.stuck = driver_is_stuck,
};

/* --- the polls' side --- */

/* As probes/controller.c does: only a good answer says whether the device is available. */
static void poll_done(struct ipmi_request *req, const struct ipmi_reply *reply)
{
	const struct poll *poll = req->user;
	struct world *w = poll->world;

	if (req->priority == QUEUE_HEARTBEAT && reply->cc == 0 &&
	    (reply->status == OBS_OK || reply->status == OBS_SLOW))
		world_see(w, METRIC_DEVICE_AVAILABLE, !w->bmc.is_updating, 0);
}

/* As engine/schedule.c. */
static int64_t jittered(struct world *w, int64_t us)
{
	return us + us * ((int64_t)(world_random(w) % 601) - 300) / 1000;
}

static void poll_run(struct poll *poll)
{
	struct world *w = poll->world;

	poll->next = mono_add(w->now, poll->is_jittered ? jittered(w, poll->interval_us)
							: poll->interval_us);
	if (poll->req.is_queued)
		return; /* one run at a time */
	if (queue_submit(w->queue, &poll->req, w->now) < 0)
		w->counts.of[OBS_SKIPPED]++;
}

static double planned_per_hour(const struct world *w)
{
	double planned = 0;

	for (size_t i = 0; i < w->poll_count; i++) {
		if (w->polls[i].req.priority != QUEUE_BULK)
			planned += (double)USEC_PER_HOUR / (double)w->polls[i].interval_us;
	}
	return planned;
}

void world_jitter(struct world *w)
{
	for (size_t i = 0; i < w->poll_count; i++)
		w->polls[i].is_jittered = true;
}

int world_agent(struct world *w, const struct agent_like *agent)
{
	return agents_add(&w->crowd, agent, w->now);
}

int world_agent_stop(struct world *w, const char *comm)
{
	return agents_stop(&w->crowd, comm, w->now, w->judge);
}

int world_poll(struct world *w, const char *name, int64_t interval_us, enum queue_priority priority,
	       uint8_t tolerated)
{
	struct poll *poll = &w->polls[w->poll_count];

	if (w->poll_count == WORLD_POLLS_MAX)
		return -ENOSPC;
	(void)snprintf(poll->name, sizeof(poll->name), "%s", name);
	poll->world = w;
	poll->interval_us = interval_us;
	poll->next = mono_add(w->now, (int64_t)w->poll_count * STAGGER_US);
	poll->req = (struct ipmi_request){ .source = poll->name,
					   .label = poll->name,
					   .netfn = 0x06,
					   .cmd = 0x01,
					   .min_len = 11, /* Get Device ID, IPMI 2.0 §20.1 */
					   .tolerated = { tolerated },
					   .priority = priority,
					   .done = poll_done,
					   .user = poll };
	w->poll_count++;
	w->settings.judge.thresholds.nominal_per_hour = planned_per_hour(w);
	judge_configure(w->judge, &w->settings.judge);
	return 0;
}

/* A look at the driver's counters, and at the clock. */
static void world_look(struct world *w)
{
	const unsigned own = queue_has_flying(w->queue);

	w->next_look = mono_add(w->now, LOOK_US);
	if (w->others > 0) {
		backoff_learn_others(queue_backoff(w->queue), w->others);
		world_see(w, METRIC_DRIVER_MESSAGES, w->others + own, 0);
	}
	pace_load(queue_pace(w->queue), w->load, w->now);
	if (w->load > 0)
		world_see(w, METRIC_FOREIGN_PER_HOUR, w->load, 0);
	tell_pace(w);
	judge_tick(w->judge, w->now, world_wall(w), on_finding, w);
	windows_tick(&w->windows, world_wall(w));
}

/* --- time --- */

static mono_us earlier(mono_us a, mono_us b)
{
	return a.v < b.v ? a : b;
}

static mono_us world_next(const struct world *w)
{
	mono_us next = w->is_closed ? w->reopen : queue_next(w->queue, w->now);

	next = earlier(next, w->next_look);
	if (w->answer.is_coming)
		next = earlier(next, w->answer.at);
	for (size_t i = 0; i < w->poll_count; i++)
		next = earlier(next, w->polls[i].next);
	next = earlier(next, agents_next(&w->crowd));
	next = earlier(next, windows_next(&w->windows));
	return next;
}

static bool is_due(const struct world *w, mono_us at)
{
	return mono_since(w->now, at) >= 0;
}

static void world_step(struct world *w)
{
	if (w->answer.is_coming && is_due(w, w->answer.at)) {
		w->answer.is_coming = false;
		queue_answer(w->queue, w->answer.tag, w->answer.data, w->answer.len, w->now);
	}
	agents_step(&w->crowd, w->now, w->judge);
	for (size_t i = 0; i < w->poll_count; i++) {
		if (is_due(w, w->polls[i].next))
			poll_run(&w->polls[i]);
	}
	if (is_due(w, w->next_look))
		world_look(w);
	if (w->is_closed && is_due(w, w->reopen))
		w->is_closed = false;
	if (!w->is_closed)
		queue_pump(w->queue, w->now);
}

int world_run(struct world *w, int64_t us)
{
	const mono_us end = mono_add(w->now, us);
	unsigned still = 0;

	for (;;) {
		const mono_us next = world_next(w);

		if (mono_since(next, end) > 0)
			break;
		still = next.v > w->now.v ? 0 : still + 1;
		if (still > STILL_MAX)
			return -ETIME;
		w->now = next.v > w->now.v ? next : w->now;
		world_step(w);
		windows_step(&w->windows, w->now, world_wall(w));
	}
	w->now = end;
	return 0;
}

/* --- life --- */

static int world_start(struct world *w)
{
	w->judge = judge_new(&w->settings.judge, 1);
	w->queue = queue_new(&w->settings.queue, &driver_ops, w);
	return w->judge && w->queue ? 0 : -ENOMEM;
}

struct world *world_new(const struct world_settings *settings)
{
	struct world *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->settings = *settings;
	w->now = (mono_us){ USEC_PER_HOUR };
	w->next_look = mono_add(w->now, LOOK_US);
	w->random = settings->queue.seed | 1;
	w->bmc.usual = (struct manner){ .from_us = 12 * USEC_PER_MSEC, .data_len = 15 };
	w->kept = calloc(KEPT_MAX, sizeof(*w->kept));
	if (!w->kept || world_start(w) < 0) {
		world_free(w);
		return NULL;
	}
	return w;
}

void world_free(struct world *w)
{
	if (!w)
		return;
	queue_free(w->queue);
	judge_free(w->judge);
	windows_done(&w->windows);
	free(w->kept);
	free(w);
}

/* As engine/openers.c keeps them. */
static int judge_again(struct world *w)
{
	SCOPED(free_ptr) char *openers = malloc(OPENER_SAVE_MAX);
	size_t len;
	int r;

	if (!openers)
		return -ENOMEM;
	len = opener_table_save(judge_openers(w->judge), 0, 1, openers);
	judge_free(TAKE(w->judge));
	r = world_start(w);
	if (r < 0)
		return r;
	return judge_restore_openers(w->judge, 0, 1, w->now, openers, len);
}

/* As engine/restore.c: who was there, the last day of observations, what was open. */
int world_restart(struct world *w, int64_t us)
{
	const struct finding *open[FAMILY_MAX];
	struct finding stored[FAMILY_MAX];
	size_t count = judge_findings(w->judge, 0, open, FAMILY_MAX);
	size_t first;
	int r;

	for (size_t i = 0; i < count; i++)
		stored[i] = *open[i];
	queue_free(TAKE(w->queue));
	w->answer.is_coming = false;
	w->is_closed = false;
	w->now = mono_add(w->now, us);
	r = judge_again(w);
	if (r < 0)
		return r;
	first = w->kept_count > KEPT_MAX ? w->kept_count - KEPT_MAX : 0;
	for (size_t i = first; i < w->kept_count; i++) {
		const struct observation *obs = &w->kept[i % KEPT_MAX];

		if (mono_since(w->now, obs->mono) <= USEC_PER_DAY)
			(void)judge_feed(w->judge, obs, NULL, NULL);
	}
	for (size_t i = 0; i < count; i++)
		judge_restore(w->judge, &stored[i]);
	return 0;
}

void world_set_bmc(struct world *w, const struct bmc *bmc)
{
	w->bmc = *bmc;
}

void world_set_others(struct world *w, unsigned messages)
{
	w->others = messages;
}

void world_mark(struct world *w)
{
	w->counts = (struct world_counts){ 0 };
	w->sent_count = 0;
}

mono_us world_now(const struct world *w)
{
	return mono_add(w->now, -USEC_PER_HOUR);
}

mono_us world_clock(const struct world *w)
{
	return w->now;
}

const struct world_counts *world_counts(const struct world *w)
{
	return &w->counts;
}

enum pace_mode world_pace(const struct world *w)
{
	return pace_mode(queue_pace(w->queue), w->now);
}

void world_set_load(struct world *w, int64_t foreign_per_hour)
{
	w->load = foreign_per_hour;
}

int64_t world_gap_us(const struct world *w)
{
	return queue_gap_us(w->queue);
}

size_t world_open_count(struct world *w)
{
	const struct finding *open[FAMILY_MAX];

	return judge_findings(w->judge, 0, open, FAMILY_MAX) +
	       windows_open(&w->windows, world_wall(w));
}

const struct finding *world_find(struct world *w, enum finding_kind kind)
{
	const struct finding *open[FAMILY_MAX];
	const size_t count = judge_findings(w->judge, 0, open, FAMILY_MAX);

	for (size_t i = 0; i < count; i++) {
		if (open[i]->kind == kind)
			return open[i];
	}
	return windows_find(&w->windows, kind, world_wall(w));
}

int world_windows(struct world *w, struct windows **ret)
{
	*ret = &w->windows;
	return windows_begin(&w->windows, &w->settings.judge.thresholds, world_wall(w), on_finding,
			     w);
}

size_t world_told_count(const struct world *w)
{
	return w->told_count < TOLD_MAX ? w->told_count : TOLD_MAX;
}

const struct told *world_told(const struct world *w, size_t i)
{
	size_t first = w->told_count < TOLD_MAX ? 0 : w->told_count - TOLD_MAX;

	return &w->told[(first + i) % TOLD_MAX];
}
