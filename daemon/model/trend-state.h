/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a trend keeps, all of it integers. Private to trend*.c and their tests.
 *
 * A sample becomes part of a round (each probe once); rounds become outage runs and hours; an hour
 * becomes a point of a few series; the windows over the series become verdicts.
 */
#pragma once

#include "model/trend.h"

#define TREND_SCALE	      2048 /* a unit of ln(latency in µs) */
#define TREND_NONE	      INT16_MIN
#define TREND_HOURS	      2400 /* of a series without its day's rhythm */
#define TREND_RECENT_HOURS    400  /* of the same with it */
#define TREND_TIMEOUT_HOURS   1540 /* the longest window and a little */
#define TREND_HOUR_SAMPLES    120
#define TREND_WINDOWS	      8
#define TREND_POINTS	      12
#define TREND_FIRE_WORDS      6 /* 192 h: what a verdict over the longest window must last */
#define TREND_CANDIDATES      4
#define TREND_WARMUP_ROUNDS   5
#define TREND_TEETH	      6
#define TREND_BREAKS	      64
#define TREND_STEPS	      12
#define TREND_LOAD_HOURS      1540
#define TREND_PERIODS	      5
#define TREND_PHASE_DAYS      3
#define TREND_HOUR_NEVER      (-100000000) /* far from any hour, and from an overflow */
#define TREND_NO_ROUND	      INT64_MIN
#define TREND_RECOVERED_NEVER (INT64_MIN / 2)
#define TREND_EPOCH_SETTLE_H  3 /* after an outage, until its level is compared */

enum trend_quantile { TREND_Q20, TREND_Q50, TREND_Q90, TREND_QUANTILES };
enum trend_set { TREND_HARD, TREND_SOFT, TREND_SETS };

struct trend_time { /* of this target, across boots of the host */
	bool is_known;
	uint32_t boot_id;
	int64_t now_us, mono_us, wall_us;
};

struct trend_round { /* each probe at most once */
	int64_t at_us;
	uint32_t evidence;
	uint32_t latency_us[TREND_PROBES]; /* 0: none, or not the controller's own */
	uint8_t seen, bad, timeouts;	   /* bits: probes */
	bool has_error, has_others;
	int32_t foreign, entries; /* -1: not known */
};

struct trend_outage {
	bool is_on, is_told;
	int64_t from_us, until_us;
	uint32_t evidence, rounds;
	bool has_error;
};

struct trend_candidate { /* a restart? */
	int32_t first_hour, last_hour;
	uint32_t lasted_s, evidence;
	bool is_used, has_error;
	bool is_lone; /* one round that failed: too short for an outage */
	bool is_outage;
};

struct trend_warmup { /* the first rounds after a candidate; ln, scaled */
	int64_t since_us;
	int16_t early[TREND_PROBES][TREND_WARMUP_ROUNDS];
	uint8_t count[TREND_PROBES];
};

struct trend_phase { /* of the isolated time-outs of a day: sum of vectors, 1/1024 */
	int32_t cosine[TREND_PERIODS], sine[TREND_PERIODS];
	uint16_t timeouts, present, others;
};

struct trend_fires { /* one bit per hour, the newest first */
	uint32_t bits[TREND_FIRE_WORDS];
};

struct trend_watch { /* one window of one channel */
	struct trend_fires fires[TREND_SETS];
	bool is_held[TREND_SETS]; /* verdict of the last evaluation */
	int16_t rise;		  /* of the last evaluation that fired; ln, scaled */
	int32_t soft_hour;	  /* last hour confirmed by the soft limits, in this epoch */
};

struct trend_epoch {
	int32_t start_hour; /* no window reaches before it */
	int32_t reset_hour; /* last event, firm or not; what follows within 2 h is the same */
	enum trend_reset reset;
	uint32_t evidence;
	int64_t reset_us; /* of the last firm one */
	enum trend_reset firm;
	uint32_t firm_evidence;
};

struct trend_ending { /* the epoch before: did the restart help? Decided hours later */
	bool is_pending, was_confirmed;
	uint8_t channels; /* bits: ramps that stood at its end */
	uint8_t channel;
	int32_t first_hour, start_hour, life_h;
	bool has_failed;
	int16_t level[TREND_PROBES], tail[TREND_PROBES]; /* before */
	uint16_t timeouts;
};

struct trend_tooth {
	int32_t hour;
	uint16_t life_h;
	uint8_t channels;
	bool has_failed;
};

struct trend_alarm {
	bool is_suspected, is_confirmed, is_imminent, is_contended;
	uint8_t channel, window;
	int32_t since_hour, last_hour, soft_hour;
};

struct trend_series {
	int16_t flat[TREND_HOURS], recent[TREND_RECENT_HOURS], profile[24];
};

struct trend_noise { /* remembered for a day; never saved */
	int32_t day;
	float value;
};

struct trend_relief { /* ramps that fell without a restart and had done no harm */
	int32_t hour; /* of the last */
	int32_t harmful_hour;
	int16_t amplitude; /* of the highest; ln, scaled; 0: none */
};

struct trend_curve { /* of a life that ended: hours left when the level last was so high */
	uint16_t left_h[TREND_STEPS];
	uint8_t channel;
	bool is_known;
};

struct trend_load { /* what else may slow commands down; by the hour, UINT16_MAX: not known */
	uint16_t foreign[TREND_LOAD_HOURS]; /* commands of others, per hour */
	uint16_t entries[TREND_LOAD_HOURS]; /* of the event log */
	uint16_t holders[TREND_LOAD_HOURS]; /* part of the rounds with another, 1/1000 */
	uint32_t open_foreign, open_count, open_holders, open_rounds;
	uint16_t open_entries;
	bool is_log_harmless; /* it was cleared, and nothing became faster */
};

struct trend_stalls { /* slow replies of both probes; by the hour */
	uint8_t slow[TREND_LOAD_HOURS], answered[TREND_LOAD_HOURS];
	uint8_t depth[TREND_LOAD_HOURS]; /* how slow they were; ln, scaled */
};

struct trend_latency {
	struct trend_load load;
	struct trend_stalls stalls;
	struct trend_curve curves[TREND_TEETH];	      /* of the tooth of the same place */
	struct trend_curve ending;		      /* of the epoch before */
	struct trend_warmup warmup[TREND_CANDIDATES]; /* of the candidate of the same place */
	struct trend_relief relief[TREND_TIMEOUTS];
	int32_t breaks[TREND_BREAKS]; /* hours of restarts and falls, in order */
	uint8_t break_count;
	int32_t since_hour[TREND_TIMEOUTS]; /* no window of the channel reaches before it */
	struct trend_series series[TREND_PROBES][TREND_QUANTILES];
	uint32_t sorted_us[TREND_PROBES][TREND_HOUR_SAMPLES]; /* of the open hour */
	uint16_t count[TREND_PROBES];
	struct trend_watch watch[TREND_TIMEOUTS][TREND_WINDOWS];
	struct trend_noise noise[TREND_PROBES][TREND_QUANTILES][TREND_WINDOWS];
};

struct trend {
	struct trend_latency *latency; /* NULL: only time-outs; in the same block of memory */
	struct trend_time time;
	struct trend_round round, doubt; /* doubt: the first bad one, perhaps of an outage */
	struct trend_outage outage;
	int64_t recovered_us; /* end of the last outage */
	int32_t hour;	      /* the open one */
	uint16_t open_timeouts, open_present;
	uint8_t timeouts[TREND_TIMEOUT_HOURS], present[TREND_TIMEOUT_HOURS];
	struct trend_phase phase[TREND_PHASE_DAYS];
	struct trend_watch watch[TREND_WINDOWS];
	struct trend_candidate candidates[TREND_CANDIDATES];
	struct trend_epoch epoch;
	struct trend_ending ending;
	struct trend_tooth teeth[TREND_TEETH];
	struct trend_alarm alarm;
	int64_t firmware;
};

_Static_assert(sizeof(struct trend) <= TREND_BYTES_REMOTE_MAX, "model/trend.h promises the size");
_Static_assert(sizeof(struct trend) + sizeof(struct trend_latency) <= TREND_BYTES_MAX,
	       "model/trend.h promises the size");

struct trend_out { /* where the events of one trend_feed() go */
	struct trend_event *events;
	size_t max, count;
	mono_us mono;
	wall_us wall;
	struct trend_event lost; /* what finds no room */
};

/* trend.c: an event filled with what is always said. */
struct trend_event *trend_tell(const struct trend *t, struct trend_out *out, enum trend_kind kind);

/* trend-rounds.c */
void trend_rounds_add(struct trend *t, const struct trend_sample *sample, struct trend_out *out);

/* trend-hours.c. Hours are counted from the first sample's day on; an hour that is no longer kept
 * has no value. */
void trend_hours_reset(struct trend *t);
/* Close hours until `hour` is open. */
void trend_hours_advance(struct trend *t, int32_t hour, struct trend_out *out);
void trend_hours_add(struct trend *t, const struct trend_round *round);
int16_t trend_scaled_ln(uint32_t latency_us);
int16_t trend_recent(const struct trend *t, int probe, enum trend_quantile quantile, int32_t hour);
int16_t trend_flat(const struct trend *t, int probe, enum trend_quantile quantile, int32_t hour);
/* Median of the recent values of hours first..last; TREND_NONE: there are none. */
int16_t trend_recent_median(const struct trend *t, int probe, enum trend_quantile quantile,
			    int32_t first, int32_t last);
uint32_t trend_timeouts_sum(const struct trend *t, int32_t first, int32_t last);
uint32_t trend_present_sum(const struct trend *t, int32_t first, int32_t last); /* rounds */

/* trend-profile.c: the rhythm of a day, learnt at its start. */
bool trend_profile_is_warm(int32_t hour);
void trend_profile_learn(struct trend *t);

/* trend-ramp.c: twelve points. */
struct trend_limits {
	int kendall, kendall_timeouts;
	double quarter_min, quarter_max, jump, concordance;
	double kappa[TREND_WINDOWS]; /* times the host's own noise */
	double jump_timeouts, rise_timeouts, rate_timeouts, ratio_timeouts;
	double floor[TREND_WINDOWS];
	int persist_h, persist_part; /* must last max(persist_h, window / persist_part) */
};
extern const struct trend_limits trend_limits[TREND_SETS];
extern const uint16_t trend_windows_h[TREND_WINDOWS];

double ramp_quarters(const double *z, double *quarter); /* the last less the first */
bool ramp_is_spread(const double *z, const struct trend_limits *limits, double jump);
int ramp_kendall(const double *z);
double ramp_rise(const double *z); /* eleven times the median of all slopes */

/* trend-noise.c */
void trend_break(struct trend *t, int32_t hour);
/* Was there a break after the beginning of `first`, up to `last`? */
bool trend_is_broken(const struct trend *t, int32_t first, int32_t last);
double trend_noise(struct trend *t, int probe, enum trend_quantile quantile, int window);

/* trend-channels.c: evaluates the hour that has just been closed. */
void trend_channels_judge(struct trend *t, int32_t hour);
bool trend_is_confirmed(const struct trend_watch *watch, int window, enum trend_set set);
struct trend_watch *trend_watch(const struct trend *t, enum trend_channel channel, int window);
void trend_channels_forget(struct trend *t); /* a new epoch */
void trend_channel_forget(struct trend *t, enum trend_channel channel);
/* Means of `count` blocks of `width` hours up to `hour`; false: one has too few values. */
bool trend_blocks(const struct trend *t, int probe, enum trend_quantile quantile, int32_t hour,
		  int width, double *z);
bool trend_timeout_blocks(const struct trend *t, int32_t hour, int width, double *z);

/* trend-load.c: foreign commands and the event log. */
void trend_load_reset(struct trend *t);
void trend_load_add(struct trend *t, const struct trend_round *round);
void trend_load_close(struct trend *t); /* the open hour */
void trend_load_hour(struct trend *t, int32_t hour);
/* Did one of them grow with a ramp of that window, which then says nothing of the controller? */
bool trend_is_explained(const struct trend *t, int window, int32_t hour, double rise);

/* trend-stalls.c */
void trend_stalls_close(struct trend *t); /* the open hour, before its replies are forgotten */
/* By how much (ln) the share of slow replies grew over a window; 0: that is no ramp. */
double trend_stalls_rise(const struct trend *t, int window, enum trend_set set, int32_t hour);

/* trend-phase.c */
void trend_phase_new_day(struct trend *t, int32_t day);
void trend_phase_add(struct trend *t, const struct trend_round *round);
uint32_t trend_phase_failed(const struct trend *t); /* rounds of some days, outside of outages */
/* Is the time up to yesterday one of contention? *ret_period_s: 0: another process. */
bool trend_phase_is_contended(const struct trend *t, int32_t day, uint32_t *ret_period_s);

/* trend-epoch.c */
void trend_epoch_outage(struct trend *t, struct trend_out *out);
/* One round failed, those around it did not. */
void trend_epoch_lone(struct trend *t, const struct trend_round *round);
void trend_epoch_evidence(struct trend *t, const struct trend_round *round, struct trend_out *out);
void trend_epoch_hour(struct trend *t, int32_t hour, struct trend_out *out);
bool trend_epoch_is_unsettled(const struct trend *t);
uint8_t trend_epoch_sure(enum trend_reset reset, uint32_t evidence);

/* trend-warmup.c: a controller that has just started is slow for some minutes. */
struct warmup {
	bool is_known;
	double excess; /* ln, over the hours that follow */
	double error;  /* of that, one deviation */
};
void trend_warmup_start(struct trend *t, int candidate, int64_t since_us);
void trend_warmup_add(struct trend *t, const struct trend_round *round);
struct warmup trend_warmup(const struct trend *t, int candidate);
/* trend-verdict.c */
void trend_verdict_epoch_ends(struct trend *t, int32_t first_hour, int32_t last_hour,
			      uint32_t lasted_s, struct trend_out *out);
void trend_verdict_hour(struct trend *t, int32_t hour, struct trend_out *out);
void trend_verdict_day(struct trend *t, int32_t day, struct trend_out *out);
unsigned trend_teeth(const struct trend *t, int32_t hour);

/* Bits: channels whose ramp stood at `hour`, or shortly before it. */
uint8_t trend_standing(const struct trend *t, int32_t hour, int shortest);
void trend_verdict_tooth(struct trend *t, enum trend_channel channel, int32_t hour);
/* The ramp of the channel is gone, without a restart. */
void trend_verdict_eased(struct trend *t, enum trend_channel channel, struct trend_out *out);

/* trend-relief.c: ramps that fall without a restart. */
void trend_relief_hour(struct trend *t, int32_t hour, struct trend_out *out);
/* What a ramp of the channel must exceed because of them; 0: nothing. */
double trend_relief_floor(const struct trend *t, enum trend_channel channel, int32_t hour);

/* trend-lives.c */
void trend_life_ends(struct trend *t, enum trend_channel channel, int32_t hour);
void trend_life_push(struct trend *t, bool has_failed);
/* By what factor it is slower than on the day after its restart; 0: nobody knows. */
double trend_life_rise(const struct trend *t, enum trend_channel channel, int32_t hour);
/* How many lives that failed know how long it takes from here. */
int trend_life_left(const struct trend *t, enum trend_channel channel, int32_t hour, double *ret_h);

/* trend-forecast.c */
bool trend_forecast(const struct trend *t, int32_t hour, double *ret_h, double *ret_low_h,
		    double *ret_high_h);
