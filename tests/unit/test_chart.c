/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The chart in the terminal: as wide as it may be, in the signs it may use, and a tooth is a slope
 * that ends in a fall.
 */
#include "cli/chart.c" /* the unit under test */
#include "cli/view.c"
#include "tests/unit/tap.h"

#define DAY_US USEC_PER_DAY
#define DAYS   10

static struct view *tooth(size_t bins)
{
	struct view *v =
		view_new(TREND_CHEAP, (wall_us){ DAY_US }, (wall_us){ (1 + DAYS) * DAY_US }, bins);
	const struct view_restart restart = { .at = { 6 * DAY_US },
					      .evidence = 1u << TREND_INITIALISING,
					      .reset = TREND_RESET_PROOF,
					      .sure = 95 };
	struct finding leak = { .kind = FINDING_LEAK,
				.severity = SEVERITY_WARNING,
				.since = { 4 * DAY_US },
				.evidence = { .text = "leak-like: it grows" } };

	for (int64_t minute = 0; v && minute < DAYS * 1440; minute++) {
		struct trend_sample s = { .wall = { DAY_US + minute * USEC_PER_MINUTE },
					  .status = minute == 3 * 1440 ? TREND_TIMEOUT : TREND_OK };

		s.latency_us = (uint32_t)(2000 + minute % (5 * 1440) * 2);
		view_add(v, &s);
	}
	view_add_restart(v, &restart);
	view_add_finding(v, &leak, (wall_us){ 6 * DAY_US });
	return v;
}

static char *draw_tooth(const struct chart_style *style)
{
	struct view *v = tooth(chart_bins(style));
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	if (!v || !file)
		exit(99);
	chart_print(file, v, "local", style);
	(void)fclose(file);
	view_free(v);
	return text;
}

/* Characters, not bytes, of the widest line but the list. */
static size_t widest(const char *text)
{
	size_t most = 0, now = 0;

	for (; *text && strncmp(text, "findings:", 9) != 0; text++) {
		if (*text == '\n')
			now = 0;
		else if (((unsigned char)*text & 0xc0) != 0x80)
			now++;
		most = now > most ? now : most;
	}
	return most;
}

static const char *line_of(const char *text, unsigned number)
{
	while (number-- > 0 && text)
		text = strchr(text, '\n') ? strchr(text, '\n') + 1 : NULL;
	return text ? text : "";
}

static void test_ascii(void)
{
	const struct chart_style style = { .width = 80 };
	char *text = draw_tooth(&style);
	const char *top = line_of(text, 1), *bottom = line_of(text, ROWS);
	bool is_plain = true;

	for (const char *c = text; *c; c++)
		is_plain = is_plain && (unsigned char)*c < 0x80 && *c != '\033';
	check(is_plain, "in ASCII without colour there is nothing else");
	check(widest(text) == 80, "it is as wide as it may be: %zu", widest(text));
	check(top[LABEL_WIDTH + 33] == '*' && top[LABEL_WIDTH + 36] == ' ' &&
		      bottom[LABEL_WIDTH + 36] == '*' && bottom[LABEL_WIDTH + 33] == ' ',
	      "before the restart it is slow, after it is fast");
	check(line_of(text, ROWS + 1)[LABEL_WIDTH + 21] == '.', "the time-out is in its place");
	check(line_of(text, ROWS + 2)[LABEL_WIDTH + 35] == '^', "so is the restart");
	check(line_of(text, ROWS + 3)[LABEL_WIDTH + 21] == '=' &&
		      line_of(text, ROWS + 3)[LABEL_WIDTH + 20] == ' ' &&
		      line_of(text, ROWS + 3)[LABEL_WIDTH + 36] == ' ',
	      "so is the leak, from its beginning to its end");
	check(strstr(text, "1970-01-07T00:00:00Z  restart (95 % sure): initialising") != NULL,
	      "the restart is listed with its signs");
	check(strstr(text, "leak, until ") && strstr(text, "leak-like: it grows"),
	      "and the finding with its words");
	free(text);
}

static void test_unicode(void)
{
	const struct chart_style style = { .width = 120, .has_unicode = true, .has_colour = true };
	const struct chart_style narrow = { .width = 3, .has_unicode = true };
	char *text = draw_tooth(&style);

	check(strstr(text, "\xe2\xa0") || strstr(text, "\xe2\xa1"), "braille");
	check(strstr(text, "\033[36m") && strstr(text, "\033[0m"), "and colours");
	check(chart_bins(&style) == 220, "two bins a character");
	free(text);
	text = draw_tooth(&narrow);
	check(widest(text) >= WIDTH_MIN && widest(text) < 80, "no chart is too narrow to be read");
	free(text);
}

static void test_list(void)
{
	const struct chart_style style = { .width = 80 };
	struct view *v = view_new(TREND_CHEAP, (wall_us){ DAY_US }, (wall_us){ 99 * DAY_US }, 80);
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	if (!v || !file)
		exit(99);
	for (int64_t i = 0; i < LIST_MAX + 20; i++) {
		const struct finding f = { .kind = i % 2 ? FINDING_SLOW : FINDING_CONTROLLER_RESET,
					   .since = { (2 + i) * DAY_US } };

		view_add_finding(v, &f, (wall_us){ (3 + i) * DAY_US });
	}
	for (int64_t i = 0; i < LIST_MAX; i++) {
		const struct finding f = { .kind = FINDING_SLOW,
					   .since = { (70 + i / 2) * DAY_US } };

		view_add_finding(v, &f, (wall_us){ 0 });
	}
	chart_print(file, v, "local", &style);
	(void)fclose(file);
	check(strstr(text, "(30 findings before these are left out; --json has them)") != NULL,
	      "what is not listed is counted, restarts not");
	check(strstr(text, "slow, still open: ") && !strstr(text, "until open"),
	      "what is open is not called over");
	check(!strstr(text, "slow, until "), "the newest are listed");
	free(text);
	view_free(v);
}

static void test_empty(void)
{
	const struct chart_style style = { .width = 60 };
	struct view *v = view_new(TREND_COSTLY, (wall_us){ 0 }, (wall_us){ USEC_PER_HOUR },
				  chart_bins(&style));
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);

	if (!v || !file)
		exit(99);
	chart_print(file, v, "local", &style);
	(void)fclose(file);
	check(len > 0 && !strchr(text, '*') && strstr(text, "01-01 00:00"),
	      "an empty hour is an empty chart");
	free(text);
	view_free(v);
}

int main(void)
{
	test_ascii();
	test_unicode();
	test_empty();
	test_list();
	return tap_done();
}
