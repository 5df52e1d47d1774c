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
#include "cli/past.h"
#include "cli/plot.h"
#include "cli/record.h"
#include "cli/rows.h"

#define WIDTH_PIPED  80
#define DOCUMENT_MAX (8 << 20)
#define RISE_BINS    1000 /* of a picture */

struct source {		      /* where the samples are */
	struct record record; /* the store's, unless there are: */
	struct rows *rows;    /* owned; a recording's */
	char name[RECORD_NAME_MAX];
};

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

static bool is_one_way(const struct command_env *env)
{
	return !!env->svg_path + !!env->png_path + !!env->csv_path + !!env->wants_json <= 1;
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

static void past_free_slot(struct past **slot)
{
	past_free(*slot);
}

static void view_free_slot(struct view **slot)
{
	view_free(*slot);
}

static void source_close(struct source *s)
{
	record_close(&s->record);
	rows_free(s->rows);
}

static int source_open(const struct command_env *env, const char *target, struct source *s)
{
	int code;

	if (env->from_path) {
		rows_name(env->from_path, target, s->name);
		return rows_open(env->from_path, true, &s->rows);
	}
	code = record_open(env, target, &s->record);
	if (code == CODE_OK)
		(void)snprintf(s->name, sizeof(s->name), "%s", s->record.name);
	return code;
}

static int say_unreadable(int error)
{
	(void)fprintf(stderr, "bmchealthctl: the history cannot be read: %s\n", strerror(-error));
	return CODE_UNKNOWN;
}

/* CODE_OK; else it has been said. */
static int source_read(struct source *s, wall_us since, rows_fn *cb, void *user)
{
	int error;

	if (s->rows)
		return rows_read(s->rows, cb, user);
	error = history_samples(s->record.history, s->record.target, since, cb, user);
	return error < 0 ? say_unreadable(error) : CODE_OK;
}

/* Into a view that is empty. CODE_DATA: all but some rows, of which it was said before. */
static int fill(struct source *s, const struct past *past, struct view *v)
{
	const int code = source_read(s, v->from, add_sample, v);
	int error = 0;

	past_mark(past, v);
	if (!s->rows && code == CODE_OK)
		error = history_findings(s->record.history, s->record.target, v->from, add_finding,
					 v);
	return error < 0 ? say_unreadable(error) : code;
}

static int draw(const struct command_env *env, struct source *s, const struct past *past,
		struct view *v, const struct chart_style *style)
{
	const int code = fill(s, past, v);
	const char *what;
	int r;

	if (code != CODE_OK && code != CODE_DATA)
		return code;
	if (v->samples == 0) {
		(void)fprintf(stderr,
			      "bmchealthctl: %s: no samples of %s; see the others with "
			      "--command %s\n",
			      s->name, view_probe_name(v->probe),
			      commands[v->probe == TREND_CHEAP ? TREND_COSTLY : TREND_CHEAP].name);
	}
	r = show(env, v, s->name, style, &what);
	if (r == 0)
		return code;
	(void)fprintf(stderr, "bmchealthctl: %s: %s\n", what,
		      r == -ENOENT ? "cannot be made, or gnuplot is not installed (Debian: "
				     "gnuplot-nox)"
				   : strerror(-r));
	return CODE_UNKNOWN;
}

static int draw_past(const struct command_env *env, struct source *s, const struct past *past,
		     enum trend_probe probe)
{
	const struct chart_style style = style_of();
	SCOPED(view_free_slot) struct view *v = NULL;
	wall_us from = s->record.since, first, last;
	const bool has_any = past_span(past, &first, &last);

	/* of a recording: before its end, whenever that was */
	if (s->rows && record_since_option(env, last, &from) != CODE_OK)
		return CODE_USAGE;
	from.v = max_i64(from.v, first.v);
	if (!has_any || last.v <= from.v) {
		(void)fprintf(stderr, "bmchealthctl: %s: no samples%s\n", s->name,
			      has_any	? " since then"
			      : s->rows ? ""
					: " yet. Next: wait; the daemon writes them every ten "
					  "minutes");
		return s->rows ? CODE_DATA : CODE_UNKNOWN;
	}
	v = view_new(probe, from, last, bins_of(env, &style, from, last));
	return v ? draw(env, s, past, v, &style) : say_unreadable(-ENOMEM);
}

static int history_run(const struct command_env *env, int argc, char **argv)
{
	SCOPED(source_close) struct source source = { 0 };
	SCOPED(past_free_slot) struct past *past = past_new(env->from_path != NULL);
	enum trend_probe probe;
	int code;

	if (!past)
		return CODE_UNKNOWN;
	if (!probe_of(env->command, &probe)) {
		(void)fprintf(stderr, "bmchealthctl: --command %s: it is device-id or sensor\n",
			      env->command);
		return CODE_USAGE;
	}
	if (!is_one_way(env)) {
		(void)fprintf(stderr, "bmchealthctl: history: --svg, --png, --csv or --json, one "
				      "at a time\n");
		return CODE_USAGE;
	}
	code = source_open(env, argc > 0 ? argv[0] : NULL, &source);
	if (code == CODE_OK)
		code = source_read(&source, (wall_us){ 0 }, past_look, past);
	if (code != CODE_OK && code != CODE_DATA)
		return code;
	return draw_past(env, &source, past, probe);
}

const struct command command_history = {
	.name = "history",
	.arguments = "[TARGET]",
	.summary = "a chart of latency, time-outs, restarts and findings over time",
	.help = "--since WHEN: of late only. --command sensor: of the costly command, not of the\n"
		"cheap one (device-id). --svg FILE, --png FILE: a picture (gnuplot draws it);\n"
		"--json, --csv [FILE]: figures by the hour, to 3 %. Reads the history, of which\n"
		"root is the owner; or, with --from FILE (-: standard input), a recording in the\n"
		"columns that `bmchealthctl help replay` explains, with the findings that the\n"
		"daemon would have had; TARGET is what to call its controller. Exit status: 0, 3 "
		"no history or no gnuplot, 64 wrong "
		"usage,\n"
		"65 rows that cannot be read, 77 not permitted.\n",
	.max_arguments = 1,
	.run = history_run,
};
