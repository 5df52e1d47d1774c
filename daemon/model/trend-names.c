/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of what a trend tells, and the table of evidence.
 */
#include "model/trend.h"

static const struct trend_evidence_info evidence_table[TREND_EVIDENCE_MAX] = {
	[TREND_TOLD] = { "told", "a recording that does not say where from", true, 90 },
	[TREND_DEVICE_UNAVAILABLE] = { "device-unavailable",
				       "Get Device ID, device available bit (IPMI 2.0 §20.1)", true,
				       95 },
	[TREND_INITIALISING] = { "initialising", "completion code 0xD2 (IPMI 2.0 §5.2)", true, 95 },
	[TREND_UPDATING] = { "updating", "completion code 0xD1 (IPMI 2.0 §5.2)", false, 40 },
	[TREND_SEL_CLOCK_UNSET] = { "sel-clock-unset",
				    "Get SEL Time before 0x20000000: counted since the "
				    "controller started (IPMI 2.0 §37.1)",
				    true, 95 },
	[TREND_SEL_CLOCK_JUMP] = { "sel-clock-jump", "Get SEL Time against the host's clock", false,
				   40 },
	[TREND_SEL_RESERVATION_LOST] = { "sel-reservation-lost",
					 "completion code 0xC5 to a SEL read (IPMI 2.0 §31.4)",
					 false, 30 },
	[TREND_SDR_RESERVATION_LOST] = { "sdr-reservation-lost",
					 "completion code 0xC5 to an SDR read (IPMI 2.0 §33.11)",
					 false, 30 },
	[TREND_GLOBAL_ENABLES_RESET] = { "global-enables-reset",
					 "Get BMC Global Enables (IPMI 2.0 §22.2)", true, 80 },
	[TREND_WATCHDOG_RESET] = { "watchdog-reset", "Get Watchdog Timer (IPMI 2.0 §27.7)", true,
				   85 },
	[TREND_FIRMWARE_CHANGED] = { "firmware-changed", "Get Device ID, firmware revision", true,
				     99 },
	[TREND_KERNEL_SAW_RESET] = { "kernel-log",
				     "kernel log, IPMI Watchdog: the controller appears to have "
				     "been "
				     "reset",
				     true, 95 },
	[TREND_DRIVER_MAINTENANCE] = { "driver-maintenance",
				       "the driver's maintenance_mode: somebody sent a reset", true,
				       90 },
	[TREND_SESSION_LOST] = { "session-lost", "the LAN session ended", false, 30 },
	[TREND_RESET_LOGGED] = { "reset-logged", "an operator's note, bmchealthctl note reset",
				 true, 99 },
};

const struct trend_evidence_info *trend_evidence_info(enum trend_evidence evidence)
{
	return (unsigned)evidence < TREND_EVIDENCE_MAX ? &evidence_table[evidence] : NULL;
}

const char *trend_kind_name(enum trend_kind kind)
{
	static const char *const names[TREND_KIND_MAX] = {
		[TREND_SUSPECTED] = "suspected", [TREND_CONFIRMED] = "confirmed",
		[TREND_RETURNED] = "returned",	 [TREND_CLEARED] = "cleared",
		[TREND_RESET] = "reset",	 [TREND_CURED] = "cured",
		[TREND_NOT_CURED] = "not-cured", [TREND_CONTENTION] = "contention",
		[TREND_OUTAGE] = "outage",	 [TREND_IMMINENT] = "imminent",
	};

	return (unsigned)kind < TREND_KIND_MAX ? names[kind] : "unknown";
}

const char *trend_channel_name(enum trend_channel channel)
{
	static const char *const names[TREND_CHANNELS] = {
		[TREND_LEVEL] = "q20", [TREND_TAIL] = "q90", [TREND_TIMEOUTS] = "timeouts"
	};

	return (unsigned)channel < TREND_CHANNELS ? names[channel] : "unknown";
}

const char *trend_reset_name(enum trend_reset reset)
{
	static const char *const names[TREND_RESET_MAX] = { [TREND_RESET_NONE] = "none",
							    [TREND_RESET_CODES] = "codes",
							    [TREND_RESET_DROP] = "drop",
							    [TREND_RESET_WARM] = "warm-up",
							    [TREND_RESET_PROOF] = "evidence" };

	return (unsigned)reset < TREND_RESET_MAX ? names[reset] : "unknown";
}
