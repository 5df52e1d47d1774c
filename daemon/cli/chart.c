/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * With braille a character is two bins wide and four dots high; in ASCII it is one and one. The
 * median is a line, the slowest tenth is dots above it.
 */
#include "cli/chart.h"

#include <math.h>

#include "model/evidence.h"

#define ROWS	     12
#define LABEL_WIDTH  10
#define WIDTH_MIN    40
#define WIDTH_MAX    400
#define RANGE_MIN    2.0 /* the axis never shows less: noise is no mountain */
#define LIST_MAX     40
#define BRAILLE_HIGH 4

enum mark { MARK_NONE, MARK_TAIL, MARK_MEDIAN };

struct canvas {
	const struct view *v;
	const struct chart_style *style;
	FILE *file;
	size_t columns, dots_high;
	double low, high; /* ln(µs) */
	uint8_t *dots;	  /* owned; [bin * dots_high + row from below], enum mark */
};

/* What is drawn over the bins of one character. */
typedef const char *cell_fn(const struct canvas *c, size_t first, size_t last);

static size_t columns_of(const struct chart_style *style)
{
	const size_t width = style->width < WIDTH_MIN	? WIDTH_MIN
			     : style->width > WIDTH_MAX ? WIDTH_MAX
							: style->width;

	return width - LABEL_WIDTH;
}

size_t chart_bins(const struct chart_style *style)
{
	return columns_of(style) * (style->has_unicode ? 2 : 1);
}

static size_t bins_per_column(const struct canvas *c)
{
	return c->style->has_unicode ? 2 : 1;
}

static void colour(const struct canvas *c, const char *code)
{
	if (c->style->has_colour)
		(void)fprintf(c->file, "\033[%sm", code);
}

/* --- the picture --- */

static void find_range(struct canvas *c)
{
	double low = 0, high = 0;

	for (size_t i = 0; i < c->v->count; i++) {
		const double q50 = view_quantile(&c->v->bins[i], 0.5);
		const double q90 = view_quantile(&c->v->bins[i], 0.9);

		if (q50 <= 0)
			continue;
		low = low <= 0 || q50 < low ? q50 : low;
		high = q90 > high ? q90 : high;
	}
	c->low = low > 0 ? log(low) : 0;
	c->high = high > 0 ? log(high) : 0;
	if (c->high - c->low < log(RANGE_MIN)) {
		const double middle = (c->high + c->low) / 2;

		c->low = middle - log(RANGE_MIN) / 2;
		c->high = middle + log(RANGE_MIN) / 2;
	}
}

static size_t height_of(const struct canvas *c, double latency_us)
{
	const double share = (log(latency_us) - c->low) / (c->high - c->low);
	const double top = (double)(c->dots_high - 1);

	return (size_t)fmin(fmax(share * top + 0.5, 0), top);
}

static void dot(struct canvas *c, size_t bin, size_t height, enum mark mark)
{
	uint8_t *at = &c->dots[bin * c->dots_high + height];

	if (*at < mark)
		*at = (uint8_t)mark;
}

/* From the last bin that has one, so that a jump is a line. */
static void line(struct canvas *c, size_t bin, size_t from, size_t to)
{
	const size_t low = from < to ? from : to, high = from < to ? to : from;

	for (size_t i = low; i <= high; i++)
		dot(c, bin, i, MARK_MEDIAN);
}

static void draw(struct canvas *c)
{
	bool has_last = false;
	size_t last = 0;

	for (size_t i = 0; i < c->v->count; i++) {
		const double q50 = view_quantile(&c->v->bins[i], 0.5);
		size_t now;

		if (q50 <= 0) {
			has_last = false;
			continue;
		}
		now = height_of(c, q50);
		line(c, i, has_last ? last : now, now);
		dot(c, i, height_of(c, view_quantile(&c->v->bins[i], 0.9)), MARK_TAIL);
		has_last = true;
		last = now;
	}
}

static void print_braille(const struct canvas *c, size_t column, size_t row)
{
	static const uint8_t bits[2][BRAILLE_HIGH] = { { 0x40, 0x04, 0x02, 0x01 },
						       { 0x80, 0x20, 0x10, 0x08 } };
	const size_t bottom = (ROWS - 1 - row) * BRAILLE_HIGH;
	unsigned cell = 0;

	for (size_t i = 0; i < COUNT_OF(bits) * COUNT_OF(bits[0]); i++) {
		const size_t x = i / BRAILLE_HIGH, y = i % BRAILLE_HIGH;

		if (c->dots[(2 * column + x) * c->dots_high + bottom + y] != MARK_NONE)
			cell |= bits[x][y];
	}
	if (cell == 0) {
		(void)fputc(' ', c->file);
		return;
	}
	/* U+2800 and up, in UTF-8 */
	(void)fprintf(c->file, "\xe2%c%c", (int)(0xa0 | cell >> 6), (int)(0x80 | (cell & 0x3f)));
}

static void print_ascii(const struct canvas *c, size_t column, size_t row)
{
	static const char signs[] = { [MARK_NONE] = ' ', [MARK_TAIL] = '.', [MARK_MEDIAN] = '*' };

	(void)fputc(signs[c->dots[column * c->dots_high + ROWS - 1 - row]], c->file);
}

static void label(const struct canvas *c, const char *text)
{
	(void)fprintf(c->file, "%*s%s", LABEL_WIDTH - 2, text, c->style->has_unicode ? "│ " : "| ");
}

static void latency_text(double us, char *text, size_t max)
{
	const char *unit = " us";
	double value = us;

	if (us >= 999500) {
		unit = " s";
		value = us / 1e6;
	} else if (us >= 999.5) {
		unit = " ms";
		value = us / 1000;
	}
	(void)snprintf(text, max, "%.*f%s", value < 99.95 && us >= 999.5 ? 1 : 0, value, unit);
}

static void latency_label(const struct canvas *c, size_t row)
{
	const double share = 1 - (double)row / (ROWS - 1);
	char text[32] = "";

	if (row % 4 == 0 || row == ROWS - 1)
		latency_text(exp(c->low + share * (c->high - c->low)), text, sizeof(text));
	label(c, text);
}

static void print_picture(const struct canvas *c)
{
	for (size_t row = 0; row < ROWS; row++) {
		latency_label(c, row);
		colour(c, "36");
		for (size_t column = 0; column < c->columns; column++) {
			if (c->style->has_unicode)
				print_braille(c, column, row);
			else
				print_ascii(c, column, row);
		}
		colour(c, "0");
		(void)fputc('\n', c->file);
	}
}

/* --- the rows below --- */

static const char *timeouts_cell(const struct canvas *c, size_t first, size_t last)
{
	static const char *const blocks[] = { " ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char *const signs[] = { " ", ".", ":", "|", "#" };
	const size_t steps = c->style->has_unicode ? COUNT_OF(blocks) : COUNT_OF(signs);
	uint32_t timeouts = 0, samples = 0;
	size_t step;

	for (size_t i = first; i <= last; i++) {
		timeouts += c->v->bins[i].timeouts;
		samples += c->v->bins[i].samples;
	}
	if (timeouts == 0)
		return " ";
	/* the square root of their share: one in a thousand is to be seen */
	step = (size_t)ceil(sqrt((double)timeouts / samples) * (double)(steps - 1));
	return c->style->has_unicode ? blocks[step] : signs[step];
}

static bool is_in(const struct canvas *c, wall_us at, size_t first, size_t last)
{
	const size_t bin = view_bin_of(c->v, at);

	return bin >= first && bin <= last;
}

static const char *restart_cell(const struct canvas *c, size_t first, size_t last)
{
	for (size_t i = 0; i < c->v->restart_count; i++)
		if (is_in(c, c->v->restarts[i].at, first, last))
			return c->style->has_unicode ? "▲" : "^";
	return " ";
}

/* The worst finding that was open then; `is_leak`: of that family, or of none of the two. */
static const struct view_finding *worst(const struct canvas *c, size_t first, size_t last,
					bool is_leak)
{
	const struct view_finding *found = NULL;

	for (size_t i = 0; i < c->v->finding_count; i++) {
		const struct view_finding *f = &c->v->findings[i];
		const enum finding_family family = finding_info(f->kind)->family;
		const wall_us end = f->closed.v > 0 ? f->closed : c->v->to;

		if (family == FAMILY_RESTART || (family == FAMILY_LEAK) != is_leak)
			continue;
		if (view_bin_of(c->v, f->since) > last || view_bin_of(c->v, end) < first)
			continue;
		if (!found || f->severity > found->severity)
			found = f;
	}
	return found;
}

static const char *severity_cell(const struct view_finding *f)
{
	if (!f)
		return " ";
	return f->severity == SEVERITY_CRITICAL ? "!" : f->severity == SEVERITY_WARNING ? "=" : "-";
}

static const char *leak_cell(const struct canvas *c, size_t first, size_t last)
{
	return severity_cell(worst(c, first, last, true));
}

static const char *other_cell(const struct canvas *c, size_t first, size_t last)
{
	return severity_cell(worst(c, first, last, false));
}

static void print_row(const struct canvas *c, const char *name, const char *code, cell_fn *cell)
{
	const size_t wide = bins_per_column(c);

	label(c, name);
	colour(c, code);
	for (size_t column = 0; column < c->columns; column++)
		(void)fputs(cell(c, column * wide, (column + 1) * wide - 1), c->file);
	colour(c, "0");
	(void)fputc('\n', c->file);
}

/* "2026-10-24 …  2026-11-08 … 2026-11-23": days, or hours if there are few. */
static void print_axis(const struct canvas *c)
{
	const bool is_short = c->v->to.v - c->v->from.v < 4 * USEC_PER_DAY;
	const size_t len = is_short ? 11 : 10;
	char times[3][CLOCK_TEXT_MAX];

	for (size_t i = 0; i < COUNT_OF(times); i++) {
		const wall_us at = { c->v->from.v + (c->v->to.v - c->v->from.v) / 2 * (int64_t)i };
		char text[CLOCK_TEXT_MAX];

		clock_format_wall(at, text); /* 2026-11-22T17:05:09Z */
		text[10] = ' ';
		(void)snprintf(times[i], CLOCK_TEXT_MAX, "%.*s", (int)len,
			       is_short ? text + 5 : text);
	}
	(void)fprintf(c->file, "%*s%s%*s%*s\n", LABEL_WIDTH, "", times[0],
		      (int)(c->columns / 2 - len / 2), times[1],
		      (int)(c->columns - c->columns / 2 - len + len / 2), times[2]);
}

/* --- the list --- */

static void print_restarts(const struct canvas *c)
{
	const size_t count = c->v->restart_count;

	for (size_t i = count > LIST_MAX ? count - LIST_MAX : 0; i < count; i++) {
		const struct view_restart *r = &c->v->restarts[i];
		char at[CLOCK_TEXT_MAX], signs[128];

		clock_format_wall(r->at, at);
		trend_reset_signs(r->reset, r->evidence, signs, sizeof(signs));
		(void)fprintf(c->file, "%s  restart (%u %% sure): %s\n", at, r->sure, signs);
	}
}

/* Restarts have a list of their own. */
static bool is_listed(const struct view_finding *f)
{
	return f->kind != FINDING_CONTROLLER_RESET;
}

static void print_finding(const struct canvas *c, const struct view_finding *f)
{
	char since[CLOCK_TEXT_MAX], closed[CLOCK_TEXT_MAX];

	clock_format_wall(f->since, since);
	clock_format_wall(f->closed, closed);
	(void)fprintf(c->file, "%s  %-8s %s, %s%s: %s\n", since, severity_name(f->severity),
		      finding_info(f->kind)->name, f->closed.v > 0 ? "until " : "still open",
		      f->closed.v > 0 ? closed : "", f->text);
}

static void print_findings(const struct canvas *c)
{
	size_t left_out = 0;

	for (size_t i = 0; i < c->v->finding_count; i++)
		left_out += is_listed(&c->v->findings[i]);
	left_out -= (size_t)min_i64((int64_t)left_out, LIST_MAX);
	if (left_out > 0) {
		(void)fprintf(c->file,
			      "(%zu findings before these are left out; --json has them)\n",
			      left_out);
	}
	for (size_t i = 0; i < c->v->finding_count; i++) {
		if (!is_listed(&c->v->findings[i]))
			continue;
		if (left_out == 0)
			print_finding(c, &c->v->findings[i]);
		left_out -= left_out > 0;
	}
}

void chart_print(FILE *file, const struct view *v, const char *target,
		 const struct chart_style *style)
{
	struct canvas c = { .v = v,
			    .style = style,
			    .file = file,
			    .columns = columns_of(style),
			    .dots_high = style->has_unicode ? ROWS * BRAILLE_HIGH : ROWS };
	SCOPED(free_ptr) uint8_t *dots = calloc(v->count, c.dots_high);

	if (!dots)
		return;
	c.dots = dots;
	find_range(&c);
	draw(&c);
	(void)fprintf(file, "%s: %s, half of the answers (line) and nine of ten (dots) within\n",
		      target, view_probe_name(v->probe));
	print_picture(&c);
	print_row(&c, "time-out", "33", timeouts_cell);
	print_row(&c, "restart", "32", restart_cell);
	print_row(&c, "leak", "31", leak_cell);
	print_row(&c, "other", "35", other_cell);
	print_axis(&c);
	(void)fprintf(file, "findings: - notice, = warning, ! critical; times are UTC\n");
	print_restarts(&c);
	print_findings(&c);
}
