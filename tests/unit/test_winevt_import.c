/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `bmchealthctl winevt import`: what it says of the reader's answers, and of none.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include "cli/winevt-import.c" /* the unit under test */
#include "tests/unit/tap.h"

#define BRIEF_MS 50
#define LONG_MS	 60000 /* a slow machine is no silence */

int winevt_open(const char *path, bool may_be_pipe)
{
	(void)path;
	(void)may_be_pipe;
	return -ENOENT;
}

struct said {
	int code;
	char text[2048]; /* on stderr */
};

static void put(int fd, const char *text)
{
	if (send(fd, text, strlen(text), 0) < 0)
		_exit(1);
}

/* As the reader: each answer after a pause. */
static pid_t begin_reader(int fd, int pause_ms, const char *const *answers)
{
	pid_t pid;

	(void)fflush(stdout); /* under valgrind even _exit() writes what waits */
	pid = fork();
	if (pid != 0)
		return pid;
	for (; *answers; answers++) {
		(void)poll(NULL, 0, pause_ms);
		put(fd, *answers);
	}
	_exit(0);
}

static struct said hear_all(int patience_ms, int pause_ms, const char *const *answers)
{
	struct said said = { .code = -1 };
	SCOPED(close_fd) int file = memfd_create("stderr", MFD_CLOEXEC);
	SCOPED(close_fd) int before = dup(STDERR_FILENO);
	int pair[2] = { -1, -1 };
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) < 0 || dup2(file, STDERR_FILENO) < 0)
		return said;
	pid = begin_reader(pair[1], pause_ms, answers);
	close_fd(&pair[1]);
	said.code = hear(pair[0], "FILE", patience_ms);
	close_fd(&pair[0]);
	(void)waitpid(pid, NULL, 0);
	(void)dup2(before, STDERR_FILENO);
	if (pread(file, said.text, sizeof(said.text) - 1, 0) < 0)
		said.code = -1;
	return said;
}

static void test_none(void)
{
	static const char *const none[] = { "done 0 0 0", NULL };
	static const char *const known[] = { "done 0 7 0", NULL };
	static const char *const odd[] = { "skipped 2 damaged", "done 0 0 2", NULL };
	struct said said = hear_all(LONG_MS, 0, none);

	check(said.code == CODE_OK && strcmp(said.text, "FILE: no event of IPMIDRV in it\n") == 0,
	      "a file without any event may be the wrong one: %s", said.text);
	said = hear_all(LONG_MS, 0, known);
	check(said.code == CODE_OK && said.text[0] == '\0', "what is known already was in it");
	said = hear_all(LONG_MS, 0, odd);
	check(said.code == CODE_DATA && !strstr(said.text, "no event"),
	      "so was what cannot be read: %s", said.text);
}

static void test_silence(void)
{
	static const char *const answers[] = { "progress 1 2", "done 1 0 0", NULL };
	struct said said = hear_all(BRIEF_MS, 8 * BRIEF_MS, answers);
	const char *first = strstr(said.text, "waiting for bmchealthd-winevt");

	check(said.code == CODE_OK && first && strstr(said.text, "the daemon"),
	      "a long silence is told, with who may hang: %s", said.text);
	check(first && !strstr(first + 1, "waiting for"), "once");
	said = hear_all(LONG_MS, 0, answers);
	check(said.code == CODE_OK && said.text[0] == '\0', "a quick answer is not commented");
}

int main(void)
{
	test_none();
	test_silence();
	return tap_done();
}
