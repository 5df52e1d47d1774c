/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signals: end, reload, release the device, take it again. Only root and the service manager can
 * send them, so they need no access control of our own.
 */
#include <signal.h>
#include <stdio.h>

#include "engine/internal.h"
#include "engine/notify.h"

void engine_complain(void *user UNUSED, const char *file, unsigned line, const char *text)
{
	const bool is_notice = strncmp(text, CONFIG_NOTICE, strlen(CONFIG_NOTICE)) == 0;
	char where[CONFIG_PLACE_MAX];

	log_msg(is_notice ? LOG_NOTICE : LOG_ERR, "%s: %s", config_place(file, line, where), text);
}

/* A bad file changes nothing. */
static int on_reload(sd_event_source *source UNUSED, const struct signalfd_siginfo *si UNUSED,
		     void *user)
{
	struct engine *e = user;
	struct config *config;

	notify_reloading();
	if (options_load(e->tables, e->settings->root, e->settings->config_path, engine_complain, e,
			 &config) < 0) {
		engine_say(e, MESSAGE_CONFIG_REJECTED, LOG_ERR,
			   "configuration not reloaded, the running one stays in force. Next: mend "
			   "the lines named above, try `bmchealthctl check-config`, reload again");
	} else {
		engine_apply(e, config);
		engine_say(e, MESSAGE_CONFIG_RELOADED, LOG_NOTICE, "configuration reloaded");
	}
	notify_ready();
	engine_notify(e);
	return 0;
}

/* `source` NULL: nobody ordered it, the time is up. */
static int on_take(sd_event_source *source, const struct signalfd_siginfo *si UNUSED, void *user)
{
	struct engine *e = user;

	e->retake = sd_event_source_disable_unref(e->retake);
	if (!e->is_released)
		return 0;
	e->is_released = false;
	engine_say(e, MESSAGE_DEVICE_TAKEN, LOG_NOTICE, "watching again");
	for (size_t i = 0; i < e->station_count; i++)
		station_resume(e->stations[i], source != NULL);
	engine_notify(e);
	return 0;
}

static int on_retake(sd_event_source *source UNUSED, uint64_t usec UNUSED, void *user)
{
	return on_take(NULL, NULL, user);
}

static int on_release(sd_event_source *source UNUSED, const struct signalfd_siginfo *si UNUSED,
		      void *user)
{
	struct engine *e = user;
	const int64_t most = config_span_us(e->config, "daemon", "release_max");
	char text[192], span[CLOCK_TEXT_MAX];

	for (size_t i = 0; i < e->station_count; i++)
		station_release(e->stations[i]);
	e->is_released = true;
	e->retake = sd_event_source_disable_unref(e->retake);
	(void)sd_event_add_time_relative(e->event, &e->retake, CLOCK_BOOTTIME, (uint64_t)most, 0,
					 on_retake, e);
	clock_format_span(most, span);
	(void)snprintf(text, sizeof(text),
		       "released: nothing is open, nothing is sent, for %s at most. Next: "
		       "`bmchealthctl resume` when done",
		       span);
	engine_say(e, MESSAGE_DEVICE_RELEASED, LOG_NOTICE, text);
	engine_notify(e);
	return 0;
}

int engine_add_signals(struct engine *e)
{
	static const struct {
		int number;
		sd_event_signal_handler_t handler; /* NULL: end the loop */
	} signals[] = { { SIGTERM, NULL },
			{ SIGINT, NULL },
			{ SIGHUP, on_reload },
			{ SIGUSR1, on_release },
			{ SIGUSR2, on_take } };
	sigset_t set;

	/* A limit on file size is the store's trouble, not the end of the daemon. */
	if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		return neg_errno();
	(void)sigemptyset(&set);
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		(void)sigaddset(&set, signals[i].number);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return neg_errno();
	for (size_t i = 0; i < COUNT_OF(signals); i++) {
		/* without a handler sd-event ends the loop, the user pointer being its result */
		int r = sd_event_add_signal(e->event, NULL, signals[i].number, signals[i].handler,
					    signals[i].handler ? e : NULL);

		if (r < 0)
			return r;
	}
	return 0;
}
