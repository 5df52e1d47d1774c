/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file as it grows.
 */
#include "winevtd/tail.h"

#include <fcntl.h>

#define SLICE	    32768
#define PRINT_BYTES 1024 /* several records: one alone may end like any other */
#define PLACE_MAGIC UINT32_C(0x504c4331)

struct place { /* as kept; behind the last whole record */
	uint32_t magic, encoding;
	uint64_t offset; /* of text */
	uint64_t print;	 /* of the bytes before it, by which the file is known again */
	struct winevt_evtx_cursor evtx;
};

struct origin { /* of bytes in the stream */
	uint64_t device, inode;
	uint64_t base;	/* where in the stream that file begins */
	uint64_t print; /* of a file that is closed: of what was read whole */
};

struct tail {
	struct tail_settings settings;
	struct winevt_counts counts; /* of event logs, and of streams that are over */
	uint64_t bad[WINEVT_BAD_KINDS];
	int fd; /* -1: none */
	struct stat stat;
	bool is_known, is_evtx, has_stream;
	struct winevt_evtx *evtx;
	struct winevt_evtx_cursor cursor;
	struct winevt_stream *stream;
	struct origin here, before; /* before: the file whose last record is not whole yet */
	uint64_t fed;		    /* bytes of the stream so far */
	uint64_t end_print;	    /* of what is before the end, when that was reached */
	bool is_at_end;
	unsigned char slice[SLICE];
};

/* --- what is before a place --- */

static uint64_t print_at(int fd, uint64_t offset)
{
	const size_t len = offset < PRINT_BYTES ? (size_t)offset : PRINT_BYTES;
	unsigned char bytes[PRINT_BYTES];
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	ssize_t n = pread(fd, bytes, len, (off_t)(offset - len));

	for (ssize_t i = 0; i < n; i++) /* FNV-1a */
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash ^ (uint64_t)n;
}

static uint64_t read_to(const struct tail *t)
{
	return t->fed - t->here.base;
}

/* --- text --- */

static void stream_over(struct tail *t)
{
	const struct winevt_counts *c;

	if (!t->has_stream)
		return;
	c = &t->stream->decoder.counts;
	t->counts.events += c->events;
	t->counts.wanted += c->wanted;
	t->counts.bad += c->bad;
	t->counts.bytes += c->bytes;
	for (size_t i = 0; i < WINEVT_BAD_KINDS; i++)
		t->bad[i] += t->stream->decoder.bad[i];
	winevt_stream_done(t->stream);
	t->has_stream = false;
}

static int stream_begin(struct tail *t, const struct winevt_format *format, uint32_t encoding,
			uint64_t offset)
{
	stream_over(t);
	if (!t->stream)
		t->stream = malloc(sizeof(*t->stream));
	if (!t->stream)
		return -ENOMEM;
	winevt_stream_init(t->stream, format, t->settings.wanted, t->settings.zone,
			   t->settings.each, t->settings.user);
	t->has_stream = true;
	if (offset > 0)
		frame_resume(&t->stream->frame, (enum frame_encoding)encoding, offset);
	t->here.base = 0;
	t->fed = offset;
	t->before = (struct origin){ .inode = 0 };
	return 0;
}

static uint64_t passed(const struct tail *t)
{
	return t->stream->frame.offset;
}

/* --- formats --- */

static const struct winevt_format *default_text(const struct tail *t)
{
	return t->settings.format && !t->settings.format->is_evtx ? t->settings.format
								  : winevt_format_named("mixed");
}

/* By its first bytes. TAIL_MORE: it is known; TAIL_END: there is nothing; TAIL_WAIT; -errno. */
static int look(struct tail *t)
{
	static const char magic[8] = "ElfFile";
	const struct winevt_format *format;
	ssize_t n = pread(t->fd, t->slice, WINEVT_HEAD_MAX, 0);

	if (n < 0)
		return neg_errno();
	if (n == 0)
		return TAIL_END;
	if (n < (ssize_t)sizeof(magic) && memcmp(t->slice, magic, (size_t)n) == 0)
		return TAIL_WAIT;
	format = winevt_format_choose(t->settings.format, t->slice, (size_t)n);
	if (!format)
		return -EBADMSG;
	t->is_known = true;
	t->is_evtx = format->is_evtx;
	if (!t->is_evtx)
		return stream_begin(t, format, FRAME_UNKNOWN, 0) < 0 ? -ENOMEM : TAIL_MORE;
	winevt_evtx_free(t->evtx);
	t->evtx =
		winevt_evtx_new(t->settings.wanted, t->settings.each, t->settings.user, &t->counts);
	return t->evtx ? TAIL_MORE : -ENOMEM;
}

/* --- opening --- */

static int open_regular(int folder, const char *name, struct stat *ret)
{
	SCOPED(close_fd)
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	if (fd < 0)
		return neg_errno();
	if (fstat(fd, ret) < 0)
		return neg_errno();
	if (!S_ISREG(ret->st_mode))
		return S_ISDIR(ret->st_mode) ? -EISDIR : -ENOTSUP;
	return take_fd(&fd);
}

static void forget(struct tail *t)
{
	t->is_known = t->is_evtx = t->is_at_end = false;
	t->cursor = (struct winevt_evtx_cursor){ 0 };
	t->fed = 0;
	t->here = (struct origin){ .device = t->stat.st_dev, .inode = t->stat.st_ino };
	t->before = (struct origin){ .inode = 0 };
}

/* What is kept may be of another file by now. */
static int resume(struct tail *t, const struct state_place *place)
{
	struct place p;
	const bool is_same = place->device == t->stat.st_dev && place->inode == t->stat.st_ino;

	if (place->len != sizeof(p))
		return 0;
	memcpy(&p, place->bytes, sizeof(p));
	if (p.magic != PLACE_MAGIC)
		return 0;
	t->cursor = p.evtx;
	if (!is_same || p.offset == 0 || (uint64_t)t->stat.st_size < p.offset ||
	    p.encoding > FRAME_UTF16_BE || print_at(t->fd, p.offset) != p.print)
		return 0;
	t->is_known = true;
	return stream_begin(t, default_text(t), p.encoding, p.offset);
}

int tail_open(struct tail *t, int folder, const char *name, const struct state_place *place)
{
	struct stat st;
	int fd = open_regular(folder, name, &st);

	if (fd < 0)
		return fd;
	tail_close(t);
	t->fd = fd;
	t->stat = st;
	forget(t);
	return place ? resume(t, place) : 0;
}

static bool begins(const char *text, size_t len, const char *with)
{
	return len >= strlen(with) && memcmp(text, with, strlen(with)) == 0;
}

static bool is_head(const char *text, size_t len)
{
	return begins(text, len, "{") || begins(text, len, "<Event") ||
	       begins(text, len, "<?xml") || begins(text, len, "\xef\xbb\xbf") ||
	       begins(text, len, "\xff\xfe") || begins(text, len, "\xfe\xff");
}

/* The end of what was read is the beginning of a record, and what comes next is none: the record
 * was cut by the rotation. Of lines that may begin with anything nobody can tell. */
static bool is_cut(const struct tail *t, int fd)
{
	const struct frame *f = &t->stream->frame;
	char head[8];
	ssize_t n;

	if (!t->has_stream || passed(t) >= t->fed || f->encoding != FRAME_UTF8 ||
	    !is_head(f->text + f->at, f->len - f->at))
		return false;
	n = pread(fd, head, sizeof(head), 0);
	return n > 0 && !is_head(head, (size_t)n);
}

/* The stream goes on with the beginning of the file at t->fd. */
static void join(struct tail *t)
{
	if (t->before.inode == 0)
		t->before = t->here;
	t->here = (struct origin){ t->stat.st_dev, t->stat.st_ino, t->fed, 0 };
	t->is_at_end = false;
}

/* The last line of a file that is over needs no newline. */
static int finish(struct tail *t)
{
	int r = t->has_stream ? winevt_stream_end(t->stream) : 0;

	if (t->has_stream)
		stream_over(t);
	return r;
}

int tail_open_next(struct tail *t, int folder, const char *name)
{
	struct stat st;
	int fd = open_regular(folder, name, &st), r = 0;

	if (fd < 0)
		return fd;
	if (t->has_stream && t->before.inode == 0)
		t->here.print = print_at(t->fd, passed(t) - t->here.base);
	close_fd(&t->fd);
	t->fd = fd;
	t->stat = st;
	if (t->is_known && !t->is_evtx && is_cut(t, fd)) {
		join(t);
		return 0;
	}
	if (!t->is_evtx)
		r = finish(t);
	if (t->is_evtx) { /* the cursor holds no name: it goes on in whatever has its record */
		t->is_known = false;
		t->here = (struct origin){ .device = st.st_dev, .inode = st.st_ino };
		return 0;
	}
	forget(t);
	return r;
}

void tail_close(struct tail *t)
{
	if (t->has_stream)
		stream_over(t);
	close_fd(&t->fd);
	t->fd = -1;
	t->is_known = false;
}

bool tail_is_open(const struct tail *t)
{
	return t->fd >= 0;
}

/* --- reading --- */

static bool was_truncated(struct tail *t)
{
	if ((uint64_t)t->stat.st_size < read_to(t))
		return true;
	return t->is_at_end && print_at(t->fd, read_to(t)) != t->end_print;
}

static int begin_again(struct tail *t)
{
	int r;

	if (is_cut(t, t->fd)) {
		join(t);
		return TAIL_MORE;
	}
	r = finish(t);
	forget(t);
	return r < 0 ? r : TAIL_MORE;
}

static int step_text(struct tail *t)
{
	ssize_t n;
	int r;

	if (was_truncated(t))
		return begin_again(t);
	n = pread(t->fd, t->slice, sizeof(t->slice), (off_t)read_to(t));
	if (n < 0)
		return neg_errno();
	if (n == 0) {
		if (!t->is_at_end)
			t->end_print = print_at(t->fd, read_to(t));
		t->is_at_end = true;
		return TAIL_END;
	}
	t->is_at_end = false;
	r = winevt_stream_feed(t->stream, t->slice, (size_t)n);
	t->fed += (uint64_t)n;
	if (r < 0)
		return r;
	if (t->before.inode != 0 && passed(t) >= t->here.base)
		t->before = (struct origin){ .inode = 0 };
	return TAIL_MORE;
}

int tail_step(struct tail *t, bool is_final)
{
	int r = TAIL_MORE;

	if (fstat(t->fd, &t->stat) < 0)
		return neg_errno();
	if (!t->is_known) {
		r = look(t);
		if (r != TAIL_MORE)
			return r == TAIL_WAIT && is_final ? TAIL_END : r;
	}
	if (!t->is_evtx)
		return step_text(t);
	_Static_assert(TAIL_END == (int)WINEVT_EVTX_END && TAIL_MORE == (int)WINEVT_EVTX_MORE &&
			       TAIL_WAIT == (int)WINEVT_EVTX_WAIT,
		       "the same states");
	return winevt_evtx_follow(t->evtx, t->fd, &t->cursor, is_final);
}

/* --- telling --- */

void tail_place(struct tail *t, struct state_place *ret)
{
	const struct origin *origin = t->before.inode != 0 ? &t->before : &t->here;
	struct place p = { .magic = PLACE_MAGIC, .evtx = t->cursor };

	if (t->has_stream) {
		p.encoding = t->stream->frame.encoding;
		p.offset = passed(t) - origin->base;
	}
	p.print = origin == &t->here ? print_at(t->fd, p.offset) : origin->print;
	*ret = (struct state_place){ .device = origin->device,
				     .inode = origin->inode,
				     .len = sizeof(p) };
	memcpy(ret->bytes, &p, sizeof(p));
}

const struct stat *tail_stat(const struct tail *t)
{
	return &t->stat;
}

struct winevt_counts tail_counts(const struct tail *t)
{
	struct winevt_counts c = t->counts;

	if (t->has_stream) {
		c.events += t->stream->decoder.counts.events;
		c.wanted += t->stream->decoder.counts.wanted;
		c.bad += t->stream->decoder.counts.bad;
		c.bytes += t->stream->decoder.counts.bytes;
	}
	return c;
}

void tail_bad(const struct tail *t, uint64_t ret[WINEVT_BAD_KINDS])
{
	for (size_t i = 0; i < WINEVT_BAD_KINDS; i++)
		ret[i] = t->bad[i] + (t->has_stream ? t->stream->decoder.bad[i] : 0);
}

/* --- life --- */

int tail_new(const struct tail_settings *settings, struct tail **ret)
{
	struct tail *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->settings = *settings;
	t->fd = -1;
	*ret = t;
	return 0;
}

void tail_free(struct tail *t)
{
	if (!t)
		return;
	tail_close(t);
	winevt_evtx_free(t->evtx);
	free(t->stream);
	free(t);
}
