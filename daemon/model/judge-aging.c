/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a trend tells, as findings: a ramp that stands until the trend says otherwise, and the
 * restarts of the controller, which are news for a while. "Leak-like", never "leak": latencies
 * cannot prove one.
 */
#include <stdio.h>

#include "model/evidence.h"
#include "model/judge-state.h"

#define RESET_NEWS_US	  USEC_PER_HOUR
#define CURED_NEWS_US	  USEC_PER_DAY
#define NOT_CURED_NEWS_US (7 * USEC_PER_DAY)
#define SPAN_MAX_S	  (9999.0 * 7 * 86400)
#define CLAUSE_MAX	  96
#define SPAN_TEXT_MAX	  32

void patient_pass_trend(struct patient *p, const struct trend_summary *summary, wall_us wall)
{
	if (!p->is_known)
		patient_start(p);
	p->aging.is_known = true;
	p->aging.summary = *summary;
	p->aging.restarted.v = 0;
	if (summary->is_known && summary->uptime_s >= 0)
		p->aging.restarted.v = max_i64(wall.v - summary->uptime_s * USEC_PER_SEC, 1);
}

bool aging_leak_stands(const struct patient *p)
{
	const struct trend_summary *s = &p->aging.summary;

	return !p->aging.is_known || s->is_suspected || s->is_confirmed;
}

bool aging_restart_stands(const struct patient *p)
{
	return mono_since(p->now, p->aging.restart_until) < 0;
}

struct evidence_restart aging_restart(const struct patient *p)
{
	if (p->aging.restarted.v == 0)
		return (struct evidence_restart){ 0 };
	return (struct evidence_restart){ .at = p->aging.restarted,
					  .signs = p->aging.summary.evidence,
					  .sure = p->aging.summary.sure };
}

static int64_t news_us(enum finding_kind kind)
{
	if (kind == FINDING_NOT_CURED)
		return NOT_CURED_NEWS_US;
	return kind == FINDING_CURED ? CURED_NEWS_US : RESET_NEWS_US;
}

void aging_restore(struct patient *p, const struct finding *finding)
{
	p->aging.restart_until = mono_add(finding->since_mono, news_us(finding->kind));
}

/* --- words --- */

/* No finer than is known: "5 hours", "9 days", "3 weeks". */
static void coarse_span(double seconds, bool is_up, char *text)
{
	static const struct {
		double from_s, unit_s;
		const char *name;
	} units[] = { { 14 * 86400, 7 * 86400, "weeks" },
		      { 2 * 86400, 86400, "days" },
		      { 2 * 3600, 3600, "hours" },
		      { 0, 60, "minutes" } };
	size_t i = 0;
	int64_t count;

	while (i + 1 < COUNT_OF(units) && seconds < units[i].from_s)
		i++;
	seconds = seconds < SPAN_MAX_S ? seconds : SPAN_MAX_S;
	count = (int64_t)(seconds / units[i].unit_s + (is_up ? 0.99 : 0));
	(void)snprintf(text, SPAN_TEXT_MAX, "%lld %s", (long long)count, units[i].name);
}

/* The window says how fast it grows, the time since the restart how far it has come. */
static bool is_longer_known(const struct trend_event *event)
{
	return event->uptime_s > (event->window_h + 24) * INT64_C(3600) &&
	       event->rise_since > event->rise + 0.1;
}

static void say_rise(const struct trend_event *event, char *text)
{
	const char *what = "answers have become", *how = "times slower";
	const double rise = is_longer_known(event) ? event->rise_since : event->rise;

	if (event->channel == TREND_TAIL)
		what = "the slowest answers have become";
	if (event->channel == TREND_TIMEOUTS) {
		what = "time-outs have become";
		how = "times as many";
	}
	(void)snprintf(text, CLAUSE_MAX, "%s %.1f %s", what, rise, how);
}

static void say_since(const struct trend_event *event, char *text)
{
	char window[SPAN_TEXT_MAX], span[CLOCK_TEXT_MAX];

	coarse_span(3600.0 * event->window_h, true, window);
	if (event->uptime_s < 0) {
		(void)snprintf(text, CLAUSE_MAX, "in %s", window);
		return;
	}
	clock_format_span(event->uptime_s * USEC_PER_SEC, span);
	if (is_longer_known(event)) {
		(void)snprintf(text, CLAUSE_MAX,
			       "since its last restart %.16s ago, %.1f times in the last %.12s",
			       span, event->rise, window);
	} else {
		(void)snprintf(text, CLAUSE_MAX, "in %.12s, %.20s after its last restart", window,
			       span);
	}
}

static void say_earlier(unsigned teeth, char *text)
{
	*text = '\0';
	if (teeth == 1)
		(void)snprintf(text, CLAUSE_MAX, ", as once before");
	else if (teeth > 1)
		(void)snprintf(text, CLAUSE_MAX, ", as %u times before", teeth);
}

static void say_failure(const struct trend_event *event, char *text)
{
	char low[SPAN_TEXT_MAX], high[SPAN_TEXT_MAX];

	*text = '\0';
	if (!event->has_ttf)
		return;
	coarse_span(event->ttf_low_s, false, low);
	coarse_span(event->ttf_high_s, true, high);
	(void)snprintf(text, CLAUSE_MAX, "; it may fail in %s to %s", low, high);
}

static void say_ramp(const struct trend_event *event, char *text)
{
	char rise[CLAUSE_MAX], since[CLAUSE_MAX], earlier[CLAUSE_MAX], failure[CLAUSE_MAX];

	say_rise(event, rise);
	say_since(event, since);
	say_earlier(event->teeth, earlier);
	say_failure(event, failure);
	/* the other kinds say "as with a leak" by their names */
	(void)snprintf(text, EVIDENCE_TEXT_MAX, "%s%.60s %.80s%.36s%.60s",
		       event->kind == TREND_IMMINENT ? "leak-like: " : "", rise, since, earlier,
		       failure);
}

static void say_reset(const struct trend_event *event, const struct trend_summary *before,
		      char *text)
{
	char signs[CLAUSE_MAX], span[CLOCK_TEXT_MAX], up[CLAUSE_MAX] = "";

	trend_reset_signs(event->reset, event->evidence, signs, sizeof(signs));
	if (before->is_known && before->uptime_s > 0) {
		clock_format_span(before->uptime_s * USEC_PER_SEC, span);
		(void)snprintf(up, sizeof(up), "; it had been up for %s", span);
	}
	(void)snprintf(text, EVIDENCE_TEXT_MAX, "known by: %s; %u %% sure%s", signs, event->sure,
		       up);
}

static void say_cured(const struct trend_event *event, char *text)
{
	char earlier[CLAUSE_MAX] = "";

	if (event->teeth == 2)
		(void)snprintf(earlier, sizeof(earlier), ", as once before");
	else if (event->teeth > 2)
		(void)snprintf(earlier, sizeof(earlier), ", as %u times before", event->teeth - 1u);
	(void)snprintf(text, EVIDENCE_TEXT_MAX,
		       "%s went back with the restart: leak-like, and likely to return%s",
		       event->channel == TREND_TIMEOUTS ? "the time-outs" : "the latency", earlier);
}

static void say_not_cured(const struct trend_event *event, char *text)
{
	(void)snprintf(text, EVIDENCE_TEXT_MAX,
		       "%s stayed after the restart: what had grown is hardly in the controller's "
		       "memory",
		       event->channel == TREND_TIMEOUTS ? "the time-outs" : "the latency");
}

/* --- events --- */

/* What codes alone say is kept by the trend and told nobody: many a busy moment looks so. */
static bool is_told(const struct trend_event *event)
{
	return event->kind != TREND_RESET || event->reset >= TREND_RESET_DROP;
}

static bool kind_of(const struct trend_event *event, enum finding_kind *ret)
{
	switch (event->kind) {
	case TREND_SUSPECTED:
		*ret = FINDING_LEAK_SUSPECTED;
		return true;
	case TREND_CONFIRMED:
		*ret = FINDING_LEAK;
		return true;
	case TREND_RETURNED:
		*ret = FINDING_LEAK_RETURNED;
		return true;
	case TREND_IMMINENT:
		*ret = FINDING_FAILURE_IMMINENT;
		return true;
	case TREND_RESET:
		*ret = FINDING_CONTROLLER_RESET;
		return is_told(event);
	case TREND_CURED:
		*ret = FINDING_CURED;
		return true;
	case TREND_NOT_CURED:
		*ret = FINDING_NOT_CURED;
		return true;
	case TREND_CLEARED: /* the ramp's finding closes */
	case TREND_CONTENTION:
	case TREND_OUTAGE: /* FINDING_MUTE has said so */
	case TREND_KIND_MAX:
		break;
	}
	return false;
}

static void say(const struct trend_event *event, const struct trend_summary *before, char *text)
{
	if (event->kind == TREND_RESET)
		say_reset(event, before, text);
	else if (event->kind == TREND_CURED)
		say_cured(event, text);
	else if (event->kind == TREND_NOT_CURED)
		say_not_cured(event, text);
	else
		say_ramp(event, text);
}

bool aging_judge(struct patient *p, const struct trend_event *event,
		 const struct trend_summary *before, struct verdict *ret,
		 struct evidence_ramp *ret_ramp)
{
	enum finding_kind kind;

	if (!kind_of(event, &kind))
		return false;
	*ret = (struct verdict){ .ruling = RULING_OPEN,
				 .kind = kind,
				 .severity = finding_info(kind)->severity };
	say(event, before, ret->text);
	*ret_ramp = (struct evidence_ramp){
		.rise = event->window_h > 0 ? event->rise : 0,
		.rise_since = event->rise_since,
		.window_h = event->window_h,
		.teeth = event->teeth,
		.low_s = event->has_ttf ? (int64_t)event->ttf_low_s : 0,
		.high_s = event->has_ttf ? (int64_t)event->ttf_high_s : 0,
	};
	if (finding_info(kind)->family == FAMILY_RESTART)
		p->aging.restart_until = mono_add(p->now, news_us(kind));
	return true;
}
