/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine/document: verdicts in every state, and a document that another library can read, whatever
 * the controller calls itself.
 */
#include <jansson.h>

#include "engine/document.c"
#include "tests/unit/tap.h"

struct scene {
	struct target_table *targets;
	struct judge *judge;
	uint32_t target;
};

static struct scene scene_make(void)
{
	struct judge_settings settings = judge_settings_default();
	struct scene s = { .targets = target_table_new(2, 0) };

	settings.thresholds.nominal_per_hour = 300;
	s.judge = judge_new(&settings, 2);
	if (!s.targets || target_intern(s.targets, "local", &s.target) < 0)
		s.target = 0;
	return s;
}

static void scene_done(struct scene *s)
{
	judge_free(s->judge);
	target_table_free(s->targets);
}

static void scene_feed(struct scene *s, int count, enum obs_status status, int64_t took_us)
{
	struct observation obs = { .source = "controller",
				   .detail = "Get Device ID",
				   .netfn = 6,
				   .cmd = 1,
				   .status = status,
				   .took_us = took_us,
				   .target = s->target,
				   .wall = clock_wall(),
				   .mono = clock_mono() };

	for (int i = 0; i < count; i++)
		(void)judge_feed(s->judge, &obs, NULL, NULL);
}

static bool says(const struct scene *s, const struct station_status *station, const char *wanted)
{
	char text[512];

	document_verdict(s->judge, target_get(s->targets, s->target), s->target, station, text,
			 sizeof(text));
	if (strstr(text, wanted))
		return true;
	printf("# it says: %s\n", text);
	return false;
}

static void test_verdicts(void)
{
	SCOPED(scene_done) struct scene s = scene_make();
	struct station_status station = { .state = STATION_CONNECTING };
	char small[8];

	check(says(&s, &station, "no answer yet"), "just started is neither ill nor healthy");
	station = (struct station_status){ .state = STATION_LOST, .error = -ENOENT };
	check(says(&s, &station, "No such file"), "not reachable says why");
	station = (struct station_status){ .state = STATION_UP };
	scene_feed(&s, 5, OBS_OK, 4000);
	check(says(&s, &station, "healthy: answers in 4 ms"), "healthy says how fast");
	station.state = STATION_RELEASED;
	check(says(&s, &station, "released"), "released goes before all else");
	station.state = STATION_UP;
	scene_feed(&s, 3, OBS_TIMEOUT, 5000000);
	check(says(&s, &station, "does not answer at all") && says(&s, &station, "Next: "),
	      "a finding says what to do next");
	document_verdict(s.judge, target_get(s.targets, s.target), s.target, &station, small,
			 sizeof(small));
	check(strlen(small) == sizeof(small) - 1, "a small place gets the beginning");
}

static void test_uptime(void)
{
	SCOPED(scene_done) struct scene s = scene_make();
	const struct trend_summary summary = { .is_known = true,
					       .uptime_s = 3600,
					       .reset = TREND_RESET_PROOF,
					       .evidence = 1u << TREND_INITIALISING,
					       .sure = 95,
					       .is_suspected = true,
					       .channel = TREND_TAIL };
	struct judge_summary before = judge_summary(s.judge, s.target, clock_mono()), after;
	struct buf b = buf_make(65536);
	const json_t *uptime, *trend;
	char *text;
	json_t *json;

	judge_restore_trend(s.judge, s.target, &summary, clock_wall());
	after = judge_summary(s.judge, s.target, clock_mono());
	buf_json_open(&b, NULL, '{');
	json_uptime(&b, &before);
	check(strlen(b.text) == 1, "an uptime nobody knows is not there");
	json_uptime(&b, &after);
	json_trend(&b, &after.trend);
	buf_json_close(&b, '}');
	text = buf_take(&b, NULL);
	json = text ? json_loads(text, 0, NULL) : NULL;
	uptime = json_object_get(json, "controller_uptime");
	trend = json_object_get(json, "trend");
	check(json_integer_value(json_object_get(uptime, "seconds")) >= 3600 &&
		      json_integer_value(json_object_get(uptime, "sure_percent")) == 95,
	      "how long, and how sure");
	check(strcmp(json_string_value(json_array_get(json_object_get(uptime, "known_by"), 0)),
		     "initialising") == 0,
	      "and by what");
	check(strcmp(json_string_value(json_object_get(trend, "state")), "suspected") == 0 &&
		      strcmp(json_string_value(json_object_get(trend, "channel")), "q90") == 0,
	      "the trend by its state and channel");
	json_decref(json);
	free(text);
}

static void test_finding(void)
{
	SCOPED(scene_done) struct scene s = scene_make();
	const struct finding *open[FAMILY_MAX];
	const wall_us closed = { 1000000 };
	struct buf b = buf_make(65536);
	struct finding hostile;
	char *text;
	json_t *json;

	scene_feed(&s, 3, OBS_TIMEOUT, 5000000);
	check(judge_findings(s.judge, s.target, open, FAMILY_MAX) > 0, "there is a finding");
	hostile = *open[0];
	(void)snprintf(hostile.evidence.text, sizeof(hostile.evidence.text), "\xff\"\n\x1b[31m");
	document_finding(&b, &hostile, target_get(s.targets, s.target), &closed);
	text = buf_take(&b, NULL);
	json = text ? json_loads(text, 0, NULL) : NULL;
	check(json_is_object(json), "hostile evidence does not break the document");
	check(strcmp(json_string_value(json_object_get(json, "kind")), "mute") == 0 &&
		      strcmp(json_string_value(json_object_get(json, "severity")), "critical") == 0,
	      "kind and severity by name");
	check(strcmp(json_string_value(json_object_get(json, "closed")), "1970-01-01T00:00:01Z") ==
		      0,
	      "when it was over");
	check(json_string_length(json_object_get(json, "next_step")) > 0 &&
		      json_is_boolean(json_object_get(json, "is_reboot_risky")),
	      "what to do, and what not");
	json_decref(json);
	free(text);
}

static json_t *opener_json(const struct opener_entry *entry, bool is_full)
{
	const struct target target = { .name = "local" };
	struct buf b = buf_make(65536);
	char *text;
	json_t *json;

	document_opener(&b, entry, &target, (mono_us){ 0 }, (wall_us){ 0 }, is_full);
	text = buf_take(&b, NULL);
	json = text ? json_loads(text, 0, NULL) : NULL;
	free(text);
	return json;
}

static void test_opener(void)
{
	const struct opener_entry entry = { .who = { .pid = 812,
						     .uid = 7,
						     .login_uid = 1000,
						     .comm = "ipmitool",
						     .exe = "/home/alice/secret/ipmitool",
						     .unit = "cron.service",
						     .parent = "sh" },
					    .agent = AGENT_IPMITOOL };
	json_t *full = opener_json(&entry, true), *less = opener_json(&entry, false);

	check(json_integer_value(json_object_get(full, "pid")) == 812 &&
		      json_is_string(json_object_get(full, "executable")) &&
		      json_integer_value(json_object_get(full, "login_uid")) == 1000,
	      "an opener in full");
	check(less && !json_object_get(less, "pid") && !json_object_get(less, "executable") &&
		      !json_object_get(less, "login_uid"),
	      "what it takes rights to see is not for everybody");
	check(json_object_size(full) == json_object_size(less) + 3 &&
		      json_equal(json_object_get(less, "unit"), json_object_get(full, "unit")) &&
		      json_integer_value(json_object_get(less, "uid")) == 7,
	      "the rest is");
	json_decref(full);
	json_decref(less);
}

int main(void)
{
	test_verdicts();
	test_finding();
	test_opener();
	test_uptime();
	return tap_done();
}
