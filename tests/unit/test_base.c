/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base/clock, base/fsio, base/listen, base/log: times as text, whole files, sockets, bounded
 * entries.
 */
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/clock.c"
#include "base/fsio.c"
#include "base/listen.c"
#include "base/log.c"
#include "tests/unit/tap.h"

static bool is_shown_as(int64_t us, const char *wanted)
{
	char text[CLOCK_TEXT_MAX];

	clock_format_span(us, text);
	return strcmp(text, wanted) == 0;
}

static void test_clock(void)
{
	char text[CLOCK_TEXT_MAX];

	clock_format_wall((wall_us){ 0 }, text);
	check(strcmp(text, "1970-01-01T00:00:00Z") == 0, "time 0 is 1970");
	clock_format_wall((wall_us){ INT64_MAX }, text);
	check(text[0] == '@' || strchr(text, 'Z') != NULL, "the end of time has a text too");
	check(is_shown_as(320, "320 µs") && is_shown_as(0, "0 ms"), "below a millisecond: µs");
	check(is_shown_as(850 * USEC_PER_MSEC, "850 ms"), "below a second: milliseconds");
	check(is_shown_as(5 * USEC_PER_SEC, "5.0 s"), "seconds with a tenth");
	check(is_shown_as(12 * USEC_PER_MINUTE, "12 min"), "minutes");
	check(is_shown_as(200 * USEC_PER_MINUTE, "3 h 20 min"), "hours and minutes");
	check(is_shown_as(9 * USEC_PER_DAY + 4 * USEC_PER_HOUR, "9 d 4 h"), "days and hours");
	check(clock_mono().v > 0 && clock_wall().v > clock_mono().v,
	      "this machine came up after 1970");
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? st.st_mode : 0;
}

/* In a folder that others may write. */
static void test_replace_safely(const char *folder)
{
	char path[FS_PATH_MAX], fresh[FS_PATH_MAX], victim[FS_PATH_MAX];
	const mode_t mask = umask(077);

	(void)snprintf(path, sizeof(path), "%s/file", folder);
	(void)snprintf(fresh, sizeof(fresh), "%s/file.new", folder);
	(void)snprintf(victim, sizeof(victim), "%s/victim", folder);
	check(mkfifo(fresh, 0666) == 0 && fs_replace(path, "x", 1, 0644) == 0 &&
		      mode_of(path) == (S_IFREG | 0644),
	      "a pipe where the new file is to be made is no trap, the mode holds against a strict "
	      "umask");
	check(fs_replace(victim, "v", 1, 0600) == 0 && symlink(victim, fresh) == 0 &&
		      fs_replace(path, "x", 1, 0644) == 0 && mode_of(victim) == (S_IFREG | 0600),
	      "nor is a link to another file");
	check(link(victim, fresh) == 0 && fs_replace(path, "x", 1, 0644) == 0 &&
		      mode_of(victim) == (S_IFREG | 0600),
	      "nor another name of one");
	check(unlink(path) == 0 && symlink(victim, path) == 0 &&
		      fs_replace(path, "x", 1, 0644) == 0 && mode_of(path) == (S_IFREG | 0644) &&
		      mode_of(victim) == (S_IFREG | 0600),
	      "a link in the file's own place is replaced, not followed");
	check(mkdir(fresh, 0700) == 0 && fs_replace(path, "x", 1, 0644) == -EEXIST &&
		      rmdir(fresh) == 0,
	      "a folder is in the way, and told");
	check(unlink(path) == 0 && unlink(victim) == 0, "nothing was left behind by that");
	(void)umask(mask);
}

static void test_files(const char *folder)
{
	char path[FS_PATH_MAX], text[8], longer[FS_PATH_MAX + 8];

	(void)snprintf(path, sizeof(path), "%s/file", folder);
	check(fs_replace(path, "old", 3, 0600) == 0, "a file is written");
	check(fs_replace(path, "1234567", 7, 0600) == 0, "and replaced");
	check(fs_read(folder, "/file", text, sizeof(text)) == 7 && strcmp(text, "1234567") == 0,
	      "a file one byte below the limit is read");
	check(fs_replace(path, "12345678", 8, 0600) == 0 &&
		      fs_read(folder, "/file", text, sizeof(text)) == -EFBIG,
	      "a longer one is refused");
	check(fs_read(folder, "/none", text, sizeof(text)) == -ENOENT, "a missing one is told");
	(void)snprintf(path, sizeof(path), "%s/none/file", folder);
	check(fs_replace(path, "x", 1, 0600) == -ENOENT, "no folder, no file");
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	check(fs_read("", longer, text, sizeof(text)) == -ENAMETOOLONG, "a path has a limit");
	(void)snprintf(path, sizeof(path), "%s/file", folder);
	check(unlink(path) == 0, "nothing else was left behind");
	test_replace_safely(folder);
	check(rmdir(folder) == 0, "the folder is empty again");
}

static void test_log(void)
{
	struct log_entry entry;
	enum log_where where;
	char big[LOG_TEXT_MAX];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	log_begin(&entry, LOG_NOTICE, "0123456789abcdef0123456789abcdef");
	check(entry.count == 3, "an entry begins with priority, identifier and id");
	log_field(&entry, "BMC_BIG", "%s", big);
	check(entry.count == 3, "a field that does not fit is left out whole");
	log_field(&entry, "BMC_TARGET", "%s", "local");
	check(entry.count == 4 && entry.fields[3].iov_len == strlen("BMC_TARGET=local") &&
		      memcmp(entry.fields[3].iov_base, "BMC_TARGET=local",
			     entry.fields[3].iov_len) == 0,
	      "a smaller one after it still is in");
	for (int i = 0; i < 2 * LOG_FIELDS_MAX; i++)
		log_field(&entry, "X", "%d", i);
	check(entry.count == LOG_FIELDS_MAX, "fields have a number limit");
	check(log_where_parse("stderr", &where) == 0 && where == LOG_STDERR, "stderr is a place");
	check(log_where_parse("syslog", &where) == -EINVAL, "syslog is none");
}

/* Mode of the socket that is made under that umask; -1: none is. */
static int listens(const char *path, unsigned mode, mode_t mask)
{
	const mode_t before = umask(mask);
	SCOPED(close_fd) int fd = local_listen(path, SOCK_SEQPACKET, mode, 4);
	struct stat st;

	(void)umask(before);
	if (fd < 0 || lstat(path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return -1;
	(void)unlink(path);
	return (int)(st.st_mode & 0777);
}

static void test_listen(const char *folder)
{
	char path[256];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/socket", folder);
	check(listens(path, 0600, 0) == 0600, "a socket is for its owner alone");
	check(listens(path, 0660, 077) == 0660, "or for its group, whatever the umask");
	fd = local_listen(path, SOCK_STREAM, 0600, 4);
	check(fd >= 0 && local_listen(path, SOCK_STREAM, 0600, 4) == -EADDRINUSE,
	      "not where something stands");
	close_fd(&fd);
	(void)unlink(path);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	check(local_listen(path, SOCK_STREAM, 0600, 4) == -ENAMETOOLONG, "a path has its limit");
}

int main(void)
{
	char folder[] = "/tmp/bmchealthd-test-XXXXXX";

	test_clock();
	if (mkdtemp(folder)) {
		test_listen(folder);
		test_files(folder);
	} else {
		check(false, "a scratch folder can be made");
	}
	test_log();
	return tap_done();
}
