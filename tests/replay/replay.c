/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replays incident reports: `replay FILE.scn…` runs each in virtual time and prints TAP, one test
 * per `expect`. Built from replay.c, words.c, world.c and expect.c with libmodel, libipmi (of it
 * queue, backoff and taxonomy) and libbase; runs anywhere. tests/replay/README has the language.
 */
#include <stdio.h>

#include "base/fsio.h"
#include "base/parse.h"
#include "tests/replay/expect.h"
#include "tests/replay/windows.h"
#include "tests/replay/words.h"
#include "tests/replay/world.h"

#define FILE_MAX_BYTES 16384
#define LINES_MAX      512

struct replay {
	const char *file;
	unsigned line; /* the one being run, from 1 */
	char text[FILE_MAX_BYTES];
	char *lines[LINES_MAX];
	size_t line_count;
	unsigned repeat_line, repeat_left; /* 0: not in a repeat */
	struct world_settings settings;
	struct world *world; /* NULL: no step has been taken yet */
	struct bmc bmc;
	unsigned tests, failed;
	char why[EXPECT_TEXT_MAX]; /* what is wrong with the line */
};

/* --- set --- */

enum setting_type { SETTING_COUNT, SETTING_REAL, SETTING_SPAN, SETTING_SEED };

static const struct setting {
	const char *name; /* as in the daemon's configuration */
	enum setting_type type;
	size_t offset;
} setting_table[] = {
#define QUEUE(name, type, field)                                                                   \
	{                                                                                          \
		"queue." name, type, offsetof(struct world_settings, queue.field)                  \
	}
#define JUDGE(name, type, field)                                                                   \
	{                                                                                          \
		"judge." name, type, offsetof(struct world_settings, judge.field)                  \
	}
	QUEUE("soft_deadline", SETTING_SPAN, soft_us),
	QUEUE("hard_deadline", SETTING_SPAN, hard_us),
	QUEUE("stuck_after", SETTING_SPAN, stuck_us),
	QUEUE("commands_per_minute", SETTING_REAL, per_minute),
	QUEUE("bulk_per_minute", SETTING_REAL, bulk_per_minute),
	QUEUE("duty", SETTING_REAL, duty),
	QUEUE("min_gap", SETTING_SPAN, backoff.base_gap_us),
	QUEUE("max_gap", SETTING_SPAN, backoff.max_gap_us),
	QUEUE("seed", SETTING_SEED, seed),
	JUDGE("sporadic_per_day", SETTING_COUNT, thresholds.sporadic_per_day),
	JUDGE("frequent_per_hour", SETTING_COUNT, thresholds.frequent_per_hour),
	JUDGE("storm_per_minute", SETTING_REAL, thresholds.storm_per_minute),
	JUDGE("mute_after", SETTING_COUNT, thresholds.mute_after),
	JUDGE("calm", SETTING_SPAN, thresholds.calm_us),
	JUDGE("slow_share", SETTING_REAL, slow_share),
	JUDGE("bad_per_hour", SETTING_COUNT, bad_per_hour),
	JUDGE("errors_per_hour", SETTING_COUNT, errors_per_hour),
	JUDGE("busy_for", SETTING_SPAN, busy_for_us),
	JUDGE("maintenance_max", SETTING_SPAN, maintenance_max_us),
	JUDGE("maintenance_grace", SETTING_SPAN, maintenance_grace_us),
	JUDGE("lost_after", SETTING_SPAN, lost_after_us),
#undef QUEUE
#undef JUDGE
};

static int setting_write(struct replay *r, const struct setting *setting, struct words *words)
{
	char *field = (char *)&r->settings + setting->offset;
	uint64_t number = 0;
	int64_t span = 0;
	uint32_t count;
	double real;
	int ret;

	/* A real is a number or, by luck, what the parser of spans makes of one: seconds. */
	if (setting->type == SETTING_SPAN || setting->type == SETTING_REAL)
		ret = word_span(r->why, words, &span);
	else
		ret = word_number(r->why, words, &number);
	if (ret < 0)
		return ret;
	count = (uint32_t)number;
	real = (double)span / (double)USEC_PER_SEC;
	switch (setting->type) {
	case SETTING_COUNT:
		memcpy(field, &count, sizeof(count));
		break;
	case SETTING_REAL:
		memcpy(field, &real, sizeof(real));
		break;
	case SETTING_SPAN:
		memcpy(field, &span, sizeof(span));
		break;
	case SETTING_SEED:
		memcpy(field, &number, sizeof(number));
		break;
	}
	return 0;
}

static int do_set(struct replay *r, struct words *words)
{
	const char *name = word_peek(words);

	if (r->world)
		return wrong(r->why, "too late to set %s: the story has begun", name);
	words->next++;
	for (size_t i = 0; i < COUNT_OF(setting_table); i++) {
		if (strcmp(setting_table[i].name, name) == 0)
			return setting_write(r, &setting_table[i], words);
	}
	return wrong(r->why, "'%s' is no setting", name);
}

/* --- bmc --- */

static const struct errno_name {
	const char *name;
	int error;
} errno_names[] = {
	{ "EIO", -EIO },       { "EBUSY", -EBUSY },	    { "EAGAIN", -EAGAIN },
	{ "ENODEV", -ENODEV }, { "ENOENT", -ENOENT },	    { "EACCES", -EACCES },
	{ "ENXIO", -ENXIO },   { "ETIMEDOUT", -ETIMEDOUT },
};

static int manner_error(struct replay *r, struct words *words, struct manner *manner)
{
	for (size_t i = 0; i < COUNT_OF(errno_names); i++) {
		if (word_take(words, errno_names[i].name)) {
			manner->error = errno_names[i].error;
			return 0;
		}
	}
	return wrong(r->why, "'%s' is no errno known here", word_peek(words));
}

/* "in 12ms", "in 12ms to 40ms", "in 55s hosed"; nothing: in 12 ms */
static int manner_time(struct replay *r, struct words *words, struct manner *manner)
{
	int ret = 0;

	manner->from_us = 12 * USEC_PER_MSEC;
	if (word_take(words, "in"))
		ret = word_span(r->why, words, &manner->from_us);
	manner->to_us = manner->from_us;
	if (ret == 0 && word_take(words, "to"))
		ret = word_span(r->why, words, &manner->to_us);
	manner->is_hosed = word_take(words, "hosed");
	return ret;
}

static int manner_read(struct replay *r, struct words *words, struct manner *manner)
{
	int ret = 0;

	*manner = (struct manner){ .kind = MANNER_ANSWERS };
	if (word_take(words, "silent")) {
		manner->kind = MANNER_SILENT;
		return 0;
	}
	if (word_take(words, "refuses")) {
		manner->kind = MANNER_REFUSES;
		return manner_error(r, words, manner);
	}
	if (word_take(words, "says"))
		ret = word_code(r->why, words, &manner->cc);
	else if (word_take(words, "answers"))
		manner->data_len = 15;
	else if (word_take(words, "empty"))
		manner->is_empty = true;
	else if (!word_take(words, "short"))
		return wrong(r->why, "'%s' is no way a BMC behaves", word_peek(words));
	return ret < 0 ? ret : manner_time(r, words, manner);
}

/* "every 40th" */
static int manner_every(struct replay *r, struct words *words, unsigned *ret)
{
	const char *end = "";
	uint64_t every = 0;

	if (!word_take(words, "every") || parse_u64(word_peek(words), &every, &end) < 0 ||
	    every == 0 || every > UINT32_MAX)
		return wrong(r->why, "after 'but' comes: every Nth, not '%s'", word_peek(words));
	words->next++;
	*ret = (unsigned)every;
	return 0;
}

static int do_bmc(struct replay *r, struct words *words)
{
	struct bmc bmc = { .is_updating = r->bmc.is_updating };
	int ret = manner_read(r, words, &bmc.usual);

	if (ret == 0 && word_take(words, "crowded")) {
		bmc.has_crowded = true;
		ret = manner_read(r, words, &bmc.crowded);
	}
	if (ret == 0 && word_take(words, "but")) {
		ret = manner_every(r, words, &bmc.every);
		if (ret == 0)
			ret = manner_read(r, words, &bmc.exception);
	}
	if (ret < 0)
		return ret;
	r->bmc = bmc;
	world_set_bmc(r->world, &r->bmc);
	return 0;
}

static int do_device(struct replay *r, struct words *words)
{
	r->bmc.is_updating = word_take(words, "updating");
	if (!r->bmc.is_updating && !word_take(words, "operating"))
		return wrong(r->why, "a device is updating or operating, not '%s'",
			     word_peek(words));
	world_set_bmc(r->world, &r->bmc);
	return 0;
}

/* --- the rest of the language --- */

static int do_poll(struct replay *r, struct words *words)
{
	const char *name = word_peek(words);
	enum queue_priority priority = QUEUE_NORMAL;
	uint8_t tolerated = 0;
	int64_t interval_us;

	words->next++;
	if (!word_take(words, "every"))
		return wrong(r->why, "after the poll's name comes: every T, not '%s'",
			     word_peek(words));
	if (word_span(r->why, words, &interval_us) < 0)
		return -EINVAL;
	if (interval_us < USEC_PER_MSEC)
		return wrong(r->why, "that is too often");
	if (word_take(words, "heartbeat"))
		priority = QUEUE_HEARTBEAT;
	else if (word_take(words, "bulk"))
		priority = QUEUE_BULK;
	if (word_take(words, "tolerates") && word_code(r->why, words, &tolerated) < 0)
		return -EINVAL;
	if (world_poll(r->world, name, interval_us, priority, tolerated) < 0)
		return wrong(r->why, "'%s' is a poll too many", name);
	return 0;
}

static int do_load(struct replay *r, struct words *words)
{
	uint64_t load;

	if (word_number(r->why, words, &load) < 0)
		return -EINVAL;
	world_set_load(r->world, (int64_t)load);
	return 0;
}

static int do_jitter(struct replay *r, struct words *words UNUSED)
{
	world_jitter(r->world);
	return 0;
}

static int do_run(struct replay *r, struct words *words)
{
	int64_t us;

	if (word_span(r->why, words, &us) < 0)
		return -EINVAL;
	if (world_run(r->world, us) < 0)
		return wrong(r->why, "time stands still");
	return 0;
}

static int do_event(struct replay *r, struct words *words)
{
	return windows_do_event(r->why, words, r->world);
}

static int do_backfill(struct replay *r, struct words *words)
{
	return windows_do_backfill(r->why, words, r->world);
}

static int do_others(struct replay *r, struct words *words)
{
	uint64_t messages = 0;

	if (!word_take(words, "none") && word_number(r->why, words, &messages) < 0)
		return -EINVAL;
	world_set_others(r->world, (unsigned)messages);
	return 0;
}

/* "agent NAME [unit UNIT] every T for T [hidden] [harmless]", "agent NAME [unit UNIT] stays …",
 * "agent NAME stops" */
static int do_agent(struct replay *r, struct words *words)
{
	struct agent_like agent = { .every_us = 0 };

	if (word_name(r->why, words, agent.comm) < 0)
		return -EINVAL;
	if (word_take(words, "stops")) {
		if (world_agent_stop(r->world, agent.comm) < 0)
			return wrong(r->why, "there is no agent %s", agent.comm);
		return 0;
	}
	if (word_take(words, "unit") && word_name(r->why, words, agent.unit) < 0)
		return -EINVAL;
	if (!word_take(words, "stays")) {
		if (!word_take(words, "every") || word_span(r->why, words, &agent.every_us) < 0 ||
		    !word_take(words, "for") || word_span(r->why, words, &agent.holds_us) < 0)
			return wrong(r->why, "an agent comes every T for T, stays or stops");
		if (agent.holds_us >= agent.every_us)
			return wrong(r->why, "it would never leave: say stays");
	}
	agent.is_hidden = word_take(words, "hidden");
	agent.is_harmless = word_take(words, "harmless");
	if (world_agent(r->world, &agent) < 0)
		return wrong(r->why, "'%s' is an agent too many", agent.comm);
	return 0;
}

static int do_see(struct replay *r, struct words *words)
{
	uint64_t value, total = 0;
	enum obs_metric metric;

	if (obs_metric_parse(word_peek(words), &metric) < 0 || metric == METRIC_IDENTITY ||
	    metric == METRIC_COMMAND)
		return wrong(r->why, "'%s' is nothing a script can see", word_peek(words));
	words->next++;
	if (word_number(r->why, words, &value) < 0)
		return -EINVAL;
	if (word_take(words, "of") && word_number(r->why, words, &total) < 0)
		return -EINVAL;
	world_see(r->world, metric, (int64_t)value, (int64_t)total);
	return 0;
}

/* "trend confirmed", "trend none" */
static int do_trend(struct replay *r, struct words *words)
{
	struct trend_event event = { .channel = TREND_LEVEL,
				     .window_h = 216,
				     .rise = 2,
				     .uptime_s = -1,
				     .reset = TREND_RESET_PROOF,
				     .sure = 95 };

	if (word_take(words, "none")) {
		world_trend(r->world, NULL);
		return 0;
	}
	for (unsigned i = 0; i < TREND_KIND_MAX; i++) {
		if (!word_take(words, trend_kind_name((enum trend_kind)i)))
			continue;
		event.kind = (enum trend_kind)i;
		world_trend(r->world, &event);
		return 0;
	}
	return wrong(r->why, "'%s' is nothing a trend tells", word_peek(words));
}

static int do_restart(struct replay *r, struct words *words)
{
	int64_t us = 0;

	if (word_take(words, "after") && word_span(r->why, words, &us) < 0)
		return -EINVAL;
	if (world_restart(r->world, us) < 0)
		return wrong(r->why, "no memory");
	return 0;
}

static int do_mark(struct replay *r, struct words *words UNUSED)
{
	world_mark(r->world);
	return 0;
}

static int do_repeat(struct replay *r, struct words *words)
{
	uint64_t times;

	if (r->repeat_left > 0)
		return wrong(r->why, "a repeat inside a repeat");
	if (word_number(r->why, words, &times) < 0)
		return -EINVAL;
	if (!word_take(words, "times") || times == 0)
		return wrong(r->why, "repeat N times, not '%s'", word_peek(words));
	r->repeat_left = (unsigned)times;
	r->repeat_line = r->line;
	return 0;
}

static int do_end(struct replay *r, struct words *words UNUSED)
{
	if (r->repeat_left == 0)
		return wrong(r->why, "there is no repeat to end");
	r->repeat_left--;
	if (r->repeat_left > 0)
		r->line = r->repeat_line;
	return 0;
}

/* What the daemon told, for the reader of a failure. */
static void show_told(const struct replay *r)
{
	static const char *const changes[] = { "opened", "changed to", "closed" };

	for (size_t i = 0; i < world_told_count(r->world); i++) {
		const struct told *told = world_told(r->world, i);
		int64_t s = told->at.v / USEC_PER_SEC;

		printf("#   %lldd %02lld:%02lld:%02lld %s %s, severity %s\n",
		       (long long)(s / 86400), (long long)(s / 3600 % 24), (long long)(s / 60 % 60),
		       (long long)(s % 60), changes[told->change], finding_info(told->kind)->name,
		       severity_name(told->severity));
	}
}

static int do_expect(struct replay *r, struct words *words)
{
	char at[CLOCK_TEXT_MAX];
	bool is_met = false;

	if (expect_check(r->world, words->at + words->next, words->count - words->next, &is_met,
			 r->why) < 0)
		return -EINVAL;
	clock_format_span(world_now(r->world).v, at);
	printf("%sok %u - %s:%u: after %s, expect", is_met ? "" : "not ", ++r->tests, r->file,
	       r->line, at);
	for (; words->next < words->count; words->next++)
		printf(" %s", words->at[words->next]);
	printf("\n");
	if (!is_met) {
		r->failed++;
		printf("# seen instead: %s\n", r->why);
		show_told(r);
	}
	return 0;
}

static const struct directive {
	const char *name;
	int (*run)(struct replay *r, struct words *words);
} directives[] = {
	{ "set", do_set },	   { "bmc", do_bmc },	    { "device", do_device },
	{ "poll", do_poll },	   { "run", do_run },	    { "others", do_others },
	{ "trend", do_trend },	   { "see", do_see },	    { "mark", do_mark },
	{ "restart", do_restart }, { "repeat", do_repeat }, { "end", do_end },
	{ "expect", do_expect },   { "agent", do_agent },   { "jitter", do_jitter },
	{ "load", do_load },	   { "event", do_event },   { "backfill", do_backfill },
};

/* --- files and lines --- */

static int split_words(struct replay *r, char *line, struct words *words)
{
	char *save = NULL;

	*words = (struct words){ .count = 0 };
	line[strcspn(line, "#")] = '\0';
	for (char *at = strtok_r(line, " \t\r", &save); at; at = strtok_r(NULL, " \t\r", &save)) {
		if (words->count == WORDS_MAX)
			return wrong(r->why, "too many words at '%s'", at);
		words->at[words->count++] = at;
	}
	return 0;
}

static int run_directive(struct replay *r, const struct directive *directive, struct words *words)
{
	int ret;

	words->next = 1;
	if (!r->world && directive->run != do_set) {
		r->world = world_new(&r->settings);
		if (!r->world)
			return wrong(r->why, "no memory");
	}
	ret = directive->run(r, words);
	if (ret == 0 && directive->run != do_end && words->next < words->count)
		return wrong(r->why, "what does '%s' mean here?", word_peek(words));
	return ret;
}

static int run_line(struct replay *r, const char *text)
{
	char line[EXPECT_TEXT_MAX];
	struct words words;

	if (strlen(text) >= sizeof(line))
		return wrong(r->why, "the line is too long");
	memcpy(line, text, strlen(text) + 1);
	if (split_words(r, line, &words) < 0)
		return -EINVAL;
	if (words.count == 0)
		return 0;
	for (size_t i = 0; i < COUNT_OF(directives); i++) {
		if (strcmp(words.at[0], directives[i].name) == 0)
			return run_directive(r, &directives[i], &words);
	}
	return wrong(r->why, "'%s' is not a word of the language", words.at[0]);
}

static int split_lines(struct replay *r)
{
	char *at = r->text;

	while (*at) {
		if (r->line_count == LINES_MAX)
			return wrong(r->why, "too many lines");
		r->lines[r->line_count++] = at;
		at += strcspn(at, "\n");
		if (*at)
			*at++ = '\0';
	}
	return 0;
}

static int run_lines(struct replay *r)
{
	while (r->line < r->line_count) {
		int ret = run_line(r, r->lines[r->line++]);

		if (ret < 0)
			return ret;
	}
	return r->repeat_left == 0 ? 0 : wrong(r->why, "the repeat has no end");
}

static void replay_file(struct replay *r, const char *path)
{
	const struct manner healthy = { .from_us = 12 * USEC_PER_MSEC, .data_len = 15 };
	const unsigned tests = r->tests, failed = r->failed;
	const char *slash = strrchr(path, '/');
	ssize_t n;
	int ret;

	memset(r, 0, sizeof(*r));
	r->file = slash ? slash + 1 : path;
	r->settings = world_settings_default();
	r->bmc.usual = healthy;
	r->tests = tests;
	r->failed = failed;
	n = fs_read("", path, r->text, sizeof(r->text));
	ret = n < 0 ? wrong(r->why, "cannot be read: %s", strerror((int)-n)) : split_lines(r);
	if (ret == 0)
		ret = run_lines(r);
	if (ret == 0 && r->tests == tests)
		ret = wrong(r->why, "nothing was expected of it");
	if (ret < 0) {
		printf("not ok %u - %s:%u: %s\n", ++r->tests, r->file, r->line, r->why);
		r->failed++;
	}
	world_free(TAKE(r->world));
}

int main(int argc, char **argv)
{
	SCOPED(free_ptr) struct replay *r = calloc(1, sizeof(*r));

	if (!r)
		return 1;
	for (int i = 1; i < argc; i++)
		replay_file(r, argv[i]);
	printf("1..%u\n", r->tests);
	return r->failed > 0 || argc < 2;
}
