/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The queue of one controller: who goes next, when, and what became of it. Three things bound the
 * traffic: one command in flight, a gap after each, and a budget.
 *
 * The budget is a token bucket kept as one point in time (GCRA): a command costs 60 s / rate, and
 * an eighth of a minute's worth may come at once, at least one. So fewer than rate × 9/8 commands,
 * or rate + 1, leave in any 60 s; with the default of 6 per minute, never more than 6.
 */
#include "ipmi/queue.h"

#include <stdio.h>

#include "base/util.h"
#include "ipmi/taxonomy.h"

#define MAX_WAIT_US	(60 * USEC_PER_SEC)
#define TURN_RETRY_US	(250 * USEC_PER_MSEC)
#define BURST_SHARE	8
#define RATE_MIN	0.001 /* per minute; slower means never, and would overflow */
#define RATE_MAX	60e6
#define LABEL_MAX	112
#define JITTER_PERMILLE 300 /* upwards only: the gap is the least there is */

struct budget {
	int64_t cost_us, burst_us;
	int64_t paid_until; /* mono; all tokens are there when it is burst_us ahead of now */
};

struct waiting { /* first come, first served */
	struct ipmi_request *first, *last;
};

struct flight {
	bool is_flying;
	bool is_zombie;		    /* missed the hard deadline */
	struct ipmi_request *owner; /* borrowed; NULL: zombie, or cancelled */
	struct ipmi_request copy;   /* what of it outlives its owner */
	char label[LABEL_MAX];
	uint64_t tag;
	mono_us sent;
};

struct queue {
	struct queue_settings settings;
	const struct queue_ops *ops; /* borrowed */
	void *host;		     /* borrowed */
	struct backoff backoff;
	struct pace pace;
	struct budget budgets[2]; /* budget_of() */
	struct waiting waiting[QUEUE_PRIORITY_MAX];
	unsigned waiting_count;
	struct flight flight;
	struct queue_counters counters;
	uint64_t last_tag, random;
	bool has_ended; /* a command, at last_end */
	mono_us last_end, last_now;
	mono_us turn_at;	 /* it was not our turn: ask again then */
	int64_t jitter_permille; /* of the gap that runs now */
	bool was_heartbeat;	 /* the last one sent */
	bool is_pumping, is_closing;
};

static struct budget budget_make(double per_minute)
{
	struct budget budget = { .paid_until = INT64_MIN };
	double rate = per_minute;
	double burst;

	if (!(rate >= RATE_MIN))
		rate = RATE_MIN;
	if (rate > RATE_MAX)
		rate = RATE_MAX;
	burst = rate / BURST_SHARE;
	budget.cost_us = (int64_t)((double)USEC_PER_MINUTE / rate);
	if (burst > 1)
		budget.burst_us = (int64_t)((double)budget.cost_us * (burst - 1));
	return budget;
}

static size_t budget_of(const struct ipmi_request *req)
{
	return req->priority == QUEUE_BULK;
}

static int64_t budget_ready_at(const struct budget *budget)
{
	return budget->paid_until == INT64_MIN ? INT64_MIN : budget->paid_until - budget->burst_us;
}

static void budget_spend(struct budget *budget, mono_us now)
{
	budget->paid_until = max_i64(budget->paid_until, now.v) + budget->cost_us;
}

/* xorshift64*: enough to keep daemons of a rack apart, and the same on every machine. */
static uint64_t random_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545F4914F6CDD1D);
}

void queue_configure(struct queue *q, const struct queue_settings *settings)
{
	const int64_t paid[2] = { q->budgets[0].paid_until, q->budgets[1].paid_until };

	q->settings = *settings;
	backoff_configure(&q->backoff, &settings->backoff);
	pace_configure(&q->pace, settings->duty, settings->backoff.max_gap_us);
	q->budgets[0] = budget_make(settings->per_minute);
	q->budgets[1] = budget_make(settings->bulk_per_minute);
	q->budgets[0].paid_until = paid[0]; /* what was spent stays spent */
	q->budgets[1].paid_until = paid[1];
}

void queue_forgive(struct queue *q, int64_t stall_us)
{
	if (q->flight.is_flying)
		q->flight.sent = mono_add(q->flight.sent, stall_us);
}

struct queue *queue_new(const struct queue_settings *settings, const struct queue_ops *ops,
			void *host)
{
	struct queue *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->settings = *settings;
	q->ops = ops;
	q->host = host;
	backoff_init(&q->backoff, &settings->backoff);
	pace_init(&q->pace, settings->duty, settings->backoff.max_gap_us);
	q->budgets[0] = budget_make(settings->per_minute);
	q->budgets[1] = budget_make(settings->bulk_per_minute);
	q->random = settings->seed ^ UINT64_C(0x9E3779B97F4A7C15);
	if (q->random == 0) /* the one state xorshift never leaves */
		q->random = 1;
	return q;
}

/* The list of one priority. */

static void waiting_push(struct queue *q, struct ipmi_request *req)
{
	struct waiting *list = &q->waiting[req->priority];

	req->next = NULL;
	*(list->last ? &list->last->next : &list->first) = req;
	list->last = req;
	q->waiting_count++;
}

/* Is it there? Then it is not any more. */
static bool waiting_remove(struct queue *q, struct ipmi_request *req)
{
	struct waiting *list = &q->waiting[req->priority];
	struct ipmi_request *previous = NULL;
	struct ipmi_request *at = list->first;

	while (at && at != req) {
		previous = at;
		at = at->next;
	}
	if (!at)
		return false;
	*(previous ? &previous->next : &list->first) = req->next;
	if (list->last == req)
		list->last = previous;
	req->next = NULL;
	q->waiting_count--;
	return true;
}

static mono_us waiting_until(const struct ipmi_request *req)
{
	return mono_add(req->submitted, req->max_wait_us > 0 ? req->max_wait_us : MAX_WAIT_US);
}

/* Who is next: heartbeat and normal, and bulk only if neither waits and the BMC is well. Heartbeats
 * go first, but never twice in a row while others wait: with a gap as long as their interval they
 * would be all that is ever sent, and a controller that fails only at them would be called mute. */
static struct ipmi_request *waiting_pick(const struct queue *q)
{
	struct ipmi_request *heartbeat = q->waiting[QUEUE_HEARTBEAT].first;
	struct ipmi_request *normal = q->waiting[QUEUE_NORMAL].first;

	if (heartbeat && !(normal && q->was_heartbeat))
		return heartbeat;
	if (normal)
		return normal;
	return backoff_is_resting(&q->backoff) ? q->waiting[QUEUE_BULK].first : NULL;
}

/* What became of a request or of a zombie. */

static void tell(struct queue *q, const struct ipmi_request *req, const struct ipmi_reply *reply)
{
	backoff_learn(&q->backoff, reply->status);
	q->counters.of[reply->status]++;
	q->ops->observe(q->host, req, reply);
}

static void finish(struct queue *q, struct ipmi_request *req, const struct ipmi_reply *reply)
{
	req->is_queued = false;
	tell(q, req, reply);
	req->done(req, reply);
}

static void finish_skipped(struct queue *q, struct ipmi_request *req, mono_us now)
{
	struct ipmi_reply reply = { .status = OBS_SKIPPED, .now = now };

	finish(q, req, &reply);
}

/* A command is over, one way or another: the gap starts. */
static void gap_start(struct queue *q, mono_us now)
{
	uint64_t spread = random_next(&q->random) >> 32;

	q->has_ended = true;
	q->last_end = now;
	q->jitter_permille = 1000 + (int64_t)(spread % (JITTER_PERMILLE + 1));
}

int64_t queue_gap_us(const struct queue *q)
{
	return pace_gap_us(&q->pace, q->settings.backoff.base_gap_us, backoff_gap_us(&q->backoff));
}

/* Computed when asked: what is learned during the gap still widens it. */
static int64_t gap_ends_at(const struct queue *q)
{
	if (!q->has_ended)
		return INT64_MIN;
	return q->last_end.v + (queue_gap_us(q) * q->jitter_permille + 999) / 1000;
}

/* The command flies no more; its request's owner, or NULL. Its copy stays readable until the next
 * command is sent. */
static struct ipmi_request *flight_end(struct queue *q, mono_us now)
{
	struct ipmi_request *owner = TAKE(q->flight.owner);

	q->flight.is_flying = false;
	gap_start(q, now);
	return owner;
}

/* The same of one that was not answered in all that time. */
static void flight_end_held(struct queue *q, mono_us now)
{
	(void)flight_end(q, now);
	pace_held(&q->pace, mono_since(now, q->flight.sent), now);
}

static void flight_start(struct queue *q, struct ipmi_request *req, mono_us now)
{
	struct flight *flight = &q->flight;

	flight->is_flying = true;
	flight->is_zombie = false;
	flight->owner = req;
	flight->tag = q->last_tag;
	flight->sent = now;
	flight->copy = *req;
	flight->copy.next = NULL;
	flight->copy.done = NULL;
	flight->copy.user = NULL;
	(void)snprintf(flight->label, sizeof(flight->label), "%s", req->label ? req->label : "");
	flight->copy.label = flight->label;
	q->counters.sent++;
}

/* The 1004 equivalent. Also told of a command whose owner cancelled it: the owner's leaving does
 * not make the controller any quicker. */
static void flight_check_hard(struct queue *q, mono_us now)
{
	struct flight *flight = &q->flight;
	struct ipmi_reply reply = { .status = OBS_TIMEOUT, .now = now };
	struct ipmi_request *owner;

	if (!flight->is_flying || flight->is_zombie)
		return;
	reply.took_us = mono_since(now, flight->sent);
	if (reply.took_us < q->settings.hard_us)
		return;
	flight->is_zombie = true;
	owner = TAKE(flight->owner);
	if (!owner) {
		tell(q, &flight->copy, &reply);
		return;
	}
	finish(q, owner, &reply);
}

/* Is the driver stuck? Then the link is closed, and whatever it still held is forgotten. */
static bool flight_check_stuck(struct queue *q, mono_us now)
{
	struct flight *flight = &q->flight;
	struct ipmi_reply reply = { .status = OBS_DRIVER_STUCK, .now = now };

	if (!flight->is_flying || !flight->is_zombie)
		return false;
	reply.took_us = mono_since(now, flight->sent);
	if (reply.took_us < q->settings.stuck_us)
		return false;
	flight_end_held(q, now);
	tell(q, &flight->copy, &reply);
	q->ops->stuck(q->host);
	return true;
}

/* Each turn scans from the start: done() may have changed anything. It ends, because what is
 * submitted meanwhile has just begun to wait. */
static struct ipmi_request *waiting_find_expired(const struct queue *q, mono_us now)
{
	for (unsigned i = 0; i < QUEUE_PRIORITY_MAX; i++) {
		for (struct ipmi_request *at = q->waiting[i].first; at; at = at->next) {
			if (mono_since(now, waiting_until(at)) >= 0)
				return at;
		}
	}
	return NULL;
}

static void waiting_expire(struct queue *q, mono_us now)
{
	struct ipmi_request *req;

	while ((req = waiting_find_expired(q, now))) {
		(void)waiting_remove(q, req);
		finish_skipped(q, req, now);
	}
}

/* When waiting_pick()'s choice may be sent; INT64_MAX: nobody may. */
static int64_t send_ready_at(const struct queue *q, mono_us now)
{
	const struct ipmi_request *req = waiting_pick(q);
	mono_us at;

	if (!req || q->flight.is_flying)
		return INT64_MAX;
	at.v = max_i64(gap_ends_at(q), budget_ready_at(&q->budgets[budget_of(req)]));
	at.v = max_i64(max_i64(at.v, q->turn_at.v), now.v);
	return pace_ready(&q->pace, at, req->submitted, req->priority == QUEUE_BULK).v;
}

/* A failed send costs budget and gap like any other: a sick driver must not be hammered either. */
static void send_next(struct queue *q, mono_us now)
{
	struct ipmi_reply reply = { .now = now };
	struct ipmi_request *req;

	if (send_ready_at(q, now) > now.v)
		return;
	req = waiting_pick(q);
	if (!req)
		return;
	if (q->ops->may_send && !q->ops->may_send(q->host)) {
		q->turn_at = mono_add(now, TURN_RETRY_US);
		return;
	}
	(void)waiting_remove(q, req);
	budget_spend(&q->budgets[budget_of(req)], now);
	q->was_heartbeat = req->priority == QUEUE_HEARTBEAT;
	q->last_tag++;
	reply.error = q->ops->send(q->host, req, q->last_tag);
	if (reply.error == 0) {
		flight_start(q, req, now);
		return;
	}
	reply.status = taxonomy_of_error(reply.error);
	gap_start(q, now);
	finish(q, req, &reply);
}

void queue_pump(struct queue *q, mono_us now)
{
	if (q->is_pumping || q->is_closing)
		return;
	q->is_pumping = true;
	q->last_now = now;
	flight_check_hard(q, now);
	if (!flight_check_stuck(q, now)) {
		waiting_expire(q, now);
		send_next(q, now);
	}
	q->is_pumping = false;
}

static int64_t flight_deadline(const struct queue *q)
{
	const struct queue_settings *settings = &q->settings;
	int64_t span = settings->hard_us;

	if (q->flight.is_zombie)
		span = max_i64(settings->stuck_us, span);
	return q->flight.sent.v + span;
}

mono_us queue_next(const struct queue *q, mono_us now)
{
	int64_t at = q->flight.is_flying ? flight_deadline(q) : send_ready_at(q, now);

	for (unsigned i = 0; i < QUEUE_PRIORITY_MAX; i++) {
		for (const struct ipmi_request *req = q->waiting[i].first; req; req = req->next)
			at = min_i64(at, waiting_until(req).v);
	}
	return (mono_us){ max_i64(at, now.v) };
}

int queue_submit(struct queue *q, struct ipmi_request *req, mono_us now)
{
	if (req->data_len > IPMI_REQUEST_DATA_MAX || !req->done ||
	    (unsigned)req->priority >= QUEUE_PRIORITY_MAX)
		return -EINVAL;
	if (req->is_queued)
		return -EALREADY;
	if (q->waiting_count >= QUEUE_WAITING_MAX || q->is_closing)
		return -EAGAIN;
	q->last_now = now;
	req->is_queued = true;
	req->submitted = now;
	waiting_push(q, req);
	return 0;
}

void queue_cancel(struct queue *q, struct ipmi_request *req, mono_us now)
{
	if (!req->is_queued)
		return;
	q->last_now = now;
	if (q->flight.owner == req)
		q->flight.owner = NULL;
	(void)waiting_remove(q, req);
	finish_skipped(q, req, now);
}

/* A zombie's answer. Another time-out is made by the kernel: the OBS_TIMEOUT that was told said
 * it all. */
static void zombie_answer(struct queue *q, struct ipmi_reply *reply)
{
	if (reply->status == OBS_TIMEOUT) {
		flight_end_held(q, reply->now);
		return;
	}
	(void)flight_end(q, reply->now);
	reply->status = OBS_LATE;
	tell(q, &q->flight.copy, reply);
}

void queue_answer(struct queue *q, uint64_t tag, const uint8_t *data, size_t len, mono_us now)
{
	struct flight *flight = &q->flight;
	struct ipmi_reply reply = { .now = now };
	struct ipmi_request *owner;

	if (!flight->is_flying || flight->tag != tag || q->is_closing)
		return;
	q->last_now = now;
	flight_check_hard(q, now); /* the answer may overtake the deadline's timer */
	if (!flight->is_flying)
		return; /* done() took the link down */
	reply.took_us = mono_since(now, flight->sent);
	reply.status =
		taxonomy_of_answer(&flight->copy, data, len, reply.took_us > q->settings.soft_us,
				   q->ops->has_hosed, q->host);
	if (len > 0) {
		reply.cc = data[0];
		reply.data = data + 1;
		reply.len = min_i64((int64_t)len, IPMI_REPLY_DATA_MAX) - 1;
	}
	if (flight->is_zombie) {
		zombie_answer(q, &reply);
		return;
	}
	owner = flight_end(q, now);
	if (!owner) { /* cancelled: nobody is told */
		backoff_learn(&q->backoff, reply.status);
		return;
	}
	finish(q, owner, &reply);
}

void queue_link_down(struct queue *q, int error, mono_us now)
{
	struct ipmi_reply reply = { .error = error, .now = now };
	struct ipmi_request *owner;

	if (!q->flight.is_flying)
		return;
	q->last_now = now;
	reply.took_us = mono_since(now, q->flight.sent);
	reply.status = error == 0 ? OBS_SKIPPED : taxonomy_of_error(error);
	owner = flight_end(q, now);
	if (owner)
		finish(q, owner, &reply);
}

bool queue_has_zombie(const struct queue *q)
{
	return q->flight.is_flying && q->flight.is_zombie;
}

bool queue_has_flying(const struct queue *q)
{
	return q->flight.is_flying;
}

const struct queue_counters *queue_counters(const struct queue *q)
{
	return &q->counters;
}

struct backoff *queue_backoff(struct queue *q)
{
	return &q->backoff;
}

struct pace *queue_pace(struct queue *q)
{
	return &q->pace;
}

void queue_free(struct queue *q)
{
	if (!q)
		return;
	q->is_closing = true;
	if (q->flight.is_flying && q->flight.owner)
		queue_cancel(q, q->flight.owner, q->last_now);
	for (unsigned i = 0; i < QUEUE_PRIORITY_MAX; i++) {
		while (q->waiting[i].first)
			queue_cancel(q, q->waiting[i].first, q->last_now);
	}
	free(q);
}
