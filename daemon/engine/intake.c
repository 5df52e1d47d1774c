/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A helper's socket.
 */
#include "engine/intake.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "engine/listener.h"

#define REFILL_US (100 * USEC_PER_MSEC)
#define AT_ONCE	  32 /* records in one turn of the loop */

struct intake_peer {
	struct intake *intake;
	sd_event_source *readable;
	int fd; /* -1: the slot is free */
	unsigned number, bad;
};

struct intake {
	sd_event *event;		/* borrowed */
	const struct intake_kind *kind; /* borrowed */
	void *user;
	sd_event_source *accept, *refill;
	int fd;
	char path[LISTENER_PATH_MAX];
	struct intake_peer peers[INTAKE_PEERS_MAX];
	int64_t tokens; /* records that may come now; of all peers together */
	mono_us filled;
	struct intake_counters counters;
};

static void peer_end(struct intake_peer *peer)
{
	struct intake *intake = peer->intake;

	peer->readable = sd_event_source_disable_unref(peer->readable);
	close_fd(&peer->fd);
	peer->fd = -1;
	intake->counters.peers--;
	intake->kind->gone(intake->user, peer->number);
}

/* --- the rate --- */

static void peers_listen(struct intake *intake, bool is_on)
{
	for (size_t i = 0; i < INTAKE_PEERS_MAX; i++) {
		if (intake->peers[i].readable)
			(void)sd_event_source_set_enabled(intake->peers[i].readable,
							  is_on ? SD_EVENT_ON : SD_EVENT_OFF);
	}
}

static void tokens_fill(struct intake *intake)
{
	const mono_us now = clock_mono();
	const int64_t more =
		mono_since(now, intake->filled) * intake->kind->per_second / USEC_PER_SEC;

	if (more <= 0)
		return;
	intake->filled = now;
	intake->tokens = min_i64(intake->tokens + more, intake->kind->burst);
}

/* Nothing is read until there are tokens again. */
static void intake_rest(struct intake *intake)
{
	peers_listen(intake, false);
	(void)sd_event_source_set_time_relative(intake->refill, REFILL_US);
	(void)sd_event_source_set_enabled(intake->refill, SD_EVENT_ONESHOT);
}

static int on_refill(sd_event_source *source UNUSED, uint64_t usec UNUSED, void *user)
{
	struct intake *intake = user;

	tokens_fill(intake);
	peers_listen(intake, true);
	return 0;
}

/* --- records --- */

/* False: the peer has had enough chances. */
static bool take_record(struct intake_peer *peer, const char *data, size_t len)
{
	struct intake *intake = peer->intake;

	if (!intake->kind->record(intake->user, peer->number, data, len)) {
		intake->counters.bad++;
		return ++peer->bad < INTAKE_BAD_MAX;
	}
	intake->counters.taken++;
	return true;
}

static int on_record(sd_event_source *source UNUSED, int fd, uint32_t revents UNUSED, void *user)
{
	struct intake_peer *peer = user;
	struct intake *intake = peer->intake;
	char data[INTAKE_RECORD_MAX + 1]; /* one more: too long must not look right */

	tokens_fill(intake);
	for (int i = 0; i < AT_ONCE && intake->tokens > 0; i++) {
		const ssize_t n = recv(fd, data, intake->kind->size + 1, MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return 0;
		intake->tokens--;
		if (n <= 0 || !take_record(peer, data, (size_t)n)) {
			peer_end(peer);
			return 0;
		}
	}
	if (intake->tokens <= 0)
		intake_rest(intake);
	return 0;
}

/* --- peers --- */

static bool is_trusted(const struct intake *intake, int fd)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return false;
	return peer.uid == 0 || peer.uid == geteuid() ||
	       (intake->kind->is_trusted && intake->kind->is_trusted(intake->user, peer.uid));
}

static struct intake_peer *peer_free_slot(struct intake *intake)
{
	for (size_t i = 0; i < INTAKE_PEERS_MAX; i++) {
		if (intake->peers[i].fd < 0)
			return &intake->peers[i];
	}
	return NULL;
}

static int on_connect(sd_event_source *source UNUSED, int listener, uint32_t revents UNUSED,
		      void *user)
{
	struct intake *intake = user;
	/* cppcheck-suppress nullPointer ; accept4() takes NULL, cppcheck's posix.cfg has it wrong
	 */
	SCOPED(close_fd) int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct intake_peer *peer = peer_free_slot(intake);

	if (fd < 0)
		return 0; /* it gave up, or we are out of fds: never our end */
	if (!peer || !is_trusted(intake, fd) ||
	    sd_event_add_io(intake->event, &peer->readable, fd, EPOLLIN, on_record, peer) < 0) {
		intake->counters.refused++;
		return 0;
	}
	peer->fd = take_fd(&fd);
	peer->bad = 0;
	intake->counters.peers++;
	return 0;
}

void intake_send(struct intake *intake, const void *data, size_t len)
{
	for (size_t i = 0; i < INTAKE_PEERS_MAX; i++) {
		if (intake->peers[i].fd >= 0)
			(void)send(intake->peers[i].fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	}
}

void intake_answer(struct intake *intake, unsigned peer, const void *data, size_t len)
{
	(void)send(intake->peers[peer].fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

struct intake_counters intake_counters(const struct intake *intake)
{
	return intake->counters;
}

/* --- life --- */

static void intake_free_slot(struct intake **slot)
{
	intake_free(*slot);
}

int intake_new(sd_event *event, const char *run_dir, const struct intake_kind *kind, void *user,
	       struct intake **ret)
{
	SCOPED(intake_free_slot) struct intake *intake = calloc(1, sizeof(*intake));
	int r;

	if (!intake)
		return -ENOMEM;
	*intake = (struct intake){ .event = event, .kind = kind, .user = user, .fd = -1 };
	intake->tokens = kind->burst;
	intake->filled = clock_mono();
	for (size_t i = 0; i < INTAKE_PEERS_MAX; i++)
		intake->peers[i] =
			(struct intake_peer){ .intake = intake, .fd = -1, .number = (unsigned)i };
	intake->fd = listener_open(run_dir, kind->name, SOCK_SEQPACKET, kind->mode, intake->path);
	if (intake->fd < 0)
		return intake->fd;
	r = sd_event_add_io(event, &intake->accept, intake->fd, EPOLLIN, on_connect, intake);
	if (r < 0)
		return r;
	r = sd_event_add_time(event, &intake->refill, CLOCK_MONOTONIC, 0, 1000, on_refill, intake);
	if (r < 0)
		return r;
	*ret = TAKE(intake);
	return 0;
}

void intake_free(struct intake *intake)
{
	if (!intake)
		return;
	for (size_t i = 0; i < INTAKE_PEERS_MAX; i++) {
		(void)sd_event_source_disable_unref(intake->peers[i].readable);
		close_fd(&intake->peers[i].fd);
	}
	if (intake->fd >= 0)
		(void)unlink(intake->path);
	(void)sd_event_source_disable_unref(intake->accept);
	(void)sd_event_source_disable_unref(intake->refill);
	close_fd(&intake->fd);
	free(intake);
}
