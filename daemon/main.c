/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthd: command line, exit code; all else is the engine's.
 */
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "base/log.h"
#include "engine/engine.h"

enum exit_code { /* as <sysexits.h> where it has one */
		 CODE_OK = 0,
		 CODE_FAILED = 1,
		 CODE_USAGE = 64,
		 CODE_AGAIN = 75,
		 CODE_CONFIG = 78,
};

struct arguments {
	struct engine_settings engine;
	bool is_show;
	enum engine_show show;
};

enum { ARG_ROOT = 256, ARG_STATE, ARG_RUN, ARG_LOG, ARG_CHECK, ARG_DUMP, ARG_SAMPLE, ARG_MAN };

static const struct option_help {
	struct option name;
	const char *argument, *doc;
} help_rows[] = {
	{ { "config", required_argument, NULL, 'c' },
	  "FILE",
	  "read FILE and its conf.d/ instead of " SYSCONFDIR "/bmchealthd/bmchealthd.conf" },
	{ { "state-dir", required_argument, NULL, ARG_STATE },
	  "DIR",
	  "history and caches; \"\" keeps nothing [" STATEDIR "]" },
	{ { "run-dir", required_argument, NULL, ARG_RUN }, "DIR", "status socket [" RUNDIR "]" },
	{ { "root", required_argument, NULL, ARG_ROOT },
	  "DIR",
	  "look for /sys and /etc under DIR (tests, images)" },
	{ { "log-target", required_argument, NULL, ARG_LOG },
	  "WHERE",
	  "auto, journal or stderr; goes before daemon.log_target" },
	{ { "check-config", no_argument, NULL, ARG_CHECK },
	  NULL,
	  "say what is wrong with it and end" },
	{ { "dump-config", no_argument, NULL, ARG_DUMP },
	  NULL,
	  "print every setting in force, and where it comes from" },
	{ { "sample-config", no_argument, NULL, ARG_SAMPLE },
	  NULL,
	  "print a file with every option" },
	{ { "man-options", no_argument, NULL, ARG_MAN },
	  NULL,
	  "print the manual's table of options" },
	{ { "version", no_argument, NULL, 'V' }, NULL, "print the version" },
	{ { "help", no_argument, NULL, 'h' }, NULL, "print this" },
};

static void print_help(void)
{
	printf("Usage: bmchealthd [OPTION...]\n"
	       "Watches the health of the BMC itself and tells the journal. Runs in the "
	       "foreground;\nsystemd starts it as bmchealthd.service.\n\n");
	for (size_t i = 0; i < COUNT_OF(help_rows); i++) {
		char left[40];

		(void)snprintf(left, sizeof(left), "--%s%s%s", help_rows[i].name.name,
			       help_rows[i].argument ? " " : "",
			       help_rows[i].argument ? help_rows[i].argument : "");
		printf("  %-20s %s\n", left, help_rows[i].doc);
	}
	printf("\nSignals: HUP reloads the configuration, USR1 releases /dev/ipmi* (for rmmod),\n"
	       "USR2 takes it again, TERM ends.\n"
	       "Exit status: 0 ended on request, 1 failed, 64 wrong usage, 75 to be started again, "
	       "78 wrong configuration.\n");
}

/* 0; -1: go on is not wanted, *ret_code is the exit status. */
static int take_argument(struct arguments *a, int option, int *ret_code)
{
	*ret_code = CODE_OK;
	switch (option) {
	case 'c':
		a->engine.config_path = optarg;
		return 0;
	case ARG_ROOT:
		a->engine.root = optarg;
		return 0;
	case ARG_STATE:
		a->engine.state_dir = *optarg ? optarg : NULL;
		return 0;
	case ARG_RUN:
		a->engine.run_dir = optarg;
		return 0;
	case ARG_LOG:
		a->engine.has_log_where = true;
		if (log_where_parse(optarg, &a->engine.log_where) == 0)
			return 0;
		(void)fprintf(stderr,
			      "bmchealthd: --log-target %s: should be auto, journal or stderr\n",
			      optarg);
		*ret_code = CODE_USAGE;
		return -1;
	case ARG_CHECK:
	case ARG_DUMP:
	case ARG_SAMPLE:
	case ARG_MAN:
		a->is_show = true;
		a->show = (enum engine_show)(option - ARG_CHECK);
		return 0;
	case 'V':
		printf("bmchealthd %s\n", PACKAGE_VERSION);
		return -1;
	case 'h':
		print_help();
		return -1;
	default:
		(void)fprintf(stderr, "Try `bmchealthd --help`.\n");
		*ret_code = CODE_USAGE;
		return -1;
	}
}

static int parse_arguments(int argc, char **argv, struct arguments *a, int *ret_code)
{
	struct option names[COUNT_OF(help_rows) + 1] = { 0 };
	int option;

	for (size_t i = 0; i < COUNT_OF(help_rows); i++)
		names[i] = help_rows[i].name;
	while ((option = getopt_long(argc, argv, "c:hV", names, NULL)) != -1) {
		if (take_argument(a, option, ret_code) < 0)
			return -1;
	}
	if (optind == argc)
		return 0;
	(void)fprintf(stderr, "bmchealthd: takes no argument \"%s\". Try `bmchealthd --help`.\n",
		      argv[optind]);
	*ret_code = CODE_USAGE;
	return -1;
}

static int code_of(int r)
{
	return r == 0 ? CODE_OK : r == -EINVAL ? CODE_CONFIG : CODE_FAILED;
}

/* What can be done when engine_new() failed; what failed was said in detail where it did. */
static void say_not_started(int r)
{
	if (r == -EINVAL) {
		log_msg(LOG_ERR, "not started: the configuration has errors. Next: mend the lines "
				 "named above, try `bmchealthd --check-config`, start again");
		return;
	}
	log_msg(LOG_ERR,
		"not started: %s. Next: do what the line above says; if there is none, see whether "
		"this host is short of memory or descriptors",
		strerror(-r));
}

static int run(const struct engine_settings *settings)
{
	struct engine *engine;
	int r;

	log_open(settings->log_where, LOG_INFO); /* for complaints before the options are read */
	r = engine_new(settings, &engine);
	if (r < 0) {
		say_not_started(r);
		return code_of(r);
	}
	r = engine_run(engine);
	engine_free(engine);
	return r == -ESTALE ? CODE_AGAIN : code_of(r); /* a file system has its ESTALE, too */
}

int main(int argc, char **argv)
{
	struct arguments a = { .engine = { .root = "",
					   .state_dir = STATEDIR,
					   .run_dir = RUNDIR,
					   .log_where = LOG_AUTO } };
	int code;

	if (parse_arguments(argc, argv, &a, &code) < 0)
		return code;
	if (a.is_show)
		return code_of(engine_show(&a.engine, a.show));
	return run(&a.engine);
}
