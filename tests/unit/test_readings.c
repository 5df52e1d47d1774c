/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of last readings, and what Prometheus gets of it.
 */
#include "out/metrics.c"
#include "out/readings.c"
#include "tests/unit/tap.h"

#define START 1000

static const struct metrics_settings both = { .max_age_us = USEC_PER_HOUR,
					      .has_ipmi_exporter = true,
					      .has_node_exporter = true };

struct said { /* a reading in short */
	uint8_t number;
	const char *name, *unit;
	int64_t value;
	uint16_t flags;
};

static void feed(struct readings *readings, uint32_t target, const struct said *said, int64_t at_s)
{
	const struct sensor_facts facts = { .unit = said->unit,
					    .record_id = said->number,
					    .number = said->number,
					    .type = SENSOR_TYPE_FAN,
					    .raw = (uint8_t)said->value,
					    .own_len = (uint8_t)strlen(said->name) };
	const struct observation obs = { .metric = METRIC_SENSOR,
					 .target = target,
					 .detail = said->name,
					 .sensor = &facts,
					 .value = said->value,
					 .flags = said->flags,
					 .mono = { at_s * USEC_PER_SEC } };

	readings_feed(readings, &obs);
}

static char *render(const struct readings *readings, const struct target_table *targets,
		    const struct metrics_settings *settings, int64_t at_s)
{
	struct buf b = buf_make(METRICS_MAX);
	const struct metrics_source source = { .readings = readings, .targets = targets };

	metrics_render(&b, &source, settings, (mono_us){ at_s * USEC_PER_SEC },
		       (wall_us){ (at_s + 500000) * USEC_PER_SEC });
	return buf_take(&b, NULL);
}

static bool has(const char *text, const char *line)
{
	return text && strstr(text, line) != NULL;
}

static unsigned count_of(const char *text, const char *what)
{
	unsigned n = 0;

	while (text && (text = strstr(text, what))) {
		text += strlen(what);
		n++;
	}
	return n;
}

static void test_states(void)
{
	static const struct {
		uint16_t flags;
		const char *name;
	} rows[] = {
		{ 0, "nominal" },
		{ 0x01, "warning" },
		{ 0x08, "warning" },
		{ 0x02, "critical" },
		{ 0x18, "critical" },
		{ 0x20, "critical" },
		{ SENSOR_FLAG_DISCRETE | 1, "states" },
		{ SENSOR_FLAG_UNAVAILABLE | 0x10, "no reading" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct last_reading reading = { .flags = rows[i].flags };

		check(strcmp(reading_state_name(reading_state(&reading)), rows[i].name) == 0,
		      "flags 0x%04x: %s", rows[i].flags, rows[i].name);
	}
	check(strcmp(reading_type_name(0x2c), "FRU State") == 0 &&
		      strcmp(reading_type_name(0x2d), "OEM") == 0 &&
		      strcmp(reading_type_name(1), "Temperature") == 0,
	      "types are named, to the last");
}

static void test_table(void)
{
	struct readings *readings = readings_new();
	const struct said one = { 1, "One", "RPM", 1000, 0 }, again = { 1, "One", "RPM", 2000, 0 };
	struct observation other = { .metric = METRIC_SENSOR, .detail = "x" };
	const struct last_reading *list;
	size_t count;

	readings_feed(readings, &other);
	list = readings_list(readings, &count);
	check(count == 0, "what has no facts is no reading");
	feed(readings, 0, &one, START);
	feed(readings, 1, &one, START);
	feed(readings, 0, &again, START + 40);
	list = readings_list(readings, &count);
	check(count == 2 && list[0].value == 2000 && list[0].gap_us == 40 * USEC_PER_SEC &&
		      list[1].value == 1000,
	      "a new reading takes the place of the old one, of its target");
	readings_expire(readings, (mono_us){ START * USEC_PER_SEC + READINGS_KEEP_US });
	list = readings_list(readings, &count);
	check(count == 1 && list[0].target == 0, "what nobody reads any more is forgotten");
	readings_forget(readings, 0);
	list = readings_list(readings, &count);
	check(count == 0, "and a target that is watched no more");
	readings_free(readings);
	readings_free(NULL);
}

static void test_limit(void)
{
	struct readings *readings = readings_new();
	struct said said = { 0, "x", "RPM", 1, 0 };
	size_t count;

	for (unsigned lun = 0; lun < 5; lun++) {
		for (unsigned n = 0; n < 256; n++) {
			const struct sensor_facts facts = { .unit = "RPM",
							    .lun = (uint8_t)lun,
							    .number = (uint8_t)n };
			const struct observation obs = { .metric = METRIC_SENSOR,
							 .detail = "x",
							 .sensor = &facts };

			readings_feed(readings, &obs);
		}
	}
	(void)readings_list(readings, &count);
	check(count == READINGS_MAX, "no target fills the memory");
	feed(readings, 1, &said, START);
	(void)readings_list(readings, &count);
	check(count == READINGS_MAX + 1, "or takes another's room");
	readings_free(readings);
}

static void test_text(void)
{
	static const struct said said[] = {
		{ 1, "Inlet", "degrees C", 24500, 0 },
		{ 2, "Fan1", "RPM", 6000000, 0x02 },
		{ 3, "Duty", "%", 21950, 0 },
		{ 4, "P12", "Volts", 12120, 0x08 },
		{ 5, "I1", "Amps", 400, 0 },
		{ 6, "Power", "Watts", 250000, 0 },
		{ 7, "Flow", "CFM", -1500, 0 },
		{ 8, "Off", "degrees C", 7, SENSOR_FLAG_UNAVAILABLE },
		{ 9, "PSU", "unspecified", 1, SENSOR_FLAG_DISCRETE },
	};
	static const char *const lines[] = {
		"# TYPE ipmi_temperature_celsius gauge\n",
		"\nipmi_temperature_celsius{id=\"1\",name=\"Inlet\"} 24.5\n",
		"\nipmi_temperature_celsius{id=\"8\",name=\"Off\"} NaN\n",
		"\nipmi_temperature_state{id=\"8\",name=\"Off\"} NaN\n",
		"\nipmi_fan_speed_rpm{id=\"2\",name=\"Fan1\"} 6000\n",
		"\nipmi_fan_speed_state{id=\"2\",name=\"Fan1\"} 2\n",
		"\nipmi_fan_speed_ratio{id=\"3\",name=\"Duty\"} 0.2195\n",
		"\nipmi_fan_speed_state{id=\"3\",name=\"Duty\"} 0\n",
		"\nipmi_voltage_volts{id=\"4\",name=\"P12\"} 12.12\n",
		"\nipmi_voltage_state{id=\"4\",name=\"P12\"} 1\n",
		"\nipmi_current_amperes{id=\"5\",name=\"I1\"} 0.4\n",
		"\nipmi_power_watts{id=\"6\",name=\"Power\"} 250\n",
		"\nipmi_sensor_value{id=\"7\",name=\"Flow\",type=\"Fan\"} -1.5\n",
		"\nnode_ipmi_temperature_celsius{sensor=\"Inlet\"} 24.5\n",
		"\nnode_ipmi_speed_rpm{sensor=\"Fan1\"} 6000\n",
		"\nipmi_up{collector=\"ipmi\"} 1\n",
		"\nbmchealth_sensor_read_timestamp_seconds{id=\"1\",name=\"Inlet\"} 501000\n",
		"\n# EOF\n",
	};
	struct target_table *targets = target_table_new(4, 0);
	struct readings *readings = readings_new();
	uint32_t target;
	char *text;

	if (!readings || target_intern(targets, "local", &target) < 0)
		exit(99);
	for (size_t i = 0; i < COUNT_OF(said); i++)
		feed(readings, target, &said[i], START);
	text = render(readings, targets, &both, START + 10);
	for (size_t i = 0; i < COUNT_OF(lines); i++)
		check(has(text, lines[i]), "it says %.*s", (int)strcspn(lines[i] + 1, "\n"),
		      lines[i] + 1);
	check(count_of(text, "\"PSU\"") == 1 && has(text, "\nnode_ipmi_status{sensor=\"PSU\"} 1\n"),
	      "a sensor with states has the script's name only");
	check(!has(text, "node_ipmi_temperature_celsius{sensor=\"Off\""),
	      "what the script leaves out is left out under its names");
	check(count_of(text, "# TYPE ipmi_fan_speed_state") == 1, "a family has one head");
	free(text);
	text = render(readings, targets, &(struct metrics_settings){ .max_age_us = USEC_PER_HOUR },
		      START);
	check(!has(text, "\nipmi_") && !has(text, "\nnode_"), "other's names are a choice");
	free(text);
	readings_free(readings);
	target_table_free(targets);
}

static void test_age(void)
{
	const struct said said = { 1, "Fan1", "RPM", 6000000, 0 };
	struct target_table *targets = target_table_new(4, 0);
	struct readings *readings = readings_new();
	uint32_t target;
	char *text;

	if (!readings || target_intern(targets, "local", &target) < 0)
		exit(99);
	feed(readings, target, &said, START);
	text = render(readings, targets, &both, START + 3601);
	check(!has(text, "fan_speed") && has(text, "ipmi_up{collector=\"ipmi\"} 0\n"),
	      "an old reading is left out");
	check(has(text, "bmchealth_sensor_read_timestamp_seconds{id=\"1\""),
	      "and it can be seen that it is old");
	free(text);
	feed(readings, target, &said, START + 3000);
	text = render(readings, targets, &both, START + 3000 + 9000);
	check(has(text, "ipmi_fan_speed_rpm"), "with a thousand sensors a round takes longer");
	free(text);
	text = render(readings, targets, &both, START + 3000 + 9001);
	check(!has(text, "ipmi_fan_speed_rpm"), "but not three rounds");
	free(text);
	readings_free(readings);
	target_table_free(targets);
}

/* One repeated series, and the collector throws the whole file away. */
static void test_no_series_twice(void)
{
	static const struct said moved = { 1, "Fan1", "RPM", 1000, 0 };
	static const struct said to = { 2, "Fan1", "RPM", 2000, 0 };
	struct target_table *targets = target_table_new(4, 0);
	struct readings *readings = readings_new();
	uint32_t here, there;
	char *text;

	if (!readings || target_intern(targets, "local", &here) < 0)
		exit(99);
	feed(readings, here, &moved, START);
	feed(readings, here, &to, START + 5);
	text = render(readings, targets, &both, START + 10);
	check(count_of(text, "\nnode_ipmi_speed_rpm{sensor=\"Fan1\"} ") == 1 &&
		      has(text, "\nnode_ipmi_speed_rpm{sensor=\"Fan1\"} 2\n"),
	      "of two of one name the younger counts");
	free(text);
	if (target_intern(targets, "other", &there) < 0)
		exit(99);
	feed(readings, there, &to, START + 5);
	text = render(readings, targets, &both, START + 10);
	check(has(text, "\nipmi_fan_speed_rpm{id=\"2\",name=\"Fan1\",target=\"local\"} 2\n") &&
		      has(text,
			  "\nipmi_fan_speed_rpm{id=\"2\",name=\"Fan1\",target=\"other\"} 2\n") &&
		      has(text, "ipmi_up{collector=\"ipmi\",target=\"other\"} 1\n"),
	      "several targets are told apart");
	free(text);
	readings_free(readings);
	target_table_free(targets);
}

static void test_shared_record(void)
{
	struct target_table *targets = target_table_new(4, 0);
	struct readings *readings = readings_new();
	struct sensor_facts facts = { .unit = "RPM", .record_id = 9, .own_len = 3 };
	struct observation obs = { .metric = METRIC_SENSOR, .sensor = &facts };
	char *text;

	if (!readings || target_intern(targets, "local", &obs.target) < 0)
		exit(99);
	obs.detail = "Fan (0x00)";
	readings_feed(readings, &obs);
	facts.number = 1;
	obs.detail = "Fan (0x01)";
	readings_feed(readings, &obs);
	text = render(readings, targets, &both, 0);
	check(has(text, "\nipmi_fan_speed_rpm{id=\"9\",name=\"Fan (0x00)\"} ") &&
		      has(text, "\nipmi_fan_speed_rpm{id=\"9\",name=\"Fan (0x01)\"} "),
	      "two of one record and one name keep what makes them unique");
	free(text);
	facts.record_id = 10;
	readings_feed(readings, &obs);
	text = render(readings, targets, &both, 0);
	check(has(text, "\nipmi_fan_speed_rpm{id=\"9\",name=\"Fan\"} ") &&
		      has(text, "\nipmi_fan_speed_rpm{id=\"10\",name=\"Fan\"} "),
	      "of two records they need not, and are called as elsewhere");
	free(text);
	readings_free(readings);
	target_table_free(targets);
}

/* Since when the controller is up: told if it is known. */
static void test_start(void)
{
	const struct judge_settings settings = judge_settings_default();
	const struct trend_summary known = { .is_known = true,
					     .uptime_s = 60,
					     .reset = TREND_RESET_PROOF,
					     .evidence = 1u << TREND_RESET_LOGGED |
							 1u << TREND_DEVICE_UNAVAILABLE,
					     .sure = 95 };
	struct target_table *targets = target_table_new(4, 0);
	struct readings *readings = readings_new();
	struct judge *judge = judge_new(&settings, 4);
	struct buf b = buf_make(METRICS_MAX);
	const struct metrics_source source = { readings, targets, judge, NULL };
	uint32_t target;
	char *text;

	if (!readings || !judge || target_intern(targets, "local", &target) < 0)
		exit(99);
	metrics_render_controllers(&b, &source, (mono_us){ 0 });
	check(b.len > 0 && !strstr(b.text, "start"), "of a start that nobody saw nothing is said");
	judge_restore_trend(judge, target, &known, (wall_us){ 1000 * USEC_PER_SEC });
	metrics_render_controllers(&b, &source, (mono_us){ 0 });
	text = buf_take(&b, NULL);
	check(has(text, "\nbmchealth_controller_start_time_seconds{target=\"local\"} 940.000\n"),
	      "when the controller started: %s", text);
	check(has(text, "\nbmchealth_controller_start_sure_ratio{target=\"local\",known_by=\""
			"device-unavailable, reset-logged\"} 0.95\n"),
	      "how that is known and how surely: %s", text);
	free(text);
	judge_free(judge);
	readings_free(readings);
	target_table_free(targets);
}

/* How the controller does: what an alert needs, and no reading of before hides it. */
static void test_ill(void)
{
	const struct judge_settings settings = judge_settings_default();
	const struct metrics_settings shown = { .max_age_us = USEC_PER_HOUR,
						.has_ipmi_exporter = true };
	const struct finding mute = { .kind = FINDING_MUTE,
				      .severity = SEVERITY_CRITICAL,
				      .since = { 1000 * USEC_PER_SEC } };
	const struct said said = { 9, "Fan", "RPM", 1000000, 0 };
	struct target_table *targets = target_table_new(4, 0);
	struct readings *readings = readings_new();
	struct judge *judge = judge_new(&settings, 4);
	const struct metrics_source source = { readings, targets, judge, NULL };
	struct buf b = buf_make(METRICS_MAX);
	uint32_t target;
	char *text;

	if (!readings || !judge || target_intern(targets, "local", &target) < 0)
		exit(99);
	metrics_render(&b, &source, &shown, (mono_us){ 0 }, (wall_us){ 0 });
	text = buf_take(&b, NULL);
	check(!has(text, "\nipmi_up{"), "before the first reading nobody knows whether it is up");
	check(has(text, "\nbmchealth_severity{target=\"local\"} 0\n") &&
		      has(text, "\nbmchealth_timeouts_per_hour{target=\"local\"} 0\n") &&
		      !has(text, "bmchealth_finding_open{") && !has(text, "bmchealth_latency"),
	      "how it does is told, what nobody knows is not: %s", text);
	free(text);
	feed(readings, target, &said, 0);
	judge_restore(judge, &mute);
	b = buf_make(METRICS_MAX);
	metrics_render(&b, &source, &shown, (mono_us){ USEC_PER_SEC }, (wall_us){ 0 });
	text = buf_take(&b, NULL);
	check(has(text, "\nipmi_up{collector=\"ipmi\"} 0\n"),
	      "one that is mute is not up, however fresh a reading is: %s", text);
	check(has(text, "\nbmchealth_severity{target=\"local\"} 3\n") &&
		      has(text, "\nbmchealth_finding_open{target=\"local\",kind=\"mute\"} 1\n"),
	      "and what it has is told");
	free(text);
	judge_free(judge);
	readings_free(readings);
	target_table_free(targets);
}

/* Windows hosts: numbers, and those with findings. */
static void test_hosts(void)
{
	const struct hosts_settings settings = { .thresholds = { .sporadic_per_day = 2,
								 .frequent_per_hour = 3,
								 .storm_per_minute = 2 },
						 .severity_max = SEVERITY_NOTICE,
						 .max = 9,
						 .per_minute = 60 };
	const wall_us now = { 1700000000 * USEC_PER_SEC };
	struct target_table *targets = target_table_new(1, HOSTS_MAX);
	struct hosts *hosts = hosts_new(&settings, targets);
	const struct metrics_source source = { .targets = targets, .hosts = &hosts };
	struct host_event event = { .meaning = WINEVENT_TIMEOUT, .at = now };
	struct buf b = buf_make(METRICS_MAX);

	if (hosts_intern(hosts, "well", now, NULL, &event.target) < 0 ||
	    hosts_intern(hosts, "ill", now, NULL, &event.target) < 0)
		exit(99);
	for (int i = 0; i < 4; i++)
		(void)hosts_feed(hosts, &event, now, NULL);
	metrics_render_hosts(&b, &source, now);
	check(has(b.text, "\nbmchealth_windows_hosts 2\n") &&
		      has(b.text, "\nbmchealth_windows_hosts_with_findings 1\n") &&
		      has(b.text, "\nbmchealth_windows_events_total 4\n"),
	      "Windows hosts are counted");
	check(has(b.text, "\nbmchealth_windows_timeouts_per_day{target=\"ill\"} 4\n") &&
		      has(b.text, "\nbmchealth_windows_findings{kind=\"timeouts-frequent\"} 1\n") &&
		      !has(b.text, "\"well\""),
	      "and those with findings are told of, no others");
	buf_done(&b);
	hosts_free(hosts);
	target_table_free(targets);
}

/* ipmitool sensor | /usr/share/prometheus-node-exporter-collectors/ipmitool */
static void test_status(void)
{
	static const struct {
		uint8_t raw;
		double value;
	} rows[] = { { 0, 0 },	  { 1, 1 },	{ 0x0a, 0 }, { 0x10, 10 },
		     { 0x1f, 1 }, { 0x80, 80 }, { 0xa0, 0 }, { 0x99, 99 } };
	struct target_table *targets = target_table_new(1, HOSTS_MAX);
	const struct said power = { 1, "PS1 Status", "unspecified", 0x80, SENSOR_FLAG_DISCRETE };
	struct readings *readings = readings_new();
	uint32_t target;
	char *text;

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		check(script_status(rows[i].raw) == rows[i].value, "0x%x is %.0f for the script",
		      rows[i].raw, rows[i].value);
	check(target_intern(targets, "local", &target) == 0, "a target");
	feed(readings, target, &power, START);
	text = render(readings, targets, &both, START);
	check(has(text, "\nnode_ipmi_status{sensor=\"PS1 Status\"} 80\n"),
	      "a sensor with states under the script's name");
	check(!has(text, "ipmi_sensor_state{") && !has(text, "read_timestamp_seconds{"),
	      "and under no other");
	free(text);
	target_table_free(targets);
	readings_free(readings);
}

int main(void)
{
	test_status();
	test_start();
	test_ill();
	test_states();
	test_table();
	test_limit();
	test_text();
	test_age();
	test_no_series_twice();
	test_shared_record();
	test_hosts();
	return tap_done();
}
