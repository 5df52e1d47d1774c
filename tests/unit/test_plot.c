/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The script for gnuplot, and what becomes of it: a program of that name that the test makes keeps
 * what it is given.
 */
#include <sys/stat.h>

#include "base/fsio.h"
#include "cli/plot.c" /* the unit under test */
#include "cli/view.c"
#include "tests/unit/tap.h"

static char dir[] = "/tmp/bmchealthd-plot-XXXXXX";

static const char *in_dir(const char *name)
{
	static char paths[4][64];
	static unsigned next;
	char *path = paths[next++ % COUNT_OF(paths)];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

static void be_gnuplot(const char *script)
{
	if (fs_replace(in_dir("gnuplot"), script, strlen(script), 0700) < 0)
		exit(99);
}

static struct view *some_view(void)
{
	struct view *v =
		view_new(TREND_CHEAP, (wall_us){ USEC_PER_DAY }, (wall_us){ 2 * USEC_PER_DAY }, 24);
	const struct trend_sample s = { .wall = { USEC_PER_DAY + 1 }, .latency_us = 2000 };
	const struct trend_sample lost = { .wall = { USEC_PER_DAY + USEC_PER_HOUR + 1 },
					   .status = TREND_TIMEOUT };
	const struct view_restart restart = { .at = { USEC_PER_DAY + 7 * USEC_PER_SEC } };
	const struct finding leak = { .kind = FINDING_LEAK, .severity = SEVERITY_WARNING };

	if (!v)
		exit(99);
	view_add(v, &s);
	view_add(v, &lost);
	view_add_restart(v, &restart);
	view_add_finding(v, &leak, (wall_us){ 0 });
	return v;
}

static void test_script(const struct view *v)
{
	char text[8192] = "";
	ssize_t n;

	be_gnuplot("#!/bin/sh\nexec cat\n");
	check(plot_write(v, "it's", PLOT_SVG, in_dir("a.svg")) == 0, "it is written");
	n = fs_read("", in_dir("a.svg"), text, sizeof(text));
	check(n > 0 && strstr(text, "set terminal svg") && strstr(text, "\n86400 1.98"),
	      "with the data");
	check(strstr(text, "\n90000 NaN NaN NaN 1\n"), "an hour without answers has no latency");
	check(strstr(text, "set arrow from 86407,graph 0") &&
		      strstr(text, "set object rectangle from 86400,graph 0 to 172800"),
	      "with restarts and findings");
	check(strstr(text, "'its'") != NULL, "and no quote of somebody else's");
	check(plot_write(v, "x", PLOT_PNG, in_dir("a.svg")) == 0 &&
		      fs_read("", in_dir("a.svg"), text, sizeof(text)) > 0 &&
		      strstr(text, "set terminal pngcairo"),
	      "or as PNG");
}

/* Of a controller that is dead all the time somebody wants a picture, too. */
static void test_silence(void)
{
	const struct trend_sample lost = { .wall = { 1 }, .status = TREND_TIMEOUT };
	struct view *v = view_new(TREND_CHEAP, (wall_us){ 0 }, (wall_us){ USEC_PER_DAY }, 24);
	char text[8192] = "";

	if (!v)
		exit(99);
	view_add(v, &lost);
	check(plot_write(v, "x", PLOT_SVG, in_dir("a.svg")) == 0 &&
		      fs_read("", in_dir("a.svg"), text, sizeof(text)) > 0 &&
		      strstr(text, "plot NaN") && !strstr(text, "using 1:2:4"),
	      "without any answer no latency is drawn, which gnuplot would refuse");
	view_free(v);
}

static void test_trouble(const struct view *v)
{
	be_gnuplot("#!/bin/sh\nexit 1\n");
	check(plot_write(v, "x", PLOT_SVG, in_dir("b.svg")) == -EIO &&
		      access(in_dir("b.svg"), F_OK) < 0,
	      "a gnuplot that fails leaves no picture");
	(void)unlink(in_dir("gnuplot"));
	check(plot_write(v, "x", PLOT_SVG, in_dir("b.svg")) == -ENOENT &&
		      access(in_dir("b.svg"), F_OK) < 0,
	      "nor does one that is not there");
	check(plot_write(v, "x", PLOT_SVG, in_dir("none/b.svg")) == -ENOENT,
	      "nor a missing folder");
	if (fs_replace(in_dir("a.svg"), "kept", 4, 0600) < 0)
		exit(99);
	check(plot_write(v, "x", PLOT_SVG, in_dir("a.svg")) == -ENOENT &&
		      access(in_dir("a.svg"), F_OK) == 0,
	      "and the file that was there before stays");
}

int main(void)
{
	const char *path = getenv("PATH");
	char with[512];
	struct view *v = some_view();

	if (!mkdtemp(dir))
		return 99;
	(void)snprintf(with, sizeof(with), "%s:%s", dir, path ? path : "/bin:/usr/bin");
	(void)setenv("PATH", with, 1);
	test_script(v);
	test_silence();
	(void)setenv("PATH", dir, 1);
	test_trouble(v);
	view_free(v);
	(void)unlink(in_dir("a.svg"));
	check(rmdir(dir) == 0, "nothing is left behind");
	return tap_done();
}
