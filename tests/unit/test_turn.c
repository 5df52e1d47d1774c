/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The turn, and the daemon's manners while it is somebody else's. Each turn_open() is a holder of
 * its own, as another process would be.
 */
#include "base/turn.c"
#include "engine/quiet.c"
#include "tests/unit/tap.h"

static char dir[] = "/tmp/bmc-turn-XXXXXX";

static void test_turn(void)
{
	SCOPED(close_fd) int ours = turn_open(dir), theirs = turn_open(dir);
	char path[FS_PATH_MAX];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/" TURN_NAME, dir);
	check(ours >= 0 && stat(path, &st) == 0 && (st.st_mode & 0777) == 0600,
	      "the lock is its owner's alone: nobody else can keep others waiting");
	check(turn_take(ours, dir, false) == 0, "it is taken");
	check(turn_take(theirs, dir, false) == -EAGAIN, "by one at a time");
	turn_give(ours);
	check(turn_take(theirs, dir, true) == 0, "then the next has it");
	turn_give(theirs);
	check(unlink(path) == 0 && turn_take(theirs, dir, false) == -ESTALE,
	      "a file that is not there any more is no lock");
	check(symlink("/etc/passwd", path) == 0 && turn_open(dir) == -ELOOP,
	      "a link in its place is not followed");
	check(unlink(path) == 0, "tidied up");
	check(turn_open("/proc/none") < 0, "where no folder can be made there is no lock");
}

static void test_signature(void)
{
	SCOPED(close_fd) int fd = turn_open(dir);
	char name[TURN_HOLDER_MAX], text[TURN_HOLDER_MAX + 32], want[TURN_HOLDER_MAX + 32];
	char longest[3 * TURN_HOLDER_MAX];

	check(turn_signed(fd, name) == 0 && name[0] == '\0', "nobody has signed an empty file");
	turn_sign(fd, getpid(), "/usr/bin/ipmitool");
	(void)snprintf(want, sizeof(want), "ipmitool (process %d)", (int)getpid());
	turn_holder(fd, text);
	check(strcmp(text, want) == 0, "who has signed is named: %s", text);
	turn_sign(fd, INT_MAX, "gone");
	turn_holder(fd, text);
	check(strcmp(text, "another program") == 0, "unless it has ended");
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	turn_sign(fd, 7, longest);
	check(turn_signed(fd, name) == 7 && strlen(name) == TURN_HOLDER_MAX - 1,
	      "a long name is cut");
	turn_sign(fd, 7, "a\033[31m b\xff");
	check(turn_signed(fd, name) == 7 && strncmp(name, "a?[31m?b?", 9) == 0,
	      "a name is printed, never obeyed: %s", name);
	turn_sign(fd, 8, "short");
	check(turn_signed(fd, name) == 8 && strcmp(name, "short") == 0,
	      "of a longer one before nothing is left");
}

static void test_garbage(void)
{
	static const char *const lines[] = {
		"x", "0 a\n", "-1 a\n", "99999999999 a\n", "12", "\n"
	};
	SCOPED(close_fd) int fd = turn_open(dir);
	char name[TURN_HOLDER_MAX];

	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		if (ftruncate(fd, 0) < 0 || pwrite(fd, lines[i], strlen(lines[i]), 0) < 0)
			check(false, "the file can be written");
		check(turn_signed(fd, name) == 0, "no signature: line %zu", i);
	}
}

struct heard {
	unsigned times[3];
	struct quiet_report last;
};

static void hear(void *user, enum quiet_news news, const struct quiet_report *report)
{
	struct heard *heard = user;

	heard->times[news]++;
	heard->last = *report;
}

static const mono_us start = { 1000 * USEC_PER_SEC };

static mono_us after(int64_t seconds)
{
	return mono_add(start, seconds * USEC_PER_SEC);
}

static void test_quiet(void)
{
	SCOPED(close_fd) int theirs = turn_open(dir);
	char name[TURN_HOLDER_MAX];
	struct heard heard = { 0 };
	struct quiet q;

	quiet_init(&q, dir, hear, &heard);
	check(quiet_take(&q, start) && turn_take(theirs, dir, false) == -EAGAIN,
	      "while a command flies the turn is ours");
	check(turn_signed(theirs, name) == getpid() && strcmp(name, QUIET_NAME) == 0,
	      "and signed: %s", name);
	check(quiet_take(&q, start), "for a second BMC as well");
	quiet_give(&q);
	check(turn_take(theirs, dir, false) == -EAGAIN, "until both have ended");
	quiet_give(&q);
	check(turn_take(theirs, dir, false) == 0, "then others may");
	check(turn_signed(theirs, name) == 0, "who locks without signing is not taken for us");
	check(!quiet_take(&q, after(1)) && !quiet_take(&q, after(2)), "and we keep quiet");
	turn_give(theirs);
	check(quiet_take(&q, after(3)), "until they end");
	quiet_give(&q);
	check(heard.times[QUIET_ENDED] == 0, "a quiet that cost nothing is not told");
	check(q.times == 1 && q.total_us == 2 * USEC_PER_SEC, "but counted");
	quiet_done(&q);
}

static void test_cost(void)
{
	SCOPED(close_fd) int theirs = turn_open(dir);
	struct heard heard = { 0 };
	struct quiet q;

	quiet_init(&q, dir, hear, &heard);
	quiet_skip(&q);
	check(q.skipped_ever == 0, "what is left out for another reason is not counted");
	check(turn_take(theirs, dir, false) == 0 && !quiet_take(&q, start), "quiet");
	turn_sign(theirs, getpid(), "ipmitool");
	quiet_skip(&q);
	quiet_skip(&q);
	turn_give(theirs);
	check(quiet_take(&q, after(90)) && heard.times[QUIET_ENDED] == 1 &&
		      heard.last.skipped == 2 && heard.last.span_us == 90 * USEC_PER_SEC,
	      "what it cost is told at its end");
	quiet_give(&q);
	check(quiet_take(&q, after(91)) && heard.times[QUIET_ENDED] == 1, "once");
	quiet_give(&q);
	quiet_done(&q);
}

/* Nothing is due while a controller is away. */
static void test_look(void)
{
	SCOPED(close_fd) int theirs = turn_open(dir);
	struct heard heard = { 0 };
	struct quiet q;

	quiet_init(&q, dir, hear, &heard);
	quiet_look(&q, start);
	check(!q.has_lock && q.times == 0, "a look alone begins nothing");
	check(turn_take(theirs, dir, false) == 0 && !quiet_take(&q, start), "quiet");
	quiet_look(&q, after(5));
	check(q.is_refused && q.users == 0, "a look does not end it");
	turn_give(theirs);
	quiet_look(&q, after(6));
	check(!q.is_refused && !q.has_lock && q.users == 0 && q.total_us == 6 * USEC_PER_SEC,
	      "one after its end does, without a command that is due");
	check(turn_take(theirs, dir, false) == 0, "and keeps nobody out");
	quiet_done(&q);
}

static void test_too_long(void)
{
	SCOPED(close_fd) int theirs = turn_open(dir);
	struct heard heard = { 0 };
	struct quiet q;

	quiet_init(&q, dir, hear, &heard);
	q.most_us = 10 * USEC_PER_SEC;
	check(turn_take(theirs, dir, false) == 0 && !quiet_take(&q, start) &&
		      !quiet_take(&q, after(9)),
	      "quiet");
	check(quiet_take(&q, after(10)) && heard.times[QUIET_TOO_LONG] == 1,
	      "but for no longer than was allowed, and that is told");
	quiet_give(&q);
	check(turn_take(theirs, dir, false) == 0, "the lock stays theirs");
	check(quiet_take(&q, after(20)) && heard.times[QUIET_TOO_LONG] == 1, "told once");
	quiet_give(&q);
	turn_give(theirs);
	check(quiet_take(&q, after(30)) && !q.is_refused, "free again, it is ours again");
	quiet_give(&q);
	check(turn_take(theirs, dir, false) == 0 && !quiet_take(&q, after(31)),
	      "and the next is waited for again");
	quiet_done(&q);
}

/* One exec after the other, without a gap that we could get into: 20 s each, asked each 10 s. */
static void test_back_to_back(void)
{
	SCOPED(close_fd) int theirs = turn_open(dir);
	const int hours = 4, asked = hours * 360;
	struct heard heard = { 0 };
	struct quiet q;
	int sent = 0;

	quiet_init(&q, dir, hear, &heard);
	q.most_us = 600 * USEC_PER_SEC;
	check(turn_take(theirs, dir, false) == 0, "somebody has the turn");
	for (int i = 0; i < asked; i++) {
		/* two that live */
		if (i % 2 == 0)
			turn_sign(theirs, i % 4 == 0 ? getpid() : getppid(), "ipmitool");
		if (quiet_take(&q, after(10 * (int64_t)i))) {
			sent++;
			quiet_give(&q);
		}
	}
	check(sent >= asked / 12, "a row of programs leaves us a tenth of the time: %d of %d", sent,
	      asked);
	check(sent <= asked / 9, "and has the rest");
	check(heard.times[QUIET_TOO_LONG] >= 20 && heard.last.are_several &&
		      heard.last.span_us == 600 * USEC_PER_SEC,
	      "that they were several is told");
	quiet_done(&q);
}

/* It hangs for hours, and is never waited for again. */
static void test_hangs(void)
{
	SCOPED(close_fd) int theirs = turn_open(dir);
	struct heard heard = { 0 };
	struct quiet q;
	int sent = 0;

	quiet_init(&q, dir, hear, &heard);
	q.most_us = 600 * USEC_PER_SEC;
	check(turn_take(theirs, dir, false) == 0, "somebody has the turn");
	turn_sign(theirs, getpid(), "ipmitool");
	for (int i = 0; i < 360; i++) {
		if (quiet_take(&q, after(10 * (int64_t)i))) {
			sent++;
			quiet_give(&q);
		}
	}
	check(sent == 300 && heard.times[QUIET_TOO_LONG] == 1 && !heard.last.are_several,
	      "one that hangs is waited for once");
	turn_sign(theirs, getppid(), "ipmi-sel");
	check(!quiet_take(&q, after(3600)), "the next one is waited for again");
	check(strstr(q.holder, "ipmi-sel") != NULL, "and named");
	check(q.times == 2 && q.total_us == 600 * USEC_PER_SEC,
	      "what was sent beside it counts as no quiet");
	quiet_done(&q);
}

static void test_no_lock(void)
{
	struct heard heard = { 0 };
	struct quiet q;

	quiet_init(&q, "/proc/none", hear, &heard);
	check(quiet_take(&q, start) && heard.times[QUIET_NO_LOCK] == 1 && heard.last.error < 0,
	      "without a lock the watch goes on, and says so");
	quiet_give(&q);
	check(quiet_take(&q, after(1)) && heard.times[QUIET_NO_LOCK] == 1, "once");
	quiet_give(&q);
	q.run_dir = dir;
	check(quiet_take(&q, after(2)) && q.has_lock, "it is tried again");
	quiet_give(&q);
	quiet_done(&q);
}

int main(void)
{
	char path[FS_PATH_MAX];

	if (!mkdtemp(dir))
		return 99;
	test_turn();
	test_signature();
	test_garbage();
	test_quiet();
	test_cost();
	test_look();
	test_too_long();
	test_back_to_back();
	test_hangs();
	test_no_lock();
	(void)snprintf(path, sizeof(path), "%s/" TURN_NAME, dir);
	(void)unlink(path);
	(void)rmdir(dir);
	return tap_done();
}
