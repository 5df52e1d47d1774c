/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthctl check-config: what the daemon would say of its configuration.
 */
#include "cli/command.h"
#include "engine/engine.h"

static int check_config_run(const struct command_env *env, int argc, char **argv)
{
	const struct engine_settings settings = {
		.root = env->root,
		.config_path = argc > 0 ? argv[0] : env->config_path,
	};
	int r = engine_show(&settings, SHOW_CHECK);

	return r == 0 ? CODE_OK : CODE_CONFIG;
}

const struct command command_check_config = {
	.name = "check-config",
	.arguments = "[FILE]",
	.summary = "say what is wrong with the configuration, as FILE:LINE: TEXT",
	.help = "Reads FILE and the conf.d/ beside it, or the daemon's own. Exit status: 0 it is "
		"fine,\n78 it is not.\n",
	.max_arguments = 1,
	.run = check_config_run,
};
