/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel says of the controller. Of a restart it says one thing, and only where the
 * watchdog device is in use: the controller answers 0x80 to Reset Watchdog Timer, because it has
 * forgotten the timer (drivers/char/ipmi/ipmi_watchdog.c; the same words in 6.1, 6.12 and 7.2,
 * whose other IPMI modules have none). Costs the controller nothing.
 */
#include <stdio.h>

#include "base/fsio.h"
#include "base/parse.h"
#include "probes/kernel-log.h"
#include "probes/probe.h"

#define MESSAGES_MAX 1000 /* of a run; the rest waits for the next */
#define WATCHDOG     "/sys/module/ipmi_watchdog/parameters/ifnum_to_use"

static const char *const reset_words[] = { "IPMI controller appears to have been reset" };

struct kmsg {
	const struct probe_env *env; /* borrowed */
	struct kernel_log *log;	     /* owned; NULL: not open */
	wall_us since;
};

static int kmsg_open(const struct probe_env *env, void **ret_state)
{
	struct kmsg *k = calloc(1, sizeof(*k));

	if (!k)
		return -ENOMEM;
	k->env = env;
	k->since = clock_wall();
	*ret_state = k;
	return 0;
}

static bool is_of_reset(const char *text)
{
	for (size_t i = 0; i < COUNT_OF(reset_words); i++)
		if (strstr(text, reset_words[i]))
			return true;
	return false;
}

/* The message names no interface. The module takes the one it is told, else the first. */
static bool is_watchdogs(const struct probe_env *env)
{
	char text[16];
	const char *end;
	uint64_t number = 0;

	if (fs_read(env->sysroot, WATCHDOG, text, sizeof(text)) < 0 ||
	    parse_u64(text, &number, &end) < 0)
		return env->interface == 0;
	return (uint64_t)env->interface == number;
}

static void emit(const struct kmsg *k, int64_t count)
{
	const struct observation obs = { .source = "kmsg",
					 .metric = METRIC_KERNEL_SAW_RESET,
					 .status = OBS_OK,
					 .mono = k->env->now(k->env->host),
					 .value = count };

	k->env->emit(k->env->host, &obs);
}

static int read_messages(struct kmsg *k, int64_t *ret_resets)
{
	char text[KERNEL_LOG_TEXT_MAX];

	*ret_resets = 0;
	for (int i = 0; i < MESSAGES_MAX; i++) {
		const int r = kernel_log_next(k->log, text, sizeof(text));

		if (r <= 0)
			return r;
		*ret_resets += is_of_reset(text);
	}
	return 0;
}

/* A damaged file is journald's to replace; what was read is not read again. */
static void give_up(struct kmsg *k)
{
	k->since = kernel_log_since(k->log);
	kernel_log_free(k->log);
	k->log = NULL;
}

static int kmsg_run(void *state)
{
	struct kmsg *k = state;
	int64_t resets;
	int r = 0;

	if (k->env->interface < 0)
		return 0;
	if (!k->log)
		r = kernel_log_open(k->env->sysroot, k->since, &k->log);
	if (r < 0)
		return r;
	r = read_messages(k, &resets);
	if (resets > 0 && is_watchdogs(k->env))
		emit(k, resets);
	if (r < 0)
		give_up(k);
	return r;
}

static void kmsg_close(void *state)
{
	struct kmsg *k = state;

	if (!k)
		return;
	kernel_log_free(k->log);
	free(k);
}

extern const struct probe_ops probe_kmsg;
const struct probe_ops probe_kmsg = {
	.name = "kmsg",
	.summary = "what the kernel says of the controller in the journal: that it has been reset",
	.reads = "the kernel's messages in the journal",
	.default_interval_s = 30,
	.cost = 0,
	.on_by_default = true,
	.takes_time = true,
	.open = kmsg_open,
	.run = kmsg_run,
	.close = kmsg_close,
};
