/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as records of the socket of Windows events, one after another, and what the hosts make
 * of those that are taken; the same bytes as rows of the configuration.
 */
#include <stddef.h>

#include "model/hosts.h"
#include "model/winevt-wire.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool is_so)
{
	if (!is_so)
		abort();
}

static void feed(struct hosts *hosts, const struct winevt_message *message, bool is_history)
{
	static const struct winevents none = { .count = 0 };
	const wall_us now = { INT64_C(1700000000) * USEC_PER_SEC };
	struct host_event event = { .at = message->time, .is_history = is_history };

	if (winevent_find(&none, message->provider, message->event_id, &event.meaning) == 0 &&
	    hosts_intern(hosts, message->host, now, NULL, &event.target) == 0)
		(void)hosts_feed(hosts, &event, now, NULL);
}

static void expect_hosts(const struct hosts *hosts, wall_us now)
{
	struct finding findings[HOST_FAMILIES];
	uint32_t count = 0;

	for (uint32_t t = hosts_next(hosts, TARGET_NONE); t != TARGET_NONE;
	     t = hosts_next(hosts, t)) {
		expect(hosts_findings(hosts, t, now, findings, HOST_FAMILIES) <= HOST_FAMILIES);
		count++;
	}
	expect(count == hosts_counters(hosts).hosts && count <= 3);
}

static void fuzz_rows(const uint8_t *data, size_t size)
{
	SCOPED(free_ptr) char *text = malloc(size + 1);
	struct winevents events;
	size_t at = 0;

	expect(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if (winevents_parse(text, &events, &at) < 0)
		expect(at <= size);
	else
		expect(events.count <= WINEVENT_ROWS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct hosts_settings settings = {
		.thresholds = { .sporadic_per_day = 2,
				.frequent_per_hour = 3,
				.storm_per_minute = 2,
				.calm_us = 10 * USEC_PER_MINUTE },
		.severity_max = SEVERITY_NOTICE,
		.max = 3,
		.per_minute = 60,
	};
	const struct wire head = { .magic = WIRE_MAGIC, .version = WINEVT_WIRE_VERSION };
	struct target_table *targets = target_table_new(1, HOSTS_MAX);
	struct hosts *hosts = hosts_new(&settings, targets);
	struct winevt_message message;
	uint8_t record[WINEVT_WIRE_SIZE];
	bool is_history = false;

	expect(targets && hosts);
	fuzz_rows(data, size);
	for (; size >= sizeof(record); data += sizeof(record), size -= sizeof(record)) {
		memcpy(record, data, sizeof(record));
		memcpy(record, &head, offsetof(struct wire, kind));
		if (winevt_wire_decode(record, sizeof(record), &message) < 0)
			continue;
		if (message.kind == WINEVT_EVENT)
			feed(hosts, &message, is_history);
		is_history = message.kind == WINEVT_BACKFILL_BEGINS;
	}
	hosts_release(hosts, (wall_us){ INT64_C(1700000000) * USEC_PER_SEC }, NULL);
	hosts_tick(hosts, (wall_us){ INT64_MAX / 2 }, NULL);
	expect_hosts(hosts, (wall_us){ INT64_C(1700000000) * USEC_PER_SEC });
	hosts_free(hosts);
	target_table_free(targets);
	return 0;
}
