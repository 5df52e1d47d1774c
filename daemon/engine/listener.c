/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Listening in the run folder.
 */
#include "engine/listener.h"

#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/listen.h"

#define BACKLOG 16

/* A socket file nobody answers on is left from a daemon that was killed. */
static int remove_stale(const struct sockaddr_un *address, int type)
{
	SCOPED(close_fd) int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return neg_errno();
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
		return -EADDRINUSE;
	return unlink(address->sun_path) < 0 && errno != ENOENT ? neg_errno() : 0;
}

int listener_open(const char *run_dir, const char *name, int type, unsigned mode, char *ret_path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int n, r;

	n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s", run_dir, name);
	if (n < 0 || (size_t)n >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	if (mkdir(run_dir, 0755) < 0 && errno != EEXIST)
		return neg_errno();
	r = remove_stale(&address, type);
	if (r < 0)
		return r;
	r = local_listen(address.sun_path, type, mode, BACKLOG);
	if (r >= 0)
		memcpy(ret_path, address.sun_path, (size_t)n + 1);
	return r;
}
