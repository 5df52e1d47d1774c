/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One file that is followed over rotation. The open file is read to its end before the next is
 * begun, and that is the oldest of those that were rotated since, so no line is left out however
 * often it happened. A file that was compressed before it was read is lost, and that is told.
 */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>

#include "base/clock.h"
#include "base/fsio.h"
#include "base/log.h"
#include "winevtd/input.h"
#include "winevtd/tail.h"

#define LOOK_US	  (5 * USEC_PER_SEC)  /* a file system without inotify */
#define LINGER_US (1 * USEC_PER_SEC)  /* whoever writes may not know of the rotation yet */
#define FINAL_US  (30 * USEC_PER_SEC) /* what is not finished by then is damaged */

struct file {
	struct input *in;
	struct tail *tail;
	char folder[FS_PATH_MAX];
	const char *name; /* in settings->path */
	sd_event_source *watch, *look;
	mono_us ended; /* since when another file has its name; 0: none has */
	mono_us waits; /* since when a record is being written; 0: none is */
	bool has_begun;
};

/* --- which file is next --- */

/* NAME.1, NAME-20261123, NAME-2026-11-23T10_00: what logrotate makes of NAME. What is longer by a
 * word is compressed, an editor's, or somebody's copy. */
static bool is_rotated(const struct file *f, const char *name)
{
	const size_t len = strlen(f->name);

	if (strncmp(name, f->name, len) != 0 || (name[len] != '.' && name[len] != '-'))
		return false;
	name += len + 1;
	return isdigit((unsigned char)*name) && !name[strspn(name, "0123456789-_.TZ")];
}

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

static void close_dir(DIR *const *dir)
{
	if (*dir)
		(void)closedir(*dir);
}

struct search {
	uint64_t device, inode; /* the one that was read; 0: it is gone */
	struct timespec since;	/* when it was changed last */
	bool finds_it;		/* look for that one; else for the next */
	char name[STATE_NAME_MAX];
	struct timespec best;
};

static bool is_it(const struct search *s, const struct stat *st)
{
	return st->st_ino == s->inode && st->st_dev == s->device;
}

static void look_at(struct search *s, const char *name, const struct stat *st)
{
	if (!S_ISREG(st->st_mode) || strlen(name) >= sizeof(s->name) || is_it(s, st) != s->finds_it)
		return;
	if (!s->finds_it && (is_before(&st->st_mtim, &s->since) ||
			     (*s->name && !is_before(&st->st_mtim, &s->best))))
		return;
	(void)snprintf(s->name, sizeof(s->name), "%s", name);
	s->best = st->st_mtim;
}

/* Among rotated ones; *s->name is empty if there is none. */
static void search(const struct file *f, struct search *s)
{
	SCOPED(close_dir) DIR *dir = opendir(f->folder);
	const struct dirent *entry;
	struct stat st;

	while (dir) {
		entry = readdir(dir); /* cppcheck-suppress readdirCalled; one thread only */
		if (!entry)
			break;
		if (is_rotated(f, entry->d_name) &&
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			look_at(s, entry->d_name, &st);
	}
}

static int open_folder(const struct file *f)
{
	int fd = open(f->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? neg_errno() : fd;
}

/* --- beginning --- */

/* A file that was rotated while nobody looked is finished first. */
static int begin_at(struct file *f, int folder, const struct state_place *place,
		    const struct stat *now)
{
	struct search s = { .device = place->device, .inode = place->inode, .finds_it = true };

	if (is_it(&s, now))
		return tail_open(f->tail, folder, f->name, place);
	search(f, &s);
	if (*s.name)
		return tail_open(f->tail, folder, s.name, place);
	if (now->st_ino == 0)
		return -ENOENT;
	log_msg(LOG_NOTICE,
		"winevt: input %s: %s was rotated while nobody looked, and what it was before is "
		"gone or compressed: its last lines may be missing. Next: delaycompress in "
		"logrotate's configuration",
		f->in->settings->name, f->in->settings->path);
	return tail_open(f->tail, folder, f->name, place);
}

static int begin(struct file *f)
{
	SCOPED(close_fd) int folder = open_folder(f);
	struct state_place place = { .len = 0 };
	struct stat now = { .st_ino = 0 };
	int r;

	if (folder < 0)
		return folder;
	r = state_place_get(f->in->shared->state, f->in->settings->name, "", &place);
	if (r < 0)
		return r;
	(void)fstatat(folder, f->name, &now, AT_SYMLINK_NOFOLLOW);
	r = r > 0 && !f->has_begun ? begin_at(f, folder, &place, &now)
				   : tail_open(f->tail, folder, f->name, NULL);
	f->has_begun = r == 0;
	return r;
}

/* --- following --- */

/* 1: another file is open now; 0: this is still the one, or it is not known to be over. */
static int go_on(struct file *f)
{
	SCOPED(close_fd) int folder = open_folder(f);
	const struct stat *st = tail_stat(f->tail);
	struct search s = { .device = st->st_dev, .inode = st->st_ino, .since = st->st_mtim };
	struct stat now;
	int r;

	if (folder < 0 || fstatat(folder, f->name, &now, AT_SYMLINK_NOFOLLOW) < 0 ||
	    is_it(&s, &now)) {
		f->ended.v = 0;
		return 0;
	}
	if (f->ended.v == 0)
		f->ended = clock_mono();
	if (mono_since(clock_mono(), f->ended) < LINGER_US) {
		(void)sd_event_source_set_time_relative(f->look, LINGER_US);
		return 0;
	}
	f->ended.v = 0;
	search(f, &s);
	r = tail_open_next(f->tail, folder, *s.name ? s.name : f->name);
	return r < 0 ? r : 1;
}

static int save(struct file *f)
{
	struct state_place place;

	tail_place(f->tail, &place);
	return state_place_put(f->in->shared->state, f->in->settings->name, "", &place);
}

static void note_skipped(struct file *f)
{
	uint64_t bad[WINEVT_BAD_KINDS], of_text = 0;
	const struct winevt_counts counts = tail_counts(f->tail);

	tail_bad(f->tail, bad);
	for (size_t i = 0; i < WINEVT_BAD_KINDS; i++)
		of_text += bad[i];
	f->in->bytes = counts.bytes;
	input_skipped(f->in, bad, counts.bad > of_text ? counts.bad - of_text : 0);
}

static bool is_final(const struct file *f)
{
	return f->waits.v != 0 && mono_since(clock_mono(), f->waits) >= FINAL_US;
}

static int file_step(struct input *in)
{
	struct file *f = in->own;
	int r = 0, found;

	if (!tail_is_open(f->tail))
		r = begin(f);
	if (r == -ENOENT) {
		input_tell_absent(in, in->settings->path);
		return INPUT_IDLE;
	}
	if (r < 0)
		return r;
	found = tail_step(f->tail, is_final(f));
	if (found < 0) /* what comes in its place may be better */
		return go_on(f) > 0 ? INPUT_MORE : found;
	if (found != TAIL_WAIT)
		f->waits.v = 0;
	else if (f->waits.v == 0)
		f->waits = clock_mono();
	r = save(f);
	if (r < 0)
		return r;
	input_tell_well(in);
	note_skipped(f);
	if (found == TAIL_MORE)
		return INPUT_MORE;
	r = go_on(f);
	return r > 0 ? INPUT_MORE : r == -ENOENT ? INPUT_IDLE : r;
}

/* --- life --- */

static int on_watch(sd_event_source *source UNUSED, const struct inotify_event *event, void *user)
{
	struct file *f = user;

	if (event->mask & (IN_IGNORED | IN_MOVE_SELF)) /* of the folder */
		f->watch = sd_event_source_disable_unref(f->watch);
	if (event->len == 0 || strcmp(event->name, f->name) == 0)
		input_wake(f->in);
	return 0;
}

static void watch(struct file *f)
{
	if (!f->watch) {
		(void)sd_event_add_inotify(f->in->shared->event, &f->watch, f->folder,
					   IN_CREATE | IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE |
						   IN_MOVE_SELF,
					   on_watch, f);
	}
}

static int on_look(sd_event_source *source, uint64_t usec UNUSED, void *user)
{
	struct file *f = user;

	watch(f); /* the folder may have come */
	input_wake(f->in);
	(void)sd_event_source_set_time_relative(source, LOOK_US);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void file_close(struct input *in)
{
	struct file *f = in->own;

	if (!f)
		return;
	(void)sd_event_source_disable_unref(f->watch);
	(void)sd_event_source_disable_unref(f->look);
	tail_free(f->tail);
	free(f);
	in->own = NULL;
}

static int file_open(struct input *in)
{
	const struct tail_settings settings = { .format = input_format(in),
						.wanted = in->shared->wanted,
						.zone = input_zone(in),
						.each = taker_take,
						.user = &in->taker };
	struct file *f = calloc(1, sizeof(*f));
	const char *path = in->settings->path, *slash = strrchr(path, '/');
	int r;

	if (!f)
		return -ENOMEM;
	in->own = f;
	f->in = in;
	f->name = slash + 1;
	(void)snprintf(f->folder, sizeof(f->folder), "%.*s/", (int)(slash - path), path);
	r = tail_new(&settings, &f->tail);
	if (r == 0) {
		r = sd_event_add_time_relative(in->shared->event, &f->look, CLOCK_MONOTONIC,
					       LOOK_US, 100 * USEC_PER_MSEC, on_look, f);
	}
	if (r < 0)
		return r;
	watch(f);
	input_wake(in);
	return 0;
}

const struct input_kind input_file = {
	.name = "file",
	.open = file_open,
	.step = file_step,
	.close = file_close,
};
