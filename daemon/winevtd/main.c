/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthd-winevt: command line, exit code.
 */
#include <getopt.h>
#include <stdio.h>

#include "base/fsio.h"
#include "base/log.h"
#include "model/winevt-import.h"
#include "winevt/format.h"
#include "winevtd/decode-file.h"
#include "winevtd/helper.h"
#include "winevtd/rights.h"

enum exit_code { CODE_OK = 0, CODE_FAILED = 1, CODE_USAGE = 64, CODE_CONFIG = 78 };

enum {
	ARG_RUN = 256,
	ARG_STATE,
	ARG_ROOT,
	ARG_CHECK,
	ARG_DUMP,
	ARG_SAMPLE,
	ARG_MAN,
	ARG_FORMAT,
	ARG_ZONE,
	ARG_NAME,
	ARG_PROGRESS,
};

static const struct option options[] = {
	{ "run-dir", required_argument, NULL, ARG_RUN },
	{ "state-dir", required_argument, NULL, ARG_STATE },
	{ "config", required_argument, NULL, 'c' },
	{ "root", required_argument, NULL, ARG_ROOT },
	{ "check-config", no_argument, NULL, ARG_CHECK },
	{ "dump-config", no_argument, NULL, ARG_DUMP },
	{ "sample-config", no_argument, NULL, ARG_SAMPLE },
	{ "man-options", no_argument, NULL, ARG_MAN },
	{ "format", required_argument, NULL, ARG_FORMAT },
	{ "timezone", required_argument, NULL, ARG_ZONE },
	{ "name", required_argument, NULL, ARG_NAME },
	{ "progress", no_argument, NULL, ARG_PROGRESS },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

struct arguments {
	const char *run_dir, *state_dir, *config_path, *root;
	struct decode_settings decode;
	int show; /* ARG_CHECK, …; 0: run */
};

static void print_help(void)
{
	printf("Usage: bmchealthd-winevt [OPTION...]\n"
	       "       bmchealthd-winevt decode [--format FORMAT] [--timezone ZONE] <FILE\n"
	       "Reads event logs of Windows hosts for bmchealthd. systemd starts it as\n"
	       "bmchealthd-winevt.service; bmchealthctl winevt decode and import use it.\n\n"
	       "  --config FILE    [" SYSCONFDIR "/bmchealthd/winevt.conf]\n"
	       "  --run-dir DIR    the daemon's sockets are in DIR [" RUNDIR "]; its own in\n"
	       "                   DIR" WINEVT_IMPORT_SUFFIX "\n"
	       "  --state-dir DIR  what it has read is kept in DIR [" STATEDIR WINEVT_IMPORT_SUFFIX
	       "]\n"
	       "  --check-config   say what is wrong with the configuration\n"
	       "  --dump-config    print the effective settings\n"
	       "  --sample-config  print every option\n"
	       "  --root DIR       look for /etc under DIR (tests, images)\n"
	       "  --version, --help\n\n"
	       "decode prints each event of IPMIDRV as a JSON object, a line each.\n"
	       "  --format FORMAT  auto, or one of:\n");
	for (const struct winevt_format *f = winevt_formats; f->name; f++)
		printf("                   %-7s %s\n", f->name, f->about);
	printf("  --timezone ZONE  of lines that do not say where they are: Europe/Berlin, +01:00\n"
	       "  --name NAME      of the file, for messages\n"
	       "  --progress       on standard error\n\n"
	       "Exit status: 0 ended on request, or all was decoded; 1 failed, 3 the output "
	       "cannot\n"
	       "be written, 64 wrong usage, 65 something was skipped, 66 the file cannot be read,\n"
	       "78 wrong configuration.\n");
}

static int refuse(const char *text)
{
	(void)fprintf(stderr, "bmchealthd-winevt: %s. Try `bmchealthd-winevt --help`.\n", text);
	return CODE_USAGE;
}

/* --- options --- */

static const char **text_of(struct arguments *a, int option)
{
	const struct {
		int option;
		const char **text;
	} texts[] = {
		{ ARG_RUN, &a->run_dir },	   { ARG_STATE, &a->state_dir },
		{ 'c', &a->config_path },	   { ARG_ROOT, &a->root },
		{ ARG_FORMAT, &a->decode.format }, { ARG_ZONE, &a->decode.zone },
		{ ARG_NAME, &a->decode.name },
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (texts[i].option == option)
			return texts[i].text;
	return NULL;
}

/* 0, or -1: end with *ret_code. */
static int take_option(struct arguments *a, int option, int *ret_code)
{
	const char **text = text_of(a, option);

	*ret_code = CODE_OK;
	if (text) {
		*text = optarg;
		return 0;
	}
	switch (option) {
	case ARG_CHECK:
	case ARG_DUMP:
	case ARG_SAMPLE:
	case ARG_MAN:
		a->show = option;
		return 0;
	case ARG_PROGRESS:
		a->decode.shows_progress = true;
		return 0;
	case 'V':
		printf("bmchealthd-winevt %s\n", PACKAGE_VERSION);
		return -1;
	case 'h':
		print_help();
		return -1;
	default:
		(void)fprintf(stderr, "Try `bmchealthd-winevt --help`.\n");
		*ret_code = CODE_USAGE;
		return -1;
	}
}

/* --- what is asked for --- */

static int decode(const struct arguments *a)
{
	char names[WINEVT_NAMES_MAX], text[128];
	int r;

	if (strcmp(a->decode.format, "auto") != 0 && !winevt_format_named(a->decode.format)) {
		winevt_format_names(names);
		(void)snprintf(text, sizeof(text), "--format is one of %s", names);
		return refuse(text);
	}
	r = rights_drop();
	if (r < 0) {
		(void)fprintf(stderr, "bmchealthd-winevt: rights cannot be dropped: %s\n",
			      strerror(-r));
		return CODE_FAILED;
	}
	return decode_file(STDIN_FILENO, &a->decode, stdout);
}

static void free_settings(struct reader_settings *s)
{
	reader_free(s);
}

static int run(const struct arguments *a, const char *own_dir, const struct reader_settings *reader)
{
	const struct helper_settings settings = { .reader = reader,
						  .run_dir = a->run_dir,
						  .own_dir = own_dir,
						  .state_dir = a->state_dir };
	int r;

	log_open(LOG_AUTO, LOG_INFO);
	r = helper_run(&settings);
	if (r == 0)
		return CODE_OK;
	log_msg(LOG_ERR, "winevt: ended: %s", strerror(-r));
	return CODE_FAILED;
}

static int configured(const struct arguments *a)
{
	SCOPED(free_settings) struct reader_settings reader = { .config = NULL };
	char own_dir[FS_PATH_MAX];
	const int n = snprintf(own_dir, sizeof(own_dir), "%s" WINEVT_IMPORT_SUFFIX, a->run_dir);
	const struct reader_files files = { a->root, a->config_path, own_dir };

	if (n < 0 || (size_t)n >= sizeof(own_dir))
		return refuse("--run-dir is too long");
	if (reader_load(&files, stderr, &reader) < 0)
		return CODE_CONFIG;
	if (a->show == ARG_DUMP)
		reader_dump(&reader, stdout);
	if (a->show == ARG_CHECK)
		printf("fine: %zu input%s\n", reader.count, reader.count == 1 ? "" : "s");
	return a->show == 0 ? run(a, own_dir, &reader) : CODE_OK;
}

int main(int argc, char **argv)
{
	struct arguments a = { .run_dir = RUNDIR,
			       .state_dir = STATEDIR WINEVT_IMPORT_SUFFIX,
			       .root = "",
			       .decode = { .name = "standard input", .format = "auto" } };
	int option, code;

	while ((option = getopt_long(argc, argv, "c:hV", options, NULL)) != -1) {
		if (take_option(&a, option, &code) < 0)
			return code;
	}
	if (optind + 1 == argc && strcmp(argv[optind], "decode") == 0)
		return decode(&a);
	if (optind < argc)
		return refuse("takes no argument but decode");
	if (a.show == ARG_SAMPLE)
		reader_sample(stdout);
	else if (a.show == ARG_MAN)
		reader_man_table(stdout);
	else
		return configured(&a);
	return CODE_OK;
}
