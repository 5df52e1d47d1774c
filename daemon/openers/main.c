/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthd-openers: command line, exit code.
 */
#include <getopt.h>
#include <stdio.h>

#include "base/log.h"
#include "openers/helper.h"

enum exit_code { CODE_OK = 0, CODE_FAILED = 1, CODE_USAGE = 64 };

enum { ARG_RUN = 256, ARG_ROOT, ARG_DEVICE, ARG_QUIET };

static const struct option options[] = {
	{ "run-dir", required_argument, NULL, ARG_RUN },
	{ "root", required_argument, NULL, ARG_ROOT },
	{ "device", required_argument, NULL, ARG_DEVICE },
	{ "only-look", no_argument, NULL, ARG_QUIET },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

static void print_help(void)
{
	printf("Usage: bmchealthd-openers [OPTION...]\n"
	       "Tells bmchealthd which programs have /dev/ipmi* open. systemd starts it as\n"
	       "bmchealthd-openers.service.\n\n"
	       "  --run-dir DIR    the daemon's sockets are in DIR [" RUNDIR "]\n"
	       "  --only-look      look through all processes when asked, do not listen to "
	       "openings\n"
	       "  --root DIR       look for /sys under DIR (tests)\n"
	       "  --device N=PATH  the character device PATH is interface N's (tests)\n"
	       "  --version, --help\n\n"
	       "Exit status: 0 ended on request, 1 failed, 64 wrong usage.\n");
}

static int refuse(const char *text)
{
	(void)fprintf(stderr, "bmchealthd-openers: %s. Try `bmchealthd-openers --help`.\n", text);
	return CODE_USAGE;
}

/* 0, or -1: end with *ret_code. */
static int take_option(struct helper_settings *s, int option, int *ret_code)
{
	*ret_code = CODE_OK;
	switch (option) {
	case ARG_RUN:
		s->run_dir = optarg;
		return 0;
	case ARG_ROOT:
		s->root = optarg;
		return 0;
	case ARG_DEVICE:
		if (device_list_add(&s->devices, optarg) == 0)
			return 0;
		*ret_code = refuse("--device takes N=PATH, N from 0 to 7, PATH a character device");
		return -1;
	case ARG_QUIET:
		s->is_quiet = true;
		return 0;
	case 'V':
		printf("bmchealthd-openers %s\n", PACKAGE_VERSION);
		return -1;
	case 'h':
		print_help();
		return -1;
	default:
		(void)fprintf(stderr, "Try `bmchealthd-openers --help`.\n");
		*ret_code = CODE_USAGE;
		return -1;
	}
}

int main(int argc, char **argv)
{
	struct helper_settings settings = { .run_dir = RUNDIR, .root = "", .proc = "/proc" };
	int option, code, r;

	while ((option = getopt_long(argc, argv, "hV", options, NULL)) != -1) {
		if (take_option(&settings, option, &code) < 0)
			return code;
	}
	if (optind < argc)
		return refuse("takes no argument");
	log_open(LOG_AUTO, LOG_INFO);
	r = helper_run(&settings);
	if (r == 0)
		return CODE_OK;
	log_msg(LOG_ERR, "openers: not started: %s", strerror(-r));
	return CODE_FAILED;
}
