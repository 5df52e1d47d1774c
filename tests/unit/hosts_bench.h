/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Windows hosts under a watch that the test turns by hand, and all that is told of them.
 */
#pragma once

#include <stdio.h>
#include <string.h>

#include "model/hosts.h"
#include "tests/unit/tap.h"

#define FIRST	  3 /* of the hosts among the targets */
#define TOLD_MAX  12
#define MONDAY_US (INT64_C(1700000000) / 86400 * 86400 * USEC_PER_SEC)

struct told {
	struct finding finding;
	enum finding_change change;
};

struct bench {
	struct target_table *targets;
	struct hosts *hosts;
	struct hosts_settings settings;
	struct hosts_listener listener;
	wall_us now;
	struct told told[TOLD_MAX];
	size_t count;
	uint32_t gone;
	unsigned gone_count;
};

static void bench_finding(void *user, const struct finding *finding, enum finding_change change)
{
	struct bench *b = user;

	if (b->count < TOLD_MAX)
		b->told[b->count] = (struct told){ *finding, change };
	b->count++;
}

static void bench_gone(void *user, uint32_t target)
{
	struct bench *b = user;

	b->gone = target;
	b->gone_count++;
}

static inline struct hosts_settings bench_settings(void)
{
	return (struct hosts_settings){
		.thresholds = { .sporadic_per_day = 2,
				.frequent_per_hour = 3,
				.storm_per_minute = 2,
				.calm_us = 10 * USEC_PER_MINUTE },
		.severity_max = SEVERITY_CRITICAL,
		.max = HOSTS_MAX,
		.per_minute = 60,
	};
}

static inline void bench_begin(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	b->settings = bench_settings();
	b->targets = target_table_new(FIRST, HOSTS_MAX);
	b->hosts = hosts_new(&b->settings, b->targets);
	b->listener = (struct hosts_listener){ bench_finding, bench_gone, b };
	b->now.v = MONDAY_US + 12 * USEC_PER_HOUR;
}

static inline void bench_end(struct bench *b)
{
	hosts_free(b->hosts);
	target_table_free(b->targets);
}

static inline uint32_t bench_host(struct bench *b, const char *name)
{
	uint32_t target = TARGET_NONE;

	return hosts_intern(b->hosts, name, b->now, &b->listener, &target) < 0 ? TARGET_NONE
									       : target;
}

static inline int bench_event(struct bench *b, uint32_t target, enum winevent_meaning meaning,
			      int64_t ago_us, bool is_history)
{
	const struct host_event event = { .target = target,
					  .meaning = meaning,
					  .at = { b->now.v - ago_us },
					  .is_history = is_history };

	return hosts_feed(b->hosts, &event, b->now, &b->listener);
}

/* Time passes with a look each half minute. */
static inline void bench_pass(struct bench *b, int64_t us)
{
	const int64_t end = b->now.v + us;

	while (b->now.v < end) {
		b->now.v = min_i64(b->now.v + 30 * USEC_PER_SEC, end);
		hosts_tick(b->hosts, b->now, &b->listener);
	}
}

static inline size_t bench_open(struct bench *b, uint32_t target, struct finding *ret)
{
	return hosts_findings(b->hosts, target, b->now, ret, HOST_FAMILIES);
}

static inline bool bench_has(struct bench *b, uint32_t target, enum finding_kind kind)
{
	struct finding open[HOST_FAMILIES];
	const size_t n = bench_open(b, target, open);

	for (size_t i = 0; i < n; i++)
		if (open[i].kind == kind)
			return true;
	return false;
}
