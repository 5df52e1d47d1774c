/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A judge on the bench: time that moves with each observation, and the changes of findings it
 * told since it was last asked. For test_judge*.c.
 */
#pragma once

#include <stdio.h>
#include <string.h>

#include "model/judge.h"
#include "tests/unit/tap.h"

#define EVENTS_MAX 40
#define MINUTE	   USEC_PER_MINUTE
#define SECOND	   USEC_PER_SEC

struct event {
	enum finding_change change;
	enum finding_kind kind, previous;
	enum severity severity;
	wall_us since;
	char text[EVIDENCE_TEXT_MAX];
};

struct bench {
	struct judge *judge;
	mono_us now;
	int count; /* of events; more than EVENTS_MAX are only counted */
	struct event events[EVENTS_MAX];
};

static inline wall_us wall_of(mono_us mono)
{
	return (wall_us){ mono.v + 30 * 365 * USEC_PER_DAY };
}

static inline struct judge_settings settings_make(void)
{
	struct judge_settings settings = judge_settings_default();

	settings.thresholds.nominal_per_hour = 60;
	return settings;
}

static inline struct bench bench_make(void)
{
	const struct judge_settings settings = settings_make();

	return (struct bench){ .judge = judge_new(&settings, 2), .now = { -2 * USEC_PER_DAY } };
}

static inline void bench_done(struct bench *b)
{
	judge_free(b->judge);
}

static inline void on_finding(void *user, const struct finding *finding, enum finding_change change)
{
	struct bench *b = user;
	struct event event = { .change = change,
			       .kind = finding->kind,
			       .previous = finding->previous,
			       .severity = finding->severity,
			       .since = finding->since };

	memcpy(event.text, finding->evidence.text, sizeof(event.text));
	if (b->count < EVENTS_MAX)
		b->events[b->count] = event;
	b->count++;
}

static inline struct observation command(const struct bench *b, enum obs_status status)
{
	const bool has_answered = obs_is_answer(status);

	return (struct observation){ .source = "test",
				     .detail = "Get Sensor Reading",
				     .metric = METRIC_COMMAND,
				     .status = status,
				     .netfn = 0x04,
				     .cmd = 0x2d,
				     .took_us = has_answered ? 12000 : 5 * SECOND,
				     .mono = b->now,
				     .wall = wall_of(b->now) };
}

static inline void feed_obs(struct bench *b, const struct observation *obs)
{
	check(judge_feed(b->judge, obs, on_finding, b) == 0, "fed");
}

/* `count` commands of a status, each `after_us` after the last. */
static inline void feed(struct bench *b, int count, enum obs_status status, int64_t after_us)
{
	int failed = 0;

	for (int i = 0; i < count; i++) {
		struct observation obs;

		b->now.v += after_us;
		obs = command(b, status);
		failed += judge_feed(b->judge, &obs, on_finding, b) != 0;
	}
	if (failed)
		check(false, "%d of %d observations were refused", failed, count);
}

static inline void feed_code(struct bench *b, enum obs_status status, uint8_t cc)
{
	struct observation obs;

	b->now.v += SECOND;
	obs = command(b, status);
	obs.cc = cc;
	feed_obs(b, &obs);
}

static inline void feed_metric(struct bench *b, enum obs_metric metric, int64_t value,
			       int64_t total)
{
	struct observation obs = command(b, OBS_OK);

	obs.metric = metric;
	obs.value = value;
	obs.total = total;
	feed_obs(b, &obs);
}

static inline void feed_identity(struct bench *b, const struct bmc_identity *identity)
{
	struct observation obs = command(b, OBS_OK);

	obs.metric = METRIC_IDENTITY;
	obs.identity = identity;
	feed_obs(b, &obs);
}

static inline void tick(struct bench *b, int64_t minutes)
{
	for (int64_t i = 0; i < minutes; i++) {
		b->now.v += MINUTE;
		judge_tick(b->judge, b->now, wall_of(b->now), on_finding, b);
	}
}

/* Was there one more event since the last call, this one? */
static inline bool came(struct bench *b, enum finding_change change, enum finding_kind kind)
{
	const struct event *event = &b->events[0];
	const bool is_it = b->count == 1 && event->change == change && event->kind == kind;

	if (!is_it)
		for (int i = 0; i < b->count && i < EVENTS_MAX; i++)
			printf("# event %d: change %d %s: %s\n", i, (int)b->events[i].change,
			       finding_info(b->events[i].kind)->name, b->events[i].text);
	b->count = 0;
	return is_it;
}

static inline bool quiet(const struct bench *b)
{
	for (int i = 0; i < b->count && i < EVENTS_MAX; i++)
		printf("# event %d: change %d %s: %s\n", i, (int)b->events[i].change,
		       finding_info(b->events[i].kind)->name, b->events[i].text);
	return b->count == 0;
}

static inline bool says(const struct bench *b, const char *text)
{
	const bool does = strstr(b->events[0].text, text) != NULL;

	if (!does)
		printf("# \"%s\" is not in \"%s\"\n", text, b->events[0].text);
	return does;
}

static inline const struct finding *open_one(const struct bench *b)
{
	const struct finding *finding = NULL;

	return judge_findings(b->judge, 0, &finding, 1) ? finding : NULL;
}

static inline void feed_lost(struct bench *b, int error)
{
	struct observation obs;

	b->now.v += 5 * SECOND;
	obs = command(b, OBS_INTERFACE_LOST);
	obs.error = error;
	feed_obs(b, &obs);
}

static inline struct finding stored(const struct bench *b, enum finding_kind kind, int64_t age_us)
{
	struct finding finding = { .kind = kind,
				   .previous = kind,
				   .severity = finding_info(kind)->severity,
				   .since_mono = mono_add(b->now, -age_us) };

	finding.since = wall_of(finding.since_mono);
	finding.changed = finding.since;
	(void)snprintf(finding.evidence.text, sizeof(finding.evidence.text), "as it was stored");
	return finding;
}
