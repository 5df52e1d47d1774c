/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of engine/ that make up the engine share; nobody else includes it.
 */
#pragma once

#include <systemd/sd-event.h>

#include "base/buf.h"
#include "engine/engine.h"
#include "engine/intake.h"
#include "engine/notes.h"
#include "engine/options.h"
#include "engine/quiet.h"
#include "engine/schedule.h"
#include "engine/station.h"
#include "engine/status.h"
#include "model/hosts.h"
#include "model/judge.h"
#include "model/sampler.h"
#include "out/message-ids.h"
#include "out/sink.h"
#include "out/store.h"

#define ENGINE_TARGETS_MAX (4 * CONFIG_TARGETS_MAX) /* room for renamed ones over reloads */
#define ENGINE_SINKS_MAX   8
#define STATUS_LINE_MAX	   448

struct engine_sink {
	const struct sink_ops *ops;
	void *state;
};

struct engine_trend {	     /* of one target */
	struct trend *trend; /* owned; NULL: not begun */
	struct sampler sampler;
	struct trend_event last; /* of a ramp, before this run */
	bool has_sampler, has_last;
	mono_us saved;
	wall_us newest; /* sample, of this run or the last; 0: none is known */
};

struct openers {
	struct intake *intake; /* NULL: off */
	struct schedule *look;
	bool has_helper;
	int error; /* of the helper's listening */
	mono_us saved;
	mono_us asked, looked;		   /* 0: never */
	int64_t users[ENGINE_TARGETS_MAX]; /* of the driver, as last seen */
};

struct winevt {			    /* Windows hosts */
	struct intake *intake;	    /* NULL: off */
	struct hosts *hosts;	    /* NULL: off */
	struct status *list;	    /* all hosts */
	struct host_trend **trends; /* by place; owned, NULL: not begun */
	uint32_t trend_at;	    /* the next to look at */
	struct winevents more;
	bool is_filling[INTAKE_PEERS_MAX]; /* that peer's events are history */
	mono_us fill_heard;		   /* the last event of such a peer */
	bool has_helper;
	uid_t uid; /* of winevt.user; 0: there is none */
	mono_us uid_asked;
	struct store_source sources[STORE_SOURCES]; /* who numbers events; the last used first */
	int64_t peer_source[INTAKE_PEERS_MAX];	    /* 0: it does not */
	uint64_t repeated;			    /* events that were here before */
	uint64_t unwanted;			    /* events that say nothing of a controller */
	uint64_t misnamed;			    /* of hosts whose name cannot be a target's */
	uint64_t discarded;			    /* others that were not taken */
	bool is_full_told, is_namesake_told;
};

struct engine {
	const struct engine_settings *settings; /* borrowed */
	int lock_fd;				/* of the state folder: one daemon per history */
	sd_event *event;
	struct option_tables *tables;
	struct config *config;
	os_handler_t *loop;
	struct target_table *targets;
	struct judge *judge;
	struct engine_sink sinks[ENGINE_SINKS_MAX];
	size_t sink_count;
	struct station *stations[CONFIG_TARGETS_MAX];
	size_t station_count;
	struct schedule *tick;
	sd_event_source *retake; /* takes a released device again */
	struct status *status, *sensors;
	struct readings *readings;
	struct notes *notes;
	struct quiet quiet;
	struct openers openers;
	struct winevt winevt;
	struct engine_trend trends[ENGINE_TARGETS_MAX];
	uint32_t boot_id; /* of the host */
	wall_us started;
	bool is_released;
	bool was_restored[ENGINE_TARGETS_MAX][FAMILY_MAX]; /* during restore: told before */
	char status_line[STATUS_LINE_MAX];
};

/* engine.c */
const struct target *engine_target(const struct engine *e, uint32_t index);
finding_fn engine_on_finding;	      /* to every sink; user: the engine */
void engine_notify(struct engine *e); /* the service manager's status line */
void engine_say(const struct engine *e, enum message message, int level, const char *what);
void engine_complain(void *user, const char *file, unsigned line, const char *text);
void engine_apply(struct engine *e, struct config *config); /* takes it */
struct store *engine_store(struct engine *e);		    /* NULL: off */

/* control.c: TERM, INT, HUP, USR1 (release), USR2 (take again) */
MUST_CHECK int engine_add_signals(struct engine *e);

/* note.c: what an operator did */
note_fn engine_note; /* user: the engine */

/* restore.c: the judgement goes on where the last run left it */
void engine_restore(struct engine *e);

/* trends.c: is the controller wearing out? */
void engine_trend_init(struct engine *e);
/* One that was stored: learnt from, no sample. */
void engine_trend_recall(struct engine *e, const struct observation *obs);
/* All that was recalled is the past now. The trend goes on where the last run left it. */
void engine_trend_begin(struct engine *e, uint32_t target);
void engine_trend_observe(struct engine *e, const struct observation *obs);
void engine_trend_tick(struct engine *e);
/* The controller was reset then: the trend is made again, or learns it with the next sample. */
/* False: it was before the first sample. */
bool engine_trend_reset_noted(struct engine *e, uint32_t target, wall_us at);
void engine_trend_save_all(struct engine *e);
void engine_trend_forget(struct engine *e, uint32_t target);

/* turns.c: no command while somebody else has the turn */
void engine_quiet_init(struct engine *e);
void engine_quiet_configure(struct engine *e);
MUST_CHECK bool engine_take_turn(void *host); /* host: the engine */
void engine_give_turn(void *host);
bool engine_is_quiet(void *host);
void engine_quiet_tick(struct engine *e); /* nothing may be due while a controller is away */
void engine_render_quiet(struct engine *e, struct buf *b);

/* openers.c: who else has the devices open? */
void engine_openers_restore(struct engine *e); /* before engine_restore() */
void engine_openers_apply(struct engine *e);   /* the configuration */
void engine_openers_stop(struct engine *e);
void engine_openers_observe(struct engine *e, const struct observation *obs);
void engine_openers_tick(struct engine *e);
void engine_openers_save_all(struct engine *e);
void engine_render_openers(struct engine *e, struct buf *b, bool is_full);

/* winevt.c: Windows hosts */
void engine_winevt_apply(struct engine *e); /* the configuration */
void engine_winevt_stop(struct engine *e);
void engine_winevt_tick(struct engine *e);
/* winevt-trend.c */
void engine_winevt_trend_tick(struct engine *e, const struct hosts_listener *listener);
void engine_winevt_trend_forget(struct engine *e, uint32_t target);
void engine_winevt_trend_stop(struct engine *e);
/* winevt-document.c: those with findings, as elements of "targets"; and a summary */
void engine_render_ill_hosts(struct engine *e, struct buf *b);
void engine_render_winevt(struct engine *e, struct buf *b);
status_render_fn engine_render_hosts; /* user: the engine */

/* pacing.c; host: the engine */
void engine_on_pace(void *host, uint32_t target, enum pace_mode mode, enum pace_why why);

/* render.c: the status document */
status_render_fn engine_render; /* user: the engine */

/* sensors.c: the document of readings */
status_render_fn engine_render_sensors; /* user: the engine */
