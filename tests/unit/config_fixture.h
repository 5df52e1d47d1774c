/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of config/ share: a folder of its own to load from, and an ear for complaints.
 */
#pragma once

#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "config/load.h"
#include "tests/unit/tap.h"

static const struct option probe_rows[] = {
	{ "slab", "enabled", OPTION_BOOL, 0, 0, "true", NULL, NULL, "Watch it." },
	{ "slab", "interval", OPTION_SPAN, 10, 86400, "60 s", NULL, NULL, "How often." },
	{ "slab", "signed", OPTION_INT, -5e15, 5, "-3", NULL, NULL, "Below nothing." },
	{ "slab", "tiny", OPTION_REAL, 1e-9, 1e20, "0.000001", NULL, NULL, "Small." },
	{ "slab", "label", OPTION_TEXT, 0, 0, "a \"b\" \\ c", NULL, NULL, ".Starts oddly." },
	{ .key = NULL },
};
static const struct option *const tables[] = { option_table, probe_rows, NULL };

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif
#define CONF_DIR SYSCONFDIR "/bmchealthd" /* as the library under test was built */

/* --- a folder of its own, and what was complained of */

#define HEARD_MAX 128

struct heard {
	size_t count;
	unsigned line[HEARD_MAX];
	char text[HEARD_MAX][NOTE_MAX];
	char file[HEARD_MAX][256];
};

struct fixture {
	char root[64];
	struct heard heard;
	struct config *config;
	int result;
};

static inline void hear(void *user, const char *file, unsigned line, const char *text)
{
	struct heard *heard = user;
	size_t at = heard->count++;

	if (at >= HEARD_MAX)
		return;
	heard->line[at] = line;
	(void)snprintf(heard->text[at], sizeof(heard->text[at]), "%s", text);
	(void)snprintf(heard->file[at], sizeof(heard->file[at]), "%s", file);
}

static inline void put(const struct fixture *f, const char *name, const char *text, size_t len)
{
	char path[512];
	FILE *to;

	(void)snprintf(path, sizeof(path), "%s" CONF_DIR "/%s", f->root, name);
	to = fopen(path, "we");
	if (!to || fwrite(text, 1, len, to) != len)
		printf("Bail out! cannot write %s\n", path);
	if (to)
		(void)fclose(to);
}

static inline void make(const struct fixture *f, const char *folder)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s%s", f->root, folder);
	if (mkdir(path, 0700) < 0)
		printf("Bail out! cannot make %s\n", path);
}

static inline bool begin(struct fixture *f)
{
	static const char folder[] = CONF_DIR "/";

	memset(f, 0, sizeof(*f));
	memcpy(f->root, "/tmp/bmchealthd-config.XXXXXX", sizeof("/tmp/bmchealthd-config.XXXXXX"));
	if (!mkdtemp(f->root))
		return false;
	for (const char *at = folder; (at = strchr(at + 1, '/'));) {
		char above[256];

		(void)snprintf(above, sizeof(above), "%.*s", (int)(at - folder), folder);
		make(f, above);
	}
	make(f, CONF_DIR "/conf.d");
	return true;
}

static inline void load(struct fixture *f)
{
	config_free(f->config);
	f->config = NULL;
	f->heard.count = 0;
	f->result = config_load(f->root, NULL, tables, hear, &f->heard, &f->config);
}

static inline void load_main(struct fixture *f, const char *text)
{
	put(f, "bmchealthd.conf", text, strlen(text));
	load(f);
}

static inline int remove_one(const char *path, const struct stat *st UNUSED, int type UNUSED,
			     struct FTW *walk UNUSED)
{
	return remove(path);
}

static inline void end(struct fixture *f)
{
	(void)nftw(f->root, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	config_free(f->config);
}

static inline bool says(const struct heard *heard, unsigned line, const char *part)
{
	for (size_t i = 0; i < heard->count && i < HEARD_MAX; i++) {
		if (heard->line[i] == line && strstr(heard->text[i], part))
			return true;
	}
	for (size_t i = 0; i < heard->count && i < HEARD_MAX; i++)
		printf("# heard line %u: %s\n", heard->line[i], heard->text[i]);
	return false;
}

static inline bool has_default(const struct fixture *f, const char *group, const char *key)
{
	const char *file = "?";
	unsigned line = 1;

	config_where(f->config, group, key, &file, &line);
	return !file && line == 0;
}
