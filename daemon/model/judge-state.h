/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the judge keeps of one target, and the three steps over it: learn (observation → state),
 * rule (state → verdict, one rule per family), ledger (verdict → open findings and callbacks).
 * Private to judge*.c and their tests.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/contention.h"
#include "model/judge.h"

#define LABEL_MAX	    40
#define DRIFT_TEXT_MAX	    160
#define PATIENT_BYTES_MAX   32768
#define LATE_OBSERVATION_US USEC_PER_MINUTE

struct culprit { /* the last command that went wrong in some way */
	uint8_t netfn, cmd, cc;
	int error;
	char label[LABEL_MAX];
	int64_t took_us;
};

enum maintenance_source {			  /* bits: who says so; each ends in its own way */
			  MAINTENANCE_DEVICE = 1, /* METRIC_DEVICE_AVAILABLE is 0; until it is 1 */
			  MAINTENANCE_DRIVER =
				  2, /* METRIC_DRIVER_MAINTENANCE is not 0; until it is */
			  MAINTENANCE_CODE = 4, /* 0xD1 or 0xD2 arrived; until the next OBS_OK */
};

struct maintenance { /* an episode: what begins again within the grace belongs to it */
	unsigned sources;
	bool has_been;
	bool is_over; /* a good answer has come since `ended` */
	mono_us since, ended;
	uint32_t forgiven;
};

struct streak { /* answers that were all busy */
	bool is_on;
	mono_us since, last;
	uint32_t answers;
};

struct interface_state {
	bool is_lost, is_stuck, had_one;
	mono_us lost_since;
};

struct self_test {
	bool is_known;
	uint8_t result, detail;
};

struct sensor_loss {
	bool is_known;
	int64_t missing, total;
};

struct drift {
	struct bmc_identity identity; /* as last seen; a GUID once seen stays */
	bool has_identity;
	bool has_changed; /* at changed_at */
	bool is_on;	  /* evidence at `at` */
	bool is_habit;	  /* impossible, but steadily so since we know it */
	mono_us changed_at, at;
	char text[DRIFT_TEXT_MAX];
};

struct aging { /* as the trend last said */
	bool is_known;
	struct trend_summary summary;
	wall_us restarted;     /* the controller; 0: nobody knows */
	mono_us restart_until; /* so long is the last restart's finding news */
};

struct crowd { /* as contention was last judged */
	struct contention contention;
	enum contention_how how;
	mono_us proved; /* when it last was not CONTENTION_NONE */
	int64_t after_us;
	struct evidence_contention evidence;
};

struct sharing { /* what the driver's counters last said; -1: not known */
	int64_t foreign, driver_own, users, messages, cpu_permille;
	mono_us foreign_at;
	bool is_known;
};

struct patient {
	bool is_known;	   /* something was fed or restored */
	bool has_time;	   /* `now` holds: of observations and ticks */
	bool has_observed; /* `newest` holds: of observations alone */
	bool has_answered; /* `answered…` hold */
	mono_us now, newest;
	mono_us answered_at, restored_at;
	wall_us wall, answered_wall;
	struct window window;
	struct classifier classifier;
	struct culprit culprits[FAMILY_MAX]; /* of the families that have one */
	struct maintenance maintenance;
	struct streak busy;
	struct interface_state interface;
	struct self_test self_test;
	struct sensor_loss sensors;
	struct drift drift;
	struct aging aging;
	struct crowd crowd;
	struct sharing sharing;
	bool is_open[FAMILY_MAX];
	struct finding findings[FAMILY_MAX];
};

_Static_assert(sizeof(struct patient) <= PATIENT_BYTES_MAX, "model/judge.h promises the size");

enum ruling {
	RULING_CLOSED,
	RULING_OPEN,
	RULING_KEEP, /* no news: as it was */
};

struct verdict {
	enum ruling ruling;
	enum finding_kind kind;
	enum severity severity;
	char text[EVIDENCE_TEXT_MAX];
};

struct figures { /* of one moment, counted once for all rules */
	struct window_counts recent, hour, day;
	struct frequency_rates rates;
	int64_t latency_us;
};

/* judge-learn.c */
void patient_start(struct patient *p);
/* False: too old, ignored. */
bool patient_learn(struct patient *p, const struct judge_settings *s,
		   const struct observation *obs);
void patient_pass_time(struct patient *p, mono_us now, wall_us wall);
/* Make the state agree with a finding the store had open, so that it ends in its normal way. */
/* In maintenance, or just after: what goes wrong at that time is not held against it. */
bool patient_is_forgiving(const struct patient *p, const struct judge_settings *s, mono_us at);
void patient_restore(struct patient *p, const struct judge_settings *s,
		     const struct finding *finding);

/* judge-drift.c */
void drift_learn(struct drift *d, const struct bmc_identity *seen, mono_us at);
/* What is expected to change has changed: the new identity is the one to compare with. */
void drift_settle(struct drift *d, const struct bmc_identity *seen);
bool drift_is_recent(const struct drift *d, mono_us now);

/* judge-aging.c */
/* `wall`: of the summary. */
void patient_pass_trend(struct patient *p, const struct trend_summary *summary, wall_us wall);
/* What the event means for the ledger; false: nothing. `before`: the summary before it. */
bool aging_judge(struct patient *p, const struct trend_event *event,
		 const struct trend_summary *before, struct verdict *ret,
		 struct evidence_ramp *ret_ramp);
struct evidence_restart aging_restart(const struct patient *p);
void aging_restore(struct patient *p, const struct finding *finding);
/* May the finding of the family stay? */
bool aging_leak_stands(const struct patient *p);
bool aging_restart_stands(const struct patient *p);

/* judge-crowd.c */
void crowd_learn(struct patient *p, const struct judge_settings *s, const struct observation *obs,
		 const struct opener_table *openers);
/* Judge anew, if it is time. */
void crowd_judge(struct patient *p, uint32_t target, const struct opener_table *openers);
struct verdict crowd_verdict(const struct patient *p);
/* Somebody else than the finding says? */
bool crowd_has_changed(const struct patient *p);
struct judge_sharing sharing_summary(const struct patient *p);
void sharing_learn(struct sharing *s, const struct observation *obs);

/* judge-rules.c. The order of rules matters: a stuck driver is no second alarm of muteness. */
struct figures judge_count(const struct judge_settings *s, const struct patient *p, mono_us now);
extern const enum finding_family judge_rule_order[FAMILY_MAX];
struct verdict judge_rule(enum finding_family family, const struct judge_settings *s,
			  struct patient *p, const struct figures *figures);
