/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of config/, for its own files and tests only: how settings are kept, and the steps
 * from bytes to settings. Everybody else uses config/config.h.
 */
#pragma once

#include <libconfig.h>

#include "config/config.h"

#define TARGET_GROUP "target"

#define CONFIG_FRAGMENTS_MAX  256		    /* files in conf.d */
#define CONFIG_FILE_MAX	      ((size_t)1024 * 1024) /* bytes of one file */
#define CONFIG_ENTRIES_MAX    4096		    /* settings and list elements of one file */
#define CONFIG_NESTING_MAX    8			    /* targets = ( { … } ) needs two */
#define CONFIG_COMPLAINTS_MAX 100		    /* per load; the rest is counted */

/* --- text.c: short texts for people, cut rather than grown */

#define NOTE_MAX 640

struct note {
	char text[NOTE_MAX]; /* NUL-terminated */
	size_t len;
};

void note_printf(struct note *note, const char *format, ...) PRINTF_LIKE(2, 3);
/* "…", the way libconfig reads it back if it has no control characters and fits. */
void note_quoted(struct note *note, const char *text);
/* Exact: "0.05 s", "90 s", "15 min", "6 h", "1 d". */
void note_span(struct note *note, int64_t us);
/* One of `candidates` (ended by NULL) that `word` could be a slip of; NULL: none is near. */
const char *nearest(const char *word, const char *const *candidates);

/* --- value.c: one value, by the type of its row */

struct value {
	bool boolean;
	int64_t integer; /* INT; SPAN in microseconds */
	double real;
	char *text;	  /* TEXT, CHOICE; owned */
	const char *file; /* borrowed from the config; NULL: the default */
	unsigned line;
};

enum verdict {
	VERDICT_GOOD,
	VERDICT_TYPE,
	VERDICT_RANGE,
	VERDICT_SPAN,
	VERDICT_CHOICE,
	VERDICT_LONG,
	VERDICT_SHORT,
	VERDICT_BYTES,
	VERDICT_MEMORY,
};

void value_free(struct value *value);
/* Both replace the value, on VERDICT_GOOD only; where it came from is the caller's to set. */
MUST_CHECK enum verdict value_read(const struct option *option, const config_setting_t *setting,
				   struct value *value);
MUST_CHECK enum verdict value_read_fallback(const struct option *option, struct value *value);
/* As it stands in a file: "5 s" in quotes, true, 60. */
void value_print(const struct option *option, const struct value *value, struct note *note);
/* Why not: "is out of range: 1 to 60 commands". */
void verdict_print(enum verdict verdict, const struct option *option,
		   const config_setting_t *setting, struct note *note);
/* "0.05 s to 60 s", "one of "a", "b"", "true or false". */
void range_print(const struct option *option, struct note *note);

/* --- files.c: from disk to bytes libconfig may be trusted with */

struct file_list { /* owned paths; first the main file */
	char *paths[CONFIG_FRAGMENTS_MAX + 1];
	size_t count;
};

void file_list_free(struct file_list *list);
/* The main file, then DIR/FRAGMENTS/ *.conf beside it. 0; -E2BIG: too many; -errno of conf.d. */
MUST_CHECK int file_list_fill(struct file_list *list, const char *main_file, const char *fragments);
/* At most CONFIG_FILE_MAX bytes, ending in a newline, NUL-terminated; the caller frees. 0 or
 * -errno as fs_read(). -EBADMSG: it has a NUL byte. */
MUST_CHECK int file_read(const char *path, char **ret_text);
/* Limits that libconfig does not have, and slips it passes over or blames on another line. 0;
 * -EINVAL, of an @include -ENOTSUP, with line and reason (static text). */
MUST_CHECK int file_check(const char *text, unsigned *ret_line, const char **ret_why);

/* --- settings.c: all values of all rows */

#define NO_ROW SIZE_MAX

struct row_set {
	const struct option **rows; /* owned array of borrowed rows */
	size_t count;
};

struct config {
	const struct config_form *form; /* borrowed */
	struct row_set general, target;
	struct value *values;	     /* one per row of `general` */
	struct value *target_values; /* target_count × target.count */
	size_t target_count;
	struct file_list files; /* every `file` of a value points in here */
};

/* All defaults, one target; NULL: no memory. A fallback that its own row refuses: assert. */
struct config *settings_new(const struct config_form *form, const struct option *const tables[]);
void settings_free(struct config *const *config);				/* for SCOPED() */
size_t row_find(const struct row_set *set, const char *group, const char *key); /* or NO_ROW */
bool row_has_group(const struct row_set *set, const char *group);
/* `count` targets with every default; NULL: no memory. */
struct value *target_values_new(const struct row_set *set, size_t count);
void target_values_free(struct value *values, const struct row_set *set, size_t count);
struct value *target_value(const struct config *config, size_t target, const char *key);
