/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthctl sensors: what each sensor said when the daemon last read it.
 */
#include <stdio.h>

#include "base/clock.h"
#include "cli/client.h"

#define NAME_WIDTH 24

/* "24.5 degrees C", "states 0x0180", "-" */
static void format_value(const json_t *sensor, char *text, size_t max)
{
	const char *unit = client_text(sensor, "unit");

	if (json_is_number(json_object_get(sensor, "value"))) {
		(void)snprintf(text, max, "%.6g %.20s", client_number(sensor, "value"),
			       strcmp(unit, "unspecified") == 0 ? "" : unit);
	} else {
		(void)snprintf(text, max, "%.8s",
			       *client_text(sensor, "bits") ? client_text(sensor, "bits") : "-");
	}
}

/* The nearest limits: what an admin looks for first. */
static void format_limits(const json_t *sensor, char *text, size_t max)
{
	static const char *const sides[2][3] = {
		{ "lower_non_critical", "lower_critical", "lower_non_recoverable" },
		{ "upper_non_critical", "upper_critical", "upper_non_recoverable" },
	};
	const json_t *limits = json_object_get(sensor, "limits");
	char ends[2][24] = { "", "" };

	for (size_t side = 0; side < COUNT_OF(sides); side++) {
		for (size_t i = 3; i-- > 0;) {
			const json_t *limit = json_object_get(limits, sides[side][i]);

			if (json_is_number(limit))
				(void)snprintf(ends[side], sizeof(ends[side]), "%.6g",
					       json_number_value(limit));
		}
	}
	(void)snprintf(text, max, "%s%s%s", ends[0], *ends[0] || *ends[1] ? " … " : "", ends[1]);
}

/* Letters, not bytes: a name may have others than ASCII's. */
static int width_of(const char *text)
{
	int width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static void print_sensor(const json_t *sensor)
{
	const char *name = client_text(sensor, "name"), *state = client_text(sensor, "state");
	char value[64], limits[64], age[CLOCK_TEXT_MAX];

	format_value(sensor, value, sizeof(value));
	format_limits(sensor, limits, sizeof(limits));
	clock_format_span((int64_t)(client_number(sensor, "age_seconds") * USEC_PER_SEC), age);
	client_print(name);
	printf("%*s ", (int)max_i64(0, NAME_WIDTH - width_of(name)), "");
	client_print(value);
	printf("%*s ", (int)max_i64(0, 18 - width_of(value)), "");
	client_print(client_flag(sensor, "is_nonlinear") ? "non-linear" : state);
	printf("%*s %s%*s  %s\n",
	       (int)max_i64(0, 10 - width_of(client_flag(sensor, "is_nonlinear") ? "non-linear"
										 : state)),
	       "", limits, (int)max_i64(0, 16 - width_of(limits)), "", age);
}

static void print_target(const json_t *target)
{
	const json_t *sensors = json_object_get(target, "sensors");
	const json_t *sensor;
	size_t i;

	client_print(client_text(target, "name"));
	if (json_array_size(sensors) == 0) {
		printf(": no sensor was read yet\n");
		return;
	}
	printf(": %zu sensors\n", json_array_size(sensors));
	printf("%-*s %-18s %-10s %-16s  %s\n", NAME_WIDTH, "NAME", "VALUE", "STATE", "WITHIN",
	       "READ AGO");
	json_array_foreach (sensors, i, sensor)
		print_sensor(sensor);
}

static int sensors_run(const struct command_env *env, int argc, char **argv)
{
	SCOPED(json_unref) json_t *document = NULL;
	const char *wanted = argc > 0 ? argv[0] : NULL;
	const json_t *target;
	size_t i, shown = 0;

	if (client_fetch_from(env->run_dir, "sensors.sock", &document) < 0)
		return CODE_UNKNOWN;
	json_array_foreach (json_object_get(document, "targets"), i, target) {
		if (wanted && strcmp(wanted, client_text(target, "name")) != 0)
			continue;
		if (shown++ > 0 && !env->wants_json)
			printf("\n");
		if (!env->wants_json)
			print_target(target);
		else if (wanted)
			client_print_json(target);
	}
	if (env->wants_json && !wanted)
		client_print_json(document);
	if (shown > 0)
		return CODE_OK;
	(void)fprintf(stderr, "bmchealthctl: the daemon watches no target%s%s\n",
		      wanted ? " named " : "", wanted ? wanted : "");
	return CODE_UNKNOWN;
}

const struct command command_sensors = {
	.name = "sensors",
	.arguments = "[TARGET]",
	.summary = "what each sensor said last; the BMC is not asked",
	.help = "The daemon reads one sensor each sensors.interval, all in turn; each line says "
		"how\n"
		"long ago. WITHIN has the nearest limits as the sensor's record has them. A "
		"sensor\n"
		"with states shows its bits; \"non-linear\": its formula would have to be asked "
		"for\n"
		"at each reading. Only sensors of the BMC itself are read.\n"
		"Exit status: 0, or 3 if no daemon answers.\n",
	.max_arguments = 1,
	.run = sensors_run,
};
