/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An opener in the status document.
 */
#include "engine/document.h"

static void json_moment(struct buf *b, const char *key, mono_us at, mono_us now, wall_us wall)
{
	char text[CLOCK_TEXT_MAX];

	clock_format_wall((wall_us){ wall.v - mono_since(now, at) }, text);
	buf_json_string(b, key, text);
}

static void json_text(struct buf *b, const char *key, const char *text)
{
	buf_json_string(b, key, *text ? text : NULL);
}

static void json_uid(struct buf *b, const char *key, uint32_t uid)
{
	if (uid != OPENER_NO_UID)
		buf_json_i64(b, key, uid);
}

static void json_who(struct buf *b, const struct opener *who, bool is_full)
{
	json_text(b, "name", who->comm);
	if (who->kind == OPENER_KERNEL)
		return;
	if (is_full) {
		buf_json_i64(b, "pid", who->pid);
		json_text(b, "executable", who->exe);
		json_uid(b, "login_uid", who->login_uid);
	}
	json_text(b, "unit", who->unit);
	json_text(b, "container", who->container);
	json_text(b, "parent", who->parent);
	json_uid(b, "uid", who->uid);
}

static void json_use(struct buf *b, const char *key, const struct opener_entry *entry, mono_us now,
		     int64_t span_us)
{
	const struct opener_use use = opener_use(entry, now, span_us);

	buf_json_open(b, key, '{');
	buf_json_i64(b, "times", use.opens);
	buf_json_double(b, "seconds", (double)use.open_us / USEC_PER_SEC);
	buf_json_close(b, '}');
}

void document_opener(struct buf *b, const struct opener_entry *entry, const struct target *target,
		     mono_us now, wall_us wall, bool is_full)
{
	const struct agent_info *agent = agent_info(entry->agent);
	const mono_us last = entry->open_now > 0 ? now : entry->last;

	buf_json_open(b, NULL, '{');
	buf_json_string(b, "target", target->name);
	buf_json_bool(b, "is_kernel", entry->who.kind == OPENER_KERNEL);
	json_who(b, &entry->who, is_full);
	buf_json_i64(b, "open_now", entry->open_now);
	json_moment(b, "first", entry->first, now, wall);
	json_moment(b, "last", last, now, wall);
	json_use(b, "hour", entry, now, USEC_PER_HOUR);
	json_use(b, "day", entry, now, USEC_PER_DAY);
	buf_json_i64(b, "times", (int64_t)entry->opens);
	buf_json_string(b, "agent", agent->name);
	buf_json_string(b, "what", agent->title);
	buf_json_string(b, "cost", agent->cost);
	buf_json_string(b, "calm", agent->calm);
	buf_json_close(b, '}');
}
