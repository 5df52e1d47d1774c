/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sentences: name of the target, what it is, what that rests on, what to do next.
 */
#include "out/sentence.h"

#include <stdio.h>

#include "model/advice.h"

static void say_open(const struct finding *f, const struct target *target, char *text, size_t max)
{
	const struct advice *advice = advice_of(f->kind, target);
	char before[128] = "", who[64] = "", firmware[16], next[ADVICE_TEXT_MAX];

	if (f->previous != f->kind)
		(void)snprintf(before, sizeof(before), " (before: %s)",
			       finding_info(f->previous)->summary);
	if (target->has_identity) {
		identity_format_firmware(&target->identity, firmware);
		(void)snprintf(who, sizeof(who), " (%s BMC, firmware %s)",
			       vendor_name(target->vendor), firmware);
	}
	(void)snprintf(text, max, "%s: %s%s%s%s%s. Next: %s%s%s", target->name,
		       finding_info(f->kind)->summary, before, *f->evidence.text ? ": " : "",
		       f->evidence.text, who, advice_next_step(f, target, next),
		       advice->is_reboot_risky ? " " : "",
		       advice->is_reboot_risky ? advice_no_reboot : "");
}

/* What began as something else has lasted for less long than its trouble; and a cure goes on when
 * it is no news any more. */
static void say_closed(const struct finding *f, const struct target *target, char *text, size_t max)
{
	const bool is_news = finding_info(f->kind)->family == FAMILY_RESTART;
	const bool has_changed = !is_news && f->previous != f->kind;
	char span[CLOCK_TEXT_MAX];

	clock_format_span(max_i64(f->changed.v - f->since.v, 0), span);
	(void)snprintf(
		text, max,
		"%s: %s\"%s\" is over after %s%s. Next: nothing; should it come back, compare "
		"with the times in: bmchealthctl findings",
		target->name, is_news ? "the news " : "", finding_info(f->kind)->summary, span,
		has_changed ? " of such trouble" : "");
}

/* Nobody has asked a Windows host: that it says no more may have any reason. */
static void say_host_over(const struct finding *f, enum finding_change change,
			  const struct target *target, char *text, size_t max)
{
	char span[CLOCK_TEXT_MAX];

	clock_format_span(max_i64(f->changed.v - f->since.v, 0), span);
	if (change == FINDING_CLOSED) {
		(void)snprintf(text, max,
			       "%s: \"%s\" is not reported any more, after %s. Next: nothing, but "
			       "silence is not health: see whether its events still arrive",
			       target->name, finding_info(f->kind)->summary, span);
	} else {
		(void)snprintf(text, max,
			       "%s: \"%s\" is no longer watched: the host has made room for "
			       "others, or winevt.enabled was switched off. Next: nothing if that "
			       "was meant, else raise winevt.hosts_max",
			       target->name, finding_info(f->kind)->summary);
	}
}

static void say_dropped(const struct finding *f, const struct target *target, char *text,
			size_t max)
{
	(void)snprintf(text, max,
		       "%s: \"%s\" is no longer watched: the target was taken out of the "
		       "configuration. Next: nothing if that was meant; what was found stays in: "
		       "bmchealthctl findings",
		       target->name, finding_info(f->kind)->summary);
}

void sentence_of(const struct finding *finding, enum finding_change change,
		 const struct target *target, char *text, size_t max)
{
	if (target->is_host && finding_is_over(change)) {
		say_host_over(finding, change, target, text, max);
		return;
	}
	switch (change) {
	case FINDING_OPENED:
	case FINDING_CHANGED:
		say_open(finding, target, text, max);
		break;
	case FINDING_CLOSED:
		say_closed(finding, target, text, max);
		break;
	case FINDING_DROPPED:
		say_dropped(finding, target, text, max);
		break;
	}
}
