/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of finding kinds: name, family and usual severity of each. The judge may raise the
 * severity (a fatal self test) but never the family.
 */
#include "model/finding.h"

static const struct finding_kind_info kinds[FINDING_KIND_MAX] = {
	[FINDING_TIMEOUTS_SPORADIC] = { "timeouts-sporadic", "time-outs happen now and then",
					FAMILY_TIMEOUTS, SEVERITY_NOTICE },
	[FINDING_TIMEOUTS_FREQUENT] = { "timeouts-frequent", "time-outs are frequent",
					FAMILY_TIMEOUTS, SEVERITY_WARNING },
	[FINDING_TIMEOUTS_STORM] = { "timeouts-storm", "time-outs come several a minute",
				     FAMILY_TIMEOUTS, SEVERITY_CRITICAL },
	[FINDING_MUTE] = { "mute", "the controller does not answer at all", FAMILY_TIMEOUTS,
			   SEVERITY_CRITICAL },
	[FINDING_SLOW] = { "slow", "the controller answers slowly", FAMILY_SLOW, SEVERITY_WARNING },
	[FINDING_BUSY] = { "busy", "the controller keeps saying it is busy", FAMILY_BUSY,
			   SEVERITY_WARNING },
	[FINDING_BAD_REPLIES] = { "bad-replies", "the controller sends impossible replies",
				  FAMILY_BAD_REPLIES, SEVERITY_WARNING },
	[FINDING_ERRORS] = { "errors", "the controller refuses commands unexpectedly",
			     FAMILY_ERRORS, SEVERITY_NOTICE },
	[FINDING_MAINTENANCE] = { "maintenance", "the controller is updating or starting up",
				  FAMILY_MAINTENANCE, SEVERITY_NOTICE },
	[FINDING_SELF_TEST] = { "self-test", "the controller's self test fails", FAMILY_SELF_TEST,
				SEVERITY_WARNING },
	[FINDING_IDENTITY_DRIFT] = { "identity-drift", "the controller's identity is unsteady",
				     FAMILY_IDENTITY, SEVERITY_WARNING },
	[FINDING_SENSORS_VANISHED] = { "sensors-vanished", "sensors have lost their readings",
				       FAMILY_SENSORS, SEVERITY_WARNING },
	[FINDING_NO_DEVICE] = { "no-device", "there is no IPMI interface", FAMILY_INTERFACE,
				SEVERITY_WARNING },
	[FINDING_INTERFACE_LOST] = { "interface-lost", "the IPMI interface has gone away",
				     FAMILY_INTERFACE, SEVERITY_CRITICAL },
	[FINDING_NO_ACCESS] = { "no-access", "the daemon is refused access to the controller",
				FAMILY_INTERFACE, SEVERITY_WARNING },
	[FINDING_DRIVER_STUCK] = { "driver-stuck", "the IPMI driver hangs", FAMILY_INTERFACE,
				   SEVERITY_CRITICAL },
	[FINDING_LEAK_SUSPECTED] = { "leak-suspected",
				     "the controller may be wearing out as with a leak",
				     FAMILY_LEAK, SEVERITY_NOTICE },
	[FINDING_LEAK] = { "leak", "the controller is wearing out as with a leak", FAMILY_LEAK,
			   SEVERITY_WARNING },
	[FINDING_LEAK_RETURNED] = { "leak-returned",
				    "the controller is wearing out again as with a leak",
				    FAMILY_LEAK, SEVERITY_WARNING },
	[FINDING_FAILURE_IMMINENT] = { "failure-imminent",
				       "the controller is about to stop answering", FAMILY_LEAK,
				       SEVERITY_CRITICAL },
	[FINDING_CONTROLLER_RESET] = { "controller-reset", "the controller has restarted",
				       FAMILY_RESTART, SEVERITY_NOTICE },
	[FINDING_CURED] = { "cured", "a restart has cured the controller", FAMILY_RESTART,
			    SEVERITY_NOTICE },
	[FINDING_NOT_CURED] = { "not-cured", "a restart has not cured the controller",
				FAMILY_RESTART, SEVERITY_WARNING },
	[FINDING_CONTENTION] = { "contention",
				 "another program keeps the controller from answering",
				 FAMILY_CONTENTION, SEVERITY_WARNING },
	[FINDING_DRIVER_SETTINGS] = { "driver-settings",
				      "the IPMI driver was given a setting it cannot use",
				      FAMILY_SETTINGS, SEVERITY_NOTICE },
	[FINDING_LOG_UNREAD] = { "log-unread", "the IPMI driver cannot read the event log",
				 FAMILY_LOG, SEVERITY_WARNING },
};

static const char *const severity_names[] = {
	[SEVERITY_OK] = "ok",
	[SEVERITY_NOTICE] = "notice",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_CRITICAL] = "critical",
};

const struct finding_kind_info *finding_info(enum finding_kind kind)
{
	static const struct finding_kind_info unknown = { "unknown", "an unknown finding",
							  FAMILY_TIMEOUTS, SEVERITY_NOTICE };

	return (size_t)kind < COUNT_OF(kinds) ? &kinds[kind] : &unknown;
}

int finding_kind_parse(const char *name, enum finding_kind *ret)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		if (strcmp(kinds[i].name, name) == 0) {
			*ret = (enum finding_kind)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *severity_name(enum severity severity)
{
	return (size_t)severity < COUNT_OF(severity_names) ? severity_names[severity] : "unknown";
}
