/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a recording: header, rows, and what the judgement of trends makes of them.
 */
#include <math.h>

#include "cli/csv.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool is_so)
{
	if (!is_so)
		abort();
}

static void free_trend(struct trend **slot)
{
	trend_free(*slot);
}

static void take_row(const struct csv *csv, struct trend *t, const char *text, size_t len)
{
	struct trend_event events[TREND_EVENTS_MAX];
	struct trend_sample sample;
	const char *why = NULL;
	size_t count;

	if (csv_row(csv, text, len, &sample, &why) < 0) {
		expect(why != NULL);
		return;
	}
	count = trend_feed(t, &sample, events, COUNT_OF(events));
	expect(count <= COUNT_OF(events));
	for (size_t i = 0; i < count; i++)
		expect(isfinite(events[i].rise) && isfinite(events[i].ttf_s) &&
		       trend_kind_name(events[i].kind));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(free_trend) struct trend *t = trend_new(true);
	const char *at = (const char *)data, *end = at + size, *newline;
	struct csv csv = { .count = 0 };
	const char *why = NULL;
	bool has_header = false;

	expect(t != NULL);
	while (at < end) {
		newline = memchr(at, '\n', (size_t)(end - at));
		if (!newline)
			newline = end;
		if (has_header)
			take_row(&csv, t, at, (size_t)(newline - at));
		else if (csv_header(&csv, at, (size_t)(newline - at), &why) < 0)
			return 0;
		has_header = true;
		at = newline < end ? newline + 1 : end;
	}
	return 0;
}
