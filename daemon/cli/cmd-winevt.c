/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthctl winevt decode: each file becomes the standard input of a bmchealthd-winevt, which
 * gives up all rights before it reads, so a hostile file meets nothing of value. That program is a
 * package of its own.
 */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "cli/winevt.h"

#define NAME	  "bmchealthd-winevt"
#define HELPER	  LIBEXECDIR "/" NAME
#define NOT_THERE 127 /* posix_spawn(3), where the child could not tell in time */

int winevt_open(const char *path, bool may_be_pipe)
{
	struct stat st;
	int fd, r = 0;

	if (strcmp(path, "-") == 0 && may_be_pipe)
		return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || fcntl(fd, F_SETFL, 0) < 0) /* it blocks again */
		r = neg_errno();
	else if (!S_ISREG(st.st_mode) && !(may_be_pipe && S_ISFIFO(st.st_mode)))
		r = S_ISDIR(st.st_mode) ? -EISDIR : -ENOTSUP;
	if (r == 0)
		return fd;
	(void)fprintf(stderr, "bmchealthctl: winevt: %s: %s\n", path, strerror(-r));
	close_fd(&fd);
	return r;
}

/* --- the child --- */

static int spawn(const struct command_env *env, const char *helper, const char *path, int fd,
		 pid_t *ret)
{
	const char *arguments[] = { "bmchealthd-winevt",
				    "decode",
				    "--name",
				    path,
				    "--format",
				    env->format ? env->format : "auto",
				    env->zone ? "--timezone" : NULL,
				    env->zone,
				    NULL,
				    NULL };
	const size_t count = env->zone ? 8 : 6;
	char *argv[COUNT_OF(arguments)];
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error != 0)
		return -error;
	if (isatty(STDERR_FILENO))
		arguments[count] = "--progress";
	memcpy(argv, arguments, sizeof(argv)); /* nobody writes to them */
	error = posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	if (error == 0)
		error = posix_spawn(ret, helper, &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	return -error;
}

static int explain_missing(const char *helper, int error)
{
	if (error != -ENOENT) {
		(void)fprintf(stderr, "bmchealthctl: winevt: %s: %s\n", helper, strerror(-error));
		return CODE_UNKNOWN;
	}
	(void)fprintf(stderr,
		      "bmchealthctl: winevt: %s is not there. Next: install the package "
		      "bmchealthd-winevt (or build with --enable-winevt)\n",
		      helper);
	return CODE_UNAVAILABLE;
}

static int explain(const char *helper, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE)
		return explain_missing(helper, -ENOENT);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	if (WTERMSIG(status) == SIGPIPE) /* who reads has had enough */
		return CODE_UNKNOWN;
	(void)fprintf(stderr, "bmchealthctl: winevt: %s was killed by a signal\n", helper);
	return CODE_UNKNOWN;
}

static int decode_one(const struct command_env *env, const char *helper, const char *path)
{
	SCOPED(close_fd) int fd = winevt_open(path, true);
	int status = 0, r;
	pid_t child = 0;

	if (fd < 0)
		return CODE_NO_INPUT;
	r = spawn(env, helper, path, fd, &child);
	if (r < 0)
		return explain_missing(helper, r);
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return CODE_UNKNOWN;
	}
	return explain(helper, status);
}

/* --- the command --- */

/* Where it is installed; else beside us, as in a build folder. `path` has PATH_MAX bytes. */
static const char *find_helper(char *path)
{
	const char *given = getenv("BMC_WINEVT_HELPER");
	const ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - sizeof(NAME));
	char *slash;

	if (given && geteuid() == getuid())
		return given;
	if (access(HELPER, X_OK) == 0 || n <= 0)
		return HELPER;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return HELPER;
	memcpy(slash + 1, NAME, sizeof(NAME));
	return access(path, X_OK) == 0 ? path : HELPER;
}

static int decode(const struct command_env *env, int count, char **paths)
{
	char path[PATH_MAX];
	const char *helper = find_helper(path);
	int worst = CODE_OK;

	for (int i = 0; i < count; i++) {
		const int code = decode_one(env, helper, paths[i]);

		if (code == CODE_UNAVAILABLE || code == CODE_USAGE || code == CODE_UNKNOWN ||
		    code == CODE_OUTPUT)
			return code;
		if (code > worst)
			worst = code;
	}
	return worst;
}

static int winevt_run(const struct command_env *env, int argc, char **argv)
{
	if (argc < 2) {
		(void)fprintf(stderr, "bmchealthctl: winevt: `winevt decode FILE…` or `winevt "
				      "import FILE…`. Try `bmchealthctl help winevt`.\n");
		return CODE_USAGE;
	}
	if (strcmp(argv[0], "decode") == 0)
		return decode(env, argc - 1, argv + 1);
	if (strcmp(argv[0], "import") == 0)
		return winevt_import(env, argc - 1, argv + 1);
	(void)fprintf(stderr, "bmchealthctl: winevt: \"%s\" is neither decode nor import\n",
		      argv[0]);
	return CODE_USAGE;
}

const struct command command_winevt = {
	.name = "winevt",
	.arguments = "decode|import FILE…",
	.summary = "event logs of Windows hosts: print them, or add them to the history",
	.help = "decode prints each event of IPMIDRV as a JSON object, a line each, in the order "
		"of\n"
		"the file; - is standard input. import hands the files to bmchealthd-winevt, and\n"
		"their events to the daemon: those that are known already are left out, and at "
		"the\n"
		"end there is one verdict on each host, as of now. It needs root, both services, "
		"and\nwinevt.enabled.\n"
		"  --format FORMAT  evtx: an event log; xml, json, syslog or mixed: text; instead "
		"of\n"
		"                   looking. json, syslog and mixed take each other's lines\n"
		"  --timezone ZONE  of lines that do not say where they are: Europe/Berlin, "
		"+01:00\n"
		"  --host NAME      for import: the events are of this host, whatever they say\n"
		"What cannot be read is counted on standard error. Exit status: 0 all was read; "
		"65\n"
		"records were skipped, the rest is there; 66 a file cannot be read; 69 the "
		"package\n"
		"bmchealthd-winevt is missing; 74 the output cannot be written; 3 the reader or "
		"the\ndaemon does not answer, or nobody reads the output any more.\n",
	.max_arguments = INT_MAX,
	.run = winevt_run,
};
