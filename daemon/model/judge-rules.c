/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One rule per family: from the state of a target to a verdict. A rule sees whether its finding is
 * open, so that closing takes less than not opening would (hysteresis). The texts are for an admin
 * at three in the morning: one clause, with numbers.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "model/judge-state.h"

#define SLOW_MIN_ANSWERS 6 /* fewer have no share */
#define BUSY_MIN_ANSWERS 2 /* one is no span of time */
#define CLOSE_FRACTION	 4 /* bad replies and errors end below a quarter of their threshold */
#define COMMAND_TEXT_MAX 80

struct scene { /* what a rule is given */
	const struct judge_settings *s;
	struct patient *p;
	const struct figures *f;
	const struct finding *open; /* NULL: none */
};

PRINTF_LIKE(3, 4)
static struct verdict verdict_open(enum finding_kind kind, enum severity severity,
				   const char *format, ...)
{
	struct verdict v = { .ruling = RULING_OPEN, .kind = kind, .severity = severity };
	va_list args;

	va_start(args, format);
	(void)vsnprintf(v.text, sizeof(v.text), format, args);
	va_end(args);
	return v;
}

static struct verdict verdict_closed(void)
{
	return (struct verdict){ .ruling = RULING_CLOSED };
}

static struct verdict verdict_keep(void)
{
	return (struct verdict){ .ruling = RULING_KEEP };
}

static enum severity usual(enum finding_kind kind)
{
	return finding_info(kind)->severity;
}

/* Restored from the store and nothing heard of it since: it stands, but not for longer than a day
 * of answers that do not repeat it. */
static struct verdict verdict_unheard(const struct scene *c)
{
	if (c->p->has_answered && mono_since(c->p->answered_at, c->p->restored_at) > USEC_PER_DAY)
		return verdict_closed();
	return verdict_keep();
}

static void format_command(const struct culprit *culprit, char *text)
{
	if (culprit->label[0]) {
		(void)snprintf(text, COMMAND_TEXT_MAX, "%s (netfn 0x%02x cmd 0x%02x)",
			       culprit->label, culprit->netfn, culprit->cmd);
	} else {
		(void)snprintf(text, COMMAND_TEXT_MAX, "netfn 0x%02x cmd 0x%02x", culprit->netfn,
			       culprit->cmd);
	}
}

/* A target that tells us of time-outs only has no number of commands to compare with. */
static struct verdict say_timeouts(const struct scene *c, enum finding_kind kind,
				   const struct window_counts *counts, const char *span)
{
	const uint32_t timeouts = counts->of[OBS_TIMEOUT];

	if (c->s->thresholds.nominal_per_hour <= 0)
		return verdict_open(kind, usual(kind), "%u time-outs in the last %s", timeouts,
				    span);
	if (kind == FINDING_TIMEOUTS_FREQUENT && c->f->rates.per_hour > timeouts + 1.0) {
		return verdict_open(kind, usual(kind),
				    "%u of %u commands in the last %s timed out, as many as %.0f "
				    "an hour at the usual pace",
				    timeouts, counts->commands, span, c->f->rates.per_hour);
	}
	return verdict_open(kind, usual(kind), "%u of %u commands in the last %s timed out",
			    timeouts, counts->commands, span);
}

static struct verdict say_mute(const struct scene *c)
{
	const uint32_t unanswered = c->p->classifier.unanswered;
	char span[CLOCK_TEXT_MAX];

	clock_format_span(mono_since(c->p->now, c->p->answered_at), span);
	if (c->p->has_answered && unanswered < c->s->thresholds.mute_after) {
		return verdict_open(FINDING_MUTE, usual(FINDING_MUTE),
				    "it answers now and then, but not yet %d times in a row; the "
				    "last answer came %s ago",
				    MUTE_LEAVE_ANSWERS, span);
	}
	if (!c->p->has_answered) {
		return verdict_open(FINDING_MUTE, usual(FINDING_MUTE),
				    "%u commands in a row had no answer, and none was answered "
				    "since the watch began",
				    unanswered);
	}
	return verdict_open(FINDING_MUTE, usual(FINDING_MUTE),
			    "%u commands in a row had no answer, the last answer came %s ago",
			    unanswered, span);
}

static bool is_open_as(const struct patient *p, enum finding_kind kind)
{
	const enum finding_family family = finding_info(kind)->family;

	return p->is_open[family] && p->findings[family].kind == kind;
}

/* A driver that hangs hides the controller: muteness seen through it is not opened as a second
 * alarm, nor by the answer that ends the hang; but one that was open before stays. */
static bool is_mute_told(const struct scene *c)
{
	return is_open_as(c->p, FINDING_MUTE) ||
	       (!is_open_as(c->p, FINDING_DRIVER_STUCK) &&
		c->p->classifier.unanswered >= c->s->thresholds.mute_after);
}

static struct verdict rule_timeouts(const struct scene *c)
{
	const enum frequency level =
		classify(&c->p->classifier, &c->p->window, c->p->now, &c->s->thresholds);

	/* Nobody must be told to reset or reseat a controller that is being flashed; but who
	 * answers is not mute any more. */
	if (patient_is_forgiving(c->p, c->s, c->p->now)) {
		if (!c->open || (is_open_as(c->p, FINDING_MUTE) && level != FREQUENCY_MUTE))
			return verdict_closed();
		return verdict_keep();
	}
	switch (level) {
	case FREQUENCY_SPORADIC:
		return say_timeouts(c, FINDING_TIMEOUTS_SPORADIC, &c->f->day, "day");
	case FREQUENCY_FREQUENT:
		return say_timeouts(c, FINDING_TIMEOUTS_FREQUENT, &c->f->hour, "hour");
	case FREQUENCY_STORM:
		return say_timeouts(c, FINDING_TIMEOUTS_STORM, &c->f->recent, "five minutes");
	case FREQUENCY_MUTE:
		return is_mute_told(c) ? say_mute(c) : verdict_keep();
	case FREQUENCY_NONE:
	case FREQUENCY_MAX:
		break;
	}
	return verdict_closed();
}

static struct verdict rule_slow(const struct scene *c)
{
	const uint32_t *of = c->f->hour.of;
	const uint32_t slow = of[OBS_SLOW] + of[OBS_LATE];
	const uint32_t answers =
		slow + of[OBS_OK] + of[OBS_BUSY] + of[OBS_BAD_REPLY] + of[OBS_COMPLETION_CODE];
	char slowest[CLOCK_TEXT_MAX];

	if (answers == 0) /* whoever fell mute has not become fast */
		return c->p->classifier.level == FREQUENCY_MUTE ? verdict_keep() : verdict_closed();
	if (!c->open && (answers < SLOW_MIN_ANSWERS || slow <= c->s->slow_share * answers))
		return verdict_closed();
	if (c->open && slow < c->s->slow_share / 2 * answers)
		return verdict_closed();
	if (c->open && slow == 0)
		return verdict_closed();
	clock_format_span(window_latency_us(&c->p->window, 0.9), slowest);
	return verdict_open(FINDING_SLOW, usual(FINDING_SLOW),
			    "%u of %u answers in the last hour were slow, a tenth of the latest "
			    "took %s or longer",
			    slow, answers, slowest);
}

static struct verdict rule_busy(const struct scene *c)
{
	const struct streak *busy = &c->p->busy;
	char span[CLOCK_TEXT_MAX];

	if (!busy->is_on)
		return verdict_closed();
	if (busy->answers == 0) /* restored */
		return verdict_keep();
	if (!c->open && (busy->answers < BUSY_MIN_ANSWERS ||
			 mono_since(busy->last, busy->since) < c->s->busy_for_us))
		return verdict_closed();
	clock_format_span(mono_since(busy->last, busy->since), span);
	return verdict_open(FINDING_BUSY, usual(FINDING_BUSY),
			    "all %u answers in %s said busy, the last with code 0x%02x",
			    busy->answers, span, c->p->culprits[FAMILY_BUSY].cc);
}

static bool is_often(const struct scene *c, uint32_t count, uint32_t threshold)
{
	return count > 0 && count >= (c->open ? threshold / CLOSE_FRACTION : threshold);
}

static struct verdict rule_bad_replies(const struct scene *c)
{
	const uint32_t count = c->f->hour.of[OBS_BAD_REPLY];
	char command[COMMAND_TEXT_MAX];

	if (!is_often(c, count, c->s->bad_per_hour))
		return verdict_closed();
	format_command(&c->p->culprits[FAMILY_BAD_REPLIES], command);
	return verdict_open(FINDING_BAD_REPLIES, usual(FINDING_BAD_REPLIES),
			    "%u of %u replies in the last hour were short or impossible, the last "
			    "to %s",
			    count, c->f->hour.commands, command);
}

static struct verdict rule_errors(const struct scene *c)
{
	const uint32_t count = c->f->hour.of[OBS_COMPLETION_CODE];
	char command[COMMAND_TEXT_MAX];

	if (!is_often(c, count, c->s->errors_per_hour))
		return verdict_closed();
	format_command(&c->p->culprits[FAMILY_ERRORS], command);
	return verdict_open(FINDING_ERRORS, usual(FINDING_ERRORS),
			    "%u of %u commands in the last hour were refused, the last with code "
			    "0x%02x: %s",
			    count, c->f->hour.commands, c->p->culprits[FAMILY_ERRORS].cc, command);
}

static const char *maintenance_reason(const struct patient *p)
{
	if (p->maintenance.sources & MAINTENANCE_DEVICE)
		return "the controller says it is in firmware update or self-initialisation";
	if (p->maintenance.sources & MAINTENANCE_DRIVER)
		return "the driver says the controller is being updated or reset";
	if (p->culprits[FAMILY_MAINTENANCE].cc == 0xd2)
		return "the controller answers 0xD2, it is starting up";
	return "the controller answers 0xD1, it is in firmware update";
}

/* A reset is told by the driver, then by 0xD2, then by the device-available bit: one after the
 * other, one episode. It is over when none says so any more and a good answer comes. */
static bool is_between_sources(const struct scene *c)
{
	const struct maintenance *m = &c->p->maintenance;

	return c->open && m->has_been && !m->is_over &&
	       mono_since(c->p->now, m->ended) < c->s->maintenance_grace_us;
}

static struct verdict rule_maintenance(const struct scene *c)
{
	const struct maintenance *m = &c->p->maintenance;
	const int64_t lasts_us = mono_since(c->p->now, m->since);
	char span[CLOCK_TEXT_MAX];

	if (!m->sources)
		return is_between_sources(c) ? verdict_keep() : verdict_closed();
	clock_format_span(lasts_us, span);
	if (lasts_us > c->s->maintenance_max_us) {
		return verdict_open(FINDING_MAINTENANCE, SEVERITY_WARNING,
				    "%s, for %s: too long, failures count again after %u forgiven "
				    "ones",
				    maintenance_reason(c->p), span, m->forgiven);
	}
	if (lasts_us < USEC_PER_SEC) {
		return verdict_open(FINDING_MAINTENANCE, usual(FINDING_MAINTENANCE),
				    "%s, %u failures forgiven", maintenance_reason(c->p),
				    m->forgiven);
	}
	return verdict_open(FINDING_MAINTENANCE, usual(FINDING_MAINTENANCE),
			    "%s, for %s, %u failures forgiven", maintenance_reason(c->p), span,
			    m->forgiven);
}

/* IPMI 2.0 §20.4, the bits beside result 0x57. */
static struct verdict say_corrupt(uint8_t detail)
{
	static const char *const parts[8] = {
		"its firmware",	     "its boot block", "the internal FRU area", "SDR empty",
		"the IPMB is stuck", "the FRU device", "the SDR repository",	"the SEL",
	};
	char list[132] = "";
	size_t len = 0;

	for (size_t bit = COUNT_OF(parts); bit-- > 0;) {
		if (!(detail & 1u << bit))
			continue;
		(void)snprintf(list + len, sizeof(list) - len, "%s%s", len ? ", " : ": ",
			       parts[bit]);
		len = strlen(list);
	}
	return verdict_open(FINDING_SELF_TEST, usual(FINDING_SELF_TEST),
			    "self test found corrupt or inaccessible parts (0x57 0x%02x)%s", detail,
			    list);
}

static struct verdict rule_self_test(const struct scene *c)
{
	const struct self_test *test = &c->p->self_test;

	if (!test->is_known)
		return verdict_unheard(c);
	switch (test->result) {
	case 0x55: /* no error */
	case 0x56: /* not implemented */
	case 0xff: /* reserved */
		return verdict_closed();
	case 0x57:
		return say_corrupt(test->detail);
	case 0x58:
		return verdict_open(FINDING_SELF_TEST, SEVERITY_CRITICAL,
				    "self test found a fatal hardware error (0x58 0x%02x)",
				    test->detail);
	default:
		return verdict_open(FINDING_SELF_TEST, usual(FINDING_SELF_TEST),
				    "self test failed with the maker's own code 0x%02x 0x%02x",
				    test->result, test->detail);
	}
}

static struct verdict rule_identity(const struct scene *c)
{
	const struct drift *drift = &c->p->drift;

	if (!drift_is_recent(drift, c->p->now))
		return verdict_closed();
	return verdict_open(FINDING_IDENTITY_DRIFT,
			    drift->is_habit ? SEVERITY_NOTICE : usual(FINDING_IDENTITY_DRIFT), "%s",
			    drift->text);
}

static struct verdict rule_sensors(const struct scene *c)
{
	const struct sensor_loss *loss = &c->p->sensors;
	const double share = c->s->vanished_share * (double)loss->total;
	double threshold = c->s->vanished_min > share ? c->s->vanished_min : share;

	if (!loss->is_known)
		return verdict_unheard(c);
	if (c->open)
		threshold /= 2;
	if (loss->missing == 0 || (double)loss->missing < threshold)
		return verdict_closed();
	return verdict_open(FINDING_SENSORS_VANISHED, usual(FINDING_SENSORS_VANISHED),
			    "%" PRId64 " of %" PRId64 " sensors have lost their reading",
			    loss->missing, loss->total);
}

static enum finding_kind lost_kind(const struct scene *c)
{
	const int error = abs(c->p->culprits[FAMILY_INTERFACE].error);

	if (error == EACCES || error == EPERM || -error == OBS_ERROR_PASSWORD ||
	    -error == OBS_ERROR_SESSION)
		return FINDING_NO_ACCESS;
	if (error == 0 && is_open_as(c->p, FINDING_NO_ACCESS)) /* restored, nothing heard yet */
		return FINDING_NO_ACCESS;
	return c->p->interface.had_one ? FINDING_INTERFACE_LOST : FINDING_NO_DEVICE;
}

static struct verdict say_lost(const struct scene *c)
{
	const enum finding_kind kind = lost_kind(c);
	const int error = c->p->culprits[FAMILY_INTERFACE].error;
	char span[CLOCK_TEXT_MAX];

	clock_format_span(mono_since(c->p->now, c->p->interface.lost_since), span);
	return verdict_open(kind, usual(kind), "%s for %s: %s",
			    kind == FINDING_NO_ACCESS ? "no access" : "no IPMI interface", span,
			    error != 0 ? obs_error_text(-abs(error))
				       : "the kernel gives no reason");
}

static struct verdict rule_interface(const struct scene *c)
{
	const struct interface_state *i = &c->p->interface;
	const bool was_lost = is_open_as(c->p, FINDING_NO_DEVICE) ||
			      is_open_as(c->p, FINDING_INTERFACE_LOST) ||
			      is_open_as(c->p, FINDING_NO_ACCESS);
	const struct culprit *culprit = &c->p->culprits[FAMILY_INTERFACE];
	char command[COMMAND_TEXT_MAX];
	char span[CLOCK_TEXT_MAX];

	if (i->is_lost && (was_lost || mono_since(c->p->now, i->lost_since) >= c->s->lost_after_us))
		return say_lost(c);
	if (!i->is_stuck)
		return verdict_closed();
	if (culprit->took_us <= 0) { /* restored, or its loss is too young to say so */
		return c->open ? verdict_keep()
			       : verdict_open(FINDING_DRIVER_STUCK, usual(FINDING_DRIVER_STUCK),
					      "the driver gave neither an answer nor an error");
	}
	clock_format_span(culprit->took_us, span);
	format_command(culprit, command);
	return verdict_open(FINDING_DRIVER_STUCK, usual(FINDING_DRIVER_STUCK),
			    "the driver gave neither an answer nor an error for %s: %s", span,
			    command);
}

/* What a trend told stands until it says otherwise. */
static struct verdict rule_leak(const struct scene *c)
{
	return aging_leak_stands(c->p) ? verdict_keep() : verdict_closed();
}

static struct verdict rule_restart(const struct scene *c)
{
	return aging_restart_stands(c->p) ? verdict_keep() : verdict_closed();
}

static struct verdict rule_contention(const struct scene *c)
{
	return crowd_verdict(c->p);
}

/* What only a Windows host's events tell: model/hosts.h judges them. */
static struct verdict rule_of_hosts(const struct scene *c UNUSED)
{
	return verdict_closed();
}

const enum finding_family judge_rule_order[FAMILY_MAX] = {
	FAMILY_MAINTENANCE, FAMILY_INTERFACE, FAMILY_TIMEOUTS,	FAMILY_SLOW,	 FAMILY_BUSY,
	FAMILY_BAD_REPLIES, FAMILY_ERRORS,    FAMILY_SELF_TEST, FAMILY_IDENTITY, FAMILY_SENSORS,
	FAMILY_LEAK,	    FAMILY_RESTART,   FAMILY_SETTINGS,	FAMILY_LOG,	 FAMILY_CONTENTION,
};

static struct verdict (*const rules[FAMILY_MAX])(const struct scene *) = {
	[FAMILY_TIMEOUTS] = rule_timeouts,
	[FAMILY_SLOW] = rule_slow,
	[FAMILY_BUSY] = rule_busy,
	[FAMILY_BAD_REPLIES] = rule_bad_replies,
	[FAMILY_ERRORS] = rule_errors,
	[FAMILY_MAINTENANCE] = rule_maintenance,
	[FAMILY_SELF_TEST] = rule_self_test,
	[FAMILY_IDENTITY] = rule_identity,
	[FAMILY_SENSORS] = rule_sensors,
	[FAMILY_INTERFACE] = rule_interface,
	[FAMILY_LEAK] = rule_leak,
	[FAMILY_RESTART] = rule_restart,
	[FAMILY_SETTINGS] = rule_of_hosts,
	[FAMILY_LOG] = rule_of_hosts,
	[FAMILY_CONTENTION] = rule_contention,
};

struct figures judge_count(const struct judge_settings *s, const struct patient *p, mono_us now)
{
	return (struct figures){
		.recent = window_count(&p->window, now, STORM_MINUTES * USEC_PER_MINUTE),
		.hour = window_count(&p->window, now, USEC_PER_HOUR),
		.day = window_count(&p->window, now, USEC_PER_DAY),
		.rates = classify_rates(&p->window, now, &s->thresholds),
		.latency_us = window_latency_us(&p->window, 0.5),
	};
}

struct verdict judge_rule(enum finding_family family, const struct judge_settings *s,
			  struct patient *p, const struct figures *figures)
{
	const struct scene scene = {
		.s = s,
		.p = p,
		.f = figures,
		.open = p->is_open[family] ? &p->findings[family] : NULL,
	};

	return rules[family](&scene);
}
