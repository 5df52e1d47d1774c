/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who else uses the controller, and whether its trouble is theirs: what contention.c makes of it,
 * in words.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "model/agent.h"
#include "model/judge-state.h"

#define QUIET_US	 (3 * USEC_PER_HOUR)
#define ANOTHER_US	 (6 * USEC_PER_HOUR) /* so long one culprit stands */
#define SHARING_AGE_US	 (10 * USEC_PER_MINUTE)
#define SECONDS_PER_HOUR 3600
#define WHO_TEXT_MAX	 (CULPRIT_NAME_MAX + OPENER_UNIT_MAX + 4)
#define TROUBLE		 "time-outs and slow answers"

/* --- what the driver counts --- */

static void sharing_start(struct sharing *s)
{
	if (s->is_known)
		return;
	*s = (struct sharing){ .foreign = -1,
			       .driver_own = -1,
			       .users = -1,
			       .messages = -1,
			       .cpu_permille = -1,
			       .is_known = true };
}

void sharing_learn(struct sharing *s, const struct observation *obs)
{
	sharing_start(s);
	if (obs->metric == METRIC_FOREIGN_PER_HOUR) {
		s->foreign = obs->value;
		s->driver_own = obs->total;
		s->foreign_at = obs->mono;
	} else if (obs->metric == METRIC_DRIVER_USERS) {
		s->users = obs->value;
	} else if (obs->metric == METRIC_DRIVER_MESSAGES) {
		s->messages = obs->value;
	} else if (obs->metric == METRIC_DRIVER_CPU) {
		s->cpu_permille = obs->value;
	}
}

struct judge_sharing sharing_summary(const struct patient *p)
{
	struct sharing s = p->sharing;

	sharing_start(&s);
	if (s.foreign >= 0 && mono_since(p->now, s.foreign_at) > SHARING_AGE_US)
		s.foreign = s.driver_own = -1;
	return (struct judge_sharing){ s.foreign, s.driver_own, s.users, s.messages,
				       s.cpu_permille };
}

/* --- whose doing --- */

void crowd_learn(struct patient *p, const struct judge_settings *s, const struct observation *obs,
		 const struct opener_table *openers)
{
	const bool is_late = mono_since(p->newest, obs->mono) > LATE_OBSERVATION_US;

	if (obs->metric == METRIC_COMMAND && !is_late && !patient_is_forgiving(p, s, obs->mono))
		contention_learn(&p->crowd.contention, obs, openers);
}

static void name_culprit(struct evidence_contention *e, const struct opener_entry *entry)
{
	if (!entry)
		return;
	e->agent = entry->agent;
	opener_entry_name(entry, e->culprit, sizeof(e->culprit));
	(void)snprintf(e->comm, sizeof(e->comm), "%s", entry->who.comm);
	(void)snprintf(e->unit, sizeof(e->unit), "%s", entry->who.unit);
}

/* By the clock, but by no program of this machine: fewer commands than strokes of that clock. */
static bool is_nobodys(const struct patient *p, const struct contention_verdict *v)
{
	const int64_t foreign = sharing_summary(p).foreign_per_hour;

	return v->how == CONTENTION_CLOCK && foreign >= 0 &&
	       2 * foreign * v->period_s < SECONDS_PER_HOUR;
}

void crowd_judge(struct patient *p, uint32_t target, const struct opener_table *openers)
{
	struct crowd *crowd = &p->crowd;
	struct evidence_contention e;
	struct contention_verdict v;

	if (!contention_judge(&crowd->contention, target, p->now, openers, &v))
		return;
	crowd->how = is_nobodys(p, &v) ? CONTENTION_NONE : v.how;
	if (crowd->how == CONTENTION_NONE)
		return;
	crowd->proved = p->now;
	crowd->after_us = v.after_us;
	e = (struct evidence_contention){ .hits = v.hits,
					  .troubles = v.troubles,
					  .expected = v.expected,
					  .chance = v.chance,
					  .period_s = v.period_s,
					  .sure = v.sure };
	if (v.how == CONTENTION_VISITS || v.how == CONTENTION_ARRIVAL)
		name_culprit(&e, opener_table_get(openers, v.entry));
	crowd->evidence = e;
}

static void who_text(const struct evidence_contention *e, char *text)
{
	if (*e->unit)
		(void)snprintf(text, WHO_TEXT_MAX, "%.50s (%.60s)", e->culprit, e->unit);
	else
		(void)snprintf(text, WHO_TEXT_MAX, "%.100s", e->culprit);
}

static void every_text(uint32_t period_s, const char *before, char *text)
{
	char span[CLOCK_TEXT_MAX];

	*text = '\0';
	if (period_s == 0)
		return;
	clock_format_span(period_s * USEC_PER_SEC, span);
	(void)snprintf(text, (size_t)2 * CLOCK_TEXT_MAX, "%s%s", before, span);
}

/* What does not fit is cut: a unit's name may be as long as a line. */
PRINTF_LIKE(2, 3)
static void put(char *text, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, EVIDENCE_TEXT_MAX, format, args);
	va_end(args);
}

static void say(const struct crowd *crowd, char *text)
{
	const struct evidence_contention *e = &crowd->evidence;
	char who[WHO_TEXT_MAX], every[2 * CLOCK_TEXT_MAX], after[CLOCK_TEXT_MAX];

	who_text(e, who);
	if (crowd->how == CONTENTION_CLOCK) {
		every_text(e->period_s, "", every);
		put(text,
		    "%u of %u " TROUBLE " keep step with a clock, every %.20s: a program "
		    "that nobody saw, or the controller's own work; chance would be %.1f, %u %% "
		    "sure",
		    e->hits, e->troubles, every, e->expected, e->sure);
	} else if (crowd->how == CONTENTION_LOAD) {
		const struct contention_load *load = &crowd->contention.load;

		clock_format_span(crowd->after_us, after);
		put(text,
		    "%u " TROUBLE " since others send %" PRId64 " commands an hour (%.0f before), "
		    "the first %.20s after that; before, it would have been %.1f; %u %% sure",
		    e->hits, load->per_hour, load->usual, after, e->expected, e->sure);
	} else if (crowd->how == CONTENTION_ARRIVAL) {
		clock_format_span(crowd->after_us, after);
		put(text,
		    "%u " TROUBLE " since %s came, the first %.20s after it; before, "
		    "it would have been %.1f; %u %% sure",
		    e->hits, who, after, e->expected, e->sure);
	} else {
		every_text(e->period_s, ", every ", every);
		put(text,
		    "%u of %u " TROUBLE " within 3 s of a visit of %s%.30s; chance would be %.1f, "
		    "%u %% sure",
		    e->hits, e->troubles, who, every, e->expected, e->sure);
	}
}

static mono_us later(mono_us a, mono_us b)
{
	return a.v > b.v ? a : b;
}

/* It stands for some hours after there was proof, if there is trouble: with a few time-outs more or
 * less the proof comes and goes. */
static bool still_stands(const struct patient *p)
{
	const struct crowd *crowd = &p->crowd;

	return mono_since(p->now, later(crowd->contention.last_trouble, p->restored_at)) <=
		       QUIET_US &&
	       mono_since(p->now, later(crowd->proved, p->restored_at)) <= QUIET_US;
}

struct verdict crowd_verdict(const struct patient *p)
{
	struct verdict v = { .ruling = RULING_OPEN, .kind = FINDING_CONTENTION };
	const bool is_open = p->is_open[FAMILY_CONTENTION];

	if (p->crowd.how == CONTENTION_NONE) {
		v.ruling = is_open && still_stands(p) ? RULING_KEEP : RULING_CLOSED;
		return v;
	}
	v.severity = finding_info(v.kind)->severity;
	if (is_open && !crowd_has_changed(p) &&
	    strcmp(p->findings[FAMILY_CONTENTION].evidence.contention.culprit,
		   p->crowd.evidence.culprit) != 0) {
		v.ruling = RULING_KEEP; /* another one, too soon */
		return v;
	}
	say(&p->crowd, v.text);
	return v;
}

/* A name where there was none is news at once, another name after some hours. */
bool crowd_has_changed(const struct patient *p)
{
	const struct finding *finding = &p->findings[FAMILY_CONTENTION];
	const char *told = finding->evidence.contention.culprit;
	const char *now = p->crowd.evidence.culprit;

	if (!p->is_open[FAMILY_CONTENTION] || p->crowd.how == CONTENTION_NONE || *now == '\0' ||
	    strcmp(told, now) == 0)
		return false;
	return *told == '\0' || p->wall.v - finding->changed.v > ANOTHER_US;
}
