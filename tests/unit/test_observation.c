/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of statuses and metrics: there, unique, both ways.
 */
#include "model/observation.c" /* the unit under test */
#include "tests/unit/tap.h"

static void test_statuses(void)
{
	for (unsigned i = 0; i < OBS_STATUS_MAX; i++) {
		enum obs_status back = OBS_STATUS_MAX;
		const char *name = obs_status_name((enum obs_status)i);

		check(obs_status_parse(name, &back) == 0 && back == (enum obs_status)i,
		      "status %s is read back as itself", name);
	}
}

static void test_metrics(void)
{
	for (unsigned i = 0; i < METRIC_MAX; i++) {
		enum obs_metric back = METRIC_MAX;
		const char *name = obs_metric_name((enum obs_metric)i);

		check(obs_metric_parse(name, &back) == 0 && back == (enum obs_metric)i,
		      "metric %s is read back as itself", name);
	}
}

static void test_strangers(void)
{
	enum obs_status status = OBS_BUSY;
	enum obs_metric metric = METRIC_SENSOR;

	check(obs_status_parse("", &status) == -EINVAL && status == OBS_BUSY,
	      "an empty status is refused and changes nothing");
	check(obs_status_parse("timeouts", &status) == -EINVAL, "a longer name is refused");
	check(obs_status_parse("time", &status) == -EINVAL, "a shorter name is refused");
	check(obs_metric_parse("Command", &metric) == -EINVAL && metric == METRIC_SENSOR,
	      "case counts");
	check(strcmp(obs_status_name(OBS_STATUS_MAX), "unknown") == 0,
	      "a status past the end has a name to print");
	check(strcmp(obs_metric_name((enum obs_metric) - 1), "unknown") == 0,
	      "a negative metric has a name to print");
}

static void test_answers(void)
{
	check(obs_is_answer(OBS_OK) && obs_is_answer(OBS_LATE) && obs_is_answer(OBS_BUSY) &&
		      obs_is_answer(OBS_COMPLETION_CODE) && obs_is_answer(OBS_BAD_REPLY),
	      "whatever the controller says is an answer");
	check(!obs_is_answer(OBS_TIMEOUT) && !obs_is_answer(OBS_DRIVER_STUCK) &&
		      !obs_is_answer(OBS_SKIPPED) && !obs_is_answer(OBS_INTERFACE_LOST),
	      "silence is none");
}

int main(void)
{
	test_statuses();
	test_metrics();
	test_strangers();
	test_answers();
	return tap_done();
}
