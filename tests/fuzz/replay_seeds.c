/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A main() for a fuzz target without a fuzzer, so that `make check` runs each target everywhere:
 * over every seed of tests/fuzz/seeds/NAME, every beginning of it, and a fixed set of mutations.
 */
#include <dirent.h>
#include <inttypes.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"
#include "tests/unit/tap.h"

#define SEED_MAX       65536
#define BEGINNINGS_MAX 2048
#define MUTATIONS      400

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void close_dir(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

static void close_file(FILE **file)
{
	if (*file)
		(void)fclose(*file);
}

/* xorshift64: the same mutations on every machine. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* A copy of its own size, so that the sanitizer sees a step beyond the end. */
static void feed(const uint8_t *data, size_t size)
{
	SCOPED(free_ptr) uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		return;
	memcpy(copy, data, size);
	(void)LLVMFuzzerTestOneInput(copy, size);
}

static void feed_mutations(const uint8_t *seed, size_t size)
{
	static const uint8_t favourites[] = { 0x00, 0x01, 0x7f, 0x80, 0xff, '"', '\n', '{' };
	SCOPED(free_ptr) uint8_t *mutant = malloc(size + 1);
	uint64_t random = 0x9e3779b97f4a7c15u ^ size;

	if (!mutant || size == 0)
		return;
	for (size_t i = 0; i < MUTATIONS; i++) {
		size_t changes = 1 + next_random(&random) % 4;

		memcpy(mutant, seed, size);
		while (changes-- > 0) {
			uint64_t dice = next_random(&random);
			size_t at = (size_t)(dice >> 16) % size;

			if (dice & 1)
				mutant[at] ^= (uint8_t)(1u << (dice >> 1 & 7));
			else
				mutant[at] = favourites[dice >> 1 & 7];
		}
		feed(mutant, size);
	}
}

static bool feed_seed(const char *path)
{
	SCOPED(free_ptr) uint8_t *seed = malloc(SEED_MAX);
	SCOPED(close_file) FILE *file = fopen(path, "re");
	size_t size;

	if (!seed || !file)
		return false;
	size = fread(seed, 1, SEED_MAX, file);
	for (size_t n = 0; n < size && n < BEGINNINGS_MAX; n++)
		feed(seed, n);
	feed(seed, size);
	feed_mutations(seed, size);
	return ferror(file) == 0;
}

static bool is_seed(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	SCOPED(close_dir) DIR *dir = NULL;
	const char *top = getenv("TOP"), *name = strrchr(argv[0], '/');
	char folder[PATH_MAX], path[PATH_MAX + 256];
	const struct dirent *entry;
	size_t seeds = 0;

	name = name ? name + 1 : argv[0];
	if (strncmp(name, "fuzz_", strlen("fuzz_")) == 0)
		name += strlen("fuzz_");
	(void)snprintf(folder, sizeof(folder), "%s/tests/fuzz/seeds/%s", top ? top : ".", name);
	if (argc > 1)
		(void)snprintf(folder, sizeof(folder), "%s", argv[1]);
	dir = opendir(folder);
	check(dir, "there are seeds in %s", folder);
	while (dir && (entry = readdir(dir))) {
		if (!is_seed(entry))
			continue;
		(void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		check(feed_seed(path), "%s, its beginnings and %d mutations are survived",
		      entry->d_name, MUTATIONS);
		seeds++;
	}
	check(seeds > 0, "at least one seed was fed");
	return tap_done();
}
