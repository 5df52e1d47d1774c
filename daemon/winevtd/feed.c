/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection to the daemon.
 */
#include "winevtd/feed.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/log.h"
#include "model/winevt-wire.h"

#define RETRY_US     (2 * USEC_PER_SEC)
#define FILL_REST_US (10 * USEC_PER_SEC) /* without an old event */
#define MARK_US	     (2 * USEC_PER_SEC)	 /* the daemon writes to its disk at each */

struct feed {
	sd_event *event;     /* borrowed */
	struct state *state; /* borrowed */
	const struct feed_events *events;
	void *user;
	sd_event_source *retry, *io, *mark;
	struct sockaddr_un address;
	int fd;		 /* -1: not connected */
	bool is_greeted; /* the daemon has said what it took */
	bool is_filling; /* the daemon was told that history comes */
	bool is_marked;	 /* and asked to confirm */
	bool is_full;	 /* its buffer */
	bool is_told;	 /* the journal, that it is away */
	uint64_t sent, taken;
	mono_us marked, old; /* when the last old event was sent */
};

static void feed_retry(struct feed *feed)
{
	feed->io = sd_event_source_disable_unref(feed->io);
	close_fd(&feed->fd);
	feed->fd = -1;
	feed->is_greeted = feed->is_filling = feed->is_marked = feed->is_full = false;
	(void)sd_event_source_set_enabled(feed->mark, SD_EVENT_OFF);
	(void)sd_event_source_set_time_relative(feed->retry, RETRY_US);
	(void)sd_event_source_set_enabled(feed->retry, SD_EVENT_ONESHOT);
}

/* --- out --- */

/* 0; -EAGAIN: wait until it reads; other -errno: it is gone, and io hears of that. */
static int feed_send(struct feed *feed, const struct winevt_message *message)
{
	char data[WINEVT_WIRE_SIZE];
	int r;

	winevt_wire_encode(message, data);
	if (send(feed->fd, data, sizeof(data), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
		return 0;
	r = neg_errno();
	feed->is_full = r == -EAGAIN;
	(void)sd_event_source_set_io_events(feed->io,
					    EPOLLIN | (feed->is_full ? (unsigned)EPOLLOUT : 0));
	return r;
}

static int feed_fill(struct feed *feed, bool is_on)
{
	const struct winevt_message message = { .kind = is_on ? WINEVT_BACKFILL_BEGINS
							      : WINEVT_BACKFILL_ENDS };
	int r;

	if (feed->is_filling == is_on)
		return 0;
	r = feed_send(feed, &message);
	if (r == 0)
		feed->is_filling = is_on;
	return r;
}

static int send_event(struct feed *feed, uint64_t number, const void *data)
{
	struct winevt_message message;
	int r = winevt_wire_decode(data, WINEVT_WIRE_SIZE, &message);

	if (r < 0)
		return 0; /* cannot be; the daemon would not take it either */
	message.number = number;
	if (clock_wall().v - message.time.v >= FEED_OLD_US) {
		feed->old = clock_mono();
		r = feed_fill(feed, true);
	}
	return r < 0 ? r : feed_send(feed, &message);
}

static void feed_mark(struct feed *feed)
{
	const struct winevt_message message = { .kind = WINEVT_MARK, .number = feed->sent };
	const bool is_many = feed->sent - feed->taken >= STATE_WAITING_MAX / 4;

	if (feed->is_marked || feed->sent <= feed->taken)
		return;
	if (!is_many && mono_since(clock_mono(), feed->marked) < MARK_US) {
		(void)sd_event_source_set_time_relative(feed->mark, MARK_US);
		(void)sd_event_source_set_enabled(feed->mark, SD_EVENT_ONESHOT);
		return;
	}
	if (feed_send(feed, &message) < 0)
		return;
	feed->is_marked = true;
	feed->marked = clock_mono();
}

/* An input that is never at its end must not hold up the verdict. */
static bool is_over(const struct feed *feed)
{
	return feed->events->is_idle(feed->user) ||
	       mono_since(clock_mono(), feed->old) >= FILL_REST_US;
}

void feed_pump(struct feed *feed)
{
	char data[WINEVT_WIRE_SIZE];
	uint64_t number;
	int r = 0;

	if (feed->fd < 0 || !feed->is_greeted || feed->is_full)
		return;
	while (r == 0 && feed->sent < state_saved(feed->state)) {
		r = state_waiting_next(feed->state, feed->sent, &number, data, sizeof(data));
		if (r <= 0)
			break;
		r = send_event(feed, number, data);
		if (r == 0)
			feed->sent = number;
	}
	if (r < 0)
		return;
	feed_mark(feed);
	if (feed->is_filling && feed->sent == state_last(feed->state) && is_over(feed))
		(void)feed_fill(feed, false);
}

/* --- in --- */

static void on_taken(struct feed *feed, uint64_t number)
{
	if (state_taken(feed->state, number) < 0)
		return; /* it says so again */
	feed->taken = number;
	feed->is_marked = false;
	if (!feed->is_greeted) {
		feed->is_greeted = true;
		feed->sent = number;
		log_msg(LOG_INFO, "winevt: the daemon listens; %" PRIu64 " events wait for it",
			state_waiting(feed->state));
	}
	feed->events->taken(feed->user);
}

static void take_messages(struct feed *feed)
{
	char data[WINEVT_WIRE_SIZE + 1];
	struct winevt_message message;

	for (;;) {
		const ssize_t n = recv(feed->fd, data, sizeof(data), MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			feed_retry(feed);
			return;
		}
		if (winevt_wire_decode(data, (size_t)n, &message) == 0 &&
		    message.kind == WINEVT_TAKEN)
			on_taken(feed, message.number);
	}
}

static int on_io(sd_event_source *source, int fd UNUSED, uint32_t revents, void *user)
{
	struct feed *feed = user;

	if (revents & EPOLLOUT) {
		feed->is_full = false;
		(void)sd_event_source_set_io_events(source, EPOLLIN);
	}
	if (revents & ~(uint32_t)EPOLLOUT)
		take_messages(feed);
	feed_pump(feed);
	return 0;
}

static int on_mark(sd_event_source *source UNUSED, uint64_t usec UNUSED, void *user)
{
	feed_pump(user);
	return 0;
}

/* --- connecting --- */

static int feed_connect(struct feed *feed)
{
	SCOPED(close_fd) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct winevt_message hello = { .kind = WINEVT_HELLO };
	int r;

	if (fd < 0)
		return neg_errno();
	if (connect(fd, (const struct sockaddr *)&feed->address, sizeof(feed->address)) < 0)
		return neg_errno();
	r = sd_event_add_io(feed->event, &feed->io, fd, EPOLLIN, on_io, feed);
	if (r < 0)
		return r;
	feed->fd = take_fd(&fd);
	feed->is_told = false;
	hello.source = (uint64_t)state_source(feed->state);
	return feed_send(feed, &hello);
}

static void tell_away(const struct feed *feed, int error)
{
	const bool is_away = error == -ENOENT || error == -ECONNREFUSED;

	log_msg(LOG_NOTICE, "winevt: %s: %s; events wait here until the daemon listens. Next: %s",
		feed->address.sun_path, strerror(-error),
		is_away ? FEED_AWAY_NEXT
			: "see that user bmchealthd-winevt may connect to it (namei -l)");
}

static int on_retry(sd_event_source *source UNUSED, uint64_t usec UNUSED, void *user)
{
	struct feed *feed = user;
	int r;

	if (feed->fd >= 0)
		return 0;
	r = feed_connect(feed);
	if (r == 0)
		return 0;
	if (!feed->is_told)
		tell_away(feed, r);
	feed->is_told = true;
	feed_retry(feed);
	return 0;
}

bool feed_is_connected(const struct feed *feed)
{
	return feed->is_greeted;
}

uint64_t feed_taken(const struct feed *feed)
{
	return feed->taken;
}

/* --- life --- */

static void feed_free_slot(struct feed **slot)
{
	feed_free(*slot);
}

int feed_new(sd_event *event, const char *run_dir, struct state *state,
	     const struct feed_events *events, void *user, struct feed **ret)
{
	SCOPED(feed_free_slot) struct feed *feed = calloc(1, sizeof(*feed));
	int n, r;

	if (!feed)
		return -ENOMEM;
	*feed = (struct feed){
		.event = event, .state = state, .events = events, .user = user, .fd = -1
	};
	feed->address.sun_family = AF_UNIX;
	n = snprintf(feed->address.sun_path, sizeof(feed->address.sun_path), "%s/winevt.sock",
		     run_dir);
	if (n < 0 || (size_t)n >= sizeof(feed->address.sun_path))
		return -ENAMETOOLONG;
	r = sd_event_add_time(event, &feed->retry, CLOCK_MONOTONIC, 0, 1000, on_retry, feed);
	if (r < 0)
		return r;
	r = sd_event_add_time(event, &feed->mark, CLOCK_MONOTONIC, 0, 1000, on_mark, feed);
	if (r < 0)
		return r;
	*ret = TAKE(feed);
	return 0;
}

void feed_free(struct feed *feed)
{
	if (!feed)
		return;
	(void)sd_event_source_disable_unref(feed->io);
	(void)sd_event_source_disable_unref(feed->mark);
	(void)sd_event_source_disable_unref(feed->retry);
	close_fd(&feed->fd);
	free(feed);
}
