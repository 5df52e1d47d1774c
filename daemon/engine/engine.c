/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Owns everything: birth in the order configuration, judge, sinks, stations; death in reverse.
 * A reload stops and starts sinks and stations; the judge and what it knows stay.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/fsio.h"
#include "engine/document.h"
#include "engine/internal.h"
#include "engine/notify.h"
#include "ipmi/link.h"
#include "ipmi/loop.h"
#include "out/textfile.h"

#define TICK_US (30 * USEC_PER_SEC)

/* --- saying things --- */

static void on_library_log(int level, const char *text)
{
	/* The library calls an unanswered LAN packet severe; what that means is ours to judge. */
	log_msg(level <= LOG_WARNING ? LOG_INFO : LOG_DEBUG, "OpenIPMI: %s", text);
}

const struct target *engine_target(const struct engine *e, uint32_t index)
{
	return target_get(e->targets, index);
}

/* The worst target's verdict is the service's. */
void engine_notify(struct engine *e)
{
	const struct station *worst = NULL;
	enum severity severity = SEVERITY_OK;
	struct station_status station;
	char verdict[STATUS_LINE_MAX - TARGET_NAME_MAX - 2], line[STATUS_LINE_MAX];
	uint32_t index;

	for (size_t i = 0; i < e->station_count; i++) {
		const struct judge_summary s =
			judge_summary(e->judge, station_target(e->stations[i]), clock_mono());

		if (worst && s.worst <= severity)
			continue;
		worst = e->stations[i];
		severity = s.worst;
	}
	if (!worst)
		return;
	index = station_target(worst);
	station = station_status(worst);
	document_verdict(e->judge, engine_target(e, index), index, &station, verdict,
			 sizeof(verdict));
	(void)snprintf(line, sizeof(line), "%s: %s", engine_target(e, index)->name, verdict);
	notify_status(e->status_line, sizeof(e->status_line), line);
}

/* --- observations in, findings out --- */

void engine_on_finding(void *user, const struct finding *finding, enum finding_change change)
{
	struct engine *e = user;

	for (size_t i = 0; i < e->sink_count; i++) {
		if (e->sinks[i].ops->on_finding)
			e->sinks[i].ops->on_finding(e->sinks[i].state, finding, change);
	}
	engine_notify(e);
}

static void on_observe(void *host, struct observation *obs)
{
	struct engine *e = host;

	obs->wall = clock_wall();
	if (obs->status == OBS_SKIPPED)
		quiet_skip(&e->quiet);
	if (obs->metric == METRIC_IDENTITY && identity_is_possible(obs->identity))
		target_set_identity(e->targets, obs->target, obs->identity);
	for (size_t i = 0; i < e->sink_count; i++) {
		if (e->sinks[i].ops->on_observation)
			e->sinks[i].ops->on_observation(e->sinks[i].state, obs);
	}
	/* last: what a finding rests on is in the store before the finding is; -EINVAL cannot be */
	(void)judge_feed(e->judge, obs, engine_on_finding, e);
	engine_trend_observe(e, obs);
	engine_openers_observe(e, obs);
	readings_feed(e->readings, obs);
}

static void on_trouble(void *host, uint32_t target, const char *what, int error, const char *why)
{
	struct engine *e = host;
	const char *name = engine_target(e, target)->name;
	struct log_entry entry;

	log_begin(&entry, error < 0 ? LOG_WARNING : LOG_NOTICE,
		  message_info(MESSAGE_PROBE_FAILED)->id);
	log_field(&entry, "BMC_TARGET", "%s", name);
	log_field(&entry, "BMC_PROBE", "%s", what);
	if (error < 0) {
		log_field(&entry, "ERRNO", "%d", -error);
		log_send(&entry, "%s: %s: %s; it is tried again, everything else goes on", name,
			 what, why);
	} else {
		log_send(&entry, "%s: %s works again", name, what);
	}
}

/* A new start is what gets us the device, and the history makes it cost nothing. */
static void on_shut_out(void *host, uint32_t target)
{
	struct engine *e = host;
	char text[STATUS_LINE_MAX];

	if (!notify_has_manager())
		return; /* nobody would start it again; the finding says what to do */
	(void)snprintf(text, sizeof(text),
		       "%s: its driver was loaded after this service's start; starting again",
		       engine_target(e, target)->name);
	engine_say(e, MESSAGE_DEVICE_NEEDS_RESTART, LOG_NOTICE, text);
	(void)sd_event_exit(e->event, -ESTALE);
}

static void on_tick(void *user)
{
	struct engine *e = user;
	const wall_us wall = clock_wall();

	judge_tick(e->judge, clock_mono(), wall, engine_on_finding, e);
	engine_trend_tick(e);
	engine_openers_tick(e);
	engine_quiet_tick(e);
	readings_expire(e->readings, clock_mono());
	for (size_t i = 0; i < e->sink_count; i++)
		e->sinks[i].ops->flush(e->sinks[i].state, wall);
	engine_winevt_tick(e); /* after that: a trend is made from what is stored */
	engine_notify(e);
}

void engine_say(const struct engine *e, enum message message, int level, const char *what)
{
	struct log_entry entry;

	log_begin(&entry, level, message_info(message)->id);
	log_field(&entry, "BMC_TARGETS", "%zu", e->station_count);
	log_send(&entry, "%s", what);
}

/* --- sinks and stations --- */

static bool engine_has_sink(const struct engine *e, const struct sink_ops *ops)
{
	for (size_t i = 0; i < e->sink_count; i++) {
		if (e->sinks[i].ops == ops)
			return true;
	}
	return false;
}

static bool engine_wants_sink(const struct engine *e, const struct sink_ops *ops)
{
	if (ops == &sink_store)
		return config_bool(e->config, "store", "enabled");
	return ops != &sink_textfile || config_bool(e->config, "textfile", "enabled");
}

static struct sink_env sink_env_of(const struct engine *e)
{
	return (struct sink_env){ .targets = e->targets,
				  .config = e->config,
				  .readings = e->readings,
				  .judge = e->judge,
				  .hosts = &e->winevt.hosts,
				  .state_dir = e->settings->state_dir };
}

/* Those that are not open. */
static void engine_open_sinks(struct engine *e)
{
	const struct sink_env env = sink_env_of(e);

	for (size_t i = 0; sink_table[i] && e->sink_count < ENGINE_SINKS_MAX; i++) {
		struct engine_sink *sink = &e->sinks[e->sink_count];
		int r;

		if (engine_has_sink(e, sink_table[i]) || !engine_wants_sink(e, sink_table[i]))
			continue;
		*sink = (struct engine_sink){ .ops = sink_table[i] };
		r = sink->ops->open(&env, &sink->state);
		if (r < 0) {
			log_msg(LOG_ERR, "output %s: %s; everything else goes on", sink->ops->name,
				strerror(-r));
			continue;
		}
		e->sink_count++;
	}
}

static void sink_end(struct engine_sink *sink)
{
	sink->ops->flush(sink->state, clock_wall());
	sink->ops->close(sink->state);
}

static void engine_close_sinks(struct engine *e)
{
	while (e->sink_count > 0)
		sink_end(&e->sinks[--e->sink_count]);
}

/* The others are closed, to be opened with the new settings. */
static void engine_reload_sinks(struct engine *e)
{
	const struct sink_env env = sink_env_of(e);
	size_t kept = 0;

	for (size_t i = 0; i < e->sink_count; i++) {
		if (e->sinks[i].ops->reload) {
			e->sinks[i].ops->reload(e->sinks[i].state, &env);
			e->sinks[kept++] = e->sinks[i];
		} else {
			sink_end(&e->sinks[i]);
		}
	}
	e->sink_count = kept;
}

/* STATE_DIR/targets/NAME, where this target's probes keep their caches. */
static const char *engine_target_dir(const struct engine *e, const char *name, char *path)
{
	const char *const names[] = { "", name }; /* the folder of all, then the one */

	if (!e->settings->state_dir)
		return NULL;
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		int n = snprintf(path, FS_PATH_MAX, "%s/targets/%s", e->settings->state_dir,
				 names[i]);

		if (n < 0 || n >= FS_PATH_MAX || (mkdir(path, 0750) < 0 && errno != EEXIST))
			return NULL;
	}
	return path;
}

static int engine_start_station(struct engine *e, size_t config_target)
{
	const char *name = config_target_text(e->config, config_target, "name");
	struct station_env env = { .event = e->event,
				   .loop = e->loop,
				   .targets = e->targets,
				   .sysroot = e->settings->root,
				   .host = e,
				   .observe = on_observe,
				   .trouble = on_trouble,
				   .take_turn = engine_take_turn,
				   .give_turn = engine_give_turn,
				   .is_quiet = engine_is_quiet,
				   .pace = engine_on_pace,
				   .shut_out = on_shut_out };
	char path[FS_PATH_MAX];
	uint32_t target;
	unsigned number;
	int r;

	if (!config_target_bool(e->config, config_target, "enabled"))
		return 0;
	r = target_intern(e->targets, name, &target);
	if (r < 0)
		return r;
	target_set_remote(
		e->targets, target,
		!link_is_smi(config_target_text(e->config, config_target, "connection"), &number));
	env.state_dir = engine_target_dir(e, name, path);
	r = station_new(&env, e->config, config_target, target, &e->stations[e->station_count]);
	if (r < 0)
		return r;
	if (e->is_released) /* a reload does not take back what an operator was given */
		station_release(e->stations[e->station_count]);
	e->station_count++;
	return 0;
}

/* The station that watches this target by this connection already, or NULL. */
static struct station *engine_station(const struct engine *e, size_t config_target)
{
	const char *name = config_target_text(e->config, config_target, "name");
	const char *connection = config_target_text(e->config, config_target, "connection");

	for (size_t i = 0; i < e->station_count; i++) {
		const struct target *target = engine_target(e, station_target(e->stations[i]));

		if (target && strcmp(target->name, name) == 0 &&
		    strcmp(station_connection(e->stations[i]), connection) == 0)
			return e->stations[i];
	}
	return NULL;
}

static void engine_start_stations(struct engine *e)
{
	for (size_t i = 0; i < config_target_count(e->config); i++) {
		struct station *known = engine_station(e, i);
		int r = known ? station_reload(known, e->config, i) : engine_start_station(e, i);

		if (r < 0)
			log_msg(LOG_ERR, "target %s: cannot be watched: %s",
				config_target_text(e->config, i, "name"), strerror(-r));
	}
}

static void engine_stop_stations(struct engine *e)
{
	while (e->station_count > 0) {
		e->station_count--;
		station_free(TAKE(e->stations[e->station_count]));
	}
}

struct store *engine_store(struct engine *e)
{
	for (size_t i = 0; i < e->sink_count; i++) {
		if (e->sinks[i].ops == &sink_store)
			return e->sinks[i].state;
	}
	return NULL;
}

static bool station_is_configured(const struct engine *e, const struct station *station)
{
	for (size_t i = 0; i < config_target_count(e->config); i++) {
		if (config_target_bool(e->config, i, "enabled") && engine_station(e, i) == station)
			return true;
	}
	return false;
}

static void engine_stop_unconfigured(struct engine *e)
{
	size_t kept = 0;

	for (size_t i = 0; i < e->station_count; i++) {
		if (station_is_configured(e, e->stations[i]))
			e->stations[kept++] = e->stations[i];
		else
			station_free(e->stations[i]);
	}
	e->station_count = kept;
}

static bool target_has_station(const struct engine *e, uint32_t target)
{
	for (size_t i = 0; i < e->station_count; i++) {
		if (station_target(e->stations[i]) == target)
			return true;
	}
	return false;
}

/* Targets that are watched no more make room, once every sink has heard of it. */
static void engine_forget_targets(struct engine *e)
{
	const wall_us wall = clock_wall();

	for (uint32_t t = 0; t < target_count(e->targets); t++) {
		if (!target_has_station(e, t))
			judge_forget(e->judge, t, wall, engine_on_finding, e);
	}
	engine_reload_sinks(e);
	for (uint32_t t = 0; t < target_count(e->targets); t++) {
		if (target_has_station(e, t))
			continue;
		for (size_t i = 0; i < e->sink_count; i++)
			e->sinks[i].ops->forget(e->sinks[i].state, t);
		engine_trend_forget(e, t);
		readings_forget(e->readings, t);
		target_forget(e->targets, t);
	}
}

void engine_apply(struct engine *e, struct config *config)
{
	const struct judge_settings judge = options_judge(config);
	struct config *old = e->config;

	e->config = config;
	engine_quiet_configure(e);
	log_set_max_level(options_log_level(config));
	judge_configure(e->judge, &judge);
	engine_stop_unconfigured(e);
	engine_forget_targets(e);
	engine_open_sinks(e);
	engine_start_stations(e);
	engine_openers_apply(e);
	engine_winevt_apply(e);
	config_free(old);
}

/* --- life --- */

static int engine_load(struct engine *e)
{
	enum log_where where = e->settings->log_where;
	int r;

	e->tables = option_tables_new();
	if (!e->tables)
		return -ENOMEM;
	r = options_load(e->tables, e->settings->root, e->settings->config_path, engine_complain, e,
			 &e->config);
	if (r < 0)
		return r;
	if (!e->settings->has_log_where &&
	    log_where_parse(config_text(e->config, "daemon", "log_target"), &where) < 0)
		where = LOG_AUTO;
	log_open(where, options_log_level(e->config));
	return 0;
}

static int engine_build(struct engine *e)
{
	struct judge_settings judge;
	int r = engine_load(e);

	if (r < 0)
		return r;
	r = sd_event_default(&e->event);
	if (r < 0)
		return r;
	r = engine_add_signals(e);
	if (r < 0)
		return r;
	r = loop_new(e->event, on_library_log, &e->loop);
	if (r < 0)
		return r;
	judge = options_judge(e->config);
	e->targets = target_table_new(ENGINE_TARGETS_MAX, HOSTS_MAX);
	e->judge = judge_new(&judge, ENGINE_TARGETS_MAX);
	e->readings = readings_new();
	if (!e->targets || !e->judge || !e->readings)
		return -ENOMEM;
	return schedule_new(e->event, TICK_US, TICK_US, on_tick, e, &e->tick);
}

/* Names first: the store can only give back what the table knows. */
static void engine_intern_targets(struct engine *e)
{
	uint32_t target;

	for (size_t i = 0; i < config_target_count(e->config); i++) {
		const char *name = config_target_text(e->config, i, "name");

		if (config_target_bool(e->config, i, "enabled") &&
		    target_intern(e->targets, name, &target) < 0)
			continue; /* a refused name is told when its station should start */
	}
}

/* Two daemons would ask one BMC twice as much as either was told, and write one history. A folder
 * that cannot be written is the store's to complain of. */
static int engine_lock(struct engine *e)
{
	char path[FS_PATH_MAX];
	int n;

	if (!e->settings->state_dir)
		return 0;
	n = snprintf(path, sizeof(path), "%s/lock", e->settings->state_dir);
	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	e->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (e->lock_fd < 0 || flock(e->lock_fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK)
		return 0;
	log_msg(LOG_ERR,
		"%s: another bmchealthd is using this folder. Next: stop that one, or give this "
		"one another --state-dir, and targets of its own",
		path);
	return -EBUSY;
}

static int engine_listen(struct engine *e)
{
	const char *dir = e->settings->run_dir;
	int r = status_new(e->event, dir, "status.sock", engine_render, e, &e->status);

	if (r < 0)
		return r;
	return status_new(e->event, dir, "sensors.sock", engine_render_sensors, e, &e->sensors);
}

static void engine_free_slot(struct engine **slot)
{
	engine_free(*slot);
}

int engine_new(const struct engine_settings *settings, struct engine **ret)
{
	SCOPED(engine_free_slot) struct engine *e = calloc(1, sizeof(*e));
	int r;

	if (!e)
		return -ENOMEM;
	e->settings = settings;
	e->lock_fd = -1;
	engine_quiet_init(e);
	e->started = clock_wall();
	r = engine_build(e);
	if (r < 0)
		return r;
	r = engine_listen(e);
	if (r < 0) {
		log_msg(LOG_ERR, "%s/status.sock: %s. Next: %s", settings->run_dir,
			r == -EADDRINUSE ? "another bmchealthd is running" : strerror(-r),
			r == -EADDRINUSE
				? "stop that one, or give this one another --run-dir"
				: "choose a folder with --run-dir that the user it runs as can "
				  "make or write (RuntimeDirectory= in the unit)");
		return r;
	}
	r = engine_lock(e);
	if (r < 0)
		return r;
	engine_quiet_configure(e);
	engine_trend_init(e);
	engine_intern_targets(e);
	engine_open_sinks(e);
	engine_openers_restore(e);
	engine_restore(e);
	r = notes_new(e->event, settings->run_dir, engine_note, e, &e->notes);
	if (r < 0)
		log_msg(LOG_ERR, "%s/note.sock: %s; nothing can be noted, everything else goes on",
			settings->run_dir, strerror(-r));
	engine_start_stations(e);
	engine_openers_apply(e);
	engine_winevt_apply(e);
	*ret = TAKE(e);
	return 0;
}

int engine_run(struct engine *e)
{
	char text[256];
	int r;

	notify_init(e->event);
	(void)snprintf(text, sizeof(text),
		       "bmchealthd " PACKAGE_VERSION " watches %zu target%s with %.1f commands per "
		       "minute, %g at most",
		       e->station_count, e->station_count == 1 ? "" : "s",
		       e->station_count > 0 ? options_planned_per_minute(e->config) : 0.0,
		       config_real(e->config, "queue", "commands_per_minute"));
	engine_say(e, MESSAGE_STARTED, LOG_NOTICE, text);
	notify_ready();
	engine_notify(e);
	r = sd_event_loop(e->event);
	notify_stopping();
	engine_openers_save_all(e);
	engine_stop_stations(e); /* what they still have to say comes before the last word */
	engine_trend_save_all(e);
	engine_say(e, MESSAGE_STOPPED, LOG_NOTICE, "stopped");
	return r < 0 ? r : 0;
}

void engine_free(struct engine *e)
{
	if (!e)
		return;
	schedule_free(e->tick);
	(void)sd_event_source_disable_unref(e->retake);
	notes_free(e->notes);
	status_free(e->sensors);
	status_free(e->status);
	engine_openers_stop(e);
	engine_stop_stations(e);
	engine_close_sinks(e);
	engine_winevt_stop(e);
	for (uint32_t t = 0; t < ENGINE_TARGETS_MAX; t++)
		engine_trend_forget(e, t);
	judge_free(e->judge);
	target_table_free(e->targets);
	readings_free(e->readings);
	loop_free(e->loop);
	config_free(e->config);
	option_tables_free(e->tables);
	(void)sd_event_unref(e->event);
	quiet_done(&e->quiet);
	close_fd(&e->lock_fd);
	free(e);
}
