/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Windows hosts as metric families: how many there are, and numbers of those with findings, not too
 * many. Of the others nothing is said: a series that is 0 would look like health.
 */
#include "out/metrics.h"

#define SHOWN_MAX 100

static void render_head(struct buf *b, const char *name, const char *help, const char *type)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* By kind, so that an alert needs no names. */
static void render_kinds(struct buf *b, const struct hosts *hosts)
{
	unsigned count[FINDING_KIND_MAX];

	hosts_count_kinds(hosts, count);
	render_head(b, "bmchealth_windows_findings",
		    "Windows hosts with an open finding of that kind.", "gauge");
	for (unsigned kind = 0; kind < FINDING_KIND_MAX; kind++) {
		if (count[kind] > 0)
			buf_printf(b, "bmchealth_windows_findings{kind=\"%s\"} %u\n",
				   finding_info((enum finding_kind)kind)->name, count[kind]);
	}
}

static void render_ill(struct buf *b, const struct metrics_source *source,
		       const struct hosts *hosts, wall_us now)
{
	unsigned shown = 0;

	render_head(b, "bmchealth_windows_timeouts_per_day",
		    "Time-outs of the last day, of Windows hosts with findings.", "gauge");
	for (uint32_t t = hosts_next(hosts, TARGET_NONE); t != TARGET_NONE && shown < SHOWN_MAX;
	     t = hosts_next(hosts, t)) {
		const struct target *target = target_get(source->targets, t);
		const struct host_summary s = hosts_summary(hosts, t, now);

		if (!target || s.worst == SEVERITY_OK)
			continue;
		shown++;
		buf_printf(b, "bmchealth_windows_timeouts_per_day{");
		buf_label(b, "target", target->name, TARGET_NAME_MAX);
		buf_printf(b, "} %u\n", s.timeouts_day);
	}
}

void metrics_render_hosts(struct buf *b, const struct metrics_source *source, wall_us now)
{
	const struct hosts *hosts = source->hosts ? *source->hosts : NULL;
	struct hosts_counters c;

	if (!hosts)
		return;
	c = hosts_counters(hosts);
	render_head(b, "bmchealth_windows_hosts", "Windows hosts that are known.", "gauge");
	buf_printf(b, "bmchealth_windows_hosts %u\n", c.hosts);
	render_head(b, "bmchealth_windows_hosts_with_findings", "Those with findings.", "gauge");
	buf_printf(b, "bmchealth_windows_hosts_with_findings %u\n", c.open);
	render_head(b, "bmchealth_windows_events", "Events of Windows hosts that were taken.",
		    "counter");
	buf_printf(b, "bmchealth_windows_events_total %llu\n", (unsigned long long)c.events);
	if (c.open == 0)
		return;
	render_kinds(b, hosts);
	render_ill(b, source, hosts, now);
}
