/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every option is one row of a table; parsing, range check, --dump-config, the sample file and
 * the manual's table follow from it. Files: ROOT/etc/bmchealthd/bmchealthd.conf, then
 * conf.d/ *.conf beside it in alphabetical order; the last setting of a key wins.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/util.h"

#define CONFIG_TARGETS_MAX 16
#define CONFIG_INPUTS_MAX  64
#define CONFIG_TEXT_MAX	   256

enum option_type {
	OPTION_BOOL,
	OPTION_INT,
	OPTION_REAL,
	OPTION_SPAN, /* a time: a number of seconds, or a string as parse_duration() takes it */
	OPTION_TEXT,
	OPTION_CHOICE, /* one of `choices` */
};

struct option {
	const char *group; /* "target": a key of each element of the list `targets` */
	const char *key;
	enum option_type type;
	double min, max;      /* of INT, REAL; SPAN in seconds; TEXT in bytes, max 0: the usual */
	const char *fallback; /* the default, as one would write it in the file; SPAN, TEXT and
				 CHOICE need no quotes of their own */
	const char *unit;     /* for people: "commands per minute"; NULL: none */
	const char *choices;  /* OPTION_CHOICE: "auto|journal|stderr" */
	const char *doc;      /* what it does and why the default is what it is; one or two
				 sentences, no newline */
};

struct option_group { /* words above a group in the sample; a probe's group needs none */
	const char *name, *doc;
};

/* A program's file: where it is, and what its one list is called. */
struct config_form {
	const char *path;      /* below the root */
	const char *fragments; /* the folder beside it whose files are read after it */
	const char *list, *element;
	const char *example; /* a list, as one would write it */
	size_t max;	     /* elements */
	bool may_be_empty;   /* else it has one element with every default if it is missing */
	const char *sample_head;
	const struct option_group *groups; /* ends with a NULL name */
};
extern const struct config_form config_daemon;

/* The daemon's own rows; the probes bring theirs. Both end in a row with key NULL. */
extern const struct option option_table[];

struct config;

/* One complaint: file and line (0: none) where, what is wrong and what would be right. */
#define CONFIG_NOTICE "notice: " /* begins what may well be meant, and is no reason to refuse */
typedef void config_complain_fn(void *user, const char *file, unsigned line, const char *text);

#define CONFIG_PLACE_MAX 544
/* "FILE:LINE", "FILE", or "configuration" without a file; `text` of CONFIG_PLACE_MAX. */
const char *config_place(const char *file, unsigned line, char *text);

/*
 * All tables (array of pointers, NULL-terminated), all files. A missing main file means defaults.
 * 0; -EINVAL: at least one complaint was made, *ret_config untouched; -ENOMEM; -errno of an
 * unreadable file, complained of too. `path`: main file, NULL for the usual one under `root`.
 */
MUST_CHECK int config_load(const char *root, const char *path, const struct option *const tables[],
			   config_complain_fn *complain, void *user, struct config **ret_config);
void config_free(struct config *config);

/* A key that no table has is a bug of ours: assert. */
bool config_bool(const struct config *config, const char *group, const char *key);
int64_t config_int(const struct config *config, const char *group, const char *key);
double config_real(const struct config *config, const char *group, const char *key);
int64_t config_span_us(const struct config *config, const char *group, const char *key);
const char *config_text(const struct config *config, const char *group, const char *key);

struct config_files {
	const struct config_form *form;
	const char *root, *path; /* as for config_load() */
};
/* The same for the file of another program. */
MUST_CHECK int config_load_form(const struct config_files *files,
				const struct option *const tables[], config_complain_fn *complain,
				void *user, struct config **ret_config);

/* Targets, or what else the list has: of the daemon at least one; without a `targets` list, one
 * with every default. */
size_t config_target_count(const struct config *config);
const char *config_target_text(const struct config *config, size_t target, const char *key);
int64_t config_target_int(const struct config *config, size_t target, const char *key);
bool config_target_bool(const struct config *config, size_t target, const char *key);

/* Where a value came from, for later complaints: file NULL and line 0 for a default. */
void config_where(const struct config *config, const char *group, const char *key,
		  const char **ret_file, unsigned *ret_line);
void config_target_where(const struct config *config, size_t target, const char *key,
			 const char **ret_file, unsigned *ret_line);

/* The effective settings, as a file that could be loaded again. */
void config_dump(const struct config *config, FILE *to);
/* The sample file: every option commented out at its default, with its doc and range. */
void config_sample(const struct config_form *form, const struct option *const tables[], FILE *to);
/* The manual's list of all options, mdoc(7): one .Ss per group. */
void config_man_table(const struct config_form *form, const struct option *const tables[],
		      FILE *to);
