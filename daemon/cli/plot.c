/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a script with its data into gnuplot's standard input; the picture comes from its standard
 * output, so no name of a file is ever quoted.
 */
#include "cli/plot.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "base/buf.h"

#define SCRIPT_MAX (4 << 20)
#define NOT_THERE  127 /* posix_spawn(3), where the child could not tell in time */

static const char *const terminals[] = {
	[PLOT_SVG] = "svg size 1200,700 background 'white' noenhanced",
	[PLOT_PNG] = "pngcairo size 1200,700 noenhanced",
};

static const char *const severity_colours[] = {
	[SEVERITY_OK] = "#cccccc",
	[SEVERITY_NOTICE] = "#f5e6a8",
	[SEVERITY_WARNING] = "#f5b971",
	[SEVERITY_CRITICAL] = "#e06c75",
};

static int64_t seconds(wall_us at)
{
	return at.v / USEC_PER_SEC;
}

/* Names of targets have no quotes in them, but a database may have been edited. */
static void add_quoted(struct buf *b, const char *text)
{
	buf_printf(b, "'");
	for (; *text; text++)
		if (*text != '\'' && *text != '\n' && *text != '\\')
			buf_printf(b, "%c", *text);
	buf_printf(b, "'");
}

static void add_data(struct buf *b, const struct view *v)
{
	buf_printf(b, "$data << EOD\n");
	for (size_t i = 0; i < v->count; i++) {
		const struct view_bin *bin = &v->bins[i];

		if (bin->samples == 0) {
			buf_printf(b, "\n"); /* a gap in the line */
			continue;
		}
		buf_printf(b, "%" PRId64, seconds(view_bin_start(v, i)));
		for (int q = 0; q < 3; q++) {
			static const double shares[] = { 0.2, 0.5, 0.9 };
			const double us = view_quantile(bin, shares[q]);

			if (us > 0)
				buf_printf(b, " %.4f", us / 1000);
			else
				buf_printf(b, " NaN");
		}
		buf_printf(b, " %" PRIu32 "\n", bin->timeouts);
	}
	buf_printf(b, "EOD\n");
}

static void add_findings(struct buf *b, const struct view *v)
{
	for (size_t i = 0; i < v->finding_count; i++) {
		const struct view_finding *f = &v->findings[i];
		const bool is_leak = finding_info(f->kind)->family == FAMILY_LEAK;
		const wall_us end = f->closed.v > 0 ? f->closed : v->to;

		buf_printf(b,
			   "set object rectangle from %" PRId64 ",graph %s to %" PRId64
			   ",graph 1 fillcolor rgb '%s' fillstyle solid noborder behind\n",
			   (int64_t)max_i64(seconds(f->since), seconds(v->from)),
			   is_leak ? "0" : "0.97", (int64_t)min_i64(seconds(end), seconds(v->to)),
			   severity_colours[f->severity]);
	}
}

static void add_restarts(struct buf *b, const struct view *v)
{
	for (size_t i = 0; i < v->restart_count; i++) {
		const int64_t at = seconds(v->restarts[i].at);

		buf_printf(b,
			   "set arrow from %" PRId64 ",graph 0 to %" PRId64
			   ",graph 1 nohead dashtype 2 linecolor rgb '#2e7d32' front\n",
			   at, at);
	}
}

static bool has_answers(const struct view *v)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->bins[i].answers > 0)
			return true;
	return false;
}

static void add_script(struct buf *b, const struct view *v, const char *target,
		       enum plot_format format)
{
	buf_printf(
		b,
		"set terminal %s\nset xdata time\nset timefmt '%%s'\nset format x '%%Y-%%m-%%d'\n"
		"set xrange ['%" PRId64 "':'%" PRId64 "']\nset grid\nset lmargin 12\n",
		terminals[format], seconds(v->from), seconds(v->to));
	buf_printf(b, "set multiplot layout 2,1\nset logscale y 2\nset autoscale yfix\nset ylabel "
		      "'ms'\nset title ");
	add_quoted(b, target);
	buf_printf(b,
		   ".': %s; dashed: restarts of the controller; shaded: findings, leak-like ones "
		   "over the full height'\n",
		   view_probe_name(v->probe));
	add_findings(b, v);
	add_restarts(b, v);
	if (has_answers(v)) {
		buf_printf(b, "plot $data using 1:2:4 with filledcurves linecolor rgb '#9ecae1' "
			      "title '20 %% to 90 %% of the answers', $data using 1:3 with lines "
			      "linewidth 2 linecolor rgb '#08519c' title 'median'\n");
	} else { /* which would be an error */
		buf_printf(b, "set yrange [1:10]\nplot NaN title 'no answers'\n");
	}
	buf_printf(b, "unset object\nunset logscale\nset title\nset ylabel 'time-outs'\n"
		      "set yrange [0:*]\n"
		      "plot $data using 1:5 with impulses linecolor rgb '#a50f15' notitle\n"
		      "unset multiplot\n");
}

/* --- the child --- */

static int spawn(const int in[2], int out, pid_t *ret)
{
	static char name[] = "gnuplot";
	char *const argv[] = { name, NULL };
	posix_spawn_file_actions_t actions;
	int error = posix_spawn_file_actions_init(&actions);

	if (error != 0)
		return -error;
	error = posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
	if (error == 0)
		error = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (error == 0)
		error = posix_spawnp(ret, name, &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
	return -error;
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		const ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return neg_errno();
		text += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return 0;
}

static int run_gnuplot(const struct buf *script, int out)
{
	int in[2], status = 0, r;
	pid_t pid = 0;

	if (pipe2(in, O_CLOEXEC) < 0)
		return neg_errno();
	r = spawn(in, out, &pid);
	(void)close(in[0]);
	if (r == 0) {
		(void)signal(SIGPIPE, SIG_IGN); /* if it ends early, its status tells */
		r = write_all(in[1], script->text, script->len);
	}
	(void)close(in[1]);
	if (pid > 0 && waitpid(pid, &status, 0) < 0)
		return neg_errno();
	if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == NOT_THERE)
		return -ENOENT;
	if (pid > 0 && (!WIFEXITED(status) || WEXITSTATUS(status) != 0))
		return -EIO;
	return r;
}

/* The picture becomes the file only when it is whole: what was there before stays, and so does a
 * device. */
static int copy(int from, int to)
{
	char block[8192];
	ssize_t n;
	int r = 0;

	if (lseek(from, 0, SEEK_SET) < 0)
		return neg_errno();
	while (r == 0 && (n = read(from, block, sizeof(block))) != 0)
		r = n < 0 ? neg_errno() : write_all(to, block, (size_t)n);
	return r;
}

int plot_write(const struct view *v, const char *target, enum plot_format format, const char *path)
{
	SCOPED(buf_done) struct buf b = buf_make(SCRIPT_MAX);
	SCOPED(close_fd) int picture = memfd_create("picture", MFD_CLOEXEC);
	SCOPED(close_fd) int out = -1;
	int r;

	if (picture < 0)
		return neg_errno();
	add_data(&b, v);
	add_script(&b, v, target, format);
	r = b.error < 0 ? b.error : run_gnuplot(&b, picture);
	if (r < 0)
		return r;
	out = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	return out < 0 ? neg_errno() : copy(picture, out);
}
