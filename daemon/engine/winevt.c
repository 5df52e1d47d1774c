/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Windows hosts: what bmchealthd-winevt hands in becomes their events and these their findings.
 * That program parses what others write; here come records of one size, checked whole. Without it,
 * and without any of its hosts, everything else goes on.
 */
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <strings.h>

#include "base/log.h"
#include "engine/internal.h"
#include "model/winevt-wire.h"

#define UID_GAP_US   USEC_PER_MINUTE	    /* a user that is not there yet is looked up so often */
#define PASSWD_MAX   4096		    /* of a user's line */
#define LIST_CLIENTS 2			    /* the list is long */
#define FILL_MAX_US  (10 * USEC_PER_MINUTE) /* a backfill that stalls: judged all the same */

/* --- out --- */

static void on_finding(void *user, const struct finding *finding, enum finding_change change)
{
	struct engine *e = user;

	for (size_t i = 0; i < e->sink_count; i++) {
		if (e->sinks[i].ops->on_finding)
			e->sinks[i].ops->on_finding(e->sinks[i].state, finding, change);
	}
}

static void tell_full(struct engine *e)
{
	char text[256];

	e->winevt.is_full_told = true;
	(void)snprintf(text, sizeof(text),
		       "events name more than %" PRId64 " Windows hosts: those not heard of for "
		       "longest make room. Next: raise winevt.hosts_max, or see who makes up names",
		       config_int(e->config, "winevt", "hosts_max"));
	engine_say(e, MESSAGE_HOSTS_FULL, LOG_WARNING, text);
}

static void on_gone(void *user, uint32_t target)
{
	struct engine *e = user;

	engine_winevt_trend_forget(e, target);
	if (!e->winevt.is_full_told)
		tell_full(e);
}

static struct hosts_listener listener_of(struct engine *e)
{
	return (struct hosts_listener){ on_finding, on_gone, e };
}

/* --- in --- */

/* A made-up host must not speak in the name of a controller that is asked. */
static bool is_targets(struct engine *e, const char *name)
{
	for (size_t i = 0; i < config_target_count(e->config); i++) {
		if (strcasecmp(config_target_text(e->config, i, "name"), name) != 0)
			continue;
		if (!e->winevt.is_namesake_told) {
			log_msg(LOG_WARNING,
				"winevt: events of a Windows host with the name of the target %s "
				"are not taken. Next: name the target otherwise, or see who makes "
				"up events",
				name);
		}
		e->winevt.is_namesake_told = true;
		return true;
	}
	return false;
}

static void learn_event(struct engine *e, unsigned peer, const struct winevt_message *message)
{
	const struct hosts_listener listener = listener_of(e);
	struct winevt *w = &e->winevt;
	struct host_event event = { .at = message->time, .is_history = w->is_filling[peer] };
	const wall_us now = clock_wall();
	struct store *store = engine_store(e);

	if (winevent_find(&w->more, message->provider, message->event_id, &event.meaning) < 0) {
		w->unwanted++;
		return;
	}
	if (hosts_is_ahead(w->hosts, message->time, now)) {
		w->discarded++;
		return;
	}
	if (is_targets(e, message->host) ||
	    hosts_intern(w->hosts, message->host, now, &listener, &event.target) < 0) {
		w->misnamed++;
		return;
	}
	if (event.is_history)
		w->fill_heard = clock_mono();
	if (hosts_feed(w->hosts, &event, now, &listener) < 0) {
		w->discarded++;
		return;
	}
	if (store)
		store_host_event(store, engine_target(e, event.target)->name, event.meaning,
				 event.at);
}

/* --- numbers (model/winevt-wire.h) --- */

/* Where that source is known; a new one takes the place of the one not heard of for longest. */
static struct store_source *source_find(struct engine *e, int64_t id)
{
	struct store_source *sources = e->winevt.sources;
	size_t at = 0;

	while (at < STORE_SOURCES - 1 && sources[at].id != id)
		at++;
	if (sources[at].id != id)
		sources[at] = (struct store_source){ .id = id };
	return &sources[at];
}

/* The places have no order in the file, so only a hello changes it. */
static void source_to_front(struct engine *e, int64_t id)
{
	struct store_source *at = source_find(e, id);
	const struct store_source source = *at;
	struct store *store = engine_store(e);

	memmove(e->winevt.sources + 1, e->winevt.sources,
		(size_t)(at - e->winevt.sources) * sizeof(source));
	e->winevt.sources[0] = source;
	for (size_t i = 0; store && i < STORE_SOURCES; i++)
		store_source_set(store, i, &e->winevt.sources[i]);
}

static void tell_taken(struct engine *e, unsigned peer)
{
	struct winevt_message message = { .kind = WINEVT_TAKEN };
	char data[WINEVT_WIRE_SIZE];
	const int64_t id = e->winevt.peer_source[peer];

	if (id == 0)
		return;
	message.number = (uint64_t)source_find(e, id)->number;
	winevt_wire_encode(&message, data);
	intake_answer(e->winevt.intake, peer, data, sizeof(data));
}

/* A disk in trouble costs history and never judgement, so the source need not wait for it. */
static void take_mark(struct engine *e, unsigned peer)
{
	struct store *store = engine_store(e);

	if (store)
		(void)store_sync(store);
	tell_taken(e, peer);
}

static void take_hello(struct engine *e, unsigned peer, const struct winevt_message *message)
{
	e->winevt.has_helper = true;
	e->winevt.peer_source[peer] = (int64_t)message->source;
	if (message->source == 0)
		return;
	source_to_front(e, (int64_t)message->source);
	take_mark(e, peer); /* what it then forgets must be in the file */
}

static void take_event(struct engine *e, unsigned peer, const struct winevt_message *message)
{
	const int64_t id = e->winevt.peer_source[peer];
	struct store *store = engine_store(e);
	struct store_source *source;

	if (id == 0 || message->number == 0) {
		learn_event(e, peer, message);
		return;
	}
	source = source_find(e, id);
	if ((int64_t)message->number <= source->number) {
		e->winevt.repeated++;
		return;
	}
	learn_event(e, peer, message); /* first: it may have what waits written */
	source->number = (int64_t)message->number;
	if (store)
		store_source_set(store, (size_t)(source - e->winevt.sources), source);
}

static bool is_filling(const struct engine *e)
{
	for (size_t i = 0; i < INTAKE_PEERS_MAX; i++) {
		if (e->winevt.is_filling[i])
			return true;
	}
	return false;
}

/* What was learnt silently is judged when the last of them has ended. */
static void set_filling(struct engine *e, unsigned peer, bool is_on)
{
	const struct hosts_listener listener = listener_of(e);
	const bool was_on = is_filling(e);

	e->winevt.is_filling[peer] = is_on;
	if (is_on)
		e->winevt.fill_heard = clock_mono();
	if (was_on && !is_filling(e))
		hosts_release(e->winevt.hosts, clock_wall(), &listener);
}

static bool on_record(void *user, unsigned peer, const void *data, size_t len)
{
	struct engine *e = user;
	struct winevt_message message;

	if (winevt_wire_decode(data, len, &message) < 0)
		return false;
	switch (message.kind) {
	case WINEVT_HELLO:
		take_hello(e, peer, &message);
		break;
	case WINEVT_EVENT:
		take_event(e, peer, &message);
		break;
	case WINEVT_BACKFILL_BEGINS:
		set_filling(e, peer, true);
		break;
	case WINEVT_BACKFILL_ENDS:
		set_filling(e, peer, false);
		break;
	case WINEVT_MARK:
		take_mark(e, peer);
		break;
	case WINEVT_TAKEN: /* is ours to say */
	case WINEVT_MESSAGE_MAX:
		break;
	}
	return true;
}

static void on_peer_gone(void *user, unsigned peer)
{
	struct engine *e = user;

	set_filling(e, peer, false);
	e->winevt.peer_source[peer] = 0;
	if (intake_counters(e->winevt.intake).peers == 0)
		e->winevt.has_helper = false;
}

/* The user may be made after the daemon has started; asking is not free, strangers may knock. */
static bool is_helper(void *user, uid_t uid)
{
	struct engine *e = user;
	struct winevt *w = &e->winevt;
	struct passwd entry, *found = NULL;
	char text[PASSWD_MAX];

	if (w->uid == uid)
		return true;
	if (w->uid_asked.v > 0 && mono_since(clock_mono(), w->uid_asked) < UID_GAP_US)
		return false;
	w->uid_asked = clock_mono();
	if (getpwnam_r(config_text(e->config, "winevt", "user"), &entry, text, sizeof(text),
		       &found) != 0)
		found = NULL;
	w->uid = found ? found->pw_uid : 0;
	return w->uid != 0 && w->uid == uid;
}

static const struct intake_kind winevt_kind = {
	.name = "winevt.sock",
	.mode = 0666, /* whom we hear, we see by the peer's credentials */
	.size = WINEVT_WIRE_SIZE,
	.per_second = 20000,
	.burst = 20000,
	.record = on_record,
	.gone = on_peer_gone,
	.is_trusted = is_helper,
};

/* --- what the last run knew --- */

struct recalling {
	struct engine *engine;
	wall_us now;
};

static void recall_tally(void *user, const char *name, const struct store_tally *tally)
{
	const struct recalling *r = user;
	struct hosts *hosts = r->engine->winevt.hosts;
	struct host_event last = { .meaning = tally->meaning, .at = tally->last };

	if (hosts_intern(hosts, name, r->now, NULL, &last.target) < 0)
		return;
	hosts_restore_events(hosts, &last, (wall_us){ tally->hour * USEC_PER_HOUR }, tally->count);
}

static void recall_finding(void *user, const char *name, const struct finding *finding)
{
	const struct recalling *r = user;
	struct hosts *hosts = r->engine->winevt.hosts;
	struct finding known = *finding;

	if (hosts_intern(hosts, name, r->now, NULL, &known.target) == 0)
		hosts_restore_finding(hosts, &known);
}

static void recall(struct engine *e)
{
	const struct hosts_listener listener = listener_of(e);
	struct recalling recalling = { e, clock_wall() };
	const struct store_hosts_reader reader = { recall_tally, recall_finding, &recalling };
	struct store *store = engine_store(e);

	if (!store || store_hosts_read(store, (wall_us){ recalling.now.v - HOSTS_PAST_US },
				       recalling.now, &reader) < 0)
		return; /* the store says why when it is next written to */
	hosts_release(e->winevt.hosts, recalling.now, &listener);
}

/* --- life --- */

static int winevt_start(struct engine *e)
{
	const struct hosts_settings settings = options_hosts(e->config);
	struct winevt *w = &e->winevt;
	int r;

	w->hosts = hosts_new(&settings, e->targets);
	w->trends = calloc(HOSTS_MAX, sizeof(struct host_trend *));
	if (!w->hosts || !w->trends)
		return -ENOMEM;
	recall(e);
	if (engine_store(e))
		store_sources_read(engine_store(e), w->sources);
	r = status_new(e->event, e->settings->run_dir, "hosts.sock", engine_render_hosts, e,
		       &w->list);
	if (r < 0)
		return r;
	status_limit(w->list, LIST_CLIENTS);
	return intake_new(e->event, e->settings->run_dir, &winevt_kind, e, &w->intake);
}

void engine_winevt_stop(struct engine *e)
{
	struct winevt *w = &e->winevt;

	intake_free(TAKE(w->intake));
	status_free(TAKE(w->list));
	engine_winevt_trend_stop(e);
	hosts_free(TAKE(w->hosts));
	*w = (struct winevt){ .intake = NULL };
}

/* Switched off: what is open is dropped, and that is told. */
static void winevt_leave(struct engine *e)
{
	struct hosts_listener listener = listener_of(e);
	struct hosts_settings none = options_hosts(e->config);

	none.max = 0;
	listener.gone = NULL;
	if (e->winevt.hosts)
		hosts_configure(e->winevt.hosts, &none, clock_wall(), &listener);
	for (size_t i = 0; e->winevt.hosts && i < e->sink_count; i++)
		e->sinks[i].ops->flush(e->sinks[i].state, clock_wall());
	engine_winevt_stop(e);
}

void engine_winevt_apply(struct engine *e)
{
	const struct hosts_listener listener = listener_of(e);
	const struct hosts_settings settings = options_hosts(e->config);
	struct winevt *w = &e->winevt;
	int r;

	if (!config_bool(e->config, "winevt", "enabled")) {
		winevt_leave(e);
		return;
	}
	w->more = options_winevents(e->config);
	w->uid = 0; /* asked for when somebody knocks */
	w->uid_asked.v = 0;
	if (w->intake) {
		hosts_configure(w->hosts, &settings, clock_wall(), &listener);
		return;
	}
	r = winevt_start(e);
	if (r == 0)
		return;
	engine_winevt_stop(e);
	log_msg(LOG_WARNING,
		"%s/winevt.sock: %s; Windows hosts are not heard, everything else "
		"goes on",
		e->settings->run_dir, strerror(-r));
}

void engine_winevt_tick(struct engine *e)
{
	const struct hosts_listener listener = listener_of(e);
	struct winevt *w = &e->winevt;

	if (!w->hosts)
		return;
	if (is_filling(e) && mono_since(clock_mono(), w->fill_heard) >= FILL_MAX_US)
		hosts_release(w->hosts, clock_wall(), &listener);
	hosts_tick(w->hosts, clock_wall(), &listener);
	engine_winevt_trend_tick(e, &listener);
}
