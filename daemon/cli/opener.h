/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An opener of the status document, as `who` and `status` want it.
 */
#pragma once

#include "cli/client.h"

bool opener_is_open(const json_t *opener);
bool opener_is_recent(const json_t *opener); /* in the last day */
/* "ipmitool of cron.service"; `text` has `max` bytes. */
void opener_name(const json_t *opener, char *text, size_t max);
/* "2 have it open (collectd, ipmi_watchdog), 5 more did in the last day"; "": nobody knows. */
void opener_sum(const json_t *document, const char *target, char *text, size_t max);
