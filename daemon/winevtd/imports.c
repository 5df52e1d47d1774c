/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that an operator hands over.
 */
#include "winevtd/imports.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/listen.h"
#include "base/log.h"
#include "model/hosts.h"
#include "model/winevt-import.h"
#include "winevtd/tail.h"

#define IMPORTS_MAX 4
#define TELL_US	    (500 * USEC_PER_MSEC)

struct import {
	struct imports *imports;
	sd_event_source *io;
	int peer; /* -1: the place is free */
	struct input input;
	struct input_settings settings;
	struct winevt_import request;
	int file;
	uint64_t size;
	struct winevt_evtx *evtx;     /* one of both, owned */
	struct winevt_stream *stream; /* the same */
	struct winevt_counts counts;  /* of evtx */
	bool is_ready, is_read;
	uint64_t last; /* event of it, when it was read */
	mono_us told;
};

struct imports {
	const struct inputs *shared;
	struct feed *feed; /* borrowed */
	sd_event_source *accept;
	int fd;
	char path[108];
	size_t at;
	struct import places[IMPORTS_MAX];
};

/* --- one import --- */

static void import_end(struct import *m)
{
	m->io = sd_event_source_disable_unref(m->io);
	close_fd(&m->peer);
	close_fd(&m->file);
	m->peer = m->file = -1;
	m->is_ready = m->is_read = false;
	winevt_evtx_free(TAKE(m->evtx));
	if (m->stream)
		winevt_stream_done(m->stream);
	free(TAKE(m->stream));
	m->counts = (struct winevt_counts){ 0 };
}

/* Who does not read it has had enough. */
static void answer(const struct import *m, const char *text)
{
	(void)send(m->peer, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void end_with(struct import *m, const char *word, const char *why)
{
	char text[WINEVT_IMPORT_ANSWER];

	(void)snprintf(text, sizeof(text), "%s %s", word, why);
	answer(m, text);
	import_end(m);
}

static void refuse(struct import *m, const char *why)
{
	end_with(m, "error", why);
}

/* Its `count`, so that sums can be made. */
static uint64_t tell_skipped(const struct import *m, uint64_t count, const char *why)
{
	char text[WINEVT_IMPORT_ANSWER];

	if (count > 0) {
		(void)snprintf(text, sizeof(text), "skipped %" PRIu64 " %s", count, why);
		answer(m, text);
	}
	return count;
}

static uint64_t tell_all_skipped(const struct import *m)
{
	uint64_t sum = tell_skipped(m, m->counts.bad, "damaged");

	for (int i = 0; m->stream && i < WINEVT_BAD_KINDS; i++)
		sum += tell_skipped(m, m->stream->decoder.bad[i],
				    winevt_bad_text((enum winevt_bad)i));
	for (int i = 0; i < TAKER_UNFIT_KINDS; i++)
		sum += tell_skipped(m, m->input.taker.counts.unfit[i],
				    taker_unfit_text((enum taker_unfit)i));
	return sum;
}

static void tell_done(struct import *m)
{
	const struct taker_counts *c = &m->input.taker.counts;
	const uint64_t skipped = tell_all_skipped(m);
	char text[WINEVT_IMPORT_ANSWER];

	(void)snprintf(text, sizeof(text), "done %" PRIu64 " %" PRIu64 " %" PRIu64 "", c->taken,
		       c->repeated, skipped);
	answer(m, text);
	log_msg(LOG_INFO, "winevt: import: %" PRIu64 " events, %" PRIu64 " were known", c->taken,
		c->repeated);
	import_end(m);
}

static void tell_progress(struct import *m)
{
	const uint64_t bytes = m->stream ? m->stream->decoder.counts.bytes : m->counts.bytes;
	char text[WINEVT_IMPORT_ANSWER];

	if (mono_since(clock_mono(), m->told) < TELL_US)
		return;
	m->told = clock_mono();
	(void)snprintf(text, sizeof(text), "progress %" PRIu64 " %" PRIu64, bytes, m->size);
	answer(m, text);
}

/* 0; -errno: of the file, or of the state. */
static int begin(struct import *m)
{
	const struct winevt_format *format = winevt_format_named(m->request.format);
	char head[WINEVT_HEAD_MAX];
	ssize_t n = pread(m->file, head, sizeof(head), 0);

	if (n < 0)
		return neg_errno();
	format = winevt_format_choose(format, head, (size_t)n);
	if (!format)
		return -EBADMSG;
	if (format->is_evtx) {
		m->evtx = winevt_evtx_new(m->imports->shared->wanted, taker_take, &m->input.taker,
					  &m->counts);
		return m->evtx ? 0 : -ENOMEM;
	}
	m->stream = malloc(sizeof(*m->stream));
	if (!m->stream)
		return -ENOMEM;
	winevt_stream_init(m->stream, format, m->imports->shared->wanted,
			   m->settings.has_zone ? &m->settings.zone : NULL, taker_take,
			   &m->input.taker);
	return 0;
}

static int step_text(struct import *m)
{
	char slice[8192];
	const ssize_t n = read(m->file, slice, sizeof(slice));
	int r;

	if (n < 0)
		return neg_errno();
	r = n > 0 ? winevt_stream_feed(m->stream, slice, (size_t)n) : winevt_stream_end(m->stream);
	return r < 0 ? r : n > 0;
}

static void finish(struct import *m)
{
	m->is_ready = false;
	m->is_read = true;
	m->last = state_last(m->imports->shared->state);
	if (m->input.taker.counts.taken == 0 || feed_taken(m->imports->feed) >= m->last)
		tell_done(m);
}

static void step(struct import *m)
{
	char refusal[WINEVT_NAMES_MAX];
	int r = 0;

	if (!m->evtx && !m->stream)
		r = begin(m);
	if (r == 0)
		r = m->evtx ? winevt_evtx_step(m->evtx, m->file) : step_text(m);
	if (m->input.taker.error < 0)
		r = m->input.taker.error;
	if (r == -EBADMSG) {
		winevt_format_refusal(winevt_format_named(m->request.format), refusal);
		refuse(m, refusal);
		return;
	}
	if (r < 0) {
		refuse(m, strerror(-r));
		return;
	}
	tell_progress(m);
	if (r == 0)
		finish(m);
}

/* --- asking --- */

static bool is_text(const char *text, size_t room)
{
	return memchr(text, '\0', room) != NULL;
}

/* NULL: it is fine. */
static const char *flaw_of(struct import *m)
{
	const struct winevt_import *q = &m->request;
	struct stat st;

	if (memcmp(q->magic, WINEVT_IMPORT_MAGIC, sizeof(q->magic)) != 0 ||
	    !is_text(q->format, sizeof(q->format)) || !is_text(q->timezone, sizeof(q->timezone)) ||
	    !is_text(q->host, sizeof(q->host)))
		return "another version of bmchealthctl";
	if (m->file < 0 || fstat(m->file, &st) < 0 || !S_ISREG(st.st_mode))
		return "not a regular file";
	m->size = (uint64_t)st.st_size;
	if (!feed_is_connected(m->imports->feed))
		return "the daemon does not listen. Next: " FEED_AWAY_NEXT;
	return NULL;
}

/* What the options say; false: what is wrong with them was told. */
static bool take_options(struct import *m)
{
	const struct winevt_import *q = &m->request;
	char names[WINEVT_NAMES_MAX], text[WINEVT_IMPORT_ANSWER] = "";

	if (strcmp(q->format, "auto") != 0 && !winevt_format_named(q->format)) {
		winevt_format_names(names);
		(void)snprintf(text, sizeof(text), "--format is one of %s", names);
	} else if (*q->timezone && winevt_zone_make(&m->settings.zone, q->timezone) < 0) {
		(void)snprintf(text, sizeof(text),
			       "--timezone is no time zone: write Europe/Berlin, UTC or +01:00");
	} else if (*q->host && !taker_is_host(q->host)) {
		(void)snprintf(text, sizeof(text), "--host is %s",
			       taker_unfit_text(TAKER_MISNAMED));
	}
	m->settings.has_zone = *q->timezone;
	if (*text)
		end_with(m, "usage", text);
	return !*text;
}

static void take_request(struct import *m)
{
	const char *flaw = flaw_of(m);

	if (flaw) {
		refuse(m, flaw);
		return;
	}
	if (!take_options(m))
		return;
	m->settings.name = "import";
	m->input.shared = m->imports->shared;
	m->input.taker = (struct taker){
		.state = m->imports->shared->state,
		.host = *m->request.host ? m->request.host : NULL,
	};
	m->is_ready = true;
	m->told = clock_mono();
	m->imports->shared->wake(m->imports->shared->user);
}

/* The first descriptor of a message; the kernel closes what does not fit. */
static int descriptor_of(struct msghdr *header)
{
	const struct cmsghdr *control = CMSG_FIRSTHDR(header);
	int fd = -1;

	if (control && control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS &&
	    control->cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(&fd, CMSG_DATA(control), sizeof(fd));
	return fd;
}

static int on_request(sd_event_source *source UNUSED, int fd, uint32_t revents UNUSED, void *user)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct import *m = user;
	struct iovec data = { &m->request, sizeof(m->request) };
	struct msghdr header = { .msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = CMSG_LEN(sizeof(int)) }; /* one: no more */
	ssize_t n;

	if (m->is_ready || m->is_read) { /* it hung up, or asks twice */
		import_end(m);
		return 0;
	}
	n = recvmsg(fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n > 0)
		m->file = descriptor_of(&header);
	if (n == sizeof(m->request))
		take_request(m);
	else
		import_end(m);
	return 0;
}

static bool is_allowed(int fd)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
	       (peer.uid == 0 || peer.uid == geteuid());
}

static int on_connect(sd_event_source *source UNUSED, int listener, uint32_t revents UNUSED,
		      void *user)
{
	struct imports *imports = user;
	/* cppcheck-suppress nullPointer ; accept4() takes NULL, cppcheck's posix.cfg has it wrong
	 */
	SCOPED(close_fd) int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	for (size_t i = 0; fd >= 0 && is_allowed(fd) && i < IMPORTS_MAX; i++) {
		struct import *m = &imports->places[i];

		if (m->peer >= 0)
			continue;
		if (sd_event_add_io(imports->shared->event, &m->io, fd, EPOLLIN, on_request, m) < 0)
			break;
		m->peer = take_fd(&fd);
		break;
	}
	return 0;
}

/* --- turns --- */

bool imports_is_ready(const struct imports *imports)
{
	for (size_t i = 0; i < IMPORTS_MAX; i++)
		if (imports->places[i].is_ready)
			return true;
	return false;
}

int imports_step(struct imports *imports)
{
	for (size_t i = 0; i < IMPORTS_MAX; i++) {
		struct import *m = &imports->places[imports->at++ % IMPORTS_MAX];

		if (!m->is_ready)
			continue;
		step(m);
		return m->input.taker.error < 0 ? m->input.taker.error : INPUT_MORE;
	}
	return INPUT_IDLE;
}

void imports_on_taken(struct imports *imports)
{
	for (size_t i = 0; i < IMPORTS_MAX; i++) {
		struct import *m = &imports->places[i];

		if (m->is_read && feed_taken(imports->feed) >= m->last)
			tell_done(m);
	}
}

/* --- life --- */

static void imports_free_slot(struct imports **slot)
{
	imports_free(*slot);
}

static int listen_there(struct imports *imports, const char *own_dir)
{
	const int n =
		snprintf(imports->path, sizeof(imports->path), "%s/" WINEVT_IMPORT_SOCKET, own_dir);

	if (n < 0 || (size_t)n >= sizeof(imports->path))
		return -ENAMETOOLONG;
	(void)unlink(imports->path); /* of one that was killed */
	imports->fd = local_listen(imports->path, SOCK_SEQPACKET, 0600, IMPORTS_MAX);
	return imports->fd < 0 ? imports->fd : 0;
}

int imports_new(const struct inputs *shared, const char *own_dir, struct feed *feed,
		struct imports **ret)
{
	SCOPED(imports_free_slot) struct imports *imports = calloc(1, sizeof(*imports));
	int r;

	if (!imports)
		return -ENOMEM;
	imports->shared = shared;
	imports->feed = feed;
	imports->fd = -1;
	for (size_t i = 0; i < IMPORTS_MAX; i++) {
		imports->places[i].imports = imports;
		imports->places[i].peer = imports->places[i].file = -1;
	}
	r = listen_there(imports, own_dir);
	if (r == 0)
		r = sd_event_add_io(shared->event, &imports->accept, imports->fd, EPOLLIN,
				    on_connect, imports);
	if (r < 0)
		return r;
	*ret = TAKE(imports);
	return 0;
}

void imports_free(struct imports *imports)
{
	if (!imports)
		return;
	for (size_t i = 0; i < IMPORTS_MAX; i++)
		import_end(&imports->places[i]);
	(void)sd_event_source_disable_unref(imports->accept);
	if (imports->fd >= 0)
		(void)unlink(imports->path);
	close_fd(&imports->fd);
	free(imports);
}
