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
	CONTENTION_CLOCK,   /* trouble comes by the clock; whose it is nobody knows */
};

struct contention_count {
	uint32_t commands, troubles; /* while the program was known */
	uint32_t hits, visits;	     /* troubles at its visits; visits that had one */
	uint32_t exposed;	     /* commands at its visits */
	double expected;	     /* hits by chance */
};

struct contention_agent {
	mono_us first; /* of its entry: whose these numbers are */
	bool is_used;
	struct contention_count halves[2];
	uint32_t before_commands, before_troubles; /* of the day before it came */
	int64_t watched_us;			   /* how long that was */
	uint32_t after_commands, after_troubles;
	mono_us first_trouble;
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
	mono_us began, judged, last_trouble;
	struct contention_case cases[CONTENTION_CASES_MAX]; /* of the open batch */
	uint32_t case_count;
	int64_t half;
	struct contention_agent agents[OPENER_TABLE_MAX]; /* as the table's entries */
	struct contention_quarter quarters[CONTENTION_QUARTERS];
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
/* The table has heard of something: programs that are new. */
void contention_greet(struct contention *c, uint32_t target, const struct opener_table *openers);
/* How it stands; at most once a minute, or false: nothing new. */
bool contention_judge(struct contention *c, uint32_t target, mono_us now,
		      const struct opener_table *openers, struct contention_verdict *ret);
