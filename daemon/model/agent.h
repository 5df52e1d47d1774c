/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs that are known to ask a controller: what each is, what it costs the controller, and the
 * setting that calms it. An opener of the device is told by its program's name and its unit.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/util.h"

enum agent {
	AGENT_UNKNOWN,
	AGENT_OWN,		      /* bmchealthctl, the installed one */
	AGENT_NODE_EXPORTER_IPMITOOL, /* the timer of the textfile collector's script */
	AGENT_IPMI_EXPORTER,
	AGENT_TELEGRAF,
	AGENT_COLLECTD,
	AGENT_NETDATA,
	AGENT_ZABBIX,
	AGENT_NAGIOS, /* and Icinga: a check of theirs */
	AGENT_IPMISELD,
	AGENT_IPMIEVD,
	AGENT_BMC_WATCHDOG,
	AGENT_NUT_IPMI,
	AGENT_DELL_OMSA,
	AGENT_DELL_ISM,
	AGENT_HPE_AMSD,
	AGENT_FWUPD,
	AGENT_VENDOR_TOOL,
	AGENT_FREEIPMI, /* its tools, started by anybody */
	AGENT_IPMITOOL, /* likewise: a loop, a cron job, a person */
	AGENT_KERNEL_WATCHDOG,
	AGENT_KERNEL_ACPI,
	AGENT_KERNEL_POWEROFF,
	AGENT_KERNEL_HWMON,
	AGENT_KERNEL, /* another module */
	AGENT_MAX,
};

struct agent_info {
	const char *name;  /* "node-exporter-ipmitool": JSON, journal, .scn */
	const char *title; /* for people: "node_exporter's ipmitool timer" */
	const char *cost;  /* what it does to the controller, a clause; NULL: nobody knows */
	const char *calm;  /* what to change, and where: a clause that begins with an imperative;
			      NULL: nothing is known */
};

const struct agent_info *agent_info(enum agent agent);
MUST_CHECK int agent_parse(const char *name, enum agent *ret);

/* A process by its comm, the path of its executable, its unit and its user; texts may be "". A
 * known unit goes before the program: ipmitool started by Telegraf is Telegraf. But not one of a
 * user's own manager ("user@1000/x.service"): there anybody may take any name. Our own tool is only
 * the installed one, run by root: what passes for it is never suspected. */
enum agent agent_of_process(const char *comm, const char *exe, const char *unit, uint32_t uid);
enum agent agent_of_module(const char *module);
static inline bool agent_is_kernel(enum agent agent)
{
	return agent >= AGENT_KERNEL_WATCHDOG && agent <= AGENT_KERNEL;
}
