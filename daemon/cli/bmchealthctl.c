/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthctl: the table of commands, and the options before one.
 */
#include <getopt.h>
#include <stdio.h>

#include "cli/command.h"

static const struct command *const commands[] = {
	&command_status,  &command_findings, &command_who,    &command_sensors,
	&command_history, &command_once,     &command_advise, &command_check_config,
	&command_exec,	  &command_release,  &command_resume, &command_note,
	&command_export,  &command_replay,   &command_trace,  &command_winevt,
};

static void print_help(void)
{
	printf("Usage: bmchealthctl [OPTION...] [COMMAND [ARGUMENT]]\n"
	       "Asks bmchealthd how the BMC is; without a command: status.\n\n"
	       "Commands:\n");
	for (size_t i = 0; i < COUNT_OF(commands); i++)
		printf("  %-13s %-10s %s\n", commands[i]->name, commands[i]->arguments,
		       commands[i]->summary);
	printf("  %-13s %-10s %s\n", "help", "[COMMAND]", "this, or more on one command");
	printf("\nOptions:\n"
	       "  --json         machine-readable, where a command has something to say\n"
	       "  --run-dir DIR  the daemon's status socket is in DIR [" RUNDIR "]\n"
	       "  --config FILE  for once and check-config\n"
	       "  --state-dir DIR the history is in DIR [" STATEDIR "]\n"
	       "  --since WHEN   for history and export: so long ago (9d) or a day (2026-11-22)\n"
	       "  --command NAME for history: device-id or sensor\n"
	       "  --svg FILE, --png FILE  for history: a picture\n"
	       "  --csv [FILE]   for history, export, replay; without FILE or with -: standard "
	       "output, "
	       "input\n"
	       "  --from FILE    for history: a recording, as export writes it; -: standard "
	       "input\n"
	       "  --from-store   for replay\n"
	       "  --words        for replay: findings as the journal would have had them\n"
	       "  --at WHEN, --target NAME  for note: when it was, and of which\n"
	       "  --windows      for advise\n"
	       "  --format FORMAT, --timezone ZONE, --host NAME  for winevt\n"
	       "  --wait SPAN    for exec: so long for its turn [30 s]\n"
	       "  --root DIR     look for /sys and /etc under DIR (tests, images)\n"
	       "  --version, --help\n"
	       "\n"
	       "Exit status: 0 ok, 1 warning, 2 critical, 3 unknown (no daemon, no device, no "
	       "answer\nyet), 64 wrong usage, 65 rows or records that cannot be read, 66 a file "
	       "that "
	       "cannot,\n69 a program that is not installed, 74 the output cannot be written, 75 "
	       "not its turn,\n77 not permitted, 78 wrong configuration.\n");
}

static const struct command *look_up(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(commands); i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

static const struct command *find_command(const char *name)
{
	const struct command *command = look_up(name);

	if (!command)
		(void)fprintf(stderr, "bmchealthctl: no command \"%s\". Try `bmchealthctl help`.\n",
			      name);
	return command;
}

static bool takes_program(const char *name)
{
	const struct command *command = look_up(name);

	return command && command->takes_program;
}

static int help(const char *name)
{
	const struct command *command;

	if (!name || strcmp(name, "help") == 0) {
		print_help();
		return CODE_OK;
	}
	command = find_command(name);
	if (!command)
		return CODE_USAGE;
	printf("Usage: bmchealthctl [OPTION...] %s %s\n%s.\n%s", command->name, command->arguments,
	       command->summary, command->help);
	return CODE_OK;
}

static int run_command(const struct command_env *env, int argc, char **argv)
{
	const struct command *command;

	if (argc > 0 && strcmp(argv[0], "help") == 0)
		return help(argc > 1 ? argv[1] : NULL);
	command = argc > 0 ? find_command(argv[0]) : &command_status;
	if (!command)
		return CODE_USAGE;
	if (argc - 1 <= command->max_arguments)
		return command->run(env, argc > 0 ? argc - 1 : 0, argv + 1);
	(void)fprintf(stderr,
		      "bmchealthctl: %s: too many arguments: \"%s\". Try `bmchealthctl help "
		      "%s`.\n",
		      command->name, argv[command->max_arguments + 1], command->name);
	return CODE_USAGE;
}

enum {
	ARG_JSON = 256,
	ARG_RUN,
	ARG_ROOT,
	ARG_CSV,
	ARG_STATE,
	ARG_SINCE,
	ARG_STORE,
	ARG_FROM,
	ARG_WORDS,
	ARG_SVG,
	ARG_PNG,
	ARG_COMMAND,
	ARG_WAIT,
	ARG_WINDOWS,
	ARG_AT,
	ARG_TARGET,
	ARG_FORMAT,
	ARG_ZONE,
	ARG_HOST
};

static const struct option options[] = {
	{ "json", no_argument, NULL, ARG_JSON },
	{ "run-dir", required_argument, NULL, ARG_RUN },
	{ "config", required_argument, NULL, 'c' },
	{ "csv", optional_argument, NULL, ARG_CSV },
	{ "state-dir", required_argument, NULL, ARG_STATE },
	{ "since", required_argument, NULL, ARG_SINCE },
	{ "svg", required_argument, NULL, ARG_SVG },
	{ "png", required_argument, NULL, ARG_PNG },
	{ "command", required_argument, NULL, ARG_COMMAND },
	{ "from", required_argument, NULL, ARG_FROM },
	{ "from-store", no_argument, NULL, ARG_STORE },
	{ "windows", no_argument, NULL, ARG_WINDOWS },
	{ "wait", required_argument, NULL, ARG_WAIT },
	{ "at", required_argument, NULL, ARG_AT },
	{ "target", required_argument, NULL, ARG_TARGET },
	{ "words", no_argument, NULL, ARG_WORDS },
	{ "format", required_argument, NULL, ARG_FORMAT },
	{ "timezone", required_argument, NULL, ARG_ZONE },
	{ "host", required_argument, NULL, ARG_HOST },
	{ "root", required_argument, NULL, ARG_ROOT },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

/* `--csv FILE`, `--csv=FILE`, or neither: the word behind it, if that is no option. */
static const char *optional_word(char **argv)
{
	const char *next = argv[optind];

	if (optarg)
		return optarg;
	if (!next || (next[0] == '-' && next[1] != '\0'))
		return "-";
	optind++;
	return next;
}

/* Those that are text and no more. */
static const char **text_of(struct command_env *env, int option)
{
	const struct {
		int option;
		const char **text;
	} texts[] = {
		{ 'c', &env->config_path },	{ ARG_RUN, &env->run_dir },
		{ ARG_STATE, &env->state_dir }, { ARG_SINCE, &env->since },
		{ ARG_SVG, &env->svg_path },	{ ARG_PNG, &env->png_path },
		{ ARG_COMMAND, &env->command }, { ARG_FROM, &env->from_path },
		{ ARG_WAIT, &env->wait },	{ ARG_ROOT, &env->root },
		{ ARG_AT, &env->at },		{ ARG_TARGET, &env->target },
		{ ARG_FORMAT, &env->format },	{ ARG_ZONE, &env->zone },
		{ ARG_HOST, &env->host },
	};

	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (texts[i].option == option)
			return texts[i].text;
	return NULL;
}

/* 0, or -1: end with *ret_code. */
static int take_option(struct command_env *env, int option, char **argv, int *ret_code)
{
	const char **text = text_of(env, option);

	*ret_code = CODE_OK;
	if (text) {
		*text = optarg;
		return 0;
	}
	switch (option) {
	case ARG_JSON:
		env->wants_json = true;
		return 0;
	case ARG_CSV:
		env->csv_path = optional_word(argv);
		return 0;
	case ARG_STORE:
		env->is_from_store = true;
		return 0;
	case ARG_WINDOWS:
		env->wants_windows = true;
		return 0;
	case ARG_WORDS:
		env->wants_words = true;
		return 0;
	case 'V':
		printf("bmchealthctl %s\n", PACKAGE_VERSION);
		return -1;
	case 'h':
		env->wants_help = true;
		return 0;
	default:
		(void)fprintf(stderr, "Try `bmchealthctl --help`.\n");
		*ret_code = CODE_USAGE;
		return -1;
	}
}

/*
 * Options may stand behind the command too: `status --json`. But not behind the program that exec
 * runs: they are its own. The words are moved to argv[1] and on; how many there are, or -1: end
 * with *ret_code.
 */
static int take_words(struct command_env *env, int argc, char **argv, int *ret_code)
{
	int option, count = 0;

	while ((option = getopt_long(argc, argv, "-c:hV", options, NULL)) != -1) {
		if (option != 1 && take_option(env, option, argv, ret_code) < 0)
			return -1;
		if (option == 1)
			argv[++count] = optarg;
		if (count == 2 && takes_program(argv[1]))
			break;
	}
	while (optind < argc)
		argv[++count] = argv[optind++];
	argv[count + 1] = NULL;
	return count;
}

/* A full disk must not look like an empty answer. */
static int close_output(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	(void)fprintf(stderr, "bmchealthctl: what was to be said could not be written: %s\n",
		      strerror(errno));
	return CODE_OUTPUT;
}

int main(int argc, char **argv)
{
	struct command_env env = { .run_dir = RUNDIR, .root = "", .state_dir = STATEDIR };
	int code, count = take_words(&env, argc, argv, &code);

	if (count >= 0)
		code = env.wants_help ? help(argv[1]) : run_command(&env, count, argv + 1);
	return close_output(code);
}
