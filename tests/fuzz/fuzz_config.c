/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a configuration file: refused with a complaint, or taken without one, and then
 * what is dumped loads again as the same.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 forgets the text it had just read when it meets a syntax error. */
const char *__lsan_default_suppressions(void)
{
	return "leak:strbuf_append\nleak:libconfig_yylex\n";
}

static const struct option probe_rows[] = {
	{ "slab", "enabled", OPTION_BOOL, 0, 0, "true", NULL, NULL, "Watch it." },
	{ "slab", "signed", OPTION_INT, -5e15, 5e15, "-3", NULL, NULL, "Any number." },
	{ "slab", "real", OPTION_REAL, -1e300, 1e300, "0.5", NULL, NULL, "Any number." },
	{ "slab", "label", OPTION_TEXT, 0, 0, "a", NULL, NULL, "Any text." },
	{ .key = NULL },
};
static const struct option *const tables[] = { option_table, probe_rows, NULL };

static void hear(void *user, const char *file, unsigned line, const char *text)
{
	unsigned *count = user;

	*count += file[0] != '\0' && text[0] != '\0' && line < 1u << 30;
}

static void expect(bool is_so)
{
	if (!is_so)
		abort();
}

/* Loads `data` as a file without a name or a conf.d; NULL: refused. */
static struct config *load(const void *data, size_t size)
{
	SCOPED(close_fd) int fd = memfd_create("config", MFD_CLOEXEC);
	struct config *config = NULL;
	unsigned complaints = 0;
	char path[64];
	int r;

	expect(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = config_load("", path, tables, hear, &complaints, &config);
	expect((r == 0) == (config != NULL) && (r == 0) == (complaints == 0));
	return config;
}

static char *dump(const struct config *config, size_t *ret_len)
{
	char *text = NULL;
	FILE *to = open_memstream(&text, ret_len);

	expect(to != NULL);
	config_dump(config, to);
	expect(fclose(to) == 0 && text);
	return text;
}

/* The comments tell where a value came from, which differs. */
static void cut_comments(char *text)
{
	char *to = text;

	for (const char *at = text; *at; at++) {
		if (at[0] == ';' && at[1] == ' ' && at[2] == '#')
			at += strcspn(at, "\n");
		*to++ = *at;
	}
	*to = '\0';
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SCOPED(free_ptr) char *first = NULL, *second = NULL;
	struct config *config = load(data, size);
	size_t len;

	if (!config)
		return 0;
	first = dump(config, &len);
	config_free(config);
	config = load(first, len);
	expect(config != NULL);
	second = dump(config, &len);
	config_free(config);
	cut_comments(first);
	cut_comments(second);
	expect(strcmp(first, second) == 0);
	return 0;
}
