/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of MESSAGE_IDs: random numbers from `systemd-id128 new`, never changed and never used
 * again for anything else, because people filter by them.
 */
#include "out/message-ids.h"

static const struct message_info events[MESSAGE_FINDING_FIRST] = {
	[MESSAGE_STARTED] = { "started", "cbb2511e51ad4dcab8233fdf404f595b" },
	[MESSAGE_STOPPED] = { "stopped", "ef7eae7aeb754d139237b37413a64bb9" },
	[MESSAGE_CONFIG_RELOADED] = { "config-reloaded", "13578fa51d184d50a3aec14e7f696706" },
	[MESSAGE_CONFIG_REJECTED] = { "config-rejected", "8dad43b099d34a9b99375373cd1b570b" },
	[MESSAGE_STORE_DEGRADED] = { "store-degraded", "d12d783fe0ff4172bebafda4feb05c20" },
	[MESSAGE_STORE_RECOVERED] = { "store-recovered", "cd2c56b82a9c4773b4dc798be10e2e58" },
	[MESSAGE_STORE_REPLACED] = { "store-replaced", "1e972978ea834ccea62cb9a1b903df94" },
	[MESSAGE_DEVICE_RELEASED] = { "device-released", "e19511f4069d4d23a2b8f38ef76a9ec9" },
	[MESSAGE_DEVICE_TAKEN] = { "device-taken", "add1a8fd645e47edab82abfa62c8c268" },
	[MESSAGE_DEVICE_NEEDS_RESTART] = { "device-needs-restart",
					   "45f83b7d8dcf4cd0a16f9f85addcc411" },
	[MESSAGE_KEPT_QUIET] = { "kept-quiet", "b01aa34e804142228ea166e6f42eb4ac" },
	[MESSAGE_QUIET_TOO_LONG] = { "quiet-too-long", "54c59bc71abe48918135d7fc85691976" },
	[MESSAGE_IDENTITY_CHANGED] = { "identity-changed", "2fd635df794b4cdba2c4c041654e7be6" },
	[MESSAGE_PROBE_FAILED] = { "probe-failed", "63658ffac5424402815a7ec6439aa019" },
	[MESSAGE_SUPPRESSED] = { "lines-held-back", "2100a5bee23c45a4871f4a13dfd298ce" },
	[MESSAGE_TREND_RELEARNED] = { "trend-relearned", "5b78496f70274b1bac5a9de94877a4cd" },
	[MESSAGE_NOTED] = { "noted", "4e3a4d362e114003adcb55c260aece88" },
	[MESSAGE_PACE_CHANGED] = { "pace-changed", "a271d339579c468094de806564d31950" },
	[MESSAGE_HOSTS_FULL] = { "hosts-full", "8aec1f1a54dd4a0ebfcd21c1a7b52d7c" },
	[MESSAGE_FINDING_CLOSED] = { "finding-closed", "a65d88d57c6349e28793664ce85438d4" },
};

/* A finding that opened or changed; the names are those of finding_info(). */
static const struct message_info findings[FINDING_KIND_MAX] = {
	[FINDING_TIMEOUTS_SPORADIC] = { "timeouts-sporadic", "196f3d578fe6469dbd1524089b6a42fc" },
	[FINDING_TIMEOUTS_FREQUENT] = { "timeouts-frequent", "be37b8a1053a4ae2a1257d10f9c96877" },
	[FINDING_TIMEOUTS_STORM] = { "timeouts-storm", "b57722266d27475abfcda5a7fb2358c4" },
	[FINDING_MUTE] = { "mute", "0ba8324f314e487580a3af7c76a1007a" },
	[FINDING_SLOW] = { "slow", "d5ad78b3db4446ebb99b10222fbd2a92" },
	[FINDING_BUSY] = { "busy", "bf0effe2528343c883c1657ac6e7107c" },
	[FINDING_BAD_REPLIES] = { "bad-replies", "eeec5bb38c2349c691783994f8cd8253" },
	[FINDING_ERRORS] = { "errors", "db0e6e8e56cf428a8c7a522b23d46f55" },
	[FINDING_MAINTENANCE] = { "maintenance", "b08e35e01125401f9a4390fd02d25d1c" },
	[FINDING_SELF_TEST] = { "self-test", "ca175bf10912422f90a88d8c0d3af194" },
	[FINDING_IDENTITY_DRIFT] = { "identity-drift", "7f1eb235a6b64e1cb87f8084601941ce" },
	[FINDING_SENSORS_VANISHED] = { "sensors-vanished", "926a91352e144c7e8ccad8847de481b9" },
	[FINDING_NO_DEVICE] = { "no-device", "6ab35f3f5cef4aeead7708ae3d0166a8" },
	[FINDING_INTERFACE_LOST] = { "interface-lost", "cb069fcedec74aa3bd5b00d3ac3c0fca" },
	[FINDING_NO_ACCESS] = { "no-access", "27de76f154b7486a8c2fe3d49707c070" },
	[FINDING_DRIVER_STUCK] = { "driver-stuck", "e567afad6d3c4879ba82bd4840446c4f" },
	[FINDING_LEAK_SUSPECTED] = { "leak-suspected", "d910c01f919441b1ac2283c58bf4f3b6" },
	[FINDING_LEAK] = { "leak", "5b6473ee46a0429187203d616d53e0d3" },
	[FINDING_LEAK_RETURNED] = { "leak-returned", "a2c4a71f459744f4813fcde9fac71b33" },
	[FINDING_FAILURE_IMMINENT] = { "failure-imminent", "478195dea46f4dc4b65b2b1bae5c226e" },
	[FINDING_CONTROLLER_RESET] = { "controller-reset", "51729c846dfb483096d17abafe114a0f" },
	[FINDING_CURED] = { "cured", "6c7418ea82f249f2b1377320799e285f" },
	[FINDING_NOT_CURED] = { "not-cured", "0b71c3c2e12f4a3caef771d309b50835" },
	[FINDING_CONTENTION] = { "contention", "faaa9de8889a4b64974f725e15c81fa7" },
	[FINDING_DRIVER_SETTINGS] = { "driver-settings", "4b3d4714c21a40959b3a297df0843498" },
	[FINDING_LOG_UNREAD] = { "log-unread", "c4b98d48579946d6ab313882f1d85535" },
};

const struct message_info *message_info(enum message message)
{
	if (message >= MESSAGE_FINDING_FIRST)
		return &findings[message - MESSAGE_FINDING_FIRST];
	return &events[message];
}
