/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder: each of its files is read, and again from where it was left when it has changed. One
 * file is open at a time, so a thousand copied event logs cost no more than one.
 */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak" /* gcc 12 loses an element of an array */
#endif

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <sys/inotify.h>

#include "base/clock.h"
#include "base/log.h"
#include "winevtd/input.h"
#include "winevtd/tail.h"

#define SOON_US	  (200 * USEC_PER_MSEC) /* after a change: others will come with it */
#define LOOK_US	  (30 * USEC_PER_SEC)	/* a file system without inotify */
#define GONE_US	  (2 * USEC_PER_SEC)	/* the folder is not there */
#define FINAL_US  (30 * USEC_PER_SEC)
#define FILES_MAX 20000
#define SLICES	  64 /* of one file, then it is another's turn */

struct entry {
	char *name; /* owned */
	uint64_t device, inode;
	off_t size;
	struct timespec changed;
	bool is_due, is_there;
	bool waits;	 /* for the end of what is being written */
	int told;	 /* the error it is not read for, as the journal knows; 0: none */
	mono_us skipped; /* when some of it was last; 0: never */
};

struct folder {
	struct input *in;
	struct tail *tail;
	sd_event_source *watch, *look;
	struct entry *entries; /* by name */
	size_t count, room;
	size_t at;		   /* the one that is open, or the next to look at */
	unsigned slices;	   /* of the open one */
	char last[STATE_NAME_MAX]; /* read: the next one's turn it is, whatever came meanwhile */
	bool is_stale;		   /* to be looked through */
	bool is_full, is_full_told;
};

static void close_dir(DIR *const *dir)
{
	if (*dir)
		(void)closedir(*dir);
}

/* --- which files there are --- */

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static struct entry *find(struct folder *f, size_t count, const char *name)
{
	struct entry key = { .inode = 0 };

	memcpy(&key.name, &name, sizeof(name)); /* it is only read */
	return count > 0 ? bsearch(&key, f->entries, count, sizeof(key), compare) : NULL;
}

static int add(struct folder *f, const char *name)
{
	struct entry *entries;
	size_t room;
	char *copy;

	if (f->count == f->room) {
		room = f->room ? 2 * f->room : 64;
		entries = realloc(f->entries, room * sizeof(*entries));
		if (!entries)
			return -ENOMEM;
		f->entries = entries;
		f->room = room;
	}
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	f->entries[f->count++] = (struct entry){ .name = copy };
	return 0;
}

static void note(struct entry *e, const struct stat *st)
{
	const bool is_same = e->device == st->st_dev && e->inode == st->st_ino &&
			     e->size == st->st_size && e->changed.tv_sec == st->st_mtim.tv_sec &&
			     e->changed.tv_nsec == st->st_mtim.tv_nsec;

	if (e->device != st->st_dev || e->inode != st->st_ino)
		e->told = 0;
	e->is_there = true;
	e->device = st->st_dev;
	e->inode = st->st_ino;
	e->size = st->st_size;
	e->changed = st->st_mtim;
	e->is_due = e->is_due || !is_same || e->waits;
}

static void tell_full(struct folder *f)
{
	if (!f->is_full_told) {
		log_msg(LOG_WARNING,
			"winevt: input %s: more than %d files in %s: the rest is not read. Next: "
			"remove what was read",
			f->in->settings->name, FILES_MAX, f->in->settings->path);
	}
	f->is_full_told = true;
}

/* `known`: so many are sorted. */
static int look_at(struct folder *f, size_t known, int fd, const char *name)
{
	struct entry *e = find(f, known, name);
	struct stat st;
	int r;

	if (*name == '.' || strlen(name) >= STATE_NAME_MAX ||
	    fnmatch(f->in->settings->pattern, name, 0) != 0 ||
	    fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode))
		return 0;
	if (!e && f->count >= FILES_MAX) {
		f->is_full = true;
		return 0;
	}
	if (!e) {
		r = add(f, name);
		if (r < 0)
			return r;
		e = &f->entries[f->count - 1];
	}
	note(e, &st);
	return 0;
}

static void drop_gone(struct folder *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->count; i++) {
		if (f->entries[i].is_there)
			f->entries[kept++] = f->entries[i];
		else
			free(f->entries[i].name);
	}
	f->count = kept;
	f->at = 0;
}

/* Nothing is open. */
static int look(struct folder *f)
{
	SCOPED(close_dir) DIR *dir = opendir(f->in->settings->path);
	const size_t known = f->count;
	const struct dirent *entry;
	int r = 0;

	if (!dir)
		return neg_errno();
	f->is_full = false;
	for (size_t i = 0; i < f->count; i++)
		f->entries[i].is_there = false;
	while (r == 0) {
		entry = readdir(dir); /* cppcheck-suppress readdirCalled; one thread only */
		if (!entry)
			break;
		r = look_at(f, known, dirfd(dir), entry->d_name);
	}
	drop_gone(f);
	if (f->count > 0)
		qsort(f->entries, f->count, sizeof(*f->entries), compare);
	while (f->at < f->count && strcmp(f->entries[f->at].name, f->last) <= 0)
		f->at++;
	f->is_stale = f->is_full && f->count < FILES_MAX; /* those that are gone made room */
	if (f->is_full && !f->is_stale)
		tell_full(f);
	return r;
}

/* --- one after the other --- */

static int open_entry(struct folder *f, const struct entry *e)
{
	SCOPED(close_fd) int fd = open(f->in->settings->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct state *state = f->in->shared->state;
	struct state_place place;
	int r;

	if (fd < 0)
		return neg_errno();
	/* a file that was renamed is known by its number, a newer copy by its name */
	r = state_place_find(state, f->in->settings->name, e->device, e->inode, &place);
	if (r == 0)
		r = state_place_get(state, f->in->settings->name, e->name, &place);
	return r < 0 ? r : tail_open(f->tail, fd, e->name, r > 0 ? &place : NULL);
}

static void note_skipped(struct folder *f, struct entry *e)
{
	const struct input_skipped before = f->in->skipped;
	uint64_t bad[WINEVT_BAD_KINDS], of_text = 0;
	const struct winevt_counts counts = tail_counts(f->tail);

	tail_bad(f->tail, bad);
	for (size_t i = 0; i < WINEVT_BAD_KINDS; i++)
		of_text += bad[i];
	f->in->bytes = counts.bytes;
	input_skipped(f->in, bad, counts.bad > of_text ? counts.bad - of_text : 0);
	if (memcmp(&before, &f->in->skipped, sizeof(before)) != 0)
		input_skipped_in(f->in, e->name, &e->skipped);
}

static bool is_old(const struct timespec *changed)
{
	return clock_wall().v - changed->tv_sec * USEC_PER_SEC >= FINAL_US;
}

/* Once, however often the file grows; of another one in its place again. */
static void tell_unread(struct folder *f, struct entry *e, int error)
{
	char refusal[WINEVT_NAMES_MAX];

	if (e->told == error)
		return;
	e->told = error;
	winevt_format_refusal(input_format(f->in), refusal);
	log_msg(LOG_NOTICE, "winevt: input %s: %s/%s: %s; it is not read", f->in->settings->name,
		f->in->settings->path, e->name, error == -EBADMSG ? refusal : strerror(-error));
}

/* A slice of the open file; it is closed when there is no more. 0; -errno of the state. */
static int step_open(struct folder *f)
{
	struct entry *e = &f->entries[f->at];
	struct state_place place;
	int found = tail_step(f->tail, e->waits && is_old(&e->changed)), r;

	tail_place(f->tail, &place);
	r = state_place_put(f->in->shared->state, f->in->settings->name, e->name, &place);
	if (r < 0)
		return r;
	note_skipped(f, e);
	if (found < 0)
		tell_unread(f, e, found);
	if (found == TAIL_MORE && ++f->slices < SLICES)
		return 0;
	e->waits = found == TAIL_WAIT;
	e->is_due = found == TAIL_MORE;
	tail_close(f->tail);
	f->at++;
	return 0;
}

/* False: nothing is due. */
static bool next_due(struct folder *f)
{
	for (size_t i = 0; i < f->count; i++) {
		const size_t at = (f->at + i) % f->count;

		if (!f->entries[at].is_due)
			continue;
		f->at = at;
		return true;
	}
	return false;
}

static int folder_step(struct input *in)
{
	struct folder *f = in->own;
	int r = 0;

	if (tail_is_open(f->tail)) {
		r = step_open(f);
		return r < 0 ? r : INPUT_MORE;
	}
	if (f->is_stale)
		r = look(f);
	if (r == -ENOENT) {
		input_tell_absent(in, in->settings->path);
		return INPUT_IDLE;
	}
	if (r < 0)
		return r;
	input_tell_well(in);
	if (!next_due(f))
		return f->is_stale ? INPUT_MORE : INPUT_IDLE;
	f->slices = 0;
	(void)snprintf(f->last, sizeof(f->last), "%s", f->entries[f->at].name);
	r = open_entry(f, &f->entries[f->at]);
	if (r < 0) {
		f->entries[f->at].is_due = false;
		tell_unread(f, &f->entries[f->at], r);
	}
	return INPUT_MORE;
}

/* --- life --- */

/* When the folder itself is gone, another may come in its place. */
static int on_watch(sd_event_source *source UNUSED, const struct inotify_event *event, void *user)
{
	struct folder *f = user;

	if (event->mask & (IN_IGNORED | IN_MOVE_SELF))
		f->watch = sd_event_source_disable_unref(f->watch);
	if (!f->is_stale)
		(void)sd_event_source_set_time_relative(f->look, SOON_US);
	f->is_stale = true;
	return 0;
}

static int on_look(sd_event_source *source, uint64_t usec UNUSED, void *user)
{
	struct folder *f = user;

	if (!f->watch) {
		(void)sd_event_add_inotify(f->in->shared->event, &f->watch, f->in->settings->path,
					   IN_CREATE | IN_MOVED_TO | IN_MODIFY | IN_CLOSE_WRITE |
						   IN_MOVE_SELF,
					   on_watch, f);
	}
	f->is_stale = true;
	input_wake(f->in);
	(void)sd_event_source_set_time_relative(source, f->watch ? LOOK_US : GONE_US);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static void folder_close(struct input *in)
{
	struct folder *f = in->own;

	if (!f)
		return;
	(void)sd_event_source_disable_unref(f->watch);
	(void)sd_event_source_disable_unref(f->look);
	tail_free(f->tail);
	for (size_t i = 0; i < f->count; i++)
		free(f->entries[i].name);
	free(f->entries);
	free(f);
	in->own = NULL;
}

static int folder_open(struct input *in)
{
	const struct tail_settings settings = { .format = input_format(in),
						.wanted = in->shared->wanted,
						.zone = input_zone(in),
						.each = taker_take,
						.user = &in->taker };
	struct folder *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return -ENOMEM;
	in->own = f;
	f->in = in;
	r = tail_new(&settings, &f->tail);
	if (r == 0)
		r = state_places_trim(in->shared->state, in->settings->name, FILES_MAX);
	if (r == 0) {
		r = sd_event_add_time_relative(in->shared->event, &f->look, CLOCK_MONOTONIC, 0,
					       1000, on_look, f);
	}
	return r < 0 ? r : 0;
}

const struct input_kind input_folder = {
	.name = "folder",
	.open = folder_open,
	.step = folder_step,
	.close = folder_close,
};
