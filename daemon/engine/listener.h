/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A listening AF_UNIX socket in the run folder.
 */
#pragma once

#include <sys/un.h>

#include "base/util.h"

#define LISTENER_PATH_MAX sizeof(((struct sockaddr_un *)0)->sun_path)

/* RUN_DIR/NAME, made with `mode`, the folder too if need be; `type`: SOCK_STREAM or
 * SOCK_SEQPACKET. *ret_path has LISTENER_PATH_MAX bytes, to unlink() it at the end. A descriptor;
 * -EADDRINUSE: somebody answers there; -errno. */
MUST_CHECK int listener_open(const char *run_dir, const char *name, int type, unsigned mode,
			     char *ret_path);
