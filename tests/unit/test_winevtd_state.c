/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader's memory: what was committed is there after a crash, what was not is not; numbers are
 * never given out again; what is seen is bounded.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "tests/unit/tap.h"
#include "winevtd/state.c" /* the unit under test */

static char folder[] = "/tmp/test-state-XXXXXX";
static enum state_origin origin;

static struct state *opened(int64_t seen_max)
{
	struct state *s = NULL;

	return state_open(folder, seen_max, &s, &origin) == 0 ? s : NULL;
}

static void test_crash(void)
{
	struct state *s = opened(1000);
	struct state_place place = { .device = 1, .inode = 2, .len = 3, .bytes = "abc" }, got;
	char record[4] = "";
	uint64_t number = 0;
	int64_t source;

	check(s && origin == STATE_NEW && state_last(s) == 0, "a new one is empty");
	source = state_source(s);
	check(source > 0, "and has a name for itself");
	check(state_waiting_add(s, "one", 4) == 0 && state_place_put(s, "in", "f", &place) == 0 &&
		      state_see(s, 10, 77) == 1,
	      "an event, the place behind it, and that it was seen");
	check(state_waiting_next(s, 0, &number, record, 4) == 0, "are not sent before the commit");
	check(state_commit(s) == 0 && state_waiting_next(s, 0, &number, record, 4) == 1 &&
		      number == 1 && strcmp(record, "one") == 0,
	      "but after it");
	check(state_waiting_add(s, "two", 4) == 0 && state_see(s, 11, 78) == 1 &&
		      state_last(s) == 2,
	      "another one is not committed");
	state_close(s);
	s = opened(1000);
	check(s && origin == STATE_KNOWN && state_source(s) == source,
	      "after a crash it is the same state");
	check(state_last(s) == 1 && state_waiting(s) == 1, "with what was committed and no more");
	check(state_see(s, 10, 77) == 0 && state_see(s, 11, 78) == 1, "of what was seen, too");
	check(state_unsee(s, 11, 78) == 0 && s->seen == 1 && state_unsee(s, 11, 78) == 0 &&
		      s->seen == 1 && state_see(s, 11, 78) == 1,
	      "what was not taken after all is not");
	check(state_place_get(s, "in", "f", &got) == 1 && got.inode == 2 && got.len == 3 &&
		      memcmp(got.bytes, "abc", 3) == 0,
	      "the place is known by name");
	check(state_place_find(s, "in", 1, 2, &got) == 1 &&
		      state_place_find(s, "in", 2, 2, &got) == 0,
	      "and by number");
	check(state_place_get(s, "other", "f", &got) == 0, "but not of another input");
	check(state_taken(s, 1) == 0 && state_waiting(s) == 0, "what is taken leaves");
	check(state_commit(s) == 0, "and is committed");
	state_close(s);
	s = opened(1000);
	check(s && state_waiting_add(s, "six", 4) == 0 && state_last(s) == 2,
	      "its number is not given out again");
	check(state_taken(s, 40) == 0 && state_waiting_add(s, "ten", 4) == 0 && state_last(s) == 41,
	      "nor one that the daemon took of a state that is lost");
	state_close(s);
}

static void test_bounded(void)
{
	struct state *s = opened(1000);
	bool is_good = true;

	for (int i = 0; i < 3000 && s; i++)
		is_good = is_good && state_see(s, 1000 + i, 5) == 1 &&
			  (i % 100 != 99 || state_commit(s) == 0);
	check(s && is_good && s->seen <= 1000 + 1000 / 16 + 100, "what is seen is bounded");
	check(s && state_see(s, 3999, 5) == 0, "the newest is known");
	check(s && state_see(s, 1000, 5) == 1, "the oldest is not");
	state_close(s);
}

static void test_trouble(void)
{
	char path[64];
	struct state *s = opened(1000), *other = NULL;
	int fd;

	check(s && state_commit(s) == 0 && state_open(folder, 1000, &other, &origin) == -EBUSY,
	      "another process is kept out");
	state_close(s);
	(void)snprintf(path, sizeof(path), "%s/state.db", folder);
	fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	check(fd >= 0 && write(fd, "this is no database, whatever its name says, is it?", 51) == 51,
	      "a file that is none");
	close_fd(&fd);
	s = opened(1000);
	check(s && origin == STATE_ANEW, "is put aside, and a new one begun");
	state_close(s);
	check(state_open("/nowhere/at/all", 1000, &s, &origin) < 0, "no folder is an error");
}

int main(void)
{
	if (!mkdtemp(folder))
		return 1;
	test_crash();
	test_bounded();
	test_trouble();
	return tap_done();
}
