/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a trend tells becomes findings: a ramp that stands until the trend says otherwise, restarts
 * that are news for a while; and the words.
 */
#include "model/judge-aging.c" /* the unit under test */
#include "tests/unit/judge_bench.h"

static struct trend_summary summary = { .uptime_s = -1 };

static void tell_trend(struct bench *b, const struct trend_event *event)
{
	const struct trend_news news = {
		.summary = &summary, .event = event, .now = b->now, .wall = wall_of(b->now)
	};

	b->count = 0;
	check(judge_trend(b->judge, 0, &news, on_finding, b) == 0, "the judge hears of it");
}

static void pass(struct bench *b, int64_t us)
{
	b->now = mono_add(b->now, us);
	b->count = 0;
	judge_tick(b->judge, b->now, wall_of(b->now), on_finding, b);
}

static bool told(const struct bench *b, enum finding_change change, enum finding_kind kind)
{
	for (int i = 0; i < b->count; i++)
		if (b->events[i].change == change && b->events[i].kind == kind)
			return true;
	return false;
}

static const struct finding *open_of(const struct bench *b, enum finding_kind kind)
{
	const struct finding *list[FAMILY_MAX];
	const size_t n = judge_findings(b->judge, 0, list, FAMILY_MAX);

	for (size_t i = 0; i < n; i++)
		if (list[i]->kind == kind)
			return list[i];
	return NULL;
}

static struct trend_event ramp_event(enum trend_kind kind)
{
	return (struct trend_event){ .kind = kind,
				     .channel = TREND_LEVEL,
				     .window_h = 216,
				     .rise = 2.13,
				     .uptime_s = 12 * 86400,
				     .teeth = 2,
				     .has_ttf = kind != TREND_SUSPECTED,
				     .ttf_low_s = 3.2 * 86400,
				     .ttf_s = 5 * 86400.0,
				     .ttf_high_s = 7.6 * 86400 };
}

static void test_ramp(void)
{
	struct bench b = bench_make();
	struct trend_event event = ramp_event(TREND_SUSPECTED);
	const struct finding *f;

	summary = (struct trend_summary){ .is_suspected = true, .uptime_s = -1 };
	tell_trend(&b, &event);
	check(told(&b, FINDING_OPENED, FINDING_LEAK_SUSPECTED) &&
		      b.events[0].severity == SEVERITY_NOTICE,
	      "a suspicion is a notice");
	pass(&b, USEC_PER_DAY);
	check(b.count == 0, "which stands as long as the trend says so");
	event = ramp_event(TREND_CONFIRMED);
	summary = (struct trend_summary){ .is_suspected = true,
					  .is_confirmed = true,
					  .is_known = true,
					  .uptime_s = 12 * 86400,
					  .evidence = 1u << TREND_INITIALISING,
					  .sure = 95 };
	tell_trend(&b, &event);
	f = open_of(&b, FINDING_LEAK);
	check(f && told(&b, FINDING_CHANGED, FINDING_LEAK) && f->severity == SEVERITY_WARNING,
	      "confirmed, it is a warning");
	check(f && strcmp(f->evidence.text,
			  "answers have become 2.1 times slower in 9 days, 12 d 0 h after its last "
			  "restart, as 2 times before; it may fail in 3 days to 8 days") == 0,
	      "in words: %s", f ? f->evidence.text : "");
	check(f && f->evidence.ramp.window_h == 216 && f->evidence.ramp.teeth == 2 &&
		      f->evidence.ramp.low_s < f->evidence.ramp.high_s,
	      "and in figures");
	check(f && f->evidence.restart.at.v == wall_of(b.now).v - 12 * USEC_PER_DAY &&
		      f->evidence.restart.sure == 95,
	      "it knows since when the controller is up");
	event.rise_since = 3.24;
	tell_trend(&b, &event);
	f = open_of(&b, FINDING_LEAK);
	check(f && strncmp(f->evidence.text,
			   "answers have become 3.2 times slower since its last restart 12 d 0 h "
			   "ago, 2.1 times in the last 9 days, as 2 times before; it may",
			   127) == 0,
	      "how far it has come, and how fast, where both are known: %s",
	      f ? f->evidence.text : "");
	check(f && f->evidence.ramp.rise_since > 3, "also in figures");
	event = ramp_event(TREND_IMMINENT);
	tell_trend(&b, &event);
	f = open_of(&b, FINDING_FAILURE_IMMINENT);
	check(f && strncmp(f->evidence.text, "leak-like: answers", 18) == 0,
	      "what does not say so by its name says that it is leak-like: %s",
	      f ? f->evidence.text : "");
	check(told(&b, FINDING_CHANGED, FINDING_FAILURE_IMMINENT) &&
		      open_of(&b, FINDING_FAILURE_IMMINENT)->severity == SEVERITY_CRITICAL,
	      "the last tenth is critical");
	summary.is_suspected = summary.is_confirmed = false;
	tell_trend(&b, NULL);
	check(told(&b, FINDING_CLOSED, FINDING_FAILURE_IMMINENT), "it ends when the trend says so");
	bench_done(&b);
}

static void test_restart(void)
{
	struct bench b = bench_make();
	struct trend_event event = { .kind = TREND_RESET,
				     .reset = TREND_RESET_PROOF,
				     .evidence = 1u << TREND_SEL_CLOCK_UNSET |
						 1u << TREND_DEVICE_UNAVAILABLE,
				     .sure = 95 };
	const struct finding *f;

	summary = (struct trend_summary){ .is_known = true, .uptime_s = 9 * 86400 };
	tell_trend(&b, NULL);
	summary.uptime_s = 0;
	tell_trend(&b, &event);
	f = open_of(&b, FINDING_CONTROLLER_RESET);
	check(f && told(&b, FINDING_OPENED, FINDING_CONTROLLER_RESET) &&
		      f->severity == SEVERITY_NOTICE,
	      "a restart is a notice");
	check(f && strcmp(f->evidence.text,
			  "known by: device-unavailable, sel-clock-unset; 95 % sure; it had been "
			  "up for 9 d 0 h") == 0,
	      "how it is known, how sure, and how long it had been up: %s",
	      f ? f->evidence.text : "");
	pass(&b, 50 * MINUTE);
	check(open_of(&b, FINDING_CONTROLLER_RESET), "for an hour it is news");
	pass(&b, 11 * MINUTE);
	check(told(&b, FINDING_CLOSED, FINDING_CONTROLLER_RESET), "and then no more");
	event = (struct trend_event){ .kind = TREND_CURED, .channel = TREND_LEVEL, .teeth = 3 };
	tell_trend(&b, &event);
	check(told(&b, FINDING_OPENED, FINDING_CURED), "hours later: it has helped");
	check(strcmp(open_of(&b, FINDING_CURED)->evidence.text,
		     "the latency went back with the restart: leak-like, and likely to return, "
		     "as 2 times before") == 0,
	      "as it has before: %s", open_of(&b, FINDING_CURED)->evidence.text);
	event.teeth = 2;
	tell_trend(&b, &event);
	check(strstr(open_of(&b, FINDING_CURED)->evidence.text, "to return, as once before"),
	      "once before: %s", open_of(&b, FINDING_CURED)->evidence.text);
	pass(&b, USEC_PER_DAY + MINUTE);
	check(told(&b, FINDING_CLOSED, FINDING_CURED), "that is news for a day");
	event.kind = TREND_NOT_CURED;
	tell_trend(&b, &event);
	check(told(&b, FINDING_OPENED, FINDING_NOT_CURED) &&
		      open_of(&b, FINDING_NOT_CURED)->severity == SEVERITY_WARNING,
	      "or it has not, which is a warning");
	event = (struct trend_event){ .kind = TREND_RESET, .reset = TREND_RESET_DROP, .sure = 75 };
	tell_trend(&b, &event);
	check(told(&b, FINDING_CHANGED, FINDING_CONTROLLER_RESET), "until the next restart");
	bench_done(&b);
}

static void test_again(void)
{
	struct bench b = bench_make();
	struct trend_event event = { .kind = TREND_RESET, .reset = TREND_RESET_PROOF };

	summary = (struct trend_summary){ .is_known = true, .uptime_s = 86400 };
	tell_trend(&b, NULL);
	tell_trend(&b, &event);
	summary.uptime_s = 1320;
	pass(&b, 22 * MINUTE);
	tell_trend(&b, NULL);
	summary.uptime_s = 0;
	tell_trend(&b, &event);
	check(told(&b, FINDING_CHANGED, FINDING_CONTROLLER_RESET) &&
		      strstr(open_of(&b, FINDING_CONTROLLER_RESET)->evidence.text,
			     "it had been up for 22 min"),
	      "a second restart within the hour is told: %s",
	      open_of(&b, FINDING_CONTROLLER_RESET)->evidence.text);
	bench_done(&b);
}

static void test_untold(void)
{
	struct bench b = bench_make();
	struct trend_event event = { .kind = TREND_RESET, .reset = TREND_RESET_CODES };

	summary = (struct trend_summary){ .uptime_s = -1 };
	tell_trend(&b, &event);
	event.kind = TREND_OUTAGE;
	tell_trend(&b, &event);
	event.kind = TREND_CONTENTION;
	tell_trend(&b, &event);
	event.kind = TREND_CLEARED;
	tell_trend(&b, &event);
	check(!open_of(&b, FINDING_CONTROLLER_RESET) && b.count == 0,
	      "codes alone, outages, contention and an end are no findings");
	check(judge_trend(b.judge, 2, &(struct trend_news){ .summary = &summary }, NULL, NULL) ==
		      -EINVAL,
	      "an unknown target is refused");
	bench_done(&b);
}

static void test_restored(void)
{
	struct bench b = bench_make();
	const struct finding leak = { .kind = FINDING_LEAK,
				      .previous = FINDING_LEAK,
				      .severity = SEVERITY_WARNING };
	const struct finding reset = { .kind = FINDING_CONTROLLER_RESET,
				       .previous = FINDING_CONTROLLER_RESET,
				       .severity = SEVERITY_NOTICE,
				       .since_mono = b.now };

	judge_restore(b.judge, &leak);
	judge_restore(b.judge, &reset);
	pass(&b, MINUTE);
	check(open_of(&b, FINDING_LEAK) && open_of(&b, FINDING_CONTROLLER_RESET),
	      "what the store had stands until the trend is heard");
	summary = (struct trend_summary){ .is_known = true, .uptime_s = 60 };
	judge_restore_trend(b.judge, 0, &summary, wall_of(b.now));
	check(judge_summary(b.judge, 0, b.now).restarted.v == wall_of(b.now).v - 60 * SECOND &&
		      open_of(&b, FINDING_LEAK),
	      "what is known of it is known, and closes nothing unheard");
	summary = (struct trend_summary){ .is_confirmed = true, .uptime_s = -1 };
	tell_trend(&b, NULL);
	check(open_of(&b, FINDING_LEAK) && b.count == 0, "and longer, if it agrees");
	summary.is_confirmed = false;
	tell_trend(&b, NULL);
	check(told(&b, FINDING_CLOSED, FINDING_LEAK), "else it ends");
	pass(&b, USEC_PER_HOUR);
	check(told(&b, FINDING_CLOSED, FINDING_CONTROLLER_RESET), "the news gets old as ever");
	bench_done(&b);
}

static void test_spans(void)
{
	char text[SPAN_TEXT_MAX];

	coarse_span(90, false, text);
	check(strcmp(text, "1 minutes") == 0 || strcmp(text, "1 minute") == 0, "a minute: %s",
	      text);
	coarse_span(30 * 3600.0, true, text);
	check(strcmp(text, "30 hours") == 0, "hours: %s", text);
	coarse_span(20 * 86400.0, false, text);
	check(strcmp(text, "2 weeks") == 0, "weeks: %s", text);
	coarse_span(1e30, true, text);
	check(strcmp(text, "9999 weeks") == 0, "nonsense stays short: %s", text);
}

int main(void)
{
	test_ramp();
	test_restart();
	test_again();
	test_untold();
	test_restored();
	test_spans();
	return tap_done();
}
