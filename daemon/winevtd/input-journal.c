/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages in this machine's journal, as rsyslog or a network input of journald forwarded them.
 */
#include <stdio.h>
#include <sys/epoll.h>
#include <systemd/sd-journal.h>

#include "winevtd/input.h"

#define ENTRIES 64		   /* in a slice */
#define LOOK_US (5 * USEC_PER_SEC) /* while there is no journal */

struct follower {
	struct input *in;
	sd_event_source *io, *look;
	sd_journal *journal; /* NULL: there is none yet */
	struct winevt_stream stream;
};

static int save(struct follower *f)
{
	struct state_place place = { .len = 0 };
	char *cursor = NULL;
	size_t len;
	int r = sd_journal_get_cursor(f->journal, &cursor);

	if (r < 0)
		return r;
	len = strlen(cursor);
	if (len < sizeof(place.bytes)) {
		memcpy(place.bytes, cursor, len);
		place.len = len;
	}
	free(cursor);
	return state_place_put(f->in->shared->state, f->in->settings->name, "", &place);
}

/* Behind the entry that was read last; if that is gone, where it would be. */
static int find_place(struct follower *f)
{
	char cursor[STATE_PLACE_MAX + 1];
	struct state_place place;
	int r = state_place_get(f->in->shared->state, f->in->settings->name, "", &place);

	if (r <= 0 || place.len == 0)
		return r < 0 ? r : sd_journal_seek_head(f->journal);
	memcpy(cursor, place.bytes, place.len);
	cursor[place.len] = '\0';
	r = sd_journal_seek_cursor(f->journal, cursor);
	if (r == 0)
		r = sd_journal_next(f->journal);
	if (r > 0 && sd_journal_test_cursor(f->journal, cursor) == 0)
		r = sd_journal_seek_cursor(f->journal, cursor); /* the next one is that one */
	return r < 0 ? r : 0;
}

static int take_entry(struct follower *f)
{
	static const char key[] = "MESSAGE=";
	const char *text;
	const void *data;
	size_t len;

	if (sd_journal_get_data(f->journal, "MESSAGE", &data, &len) < 0 || len < sizeof(key))
		return 0;
	text = data;
	return winevt_stream_message(&f->stream, text + sizeof(key) - 1, len - sizeof(key) + 1);
}

static int journal_step(struct input *in)
{
	struct follower *f = in->own;
	int r = 0, n = 0;

	if (!f->journal)
		return INPUT_IDLE;
	while (n < ENTRIES) {
		r = sd_journal_next(f->journal);
		if (r <= 0)
			break;
		r = take_entry(f);
		if (r < 0)
			break;
		n++;
	}
	if (r >= 0 && n > 0)
		r = save(f);
	if (r < 0)
		return r;
	in->bytes = f->stream.decoder.counts.bytes;
	input_skipped(in, f->stream.decoder.bad, 0);
	return n == ENTRIES ? INPUT_MORE : INPUT_IDLE;
}

static int on_readable(sd_event_source *source UNUSED, int fd UNUSED, uint32_t revents UNUSED,
		       void *user)
{
	struct follower *f = user;

	(void)sd_journal_process(f->journal);
	input_wake(f->in);
	return 0;
}

static void journal_close(struct input *in)
{
	struct follower *f = in->own;

	if (!f)
		return;
	(void)sd_event_source_disable_unref(f->io);
	(void)sd_event_source_disable_unref(f->look);
	sd_journal_close(f->journal);
	winevt_stream_done(&f->stream);
	free(f);
	in->own = NULL;
}

static int journal_follow(struct follower *f)
{
	char match[128];
	int r;

	(void)snprintf(match, sizeof(match), "SYSLOG_IDENTIFIER=%s", f->in->settings->identifier);
	r = sd_journal_add_match(f->journal, match, 0);
	if (r == 0)
		r = find_place(f);
	if (r == 0)
		r = sd_journal_get_fd(f->journal);
	if (r < 0)
		return r;
	return sd_event_add_io(f->in->shared->event, &f->io, r, EPOLLIN, on_readable, f);
}

static void look_later(struct follower *f)
{
	(void)sd_event_source_set_time_relative(f->look, LOOK_US);
	(void)sd_event_source_set_enabled(f->look, SD_EVENT_ONESHOT);
}

/* A journal is told of new files in its folders, but not of the folders; so without any file that
 * may be read it is opened anew. */
static int journal_begin(struct follower *f)
{
	int r = sd_journal_open(&f->journal, SD_JOURNAL_LOCAL_ONLY);

	if (r < 0)
		return r;
	if (sd_journal_has_persistent_files(f->journal) > 0 ||
	    sd_journal_has_runtime_files(f->journal) > 0) {
		input_tell_well(f->in);
		return journal_follow(f);
	}
	sd_journal_close(TAKE(f->journal));
	input_tell_absent(f->in, "a journal that may be read");
	look_later(f);
	return 0;
}

static int on_look(sd_event_source *source UNUSED, uint64_t usec UNUSED, void *user)
{
	struct follower *f = user;
	int r = journal_begin(f);

	if (r < 0) {
		input_tell_ill(f->in, "journal", r);
		sd_journal_close(TAKE(f->journal));
		look_later(f);
	} else if (f->journal) {
		input_wake(f->in);
	}
	return 0;
}

static int journal_open(struct input *in)
{
	const struct winevt_format *format = input_format(in);
	struct follower *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return -ENOMEM;
	in->own = f;
	f->in = in;
	winevt_stream_init(&f->stream, format ? format : winevt_format_named("mixed"),
			   in->shared->wanted, input_zone(in), taker_take, &in->taker);
	r = sd_event_add_time(in->shared->event, &f->look, CLOCK_MONOTONIC, UINT64_MAX,
			      100 * USEC_PER_MSEC, on_look, f);
	if (r >= 0)
		r = journal_begin(f);
	if (r < 0)
		return r;
	input_wake(in);
	return 0;
}

const struct input_kind input_journal = {
	.name = "journal",
	.open = journal_open,
	.step = journal_step,
	.close = journal_close,
};
