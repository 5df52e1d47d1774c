/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Four commands, one per run, one after the other; what a controller refuses is not asked again.
 */
#include "probes/marks.c" /* the unit under test */
#include "tests/unit/fake_bmc.h"
#include "tests/unit/tap.h"

static uint8_t refused; /* bits: rows of the table that the controller does not know */

static bool answers(struct fake *fake, const struct ipmi_request *req, struct ipmi_reply *reply)
{
	static const uint8_t clock[] = { 0x78, 0x56, 0x34, 0x12 };
	static const uint8_t enables[] = { 0x0f };
	static const uint8_t watchdog[] = { 0x44, 0x01, 0, 0, 0x10, 0x0e, 0x01, 0x02 };
	static const uint8_t log[14] = { 0x51, 0x02, 0x01, 0x40, 0x06 };
	static const struct {
		const uint8_t *data;
		size_t len;
	} replies[] = { { clock, sizeof(clock) },
			{ enables, sizeof(enables) },
			{ watchdog, sizeof(watchdog) },
			{ log, sizeof(log) } };

	for (size_t i = 0; i < COUNT_OF(marks_table); i++) {
		if (marks_table[i].netfn != req->netfn || marks_table[i].cmd != req->cmd)
			continue;
		if ((refused & 1u << i) != 0) {
			reply->cc = 0xc1;
			return true;
		}
		memcpy(fake->data, replies[i].data, replies[i].len);
		reply->len = replies[i].len;
		return true;
	}
	return false;
}

static void *start(struct fake *fake)
{
	void *state = NULL;

	fake->bmc = answers;
	check(probe_marks.open(&fake->env, &state) == 0, "it opens");
	if (!state)
		exit(99);
	return state;
}

static void run(struct fake *fake, void *state, unsigned times)
{
	for (unsigned i = 0; i < times; i++) {
		check(probe_marks.run(state) == 0, "run %u", i);
		(void)fake_pump(fake, 8);
	}
}

static int64_t value_of(const struct fake *fake, enum obs_metric metric)
{
	const struct fake_obs *seen = fake_last(fake, metric, 0);

	return seen ? seen->obs.value : -1;
}

static void test_values(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	void *state = start(fake);

	run(fake, state, 4);
	check(fake->commands == 4 && fake->seen_count == 4, "four runs are four commands");
	check(value_of(fake, METRIC_SEL_CLOCK) == 0x12345678, "the clock, low byte first");
	check(value_of(fake, METRIC_GLOBAL_ENABLES) == 0x0f, "the enables");
	check(value_of(fake, METRIC_WATCHDOG) == (0x0e10 << 16 | 0x01 << 8 | 0x04),
	      "the watchdog: without the bits and the countdown that change by themselves");
	check(value_of(fake, METRIC_SEL_ENTRIES) == 0x102 &&
		      fake_last(fake, METRIC_SEL_ENTRIES, 0)->obs.total == 0x640,
	      "entries, and room for more");
	run(fake, state, 4);
	check(fake_count(fake, METRIC_SEL_CLOCK) == 2, "then it begins again");
	probe_marks.close(state);
}

static void test_refusals(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	void *state = start(fake);

	refused = 0x6;
	run(fake, state, 8);
	check(fake->commands == 2 + 6, "what is refused once is not asked again: %u commands",
	      fake->commands);
	check(fake_count(fake, METRIC_WATCHDOG) == 0 && fake_count(fake, METRIC_SEL_CLOCK) == 3,
	      "the others are");
	refused = 0xf;
	run(fake, state, 4);
	check(fake->commands == 10, "a controller that knows none is left alone: %u commands",
	      fake->commands);
	refused = 0;
	probe_marks.close(state);
}

static bool is_brief(struct fake *fake UNUSED, const struct ipmi_request *req,
		     struct ipmi_reply *reply)
{
	reply->len = req->min_len < 3 ? 1 : 0; /* enough for the enables alone */
	return true;
}

static void test_brief(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	void *state = start(fake);
	struct marks *m = state;

	fake->bmc = is_brief;
	run(fake, state, 3);
	check(fake->commands == 3 && m->request.min_len == 0,
	      "how long the first answer must be is not the queue's business");
	run(fake, state, 4);
	check(m->request.min_len == 1 && fake_count(fake, METRIC_GLOBAL_ENABLES) == 4,
	      "what was too short is not asked again; the others must stay as long");
	probe_marks.close(state);
}

static bool is_silent(struct fake *fake UNUSED, const struct ipmi_request *req UNUSED,
		      struct ipmi_reply *reply)
{
	reply->status = OBS_TIMEOUT;
	return true;
}

static bool is_short(struct fake *fake UNUSED, const struct ipmi_request *req UNUSED,
		     struct ipmi_reply *reply)
{
	reply->status = OBS_BAD_REPLY;
	reply->len = 0;
	return true;
}

static void test_trouble(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	void *state = start(fake);

	fake->bmc = is_silent;
	run(fake, state, 5);
	fake->bmc = is_short;
	run(fake, state, 3);
	check(fake->commands == 8 && fake->seen_count == 0,
	      "time-outs and rubbish are neither values nor refusals");
	fake->refuse = -EAGAIN;
	check(probe_marks.run(state) == -EAGAIN, "a full queue is said");
	fake->refuse = 0;
	check(probe_marks.run(state) == 0 && probe_marks.run(state) == -EBUSY,
	      "one command at a time");
	probe_marks.close(state);
	check(fake->cancels == 1 && fake->seen_count == 0, "what flies is cancelled at the end");
}

int main(void)
{
	test_values();
	test_refusals();
	test_brief();
	test_trouble();
	return tap_done();
}
