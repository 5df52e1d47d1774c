/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sink contract: who wants to know. A sink that fails loses its own output only.
 */
#pragma once

#include "base/util.h"
#include "config/config.h"
#include "model/finding.h"
#include "model/hosts.h"
#include "model/judge.h"
#include "model/observation.h"
#include "model/target.h"
#include "out/readings.h"

struct sink_env {
	const struct target_table *targets; /* borrowed, outlives the sink */
	const struct config *config;	    /* borrowed, valid during the call */
	const char *state_dir;		    /* NULL: keep nothing on disk */
	const struct readings *readings; /* what sensors said last; borrowed, outlives the sink */
	const struct judge *judge;	 /* the same; NULL: there are no verdicts */
	struct hosts *const
		*hosts; /* Windows hosts, NULL in there while there are none; the same */
};

struct sink_ops {
	const char *name;
	int (*open)(const struct sink_env *env, void **ret_state);
	void (*on_observation)(void *state, const struct observation *obs); /* may be NULL */
	void (*on_finding)(void *state, const struct finding *finding,
			   enum finding_change change); /* may be NULL */
	void (*flush)(void *state, wall_us now);	/* about once a minute, and before close */
	void (*close)(void *state);
	/* A reload goes on with the new settings; NULL: it closes the sink and opens it anew. With
	 * it comes forget(): the target is watched no more, its number may soon be another's. */
	void (*reload)(void *state, const struct sink_env *env);
	void (*forget)(void *state, uint32_t target);
};

extern const struct sink_ops *const sink_table[]; /* NULL-terminated, out/registry.c */
