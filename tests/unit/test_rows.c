/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli/rows: every row of a file, once or twice; what cannot be read is named, once.
 */
#include "cli/csv.c"
#include "cli/rows.c" /* the unit under test */
#include "tests/unit/tap.h"

#define HEADER "t_wall,t_mono,boot_id,probe,status,lat_us,others,evid\n"

static char path[] = "/tmp/bmchealthd-rows-XXXXXX";
static char said[8192];
static int64_t sum;
static unsigned seen;

static void count(void *user UNUSED, const struct trend_sample *sample)
{
	seen++;
	sum += sample->latency_us;
}

static void write_file(const char *text)
{
	SCOPED(close_fd) const int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		exit(99);
}

/* What it says on standard error goes to `said`. */
static int read_counting(struct rows *r)
{
	SCOPED(close_fd) const int kept = dup(STDERR_FILENO);
	FILE *file = tmpfile();
	int code;

	if (kept < 0 || !file || dup2(fileno(file), STDERR_FILENO) < 0)
		exit(99);
	seen = 0;
	sum = 0;
	code = rows_read(r, count, NULL);
	(void)dup2(kept, STDERR_FILENO);
	rewind(file);
	said[fread(said, 1, sizeof(said) - 1, file)] = '\0';
	(void)fclose(file);
	return code;
}

static struct rows *open_path(const char *name, bool is_twice)
{
	struct rows *r = NULL;

	check(rows_open(name, is_twice, &r) == CODE_OK, "%s opens", name);
	if (!r)
		exit(99);
	return r;
}

static void test_read(void)
{
	struct rows *r;

	write_file(HEADER "1,1,a,0,0,100,0,0\n\n2,2,a,0,0,200,0,0\r\n3,3,a,0,0,400,0,0");
	r = open_path(path, false);
	check(read_counting(r) == CODE_OK && seen == 3 && sum == 700 && !*said,
	      "each row once, the last without its newline, too: %u", seen);
	check(read_counting(r) == CODE_OK && seen == 3 && sum == 700, "a file can be read again");
	rows_free(r);
}

static void test_complaints(void)
{
	char wanted[128];
	struct rows *r;

	write_file(HEADER "1,1,a,0,0,100,0,0\n2,2,a,7,0,200,0,0\n3,3,a,0,0,400,0,0\n");
	r = open_path(path, false);
	(void)snprintf(wanted, sizeof(wanted), "%s:3: probe is neither 0 (cheap) nor 1 (costly)\n",
		       path);
	check(read_counting(r) == CODE_DATA && seen == 2 && strcmp(said, wanted) == 0,
	      "a bad row is named by file and line, and left out: %s", said);
	check(read_counting(r) == CODE_DATA && seen == 2 && !*said, "but not named twice");
	rows_free(r);
	write_file("a,b,c\n1,2,3\n");
	r = open_path(path, false);
	check(read_counting(r) == CODE_DATA && seen == 0 && strstr(said, ":1: the first line must"),
	      "without the columns nothing can be read");
	rows_free(r);
	write_file("");
	r = open_path(path, false);
	check(read_counting(r) == CODE_DATA && strstr(said, "is empty"), "an empty file is said");
	rows_free(r);
}

static void test_many_complaints(void)
{
	char text[4096];
	struct rows *r;
	size_t lines = 0;

	(void)snprintf(text, sizeof(text), "%s%0100d", HEADER, 0);
	for (char *c = text + strlen(HEADER) + 1; c[-1]; c += 2)
		*c = '\n';
	write_file(text);
	r = open_path(path, false);
	check(read_counting(r) == CODE_DATA, "rows that are none");
	for (const char *c = said; *c; c++)
		lines += *c == '\n';
	check(lines == COMPLAINTS_MAX + 1 && strstr(said, "50 rows cannot be read in all"),
	      "too many complaints are only counted: %zu", lines);
	rows_free(r);
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	write_file(text);
	r = open_path(path, false);
	check(read_counting(r) == CODE_DATA, "one endless line is no recording");
	rows_free(r);
}

static void test_pipe(void)
{
	static const char text[] = HEADER "1,1,a,0,0,100,0,0\n2,2,a,0,0,200,0,0\n";
	SCOPED(close_fd) const int kept = dup(STDIN_FILENO);
	struct rows *r;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0 || write(ends[1], text, strlen(text)) < 0 ||
	    dup2(ends[0], STDIN_FILENO) < 0)
		exit(99);
	(void)close(ends[0]);
	(void)close(ends[1]);
	r = open_path("-", true);
	check(read_counting(r) == CODE_OK && seen == 2, "standard input may be a pipe");
	check(read_counting(r) == CODE_OK && seen == 2 && sum == 300,
	      "and can be read twice if that was asked for");
	rows_free(r);
	(void)dup2(kept, STDIN_FILENO);
}

static void test_missing(void)
{
	struct rows *r = NULL;

	check(rows_open("/nonexistent/recording.csv", false, &r) == CODE_UNKNOWN && !r,
	      "a file that is not there is said");
	check(rows_open("/", false, &r) == CODE_OK && read_counting(r) == CODE_UNKNOWN &&
		      strstr(said, "Is a directory"),
	      "one that cannot be read, too: %s", said);
	rows_free(r);
}

static bool is_name(const char *of, const char *wanted)
{
	char name[ROWS_NAME_MAX];

	rows_name(of, NULL, name);
	return strcmp(name, wanted) == 0;
}

static void test_name(void)
{
	char longest[200] = "/tmp/";

	check(is_name("/tmp/blade7.csv", "blade7") && is_name("blade7", "blade7") &&
		      is_name("./a.b.csv", "a.b"),
	      "a recording is called as its file");
	check(is_name("-", "recording") && is_name("/tmp/", "recording"),
	      "and standard input has a name, too");
	memset(longest + 5, 'n', sizeof(longest) - 6);
	rows_name(longest, NULL, said);
	check(strlen(said) == ROWS_NAME_MAX - 1, "a long name is cut");
	rows_name("-", "blade7", said);
	check(strcmp(said, "blade7") == 0, "unless it is to have another name");
}

int main(void)
{
	const int fd = mkstemp(path);

	if (fd < 0)
		exit(99);
	(void)close(fd);
	test_read();
	test_complaints();
	test_many_complaints();
	test_pipe();
	test_missing();
	test_name();
	(void)unlink(path);
	return tap_done();
}
