/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small whole files.
 */
#include "base/fsio.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

static int fs_join(char *out, const char *root, const char *path, const char *suffix)
{
	int n = snprintf(out, FS_PATH_MAX, "%s%s%s", root, path, suffix);

	return n < 0 || n >= FS_PATH_MAX ? -ENAMETOOLONG : 0;
}

static ssize_t read_all(int fd, char *text, size_t max)
{
	size_t len = 0;

	while (len < max) {
		ssize_t n = read(fd, text + len, max - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return neg_errno();
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

ssize_t fs_read(const char *root, const char *path, char *text, size_t max)
{
	SCOPED(close_fd) int fd = -1;
	char full[FS_PATH_MAX];
	ssize_t n;
	int r;

	r = fs_join(full, root, path, "");
	if (r < 0)
		return r;
	fd = open(full, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return neg_errno();
	n = read_all(fd, text, max);
	if (n < 0)
		return n;
	if ((size_t)n == max)
		return -EFBIG;
	text[n] = '\0';
	return n;
}

static int write_all(int fd, const char *data, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, data, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return neg_errno();
		data += done;
		n -= (size_t)done;
	}
	return fsync(fd) < 0 ? neg_errno() : 0;
}

int fs_replace(const char *path, const void *data, size_t n, unsigned mode)
{
	SCOPED(close_fd) int fd = -1;
	char fresh[FS_PATH_MAX];
	int r;

	r = fs_join(fresh, "", path, ".new");
	if (r < 0)
		return r;
	/* The folder may be others' to write, so only a file that did not exist is ours. */
	(void)unlink(fresh);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode & 0600);
	if (fd < 0)
		return neg_errno();
	r = write_all(fd, data, n);
	if (r == 0 && fchmod(fd, mode) < 0)
		r = neg_errno();
	if (r == 0 && rename(fresh, path) < 0)
		r = neg_errno();
	if (r < 0)
		(void)unlink(fresh);
	return r;
}
