/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The probe contract. A probe turns one source into observations and knows nothing of what
 * becomes of them. Each target has its own instance of each probe.
 *
 * A new probe is one file ending in `const struct probe_ops probe_x`, and one row in registry.c.
 */
#pragma once

#include <stdbool.h>

#include "base/util.h"
#include "config/config.h"
#include "ipmi/queue.h"
#include "model/observation.h"

struct probe_env { /* everything a probe may touch; tests pass their own */
	void *host;
	/* The engine fills in target and wall time; METRIC_COMMAND is the engine's own to emit. */
	void (*emit)(void *host, const struct observation *obs);
	/* queue_submit(): 0, -EAGAIN, -EALREADY, -EINVAL. */
	int (*submit)(void *host, struct ipmi_request *req);
	void (*cancel)(void *host, struct ipmi_request *req);
	mono_us (*now)(void *host);
	/* What the controller last said it is; NULL: not known yet. */
	const struct bmc_identity *(*identity)(void *host);
	/* Commands this daemon has sent to this target so far. */
	uint64_t (*own_commands)(void *host);
	/* The value of one of the probe's own options. */
	int64_t (*option_int)(void *host, const char *key);
	int64_t (*option_span_us)(void *host, const char *key);
	const char *sysroot;   /* "" on a real host, a fixture folder in tests */
	const char *state_dir; /* this target's own folder for caches; NULL: none, keep nothing */
	int interface;	       /* N of /dev/ipmiN; -1: not a local interface */
};

struct probe_ops {
	const char *name;    /* config group, metric label, journal field */
	const char *summary; /* one line for `bmchealthctl probes` */
	const char *reads;   /* what a failure is a failure of; NULL: plain without */
	double default_interval_s;
	double cost; /* BMC commands one run issues on average in steady state; 0: none */
	bool on_by_default;
	bool is_heartbeat;	      /* run at once when the interface comes up */
	bool takes_time;	      /* in a few seconds it finds nothing: not for `once` */
	const struct option *options; /* more rows, ended by a NULL key; NULL: none. `enabled` and
					 `interval` every probe has anyway */
	int (*open)(const struct probe_env *env, void **ret_state);
	int (*run)(void *state);    /* may finish later; -EBUSY: the last run has not */
	void (*close)(void *state); /* cancels what it submitted */
};

extern const struct probe_ops *const probe_table[]; /* NULL-terminated, probes/registry.c */
