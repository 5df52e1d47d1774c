/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One lock for all stations, and what is said of keeping quiet.
 */
#include <stdio.h>

#include "engine/internal.h"

static void say_too_long(const struct engine *e, const struct quiet_report *report,
			 const char *span, char *text)
{
	const char *run_dir = e->settings->run_dir;

	if (report->are_several) {
		(void)snprintf(text, STATUS_LINE_MAX,
			       "one program after the other has held %s/" TURN_NAME
			       " for %s, the last one %s; watching goes on beside it. Next: leave "
			       "gaps between them, or run them less often",
			       run_dir, span, report->holder);
	} else {
		(void)snprintf(text, STATUS_LINE_MAX,
			       "%s has held %s/" TURN_NAME
			       " for %s; watching goes on beside it. Next: end it if it hangs; for "
			       "a longer job, bmchealthctl release or a longer daemon.quiet_max",
			       report->holder, run_dir, span);
	}
}

static void on_quiet(void *user, enum quiet_news news, const struct quiet_report *report)
{
	const struct engine *e = user;
	char text[STATUS_LINE_MAX], span[CLOCK_TEXT_MAX];

	clock_format_span(report->span_us, span);
	switch (news) {
	case QUIET_ENDED:
		(void)snprintf(text, sizeof(text),
			       "kept quiet for %s, for %s%s; %llu of our commands were left out "
			       "for it, which says nothing about the BMC",
			       span, report->are_several ? "several programs, the last one " : "",
			       report->holder, (unsigned long long)report->skipped);
		engine_say(e, MESSAGE_KEPT_QUIET, LOG_NOTICE, text);
		break;
	case QUIET_TOO_LONG:
		say_too_long(e, report, span, text);
		engine_say(e, MESSAGE_QUIET_TOO_LONG, LOG_WARNING, text);
		break;
	case QUIET_NO_LOCK:
		log_msg(LOG_WARNING,
			"%s/" TURN_NAME ": %s; the BMC is asked without waiting for others",
			e->settings->run_dir, strerror(-report->error));
		break;
	}
}

void engine_quiet_init(struct engine *e)
{
	quiet_init(&e->quiet, e->settings->run_dir, on_quiet, e);
}

void engine_quiet_configure(struct engine *e)
{
	e->quiet.most_us = config_span_us(e->config, "daemon", "quiet_max");
}

bool engine_take_turn(void *host)
{
	struct engine *e = host;

	return quiet_take(&e->quiet, clock_mono());
}

void engine_give_turn(void *host)
{
	struct engine *e = host;

	quiet_give(&e->quiet);
}

void engine_quiet_tick(struct engine *e)
{
	quiet_look(&e->quiet, clock_mono());
}

bool engine_is_quiet(void *host)
{
	const struct engine *e = host;

	return e->quiet.is_refused && !e->quiet.is_ignored;
}

void engine_render_quiet(struct engine *e, struct buf *b)
{
	const struct quiet *q = &e->quiet;
	int64_t total_us;

	engine_quiet_tick(e); /* it may be over, and nothing of ours be due */
	total_us = q->total_us + quiet_span_us(q, clock_mono());
	buf_json_open(b, "quiet", '{');
	buf_json_bool(b, "is_quiet", q->is_refused && !q->is_ignored);
	buf_json_double(b, "most_seconds", (double)q->most_us / USEC_PER_SEC);
	buf_json_string(b, "holder", q->is_refused ? q->holder : NULL);
	buf_json_i64(b, "times", (int64_t)q->times);
	buf_json_double(b, "seconds", (double)total_us / USEC_PER_SEC);
	buf_json_i64(b, "commands_left_out", (int64_t)q->skipped_ever);
	buf_json_close(b, '}');
}
