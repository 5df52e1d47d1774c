/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tell findings | store FOLDER: drives the real sinks without a BMC, so that ../test_journald.py
 * can see at a real journald what arrives. `findings`: each kind opens, one changes and closes,
 * 500 changes meet the cap, firmware is updated. `store`: a small file system fills up and is
 * freed.
 */
#include <fcntl.h>
#include <stdio.h>

#include "base/log.h"
#include "config/config.h"
#include "out/journal.h"
#include "out/message-ids.h"
#include "out/store.h"

static void complain(void *user UNUSED, const char *file, unsigned line, const char *text)
{
	(void)fprintf(stderr, "%s:%u: %s\n", file ? file : "-", line, text);
}

static struct finding finding(enum finding_kind kind, uint32_t target)
{
	return (struct finding){
		.kind = kind,
		.previous = FINDING_SELF_TEST, /* whichever: so that BMC_PREVIOUS is there */
		.severity = finding_info(kind)->severity,
		.target = target,
		.since = { INT64_C(1795366800) * USEC_PER_SEC },
		.changed = { INT64_C(1795378800) * USEC_PER_SEC },
		.evidence = { .timeouts_hour = 7,
			      .timeouts_day = 9,
			      .commands_hour = 60,
			      .commands_day = 1000,
			      .rate_per_hour = 7.25,
			      .latency_us = 12345,
			      .netfn = 0x06,
			      .cmd = 0x01,
			      .cc = 0xc3,
			      .error = -EBUSY,
			      .text = "7 of 60 commands"
				      "\n"
				      "in the last hour timed out" },
	};
}

static int tell_findings(const struct sink_env *env, struct target_table *targets)
{
	struct bmc_identity identity = { .manufacturer = 674,
					 .product = 0x100,
					 .firmware_major = 4,
					 .firmware_minor_bcd = 0x10,
					 .has_guid = true,
					 .guid = { 0x44, 0x45, 0x4c, 0x4c } };
	struct observation obs = { .metric = METRIC_IDENTITY, .identity = &identity };
	struct finding f;
	void *journal;

	target_set_identity(targets, 0, &identity);
	if (sink_journal.open(env, &journal) < 0)
		return 1;
	for (int kind = 0; kind < FINDING_KIND_MAX; kind++) {
		f = finding((enum finding_kind)kind, 0);
		sink_journal.on_finding(journal, &f, FINDING_OPENED);
	}
	sink_journal.close(journal);
	if (sink_journal.open(env, &journal) < 0) /* so many kinds use the cap up */
		return 1;
	f = finding(FINDING_TIMEOUTS_STORM, 0);
	sink_journal.on_finding(journal, &f, FINDING_CHANGED);
	sink_journal.on_finding(journal, &f, FINDING_CLOSED);
	f = finding(FINDING_SLOW, 1);
	for (int i = 0; i < 500; i++)
		sink_journal.on_finding(journal, &f, i % 2 ? FINDING_CLOSED : FINDING_OPENED);
	sink_journal.close(journal);
	if (sink_journal.open(env, &journal) < 0)
		return 1;
	for (int i = 0; i < 3; i++)
		sink_journal.on_observation(journal, &obs);
	identity.firmware_major = 5;
	for (int i = 0; i < 3; i++)
		sink_journal.on_observation(journal, &obs);
	sink_journal.close(journal);
	return 0;
}

/* The messages of engine/, without their fields: what counts here is the catalog. */
static void tell_others(void)
{
	for (int i = 0; i < MESSAGE_FINDING_FIRST; i++) {
		const struct message_info *info = message_info((enum message)i);
		struct log_entry entry;

		log_begin(&entry, LOG_INFO, info->id);
		log_field(&entry, "BMC_TEST", "%s", info->name);
		log_send(&entry, "test of %s", info->name);
	}
}

static void fill_disk(const char *path)
{
	static const char rubbish[4096];
	SCOPED(close_fd) int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	while (fd >= 0 && write(fd, rubbish, sizeof(rubbish)) > 0)
		;
}

static void live(struct store *store, int from_minute, int minutes)
{
	const wall_us start = clock_wall();

	for (int i = from_minute; i < from_minute + minutes; i++) {
		const struct observation obs = {
			.source = "controller",
			.detail = "Get Device ID",
			.took_us = 5000,
			.mono = { i * USEC_PER_MINUTE },
			.wall = { start.v + i * USEC_PER_MINUTE },
		};

		sink_store.on_observation(store, &obs);
		sink_store.flush(store, obs.wall);
	}
}

static int tell_store(struct sink_env *env, const char *folder)
{
	char path[256];
	void *store;

	(void)snprintf(path, sizeof(path), "%s/filler", folder);
	env->state_dir = folder;
	if (sink_store.open(env, &store) < 0)
		return 1;
	live(store, 0, 30);
	fill_disk(path);
	live(store, 30, 300);
	printf("degraded when full: %d\n", store_is_degraded(store));
	(void)unlink(path);
	live(store, 330, 30);
	printf("degraded when free again: %d\n", store_is_degraded(store));
	sink_store.close(store);
	return 0;
}

int main(int argc, char **argv)
{
	const struct option *const tables[] = { option_table, NULL };
	struct target_table *targets = target_table_new(2, 0);
	struct sink_env env = { .targets = targets };
	struct config *config = NULL;
	uint32_t target;
	int status = 2;

	if (!targets || target_intern(targets, "local", &target) < 0 ||
	    target_intern(targets, "noisy", &target) < 0 ||
	    config_load("/nonexistent", NULL, tables, complain, NULL, &config) < 0)
		return 2;
	env.config = config;
	log_open(LOG_JOURNAL, LOG_DEBUG);
	if (argc == 2 && strcmp(argv[1], "findings") == 0) {
		status = tell_findings(&env, targets);
		tell_others();
	} else if (argc == 3 && strcmp(argv[1], "store") == 0) {
		status = tell_store(&env, argv[2]);
	}
	config_free(config);
	target_table_free(targets);
	return status;
}
