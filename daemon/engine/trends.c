/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trend of each target: fed with what its commands came to, saved each hour and at the end,
 * and made again from the history when what was saved cannot be taken.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <systemd/sd-id128.h>

#include "base/fsio.h"
#include "engine/internal.h"

#define SAVE_US		 USEC_PER_HOUR
#define SAME_RESTART_US	 (2 * USEC_PER_HOUR) /* as in trend-epoch.c */
#define BOOT_ID_VARIABLE "BMCHEALTHD_BOOT_ID"

/* FNV-1a. */
static uint32_t hash(const char *text)
{
	uint32_t value = UINT32_C(2166136261);

	for (; *text; text++)
		value = (value ^ (uint8_t)*text) * UINT32_C(16777619);
	return value;
}

/* The service's /proc has processes only, so systemd hands it over; else the kernel is asked. */
static int boot_id_get(char text[SD_ID128_STRING_MAX])
{
	const char *given = secure_getenv(BOOT_ID_VARIABLE);
	sd_id128_t id;
	int r;

	r = given ? sd_id128_from_string(given, &id) : sd_id128_get_boot(&id);
	if (r == 0)
		sd_id128_to_string(id, text);
	return r;
}

void engine_trend_init(struct engine *e)
{
	char text[SD_ID128_STRING_MAX] = "";
	const int r = boot_id_get(text);

	if (r < 0) {
		log_msg(LOG_WARNING,
			"the boot id cannot be had (%s): a reboot of this host will look like "
			"hours without commands. Next: let the service have " BOOT_ID_VARIABLE
			"=%%b in its environment",
			strerror(-r));
	}
	e->boot_id = hash(text);
}

static struct sampler *sampler_of(struct engine *e, uint32_t target)
{
	struct engine_trend *t = &e->trends[target];
	const struct target *who = engine_target(e, target);

	if (!t->has_sampler)
		t->sampler = sampler_make(false);
	t->has_sampler = true;
	t->sampler.is_remote = who && who->is_remote;
	return &t->sampler;
}

void engine_trend_recall(struct engine *e, const struct observation *obs)
{
	struct trend_sample sample;

	if (obs->target < ENGINE_TARGETS_MAX)
		(void)sampler_take(sampler_of(e, obs->target), obs, &sample);
}

/* --- where the last run left it --- */

struct replaying {
	struct trend *trend;
	struct trend_event last; /* of a ramp */
	bool has_last;
	struct trend_event noted; /* the last restart known by an operator's note */
	uint64_t samples;
	wall_us at; /* what is known is as of then */
};

static bool is_of_ramp(enum trend_kind kind)
{
	return kind == TREND_SUSPECTED || kind == TREND_CONFIRMED || kind == TREND_RETURNED ||
	       kind == TREND_IMMINENT;
}

static bool is_noted(const struct trend_event *event)
{
	return event->kind == TREND_RESET && (event->evidence & 1u << TREND_RESET_LOGGED) != 0;
}

static void replay_event(struct replaying *r, const struct trend_event *event)
{
	if (is_noted(event))
		r->noted = *event;
	if (!is_of_ramp(event->kind))
		return;
	r->last = *event;
	r->has_last = true;
}

static void replay_sample(void *user, const struct trend_sample *sample)
{
	struct replaying *r = user;
	struct trend_event events[TREND_EVENTS_MAX];
	const size_t n = trend_feed(r->trend, sample, events, COUNT_OF(events));

	r->samples++;
	r->at = sample->wall;
	for (size_t i = 0; i < n; i++)
		replay_event(r, &events[i]);
}

static void tell_relearned(const struct engine *e, uint32_t target, uint64_t samples)
{
	const char *name = engine_target(e, target)->name;
	struct log_entry entry;

	log_begin(&entry, LOG_NOTICE, message_info(MESSAGE_TREND_RELEARNED)->id);
	log_field(&entry, "BMC_TARGET", "%s", name);
	log_field(&entry, "BMC_SAMPLES", "%" PRIu64, samples);
	log_send(&entry,
		 "%s: what the last run had made of the trend cannot be taken (another version, or "
		 "damaged); it was made again from %" PRIu64
		 " samples of the history, which is whole. Next: nothing",
		 name, samples);
}

/* The state, then what came after it; or all there is. True: there was one, of no use. */
static bool load(struct store *store, uint32_t target, struct replaying *r)
{
	SCOPED(free_ptr) uint8_t *bytes = malloc(TREND_BYTES_MAX);
	bool is_refused = false;
	int64_t piece = 0;
	ssize_t len;

	if (!bytes)
		return false;
	len = store_trend_load(store, target, bytes, TREND_BYTES_MAX, &piece, &r->at);
	if (len >= 0 && trend_load(r->trend, bytes, (size_t)len) < 0)
		is_refused = true;
	if (len < 0 || is_refused)
		piece = 0;
	if (store_trend_samples(store, target, piece, replay_sample, r) < 0)
		return is_refused; /* the store will say why when it is next written to */
	return is_refused;
}

void engine_trend_begin(struct engine *e, uint32_t target)
{
	struct replaying r = { 0 };
	struct trend_summary summary;
	struct store *store = engine_store(e);
	bool is_refused = false;

	if (target >= ENGINE_TARGETS_MAX || e->trends[target].trend || !engine_target(e, target))
		return;
	sampler_settle(sampler_of(e, target));
	r.trend = trend_new(true); /* its commands are ours, so their latencies are known */
	if (!r.trend)
		return; /* tried again with the next observation */
	e->trends[target].trend = r.trend;
	e->trends[target].saved = clock_mono();
	if (store)
		is_refused = load(store, target, &r);
	if (is_refused)
		tell_relearned(e, target, r.samples);
	summary = trend_summary(r.trend);
	judge_restore_trend(e->judge, target, &summary, r.at);
	e->trends[target].newest = r.at;
	e->trends[target].last = r.last;
	e->trends[target].has_last = r.has_last;
}

/* --- now --- */

static void trend_store(struct engine *e, uint32_t target)
{
	SCOPED(free_ptr) uint8_t *bytes = malloc(TREND_BYTES_MAX);
	struct store *store = engine_store(e);
	ssize_t len;

	e->trends[target].saved = clock_mono();
	if (!store || !bytes)
		return;
	len = trend_save(e->trends[target].trend, bytes, TREND_BYTES_MAX);
	if (len < 0 || store_trend_save(store, target, bytes, (size_t)len) < 0)
		log_msg(LOG_DEBUG, "%s: the trend is not saved now, in an hour again",
			engine_target(e, target)->name);
}

static bool has_leak(const struct engine *e, uint32_t target)
{
	const struct finding *open[FAMILY_MAX];
	const size_t n = judge_findings(e->judge, target, open, FAMILY_MAX);

	for (size_t i = 0; i < n; i++)
		if (finding_info(open[i]->kind)->family == FAMILY_LEAK)
			return true;
	return false;
}

static void judge_event(struct engine *e, const struct observation *obs,
			const struct trend_event *event)
{
	const struct trend_summary summary = trend_summary(e->trends[obs->target].trend);
	const struct trend_news news = {
		.summary = &summary, .event = event, .now = obs->mono, .wall = obs->wall
	};

	(void)judge_trend(e->judge, obs->target, &news, engine_on_finding, e);
}

/* With the first sample: a ramp that stands, and that the last run did not live to tell. */
static void judge_untold(struct engine *e, const struct observation *obs)
{
	struct engine_trend *t = &e->trends[obs->target];
	const struct trend_summary summary = trend_summary(t->trend);

	if (t->has_last && (summary.is_suspected || summary.is_confirmed) &&
	    !has_leak(e, obs->target))
		judge_event(e, obs, &t->last);
	t->has_last = false;
}

static void judge_events(struct engine *e, const struct observation *obs,
			 const struct trend_event *events, size_t count)
{
	bool is_restart = false;

	judge_untold(e, obs);
	if (count == 0)
		judge_event(e, obs, NULL);
	for (size_t i = 0; i < count; i++) {
		judge_event(e, obs, &events[i]);
		is_restart |= events[i].kind == TREND_RESET;
	}
	if (is_restart)
		trend_store(e, obs->target);
}

void engine_trend_observe(struct engine *e, const struct observation *obs)
{
	struct trend_event events[TREND_EVENTS_MAX];
	struct store *store = engine_store(e);
	struct trend_sample sample;

	if (obs->target >= ENGINE_TARGETS_MAX)
		return;
	engine_trend_begin(e, obs->target);
	if (!sampler_take(sampler_of(e, obs->target), obs, &sample) ||
	    !e->trends[obs->target].trend)
		return;
	sample.boot_id = e->boot_id;
	e->trends[obs->target].newest = sample.wall;
	if (store)
		store_trend_add(store, obs->target, &sample);
	judge_events(e, obs, events,
		     trend_feed(e->trends[obs->target].trend, &sample, events, COUNT_OF(events)));
}

/* All samples once more, with what was noted. True: that is one of them now. */
static bool relearn(struct engine *e, uint32_t target, wall_us at, struct trend_event *ret_noted)
{
	struct engine_trend *t = &e->trends[target];
	struct replaying r = { .trend = trend_new(true) };
	struct store *store = engine_store(e);

	trend_store(e, target); /* what still waits is written with it */
	if (!r.trend || !store || store_trend_samples(store, target, 0, replay_sample, &r) < 0 ||
	    r.at.v < at.v) {
		trend_free(r.trend);
		return false;
	}
	trend_free(t->trend);
	t->trend = r.trend;
	*ret_noted = r.noted;
	trend_store(e, target);
	return true;
}

/* A restart that nobody knew of until it was noted, and the last one. */
static bool is_news(const struct trend_event *noted, const struct trend_summary *before,
		    const struct trend_summary *after, wall_us at, wall_us now)
{
	const int64_t known = now.v - before->uptime_s * USEC_PER_SEC;

	if (!is_noted(noted) || noted->wall.v < at.v ||
	    (after->evidence & 1u << TREND_RESET_LOGGED) == 0)
		return false;
	return !before->is_known || llabs(known - at.v) > SAME_RESTART_US;
}

/* The first sample after it carries its evidence: one that is known already, or the next. */
bool engine_trend_reset_noted(struct engine *e, uint32_t target, wall_us at)
{
	struct engine_trend *t = &e->trends[target];
	struct trend_summary before = { 0 }, summary;
	struct trend_news news = { .summary = &summary, .now = clock_mono(), .wall = clock_wall() };
	struct trend_event noted = { 0 };

	engine_trend_begin(e, target);
	if (t->trend)
		before = trend_summary(t->trend);
	if (at.v > t->newest.v || !t->trend || !relearn(e, target, at, &noted)) {
		sampler_note_reset(sampler_of(e, target));
		return true;
	}
	summary = trend_summary(t->trend);
	if (is_news(&noted, &before, &summary, at, news.wall))
		news.event = &noted;
	(void)judge_trend(e->judge, target, &news, engine_on_finding, e);
	return summary.is_known;
}

void engine_trend_tick(struct engine *e)
{
	const mono_us now = clock_mono();

	for (uint32_t t = 0; t < ENGINE_TARGETS_MAX; t++)
		if (e->trends[t].trend && mono_since(now, e->trends[t].saved) >= SAVE_US)
			trend_store(e, t);
}

void engine_trend_save_all(struct engine *e)
{
	for (uint32_t t = 0; t < ENGINE_TARGETS_MAX; t++)
		if (e->trends[t].trend)
			trend_store(e, t);
}

void engine_trend_forget(struct engine *e, uint32_t target)
{
	if (target >= ENGINE_TARGETS_MAX)
		return;
	trend_free(e->trends[target].trend);
	e->trends[target] = (struct engine_trend){ 0 };
}
