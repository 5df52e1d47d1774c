/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Event logs of Windows hosts. bmchealthctl never looks into one: often it is root who runs it.
 */
#pragma once

#include "cli/command.h"

/* For reading; "-" is standard input if `may_be_pipe`. -errno, and it was told. */
int winevt_open(const char *path, bool may_be_pipe);
/* Hands files to bmchealthd-winevt. Exit code. */
int winevt_import(const struct command_env *env, int count, char **paths);
