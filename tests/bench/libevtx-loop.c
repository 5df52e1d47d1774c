/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libevtx-loop FILE [ROUNDS]: the same fields read with libevtx, the best of the rounds, as JSON.
 * Not part of the build: tests/bench/winevt compiles it where libevtx is installed.
 */
#include <libevtx.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct counts {
	int events, wanted, bad;
	uint64_t sum;
};

static void read_fields(libevtx_record_t *record, struct counts *counts)
{
	uint32_t event_id = 0, qualifiers = 0;
	uint64_t record_id = 0, written = 0;
	uint8_t provider[256] = "", host[256] = "", level = 0;

	(void)libevtx_record_get_identifier(record, &record_id, NULL);
	(void)libevtx_record_get_written_time(record, &written, NULL);
	(void)libevtx_record_get_event_identifier(record, &event_id, NULL);
	(void)libevtx_record_get_event_identifier_qualifiers(record, &qualifiers, NULL);
	(void)libevtx_record_get_event_level(record, &level, NULL);
	(void)libevtx_record_get_utf8_source_name(record, provider, sizeof(provider), NULL);
	if (strcmp((const char *)provider, "IPMIDRV") != 0)
		return;
	(void)libevtx_record_get_utf8_computer_name(record, host, sizeof(host), NULL);
	counts->wanted++;
	counts->sum += record_id + written + event_id + qualifiers + level + host[0];
}

static int read_once(const char *path, struct counts *counts)
{
	libevtx_record_t *record;
	libevtx_file_t *file = NULL;

	*counts = (struct counts){ .events = 0 };
	if (libevtx_file_initialize(&file, NULL) != 1 ||
	    libevtx_file_open(file, path, LIBEVTX_OPEN_READ, NULL) != 1)
		return -1;
	(void)libevtx_file_get_number_of_records(file, &counts->events, NULL);
	for (int i = 0; i < counts->events; i++) {
		record = NULL;
		if (libevtx_file_get_record_by_index(file, i, &record, NULL) == 1)
			read_fields(record, counts);
		else
			counts->bad++;
		(void)libevtx_record_free(&record, NULL);
	}
	(void)libevtx_file_close(file, NULL);
	(void)libevtx_file_free(&file, NULL);
	return 0;
}

static double now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Since exec(); what getrusage() says includes whoever started us. */
static long peak_kib(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	long kib = 0;

	while (file && kib == 0 && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "VmHWM:", 6) == 0)
			kib = strtol(line + 6, NULL, 10);
	}
	if (file)
		(void)fclose(file);
	return kib;
}

int main(int argc, char **argv)
{
	const long rounds = argc > 2 ? strtol(argv[2], NULL, 10) : 3;
	struct counts counts = { .events = 0 };
	double best = 1e9;

	for (long i = 0; i < rounds && argc > 1; i++) {
		const double began = now();

		if (read_once(argv[1], &counts) < 0)
			return 1;
		best = now() - began < best ? now() - began : best;
	}
	printf("{\"seconds\":%.6f,\"events\":%d,\"wanted\":%d,\"bad\":%d,\"rss_kib\":%ld,"
	       "\"version\":\"%s\",\"sum\":%llu}\n",
	       best, counts.events, counts.wanted, counts.bad, peak_kib(), libevtx_get_version(),
	       (unsigned long long)counts.sum);
	return 0;
}
