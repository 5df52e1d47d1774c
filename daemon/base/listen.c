/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A socket with its mode from the beginning.
 */
#include "base/listen.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

int local_listen(const char *path, int type, unsigned mode, int backlog)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	SCOPED(close_fd) int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* The file has the descriptor's mode from its birth, less the umask; then just that. */
	if (fd < 0 || fchmod(fd, mode) < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    chmod(path, mode) < 0 || listen(fd, backlog) < 0)
		return neg_errno();
	return take_fd(&fd);
}
