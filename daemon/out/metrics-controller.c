/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Since when each controller is up, as metric families. A restart that nobody saw is not made up:
 * there is no sample then.
 */
#include "model/evidence.h"
#include "out/metrics.h"

#define SIGNS_MAX 256

struct family {
	const char *name, *help;
	void (*render)(struct buf *b, const struct judge_summary *s); /* labels after the first */
};

static void render_start(struct buf *b, const struct judge_summary *s)
{
	buf_printf(b, "} %.3f\n", (double)s->restarted.v / USEC_PER_SEC);
}

static void render_sure(struct buf *b, const struct judge_summary *s)
{
	char signs[SIGNS_MAX];

	trend_reset_signs(s->trend.reset, s->trend.evidence, signs, sizeof(signs));
	buf_printf(b, ",");
	buf_label(b, "known_by", signs, sizeof(signs));
	buf_printf(b, "} %g\n", s->trend.sure / 100.0);
}

static const struct family families[] = {
	{ "bmchealth_controller_start_time_seconds", "When the controller last started.",
	  render_start },
	{ "bmchealth_controller_start_sure_ratio", "How surely its last start is known.",
	  render_sure },
};

static void render_family(struct buf *b, const struct metrics_source *source,
			  const struct family *family, mono_us now)
{
	bool has_head = false;

	for (uint32_t t = 0; t < target_count(source->targets); t++) {
		const struct target *target = target_get(source->targets, t);
		const struct judge_summary s = judge_summary(source->judge, t, now);

		if (!target || s.restarted.v == 0)
			continue;
		if (!has_head)
			buf_printf(b, "# HELP %s %s\n# TYPE %s gauge\n", family->name, family->help,
				   family->name);
		has_head = true;
		buf_printf(b, "%s{", family->name);
		buf_label(b, "target", target->name, TARGET_NAME_MAX);
		family->render(b, &s);
	}
}

void metrics_render_controllers(struct buf *b, const struct metrics_source *source, mono_us now)
{
	for (size_t i = 0; source->judge && i < COUNT_OF(families); i++)
		render_family(b, source, &families[i], now);
}
