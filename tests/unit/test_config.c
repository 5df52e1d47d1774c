/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings: defaults, every way a value, a name or a target can be wrong, and what is said then.
 */
#include "config/load.c"
#include "config/schema.c"
#include "config/settings.c"
#include "config/text.c"
#include "config/value.c"
#include "tests/unit/config_fixture.h"

/* --- defaults */

static void test_defaults(struct fixture *f)
{
	const char *file = "?";
	unsigned line = 1;

	load(f);
	check(f->result == 0 && f->heard.count == 0, "no file at all means defaults");
	if (f->result < 0)
		return;
	check(config_span_us(f->config, "queue", "hard_deadline") == 5 * USEC_PER_SEC,
	      "the hard deadline is 5 s");
	check(config_span_us(f->config, "queue", "soft_deadline") == USEC_PER_SEC,
	      "the soft deadline is 1 s");
	check(config_span_us(f->config, "queue", "stuck_after") == 90 * USEC_PER_SEC,
	      "a driver is stuck after 90 s");
	check(config_real(f->config, "queue", "commands_per_minute") == 6, "the budget is 6");
	check(config_int(f->config, "judge", "sporadic_per_day") == 2, "two a day are sporadic");
	check(config_real(f->config, "judge", "slow_share") == 0.25, "a quarter is slow");
	check(config_bool(f->config, "store", "enabled"), "the store is on");
	check(strcmp(config_text(f->config, "daemon", "log_target"), "auto") == 0,
	      "messages go where it suits");
	check(config_int(f->config, "slab", "signed") == -3, "a negative default is read");
	check(strcmp(config_text(f->config, "slab", "label"), "a \"b\" \\ c") == 0,
	      "a default with quotes is read");
	check(has_default(f, "queue", "hard_deadline"), "a default comes from nowhere");
	check(config_target_count(f->config) == 1, "there is one target without a list");
	check(strcmp(config_target_text(f->config, 0, "connection"), "smi 0") == 0 &&
		      config_target_bool(f->config, 0, "enabled"),
	      "it is the first local interface, watched");
	config_target_where(f->config, 0, "name", &file, &line);
	check(!file && line == 0, "a target's default comes from nowhere too");
}

/* Rows are data: each must be complete, and its default within its own range. */
static void test_rows(void)
{
	for (const struct option *row = option_table; row->key; row++) {
		struct value value = { .text = NULL };
		size_t len = strlen(row->doc);

		check(value_read_fallback(row, &value) == VERDICT_GOOD,
		      "%s.%s takes its own default", row->group, row->key);
		check(len > 60 && len < 480 && row->doc[len - 1] == '.' &&
			      !strchr(row->doc, '\n') && !strstr(row->doc, "  "),
		      "%s.%s is explained in whole sentences", row->group, row->key);
		value_free(&value);
	}
	for (const struct option_group *group = option_groups; group->name; group++) {
		const struct option *row = option_table;

		while (row->key && strcmp(row->group, group->name) != 0)
			row++;
		check(row->key != NULL, "group %s has options", group->name);
	}
}

/* --- good values */

static void test_values(struct fixture *f)
{
	const char *file = NULL;
	unsigned line = 0;

	load_main(f, "queue: {\n\thard_deadline = \"250ms\";\n\tsoft_deadline = 0.05\n"
		     "\tstuck_after = 600L; max_gap = \"1 h\"; commands_per_minute = 7;\n};\n"
		     "store = { enabled = False };\njudge: { calm = \"1 d\", mute_after = 3L };\n"
		     "daemon: { log_target = \"stderr\"; };\n# the last line has no newline");
	check(f->result == 0, "a good file is taken, also when a comment ends it");
	if (f->result < 0) {
		(void)says(&f->heard, 0, "?");
		return;
	}
	check(config_span_us(f->config, "queue", "hard_deadline") == 250000, "250ms");
	check(config_span_us(f->config, "queue", "soft_deadline") == 50000,
	      "a bare number is seconds");
	check(config_span_us(f->config, "queue", "stuck_after") == 600 * USEC_PER_SEC,
	      "a long whole number is seconds too");
	check(config_span_us(f->config, "queue", "max_gap") == USEC_PER_HOUR, "1 h");
	check(config_span_us(f->config, "judge", "calm") == USEC_PER_DAY, "1 d is still in range");
	check(config_real(f->config, "queue", "commands_per_minute") == 7,
	      "a whole number does for a real one");
	check(config_int(f->config, "judge", "mute_after") == 3, "a long one does for a count");
	check(!config_bool(f->config, "store", "enabled"), "a switch is off");
	check(strcmp(config_text(f->config, "daemon", "log_target"), "stderr") == 0, "a choice");
	config_where(f->config, "queue", "soft_deadline", &file, &line);
	check(line == 3 && file && strstr(file, "/etc/bmchealthd/bmchealthd.conf"),
	      "a value knows its file and line");
}

/* --- bad values: one line each, all heard at once */

static const struct bad {
	const char *line, *words;
} bad_lines[] = {
	{ "queue: { hard_deadline = 600; };",
	  "queue.hard_deadline = 600 is out of range: 0.05 s to 60 s" },
	{ "daemon: { release_max = \"2 d\"; };",
	  "daemon.release_max = \"2 d\" is out of range: 10 s to 1 d" },
	{ "judge: { busy_for = -1; sporadic_per_day = 0;", "judge.busy_for = -1 is out of range" },
	{ "frequent_per_hour = 1001;", "= 1001 is out of range: 1 to 1000 time-outs per hour" },
	{ "mute_after = 1.5;", "judge.mute_after = 1.5 is not a whole decimal number" },
	{ "slow_share = 1.01;", "judge.slow_share = 1.01 is out of range: 0.01 to 1" },
	{ "storm_per_minute = 1e999;", "= inf is out of range" },
	{ "calm = \"10 parsecs\";", "judge.calm = \"10 parsecs\" is not a time" },
	{ "lost_after = \"-5 s\";", "= \"-5 s\" is out of range: 0 s to 1 h" },
	{ "bad_per_hour = 9999999999L;", "judge.bad_per_hour = 9999999999 is out of range" },
	{ "errors_per_hour = 0x10;", "is not a whole decimal number" },
	{ "vanished_min = \"2\";", "= \"2\" is not a whole decimal number, without quotes" },
	{ "vanished_share = true;", "judge.vanished_share = true is not a number" },
	{ "maintenance_max = [ 1, 2 ]; };", "judge.maintenance_max = [ … ] is not a time" },
	{ "store: { enabled = 1; raw_days = ( 1 ); rollup_days = { a = 1; }; };",
	  "store.enabled = 1 is not a switch, without quotes: true or false" },
	{ "slab: { label = \"tab\\there\"; interval = \"\"; };",
	  "slab.label = \"tab?here\" has a control character in it" },
};

static void test_bad_values(struct fixture *f)
{
	char text[4096] = "";
	size_t len = 0;

	for (size_t i = 0; i < COUNT_OF(bad_lines); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s\n", bad_lines[i].line);
	load_main(f, text);
	check(f->result == -EINVAL && !f->config, "a bad file is refused, no config is given out");
	for (size_t i = 0; i < COUNT_OF(bad_lines); i++)
		check(says(&f->heard, (unsigned)i + 1, bad_lines[i].words), "line %zu: %s", i + 1,
		      bad_lines[i].line);
	check(says(&f->heard, 3, "sporadic_per_day = 0 is out of range"),
	      "two bad values of a line are two complaints");
	check(says(&f->heard, 15, "store.raw_days = ( … )") &&
		      says(&f->heard, 15, "store.rollup_days = { … }"),
	      "lists and groups are shown as such");
	check(f->heard.count == COUNT_OF(bad_lines) + 4, "nothing else is complained of");
	load_main(f, "judge: { bad_per_hour = 99999999999999999999L; };");
	check(f->result == -EINVAL && f->heard.count == 1 && f->heard.line[0] == 1,
	      "a number over 64 bits is refused, by us or, from 1.7 on, by libconfig");
}

static const struct bad bad_names[] = {
	{ "queue: { hard_dedline = 5; };",
	  "queue.hard_dedline is not an option; did you mean hard_deadline?" },
	{ "judge: { clam = 5; };", "judge.clam is not an option; did you mean calm?" },
	{ "store: { log_level = \"info\"; };", "did you mean daemon: { log_level = …; };?" },
	{ "daemon: { colour = \"red\"; };",
	  "daemon.colour is not an option: there are log_target, log_level, lines_per_hour" },
	{ "queu: { };", "queu is not a group; did you mean queue?" },
	{ "target: { name = \"a\"; };", "target is not a group; did you mean targets?" },
	{ "hard_deadline = 5;", "did you mean queue: { hard_deadline = …; };?" },
	{ "weather: { };", "weather is not a group: there are daemon, queue, judge, store, "
			   "openers, winevt, textfile, slab, targets" },
	{ "inputs = ( );", "inputs is not a group of this file: it belongs in winevt.conf or " },
	{ "reader: { };", "it belongs in winevt.conf or winevt.conf.d" },
	{ "slab = true;", "slab is a group: write slab: { key = value; };" },
};

static void test_bad_names(struct fixture *f)
{
	char text[2048] = "";
	size_t len = 0;

	for (size_t i = 0; i < COUNT_OF(bad_names); i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s\n", bad_names[i].line);
	/* libconfig wants each group once */
	load_main(f, text);
	check(f->result == -EINVAL, "unknown names are refused");
	for (size_t i = 0; i < COUNT_OF(bad_names); i++)
		check(says(&f->heard, (unsigned)i + 1, bad_names[i].words), "line %zu: %s", i + 1,
		      bad_names[i].line);
	check(f->heard.count == COUNT_OF(bad_names), "each once");
}

/* bmchealthd-winevt's form, as far as it matters here. */
static void test_other_program(struct fixture *f)
{
	static const struct config_form form = { .path = "/winevt.conf",
						 .fragments = "winevt.conf.d",
						 .list = "inputs",
						 .element = "input",
						 .example = "",
						 .may_be_empty = true };
	static const struct option *const few[] = { probe_rows, NULL };
	const struct config_files files = { &form, f->root, NULL };
	static const char text[] = "targets = ( );\nwinevt: { };\nweather: { };\n";
	char path[512];
	FILE *to;

	(void)snprintf(path, sizeof(path), "%s/winevt.conf", f->root);
	to = fopen(path, "we");
	if (!to || fwrite(text, 1, strlen(text), to) != strlen(text))
		printf("Bail out! cannot write %s\n", path);
	if (to)
		(void)fclose(to);
	config_free(f->config);
	f->config = NULL;
	f->heard.count = 0;
	f->result = config_load_form(&files, few, hear, &f->heard, &f->config);
	check(f->result == -EINVAL && f->heard.count == 3, "what is the daemon's is refused");
	check(says(&f->heard, 1, "it belongs in bmchealthd.conf or conf.d"), "with its place");
	check(says(&f->heard, 2, "it belongs in bmchealthd.conf or conf.d"), "group or list");
	check(says(&f->heard, 3, "weather is not a group: there are"), "but what is nobody's not");
}

static void test_texts(struct fixture *f)
{
	char text[1024], filler[CONFIG_TEXT_MAX + 1];

	memset(filler, 'x', sizeof(filler));
	(void)snprintf(text, sizeof(text), "slab: { label = \"%.*s\"; };", CONFIG_TEXT_MAX - 1,
		       filler);
	load_main(f, text);
	check(f->result == 0, "a text of 255 bytes is taken");
	(void)snprintf(text, sizeof(text), "slab: { label = \"%.*s\"; };", CONFIG_TEXT_MAX, filler);
	load_main(f, text);
	check(f->result == -EINVAL && says(&f->heard, 1, "is too long: at most 255 bytes"),
	      "a text of 256 bytes is not");
	check(says(&f->heard, 1, "xxxx…\""), "and it is not repeated at length");
	load_main(f, "targets = ( { connection = \"\"; } );");
	check(says(&f->heard, 1, "is too short: 1 to 255 bytes"), "an empty connection is refused");
	load_main(f, "daemon: { log_target = \"auto|journal\"; };");
	check(says(&f->heard, 1, "is not known: one of \"auto\", \"journal\", \"stderr\""),
	      "the list of choices is not a choice");
	load_main(f, "daemon: { log_target = \"\"; };");
	check(says(&f->heard, 1, "is not known"), "nor is nothing");
}

/* --- targets */

static const struct bad bad_targets[] = {
	{ "targets = ( );", "targets is empty" },
	{ "targets = { name = \"a\"; };", "targets is a list of groups" },
	{ "targets = [ ];", "targets is a list of groups" },
	{ "targets = ( 5 );", "target 1 is not a group" },
	{ "targets = ( { }, \"smi 0\" );", "target 2 is not a group" },
	{ "targets = ( { nam = \"a\"; } );", "target.nam is not an option; did you mean name?" },
	{ "targets = ( { name = 5; } );", "target.name = 5 is not a text in double quotes" },
	{ "targets = ( { name = \"a b\"; } );", "target.name = \"a b\" is no name" },
	{ "targets = ( { name = \"../x\"; } );", "is no name" },
	{ "targets = ( { name = \".x\"; } );", "is no name" },
	{ "targets = ( { name = \"\"; } );", "is too short" },
	{ "targets = ( { name = \"a\"; }, { name = \"b\"; }, { name = \"a\"; } );",
	  "targets 1 and 3 are both called \"a\": each needs" },
	{ "targets = ( { }, { } );", "both called \"local\" (the default)" },
	{ "targets = ( ( ( ( ( ( ( ( ( 1 ) ) ) ) ) ) ) ) );", "nested too deeply" },
};

static void load_many_targets(struct fixture *f, size_t n)
{
	char text[4096] = "targets = ( ";
	size_t len = strlen(text);

	for (size_t i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%s{ name = \"t%zu\"; }",
					i == 0 ? "" : ", ", i);
	(void)snprintf(text + len, sizeof(text) - len, " );");
	load_main(f, text);
}

static void test_targets(struct fixture *f)
{
	const char *file = NULL;
	unsigned line = 0;

	load_main(f, "targets = (\n { name = \"local\"; },\n { name = \"chassis-1\";\n"
		     "  connection = \"lan -U u host\"; enabled = false; } );");
	check(f->result == 0 && config_target_count(f->config) == 2, "two targets are taken");
	if (f->result == 0) {
		check(strcmp(config_target_text(f->config, 1, "connection"), "lan -U u host") == 0,
		      "the second has its own connection");
		check(config_target_bool(f->config, 0, "enabled") &&
			      !config_target_bool(f->config, 1, "enabled"),
		      "and its own switch");
		config_target_where(f->config, 1, "connection", &file, &line);
		check(line == 4 && file, "and its own line");
	}
	for (size_t i = 0; i < COUNT_OF(bad_targets); i++) {
		load_main(f, bad_targets[i].line);
		check(f->result == -EINVAL && says(&f->heard, 1, bad_targets[i].words),
		      "refused: %s", bad_targets[i].line);
	}
	load_many_targets(f, CONFIG_TARGETS_MAX);
	check(f->result == 0 && config_target_count(f->config) == CONFIG_TARGETS_MAX,
	      "sixteen targets are taken");
	load_many_targets(f, CONFIG_TARGETS_MAX + 1);
	check(f->result == -EINVAL && says(&f->heard, 1, "17 elements: at most 16"),
	      "seventeen are not");
}

/* --- small parts */

static bool span_is(int64_t us, const char *text)
{
	struct note note = { .len = 0 };

	note_span(&note, us);
	return strcmp(note.text, text) == 0;
}

static void test_text(void)
{
	static const char *const words[] = { "soft_deadline", "hard_deadline", "calm", "a", NULL };
	static const char *const swapped[] = { "clamxy", "calm", NULL };
	struct note note = { .len = 0 };

	check(span_is(0, "0 s") && span_is(1, "0.000001 s") && span_is(50000, "0.05 s"),
	      "short spans are seconds");
	check(span_is(60 * USEC_PER_SEC, "60 s") && span_is(90 * USEC_PER_SEC, "90 s") &&
		      span_is(120 * USEC_PER_SEC, "2 min") && span_is(USEC_PER_HOUR, "1 h") &&
		      span_is(2 * USEC_PER_DAY, "2 d") &&
		      span_is(USEC_PER_DAY + 1, "86400.000001 s"),
	      "long spans have the largest unit that is exact");
	check(nearest("hrad_deadline", words) == words[1], "swapped letters are one slip");
	check(nearest("clam", swapped) == swapped[1], "and nearer than two letters missing");
	check(nearest("deadline", words) == NULL, "five letters missing are no slip");
	check(nearest("clm", words) == words[2], "a letter missing is a slip");
	check(nearest("xyz", words) == NULL, "nothing near is nothing");
	check(nearest("", words) == NULL, "nothing is near to nothing");
	check(nearest("0123456789012345678901234567890123456789x", words) == NULL,
	      "a word that is too long is near to nothing");
	for (int i = 0; i < 200; i++)
		note_printf(&note, "%s", "12345");
	check(note.len == NOTE_MAX - 1 && strlen(note.text) == note.len,
	      "a note that is full is cut, not overrun");
}

int main(void)
{
	static void (*const with_folder[])(struct fixture *) = { test_defaults,	     test_values,
								 test_bad_values,    test_bad_names,
								 test_other_program, test_texts,
								 test_targets };
	SCOPED(free_ptr) struct fixture *f = malloc(sizeof(*f));

	test_rows();
	test_text();
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
