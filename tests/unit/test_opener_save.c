/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Openers saved and loaded: the same afterwards; what is another's, old or damaged is refused.
 */
#include <stdio.h>

#include "model/opener-save.c" /* the unit under test */
#include "tests/unit/tap.h"

#define S    USEC_PER_SEC
#define BOOT 7

static const mono_us now = { 1000 * S };
static char data[OPENER_SAVE_MAX], other[OPENER_SAVE_MAX];

static void free_table(struct opener_table **table)
{
	opener_table_free(*table);
}

static void feed(struct opener_table *table, enum opener_event_kind kind, uint32_t target,
		 int64_t at_us, int32_t pid)
{
	struct opener_event e = { .kind = kind,
				  .target = target,
				  .at = { at_us },
				  .who = { .pid = pid, .exe = "/usr/bin/x" } };

	(void)snprintf(e.who.comm, sizeof(e.who.comm), "p%d", pid);
	opener_table_feed(table, &e);
}

static struct opener_table *sample(void)
{
	struct opener_table *table = opener_table_new();

	if (!table)
		return NULL;
	feed(table, OPENER_OPENED, 1, 100 * S, 1);
	feed(table, OPENER_OPENED, 0, 200 * S, 2);
	feed(table, OPENER_OPENED, 1, 300 * S, 3);
	feed(table, OPENER_CLOSED, 1, 400 * S, 3);
	return table;
}

static void test_there_and_back(void)
{
	SCOPED(free_table) struct opener_table *table = sample();
	SCOPED(free_table) struct opener_table *back = opener_table_new();
	const size_t len = opener_table_save(table, 1, BOOT, data);
	const struct opener_entry *entry;

	feed(back, OPENER_OPENED, 9, 50 * S, 9);
	check(opener_table_load(back, 5, BOOT, now, data, len) == 0 &&
		      opener_table_count(back) == 3,
	      "the target's two are back, under its new number");
	entry = opener_table_get(back, 1);
	check(entry->target == 5 && entry->open_now == 1 && strcmp(entry->who.comm, "p1") == 0,
	      "one that is open");
	feed(back, OPENER_CLOSED, 5, 600 * S, 1);
	check(entry->open_now == 0 && entry->total_us == 500 * S, "and can be closed");
	check(opener_table_get(back, 2)->total_us == 100 * S &&
		      opener_use(opener_table_get(back, 2), now, USEC_PER_HOUR).opens == 1,
	      "one that is not, with what it did");
	check(opener_table_save(back, 9, BOOT, other) ==
		      sizeof(struct head) + sizeof(struct opener_entry) + sizeof(struct opening),
	      "nobody else was touched");
	check(opener_table_load(back, 5, BOOT, now, data, len) == -EEXIST, "twice is refused");
}

static void test_refused(void)
{
	SCOPED(free_table) struct opener_table *table = sample();
	SCOPED(free_table) struct opener_table *back = opener_table_new();
	const size_t len = opener_table_save(table, 1, BOOT, data);
	struct opener_entry *entry = (void *)(other + sizeof(struct head));
	struct opening *o = (void *)(other + sizeof(struct head) + 2 * sizeof(*entry));
	struct head *head = (void *)other;

	check(opener_table_load(back, 1, BOOT + 1, now, data, len) == -ESTALE,
	      "another boot of the host has other times");
	check(opener_table_load(back, 1, BOOT, now, data, len - 1) == -EBADMSG &&
		      opener_table_load(back, 1, BOOT, now, data, 3) == -EBADMSG,
	      "a cut file is refused");
	check(opener_table_load(back, 1, BOOT, (mono_us){ 100 * S }, data, len) == -EBADMSG,
	      "what is still to come is refused");
#define REFUSED(change, error, sentence)                                                           \
	memcpy(other, data, len);                                                                  \
	change;                                                                                    \
	check(opener_table_load(back, 1, BOOT, now, other, len) == (error), sentence)
	REFUSED(head->version++, -ESTALE, "another version");
	REFUSED(head->entry_size++, -ESTALE, "another size");
	REFUSED(head->entries = 33, -EBADMSG, "more than there can be");
	REFUSED(entry->who.comm[0] = '\n', -EBADMSG, "a text that is none");
	REFUSED(memset(entry->who.exe, 'x', OPENER_EXE_MAX), -EBADMSG, "one without an end");
	REFUSED(entry->who.kind = (enum opener_kind)9, -EBADMSG, "no such opener");
	REFUSED(entry->agent = (enum agent)99, -EBADMSG, "no such agent");
	REFUSED(entry->spans[0].from.v = -1, -EBADMSG, "a time before all time");
	REFUSED(entry->slices[3].open_us = INT64_MAX, -EBADMSG, "more time than there is");
	REFUSED(o->entry = 2, -EBADMSG, "an opening of nobody");
	REFUSED(o->span = 1, -EBADMSG, "an opening that was never counted");
	check(opener_table_count(back) == 0, "and the table is as it was");
	REFUSED(entry->open_now = 1000, 0, "what can be counted is counted");
	check(opener_table_get(back, 0)->open_now == 1, "and not believed");
}

static void test_full(void)
{
	SCOPED(free_table) struct opener_table *table = opener_table_new();
	SCOPED(free_table) struct opener_table *back = opener_table_new();
	size_t len;

	for (int i = 0; i < OPENER_TABLE_MAX; i++)
		feed(table, OPENER_OPENED, 0, i * S, i);
	len = opener_table_save(table, 0, BOOT, data);
	check(opener_table_load(back, 0, BOOT, now, data, len) == 0 &&
		      opener_table_count(back) == OPENER_TABLE_MAX,
	      "a full table is saved and loaded");
	check(opener_table_load(back, 1, BOOT, now, data, len) == -ENOSPC,
	      "a second one has no room");
}

int main(void)
{
	test_there_and_back();
	test_refused();
	test_full();
	return tap_done();
}
