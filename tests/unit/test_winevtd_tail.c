/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file as it grows: each record once, over resumption, truncation, replacement, and rotation in
 * the midst of a record; and what may not be opened.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "tests/unit/tap.h"
#include "winevtd/tail.c" /* the unit under test */

static char folder[] = "/tmp/test-tail-XXXXXX";
static int folder_fd;
static const struct winevt_pair pair = { "IPMIDRV", 1000, 1007 };
static const struct winevt_wanted wanted = { &pair, 1 };
static char seen[64]; /* hosts, one letter each */

static int hear(void *user UNUSED, const struct winevt_record *record)
{
	const size_t len = strlen(seen);

	if (len + 1 < sizeof(seen))
		seen[len] = record->host[0];
	return 0;
}

static const struct tail_settings settings = { .wanted = &wanted, .each = hear };

static void line(char *text, size_t max, char host)
{
	(void)snprintf(text, max,
		       "{\"SourceName\":\"IPMIDRV\",\"EventID\":1004,\"Hostname\":\"%c\","
		       "\"EventTime\":\"2026-11-20T06:54:06Z\",\"RecordNumber\":1,"
		       "\"Channel\":\"System\",\"EventType\":\"WARNING\"}\n",
		       host);
}

static void put(const char *name, const char *text, size_t len, bool is_new)
{
	int fd = openat(folder_fd, name,
			O_WRONLY | O_CREAT | O_CLOEXEC | (is_new ? O_TRUNC : O_APPEND), 0600);

	if (fd < 0 || write(fd, text, len) != (ssize_t)len)
		printf("Bail out! %s\n", name);
	close_fd(&fd);
}

static void add(const char *name, char host)
{
	char text[256];

	line(text, sizeof(text), host);
	put(name, text, strlen(text), false);
}

/* To the end; what was heard meanwhile. */
static const char *heard(struct tail *t)
{
	int r;

	memset(seen, 0, sizeof(seen));
	do
		r = tail_step(t, false);
	while (r == TAIL_MORE);
	return r == TAIL_END ? seen : "trouble";
}

static void test_growing(void)
{
	struct state_place place;
	struct tail *t = NULL, *u = NULL;

	add("a", 'A');
	check(tail_new(&settings, &t) == 0 && tail_open(t, folder_fd, "a", NULL) == 0 &&
		      strcmp(heard(t), "A") == 0,
	      "what is there is read");
	add("a", 'B');
	check(strcmp(heard(t), "B") == 0, "then what is added");
	tail_place(t, &place);
	add("a", 'C');
	check(tail_new(&settings, &u) == 0 && tail_open(u, folder_fd, "a", &place) == 0 &&
		      strcmp(heard(u), "C") == 0,
	      "another goes on at the place");
	put("a", "", 0, true);
	add("a", 'D');
	check(strcmp(heard(u), "D") == 0, "a truncated file is read from its beginning");
	put("a", "", 0, true);
	for (int i = 0; i < 3; i++)
		add("a", 'E');
	check(strcmp(heard(u), "EEE") == 0, "also if it has grown beyond that again");
	check(tail_open(t, folder_fd, "a", &place) == 0 && strcmp(heard(t), "EEE") == 0,
	      "and by somebody who comes back to it");
	tail_free(t);
	tail_free(u);
}

static void test_cut(void)
{
	struct state_place place;
	struct tail *t = NULL, *u = NULL;
	char text[256];

	line(text, sizeof(text), 'F');
	add("b.1", 'X');
	put("b.1", text, 60, false);
	put("b", text + 60, strlen(text) - 60, true);
	add("b", 'G');
	check(tail_new(&settings, &t) == 0 && tail_open(t, folder_fd, "b.1", NULL) == 0 &&
		      strcmp(heard(t), "X") == 0,
	      "half a record waits");
	check(tail_open_next(t, folder_fd, "b") == 0, "the next file");
	tail_place(t, &place);
	check(tail_new(&settings, &u) == 0 && tail_open(u, folder_fd, "b.1", &place) == 0 &&
		      strcmp(heard(u), "") == 0,
	      "the place is in the old one as long as the record is not whole");
	check(strcmp(heard(t), "FG") == 0, "has the other half");
	tail_place(t, &place);
	check(tail_open(u, folder_fd, "b", &place) == 0 && strcmp(heard(u), "") == 0,
	      "then it is in the new one");
	put("c.1", text, 60, true);
	add("c", 'H');
	check(tail_open(t, folder_fd, "c.1", NULL) == 0 && strcmp(heard(t), "") == 0 &&
		      tail_open_next(t, folder_fd, "c") == 0 && strcmp(heard(t), "H") == 0,
	      "a record that is torn for good does not take the next with it");
	tail_free(t);
	tail_free(u);
}

static void test_places(void)
{
	struct tail *t = NULL;
	struct state_place junk = { .len = sizeof(struct place) };

	check(tail_new(&settings, &t) == 0 && symlinkat("a", folder_fd, "link") == 0 &&
		      tail_open(t, folder_fd, "link", NULL) == -ELOOP,
	      "a link is refused");
	check(mkfifoat(folder_fd, "pipe", 0600) == 0 &&
		      tail_open(t, folder_fd, "pipe", NULL) == -ENOTSUP,
	      "a pipe is refused, and nobody waits for its other end");
	check(tail_open(t, folder_fd, ".", NULL) == -EISDIR, "a folder is called one");
	check(tail_open(t, folder_fd, "none", NULL) == -ENOENT, "what is missing is said");
	memset(junk.bytes, 0xff, sizeof(junk.bytes));
	check(tail_open(t, folder_fd, "c", &junk) == 0 && strcmp(heard(t), "H") == 0,
	      "a place of nonsense is none");
	put("zeros", "\0\0\0\0\0\0\0\0\0\0", 10, true);
	check(tail_open(t, folder_fd, "zeros", NULL) == 0 && tail_step(t, false) == -EBADMSG,
	      "what is neither text nor an event log is said");
	put("log", "ElfF", 4, true);
	check(tail_open(t, folder_fd, "log", NULL) == 0 && tail_step(t, false) == TAIL_WAIT,
	      "the beginning of an event log is waited for");
	tail_free(t);
}

int main(void)
{
	if (!mkdtemp(folder))
		return 1;
	folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	test_growing();
	test_cut();
	test_places();
	close_fd(&folder_fd);
	return tap_done();
}
