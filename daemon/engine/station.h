/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that belongs to one target: its link, its queue, its probes and their timers; opening the
 * link, losing it, getting it back.
 */
#pragma once

#include <OpenIPMI/os_handler.h>
#include <systemd/sd-event.h>

#include "config/config.h"
#include "ipmi/queue.h"
#include "model/observation.h"
#include "model/target.h"
#include "probes/probe.h"

struct station_env { /* what a station needs of the engine; all borrowed */
	sd_event *event;
	os_handler_t *loop;
	const struct target_table *targets;
	const char *sysroot;
	const char *state_dir; /* NULL: keep nothing; copied */
	/* A quick check: heartbeat probes each second and those that cost nothing, no others, and
	 * a budget of 60 commands a minute for the few seconds it takes. */
	bool is_once;
	void *host;
	/* Every observation; target, source, mono filled in; `wall` is the engine's to fill. */
	void (*observe)(void *host, struct observation *obs);
	/* A probe, or "password", failed for the first time; or works again (error 0, why NULL). */
	void (*trouble)(void *host, uint32_t target, const char *what, int error, const char *why);
	/* May a command be sent now, or has somebody else the turn? give_turn() when it has ended,
	 * one way or another. NULL: it is always our turn. */
	bool (*take_turn)(void *host);
	void (*give_turn)(void *host);
	/* Has somebody else the turn? */
	bool (*is_quiet)(void *host);
	/* Commands are sent in another way from now on; NULL: nobody wants to know. */
	void (*pace)(void *host, uint32_t target, enum pace_mode mode, enum pace_why why);
	/* The device was not there, now it is, and may not be opened. NULL: nothing can be done. */
	void (*shut_out)(void *host, uint32_t target);
};

enum station_state {
	STATION_CONNECTING,
	STATION_UP,
	STATION_LOST,	  /* no device, or it went away: tried again with growing pauses */
	STATION_STUCK,	  /* closed because the driver hung: likewise, longer pauses */
	STATION_RELEASED, /* closed on request, e.g. for rmmod */
};

struct station_status {
	enum station_state state;
	int error;	  /* of STATION_LOST */
	int64_t retry_us; /* until the next try of LOST and STUCK */
	struct queue_counters counters;
	int64_t gap_us;
	enum pace_mode pace;
	uint32_t others_period_s; /* they come by this clock, and are left their slot; 0: they do
				     not */
	bool has_flying;
};

struct station;

/* `config_target`: index in the configuration; `target`: in the target table. Starts at once; the
 * link's failure is an observation, not an error. */
MUST_CHECK int station_new(const struct station_env *env, const struct config *config,
			   size_t config_target, uint32_t target, struct station **ret);
/* Requests in flight end as skipped; never waits for the BMC. NULL is fine. */
void station_free(struct station *s);

/* Another configuration for the same target and connection: new probes, new settings; the link,
 * what flies, what was spent and what was learned stay. So a reload never sends into a hung driver.
 */
MUST_CHECK int station_reload(struct station *s, const struct config *config, size_t config_target);

/* Close the link and leave it closed until station_resume(). */
void station_release(struct station *s);
/* Ordered: an operator says the way is free. Not ordered, and a command was left in the driver: as
 * STATION_STUCK, after a pause. */
void station_resume(struct station *s, bool is_ordered);

uint32_t station_target(const struct station *s);
const char *station_connection(const struct station *s);
struct station_status station_status(const struct station *s);
const char *station_state_name(enum station_state state);
