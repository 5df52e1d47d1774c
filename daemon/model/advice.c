/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of remedies. Rows of one vendor stand beside the general row of their kind. Commands
 * are for the reader to run: the daemon itself writes nothing to a BMC, and the rows say so.
 */
#include "model/advice.h"

#include <stdio.h>

#include "model/agent.h"
#include "model/trend.h"

#define BY_HAND	   "by hand (bmchealthd never does it)"
#define RESET	   "ipmitool mc reset cold"
#define WHO_ASKS   "fuser -v /dev/ipmi0"
#define KERNEL_LOG "journalctl -k -g ipmi"
#define LINUX_DOC  "https://docs.kernel.org/driver-api/ipmi.html"
#define ILOREST_DOC                                                                                \
	"https://servermanagementportal.ext.hpe.com/docs/redfishclients/ilorest-userguide/"        \
	"ilocommands"

/* drivers/char/ipmi/: nothing waits longer or shorter for a local command. */
#define LINUX                                                                                      \
	"Linux has no such setting for local commands, only ipmi_si.kipmid_max_busy_us for how "   \
	"busily it polls and ipmi_msghandler.default_retry_ms for bridged (IPMB) ones"
#define RAISE                                                                                      \
	"raise the IPMI driver's time-outs in its registry (bmchealthctl advise --windows says "   \
	"what was reported to help)"
#define WINDOWS_SETTINGS                                                                           \
	"Correct or delete the value in that host's registry (see Microsoft's documentation of "   \
	"the IPMI driver) and restart the host when it suits"
#define LEAK "a cure that lasts for days only suggests that the controller leaks memory"

const char advice_no_reboot[] = "Do not reboot this host now: with a sick controller it may not "
				"come up again, so heal the controller first.";

static const struct advice rows[] = {
	/* time-outs now and then */
	{ FINDING_TIMEOUTS_SPORADIC, VENDOR_UNKNOWN,
	  "Several agents ask the controller at the same moment, or their deadlines are tight.",
	  "Space the agents out and raise their deadlines; " LINUX ".", WHO_ASKS, LINUX_DOC,
	  false },
	{ FINDING_TIMEOUTS_SPORADIC, VENDOR_DELL,
	  "Several agents ask the iDRAC at the same moment, or their deadlines are tight.",
	  "Run racadm getsysinfo: if it lists the system, space the agents out and raise their "
	  "deadlines, for the iDRAC is well; " LINUX ".",
	  "racadm getsysinfo", LINUX_DOC, false },

	/* time-outs per hour */
	{ FINDING_TIMEOUTS_FREQUENT, VENDOR_UNKNOWN,
	  "A program asks too often, the controller's firmware is faulty or leaks memory, or a "
	  "driver of the host does.",
	  "Find the program that asks and lengthen its interval, look for other odd log entries "
	  "and "
	  "for other servers with the same trouble, then try another release of controller "
	  "firmware, BIOS and drivers, newer or older; " LEAK ".",
	  WHO_ASKS, LINUX_DOC, false },
	{ FINDING_TIMEOUTS_FREQUENT, VENDOR_DELL,
	  "A program asks too often, or the iDRAC's firmware leaks memory.",
	  "Run racadm getsysinfo: \"ERROR: Unable to perform the requested operation\", or empty "
	  "fields, mean that the iDRAC is seriously wrong, then call support and move to firmware "
	  "without the leak, newer or older; if it lists the system, suspect monitoring software "
	  "or drivers.",
	  "racadm getsysinfo", NULL, false },
	{ FINDING_TIMEOUTS_FREQUENT, VENDOR_HPE,
	  "A program asks too often (amsd and the management agents count as well), or the iLO's "
	  "firmware is faulty.",
	  "Find the program that asks and lengthen its interval, then try another release of iLO "
	  "firmware, newer or older; " LEAK ".",
	  WHO_ASKS, NULL, false },
	{ FINDING_TIMEOUTS_FREQUENT, VENDOR_LENOVO,
	  "A program asks too often, the controller's firmware is faulty, or on a blade the "
	  "chassis "
	  "manager keeps it busy.",
	  "Find the program that asks and lengthen its interval, compare with the other blades of "
	  "the chassis, then try another release of controller firmware; " LEAK ".",
	  WHO_ASKS, NULL, false },
	{ FINDING_TIMEOUTS_FREQUENT, VENDOR_SUPERMICRO,
	  "A program asks too often (uncached ipmitool sensor runs are the usual one), or the "
	  "BMC's firmware is faulty.",
	  "Find the program that asks and lengthen its interval, then try another release of BMC "
	  "firmware, newer or older; " LEAK ".",
	  WHO_ASKS, NULL, false },

	/* several a minute */
	{ FINDING_TIMEOUTS_STORM, VENDOR_UNKNOWN,
	  "The controller is overrun by a program, or is about to fail.",
	  "Stop the monitoring agents one by one to see whether the storm ends; if it does not, "
	  "cold-reset the controller " BY_HAND ", and if that does not help reseat the blade; " LEAK
	  ".",
	  RESET, NULL, true },
	{ FINDING_TIMEOUTS_STORM, VENDOR_DELL,
	  "The iDRAC is overrun by a program, or leaks memory.",
	  "Run racadm getsysinfo to see whether the iDRAC can still tell of itself, then reset "
	  "it " BY_HAND ", on a blade reseat it if that does not help; " LEAK
	  ", and its last stage has "
	  "switched off mezzanine cards.",
	  "racadm racreset", NULL, true },
	{ FINDING_TIMEOUTS_STORM, VENDOR_HPE,
	  "The iLO is overrun by a program, or is about to fail.",
	  "Stop the management agents one by one to see whether the storm ends; if it does not, "
	  "reset the iLO " BY_HAND "; " LEAK ".",
	  "ilorest iloreset", ILOREST_DOC, true },
	{ FINDING_TIMEOUTS_STORM, VENDOR_LENOVO,
	  "The controller is overrun by a program or by its chassis manager, or is about to fail.",
	  "Stop the monitoring agents one by one to see whether the storm ends; if it does not, "
	  "restart the controller " BY_HAND ", or with resetsp on its own command line, and reseat "
	  "the blade if that does not help; " LEAK ".",
	  RESET, NULL, true },
	{ FINDING_TIMEOUTS_STORM, VENDOR_SUPERMICRO,
	  "The BMC is overrun by a program, or is about to fail.",
	  "Stop the monitoring agents one by one to see whether the storm ends; if it does not, "
	  "cold-reset the BMC " BY_HAND " before anybody reboots the host; " LEAK ".",
	  RESET, NULL, true },

	/* no answer at all */
	{ FINDING_MUTE, VENDOR_UNKNOWN,
	  "The controller hangs or is just being reset, or the interface to it is blocked.",
	  "Wait five minutes for a reset to end, then try it over its own network address; cold-"
	  "reset it " BY_HAND ", and if it stays mute reseat the blade or take the mains off at a "
	  "planned time.",
	  RESET, NULL, true },
	{ FINDING_MUTE, VENDOR_DELL, "The iDRAC hangs or is just being reset.",
	  "Wait five minutes for a reset to end, then run racadm racreset " BY_HAND ", over the "
	  "network or from the chassis controller if it fails on the host, or hold the "
	  "identification button for more than 15 seconds.",
	  "racadm racreset", NULL, true },
	{ FINDING_MUTE, VENDOR_HPE, "The iLO hangs or is just being reset.",
	  "Wait five minutes for a reset to end, then reset the iLO " BY_HAND ", from its web page "
	  "if the host cannot reach it.",
	  "ilorest iloreset", ILOREST_DOC, true },
	{ FINDING_MUTE, VENDOR_LENOVO, "The controller hangs or is just being reset.",
	  "Wait five minutes for a reset to end, then restart it " BY_HAND ": with resetsp on its "
	  "own command line, or from the chassis manager; reseat the blade if it stays mute.",
	  RESET, NULL, true },
	{ FINDING_MUTE, VENDOR_SUPERMICRO, "The BMC hangs or is just being reset.",
	  "Wait five minutes for a reset to end, then cold-reset the BMC " BY_HAND ", over its "
	  "network address if the host cannot reach it; if it stays mute take the mains off at a "
	  "planned time.",
	  RESET, NULL, true },

	/* slow */
	{ FINDING_SLOW, VENDOR_UNKNOWN,
	  "Others keep the controller busy, its event log is full, or it is short of memory.",
	  "See who else asks it and lengthen the intervals, then look at the size of its event "
	  "log; "
	  "reset the controller " BY_HAND " if it stays slow alone.",
	  WHO_ASKS, NULL, false },
	{ FINDING_SLOW, VENDOR_HPE,
	  "Others keep the iLO busy, or its flash is slow or nearly full of Active Health System "
	  "log.",
	  "See who else asks it and lengthen the intervals, then look at the Active Health System "
	  "log's size in the iLO; reset the iLO " BY_HAND " if it stays slow alone.",
	  WHO_ASKS, ILOREST_DOC, false },

	/* busy */
	{ FINDING_BUSY, VENDOR_UNKNOWN,
	  "The controller is stuck in an update or in starting up, or another session blocks it.",
	  "Ask whether anybody updates its firmware and let that end; if nobody does, cold-reset "
	  "the controller " BY_HAND ".",
	  RESET, NULL, true },
	{ FINDING_BUSY, VENDOR_DELL,
	  "The iDRAC is stuck in an update or in starting up, or another session blocks it.",
	  "Ask whether anybody updates its firmware and let that end, for it refuses a reset "
	  "meanwhile; if nobody does, reset the iDRAC " BY_HAND ".",
	  "racadm racreset", NULL, true },
	{ FINDING_BUSY, VENDOR_HPE,
	  "The iLO is stuck in an update or in starting up, or another session blocks it.",
	  "Ask whether anybody updates its firmware and let that end; if nobody does, reset the "
	  "iLO " BY_HAND ".",
	  "ilorest iloreset", ILOREST_DOC, true },

	/* bad replies */
	{ FINDING_BAD_REPLIES, VENDOR_UNKNOWN,
	  "The controller mixes up or cuts its answers: it is asked by several at once, or its "
	  "firmware fails.",
	  "Look for \"BMC returned incorrect response\" in the kernel's log and stop the other "
	  "agents; if replies stay bad, cold-reset the controller " BY_HAND " and change its "
	  "firmware.",
	  KERNEL_LOG, LINUX_DOC, false },

	/* completion codes */
	{ FINDING_ERRORS, VENDOR_UNKNOWN,
	  "The controller refuses what it used to know: its sensor list has changed, it is locked "
	  "down, or a part behind it is gone.",
	  "Look up the completion code, compare with a like server, and delete the daemon's sensor "
	  "cache if the hardware was changed; with code 0xff look for \"BMC returned incorrect "
	  "response\" in the kernel's log, for then it answers something else than it was asked.",
	  "ipmitool mc info", NULL, false },

	/* maintenance */
	{ FINDING_MAINTENANCE, VENDOR_UNKNOWN,
	  "Somebody updates or resets the controller; its time-outs meanwhile are harmless.",
	  "Wait for it to end, and call the maker's support if nobody started it or if it lasts "
	  "for "
	  "more than half an hour.",
	  NULL, NULL, true },
	{ FINDING_MAINTENANCE, VENDOR_DELL,
	  "Somebody updates or resets the iDRAC; its time-outs meanwhile are harmless.",
	  "Wait for it to end, and run racadm getsysinfo afterwards: fields that stay empty mean "
	  "that the iDRAC has not come back whole.",
	  "racadm getsysinfo", NULL, true },

	/* self test */
	{ FINDING_SELF_TEST, VENDOR_UNKNOWN,
	  "A part of the controller, its flash or what it is wired to, is corrupt or broken.",
	  "Save the event log, cold-reset the controller " BY_HAND
	  " and repeat the self test; call "
	  "the maker's support if it still fails.",
	  "ipmitool mc selftest", NULL, false },

	/* identity */
	{ FINDING_IDENTITY_DRIFT, VENDOR_UNKNOWN,
	  "The controller sends garbage about itself, often some time before it stops to answer.",
	  "Compare with what its web page says, then cold-reset the controller " BY_HAND
	  " and bring "
	  "its firmware to another release.",
	  "ipmitool mc info", NULL, false },

	/* sensors */
	{ FINDING_SENSORS_VANISHED, VENDOR_UNKNOWN,
	  "The controller's sensor service has failed, or it has lost a bus to its sensors.",
	  "Cold-reset the controller " BY_HAND " and see whether the sensors return; look for a "
	  "part that was taken out if only some are gone.",
	  RESET, NULL, false },
	{ FINDING_SENSORS_VANISHED, VENDOR_DELL,
	  "The iDRAC's sensor service has failed, or it has lost a bus to its sensors.",
	  "Reset the iDRAC " BY_HAND
	  ", twice if its tables stay empty, and see whether the sensors "
	  "return.",
	  "racadm racreset", NULL, false },
	{ FINDING_SENSORS_VANISHED, VENDOR_HPE,
	  "The iLO's sensor service has failed, or it has lost a bus to its sensors.",
	  "Reset the iLO " BY_HAND " and see whether the sensors return.", "ilorest iloreset",
	  ILOREST_DOC, false },
	{ FINDING_SENSORS_VANISHED, VENDOR_SUPERMICRO,
	  "The BMC's sensor service has failed; hosts rebooted in this state have been reported "
	  "not "
	  "to start until the mains was off.",
	  "Cold-reset the BMC " BY_HAND " before anybody reboots the host, and see whether the "
	  "sensors return.",
	  RESET, NULL, true },

	/* interface */
	{ FINDING_NO_DEVICE, VENDOR_UNKNOWN,
	  "The driver is not loaded, it found a controller that did not answer, or there is "
	  "none; on the LAN a wrong password often looks like nobody there.",
	  "Load the driver and read what the kernel says of it, or, for a controller on the LAN, "
	  "check its address, user and password; switch the target off in the configuration if "
	  "there is no controller.",
	  "modprobe -a ipmi_si ipmi_devintf; " KERNEL_LOG, LINUX_DOC, false },
	{ FINDING_INTERFACE_LOST, VENDOR_UNKNOWN,
	  "Somebody unloaded the driver, or it gave up a controller that died.",
	  "Read in the kernel's log who unloaded it and why, then load it again.",
	  KERNEL_LOG "; modprobe -a ipmi_si ipmi_devintf", LINUX_DOC, true },
	{ FINDING_NO_ACCESS, VENDOR_UNKNOWN,
	  "The device is closed to the daemon, or the controller refuses its LAN user or password.",
	  "Look at the rights: /dev/ipmi* belongs to root, so the service has to run as root and "
	  "its "
	  "DeviceAllow= has to name char-ipmidev; restart it if ipmi_devintf was loaded after it. "
	  "A "
	  "controller on the LAN needs the user in connection and the password that it was given.",
	  "ls -l /dev/ipmi*; bmchealthctl check-config; systemctl cat bmchealthd", NULL, false },
	{ FINDING_DRIVER_STUCK, VENDOR_UNKNOWN,
	  "The driver waits for a controller that hangs, or a fault of the kernel has lost the "
	  "message.",
	  "Stop the other agents, for what they have queued cannot be withdrawn; cold-reset the "
	  "controller over its network address " BY_HAND
	  ", and take a newer kernel if its log says "
	  "nothing of the controller.",
	  KERNEL_LOG, LINUX_DOC, true },
	{ FINDING_DRIVER_STUCK, VENDOR_DELL,
	  "The driver waits for an iDRAC that hangs, or a fault of the kernel has lost the "
	  "message.",
	  "Stop the other agents, for what they have queued cannot be withdrawn; run racadm "
	  "racreset over the network or from the chassis controller " BY_HAND ", and take a newer "
	  "kernel if that does not help.",
	  KERNEL_LOG, LINUX_DOC, true },

	/* wear */
	{ FINDING_LEAK_SUSPECTED, VENDOR_UNKNOWN,
	  "The controller's firmware may leak memory, or more is asked of it than before.",
	  "Look at the chart of bmchealthctl history, see whether an agent was added or the event "
	  "log fills, and wait; the daemon says when it is sure.",
	  "bmchealthctl history", NULL, false },
	{ FINDING_LEAK, VENDOR_UNKNOWN,
	  "The controller's firmware probably leaks memory or another store of its own, or an "
	  "agent asks more and more.",
	  "Look at bmchealthctl history and at who asks the controller; plan a cold reset of "
	  "it " BY_HAND ", save what bmchealthctl export --csv writes for the maker's support, and "
	  "try another release of its firmware, newer or older.",
	  "bmchealthctl history; " WHO_ASKS, NULL, false },
	{ FINDING_LEAK, VENDOR_DELL,
	  "The iDRAC's firmware probably leaks memory or another store of its own, or an agent "
	  "asks more and more.",
	  "Look at bmchealthctl history and run racadm getsysinfo; plan a reset of the "
	  "iDRAC " BY_HAND
	  " at a quiet hour, for its last stage has switched off mezzanine cards, and "
	  "move to firmware without the leak, newer or older.",
	  "racadm getsysinfo", NULL, false },
	{ FINDING_LEAK_RETURNED, VENDOR_UNKNOWN,
	  "The controller's firmware probably leaks: what had grown and gone grows again.",
	  "Reset the controller " BY_HAND
	  " at a quiet hour before the time that is named, and ask its maker for firmware without "
	  "the leak; until then plan such resets.",
	  RESET, NULL, false },
	{ FINDING_LEAK_RETURNED, VENDOR_DELL,
	  "The iDRAC's firmware probably leaks: what had grown and gone grows again.",
	  "Reset the iDRAC " BY_HAND
	  " at a quiet hour before the time that is named, and move to firmware without the leak, "
	  "newer or older; until then plan such resets.",
	  "racadm racreset", NULL, false },
	{ FINDING_LEAK_RETURNED, VENDOR_HPE,
	  "The iLO's firmware probably leaks: what had grown and gone grows again.",
	  "Reset the iLO " BY_HAND
	  " at a quiet hour before the time that is named, and move to firmware without the leak, "
	  "newer or older; until then plan such resets.",
	  "ilorest iloreset", ILOREST_DOC, false },
	{ FINDING_FAILURE_IMMINENT, VENDOR_UNKNOWN,
	  "The controller is nearly out of what has filled up, as with a leak.",
	  "Reset the controller today " BY_HAND
	  ", while it still takes commands, over its network address if the host cannot reach it.",
	  RESET, NULL, true },
	{ FINDING_FAILURE_IMMINENT, VENDOR_DELL,
	  "The iDRAC is nearly out of what has filled up, as with a leak.",
	  "Reset the iDRAC today " BY_HAND
	  ", while it still takes commands, over the network or from the chassis controller if the "
	  "host cannot reach it.",
	  "racadm racreset", NULL, true },
	{ FINDING_FAILURE_IMMINENT, VENDOR_HPE,
	  "The iLO is nearly out of what has filled up, as with a leak.",
	  "Reset the iLO today " BY_HAND
	  ", while it still takes commands, from its web page if the host cannot reach it.",
	  "ilorest iloreset", ILOREST_DOC, true },
	{ FINDING_CONTROLLER_RESET, VENDOR_UNKNOWN,
	  "Somebody has reset or updated the controller, or it has restarted by itself.",
	  "Ask who did it; if nobody did, read its event log for a watchdog or a failed part, and "
	  "count how often it happens: bmchealthctl findings.",
	  "ipmitool sel elist", NULL, false },
	{ FINDING_CURED, VENDOR_UNKNOWN, "What had grown was probably in the controller's memory.",
	  "Ask the controller's maker for firmware without the leak; until then plan a reset "
	  "before it is due again.",
	  "bmchealthctl history", NULL, false },
	{ FINDING_NOT_CURED, VENDOR_UNKNOWN,
	  "It is hardly a leak of memory: rather a full event log or flash, or programs that ask "
	  "more.",
	  "Look at the size of its event log and save and clear that if it is full, then find who "
	  "asks the controller and lengthen the intervals; another reset will not help.",
	  "ipmitool sel info; " WHO_ASKS, NULL, false },
	{ FINDING_CONTENTION, VENDOR_UNKNOWN,
	  "Somebody asks the controller for more than it can do at once: a program of this "
	  "machine, or one that asks over the network.",
	  "Find who it is (bmchealthctl who, or the timers and cron jobs of that interval, here "
	  "and "
	  "where the controller is asked over the network) and lengthen the interval or let it ask "
	  "for less. If nobody comes then, it is the controller's own work: ask its vendor.",
	  "bmchealthctl who", NULL, false },

	/* what only the log of a Windows host tells */
	{ FINDING_DRIVER_SETTINGS, VENDOR_UNKNOWN,
	  "Somebody has set a value of the IPMI driver that it does not take; it uses its default.",
	  WINDOWS_SETTINGS ".", NULL, NULL, false },
	{ FINDING_LOG_UNREAD, VENDOR_UNKNOWN,
	  "The controller answers the driver late or not at all, or its event log is very large.",
	  "Look at the host's other findings first; then save and clear the event log " BY_HAND
	  " if it is full, and bring the controller's firmware to another release.",
	  "ipmitool sel info", NULL, false },

	/* Windows hosts: nothing is asked of them, their log is all that is known */
	{ FINDING_TIMEOUTS_SPORADIC, VENDOR_WINDOWS,
	  "Several programs ask the controller at the same moment, or the driver's time-outs are "
	  "tight.",
	  "Space the monitoring agents of that host out and " RAISE
	  "; on a Dell run racadm getsysinfo: if it lists the system, the iDRAC is well.",
	  NULL, NULL, false },
	{ FINDING_TIMEOUTS_FREQUENT, VENDOR_WINDOWS,
	  "A program of that host asks too often, or the controller's firmware is faulty or leaks "
	  "memory.",
	  "Find the program of that host that asks and lengthen its interval, " RAISE
	  ", and on a Dell run racadm getsysinfo (empty fields mean that the iDRAC is seriously "
	  "wrong); then try another release of controller firmware, newer or older.",
	  NULL, NULL, false },
	{ FINDING_TIMEOUTS_STORM, VENDOR_WINDOWS,
	  "The controller's firmware is being updated, which gives a hundred and more harmless "
	  "time-outs, or the controller is overrun by a program or about to fail.",
	  "Ask whether anybody updates its firmware and let that end; if nobody does, stop the "
	  "monitoring agents of that host one by one, and if the storm goes on cold-reset the "
	  "controller over its network address " BY_HAND ".",
	  NULL, NULL, true },
	{ FINDING_LEAK_SUSPECTED, VENDOR_WINDOWS,
	  "The controller's firmware may leak memory, or more is asked of it than before.",
	  "See whether an agent was added on that host, and wait; the daemon says when it is sure.",
	  NULL, NULL, false },
	{ FINDING_LEAK, VENDOR_WINDOWS,
	  "The controller's firmware probably leaks memory or another store of its own, or an "
	  "agent "
	  "of that host asks more and more.",
	  "See who asks the controller on that host; plan a cold reset of it over its network "
	  "address " BY_HAND ", and try another release of its firmware, newer or older.",
	  NULL, NULL, false },
	{ FINDING_LEAK_RETURNED, VENDOR_WINDOWS,
	  "The controller's firmware probably leaks: what had grown and gone grows again.",
	  "Reset the controller " BY_HAND " over its network address at a quiet hour, and ask its "
	  "maker for firmware without the leak.",
	  NULL, NULL, false },
	{ FINDING_FAILURE_IMMINENT, VENDOR_WINDOWS,
	  "The controller is nearly out of what has filled up, as with a leak.",
	  "Reset the controller today " BY_HAND ", over its network address, while it still takes "
	  "commands.",
	  NULL, NULL, true },
	{ FINDING_NO_DEVICE, VENDOR_WINDOWS,
	  "The firmware of that host (BIOS) tells of no IPMI interface, or the controller did not "
	  "answer it at start.",
	  "Look in the host's setup whether its controller is switched on, and over the "
	  "controller's own network address whether it answers; then bring BIOS and controller "
	  "firmware to another release.",
	  NULL, NULL, false },
	{ FINDING_INTERFACE_LOST, VENDOR_WINDOWS,
	  "Twenty attempts to bring the controller back have failed, so the driver of that host "
	  "has stopped its device.",
	  "See whether the controller answers at its own network address, cold-reset it " BY_HAND
	  " if it does not; then disable the device \"Microsoft Generic IPMI Compliant "
	  "Device\" on that host and enable it again.",
	  NULL, NULL, true },
};

/* Of what is asked over the network: in place of the rows above. */
static const struct advice remote_rows[] = {
	{ FINDING_NO_DEVICE, VENDOR_UNKNOWN,
	  "Nobody answers at that address, or the controller refuses the user or the password, "
	  "which often looks like nobody there.",
	  "Check the address, the user and the password in the configuration, and whether IPMI "
	  "over LAN is switched on in the controller; switch the target off if there is no "
	  "controller.",
	  NULL, NULL, false },
	{ FINDING_INTERFACE_LOST, VENDOR_UNKNOWN,
	  "The controller is being restarted or hangs, the network to it is interrupted, or all "
	  "its "
	  "sessions are in use.",
	  "Wait five minutes for a restart to end, then see whether its address answers at all and "
	  "who else holds sessions with it.",
	  NULL, NULL, false },
	{ FINDING_NO_ACCESS, VENDOR_UNKNOWN, "The controller refuses the user or the password.",
	  "Check the user in connection, the password that it was given, and whether the "
	  "controller lets that user in over the network.",
	  "bmchealthctl check-config", NULL, false },
};

/* The operator has said that it was he. */
static const char noted_next_step[] =
	"Look in a day whether it has helped: bmchealthctl findings, bmchealthctl history.";

const char *advice_next_step(const struct finding *finding, const struct target *target, char *text)
{
	const struct evidence_contention *c = &finding->evidence.contention;
	const char *calm = agent_info(c->agent)->calm;
	const bool is_systems = *c->unit && !strchr(c->unit, '/'); /* not a user's own */

	if (finding->kind == FINDING_CONTROLLER_RESET &&
	    (finding->evidence.restart.signs & 1u << TREND_RESET_LOGGED) != 0)
		return noted_next_step;
	if (finding->kind != FINDING_CONTENTION || *c->culprit == '\0')
		return advice_of(finding->kind, target)->next_step;
	if (calm) {
		(void)snprintf(text, ADVICE_TEXT_MAX, "Calm it: %s.", calm);
	} else {
		(void)snprintf(
			text, ADVICE_TEXT_MAX,
			"Let %s ask less often or for less%s%s; the controller itself is well.",
			c->culprit, is_systems ? ": systemctl cat " : "",
			is_systems ? c->unit : "");
	}
	return text;
}

const struct advice *advice_for(enum finding_kind kind, enum vendor vendor)
{
	const struct advice *general = &rows[0];

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (rows[i].kind != kind)
			continue;
		if (rows[i].vendor == vendor)
			return &rows[i];
		if (rows[i].vendor == VENDOR_UNKNOWN)
			general = &rows[i];
	}
	return general;
}

const struct advice *advice_of(enum finding_kind kind, const struct target *target)
{
	const bool is_asked_remotely = target->is_remote && !target->is_host;

	for (size_t i = 0; is_asked_remotely && i < COUNT_OF(remote_rows); i++) {
		if (remote_rows[i].kind == kind)
			return &remote_rows[i];
	}
	return advice_for(kind, target->vendor);
}
