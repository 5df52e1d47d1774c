/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Openers as bytes and back: this build's own structures, so that any other build's are refused,
 * each value checked as if somebody else had written it.
 */
#include "model/opener-state.h"

#define SAVE_MAGIC   UINT32_C(0x424d4f54)
#define SAVE_VERSION 1

struct head {
	uint32_t magic, version, entry_size, opening_size;
	uint32_t boot_id, entries, openings, reserved;
};

_Static_assert(sizeof(struct head) + OPENER_TABLE_MAX * sizeof(struct opener_entry) +
			       OPENER_OPEN_MAX * sizeof(struct opening) <=
		       OPENER_SAVE_MAX,
	       "a full table fits");

/* --- there --- */

static char *put(char *at, const void *what, size_t size)
{
	memcpy(at, what, size);
	return at + size;
}

size_t opener_table_save(const struct opener_table *table, uint32_t target, uint32_t boot_id,
			 void *data)
{
	struct head head = { .magic = SAVE_MAGIC,
			     .version = SAVE_VERSION,
			     .entry_size = sizeof(struct opener_entry),
			     .opening_size = sizeof(struct opening),
			     .boot_id = boot_id };
	size_t place[OPENER_TABLE_MAX] = { 0 };
	char *at = (char *)data + sizeof(head);

	for (size_t i = 0; i < table->count; i++) {
		if (table->entries[i].target != target)
			continue;
		place[i] = head.entries++;
		at = put(at, &table->entries[i], sizeof(table->entries[i]));
	}
	for (size_t i = 0; i < OPENER_OPEN_MAX; i++) {
		struct opening o = table->open[i];

		if (!o.is_used || table->entries[o.entry].target != target)
			continue;
		o.entry = place[o.entry];
		head.openings++;
		at = put(at, &o, sizeof(o));
	}
	memcpy(data, &head, sizeof(head));
	return (size_t)(at - (char *)data);
}

/* --- and back --- */

static bool is_text(const char *text, size_t max)
{
	for (size_t i = 0; i < max && (text[i] == '\0' || (text[i] >= 0x20 && text[i] < 0x7f));
	     i++) {
		if (text[i] == '\0')
			return true;
	}
	return false;
}

static bool is_time(mono_us at, mono_us now)
{
	return at.v >= 0 && at.v <= now.v;
}

static bool is_good_opener(const struct opener *who)
{
	return (unsigned)who->kind < OPENER_KIND_MAX && who->pid >= 0 &&
	       is_text(who->comm, sizeof(who->comm)) && is_text(who->parent, sizeof(who->parent)) &&
	       is_text(who->exe, sizeof(who->exe)) && is_text(who->unit, sizeof(who->unit)) &&
	       is_text(who->container, sizeof(who->container));
}

static bool is_good_span(const struct opener_span *span, mono_us now)
{
	return is_time(span->from, now) && span->until.v >= span->from.v &&
	       (span->until.v == OPENER_STILL || is_time(span->until, now));
}

static bool is_good_entry(const struct opener_entry *entry, mono_us now)
{
	if (!is_good_opener(&entry->who) || (unsigned)entry->agent >= AGENT_MAX ||
	    !is_time(entry->first, now) || !is_time(entry->last, now) || entry->total_us < 0)
		return false;
	for (uint64_t n = 0; n < OPENER_SPANS_MAX && n < entry->span_count; n++) {
		if (!is_good_span(&entry->spans[n], now))
			return false;
	}
	for (size_t i = 0; i < OPENER_SLICES; i++) {
		const struct opener_slice *slice = &entry->slices[i];

		if (slice->number < 0 || slice->open_us < 0 ||
		    slice->open_us > OPENER_OPEN_MAX * OPENER_SLICE_US)
			return false;
	}
	return true;
}

struct saved {
	struct head head;
	const char *entries, *openings;
};

static int take_head(const void *data, size_t len, uint32_t boot_id, struct saved *ret)
{
	struct head *head = &ret->head;

	if (len < sizeof(*head))
		return -EBADMSG;
	memcpy(head, data, sizeof(*head));
	if (head->magic != SAVE_MAGIC || head->version != SAVE_VERSION ||
	    head->entry_size != sizeof(struct opener_entry) ||
	    head->opening_size != sizeof(struct opening) || head->boot_id != boot_id)
		return -ESTALE;
	if (head->entries > OPENER_TABLE_MAX || head->openings > OPENER_OPEN_MAX ||
	    len != sizeof(*head) + head->entries * sizeof(struct opener_entry) +
			    head->openings * sizeof(struct opening))
		return -EBADMSG;
	ret->entries = (const char *)data + sizeof(*head);
	ret->openings = ret->entries + head->entries * sizeof(struct opener_entry);
	return 0;
}

static struct opening opening_at(const struct saved *saved, size_t i)
{
	struct opening o;

	memcpy(&o, saved->openings + i * sizeof(o), sizeof(o));
	return o;
}

/* Whether the entries' open_now is what the openings say is not asked: it is made of them. */
static bool is_good_opening(const struct saved *saved, const struct opener_table *table,
			    const struct opening *o, mono_us now)
{
	return o->entry < saved->head.entries && o->pid >= 0 && is_time(o->from, now) &&
	       is_time(o->seen, now) &&
	       o->span < table->entries[table->count + o->entry].span_count;
}

/* Behind those that are in use; they count only when the caller says so. */
static bool take_entries(struct opener_table *table, const struct saved *saved, uint32_t target,
			 mono_us now)
{
	for (size_t i = 0; i < saved->head.entries; i++) {
		struct opener_entry *entry = &table->entries[table->count + i];

		memcpy(entry, saved->entries + i * sizeof(*entry), sizeof(*entry));
		if (!is_good_entry(entry, now))
			return false;
		entry->target = target;
		entry->open_now = 0;
	}
	for (size_t i = 0; i < saved->head.openings; i++) {
		const struct opening o = opening_at(saved, i);

		if (!is_good_opening(saved, table, &o, now))
			return false;
	}
	return true;
}

static void take_openings(struct opener_table *table, const struct saved *saved)
{
	size_t next = 0;

	for (size_t i = 0; i < saved->head.openings; i++) {
		struct opening o = opening_at(saved, i);

		while (next < OPENER_OPEN_MAX && table->open[next].is_used)
			next++;
		if (next == OPENER_OPEN_MAX)
			return;
		o.is_used = true;
		o.entry += table->count;
		table->open[next] = o;
		table->entries[o.entry].open_now++;
	}
}

int opener_table_load(struct opener_table *table, uint32_t target, uint32_t boot_id, mono_us now,
		      const void *data, size_t len)
{
	struct saved saved;
	int r;

	for (size_t i = 0; i < table->count; i++) {
		if (table->entries[i].target == target)
			return -EEXIST;
	}
	r = take_head(data, len, boot_id, &saved);
	if (r < 0)
		return r;
	if (table->count + saved.head.entries > OPENER_TABLE_MAX)
		return -ENOSPC;
	if (!take_entries(table, &saved, target, now))
		return -EBADMSG;
	take_openings(table, &saved);
	table->count += saved.head.entries;
	return 0;
}
