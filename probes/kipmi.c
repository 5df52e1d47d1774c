/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The thread is searched for once, by its name, and then looked at by its number; a number that
 * has become another's is seen by the name that stands beside it.
 */
#include "probes/kipmi.h"

#include <dirent.h>
#include <stdio.h>

#include "base/fsio.h"
#include "base/parse.h"

#define STAT_MAX      512
#define NAME_MAX_LEN  24
#define SEARCH_AFTER  20 /* looks; a search reads each process once */
#define PROCESSES_MAX 65536
#define FIELD_UTIME   14 /* proc(5); the state is the third */
#define MIN_SPAN_US   USEC_PER_SEC

bool kipmi_parse(const char *text, const char *name, uint64_t *ret_ticks)
{
	const char *open = strchr(text, '('), *at = strrchr(text, ')'), *end;
	const size_t len = strlen(name);
	uint64_t user, system, sum;

	if (!open || !at || at - open - 1 != (ptrdiff_t)len || memcmp(open + 1, name, len) != 0)
		return false;
	for (int field = 2; field < FIELD_UTIME; field++) {
		at = strchr(at + 1, ' ');
		if (!at)
			return false;
	}
	if (parse_u64(at + 1, &user, &end) < 0 || *end != ' ' ||
	    parse_u64(end + 1, &system, &end) < 0 || *end != ' ' ||
	    __builtin_add_overflow(user, system, &sum))
		return false;
	*ret_ticks = sum;
	return true;
}

static bool stat_read(const char *sysroot, pid_t pid, const char *name, uint64_t *ret_ticks)
{
	char path[64], text[STAT_MAX];

	(void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	return fs_read(sysroot, path, text, sizeof(text)) > 0 && kipmi_parse(text, name, ret_ticks);
}

static void dir_close(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

static pid_t search(const char *sysroot, const char *name)
{
	char path[FS_PATH_MAX];
	const int n = snprintf(path, sizeof(path), "%s/proc", sysroot);
	SCOPED(dir_close) DIR *dir = n > 0 && (size_t)n < sizeof(path) ? opendir(path) : NULL;
	const struct dirent *entry;
	uint64_t ticks;

	/* cppcheck-suppress readdirCalled ; one thread only */
	for (int i = 0; dir && i < PROCESSES_MAX && (entry = readdir(dir)); i++) {
		const char *end;
		uint64_t pid;

		if (parse_u64(entry->d_name, &pid, &end) == 0 && *end == '\0' && pid < INT32_MAX &&
		    stat_read(sysroot, (pid_t)pid, name, &ticks))
			return (pid_t)pid;
	}
	return 0;
}

static bool find(struct kipmi *k, const char *sysroot, const char *name, uint64_t *ret_ticks)
{
	if (k->pid > 0 && stat_read(sysroot, k->pid, name, ret_ticks))
		return true;
	k->at.v = 0;
	if (k->patience > 0) {
		k->patience--;
		return false;
	}
	k->patience = SEARCH_AFTER;
	k->pid = search(sysroot, name);
	return k->pid > 0 && stat_read(sysroot, k->pid, name, ret_ticks);
}

bool kipmi_load(struct kipmi *k, const char *sysroot, unsigned interface, mono_us now,
		int64_t *ret_permille)
{
	const long per_second = sysconf(_SC_CLK_TCK);
	const mono_us since = k->at;
	const uint64_t before = k->ticks;
	char name[NAME_MAX_LEN];
	uint64_t ticks;
	double seconds;

	(void)snprintf(name, sizeof(name), "kipmi%u", interface);
	if (!find(k, sysroot, name, &ticks))
		return false;
	k->at = now;
	k->ticks = ticks;
	if (since.v == 0 || per_second <= 0 || ticks < before ||
	    mono_since(now, since) < MIN_SPAN_US)
		return false;
	seconds = (double)(ticks - before) / (double)per_second;
	*ret_permille =
		(int64_t)(1000 * seconds * (double)USEC_PER_SEC / (double)mono_since(now, since) +
			  0.5);
	return true;
}
