/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthctl release and resume: let go of /dev/ipmi*, e.g. for `rmmod ipmi_si`, and take it
 * again. By signal, so that the kernel checks who may.
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>

#include "cli/client.h"

#define WAIT_TIMES 20
#define WAIT_MS	   100

/* The process is the one the kernel says listens on the socket, not one a document names: whoever
 * runs this is root, and root's signals end anything. */
static int send_signal(const char *run_dir, int number)
{
	SCOPED(close_fd) int fd = -1;
	pid_t pid;
	int r;

	r = client_daemon(run_dir, &pid);
	if (r < 0)
		return r;
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd < 0)
		return neg_errno();
	return syscall(SYS_pidfd_send_signal, fd, number, NULL, 0) < 0 ? neg_errno() : 0;
}

static int client_signal(const char *run_dir, int number)
{
	const int r = send_signal(run_dir, number);

	if (r == 0)
		return CODE_OK;
	if (r == -ESRCH)
		return CODE_UNKNOWN; /* said already: nobody holds the device */
	(void)fprintf(stderr, "bmchealthctl: the daemon cannot be told: %s%s\n", strerror(-r),
		      r == -EPERM ? ". Next: try as root" : "");
	return r == -EPERM ? CODE_NO_PERMISSION : CODE_UNKNOWN;
}

/* Wait until the daemon says it did: an rmmod right behind us must find the device free. */
static int client_await(const char *run_dir, bool is_released)
{
	for (int i = 0; i < WAIT_TIMES; i++) {
		SCOPED(json_unref) json_t *document = NULL;

		if (client_fetch(run_dir, &document) < 0)
			return CODE_UNKNOWN;
		if (client_flag(document, "is_released") == is_released)
			return CODE_OK;
		(void)poll(NULL, 0, WAIT_MS);
	}
	(void)fprintf(stderr, "bmchealthctl: the daemon did not follow within 2 s. Next: "
			      "`systemctl status bmchealthd`\n");
	return CODE_UNKNOWN;
}

static int change(const struct command_env *env, int number, bool is_released, const char *done)
{
	int code = client_signal(env->run_dir, number);

	if (code == CODE_OK)
		code = client_await(env->run_dir, is_released);
	if (code == CODE_OK)
		printf("%s\n", done);
	return code;
}

static int release_run(const struct command_env *env, int argc UNUSED, char **argv UNUSED)
{
	return change(env, SIGUSR1, true,
		      "released: nothing is open. `bmchealthctl resume` ends it; else it ends by "
		      "itself after daemon.release_max");
}

static int resume_run(const struct command_env *env, int argc UNUSED, char **argv UNUSED)
{
	return change(env, SIGUSR2, false, "watching again");
}

const struct command command_release = {
	.name = "release",
	.arguments = "",
	.summary = "let go of /dev/ipmi*, for rmmod or a firmware tool",
	.help = "Needs root. Taken again by `resume`, or after daemon.release_max by itself.\n"
		"Exit status: 0 released, 3 no daemon, 77 not permitted.\n",
	.run = release_run,
};

const struct command command_resume = {
	.name = "resume",
	.arguments = "",
	.summary = "take /dev/ipmi* again after `release`",
	.help = "Needs root. Exit status: 0 watching, 3 no daemon, 77 not permitted.\n",
	.run = resume_run,
};
