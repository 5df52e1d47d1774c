/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of statuses and metrics, both ways: one table each for the journal, the store and the
 * scenarios. The names are stored on disk and stay.
 */
#include "model/observation.h"

static const char *const status_names[OBS_STATUS_MAX] = {
	[OBS_OK] = "ok",
	[OBS_SLOW] = "slow",
	[OBS_LATE] = "late",
	[OBS_TIMEOUT] = "timeout",
	[OBS_BUSY] = "busy",
	[OBS_BAD_REPLY] = "bad-reply",
	[OBS_COMPLETION_CODE] = "completion-code",
	[OBS_INTERFACE_LOST] = "interface-lost",
	[OBS_DRIVER_STUCK] = "driver-stuck",
	[OBS_SKIPPED] = "skipped",
};

static const char *const metric_names[METRIC_MAX] = {
	[METRIC_COMMAND] = "command",
	[METRIC_DEVICE_AVAILABLE] = "device-available",
	[METRIC_SELF_TEST] = "self-test",
	[METRIC_IDENTITY] = "identity",
	[METRIC_SENSOR] = "sensor",
	[METRIC_SENSORS_MISSING] = "sensors-missing",
	[METRIC_FOREIGN_PER_HOUR] = "foreign-per-hour",
	[METRIC_DRIVER_USERS] = "driver-users",
	[METRIC_DRIVER_MESSAGES] = "driver-messages",
	[METRIC_DRIVER_HOSED] = "driver-hosed",
	[METRIC_DRIVER_MAINTENANCE] = "driver-maintenance",
	[METRIC_SEL_CLOCK] = "sel-clock",
	[METRIC_SEL_ENTRIES] = "sel-entries",
	[METRIC_WATCHDOG] = "watchdog",
	[METRIC_GLOBAL_ENABLES] = "global-enables",
	[METRIC_DRIVER_CPU] = "driver-cpu",
	[METRIC_KERNEL_SAW_RESET] = "kernel-saw-reset",
};

static int name_index(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return (int)i;
	return -EINVAL;
}

const char *obs_error_text(int error)
{
	if (error == OBS_ERROR_ADDRESS)
		return "host name or port are unknown here (see DNS, /etc/hosts, /etc/services)";
	if (error == OBS_ERROR_PASSWORD)
		return "the password cannot be read (see the log, or bmchealthctl check-config)";
	if (error == OBS_ERROR_SESSION)
		return "its side of the session does not fit ours: mostly a wrong password";
	return strerror(-error);
}

const char *obs_status_name(enum obs_status status)
{
	return (size_t)status < COUNT_OF(status_names) ? status_names[status] : "unknown";
}

int obs_status_parse(const char *name, enum obs_status *ret)
{
	const int i = name_index(status_names, COUNT_OF(status_names), name);

	if (i < 0)
		return i;
	*ret = (enum obs_status)i;
	return 0;
}

const char *obs_metric_name(enum obs_metric metric)
{
	return (size_t)metric < COUNT_OF(metric_names) ? metric_names[metric] : "unknown";
}

int obs_metric_parse(const char *name, enum obs_metric *ret)
{
	const int i = name_index(metric_names, COUNT_OF(metric_names), name);

	if (i < 0)
		return i;
	*ret = (enum obs_metric)i;
	return 0;
}
