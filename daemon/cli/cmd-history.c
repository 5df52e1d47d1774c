/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthctl history: latency, time-outs, restarts of the controller and findings on one axis of
 * time; in the terminal, as a picture, or as figures by the hour.
 */
#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "base/buf.h"
#include "base/parse.h"
#include "cli/chart.h"
#include "cli/command.h"
#include "cli/csv.h"
#include "cli/plot.h"
#include "cli/record.h"

#define WIDTH_PIPED  80
#define DOCUMENT_MAX (8 << 20)
#define RISE_BINS    1000 /* of a picture */

struct past { /* the first of two passes: the span, and the restarts in it */
	struct trend *trend;
	enum trend_probe probe;
	wall_us first, last;
	struct view_restart restarts[VIEW_MARKS_MAX];
	size_t restart_count;
};

static void remember(struct past *p, const struct trend_event *event)
{
	if (event->kind != TREND_RESET || event->reset < TREND_RESET_DROP)
		return;
	if (p->restart_count == VIEW_MARKS_MAX) {
		p->restart_count--;
		memmove(p->restarts, p->restarts + 1, p->restart_count * sizeof(p->restarts[0]));
	}
	p->restarts[p->restart_count++] = (struct view_restart){
		.at = { event->wall.v - max_i64(event->uptime_s, 0) * USEC_PER_SEC },
		.evidence = event->evidence,
		.sure = event->sure,
		.reset = event->reset,
	};
}

static void look(void *user, const struct trend_sample *sample)
{
	struct past *p = user;
	struct trend_event events[TREND_EVENTS_MAX];
	const size_t n = trend_feed(p->trend, sample, events, COUNT_OF(events));

	for (size_t i = 0; i < n; i++)
		remember(p, &events[i]);
	if (p->first.v == 0 || sample->wall.v < p->first.v)
		p->first = sample->wall;
	p->last.v = max_i64(p->last.v, sample->wall.v);
}

static void add_sample(void *user, const struct trend_sample *sample)
{
	view_add(user, sample);
}

static void add_finding(void *user, const struct finding *finding, wall_us closed)
{
	view_add_finding(user, finding, closed);
}

/* --- how it is shown --- */

static struct chart_style style_of(void)
{
	const char *columns = getenv("COLUMNS");
	const bool is_terminal = isatty(STDOUT_FILENO) == 1;
	struct chart_style style = { .width = WIDTH_PIPED };
	struct winsize size;
	const char *end;
	uint64_t width;

	(void)setlocale(LC_CTYPE, "");
	style.has_unicode = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	style.has_colour = is_terminal && !getenv("NO_COLOR");
	if (columns && parse_u64(columns, &width, &end) == 0 && *end == '\0' && width > 0)
		style.width = (size_t)min_i64((int64_t)min_i64((int64_t)width, 100000), 100000);
	else if (is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		style.width = size.ws_col;
	return style;
}

static size_t hours(wall_us from, wall_us to)
{
	return (size_t)min_i64(max_i64((to.v - from.v + USEC_PER_HOUR - 1) / USEC_PER_HOUR, 1),
			       VIEW_BINS_MAX);
}

static size_t bins_of(const struct command_env *env, const struct chart_style *style, wall_us from,
		      wall_us to)
{
	if (env->wants_json || env->csv_path)
		return hours(from, to);
	if (env->svg_path || env->png_path)
		return (size_t)min_i64((int64_t)hours(from, to), RISE_BINS);
	return chart_bins(style);
}

static void print_bin(FILE *file, const struct view *v, size_t i)
{
	const struct view_bin *bin = &v->bins[i];
	char text[CLOCK_TEXT_MAX];

	if (bin->samples == 0)
		return;
	clock_format_wall(view_bin_start(v, i), text);
	(void)fprintf(file, "%s,%" PRIu32 ",%" PRIu32, text, bin->samples, bin->timeouts);
	if (bin->answers == 0) {
		(void)fprintf(file, ",,,\n");
		return;
	}
	(void)fprintf(file, ",%.0f,%.0f,%.0f\n", view_quantile(bin, 0.2), view_quantile(bin, 0.5),
		      view_quantile(bin, 0.9));
}

static int print_csv(const struct view *v, const char *path)
{
	const bool is_file = strcmp(path, "-") != 0;
	SCOPED(csv_close) FILE *owned = is_file ? fopen(path, "we") : NULL;
	FILE *file = is_file ? owned : stdout;

	if (!file)
		return neg_errno();
	(void)fprintf(file, "time,samples,timeouts,q20_us,q50_us,q90_us\n");
	for (size_t i = 0; i < v->count; i++)
		print_bin(file, v, i);
	return fflush(file) != 0 ? neg_errno() : 0;
}

static void json_time(struct buf *b, const char *key, wall_us at)
{
	char text[CLOCK_TEXT_MAX];

	clock_format_wall(at, text);
	buf_json_string(b, key, at.v > 0 ? text : NULL);
}

static void json_bin(struct buf *b, const struct view *v, size_t i)
{
	const struct view_bin *bin = &v->bins[i];

	if (bin->samples == 0)
		return;
	buf_json_open(b, NULL, '{');
	json_time(b, "time", view_bin_start(v, i));
	buf_json_i64(b, "samples", bin->samples);
	buf_json_i64(b, "timeouts", bin->timeouts);
	if (bin->answers > 0) {
		buf_json_i64(b, "q20_us", (int64_t)view_quantile(bin, 0.2));
		buf_json_i64(b, "q50_us", (int64_t)view_quantile(bin, 0.5));
		buf_json_i64(b, "q90_us", (int64_t)view_quantile(bin, 0.9));
	}
	buf_json_close(b, '}');
}

static void json_restart(struct buf *b, const struct view_restart *r)
{
	buf_json_open(b, NULL, '{');
	json_time(b, "time", r->at);
	buf_json_string(b, "how", trend_reset_name(r->reset));
	buf_json_open(b, "known_by", '[');
	for (int i = 0; i < TREND_EVIDENCE_MAX; i++)
		if ((r->evidence & 1u << i) != 0)
			buf_json_string(b, NULL, trend_evidence_info((enum trend_evidence)i)->name);
	buf_json_close(b, ']');
	buf_json_i64(b, "sure_percent", r->sure);
	buf_json_close(b, '}');
}

static void json_finding(struct buf *b, const struct view_finding *f)
{
	buf_json_open(b, NULL, '{');
	buf_json_string(b, "kind", finding_info(f->kind)->name);
	buf_json_string(b, "severity", severity_name(f->severity));
	json_time(b, "since", f->since);
	json_time(b, "closed", f->closed);
	buf_json_string(b, "evidence", f->text);
	buf_json_close(b, '}');
}

static int print_json(const struct view *v, const char *target)
{
	SCOPED(buf_done) struct buf b = buf_make(DOCUMENT_MAX);

	buf_json_open(&b, NULL, '{');
	buf_json_string(&b, "target", target);
	buf_json_string(&b, "command", view_probe_name(v->probe));
	json_time(&b, "from", v->from);
	json_time(&b, "to", v->to);
	buf_json_i64(&b, "samples", (int64_t)v->samples);
	buf_json_open(&b, "hours", '[');
	for (size_t i = 0; i < v->count; i++)
		json_bin(&b, v, i);
	buf_json_close(&b, ']');
	buf_json_open(&b, "restarts", '[');
	for (size_t i = 0; i < v->restart_count; i++)
		json_restart(&b, &v->restarts[i]);
	buf_json_close(&b, ']');
	buf_json_open(&b, "findings", '[');
	for (size_t i = 0; i < v->finding_count; i++)
		json_finding(&b, &v->findings[i]);
	buf_json_close(&b, ']');
	buf_json_close(&b, '}');
	if (b.error < 0)
		return b.error;
	return puts(b.text) < 0 || fflush(stdout) != 0 ? -EIO : 0;
}

/* 0 or -errno; *ret_what: what it is of. */
static int show(const struct command_env *env, const struct view *v, const char *target,
		const struct chart_style *style, const char **ret_what)
{
	*ret_what = "standard output";
	if (env->svg_path || env->png_path) {
		*ret_what = env->svg_path ? env->svg_path : env->png_path;
		return plot_write(v, target, env->svg_path ? PLOT_SVG : PLOT_PNG, *ret_what);
	}
	if (env->csv_path) {
		*ret_what = env->csv_path;
		return print_csv(v, env->csv_path);
	}
	if (env->wants_json)
		return print_json(v, target);
	chart_print(stdout, v, target, style);
	return fflush(stdout) != 0 ? neg_errno() : 0;
}

/* --- the command --- */

static const struct {
	const char *name;
	enum trend_probe probe;
} commands[] = { { "device-id", TREND_CHEAP }, { "sensor", TREND_COSTLY } };

static bool probe_of(const char *name, enum trend_probe *ret)
{
	*ret = TREND_CHEAP;
	for (size_t i = 0; name && i < COUNT_OF(commands); i++) {
		*ret = commands[i].probe;
		if (strcmp(commands[i].name, name) == 0)
			return true;
	}
	return !name;
}

static void past_free(struct past **slot)
{
	if (*slot)
		trend_free((*slot)->trend);
	free(*slot);
}

static void view_free_slot(struct view **slot)
{
	view_free(*slot);
}

static int fill(struct record *record, const struct past *past, struct view *v)
{
	int r = history_samples(record->history, record->target, v->from, add_sample, v);

	for (size_t i = 0; i < past->restart_count; i++)
		view_add_restart(v, &past->restarts[i]);
	if (r == 0)
		r = history_findings(record->history, record->target, v->from, add_finding, v);
	return r;
}

static const char history_itself[] = "the history";

static int draw_past(const struct command_env *env, struct record *record, const struct past *past)
{
	const wall_us from = { max_i64(record->since.v, past->first.v) };
	const struct chart_style style = style_of();
	SCOPED(view_free_slot) struct view *v = NULL;
	const char *what = history_itself;
	int r;

	if (past->last.v <= from.v) {
		(void)fprintf(stderr, "bmchealthctl: %s: no samples since then\n", record->name);
		return CODE_UNKNOWN;
	}
	v = view_new(past->probe, from, past->last, bins_of(env, &style, from, past->last));
	r = v ? fill(record, past, v) : -ENOMEM;
	if (r == 0)
		r = show(env, v, record->name, &style, &what);
	if (r == 0)
		return CODE_OK;
	(void)fprintf(stderr, "bmchealthctl: %s: %s\n", what,
		      r == -ENOENT && what != history_itself
			      ? "cannot be made, or gnuplot is not installed (Debian: gnuplot-nox)"
			      : strerror(-r));
	return CODE_UNKNOWN;
}

static int history_run(const struct command_env *env, int argc, char **argv)
{
	SCOPED(record_close) struct record record = { 0 };
	SCOPED(past_free) struct past *past = calloc(1, sizeof(*past));
	int code, r;

	if (!past)
		return CODE_UNKNOWN;
	if (!probe_of(env->command, &past->probe)) {
		(void)fprintf(stderr, "bmchealthctl: --command %s: it is device-id or sensor\n",
			      env->command);
		return CODE_USAGE;
	}
	past->trend = trend_new(true);
	if (!past->trend)
		return CODE_UNKNOWN;
	code = record_open(env, argc > 0 ? argv[0] : NULL, &record);
	if (code != CODE_OK)
		return code;
	r = history_samples(record.history, record.target, (wall_us){ 0 }, look, past);
	if (r == 0)
		return draw_past(env, &record, past);
	(void)fprintf(stderr, "bmchealthctl: the history cannot be read: %s\n", strerror(-r));
	return CODE_UNKNOWN;
}

const struct command command_history = {
	.name = "history",
	.arguments = "[TARGET]",
	.summary = "a chart of latency, time-outs, restarts and findings over time",
	.help = "--since WHEN: of late only. --command sensor: of the costly command, not of the\n"
		"cheap one (device-id). --svg FILE, --png FILE: a picture (gnuplot draws it);\n"
		"--json, --csv [FILE]: figures by the hour, to 3 %. Reads the history, of which\n"
		"root is the owner. Exit status: 0, 3 no history or no gnuplot, 64 wrong usage,\n"
		"77 not permitted.\n",
	.max_arguments = 1,
	.run = history_run,
};
