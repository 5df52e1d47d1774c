/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the journal is told of findings: the fields, the words, and above all how often.
 */
#include <stdarg.h>

#include "out/journal.c"
#include "tests/unit/tap.h"

/* --- a journal of our own in place of base/log.c -------------------------------------------- */

#define LINES_MAX 20000

static struct line {
	int level;
	char id[33];
	mono_us at;
	uint32_t suppressed;
} lines[LINES_MAX];
static size_t lines_count;
static mono_us test_now;
static char fields[8192], message[2048]; /* of the newest line */

void log_begin(struct log_entry *entry, int level, const char *message_id)
{
	entry->level = level;
	fields[0] = '\n';
	fields[1] = '\0';
	lines[lines_count] = (struct line){ .level = level, .at = test_now };
	(void)snprintf(lines[lines_count].id, sizeof(lines[0].id), "%s", message_id);
}

void log_field(struct log_entry *entry UNUSED, const char *name, const char *format, ...)
{
	size_t used = strlen(fields);
	va_list ap;

	used += (size_t)snprintf(fields + used, sizeof(fields) - used, "%s=", name);
	va_start(ap, format);
	used += (size_t)vsnprintf(fields + used, sizeof(fields) - used, format, ap);
	va_end(ap);
	(void)snprintf(fields + used, sizeof(fields) - used, "\n");
}

void log_send(struct log_entry *entry UNUSED, const char *format, ...)
{
	const char *suppressed = strstr(fields, "\nBMC_SUPPRESSED=");
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(message, sizeof(message), format, ap);
	va_end(ap);
	if (suppressed)
		lines[lines_count].suppressed = (uint32_t)strtoul(suppressed + 16, NULL, 10);
	if (lines_count < LINES_MAX - 1)
		lines_count++;
}

static int64_t lines_per_hour = 60;

int64_t config_int(const struct config *config UNUSED, const char *group UNUSED,
		   const char *key UNUSED)
{
	return lines_per_hour;
}

static bool has_field(const char *field)
{
	char framed[256];

	(void)snprintf(framed, sizeof(framed), "\n%s\n", field);
	return strstr(fields, framed) != NULL;
}

static bool has_name(const char *name)
{
	char framed[64];

	(void)snprintf(framed, sizeof(framed), "\n%s=", name);
	return strstr(fields, framed) != NULL;
}

static bool was(enum message expected)
{
	return lines_count > 0 &&
	       strcmp(lines[lines_count - 1].id, message_info(expected)->id) == 0;
}

static bool ends_with(const char *text, const char *end)
{
	const size_t n = strlen(text), m = strlen(end);

	return n >= m && strcmp(text + n - m, end) == 0;
}

/* --- fixtures -------------------------------------------------------------------------------- */

static const struct bmc_identity idrac = { .manufacturer = 674,
					   .product = 0x100,
					   .firmware_major = 4,
					   .firmware_minor_bcd = 0x10,
					   .has_guid = true,
					   .guid = { 0x44, 0x45, 0x4c, 0x4c } };

static struct finding frequent(void)
{
	return (struct finding){
		.kind = FINDING_TIMEOUTS_FREQUENT,
		.previous = FINDING_TIMEOUTS_FREQUENT,
		.severity = SEVERITY_WARNING,
		.since = { INT64_C(1795366800) * USEC_PER_SEC },
		.changed = { INT64_C(1795366800) * USEC_PER_SEC },
		.evidence = { .timeouts_hour = 7,
			      .timeouts_day = 9,
			      .commands_hour = 60,
			      .commands_day = 1000,
			      .rate_per_hour = 7.25,
			      .latency_us = 12345,
			      .netfn = 0x06,
			      .cmd = 0x01,
			      .cc = 0xc3,
			      .error = -EBUSY,
			      .text = "7 of 60 commands in the last hour timed out" },
	};
}

static struct journal *fresh(struct target_table *targets, int64_t cap)
{
	const struct sink_env env = { .targets = targets };
	void *state = NULL;

	lines_per_hour = cap;
	lines_count = 0;
	test_now = (mono_us){ 0 };
	check(journal_open(&env, &state) == 0, "it opens with a cap of %d lines", (int)cap);
	return state;
}

static struct finding leak(void)
{
	struct finding f = frequent();

	f.kind = f.previous = FINDING_LEAK_RETURNED;
	f.evidence.restart = (struct evidence_restart){
		.at = { f.changed.v - 3600 * USEC_PER_SEC },
		.signs = 1u << TREND_INITIALISING | 1u << TREND_SEL_CLOCK_UNSET,
		.sure = 95,
	};
	f.evidence.ramp = (struct evidence_ramp){ .rise = 2.125,
						  .rise_since = 3.5,
						  .window_h = 216,
						  .teeth = 2,
						  .low_s = 7200,
						  .high_s = 86400 };
	return f;
}

/* --- tests ------------------------------------------------------------------------------------ */

static void test_words(struct target_table *targets)
{
	struct journal *j = fresh(targets, 60);
	struct finding f = frequent();
	const struct advice *advice = advice_for(f.kind, VENDOR_DELL);

	journal_finding(j, &f, FINDING_OPENED, test_now);
	check(lines_count == 1 && was(message_of_finding(f.kind)), "a finding is one line, its id");
	check(lines[0].level == LOG_WARNING, "a warning is told as one");
	check(strncmp(message,
		      "local: time-outs are frequent: 7 of 60 commands in the last hour timed out "
		      "(Dell BMC, firmware 4.10). Next: ",
		      107) == 0,
	      "the line says who, what, why: %s", message);
	check(ends_with(message, advice->is_reboot_risky ? advice_no_reboot : advice->next_step),
	      "it ends in what to do");

	f.previous = FINDING_TIMEOUTS_SPORADIC;
	f.severity = SEVERITY_CRITICAL;
	journal_finding(j, &f, FINDING_CHANGED, test_now);
	check(strstr(message, "(before: time-outs happen now and then)") &&
		      was(message_of_finding(f.kind)),
	      "a change says what was before");
	check(has_field("BMC_PREVIOUS=timeouts-sporadic") && has_field("BMC_CHANGE=changed"),
	      "and so do its fields");
	check(lines[1].level == LOG_CRIT, "what is critical is told as that");

	f.changed.v += 3 * USEC_PER_HOUR + 20 * USEC_PER_MINUTE;
	journal_finding(j, &f, FINDING_CLOSED, test_now);
	check(was(MESSAGE_FINDING_CLOSED) && lines[2].level == LOG_NOTICE,
	      "the end is a notice with an id of its own");
	check(strstr(message, "is over after 3 h 20 min of such trouble. Next: ") != NULL,
	      "it says how long it was");
	f.changed.v = f.since.v - 1;
	journal_finding(j, &f, FINDING_CLOSED, test_now);
	check(strstr(message, "is over after 0 ms") != NULL,
	      "a clock that was stepped makes no negative span");
	journal_finding(j, &f, FINDING_DROPPED, test_now);
	check(was(MESSAGE_FINDING_CLOSED) && has_field("BMC_CHANGE=dropped") &&
		      strstr(message, "local: \"time-outs are frequent\" is no longer watched: the "
				      "target was taken out of the configuration. Next: "),
	      "a target that was taken out is not told as cured");
	journal_close(j);
}

static void test_fields(struct target_table *targets)
{
	static const char *const expected[] = {
		"BMC_TARGET=local",
		"BMC_FINDING=timeouts-frequent",
		"BMC_CHANGE=opened",
		"BMC_SEVERITY=warning",
		"BMC_SINCE=2026-11-22T17:00:00Z",
		"BMC_TIMEOUTS=7",
		"BMC_TIMEOUTS_DAY=9",
		"BMC_COMMANDS=60",
		"BMC_COMMANDS_DAY=1000",
		"BMC_NETFN=0x06",
		"BMC_CMD=0x01",
		"BMC_COMPLETION_CODE=0xC3",
		"BMC_LATENCY_US=12345",
		"BMC_RATE_PER_HOUR=7.25",
		"BMC_ERRNO=16",
		"BMC_VENDOR=Dell",
		"BMC_MANUFACTURER=674",
		"BMC_PRODUCT=0x0100",
		"BMC_FIRMWARE=4.10",
		"BMC_GUID=44454c4c000000000000000000000000",
		"BMC_EVIDENCE=7 of 60 commands in the last hour timed out",
	};
	struct journal *j = fresh(targets, 60);
	struct finding f = frequent();

	journal_finding(j, &f, FINDING_OPENED, test_now);
	for (size_t i = 0; i < COUNT_OF(expected); i++)
		check(has_field(expected[i]), "field %s", expected[i]);
	check(has_name("BMC_CAUSE") && has_name("BMC_NEXT_STEP"), "cause and next step are there");
	check(!has_name("BMC_PREVIOUS"), "what was not there before is not named");

	f.target = 1;
	f.evidence = (struct evidence){ 0 };
	journal_finding(j, &f, FINDING_OPENED, test_now);
	check(has_field("BMC_TARGET=other") && !has_name("BMC_VENDOR") && !has_name("BMC_GUID") &&
		      !has_name("BMC_COMPLETION_CODE") && !has_name("BMC_LATENCY_US") &&
		      !has_name("BMC_NETFN") && !has_name("BMC_ERRNO") && !has_name("BMC_EVIDENCE"),
	      "what is not known is left out");
	check(strncmp(message, "other: time-outs are frequent. Next: ", 37) == 0,
	      "and the line does without");

	lines_count = 0;
	f.target = 2;
	journal_finding(j, &f, FINDING_OPENED, test_now);
	f.target = TARGET_NONE;
	journal_finding(j, &f, FINDING_OPENED, test_now);
	check(lines_count == 0, "a target nobody knows has no line");
	journal_close(j);
}

/* The most lines in any hour. */
static size_t busiest_hour(void)
{
	size_t most = 0, first = 0;

	for (size_t i = 0; i < lines_count; i++) {
		while (mono_since(lines[i].at, lines[first].at) >= USEC_PER_HOUR)
			first++;
		if (i - first + 1 > most)
			most = i - first + 1;
	}
	return most;
}

static void test_cap(struct target_table *targets, int64_t cap)
{
	struct journal *j = fresh(targets, cap);
	struct finding f = frequent();
	const uint32_t changes = 30000;
	uint32_t told = 0, held = 0;

	for (uint32_t i = 0; i < changes; i++) { /* one a second, each fifth critical, a flush a
						    minute */
		test_now.v += USEC_PER_SEC;
		f.severity = i % 5 ? SEVERITY_WARNING : SEVERITY_CRITICAL;
		journal_finding(j, &f, i % 2 ? FINDING_CLOSED : FINDING_OPENED, test_now);
		if (i % 60 == 59)
			journal_tick(j, test_now);
	}
	check(busiest_hour() <= (size_t)cap, "no hour has more than %d lines (%zu)", (int)cap,
	      busiest_hour());
	check(lines_count >= (size_t)cap * 4, "the cap is also used: %zu lines in 8 h",
	      lines_count);
	journal_close(j);
	for (size_t i = 0; i < lines_count; i++) {
		held += lines[i].suppressed;
		told += lines[i].suppressed == 0;
	}
	check(told + held == changes, "each change is told or counted: %u + %u", told, held);
}

static void test_held(struct target_table *targets)
{
	struct journal *j = fresh(targets, 60);
	struct finding f = frequent();
	size_t before;

	for (int i = 0; i < 100; i++)
		journal_finding(j, &f, FINDING_OPENED, test_now);
	check(lines_count == 26, "a burst has half the cap less the reserve (%zu)", lines_count);
	f.severity = SEVERITY_CRITICAL;
	f.kind = f.previous = FINDING_MUTE;
	journal_finding(j, &f, FINDING_OPENED, test_now);
	check(lines_count == 27 && was(message_of_finding(FINDING_MUTE)),
	      "what is critical goes through the reserve");
	journal_finding(j, &f, FINDING_CLOSED, test_now);
	check(lines_count == 27, "its end does not");
	f.target = 1;
	journal_finding(j, &f, FINDING_OPENED, test_now);
	check(lines_count == 28, "another target has a cap of its own");

	journal_tick(j, test_now);
	check(lines_count == 28, "nothing is told of what was held back while the cap is shut");
	test_now.v += USEC_PER_HOUR;
	journal_tick(j, test_now);
	check(lines_count == 29 && was(MESSAGE_SUPPRESSED) && lines[28].suppressed == 75,
	      "once it opens, what was held back is counted");
	check(has_field("BMC_FINDING=mute") && has_field("BMC_CHANGE=closed"),
	      "with the last of it, which is what holds now");
	before = lines_count;
	for (int i = 0; i < 600; i++) {
		test_now.v += USEC_PER_MINUTE;
		journal_tick(j, test_now);
	}
	check(lines_count == before, "and once only");

	test_now.v -= USEC_PER_DAY;
	f.target = 0;
	for (int i = 0; i < 100; i++)
		journal_finding(j, &f, FINDING_CLOSED, test_now);
	check(lines_count == before + 26, "time that runs backwards fills no bucket");
	journal_close(j);
	check(was(MESSAGE_SUPPRESSED), "what is held back at the end is told at the end");
}

static void test_reload(struct target_table *targets)
{
	struct journal *j = fresh(targets, 60);
	struct finding f = frequent();

	for (int reload = 0; reload < 20; reload++) {
		for (int i = 0; i < 50; i++)
			journal_finding(j, &f, FINDING_OPENED, test_now);
		journal_cap_anew(j, 60, test_now);
	}
	check(lines_count == 26, "twenty reloads buy no line (%zu)", lines_count);
	journal_cap_anew(j, 6, test_now);
	test_now.v += 10 * USEC_PER_HOUR;
	for (int i = 0; i < 50; i++)
		journal_finding(j, &f, FINDING_OPENED, test_now);
	check(lines_count <= 26 + 6, "a lower cap counts from then on (%zu)", lines_count);
	journal_empty_seat(j, 0, test_now);
	check(was(MESSAGE_SUPPRESSED), "who is forgotten has what was held back told");
	lines_count = 0;
	journal_finding(j, &f, FINDING_OPENED, test_now);
	check(lines_count == 1, "and who gets its number begins anew");
	journal_empty_seat(j, 77, test_now);
	journal_close(j);
}

static void show_identity(struct journal *j, const struct bmc_identity *id, int times)
{
	const struct observation obs = { .metric = METRIC_IDENTITY, .identity = id };

	for (int i = 0; i < times; i++) {
		test_now.v += USEC_PER_MINUTE;
		journal_identity(j, &obs, test_now);
	}
}

static void test_identity(struct target_table *targets)
{
	struct journal *j = fresh(targets, 60);
	struct bmc_identity update = idrac, half = idrac, odd = idrac;
	const struct observation command = { .metric = METRIC_COMMAND };
	size_t before;

	update.firmware_major = 5;
	half.has_guid = false;
	memset(half.guid, 0, sizeof(half.guid));
	odd.firmware_minor_bcd = 0x3f;

	show_identity(j, &half, 10);
	show_identity(j, &idrac, 10);
	check(lines_count == 0, "the first identity, and more of the same, are no news");
	show_identity(j, &update, 2);
	show_identity(j, &idrac, 2);
	show_identity(j, &odd, 10);
	check(lines_count == 0, "a flicker and the impossible are left to the findings");
	show_identity(j, &update, 3);
	check(lines_count == 1 && was(MESSAGE_IDENTITY_CHANGED), "what lasts is told");
	check(strstr(message, "firmware is 5.10 now, it was 4.10") != NULL, "old and new: %s",
	      message);
	check(has_field("BMC_FIRMWARE=5.10") && has_field("BMC_FIRMWARE_BEFORE=4.10"),
	      "also as fields");
	show_identity(j, &update, 100);
	check(lines_count == 1, "once");

	update.guid[0]++;
	show_identity(j, &update, 5);
	check(lines_count == 2 && strstr(message, "another one than before"),
	      "another board with the same firmware is told, too");
	before = lines_count;
	for (int i = 0; i < 100; i++)
		show_identity(j, i % 2 ? &update : &idrac, 6);
	check(lines_count - before <= 11, "a slow flicker costs a line an hour (%zu in 10 h)",
	      lines_count - before);
	journal_close(j);

	j = fresh(targets, 60);
	update = idrac;
	update.firmware_minor_bcd = 0x20;
	journal_identity(j, &command, test_now); /* answered, and then the engine knows */
	target_set_identity(targets, 0, &update);
	show_identity(j, &update, 3);
	check(lines_count == 1 && strstr(message, "is 4.20 now, it was 4.10"),
	      "an update while the daemon was away is told: the table remembers");
	target_set_identity(targets, 0, &idrac);
	journal_close(j);
}

static void test_wear(struct target_table *targets)
{
	struct journal *j = fresh(targets, 60);
	struct finding f = leak();

	journal_finding(j, &f, FINDING_OPENED, test_now);
	check(has_field("BMC_RISE=2.12") && has_field("BMC_WINDOW=216") &&
		      has_field("BMC_TEETH=2") && has_field("BMC_RISE_SINCE_EPOCH=3.50"),
	      "a ramp is told in figures");
	check(has_field("BMC_TTF_LOW=7200") && has_field("BMC_TTF_HIGH=86400"),
	      "and when it may end");
	check(has_field("BMC_UPTIME=3600") && has_name("BMC_EPOCH") &&
		      has_field("BMC_UPTIME_SIGNS=initialising,sel-clock-unset") &&
		      has_field("BMC_UPTIME_SURE=95"),
	      "how long the controller is up, how that is known and how sure");
	f = frequent();
	journal_finding(j, &f, FINDING_OPENED, test_now);
	check(!has_name("BMC_RISE") && !has_name("BMC_TEETH") && !has_name("BMC_UPTIME"),
	      "nothing is made up for others");
	journal_close(j);
}

static void test_contention(struct target_table *targets)
{
	struct journal *j = fresh(targets, 60);
	struct finding f = frequent();

	f.kind = f.previous = FINDING_CONTENTION;
	f.evidence.contention = (struct evidence_contention){ .agent = AGENT_COLLECTD,
							      .culprit = "collectd's ipmi plugin",
							      .comm = "collectd",
							      .unit = "collectd.service",
							      .hits = 11,
							      .troubles = 12,
							      .expected = 1.4,
							      .chance = 6e-10,
							      .period_s = 300,
							      .sure = 99 };
	journal_finding(j, &f, FINDING_OPENED, test_now);
	check(has_field("BMC_CULPRIT=collectd's ipmi plugin") &&
		      has_field("BMC_CULPRIT_AGENT=collectd") &&
		      has_field("BMC_CULPRIT_COMM=collectd") &&
		      has_field("BMC_CULPRIT_UNIT=collectd.service"),
	      "contention names the culprit");
	check(has_field("BMC_HITS=11") && has_field("BMC_TROUBLES=12") &&
		      has_field("BMC_HITS_BY_CHANCE=1.40") && has_field("BMC_CHANCE=6e-10") &&
		      has_field("BMC_PERIOD=300") && has_field("BMC_SURE=99"),
	      "and the numbers");
	check(strstr(message, "Next: Calm it: set Interval 300 inside <LoadPlugin ipmi>"),
	      "the next step is the line to change");
	f.evidence.contention = (struct evidence_contention){ .period_s = 300, .sure = 99 };
	journal_finding(j, &f, FINDING_CHANGED, test_now);
	check(!has_name("BMC_CULPRIT") && has_field("BMC_PERIOD=300") &&
		      strstr(message, "Next: Find who it is"),
	      "without a name there is the clock");
	f.evidence.contention.agent = AGENT_UNKNOWN;
	(void)snprintf(f.evidence.contention.culprit, CULPRIT_NAME_MAX, "check.sh");
	(void)snprintf(f.evidence.contention.unit, OPENER_UNIT_MAX, "check.service");
	journal_finding(j, &f, FINDING_CHANGED, test_now);
	check(strstr(message, "Let check.sh ask less often") &&
		      strstr(message, "systemctl cat check.service"),
	      "one that nobody knows is named with its unit");
	f = frequent();
	journal_finding(j, &f, FINDING_OPENED, test_now);
	check(!has_name("BMC_PERIOD") && !has_name("BMC_SURE"), "others have none of it");
	journal_close(j);
}

/* Of thousands each may say something: one cap for all of them, and none of the others' lines. */
static void test_hosts(struct target_table *targets)
{
	struct journal *j = fresh(targets, 10);
	const uint32_t first = target_first_host(targets);
	struct finding f = frequent();
	const size_t before = lines_count;

	test_now = clock_mono();
	for (uint32_t i = 0; i < 40; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "host-%u", i);
		target_put_host(targets, first + i, name);
		f.target = first + i;
		journal_finding(j, &f, FINDING_OPENED, test_now);
	}
	check(lines_count - before == 5 && strstr(message, "host-4: "),
	      "hosts share a cap: half of it at once");
	check(j->seats_count == 0, "they take no seats");
	f.target = 0;
	journal_finding(j, &f, FINDING_OPENED, test_now);
	check(lines_count - before == 6, "a controller is not held back for them");
	test_now = mono_add(test_now, USEC_PER_HOUR);
	journal_tick(j, test_now);
	check(was(MESSAGE_SUPPRESSED) && has_field("BMC_SUPPRESSED=35"),
	      "what was held back is counted and said");
	f.target = first + 7;
	journal_finding(j, &f, FINDING_CLOSED, test_now);
	check(was(MESSAGE_FINDING_CLOSED) && strstr(message, "silence is not health"),
	      "an end is no health");
	journal_finding(j, &f, FINDING_DROPPED, test_now);
	check(strstr(message, "made room"), "and one that made room says so");
	journal_close(j);
}

int main(void)
{
	static const int64_t caps[] = { 1, 2, 3, 5, 10, 60, 1000 };
	struct target_table *targets = target_table_new(2, 40);
	uint32_t target;

	check(targets && target_intern(targets, "local", &target) == 0 &&
		      target_intern(targets, "other", &target) == 0,
	      "two targets");
	target_set_identity(targets, 0, &idrac);
	test_words(targets);
	test_fields(targets);
	for (size_t i = 0; i < COUNT_OF(caps); i++)
		test_cap(targets, caps[i]);
	test_held(targets);
	test_reload(targets);
	test_identity(targets);
	test_wear(targets);
	test_contention(targets);
	test_hosts(targets);
	target_table_free(targets);
	return tap_done();
}
