/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Windows hosts in the status document: those with findings, the worst first and not too many, and
 * numbers of the rest; and the document of all of them (RUN_DIR/hosts.sock), in fewer words.
 */
#include <stdio.h>

#include "engine/document.h"
#include "engine/internal.h"
#include "model/advice.h"

#define SHOWN_MAX	   50
#define HOSTS_DOCUMENT_MAX (8 << 20)
#define HOST_ROOM	   4096 /* the most that one takes */

static void json_wall(struct buf *b, const char *key, wall_us at)
{
	char text[CLOCK_TEXT_MAX];

	clock_format_wall(at, text);
	buf_json_string(b, key, at.v > 0 ? text : NULL);
}

static void json_numbers(struct buf *b, const struct host_summary *s)
{
	uint64_t events = 0;

	for (int i = 0; i < WINEVENT_MAX; i++)
		events += s->seen[i];
	buf_json_string(b, "severity",
			s->worst == SEVERITY_OK ? "unknown" : severity_name(s->worst));
	buf_json_string(b, "timeouts", frequency_name(s->frequency));
	buf_json_i64(b, "timeouts_hour", s->timeouts_hour);
	buf_json_i64(b, "timeouts_day", s->timeouts_day);
	buf_json_i64(b, "events", (int64_t)events);
	buf_json_i64(b, "events_held_back", (int64_t)s->held_back);
	json_wall(b, "last_event", s->last_event);
	json_wall(b, "last_heard", s->heard);
}

/* No word of health: nobody has asked it. */
static void host_verdict(const struct finding *worst, size_t count, const struct host_summary *s,
			 char *text, size_t max)
{
	static const struct target any_host = { .vendor = VENDOR_WINDOWS, .is_host = true };
	char next[ADVICE_TEXT_MAX];

	if (count > 0) {
		(void)snprintf(text, max, "%s: %s. Next: %s", finding_info(worst->kind)->summary,
			       worst->evidence.text, advice_next_step(worst, &any_host, next));
	} else {
		(void)snprintf(text, max,
			       "nothing is open: %u time-outs in a day, and silence is not health",
			       s->timeouts_day);
	}
}

/* An element of "targets". */
static void render_host(struct buf *b, const struct hosts *hosts, const struct target *target,
			uint32_t index, wall_us now)
{
	const struct host_summary s = hosts_summary(hosts, index, now);
	struct finding findings[HOST_FAMILIES];
	const size_t n = hosts_findings(hosts, index, now, findings, HOST_FAMILIES);
	char verdict[1024];

	host_verdict(findings, n, &s, verdict, sizeof(verdict));
	buf_json_open(b, NULL, '{');
	buf_json_string(b, "name", target->name);
	buf_json_string(b, "kind", "windows");
	buf_json_string(b, "verdict", verdict);
	buf_json_bool(b, "is_known", n > 0);
	json_numbers(b, &s);
	buf_json_open(b, "findings", '[');
	for (size_t i = 0; i < n; i++)
		document_finding(b, &findings[i], target, NULL);
	buf_json_close(b, ']');
	buf_json_close(b, '}');
}

void engine_render_ill_hosts(struct engine *e, struct buf *b)
{
	const struct hosts *hosts = e->winevt.hosts;
	const wall_us now = clock_wall();
	size_t shown = 0;

	if (!hosts)
		return;
	for (int severity = SEVERITY_CRITICAL; severity > SEVERITY_OK; severity--) {
		for (uint32_t t = hosts_next(hosts, TARGET_NONE);
		     t != TARGET_NONE && shown < SHOWN_MAX; t = hosts_next(hosts, t)) {
			/* winevt.severity_max makes all look alike */
			if ((int)hosts_summary(hosts, t, now).gravest != severity)
				continue;
			render_host(b, hosts, engine_target(e, t), t, now);
			shown++;
		}
	}
}

void engine_render_winevt(struct engine *e, struct buf *b)
{
	const struct winevt *w = &e->winevt;
	struct hosts_counters c = { 0 };

	if (w->hosts)
		c = hosts_counters(w->hosts);
	buf_json_open(b, "windows", '{');
	buf_json_string(b, "helper", !w->intake ? "off" : !w->has_helper ? "absent" : "hears");
	buf_json_i64(b, "hosts", c.hosts);
	buf_json_i64(b, "hosts_with_findings", c.open);
	buf_json_i64(b, "hosts_shown_at_most", SHOWN_MAX);
	buf_json_i64(b, "hosts_that_made_room", (int64_t)c.evicted);
	buf_json_i64(b, "events", (int64_t)c.events);
	buf_json_i64(b, "events_held_back", (int64_t)c.held_back);
	buf_json_i64(b, "events_of_the_future", (int64_t)c.ahead);
	buf_json_i64(b, "events_repeated", (int64_t)w->repeated);
	buf_json_i64(b, "events_unwanted", (int64_t)w->unwanted);
	buf_json_i64(b, "events_misnamed", (int64_t)w->misnamed);
	buf_json_i64(b, "bad_records", w->intake ? (int64_t)intake_counters(w->intake).bad : 0);
	buf_json_i64(b, "peers_refused",
		     w->intake ? (int64_t)intake_counters(w->intake).refused : 0);
	buf_json_close(b, '}');
}

/* --- all of them --- */

static void render_brief(struct buf *b, const struct hosts *hosts, const struct target *target,
			 uint32_t index, wall_us now)
{
	const struct host_summary s = hosts_summary(hosts, index, now);
	struct finding findings[HOST_FAMILIES];
	const size_t n = hosts_findings(hosts, index, now, findings, HOST_FAMILIES);

	buf_json_open(b, NULL, '{');
	buf_json_string(b, "name", target->name);
	buf_json_string(b, "kind", "windows");
	json_numbers(b, &s);
	buf_json_open(b, "findings", '[');
	for (size_t i = 0; i < n; i++) {
		buf_json_open(b, NULL, '{');
		buf_json_string(b, "kind", finding_info(findings[i].kind)->name);
		buf_json_string(b, "severity", severity_name(findings[i].severity));
		json_wall(b, "since", findings[i].since);
		buf_json_string(b, "evidence", findings[i].evidence.text);
		buf_json_close(b, '}');
	}
	buf_json_close(b, ']');
	buf_json_close(b, '}');
}

char *engine_render_hosts(void *user, bool is_full UNUSED)
{
	struct engine *e = user;
	const struct hosts *hosts = e->winevt.hosts;
	struct buf b = buf_make(HOSTS_DOCUMENT_MAX);
	const wall_us now = clock_wall();
	uint32_t t = hosts ? hosts_next(hosts, TARGET_NONE) : TARGET_NONE;
	int64_t left_out = 0;

	buf_json_open(&b, NULL, '{');
	buf_json_i64(&b, "format", DOCUMENT_FORMAT);
	json_wall(&b, "now", now);
	buf_json_open(&b, "hosts", '[');
	for (; t != TARGET_NONE; t = hosts_next(hosts, t)) {
		if (b.len > HOSTS_DOCUMENT_MAX - HOST_ROOM)
			left_out++;
		else
			render_brief(&b, hosts, engine_target(e, t), t, now);
	}
	buf_json_close(&b, ']');
	buf_json_i64(&b, "left_out", left_out);
	buf_json_close(&b, '}');
	buf_printf(&b, "\n");
	return buf_take(&b, NULL);
}
