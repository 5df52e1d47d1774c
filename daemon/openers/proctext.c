/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parsing of /proc/PID/….
 */
#include "openers/proctext.h"

#include "base/parse.h"
#include "model/opener-wire.h"

#define PART_MAX      256 /* of a cgroup's path: NAME_MAX */
#define ID_MIN	      12  /* hex digits that are taken for a container's */
#define FIELD_PARENT  4	  /* of /proc/PID/stat, proc(5) counts from 1 */
#define FIELD_START   22
#define FIELD_AT_NAME 2

/* --- stat, status --- */

/* The name in parentheses may have blanks, parentheses and newlines in it; nothing behind it has.
 */
int proctext_stat(const char *text, int32_t *ret_parent, uint64_t *ret_start_ticks)
{
	const char *at = strrchr(text, ')');
	uint64_t parent = 0, value = 0;

	if (!at)
		return -EBADMSG;
	at++;
	for (int field = FIELD_AT_NAME + 1; field <= FIELD_START; field++) {
		if (*at != ' ')
			return -EBADMSG;
		at++;
		if (field == FIELD_PARENT || field == FIELD_START) {
			if (parse_u64(at, &value, &at) < 0)
				return -EBADMSG;
			parent = field == FIELD_PARENT ? value : parent;
		} else {
			at += strcspn(at, " ");
		}
	}
	if (parent > INT32_MAX)
		return -EBADMSG;
	*ret_parent = (int32_t)parent;
	*ret_start_ticks = value;
	return 0;
}

/* "Uid:\tREAL\tEFFECTIVE\t…"; the kernel escapes newlines in "Name:" above it. */
int proctext_uid(const char *text, uint32_t *ret_uid)
{
	static const char label[] = "\nUid:\t";
	const char *at = strstr(text, label);
	uint64_t uid;

	if (!at)
		return -EBADMSG;
	if (parse_u64(at + sizeof(label) - 1, &uid, &at) < 0 || *at != '\t')
		return -EBADMSG;
	if (parse_u64(at + 1, &uid, &at) < 0 || uid > UINT32_MAX)
		return -EBADMSG;
	*ret_uid = (uint32_t)uid;
	return 0;
}

/* --- cgroup --- */

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool ends(const char *text, const char *with)
{
	const size_t len = strlen(text), n = strlen(with);

	return len > n && strcmp(text + len - n, with) == 0;
}

static size_t hex_digits(const char *text)
{
	return strspn(text, "0123456789abcdef");
}

/* "docker-ID.scope", "cri-containerd-ID.scope", "libpod-ID.scope"; or the bare ID of 64 digits. */
static const char *container_id(const char *part, size_t *ret_len)
{
	const char *id = part;

	if (ends(part, ".scope")) {
		id = strrchr(part, '-');
		if (!id)
			return NULL;
		id++;
	}
	*ret_len = hex_digits(id);
	if (*ret_len != 64 || (id[64] != '\0' && strcmp(id + 64, ".scope") != 0))
		return NULL;
	*ret_len = ID_MIN;
	return id;
}

/* Those that are named by people: systemd-nspawn, machinectl, LXC. */
static const char *container_name(const char *part, size_t *ret_len)
{
	static const struct {
		const char *before, *after;
	} shapes[] = { { "systemd-nspawn@", ".service" },
		       { "machine-", ".scope" },
		       { "lxc.payload.", "" } };

	for (size_t i = 0; i < COUNT_OF(shapes); i++) {
		const size_t before = strlen(shapes[i].before), after = strlen(shapes[i].after);

		if (!begins(part, shapes[i].before) || !ends(part, shapes[i].after) ||
		    strlen(part) <= before + after)
			continue;
		*ret_len = strlen(part) - before - after;
		return part + before;
	}
	return NULL;
}

static bool is_unit(const char *part)
{
	return ends(part, ".service") || ends(part, ".scope") || ends(part, ".socket") ||
	       ends(part, ".mount");
}

static bool is_unit_char(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	       strchr(":-_.\\@", c) != NULL;
}

/* systemd.unit(5) says what a name may have in it. A control group may be called anything, and its
 * name stands among our own words. */
static void put_unit(char *unit, size_t used, const char *part)
{
	opener_clean(unit + used, OPENER_UNIT_MAX - used, part, strlen(part));
	for (char *at = unit + used; *at != '\0'; at++) {
		if (!is_unit_char(*at))
			*at = '?';
	}
}

static bool is_users_manager(const char *unit)
{
	return begins(unit, "user@") && ends(unit, ".service") && !strchr(unit, '/');
}

/* The outermost unit counts, as for systemd: what is below is the unit's own to name. But a
 * user's manager is only the frame of the user's units; these are "user@1000/x.service", so that
 * none can be taken for one of the system's. */
static void take_part(const char *part, char *unit, char *container)
{
	size_t len = 0;
	const char *name = container_id(part, &len);

	if (!name)
		name = container_name(part, &len);
	if (name && *container == '\0')
		opener_clean(container, OPENER_CONTAINER_MAX, name, len);
	if (!is_unit(part))
		return;
	if (*unit == '\0') {
		put_unit(unit, 0, part);
	} else if (is_users_manager(unit)) {
		len = strlen(unit) - (sizeof(".service") - 1);
		unit[len++] = '/';
		put_unit(unit, len, part);
	}
}

static void take_path(const char *path, size_t len, char *unit, char *container)
{
	char part[PART_MAX] = "";
	size_t at = 0;

	while (at < len) {
		size_t n = 0;

		while (at < len && path[at] == '/')
			at++;
		if (at < len && path[at] == '_') /* systemd's escape of names with a meaning */
			at++;
		while (at + n < len && path[at + n] != '/')
			n++;
		if (n < sizeof(part)) {
			memcpy(part, path + at, n);
			part[n] = '\0';
			take_part(part, unit, container);
		}
		at += n;
	}
}

/* "0::/system.slice/x.service"; with the old hierarchies "1:name=systemd:/system.slice/…" */
void proctext_cgroup(const char *text, char *unit, char *container)
{
	*unit = '\0';
	*container = '\0';
	while (*text != '\0') {
		const size_t len = strcspn(text, "\n");
		const char *path = memchr(text, '/', len);

		if (path && (begins(text, "0::") || memmem(text, len, ":name=systemd:", 14)))
			take_path(path, len - (size_t)(path - text), unit, container);
		text += len;
		text += *text == '\n';
	}
}

/* --- names --- */

void proctext_comm(const char *text, char *comm)
{
	size_t len = strlen(text);

	if (len > 0 && text[len - 1] == '\n')
		len--;
	opener_clean(comm, OPENER_COMM_MAX, text, len);
}

void proctext_exe(const char *text, char *exe)
{
	static const char deleted[] = " (deleted)", cut[] = "...";
	size_t len = strlen(text);

	if (ends(text, deleted))
		len -= sizeof(deleted) - 1;
	if (len < OPENER_EXE_MAX) {
		opener_clean(exe, OPENER_EXE_MAX, text, len);
		return;
	}
	memcpy(exe, cut, sizeof(cut));
	opener_clean(exe + sizeof(cut) - 1, OPENER_EXE_MAX - (sizeof(cut) - 1),
		     text + len - (OPENER_EXE_MAX - sizeof(cut)), OPENER_EXE_MAX - sizeof(cut));
}
