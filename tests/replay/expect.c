/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Expectations: of findings (none, open, closed, never) and of quantities (lines, sent, gap, …).
 */
#include "tests/replay/expect.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/parse.h"

struct expectation {
	struct world *world;
	char *const *words;
	size_t count;
	char *seen; /* EXPECT_TEXT_MAX */
};

static int PRINTF_LIKE(2, 3) say(char *seen, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(seen, EXPECT_TEXT_MAX, format, args);
	va_end(args);
	return -EINVAL;
}

static void see_findings(const struct expectation *e)
{
	size_t used = 0;

	(void)snprintf(e->seen, EXPECT_TEXT_MAX, "nothing is open");
	for (unsigned kind = 0; kind < FINDING_KIND_MAX; kind++) {
		const struct finding *finding = world_find(e->world, (enum finding_kind)kind);
		int n;

		if (!finding || used >= EXPECT_TEXT_MAX)
			continue;
		n = snprintf(e->seen + used, EXPECT_TEXT_MAX - used, "%s %s, severity %s (%s)",
			     used > 0 ? ";" : "open:", finding_info(finding->kind)->name,
			     severity_name(finding->severity), finding->evidence.text);
		used += n > 0 ? (size_t)n : 0;
	}
}

static bool was_told(const struct world *w, enum finding_kind kind)
{
	for (size_t i = 0; i < world_told_count(w); i++) {
		const struct told *told = world_told(w, i);

		if (told->kind == kind)
			return true;
	}
	return false;
}

/* "culprit NAME", "culprit nobody": NAME as of the program, or of what is known of it */
static bool is_culprit(const struct finding *finding, const char *name)
{
	const struct evidence_contention *c = &finding->evidence.contention;

	if (strcmp(name, "nobody") == 0)
		return *c->culprit == '\0';
	return strcmp(c->comm, name) == 0 || strcmp(agent_info(c->agent)->name, name) == 0;
}

/* "open KIND", "open KIND severity S", "open KIND culprit NAME" */
static int expect_open(const struct expectation *e, enum finding_kind kind, bool *ret_met)
{
	const struct finding *finding = world_find(e->world, kind);

	if (e->count == 4 && strcmp(e->words[2], "culprit") == 0) {
		*ret_met = finding && is_culprit(finding, e->words[3]);
		return 0;
	}
	if (e->count != 2 && (e->count != 4 || strcmp(e->words[2], "severity") != 0))
		return say(e->seen, "after the finding comes nothing, or: severity S");
	*ret_met = finding &&
		   (e->count == 2 || strcmp(severity_name(finding->severity), e->words[3]) == 0);
	return 0;
}

static int expect_only(const struct expectation *e, enum finding_kind kind, bool *ret_met)
{
	int r = expect_open(e, kind, ret_met);

	if (r == 0 && world_open_count(e->world) != 1)
		*ret_met = false;
	return r;
}

/* It was open, or the family's other kinds were not before it: and now it is not. */
static int expect_closed(const struct expectation *e, enum finding_kind kind, bool *ret_met)
{
	*ret_met = !world_find(e->world, kind) && was_told(e->world, kind);
	if (!*ret_met && !world_find(e->world, kind)) {
		(void)snprintf(e->seen, EXPECT_TEXT_MAX, "it never was open");
		return 0;
	}
	return 0;
}

static int expect_never(const struct expectation *e, enum finding_kind kind, bool *ret_met)
{
	*ret_met = !was_told(e->world, kind);
	if (!*ret_met)
		(void)snprintf(e->seen, EXPECT_TEXT_MAX, "it was, see the changes below");
	return 0;
}

static const struct finding_verb {
	const char *name;
	int (*check)(const struct expectation *e, enum finding_kind kind, bool *ret_met);
} finding_verbs[] = {
	{ "open", expect_open },
	{ "only", expect_only },
	{ "closed", expect_closed },
	{ "never", expect_never },
};

static int expect_finding(const struct expectation *e, const struct finding_verb *verb,
			  bool *ret_met)
{
	enum finding_kind kind;

	if (e->count < 2 || finding_kind_parse(e->words[1], &kind) < 0)
		return say(e->seen, "'%s' is no finding", e->count < 2 ? "" : e->words[1]);
	see_findings(e);
	return verb->check(e, kind, ret_met);
}

static int64_t count_lines(const struct world *w)
{
	return (int64_t)world_counts(w)->told;
}

static int64_t count_sent(const struct world *w)
{
	return (int64_t)world_counts(w)->sent;
}

static int64_t count_most(const struct world *w)
{
	return (int64_t)world_counts(w)->most_per_minute;
}

static int64_t count_paces(const struct world *w)
{
	return (int64_t)world_counts(w)->paces;
}

static const struct quantity {
	const char *name;
	int64_t (*of)(const struct world *w);
	bool is_span;
} quantities[] = {
	{ "lines", count_lines, false },
	{ "sent", count_sent, false },
	{ "commands-in-any-minute", count_most, false },
	{ "gap", world_gap_us, true },
	{ "pace-changes", count_paces, false },
};

static int compare(const char *how, int64_t a, int64_t b, bool *ret)
{
	if (strcmp(how, "<=") == 0)
		*ret = a <= b;
	else if (strcmp(how, ">=") == 0)
		*ret = a >= b;
	else if (strcmp(how, "==") == 0)
		*ret = a == b;
	else
		return -EINVAL;
	return 0;
}

static int parse_value(const char *text, bool is_span, int64_t *ret)
{
	const char *end;
	uint64_t value;

	if (is_span)
		return parse_duration(text, ret);
	if (parse_u64(text, &value, &end) < 0 || *end != '\0' || value > INT64_MAX)
		return -EINVAL;
	*ret = (int64_t)value;
	return 0;
}

/* "lines <= 8", "gap >= 4s", "timeout == 0" */
static int expect_quantity(const struct expectation *e, bool *ret_met)
{
	const struct quantity *quantity = NULL;
	enum obs_status status;
	int64_t is, wanted;

	for (size_t i = 0; i < COUNT_OF(quantities); i++) {
		if (strcmp(quantities[i].name, e->words[0]) == 0)
			quantity = &quantities[i];
	}
	if (quantity)
		is = quantity->of(e->world);
	else if (obs_status_parse(e->words[0], &status) == 0)
		is = (int64_t)world_counts(e->world)->of[status];
	else
		return say(e->seen, "'%s' is nothing that can be expected", e->words[0]);
	if (e->count != 3)
		return say(e->seen, "after '%s' comes: <= or >= or ==, and a value", e->words[0]);
	if (parse_value(e->words[2], quantity && quantity->is_span, &wanted) < 0)
		return say(e->seen, "'%s' is no value", e->words[2]);
	if (compare(e->words[1], is, wanted, ret_met) < 0)
		return say(e->seen, "'%s' is neither <= nor >= nor ==", e->words[1]);
	if (quantity && quantity->is_span)
		clock_format_span(is, e->seen);
	else
		(void)snprintf(e->seen, EXPECT_TEXT_MAX, "%s is %lld", e->words[0], (long long)is);
	return 0;
}

int expect_check(struct world *w, char *const words[], size_t count, bool *ret_met, char *seen)
{
	const struct expectation e = { .world = w, .words = words, .count = count, .seen = seen };

	if (count == 0)
		return say(seen, "what is expected?");
	if (strcmp(words[0], "none") == 0 && count == 1) {
		see_findings(&e);
		*ret_met = world_open_count(w) == 0;
		return 0;
	}
	if (strcmp(words[0], "pace") == 0 && count == 2) {
		(void)snprintf(seen, EXPECT_TEXT_MAX, "%s", pace_mode_name(world_pace(w)));
		*ret_met = strcmp(seen, words[1]) == 0;
		return 0;
	}
	for (size_t i = 0; i < COUNT_OF(finding_verbs); i++) {
		if (strcmp(words[0], finding_verbs[i].name) == 0)
			return expect_finding(&e, &finding_verbs[i], ret_met);
	}
	return expect_quantity(&e, ret_met);
}
