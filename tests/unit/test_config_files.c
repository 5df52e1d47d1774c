/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files: what is read in which order, what is refused before libconfig sees it, every limit; and
 * that what is printed loads again as the same.
 */
#include "config/dump.c"
#include "config/files.c"
#include "tests/unit/config_fixture.h"

struct bad {
	const char *line, *words;
};

static void check_round_trip(struct fixture *f, const char *what);

/* --- files */

static const struct bad bad_files[] = {
	{ "queue: {\n  min_gap = 1;\n  min_gap = 2;\n};", "duplicate setting name" },
	{ "queue: { }; queue: { };", "duplicate setting name" },
	{ "targets = ( { name = \"a\"; } );targets = ( { name = \"b\"; } );",
	  "put all into one list: targets = ( { … }, { … } );" },
	{ "queue: { min_gap = ; };", "syntax error, in this line or just before it" },
	{ "queue: { min_gap = 1; ", "syntax error" },
	{ "a = 1; /* forgotten\nb = 2;\n", "the comment that starts here is never closed" },
	{ "store: { }; daemon: { log_target = \"auto;\n log_level = \"info\"; };",
	  "has no closing quote on its line" },
	{ "@include \"/dev/zero\"", "@include is not supported: put the file into conf.d" },
	{ "[[[[[[[[[", "nested too deeply" },
	{ "daemon: { lines_per_hour = 4294967356; };", "needs an L behind it" },
	{ "daemon: { lines_per_hour = -1234567890; };", "needs an L behind it" },
	{ "\x01\x02\xff", "syntax error" },
};

static void test_bad_files(struct fixture *f)
{
	static const char nul[] = "store: { };\0daemon: { };";

	for (size_t i = 0; i < COUNT_OF(bad_files); i++) {
		unsigned line = i == 0 ? 3 : 1;

		load_main(f, bad_files[i].line);
		if (i == 4) /* the end of the file is where that is noticed, one line on */
			line = 2;
		check(f->result == -EINVAL && f->heard.count == 1 &&
			      says(&f->heard, line, bad_files[i].words),
		      "refused: %s", bad_files[i].words);
	}
	put(f, "bmchealthd.conf", nul, sizeof(nul) - 1);
	load(f);
	check(f->result == -EINVAL && says(&f->heard, 0, "NUL byte"), "a NUL byte is refused");
	load_main(f, "\xef\xbb\xbfstore: { raw_days = 3; };\r\n");
	check(f->result == 0 && config_int(f->config, "store", "raw_days") == 3,
	      "a byte order mark and a carriage return do no harm");
	load_main(f, "");
	check(f->result == 0, "an empty file means defaults");
}

static void test_signs_in_comments(struct fixture *f)
{
	load_main(f,
		  "# @include \"x\" { { \"\n// { \" @ /*\n/* \" @ { \n */ store: { raw_days = 4; "
		  "};\nslab: { label = \"# // /* @ { \\\" \\\\\"; };\n");
	check(f->result == 0 && config_int(f->config, "store", "raw_days") == 4,
	      "signs in comments and texts mean nothing");
	check(f->result == 0 &&
		      strcmp(config_text(f->config, "slab", "label"), "# // /* @ { \" \\") == 0,
	      "escaped quotes and backslashes are read");
}

static void test_lines(struct fixture *f)
{
	load_main(f, "store: {\n /* one\n two */ // three\n # four\n raw_days = 1; };\n\n@");
	check(f->result == -EINVAL && says(&f->heard, 7, "@include"),
	      "lines are counted through comments");
	put(f, "conf.d/5\n}.conf", "store: { raw_days = 3; };", 25);
	load_main(f, "");
	check_round_trip(f, "settings from a file with an odd name");
}

static void test_sizes(struct fixture *f)
{
	SCOPED(free_ptr) char *text = malloc(CONFIG_FILE_MAX + 1);
	size_t len = 0;

	if (!text)
		return;
	memset(text, ' ', CONFIG_FILE_MAX + 1);
	put(f, "bmchealthd.conf", text, CONFIG_FILE_MAX);
	load(f);
	check(f->result == 0, "a file of 1 MiB is read");
	put(f, "bmchealthd.conf", text, CONFIG_FILE_MAX + 1);
	load(f);
	check(f->result == -EFBIG && says(&f->heard, 0, "more than 1 MiB is not read"),
	      "one byte more is an error, not a cut");
	for (size_t i = 0; i <= CONFIG_ENTRIES_MAX; i++)
		len += (size_t)snprintf(text + len, CONFIG_FILE_MAX - len, "k%zu = 1;\n", i);
	put(f, "bmchealthd.conf", text, len);
	load(f);
	check(f->result == -EINVAL && f->heard.count == 1 &&
		      says(&f->heard, CONFIG_ENTRIES_MAX + 1, "too many settings"),
	      "4097 settings are too many for one file");
	put(f, "bmchealthd.conf", text, len - strlen("k4096 = 1;\n"));
	load(f);
	check(f->result == -EINVAL && f->heard.count == CONFIG_COMPLAINTS_MAX + 1,
	      "of 4096 wrong ones, a hundred are listed");
	check(strstr(f->heard.text[CONFIG_COMPLAINTS_MAX], "the rest is not listed") != NULL,
	      "and it is said that there are more");
}

static void test_fragments(struct fixture *f)
{
	const char *file = NULL;
	unsigned line = 0;

	load_main(f, "targets = ( { name = \"a\"; }, { name = \"b\"; } ); store: { raw_days = 1; "
		     "max_mib = 9; };");
	put(f, "conf.d/20-b.conf", "store: { raw_days = 3; };", 25);
	put(f, "conf.d/10-a.conf", "store: { raw_days = 2; };\ntargets = ( { name = \"c\"; } );",
	    56);
	put(f, "conf.d/.hidden.conf", "nonsense", 8);
	put(f, "conf.d/x.conf~", "nonsense", 8);
	put(f, "conf.d/.conf", "nonsense", 8);
	make(f, CONF_DIR "/conf.d/dir.conf");
	load(f);
	check(f->result == 0, "leftovers and folders in conf.d are passed over");
	check(f->heard.count == 1 && strstr(f->heard.file[0], "10-a.conf") &&
		      says(&f->heard, 2, "notice: targets replaces the list of ") &&
		      strstr(f->heard.text[0], "/bmchealthd.conf:1"),
	      "that a list is lost is told, and no reason to refuse it: %s", f->heard.text[0]);
	if (f->result == 0) {
		check(config_int(f->config, "store", "raw_days") == 3, "the last file wins");
		check(config_int(f->config, "store", "max_mib") == 9,
		      "what later files leave out stays");
		check(config_target_count(f->config) == 1 &&
			      strcmp(config_target_text(f->config, 0, "name"), "c") == 0,
		      "a later list of targets replaces the whole earlier one");
		config_where(f->config, "store", "raw_days", &file, &line);
		check(line == 1 && file && strstr(file, "/conf.d/20-b.conf"),
		      "a value knows which file had the last word");
	}
	put(f, "conf.d/30-c.conf", "store: { raw_days = 0; };", 25);
	put(f, "conf.d/40-d.conf", "syntax", 6);
	load_main(f, "daemon: { log_level = \"loud\"; };");
	check(f->result == -EINVAL && f->heard.count == 3 &&
		      strstr(f->heard.file[0], "bmchealthd.conf") &&
		      strstr(f->heard.file[1], "30-c.conf") &&
		      strstr(f->heard.file[2], "40-d.conf"),
	      "all files' complaints are heard, in the order of reading");
}

static void test_missing(struct fixture *f)
{
	char path[CONFIG_PLACE_MAX];

	(void)snprintf(path, sizeof(path), "%s" CONF_DIR "/other.conf", f->root);
	f->heard.count = 0;
	config_free(f->config);
	f->config = NULL;
	f->result = config_load(f->root, path, tables, hear, &f->heard, &f->config);
	check(f->result == -ENOENT && says(&f->heard, 0, "cannot be read: No such file"),
	      "a file that was asked for must be there");
	check(strcmp(config_place("a.conf", 0, path), "a.conf") == 0 &&
		      strcmp(config_place("a.conf", 7, path), "a.conf:7") == 0 &&
		      strcmp(config_place(NULL, 0, path), "configuration") == 0,
	      "a complaint of a whole file names no line");
	(void)snprintf(path, sizeof(path), "%s" CONF_DIR "/other.conf", f->root);
	put(f, "other.conf", "store: { raw_days = 5; };", 25);
	f->result = config_load("/nowhere", path, tables, hear, &f->heard, &f->config);
	check(f->result == 0 && config_int(f->config, "store", "raw_days") == 5,
	      "the path is taken as it is, without the root");
	make(f, CONF_DIR "/conf.d/dir.conf");
	(void)snprintf(path, sizeof(path), "%s" CONF_DIR "/conf.d/dir.conf", f->root);
	f->heard.count = 0;
	config_free(f->config);
	f->config = NULL;
	f->result = config_load(f->root, path, tables, hear, &f->heard, &f->config);
	check(f->result == -EISDIR && f->heard.count == 1, "a folder is not a file");
}

static void test_many_fragments(struct fixture *f)
{
	char name[64], text[64];

	for (unsigned i = 0; i < CONFIG_FRAGMENTS_MAX; i++) {
		unsigned number = 7 * i % CONFIG_FRAGMENTS_MAX; /* born out of order */
		int len = snprintf(text, sizeof(text), "store: { max_mib = %u; };", number + 1);

		(void)snprintf(name, sizeof(name), "conf.d/%03u.conf", number);
		put(f, name, text, (size_t)len);
	}
	load(f);
	check(f->result == 0 && config_int(f->config, "store", "max_mib") == CONFIG_FRAGMENTS_MAX,
	      "256 files in conf.d are read, the last by its name is the last");
	put(f, "conf.d/one-more.conf", "", 0);
	load(f);
	check(f->result == -EINVAL && says(&f->heard, 0, "more than 256 files"),
	      "one more is an error, not left out in silence");
}

/* --- dump and sample */

static char *dump_text(const struct config *config)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	if (!to)
		return NULL;
	config_dump(config, to);
	(void)fclose(to);
	return text;
}

/* The dump without the comments, which differ when it is loaded from elsewhere. */
static void cut_comments(char *text)
{
	char *to = text;

	for (const char *at = text; *at; at++) {
		if (at[0] == ' ' && at[1] == '#')
			at += strcspn(at, "\n");
		*to++ = *at;
	}
	*to = '\0';
}

static void check_round_trip(struct fixture *f, const char *what)
{
	SCOPED(free_ptr) char *first = f->config ? dump_text(f->config) : NULL;
	SCOPED(free_ptr) char *second = NULL;

	if (first)
		load_main(f, first);
	if (first && f->config)
		second = dump_text(f->config);
	if (first && second) {
		cut_comments(first);
		cut_comments(second);
	}
	check(first && second && strcmp(first, second) == 0, "%s load again as the same", what);
	check(f->config && !has_default(f, "slab", "tiny"), "from the dump, not from defaults");
}

static void test_dump(struct fixture *f)
{
	SCOPED(free_ptr) char *text = NULL;

	load_main(f, "");
	check_round_trip(f, "the defaults");
	load_main(f, "slab: { label = \"q\\\" b\\\\ \\\\x41 # { ü\"; tiny = 1.25e-8; interval = "
		     "\"61001 ms\"; signed = -3000000000L; };\nqueue: { min_gap = 0; max_gap = "
		     "1.000001; };\n"
		     "targets = ( { name = \"a\"; enabled = false; }, { name = \"b\"; } );");
	check(f->result == 0, "an odd file is taken");
	text = f->config ? dump_text(f->config) : NULL;
	check(text && strstr(text, "\tinterval = \"61.001 s\"; # /tmp/") &&
		      strstr(text, "bmchealthd.conf:1\n"),
	      "a setting's file and line are in the dump");
	check(text && strstr(text, "\tenabled = true; # default\n"), "so is a default");
	check_round_trip(f, "odd settings");
	load_main(f, "slab: { tiny = 1.0e20; };");
	check_round_trip(f, "large numbers");
}

/* Removes the comment sign of every setting, as the sample's head says. */
static void uncomment(char *text)
{
	char *to = text;

	for (const char *at = text; *at; at++) {
		bool is_setting = at[0] == '#' && at[1] == ' ' && at[2] == ' ' &&
				  (at == text || at[-1] == '\n' || at[-1] == '\t');

		if (!is_setting)
			*to++ = *at;
	}
	*to = '\0';
}

static void test_sample(struct fixture *f)
{
	SCOPED(free_ptr) char *text = NULL, *defaults = NULL, *sampled = NULL;
	size_t len = 0, widest = 0;
	FILE *to = open_memstream(&text, &len);

	if (!to)
		return;
	config_sample(&config_daemon, tables, to);
	(void)fclose(to);
	for (const char *at = text; *at; at += strcspn(at, "\n") + 1) {
		if (strcspn(at, "\n") > widest)
			widest = strcspn(at, "\n");
	}
	check(widest <= 95, "no line of the sample is too wide");
	load_main(f, text);
	check(f->result == 0 && has_default(f, "queue", "min_gap"), "the sample changes nothing");
	defaults = f->config ? dump_text(f->config) : NULL;
	uncomment(text);
	load_main(f, text);
	check(f->result == 0 && !has_default(f, "queue", "min_gap") &&
		      !has_default(f, "slab", "label"),
	      "without its comment signs it sets everything");
	sampled = f->config ? dump_text(f->config) : NULL;
	if (defaults && sampled) {
		cut_comments(defaults);
		cut_comments(sampled);
	}
	check(defaults && sampled && strcmp(defaults, sampled) == 0, "to the defaults");
}

static void test_man(void)
{
	SCOPED(free_ptr) char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	if (!to)
		return;
	config_man_table(&config_daemon, tables, to);
	(void)fclose(to);
	for (const struct option *row = option_table; row->key; row++) {
		char item[80];

		(void)snprintf(item, sizeof(item), "\n.It Ic %s\n", row->key);
		check(strstr(text, item) != NULL, "the manual has %s.%s", row->group, row->key);
	}
	check(strstr(text, "\n\\&.Starts oddly.\n"), "a point in front is no request to roff");
	check(strstr(text, "Default: \"a \\e\"b\\e\" \\e\\e c\".\n"), "backslashes are escaped");
	check(strstr(text, "\n.Ss targets\n"), "targets have their section");
}

int main(void)
{
	static void (*const with_folder[])(struct fixture *) = {
		test_bad_files, test_signs_in_comments, test_lines, test_sizes, test_fragments,
		test_missing,	test_many_fragments,	test_dump,  test_sample
	};
	SCOPED(free_ptr) struct fixture *f = malloc(sizeof(*f));

	test_man();
	for (size_t i = 0; i < COUNT_OF(with_folder); i++) {
		if (!f || !begin(f)) {
			printf("Bail out! no temporary folder\n");
			return 1;
		}
		with_folder[i](f);
		end(f);
	}
	return tap_done();
}
