/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose turn it is to talk to the BMC: RUN_DIR/bmc.lock, locked with flock(2) by the daemon while
 * one of its commands flies, by `bmchealthctl exec` and by plain flock(1) for as long as they run.
 * A lock and not a request to the daemon: it serves without the daemon, it works in a shell script,
 * and the kernel ends it with its holder, however that dies.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/util.h"

#define TURN_NAME	"bmc.lock"
#define TURN_HOLDER_MAX 64

/* RUN_DIR is made if it is not there; the file is its owner's alone. A descriptor or -errno. */
MUST_CHECK int turn_open(const char *run_dir);
/* Waits, or not: then -EAGAIN when somebody else has it. 0; -EINTR; -ESTALE: the file was replaced
 * meanwhile, open it again; -errno. */
MUST_CHECK int turn_take(int fd, const char *run_dir, bool waits);
void turn_give(int fd);

/* Writes down who holds it, for those who wait. What cannot be written is not said. */
void turn_sign(int fd, pid_t pid, const char *name);
/* The process that signed last, 0: none; `name` has TURN_HOLDER_MAX bytes and only printable ones.
 * Who locks with flock(1) does not sign: look whether the process lives. */
pid_t turn_signed(int fd, char *name);
/* "ipmitool (process 123)", or "another program" if who signed is not there any more. `text` has
 * TURN_HOLDER_MAX + 32 bytes. */
void turn_holder(int fd, char *text);
