/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Unix stream socket that programs write to: text, each sender a stream of its own. A sender
 * that stalls costs its place and no more; one that is faster than the daemon waits.
 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* gcc 12 loses a place's */
#endif

#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/listen.h"
#include "base/log.h"
#include "winevtd/input.h"

#define SENDERS_MAX 16 /* the option's text says so */
#define SLICE	    32768
#define STALLED_US  (60 * USEC_PER_SEC) /* silent for so long: another may have its place */
#define TELL_US	    USEC_PER_HOUR

struct sender {
	struct server *server;
	sd_event_source *io;
	int fd; /* -1: the place is free */
	bool is_ready;
	mono_us heard;
	struct winevt_stream *stream; /* owned */
};

struct server {
	struct input *in;
	sd_event_source *accept;
	int fd;
	size_t at;	   /* the next to hear */
	mono_us told_full; /* 0: not yet */
	struct sender senders[SENDERS_MAX];
	uint64_t bad[WINEVT_BAD_KINDS]; /* of senders that are gone */
	char slice[SLICE];
};

/* --- senders --- */

static void sender_end(struct sender *s)
{
	s->io = sd_event_source_disable_unref(s->io);
	close_fd(&s->fd);
	s->fd = -1;
	s->is_ready = false;
	if (!s->stream)
		return;
	if (winevt_stream_end(s->stream) < 0)
		s->server->bad[WINEVT_BAD_TORN]++;
	for (size_t i = 0; i < WINEVT_BAD_KINDS; i++)
		s->server->bad[i] += s->stream->decoder.bad[i];
	winevt_stream_done(s->stream);
	free(s->stream);
	s->stream = NULL;
}

static int on_readable(sd_event_source *source, int fd UNUSED, uint32_t revents UNUSED, void *user)
{
	struct sender *s = user;

	/* it is read when it is the input's turn */
	(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	s->is_ready = true;
	input_wake(s->server->in);
	return 0;
}

/* A free place, or that of the one that is silent for longest. */
static struct sender *place_for(struct server *server)
{
	struct sender *oldest = &server->senders[0];

	for (size_t i = 0; i < SENDERS_MAX; i++) {
		struct sender *s = &server->senders[i];

		if (s->fd < 0)
			return s;
		if (s->heard.v < oldest->heard.v)
			oldest = s;
	}
	if (mono_since(clock_mono(), oldest->heard) < STALLED_US)
		return NULL;
	sender_end(oldest);
	return oldest;
}

static int sender_begin(struct server *server, struct sender *s, int *fd)
{
	const struct winevt_format *format = input_format(server->in);
	struct winevt_stream *stream = malloc(sizeof(*stream));
	int r;

	if (!stream)
		return -ENOMEM;
	s->stream = stream;
	winevt_stream_init(s->stream, format ? format : winevt_format_named("mixed"),
			   server->in->shared->wanted, input_zone(server->in), taker_take,
			   &server->in->taker);
	r = sd_event_add_io(server->in->shared->event, &s->io, *fd, EPOLLIN, on_readable, s);
	if (r < 0) {
		sender_end(s);
		return r;
	}
	s->fd = take_fd(fd);
	s->heard = clock_mono();
	return 0;
}

static void tell_full(struct server *server)
{
	const mono_us now = clock_mono();

	if (server->told_full.v != 0 && mono_since(now, server->told_full) < TELL_US)
		return;
	server->told_full = now;
	log_msg(LOG_WARNING,
		"winevt: input %s: %d senders are connected to %s: more are refused until one of "
		"them ends, or is silent for a minute. Next: see who they are (ss -xp)",
		server->in->settings->name, SENDERS_MAX, server->in->settings->path);
}

static int on_connect(sd_event_source *source UNUSED, int listener, uint32_t revents UNUSED,
		      void *user)
{
	struct server *server = user;
	/* cppcheck-suppress nullPointer ; accept4() takes NULL, cppcheck's posix.cfg has it wrong
	 */
	SCOPED(close_fd) int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct sender *s = fd < 0 ? NULL : place_for(server);

	if (s)
		(void)sender_begin(server, s, &fd);
	else if (fd >= 0) /* it is closed unheard, and tries again */
		tell_full(server);
	return 0;
}

/* --- turns --- */

static void hear(struct server *server, struct sender *s)
{
	const ssize_t n = recv(s->fd, server->slice, sizeof(server->slice), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		s->is_ready = false;
		(void)sd_event_source_set_enabled(s->io, SD_EVENT_ON);
		return;
	}
	if (n <= 0) {
		sender_end(s);
		return;
	}
	s->heard = clock_mono();
	server->in->bytes += (uint64_t)n;
	if (winevt_stream_feed(s->stream, server->slice, (size_t)n) < 0)
		sender_end(s); /* no memory for it; the others go on */
}

static void note_skipped(struct server *server)
{
	uint64_t bad[WINEVT_BAD_KINDS];

	memcpy(bad, server->bad, sizeof(bad));
	for (size_t i = 0; i < SENDERS_MAX; i++)
		for (size_t k = 0; server->senders[i].stream && k < WINEVT_BAD_KINDS; k++)
			bad[k] += server->senders[i].stream->decoder.bad[k];
	input_skipped(server->in, bad, 0);
}

static int socket_step(struct input *in)
{
	struct server *server = in->own;

	for (size_t i = 0; i < SENDERS_MAX; i++) {
		struct sender *s = &server->senders[server->at++ % SENDERS_MAX];

		if (!s->is_ready)
			continue;
		hear(server, s);
		note_skipped(server);
		return INPUT_MORE;
	}
	return INPUT_IDLE;
}

/* --- life --- */

static void socket_close(struct input *in)
{
	struct server *server = in->own;

	if (!server)
		return;
	for (size_t i = 0; i < SENDERS_MAX; i++)
		sender_end(&server->senders[i]);
	(void)sd_event_source_disable_unref(server->accept);
	if (server->fd >= 0)
		(void)unlink(in->settings->path);
	close_fd(&server->fd);
	free(server);
	in->own = NULL;
}

/* A socket where nobody listens any more: of a reader that was killed. */
static bool is_left_over(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	SCOPED(close_fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat st;

	if (fd < 0 || lstat(path, &st) < 0 || !S_ISSOCK(st.st_mode) ||
	    strlen(path) >= sizeof(address.sun_path))
		return false;
	memcpy(address.sun_path, path, strlen(path) + 1);
	return connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 &&
	       errno == ECONNREFUSED;
}

/* Whoever may connect is the group's matter: that of the file, 0660. -EADDRINUSE: it is in use,
 * or is something else. */
static int listen_at(const char *path)
{
	if (is_left_over(path))
		(void)unlink(path);
	return local_listen(path, SOCK_STREAM, 0660, SENDERS_MAX);
}

static int socket_open(struct input *in)
{
	struct server *server = calloc(1, sizeof(*server));

	if (!server)
		return -ENOMEM;
	in->own = server;
	server->in = in;
	for (size_t i = 0; i < SENDERS_MAX; i++)
		server->senders[i] = (struct sender){ .server = server, .fd = -1 };
	server->fd = listen_at(in->settings->path);
	if (server->fd < 0)
		return server->fd;
	return sd_event_add_io(in->shared->event, &server->accept, server->fd, EPOLLIN, on_connect,
			       server);
}

const struct input_kind input_socket = {
	.name = "socket",
	.open = socket_open,
	.step = socket_step,
	.close = socket_close,
};
