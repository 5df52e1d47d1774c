/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who else has the devices open: what the helper hands in goes to the judge, and the helper is
 * asked to look when there is reason to. Without the helper everything else goes on.
 */
#include <math.h>
#include <stdio.h>

#include "base/fsio.h"
#include "base/log.h"
#include "engine/document.h"
#include "engine/internal.h"
#include "ipmi/link.h"
#include "model/opener-wire.h"

#define ASK_GAP_US (5 * USEC_PER_SEC)
#define SAVE_US	   (15 * USEC_PER_MINUTE)

/* --- what comes in --- */

/* Who watches /dev/ipmiN; TARGET_NONE: nobody. */
static uint32_t target_of_interface(const struct engine *e, uint32_t interface)
{
	for (size_t i = 0; i < e->station_count; i++) {
		unsigned number;

		if (link_is_smi(station_connection(e->stations[i]), &number) && number == interface)
			return station_target(e->stations[i]);
	}
	return TARGET_NONE;
}

static void on_message(struct engine *e, const struct opener_message *message)
{
	struct opener_event event = message->event;

	if (message->kind == OPENER_HELLO) {
		e->openers.has_helper = true;
		e->openers.error = message->error;
		return;
	}
	event.target = target_of_interface(e, message->event.target);
	if (event.target == TARGET_NONE || event.who.pid == getpid())
		return;
	if (event.kind == OPENER_SCANNED)
		e->openers.looked = event.at;
	judge_opener(e->judge, &event);
}

static bool on_record(void *user, unsigned peer UNUSED, const void *data, size_t len)
{
	struct opener_message message;

	if (opener_wire_decode(data, len, clock_mono(), &message) < 0 ||
	    message.kind == OPENER_LOOK)
		return false;
	on_message(user, &message);
	return true;
}

static void on_gone(void *user, unsigned peer UNUSED)
{
	struct engine *e = user;

	if (intake_counters(e->openers.intake).peers == 0)
		e->openers.has_helper = false;
}

static const struct intake_kind openers_kind = {
	.name = "openers.sock",
	.mode = 0600,
	.size = OPENER_WIRE_SIZE,
	.per_second = 200,
	.burst = 1000, /* a look that found every opener there is room for, many times */
	.record = on_record,
	.gone = on_gone,
};

/* --- when to look --- */

static void ask(struct engine *e)
{
	const int64_t since = mono_since(clock_mono(), e->openers.asked);
	const struct opener_message look = { .kind = OPENER_LOOK };
	char data[OPENER_WIRE_SIZE];

	if (!e->openers.intake)
		return;
	if (since < ASK_GAP_US) { /* not lost, but later */
		schedule_soon(e->openers.look, ASK_GAP_US - since);
		return;
	}
	e->openers.asked = clock_mono();
	opener_wire_encode(&look, data);
	intake_send(e->openers.intake, data, sizeof(data));
}

static void on_interval(void *user)
{
	ask(user);
}

/* A user more or less; a time-out; and if openings are not heard of, a slow answer, too. */
static bool is_reason(struct engine *e, const struct observation *obs)
{
	int64_t *users = &e->openers.users[obs->target];
	bool is_other;

	if (obs->metric == METRIC_COMMAND)
		return obs->status == OBS_TIMEOUT ||
		       (obs->status == OBS_SLOW && e->openers.error < 0);
	if (obs->metric != METRIC_DRIVER_USERS)
		return false;
	is_other = obs->value != *users;
	*users = obs->value;
	return is_other;
}

void engine_openers_observe(struct engine *e, const struct observation *obs)
{
	if (obs->target < ENGINE_TARGETS_MAX && is_reason(e, obs))
		ask(e);
}

/* --- what the last run knew --- */

static int openers_path(const struct engine *e, uint32_t target, char *path)
{
	const int n = snprintf(path, FS_PATH_MAX, "%s/targets/%s/openers", e->settings->state_dir,
			       engine_target(e, target)->name);

	return n < 0 || n >= FS_PATH_MAX ? -ENAMETOOLONG : 0;
}

/* What cannot be taken is old: nothing is said, it is learnt again. */
static void openers_restore(struct engine *e, uint32_t target)
{
	SCOPED(free_ptr) char *data = malloc(OPENER_SAVE_MAX);
	char path[FS_PATH_MAX];
	ssize_t len;

	if (!data || openers_path(e, target, path) < 0)
		return;
	len = fs_read("", path, data, OPENER_SAVE_MAX);
	if (len > 0 && judge_restore_openers(e->judge, target, e->boot_id, clock_mono(), data,
					     (size_t)len) < 0)
		(void)unlink(path);
}

static void openers_save(struct engine *e, uint32_t target)
{
	SCOPED(free_ptr) char *data = malloc(OPENER_SAVE_MAX);
	char path[FS_PATH_MAX];
	size_t len;

	if (!data || openers_path(e, target, path) < 0)
		return;
	len = opener_table_save(judge_openers(e->judge), target, e->boot_id, data);
	if (fs_replace(path, data, len, 0600) < 0)
		return; /* a full disk is the store's to complain of */
}

static bool is_local(const struct engine *e, size_t station)
{
	unsigned number;

	return link_is_smi(station_connection(e->stations[station]), &number);
}

void engine_openers_save_all(struct engine *e)
{
	e->openers.saved = clock_mono();
	for (size_t i = 0; i < e->station_count && e->settings->state_dir; i++) {
		if (is_local(e, i))
			openers_save(e, station_target(e->stations[i]));
	}
}

void engine_openers_tick(struct engine *e)
{
	if (e->openers.intake && mono_since(clock_mono(), e->openers.saved) >= SAVE_US)
		engine_openers_save_all(e);
}

/* Before the observations of the last day are judged again: they are held against who was there. */
void engine_openers_restore(struct engine *e)
{
	e->openers.saved = clock_mono();
	if (!e->settings->state_dir || !config_bool(e->config, "openers", "enabled"))
		return;
	for (uint32_t t = 0; t < target_count(e->targets); t++) {
		if (engine_target(e, t))
			openers_restore(e, t);
	}
}

/* --- life --- */

static int openers_start(struct engine *e)
{
	const int64_t interval = config_span_us(e->config, "openers", "interval");
	int r;

	r = intake_new(e->event, e->settings->run_dir, &openers_kind, e, &e->openers.intake);
	if (r < 0)
		return r;
	return schedule_new(e->event, interval, interval, on_interval, e, &e->openers.look);
}

void engine_openers_stop(struct engine *e)
{
	schedule_free(TAKE(e->openers.look));
	intake_free(TAKE(e->openers.intake));
	e->openers.has_helper = false;
}

/* Again after a reload: the helper's connection stays. */
void engine_openers_apply(struct engine *e)
{
	int r;

	if (!config_bool(e->config, "openers", "enabled")) {
		engine_openers_stop(e);
		return;
	}
	if (e->openers.intake) {
		schedule_set_interval(e->openers.look,
				      config_span_us(e->config, "openers", "interval"));
		return;
	}
	r = openers_start(e);
	if (r == 0)
		return;
	engine_openers_stop(e);
	log_msg(LOG_WARNING,
		"%s/openers.sock: %s; who else uses the device stays unknown, everything else "
		"goes on",
		e->settings->run_dir, strerror(-r));
}

/* --- the document --- */

void engine_render_openers(struct engine *e, struct buf *b, bool is_full)
{
	const struct opener_table *table = judge_openers(e->judge);
	const mono_us now = clock_mono();
	const wall_us wall = clock_wall();
	const struct openers *o = &e->openers;

	buf_json_open(b, "openers", '{');
	buf_json_string(b, "helper",
			!o->intake	 ? "off"
			: !o->has_helper ? "absent"
			: o->error < 0	 ? "looks"
					 : "hears");
	if (o->has_helper && o->error < 0)
		buf_json_string(b, "why", strerror(-o->error));
	buf_json_double(b, "looked_seconds_ago",
			o->looked.v > 0 ? (double)mono_since(now, o->looked) / USEC_PER_SEC : NAN);
	buf_json_i64(b, "lost", (int64_t)opener_table_lost(table));
	buf_json_i64(b, "bad_records", o->intake ? (int64_t)intake_counters(o->intake).bad : 0);
	buf_json_bool(b, "is_full", is_full);
	buf_json_open(b, "list", '[');
	for (size_t i = 0; i < opener_table_count(table); i++) {
		const struct opener_entry *entry = opener_table_get(table, i);
		const struct target *target = engine_target(e, entry->target);

		if (target)
			document_opener(b, entry, target, now, wall, is_full);
	}
	buf_json_close(b, ']');
	buf_json_close(b, '}');
}
