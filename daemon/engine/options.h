/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options as the daemon's parts want them: the probes' rows added to the table, limits across
 * options checked, structs filled.
 */
#pragma once

#include "config/config.h"
#include "ipmi/queue.h"
#include "model/hosts.h"
#include "model/judge.h"
#include "probes/probe.h"

/* The daemon's table and one per probe, NULL-terminated; made once. NULL: no memory. */
struct option_tables;
struct option_tables *option_tables_new(void);
void option_tables_free(struct option_tables *tables);
const struct option *const *option_tables_list(const struct option_tables *tables);

/* config_load(), then what one option alone cannot show: deadlines in order, a plan inside the
 * budget, connections that make sense and are not used twice. 0; -EINVAL: complained of; -ENOMEM.
 */
MUST_CHECK int options_load(const struct option_tables *tables, const char *root, const char *path,
			    config_complain_fn *complain, void *user, struct config **ret);

struct queue_settings options_queue(const struct config *config, uint64_t seed);
struct judge_settings options_judge(const struct config *config);
struct hosts_settings options_hosts(const struct config *config);
struct winevents options_winevents(const struct config *config);
/* Password files that cannot be used. Not part of options_load(): they are read when they are
 * needed, and one that comes later is no reason not to start. A credential exists in the service
 * only, and what only its user may read says nothing to others. 0; -EINVAL: complained of. */
MUST_CHECK int options_check_passwords(const struct config *config, config_complain_fn *complain,
				       void *user);
/* Commands a minute of steady state the enabled probes ask of one target. */
double options_planned_per_minute(const struct config *config);
int options_log_level(const struct config *config);

#define OPTIONS_PASSWORD_MAX 64
#define OPTIONS_WHY_MAX	     768
/* The LAN password of a target: from its file or credential. 0, also when it has none (*ret NULL);
 * -errno with the reason in `ret_why` (OPTIONS_WHY_MAX bytes). The caller frees *ret. */
MUST_CHECK int options_password(const struct config *config, size_t target, char **ret,
				char *ret_why);
