/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Standard input: text from a pipe. It has no place that could be kept, so what is sent again is
 * told by its record id only.
 */
#include <fcntl.h>
#include <sys/epoll.h>

#include "winevtd/input.h"

#define SLICE 32768

struct pipe {
	struct input *in;
	sd_event_source *io; /* NULL: a file, always readable */
	struct winevt_stream stream;
	char slice[SLICE];
};

static int on_readable(sd_event_source *source, int fd UNUSED, uint32_t revents UNUSED, void *user)
{
	struct pipe *p = user;

	(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	input_wake(p->in);
	return 0;
}

static int stdin_step(struct input *in)
{
	struct pipe *p = in->own;
	const ssize_t n = read(STDIN_FILENO, p->slice, sizeof(p->slice));
	int r;

	if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
		(void)sd_event_source_set_enabled(p->io, SD_EVENT_ON);
		return INPUT_IDLE;
	}
	if (n < 0)
		return neg_errno();
	r = n > 0 ? winevt_stream_feed(&p->stream, p->slice, (size_t)n)
		  : winevt_stream_end(&p->stream);
	in->bytes = p->stream.decoder.counts.bytes;
	input_skipped(in, p->stream.decoder.bad, 0);
	if (r < 0)
		return r;
	return n > 0 ? INPUT_MORE : INPUT_IDLE; /* the end: nothing will wake it again */
}

static void stdin_close(struct input *in)
{
	struct pipe *p = in->own;

	if (!p)
		return;
	(void)sd_event_source_disable_unref(p->io);
	winevt_stream_done(&p->stream);
	free(p);
	in->own = NULL;
}

static int stdin_open(struct input *in)
{
	const struct winevt_format *format = input_format(in);
	struct pipe *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	in->own = p;
	p->in = in;
	winevt_stream_init(&p->stream, format ? format : winevt_format_named("mixed"),
			   in->shared->wanted, input_zone(in), taker_take, &in->taker);
	r = fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
	if (r < 0)
		return neg_errno();
	r = sd_event_add_io(in->shared->event, &p->io, STDIN_FILENO, EPOLLIN, on_readable, p);
	if (r == -EPERM) { /* a regular file */
		input_wake(in);
		return 0;
	}
	return r;
}

const struct input_kind input_stdin = {
	.name = "stdin",
	.open = stdin_open,
	.step = stdin_step,
	.close = stdin_close,
};
