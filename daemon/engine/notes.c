/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The socket for notes. Whoever connects and sends nothing loses its place after a while.
 */
#include "engine/notes.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>

#include "base/buf.h"
#include "engine/listener.h"

#define PATIENCE_US 5000000

struct note_client {
	struct notes *notes;
	sd_event_source *readable, *expiry;
	int fd;
	bool is_used;
};

struct notes {
	sd_event *event; /* borrowed */
	sd_event_source *accept;
	int fd;
	note_fn *cb;
	void *user;
	char path[LISTENER_PATH_MAX];
	struct note_client clients[NOTE_CLIENTS_MAX];
};

static void client_end(struct note_client *c)
{
	c->readable = sd_event_source_disable_unref(c->readable);
	c->expiry = sd_event_source_disable_unref(c->expiry);
	close_fd(&c->fd);
	c->is_used = false;
}

static int on_expiry(sd_event_source *source UNUSED, uint64_t usec UNUSED, void *user)
{
	client_end(user);
	return 0;
}

static bool is_allowed(int fd)
{
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

/* No control characters: those of two bytes move the cursor of a terminal as well. */
static bool is_text(const char *text, size_t max)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n;

	if (strnlen(text, max) == max)
		return false;
	for (; *s; s += n) {
		n = buf_utf8_length(s);
		if (n == 0 || *s < ' ' || *s == 0x7f || (*s == 0xc2 && s[1] < 0xa0))
			return false;
	}
	return true;
}

static bool is_well_formed(const struct note *note, ssize_t len)
{
	return len == (ssize_t)sizeof(*note) && note->version == NOTE_VERSION &&
	       note->kind < NOTE_KIND_MAX && note->at_us >= 0 &&
	       is_text(note->target, sizeof(note->target)) &&
	       is_text(note->text, sizeof(note->text));
}

static int on_readable(sd_event_source *source UNUSED, int fd, uint32_t revents UNUSED, void *user)
{
	struct note_client *c = user;
	struct note note;
	const ssize_t len = recv(fd, &note, sizeof(note), MSG_DONTWAIT | MSG_TRUNC);
	int32_t answer = -EINVAL;

	if (len < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (!is_allowed(fd))
		answer = -EPERM;
	else if (is_well_formed(&note, len))
		answer = c->notes->cb(c->notes->user, &note);
	(void)send(fd, &answer, sizeof(answer), MSG_NOSIGNAL | MSG_DONTWAIT);
	client_end(c);
	return 0;
}

static int client_begin(struct notes *notes, struct note_client *c, int fd)
{
	int r;

	*c = (struct note_client){ .notes = notes, .fd = fd, .is_used = true };
	r = sd_event_add_io(notes->event, &c->readable, fd, EPOLLIN, on_readable, c);
	if (r < 0)
		return r;
	return sd_event_add_time_relative(notes->event, &c->expiry, CLOCK_MONOTONIC, PATIENCE_US, 0,
					  on_expiry, c);
}

static int on_connect(sd_event_source *source UNUSED, int listener, uint32_t revents UNUSED,
		      void *user)
{
	struct notes *notes = user;
	/* cppcheck-suppress nullPointer ; accept4() takes NULL, cppcheck's posix.cfg has it wrong
	 */
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return 0;
	for (size_t i = 0; i < NOTE_CLIENTS_MAX; i++) {
		if (notes->clients[i].is_used)
			continue;
		if (client_begin(notes, &notes->clients[i], fd) < 0)
			client_end(&notes->clients[i]);
		return 0;
	}
	(void)close(fd);
	return 0;
}

static void notes_free_slot(struct notes **slot)
{
	notes_free(*slot);
}

int notes_new(sd_event *event, const char *run_dir, note_fn *cb, void *user, struct notes **ret)
{
	SCOPED(notes_free_slot) struct notes *notes = calloc(1, sizeof(*notes));
	int r;

	if (!notes)
		return -ENOMEM;
	*notes = (struct notes){ .event = event, .cb = cb, .user = user };
	notes->fd = listener_open(run_dir, "note.sock", SOCK_SEQPACKET, 0600, notes->path);
	if (notes->fd < 0)
		return notes->fd;
	r = sd_event_add_io(event, &notes->accept, notes->fd, EPOLLIN, on_connect, notes);
	if (r < 0)
		return r;
	*ret = TAKE(notes);
	return 0;
}

void notes_free(struct notes *notes)
{
	if (!notes)
		return;
	for (size_t i = 0; i < NOTE_CLIENTS_MAX; i++)
		if (notes->clients[i].is_used)
			client_end(&notes->clients[i]);
	if (notes->accept)
		(void)unlink(notes->path);
	(void)sd_event_source_disable_unref(notes->accept);
	close_fd(&notes->fd);
	free(notes);
}
