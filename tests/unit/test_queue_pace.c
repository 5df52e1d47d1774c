/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The queue, in virtual time: order, priorities, gaps and budgets.
 */
#include <math.h>

#include "ipmi/queue.c"
#include "tests/unit/queue_world.h"

static void test_order(void)
{
	struct queue_settings quick = usual;
	struct asker bulk = { 0 }, first = { 0 }, second = { 0 }, heartbeat = { 0 };
	const struct ipmi_request *order[4] = { 0 };
	struct world w;

	quick.per_minute = 6000;
	w = world_make(&quick);
	world_settle(&w);
	ask(&w, &bulk, QUEUE_BULK);
	ask(&w, &first, QUEUE_NORMAL);
	ask(&w, &second, QUEUE_NORMAL);
	ask(&w, &heartbeat, QUEUE_HEARTBEAT);
	for (size_t i = 0; i < COUNT_OF(order); i++) {
		pass(&w, 2 * SEC);
		order[i] = w.last_sent;
		answer_cc(&w, 0);
	}
	check(order[0] == &heartbeat.req, "the heartbeat goes first, though it came last");
	check(order[1] == &first.req && order[2] == &second.req, "then first come, first served");
	check(order[3] == &bulk.req, "bulk goes last");
	queue_free(w.q);
}

static void test_stall(void)
{
	const uint8_t data[] = { 0, 1, 2, 3 };
	struct world w = world_make(&usual);
	struct asker a = { 0 };

	world_settle(&w);
	ask(&w, &a, QUEUE_NORMAL);
	pass(&w, 0);
	w.now = mono_add(w.now, usual.hard_us + SEC); /* we stood still all that time */
	queue_forgive(w.q, usual.hard_us + SEC);
	queue_answer(w.q, w.tag, data, sizeof(data), w.now);
	check(a.dones == 1 && a.reply.status == OBS_OK && a.reply.took_us == 0,
	      "what came while we stood still came in time");
	queue_forgive(w.q, SEC);
	check(!queue_has_flying(w.q), "with nothing in flight there is nothing to forgive");
	queue_free(w.q);
}

static void test_configure(void)
{
	struct queue_settings slower = usual;
	struct world w = world_make(&usual);
	struct asker a = { 0 }, b = { 0 };

	world_settle(&w);
	ask(&w, &a, QUEUE_NORMAL);
	pass(&w, 0);
	backoff_learn(queue_backoff(w.q), OBS_TIMEOUT);
	slower.hard_us = 2 * usual.hard_us;
	slower.stuck_us = 8 * usual.hard_us;
	queue_configure(w.q, &slower);
	check(queue_has_flying(w.q) && !queue_has_zombie(w.q) &&
		      !backoff_is_resting(queue_backoff(w.q)),
	      "a reload forgets neither what flies nor what was learned");
	ask(&w, &b, QUEUE_NORMAL);
	pass(&w, usual.hard_us + SEC);
	check(a.dones == 0 && w.sends == 1, "nor does it send a second command beside the first");
	pass(&w, usual.hard_us);
	check(a.dones == 1 && a.reply.status == OBS_TIMEOUT && queue_has_zombie(w.q),
	      "the new deadline holds");
	queue_free(w.q);
}

static void test_no_starving(void)
{
	struct queue_settings quick = usual;
	struct asker first = { 0 }, second = { 0 }, normal = { 0 };
	struct world w;

	quick.per_minute = 6000;
	w = world_make(&quick);
	world_settle(&w);
	ask(&w, &first, QUEUE_HEARTBEAT);
	pass(&w, 2 * SEC);
	answer_cc(&w, 0);
	ask(&w, &second, QUEUE_HEARTBEAT);
	ask(&w, &normal, QUEUE_NORMAL);
	pass(&w, 2 * SEC);
	check(w.last_sent == &normal.req, "no second heartbeat in a row while others wait");
	answer_cc(&w, 0);
	pass(&w, 2 * SEC);
	check(w.last_sent == &second.req, "then it is its turn again");
	queue_free(w.q);
}

static void test_bulk(void)
{
	struct world w = world_make(&usual);
	struct asker a = { 0 }, bulk = { .req = { .max_wait_us = USEC_PER_HOUR } };

	world_settle(&w);
	backoff_learn(queue_backoff(w.q), OBS_SLOW);
	ask(&w, &bulk, QUEUE_BULK);
	pass(&w, 0);
	check(w.sends == 0, "bulk stays while the BMC is not at rest");
	check(queue_next(w.q, w.now).v == w.now.v + USEC_PER_HOUR,
	      "and only its patience is timed");
	for (int i = 0; i < 5; i++)
		backoff_learn(queue_backoff(w.q), OBS_OK);
	for (int i = 0; i < 20; i++) {
		bulk.resubmits_to = &w;
		pass(&w, 2 * SEC);
		answer_cc(&w, 0);
	}
	bulk.resubmits_to = NULL;
	check(w.sends == 20, "at rest it has a budget of its own, larger than the other");
	ask(&w, &a, QUEUE_NORMAL);
	pass(&w, 2 * SEC);
	check(w.last_sent == &a.req, "which has cost the other nothing");
	queue_free(w.q);
}

static void test_patience(void)
{
	struct queue_settings slow = usual;
	struct asker a = { 0 }, b = { .req = { .max_wait_us = 3 * SEC } }, c = { 0 };
	struct world w;

	slow.per_minute = 0.1;
	w = world_make(&slow);
	world_settle(&w);
	ask(&w, &a, QUEUE_NORMAL);
	pass(&w, 0);
	answer_cc(&w, 0);
	ask(&w, &b, QUEUE_NORMAL);
	ask(&w, &c, QUEUE_NORMAL);
	check(queue_next(w.q, w.now).v == w.now.v + 3 * SEC, "the shortest patience is timed");
	pass(&w, 3 * SEC);
	check(b.dones == 1 && b.reply.status == OBS_SKIPPED, "who waited too long is skipped");
	check(w.told[OBS_SKIPPED] == 1 && backoff_is_resting(queue_backoff(w.q)),
	      "that is observed, but says nothing about the BMC");
	pass(&w, 57 * SEC - 1);
	check(c.dones == 0, "patience is a minute if nothing is said");
	pass(&w, 1);
	check(c.dones == 1 && c.reply.status == OBS_SKIPPED && w.sends == 1, "and not longer");
	queue_free(w.q);
}

static void test_limits(void)
{
	static struct asker askers[QUEUE_WAITING_MAX];
	struct world w = world_make(&usual);
	struct asker more = { .req = { .done = asker_done } };
	struct asker endless = { .req = { .done = asker_done,
					  .data_len = IPMI_REQUEST_DATA_MAX + 1 } };
	struct asker strange = { .req = { .done = asker_done, .priority = QUEUE_PRIORITY_MAX } };
	struct ipmi_request silent = { .priority = QUEUE_NORMAL };
	bool all_done = true;

	world_settle(&w);
	for (size_t i = 0; i < QUEUE_WAITING_MAX; i++)
		ask(&w, &askers[i], (enum queue_priority)(i % QUEUE_PRIORITY_MAX));
	check(queue_submit(w.q, &more.req, w.now) == -EAGAIN, "a full queue takes no more");
	check(queue_submit(w.q, &endless.req, w.now) == -EINVAL, "nor ever too long a request");
	check(queue_submit(w.q, &strange.req, w.now) == -EINVAL, "nor an unknown priority");
	check(queue_submit(w.q, &silent, w.now) == -EINVAL, "nor one that nobody waits for");
	pass(&w, 0);
	queue_free(w.q);
	for (size_t i = 0; i < QUEUE_WAITING_MAX; i++)
		all_done = all_done && askers[i].dones == 1 && !askers[i].req.is_queued &&
			   askers[i].reply.status == OBS_SKIPPED;
	check(all_done, "freeing the queue is done with each, flying or waiting, once");
	queue_free(NULL);
}

static void test_jitter(void)
{
	struct queue_settings quick = usual;
	int64_t least = INT64_MAX, most = 0;
	struct asker a = { 0 };
	struct world w;

	quick.per_minute = 6000;
	w = world_make(&quick);
	world_settle(&w);
	for (int i = 0; i < 1000; i++) {
		mono_us ready;

		ask(&w, &a, QUEUE_NORMAL);
		ready = queue_next(w.q, w.now);
		if (i > 0) {
			least = min_i64(least, mono_since(ready, w.now));
			most = max_i64(most, mono_since(ready, w.now));
		}
		pass(&w, mono_since(ready, w.now));
		answer_cc(&w, 0);
	}
	check(w.sends == 1000, "at the time that queue_next() gave, each was sent");
	check(least >= 1000 * USEC_PER_MSEC && least < 1010 * USEC_PER_MSEC,
	      "the gap is never shorter than it should be");
	check(most <= 1300 * USEC_PER_MSEC && most > 1290 * USEC_PER_MSEC,
	      "and 30 %% longer at most");
	queue_free(w.q);
}

static void test_budget_limits(void)
{
	static const double odd[] = { 0, -1, 1e-300, 1e300, NAN, INFINITY };

	for (size_t i = 0; i < COUNT_OF(odd); i++) {
		struct budget b = budget_make(odd[i]);

		check(b.cost_us >= 1 && b.cost_us <= 1000 * USEC_PER_MINUTE && b.burst_us >= 0 &&
			      b.burst_us <= USEC_PER_MINUTE,
		      "a rate of %g is bounded", odd[i]);
	}
}

static void test_turn(void)
{
	struct world w = world_make(&usual);
	struct asker a = { 0 }, b = { .req = { .max_wait_us = SEC } };

	world_settle(&w);
	w.is_refused = true;
	ask(&w, &a, QUEUE_NORMAL);
	ask(&w, &b, QUEUE_NORMAL);
	pass(&w, 0);
	check(w.sends == 0 && w.asked == 1, "out of turn nothing is sent");
	check(queue_next(w.q, w.now).v == w.now.v + TURN_RETRY_US, "it asks again a moment later");
	pass(&w, TURN_RETRY_US - 1);
	check(w.asked == 1, "and not before");
	pass(&w, SEC);
	check(w.asked == 2 && b.dones == 1 && b.reply.status == OBS_SKIPPED,
	      "who cannot wait so long is left out, which says nothing about the BMC");
	check(w.told[OBS_TIMEOUT] == 0 && backoff_is_resting(queue_backoff(w.q)),
	      "nothing of it is held against the BMC");
	w.is_refused = false;
	pass(&w, SEC);
	check(w.sends == 1 && w.last_sent == &a.req, "in turn it goes on with what waits");
	queue_free(w.q);
}

/* Sends, lets the driver hold it, and counts what is sent within so long after that. */
static unsigned sent_after(const struct queue_settings *settings, int64_t held_us, int64_t span_us)
{
	struct world w = world_make(settings);
	struct asker a = { 0 }, b = { 0 };
	unsigned sends;

	world_settle(&w);
	ask(&w, &a, QUEUE_NORMAL);
	pass(&w, 0);
	pass(&w, 5 * SEC);
	pass(&w, held_us - 5 * SEC);
	if (held_us < usual.stuck_us)
		answer_cc(&w, 0xc3); /* the kernel's own, from a driver that has given up */
	ask(&w, &b, QUEUE_HEARTBEAT);
	pass(&w, span_us);
	sends = w.sends - 1;
	queue_free(w.q);
	return sends;
}

static void test_held(void)
{
	struct queue_settings capped = usual;

	capped.duty = 0.01;
	check(sent_after(&usual, 55 * SEC, 50 * SEC) == 1 &&
		      sent_after(&usual, 90 * SEC, 50 * SEC) == 1,
	      "without a cap the gap alone counts");
	check(sent_after(&capped, 55 * SEC, 50 * SEC) == 0, "what the driver held is paid for");
	check(sent_after(&capped, 90 * SEC, 50 * SEC) == 0, "and so is what it was stuck with");
}

int main(void)
{
	test_held();
	test_turn();
	test_order();
	test_stall();
	test_configure();
	test_no_starving();
	test_bulk();
	test_patience();
	test_limits();
	test_jitter();
	test_budget_limits();
	return tap_done();
}
