/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Event logs that grow, wrap, are cleared, replaced by a newer copy, or not yet whole: each record
 * is told once.
 */
#include <sys/mman.h>

#include "tests/unit/evtx_bytes.h"
#include "winevt/evtx-follow.c" /* the unit under test */

#define SLOTS_USED 4

/* A log: slot i holds the records first[i] to last[i]; 0: it was never used. */
static struct {
	uint64_t first[SLOTS_USED], last[SLOTS_USED];
	unsigned slots;
	uint64_t salt; /* tells one log from another */
	uint32_t flags;
} log_;
static struct bytes page;
static struct heard heard;
static struct winevt_counts counts;
static struct winevt_evtx_cursor cursor;
static struct winevt_evtx *reader;
static int fd = -1;

static void put(size_t offset, const void *bytes, size_t n)
{
	if (pwrite(fd, bytes, n, (off_t)offset) != (ssize_t)n)
		printf("Bail out! nothing can be written\n");
}

static size_t slot_at(unsigned slot)
{
	return WINEVT_EVTX_HEADER + (size_t)slot * WINEVT_EVTX_CHUNK;
}

static void put_log(void)
{
	uint64_t next = 0;

	for (unsigned i = 0; i < log_.slots; i++) {
		if (log_.last[i] > 0) {
			bytes_chunk(&page, log_.first[i], log_.last[i], log_.salt);
			put(slot_at(i), page.at, sizeof(page.at));
		}
		next = log_.last[i] > next ? log_.last[i] : next;
	}
	bytes_header(&page, next + 1, (uint16_t)log_.slots, log_.flags);
	put(0, page.at, page.n);
}

static void set(unsigned slot, uint64_t first, uint64_t last)
{
	log_.first[slot] = first;
	log_.last[slot] = last;
	log_.slots = slot >= log_.slots ? slot + 1 : log_.slots;
}

/* The process starts again, with the cursor it kept. */
static void restart(void)
{
	winevt_evtx_free(reader);
	reader = winevt_evtx_new(&bytes_wanted, hear, &heard, &counts);
}

static void begin(void)
{
	if (fd >= 0)
		(void)close(fd);
	fd = memfd_create("evtx", MFD_CLOEXEC);
	memset(&log_, 0, sizeof(log_));
	cursor = (struct winevt_evtx_cursor){ .id = 0 };
	counts = (struct winevt_counts){ .events = 0 };
	restart();
}

/* Until it ends or waits; how many were told, and the sum of their numbers. */
static int follow(bool is_final)
{
	int r;

	heard = (struct heard){ .answer = heard.answer, .answer_at = heard.answer_at };
	do
		r = winevt_evtx_follow(reader, fd, &cursor, is_final);
	while (r == WINEVT_EVTX_MORE);
	return r;
}

/* The log as it is now; the records first to last are new, and no other. */
static bool tells(uint64_t first, uint64_t last)
{
	const int r = follow(false);
	const uint64_t count = last + 1 - first, sum = (first + last) * count / 2;

	if (r != WINEVT_EVTX_END || heard.count != count || (count > 0 && heard.sum != sum))
		printf("# %d: %d told, sum %d\n", r, (int)heard.count, (int)heard.sum);
	return r == WINEVT_EVTX_END && heard.count == count && (count == 0 || heard.sum == sum);
}

static void test_growing(void)
{
	begin();
	set(0, 1, 10);
	put_log();
	check(tells(1, 10), "a log is told");
	check(tells(11, 10), "and not a second time");
	set(0, 1, 20);
	put_log();
	check(tells(11, 20), "records that are added to a chunk are told alone");
	set(0, 1, 22);
	set(1, 23, 30);
	put_log();
	restart();
	check(tells(21, 30), "also in a new chunk, and by another process");
	restart();
	check(tells(31, 30) && counts.bad == 0, "which does not tell them again");
	log_.flags = 1;
	set(1, 23, 31);
	put_log();
	check(tells(31, 31), "a log in use has an old header");
}

static void test_wrapped(void)
{
	begin();
	set(0, 1, 10);
	set(1, 11, 20);
	set(2, 21, 30);
	put_log();
	check(tells(1, 30), "a log is full");
	set(0, 31, 35);
	put_log();
	check(tells(31, 35), "it begins to overwrite itself");
	set(0, 31, 40);
	set(1, 41, 50);
	set(2, 51, 60);
	put_log();
	check(tells(36, 60), "and has done so completely");
	set(0, 91, 100);
	set(1, 101, 110);
	set(2, 81, 90);
	put_log();
	restart();
	check(tells(81, 110), "what was overwritten unseen is lost, the rest is told");
}

static void test_cleared(void)
{
	begin();
	set(0, 1, 30);
	put_log();
	check(tells(1, 30), "a log");
	log_.salt = 1000;
	set(0, 1, 5);
	put_log();
	check(tells(1, 5), "that was cleared begins anew");
	set(0, 1, 6);
	put_log();
	check(tells(6, 6), "and goes on");
	log_.salt = 2000;
	set(0, 1, 40);
	put_log();
	check(tells(1, 40), "also if it has grown beyond where it was");
}

static void test_newer_copy(void)
{
	begin();
	set(0, 1, 10);
	put_log();
	check(tells(1, 10), "a copy of a log");
	(void)close(fd);
	fd = memfd_create("evtx", MFD_CLOEXEC);
	set(1, 11, 20);
	put_log();
	check(tells(11, 20), "a newer copy in its place is told from there on");
	(void)close(fd);
	fd = memfd_create("evtx", MFD_CLOEXEC);
	put_log();
	if (ftruncate(fd, (off_t)slot_at(1)) < 0)
		printf("Bail out! nothing can be cut\n");
	check(tells(21, 20), "a copy that is not complete yet is no cleared log");
}

static void test_not_whole(void)
{
	begin();
	check(follow(false) == WINEVT_EVTX_WAIT && follow(true) == WINEVT_EVTX_END,
	      "a file may still be empty");
	bytes_header(&page, 1, 0, 0);
	put(0, page.at, 100);
	check(follow(false) == WINEVT_EVTX_WAIT && follow(true) == -EBADMSG,
	      "or have half a header");
	set(0, 1, 10);
	set(1, 11, 20);
	put_log();
	(void)!ftruncate(fd, (off_t)slot_at(1) + 2000);
	check(follow(false) == WINEVT_EVTX_WAIT && heard.count == 10 && cursor.slot == 1,
	      "half a chunk is waited for");
	check(follow(false) == WINEVT_EVTX_WAIT && heard.count == 0 && counts.bad == 0,
	      "and nothing is told twice or damaged meanwhile");
	restart();
	check(follow(false) == WINEVT_EVTX_WAIT && heard.count == 0, "also by another process");
	put_log();
	check(tells(11, 20), "until it is there");
}

static void test_being_written(void)
{
	begin();
	set(0, 1, 10);
	set(1, 11, 20);
	set(2, 21, 30);
	put_log();
	put(slot_at(1) + EVTX_CHUNK_DATA_SUM, "torn", 4);
	check(follow(false) == WINEVT_EVTX_WAIT && heard.count == 10,
	      "a chunk that is being written is waited for, and so are those behind it");
	put_log();
	check(tells(11, 30) && counts.bad == 0, "then all of them are told");
	begin();
	set(0, 1, 10);
	set(1, 11, 20);
	set(2, 21, 30);
	put_log();
	put(slot_at(1) + EVTX_CHUNK_DATA_SUM, "torn", 4);
	check(follow(false) == WINEVT_EVTX_WAIT && follow(true) == WINEVT_EVTX_END &&
		      heard.count == 20 && counts.bad == 1,
	      "unless it stays so: then it is damaged, and what can be read of it is told");
	check(tells(31, 30) && counts.bad == 1, "once");
}

static void test_wrapped_and_written(void)
{
	begin();
	set(0, 31, 40);
	set(1, 41, 45);
	set(2, 21, 30);
	put_log();
	put(slot_at(1) + EVTX_CHUNK_DATA_SUM, "torn", 4);
	check(follow(false) == WINEVT_EVTX_WAIT && heard.count == 10,
	      "the newest chunk of a log that wrapped is being written");
	put_log();
	check(follow(false) == WINEVT_EVTX_END && heard.count == 15 && heard.last == 30,
	      "the oldest, behind it, is not taken for told");
	check(tells(46, 45), "all of it was told once");
}

static void test_zeros(void)
{
	static const uint8_t zeros[WINEVT_EVTX_CHUNK];

	begin();
	set(0, 31, 40);
	set(1, 21, 30);
	put_log();
	put(slot_at(1), zeros, sizeof(zeros));
	check(follow(false) == WINEVT_EVTX_WAIT && heard.count == 10,
	      "room that was made for a chunk is waited for");
	put_log();
	check(tells(21, 30), "until the chunk is there");
	put(slot_at(2), zeros, sizeof(zeros));
	check(tells(41, 40), "room behind the last chunk is not");
}

/* Eight terabytes of nothing behind a header. */
static void test_hole(void)
{
	begin();
	set(0, 1, 10);
	put_log();
	check(tells(1, 10), "a log is read");
	check(ftruncate(fd, WINEVT_EVTX_HEADER) == 0 && ftruncate(fd, INT64_C(1) << 43) == 0 &&
		      follow(false) == WINEVT_EVTX_WAIT,
	      "a hole in its place is not walked through, slot after slot");
	check(follow(true) == WINEVT_EVTX_END && heard.count == 0, "nor at the end");
}

static void test_refused(void)
{
	begin();
	set(0, 1, 10);
	put_log();
	heard.answer = -EAGAIN;
	heard.answer_at = 5;
	check(follow(false) == -EAGAIN && heard.count == 5 && cursor.slot == 0,
	      "who hears may say stop");
	heard.answer = 0;
	check(tells(1, 10), "and hears all of the chunk again");
}

static void test_cursor(void)
{
	begin();
	set(0, 1, 10);
	put_log();
	cursor = (struct winevt_evtx_cursor){ UINT64_MAX, 5, 7, 9, UINT64_MAX };
	check(tells(1, 10), "a cursor of something else is no harm");
	winevt_evtx_free(reader);
	(void)close(fd);
}

int main(void)
{
	test_growing();
	test_wrapped();
	test_cleared();
	test_newer_copy();
	test_not_whole();
	test_being_written();
	test_wrapped_and_written();
	test_zeros();
	test_hole();
	test_refused();
	test_cursor();
	return tap_done();
}
