/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel's ipmi driver counts, from sysfs: others' traffic, open users, commands that
 * hung; and what its thread costs the host. Costs the controller nothing, and tells its slowness
 * from other programs' greed.
 */
#include "ipmi/counters.h"
#include "probes/kipmi.h"
#include "probes/probe.h"

#define MIN_SPAN_US USEC_PER_SEC

/* No interface does more: KCS needs about a millisecond for the shortest command. A larger rise
 * of a free-running counter is a driver that was loaded anew. */
#define TRANSACTIONS_PER_S 10000

struct kdriver {
	const struct probe_env *env; /* borrowed */
	bool has_transactions, has_hosed;
	uint32_t hosed;
	struct driver_counters last; /* of when the rate was last told */
	uint64_t own;
	int64_t ahead; /* own commands sent that the driver had not counted yet: 0 or 1 */
	mono_us since;
	struct kipmi kipmi;
};

static int kdriver_open(const struct probe_env *env, void **ret_state)
{
	struct kdriver *k = calloc(1, sizeof(*k));

	if (!k)
		return -ENOMEM;
	k->env = env;
	*ret_state = k;
	return 0;
}

static void emit_of(const struct kdriver *k, enum obs_metric metric, int64_t value, int64_t total)
{
	struct observation obs = {
		.source = "kdriver",
		.metric = metric,
		.status = OBS_OK,
		.mono = k->env->now(k->env->host),
		.value = value,
		.total = total,
	};

	k->env->emit(k->env->host, &obs);
}

static void emit(const struct kdriver *k, enum obs_metric metric, int64_t value)
{
	emit_of(k, metric, value, 0);
}

/* A counter of 32 bits runs over; one that fell without that was reset with its driver. */
static bool is_plausible_rise(uint32_t rise, int64_t span_us)
{
	return rise <= (uint64_t)(span_us / USEC_PER_SEC + 1) * TRANSACTIONS_PER_S;
}

static uint32_t rise_of(const struct kdriver *k, const struct driver_counters *now,
			enum driver_counter counter)
{
	if (!k->last.has[counter] || !now->has[counter])
		return 0;
	return now->value[counter] - k->last.value[counter];
}

/*
 * Transactions nobody sent: the driver asks for the flags, and for what they announce
 * (drivers/char/ipmi/ipmi_si_intf.c, handle_transaction_done()). Each of these counters rises with
 * a transaction of its own. Not counted by any are one more at the end of each run of events, and
 * two a second while a program listens for events: those count as that program's. A flag that is
 * stuck, of which nothing comes, brings a fetch with each look that is counted nowhere.
 */
static int64_t driver_made(const struct kdriver *k, const struct driver_counters *now,
			   int64_t span_us)
{
	static const enum driver_counter fetched[] = { DRIVER_EVENTS, DRIVER_INCOMING,
						       DRIVER_PRETIMEOUTS };
	const int64_t looks = rise_of(k, now, DRIVER_ATTENTIONS);
	int64_t sum = 0;

	for (size_t i = 0; i < COUNT_OF(fetched); i++)
		sum += rise_of(k, now, fetched[i]);
	if (sum == 0 && looks > span_us / USEC_PER_SEC)
		sum = looks;
	return looks + sum;
}

static void set_baseline(struct kdriver *k, const struct driver_counters *counters, uint64_t own,
			 mono_us now)
{
	k->has_transactions = true;
	k->last = *counters;
	k->own = own;
	k->since = now;
}

static int64_t per_hour(int64_t count, int64_t span_us)
{
	return (int64_t)((double)count * (double)USEC_PER_HOUR / (double)span_us);
}

/* A hung command is no transaction, but it was sent. */
static void take_transactions(struct kdriver *k, const struct driver_counters *counters)
{
	const mono_us now = k->env->now(k->env->host);
	const uint64_t own = k->env->own_commands(k->env->host);
	const int64_t span_us = mono_since(now, k->since);
	const uint32_t rise = rise_of(k, counters, DRIVER_COMPLETE_TRANSACTIONS);
	const uint32_t hosed = rise_of(k, counters, DRIVER_HOSED);
	int64_t made, foreign;

	if (!k->has_transactions || !is_plausible_rise(rise, span_us) ||
	    !is_plausible_rise(hosed, span_us)) {
		k->ahead = 0;
		set_baseline(k, counters, own, now);
		return;
	}
	if (span_us < MIN_SPAN_US)
		return;
	made = min_i64(driver_made(k, counters, span_us), rise);
	/* A command of ours may have been sent and not yet counted; it will be in the next rise. */
	foreign = (int64_t)rise + hosed - made - (int64_t)(own - k->own) - k->ahead;
	k->ahead = foreign < 0 ? 1 : 0;
	set_baseline(k, counters, own, now);
	emit_of(k, METRIC_FOREIGN_PER_HOUR, per_hour(max_i64(foreign, 0), span_us),
		per_hour(made, span_us));
}

/* What the driver's own thread costs the host: it spins while it waits for a slow controller. */
static void take_cpu(struct kdriver *k)
{
	int64_t permille;

	if (kipmi_load(&k->kipmi, k->env->sysroot, (unsigned)k->env->interface,
		       k->env->now(k->env->host), &permille))
		emit(k, METRIC_DRIVER_CPU, permille);
}

static void take_hosed(struct kdriver *k, uint32_t hosed)
{
	uint32_t rise = hosed - k->hosed;
	bool is_first = !k->has_hosed;

	k->has_hosed = true;
	k->hosed = hosed;
	if (is_first || rise > INT32_MAX) /* fell: the driver was loaded anew */
		rise = 0;
	if (is_first || rise > 0)
		emit(k, METRIC_DRIVER_HOSED, rise);
}

static int kdriver_run(void *state)
{
	struct kdriver *k = state;
	struct driver_counters counters;
	int r;

	if (k->env->interface < 0)
		return 0;
	r = driver_counters_read(k->env->sysroot, (unsigned)k->env->interface, &counters);
	if (r == -ENOENT) { /* not loaded; when it comes back it counts from 0 */
		k->has_transactions = false;
		k->has_hosed = false;
		return 0;
	}
	if (r < 0)
		return r;
	if (counters.has[DRIVER_COMPLETE_TRANSACTIONS])
		take_transactions(k, &counters);
	if (counters.has[DRIVER_USERS])
		emit(k, METRIC_DRIVER_USERS, counters.value[DRIVER_USERS]);
	if (counters.has[DRIVER_MESSAGES])
		emit(k, METRIC_DRIVER_MESSAGES, counters.value[DRIVER_MESSAGES]);
	if (counters.has[DRIVER_HOSED])
		take_hosed(k, counters.value[DRIVER_HOSED]);
	if (counters.has_maintenance)
		emit(k, METRIC_DRIVER_MAINTENANCE, counters.maintenance);
	take_cpu(k);
	return 0;
}

static void kdriver_close(void *state)
{
	free(state);
}

extern const struct probe_ops probe_kdriver;
const struct probe_ops probe_kdriver = {
	.name = "kdriver",
	.summary = "the kernel driver's counters: others' traffic, open users, hung commands",
	.default_interval_s = 30,
	.cost = 0,
	.on_by_default = true,
	.open = kdriver_open,
	.run = kdriver_run,
	.close = kdriver_close,
};
