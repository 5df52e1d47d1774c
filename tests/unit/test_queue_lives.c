/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The property test of the queue: random lives, seeded and hence repeatable, in which the promises
 * of the header must hold whatever happens.
 */
#include "ipmi/queue.c"
#include "tests/unit/tap.h"

#define SEC	    USEC_PER_SEC
#define LIVES	    40
#define LIFE_STEPS  4000
#define LIFE_ASKERS 40

static const struct queue_settings usual = {
	.soft_us = SEC,
	.hard_us = 5 * SEC,
	.stuck_us = 90 * SEC,
	.per_minute = 6,
	.bulk_per_minute = 60,
	.backoff = { .base_gap_us = SEC, .max_gap_us = 2 * USEC_PER_MINUTE },
	.seed = 1,
};

struct asker {
	struct ipmi_request req;
	unsigned dones;
};

struct life {
	struct queue *q;
	mono_us now;
	uint64_t tag; /* of the last send */
	struct asker askers[LIFE_ASKERS];
	uint64_t told[OBS_STATUS_MAX];
	unsigned accepted;
	uint64_t random;
	bool flies;	  /* as the outside sees it */
	int64_t *sent_at; /* of the calls of send() with a normal budget */
	unsigned sent_count;
	int64_t ended_at;
	bool is_ended;
	const char *broken; /* the first promise that was */
};

static void promise(struct life *l, bool kept, const char *what)
{
	if (!kept && !l->broken)
		l->broken = what;
}

static bool life_hosed(void *host)
{
	struct life *l = host;

	return random_next(&l->random) % 2;
}

static void life_observe(void *host, const struct ipmi_request *req UNUSED,
			 const struct ipmi_reply *reply)
{
	struct life *l = host;

	l->told[reply->status]++;
}

static void life_done(struct ipmi_request *req, const struct ipmi_reply *reply UNUSED)
{
	struct asker *a = req->user;

	a->dones++;
}

static int life_send(void *host, const struct ipmi_request *req, uint64_t tag)
{
	struct life *l = host;

	promise(l, !l->flies, "never two in flight");
	promise(l, !l->is_ended || l->now.v - l->ended_at >= 7 * SEC / 10, "the gap is kept");
	if (req->priority != QUEUE_BULK)
		l->sent_at[l->sent_count++] = l->now.v;
	l->tag = tag;
	l->ended_at = l->now.v;
	l->is_ended = true;
	if (random_next(&l->random) % 10 == 0)
		return random_next(&l->random) % 2 ? -EIO : -ENODEV;
	l->flies = true;
	return 0;
}

static void life_landed(struct life *l)
{
	l->flies = false;
	l->ended_at = l->now.v;
}

static void life_stuck(void *host)
{
	struct life *l = host;

	life_landed(l);
	if (random_next(&l->random) % 2)
		queue_link_down(l->q, -EIO, l->now);
}

static const struct queue_ops life_ops = {
	.send = life_send,
	.has_hosed = life_hosed,
	.observe = life_observe,
	.stuck = life_stuck,
};

static void life_submit(struct life *l)
{
	struct asker *a = &l->askers[random_next(&l->random) % LIFE_ASKERS];

	if (!a->req.is_queued) {
		a->req.priority = (enum queue_priority)(random_next(&l->random) % 3);
		a->req.max_wait_us = (int64_t)(random_next(&l->random) % 100) * SEC;
	}
	if (queue_submit(l->q, &a->req, l->now) == 0)
		l->accepted++;
}

static void life_answer(struct life *l)
{
	static const uint8_t codes[] = { 0, 0, 0, 0, 0xc3, 0xc0, 0xff, 0xc1 };
	uint8_t cc = codes[random_next(&l->random) % COUNT_OF(codes)];

	if (!l->flies)
		return;
	life_landed(l);
	queue_answer(l->q, l->tag, &cc, random_next(&l->random) % 20 != 0, l->now);
}

static void life_pass(struct life *l)
{
	mono_us next = queue_next(l->q, l->now);
	int64_t us = (int64_t)(random_next(&l->random) % (3 * SEC));

	promise(l, next.v >= l->now.v, "what comes next is not in the past");
	if (random_next(&l->random) % 4 == 0 && next.v != INT64_MAX)
		us = mono_since(next, l->now); /* as an event loop would */
	if (random_next(&l->random) % 100 == 0)
		us += 100 * SEC;
	l->now = mono_add(l->now, us);
	queue_pump(l->q, l->now);
}

static void life_step(struct life *l)
{
	unsigned dice = (unsigned)(random_next(&l->random) % 100);

	if (dice < 40)
		life_submit(l);
	else if (dice < 60)
		life_answer(l);
	else if (dice < 64)
		queue_cancel(l->q, &l->askers[random_next(&l->random) % LIFE_ASKERS].req, l->now);
	else if (dice < 66) {
		if (l->flies)
			life_landed(l);
		queue_link_down(l->q, -ENODEV, l->now);
	} else
		life_pass(l);
	promise(l, queue_has_flying(l->q) == l->flies, "the queue knows what flies");
}

static void life_check_end(struct life *l)
{
	unsigned dones = 0, queued = 0;

	for (size_t i = 0; i < LIFE_ASKERS; i++) {
		dones += l->askers[i].dones;
		queued += l->askers[i].req.is_queued;
	}
	promise(l, dones == l->accepted && queued == 0, "one done for each request taken");
	for (unsigned i = 6; i < l->sent_count; i++)
		promise(l, l->sent_at[i] - l->sent_at[i - 6] >= USEC_PER_MINUTE,
			"never more than 6 in any minute");
}

struct totals {
	unsigned sent;
	uint64_t told[OBS_STATUS_MAX];
};

/* The first promise broken, or NULL. */
static const char *life_live(uint64_t seed, struct totals *totals)
{
	SCOPED(free_ptr) struct life *l = calloc(1, sizeof(*l));
	SCOPED(free_ptr) int64_t *sent_at = calloc(LIFE_STEPS, sizeof(*sent_at));
	struct queue_settings settings = usual;

	if (!l || !sent_at)
		return "memory";
	settings.seed = seed;
	l->random = seed * 2 + 1;
	l->sent_at = sent_at;
	l->q = queue_new(&settings, &life_ops, l);
	if (!l->q)
		return "memory";
	for (size_t i = 0; i < LIFE_ASKERS; i++)
		l->askers[i].req = (struct ipmi_request){ .label = "x",
							  .done = life_done,
							  .user = &l->askers[i] };
	for (unsigned i = 0; i < LIFE_STEPS && !l->broken; i++)
		life_step(l);
	queue_free(l->q);
	life_check_end(l);
	totals->sent += l->sent_count;
	for (size_t i = 0; i < OBS_STATUS_MAX; i++)
		totals->told[i] += l->told[i];
	return l->broken;
}

int main(void)
{
	struct totals totals = { 0 };

	for (uint64_t seed = 1; seed <= LIVES; seed++) {
		const char *broken = life_live(seed, &totals);

		check(!broken, "life %u keeps its promises%s%s", (unsigned)seed,
		      broken ? ": not " : "", broken ? broken : "");
	}
	check(totals.sent > 1000, "%u commands were sent in them", totals.sent);
	for (size_t i = 0; i < OBS_STATUS_MAX; i++)
		check(totals.told[i] > 0 || i == OBS_SLOW, "outcome %zu came %llu times", i,
		      (unsigned long long)totals.told[i]);
	return tap_done();
}
