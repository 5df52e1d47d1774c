/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The known agents. What they cost was counted with 80 sensors behind a simulated BMC; their
 * settings are those of their manuals and of Debian's packages.
 */
#include "model/agent.h"

#include "base/util.h"

#define COMM_LEN 15 /* longer names are cut by the kernel (TASK_COMM_LEN) */

static const struct agent_info agents[AGENT_MAX] = {
	[AGENT_UNKNOWN] = { .name = "unknown", .title = "a program nobody told us about" },
	[AGENT_OWN] = { .name = "bmchealthctl",
			.title = "bmchealthctl, our own tool",
			.cost = "a command a second, for the few seconds that `once` takes",
			.calm = "ask the daemon instead: bmchealthctl status" },
	[AGENT_NODE_EXPORTER_IPMITOOL] = { .name = "node-exporter-ipmitool",
					   .title = "node_exporter's ipmitool timer",
					   .cost = "each minute `ipmitool sensor` without a cache: "
						   "five commands for each "
						   "sensor, 400 a minute with 80",
					   .calm = "in `systemctl edit "
						   "prometheus-node-exporter-ipmitool-sensor.timer`"
						   " write "
						   "under [Timer]: OnUnitActiveSec= (empty, on a "
						   "line of its own), then "
						   "OnBootSec=1min and OnUnitActiveSec=15min" },
	[AGENT_IPMI_EXPORTER] = { .name = "ipmi-exporter",
				  .title = "ipmi_exporter",
				  .cost = "each scrape starts the FreeIPMI tools anew and gives "
					  "them no deadline: "
					  "130 commands with 80 sensors, and processes pile up "
					  "while the BMC is slow",
				  .calm = "set scrape_interval: 5m for its job in prometheus.yml, "
					  "and leave in "
					  "ipmi_local.yml only the collectors somebody reads" },
	[AGENT_TELEGRAF] = { .name = "telegraf",
			     .title = "Telegraf's ipmi_sensor input",
			     .cost = "runs ipmitool each interval (10 s unless set), without a "
				     "cache four "
				     "commands for each sensor",
			     .calm = "set interval = \"5m\" and use_cache = true under "
				     "[[inputs.ipmi_sensor]] in "
				     "telegraf.conf" },
	[AGENT_COLLECTD] = { .name = "collectd",
			     .title = "collectd's ipmi plugin",
			     .cost = "some 800 commands at its start, then all sensors at once "
				     "each interval "
				     "(10 s unless set)",
			     .calm = "set Interval 300 inside <LoadPlugin ipmi> in collectd.conf, "
				     "and name the "
				     "sensors somebody reads in <Plugin ipmi>" },
	[AGENT_NETDATA] = { .name = "netdata",
			    .title = "netdata's freeipmi plugin",
			    .cost = "all sensors every few seconds, the event log twice a minute",
			    .calm = "set update every = 60 under [plugin:freeipmi] in "
				    "netdata.conf" },
	[AGENT_ZABBIX] = { .name = "zabbix",
			   .title = "Zabbix",
			   .cost = "a few commands for each item at each of its updates",
			   .calm = "set a longer update interval for the IPMI items, or for those "
				   "whose UserParameter runs ipmitool" },
	[AGENT_NAGIOS] = { .name = "nagios",
			   .title = "a check of Nagios or Icinga",
			   .cost = "one to seven commands for each sensor at each check",
			   .calm = "set check_interval to 15 min for that service, and let "
				   "ipmi-sensors keep its cache" },
	[AGENT_IPMISELD] = { .name = "ipmiseld",
			     .title = "FreeIPMI's ipmiseld",
			     .cost = "two commands every five minutes, more while the event log "
				     "grows; the lightest of all",
			     .calm = "set a longer poll-interval in /etc/freeipmi/ipmiseld.conf; "
				     "it "
				     "is hardly the cause" },
	[AGENT_IPMIEVD] = { .name = "ipmievd",
			    .title = "ipmitool's ipmievd",
			    .cost = "started with `open`, it makes the kernel ask for events every "
				    "second",
			    .calm = "start it as `ipmievd sel daemon timeout=300`, in `systemctl "
				    "edit ipmievd.service`" },
	[AGENT_BMC_WATCHDOG] = { .name = "bmc-watchdog",
				 .title = "FreeIPMI's bmc-watchdog",
				 .cost = "a few commands a minute to keep the host's watchdog "
					 "timer "
					 "from running out",
				 .calm = "lengthen --reset-interval in /etc/default/bmc-watchdog "
					 "(on "
					 "Fedora /etc/sysconfig), well below the timer's "
					 "countdown" },
	[AGENT_NUT_IPMI] = { .name = "nut-ipmi",
			     .title = "Network UPS Tools' driver nut-ipmipsu",
			     .cost = "the power supplies' sensors every few seconds; and its udev "
				     "rule (MODE=664) "
				     "lets every user open /dev/ipmi*, and with it send any "
				     "command: power over "
				     "the whole machine",
			     .calm = "set pollinterval = 60 in ups.conf; a copy of its rule as "
				     "/etc/udev/rules.d/52-nut-ipmipsu.rules with MODE=\"660\" "
				     "leaves the device "
				     "to root and the group nut" },
	[AGENT_DELL_OMSA] = { .name = "dell-omsa",
			      .title = "Dell OpenManage Server Administrator",
			      .cost = "sensors, event log and inventory, at intervals of its own",
			      .calm = "stop it with `srvadmin-services.sh stop` if nobody reads "
				      "it: the iDRAC "
				      "itself serves the same over SNMP and Redfish" },
	[AGENT_DELL_ISM] = { .name = "dell-ism",
			     .title = "Dell iDRAC Service Module",
			     .cost = "tells the iDRAC about the host, and serves as its watchdog",
			     .calm = "switch off its features nobody uses: `racadm get "
				     "iDRAC.ServiceModule` "
				     "lists them, `racadm set` changes them" },
	[AGENT_HPE_AMSD] = { .name = "hpe-amsd",
			     .title = "HPE Agentless Management",
			     .cost = "mostly iLO's own channel (/dev/hpilo), IPMI for some of it",
			     .calm = "stop it for an hour (`systemctl stop amsd smad`) to see "
				     "whether it is the "
				     "cause; iLO then lacks only what it knows from the host" },
	[AGENT_FWUPD] = { .name = "fwupd",
			  .title = "fwupd's redfish plug-in",
			  .cost = "a few commands when fwupd starts, which any desktop or timer "
				  "does",
			  .calm = "add redfish to DisabledPlugins in /etc/fwupd/fwupd.conf, unless "
				  "the BMC's firmware is updated that way" },
	[AGENT_VENDOR_TOOL] = { .name = "vendor-tool",
				.title = "a tool of the machine's maker",
				.cost = "what it was told to do; an inventory takes hundreds of "
					"commands",
				.calm = "run it less often, and through `bmchealthctl exec`" },
	[AGENT_FREEIPMI] = { .name = "freeipmi",
			     .title = "a tool of FreeIPMI",
			     .cost = "ipmi-sensors takes one command for each sensor with its "
				     "cache, seven without",
			     .calm = "run it less often, let it keep its cache in the home of its "
				     "user, or read `bmchealthctl sensors`" },
	[AGENT_IPMITOOL] = { .name = "ipmitool",
			     .title = "ipmitool",
			     .cost = "`sensor` takes five commands for each sensor, `sdr` four, "
				     "one "
				     "with -S FILE",
			     .calm = "run it less often and with -S FILE (`ipmitool sdr dump FILE` "
				     "makes that), or read `bmchealthctl sensors`" },
	[AGENT_KERNEL_WATCHDOG] = { .name = "ipmi_watchdog",
				    .title = "the kernel's watchdog over IPMI",
				    .cost = "a command each time it is fed, twice in "
					    "RuntimeWatchdogSec= by systemd",
				    .calm = "set RuntimeWatchdogSec= to a minute or more in "
					    "system.conf, or use another "
					    "watchdog of the machine (iTCO_wdt, sp5100_tco)" },
	[AGENT_KERNEL_ACPI] = { .name = "acpi_ipmi",
				.title = "the firmware's tables, through the kernel",
				.cost = "commands when somebody reads what ACPI gets by IPMI, the "
					"power meter above "
					"all",
				.calm = "read the power meter (/sys/class/hwmon) less often, or "
					"keep "
					"acpi_power_meter from loading" },
	[AGENT_KERNEL_POWEROFF] = { .name = "ipmi_poweroff",
				    .title = "the kernel's power-off over IPMI",
				    .cost = "nothing until the machine is switched off" },
	[AGENT_KERNEL_HWMON] = { .name = "hwmon",
				 .title = "a kernel driver for sensors behind IPMI",
				 .cost = "commands when its files in /sys/class/hwmon are read",
				 .calm = "let lm-sensors or node_exporter's hwmon collector read "
					 "them less often" },
	[AGENT_KERNEL] = { .name = "kernel", .title = "a kernel module" },
};

/* The first row that fits. Patterns are separated by `|`, a `*` at the end of one stands for
 * anything; NULL fits always. */
static const struct {
	const char *unit, *program;
	enum agent agent;
} rows[] = {
	{ "prometheus-node-exporter-ipmitool-sensor.service", NULL, AGENT_NODE_EXPORTER_IPMITOOL },
	{ "prometheus-ipmi-exporter*|ipmi_exporter*|ipmi-exporter*", NULL, AGENT_IPMI_EXPORTER },
	{ NULL, "prometheus-ipmi-exporter|ipmi_exporter", AGENT_IPMI_EXPORTER },
	{ "telegraf.service", NULL, AGENT_TELEGRAF },
	{ NULL, "telegraf", AGENT_TELEGRAF },
	{ "collectd.service", NULL, AGENT_COLLECTD },
	{ NULL, "collectd", AGENT_COLLECTD },
	{ "netdata.service", NULL, AGENT_NETDATA },
	{ NULL, "freeipmi.plugin", AGENT_NETDATA },
	{ "zabbix-*", NULL, AGENT_ZABBIX },
	{ NULL, "zabbix_*", AGENT_ZABBIX },
	{ "nagios*|nrpe*|icinga*", NULL, AGENT_NAGIOS },
	{ NULL, "check_ipmi*", AGENT_NAGIOS },
	{ NULL, "ipmiseld", AGENT_IPMISELD },
	{ NULL, "ipmievd", AGENT_IPMIEVD },
	{ NULL, "bmc-watchdog", AGENT_BMC_WATCHDOG },
	{ NULL, "nut-ipmipsu", AGENT_NUT_IPMI },
	{ "dcismeng*", NULL, AGENT_DELL_ISM },
	{ NULL, "dsm_ism_*", AGENT_DELL_ISM },
	{ "dataeng*|dsm_sa_*|dsm_om_*", NULL, AGENT_DELL_OMSA },
	{ NULL, "dsm_sa_*|dsm_om_*|omreport|omconfig", AGENT_DELL_OMSA },
	{ "amsd.service|smad*|cpq*|mr_cpq*|hp-health*|hp-ams*", NULL, AGENT_HPE_AMSD },
	{ NULL, "amsd|smad*|cpqIde|cpqScsi|hpasmlited|hpasmxld", AGENT_HPE_AMSD },
	{ "fwupd.service", NULL, AGENT_FWUPD },
	{ NULL, "fwupd", AGENT_FWUPD },
	{ NULL, "racadm*|hponcfg|ilorest|ipmicfg*|IPMICFG*|onecli|OneCli", AGENT_VENDOR_TOOL },
	{ NULL,
	  "ipmi-sensors|ipmimonitoring|ipmi-sel|ipmi-fru|ipmi-dcmi|ipmi-chassis|ipmi-oem|ipmi-raw|"
	  "ipmi-pef-config|ipmi-config|bmc-info|bmc-device",
	  AGENT_FREEIPMI },
	{ NULL, "ipmitool", AGENT_IPMITOOL },
};

static const struct {
	const char *module;
	enum agent agent;
} modules[] = {
	{ "ipmi_watchdog", AGENT_KERNEL_WATCHDOG }, { "acpi_ipmi", AGENT_KERNEL_ACPI },
	{ "ipmi_poweroff", AGENT_KERNEL_POWEROFF }, { "ibmpex", AGENT_KERNEL_HWMON },
	{ "ibmaem", AGENT_KERNEL_HWMON },
};

const struct agent_info *agent_info(enum agent agent)
{
	return &agents[(unsigned)agent < AGENT_MAX ? agent : AGENT_UNKNOWN];
}

int agent_parse(const char *name, enum agent *ret)
{
	for (int i = 0; i < AGENT_MAX; i++) {
		if (strcmp(agents[i].name, name) != 0)
			continue;
		*ret = (enum agent)i;
		return 0;
	}
	return -EINVAL;
}

/* `len` bytes of a pattern. `cut`: the word may have been cut to that length; 0: it was not. */
static bool one_fits(const char *pattern, size_t len, const char *word, size_t cut)
{
	const size_t word_len = strlen(word);

	if (len > 0 && pattern[len - 1] == '*')
		return word_len >= len - 1 && strncmp(word, pattern, len - 1) == 0;
	if (cut > 0 && len > cut)
		len = cut;
	return word_len == len && strncmp(word, pattern, len) == 0;
}

static bool any_fits(const char *patterns, const char *word, size_t cut)
{
	while (*word != '\0') {
		const size_t len = strcspn(patterns, "|");

		if (one_fits(patterns, len, word, cut))
			return true;
		if (patterns[len] == '\0')
			return false;
		patterns += len + 1;
	}
	return false;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Only its path tells: a process may call itself what it likes. */
static bool is_own(const char *exe, uint32_t uid)
{
	return uid == 0 && strcmp(exe, BINDIR "/bmchealthctl") == 0;
}

enum agent agent_of_process(const char *comm, const char *exe, const char *unit, uint32_t uid)
{
	const bool is_users = strchr(unit, '/') != NULL;

	if (is_own(exe, uid))
		return AGENT_OWN;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (rows[i].unit && !is_users && any_fits(rows[i].unit, unit, 0))
			return rows[i].agent;
		if (rows[i].program && (any_fits(rows[i].program, comm, COMM_LEN) ||
					any_fits(rows[i].program, base_name(exe), 0)))
			return rows[i].agent;
	}
	return AGENT_UNKNOWN;
}

enum agent agent_of_module(const char *module)
{
	for (size_t i = 0; i < COUNT_OF(modules); i++) {
		if (strcmp(modules[i].module, module) == 0)
			return modules[i].agent;
	}
	return AGENT_KERNEL;
}
