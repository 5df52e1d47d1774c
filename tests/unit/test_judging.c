/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/judging: what a recording says becomes what the daemon would have found.
 */
#include <stdio.h>

#include "cli/judging.c" /* the unit under test */
#include "tests/unit/tap.h"

#define CHANGES_MAX 64

struct change {
	enum finding_kind kind;
	enum finding_change change;
	wall_us at;
	char text[EVIDENCE_TEXT_MAX];
};

struct heard {
	struct change changes[CHANGES_MAX];
	size_t count, resets;
};

static struct heard heard;

static void on_event(void *user, const struct trend_event *event)
{
	struct heard *h = user;

	h->resets += event->kind == TREND_RESET;
}

static void on_finding(void *user, const struct finding *f, enum finding_change change)
{
	struct heard *h = user;
	struct change *c = &h->changes[h->count < CHANGES_MAX ? h->count++ : CHANGES_MAX - 1];

	*c = (struct change){ .kind = f->kind, .change = change, .at = f->changed };
	memcpy(c->text, f->evidence.text, sizeof(c->text));
}

static const struct change *find(enum finding_kind kind, enum finding_change change)
{
	for (size_t i = 0; i < heard.count; i++)
		if (heard.changes[i].kind == kind && heard.changes[i].change == change)
			return &heard.changes[i];
	return NULL;
}

static struct judging *fresh(void)
{
	const struct judging_listener listener = { on_event, on_finding, &heard };
	struct judging *j = judging_new(&listener);

	heard = (struct heard){ .count = 0 };
	if (!j)
		exit(99);
	return j;
}

static struct trend_sample sample_at(int64_t minute)
{
	return (struct trend_sample){ .mono = { (500 + minute) * USEC_PER_MINUTE },
				      .wall = { INT64_C(1795366800000000) +
						minute * USEC_PER_MINUTE },
				      .boot_id = 1,
				      .latency_us = 3000,
				      .sel_entries = -1,
				      .foreign_per_hour = -1,
				      .firmware = -1 };
}

/* A cheap and a costly command a minute, from one minute to another. */
static void pass(struct judging *j, int64_t from, int64_t until, enum trend_status status,
		 uint32_t latency_us)
{
	for (int64_t minute = from; minute < until; minute++) {
		struct trend_sample s = sample_at(minute);

		s.status = status;
		s.latency_us = latency_us;
		judging_feed(j, &s);
		s.probe = TREND_COSTLY;
		s.mono.v += USEC_PER_SEC;
		s.wall.v += USEC_PER_SEC;
		judging_feed(j, &s);
	}
}

static void test_mute(void)
{
	struct judging *j = fresh();
	const struct change *c;

	pass(j, 0, 60, TREND_OK, 3000);
	check(heard.count == 0, "a healthy hour has no findings");
	pass(j, 60, 65, TREND_TIMEOUT, 0);
	c = find(FINDING_MUTE, FINDING_OPENED);
	if (!c)
		c = find(FINDING_MUTE, FINDING_CHANGED);
	check(c && c->at.v == sample_at(60).wall.v + USEC_PER_SEC,
	      "two commands without an answer are silence, dated as it was recorded");
	pass(j, 65, 70, TREND_OK, 3000);
	check(find(FINDING_MUTE, FINDING_CLOSED) &&
		      !find(FINDING_TIMEOUTS_FREQUENT, FINDING_CHANGED),
	      "which three answers end, and nothing is said of it again");
	judging_free(j);
}

static void test_slow(void)
{
	struct judging *j = fresh();
	const struct change *c;

	pass(j, 0, 60, TREND_OK, 1500000);
	c = find(FINDING_SLOW, FINDING_OPENED);
	check(c && strstr(c->text, "slow"), "answers after more than a second are slow ones");
	judging_free(j);
}

static void test_restart(void)
{
	struct judging *j = fresh();
	struct trend_sample s = sample_at(60);
	const struct change *c;

	pass(j, 0, 60, TREND_OK, 3000);
	s.evidence = 1u << TREND_DEVICE_UNAVAILABLE;
	judging_feed(j, &s);
	check(find(FINDING_MAINTENANCE, FINDING_OPENED), "the bit is told as the daemon tells it");
	s.evidence = 0;
	s.probe = TREND_COSTLY;
	judging_feed(j, &s);
	check(!find(FINDING_MAINTENANCE, FINDING_CLOSED),
	      "a reading does not know that it is over");
	pass(j, 61, 200, TREND_OK, 3000);
	c = find(FINDING_MAINTENANCE, FINDING_CLOSED);
	check(c && c->at.v == sample_at(61).wall.v, "the next Get Device ID does");
	c = find(FINDING_CONTROLLER_RESET, FINDING_OPENED);
	check(c && strstr(c->text, "known by: device-unavailable") && heard.resets == 1,
	      "and the restart is one");
	check(find(FINDING_CONTROLLER_RESET, FINDING_CLOSED), "which is news for an hour");
	judging_free(j);
}

static void test_errors(void)
{
	struct judging *j = fresh();

	pass(j, 0, 60, TREND_OK, 3000);
	pass(j, 60, 90, TREND_ERROR, 0);
	check(!find(FINDING_ERRORS, FINDING_OPENED) && !find(FINDING_BUSY, FINDING_OPENED) &&
		      !find(FINDING_MUTE, FINDING_OPENED),
	      "an error that the recording does not name is not made up");
	judging_free(j);
}

static void test_boots(void)
{
	struct judging *j = fresh();
	struct trend_sample s = sample_at(3000);
	const mono_us before = { sample_at(59).mono.v + USEC_PER_SEC };

	pass(j, 0, 60, TREND_OK, 3000);
	check(j->now.v == before.v, "the judge has the time of the recording");
	s.mono.v = 5 * USEC_PER_SEC;
	s.boot_id = 2;
	judging_feed(j, &s);
	check(j->now.v > before.v + 2939 * USEC_PER_MINUTE &&
		      j->now.v < before.v + 2942 * USEC_PER_MINUTE,
	      "which goes on when the host's clock begins anew");
	s.mono.v = 1;
	judging_feed(j, &s);
	check(j->now.v > before.v + 2939 * USEC_PER_MINUTE, "and never back");
	judging_free(j);
	judging_free(NULL);
}

int main(void)
{
	test_mute();
	test_slow();
	test_restart();
	test_errors();
	test_boots();
	return tap_done();
}
