/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The loop: a slice of each input that has work, a commit, what is committed to the daemon.
 */
#include "winevtd/helper.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

#include "base/clock.h"
#include "base/log.h"
#include "winevtd/feed.h"
#include "winevtd/imports.h"
#include "winevtd/input.h"

#define COMMIT_US      (200 * USEC_PER_MSEC) /* events wait for company */
#define COMMIT_IDLE_US (5 * USEC_PER_SEC)    /* places alone */
#define COMMIT_EVENTS  2048

struct helper {
	const struct helper_settings *settings;
	sd_event *event;
	sd_event_source *work, *commit, *drops;
	struct state *state;
	struct feed *feed;
	struct imports *imports;
	struct inputs shared;
	struct winevt_pair pairs[TAKER_PAIRS];
	struct winevt_wanted wanted;
	struct taker_caps caps;
	struct input *inputs; /* owned, settings->reader->count */
	size_t at;	      /* the next whose turn it is */
	uint64_t committed;   /* the number of the last event then */
	bool is_broken;	      /* the state */
	int own_dir;	      /* locked; -1: not yet */
};

/* --- whose turn it is --- */

static bool has_room(const struct helper *h)
{
	return !h->is_broken && state_waiting(h->state) + INPUT_SLICE_EVENTS <= STATE_WAITING_MAX;
}

static bool has_work(const struct helper *h)
{
	for (size_t i = 0; i < h->settings->reader->count; i++)
		if (h->inputs[i].is_ready)
			return true;
	return h->imports && imports_is_ready(h->imports);
}

static void work_on(struct helper *h)
{
	if (h->work)
		(void)sd_event_source_set_enabled(
			h->work, has_room(h) && has_work(h) ? SD_EVENT_ON : SD_EVENT_OFF);
}

static void on_wake(void *user)
{
	work_on(user);
}

/* --- the state --- */

/* What was not committed is read again after a new start, so that is the way out. */
static void state_trouble(struct helper *h, int error)
{
	if (h->is_broken)
		return;
	h->is_broken = true;
	log_msg(LOG_ERR,
		"winevt: the state in %s cannot be written: %s; what is not in it will be read "
		"again. Next: see the disk",
		h->settings->state_dir, strerror(-error));
	(void)sd_event_exit(h->event, error);
}

static void commit(struct helper *h)
{
	int r;

	if (h->is_broken || !state_is_dirty(h->state))
		return;
	r = state_commit(h->state);
	if (r < 0) {
		state_trouble(h, r);
		return;
	}
	h->committed = state_last(h->state);
	(void)sd_event_source_set_enabled(h->commit, SD_EVENT_OFF);
}

static void commit_later(struct helper *h)
{
	int is_on = SD_EVENT_OFF;
	uint64_t when = UINT64_MAX, now = 0, due;

	if (!state_is_dirty(h->state))
		return;
	(void)sd_event_now(h->event, CLOCK_MONOTONIC, &now);
	due = now + (uint64_t)(state_has_events(h->state) ? COMMIT_US : COMMIT_IDLE_US);
	(void)sd_event_source_get_enabled(h->commit, &is_on);
	if (is_on != SD_EVENT_OFF)
		(void)sd_event_source_get_time(h->commit, &when);
	if (is_on != SD_EVENT_OFF && when <= due)
		return;
	(void)sd_event_source_set_time(h->commit, due);
	(void)sd_event_source_set_enabled(h->commit, SD_EVENT_ONESHOT);
}

static int on_commit(sd_event_source *source UNUSED, uint64_t usec UNUSED, void *user)
{
	struct helper *h = user;

	commit(h);
	feed_pump(h->feed);
	return 0;
}

/* --- work --- */

/* Each minute in which some were dropped has one line, at its end. */
static void drops_later(struct helper *h)
{
	int is_on = SD_EVENT_OFF;

	(void)sd_event_source_get_enabled(h->drops, &is_on);
	if (is_on != SD_EVENT_OFF)
		return;
	(void)sd_event_source_set_time_relative(
		h->drops, (uint64_t)(USEC_PER_MINUTE - clock_wall().v % USEC_PER_MINUTE));
	(void)sd_event_source_set_enabled(h->drops, SD_EVENT_ONESHOT);
}

static void tell_drops(const struct helper *h)
{
	for (size_t i = 0; h->inputs && i < h->settings->reader->count; i++)
		if (h->inputs[i].kind)
			input_tell_capped(&h->inputs[i]);
}

static int on_drops(sd_event_source *source UNUSED, uint64_t usec UNUSED, void *user)
{
	tell_drops(user);
	return 0;
}

static void step_input(struct helper *h, struct input *in)
{
	int r = in->kind->step(in);

	if (input_has_capped(in))
		drops_later(h);
	if (in->taker.error < 0) {
		state_trouble(h, in->taker.error);
		return;
	}
	in->is_ready = r == INPUT_MORE;
	if (!in->is_ready)
		input_tell_skipped(in);
	if (r < 0) /* its own timer tries again */
		input_tell_ill(in, in->settings->path, r);
}

static void step_next(struct helper *h)
{
	const size_t count = h->settings->reader->count;

	for (size_t i = 0; i <= count; i++) {
		const size_t at = h->at++ % (count + 1);
		int r;

		if (at < count && h->inputs[at].is_ready) {
			step_input(h, &h->inputs[at]);
			return;
		}
		if (at < count || !imports_is_ready(h->imports))
			continue;
		r = imports_step(h->imports);
		if (r < 0)
			state_trouble(h, r);
		return;
	}
}

static int on_work(sd_event_source *source UNUSED, void *user)
{
	struct helper *h = user;

	step_next(h);
	if (state_last(h->state) - h->committed >= COMMIT_EVENTS || !has_room(h))
		commit(h);
	else
		commit_later(h);
	feed_pump(h->feed);
	work_on(h);
	return 0;
}

/* --- the daemon --- */

static void on_taken(void *user)
{
	struct helper *h = user;

	imports_on_taken(h->imports);
	commit_later(h);
	work_on(h);
}

static bool is_idle(void *user)
{
	return !has_work(user);
}

static const struct feed_events feed_events = { on_taken, is_idle };

/* --- life --- */

static int add_signals(struct helper *h)
{
	static const int signals[] = { SIGTERM, SIGINT };
	sigset_t set;
	int r = 0;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		(void)sigaddset(&set, signals[i]);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return neg_errno();
	for (size_t i = 0; i < COUNT_OF(signals) && r >= 0; i++)
		r = sd_event_add_signal(h->event, NULL, signals[i], NULL, NULL); /* ends it */
	return r;
}

static int make_folder(const char *path)
{
	if (mkdir(path, 0750) < 0 && errno != EEXIST)
		return neg_errno();
	return 0;
}

/* A second reader would take the sockets of the first away. */
static int lock_own_dir(struct helper *h)
{
	const char *dir = h->settings->own_dir;
	int r = make_folder(dir);

	if (r == 0) {
		h->own_dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (h->own_dir < 0 || flock(h->own_dir, LOCK_EX | LOCK_NB) < 0)
			r = neg_errno();
	}
	if (r == -EAGAIN)
		r = -EBUSY;
	if (r < 0) {
		log_msg(LOG_ERR, "winevt: %s: %s%s", dir, strerror(-r),
			r == -EBUSY ? ": another bmchealthd-winevt runs with it. Next: systemctl "
				      "status bmchealthd-winevt"
				    : "");
	}
	return r;
}

static int open_state(struct helper *h)
{
	const char *dir = h->settings->state_dir;
	enum state_origin origin = STATE_KNOWN;
	int r = make_folder(dir);

	if (r == 0)
		r = state_open(dir, h->settings->reader->seen_max, &h->state, &origin);
	if (r < 0) {
		log_msg(LOG_ERR, "winevt: %s/state.db: %s%s", dir, strerror(-r),
			r == -EBUSY ? ": another bmchealthd-winevt runs" : "");
		return r;
	}
	h->committed = state_last(h->state);
	if (origin == STATE_NEW) {
		log_msg(LOG_INFO,
			"winevt: no state in %s: all inputs are read from their beginning", dir);
	} else if (origin == STATE_ANEW) {
		log_msg(LOG_WARNING,
			"winevt: %s/state.db is damaged, and is state.db.damaged now: all inputs "
			"are read from their beginning, and what the daemon knows already may "
			"count twice. Next: see the disk",
			dir);
	}
	return 0;
}

/* An input that cannot be opened is told and left out. */
static int open_input(struct helper *h, struct input *in, const struct input_settings *settings)
{
	int r;

	*in = (struct input){
		.shared = &h->shared,
		.kind = input_kind_named(settings->kind),
		.settings = settings,
		.taker = { .state = h->state, .caps = &h->caps, .settings = settings },
	};
	if (!in->kind)
		return -EINVAL; /* cannot be: one of the option's words */
	r = in->kind->open(in);
	if (r >= 0)
		return 0;
	input_tell_ill(in, settings->path, r);
	in->kind->close(in);
	in->is_ready = false;
	return r == -ENOMEM ? r : 0;
}

static int open_inputs(struct helper *h)
{
	const struct reader_settings *reader = h->settings->reader;
	int r = 0;

	h->wanted = taker_wanted(&reader->more, h->pairs);
	h->shared = (struct inputs){ .event = h->event,
				     .state = h->state,
				     .wanted = &h->wanted,
				     .wake = on_wake,
				     .user = h };
	h->inputs = calloc(reader->count + 1, sizeof(*h->inputs));
	if (!h->inputs)
		return -ENOMEM;
	for (size_t i = 0; i < reader->count && r == 0; i++)
		r = open_input(h, &h->inputs[i], &reader->inputs[i]);
	return r;
}

static int build(struct helper *h)
{
	int r = sd_event_default(&h->event);

	if (r >= 0)
		r = add_signals(h);
	if (r >= 0)
		r = sd_event_add_defer(h->event, &h->work, on_work, h);
	if (r >= 0) /* the daemon's answers and new senders first */
		r = sd_event_source_set_priority(h->work, SD_EVENT_PRIORITY_IDLE);
	if (r >= 0)
		r = sd_event_add_time(h->event, &h->commit, CLOCK_MONOTONIC, 0, 1000, on_commit, h);
	if (r >= 0)
		r = sd_event_source_set_enabled(h->commit, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_time(h->event, &h->drops, CLOCK_MONOTONIC, 0, 1000, on_drops, h);
	if (r >= 0)
		r = sd_event_source_set_enabled(h->drops, SD_EVENT_OFF);
	if (r >= 0) /* before inputs: sockets of theirs may lie there */
		r = lock_own_dir(h);
	if (r >= 0)
		r = open_state(h);
	if (r >= 0)
		r = feed_new(h->event, h->settings->run_dir, h->state, &feed_events, h, &h->feed);
	if (r >= 0)
		r = open_inputs(h);
	if (r >= 0)
		r = imports_new(&h->shared, h->settings->own_dir, h->feed, &h->imports);
	if (r >= 0)
		work_on(h);
	return r;
}

static void helper_free(struct helper **slot)
{
	struct helper *h = *slot;

	if (!h)
		return;
	imports_free(h->imports);
	for (size_t i = 0; h->inputs && i < h->settings->reader->count; i++)
		if (h->inputs[i].kind)
			h->inputs[i].kind->close(&h->inputs[i]);
	free(h->inputs);
	feed_free(h->feed);
	state_close(h->state);
	close_fd(&h->own_dir);
	(void)sd_event_source_disable_unref(h->work);
	(void)sd_event_source_disable_unref(h->commit);
	(void)sd_event_source_disable_unref(h->drops);
	(void)sd_event_unref(h->event);
	free(h);
}

int helper_run(const struct helper_settings *settings)
{
	SCOPED(helper_free) struct helper *h = calloc(1, sizeof(*h));
	int r;

	if (!h)
		return -ENOMEM;
	h->settings = settings;
	h->own_dir = -1;
	r = build(h);
	if (r < 0)
		return r;
	(void)sd_notify(0, "READY=1");
	r = sd_event_loop(h->event);
	commit(h);
	tell_drops(h);
	return r < 0 ? r : 0;
}
