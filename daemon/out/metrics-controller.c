/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How each controller does, and since when it is up, as metric families. What nobody knows is not
 * made up: there is no sample then.
 */
#include "model/evidence.h"
#include "out/metrics.h"

#define SIGNS_MAX 256

struct subject { /* one controller */
	const struct judge *judge;
	const struct target *target;
	uint32_t index;
	struct judge_summary summary;
};

struct family {
	const char *name, *help;
	bool (*is_known)(const struct subject *s); /* NULL: always */
	void (*render)(struct buf *b, const char *name, const struct subject *s);
};

static void render_name(struct buf *b, const char *name, const struct subject *s)
{
	buf_printf(b, "%s{", name);
	buf_label(b, "target", s->target->name, TARGET_NAME_MAX);
}

static void render_severity(struct buf *b, const char *name, const struct subject *s)
{
	render_name(b, name, s);
	buf_printf(b, "} %d\n", (int)s->summary.worst);
}

static bool has_findings(const struct subject *s)
{
	const struct finding *findings[FAMILY_MAX];

	return judge_findings(s->judge, s->index, findings, FAMILY_MAX) > 0;
}

static void render_findings(struct buf *b, const char *name, const struct subject *s)
{
	const struct finding *findings[FAMILY_MAX];
	const size_t n = judge_findings(s->judge, s->index, findings, FAMILY_MAX);

	for (size_t i = 0; i < n; i++) {
		render_name(b, name, s);
		buf_printf(b, ",kind=\"%s\"} 1\n", finding_info(findings[i]->kind)->name);
	}
}

static void render_timeouts(struct buf *b, const char *name, const struct subject *s)
{
	render_name(b, name, s);
	buf_printf(b, "} %u\n", s->summary.hour.of[OBS_TIMEOUT]);
}

static bool has_latency(const struct subject *s)
{
	return s->summary.latency_q90_us > 0;
}

static void render_seconds(struct buf *b, const char *name, const struct subject *s, int64_t us)
{
	render_name(b, name, s);
	buf_printf(b, "} %.6f\n", (double)us / USEC_PER_SEC);
}

static void render_median(struct buf *b, const char *name, const struct subject *s)
{
	render_seconds(b, name, s, s->summary.latency_q50_us);
}

static void render_p90(struct buf *b, const char *name, const struct subject *s)
{
	render_seconds(b, name, s, s->summary.latency_q90_us);
}

static bool has_start(const struct subject *s)
{
	return s->summary.restarted.v != 0;
}

static void render_start(struct buf *b, const char *name, const struct subject *s)
{
	render_name(b, name, s);
	buf_printf(b, "} %.3f\n", (double)s->summary.restarted.v / USEC_PER_SEC);
}

static void render_sure(struct buf *b, const char *name, const struct subject *s)
{
	const struct trend_summary *trend = &s->summary.trend;
	char signs[SIGNS_MAX];

	trend_reset_signs(trend->reset, trend->evidence, signs, sizeof(signs));
	render_name(b, name, s);
	buf_printf(b, ",");
	buf_label(b, "known_by", signs, sizeof(signs));
	buf_printf(b, "} %g\n", trend->sure / 100.0);
}

static const struct family families[] = {
	{ "bmchealth_severity",
	  "How the controller does (0=healthy, 1=notice, 2=warning, 3=critical).", NULL,
	  render_severity },
	{ "bmchealth_finding_open", "A finding that is open, by its kind.", has_findings,
	  render_findings },
	{ "bmchealth_timeouts_per_hour", "Commands of the last hour that timed out.", NULL,
	  render_timeouts },
	{ "bmchealth_latency_median_seconds", "How long half of the recent answers took at most.",
	  has_latency, render_median },
	{ "bmchealth_latency_p90_seconds", "How long nine in ten recent answers took at most.",
	  has_latency, render_p90 },
	{ "bmchealth_controller_start_time_seconds", "When the controller last started.", has_start,
	  render_start },
	{ "bmchealth_controller_start_sure_ratio", "How surely its last start is known.", has_start,
	  render_sure },
};

static void render_family(struct buf *b, const struct metrics_source *source,
			  const struct family *family, mono_us now)
{
	bool has_head = false;

	for (uint32_t t = 0; t < target_count(source->targets); t++) {
		const struct subject s = { source->judge, target_get(source->targets, t), t,
					   judge_summary(source->judge, t, now) };

		if (!s.target || (family->is_known && !family->is_known(&s)))
			continue;
		if (!has_head)
			buf_printf(b, "# HELP %s %s\n# TYPE %s gauge\n", family->name, family->help,
				   family->name);
		has_head = true;
		family->render(b, family->name, &s);
	}
}

void metrics_render_controllers(struct buf *b, const struct metrics_source *source, mono_us now)
{
	for (size_t i = 0; source->judge && i < COUNT_OF(families); i++)
		render_family(b, source, &families[i], now);
}

bool metrics_is_cut_off(const struct metrics_source *source, uint32_t target)
{
	static const enum finding_kind kinds[] = { FINDING_MUTE, FINDING_NO_DEVICE,
						   FINDING_INTERFACE_LOST, FINDING_NO_ACCESS };
	const struct finding *findings[FAMILY_MAX];
	size_t n;

	if (!source->judge)
		return false;
	n = judge_findings(source->judge, target, findings, FAMILY_MAX);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < COUNT_OF(kinds); k++) {
			if (findings[i]->kind == kinds[k])
				return true;
		}
	}
	return false;
}
