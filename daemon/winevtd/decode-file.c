/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is in a file, for people and scripts.
 */
#include "winevtd/decode-file.h"

#include <inttypes.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "winevt/evtx.h"
#include "winevt/format.h"

#define SLICE	    65536
#define LINE_MAX    4096
#define PROGRESS_US (500 * USEC_PER_MSEC)
#define QUIET_US    USEC_PER_SEC /* what takes less shows no progress */

struct decoding {
	const struct decode_settings *settings;
	int fd;
	FILE *to;
	uint64_t size; /* 0: a pipe */
	mono_us begin, shown;
	bool has_shown;
	int output_error; /* 0, or of `to` */
	struct winevt_counts counts;
	uint64_t bad[WINEVT_BAD_KINDS];
};

static const struct winevt_pair pairs[] = {
	{ .provider = "IPMIDRV", .first = 0, .last = UINT32_MAX },
};
static const struct winevt_wanted wanted = { pairs, COUNT_OF(pairs) };

static void print_name(const struct decoding *d)
{
	for (const char *at = d->settings->name; *at; at++) /* a name may hold anything */
		(void)fputc((unsigned char)*at < 0x20 || *at == 0x7f ? '?' : *at, stderr);
}

static int print_record(void *user, const struct winevt_record *record)
{
	struct buf line = buf_make(LINE_MAX);
	struct decoding *d = user;
	int r;

	winevt_record_json(&line, record);
	r = line.error;
	if (r == 0 && fprintf(d->to, "%s\n", line.text) < 0)
		r = d->output_error = neg_errno();
	buf_done(&line);
	return r;
}

/* --- progress --- */

static void show_progress(struct decoding *d, uint64_t bytes)
{
	const mono_us now = clock_mono();

	if (!d->settings->shows_progress || mono_since(now, d->begin) < QUIET_US ||
	    mono_since(now, d->shown) < PROGRESS_US)
		return;
	d->shown = now;
	d->has_shown = true;
	(void)fprintf(stderr, "\r");
	print_name(d);
	(void)fprintf(stderr, ": %" PRIu64 " MiB", bytes >> 20);
	if (d->size > 0)
		(void)fprintf(stderr, " of %" PRIu64 ", %" PRIu64 " %%", d->size >> 20,
			      bytes * 100 / d->size);
}

static void hide_progress(const struct decoding *d)
{
	if (d->has_shown)
		(void)fprintf(stderr, "\r\033[K");
}

/* --- reading --- */

/* Up to `size` bytes, fewer only at the end. */
static ssize_t read_full(int fd, unsigned char *bytes, size_t size)
{
	size_t have = 0;

	while (have < size) {
		const ssize_t n = read(fd, bytes + have, size - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return neg_errno();
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

/* `head`: what was read of it already. */
static int read_log(struct decoding *d, const unsigned char *head, size_t len)
{
	struct winevt_evtx *evtx = winevt_evtx_new(&wanted, print_record, d, &d->counts);
	int r;

	if (!evtx)
		return -ENOMEM;
	winevt_evtx_begin(evtx, head, len);
	do {
		r = winevt_evtx_step(evtx, d->fd);
		show_progress(d, d->counts.bytes);
	} while (r == WINEVT_EVTX_MORE);
	winevt_evtx_free(evtx);
	return r;
}

static int feed_all(struct decoding *d, struct winevt_stream *s, unsigned char *bytes, ssize_t n)
{
	int r = 0;

	while (n > 0 && r == 0) {
		r = winevt_stream_feed(s, bytes, (size_t)n);
		show_progress(d, s->decoder.counts.bytes);
		if (r == 0)
			n = read_full(d->fd, bytes, SLICE);
	}
	if (r == 0 && n < 0)
		r = (int)n;
	return r < 0 ? r : winevt_stream_end(s);
}

static int read_text(struct decoding *d, const struct winevt_format *format,
		     struct winevt_zone *zone, unsigned char *bytes, ssize_t n)
{
	SCOPED(free_ptr) struct winevt_stream *s = malloc(sizeof(*s));
	int r;

	if (!s)
		return -ENOMEM;
	winevt_stream_init(s, format, &wanted, zone, print_record, d);
	r = feed_all(d, s, bytes, n);
	d->counts = s->decoder.counts;
	memcpy(d->bad, s->decoder.bad, sizeof(d->bad));
	winevt_stream_done(s);
	return r;
}

static int read_any(struct decoding *d, struct winevt_zone *zone)
{
	const struct winevt_format *format;
	SCOPED(free_ptr) unsigned char *bytes = malloc(SLICE);
	ssize_t n;

	if (!bytes)
		return -ENOMEM;
	n = read_full(d->fd, bytes, SLICE);
	if (n < 0)
		return (int)n;
	format = winevt_format_choose(winevt_format_named(d->settings->format), bytes, (size_t)n);
	if (!format)
		return -EBADMSG;
	return format->is_evtx ? read_log(d, bytes, (size_t)n)
			       : read_text(d, format, zone, bytes, n);
}

/* --- what came of it --- */

static int explain(const struct decoding *d, int error)
{
	char refusal[WINEVT_NAMES_MAX];

	if (d->output_error < 0) {
		(void)fprintf(stderr, "standard output: %s\n", strerror(-error));
		return DECODE_NO_OUTPUT;
	}
	print_name(d);
	winevt_format_refusal(winevt_format_named(d->settings->format), refusal);
	(void)fprintf(stderr, ": %s\n", error == -EBADMSG ? refusal : strerror(-error));
	return error == -EBADMSG ? DECODE_SKIPPED : DECODE_FAILED;
}

static void print_skipped(const struct decoding *d)
{
	uint64_t of_text = 0;

	for (int i = 0; i < WINEVT_BAD_KINDS; i++) {
		of_text += d->bad[i];
		if (d->bad[i] == 0)
			continue;
		print_name(d);
		(void)fprintf(stderr, ": %" PRIu64 " skipped: %s\n", d->bad[i],
			      winevt_bad_text((enum winevt_bad)i));
	}
	if (d->counts.bad <= of_text)
		return;
	print_name(d);
	(void)fprintf(stderr, ": %" PRIu64 " skipped: damaged\n", d->counts.bad - of_text);
}

/* Nothing to print may be good news, or the wrong file. */
static void print_none(const struct decoding *d)
{
	if (d->counts.wanted > 0 || d->counts.bad > 0)
		return;
	print_name(d);
	(void)fprintf(stderr, ": no event of IPMIDRV in it\n");
}

int decode_file(int fd, const struct decode_settings *settings, FILE *to)
{
	struct decoding d = { .settings = settings, .fd = fd, .to = to, .begin = clock_mono() };
	struct winevt_zone zone;
	struct stat st;
	int r = settings->zone ? winevt_zone_make(&zone, settings->zone) : 0;

	if (r < 0) {
		(void)fprintf(stderr, "--timezone \"%s\" is no time zone: %s\n", settings->zone,
			      r == -ENOENT ? "not in the database, or that is not installed"
					   : "write Europe/Berlin, UTC or +01:00");
		return DECODE_USAGE;
	}
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		d.size = (uint64_t)st.st_size;
	r = read_any(&d, settings->zone ? &zone : NULL);
	hide_progress(&d);
	if (fflush(to) != 0 && r >= 0)
		r = d.output_error = neg_errno();
	if (r < 0)
		return explain(&d, r);
	print_skipped(&d);
	print_none(&d);
	return d.counts.bad > 0 ? DECODE_SKIPPED : DECODE_OK;
}
