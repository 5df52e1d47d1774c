/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what a Windows host has told to its findings. No rule asks in which order it came: events
 * may be late, and come from several paths.
 */
#include <stdio.h>

#include "model/hosts-state.h"

#define HALFHOUR_US  (30 * USEC_PER_MINUTE)
#define INTERFACE_US (7 * USEC_PER_DAY) /* nothing was heard of it again: nobody knows */
#define SETTINGS_US  (7 * USEC_PER_DAY)
#define LOG_US	     USEC_PER_DAY

/* --- counting --- */

static void ring_move(struct host_ring *ring, uint16_t *counts, int64_t length, int64_t index)
{
	int64_t from = ring->newest + 1;

	if (!ring->has_newest || index - ring->newest >= length)
		from = max_i64(index - length + 1, 0); /* 1970 is a time like any other */
	for (int64_t i = from; i <= index; i++)
		counts[i % length] = 0;
	ring->newest = index;
	ring->has_newest = true;
}

static void ring_add(struct host_ring *ring, uint16_t *counts, int64_t length, int64_t index,
		     uint32_t count)
{
	uint16_t *at = &counts[index % length];

	if (!ring->has_newest || index > ring->newest)
		ring_move(ring, counts, length, index);
	if (index <= ring->newest - length)
		return;
	*at = (uint16_t)min_i64((int64_t)*at + count, UINT16_MAX);
}

static uint32_t ring_sum(const struct host_ring *ring, const uint16_t *counts, int64_t length,
			 int64_t first, int64_t last)
{
	uint32_t sum = 0;

	if (!ring->has_newest)
		return 0;
	first = max_i64(first, max_i64(ring->newest - length + 1, 0));
	last = min_i64(last, ring->newest);
	for (int64_t i = first; i <= last; i++)
		sum += counts[i % length];
	return sum;
}

void host_count(struct host *host, wall_us at, uint32_t count)
{
	if (at.v < 0)
		return;
	ring_add(&host->minute, host->minutes, HOST_MINUTES, at.v / USEC_PER_MINUTE, count);
	ring_add(&host->halfhour, host->halfhours, HOST_HALFHOURS, at.v / HALFHOUR_US, count);
}

/* Were the clock set back, what was counted would stand in the way of what comes. */
void host_mind_clock(struct host *host, wall_us now)
{
	const int64_t most = now.v + 2 * HOSTS_AHEAD_US;

	if (host->minute.newest <= most / USEC_PER_MINUTE)
		return;
	host->minute = host->halfhour = (struct host_ring){ .has_newest = false };
	for (int i = 0; i < WINEVENT_MAX; i++)
		host->last[i].v = min_i64(host->last[i].v, now.v);
}

struct host_figures host_figures(const struct host *host, wall_us now)
{
	const int64_t minute = (now.v + HOSTS_AHEAD_US) / USEC_PER_MINUTE;
	const int64_t now_minute = now.v / USEC_PER_MINUTE;
	const int64_t halfhour = (now.v + HOSTS_AHEAD_US) / HALFHOUR_US;
	struct host_figures f = {
		.recent = ring_sum(&host->minute, host->minutes, HOST_MINUTES,
				   now_minute - STORM_MINUTES + 1, minute),
		.hour = ring_sum(&host->minute, host->minutes, HOST_MINUTES,
				 now_minute - HOST_MINUTES + 1, minute),
		.day = ring_sum(&host->halfhour, host->halfhours, HOST_HALFHOURS,
				now.v / HALFHOUR_US - HOST_HALFHOURS + 1, halfhour),
	};

	f.rates = (struct frequency_rates){ .per_minute = (double)f.recent / STORM_MINUTES,
					    .per_hour = f.hour,
					    .per_day = f.day };
	return f;
}

/* --- rules: SEVERITY_OK is nothing --- */

struct host_verdict {
	bool is_open;
	enum finding_kind kind;
};

static struct host_verdict rule_timeouts(struct host *host, const struct hosts_settings *s,
					 const struct host_figures *f, wall_us now)
{
	const mono_us at = { now.v }; /* there is no other time of a host than the wall's */

	switch (classify_rate(&host->classifier, &f->rates, f->recent, at, &s->thresholds)) {
	case FREQUENCY_SPORADIC:
		return (struct host_verdict){ true, FINDING_TIMEOUTS_SPORADIC };
	case FREQUENCY_FREQUENT:
		return (struct host_verdict){ true, FINDING_TIMEOUTS_FREQUENT };
	case FREQUENCY_STORM:
		return (struct host_verdict){ true, FINDING_TIMEOUTS_STORM };
	case FREQUENCY_NONE:
	case FREQUENCY_MUTE:
	case FREQUENCY_MAX:
		break;
	}
	return (struct host_verdict){ .is_open = false };
}

static bool is_within(wall_us then, wall_us now, int64_t span_us)
{
	return then.v > 0 && now.v - then.v < span_us;
}

/* The driver does not say when it works again. That it times out, or reads the log, shows that it
 * has a controller. */
static wall_us last_sign_of_life(const struct host *host)
{
	const wall_us *last = host->last;

	return (wall_us){ max_i64(last[WINEVENT_TIMEOUT].v, max_i64(last[WINEVENT_LOG_UNREAD].v,
								    last[WINEVENT_HARMLESS].v)) };
}

static struct host_verdict rule_interface(const struct host *host, wall_us now)
{
	const wall_us gave_up = host->last[WINEVENT_GAVE_UP];
	const wall_us none = host->last[WINEVENT_NO_INTERFACE];
	const wall_us last = { max_i64(gave_up.v, none.v) };

	return (struct host_verdict){
		.is_open =
			is_within(last, now, INTERFACE_US) && last_sign_of_life(host).v <= last.v,
		.kind = gave_up.v >= none.v ? FINDING_INTERFACE_LOST : FINDING_NO_DEVICE,
	};
}

static struct host_verdict rule_of(enum host_family family, struct host *host,
				   const struct hosts_settings *s, const struct host_figures *f,
				   wall_us now)
{
	switch (family) {
	case HOST_TIMEOUTS:
		return rule_timeouts(host, s, f, now);
	case HOST_INTERFACE:
		return rule_interface(host, now);
	case HOST_SETTINGS:
		return (struct host_verdict){ is_within(host->last[WINEVENT_BAD_SETTING], now,
							SETTINGS_US),
					      FINDING_DRIVER_SETTINGS };
	case HOST_LOG:
		return (struct host_verdict){
			is_within(host->last[WINEVENT_LOG_UNREAD], now, LOG_US), FINDING_LOG_UNREAD
		};
	case HOST_LEAK:
		return (struct host_verdict){ host->has_ramp, host->ramp.kind };
	case HOST_FAMILIES:
		break;
	}
	return (struct host_verdict){ .is_open = false };
}

/* --- words --- */

static void say_timeouts(const struct host *host, enum finding_kind kind,
			 const struct host_figures *f, char *text)
{
	const wall_us last = { max_i64(host->last[WINEVENT_TIMEOUT].v,
				       host->last[WINEVENT_NO_START].v) };
	uint32_t count = f->day;
	const char *span = "day";
	char at[CLOCK_TEXT_MAX];

	if (kind == FINDING_TIMEOUTS_FREQUENT) {
		count = f->hour;
		span = "hour";
	} else if (kind == FINDING_TIMEOUTS_STORM) {
		count = f->recent;
		span = "five minutes";
	}
	clock_format_wall(last, at);
	(void)snprintf(text, EVIDENCE_TEXT_MAX, "%u time-outs in the last %s, the last at %s",
		       count, span, at);
}

static void say_last(const char *what, wall_us last, const char *more, char *text)
{
	char at[CLOCK_TEXT_MAX];

	clock_format_wall(last, at);
	(void)snprintf(text, EVIDENCE_TEXT_MAX, "%s at %s%s", what, at, more);
}

static void say_ramp(const struct evidence_ramp *ramp, char *text)
{
	(void)snprintf(text, EVIDENCE_TEXT_MAX,
		       "time-outs have become %.1f times as many in %u hours%s", ramp->rise,
		       ramp->window_h, ramp->teeth > 0 ? ", as before" : "");
}

static void say(const struct host *host, enum finding_kind kind, const struct host_figures *f,
		char *text)
{
	const wall_us *last = host->last;

	if (kind == FINDING_INTERFACE_LOST) {
		say_last("the driver gave the controller up", last[WINEVENT_GAVE_UP],
			 ", and nothing since shows that it works again", text);
	} else if (kind == FINDING_NO_DEVICE) {
		say_last("the driver found no SMBIOS record of an IPMI interface",
			 last[WINEVENT_NO_INTERFACE], "", text);
	} else if (kind == FINDING_DRIVER_SETTINGS) {
		say_last("the driver refused one of its settings", last[WINEVENT_BAD_SETTING],
			 " and takes its default", text);
	} else if (kind == FINDING_LOG_UNREAD) {
		say_last("the driver failed to read the event log, the last time",
			 last[WINEVENT_LOG_UNREAD], "", text);
	} else if (finding_info(kind)->family == FAMILY_LEAK) {
		say_ramp(&host->ramp.evidence, text);
	} else {
		say_timeouts(host, kind, f, text);
	}
}

struct finding host_finding(const struct host *host, enum host_family family, uint32_t target,
			    wall_us now)
{
	const struct host_finding *entry = &host->findings[family];
	const struct host_figures f = host_figures(host, now);
	struct finding finding = { .kind = entry->kind,
				   .previous = entry->previous,
				   .severity = entry->severity,
				   .target = target,
				   .since = entry->since,
				   .changed = entry->changed };

	/* as many commands as time-outs: of the others nobody tells */
	finding.evidence = (struct evidence){ .timeouts_hour = f.hour,
					      .timeouts_day = f.day,
					      .commands_hour = f.hour,
					      .commands_day = f.day,
					      .rate_per_hour = f.rates.per_hour };
	if (family == HOST_LEAK)
		finding.evidence.ramp = host->ramp.evidence;
	say(host, entry->kind, &f, finding.evidence.text);
	return finding;
}

/* --- the ledger --- */

static void tell(const struct host *host, enum host_family family, uint32_t target, wall_us now,
		 enum finding_change change, const struct hosts_listener *listener)
{
	const struct finding finding = host_finding(host, family, target, now);

	if (listener && listener->finding)
		listener->finding(listener->user, &finding, change);
}

static void ledger_close(struct host *host, enum host_family family, uint32_t target, wall_us now,
			 enum finding_change how, const struct hosts_listener *listener)
{
	if (!host->findings[family].is_open)
		return;
	host->findings[family].is_open = false;
	host->findings[family].changed = now;
	tell(host, family, target, now, how, listener);
}

static enum severity severity_of(enum finding_kind kind, enum severity most)
{
	const enum severity usual = finding_info(kind)->severity;

	return usual < most ? usual : most;
}

/* False: it was so already. */
static bool ledger_set(struct host_finding *entry, enum finding_kind kind, enum severity severity,
		       wall_us now)
{
	const bool is_new = !entry->is_open;

	if (!is_new && entry->kind == kind && entry->severity == severity)
		return false;
	*entry = (struct host_finding){ .is_open = true,
					.kind = kind,
					.previous = is_new ? kind : entry->kind,
					.severity = severity,
					.since = is_new ? now : entry->since,
					.changed = now };
	return true;
}

void host_judge(struct host *host, const struct hosts_settings *s, uint32_t target, wall_us now,
		const struct hosts_listener *listener)
{
	const struct host_figures f = host_figures(host, now);

	for (int i = 0; i < HOST_FAMILIES; i++) {
		const enum host_family family = (enum host_family)i;
		const struct host_verdict v = rule_of(family, host, s, &f, now);

		const bool was_open = host->findings[i].is_open;

		if (!v.is_open)
			ledger_close(host, family, target, now, FINDING_CLOSED, listener);
		else if (ledger_set(&host->findings[i], v.kind,
				    severity_of(v.kind, s->severity_max), now))
			tell(host, family, target, now, was_open ? FINDING_CHANGED : FINDING_OPENED,
			     listener);
	}
}

void host_drop(struct host *host, uint32_t target, wall_us now,
	       const struct hosts_listener *listener)
{
	for (int i = 0; i < HOST_FAMILIES; i++)
		ledger_close(host, (enum host_family)i, target, now, FINDING_DROPPED, listener);
}

uint32_t host_timeouts(const struct host *host, int64_t hour)
{
	return ring_sum(&host->halfhour, host->halfhours, HOST_HALFHOURS, 2 * hour, 2 * hour + 1);
}

bool host_has_open(const struct host *host)
{
	for (int i = 0; i < HOST_FAMILIES; i++)
		if (host->findings[i].is_open)
			return true;
	return false;
}

/* --- what the store had --- */

static enum host_family family_of(enum finding_kind kind)
{
	switch (finding_info(kind)->family) {
	case FAMILY_TIMEOUTS:
		return kind == FINDING_MUTE ? HOST_FAMILIES : HOST_TIMEOUTS;
	case FAMILY_INTERFACE:
		return kind == FINDING_INTERFACE_LOST || kind == FINDING_NO_DEVICE ? HOST_INTERFACE
										   : HOST_FAMILIES;
	case FAMILY_SETTINGS:
		return HOST_SETTINGS;
	case FAMILY_LOG:
		return HOST_LOG;
	case FAMILY_LEAK:
		return HOST_LEAK;
	case FAMILY_SLOW:
	case FAMILY_BUSY:
	case FAMILY_BAD_REPLIES:
	case FAMILY_ERRORS:
	case FAMILY_MAINTENANCE:
	case FAMILY_SELF_TEST:
	case FAMILY_IDENTITY:
	case FAMILY_SENSORS:
	case FAMILY_RESTART:
	case FAMILY_CONTENTION:
	case FAMILY_MAX:
		break;
	}
	return HOST_FAMILIES;
}

void host_restore(struct host *host, const struct finding *finding)
{
	const enum host_family family = family_of(finding->kind);

	if (family == HOST_FAMILIES)
		return;
	host->findings[family] = (struct host_finding){ .is_open = true,
							.kind = finding->kind,
							.previous = finding->previous,
							.severity = finding->severity,
							.since = finding->since,
							.changed = finding->changed };
	if (family == HOST_LEAK) {
		host->has_ramp = true; /* until the trend says otherwise */
		host->ramp = (struct host_ramp){ finding->kind, finding->evidence.ramp };
	}
	if (finding->kind == FINDING_TIMEOUTS_STORM)
		host->classifier.level = FREQUENCY_STORM;
	else if (finding->kind == FINDING_TIMEOUTS_FREQUENT)
		host->classifier.level = FREQUENCY_FREQUENT;
	else if (finding->kind == FINDING_TIMEOUTS_SPORADIC)
		host->classifier.level = FREQUENCY_SPORADIC;
}
