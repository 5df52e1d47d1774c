/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthctl replay: recorded samples through the daemon's own judgement of trends, in the time
 * of the recording.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "cli/command.h"
#include "cli/csv.h"
#include "cli/record.h"

#define BLOCK_SIZE     262144
#define COMPLAINTS_MAX 20
#define PROGRESS_ROWS  1048576
#define LINE_MAX_JSON  4096

struct replay {
	const char *path;
	int fd;
	bool shows_progress, has_header;
	int64_t size, taken; /* bytes; size 0: not known */
	uint64_t line, rows, bad;
	struct csv csv;
	struct trend *trend;
	size_t len; /* bytes in block */
	char block[BLOCK_SIZE];
};

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

static void complain(struct replay *r, const char *why)
{
	if (r->bad++ < COMPLAINTS_MAX)
		(void)fprintf(stderr, "%s:%" PRIu64 ": %s\n", r->path, r->line, why);
}

static void progress(const struct replay *r)
{
	(void)fprintf(stderr, "\r%" PRIu64 " rows", r->rows);
	if (r->size > 0)
		(void)fprintf(stderr, ", %d %%", (int)(100 * r->taken / r->size));
}

static void take_sample(void *user, const struct trend_sample *sample)
{
	struct replay *r = user;
	struct trend_event events[TREND_EVENTS_MAX];
	const size_t count = trend_feed(r->trend, sample, events, COUNT_OF(events));

	for (size_t i = 0; i < count; i++)
		print_event(&events[i]);
	if (++r->rows % PROGRESS_ROWS == 0 && r->shows_progress)
		progress(r);
}

static void take_row(struct replay *r, const char *text, size_t len)
{
	struct trend_sample sample;
	const char *why = "";

	if (len == 0)
		return;
	if (csv_row(&r->csv, text, len, &sample, &why) < 0) {
		complain(r, why);
		return;
	}
	take_sample(r, &sample);
}

/* 0; -EINVAL: no header, so nothing can be read. */
static int take_line(struct replay *r, const char *text, size_t len)
{
	const char *why = "";

	r->line++;
	if (r->has_header) {
		take_row(r, text, len);
		return 0;
	}
	r->has_header = csv_header(&r->csv, text, len, &why) == 0;
	if (!r->has_header)
		complain(r, why);
	return r->has_header ? 0 : -EINVAL;
}

/* The whole lines in the block; the beginning of the next moves to its front. */
static int take_block(struct replay *r)
{
	const char *at = r->block, *end = r->block + r->len, *newline;

	while ((newline = memchr(at, '\n', (size_t)(end - at)))) {
		const int error = take_line(r, at, (size_t)(newline - at));

		if (error < 0)
			return error;
		at = newline + 1;
	}
	r->len = (size_t)(end - at);
	if (r->len > CSV_ROW_MAX) {
		r->line++;
		complain(r, "a row longer than 4096 bytes: this is no such file");
		return -EINVAL;
	}
	memmove(r->block, at, r->len);
	return 0;
}

/* 0; -EINVAL: said; other -errno. */
static int replay_all(struct replay *r)
{
	for (;;) {
		const ssize_t n = read(r->fd, r->block + r->len, sizeof(r->block) - r->len);
		int error;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return neg_errno();
		if (n == 0)
			return r->len > 0 ? take_line(r, r->block, r->len) : 0;
		r->len += (size_t)n;
		r->taken += n;
		error = take_block(r);
		if (error < 0)
			return error;
	}
}

static int replay_open(struct replay *r)
{
	struct stat st;

	r->shows_progress = isatty(STDERR_FILENO) == 1;
	r->fd = STDIN_FILENO;
	if (strcmp(r->path, "-") != 0)
		r->fd = open(r->path, O_RDONLY | O_CLOEXEC);
	if (r->fd < 0)
		return neg_errno();
	if (fstat(r->fd, &st) == 0 && S_ISREG(st.st_mode))
		r->size = st.st_size;
	r->trend = trend_new(true);
	return r->trend ? 0 : -ENOMEM;
}

static void replay_free(struct replay **slot)
{
	if (!*slot)
		return;
	trend_free((*slot)->trend);
	if ((*slot)->fd > STDIN_FILENO)
		(void)close((*slot)->fd);
	free(*slot);
}

static int report(const struct replay *r, int error)
{
	if (r->shows_progress)
		(void)fprintf(stderr, "\r%" PRIu64 " rows          \n", r->rows);
	if (error < 0 && error != -EINVAL) {
		(void)fprintf(stderr, "bmchealthctl: %s: %s\n", r->path, strerror(-error));
		return CODE_UNKNOWN;
	}
	if (!r->has_header && r->bad == 0)
		(void)fprintf(stderr, "bmchealthctl: %s: is empty\n", r->path);
	if (r->bad > COMPLAINTS_MAX)
		(void)fprintf(stderr, "bmchealthctl: %s: %" PRIu64 " rows cannot be read in all\n",
			      r->path, r->bad);
	return r->bad > 0 || !r->has_header ? CODE_DATA : CODE_OK;
}

static int replay_store(const struct command_env *env, const char *target, struct replay *r)
{
	SCOPED(record_close) struct record record;
	const int code = record_open(env, target, &record);
	int error;

	if (code != CODE_OK)
		return code;
	r->path = record.name;
	r->has_header = true;
	r->trend = trend_new(true);
	error = r->trend ? history_samples(record.history, record.target, record.since, take_sample,
					   r)
			 : -ENOMEM;
	if (fflush(stdout) != 0 && error == 0)
		error = neg_errno();
	return report(r, error);
}

static int replay_run(const struct command_env *env, int argc, char **argv)
{
	SCOPED(replay_free) struct replay *r = calloc(1, sizeof(*r));
	int error;

	if (env->is_from_store == (env->csv_path != NULL) || (argc > 0 && !env->is_from_store)) {
		(void)fprintf(stderr,
			      "bmchealthctl: replay: what? Try `bmchealthctl help replay`.\n");
		return CODE_USAGE;
	}
	if (!r)
		return CODE_UNKNOWN;
	r->fd = -1;
	if (env->is_from_store)
		return replay_store(env, argc > 0 ? argv[0] : NULL, r);
	r->path = env->csv_path;
	r->fd = -1;
	error = replay_open(r);
	if (error == 0)
		error = replay_all(r);
	if (fflush(stdout) != 0 && error == 0)
		error = neg_errno();
	return report(r, error);
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
		"firmware.\n"
		"Prints one JSON object per event. Rows that cannot be read are named on standard\n"
		"error and left out. Exit status: 0, 3 cannot be opened, 65 there were such "
		"rows.\n",
	.max_arguments = 1,
	.run = replay_run,
};
