/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A probe's whole world in a test: it records what is emitted and submitted, and a function of the
 * test plays the controller. Not the real queue and no real BMC: those meet in tests/sim.
 */
#pragma once

#include <stdio.h>

#include "probes/probe.h"

#ifndef FAKE_OBS_MAX
#define FAKE_OBS_MAX 4096
#endif
#define FAKE_PENDING_MAX 8

struct fake_obs { /* an observation that outlives the call */
	struct observation obs;
	char detail[128];
	struct bmc_identity identity;
};

struct fake {
	struct probe_env env;
	mono_us now;
	struct bmc_identity identity;
	bool has_identity;
	uint64_t own;
	int64_t span_us; /* of every option */
	int refuse;	 /* what submit returns instead of taking it; 0: it takes it */
	struct ipmi_request *pending[FAKE_PENDING_MAX];
	unsigned pending_count;
	unsigned commands, cancels; /* answered */
	/* Answers one request; false: no answer yet. */
	bool (*bmc)(struct fake *fake, const struct ipmi_request *req, struct ipmi_reply *reply);
	uint8_t data[IPMI_REPLY_DATA_MAX]; /* for the reply */
	void *user;
	struct fake_obs seen[FAKE_OBS_MAX];
	unsigned seen_count;
	char last_label[128];
};

static void fake_emit(void *host, const struct observation *obs)
{
	struct fake *fake = host;
	struct fake_obs *seen = &fake->seen[fake->seen_count++ % FAKE_OBS_MAX];

	seen->obs = *obs;
	(void)snprintf(seen->detail, sizeof(seen->detail), "%s", obs->detail ? obs->detail : "");
	if (obs->identity)
		seen->identity = *obs->identity;
}

static int fake_submit(void *host, struct ipmi_request *req)
{
	struct fake *fake = host;

	if (fake->refuse)
		return fake->refuse;
	if (req->is_queued)
		return -EALREADY;
	if (fake->pending_count >= FAKE_PENDING_MAX)
		return -EAGAIN;
	req->is_queued = true;
	fake->pending[fake->pending_count++] = req;
	return 0;
}

static void fake_take(struct fake *fake, unsigned i)
{
	fake->pending[i]->is_queued = false;
	fake->pending_count--;
	memmove(&fake->pending[i], &fake->pending[i + 1],
		(fake->pending_count - i) * sizeof(fake->pending[0]));
}

static void fake_cancel(void *host, struct ipmi_request *req)
{
	struct fake *fake = host;
	struct ipmi_reply reply = { .status = OBS_SKIPPED, .now = fake->now };
	unsigned i;

	for (i = 0; i < fake->pending_count; i++) {
		if (fake->pending[i] != req)
			continue;
		fake_take(fake, i);
		fake->cancels++;
		req->done(req, &reply);
		return;
	}
}

static mono_us fake_now(void *host)
{
	return ((struct fake *)host)->now;
}

static const struct bmc_identity *fake_identity(void *host)
{
	struct fake *fake = host;

	return fake->has_identity ? &fake->identity : NULL;
}

static uint64_t fake_own(void *host)
{
	return ((struct fake *)host)->own;
}

static int64_t fake_span(void *host, const char *key UNUSED)
{
	return ((struct fake *)host)->span_us;
}

static struct fake *fake_new(void)
{
	struct fake *fake = calloc(1, sizeof(*fake));

	if (!fake)
		exit(99);
	fake->now.v = USEC_PER_HOUR;
	fake->span_us = USEC_PER_HOUR;
	fake->env = (struct probe_env){
		.host = fake,
		.emit = fake_emit,
		.submit = fake_submit,
		.cancel = fake_cancel,
		.now = fake_now,
		.identity = fake_identity,
		.own_commands = fake_own,
		.option_span_us = fake_span,
		.sysroot = "",
		.interface = -1,
	};
	return fake;
}

/* Answer everything that waits, also what is submitted meanwhile; at most `max`. */
static inline unsigned fake_pump(struct fake *fake, unsigned max)
{
	unsigned n = 0;

	while (n < max && fake->pending_count > 0) {
		struct ipmi_request *req = fake->pending[0];
		struct ipmi_reply reply = {
			.status = OBS_OK, .data = fake->data, .took_us = 5000, .now = fake->now
		};

		if (!fake->bmc(fake, req, &reply))
			break;
		(void)snprintf(fake->last_label, sizeof(fake->last_label), "%s", req->label);
		fake_take(fake, 0);
		fake->commands++;
		n++;
		req->done(req, &reply);
	}
	return n;
}

/* The n-th last observation of a metric, 0: the last; NULL: there are not so many. */
static inline const struct fake_obs *fake_last(const struct fake *fake, enum obs_metric metric,
					       unsigned n)
{
	unsigned i;

	for (i = fake->seen_count; i > 0; i--) {
		const struct fake_obs *seen = &fake->seen[(i - 1) % FAKE_OBS_MAX];

		if (seen->obs.metric == metric && n-- == 0)
			return seen;
	}
	return NULL;
}

static inline unsigned fake_count(const struct fake *fake, enum obs_metric metric)
{
	unsigned i, n = 0;

	for (i = 0; i < fake->seen_count; i++)
		n += fake->seen[i].obs.metric == metric;
	return n;
}
