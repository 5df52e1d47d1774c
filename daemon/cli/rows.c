/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocks of a file into lines into samples; memory does not depend on the length of the file.
 */
#include "cli/rows.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>

#include "cli/csv.h"

#define BLOCK_SIZE     262144
#define COMPLAINTS_MAX 20
#define PROGRESS_ROWS  1048576

struct rows {
	const char *path; /* borrowed */
	int fd;
	bool shows_progress, has_header, was_read;
	int64_t size, taken; /* bytes; size 0: not known */
	uint64_t line, count, bad;
	struct csv csv;
	rows_fn *cb;
	void *user;
	size_t len; /* bytes in block */
	char block[BLOCK_SIZE];
};

static void complain(struct rows *r, const char *why)
{
	if (r->bad++ < COMPLAINTS_MAX && !r->was_read)
		(void)fprintf(stderr, "%s:%" PRIu64 ": %s\n", r->path, r->line, why);
}

static void progress(const struct rows *r)
{
	(void)fprintf(stderr, "\r%" PRIu64 " rows", r->count);
	if (r->size > 0)
		(void)fprintf(stderr, ", %d %%", (int)(100 * r->taken / r->size));
}

static void take_row(struct rows *r, const char *text, size_t len)
{
	struct trend_sample sample;
	const char *why = "";

	if (len == 0)
		return;
	if (csv_row(&r->csv, text, len, &sample, &why) < 0) {
		complain(r, why);
		return;
	}
	r->cb(r->user, &sample);
	if (++r->count % PROGRESS_ROWS == 0 && r->shows_progress)
		progress(r);
}

/* 0; -EINVAL: no header, so nothing can be read. */
static int take_line(struct rows *r, const char *text, size_t len)
{
	const char *why = "";

	r->line++;
	if (r->has_header) {
		take_row(r, text, len);
		return 0;
	}
	r->has_header = csv_header(&r->csv, text, len, &why) == 0;
	if (!r->has_header)
		complain(r, why);
	return r->has_header ? 0 : -EINVAL;
}

/* The whole lines in the block; the beginning of the next moves to its front. */
static int take_block(struct rows *r)
{
	const char *at = r->block, *end = r->block + r->len, *newline;

	while ((newline = memchr(at, '\n', (size_t)(end - at)))) {
		const int error = take_line(r, at, (size_t)(newline - at));

		if (error < 0)
			return error;
		at = newline + 1;
	}
	r->len = (size_t)(end - at);
	if (r->len > CSV_ROW_MAX) {
		r->line++;
		complain(r, "a row longer than 4096 bytes: this is no such file");
		return -EINVAL;
	}
	memmove(r->block, at, r->len);
	return 0;
}

/* 0; -EINVAL: said; other -errno. */
static int read_all(struct rows *r)
{
	for (;;) {
		const ssize_t n = read(r->fd, r->block + r->len, sizeof(r->block) - r->len);
		int error;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return neg_errno();
		if (n == 0)
			return r->len > 0 ? take_line(r, r->block, r->len) : 0;
		r->len += (size_t)n;
		r->taken += n;
		error = take_block(r);
		if (error < 0)
			return error;
	}
}

static int say_error(const char *path, int error)
{
	(void)fprintf(stderr, "bmchealthctl: %s: %s\n", path, strerror(-error));
	return CODE_UNKNOWN;
}

static int report(const struct rows *r, int error)
{
	if (r->shows_progress)
		(void)fprintf(stderr, "\r%" PRIu64 " rows          \n", r->count);
	if (error < 0 && error != -EINVAL)
		return say_error(r->path, error);
	if (r->bad == 0 && r->has_header)
		return CODE_OK;
	if (r->was_read)
		return CODE_DATA;
	if (!r->has_header && r->bad == 0)
		(void)fprintf(stderr, "bmchealthctl: %s: is empty\n", r->path);
	if (r->bad > COMPLAINTS_MAX)
		(void)fprintf(stderr, "bmchealthctl: %s: %" PRIu64 " rows cannot be read in all\n",
			      r->path, r->bad);
	return CODE_DATA;
}

/* Back to the beginning of what was read before. */
static int rewind_rows(struct rows *r)
{
	r->has_header = false;
	r->shows_progress = false;
	r->taken = 0;
	r->line = r->count = r->bad = 0;
	r->len = 0;
	return lseek(r->fd, 0, SEEK_SET) < 0 ? neg_errno() : 0;
}

int rows_read(struct rows *r, rows_fn *cb, void *user)
{
	int error = r->was_read ? rewind_rows(r) : 0;
	int code;

	r->cb = cb;
	r->user = user;
	if (error == 0)
		error = read_all(r);
	code = report(r, error);
	r->was_read = true;
	return code;
}

static int copy(int from, int to, char *block, size_t size)
{
	for (;;) {
		const ssize_t n = read(from, block, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return neg_errno();
		if (n == 0)
			return lseek(to, 0, SEEK_SET) < 0 ? neg_errno() : 0;
		for (ssize_t done = 0; done < n;) {
			const ssize_t m = write(to, block + done, (size_t)(n - done));

			if (m < 0 && errno != EINTR)
				return neg_errno();
			done += m > 0 ? m : 0;
		}
	}
}

static int temporary(int *ret_fd)
{
	const char *folder = getenv("TMPDIR");
	char path[PATH_MAX];
	int fd = -1;

	(void)snprintf(path, sizeof(path), "%s/bmchealthctl-XXXXXX",
		       folder && *folder ? folder : "/tmp");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return neg_errno();
	(void)unlink(path);
	*ret_fd = fd;
	return 0;
}

/* What comes through a pipe comes once. */
static int make_seekable(struct rows *r)
{
	SCOPED(close_fd) int fd = -1;
	int error = 0;

	if (lseek(r->fd, 0, SEEK_CUR) >= 0)
		return 0;
	error = temporary(&fd);
	if (error == 0)
		error = copy(r->fd, fd, r->block, sizeof(r->block));
	if (error < 0)
		return error;
	if (r->fd > STDIN_FILENO)
		(void)close(r->fd);
	r->fd = take_fd(&fd);
	return 0;
}

static void free_slot(struct rows **slot)
{
	rows_free(*slot);
}

int rows_open(const char *path, bool is_twice, struct rows **ret)
{
	SCOPED(free_slot) struct rows *r = calloc(1, sizeof(*r));
	struct stat st;
	int error = 0;

	if (!r)
		return say_error(path, -ENOMEM);
	r->path = path;
	r->shows_progress = isatty(STDERR_FILENO) == 1;
	r->fd = STDIN_FILENO;
	if (strcmp(path, "-") != 0)
		r->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (r->fd < 0)
		return say_error(path, neg_errno());
	if (is_twice)
		error = make_seekable(r);
	if (error < 0)
		return say_error(path, error);
	if (fstat(r->fd, &st) == 0 && S_ISREG(st.st_mode))
		r->size = st.st_size;
	*ret = TAKE(r);
	return CODE_OK;
}

void rows_free(struct rows *r)
{
	if (!r)
		return;
	if (r->fd > STDIN_FILENO)
		(void)close(r->fd);
	free(r);
}

void rows_name(const char *path, const char *wanted, char name[ROWS_NAME_MAX])
{
	const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
	size_t len = strlen(base);

	if (len > 4 && strcmp(base + len - 4, ".csv") == 0)
		len -= 4;
	if (wanted)
		(void)snprintf(name, ROWS_NAME_MAX, "%s", wanted);
	else if (strcmp(path, "-") == 0 || len == 0)
		(void)snprintf(name, ROWS_NAME_MAX, "recording");
	else
		(void)snprintf(name, ROWS_NAME_MAX, "%.*s",
			       (int)min_i64((int64_t)len, ROWS_NAME_MAX), base);
}
