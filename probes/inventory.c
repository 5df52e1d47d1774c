/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inventory: cache, repository info, repository, in this order; each step only if the one
 * before does not settle it.
 */
#include "probes/inventory.h"

#include "probes/sdr/cache.h"
#include "probes/sdr/repository.h"

#define RETRY_US  (10 * USEC_PER_MINUTE) /* after an info that was not answered */
#define SETTLE_US (5 * USEC_PER_MINUTE)	 /* another identity must last so long */

struct inventory {
	const struct probe_env *env; /* borrowed */
	int64_t check_interval_us;
	struct sdr_key key; /* what `table` is of */
	struct sdr_table table;
	bool has_table, is_partial; /* partial: never stored, never proof of absence */
	struct sdr_key fresh_key;
	struct sdr_table fresh; /* read, not taken over yet */
	bool has_fresh, is_fresh_partial;
	struct sdr_reader *reader; /* owned; NULL: no reading under way */
	struct ipmi_request request;
	bool is_busy, is_closing, has_tried_cache;
	bool is_aging_due; /* a check was done: see sdr_table_age_gone() */
	mono_us next_check;
	struct sdr_key other; /* an identity that is not the table's … */
	mono_us other_since;  /* … and since when; 0: none */
};

static void on_reply(struct ipmi_request *req, const struct ipmi_reply *reply);

int inventory_new(const struct probe_env *env, const char *source, int64_t check_interval_us,
		  struct inventory **ret)
{
	struct inventory *inventory = calloc(1, sizeof(*inventory));

	if (!inventory)
		return -ENOMEM;
	inventory->env = env;
	inventory->check_interval_us = check_interval_us;
	inventory->request = (struct ipmi_request){
		.source = source,
		.done = on_reply,
		.user = inventory,
	};
	*ret = inventory;
	return 0;
}

void inventory_free(struct inventory *inventory)
{
	if (!inventory)
		return;
	inventory->is_closing = true;
	if (inventory->is_busy)
		inventory->env->cancel(inventory->env->host, &inventory->request);
	sdr_reader_free(inventory->reader);
	sdr_table_done(&inventory->fresh);
	sdr_table_done(&inventory->table);
	free(inventory);
}

static mono_us now_of(const struct inventory *inventory)
{
	return inventory->env->now(inventory->env->host);
}

static void check_again_after(struct inventory *inventory, int64_t us)
{
	inventory->next_check = mono_add(now_of(inventory), us);
}

static int send(struct inventory *inventory)
{
	int r;

	if (inventory->reader) {
		inventory->request.priority = QUEUE_BULK;
		sdr_reader_ask(inventory->reader, &inventory->request);
	} else {
		inventory->request.priority = QUEUE_NORMAL;
		sdr_info_ask(&inventory->request);
	}
	inventory->is_busy = true;
	r = inventory->env->submit(inventory->env->host, &inventory->request);
	if (r < 0)
		inventory->is_busy = false;
	return r;
}

/* What the last run of the daemon knew, if it is of the same firmware; the check decides. */
static void try_cache(struct inventory *inventory, const struct sdr_key *key)
{
	struct sdr_table table = { 0 };
	struct sdr_key cached;

	if (inventory->has_tried_cache)
		return;
	inventory->has_tried_cache = true;
	if (!inventory->env->state_dir ||
	    sdr_cache_load(inventory->env->state_dir, &cached, &table) < 0)
		return;
	if (!sdr_key_is_same_firmware(&cached, key)) {
		sdr_table_done(&table);
		return;
	}
	inventory->fresh_key = cached;
	inventory->fresh = table;
	inventory->has_fresh = true;
	inventory->is_fresh_partial = false;
	(void)inventory_refresh(inventory);
}

/* A controller that claims to be another one must keep claiming it. */
static void track_identity(struct inventory *inventory, const struct sdr_key *key, mono_us now)
{
	if (!inventory->has_table || sdr_key_is_same_firmware(key, &inventory->key)) {
		inventory->other_since.v = 0;
		return;
	}
	if (inventory->other_since.v != 0 && sdr_key_is_same_firmware(key, &inventory->other))
		return;
	inventory->other = *key;
	inventory->other_since = now;
	inventory->next_check.v = min_i64(inventory->next_check.v, now.v + SETTLE_US);
}

static bool is_check_due(const struct inventory *inventory, mono_us now)
{
	bool is_settled = inventory->other_since.v == 0 ||
			  mono_since(now, inventory->other_since) >= SETTLE_US;

	return !inventory->has_fresh && is_settled && mono_since(now, inventory->next_check) >= 0;
}

int inventory_run(struct inventory *inventory)
{
	const struct bmc_identity *identity = inventory->env->identity(inventory->env->host);
	struct sdr_key key = { 0 };
	mono_us now = now_of(inventory);

	if (inventory->is_busy)
		return -EBUSY;
	if (inventory->reader)
		return send(inventory);
	if (!identity)
		return 0;
	sdr_key_set(&key, identity);
	try_cache(inventory, &key);
	track_identity(inventory, &key, now);
	if (!is_check_due(inventory, now))
		return 0;
	inventory->fresh_key = key;
	return send(inventory);
}

/* The repository has been read, or there was nothing to read. */
static void finish_reading(struct inventory *inventory, struct sdr_table *fresh, bool is_partial)
{
	bool is_known = inventory->has_table && !inventory->is_partial &&
			sdr_key_is_same_firmware(&inventory->key, &inventory->fresh_key);

	check_again_after(inventory, inventory->check_interval_us);
	/* What ended early is better than nothing, but not better than all there was. */
	if ((is_partial && (is_known || fresh->count == 0)) ||
	    (is_known && sdr_table_inherit(fresh, &inventory->table) < 0)) {
		sdr_table_done(fresh);
		return;
	}
	inventory->fresh = *fresh;
	inventory->has_fresh = true;
	inventory->is_fresh_partial = is_partial;
}

static void take_reading(struct inventory *inventory, const struct ipmi_reply *reply)
{
	enum sdr_progress progress = sdr_reader_answer(inventory->reader, reply);
	struct sdr_table fresh;

	switch (progress) {
	case SDR_MORE:
		(void)send(inventory); /* refused: the next run tries again */
		return;
	case SDR_LATER:
		return;
	case SDR_COMPLETE:
	case SDR_INCOMPLETE:
		break;
	}
	fresh = sdr_reader_take(inventory->reader);
	sdr_reader_free(TAKE(inventory->reader));
	finish_reading(inventory, &fresh, progress == SDR_INCOMPLETE);
}

static void start_reading(struct inventory *inventory)
{
	struct sdr_table none = { 0 };

	if (inventory->fresh_key.info.records == 0) {
		finish_reading(inventory, &none, false);
		return;
	}
	inventory->reader = sdr_reader_new(&inventory->fresh_key.info);
	if (inventory->reader)
		(void)send(inventory); /* refused: the next run tries again */
	else
		check_again_after(inventory, RETRY_US);
}

static bool is_unchanged(const struct inventory *inventory)
{
	return inventory->has_table && !inventory->is_partial &&
	       sdr_key_is_same_firmware(&inventory->fresh_key, &inventory->key) &&
	       sdr_info_equal(&inventory->fresh_key.info, &inventory->key.info);
}

/* When to ask again after a reply that was none. */
static int64_t retry_after_us(const struct inventory *inventory, enum obs_status status)
{
	if (status == OBS_OK || status == OBS_SLOW || status == OBS_COMPLETION_CODE)
		return inventory->check_interval_us; /* it has no repository */
	return min_i64(inventory->check_interval_us, RETRY_US);
}

static void take_info(struct inventory *inventory, const struct ipmi_reply *reply)
{
	bool is_answer = reply->status == OBS_OK || reply->status == OBS_SLOW;

	if (reply->status == OBS_SKIPPED)
		return; /* the next run tries again */
	if (!is_answer || reply->cc != 0 ||
	    !sdr_info_parse(reply->data, reply->len, &inventory->fresh_key.info)) {
		check_again_after(inventory, retry_after_us(inventory, reply->status));
		return;
	}
	inventory->is_aging_due = true;
	if (is_unchanged(inventory))
		check_again_after(inventory, inventory->check_interval_us);
	else
		start_reading(inventory);
}

static void on_reply(struct ipmi_request *req, const struct ipmi_reply *reply)
{
	struct inventory *inventory = req->user;

	inventory->is_busy = false;
	if (inventory->is_closing)
		return;
	if (inventory->reader)
		take_reading(inventory, reply);
	else
		take_info(inventory, reply);
}

static void take_over(struct inventory *inventory)
{
	sdr_table_done(&inventory->table);
	inventory->table = inventory->fresh;
	inventory->fresh = (struct sdr_table){ 0 };
	inventory->key = inventory->fresh_key;
	inventory->is_partial = inventory->is_fresh_partial;
	inventory->has_table = true;
	inventory->has_fresh = false;
	inventory->other_since.v = 0;
}

bool inventory_refresh(struct inventory *inventory)
{
	bool is_new = inventory->has_fresh;

	if (is_new)
		take_over(inventory);
	if (inventory->is_aging_due && sdr_table_age_gone(&inventory->table))
		is_new = true;
	inventory->is_aging_due = false;
	return is_new;
}

struct sdr_table *inventory_table(struct inventory *inventory)
{
	return &inventory->table;
}

int inventory_save(const struct inventory *inventory)
{
	if (!inventory->env->state_dir || !inventory->has_table || inventory->is_partial)
		return 0;
	return sdr_cache_store(inventory->env->state_dir, &inventory->key, &inventory->table);
}
