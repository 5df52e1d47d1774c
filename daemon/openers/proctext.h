/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of /proc/PID/…: a process chooses its own name, its executable's path and, in a
 * container, its control groups, so all of it is hostile. Nothing here reads a file.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/util.h"

/* /proc/PID/stat. 0; -EBADMSG. */
MUST_CHECK int proctext_stat(const char *text, int32_t *ret_parent, uint64_t *ret_start_ticks);
/* The effective user of /proc/PID/status. 0; -EBADMSG. */
MUST_CHECK int proctext_uid(const char *text, uint32_t *ret_uid);
/*
 * The systemd unit and the container of /proc/PID/cgroup, "" if there is none. `unit` has
 * OPENER_UNIT_MAX bytes and only what systemd.unit(5) allows, '?' for anything else; and a '/', if
 * it is a user's own: "user@1000/x.service". `container` has OPENER_CONTAINER_MAX; printable.
 */
void proctext_cgroup(const char *text, char *unit, char *container);
/* /proc/PID/comm; `comm` has OPENER_COMM_MAX bytes. */
void proctext_comm(const char *text, char *comm);
/* What /proc/PID/exe points to, its end if it is long; `exe` has OPENER_EXE_MAX bytes. */
void proctext_exe(const char *text, char *exe);
