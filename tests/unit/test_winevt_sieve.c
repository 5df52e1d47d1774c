/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sieve lets through what names a wanted provider, wherever and however it is written, and
 * nothing else.
 */
#include <stdio.h>

#include "tests/unit/tap.h"
#include "winevt/sieve.c" /* the unit under test */

static struct winevt_sieve sieve;

static bool passes(const char *text)
{
	return winevt_sieve_passes(&sieve, text, strlen(text));
}

static void test_one(void)
{
	static const struct winevt_pair pairs[] = { { "IPMIDRV", 1000, 1003 },
						    { "ipmidrv", 1004, 1007 } };
	static const struct winevt_wanted wanted = { pairs, COUNT_OF(pairs) };
	char text[200];
	bool is_found = true;

	winevt_sieve_make(&sieve, &wanted);
	check(sieve.count == 1, "a name with two ranges of ids is looked for once");
	check(passes("IPMIDRV") && passes("<a b='ipmidrv'/>") && passes("IpMiDrV."),
	      "the name passes in any case");
	check(!passes("") && !passes("IPMIDR") && !passes("PMIDRV") && !passes("IPMI DRV"),
	      "less than the name does not");
	for (size_t at = 0; at + 7 <= sizeof(text); at++) {
		memset(text, 'V', sizeof(text));
		memcpy(text + at, "IPMIDRV", 7);
		is_found &= winevt_sieve_passes(&sieve, text, sizeof(text));
		is_found &= !winevt_sieve_passes(&sieve, text, at + 6);
	}
	check(is_found, "it is found at every place, and not behind the end");
	memset(text, 'i', sizeof(text));
	for (size_t at = 6; at < sizeof(text); at += 7)
		text[at] = 'v';
	check(!winevt_sieve_passes(&sieve, text, sizeof(text)),
	      "what begins and ends like it is not it");
	check(passes("IPMIDRIPMIDRV"), "and behind half of itself");
}

static void test_several(void)
{
	static const struct winevt_pair pairs[] = { { "Lifecycle Controller Log", 1, 9 },
						    { "A&B/Watchdog<x>", 1, 9 },
						    { "ipmiprv", 1, 9 } };
	static const struct winevt_wanted wanted = { pairs, COUNT_OF(pairs) };

	winevt_sieve_make(&sieve, &wanted);
	check(passes("x lifecycle controller log") && passes("ipmiprv") &&
		      passes("A&amp;B\\/Watchdog&lt;x"),
	      "each of several names passes, whatever is escaped in it");
	check(!passes("Lifecycle Controller  Log, ipmi, prv, Watch dog"), "and nothing else");
}

static void test_edges(void)
{
	static struct winevt_pair many[WINEVT_SIEVE_RUNS + 1];
	static const struct winevt_pair strange[] = { { "<>", 1, 9 } };
	const struct winevt_wanted none = { NULL, 0 }, plain = { strange, 1 };
	const struct winevt_wanted all = { many, COUNT_OF(many) };

	winevt_sieve_make(&sieve, &none);
	check(!passes("") && !passes("anything"), "nothing passes if nothing is wanted");
	winevt_sieve_make(&sieve, &plain);
	check(passes("anything"), "everything passes for a name without a letter");
	for (size_t i = 0; i < COUNT_OF(many); i++)
		(void)snprintf(many[i].provider, sizeof(many[i].provider), "Provider%zu", i);
	winevt_sieve_make(&sieve, &all);
	check(passes("anything"), "and for more names than there is room for");
}

int main(void)
{
	test_one();
	test_several();
	test_edges();
	return tap_done();
}
