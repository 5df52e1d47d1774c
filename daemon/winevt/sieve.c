/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The search for several names at once: blocks of bytes are compared with the first and the last of
 * each name, as the compiler's vectors, which every machine has or imitates.
 */
#include "winevt/sieve.h"

#include <ctype.h>
#include <strings.h>

#define FOLD 0x20 /* the bit between a letter and its other case */

typedef uint8_t block __attribute__((vector_size(16)));

static bool is_plain(char byte)
{
	return isalnum((unsigned char)byte) || (byte != '\0' && strchr(" -_.", byte));
}

/* The longest run of plain bytes. */
static const char *longest_run(const char *name, size_t *ret_len)
{
	const char *best = name;
	size_t best_len = 0, n;

	for (const char *at = name; *at; at += n ? n : 1) {
		for (n = 0; is_plain(at[n]);)
			n++;
		if (n <= best_len)
			continue;
		best = at;
		best_len = n;
	}
	*ret_len = best_len;
	return best;
}

/* The same name once: pairs are one for each range of ids. */
static bool has_run(const struct winevt_sieve *sieve, const char *text, size_t len)
{
	for (size_t i = 0; i < sieve->count; i++) {
		if (sieve->runs[i].len == len && strncasecmp(sieve->runs[i].text, text, len) == 0)
			return true;
	}
	return false;
}

static void add_run(struct winevt_sieve *sieve, const char *provider)
{
	size_t len;
	const char *text = longest_run(provider, &len);

	if (has_run(sieve, text, len))
		return;
	if (sieve->count == WINEVT_SIEVE_RUNS || len == 0) {
		sieve->passes_all = true;
		return;
	}
	sieve->runs[sieve->count].text = text;
	sieve->runs[sieve->count].len = len;
	sieve->count++;
	if (len > sieve->longest)
		sieve->longest = len;
}

void winevt_sieve_make(struct winevt_sieve *sieve, const struct winevt_wanted *wanted)
{
	*sieve = (struct winevt_sieve){ .count = 0 };
	for (size_t i = 0; i < wanted->count; i++)
		add_run(sieve, wanted->pairs[i].provider);
}

static bool is_named(const struct winevt_sieve *sieve, const char *at, size_t left)
{
	for (size_t i = 0; i < sieve->count; i++) {
		if (sieve->runs[i].len <= left &&
		    strncasecmp(at, sieve->runs[i].text, sieve->runs[i].len) == 0)
			return true;
	}
	return false;
}

/* The bytes there that are `byte` but for the case of a letter, and a few that are not. By pointer:
 * machines differ in how a function hands over a vector. */
static void same(const char *at, char byte, block *ret)
{
	block bytes;

	memcpy(&bytes, at, sizeof(bytes));
	*ret = (block)((bytes | FOLD) == (block){ 0 } + (uint8_t)(byte | FOLD));
}

/* A name may begin in the block. */
static bool is_near(const struct winevt_sieve *sieve, const char *at)
{
	block hits = { 0 }, first, last;
	uint64_t words[sizeof(hits) / sizeof(uint64_t)];

	for (size_t i = 0; i < sieve->count; i++) {
		const char *run = sieve->runs[i].text;
		const size_t end = sieve->runs[i].len - 1;

		same(at, run[0], &first);
		same(at + end, run[end], &last);
		hits |= first & last;
	}
	memcpy(words, &hits, sizeof(words));
	return (words[0] | words[1]) != 0;
}

bool winevt_sieve_passes(const struct winevt_sieve *sieve, const char *text, size_t len)
{
	const size_t reach = sizeof(block) + sieve->longest;
	size_t at = 0;

	if (sieve->passes_all)
		return true;
	if (sieve->count == 0)
		return false;
	while (at < len) {
		const size_t end = at + reach <= len ? at + sizeof(block) : len;

		if (end < len && !is_near(sieve, text + at)) {
			at = end;
			continue;
		}
		for (; at < end; at++) {
			if (is_named(sieve, text + at, len - at))
				return true;
		}
	}
	return false;
}
