/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection to the daemon.
 */
#include "openers/feed.h"

#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/log.h"

#define RETRY_US (2 * USEC_PER_SEC)

struct feed {
	sd_event *event;		  /* borrowed */
	const struct feed_events *events; /* borrowed */
	void *user;
	sd_event_source *retry, *readable;
	struct sockaddr_un address;
	int fd;	      /* -1: not connected */
	bool is_told; /* that nobody is there */
};

static void feed_retry(struct feed *feed)
{
	feed->readable = sd_event_source_disable_unref(feed->readable);
	close_fd(&feed->fd);
	feed->fd = -1;
	(void)sd_event_source_set_time_relative(feed->retry, RETRY_US);
	(void)sd_event_source_set_enabled(feed->retry, SD_EVENT_ONESHOT);
}

static int on_readable(sd_event_source *source UNUSED, int fd, uint32_t revents UNUSED, void *user)
{
	struct feed *feed = user;
	char data[OPENER_WIRE_SIZE + 1];
	struct opener_message message;
	const ssize_t n = recv(fd, data, sizeof(data), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0) {
		feed_retry(feed);
		return 0;
	}
	if (opener_wire_decode(data, (size_t)n, clock_mono(), &message) == 0 &&
	    message.kind == OPENER_LOOK)
		feed->events->asked(feed->user);
	return 0;
}

/* Only root or our own user may be the daemon: what we know of others' processes is no news for
 * everybody. */
static int check_peer(int fd, pid_t *ret_pid)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return neg_errno();
	if (peer.uid != 0 && peer.uid != geteuid())
		return -EPERM;
	*ret_pid = peer.pid;
	return 0;
}

static int feed_connect(struct feed *feed)
{
	SCOPED(close_fd) int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	pid_t daemon = 0;
	int r;

	if (fd < 0)
		return neg_errno();
	if (connect(fd, (const struct sockaddr *)&feed->address, sizeof(feed->address)) < 0)
		return neg_errno();
	r = check_peer(fd, &daemon);
	if (r < 0)
		return r;
	r = sd_event_add_io(feed->event, &feed->readable, fd, EPOLLIN, on_readable, feed);
	if (r < 0)
		return r;
	feed->fd = take_fd(&fd);
	feed->events->connected(feed->user, daemon);
	return 0;
}

static int on_retry(sd_event_source *source UNUSED, uint64_t usec UNUSED, void *user)
{
	struct feed *feed = user;
	int r;

	if (feed->fd >= 0)
		return 0;
	r = feed_connect(feed);
	if (r < 0 && !feed->is_told) {
		log_msg(LOG_INFO, "openers: %s: %s; waits for bmchealthd", feed->address.sun_path,
			strerror(-r));
	}
	feed->is_told = r < 0;
	if (r < 0)
		feed_retry(feed);
	return 0;
}

int feed_send(struct feed *feed, const struct opener_message *message)
{
	char data[OPENER_WIRE_SIZE];

	if (feed->fd < 0)
		return -ENOTCONN;
	opener_wire_encode(message, data);
	if (send(feed->fd, data, sizeof(data), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0)
		return 0;
	return neg_errno(); /* if the daemon has gone, on_readable() hears of it */
}

static void feed_free_slot(struct feed **slot)
{
	feed_free(*slot);
}

int feed_new(sd_event *event, const char *run_dir, const struct feed_events *events, void *user,
	     struct feed **ret)
{
	SCOPED(feed_free_slot) struct feed *feed = calloc(1, sizeof(*feed));
	int n, r;

	if (!feed)
		return -ENOMEM;
	*feed = (struct feed){ .event = event, .events = events, .user = user, .fd = -1 };
	feed->address.sun_family = AF_UNIX;
	n = snprintf(feed->address.sun_path, sizeof(feed->address.sun_path), "%s/openers.sock",
		     run_dir);
	if (n < 0 || (size_t)n >= sizeof(feed->address.sun_path))
		return -ENAMETOOLONG;
	r = sd_event_add_time(event, &feed->retry, CLOCK_MONOTONIC, 0, 1000, on_retry, feed);
	if (r < 0)
		return r;
	*ret = TAKE(feed);
	return 0;
}

void feed_free(struct feed *feed)
{
	if (!feed)
		return;
	(void)sd_event_source_disable_unref(feed->readable);
	(void)sd_event_source_disable_unref(feed->retry);
	close_fd(&feed->fd);
	free(feed);
}
