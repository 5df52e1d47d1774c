/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose doing are time-outs and slow answers? They are compared with when other programs opened
 * the device, with when one of them first came, and with the clock.
 *
 * Each comparison asks how the commands fared that were sent then, against those sent in the same
 * quarter of an hour otherwise: so neither a bad hour of the controller, nor our own habits, nor a
 * program that takes longer because the controller is slow, makes a culprit. For that only openings
 * count, which a timer sets, and the time a program usually needs; never how long it needed now.
 *
 * Pure: no clock, no allocation.
 */
#pragma once

#include "model/comb.h"
#include "model/observation.h"
#include "model/opener.h"

#define CONTENTION_CASES_MAX                                                                       \
	128 /* commands of one quarter of an hour; more come in two batches                        \
	     */

enum contention_how {
	CONTENTION_NONE,
	CONTENTION_VISITS,  /* trouble comes with a program's openings */
	CONTENTION_ARRIVAL, /* trouble came when a program did, and stayed as it did */
	CONTENTION_LOAD, /* trouble came when others began to ask more; who they are nobody knows */
	CONTENTION_CLOCK, /* trouble comes by the clock; whose it is nobody knows */
};

struct contention_count {
	uint32_t commands, troubles;  /* while the program was known */
	uint32_t hits, visits;	      /* troubles at its visits; visits that had one */
	uint32_t exposed;	      /* commands at its visits */
	uint32_t lead, lead_troubles; /* commands that were the last before a visit, and at none */
	double expected;	      /* hits by chance */
};

struct contention_agent {
	mono_us first; /* of its entry: whose these numbers are */
	mono_us came;
	bool is_used, has_come; /* has_come: it was seen to come; else it may have been there */
	bool is_reaction;	/* there was trouble a moment before */
	struct contention_count halves[2];
	uint32_t before_commands, before_troubles; /* of the day before it came */
	uint32_t eve_commands, eve_troubles;	   /* of them those of the last half hour */
	int64_t watched_us;			   /* how long the day was */
	uint32_t after_commands, after_troubles;
	mono_us first_trouble;
};

struct contention_load {	       /* commands of others, an hour */
	struct contention_agent agent; /* is_used: since a jump */
	double usual;		       /* before it */
	int64_t per_hour;	       /* after it */
	mono_us at;		       /* the last count */
	bool is_known;
};

struct contention_case {
	mono_us sent;
	bool is_trouble;
};

struct contention_quarter {
	int64_t number;
	uint16_t commands, troubles;
};

#define CONTENTION_QUARTERS 96 /* of an hour: a day */

struct contention {
	bool is_known;
	mono_us since, newest; /* the first command of all, the last */
	mono_us began, judged, last_trouble;
	struct contention_case cases[CONTENTION_CASES_MAX]; /* of the open batch */
	uint32_t case_count;
	int64_t half;
	struct contention_agent agents[OPENER_TABLE_MAX]; /* as the table's entries */
	struct contention_quarter quarters[CONTENTION_QUARTERS];
	struct contention_load load;
	struct comb comb;
};

struct contention_verdict {
	enum contention_how how;
	size_t entry; /* of the table; not of CONTENTION_CLOCK */
	uint32_t hits, troubles, commands;
	double expected;   /* hits by chance */
	double chance;	   /* of it all, for all programs that were tried */
	int64_t after_us;  /* CONTENTION_ARRIVAL: so long after it the trouble began */
	uint32_t period_s; /* 0: none is known */
	uint8_t sure;	   /* per cent */
};

/* Each command that was sent, in order; others are ignored. */
void contention_learn(struct contention *c, const struct observation *obs,
		      const struct opener_table *openers);
/* METRIC_FOREIGN_PER_HOUR */
void contention_load_learn(struct contention *c, const struct observation *obs);
/* How it stands; at most once a minute, or false: nothing new. */
bool contention_judge(struct contention *c, uint32_t target, mono_us now,
		      const struct opener_table *openers, struct contention_verdict *ret);
