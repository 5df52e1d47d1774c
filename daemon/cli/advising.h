/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the settings of the kernel's IPMI drivers should be on this machine, and why; for a
 * controller that is asked over the network, those of the programs that do. Pure: told what they
 * are and how quick the controller is.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADVISE_KNOBS_MAX   24
#define ADVISE_VALUE_MAX   64
#define ADVISE_WHY_MAX	   320
#define ADVISE_ANSWERS_MIN 200 /* fewer say nothing */

struct advise_machine {
	bool is_remote;	    /* asked over the network: this machine's drivers have no part in it */
	unsigned interface; /* N of /dev/ipmiN */
	char type[16];	    /* "kcs", "bt", "smic", "ssif"; "": not known */
	bool has_irq, is_irq_known;
	uint64_t answers;		/* that the latencies below are of */
	int64_t q50_us, q90_us, q99_us; /* 0: not known */
	unsigned sensors;		/* 0: not known */
};

struct advise_knob {
	const char *module, *name;
	char value[ADVISE_VALUE_MAX];  /* as the driver says */
	char wanted[ADVISE_VALUE_MAX]; /* "": leave it */
	char why[ADVISE_WHY_MAX];
};

/* Names of parameters that are looked for, in order; NULL at the end of either: no more. */
const char *advise_module(size_t index);
const char *advise_parameter(size_t index);

/* `value` is what the file says. Which of advise_module(), advise_parameter() it is: `index`. */
void advise_knob(const struct advise_machine *machine, size_t index, const char *value,
		 struct advise_knob *ret);
/* The same of programs that ask over the network; `value` is what they do unless told. False: no
 * more. */
bool advise_remote(const struct advise_machine *machine, size_t index, struct advise_knob *ret);
/* A deadline that a healthy controller like this one meets; 0: not known. */
int64_t advise_patience_us(const struct advise_machine *machine);
bool advise_has_data(const struct advise_machine *machine);
/* How long a program that reads all sensors without a cache takes here; 0: not known. */
int64_t advise_inventory_us(const struct advise_machine *machine);
