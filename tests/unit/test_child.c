/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running a program in our place: its end, its signals.
 */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/child.c" /* the unit under test */
#include "tests/unit/tap.h"

/* `wait` in the script is for a signal, half a minute at most. */
static int run_shell(const char *script, int *status)
{
	char shell[] = "sh", option[] = "-c", text[300];
	char *argv[] = { shell, option, text, NULL };

	(void)snprintf(text, sizeof(text),
		       "wait() { for i in $(seq 300); do sleep 0.1; done; }; %s", script);
	return child_run(argv, status);
}

/* What becomes of a process that ends as the child did. */
static int end_of(int status)
{
	const pid_t pid = fork();
	int end = 0;

	if (pid == 0)
		_exit(child_end(status));
	(void)waitpid(pid, &end, 0);
	return end;
}

/* By valgrind, or by QEMU, as tests/pkg/cross says. */
static bool is_emulated(void)
{
	const char *preload = getenv("LD_PRELOAD"), *emulator = getenv("BMC_EMULATOR");

	return (preload && strstr(preload, "vgpreload")) || (emulator && *emulator);
}

static void test_end(void)
{
	char missing[] = "no-such-program", no_program[] = "/etc";
	char *none[] = { missing, NULL }, *folder[] = { no_program, NULL };
	int status = -1;

	check(run_shell("exit 42", &status) == 0 && child_end(status) == 42, "its exit status");
	check(run_shell("kill -TERM $$", &status) == 0 && WIFSIGNALED(status) &&
		      WTERMSIG(end_of(status)) == SIGTERM,
	      "it ends by a signal: so do we");
	check(run_shell("kill -SEGV $$", &status) == 0 && WTERMSIG(end_of(status)) == SIGSEGV &&
		      !WCOREDUMP(end_of(status)),
	      "without a core of our own");
	check(run_shell("kill -KILL $$", &status) == 0 && WTERMSIG(end_of(status)) == SIGKILL,
	      "whatever signal that is");
	status = 7;
	if (is_emulated())
		return; /* it makes a fork() of vfork(): no error comes back */
	check(child_run(none, &status) == -ENOENT && child_run(folder, &status) == -EACCES &&
		      status == 7,
	      "what is not there, or no program, is told");
}

static void test_signals(void)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction usual, now;
	sigset_t before = { 0 }, after = { 0 };
	int status = -1;

	(void)sigprocmask(SIG_SETMASK, NULL, &before);
	check(run_shell("trap 'exit 1' TERM; kill -TERM $PPID; wait", &status) == 0 &&
		      WEXITSTATUS(status) == 1,
	      "SIGTERM is passed on");
	check(run_shell("trap 'exit 2' HUP; kill -HUP $PPID; wait", &status) == 0 &&
		      WEXITSTATUS(status) == 2,
	      "SIGHUP, too");
	check(run_shell("trap 'exit 3' INT; kill -INT $PPID; wait", &status) == 0 &&
		      WEXITSTATUS(status) == 3,
	      "SIGINT that somebody has sent, too");
	check(run_shell("kill -USR1 $PPID; wait", &status) == 0 && WTERMSIG(status) == SIGUSR1,
	      "and its signals are at their defaults");
	(void)sigaction(SIGCHLD, &ignore, &usual);
	check(run_shell("exit 5", &status) == 0 && WEXITSTATUS(status) == 5,
	      "if nobody wants to hear of children, its end is heard all the same");
	(void)sigaction(SIGCHLD, &usual, &now);
	(void)sigprocmask(SIG_SETMASK, NULL, &after);
	check(now.sa_handler == SIG_IGN && memcmp(&before, &after, sizeof(before)) == 0,
	      "afterwards all is as before");
}

static void test_terminal(void)
{
	const siginfo_t typed = { .si_signo = SIGINT, .si_code = SI_KERNEL };
	const siginfo_t sent = { .si_signo = SIGINT, .si_code = SI_USER };
	const siginfo_t gone = { .si_signo = SIGHUP, .si_code = SI_KERNEL };
	const siginfo_t ended = { .si_signo = SIGCHLD, .si_code = CLD_EXITED };

	check(!is_passed(&typed) && is_passed(&sent),
	      "Ctrl-C reaches the whole group and is not passed on again");
	check(is_passed(&gone) && !is_passed(&ended), "the rest is, but for the child's end");
}

/* Whoever runs the tests may ignore some (nohup), and a shell traps none that it was started with
 * ignored. */
static void signals_usual(void)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL };

	for (size_t i = 0; i < COUNT_OF(passed); i++)
		(void)sigaction(passed[i].number, &usual, NULL);
}

int main(void)
{
	signals_usual();
	test_end();
	test_signals();
	test_terminal();
	return tap_done();
}
