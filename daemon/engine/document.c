/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The status document.
 */
#include "engine/document.h"

#include <inttypes.h>
#include <stdio.h>

#include "model/advice.h"

const char *frequency_name(enum frequency frequency)
{
	static const char *const names[] = {
		[FREQUENCY_NONE] = "none",	   [FREQUENCY_SPORADIC] = "sporadic",
		[FREQUENCY_FREQUENT] = "frequent", [FREQUENCY_STORM] = "storm",
		[FREQUENCY_MUTE] = "mute",
	};

	return (size_t)frequency < COUNT_OF(names) ? names[frequency] : "none";
}

static void json_wall(struct buf *b, const char *key, wall_us at)
{
	char text[CLOCK_TEXT_MAX];

	clock_format_wall(at, text);
	buf_json_string(b, key, at.v > 0 ? text : NULL);
}

static void json_hex(struct buf *b, const char *key, uint8_t value)
{
	char text[8];

	(void)snprintf(text, sizeof(text), "0x%02x", value);
	buf_json_string(b, key, text);
}

static void json_evidence(struct buf *b, const struct evidence *e)
{
	buf_json_string(b, "evidence", e->text);
	buf_json_i64(b, "timeouts_hour", e->timeouts_hour);
	buf_json_i64(b, "timeouts_day", e->timeouts_day);
	buf_json_i64(b, "commands_hour", e->commands_hour);
	buf_json_i64(b, "commands_day", e->commands_day);
	buf_json_double(b, "rate_per_hour", e->rate_per_hour);
	buf_json_double(b, "latency_seconds", (double)e->latency_us / USEC_PER_SEC);
	json_hex(b, "netfn", e->netfn);
	json_hex(b, "cmd", e->cmd);
	json_hex(b, "completion_code", e->cc);
	if (e->error < 0)
		buf_json_string(b, "error", obs_error_text(e->error));
}

static void json_signs(struct buf *b, uint32_t signs)
{
	buf_json_open(b, "known_by", '[');
	for (int i = 0; i < TREND_EVIDENCE_MAX; i++)
		if ((signs & 1u << i) != 0)
			buf_json_string(b, NULL, trend_evidence_info((enum trend_evidence)i)->name);
	buf_json_close(b, ']');
}

static void json_ramp(struct buf *b, const struct evidence_ramp *ramp)
{
	buf_json_double(b, "rise", ramp->rise);
	buf_json_i64(b, "window_hours", ramp->window_h);
	buf_json_i64(b, "teeth", ramp->teeth);
	if (ramp->high_s == 0)
		return;
	buf_json_i64(b, "failure_low_seconds", ramp->low_s);
	buf_json_i64(b, "failure_high_seconds", ramp->high_s);
}

static void json_contention(struct buf *b, const struct evidence_contention *c)
{
	buf_json_string(b, "culprit", *c->culprit ? c->culprit : NULL);
	buf_json_string(b, "culprit_agent", *c->culprit ? agent_info(c->agent)->name : NULL);
	buf_json_string(b, "culprit_comm", *c->comm ? c->comm : NULL);
	buf_json_string(b, "culprit_unit", *c->unit ? c->unit : NULL);
	buf_json_i64(b, "hits", c->hits);
	buf_json_i64(b, "troubles", c->troubles);
	buf_json_double(b, "hits_by_chance", c->expected);
	buf_json_double(b, "chance", c->chance);
	buf_json_i64(b, "sure_percent", c->sure);
	if (c->period_s > 0)
		buf_json_i64(b, "period_seconds", c->period_s);
}

void document_finding(struct buf *b, const struct finding *finding, const struct target *target,
		      const wall_us *closed)
{
	const struct finding_kind_info *info = finding_info(finding->kind);
	const struct advice *advice = advice_of(finding->kind, target);
	char next[ADVICE_TEXT_MAX];

	buf_json_open(b, NULL, '{');
	buf_json_string(b, "target", target->name);
	buf_json_string(b, "kind", info->name);
	buf_json_string(b, "summary", info->summary);
	buf_json_string(b, "severity", severity_name(finding->severity));
	json_wall(b, "since", finding->since);
	json_wall(b, "changed", finding->changed);
	if (closed)
		json_wall(b, "closed", *closed);
	json_evidence(b, &finding->evidence);
	if (info->family == FAMILY_LEAK)
		json_ramp(b, &finding->evidence.ramp);
	if (info->family == FAMILY_CONTENTION)
		json_contention(b, &finding->evidence.contention);
	buf_json_string(b, "cause", advice->cause);
	buf_json_string(b, "next_step", advice_next_step(finding, target, next));
	buf_json_string(b, "command", target->is_remote ? NULL : advice->command);
	buf_json_string(b, "link", advice->link);
	buf_json_bool(b, "is_reboot_risky", advice->is_reboot_risky);
	buf_json_close(b, '}');
}

static void verdict_without_finding(const struct judge_summary *summary,
				    const struct station_status *station, char *text, size_t max)
{
	char q50[CLOCK_TEXT_MAX], q90[CLOCK_TEXT_MAX];

	if (station->state == STATION_RELEASED) {
		(void)snprintf(text, max,
			       "released on request: not watched until it is taken again");
	} else if (station->error < 0) {
		(void)snprintf(text, max, "not reachable yet: %s", obs_error_text(station->error));
	} else if (!summary->has_answered) {
		(void)snprintf(text, max, "no answer yet: just started");
	} else {
		clock_format_span(summary->latency_q50_us, q50);
		clock_format_span(summary->latency_q90_us, q90);
		(void)snprintf(text, max,
			       "healthy: answers in %s (90 %% within %s), %" PRIu32
			       " time-outs in a day",
			       q50, q90, summary->day.of[OBS_TIMEOUT]);
	}
}

void document_verdict(const struct judge *judge, const struct target *target, uint32_t index,
		      const struct station_status *station, char *text, size_t max)
{
	const struct judge_summary summary = judge_summary(judge, index, clock_mono());
	const struct finding *worst;
	char next[ADVICE_TEXT_MAX];

	if (station->state == STATION_RELEASED || judge_findings(judge, index, &worst, 1) == 0) {
		verdict_without_finding(&summary, station, text, max);
		return;
	}
	(void)snprintf(text, max, "%s: %s. Next: %s", finding_info(worst->kind)->summary,
		       worst->evidence.text, advice_next_step(worst, target, next));
}

static void json_identity(struct buf *b, const struct target *target)
{
	char firmware[16], guid[33] = "";

	buf_json_string(b, "vendor", vendor_name(target->vendor));
	if (!target->has_identity)
		return;
	identity_format_firmware(&target->identity, firmware);
	buf_json_i64(b, "manufacturer_id", target->identity.manufacturer);
	buf_json_i64(b, "product_id", target->identity.product);
	buf_json_string(b, "firmware", firmware);
	if (!target->identity.has_guid)
		return;
	for (size_t i = 0; i < sizeof(target->identity.guid); i++)
		(void)snprintf(guid + 2 * i, 3, "%02x", target->identity.guid[i]);
	buf_json_string(b, "guid", guid);
}

/* Since when the controller is up, how that is known and how surely. */
static void json_uptime(struct buf *b, const struct judge_summary *s)
{
	if (s->restarted.v == 0)
		return;
	buf_json_open(b, "controller_uptime", '{');
	buf_json_i64(b, "seconds", max_i64(clock_wall().v - s->restarted.v, 0) / USEC_PER_SEC);
	json_wall(b, "since", s->restarted);
	buf_json_string(b, "how", trend_reset_name(s->trend.reset));
	json_signs(b, s->trend.evidence);
	buf_json_i64(b, "sure_percent", s->trend.sure);
	buf_json_close(b, '}');
}

static void json_trend(struct buf *b, const struct trend_summary *t)
{
	const bool has_ramp = t->is_confirmed || t->is_suspected;

	buf_json_open(b, "trend", '{');
	buf_json_string(b, "state",
			t->is_confirmed	  ? "leak-like"
			: t->is_suspected ? "suspected"
					  : "none");
	buf_json_string(b, "channel", has_ramp ? trend_channel_name(t->channel) : NULL);
	buf_json_i64(b, "teeth", t->teeth);
	buf_json_bool(b, "is_contended", t->is_contended);
	buf_json_close(b, '}');
}

static void json_counts(struct buf *b, const char *key, const struct window_counts *counts)
{
	buf_json_open(b, key, '{');
	buf_json_i64(b, "commands", counts->commands);
	for (int i = 0; i < OBS_STATUS_MAX; i++)
		buf_json_i64(b, obs_status_name((enum obs_status)i), counts->of[i]);
	buf_json_close(b, '}');
}

static void json_station(struct buf *b, const struct station *station)
{
	const struct station_status s = station_status(station);

	buf_json_string(b, "connection", station_connection(station));
	buf_json_string(b, "link", station_state_name(s.state));
	if (s.error < 0)
		buf_json_string(b, "link_error", obs_error_text(s.error));
	if (s.state == STATION_LOST || s.state == STATION_STUCK)
		buf_json_double(b, "retry_seconds", (double)s.retry_us / USEC_PER_SEC);
	buf_json_i64(b, "commands_sent", (int64_t)s.counters.sent);
	buf_json_double(b, "spacing_seconds", (double)s.gap_us / USEC_PER_SEC);
	buf_json_string(b, "pace", pace_mode_name(s.pace));
	if (s.others_period_s > 0)
		buf_json_i64(b, "others_period_seconds", s.others_period_s);
	buf_json_bool(b, "is_waiting_for_answer", s.has_flying);
}

/* Who else uses the interface: what the driver counts. */
static void json_sharing(struct buf *b, const struct judge_sharing *s)
{
	const struct {
		const char *key;
		int64_t value;
	} rows[] = { { "foreign_commands_per_hour", s->foreign_per_hour },
		     { "driver_commands_per_hour", s->driver_per_hour },
		     { "users", s->users },
		     { "messages_waiting", s->messages } };

	buf_json_open(b, "load", '{');
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].value >= 0)
			buf_json_i64(b, rows[i].key, rows[i].value);
	if (s->cpu_permille >= 0)
		buf_json_double(b, "driver_cpu_share", (double)s->cpu_permille / 1000);
	buf_json_close(b, '}');
}

void document_target(struct buf *b, const struct judge *judge, const struct target *target,
		     const struct station *station)
{
	const uint32_t index = station_target(station);
	const struct judge_summary s = judge_summary(judge, index, clock_mono());
	const struct station_status link = station_status(station);
	const struct finding *findings[FAMILY_MAX];
	const size_t n = judge_findings(judge, index, findings, FAMILY_MAX);
	char verdict[1024];

	document_verdict(judge, target, index, &link, verdict, sizeof(verdict));
	buf_json_open(b, NULL, '{');
	buf_json_string(b, "name", target->name);
	buf_json_string(b, "kind", "bmc");
	buf_json_string(b, "verdict", verdict);
	buf_json_bool(b, "is_known", s.has_answered || n > 0);
	buf_json_string(b, "severity", severity_name(s.worst));
	buf_json_string(b, "timeouts", frequency_name(s.frequency));
	buf_json_bool(b, "in_maintenance", s.in_maintenance);
	json_identity(b, target);
	json_station(b, station);
	json_wall(b, "last_answer", s.last_answer);
	buf_json_double(b, "latency_q50_seconds", (double)s.latency_q50_us / USEC_PER_SEC);
	buf_json_double(b, "latency_q90_seconds", (double)s.latency_q90_us / USEC_PER_SEC);
	buf_json_double(b, "timeouts_per_hour", s.rates.per_hour);
	json_sharing(b, &s.sharing);
	json_uptime(b, &s);
	if (s.has_trend)
		json_trend(b, &s.trend);
	json_counts(b, "hour", &s.hour);
	json_counts(b, "day", &s.day);
	buf_json_open(b, "findings", '[');
	for (size_t i = 0; i < n; i++)
		document_finding(b, findings[i], target, NULL);
	buf_json_close(b, ']');
	buf_json_close(b, '}');
}
