/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The status socket.
 */
#include "engine/status.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "base/clock.h"
#include "engine/listener.h"

#define DOCUMENT_AGE_US	   (100 * USEC_PER_MSEC)
#define CLIENT_PATIENCE_US 5000000 /* a client that does not read loses its place */

struct status_client {
	struct status *status;
	sd_event_source *writable, *expiry;
	int fd;
	char *text; /* owned; NULL: the slot is free */
	size_t len, sent;
};

struct status {
	sd_event *event; /* borrowed */
	sd_event_source *accept;
	int fd;
	size_t limit; /* of clients */
	status_render_fn *render;
	void *user;
	struct status_document {
		char *text; /* owned; the last one */
		mono_us rendered;
	} documents[2]; /* for everybody, in full */
	char path[LISTENER_PATH_MAX];
	struct status_client clients[STATUS_CLIENTS_MAX];
};

static void client_end(struct status_client *c)
{
	c->writable = sd_event_source_disable_unref(c->writable);
	c->expiry = sd_event_source_disable_unref(c->expiry);
	close_fd(&c->fd);
	free(c->text);
	c->text = NULL;
}

static int on_writable(sd_event_source *source UNUSED, int fd, uint32_t revents, void *user)
{
	struct status_client *c = user;
	ssize_t n;

	n = send(fd, c->text + c->sent, c->len - c->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n > 0)
		c->sent += (size_t)n;
	if (c->sent == c->len || (n < 0 && errno != EAGAIN && errno != EINTR) ||
	    (revents & (EPOLLHUP | EPOLLERR)) != 0)
		client_end(c);
	return 0;
}

static int on_expiry(sd_event_source *source UNUSED, uint64_t usec UNUSED, void *user)
{
	client_end(user);
	return 0;
}

/* A document serves all who come within a tenth of a second: asking is free for every user, so it
 * must be cheap for us. */
static char *status_document(struct status *status, bool is_full)
{
	struct status_document *document = &status->documents[is_full];
	const mono_us now = clock_mono();

	if (!document->text || mono_since(now, document->rendered) >= DOCUMENT_AGE_US) {
		free(document->text);
		document->text = status->render(status->user, is_full);
		document->rendered = now;
	}
	return document->text ? strdup(document->text) : NULL;
}

/* May the peer see others' processes anyway? */
static bool is_privileged(int fd)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

static int client_begin(struct status *status, struct status_client *c, int fd)
{
	int r;

	*c = (struct status_client){ .status = status, .fd = fd };
	c->text = status_document(status, is_privileged(fd));
	if (!c->text)
		return -ENOMEM;
	c->len = strlen(c->text);
	r = sd_event_add_io(status->event, &c->writable, fd, EPOLLOUT, on_writable, c);
	if (r < 0)
		return r;
	return sd_event_add_time_relative(status->event, &c->expiry, CLOCK_MONOTONIC,
					  CLIENT_PATIENCE_US, 0, on_expiry, c);
}

static int on_connect(sd_event_source *source UNUSED, int listener, uint32_t revents UNUSED,
		      void *user)
{
	struct status *status = user;
	/* cppcheck-suppress nullPointer ; accept4() takes NULL, cppcheck's posix.cfg has it wrong
	 */
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return 0; /* it gave up, or we are out of fds: never our end */
	for (size_t i = 0; i < status->limit; i++) {
		if (status->clients[i].text)
			continue;
		if (client_begin(status, &status->clients[i], fd) < 0)
			client_end(&status->clients[i]);
		return 0;
	}
	(void)close(fd);
	return 0;
}

static void status_free_slot(struct status **slot)
{
	status_free(*slot);
}

int status_new(sd_event *event, const char *run_dir, const char *name, status_render_fn *render,
	       void *user, struct status **ret)
{
	SCOPED(status_free_slot) struct status *status = calloc(1, sizeof(*status));
	int r;

	if (!status)
		return -ENOMEM;
	*status = (struct status){ .event = event,
				   .fd = -1,
				   .limit = STATUS_CLIENTS_MAX,
				   .render = render,
				   .user = user };
	status->fd = listener_open(run_dir, name, SOCK_STREAM, 0666, status->path);
	if (status->fd < 0)
		return status->fd;
	r = sd_event_add_io(event, &status->accept, status->fd, EPOLLIN, on_connect, status);
	if (r < 0)
		return r;
	*ret = TAKE(status);
	return 0;
}

void status_limit(struct status *status, size_t clients)
{
	status->limit = (size_t)min_i64((int64_t)clients, STATUS_CLIENTS_MAX);
}

void status_free(struct status *status)
{
	if (!status)
		return;
	for (size_t i = 0; i < STATUS_CLIENTS_MAX; i++) {
		if (status->clients[i].text)
			client_end(&status->clients[i]);
	}
	if (status->fd >= 0)
		(void)unlink(status->path); /* only if it was ours */
	(void)sd_event_source_disable_unref(status->accept);
	close_fd(&status->fd);
	for (size_t i = 0; i < COUNT_OF(status->documents); i++)
		free(status->documents[i].text);
	free(status);
}
