/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of Windows hosts: by name (hash chains), by when they were heard of (a list), and who
 * makes room when it is full.
 */
#include "model/hosts.h"

#include <stdio.h>

#include "model/hosts-state.h"

#define HOST_NONE    UINT32_MAX
#define BUCKETS	     16384
#define SPARED_MAX   1024 /* hosts with something open that are passed over for one without */
#define BATCH_US     (10 * USEC_PER_MINUTE)
#define SPREAD_STEPS 60

struct hosts {
	struct hosts_settings settings;
	struct target_table *targets; /* borrowed */
	uint32_t newest, oldest;      /* slots */
	uint32_t count, fresh;	      /* in use; never used from here on */
	uint32_t unused;	      /* a list of those used once, by `next` as in chains */
	struct hosts_counters counters;
	uint32_t buckets[BUCKETS]; /* slot + 1 */
	struct host list[];
};

struct hosts *hosts_new(const struct hosts_settings *settings, struct target_table *targets)
{
	/* untouched places cost no memory */
	struct hosts *h = calloc(1, sizeof(*h) + HOSTS_MAX * sizeof(h->list[0]));

	if (!h)
		return NULL;
	h->settings = *settings;
	h->targets = targets;
	h->newest = h->oldest = HOST_NONE;
	return h;
}

void hosts_free(struct hosts *h)
{
	free(h);
}

static uint32_t target_of(const struct hosts *h, uint32_t slot)
{
	return target_first_host(h->targets) + slot;
}

/* NULL: there is no such host. */
static const struct host *host_get(const struct hosts *h, uint32_t target)
{
	const uint32_t first = target_first_host(h->targets);

	if (target < first || target - first >= HOSTS_MAX || !h->list[target - first].is_used)
		return NULL;
	return &h->list[target - first];
}

static struct host *host_of(struct hosts *h, uint32_t target)
{
	return host_get(h, target) ? &h->list[target - target_first_host(h->targets)] : NULL;
}

/* --- by when they were heard of --- */

static void list_take_out(struct hosts *h, uint32_t slot)
{
	const struct host *host = &h->list[slot];

	if (host->newer == HOST_NONE)
		h->newest = host->older;
	else
		h->list[host->newer].older = host->older;
	if (host->older == HOST_NONE)
		h->oldest = host->newer;
	else
		h->list[host->older].newer = host->newer;
}

static void list_put_first(struct hosts *h, uint32_t slot)
{
	struct host *host = &h->list[slot];

	host->newer = HOST_NONE;
	host->older = h->newest;
	if (h->newest == HOST_NONE)
		h->oldest = slot;
	else
		h->list[h->newest].newer = slot;
	h->newest = slot;
}

/* --- by name --- */

static uint32_t *bucket_of(struct hosts *h, const char *name)
{
	uint32_t hash = UINT32_C(2166136261); /* FNV-1a */

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * UINT32_C(16777619);
	return &h->buckets[(hash ^ hash >> 15) % BUCKETS];
}

static const char *name_of(const struct hosts *h, uint32_t slot)
{
	const struct target *target = target_get(h->targets, target_of(h, slot));

	return target ? target->name : "";
}

static uint32_t find(struct hosts *h, const char *name)
{
	for (uint32_t at = *bucket_of(h, name); at > 0; at = h->list[at - 1].next)
		if (strcmp(name_of(h, at - 1), name) == 0)
			return at - 1;
	return HOST_NONE;
}

static void chain_take_out(struct hosts *h, uint32_t slot)
{
	uint32_t *at = bucket_of(h, name_of(h, slot));

	while (*at > 0 && *at != slot + 1)
		at = &h->list[*at - 1].next;
	*at = h->list[slot].next;
}

/* --- who makes room --- */

static void host_end(struct hosts *h, uint32_t slot, wall_us now,
		     const struct hosts_listener *listener)
{
	struct host *host = &h->list[slot];

	host_drop(host, target_of(h, slot), now, listener);
	if (listener && listener->gone)
		listener->gone(listener->user, target_of(h, slot));
	list_take_out(h, slot);
	chain_take_out(h, slot);
	target_forget(h->targets, target_of(h, slot));
	*host = (struct host){ .next = h->unused };
	h->unused = slot + 1;
	h->count--;
	h->counters.evicted++;
}

/* The one not heard of for longest; whose finding is open goes back to the front, so that made-up
 * names do not push out what is known, and is not looked at again for the next of them. */
static void make_room(struct hosts *h, wall_us now, const struct hosts_listener *listener)
{
	for (int i = 0; i < SPARED_MAX && host_has_open(&h->list[h->oldest]); i++) {
		const uint32_t slot = h->oldest;

		list_take_out(h, slot);
		list_put_first(h, slot);
	}
	host_end(h, h->oldest, now, listener);
}

void hosts_configure(struct hosts *h, const struct hosts_settings *settings, wall_us now,
		     const struct hosts_listener *listener)
{
	h->settings = *settings;
	while (h->count > settings->max)
		make_room(h, now, listener);
}

static uint32_t slot_take(struct hosts *h)
{
	uint32_t slot = h->unused;

	if (slot == 0)
		return h->fresh++;
	h->unused = h->list[slot - 1].next;
	return slot - 1;
}

static uint32_t host_begin(struct hosts *h, const char *name)
{
	uint32_t *bucket = bucket_of(h, name);
	const uint32_t slot = slot_take(h);
	struct host *host = &h->list[slot];

	*host = (struct host){ .is_used = true, .next = *bucket };
	*bucket = slot + 1;
	classifier_init(&host->classifier);
	target_put_host(h->targets, target_of(h, slot), name);
	list_put_first(h, slot);
	h->count++;
	return slot;
}

/* Windows does not tell case apart. */
static bool copy_name(char *to, const char *from)
{
	size_t len = 0;

	for (; from[len] && len + 1 < TARGET_NAME_MAX; len++)
		to[len] = (char)(from[len] >= 'A' && from[len] <= 'Z' ? from[len] + ('a' - 'A')
								      : from[len]);
	to[len] = '\0';
	return from[len] == '\0' && to[0] != '.' && target_is_name(to);
}

int hosts_intern(struct hosts *h, const char *name, wall_us now,
		 const struct hosts_listener *listener, uint32_t *ret_target)
{
	char lower[TARGET_NAME_MAX];
	uint32_t slot;

	if (!copy_name(lower, name))
		return -EINVAL;
	slot = find(h, lower);
	if (slot == HOST_NONE) {
		if (h->count >= h->settings.max || h->count == HOSTS_MAX)
			make_room(h, now, listener);
		slot = host_begin(h, lower);
	} else {
		list_take_out(h, slot);
		list_put_first(h, slot);
	}
	h->list[slot].heard = now;
	*ret_target = target_of(h, slot);
	return 0;
}

/* --- events --- */

static bool is_timeout(enum winevent_meaning meaning)
{
	return winevent_info(meaning)->status == OBS_TIMEOUT;
}

static void host_learn(struct host *host, enum winevent_meaning meaning, wall_us at, uint32_t count)
{
	host->last[meaning].v = max_i64(host->last[meaning].v, at.v);
	host->seen[meaning] = (uint32_t)min_i64((int64_t)host->seen[meaning] + count, UINT32_MAX);
}

/* By when they come in: the cap is on what it costs. Shippers send in batches, so what was not
 * used of some minutes is kept for one. */
static bool is_too_many(struct host *host, uint32_t per_minute, wall_us now)
{
	const int64_t cost = USEC_PER_MINUTE / (int64_t)per_minute;
	const int64_t least = now.v - BATCH_US;

	if (host->paid_until > now.v) /* the clock went back */
		host->paid_until = least;
	host->paid_until = max_i64(host->paid_until, least);
	if (host->paid_until + cost <= now.v) {
		host->paid_until += cost;
		return false;
	}
	host->held_back++;
	return true;
}

bool hosts_is_ahead(struct hosts *h, wall_us at, wall_us now)
{
	if (at.v <= now.v + HOSTS_AHEAD_US)
		return false;
	h->counters.ahead++;
	return true;
}

int hosts_feed(struct hosts *h, const struct host_event *event, wall_us now,
	       const struct hosts_listener *listener)
{
	struct host *host = host_of(h, event->target);

	if (!host || (unsigned)event->meaning >= WINEVENT_MAX)
		return -EINVAL;
	if (hosts_is_ahead(h, event->at, now))
		return -ERANGE;
	if (!event->is_history && is_too_many(host, h->settings.per_minute, now)) {
		h->counters.held_back++;
		return -EBUSY;
	}
	h->counters.events++;
	h->counters.past += now.v - event->at.v >= HOSTS_PAST_US;
	host_mind_clock(host, now);
	host_learn(host, event->meaning, event->at, 1);
	if (is_timeout(event->meaning))
		host_count(host, event->at, 1);
	host->is_held |= event->is_history;
	if (!host->is_held)
		host_judge(host, &h->settings, event->target, now, listener);
	return 0;
}

void hosts_release(struct hosts *h, wall_us now, const struct hosts_listener *listener)
{
	for (uint32_t slot = 0; slot < h->fresh; slot++) {
		struct host *host = &h->list[slot];

		if (!host->is_used || !host->is_held)
			continue;
		host->is_held = false;
		host_judge(host, &h->settings, target_of(h, slot), now, listener);
	}
}

/* Time opens nothing: only what is open has to be looked at. */
void hosts_tick(struct hosts *h, wall_us now, const struct hosts_listener *listener)
{
	for (uint32_t slot = 0; slot < h->fresh; slot++) {
		struct host *host = &h->list[slot];

		if (host->is_used && !host->is_held && host_has_open(host))
			host_judge(host, &h->settings, target_of(h, slot), now, listener);
	}
}

void hosts_set_ramp(struct hosts *h, uint32_t target, const struct host_ramp *ramp, wall_us now,
		    const struct hosts_listener *listener)
{
	struct host *host = host_of(h, target);

	if (!host)
		return;
	host->has_ramp = ramp != NULL;
	if (ramp)
		host->ramp = *ramp;
	if (!host->is_held)
		host_judge(host, &h->settings, target, now, listener);
}

uint32_t hosts_timeouts(const struct hosts *h, uint32_t target, int64_t hour)
{
	const struct host *host = host_get(h, target);

	return host ? host_timeouts(host, hour) : 0;
}

bool hosts_wants_trend(const struct hosts *h, uint32_t target)
{
	const struct host *host = host_get(h, target);

	return host && (host->findings[HOST_TIMEOUTS].is_open || host->has_ramp);
}

/* --- what the store knows --- */

/* When in the hour they came is not known, but for the last. */
void hosts_restore_events(struct hosts *h, const struct host_event *last, wall_us hour,
			  uint32_t count)
{
	const int64_t span_us = max_i64(last->at.v - hour.v, 0);
	struct host *host = host_of(h, last->target);

	if (!host || (unsigned)last->meaning >= WINEVENT_MAX || count == 0)
		return;
	host->is_held = true;
	host_learn(host, last->meaning, last->at, count);
	for (int64_t i = 0; i < SPREAD_STEPS && is_timeout(last->meaning); i++) {
		const wall_us at = { hour.v + span_us * (i + 1) / SPREAD_STEPS };
		const int64_t before = count * i / SPREAD_STEPS;

		host_count(host, at, (uint32_t)(count * (i + 1) / SPREAD_STEPS - before));
	}
}

void hosts_restore_finding(struct hosts *h, const struct finding *finding)
{
	struct host *host = host_of(h, finding->target);

	if (!host || (unsigned)finding->kind >= FINDING_KIND_MAX)
		return;
	host->is_held = true;
	host_restore(host, finding);
}

/* --- asked --- */

size_t hosts_findings(const struct hosts *h, uint32_t target, wall_us now, struct finding *ret,
		      size_t max)
{
	const struct host *host = host_get(h, target);
	size_t count = 0;

	for (int severity = SEVERITY_CRITICAL; host && severity >= SEVERITY_OK; severity--) {
		for (int i = 0; i < HOST_FAMILIES && count < max; i++) {
			const struct host_finding *entry = &host->findings[i];

			if (entry->is_open && (int)entry->severity == severity)
				ret[count++] = host_finding(host, (enum host_family)i, target, now);
		}
	}
	return count;
}

static enum severity graver(enum severity a, enum severity b)
{
	return a > b ? a : b;
}

static void summarize_findings(const struct host *host, struct host_summary *s)
{
	for (int i = 0; i < HOST_FAMILIES; i++) {
		const struct host_finding *entry = &host->findings[i];

		if (!entry->is_open)
			continue;
		s->worst = graver(s->worst, entry->severity);
		s->gravest = graver(s->gravest, finding_info(entry->kind)->severity);
	}
}

struct host_summary hosts_summary(const struct hosts *h, uint32_t target, wall_us now)
{
	const struct host *host = host_get(h, target);
	struct host_summary s = { .worst = SEVERITY_OK, .gravest = SEVERITY_OK };
	struct host_figures f;

	if (!host)
		return s;
	f = host_figures(host, now);
	s.frequency = host->classifier.level;
	s.timeouts_hour = f.hour;
	s.timeouts_day = f.day;
	s.heard = host->heard;
	s.held_back = host->held_back;
	memcpy(s.seen, host->seen, sizeof(s.seen));
	for (int i = 0; i < WINEVENT_MAX; i++)
		s.last_event.v = max_i64(s.last_event.v, host->last[i].v);
	summarize_findings(host, &s);
	return s;
}

void hosts_count_kinds(const struct hosts *h, unsigned ret[FINDING_KIND_MAX])
{
	memset(ret, 0, FINDING_KIND_MAX * sizeof(ret[0]));
	for (uint32_t slot = 0; slot < h->fresh; slot++) {
		const struct host *host = &h->list[slot];

		for (int i = 0; host->is_used && i < HOST_FAMILIES; i++)
			ret[host->findings[i].kind] += host->findings[i].is_open;
	}
}

struct hosts_counters hosts_counters(const struct hosts *h)
{
	struct hosts_counters counters = h->counters;

	counters.hosts = h->count;
	for (uint32_t slot = 0; slot < h->fresh; slot++)
		counters.open += h->list[slot].is_used && host_has_open(&h->list[slot]);
	return counters;
}

uint32_t hosts_next(const struct hosts *h, uint32_t target)
{
	const struct host *host = host_get(h, target);
	const uint32_t slot = host ? host->older : h->newest;

	return slot == HOST_NONE ? TARGET_NONE : target_of(h, slot);
}
