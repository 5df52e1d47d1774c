/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/record: since when, and which target; and what is said of a history that cannot be used.
 */
#include <fcntl.h>
#include <sys/stat.h>

#include "cli/record.c" /* the unit under test */
#include "out/store.h"
#include "tests/unit/tap.h"

static int64_t since(const char *text)
{
	const wall_us now = { INT64_C(1795366800) * USEC_PER_SEC };
	wall_us at = { -1 };

	return record_since(text, now, &at) == 0 ? at.v / USEC_PER_SEC : -1;
}

static void test_since(void)
{
	check(since("1h") == 1795363200 && since("9d") == 1795366800 - 9 * 86400,
	      "a span is so long ago");
	check(since("1970-01-02") == 86400 && since("1970-01-01T01:00:00Z") == 3600,
	      "a day or a moment is then");
	check(since("yesterday") == -1 && since("") == -1 && since("-3d") == -1 &&
		      since("2026-13-41") == -1,
	      "anything else is refused");
	check(since("90y") == -1 || since("90y") == 0, "nothing is before 1970");
}

static void test_option(void)
{
	struct command_env env = { .since = NULL };
	wall_us at = { 5 };

	check(record_since_option(&env, (wall_us){ 100 }, &at) == CODE_OK && at.v == 5,
	      "without --since it stays as it was");
	env.since = "1h";
	check(record_since_option(&env, (wall_us){ 3 * USEC_PER_HOUR }, &at) == CODE_OK &&
		      at.v == 2 * USEC_PER_HOUR,
	      "with it, it is that");
	env.since = "soon";
	check(record_since_option(&env, (wall_us){ 100 }, &at) == CODE_USAGE &&
		      at.v == 2 * USEC_PER_HOUR,
	      "what is no time is said");
}

static void test_open(void)
{
	char dir[] = "/tmp/bmchealthd-record-XXXXXX", path[64];
	struct command_env env = { .state_dir = dir };
	struct record record;
	int fd;

	if (!mkdtemp(dir))
		exit(99);
	check(record_open(&env, NULL, &record) == CODE_UNKNOWN, "no history is said");
	record_close(&record);
	(void)snprintf(path, sizeof(path), "%s/history.db", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	check(fd >= 0 && write(fd, "this is no database, I am afraid", 32) == 32, "a stranger");
	close_fd(&fd);
	check(record_open(&env, NULL, &record) == CODE_UNKNOWN, "so is a file that is none");
	record_close(&record);
	env.since = "soon";
	check(record_open(&env, NULL, &record) == CODE_USAGE, "and a time that is none");
	record_close(&record);
	(void)unlink(path);
	check(rmdir(dir) == 0, "nothing was made beside it");
}

int main(void)
{
	test_since();
	test_option();
	test_open();
	return tap_done();
}
