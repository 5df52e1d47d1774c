/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as records of the helper's socket, one after another, and what the table makes of
 * those that are taken.
 */
#include <stddef.h>

#include "model/opener-wire.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void free_table(struct opener_table **slot)
{
	opener_table_free(*slot);
}

static void expect(bool is_so)
{
	if (!is_so)
		abort();
}

static void expect_entry(const struct opener_entry *entry, mono_us now)
{
	const struct opener_use use = opener_use(entry, now, USEC_PER_DAY);

	expect(entry->open_now <= OPENER_OPEN_MAX && entry->open_now <= entry->opens);
	expect(entry->total_us >= 0 && use.open_us >= 0 && use.opens <= entry->opens);
	expect(strlen(entry->who.unit) < OPENER_UNIT_MAX);
	(void)opener_was_open(entry, (mono_us){ 0 }, now);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(free_table) struct opener_table *table = opener_table_new();
	const mono_us now = { 100 * USEC_PER_DAY };
	struct opener_message message;
	uint8_t record[OPENER_WIRE_SIZE];

	expect(table != NULL);
	for (; size >= sizeof(record); data += sizeof(record), size -= sizeof(record)) {
		const struct wire head = { .magic = WIRE_MAGIC, .version = OPENER_WIRE_VERSION };

		memcpy(record, data, sizeof(record));
		memcpy(record, &head, offsetof(struct wire, kind));
		if (opener_wire_decode(record, sizeof(record), now, &message) == 0 &&
		    message.kind == OPENER_NEWS)
			opener_table_feed(table, &message.event);
	}
	expect(opener_table_count(table) <= OPENER_TABLE_MAX);
	for (size_t i = 0; i < opener_table_count(table); i++)
		expect_entry(opener_table_get(table, i), now);
	return 0;
}
