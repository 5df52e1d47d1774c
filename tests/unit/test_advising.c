/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each setting of the drivers: when it is left alone, when it is not, and why.
 */
#include "cli/advising.c"
#include "tests/unit/tap.h"

static size_t index_of(const char *name)
{
	size_t i = 0;

	while (advise_module(i) && strcmp(advise_parameter(i), name) != 0)
		i++;
	return i;
}

struct row {
	const char *name, *value, *wanted, *why;
	struct advise_machine machine;
};

#define KCS(...)                                                                                   \
	{                                                                                          \
		.type = "kcs", .is_irq_known = true, __VA_ARGS__                                   \
	}
#define MS(n) ((n)*USEC_PER_MSEC)

static const struct row table[] = {
	{ "kipmid_max_busy_us", "0\n", "500", "here 12 ms", KCS(.answers = 200, .q50_us = MS(12)) },
	{ "kipmid_max_busy_us", "\n", "500", "here 12 ms", KCS(.answers = 200, .q50_us = MS(12)) },
	{ "kipmid_max_busy_us", "500,0", "500", "here 12 ms",
	  KCS(.answers = 200, .q50_us = MS(12), .interface = 1) },
	{ "kipmid_max_busy_us", "500", "500", "here 12 ms",
	  KCS(.answers = 200, .q50_us = MS(12), .interface = 3) },
	{ "kipmid_max_busy_us", "0", "", "not known yet", KCS(.answers = 199, .q50_us = MS(12)) },
	{ "kipmid_max_busy_us", "0", "", "2 ms only", KCS(.answers = 200, .q50_us = MS(2)) },
	{ "kipmid_max_busy_us", "0", "", "has an interrupt",
	  KCS(.answers = 200, .q50_us = MS(12), .has_irq = true) },
	{ "kipmid_max_busy_us", "0", "", "not known", { .type = "kcs" } },
	{ "kipmid_max_busy_us", "0", "", "ssif", { .type = "ssif", .is_irq_known = true } },
	{ "kipmid_max_busy_us", "10", "500", "sleeps a tick",
	  KCS(.answers = 200, .q50_us = MS(30)) },
	{ "kipmid_max_busy_us", "10", "", "limited", KCS(.answers = 200, .q50_us = MS(29)) },
	{ "kipmid_max_busy_us", "300", "", "limited", KCS(.answers = 200, .q50_us = MS(90)) },
	{ "force_kipmid", "0", "unset", "timer tick", KCS(.answers = 0) },
	{ "force_kipmid", "0", "", "by itself", KCS(.has_irq = true) },
	{ "force_kipmid", "", "", "by itself", KCS(.answers = 0) },
	{ "unload_when_empty", "1", "", "modprobe -r", KCS(.answers = 0) },
	{ "unload_when_empty", "0", "", "hotmod", KCS(.answers = 0) },
	{ "trydefaults", "Y", "0", "ports", KCS(.answers = 0) },
	{ "trydefaults", "N", "", "off", KCS(.answers = 0) },
	{ "tryacpi", "Y", "", "tables", KCS(.answers = 0) },
	{ "trydmi", "N", "1", "not found", KCS(.answers = 0) },
	{ "default_retry_ms", "2000", "", "bridged", KCS(.answers = 0) },
	{ "default_max_retries", "4", "", "bridged", KCS(.answers = 0) },
	{ "max_users", "30", "", "who", KCS(.answers = 0) },
};

static void test_rules(void)
{
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		const struct row *row = &table[i];
		struct advise_knob knob;

		advise_knob(&row->machine, index_of(row->name), row->value, &knob);
		check(strcmp(knob.wanted, row->wanted) == 0 && strstr(knob.why, row->why),
		      "%s = %.*s: %s%s", row->name, (int)strcspn(row->value, "\n"), row->value,
		      row->wanted[0] ? "make it " : "leave it", row->wanted);
		check(strcmp(knob.name, row->name) == 0 && !strchr(knob.value, '\n'),
		      "and its value is shown as one line");
	}
}

static void test_all(void)
{
	char longest[4 * ADVISE_VALUE_MAX];
	const struct advise_machine nothing = { 0 };
	struct advise_knob knob;

	memset(longest, '9', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	for (size_t i = 0; advise_module(i); i++) {
		advise_knob(&nothing, i, longest, &knob);
		check(knob.why[0] != '\0' && strlen(knob.value) == ADVISE_VALUE_MAX - 1,
		      "%s.%s takes any value", knob.module, knob.name);
	}
	check(!advise_module(ADVISE_KNOBS_MAX) && !advise_parameter(ADVISE_KNOBS_MAX),
	      "the list has an end");
}

/* Over the network: what programs do unless told, and what they should. */
static void test_remote(void)
{
	const struct advise_machine quick = { .is_remote = true,
					      .answers = 1000,
					      .q50_us = MS(12),
					      .q90_us = MS(20),
					      .q99_us = MS(40) };
	const struct advise_machine slow = {
		.is_remote = true, .answers = 1000, .q50_us = MS(300), .q90_us = MS(900)
	};
	const struct advise_machine few = { .is_remote = true, .answers = 10, .q50_us = MS(12) };
	struct advise_knob knob;
	size_t i;

	for (i = 0; advise_remote(&quick, i, &knob); i++)
		check(*knob.value && !*knob.wanted && *knob.why, "%s %s is well as it is: %s",
		      knob.module, knob.name, knob.why);
	check(i <= ADVISE_KNOBS_MAX, "there is room for all");
	check(advise_remote(&slow, 0, &knob) && strcmp(knob.wanted, "9") == 0,
	      "ipmitool -N 9 where answers take a second: %s", knob.wanted);
	check(advise_remote(&slow, 1, &knob) && !*knob.wanted, "but no more retries");
	check(advise_remote(&slow, 2, &knob) && strcmp(knob.wanted, "9000") == 0,
	      "FreeIPMI counts in ms: %s", knob.wanted);
	check(advise_remote(&few, 0, &knob) && !*knob.wanted && strstr(knob.why, "not known"),
	      "too little data is said");
}

static void test_inventory(void)
{
	const struct advise_machine m = { .answers = 1000, .q50_us = MS(12), .sensors = 80 };
	const struct advise_machine few = { .answers = 10, .q50_us = MS(12), .sensors = 80 };

	check(advise_inventory_us(&m) == 80 * 5 * MS(12), "80 sensors at 12 ms take 4.8 s");
	check(advise_inventory_us(&few) == 0, "too little data: no estimate");
}

int main(void)
{
	test_rules();
	test_all();
	test_inventory();
	test_remote();
	return tap_done();
}
