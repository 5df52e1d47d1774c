/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Known agents: told by name and unit, each with words for people.
 */
#include "model/agent.c" /* the unit under test */
#include "tests/unit/tap.h"

static void test_words(void)
{
	for (int i = 0; i < AGENT_MAX; i++) {
		const struct agent_info *info = agent_info((enum agent)i);
		enum agent back = AGENT_MAX;

		check(info->name && info->title && agent_parse(info->name, &back) == 0 &&
			      back == (enum agent)i,
		      "%s has a name of its own and a title", info->name);
		check(!info->calm || (info->cost && info->calm[0] >= 'a' && info->calm[0] <= 'z'),
		      "%s: advice comes with what it costs, and is a clause", info->name);
	}
}

static void test_processes(void)
{
	static const struct {
		const char *comm, *exe, *unit;
		enum agent agent;
	} cases[] = {
		{ "ipmitool", "/usr/bin/ipmitool",
		  "prometheus-node-exporter-ipmitool-sensor.service",
		  AGENT_NODE_EXPORTER_IPMITOOL },
		{ "ipmi-sensors", "/usr/sbin/ipmi-sensors", "prometheus-ipmi-exporter.service",
		  AGENT_IPMI_EXPORTER },
		{ "prometheus-ipmi", "", "", AGENT_IPMI_EXPORTER },
		{ "prometheus-node", "", "", AGENT_UNKNOWN },
		{ "ipmitool", "/usr/bin/ipmitool", "telegraf.service", AGENT_TELEGRAF },
		{ "reader#0", "/usr/sbin/collectd", "", AGENT_COLLECTD },
		{ "freeipmi.plugin", "", "user.slice", AGENT_NETDATA },
		{ "ipmiseld", "/usr/sbin/ipmiseld", "ipmiseld.service", AGENT_IPMISELD },
		{ "bmc-watchdog", "", "", AGENT_BMC_WATCHDOG },
		{ "nut-ipmipsu", "/lib/nut/nut-ipmipsu", "nut-driver@psu.service", AGENT_NUT_IPMI },
		{ "dsm_sa_datamgrd", "", "", AGENT_DELL_OMSA },
		{ "dsm_ism_srvmgrd", "", "", AGENT_DELL_ISM },
		{ "amsd", "/sbin/amsd", "amsd.service", AGENT_HPE_AMSD },
		{ "check_ipmi_sens", "/usr/bin/perl", "cron.service", AGENT_NAGIOS },
		{ "ipmi-sel", "", "session-3.scope", AGENT_FREEIPMI },
		{ "ipmitool", "/usr/bin/ipmitool", "cron.service", AGENT_IPMITOOL },
		{ "x", "/opt/ipmitool", "", AGENT_IPMITOOL },
		{ "ipmitoolx", "", "", AGENT_UNKNOWN },
		{ "", "", "", AGENT_UNKNOWN },
		{ "*", "|", "*|*", AGENT_UNKNOWN },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check(agent_of_process(cases[i].comm, cases[i].exe, cases[i].unit, 0) ==
			      cases[i].agent,
		      "\"%s\" of \"%s\" is %s", cases[i].comm, cases[i].unit,
		      agent_info(cases[i].agent)->name);
}

/* Names are free for everybody. */
static void test_pretenders(void)
{
	static const char own[] = BINDIR "/bmchealthctl";
	static const char timer[] = "user@1000/prometheus-node-exporter-ipmitool-sensor.service";

	check(agent_of_process("bmchealthctl", own, "", 0) == AGENT_OWN,
	      "the installed bmchealthctl is our own");
	check(agent_of_process("bmchealthctl", own, "", 1000) == AGENT_UNKNOWN,
	      "not as a user, who may have another file at its path");
	check(agent_of_process("bmchealthctl", "/tmp/bmchealthctl", "", 0) == AGENT_UNKNOWN,
	      "nor is another file of that name");
	check(agent_of_process("bmchealthctl", "/usr/bin/ipmitool", "", 0) == AGENT_IPMITOOL,
	      "nor a program that calls itself so");
	check(agent_of_process("bmchealthctl", "", "", 0) == AGENT_UNKNOWN,
	      "nor one whose file nobody has seen");
	check(agent_of_process("ipmitool", "/usr/bin/ipmitool", timer, 1000) == AGENT_IPMITOOL,
	      "a user's unit is not the system's of that name");
	check(agent_of_process("telegraf", "/usr/bin/telegraf", "user@1/telegraf.service", 1) ==
		      AGENT_TELEGRAF,
	      "the program in it is told by its name");
}

static void test_modules(void)
{
	enum agent agent = AGENT_MAX;

	check(agent_of_module("ipmi_watchdog") == AGENT_KERNEL_WATCHDOG,
	      "the kernel's watchdog is told");
	check(agent_of_module("acpi_ipmi") == AGENT_KERNEL_ACPI, "so is ACPI");
	check(agent_of_module("something_new") == AGENT_KERNEL, "any other module is one");
	check(agent_is_kernel(AGENT_KERNEL) && !agent_is_kernel(AGENT_IPMITOOL),
	      "modules are no programs");
	check(agent_parse("nobody", &agent) == -EINVAL && agent == AGENT_MAX,
	      "an unknown name is refused");
	check(agent_info((enum agent)99) == agent_info(AGENT_UNKNOWN),
	      "what is out of range is unknown");
}

int main(void)
{
	test_words();
	test_processes();
	test_pretenders();
	test_modules();
	return tap_done();
}
