/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What station.c (link and queue) and station-probes.c (the probes' side) share; nobody else
 * includes it.
 */
#pragma once

#include "engine/schedule.h"
#include "engine/station.h"
#include "ipmi/counters.h"
#include "ipmi/link.h"

#define PROBES_MAX   32
#define OPENED_NEVER 1

struct station_probe {
	const struct probe_ops *ops;
	struct probe_env env; /* host: this */
	struct station *station;
	void *state; /* of the probe; NULL: not open */
	struct schedule *timer;
	int64_t interval_us;
	unsigned failures;
};

struct station {
	struct station_env env;
	const struct config *config; /* borrowed, outlives the station */
	uint32_t target;
	int interface; /* N of /dev/ipmiN or -1 */
	char connection[CONFIG_TEXT_MAX];
	char *state_dir; /* NULL: keep nothing */
	size_t config_target;
	bool is_password_missing; /* said once */
	bool was_stuck;		  /* when it was released */
	bool has_turn;		  /* until what flies has ended */
	mono_us pump_due;	  /* INT64_MAX: the pump is not armed */
	int opened;		  /* what came of opening it last; OPENED_NEVER */
	struct link *link;
	struct queue *queue;
	sd_event_source *pump; /* fires when the queue has something to do */
	struct schedule *reopen;
	int64_t reopen_us; /* the next pause */
	enum station_state state;
	int error;
	mono_us retry_at;
	struct driver_counters at_send; /* has[] is false for what is not known */
	bool has_look;
	uint32_t done_at_look; /* the driver's transactions, and ours, at the last send */
	uint64_t sent_at_look;
	struct station_probe probes[PROBES_MAX];
	size_t probe_count;
};

/* station.c */
void station_observe(struct station *s, struct observation *obs);
void station_tell_pace(struct station *s);
void station_arm(struct station *s); /* after anything the queue was told */

/* station-probes.c */
MUST_CHECK int station_add_probes(struct station *s); /* those the configuration wants */
void station_remove_probes(struct station *s);
