/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of a real journal, which systemd-journal-remote writes from its export format.
 */
#include <fcntl.h>
#include <sys/wait.h>

#include "probes/kernel-log.c" /* the unit under test */
#include "tests/unit/tap.h"

#define ID	  "00112233445566778899aabbccddeeff"
#define FOLDER	  "/run/log/journal/" ID
#define FIRST_US  INT64_C(1767225600000000)
#define WRITER	  "/lib/systemd/systemd-journal-remote"
#define EXPORTED  "/exported"
#define IS_SINGLE "--split-mode=none"

static char root[] = "/tmp/bmchealthd-kernel-log-XXXXXX";

static const char *under(const char *path)
{
	static char text[FS_PATH_MAX];

	(void)snprintf(text, sizeof(text), "%s%s", root, path);
	return text;
}

static void make_root(void)
{
	static const char *const folders[] = { "/etc", "/run", "/run/log", "/run/log/journal",
					       FOLDER };

	if (!mkdtemp(root))
		exit(99);
	for (size_t i = 0; i < COUNT_OF(folders); i++)
		if (mkdir(under(folders[i]), 0700) < 0)
			exit(99);
}

/* Message `number`, a second after the one before. */
static void export(FILE *file, int number, const char *transport)
{
	(void)fprintf(file,
		      "__REALTIME_TIMESTAMP=%lld\n__MONOTONIC_TIMESTAMP=%lld\n"
		      "_BOOT_ID=" ID "\n_MACHINE_ID=" ID "\n_TRANSPORT=%s\nMESSAGE=message %d\n\n",
		      (long long)(FIRST_US + number * USEC_PER_SEC),
		      (number + 1) * (long long)USEC_PER_SEC, transport, number);
}

/* A journal of the kernel's messages from `first` to `last`, and of others between them. */
static void write_journal(const char *name, int first, int last)
{
	char output[FS_PATH_MAX + 16];
	FILE *file = fopen(under(EXPORTED), "we");
	int status = 0;
	pid_t pid;

	if (!file)
		exit(99);
	for (int i = first; i <= last; i++) {
		export(file, i, "kernel");
		export(file, i, "syslog");
	}
	(void)fclose(file);
	(void)snprintf(output, sizeof(output), "--output=%s", under(name));
	pid = fork();
	if (pid == 0) {
		execl(WRITER, WRITER, IS_SINGLE, output, under(EXPORTED), NULL);
		_exit(98);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
		exit(99);
	(void)unlink(under(EXPORTED));
}

static int next_number(struct kernel_log *log)
{
	char text[KERNEL_LOG_TEXT_MAX];
	int r = kernel_log_next(log, text, sizeof(text));

	if (r <= 0)
		return r < 0 ? r : -1;
	return strncmp(text, "message ", 8) == 0 ? (int)strtol(text + 8, NULL, 10) : -2;
}

static void test_none(void)
{
	struct kernel_log *log = NULL;

	check(kernel_log_open(root, (wall_us){ 0 }, &log) == -ENOENT && !log,
	      "without a machine id there is no journal");
	if (fs_replace(under("/etc/machine-id"), ID "\n", strlen(ID) + 1, 0600) < 0)
		exit(99);
	check(kernel_log_open(root, (wall_us){ 0 }, &log) == -ENOENT && !log,
	      "nor where nobody writes one");
	if (fs_replace(under(FOLDER "/system.journal"), "no journal", 10, 0600) < 0)
		exit(99);
	check(kernel_log_open(root, (wall_us){ 0 }, &log) < 0 && !log, "what is none is refused");
	(void)unlink(under(FOLDER "/system.journal"));
	if (fs_replace(under("/etc/machine-id"), "../..\n", 6, 0600) < 0)
		exit(99);
	check(kernel_log_open(root, (wall_us){ 0 }, &log) == -ENOENT, "an id is no path");
	if (fs_replace(under("/etc/machine-id"), ID "\n", strlen(ID) + 1, 0600) < 0)
		exit(99);
	kernel_log_free(NULL);
}

static void test_read(void)
{
	struct kernel_log *log = NULL;
	char old[FS_PATH_MAX];

	write_journal(FOLDER "/system.journal", 0, 4);
	check(kernel_log_open(root, (wall_us){ FIRST_US + 3 * USEC_PER_SEC }, &log) == 0,
	      "a journal is opened");
	if (!log)
		exit(99);
	check(next_number(log) == 3 && next_number(log) == 4, "it is read from a moment on");
	check(next_number(log) == -1, "to its end");
	check(kernel_log_since(log).v == FIRST_US + 4 * USEC_PER_SEC + 1, "which is remembered");
	write_journal(FOLDER "/system.journal", 5, 5);
	check(next_number(log) == 5 && next_number(log) == -1,
	      "what is written later is read later, others' messages not");
	(void)snprintf(old, sizeof(old), "%s", under(FOLDER "/system.journal"));
	if (rename(old, under(FOLDER "/archived.journal")) < 0)
		exit(99);
	check(next_number(log) == -1, "while no file is written there is nothing");
	write_journal(FOLDER "/system.journal", 4, 7);
	check(next_number(log) == 6 && next_number(log) == 7 && next_number(log) == -1,
	      "in the next file only what is new");
	kernel_log_free(log);
	(void)unlink(under(FOLDER "/archived.journal"));
	(void)unlink(under(FOLDER "/system.journal"));
}

static void test_empty(void)
{
	struct kernel_log *log = NULL;

	write_journal(FOLDER "/system.journal", 0, 1);
	check(kernel_log_open(root, (wall_us){ FIRST_US + USEC_PER_HOUR }, &log) == 0 && log &&
		      next_number(log) == -1,
	      "all of it may be old");
	write_journal(FOLDER "/system.journal", 3700, 3700);
	check(log && next_number(log) == 3700, "what comes then is read");
	kernel_log_free(log);
	(void)unlink(under(FOLDER "/system.journal"));
}

static void remove_root(void)
{
	static const char *const paths[] = {
		"/etc/machine-id", FOLDER, "/run/log/journal", "/run/log", "/run", "/etc", ""
	};

	for (size_t i = 0; i < COUNT_OF(paths); i++)
		(void)remove(under(paths[i]));
}

int main(void)
{
	make_root();
	test_none();
	if (access(WRITER, X_OK) == 0) {
		test_read();
		test_empty();
	} else {
		printf("ok %d - reading # SKIP systemd-journal-remote is not installed\n",
		       ++tap_count);
	}
	remove_root();
	return tap_done();
}
