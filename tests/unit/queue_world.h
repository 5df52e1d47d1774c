/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One BMC, its queue and the time: what the tests of the queue share. Included after ipmi/queue.c.
 */
#pragma once

#include "tests/unit/tap.h"

#define SEC USEC_PER_SEC

static const struct queue_settings usual = {
	.soft_us = SEC,
	.hard_us = 5 * SEC,
	.stuck_us = 90 * SEC,
	.per_minute = 6,
	.bulk_per_minute = 60,
	.duty = 1, /* test_pace.c, test_queue_pace.c */
	.backoff = { .base_gap_us = SEC, .max_gap_us = 2 * USEC_PER_MINUTE },
	.seed = 1,
};

/* A world with one BMC, its queue and the time. */
struct world {
	struct queue *q;
	mono_us now;
	int send_error; /* what the next sends give */
	uint64_t tag;	/* of the last send */
	const struct ipmi_request *last_sent;
	unsigned sends, told[OBS_STATUS_MAX], tells, stucks;
	struct ipmi_reply last_told;
	char last_label[LABEL_MAX];
	bool is_hosed, downs_when_stuck;
	bool is_refused; /* it is somebody else's turn */
	unsigned asked;
};

struct asker { /* a request and what became of it */
	struct ipmi_request req;
	unsigned dones;
	struct ipmi_reply reply;
	struct world *resubmits_to; /* NULL: does not */
	struct asker *cancels;	    /* NULL: does not */
};

static inline int world_send(void *host, const struct ipmi_request *req, uint64_t tag)
{
	struct world *w = host;

	w->sends++;
	w->tag = tag;
	w->last_sent = req;
	return w->send_error;
}

static inline bool world_may_send(void *host)
{
	struct world *w = host;

	w->asked++;
	return !w->is_refused;
}

static inline bool world_hosed(void *host)
{
	return ((const struct world *)host)->is_hosed;
}

static inline void world_observe(void *host, const struct ipmi_request *req,
				 const struct ipmi_reply *reply)
{
	struct world *w = host;

	w->tells++;
	w->told[reply->status]++;
	w->last_told = *reply;
	(void)snprintf(w->last_label, sizeof(w->last_label), "%s", req->label);
}

static inline void world_stuck(void *host)
{
	struct world *w = host;

	w->stucks++;
	if (w->downs_when_stuck)
		queue_link_down(w->q, -ENODEV, w->now);
}

static const struct queue_ops world_ops = {
	.may_send = world_may_send,
	.send = world_send,
	.has_hosed = world_hosed,
	.observe = world_observe,
	.stuck = world_stuck,
};

static inline struct world world_make(const struct queue_settings *settings)
{
	return (struct world){ .now = { 1000 * SEC }, .q = queue_new(settings, &world_ops, NULL) };
}

/* The queue's host is the world, wherever that came to lie. */
static inline void world_settle(struct world *w)
{
	if (!w->q)
		abort(); /* no memory for a test */
	w->q->host = w;
}

static inline void asker_done(struct ipmi_request *req, const struct ipmi_reply *reply)
{
	struct asker *a = req->user;
	struct world *w = a->resubmits_to;

	a->dones++;
	a->reply = *reply;
	if (a->cancels && w)
		queue_cancel(w->q, &a->cancels->req, w->now);
	if (w && queue_submit(w->q, req, w->now) < 0)
		a->resubmits_to = NULL;
}

static inline void ask(struct world *w, struct asker *a, enum queue_priority priority)
{
	a->req.source = "test";
	if (!a->req.label)
		a->req.label = "Get Device ID";
	a->req.priority = priority;
	a->req.done = asker_done;
	a->req.user = a;
	if (queue_submit(w->q, &a->req, w->now) < 0)
		check(false, "the queue takes the request");
}

static inline void pass(struct world *w, int64_t us)
{
	w->now = mono_add(w->now, us);
	queue_pump(w->q, w->now);
}

static inline void answer_cc(struct world *w, uint8_t cc)
{
	queue_answer(w->q, w->tag, &cc, 1, w->now);
}
