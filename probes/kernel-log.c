/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When journald begins another file, the old one is read to its end and the new one from there on.
 */
#include "probes/kernel-log.h"

#include <stdio.h>
#include <sys/stat.h>
#include <systemd/sd-journal.h>

#include "base/fsio.h"

#define MACHINE_ID_MAX 40
#define FIELD	       "MESSAGE="

struct kernel_log {
	char root[FS_PATH_MAX];
	wall_us since;
	sd_journal *journal;
	dev_t device;
	ino_t inode;
};

static void journal_close(sd_journal **slot)
{
	sd_journal_close(*slot);
}

/* The file that is being written: the lasting journal's, else that of this boot alone. */
static int find_file(const char *root, char path[FS_PATH_MAX], struct stat *ret)
{
	static const char *const folders[] = { "/var/log/journal", "/run/log/journal" };
	char id[MACHINE_ID_MAX];
	ssize_t len = fs_read(root, "/etc/machine-id", id, sizeof(id));
	int error = -ENOENT;

	if (len < 0)
		return (int)len;
	id[strcspn(id, "\n")] = '\0';
	if (id[0] == '\0' || strchr(id, '/'))
		return -ENOENT;
	for (size_t i = 0; i < COUNT_OF(folders); i++) {
		const int n =
			snprintf(path, FS_PATH_MAX, "%s%s/%s/system.journal", root, folders[i], id);

		if (n < 0 || n >= FS_PATH_MAX)
			return -ENAMETOOLONG;
		if (stat(path, ret) == 0)
			return 0;
		if (errno != ENOENT && errno != ENOTDIR)
			error = neg_errno();
	}
	return error;
}

/* Behind the last one read; sd_journal_seek_tail() would never see what comes into an empty log. */
static int seek(sd_journal *journal, wall_us since)
{
	int r = sd_journal_add_match(journal, "_TRANSPORT=kernel", 0);

	if (r == 0)
		r = sd_journal_set_data_threshold(journal, KERNEL_LOG_TEXT_MAX);
	if (r == 0)
		r = sd_journal_seek_realtime_usec(journal, (uint64_t)since.v);
	return r;
}

static int open_file(struct kernel_log *log, const char *path, const struct stat *file)
{
	SCOPED(journal_close) sd_journal *journal = NULL;
	const char *const paths[] = { path, NULL };
	int r = sd_journal_open_files(&journal, (const char **)paths, 0);

	if (r == 0)
		r = seek(journal, log->since);
	if (r < 0)
		return r;
	sd_journal_close(log->journal);
	log->journal = TAKE(journal);
	log->device = file->st_dev;
	log->inode = file->st_ino;
	return 0;
}

static void log_free_slot(struct kernel_log **slot)
{
	kernel_log_free(*slot);
}

int kernel_log_open(const char *root, wall_us since, struct kernel_log **ret)
{
	SCOPED(log_free_slot) struct kernel_log *log = calloc(1, sizeof(*log));
	char path[FS_PATH_MAX];
	struct stat file = { 0 };
	int r;

	if (!log)
		return -ENOMEM;
	(void)snprintf(log->root, sizeof(log->root), "%s", root);
	log->since = since;
	r = find_file(root, path, &file);
	if (r == 0)
		r = open_file(log, path, &file);
	if (r == 0)
		*ret = TAKE(log);
	return r;
}

void kernel_log_free(struct kernel_log *log)
{
	if (!log)
		return;
	sd_journal_close(log->journal);
	free(log);
}

/* 1: journald writes another file now; 0: it does not, or nobody knows; -errno. */
static int follow(struct kernel_log *log)
{
	char path[FS_PATH_MAX];
	struct stat file = { 0 };
	int r;

	if (find_file(log->root, path, &file) < 0)
		return 0; /* between two files */
	if (file.st_dev == log->device && file.st_ino == log->inode)
		return 0;
	r = open_file(log, path, &file);
	return r < 0 ? r : 1;
}

static int copy_message(sd_journal *journal, char *text, size_t max)
{
	const void *data = NULL;
	size_t len = 0;
	const int r = sd_journal_get_data(journal, "MESSAGE", &data, &len);

	text[0] = '\0';
	if (r == -ENOENT || (r == 0 && len < strlen(FIELD)))
		return 0;
	if (r < 0)
		return r;
	len = (size_t)min_i64((int64_t)(len - strlen(FIELD)), (int64_t)max - 1);
	memcpy(text, (const char *)data + strlen(FIELD), len);
	text[len] = '\0';
	return 0;
}

int kernel_log_next(struct kernel_log *log, char *text, size_t max)
{
	uint64_t at;
	int r = sd_journal_next(log->journal);

	if (r == 0) {
		r = follow(log);
		if (r > 0)
			r = sd_journal_next(log->journal);
	}
	if (r <= 0)
		return r;
	r = sd_journal_get_realtime_usec(log->journal, &at);
	if (r == 0)
		r = copy_message(log->journal, text, max);
	if (r < 0)
		return r;
	log->since.v = (int64_t)at + 1;
	return 1;
}

wall_us kernel_log_since(const struct kernel_log *log)
{
	return log->since;
}
