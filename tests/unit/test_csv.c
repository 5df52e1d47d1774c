/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows of a recording: columns in any order, numbers at their limits, and every way to be wrong.
 */
#include "cli/csv.c" /* the unit under test */
#include "tests/unit/tap.h"

static const char *const usual = "t_wall,t_mono,boot_id,probe,status,lat_us,others,evid";

static int header(struct csv *csv, const char *text)
{
	const char *why = NULL;
	const int error = csv_header(csv, text, strlen(text), &why);

	return error < 0 && !why ? -1 : error;
}

static int row(const struct csv *csv, const char *text, struct trend_sample *ret)
{
	const char *why = NULL;
	const int error = csv_row(csv, text, strlen(text), ret, &why);

	return error < 0 && !why ? -1 : error;
}

static void test_good(void)
{
	struct trend_sample s;
	struct csv csv;

	check(header(&csv, usual) == 0 && csv.count == 8, "the eight columns are enough");
	check(row(&csv, "1700000010.5,10.25,3,1,0,4711,1,5", &s) == 0, "a row is read");
	check(s.wall.v == INT64_C(1700000010500000) && s.mono.v == 10250000, "times to the digit");
	check(s.probe == TREND_COSTLY && s.status == TREND_OK && s.latency_us == 4711 &&
		      s.has_others && s.evidence == 5,
	      "and all the rest");
	check(s.sel_entries == -1 && s.foreign_per_hour == -1 && s.firmware == -1,
	      "what is not there is not known");
	check(row(&csv, "-1.5,0,0,0,2,0,0,0\r", &s) == 0 && s.wall.v == -1500000,
	      "a carriage return is forgiven, a negative time is one");
	check(row(&csv, "1.123456789,0,0,0,2,4294967295,0,0", &s) == 0 && s.wall.v == 1123456,
	      "digits behind the microsecond are cut");
	check(header(&csv, "sel_entries,what,evid,others,lat_us,status,probe,boot_id,t_mono,t_wall,"
			   "firmware,foreign,contended") == 0,
	      "columns come in any order");
	check(row(&csv, "17,huh,0,0,1000,0,0,5f2c,1,2,1.04,,1", &s) == 0 && s.sel_entries == 17 &&
		      s.is_contended && s.foreign_per_hour == -1 && s.firmware >= 0 &&
		      s.wall.v == 2000000,
	      "others are passed over, an empty one is not known");
}

static void test_bad_rows(void)
{
	static const char *const rows[] = {
		"",
		",",
		"1,2,3,0,0,1,0",
		"1,2,3,0,0,1,0,0,0",
		"x,2,3,0,0,1,0,0",
		"1e5,2,3,0,0,1,0,0",
		"nan,2,3,0,0,1,0,0",
		"1,1234567890123,3,0,0,1,0,0",
		"1,2,3,2,0,1,0,0",
		"1,2,3,0,3,1,0,0",
		"1,2,3,0,0,4294967296,0,0",
		"1,2,3,0,0,-1,0,0",
		"1,2,3,0,0,1,x,0",
		"1,2,3,0,0,1,0,99999999",
		"1,2,3,0,0,1,0,0 ",
		"1,2,3,,0,1,0,0",
		"1.,.,3,0,0,1,0,0",
	};
	struct trend_sample s = { .latency_us = 7 };
	struct csv csv;

	check(header(&csv, usual) == 0, "with the usual columns");
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		check(row(&csv, rows[i], &s) == -EINVAL && s.latency_us == 7,
		      "\"%s\" is refused and changes nothing", rows[i]);
}

static void test_bad_headers(void)
{
	char many[CSV_COLUMNS_MAX * 2 + 100];
	struct csv csv;
	size_t len = 0;

	check(header(&csv, "") == -EINVAL, "no header is none");
	check(header(&csv, "t_wall,t_mono,boot_id,probe,status,lat_us,others") == -EINVAL,
	      "one column too few is told");
	check(header(&csv, "t_wall,t_mono,boot_id,probe,status,lat_us,others,evid,evid") == -EINVAL,
	      "one twice as well");
	len = (size_t)snprintf(many, sizeof(many), "%s", usual);
	for (size_t i = 0; i < CSV_COLUMNS_MAX - CSV_NEEDED; i++)
		len += (size_t)snprintf(many + len, sizeof(many) - len, ",x");
	check(header(&csv, many) == 0, "%d columns are taken", CSV_COLUMNS_MAX);
	(void)snprintf(many + len, sizeof(many) - len, ",x");
	check(header(&csv, many) == -EINVAL, "one more is not");
}

/* What is written is read again as it was. */
static void test_written(void)
{
	const struct trend_sample given[] = {
		{ .wall = { INT64_C(1700000000123456) },
		  .mono = { 1000007 },
		  .boot_id = 7,
		  .latency_us = 4000,
		  .has_others = true,
		  .evidence = 5,
		  .sel_entries = 3,
		  .foreign_per_hour = 0,
		  .firmware = 42 },
		{ .wall = { -1500000 },
		  .mono = { -1 },
		  .probe = TREND_COSTLY,
		  .status = TREND_TIMEOUT,
		  .sel_entries = -1,
		  .foreign_per_hour = -1,
		  .firmware = -1 },
	};
	char *text = NULL, *save = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);
	struct trend_sample s = { 0 };
	struct csv csv;

	if (!file)
		exit(99);
	csv_print_header(file);
	csv_print_row(file, &given[0]);
	csv_print_row(file, &given[1]);
	(void)fclose(file);
	check(header(&csv, strtok_r(text, "\n", &save)) == 0 && csv.count == CSV_KNOWN,
	      "a header of all columns");
	check(row(&csv, strtok_r(NULL, "\n", &save), &s) == 0 && s.wall.v == given[0].wall.v &&
		      s.mono.v == given[0].mono.v && s.latency_us == 4000 && s.has_others &&
		      s.evidence == 5 && s.sel_entries == 3 && s.foreign_per_hour == 0 &&
		      s.firmware >= 0,
	      "a full row");
	check(row(&csv, strtok_r(NULL, "\n", &save), &s) == 0 && s.wall.v == -1500000 &&
		      s.mono.v == -1 && s.probe == TREND_COSTLY && s.status == TREND_TIMEOUT &&
		      s.sel_entries == -1 && s.foreign_per_hour == -1 && s.firmware == -1,
	      "and an empty one");
	free(text);
}

int main(void)
{
	test_written();
	test_good();
	test_bad_rows();
	test_bad_headers();
	return tap_done();
}
