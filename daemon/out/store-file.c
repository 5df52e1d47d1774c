/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store's file comes and goes: opened when needed, noticed when somebody takes it away, moved
 * aside when it is damaged.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>

#include "out/store-internal.h"

/* Damaged files are kept for whoever wants to rescue something, but a dying disk must not fill up
 * with them. */
#define ASIDE_MAX 3

static const char aside_prefix[] = "history.db.corrupt-";

void store_file_close(struct store *store)
{
	store_db_close(&store->db);
	series_forget_ids(&store->series);
	for (uint32_t i = 0; i < store->seats_count; i++) {
		store->seats[i].id = 0;
		store->seats[i].is_unsaved = store->seats[i].has_identity;
		store->seats[i].has_open = false;
	}
}

/* Refused to write, SQLite tries to read and then says that there is no file: what the folder says
 * is nearer to the cause. */
static int folder_error(const struct store *store)
{
	if (mkdir(store->dir, 0750) < 0 && errno != EEXIST)
		return neg_errno();
	if (faccessat(AT_FDCWD, store->dir, W_OK | X_OK, AT_EACCESS) < 0)
		return neg_errno();
	return -ENOENT;
}

int store_file_open(struct store *store)
{
	struct stat st = { 0 };
	int r;

	if (store->db.handle)
		return 0;
	(void)mkdir(store->dir, 0750); /* if this is what is wrong, opening says so */
	r = store_db_open(&store->db, store->path, store->limits.max_bytes, !store->was_checked);
	if (r < 0)
		return r == -ENOENT ? folder_error(store) : r;
	if (!store->was_checked)
		r = store_db_run(&store->db, SQL_EXPIRE_SERIES, NULL);
	if (r == 0)
		r = store_shrink(store); /* the limit may be a lower one than the last time */
	if (r == 0 && stat(store->path, &st) < 0)
		r = neg_errno();
	if (r < 0) {
		store_file_close(store);
		return r;
	}
	store->was_checked = true;
	store->device = st.st_dev;
	store->inode = st.st_ino;
	return 0;
}

bool store_file_is_there(const struct store *store)
{
	struct stat st;

	return stat(store->path, &st) == 0 && st.st_dev == store->device &&
	       st.st_ino == store->inode;
}

/* The damaged files themselves, not the journals beside them. */
static int is_aside(const struct dirent *entry)
{
	const char *name = entry->d_name;
	const size_t n = strlen(name);

	return strncmp(name, aside_prefix, strlen(aside_prefix)) == 0 &&
	       strcmp(name + n - 4, "-wal") != 0;
}

static void remove_aside(const struct store *store, const char *name)
{
	char path[FS_PATH_MAX + 300];

	(void)snprintf(path, sizeof(path), "%s/%s", store->dir, name);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/%s-wal", store->dir, name);
	(void)unlink(path);
}

/* The oldest go: the time is in the name, so the order of names is the order of time. */
static void make_room_aside(const struct store *store)
{
	struct dirent **names = NULL;
	const int count = scandir(store->dir, &names, is_aside, alphasort);

	for (int i = 0; i < count; i++) {
		if (i <= count - ASIDE_MAX)
			remove_aside(store, names[i]->d_name);
		free(names[i]);
	}
	free(names);
}

int store_file_move_aside(const struct store *store, char *ret_name)
{
	char stamp[CLOCK_TEXT_MAX], from[FS_PATH_MAX + 8], to[FS_PATH_MAX + 8];
	int n;

	make_room_aside(store);
	clock_format_wall(store->now, stamp);
	n = snprintf(ret_name, FS_PATH_MAX, "%s/%s%s", store->dir, aside_prefix, stamp);
	if (n < 0 || n >= FS_PATH_MAX)
		return -ENAMETOOLONG;
	if (rename(store->path, ret_name) < 0)
		return neg_errno();
	(void)snprintf(from, sizeof(from), "%s-wal", store->path);
	(void)snprintf(to, sizeof(to), "%s-wal", ret_name);
	(void)rename(from, to); /* mostly there is none */
	(void)snprintf(from, sizeof(from), "%s-shm", store->path);
	(void)unlink(from);
	return 0;
}
