/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The queue, in virtual time: what becomes of a request. test_queue_pace.c has when and in which
 * order they go out, test_queue_lives.c the promises that hold whatever happens.
 */
#include "ipmi/queue.c"
#include "tests/unit/queue_world.h"

static void test_answers(void)
{
	const uint8_t data[] = { 0, 0x20, 0x81 };
	struct world w = world_make(&usual);
	struct asker a = { .req = { .min_len = 2 } };

	world_settle(&w);
	ask(&w, &a, QUEUE_NORMAL);
	check(w.sends == 0 && a.dones == 0, "submitting sends nothing and calls nobody");
	check(queue_submit(w.q, &a.req, w.now) == -EALREADY, "a request waits once");
	check(queue_next(w.q, w.now).v == w.now.v, "the first command may go at once");
	pass(&w, 0);
	check(w.sends == 1 && w.last_sent == &a.req && queue_has_flying(w.q), "it is sent");
	check(queue_submit(w.q, &a.req, w.now) == -EALREADY,
	      "flying it still belongs to the queue");
	check(queue_next(w.q, w.now).v == w.now.v + 5 * SEC, "next comes the hard deadline");
	pass(&w, 12 * USEC_PER_MSEC);
	queue_answer(w.q, w.tag + 1, data, sizeof(data), w.now);
	check(a.dones == 0, "an unknown tag is ignored");
	queue_answer(w.q, w.tag, data, sizeof(data), w.now);
	check(a.dones == 1 && a.reply.status == OBS_OK && a.reply.took_us == 12 * USEC_PER_MSEC,
	      "the answer comes with the time it took");
	check(a.reply.len == 2 && a.reply.data[0] == 0x20 && a.reply.cc == 0,
	      "its data begins behind the completion code");
	check(w.told[OBS_OK] == 1 && w.tells == 1, "it is observed once");
	queue_answer(w.q, w.tag, data, sizeof(data), w.now);
	check(a.dones == 1 && w.tells == 1, "a second answer to it is ignored");
	check(queue_next(w.q, w.now).v == INT64_MAX, "nothing is left to do");
	check(queue_counters(w.q)->sent == 1 && queue_counters(w.q)->of[OBS_OK] == 1, "counted");
	queue_free(w.q);
}

static void answered_after(int64_t us, const uint8_t *data, size_t len, enum obs_status status)
{
	struct world w = world_make(&usual);
	struct asker a = { .req = { .min_len = 1 } };

	world_settle(&w);
	w.is_hosed = true;
	ask(&w, &a, QUEUE_NORMAL);
	pass(&w, 0);
	pass(&w, us);
	queue_answer(w.q, w.tag, data, len, w.now);
	check(a.dones == 1 && a.reply.status == status, "%zu bytes after %lld ms: status %d", len,
	      (long long)(us / USEC_PER_MSEC), (int)status);
	queue_free(w.q);
}

static void test_classes(void)
{
	static const uint8_t good[] = { 0, 1 }, hosed[] = { 0xff }, busy[] = { 0xd1 };

	answered_after(SEC, good, 2, OBS_OK);
	answered_after(SEC + 1, good, 2, OBS_SLOW);
	answered_after(5 * SEC - 1, good, 2, OBS_SLOW);
	answered_after(5 * SEC, good, 2, OBS_TIMEOUT);
	answered_after(SEC, good, 1, OBS_BAD_REPLY);
	answered_after(SEC, good, 0, OBS_BAD_REPLY);
	answered_after(SEC, hosed, 1, OBS_TIMEOUT);
	answered_after(SEC, busy, 1, OBS_BUSY);
}

static void test_zombie(void)
{
	struct world w = world_make(&usual);
	char label[] = "Get Sensor Reading";
	struct asker a = { .req = { .label = label } };
	struct asker b = { 0 };

	world_settle(&w);
	ask(&w, &a, QUEUE_NORMAL);
	pass(&w, 0);
	pass(&w, 5 * SEC - 1);
	check(a.dones == 0, "short of the hard deadline nothing happens");
	pass(&w, 1);
	check(a.dones == 1 && a.reply.status == OBS_TIMEOUT && a.reply.took_us == 5 * SEC,
	      "at the hard deadline the request is done with a time-out");
	check(queue_has_flying(w.q), "the command still flies");
	check(queue_next(w.q, w.now).v == w.now.v + 85 * SEC, "next comes the stuck deadline");
	memset(&a, 0, sizeof(a)); /* its owner is gone, so is its label */
	memset(label, 'X', sizeof(label) - 1);
	ask(&w, &b, QUEUE_HEARTBEAT);
	pass(&w, 30 * SEC);
	check(w.sends == 1, "while it flies nothing is sent");
	answer_cc(&w, 0);
	check(w.told[OBS_LATE] == 1 && w.last_told.took_us == 35 * SEC,
	      "the late answer is observed with its true time");
	check(strcmp(w.last_label, "Get Sensor Reading") == 0, "under the name it was sent by");
	check(w.told[OBS_TIMEOUT] == 1 && w.tells == 2, "and nothing else is told");
	pass(&w, 10 * SEC);
	check(w.sends == 2 && w.last_sent == &b.req, "then the next one goes");
	queue_free(w.q);
}

/* The kernel ends what it held for hosed with an error of its own: that is no sign of life. */
static void test_kernel_made_end(void)
{
	static const uint8_t codes[] = { 0xc3, 0x82, 0xff };

	for (size_t i = 0; i < COUNT_OF(codes); i++) {
		struct world w = world_make(&usual);
		struct asker a = { 0 };
		double factor;

		world_settle(&w);
		w.is_hosed = true;
		ask(&w, &a, QUEUE_NORMAL);
		pass(&w, 0);
		pass(&w, 5 * SEC);
		pass(&w, 50 * SEC);
		factor = w.q->backoff.factor;
		answer_cc(&w, codes[i]);
		check(!queue_has_flying(w.q) && w.tells == 1 && w.told[OBS_LATE] == 0,
		      "0x%02X after 55 s closes the zombie without a word", codes[i]);
		check(w.q->backoff.factor >= factor, "and nothing good is learned from it");
		queue_free(w.q);
	}
}

static void test_stuck(bool downs_when_stuck)
{
	struct world w = world_make(&usual);
	struct asker a = { 0 }, b = { 0 };
	const uint8_t good = 0;
	uint64_t stuck_tag;

	world_settle(&w);
	w.downs_when_stuck = downs_when_stuck;
	ask(&w, &a, QUEUE_NORMAL);
	pass(&w, 0);
	pass(&w, 5 * SEC);
	pass(&w, 85 * SEC - 1);
	check(w.stucks == 0, "short of 90 s the driver is not yet stuck");
	ask(&w, &b, QUEUE_NORMAL);
	pass(&w, 1);
	check(w.stucks == 1 && w.told[OBS_DRIVER_STUCK] == 1, "at 90 s it is, and the host hears");
	check(w.last_told.took_us == 90 * SEC && !queue_has_flying(w.q), "the zombie is forgotten");
	check(w.sends == 1 && b.dones == 0, "nothing is sent in the same breath");
	answer_cc(&w, 0);
	check(w.tells == 2, "an answer after that is ignored");
	stuck_tag = w.tag;
	pass(&w, 10 * SEC);
	check(w.sends == 2 && b.dones == 0, "the next one goes after the gap");
	queue_answer(w.q, stuck_tag, &good, 1, w.now);
	check(b.dones == 0, "and is not taken for answered by an answer to the stuck one");
	queue_free(w.q);
	check(b.dones == 1 && b.reply.status == OBS_SKIPPED, "who still flies is done at the end");
}

static void test_stall(void)
{
	struct world w = world_make(&usual);
	struct asker a = { 0 };

	world_settle(&w);
	ask(&w, &a, QUEUE_NORMAL);
	pass(&w, 0);
	pass(&w, 200 * SEC);
	check(w.told[OBS_TIMEOUT] == 1 && w.told[OBS_DRIVER_STUCK] == 1 && a.dones == 1,
	      "one pump far too late gives the time-out and the stuck driver, in that order");
	queue_free(w.q);

	w = world_make(&usual);
	world_settle(&w);
	ask(&w, &a, QUEUE_NORMAL);
	pass(&w, 0);
	w.now = mono_add(w.now, 200 * SEC);
	answer_cc(&w, 0);
	check(w.told[OBS_TIMEOUT] == 1 && w.told[OBS_LATE] == 1 && w.stucks == 0,
	      "an answer that overtakes both timers is late, and proves the driver alive");
	queue_free(w.q);
}

static void test_failed_send(void)
{
	struct world w = world_make(&usual);
	struct asker a = { 0 }, b = { 0 };

	world_settle(&w);
	w.send_error = -EIO;
	ask(&w, &a, QUEUE_NORMAL);
	check(a.dones == 0, "a send that will fail is not known at submit");
	pass(&w, 0);
	check(a.dones == 1 && a.reply.status == OBS_TIMEOUT && a.reply.error == -EIO,
	      "EIO at send is a time-out");
	check(!queue_has_flying(w.q) && queue_counters(w.q)->sent == 0, "nothing flies");
	w.send_error = -ENODEV;
	ask(&w, &b, QUEUE_NORMAL);
	pass(&w, 9 * SEC);
	check(b.dones == 0 && w.sends == 1, "the failed send has cost budget");
	pass(&w, SEC);
	check(b.dones == 1 && b.reply.status == OBS_INTERFACE_LOST,
	      "ENODEV: the interface is lost");
	queue_free(w.q);
}

static void test_cancel(void)
{
	struct world w = world_make(&usual);
	struct asker a = { 0 }, b = { 0 }, c = { 0 };

	world_settle(&w);
	queue_cancel(w.q, &a.req, w.now);
	check(w.tells == 0, "cancelling what was never queued does nothing");
	ask(&w, &a, QUEUE_NORMAL);
	ask(&w, &b, QUEUE_NORMAL);
	ask(&w, &c, QUEUE_NORMAL);
	queue_cancel(w.q, &b.req, w.now);
	check(b.dones == 1 && b.reply.status == OBS_SKIPPED, "a waiting one is skipped");
	queue_cancel(w.q, &c.req, w.now);
	ask(&w, &b, QUEUE_NORMAL);
	check(w.q->waiting_count == 2, "from the middle and from the end");
	pass(&w, 0);
	queue_cancel(w.q, &a.req, w.now);
	check(a.dones == 1 && queue_has_flying(w.q),
	      "a flying one is skipped, its command flies on");
	pass(&w, SEC);
	answer_cc(&w, 0);
	check(a.dones == 1 && w.told[OBS_OK] == 0, "its answer in time is told nobody");
	pass(&w, 10 * SEC);
	queue_cancel(w.q, &b.req, w.now);
	pass(&w, 5 * SEC);
	check(b.dones == 2 && w.told[OBS_TIMEOUT] == 1, "a missed deadline is a fact all the same");
	pass(&w, SEC);
	answer_cc(&w, 0);
	check(w.told[OBS_LATE] == 1, "and so is the late answer");
	queue_free(w.q);
	check(a.dones == 1 && b.dones == 2 && c.dones == 1, "nobody is called twice");
}

static void test_link_down(void)
{
	struct world w = world_make(&usual);
	struct asker a = { 0 }, b = { 0 };

	world_settle(&w);
	queue_link_down(w.q, -ENODEV, w.now);
	check(w.tells == 0, "a link that goes while nothing flies is not the queue's news");
	ask(&w, &a, QUEUE_NORMAL);
	ask(&w, &b, QUEUE_NORMAL);
	pass(&w, 0);
	queue_link_down(w.q, -ENODEV, w.now);
	check(a.dones == 1 && a.reply.status == OBS_INTERFACE_LOST && a.reply.error == -ENODEV,
	      "what flew is done with the status of the error");
	check(b.dones == 0, "what waits goes on waiting");
	pass(&w, 10 * SEC);
	pass(&w, 5 * SEC);
	queue_link_down(w.q, -ENODEV, w.now);
	check(!queue_has_flying(w.q) && b.dones == 1 && w.tells == 2, "a zombie is forgotten");
	ask(&w, &a, QUEUE_NORMAL);
	pass(&w, 30 * SEC);
	queue_link_down(w.q, 0, w.now);
	check(a.dones == 2 && a.reply.status == OBS_SKIPPED,
	      "a link we closed ourselves says nothing about the BMC");
	queue_free(w.q);
}

static void test_reentrancy(void)
{
	struct world w = world_make(&usual);
	struct asker a = { 0 }, victim = { 0 };

	world_settle(&w);
	a.resubmits_to = &w;
	a.cancels = &victim;
	ask(&w, &a, QUEUE_NORMAL);
	ask(&w, &victim, QUEUE_NORMAL);
	pass(&w, 0);
	answer_cc(&w, 0);
	check(a.dones == 1 && a.req.is_queued, "done() may submit the same request again");
	check(victim.dones == 1, "and cancel another");
	a.req.max_wait_us = 1;
	pass(&w, SEC / 2);
	check(a.dones == 2 && a.req.is_queued, "also when it was called for lost patience");
	queue_cancel(w.q, &a.req, w.now);
	check(a.dones == 3 && a.req.is_queued, "or for its own cancellation");
	queue_free(w.q);
	check(a.dones == 4 && !a.req.is_queued, "a queue that is being freed takes nothing");
}

int main(void)
{
	test_answers();
	test_classes();
	test_zombie();
	test_kernel_made_end();
	test_stuck(false);
	test_stuck(true);
	test_stall();
	test_failed_send();
	test_cancel();
	test_link_down();
	test_reentrancy();
	return tap_done();
}
