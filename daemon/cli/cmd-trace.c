/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bmchealthctl trace: becomes bpftrace with the script that counts each process's commands. What
 * /proc and fanotify cannot tell, how many, the kernel can, if it has kprobes.
 */
#include <limits.h>
#include <stdio.h>

#include "base/parse.h"
#include "cli/command.h"

#define SCRIPT	    DATADIR "/openers.bt"
#define SECONDS	    "10"
#define SECONDS_MAX 3600

static int become(const char *script, const char *seconds, bool wants_json)
{
	const char *const plain[] = { "bpftrace", "-q", script, seconds, NULL };
	const char *const json[] = { "bpftrace", "-q", "-f", "json", script, seconds, NULL };

	/* execvp() changes nothing of it */
	(void)execvp("bpftrace", (char *const *)(uintptr_t)(wants_json ? json : plain));
	(void)fprintf(stderr, "bmchealthctl: trace: %s\n",
		      errno == ENOENT ? "bpftrace is not installed. Next: install the package "
					"bpftrace, or see `bmchealthctl who`"
				      : strerror(errno));
	return CODE_UNKNOWN;
}

static int trace_run(const struct command_env *env, int argc, char **argv)
{
	const char *seconds = argc > 0 ? argv[0] : SECONDS;
	char script[PATH_MAX];
	const char *end;
	uint64_t value;

	if (parse_u64(seconds, &value, &end) < 0 || *end != '\0' || value < 1 ||
	    value > SECONDS_MAX) {
		(void)fprintf(stderr,
			      "bmchealthctl: trace: \"%s\" is no number of seconds from 1 to %d\n",
			      seconds, SECONDS_MAX);
		return CODE_USAGE;
	}
	if (geteuid() != 0) {
		(void)fprintf(stderr, "bmchealthctl: trace: only root may look into the kernel. "
				      "Next: try as root\n");
		return CODE_NO_PERMISSION;
	}
	if (snprintf(script, sizeof(script), "%s%s", env->root, SCRIPT) >= (int)sizeof(script))
		return CODE_USAGE;
	if (access(script, R_OK) < 0) {
		(void)fprintf(stderr,
			      "bmchealthctl: trace: %s: %s. Next: install bmchealthd; from its "
			      "source, bpftrace -q conf/openers.bt 10\n",
			      script, strerror(errno));
		return CODE_UNKNOWN;
	}
	return become(script, seconds, env->wants_json);
}

const struct command command_trace = {
	.name = "trace",
	.arguments = "[SECONDS]",
	.summary = "count each process's commands for ten seconds, with bpftrace",
	.help = "Needs root, bpftrace and a kernel with kprobes. The script is " SCRIPT ".\n"
		"Exit status: bpftrace's; 3 if it is not installed, 77 not permitted.\n",
	.max_arguments = 1,
	.run = trace_run,
};
