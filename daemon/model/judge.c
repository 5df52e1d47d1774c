/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The façade: learns an observation, asks each family's rule, keeps the ledger of open findings
 * and tells of its changes.
 */
#include "model/judge.h"

#include "model/judge-state.h"

struct judge {
	struct judge_settings settings;
	uint32_t max_targets;
	struct opener_table *openers; /* owned */
	struct patient patients[];
};

struct listener {
	finding_fn *cb; /* NULL: nobody listens */
	void *user;
};

struct judge_settings judge_settings_default(void)
{
	return (struct judge_settings){
		.thresholds = {
			.sporadic_per_day = 2,
			.frequent_per_hour = 3,
			.storm_per_minute = 2,
			.mute_after = 2,
			.calm_us = 10 * USEC_PER_MINUTE,
			.nominal_per_hour = 0,
		},
		.slow_us = USEC_PER_SEC,
		.slow_share = 0.25,
		.bad_per_hour = 3,
		.errors_per_hour = 3,
		.busy_for_us = 5 * USEC_PER_MINUTE,
		.maintenance_max_us = 30 * USEC_PER_MINUTE,
		.maintenance_grace_us = 2 * USEC_PER_MINUTE,
		.lost_after_us = 10 * USEC_PER_SEC,
		.vanished_share = 0.1,
		.vanished_min = 2,
	};
}

struct judge *judge_new(const struct judge_settings *settings, uint32_t max_targets)
{
	struct judge *j = NULL;
	size_t size;

	if (__builtin_mul_overflow(max_targets, sizeof(j->patients[0]), &size) ||
	    __builtin_add_overflow(size, sizeof(*j), &size))
		return NULL;
	j = calloc(1, size);
	if (!j)
		return NULL;
	j->openers = opener_table_new();
	if (!j->openers) {
		free(j);
		return NULL;
	}
	j->settings = *settings;
	j->max_targets = max_targets;
	return j;
}

void judge_free(struct judge *j)
{
	if (!j)
		return;
	opener_table_free(j->openers);
	free(j);
}

void judge_configure(struct judge *j, const struct judge_settings *settings)
{
	j->settings = *settings;
}

static void tell(const struct listener *listener, const struct finding *finding,
		 enum finding_change change)
{
	if (listener->cb)
		listener->cb(listener->user, finding, change);
}

static void evidence_refresh(struct evidence *e, const struct figures *f,
			     const struct culprit *culprit, const struct evidence_restart *restart,
			     const char *text)
{
	*e = (struct evidence){
		.timeouts_hour = f->hour.of[OBS_TIMEOUT],
		.timeouts_day = f->day.of[OBS_TIMEOUT],
		.commands_hour = f->hour.commands,
		.commands_day = f->day.commands,
		.rate_per_hour = f->rates.per_hour,
		.latency_us = f->latency_us,
		.netfn = culprit->netfn,
		.cmd = culprit->cmd,
		.cc = culprit->cc,
		.error = culprit->error,
		.restart = *restart,
	};
	memcpy(e->text, text, sizeof(e->text));
}

static void finding_open(struct patient *p, enum finding_family family, const struct verdict *v,
			 uint32_t target)
{
	p->is_open[family] = true;
	p->findings[family] = (struct finding){
		.kind = v->kind,
		.previous = v->kind,
		.severity = v->severity,
		.target = target,
		.since = p->wall,
		.changed = p->wall,
		.since_mono = p->now,
	};
}

static void finding_close(struct patient *p, enum finding_family family, wall_us wall,
			  enum finding_change how, const struct listener *listener)
{
	if (!p->is_open[family])
		return;
	p->is_open[family] = false;
	p->findings[family].changed = wall;
	tell(listener, &p->findings[family], how);
}

/* Opens or changes what stands in the ledger. False: it was so already. */
static bool finding_set(struct patient *p, enum finding_family family, const struct verdict *v,
			uint32_t target, enum finding_change *ret_change)
{
	struct finding *finding = &p->findings[family];

	if (!p->is_open[family]) {
		finding_open(p, family, v, target);
		*ret_change = FINDING_OPENED;
		return true;
	}
	if (finding->kind == v->kind && finding->severity == v->severity)
		return false;
	finding->previous = finding->kind;
	finding->kind = v->kind;
	finding->severity = v->severity;
	finding->changed = p->wall;
	*ret_change = FINDING_CHANGED;
	return true;
}

/* The same finding, but somebody else is the culprit. */
static bool is_other_culprit(struct patient *p, enum finding_family family,
			     enum finding_change *ret_change)
{
	struct finding *finding = &p->findings[family];

	if (family != FAMILY_CONTENTION || !crowd_has_changed(p))
		return false;
	finding->previous = finding->kind;
	finding->changed = p->wall;
	*ret_change = FINDING_CHANGED;
	return true;
}

static void apply(struct patient *p, enum finding_family family, const struct verdict *v,
		  const struct figures *figures, uint32_t target, const struct listener *listener)
{
	const struct evidence_restart restart = aging_restart(p);
	enum finding_change change = FINDING_OPENED;
	bool is_news = false;

	switch (v->ruling) {
	case RULING_KEEP:
		return;
	case RULING_CLOSED:
		finding_close(p, family, p->wall, FINDING_CLOSED, listener);
		return;
	case RULING_OPEN:
		break;
	}
	is_news =
		finding_set(p, family, v, target, &change) || is_other_culprit(p, family, &change);
	evidence_refresh(&p->findings[family].evidence, figures, &p->culprits[family], &restart,
			 v->text);
	if (family == FAMILY_CONTENTION)
		p->findings[family].evidence.contention = p->crowd.evidence;
	if (is_news)
		tell(listener, &p->findings[family], change);
}

static void evaluate(struct judge *j, uint32_t target, const struct listener *listener)
{
	struct patient *p = &j->patients[target];
	const struct figures figures = judge_count(&j->settings, p, p->now);

	crowd_judge(p, target, j->openers);
	for (size_t i = 0; i < COUNT_OF(judge_rule_order); i++) {
		const enum finding_family family = judge_rule_order[i];
		const struct verdict v = judge_rule(family, &j->settings, p, &figures);

		apply(p, family, &v, &figures, target, listener);
	}
}

int judge_feed(struct judge *j, const struct observation *obs, finding_fn *cb, void *user)
{
	const struct listener listener = { cb, user };
	struct patient *p = NULL;

	if (obs->target >= j->max_targets || (unsigned)obs->metric >= METRIC_MAX ||
	    (unsigned)obs->status >= OBS_STATUS_MAX)
		return -EINVAL;
	p = &j->patients[obs->target];
	if (!patient_learn(p, &j->settings, obs))
		return 0;
	crowd_learn(p, &j->settings, obs, j->openers);
	evaluate(j, obs->target, &listener);
	return 0;
}

/* As apply(), but each event is news: the figures in it are. */
static void apply_event(struct judge *j, uint32_t target, const struct trend_event *event,
			const struct trend_summary *before, const struct listener *listener)
{
	struct patient *p = &j->patients[target];
	const struct figures figures = judge_count(&j->settings, p, p->now);
	const struct evidence_restart restart = aging_restart(p);
	enum finding_change change = FINDING_CHANGED;
	struct evidence_ramp ramp = { 0 };
	struct finding *finding;
	enum finding_family family;
	struct verdict v;

	if (!aging_judge(p, event, before, &v, &ramp))
		return;
	family = finding_info(v.kind)->family;
	finding = &p->findings[family];
	if (!finding_set(p, family, &v, target, &change)) {
		finding->previous = finding->kind;
		finding->changed = p->wall;
	}
	evidence_refresh(&finding->evidence, &figures, &p->culprits[family], &restart, v.text);
	finding->evidence.ramp = ramp;
	tell(listener, finding, change);
}

int judge_trend(struct judge *j, uint32_t target, const struct trend_news *news, finding_fn *cb,
		void *user)
{
	const struct listener listener = { cb, user };
	struct trend_summary before;
	struct patient *p = NULL;

	if (target >= j->max_targets)
		return -EINVAL;
	p = &j->patients[target];
	before = p->aging.summary;
	patient_pass_trend(p, news->summary, news->wall);
	patient_pass_time(p, news->now, news->wall);
	if (news->event)
		apply_event(j, target, news->event, &before, &listener);
	evaluate(j, target, &listener);
	return 0;
}

void judge_restore_trend(struct judge *j, uint32_t target, const struct trend_summary *summary,
			 wall_us wall)
{
	if (target < j->max_targets)
		patient_pass_trend(&j->patients[target], summary, wall);
}

void judge_tick(struct judge *j, mono_us now, wall_us wall, finding_fn *cb, void *user)
{
	const struct listener listener = { cb, user };

	for (uint32_t target = 0; target < j->max_targets; target++) {
		if (!j->patients[target].is_known)
			continue;
		patient_pass_time(&j->patients[target], now, wall);
		evaluate(j, target, &listener);
	}
}

/* The replay counts in other minutes than the last run did, and time-outs an hour are counted by
 * the minute: it may arrive just below what was told. That was of the same commands, so it holds;
 * calm ends it as ever. */
static bool is_outranked(const struct finding *replayed, const struct finding *told)
{
	return finding_info(told->kind)->family == FAMILY_TIMEOUTS && replayed->kind < told->kind;
}

void judge_restore(struct judge *j, const struct finding *finding)
{
	const enum finding_family family = finding_info(finding->kind)->family;
	struct finding *kept = NULL;
	struct patient *p = NULL;

	if (finding->target >= j->max_targets || (unsigned)finding->kind >= FINDING_KIND_MAX)
		return;
	p = &j->patients[finding->target];
	kept = &p->findings[family];
	if (p->is_open[family] && !is_outranked(kept, finding)) {
		kept->since = finding->since;
		kept->since_mono = finding->since_mono;
		kept->previous = finding->kind == kept->kind ? finding->previous : finding->kind;
		return;
	}
	patient_restore(p, &j->settings, finding);
	p->is_open[family] = true;
	*kept = *finding;
	kept->evidence.text[sizeof(kept->evidence.text) - 1] = '\0';
}

void judge_forget(struct judge *j, uint32_t target, wall_us wall, finding_fn *cb, void *user)
{
	const struct listener listener = { cb, user };
	struct patient *p = NULL;

	if (target >= j->max_targets)
		return;
	p = &j->patients[target];
	for (size_t i = 0; i < COUNT_OF(judge_rule_order); i++)
		finding_close(p, judge_rule_order[i], wall, FINDING_DROPPED, &listener);
	memset(p, 0, sizeof(*p));
	opener_table_forget(j->openers, target);
}

void judge_opener(struct judge *j, const struct opener_event *event)
{
	if (event->target >= j->max_targets || (unsigned)event->kind >= OPENER_EVENT_MAX)
		return;
	opener_table_feed(j->openers, event);
}

int judge_restore_openers(struct judge *j, uint32_t target, uint32_t boot_id, mono_us now,
			  const void *data, size_t len)
{
	return opener_table_load(j->openers, target, boot_id, now, data, len);
}

const struct opener_table *judge_openers(const struct judge *j)
{
	return j->openers;
}

size_t judge_findings(const struct judge *j, uint32_t target, const struct finding **ret,
		      size_t max)
{
	const struct patient *p = NULL;
	size_t count = 0;

	if (target >= j->max_targets)
		return 0;
	p = &j->patients[target];
	for (int severity = SEVERITY_CRITICAL; severity >= SEVERITY_OK; severity--) {
		/* of those as bad the cause first: contention, the last of the families */
		for (size_t i = 0; i < FAMILY_MAX && count < max; i++) {
			const size_t family = (i + FAMILY_CONTENTION) % FAMILY_MAX;

			if (p->is_open[family] && (int)p->findings[family].severity == severity)
				ret[count++] = &p->findings[family];
		}
	}
	return count;
}

struct judge_summary judge_summary(const struct judge *j, uint32_t target, mono_us now)
{
	const struct finding *worst = NULL;
	const struct patient *p = NULL;
	struct figures figures;

	if (target >= j->max_targets || !j->patients[target].is_known)
		return (struct judge_summary){ .worst = SEVERITY_OK,
					       .sharing = { -1, -1, -1, -1, -1 } };
	p = &j->patients[target];
	if (p->has_time)
		now.v = max_i64(now.v, p->now.v);
	figures = judge_count(&j->settings, p, now);
	return (struct judge_summary){
		.worst = judge_findings(j, target, &worst, 1) ? worst->severity : SEVERITY_OK,
		.frequency = p->classifier.level,
		.rates = figures.rates,
		.hour = figures.hour,
		.day = figures.day,
		.latency_q50_us = figures.latency_us,
		.latency_q90_us = window_latency_us(&p->window, 0.9),
		.has_answered = p->has_answered,
		.last_answer = p->answered_wall,
		.in_maintenance = p->maintenance.sources != 0,
		.has_trend = p->aging.is_known,
		.trend = p->aging.summary,
		.restarted = aging_restart(p).at,
		.sharing = sharing_summary(p),
	};
}
