/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Event logs as files: headers that lie, slots that hold nothing, a pipe that comes in pieces.
 */
#include <sys/mman.h>

#include "tests/unit/evtx_bytes.h"
#include "winevt/evtx.c" /* the unit under test */

static struct bytes header, chunk;
static struct heard heard;
static struct winevt_counts counts;

static void add(int fd, const uint8_t *bytes, size_t n)
{
	if (write(fd, bytes, n) != (ssize_t)n)
		printf("Bail out! nothing can be written\n");
}

static int file_of(const struct bytes *head, const struct bytes *one, size_t size)
{
	const int fd = memfd_create("evtx", MFD_CLOEXEC);

	add(fd, head->at, head->n);
	add(fd, one->at, size);
	return fd;
}

static int read_all(int fd)
{
	int r;

	heard = (struct heard){ .answer = heard.answer, .answer_at = heard.answer_at };
	counts = (struct winevt_counts){ .events = 0 };
	(void)lseek(fd, 0, SEEK_SET);
	r = winevt_evtx_read(fd, &bytes_wanted, hear, &heard, &counts);
	(void)close(fd);
	return r;
}

static bool is_read(int fd, uint64_t wanted, uint64_t bad)
{
	const int r = read_all(fd);

	if (r != 0 || counts.wanted != wanted || counts.bad != bad)
		printf("# %d: wanted %d bad %d\n", r, (int)counts.wanted, (int)counts.bad);
	return r == 0 && counts.wanted == wanted && counts.bad == bad && heard.count == wanted;
}

static void test_headers(void)
{
	bytes_chunk(&chunk, 1, 4, 0);
	bytes_header(&header, 5, 1, 0);
	check(is_read(file_of(&header, &chunk, sizeof(chunk.at)), 4, 0), "a log is read");
	check(counts.events == 4 && counts.bytes == WINEVT_EVTX_HEADER + WINEVT_EVTX_CHUNK,
	      "and counted");
	bytes_header(&header, 1, 0, FLAG_DIRTY);
	check(is_read(file_of(&header, &chunk, sizeof(chunk.at)), 4, 0),
	      "one that was copied while in use has more chunks than it says");
	header.at[EVTX_HEADER_SUM] ^= 1;
	check(is_read(file_of(&header, &chunk, sizeof(chunk.at)), 4, 1),
	      "a header with a wrong checksum counts as damaged");
	chunk.at[EVTX_CHUNK_DATA_SUM] ^= 1;
	bytes_header(&header, 5, 1, 0);
	check(is_read(file_of(&header, &chunk, sizeof(chunk.at)), 4, 1),
	      "a chunk with one is read, and counts as damaged once");
	bytes_header(&header, 5, 1, FLAG_NO_SUMS);
	check(is_read(file_of(&header, &chunk, sizeof(chunk.at)), 4, 0), "unless the log has none");
}

static void test_no_logs(void)
{
	bytes_chunk(&chunk, 1, 4, 0);
	bytes_header(&header, 5, 1, 0);
	header.n = 0;
	check(read_all(file_of(&header, &chunk, 0)) == -EBADMSG, "an empty file is no log");
	header.n = WINEVT_EVTX_HEADER - 1;
	check(read_all(file_of(&header, &chunk, 0)) == -EBADMSG, "nor is half a header");
	header.n = WINEVT_EVTX_HEADER;
	check(read_all(file_of(&header, &chunk, 0)) == 0, "a header alone is one");
	header.at[0] = 'e';
	check(read_all(file_of(&header, &chunk, 0)) == -EBADMSG, "if it is one");
	check(winevt_evtx_read(-1, &bytes_wanted, hear, &heard, &counts) == -EBADF,
	      "what cannot be read is said");
}

static void test_slots(void)
{
	static const uint8_t zeros[WINEVT_EVTX_CHUNK];
	int fd;

	bytes_chunk(&chunk, 1, 4, 0);
	bytes_header(&header, 5, 3, 0);
	fd = file_of(&header, &chunk, sizeof(chunk.at));
	add(fd, zeros, sizeof(zeros));
	add(fd, chunk.at, sizeof(chunk.at));
	check(is_read(fd, 8, 0), "a slot that was never used is passed over");
	fd = file_of(&header, &chunk, sizeof(chunk.at));
	add(fd, (const uint8_t *)"ElfChnk", 7);
	check(is_read(fd, 4, 1), "a beginning of a chunk is damaged");
	check(is_read(file_of(&header, &chunk, chunk.n), 4, 1),
	      "a chunk that lacks its free space is read, but something is missing");
	check(is_read(file_of(&header, &chunk, chunk.n - 1), 3, 1),
	      "one that is cut is read so far");
	chunk.at[0] = 'x';
	fd = file_of(&header, &chunk, sizeof(chunk.at));
	chunk.at[0] = 'E';
	add(fd, chunk.at, sizeof(chunk.at));
	check(is_read(fd, 4, 1), "what is no chunk is damaged, and the next one is read");
	memset(chunk.at, 0, 8);
	check(is_read(file_of(&header, &chunk, sizeof(chunk.at)), 0, 1),
	      "a chunk that lost its name was used");
}

/* A copy of a few KiB may say that it has terabytes. */
static void test_hole(void)
{
	const off_t far = ((off_t)1 << 42) + WINEVT_EVTX_HEADER;
	int fd;

	bytes_chunk(&chunk, 1, 4, 0);
	bytes_header(&header, 5, 1, 0);
	fd = file_of(&header, &chunk, sizeof(chunk.at));
	check(pwrite(fd, chunk.at, sizeof(chunk.at), far) == (ssize_t)sizeof(chunk.at) &&
		      ftruncate(fd, 2 * far - WINEVT_EVTX_HEADER) == 0 && is_read(fd, 8, 0),
	      "a hole is passed, what stands behind it is read");
	check(counts.bytes == 2 * (uint64_t)far - WINEVT_EVTX_HEADER, "and it counts as read");
}

static void test_pipe(void)
{
	int ends[2], r;

	bytes_chunk(&chunk, 1, 4, 0);
	bytes_header(&header, 5, 1, 0);
	header.n = WINEVT_EVTX_HEADER;
	heard = (struct heard){ .count = 0 };
	counts = (struct winevt_counts){ .events = 0 };
	if (pipe(ends) < 0)
		return;
	add(ends[1], header.at, WINEVT_EVTX_HEADER);
	add(ends[1], chunk.at, chunk.n); /* a pipe takes 64 KiB */
	(void)close(ends[1]);
	r = winevt_evtx_read(ends[0], &bytes_wanted, hear, &heard, &counts);
	(void)close(ends[0]);
	check(r == 0 && heard.count == 4, "a pipe is read as well");
}

static void test_stop(void)
{
	bytes_chunk(&chunk, 1, 4, 0);
	bytes_header(&header, 5, 1, 0);
	heard.answer = -ENOSPC;
	heard.answer_at = 3;
	check(read_all(file_of(&header, &chunk, sizeof(chunk.at))) == -ENOSPC && heard.count == 3,
	      "who hears may say stop");
	heard.answer = WINEVT_EVTX_MORE;
	check(read_all(file_of(&header, &chunk, sizeof(chunk.at))) == WINEVT_EVTX_MORE &&
		      heard.count == 3,
	      "whatever he says");
	heard = (struct heard){ .count = 0 };
	winevt_evtx_free(NULL);
}

int main(void)
{
	test_headers();
	test_no_logs();
	test_slots();
	test_hole();
	test_pipe();
	test_stop();
	return tap_done();
}
