/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthctl exec: waits for the turn (base/turn.h), then becomes the command. So its exit
 * status and its signals are its own, and the turn ends with the last process that has it open.
 */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>

#include "base/clock.h"
#include "base/parse.h"
#include "base/turn.h"
#include "cli/command.h"

#define WAIT_US	   (30 * USEC_PER_SEC)
#define WAIT_MAX   USEC_PER_DAY
#define WAKE_US	   100000 /* how exactly --wait is kept */
#define NOT_RUN	   126	  /* as env(1) and the shell have them */
#define NOT_FOUND  127
#define ALREADY_IN "BMCHEALTHD_EXEC" /* the process whose turn it is */

static void on_alarm(int number UNUSED)
{
	/* flock() ends with EINTR, that is all */
}

/* A signal every now and then, so that waiting ends: repeated, because one alone may come just
 * before the wait. */
static int set_alarm(bool is_on)
{
	const struct timeval wake = { .tv_usec = is_on ? WAKE_US : 0 };
	const struct itimerval timer = { .it_interval = wake, .it_value = wake };
	struct sigaction action = { .sa_handler = is_on ? on_alarm : SIG_DFL };

	/* no SA_RESTART: the wait is to end */
	if (is_on && sigaction(SIGALRM, &action, NULL) < 0)
		return neg_errno();
	if (setitimer(ITIMER_REAL, &timer, NULL) < 0)
		return neg_errno();
	return !is_on && sigaction(SIGALRM, &action, NULL) < 0 ? neg_errno() : 0;
}

/* 0, -EAGAIN: not within that time, -errno. *fd may become another: the file can be replaced. */
static int wait_turn(int *fd, const char *run_dir, int64_t wait_us)
{
	const mono_us begin = clock_mono();
	bool waits = false;
	int r;

	for (;;) {
		r = turn_take(*fd, run_dir, waits);
		if (r == -ESTALE) {
			close_fd(fd);
			*fd = turn_open(run_dir);
			if (*fd < 0)
				return *fd;
		} else if (r != -EINTR && r != -EAGAIN) {
			return r;
		}
		waits = true;
		if (mono_since(clock_mono(), begin) >= wait_us)
			return -EAGAIN;
	}
}

static int explain_turn(int fd, const char *run_dir, int error, int64_t wait_us)
{
	char holder[TURN_HOLDER_MAX + 32], span[CLOCK_TEXT_MAX];

	if (error == -EAGAIN) {
		turn_holder(fd, holder);
		clock_format_span(wait_us, span);
		(void)fprintf(stderr,
			      "bmchealthctl: exec: no turn within %s: %s has it. Next: `fuser -v "
			      "%s/" TURN_NAME "`, or a longer --wait\n",
			      wait_us > 0 ? span : "0 s", holder, run_dir);
		return CODE_LATER;
	}
	(void)fprintf(stderr, "bmchealthctl: exec: %s/" TURN_NAME ": %s%s\n", run_dir,
		      strerror(-error),
		      error == -EACCES || error == -EPERM ? ". Next: try as root" : "");
	return error == -EACCES || error == -EPERM ? CODE_NO_PERMISSION : CODE_UNKNOWN;
}

static int become(char **argv)
{
	int error;

	(void)execvp(argv[0], argv);
	error = neg_errno();
	(void)fprintf(stderr, "bmchealthctl: exec: %s: %s\n", argv[0], strerror(-error));
	return error == -ENOENT ? NOT_FOUND : NOT_RUN;
}

/* A script in exec that calls exec: it is its turn already. */
static bool is_inside(int fd)
{
	const char *given = getenv(ALREADY_IN), *end;
	char name[TURN_HOLDER_MAX];
	uint64_t pid;

	return given && parse_u64(given, &pid, &end) == 0 && *end == '\0' && pid > 0 &&
	       (uint64_t)turn_signed(fd, name) == pid && kill((pid_t)pid, 0) == 0;
}

/* The lock stays open in what is run. */
static int hand_over(int fd, char **argv)
{
	char pid[16];
	int copy = dup(fd); /* without close-on-exec */

	if (copy < 0)
		return neg_errno();
	turn_sign(copy, getpid(), argv[0]);
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	return setenv(ALREADY_IN, pid, 1) < 0 ? neg_errno() : 0;
}

static int take_and_run(const char *run_dir, int64_t wait_us, char **argv)
{
	SCOPED(close_fd) int fd = turn_open(run_dir);
	int r;

	if (fd < 0)
		return explain_turn(fd, run_dir, fd, wait_us);
	if (is_inside(fd))
		return become(argv);
	r = set_alarm(true);
	if (r == 0)
		r = wait_turn(&fd, run_dir, wait_us);
	if (r == 0)
		r = set_alarm(false);
	if (r == 0)
		r = hand_over(fd, argv);
	return r < 0 ? explain_turn(fd, run_dir, r, wait_us) : become(argv);
}

static int exec_run(const struct command_env *env, int argc, char **argv)
{
	int64_t wait_us = WAIT_US;

	if (env->wait && (parse_duration(env->wait, &wait_us) < 0 || wait_us > WAIT_MAX)) {
		(void)fprintf(stderr,
			      "bmchealthctl: exec: --wait \"%s\" is no span of a day at "
			      "most, such as 10 or 2min\n",
			      env->wait);
		return CODE_USAGE;
	}
	if (argc > 0)
		return take_and_run(env->run_dir, wait_us, argv);
	(void)fprintf(stderr, "bmchealthctl: exec: what? E.g. `bmchealthctl exec -- ipmitool mc "
			      "info`\n");
	return CODE_USAGE;
}

const struct command command_exec = {
	.name = "exec",
	.arguments = "-- COMMAND",
	.summary = "run a program while the daemon keeps quiet",
	.help = "Waits until no command of the daemon is under way and no other program run this\n"
		"way is running, then becomes COMMAND. The daemon sends nothing until COMMAND and\n"
		"all that it started have ended, but for no longer than daemon.quiet_max; what "
		"was\n"
		"left out is not held against the BMC. Needs root, but no daemon.\n"
		"  --wait SPAN   for its turn: 30 s unless given; 0: not at all\n"
		"A script can do the same with flock(1), on RUN_DIR/" TURN_NAME ":\n"
		"  flock -w 30 " RUNDIR "/" TURN_NAME " ipmitool sel list\n"
		"Exit status: that of COMMAND; 75 not its turn in time, 77 not permitted, 126\n"
		"COMMAND cannot be run, 127 COMMAND is not found.\n",
	.max_arguments = INT_MAX,
	.run = exec_run,
};
