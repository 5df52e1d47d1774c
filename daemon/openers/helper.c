/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the helper's parts tell, put together.
 */
#include "openers/helper.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <systemd/sd-daemon.h>

#include "base/log.h"
#include "openers/feed.h"
#include "openers/process.h"
#include "openers/scan.h"
#include "openers/watch.h"

#define KNOWN_MAX 64

struct known { /* has a device open; its closing comes when it may be gone */
	bool is_used;
	uint32_t interface;
	struct opener who;
};

struct helper {
	const struct helper_settings *settings;
	sd_event *event;
	struct feed *feed;
	struct scan *scan;
	struct watch *watch; /* NULL: quiet */
	struct device_list devices;
	pid_t daemon; /* 0: not connected */
	int error;    /* of listening */
	struct known known[KNOWN_MAX];
	size_t next_known; /* the place that is taken when all are */
};

/* --- telling --- */

static void tell_hello(struct helper *h)
{
	const struct opener_message message = { .kind = OPENER_HELLO, .error = h->error };

	(void)feed_send(h->feed, &message); /* not connected: it is told then */
}

/* What the daemon did not read in time it learns from another look. */
static void tell(struct helper *h, enum opener_event_kind kind, uint32_t interface, mono_us at,
		 const struct opener *who)
{
	struct opener_message message = {
		.kind = OPENER_NEWS,
		.event = { .kind = kind, .target = interface, .at = at, .who = *who },
	};

	if (feed_send(h->feed, &message) == -EAGAIN)
		scan_want(h->scan);
}

/* Neither the daemon's own openings nor ours are anybody's business. */
static bool is_ours(const struct helper *h, int32_t pid)
{
	return pid == h->daemon || pid == getpid();
}

/* --- who is known to have what open --- */

static struct known *known_find(struct helper *h, uint32_t interface, int32_t pid)
{
	for (size_t i = 0; i < KNOWN_MAX; i++) {
		struct known *k = &h->known[i];

		if (k->is_used && k->interface == interface && k->who.pid == pid)
			return k;
	}
	return NULL;
}

static void known_keep(struct helper *h, uint32_t interface, const struct opener *who)
{
	struct known *k = known_find(h, interface, who->pid);

	for (size_t i = 0; !k && i < KNOWN_MAX; i++) {
		if (!h->known[i].is_used)
			k = &h->known[i];
	}
	if (!k) {
		k = &h->known[h->next_known];
		h->next_known = (h->next_known + 1) % KNOWN_MAX;
	}
	*k = (struct known){ .is_used = true, .interface = interface, .who = *who };
}

/* --- listening --- */

static unsigned device_bit(const struct helper *h, uint32_t interface)
{
	for (size_t i = 0; i < h->devices.count; i++) {
		if (h->devices.of[i].interface == interface)
			return 1u << i;
	}
	return 0;
}

static void on_opened(struct helper *h, uint32_t interface, int32_t pid, int folder, mono_us at)
{
	struct opener who = { .pid = pid, .uid = OPENER_NO_UID, .login_uid = OPENER_NO_UID };
	const struct known *k = known_find(h, interface, pid);

	/* gone already: that somebody was there is still news */
	if (folder >= 0 && process_read(h->settings->proc, folder, pid, &who) < 0)
		who.start_ticks = 0;
	if (k && k->who.start_ticks != who.start_ticks) /* another process's closing was missed */
		tell(h, OPENER_CLOSED, interface, at, &k->who);
	known_keep(h, interface, &who);
	tell(h, OPENER_OPENED, interface, at, &who);
}

/* It may have it open twice, and who closes it last need not be who opened it. */
static void on_closed(struct helper *h, uint32_t interface, int32_t pid, int folder, mono_us at)
{
	struct known *k = known_find(h, interface, pid);

	if (folder >= 0 && (process_devices(folder, &h->devices) & device_bit(h, interface)) != 0)
		return;
	if (!k) {
		scan_want(h->scan);
		return;
	}
	k->is_used = false;
	tell(h, OPENER_CLOSED, interface, at, &k->who);
}

static void on_happened(void *user, uint32_t interface, int32_t pid, bool opened, bool closed)
{
	struct helper *h = user;
	SCOPED(close_fd) int folder = -1;
	const mono_us at = clock_mono();

	if (is_ours(h, pid))
		return;
	folder = process_open(h->settings->proc, pid);
	if (opened)
		on_opened(h, interface, pid, folder, at);
	if (closed)
		on_closed(h, interface, pid, folder, at);
}

static void on_missed(void *user)
{
	struct helper *h = user;

	scan_want(h->scan);
}

static const struct watch_events watch_events = { on_happened, on_missed };

/* A node that is made anew has no mark. Its name is only why to look, not what it is. */
static int on_node(sd_event_source *source UNUSED, const struct inotify_event *event, void *user)
{
	static const char name[] = "ipmi";
	struct helper *h = user;

	if (event->len > 0 && strncmp(event->name, name, sizeof(name) - 1) == 0)
		scan_want(h->scan);
	return 0;
}

/* --- looking --- */

static void helper_listen(struct helper *h)
{
	const int r = h->watch ? watch_devices(h->watch, &h->devices) : -EOPNOTSUPP;

	if (r == h->error)
		return;
	h->error = r;
	if (r == 0) {
		log_msg(LOG_INFO, "openers: hears of every opening now");
	} else if (h->watch) {
		log_msg(LOG_NOTICE,
			"openers: cannot hear of openings (%s), so it looks from time to time: a "
			"program that is quick may be missed",
			strerror(-r));
	}
	tell_hello(h);
}

static void on_scan_begins(void *user, struct device_list *ret)
{
	struct helper *h = user;

	if (h->settings->devices.count > 0)
		h->devices = h->settings->devices;
	else
		device_list_find(h->settings->root, &h->devices);
	helper_listen(h);
	*ret = h->devices;
}

static void on_found(void *user, const struct opener *who, unsigned devices, mono_us at)
{
	struct helper *h = user;

	if (is_ours(h, who->pid))
		return;
	for (size_t i = 0; i < h->devices.count; i++) {
		if ((devices & 1u << i) == 0)
			continue;
		known_keep(h, h->devices.of[i].interface, who);
		tell(h, OPENER_HOLDS, h->devices.of[i].interface, at, who);
	}
}

/* A module uses every controller the driver has. */
static void on_module(void *user, const char *module)
{
	struct helper *h = user;
	struct opener who = { .kind = OPENER_KERNEL,
			      .uid = OPENER_NO_UID,
			      .login_uid = OPENER_NO_UID };

	opener_clean(who.comm, sizeof(who.comm), module, strlen(module));
	for (size_t i = 0; i < h->devices.count; i++)
		tell(h, OPENER_HOLDS, h->devices.of[i].interface, clock_mono(), &who);
}

static void on_scan_ended(void *user, mono_us began)
{
	struct helper *h = user;
	struct opener_message message = { .kind = OPENER_NEWS,
					  .event = { .kind = OPENER_SCANNED, .began = began } };

	device_modules(h->settings->root, on_module, h);
	message.event.at = clock_mono();
	for (size_t i = 0; i < h->devices.count; i++) {
		message.event.target = h->devices.of[i].interface;
		(void)feed_send(h->feed, &message); /* lost: the next look says it again */
	}
}

static const struct scan_events scan_events = { on_scan_begins, on_found, on_scan_ended };

/* --- the daemon --- */

static void on_connected(void *user, pid_t daemon)
{
	struct helper *h = user;

	h->daemon = daemon;
	tell_hello(h);
	scan_want(h->scan);
}

static void on_asked(void *user)
{
	struct helper *h = user;

	scan_want(h->scan);
}

static const struct feed_events feed_events = { on_connected, on_asked };

/* --- life --- */

static int helper_add_signals(struct helper *h)
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

/* Without it the next look marks what is new. */
static void helper_watch_nodes(struct helper *h)
{
	char path[PATH_MAX];
	const int n = snprintf(path, sizeof(path), "%s/dev", h->settings->root);

	if (n > 0 && (size_t)n < sizeof(path))
		(void)sd_event_add_inotify(h->event, NULL, path, IN_CREATE | IN_MOVED_TO, on_node,
					   h);
}

static int helper_build(struct helper *h)
{
	int r;

	r = sd_event_default(&h->event);
	if (r < 0)
		return r;
	r = helper_add_signals(h);
	if (r < 0)
		return r;
	if (!h->settings->is_quiet) {
		r = watch_new(h->event, &watch_events, h, &h->watch);
		if (r < 0)
			return r;
		helper_watch_nodes(h);
	}
	r = scan_new(h->event, h->settings->proc, &scan_events, h, &h->scan);
	if (r < 0)
		return r;
	return feed_new(h->event, h->settings->run_dir, &feed_events, h, &h->feed);
}

static void helper_free(struct helper **slot)
{
	struct helper *h = *slot;

	if (!h)
		return;
	feed_free(h->feed);
	scan_free(h->scan);
	watch_free(h->watch);
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
	h->error = -EOPNOTSUPP;
	r = helper_build(h);
	if (r < 0)
		return r;
	(void)sd_notify(0, "READY=1");
	r = sd_event_loop(h->event);
	return r < 0 ? r : 0;
}
