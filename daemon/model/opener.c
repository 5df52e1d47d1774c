/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of openers.
 */
#include <stdio.h>

#include "model/opener-state.h"

struct opener_table *opener_table_new(void)
{
	return calloc(1, sizeof(struct opener_table));
}

void opener_table_free(struct opener_table *table)
{
	free(table);
}

/* --- entries --- */

#define HEX_DIGITS "0123456789abcdef"
#define LOT_MIN	   8 /* hex digits in a row that were drawn by lot */

/* "8d1f2a3b-94cd-4e5f-a6b7-c8d9e0f1a2b3": its length, 0: it is none. */
static size_t uuid_len(const char *text)
{
	static const size_t groups[] = { 8, 4, 4, 4, 12 };
	size_t len = 0;

	for (size_t i = 0; i < COUNT_OF(groups); i++) {
		if (i > 0 && text[len++] != '-')
			return 0;
		if (strspn(text + len, HEX_DIGITS) != groups[i])
			return 0;
		len += groups[i];
	}
	return len;
}

/* What differs from run to run: an UUID, hex digits drawn by lot, a number. 0: it is none. */
static size_t number_len(const char *text)
{
	const size_t uuid = uuid_len(text), hex = strspn(text, HEX_DIGITS);

	if (uuid > 0)
		return uuid;
	/* eight letters and no digit: rather a word */
	if (hex >= LOT_MIN && strcspn(text, "0123456789") < hex)
		return hex;
	return strspn(text, "0123456789");
}

/* Equal but for the value of numbers in them. */
static bool is_same_unit(const char *a, const char *b)
{
	while (*a != '\0' && *b != '\0') {
		const size_t in_a = number_len(a), in_b = number_len(b);

		if (in_a > 0 && in_b > 0) {
			a += in_a;
			b += in_b;
		} else if (*a++ != *b++) {
			return false;
		}
	}
	return *a == *b;
}

/* It ended while it was looked at: whatever has no executable may lack the rest, too. */
static bool is_half_known(const struct opener *who)
{
	return who->kind == OPENER_PROCESS && *who->exe == '\0';
}

/* As far as both are known. */
static bool may_be_same(const struct opener *a, const struct opener *b)
{
	if (a->uid != b->uid && a->uid != OPENER_NO_UID && b->uid != OPENER_NO_UID)
		return false;
	return *a->unit == '\0' || *b->unit == '\0' || is_same_unit(a->unit, b->unit);
}

static bool is_same_place(const struct opener *a, const struct opener *b)
{
	if (is_half_known(a) || is_half_known(b))
		return may_be_same(a, b);
	return a->uid == b->uid && strcmp(a->exe, b->exe) == 0 &&
	       is_same_unit(a->container, b->container) && is_same_unit(a->unit, b->unit);
}

static bool is_same_program(const struct opener_entry *entry, const struct opener *who,
			    uint32_t target)
{
	return entry->target == target && entry->who.kind == who->kind &&
	       strcmp(entry->who.comm, who->comm) == 0 && is_same_place(&entry->who, who);
}

/* A full table: the entry that was quiet for longest, SIZE_MAX if all are open. */
static size_t entry_to_drop(const struct opener_table *table)
{
	size_t oldest = SIZE_MAX;

	for (size_t i = 0; i < table->count; i++) {
		if (table->entries[i].open_now > 0)
			continue;
		if (oldest == SIZE_MAX || table->entries[i].last.v < table->entries[oldest].last.v)
			oldest = i;
	}
	return oldest;
}

/* Who it is; but not less than was known. */
static void entry_learn(struct opener_entry *entry, const struct opener *who)
{
	const struct opener before = entry->who;

	entry->who = *who;
	if (is_half_known(who) && !is_half_known(&before)) {
		entry->who = before;
		entry->who.pid = who->pid;
		entry->who.start_ticks = who->start_ticks;
	}
	entry->agent = who->kind == OPENER_KERNEL
			       ? agent_of_module(entry->who.comm)
			       : agent_of_process(entry->who.comm, entry->who.exe, entry->who.unit,
						  entry->who.uid);
}

static size_t entry_for(struct opener_table *table, const struct opener_event *event)
{
	size_t i;

	for (i = 0; i < table->count; i++) {
		if (is_same_program(&table->entries[i], &event->who, event->target)) {
			entry_learn(&table->entries[i], &event->who);
			return i;
		}
	}
	if (table->count < OPENER_TABLE_MAX) {
		i = table->count++;
	} else {
		table->lost++;
		i = entry_to_drop(table);
		if (i == SIZE_MAX)
			return i;
	}
	memset(&table->entries[i], 0, sizeof(table->entries[i]));
	entry_learn(&table->entries[i], &event->who);
	table->entries[i].target = event->target;
	table->entries[i].first = event->at;
	return i;
}

/* --- slices of a day --- */

static struct opener_slice *slice_at(struct opener_entry *entry, int64_t number)
{
	struct opener_slice *slice = &entry->slices[number % OPENER_SLICES];

	if (slice->number != number)
		*slice = (struct opener_slice){ .number = number };
	return slice;
}

static int64_t slice_number(mono_us at)
{
	return max_i64(at.v, 0) / OPENER_SLICE_US;
}

/* The time between lies in the slices it lay in, at most those of the last day. */
static void slices_add_time(struct opener_entry *entry, mono_us from, mono_us until)
{
	int64_t at = max_i64(from.v, until.v - USEC_PER_DAY + OPENER_SLICE_US);

	at = max_i64(at, 0);
	while (at < until.v) {
		const int64_t number = slice_number((mono_us){ at });
		const int64_t end = min_i64((number + 1) * OPENER_SLICE_US, until.v);

		slice_at(entry, number)->open_us += end - at;
		at = end;
	}
}

/* --- openings --- */

static struct opening *opening_of(struct opener_table *table, const struct opener_event *event)
{
	for (size_t i = 0; i < OPENER_OPEN_MAX; i++) {
		struct opening *o = &table->open[i];
		const struct opener_entry *entry = &table->entries[o->entry];

		if (!o->is_used || o->pid != event->who.pid || entry->target != event->target ||
		    entry->who.kind != event->who.kind)
			continue;
		if (event->who.kind == OPENER_KERNEL ? strcmp(entry->who.comm, event->who.comm) == 0
						     : o->start_ticks == event->who.start_ticks)
			return o;
	}
	return NULL;
}

static struct opening *opening_free(struct opener_table *table)
{
	for (size_t i = 0; i < OPENER_OPEN_MAX; i++) {
		if (!table->open[i].is_used)
			return &table->open[i];
	}
	return NULL;
}

static void entry_open(struct opener_entry *entry, struct opening *o, mono_us at, bool is_known)
{
	o->span = entry->span_count++;
	entry->spans[o->span % OPENER_SPANS_MAX] =
		(struct opener_span){ at, { OPENER_STILL }, is_known };
	slice_at(entry, slice_number(at))->opens++;
	entry->opens++;
	entry->open_now++;
	entry->last.v = max_i64(entry->last.v, at.v);
}

static void opening_begin(struct opener_table *table, const struct opener_event *event)
{
	struct opening *o = opening_free(table);
	const size_t i = o ? entry_for(table, event) : SIZE_MAX;

	if (i == SIZE_MAX) {
		table->lost += o ? 0 : 1;
		return;
	}
	*o = (struct opening){ .is_used = true,
			       .entry = i,
			       .pid = event->who.pid,
			       .start_ticks = event->who.start_ticks,
			       .from = event->at,
			       .seen = event->at };
	entry_open(&table->entries[i], o, event->at, event->kind == OPENER_OPENED);
}

static void opening_end(struct opener_table *table, struct opening *o, mono_us at)
{
	struct opener_entry *entry = &table->entries[o->entry];
	const mono_us until = { max_i64(at.v, o->from.v) };

	o->is_used = false;
	if (o->span + OPENER_SPANS_MAX >= entry->span_count)
		entry->spans[o->span % OPENER_SPANS_MAX].until = until;
	slices_add_time(entry, o->from, until);
	entry->total_us += mono_since(until, o->from);
	entry->open_now--;
	entry->last.v = max_i64(entry->last.v, until.v);
}

/* The look began at `began`: whoever opened later may have been missed by it. */
static void end_unseen(struct opener_table *table, const struct opener_event *scan)
{
	for (size_t i = 0; i < OPENER_OPEN_MAX; i++) {
		struct opening *o = &table->open[i];

		if (o->is_used && table->entries[o->entry].target == scan->target &&
		    o->seen.v < scan->began.v)
			opening_end(table, o, o->seen);
	}
}

void opener_table_feed(struct opener_table *table, const struct opener_event *event)
{
	struct opening *o;

	if (event->kind == OPENER_SCANNED) {
		end_unseen(table, event);
		return;
	}
	o = opening_of(table, event);
	if (event->kind == OPENER_CLOSED) {
		if (o)
			opening_end(table, o, event->at);
	} else if (o) {
		o->seen.v = max_i64(o->seen.v, event->at.v);
	} else {
		opening_begin(table, event);
	}
}

void opener_table_forget(struct opener_table *table, uint32_t target)
{
	size_t kept = 0;

	for (size_t i = 0; i < OPENER_OPEN_MAX; i++) {
		struct opening *o = &table->open[i];

		if (o->is_used && table->entries[o->entry].target == target)
			o->is_used = false;
	}
	for (size_t i = 0; i < table->count; i++) {
		if (table->entries[i].target == target)
			continue;
		for (size_t k = 0; k < OPENER_OPEN_MAX && kept < i; k++) {
			if (table->open[k].is_used && table->open[k].entry == i)
				table->open[k].entry = kept;
		}
		if (kept < i)
			table->entries[kept] = table->entries[i];
		kept++;
	}
	table->count = kept;
}

size_t opener_table_count(const struct opener_table *table)
{
	return table->count;
}

const struct opener_entry *opener_table_get(const struct opener_table *table, size_t i)
{
	return i < table->count ? &table->entries[i] : NULL;
}

void opener_entry_name(const struct opener_entry *entry, char *text, size_t max)
{
	const struct opener *who = &entry->who;
	const char *name = entry->agent != AGENT_UNKNOWN ? agent_info(entry->agent)->title
			   : *who->comm			 ? who->comm
					: "a program that ended before it was looked at";

	if (who->kind == OPENER_KERNEL || who->uid == 0 || who->uid == OPENER_NO_UID)
		(void)snprintf(text, max, "%s", name);
	else
		(void)snprintf(text, max, "%s of user %u", name, who->uid);
}

uint64_t opener_table_lost(const struct opener_table *table)
{
	return table->lost;
}

/* --- questions --- */

static uint64_t first_span(const struct opener_entry *entry)
{
	return entry->span_count > OPENER_SPANS_MAX ? entry->span_count - OPENER_SPANS_MAX : 0;
}

struct opener_use opener_use(const struct opener_entry *entry, mono_us now, int64_t span_us)
{
	const int64_t newest = slice_number(now);
	const int64_t oldest = max_i64(newest - span_us / OPENER_SLICE_US + 1, 0);
	struct opener_use use = { 0 };

	for (size_t i = 0; i < OPENER_SLICES; i++) {
		const struct opener_slice *slice = &entry->slices[i];

		if (slice->number < oldest || slice->number > newest)
			continue;
		use.opens += slice->opens;
		use.open_us += slice->open_us;
	}
	for (uint64_t n = first_span(entry); n < entry->span_count && entry->open_now > 0; n++) {
		const struct opener_span *span = &entry->spans[n % OPENER_SPANS_MAX];

		if (span->until.v == OPENER_STILL)
			use.open_us += now.v - max_i64(span->from.v, now.v - span_us);
	}
	return use;
}

bool opener_was_open(const struct opener_entry *entry, mono_us from, mono_us until)
{
	for (uint64_t n = first_span(entry); n < entry->span_count; n++) {
		const struct opener_span *span = &entry->spans[n % OPENER_SPANS_MAX];

		if (span->from.v <= until.v && span->until.v >= from.v)
			return true;
	}
	return false;
}

mono_us opener_remembers_since(const struct opener_entry *entry)
{
	if (entry->span_count <= OPENER_SPANS_MAX)
		return entry->first;
	return entry->spans[first_span(entry) % OPENER_SPANS_MAX].from;
}
