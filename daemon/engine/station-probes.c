/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The probes of a station: what they may touch, when they run, what becomes of their failures.
 */
#include <stdio.h>

#include "engine/station-internal.h"

#define PROBE_STAGGER_US (2 * USEC_PER_SEC)
#define ONCE_INTERVAL_US (1 * USEC_PER_SEC)
#define PROBE_SLOWEST	 16 /* times its interval, while it fails */
#define WHY_MAX		 160

static void probe_emits(void *host, const struct observation *given)
{
	struct station_probe *p = host;
	struct observation obs = *given;

	obs.source = p->ops->name;
	if (obs.metric == METRIC_DRIVER_MESSAGES)
		backoff_learn_others(queue_backoff(p->station->queue),
				     obs.value - (queue_has_flying(p->station->queue) ? 1 : 0));
	if (obs.metric == METRIC_FOREIGN_PER_HOUR)
		pace_load(queue_pace(p->station->queue), obs.value, obs.mono);
	station_observe(p->station, &obs);
	station_tell_pace(p->station);
}

static int probe_submits(void *host, struct ipmi_request *req)
{
	struct station_probe *p = host;
	int r;

	r = queue_submit(p->station->queue, req, clock_mono());
	station_arm(p->station);
	return r;
}

static void probe_cancels(void *host, struct ipmi_request *req)
{
	struct station_probe *p = host;

	queue_cancel(p->station->queue, req, clock_mono());
}

static mono_us probe_asks_now(void *host UNUSED)
{
	return clock_mono();
}

static const struct bmc_identity *probe_asks_identity(void *host)
{
	const struct station_probe *p = host;
	const struct target *target = target_get(p->station->env.targets, p->station->target);

	return target && target->has_identity ? &target->identity : NULL;
}

static uint64_t probe_asks_own(void *host)
{
	const struct station_probe *p = host;

	return queue_counters(p->station->queue)->sent;
}

static int64_t probe_asks_int(void *host, const char *key)
{
	const struct station_probe *p = host;

	return config_int(p->station->config, p->ops->name, key);
}

static int64_t probe_asks_span(void *host, const char *key)
{
	const struct station_probe *p = host;

	return config_span_us(p->station->config, p->ops->name, key);
}

/* Reported once, then tried ever more rarely; never takes the daemon down. */
static void probe_failed(struct station_probe *p, int error)
{
	const unsigned times = p->failures < 4 ? 1u << (p->failures + 1) : PROBE_SLOWEST;
	char why[WHY_MAX];

	(void)snprintf(why, sizeof(why), "%s%s%s", p->ops->reads ? p->ops->reads : "",
		       p->ops->reads ? ": " : "", strerror(-error));
	if (p->failures++ == 0)
		p->station->env.trouble(p->station->env.host, p->station->target, p->ops->name,
					error, why);
	schedule_set_interval(p->timer, p->interval_us * times);
}

static void probe_works(struct station_probe *p)
{
	if (p->failures == 0)
		return;
	p->failures = 0;
	schedule_set_interval(p->timer, p->interval_us);
	p->station->env.trouble(p->station->env.host, p->station->target, p->ops->name, 0, NULL);
}

static void on_probe_time(void *user)
{
	struct station_probe *p = user;
	int r = 0;

	if (p->station->state == STATION_RELEASED)
		return;
	if (!p->state)
		r = p->ops->open(&p->env, &p->state);
	if (r == 0)
		r = p->ops->run(p->state);
	if (r < 0 && r != -EBUSY && r != -EAGAIN && r != -EALREADY)
		probe_failed(p, r);
	else if (r == 0)
		probe_works(p);
}

static int station_add_probe(struct station *s, const struct probe_ops *ops)
{
	struct station_probe *p = &s->probes[s->probe_count];

	*p = (struct station_probe){
		.ops = ops,
		.station = s,
		.interval_us = s->env.is_once ? ONCE_INTERVAL_US
					      : config_span_us(s->config, ops->name, "interval"),
		.env = { .host = p,
			 .emit = probe_emits,
			 .submit = probe_submits,
			 .cancel = probe_cancels,
			 .now = probe_asks_now,
			 .identity = probe_asks_identity,
			 .own_commands = probe_asks_own,
			 .option_int = probe_asks_int,
			 .option_span_us = probe_asks_span,
			 .sysroot = s->env.sysroot,
			 .state_dir = s->state_dir,
			 .interface = s->interface },
	};
	s->probe_count++;
	return schedule_new(s->env.event,
			    schedule_jitter(min_i64(p->interval_us, PROBE_STAGGER_US)),
			    p->interval_us, on_probe_time, p, &p->timer);
}

static bool station_wants(const struct station *s, const struct probe_ops *ops)
{
	if (s->env.is_once)
		return ops->is_heartbeat || (ops->cost == 0 && !ops->takes_time);
	return config_bool(s->config, ops->name, "enabled");
}

int station_add_probes(struct station *s)
{
	for (size_t i = 0; probe_table[i]; i++) {
		int r;

		if (!station_wants(s, probe_table[i]))
			continue;
		r = s->probe_count < PROBES_MAX ? station_add_probe(s, probe_table[i]) : -ENOSPC;
		if (r < 0)
			return r;
	}
	return 0;
}

void station_remove_probes(struct station *s)
{
	while (s->probe_count > 0) {
		struct station_probe *p = &s->probes[--s->probe_count];

		schedule_free(p->timer);
		if (p->state)
			p->ops->close(p->state);
	}
}
