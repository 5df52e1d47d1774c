/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history: one SQLite file per daemon, STATE_DIR/history.db. Observations for some days, a
 * roll-up per hour for a year, findings, identities. A full disk or a broken file costs history,
 * never judgement: it is said once and tried again later.
 */
#pragma once

#include <stdbool.h>

#include "model/finding.h"
#include "model/observation.h"
#include "model/trend.h"
#include "model/winevent.h"
#include "out/sink.h"

/* Its state is a struct store. open() never fails for a bad disk or file, only for memory: the
 * store is then degraded and keeps trying. (-ENAMETOOLONG: STATE_DIR is longer than a path may be.)
 */
extern const struct sink_ops sink_store;

struct store;

#define STORE_SLACK_US (60 * USEC_PER_SEC) /* the clock may be slewed; it then counts as now */

struct store_reader {							   /* any may be NULL */
	void (*on_observation)(void *user, const struct observation *obs); /* oldest first */
	void (*on_finding)(void *user, const struct finding *finding);	   /* open ones */
	void (*on_identity)(void *user, uint32_t target, const struct bmc_identity *identity);
	void *user;
};

/*
 * What was stored for the targets of the table, observations not older than `span_us`. Their
 * `mono` is made up from `wall` so that it goes on into the present: mono = now_mono − (now_wall −
 * wall); it may be negative. Among them, as METRIC_IDENTITY with its identity, when the
 * controller's identity changed; the last before the span counts as seen at its beginning, to
 * compare with. Then each target's last identity, then what is open. After the clock was set back,
 * rows may be from the future: nobody knows when they happened, so observations more than
 * STORE_SLACK_US ahead are left out. An open finding is still open: its `since` becomes now. 0 or
 * -errno; -ENODATA: degraded.
 */
MUST_CHECK int store_read(struct store *store, int64_t span_us, mono_us now_mono, wall_us now_wall,
			  const struct store_reader *reader);
bool store_is_degraded(const struct store *store);

/* A sample that a trend is fed with. It waits with others for some minutes, one with evidence of a
 * restart not. */
void store_trend_add(struct store *store, uint32_t target, const struct trend_sample *sample);
/* A note of an operator's. 0; -EIO: not now. */
MUST_CHECK int store_note_add(struct store *store, uint32_t target, const char *kind, wall_us at,
			      const char *text);
/* What the trend made of all samples so far, with them. 0; -EIO: not now, the store says why. */
MUST_CHECK int store_trend_save(struct store *store, uint32_t target, const uint8_t *state,
				size_t len);
/* The state as saved, `max` bytes at most; *ret_piece: up to where, for store_trend_samples();
 * *ret_saved: when. Bytes; -ENODATA: there is none, or it is longer; -errno. */
MUST_CHECK ssize_t store_trend_load(struct store *store, uint32_t target, uint8_t *state,
				    size_t max, int64_t *ret_piece, wall_us *ret_saved);
/* Samples that came after that piece (0: all), oldest first. 0 or -errno. */
MUST_CHECK int store_trend_samples(struct store *store, uint32_t target, int64_t piece,
				   void (*cb)(void *user, const struct trend_sample *sample),
				   void *user);

/* An event of a Windows host: it is counted, and waits with others. */
void store_host_event(struct store *store, const char *name, enum winevent_meaning meaning,
		      wall_us at);

#define STORE_SOURCES 4

struct store_source {	    /* who numbers events of Windows hosts; 0: none */
	int64_t id, number; /* the last that was taken */
};
/* That the event before was of that number: both are written, or neither. */
void store_source_set(struct store *store, size_t slot, const struct store_source *source);
/* All zero if that cannot be read. */
void store_sources_read(struct store *store, struct store_source ret[STORE_SOURCES]);
/* All that waits, now. False: it cannot be written, and the store has said why. */
bool store_sync(struct store *store);

struct store_tally { /* events of one meaning in one hour */
	enum winevent_meaning meaning;
	int64_t hour; /* since 1970 */
	uint32_t count;
	wall_us last;
};
struct store_hosts_reader {
	void (*on_tally)(void *user, const char *name, const struct store_tally *tally);
	void (*on_finding)(void *user, const char *name, const struct finding *finding);
	void *user;
};
/* What was stored of Windows hosts since then, oldest first, then what is open (without a target).
 * 0 or -errno; -ENODATA: degraded. */
MUST_CHECK int store_hosts_read(struct store *store, wall_us since, wall_us now,
				const struct store_hosts_reader *reader);

/* A host's time-outs of each hour that had any, the oldest first; nothing if that cannot be read
 * now, the store will say why. */
void store_host_timeouts(struct store *store, const char *name, int64_t first_hour,
			 int64_t last_hour, void (*cb)(void *user, int64_t hour, uint32_t timeouts),
			 void *user);

/* The last `max` closed findings of Windows hosts, newest first. 0 or -errno. */
MUST_CHECK int store_hosts_closed(struct store *store, size_t max,
				  void (*cb)(void *user, const char *name,
					     const struct finding *finding, wall_us closed),
				  void *user);

/* The last `max` closed findings, newest first. */
MUST_CHECK int store_closed_findings(struct store *store, size_t max,
				     void (*cb)(void *user, const struct finding *finding,
						wall_us closed),
				     void *user);
