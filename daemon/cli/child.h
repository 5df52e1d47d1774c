/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs a program as if we had become it, but stays: signals are passed on to it, its end is ours.
 */
#pragma once

#include <sys/types.h>

#include "base/util.h"

/*
 * Runs it until it ends; what is meant for it and was sent to us is passed on. Ctrl-C, Ctrl-Z and
 * the rest of the terminal's reach the whole group and so it, too. 0; -errno: it could not be run.
 * `ret_status` as of waitpid(2).
 */
MUST_CHECK int child_run(char **argv, int *ret_status);
/* Our exit code, then; or we end by the signal it ended by. */
int child_end(int status);
