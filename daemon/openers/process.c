/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading /proc/PID.
 */
#include "openers/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/parse.h"
#include "openers/proctext.h"

#define TEXT_MAX 4096 /* of a longer file the beginning */

int process_open(const char *proc, int32_t pid)
{
	char path[PATH_MAX];
	const int n = snprintf(path, sizeof(path), "%s/%d", proc, pid);
	int fd;

	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? neg_errno() : fd;
}

/* At most TEXT_MAX - 1 bytes. 0 or -errno. */
static int read_file(int folder, const char *name, char *text)
{
	SCOPED(close_fd) int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	size_t len = 0;

	if (fd < 0)
		return neg_errno();
	while (len < TEXT_MAX - 1) {
		const ssize_t n = read(fd, text + len, TEXT_MAX - 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return neg_errno();
		if (n == 0)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
	return 0;
}

static void read_parent(const char *proc, int32_t parent, struct opener *who)
{
	SCOPED(close_fd) int folder = parent > 0 ? process_open(proc, parent) : -1;
	char text[TEXT_MAX];

	if (folder >= 0 && read_file(folder, "comm", text) == 0)
		proctext_comm(text, who->parent);
}

static void read_users(int folder, struct opener *who)
{
	char text[TEXT_MAX];
	const char *end;
	uint64_t uid;

	if (read_file(folder, "status", text) < 0 || proctext_uid(text, &who->uid) < 0)
		who->uid = OPENER_NO_UID;
	if (read_file(folder, "loginuid", text) < 0 || parse_u64(text, &uid, &end) < 0 ||
	    uid > UINT32_MAX)
		uid = OPENER_NO_UID;
	who->login_uid = (uint32_t)uid;
}

int process_read(const char *proc, int folder, int32_t pid, struct opener *ret)
{
	struct opener who = { .kind = OPENER_PROCESS, .pid = pid };
	char text[TEXT_MAX];
	int32_t parent;
	ssize_t n;

	if (read_file(folder, "stat", text) < 0 ||
	    proctext_stat(text, &parent, &who.start_ticks) < 0)
		return -ESRCH;
	read_users(folder, &who);
	read_parent(proc, parent, &who);
	if (read_file(folder, "comm", text) == 0)
		proctext_comm(text, who.comm);
	if (read_file(folder, "cgroup", text) == 0)
		proctext_cgroup(text, who.unit, who.container);
	n = readlinkat(folder, "exe", text, sizeof(text) - 1);
	if (n > 0) {
		text[n] = '\0';
		proctext_exe(text, who.exe);
	}
	*ret = who;
	return 0;
}

/* Without asking a file server, which may be dead. -1: it is no device of ours. */
static int device_behind(int folder, const char *name, const struct device_list *list)
{
	struct statx st;

	if (statx(folder, name, AT_STATX_DONT_SYNC, STATX_TYPE, &st) < 0 || !S_ISCHR(st.stx_mode))
		return -1;
	return device_list_index(list, makedev(st.stx_rdev_major, st.stx_rdev_minor));
}

unsigned process_devices(int folder, const struct device_list *list)
{
	int fd = openat(folder, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *file;
	unsigned found = 0;
	DIR *files;

	if (fd < 0)
		return 0;
	files = fdopendir(fd);
	if (!files) {
		(void)close(fd);
		return 0;
	}
	for (;;) {
		int i;

		file = readdir(files); /* cppcheck-suppress readdirCalled; one thread only */
		if (!file)
			break;
		i = file->d_name[0] == '.' ? -1 : device_behind(fd, file->d_name, list);

		found |= i >= 0 ? 1u << i : 0;
	}
	(void)closedir(files);
	return found;
}
