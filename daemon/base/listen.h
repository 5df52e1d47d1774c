/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Local sockets to listen at.
 */
#pragma once

#include "base/util.h"

/*
 * A non-blocking socket of that type (SOCK_STREAM, SOCK_SEQPACKET) that listens at `path`, where
 * nothing may stand. Whom `mode` shuts out cannot connect at any moment; the umask does not matter.
 * The descriptor; -ENAMETOOLONG: over 107 bytes; -errno.
 */
MUST_CHECK int local_listen(const char *path, int type, unsigned mode, int backlog);
