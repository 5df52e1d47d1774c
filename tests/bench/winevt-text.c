/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast events of Windows hosts are read from text: pieces and bytes a second of the samples in
 * tests/winevt/formats, over and over, in blocks as a file is read. `make tests/bench/winevt-text`,
 * run it from the top of the tree (or with TOP), on a quiet machine. Exit code 1: a goal is missed.
 */
#include <glob.h>
#include <limits.h>
#include <stdio.h>

#include "base/clock.h"
#include "winevt/format.h"

#define BLOCK	 65536
#define CORPUS	 (32u << 20)
#define ROUNDS	 5
#define PROVIDER "IPMIDRV"

static const struct row {
	const char *what, *format, *files;
	bool is_wanted;	  /* or the same events of another provider */
	double goal_rate; /* pieces a second; 0: none */
} rows[] = {
	{ "JSON lines, none wanted", "json", "*.ndjson", false, 1e6 },
	{ "JSON lines, all wanted", "json", "*.ndjson", true, 0 },
	{ "event XML, none wanted", "xml", "*.xml", false, 1e5 },
	{ "event XML, all wanted", "xml", "*.xml", true, 1e5 },
	{ "syslog, none wanted", "syslog", "*.log", false, 1e6 },
	{ "syslog, all wanted", "syslog", "*.log", true, 0 },
	{ "mixed, none wanted", "mixed", "*", false, 1e6 },
	{ "mixed, all wanted", "mixed", "*", true, 0 },
};

static const struct winevt_pair pairs[] = { { PROVIDER, 1000, 1007 } };
static const struct winevt_wanted wanted = { pairs, COUNT_OF(pairs) };
static struct winevt_stream stream;
static struct winevt_zone zone;
static char corpus[CORPUS];

static int hear(void *user UNUSED, const struct winevt_record *record UNUSED)
{
	return 0;
}

static size_t append_file(const char *path, size_t at)
{
	FILE *file = fopen(path, "re");
	size_t len;

	if (!file)
		return 0;
	len = fread(corpus + at, 1, CORPUS - at, file);
	(void)fclose(file);
	return len;
}

/* The samples, in turn, until there is no room for all of them again. */
static size_t make_corpus(const struct row *row)
{
	const char *top = getenv("TOP");
	glob_t found = { 0 };
	char pattern[PATH_MAX];
	size_t len = 0, once;

	(void)snprintf(pattern, sizeof(pattern), "%s/tests/winevt/formats/%s", top ? top : ".",
		       row->files);
	if (glob(pattern, 0, NULL, &found) != 0)
		return 0;
	for (size_t i = 0; i < found.gl_pathc; i++)
		len += append_file(found.gl_pathv[i], len);
	globfree(&found);
	for (char *at = corpus; !row->is_wanted && (at = memmem(at, len - (size_t)(at - corpus),
								PROVIDER, strlen(PROVIDER)));)
		memcpy(at, "Service", strlen(PROVIDER));
	for (once = len; len > 0 && len + once <= CORPUS; len += once)
		memcpy(corpus + len, corpus, once);
	return len;
}

static bool read_corpus(const struct row *row, size_t len)
{
	int r = 0;

	winevt_stream_init(&stream, winevt_format_named(row->format), &wanted, &zone, hear, NULL);
	for (size_t at = 0; at < len && r == 0; at += BLOCK)
		r = winevt_stream_feed(&stream, corpus + at, BLOCK < len - at ? BLOCK : len - at);
	winevt_stream_done(&stream);
	return r == 0 && stream.decoder.counts.bad == 0 &&
	       stream.decoder.counts.wanted == (row->is_wanted ? stream.decoder.counts.events : 0);
}

static bool measure(const struct row *row)
{
	const size_t len = make_corpus(row);
	int64_t best_us = INT64_MAX;
	double seconds, rate;
	bool is_good;

	for (int i = 0; i < ROUNDS; i++) {
		const mono_us began = clock_mono();

		if (len == 0 || !read_corpus(row, len)) {
			printf("%-26s not read as it should be\n", row->what);
			return false;
		}
		best_us = min_i64(best_us, mono_since(clock_mono(), began));
	}
	seconds = (double)max_i64(best_us, 1) / 1e6;
	rate = (double)stream.decoder.counts.events / seconds;
	is_good = rate >= row->goal_rate;
	printf("%-26s %10.0f/s %8.0f MB/s", row->what, rate, (double)len / seconds / 1e6);
	if (row->goal_rate > 0)
		printf("   wanted: %.0f/s%s", row->goal_rate, is_good ? "" : " MISSED");
	printf("\n");
	return is_good;
}

int main(void)
{
	bool is_good = winevt_zone_make(&zone, "Europe/Berlin") == 0;

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		is_good &= measure(&rows[i]);
	return !is_good;
}
