/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthctl exec: waits for the turn (base/turn.h), then runs the command and holds the turn
 * until it ends. The lock is ours and not the command's, because many a program closes what it did
 * not open (closefrom(3), python's subprocess), and a lock with it. If we are killed (SIGKILL), the
 * command goes on and the turn is over: to kill it as well might end a firmware update half-way.
 */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>

#include "base/clock.h"
#include "base/parse.h"
#include "base/turn.h"
#include "cli/child.h"
#include "cli/command.h"
#include "engine/quiet.h"

#define WAIT_US	   (30 * USEC_PER_SEC)
#define WAIT_MAX   USEC_PER_DAY
#define WAKE_US	   100000	/* how exactly --wait is kept */
#define MUTE_US	   USEC_PER_SEC /* a wait of less is no news */
#define NOT_RUN	   126		/* as env(1) and the shell have them */
#define NOT_FOUND  127
#define ALREADY_IN "BMCHEALTHD_EXEC" /* the process whose turn it is */

static void on_alarm(int number UNUSED)
{
	/* flock() ends with EINTR, that is all */
}

struct alarm {
	struct sigaction action; /* what there was before */
	sigset_t mask;
};

/* A signal every now and then, so that waiting ends: repeated, because one alone may come just
 * before the wait. */
static int alarm_on(struct alarm *before)
{
	const struct timeval wake = { .tv_usec = WAKE_US };
	const struct itimerval timer = { .it_interval = wake, .it_value = wake };
	const struct sigaction action = { .sa_handler = on_alarm }; /* no SA_RESTART */
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGALRM);
	/* whoever called may have it blocked */
	if (sigaction(SIGALRM, &action, &before->action) < 0 ||
	    sigprocmask(SIG_UNBLOCK, &set, &before->mask) < 0 ||
	    setitimer(ITIMER_REAL, &timer, NULL) < 0)
		return neg_errno();
	return 0;
}

static int alarm_off(const struct alarm *before)
{
	const struct itimerval never = { 0 };

	if (setitimer(ITIMER_REAL, &never, NULL) < 0 ||
	    sigprocmask(SIG_SETMASK, &before->mask, NULL) < 0 ||
	    sigaction(SIGALRM, &before->action, NULL) < 0)
		return neg_errno();
	return 0;
}

/* Somebody may sit there and wonder. */
static void tell_waiting(int fd, int64_t wait_us)
{
	char holder[TURN_HOLDER_MAX + 32], span[CLOCK_TEXT_MAX];

	if (!isatty(STDERR_FILENO))
		return;
	turn_holder(fd, holder);
	clock_format_span(wait_us, span);
	(void)fprintf(stderr, "bmchealthctl: exec: waiting for %s, for %s at most\n", holder, span);
}

/* 0, -EAGAIN: not within that time, -errno. *fd may become another: the file can be replaced. */
static int wait_turn(int *fd, const char *run_dir, int64_t wait_us)
{
	const mono_us begin = clock_mono();
	bool waits = false, is_told = false;
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
		if (!is_told && mono_since(clock_mono(), begin) >= MUTE_US) {
			tell_waiting(*fd, wait_us);
			is_told = true;
		}
	}
}

/* The daemon's turn lasts for one command, seconds at most unless the driver hangs. */
static int explain_later(int fd, int64_t wait_us)
{
	char name[TURN_HOLDER_MAX], holder[TURN_HOLDER_MAX + 32], span[CLOCK_TEXT_MAX];

	turn_holder(fd, holder);
	clock_format_span(wait_us, span);
	(void)turn_signed(fd, name);
	(void)fprintf(stderr, "bmchealthctl: exec: no turn within %s: %s has it%s\n",
		      wait_us > 0 ? span : "0 s", holder,
		      strcmp(name, QUIET_NAME) == 0
			      ? ", for a command of its own that is under way. Next: let it end, "
				"with --wait 30 or longer"
			      : ". Next: wait for its end, or with a longer --wait");
	return CODE_LATER;
}

static int explain_turn(int fd, const char *run_dir, int error, int64_t wait_us)
{
	if (error == -EAGAIN)
		return explain_later(fd, wait_us);
	(void)fprintf(stderr, "bmchealthctl: exec: %s/" TURN_NAME ": %s%s\n", run_dir,
		      strerror(-error),
		      error == -EACCES || error == -EPERM ? ". Next: try as root" : "");
	return error == -EACCES || error == -EPERM ? CODE_NO_PERMISSION : CODE_UNKNOWN;
}

static int explain_run(const char *program, int error)
{
	(void)fprintf(stderr, "bmchealthctl: exec: %s: %s\n", program, strerror(-error));
	return error == -ENOENT ? NOT_FOUND : NOT_RUN;
}

/* Does exec already hold the turn for us, a program that it runs? Not for what is left of one. */
static bool is_inside(int fd)
{
	const char *given = getenv(ALREADY_IN), *end;
	char name[TURN_HOLDER_MAX];
	uint64_t pid;

	return given && parse_u64(given, &pid, &end) == 0 && *end == '\0' && pid > 0 &&
	       (uint64_t)turn_signed(fd, name) == pid && kill((pid_t)pid, 0) == 0;
}

/* 0: it is our turn; 1: it has been already; -EAGAIN, -errno. */
static int get_turn(int *fd, const char *run_dir, int64_t wait_us)
{
	struct alarm alarm;
	int r = turn_take(*fd, run_dir, false), off;

	if (r == -EAGAIN && is_inside(*fd))
		return 1;
	if (r == 0)
		return 0;
	r = alarm_on(&alarm);
	if (r < 0)
		return r;
	r = wait_turn(fd, run_dir, wait_us);
	off = alarm_off(&alarm);
	return r < 0 ? r : off;
}

static int run_inside(char **argv)
{
	(void)execvp(argv[0], argv);
	return explain_run(argv[0], neg_errno());
}

static int run_alone(char **argv)
{
	int status = 0, r = child_run(argv, &status);

	return r < 0 ? explain_run(argv[0], r) : child_end(status);
}

static int sign(int fd, const char *program)
{
	char pid[16];

	turn_sign(fd, getpid(), program);
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());
	return setenv(ALREADY_IN, pid, 1) < 0 ? neg_errno() : 0;
}

static int take_and_run(const char *run_dir, int64_t wait_us, char **argv)
{
	SCOPED(close_fd) int fd = turn_open(run_dir);
	int r = fd;

	if (r >= 0)
		r = get_turn(&fd, run_dir, wait_us);
	if (r == 1)
		return run_inside(argv);
	if (r == 0)
		r = sign(fd, argv[0]);
	return r < 0 ? explain_turn(fd, run_dir, r, wait_us) : run_alone(argv);
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
	if (strcmp(env->run_dir, RUNDIR) != 0 && access(env->run_dir, F_OK) < 0) {
		(void)fprintf(stderr, "bmchealthctl: exec: --run-dir %s: %s\n", env->run_dir,
			      strerror(errno)); /* a lock there would keep nobody out */
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
		"way is running, then runs COMMAND. The daemon sends nothing until COMMAND has "
		"ended,\n"
		"but for no longer than daemon.quiet_max; what was left out is not held against "
		"the\n"
		"BMC. Signals are passed on to COMMAND. Needs root, but no daemon.\n"
		"  --wait SPAN   for its turn: 30 s unless given; 0: not at all, not even for the "
		"end of\n"
		"                a command of the daemon's own\n"
		"A script can do the same with flock(1), on RUN_DIR/" TURN_NAME ":\n"
		"  mkdir -p " RUNDIR "; flock -w 30 " RUNDIR "/" TURN_NAME " ipmitool sel list\n"
		"Over the network the daemon's library keeps its session alive meanwhile, with a "
		"command\neach 10 s; a session that is lost meanwhile is no news.\n"
		"Exit status: that of COMMAND; 75 not its turn in time (who has it is\n"
		"told: a program, or bmchealthd for a command of its own), 77 not permitted, 126\n"
		"COMMAND cannot be run, 127 COMMAND is not found.\n",
	.max_arguments = INT_MAX,
	.takes_program = true,
	.run = exec_run,
};
