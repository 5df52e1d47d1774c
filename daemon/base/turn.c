/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lock and the line in it.
 */
#include "base/turn.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/fsio.h"
#include "base/parse.h"

#define SIGNED_MAX (TURN_HOLDER_MAX + 24)

static int turn_path(const char *run_dir, char *path)
{
	int n = snprintf(path, FS_PATH_MAX, "%s/" TURN_NAME, run_dir);

	return n < 0 || n >= FS_PATH_MAX ? -ENAMETOOLONG : 0;
}

int turn_open(const char *run_dir)
{
	char path[FS_PATH_MAX];
	int fd, r;

	r = turn_path(run_dir, path);
	if (r < 0)
		return r;
	if (mkdir(run_dir, 0755) < 0 && errno != EEXIST)
		return neg_errno();
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	return fd < 0 ? neg_errno() : fd;
}

/* A lock on a file that is not there any more keeps nobody out. */
static bool is_current(int fd, const char *run_dir)
{
	struct stat ours, theirs;
	char path[FS_PATH_MAX];

	return turn_path(run_dir, path) == 0 && fstat(fd, &ours) == 0 &&
	       lstat(path, &theirs) == 0 && ours.st_dev == theirs.st_dev &&
	       ours.st_ino == theirs.st_ino;
}

int turn_take(int fd, const char *run_dir, bool waits)
{
	if (flock(fd, LOCK_EX | (waits ? 0 : LOCK_NB)) < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : neg_errno();
	if (is_current(fd, run_dir))
		return 0;
	turn_give(fd);
	return -ESTALE;
}

void turn_give(int fd)
{
	(void)flock(fd, LOCK_UN);
}

void turn_sign(int fd, pid_t pid, const char *name)
{
	char line[SIGNED_MAX];
	const char *slash = strrchr(name, '/');
	int n = snprintf(line, sizeof(line), "%d %.*s\n", (int)pid, TURN_HOLDER_MAX - 1,
			 slash ? slash + 1 : name);

	/* of what was there before, a rest behind the newline does not matter */
	if (n <= 0 || pwrite(fd, line, (size_t)n, 0) < 0)
		return;
}

pid_t turn_signed(int fd, char *name)
{
	char line[SIGNED_MAX];
	ssize_t n = pread(fd, line, sizeof(line) - 1, 0);
	const char *at;
	uint64_t pid;
	size_t i;

	name[0] = '\0';
	if (n <= 0)
		return 0;
	line[n] = '\0';
	if (parse_u64(line, &pid, &at) < 0 || pid == 0 || pid > INT_MAX || *at++ != ' ')
		return 0;
	for (i = 0; i < TURN_HOLDER_MAX - 1 && at[i] != '\n' && at[i] != '\0'; i++)
		name[i] = (char)(at[i] > 0x20 && at[i] < 0x7f ? at[i] : '?');
	name[i] = '\0';
	return (pid_t)pid;
}

void turn_holder(int fd, char *text)
{
	char name[TURN_HOLDER_MAX];
	const pid_t pid = turn_signed(fd, name);

	/* EPERM: it lives, under another user */
	if (pid > 0 && (kill(pid, 0) == 0 || errno == EPERM))
		(void)snprintf(text, TURN_HOLDER_MAX + 32, "%s (process %d)", name, (int)pid);
	else
		(void)snprintf(text, TURN_HOLDER_MAX + 32, "another program");
}
