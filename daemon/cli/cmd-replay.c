/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthctl replay: recorded samples through the daemon's own judgement of trends, in the time
 * of the recording.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/buf.h"
#include "cli/command.h"
#include "cli/judging.h"
#include "cli/record.h"
#include "cli/rows.h"
#include "out/sentence.h"

#define LINE_MAX_JSON 4096

/* As the words of the format go; what is more is said in fields of its own. */
static const char *event_word(enum trend_kind kind)
{
	switch (kind) {
	case TREND_RETURNED:
		return "confirmed";
	case TREND_CURED:
	case TREND_NOT_CURED:
		return "cleared";
	case TREND_SUSPECTED:
	case TREND_CONFIRMED:
	case TREND_CLEARED:
	case TREND_RESET:
	case TREND_CONTENTION:
	case TREND_OUTAGE:
	case TREND_IMMINENT:
	case TREND_KIND_MAX:
		break;
	}
	return trend_kind_name(kind);
}

static void seconds(struct buf *b, const char *key, int64_t us)
{
	buf_json_double(b, key, (double)us / USEC_PER_SEC);
}

static void evidence(struct buf *b, uint32_t bits)
{
	buf_json_open(b, "evidence", '[');
	for (int i = 0; i < TREND_EVIDENCE_MAX; i++)
		if ((bits & 1u << i) != 0)
			buf_json_string(b, NULL, trend_evidence_info((enum trend_evidence)i)->name);
	buf_json_close(b, ']');
}

static void reset_fields(struct buf *b, const struct trend_event *event)
{
	buf_json_string(b, "reset_kind",
			event->reset == TREND_RESET_NONE ? NULL : trend_reset_name(event->reset));
	evidence(b, event->evidence);
	buf_json_i64(b, "sure_percent", event->sure);
	if (event->uptime_s >= 0)
		buf_json_i64(b, "controller_uptime_s", event->uptime_s);
}

static void ramp_fields(struct buf *b, const struct trend_event *event)
{
	buf_json_string(b, "channel", trend_channel_name(event->channel));
	buf_json_i64(b, "window_h", event->window_h);
	buf_json_double(b, "rise", event->rise);
	if (event->rise_since > 0)
		buf_json_double(b, "rise_since_restart", event->rise_since);
	buf_json_i64(b, "teeth", event->teeth);
	if (!event->has_ttf)
		return;
	buf_json_double(b, "ttf_s", event->ttf_s);
	buf_json_double(b, "ttf_low_s", event->ttf_low_s);
	buf_json_double(b, "ttf_high_s", event->ttf_high_s);
}

static void print_event(const struct trend_event *event)
{
	struct buf b = buf_make(LINE_MAX_JSON);

	buf_json_open(&b, NULL, '{');
	seconds(&b, "t_mono", event->mono.v);
	buf_json_i64(&b, "t_wall", event->wall.v / USEC_PER_SEC);
	buf_json_string(&b, "event", event_word(event->kind));
	buf_json_string(&b, "detail", trend_kind_name(event->kind));
	if (event->window_h > 0)
		ramp_fields(&b, event);
	if (event->kind == TREND_CONTENTION)
		buf_json_i64(&b, "period_s", event->period_s);
	reset_fields(&b, event);
	buf_json_close(&b, '}');
	if (b.error == 0)
		(void)puts(b.text);
	buf_done(&b);
}

struct replay {			 /* either of them */
	struct trend *trend;	 /* owned; for events */
	struct judging *judging; /* owned; for findings in words */
	struct target target;
	bool has_told[FINDING_KIND_MAX], has_told_end; /* what to do next */
};

/* The same advice fifty times hides what is found: once for each kind. */
static void cut_next(struct replay *r, enum finding_kind kind, bool is_over, char *text)
{
	bool *has_told = is_over ? &r->has_told_end : &r->has_told[kind];
	char *next = strstr(text, " Next: ");

	if (next && *has_told)
		*next = '\0';
	*has_told = true;
}

static void print_finding(void *user, const struct finding *finding, enum finding_change change)
{
	struct replay *r = user;
	char at[CLOCK_TEXT_MAX], text[SENTENCE_MAX];

	clock_format_wall(finding->changed, at);
	sentence_of(finding, change, &r->target, text, sizeof(text));
	cut_next(r, finding->kind, finding_is_over(change), text);
	(void)printf("%s %s: %s\n", at,
		     finding_is_over(change) ? severity_name(SEVERITY_NOTICE)
					     : severity_name(finding->severity),
		     text);
}

static void take_sample(void *user, const struct trend_sample *sample)
{
	struct replay *r = user;
	struct trend_event events[TREND_EVENTS_MAX];
	size_t count;

	if (r->judging) {
		judging_feed(r->judging, sample);
		return;
	}
	count = trend_feed(r->trend, sample, events, COUNT_OF(events));
	for (size_t i = 0; i < count; i++)
		print_event(&events[i]);
}

/* Lines leave at once: who feeds it slowly, through a pipe, sees the findings come. */
static bool replay_init(struct replay *r, bool wants_words)
{
	const struct judging_listener listener = { .on_finding = print_finding, .user = r };

	if (wants_words) {
		(void)setvbuf(stdout, NULL, _IOLBF, 0);
		r->judging = judging_new(&listener);
	} else {
		r->trend = trend_new(true);
	}
	return r->trend || r->judging;
}

static void replay_done(struct replay *r)
{
	trend_free(r->trend);
	judging_free(r->judging);
}

static void free_rows(struct rows **slot)
{
	rows_free(*slot);
}

static int replay_store(const struct command_env *env, const char *target, struct replay *r)
{
	SCOPED(record_close) struct record record;
	const int code = record_open(env, target, &record);
	int error;

	if (code != CODE_OK)
		return code;
	(void)snprintf(r->target.name, sizeof(r->target.name), "%.63s", record.name);
	error = history_samples(record.history, record.target, record.since, take_sample, r);
	if (error == 0)
		return CODE_OK;
	(void)fprintf(stderr, "bmchealthctl: %s: %s\n", record.name, strerror(-error));
	return CODE_UNKNOWN;
}

static int replay_csv(const char *path, const char *target, struct replay *r)
{
	SCOPED(free_rows) struct rows *rows = NULL;
	const int code = rows_open(path, false, &rows);

	rows_name(path, target, r->target.name);
	return code == CODE_OK ? rows_read(rows, take_sample, r) : code;
}

static int replay_run(const struct command_env *env, int argc, char **argv)
{
	SCOPED(replay_done) struct replay r = { 0 };
	const char *target = argc > 0 ? argv[0] : NULL;
	int code;

	if (env->is_from_store == (env->csv_path != NULL) ||
	    (argc > 0 && !env->is_from_store && !env->wants_words)) {
		(void)fprintf(stderr,
			      "bmchealthctl: replay: what? Try `bmchealthctl help replay`.\n");
		return CODE_USAGE;
	}
	if (!replay_init(&r, env->wants_words))
		return CODE_UNKNOWN;
	code = env->is_from_store ? replay_store(env, target, &r)
				  : replay_csv(env->csv_path, target, &r);
	if (fflush(stdout) == 0)
		return code;
	(void)fprintf(stderr, "bmchealthctl: standard output: %s\n", strerror(-neg_errno()));
	return CODE_UNKNOWN;
}

const struct command command_replay = {
	.name = "replay",
	.arguments = "[TARGET]",
	.summary = "recorded latencies through the daemon's judgement of trends",
	.help = "--from-store: the samples of TARGET that the daemon has kept (--since WHEN: of "
		"late).\n"
		"--csv FILE: a recording. FILE (-: standard input) has the columns that its first "
		"line names: t_wall, "
		"t_mono\n"
		"(seconds), boot_id, probe (0 cheap, 1 costly), status (0 ok, 1 time-out, 2 "
		"error),\n"
		"lat_us, others (1: another process held the device), evid (bits of what tells of "
		"a\n"
		"restart); and, where known, sel_entries, foreign (transactions per hour), "
		"firmware,\n"
		"contended (1: it had to wait for others' commands, so lat_us is not judged).\n"
		"Prints one JSON object per event; with --words, what the journal would have said "
		"of\n"
		"each finding, and when, with what to do next once for each kind (TARGET: what to\n"
		"call the controller of a recording). Rows that cannot be read are named on\n"
		"standard error and left out. Exit status: 0, 3 cannot be opened, 65 there were\n"
		"such rows.\n",
	.max_arguments = 1,
	.run = replay_run,
};
