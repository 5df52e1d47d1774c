/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon's own options. An admin meets these texts in the sample file and the manual, at
 * night: each says what the option does and why its default is what it is.
 */
#include "config/load.h"

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif

#define MS   0.001
#define MIN  60.0
#define HOUR 3600.0
#define DAY  86400.0

#define SWITCH(g, k, def, text)                                                                    \
	{                                                                                          \
		.group = (g), .key = (k), .type = OPTION_BOOL, .fallback = (def), .doc = (text)    \
	}
#define COUNT(g, k, lo, hi, def, what, text)                                                       \
	{                                                                                          \
		.group = (g), .key = (k), .type = OPTION_INT, .min = (lo), .max = (hi),            \
		.fallback = (def), .unit = (what), .doc = (text)                                   \
	}
#define RATE(g, k, lo, hi, def, what, text)                                                        \
	{                                                                                          \
		.group = (g), .key = (k), .type = OPTION_REAL, .min = (lo), .max = (hi),           \
		.fallback = (def), .unit = (what), .doc = (text)                                   \
	}
#define SPAN(g, k, lo, hi, def, text)                                                              \
	{                                                                                          \
		.group = (g), .key = (k), .type = OPTION_SPAN, .min = (lo), .max = (hi),           \
		.fallback = (def), .doc = (text)                                                   \
	}
#define WORD(g, k, words, def, text)                                                               \
	{                                                                                          \
		.group = (g), .key = (k), .type = OPTION_CHOICE, .choices = (words),               \
		.fallback = (def), .doc = (text)                                                   \
	}
#define TEXT(g, k, least, most, def, text)                                                         \
	{                                                                                          \
		.group = (g), .key = (k), .type = OPTION_TEXT, .min = (least), .max = (most),      \
		.fallback = (def), .doc = (text)                                                   \
	}

const struct option option_table[] = {
	WORD("daemon", "log_target", "auto|journal|stderr", "auto",
	     "Where messages go: to the journal with all their fields, or to stderr as plain "
	     "lines. The default, auto, takes stderr on a terminal and the journal otherwise: "
	     "it suits both a run by hand and the service."),
	WORD("daemon", "log_level", "error|warning|notice|info|debug", "info",
	     "The least important messages that are still written. The default, info, has "
	     "findings, their ends, starts and reloads, a few lines a day; debug is for a bug "
	     "report."),
	COUNT("daemon", "lines_per_hour", 1, 3600, "60", "lines per hour and target",
	      "A BMC in a storm must not flood the journal: over this, lines are held back, "
	      "counted, and the count is written. 60 still shows the course of an hour, one "
	      "line a minute."),
	SPAN("daemon", "release_max", 10, DAY, "15 min",
	     "A released /dev/ipmiN (bmchealthctl release, or SIGUSR1) is taken again after "
	     "this time at the latest. 15 min is enough to reload the driver or to let a "
	     "vendor's tool run alone, and a forgotten release does not leave the BMC unwatched "
	     "for a night."),
	SPAN("daemon", "quiet_max", 1, DAY, "10 min",
	     "While bmchealthctl exec or flock(1) holds /run/bmchealthd/bmc.lock no command is "
	     "sent, but no longer than this, for one of them or a row of them: then commands are "
	     "sent beside them for at least a tenth of it. 10 min is several times what the "
	     "slowest controllers take for a list of sensors, and a command that hangs does not "
	     "leave the BMC unwatched."),

	SPAN("queue", "soft_deadline", 10 * MS, MIN, "1 s",
	     "An answer that took longer counts as slow. A healthy BMC answers well within a "
	     "second, so 1 s is no false alarm and still far below a time-out. Raise it for a "
	     "remote BMC behind a slow network."),
	SPAN("queue", "hard_deadline", 50 * MS, MIN, "5 s",
	     "No answer for so long counts as a time-out, the event 1004 of Windows. Neither "
	     "the kernel nor OpenIPMI has a deadline for the local BMC, so this is the only "
	     "one; 5 s is what the KCS driver gives the BMC for a single step, and what the BT "
	     "interface gives it for an answer. Nothing is sent again: the command stays in the "
	     "driver, and an answer that comes late tells that the BMC is slow, not dead."),
	SPAN("queue", "stuck_after", 1, HOUR, "90 s",
	     "No answer for so long means that the driver is stuck: the interface is closed and "
	     "opened again, with longer and longer pauses. The driver itself gives up a hung "
	     "KCS interface after 55 s and SSIF after 15 s, so 90 s lets it come to its own end "
	     "first; closing earlier helps nobody, because a command in the kernel's queue "
	     "cannot be taken back."),
	RATE("queue", "commands_per_minute", 0.1, 6000, "6", "commands per minute",
	     "What the daemon may send to one BMC at rest, heartbeat and sensors together. The "
	     "driver carries one command at a time for all programs, so every command of ours "
	     "makes others wait; 6 is one every 10 s, what OpenIPMI spends on looking after a "
	     "connection alone. A plan of probes that needs more is refused."),
	RATE("queue", "bulk_per_minute", 1, 6000, "60", "commands per minute",
	     "For reading the sensor repository once, after the first start and after a change "
	     "of firmware, and only while the BMC is well. At 60 that takes some minutes and no "
	     "monitoring agent notices it; the result is kept on disk."),
	SPAN("queue", "min_gap", 0, MIN, "1 s",
	     "The least pause between two commands, in which other programs get their turn. 1 s "
	     "is longer than a healthy BMC needs for one of theirs; with 0 the budgets alone "
	     "set the pace, which is good for tests only."),
	SPAN("queue", "max_gap", 1, HOUR, "1 min",
	     "The longest pause. Each time-out doubles the pause and each good answer narrows "
	     "it by a tenth, so a suffering BMC is left alone more and more; while half of the "
	     "commands time out, or others wait for it all the time, this is the pause, and no "
	     "less than a minute. At one command a minute its recovery is still noticed within "
	     "minutes."),
	RATE("queue", "duty_cycle", 0.1, 100, "1", "per cent of its time",
	     "The controller works for the daemon no longer than this: at 1 an answer that took "
	     "50 ms costs 5 s without a command, one of 5 s and more 500 s. Ten minutes' worth may "
	     "be spent at once. What is not answered costs what the driver holds it for, but a "
	     "pause of no more than 1, 2, 4 and then 5 min, to notice soon when it is back. A "
	     "healthy controller never comes near it; 100 switches it off, and the minute of "
	     "queue.max_gap as well, which is good for tests only."),

	COUNT("judge", "sporadic_per_day", 1, 1000, "2", "time-outs per day",
	      "From this on, time-outs are called sporadic. A single one in a day is no news: a "
	      "busy moment of the firmware or another agent's burst does it; two in a day are "
	      "the \"couple a day\" that bad stories begin with."),
	COUNT("judge", "frequent_per_hour", 1, 1000, "3", "time-outs per hour",
	      "From this on, time-outs are called frequent. Three in an hour are a pattern, not "
	      "an accident. The rate takes into account that fewer commands are sent while the "
	      "BMC suffers."),
	RATE("judge", "storm_per_minute", 0.1, 1000, "2", "time-outs per minute",
	     "From this on, over five minutes, time-outs are called a storm. At two a minute "
	     "the BMC is of little use to anybody, and power control through it is not to be "
	     "relied on."),
	COUNT("judge", "mute_after", 1, 100, "2", "commands",
	      "So many commands in a row without any answer, not even a late one, and the BMC "
	      "is called mute. 2 is no hasty verdict: the second one is sent only when the "
	      "first has come to its end in the driver, which takes a minute if the BMC hangs. "
	      "Three answers in a row end it."),
	SPAN("judge", "calm", 1, DAY, "10 min",
	     "A finding about time-outs is lowered or closed only after the BMC has been better "
	     "for so long, so that nothing flaps. 10 min are 60 good answers at the default "
	     "budget."),
	RATE("judge", "slow_share", 0.01, 1, "0.25", "of the answers of an hour",
	     "So large a share of answers over queue.soft_deadline, and the BMC is called slow. "
	     "One slow sensor is common and stays below a quarter; a controller that has run "
	     "out of memory or time is slow with everything."),
	COUNT("judge", "bad_per_hour", 1, 1000, "3", "bad replies per hour",
	      "Replies that are too short, belong to another command or say the impossible. One "
	      "may be left over from a reset; three in an hour mean that BMC and driver are out "
	      "of step."),
	COUNT("judge", "errors_per_hour", 1, 1000, "3", "errors per hour",
	      "Completion codes that a healthy BMC does not give to these commands. One may "
	      "come from another agent at work at the same moment; three in an hour come from "
	      "the firmware."),
	SPAN("judge", "busy_for", 0, DAY, "5 min",
	     "A BMC may say \"busy\" for so long before that is a finding. A reset of the "
	     "controller takes half a minute to three minutes, so 5 min is more than a reset."),
	SPAN("judge", "maintenance_max", 1, DAY, "30 min",
	     "While the BMC says that it updates its firmware or initialises itself, time-outs "
	     "are no illness: a flash gives a hundred and more of them. It is believed for so "
	     "long; an update that is not done after 30 min has most likely failed."),
	SPAN("judge", "maintenance_grace", 0, HOUR, "2 min",
	     "Time-outs are forgiven for so long after the end of such maintenance, because the "
	     "BMC starts anew then and still has a lot to do."),
	SPAN("judge", "lost_after", 0, HOUR, "10 s",
	     "The interface may be away for so long before that is a finding. Reloading the "
	     "driver takes a few seconds; longer than 10 s is not a reload."),
	RATE("judge", "vanished_share", 0.01, 1, "0.1", "of the sensors",
	     "So large a share of sensors that used to answer and no longer do is a symptom of "
	     "the BMC. A part that was taken out takes a sensor or two with it; a tenth of all "
	     "at once is the controller's own loss."),
	COUNT("judge", "vanished_min", 1, 1000, "2", "sensors",
	      "Fewer vanished sensors than this are never a finding, however large their share. "
	      "It keeps a BMC with only ten sensors from being blamed for one fan that was "
	      "replaced."),

	SWITCH("store", "enabled", "true",
	       "Keep the history in a database in the state directory. With it the judgement "
	       "goes on after a restart where it was; without it every restart begins with a "
	       "blank mind."),
	COUNT("store", "raw_days", 1, 90, "7", "days",
	      "Single observations are kept for so long; after that an hourly summary remains. "
	      "A week shows what happened over the weekend."),
	COUNT("store", "rollup_days", 1, 3650, "400", "days",
	      "Hourly summaries are kept for so long. 400 days are a year and a month: enough "
	      "to compare with the same season, and with the firmware before the last."),
	COUNT("store", "trend_days", 1, 3650, "180", "days",
	      "Latencies and time-outs of the trend, some eight bytes each, are kept for so long, "
	      "so that it can be judged again by a later version, or by somebody else "
	      "(bmchealthctl export). The longest ramp it looks for takes 64 days, earlier ones "
	      "are remembered for half a year; 180 days of one BMC are 6 MiB."),
	COUNT("store", "max_mib", 1, 4096, "16", "MiB",
	      "The database never grows beyond this; the oldest history goes first. A year of "
	      "one local BMC needs about 14 MiB, so the default is no limit in daily life."),

	SWITCH("openers", "enabled", "true",
	       "Listen to the helper bmchealthd-openers, which sees who else has the device open. "
	       "Without the helper nothing is lost but names."),
	SPAN("openers", "interval", 10, DAY, "10 min",
	     "The helper looks through all processes so often, besides when it is asked because "
	     "something went wrong. It hears of openings when they happen; a look finds what that "
	     "misses, a container's own device node for one, so ten minutes are enough."),
	SWITCH("winevt", "enabled", "false",
	       "Take what bmchealthd-winevt reads in the event logs of Windows hosts, and judge "
	       "those hosts, too. Off until somebody has such logs."),
	TEXT("winevt", "user", 1, 31, "bmchealthd-winevt",
	     "The user that bmchealthd-winevt runs as. Besides root and the daemon's own user "
	     "nobody else may hand in events."),
	COUNT("winevt", "hosts_max", 1, 10000, "10000", "hosts",
	      "So many Windows hosts are known at a time; when another comes, the one not heard of "
	      "for longest makes room. A host takes less than a KiB of memory, and none before it "
	      "is heard of; one that has time-outs takes 5 KiB more for its trend."),
	WORD("winevt", "severity_max", "notice|warning|critical", "notice",
	     "Findings of Windows hosts are no worse than this. Whoever administers one of them, "
	     "or "
	     "can write to a log on its way here, can make up events: so they are notices, unless "
	     "you trust all of these."),
	COUNT("winevt", "events_per_minute", 1, 6000, "60", "events per minute and host",
	      "Over this, events of a host are held back and counted; a batch with what ten "
	      "minutes may have is let through. A storm is two a minute: what is held back "
	      "changes no verdict."),
	COUNT("winevt", "lines_per_hour", 1, 36000, "600", "lines per hour for all hosts",
	      "As daemon.lines_per_hour, for all Windows hosts together, for a thousand of them "
	      "may fall ill at once."),
	TEXT("winevt", "more_events", 0, 255, "",
	     "Other events with a meaning that is known, as PROVIDER:ID=MEANING or "
	     "PROVIDER:FIRST-LAST=MEANING with ; between. Meanings are timeout, no-start, gave-up, "
	     "no-interface, bad-setting, log-unread and harmless. IPMIDRV 1000 to 1007 are built "
	     "in."),
	COUNT("winevt", "history_days", 1, 3650, "400", "days",
	      "How many events of each meaning a host had in each hour is kept for so long."),
	COUNT("winevt", "history_rows", 1000, 10000000, "100000", "rows",
	      "So many of these numbers are kept at most, the newest; 100000 take 5 MiB of "
	      "store.max_mib. When that is too small, they go before the history of this machine's "
	      "own controller."),

	SWITCH("textfile", "enabled", "false",
	       "Write what the sensors said last, with no question of its own to the BMC, as a "
	       "file for node_exporter's textfile collector. Off until somebody reads it."),
	TEXT("textfile", "path", 1, 255, "/run/bmchealthd/bmchealthd.prom",
	     "Replaced as a whole twice a minute and removed at the end. The service can only "
	     "write below /run/bmchealthd and /var/lib/bmchealthd: make a link to it in the "
	     "collector's folder (on Debian /var/lib/prometheus/node-exporter), or allow another "
	     "place with ReadWritePaths= in a drop-in."),
	WORD("textfile", "names", "both|ipmi_exporter|node_exporter", "both",
	     "Whose metric names to use: those of ipmi_exporter (ipmi_temperature_celsius), of "
	     "node_exporter's ipmitool script (node_ipmi_temperature_celsius), or both, so that "
	     "either can be switched off and its dashboards go on. First stop the script's timer "
	     "and remove its file, then enable this: the collector refuses a series that stands "
	     "in two files. While both run, say \"ipmi_exporter\"."),
	SPAN("textfile", "max_age", 10, DAY, "1 h",
	     "Readings that are older are left out, for a value of yesterday looks like one of "
	     "today. Sensors are read one at a time, each sensors.interval: a round of all may "
	     "take longer than this, and then three times what it took counts."),

	TEXT(TARGET_GROUP, "name", 1, 63, "local",
	     "What this controller is called in messages, in the history and in the journal's "
	     "field BMC_TARGET: letters, digits and the signs . _ : - with no . in front. The "
	     "default means this machine's own BMC."),
	SWITCH(TARGET_GROUP, "enabled", "true",
	       "Watch it. Off, the entry and its history stay, but nothing is sent; useful "
	       "while a machine is being repaired."),
	TEXT(TARGET_GROUP, "connection", 1, 0, "smi 0",
	     "How to reach it, as in openipmi_conparms(7): \"smi N\" is this machine's "
	     "/dev/ipmiN, \"lan -U USER HOST\" a remote one. The default is the first local "
	     "interface, where the BMC is on nearly every machine. A password is refused here: "
	     "it would be seen wherever this file is. The service has no network: for one on the "
	     "LAN `systemctl edit bmchealthd` and give it PrivateNetwork=no, "
	     "RestrictAddressFamilies=AF_INET AF_INET6 and IPAddressAllow= with its address "
	     "under [Service]."),
	TEXT(TARGET_GROUP, "password_file", 0, 0, "",
	     "A file with the password for \"lan\" in its first line, for this daemon's user "
	     "only. Empty, the default, is right for \"smi\", which needs none."),
	TEXT(TARGET_GROUP, "password_credential", 0, 0, "",
	     "Instead of password_file: the name of a systemd credential (LoadCredential= or "
	     "LoadCredentialEncrypted= of the service) with the password. It never lies on disk "
	     "in the clear. Empty, the default, means none."),
	{ .key = NULL },
};

static const struct option_group option_groups[] = {
	{ "daemon", "The daemon itself." },
	{ "queue",
	  "How commands are sent. The daemon must never be the one who overloads a BMC: one "
	  "command in flight, a pause after each, a budget per minute." },
	{ "judge", "When observations become a finding." },
	{ "store", "The history on disk." },
	{ "openers", "Who else has the device open." },
	{ "winevt", "Windows hosts, by their event logs." },
	{ "textfile", "Sensor readings, and since when the controller is up, for Prometheus "
		      "through node_exporter." },
	{ TARGET_GROUP, "The controllers to watch: a list of groups, at most 16. Without it, this "
			"machine's own BMC. A list in a later file replaces the whole list of "
			"an earlier one." },
	{ .name = NULL },
};

static const char sample_head[] =
	"# SPDX-License-Identifier: GPL-2.0-or-later\n"
	"# bmchealthd.conf - see bmchealthd.conf(5). Printed by: bmchealthd --sample-config\n"
	"#\n"
	"# Every option stands here at its default. To change one, take the # off its line; "
	"better,\n"
	"# write it into a file of your own, conf.d/NAME.conf in this folder, which is read after\n"
	"# this one. Times are seconds, or as \"250 ms\", \"5 s\", \"10 min\", \"6 h\", \"2 d\".\n"
	"# Check with: bmchealthd --check-config. Then: systemctl reload bmchealthd.\n";

const struct config_form config_daemon = {
	.path = SYSCONFDIR "/bmchealthd/bmchealthd.conf",
	.fragments = "conf.d",
	.list = "targets",
	.element = TARGET_GROUP,
	.example = "name = \"local\"; connection = \"smi 0\";",
	.max = CONFIG_TARGETS_MAX,
	.sample_head = sample_head,
	.groups = option_groups,
};
