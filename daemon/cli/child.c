/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The signals wait, blocked, until the loop takes them: none is lost between two looks, and no
 * handler runs.
 */
#include "cli/child.h"

#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define CODE_OF_SIGNAL 128 /* as the shell has it */

static const struct {
	int number;
	bool is_terminals; /* the terminal sends it to the whole group */
} passed[] = {
	{ SIGTERM, false }, { SIGHUP, false }, { SIGUSR1, false },
	{ SIGUSR2, false }, { SIGINT, true },  { SIGQUIT, true },
};

static void collect_signals(sigset_t *set)
{
	(void)sigemptyset(set);
	(void)sigaddset(set, SIGCHLD);
	for (size_t i = 0; i < COUNT_OF(passed); i++)
		(void)sigaddset(set, passed[i].number);
}

static bool is_passed(const siginfo_t *info)
{
	for (size_t i = 0; i < COUNT_OF(passed); i++) {
		if (passed[i].number == info->si_signo)
			return !passed[i].is_terminals || info->si_code != SI_KERNEL;
	}
	return false;
}

static int spawn(char **argv, const sigset_t *mask, pid_t *ret)
{
	posix_spawnattr_t attributes;
	int error = posix_spawnattr_init(&attributes);

	if (error != 0)
		return -error;
	error = posix_spawnattr_setsigmask(&attributes, mask);
	if (error == 0)
		error = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	if (error == 0)
		error = posix_spawnp(ret, argv[0], NULL, &attributes, argv, environ);
	(void)posix_spawnattr_destroy(&attributes);
	return -error;
}

/* It is not reaped before the loop ends: its number stays its own. */
static int follow(pid_t pid, const sigset_t *set)
{
	siginfo_t info;
	int status;

	for (;;) {
		if (sigwaitinfo(set, &info) < 0) /* EINTR: stopped and continued */
			continue;
		if (is_passed(&info))
			(void)kill(pid, info.si_signo);
		if (info.si_signo == SIGCHLD && waitpid(pid, &status, WNOHANG) == pid)
			return status;
	}
}

int child_run(char **argv, int *ret_status)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	struct sigaction before;
	sigset_t set, mask;
	pid_t pid = -1;
	int r;

	/* whoever ignores it is told nothing */
	if (sigaction(SIGCHLD, &usual, &before) < 0)
		return neg_errno();
	collect_signals(&set);
	if (sigprocmask(SIG_BLOCK, &set, &mask) < 0)
		return neg_errno();
	r = spawn(argv, &mask, &pid);
	if (r == 0)
		*ret_status = follow(pid, &set);
	(void)sigprocmask(SIG_SETMASK, &mask, NULL);
	(void)sigaction(SIGCHLD, &before, NULL);
	return r;
}

int child_end(int status)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	sigset_t set;
	int number;

	if (!WIFSIGNALED(status))
		return WEXITSTATUS(status);
	number = WTERMSIG(status);
	(void)prctl(PR_SET_DUMPABLE, 0); /* one core is enough */
	(void)sigaction(number, &usual, NULL);
	(void)sigemptyset(&set);
	(void)sigaddset(&set, number);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
	(void)raise(number);
	return CODE_OF_SIGNAL + number;
}
