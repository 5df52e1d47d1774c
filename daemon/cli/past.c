/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first of two passes over the samples; the second fills the bins of a view.
 */
#include "cli/past.h"

#include "cli/judging.h"

struct past_finding {
	struct finding finding; /* as it last was */
	wall_us closed;		/* 0: it is open */
};

struct past {
	struct trend *trend;	 /* owned; NULL if there is a judging */
	struct judging *judging; /* owned; NULL: without findings */
	bool has_span;
	wall_us first, last;
	struct view_restart restarts[VIEW_MARKS_MAX];
	size_t restart_count;
	struct past_finding findings[VIEW_MARKS_MAX];
	size_t finding_count;
};

static void remember_restart(void *user, const struct trend_event *event)
{
	struct past *p = user;

	if (event->kind != TREND_RESET || event->reset < TREND_RESET_DROP)
		return;
	if (p->restart_count == VIEW_MARKS_MAX) {
		p->restart_count--;
		memmove(p->restarts, p->restarts + 1, p->restart_count * sizeof(p->restarts[0]));
	}
	p->restarts[p->restart_count++] = (struct view_restart){
		.at = { event->wall.v - max_i64(event->uptime_s, 0) * USEC_PER_SEC },
		.evidence = event->evidence,
		.sure = event->sure,
		.reset = event->reset,
	};
}

/* NULL: none of that family is open, or it was so long ago that it was dropped. */
static struct past_finding *open_one(struct past *p, const struct finding *finding)
{
	const enum finding_family family = finding_info(finding->kind)->family;

	for (size_t i = p->finding_count; i-- > 0;) {
		if (p->findings[i].closed.v == 0 &&
		    finding_info(p->findings[i].finding.kind)->family == family)
			return &p->findings[i];
	}
	return NULL;
}

/* A place for one more; the oldest may go. */
static struct past_finding *add_finding(struct past *p)
{
	if (p->finding_count == VIEW_MARKS_MAX) {
		p->finding_count--;
		memmove(p->findings, p->findings + 1, p->finding_count * sizeof(p->findings[0]));
	}
	return &p->findings[p->finding_count++];
}

static void remember_finding(void *user, const struct finding *finding, enum finding_change change)
{
	struct past *p = user;
	struct past_finding *known = open_one(p, finding);
	const bool is_over = finding_is_over(change);

	if (known && is_over) {
		known->closed = finding->changed; /* why it was open, not why it is over */
		return;
	}
	if (!known) {
		*add_finding(p) =
			(struct past_finding){ .finding = *finding,
					       .closed.v = is_over ? finding->changed.v : 0 };
		return;
	}
	if (known->finding.kind == finding->kind) {
		known->finding = *finding;
		return;
	}
	known->closed = finding->changed; /* it has become another */
	known = add_finding(p);
	*known = (struct past_finding){ .finding = *finding };
	known->finding.since = finding->changed;
}

struct past *past_new(bool wants_findings)
{
	struct past *p = calloc(1, sizeof(*p));
	const struct judging_listener listener = { .on_event = remember_restart,
						   .on_finding = remember_finding,
						   .user = p };

	if (!p)
		return NULL;
	if (wants_findings)
		p->judging = judging_new(&listener);
	else
		p->trend = trend_new(true);
	if (p->judging || p->trend)
		return p;
	past_free(p);
	return NULL;
}

void past_free(struct past *p)
{
	if (!p)
		return;
	judging_free(p->judging);
	trend_free(p->trend);
	free(p);
}

static void look_for_restarts(struct past *p, const struct trend_sample *sample)
{
	struct trend_event events[TREND_EVENTS_MAX];
	const size_t n = trend_feed(p->trend, sample, events, COUNT_OF(events));

	for (size_t i = 0; i < n; i++)
		remember_restart(p, &events[i]);
}

void past_look(void *past, const struct trend_sample *sample)
{
	struct past *p = past;

	if (p->judging)
		judging_feed(p->judging, sample);
	else
		look_for_restarts(p, sample);
	if (!p->has_span || sample->wall.v < p->first.v)
		p->first = sample->wall;
	if (!p->has_span || sample->wall.v > p->last.v)
		p->last = sample->wall;
	p->has_span = true;
}

bool past_span(const struct past *p, wall_us *ret_first, wall_us *ret_last)
{
	*ret_first = p->first;
	*ret_last = p->last;
	return p->has_span;
}

void past_mark(const struct past *p, struct view *v)
{
	for (size_t i = 0; i < p->restart_count; i++)
		view_add_restart(v, &p->restarts[i]);
	for (size_t i = 0; i < p->finding_count; i++)
		view_add_finding(v, &p->findings[i].finding, p->findings[i].closed);
}
