/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * winevt-evtx FILE [ROUNDS]: how fast that event log is read, checksums and all, six fields of
 * each event of IPMIDRV: the best of the rounds, as JSON. `make tests/bench/winevt-evtx`;
 * tests/bench/winevt runs it.
 */
#include <fcntl.h>
#include <stdio.h>

#include "base/clock.h"
#include "winevt/evtx.h"

static const struct winevt_pair pairs[] = { { "IPMIDRV", 1000, 1007 } };
static const struct winevt_wanted wanted = { pairs, COUNT_OF(pairs) };

static int hear(void *user, const struct winevt_record *record)
{
	uint64_t *sum = user;

	*sum += record->event_id + (uint64_t)record->qualifiers + (uint64_t)record->level +
		record->record_id + (uint64_t)record->time.seconds + (uint8_t)record->host[0];
	return 0;
}

static int64_t read_once(const char *path, struct winevt_counts *counts, uint64_t *sum)
{
	SCOPED(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	const mono_us began = clock_mono();

	*counts = (struct winevt_counts){ .events = 0 };
	if (fd < 0 || winevt_evtx_read(fd, &wanted, hear, sum, counts) != 0)
		return -1;
	return mono_since(clock_mono(), began);
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
	const long rounds = argc > 2 ? strtol(argv[2], NULL, 10) : 5;
	struct winevt_counts counts = { .events = 0 };
	int64_t best_us = INT64_MAX;
	uint64_t sum = 0;

	for (long i = 0; i < rounds && argc > 1; i++) {
		const int64_t took_us = read_once(argv[1], &counts, &sum);

		if (took_us < 0)
			return 1;
		best_us = min_i64(best_us, took_us);
	}
	printf("{\"seconds\":%.6f,\"bytes\":%llu,\"events\":%llu,\"wanted\":%llu,\"bad\":%llu,"
	       "\"rss_kib\":%ld,\"sum\":%llu}\n",
	       (double)max_i64(best_us, 1) / 1e6, (unsigned long long)counts.bytes,
	       (unsigned long long)counts.events, (unsigned long long)counts.wanted,
	       (unsigned long long)counts.bad, peak_kib(), (unsigned long long)sum);
	return 0;
}
