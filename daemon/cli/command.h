/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command contract: one file and one row in bmchealthctl.c per command.
 */
#pragma once

#include <stdbool.h>

#include "base/util.h"

enum exit_code { /* the first four as Nagios has them, the rest as <sysexits.h> */
		 CODE_OK = 0,
		 CODE_WARNING = 1,
		 CODE_CRITICAL = 2,
		 CODE_UNKNOWN = 3, /* no daemon, no device, no answer yet */
		 CODE_USAGE = 64,
		 CODE_DATA = 65,
		 CODE_NO_INPUT = 66,
		 CODE_UNAVAILABLE = 69, /* a program that is not installed */
		 CODE_OUTPUT = 74,	/* what was said could not be written */
		 CODE_LATER = 75,	/* it may work another time */
		 CODE_NO_PERMISSION = 77,
		 CODE_CONFIG = 78,
};

struct command_env { /* the options before the command */
	const char *run_dir, *root, *config_path, *state_dir;
	const char *csv_path;			   /* NULL: not asked for */
	const char *since;			   /* NULL: from the beginning */
	const char *svg_path, *png_path, *command; /* NULL: not asked for */
	const char *from_path;			   /* NULL: from the store */
	const char *wait;			   /* NULL: not asked for */
	const char *at, *target;		   /* the same */
	const char *format, *zone, *host;	   /* the same */
	bool wants_json, wants_help, wants_words, wants_windows, is_from_store;
};

struct command {
	const char *name, *arguments, *summary;
	const char *help; /* more, for `help NAME` */
	int max_arguments;
	bool takes_program; /* the first argument is one, what follows its arguments */
	/* Arguments after the command's name; exit code. */
	int (*run)(const struct command_env *env, int argc, char **argv);
};

extern const struct command command_advise, command_status, command_findings, command_once,
	command_check_config, command_exec, command_release, command_replay, command_resume,
	command_export, command_history, command_trace, command_who, command_note, command_sensors,
	command_winevt;
