/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is taken for a restart among the kernel's messages, and whose it is. The test plays the log.
 */
#include <sys/stat.h>

#include "probes/kmsg.c" /* the unit under test */
#include "tests/unit/fake_bmc.h"
#include "tests/unit/tap.h"

#define WATCHDOG_SAYS                                                                              \
	"IPMI Watchdog: response: The IPMI controller appears to have been reset, will attempt "   \
	"to reinitialize the watchdog timer"

struct kernel_log {
	wall_us since;
};

static struct {
	int open_error, read_error;
	unsigned opened, freed;
	const char *text; /* of each message */
	int count;
	wall_us since; /* as it was opened last */
} fake_log;

int kernel_log_open(const char *root UNUSED, wall_us since, struct kernel_log **ret)
{
	fake_log.opened++;
	fake_log.since = since;
	if (fake_log.open_error < 0)
		return fake_log.open_error;
	*ret = calloc(1, sizeof(**ret));
	if (!*ret)
		exit(99);
	(*ret)->since = since;
	return 0;
}

void kernel_log_free(struct kernel_log *log)
{
	fake_log.freed += log != NULL;
	free(log);
}

int kernel_log_next(struct kernel_log *log, char *text, size_t max)
{
	if (fake_log.read_error < 0)
		return fake_log.read_error;
	if (fake_log.count == 0)
		return 0;
	fake_log.count--;
	log->since.v = 77;
	(void)snprintf(text, max, "%s", fake_log.text);
	return 1;
}

wall_us kernel_log_since(const struct kernel_log *log)
{
	return log->since;
}

static unsigned run(struct fake *fake, void *state, const char *text, int count, int want)
{
	const unsigned before = fake->seen_count;

	fake_log.text = text;
	fake_log.count = count;
	check(probe_kmsg.run(state) == want, "a run with %d messages", count);
	return fake->seen_count - before;
}

static void *start(struct fake *fake, int interface)
{
	void *state = NULL;

	memset(&fake_log, 0, sizeof(fake_log));
	fake->env.interface = interface;
	fake->env.sysroot = "/nonexistent";
	check(probe_kmsg.open(&fake->env, &state) == 0, "it opens");
	if (!state)
		exit(99);
	return state;
}

static void test_words(void)
{
	struct fake *fake = fake_new();
	void *state = start(fake, 0);

	check(run(fake, state, "IPMI Watchdog: heartbeat send failure: -16", 1, 0) == 0,
	      "what is no restart is not told");
	check(run(fake, state, "usb 1-1: reset high-speed USB device", 900, 0) == 0,
	      "nor is what is not of the controller");
	check(run(fake, state, WATCHDOG_SAYS, 3, 0) == 1 &&
		      fake->seen[0].obs.metric == METRIC_KERNEL_SAW_RESET &&
		      fake->seen[0].obs.value == 3,
	      "the watchdog's words are, once, and how often they came");
	check(run(fake, state, WATCHDOG_SAYS, 0, 0) == 0, "no message, no news");
	check(run(fake, state, "noise", 2500, 0) == 0 && fake_log.count == 1500,
	      "a flood is read a thousand at a time");
	check(fake_log.opened == 1, "from one file");
	probe_kmsg.close(state);
	check(fake_log.freed == 1, "which it closes");
	free(fake);
}

static void test_whose(void)
{
	char root[] = "/tmp/bmchealthd-kmsg-XXXXXX", path[FS_PATH_MAX];
	const char *const parts[] = { "/sys", "/sys/module", "/sys/module/ipmi_watchdog",
				      "/sys/module/ipmi_watchdog/parameters" };
	struct fake *fake = fake_new();
	void *state = start(fake, 1);

	check(run(fake, state, WATCHDOG_SAYS, 1, 0) == 0,
	      "the first interface's, not the second's");
	if (!mkdtemp(root))
		exit(99);
	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", root, parts[i]);
		if (mkdir(path, 0700) < 0)
			exit(99);
	}
	(void)snprintf(path, sizeof(path), "%s" WATCHDOG, root);
	fake->env.sysroot = root;
	if (fs_replace(path, "1\n", 2, 0600) < 0)
		exit(99);
	check(run(fake, state, WATCHDOG_SAYS, 1, 0) == 1, "unless the module is told the second");
	if (fs_replace(path, "-1\n", 3, 0600) < 0)
		exit(99);
	check(run(fake, state, WATCHDOG_SAYS, 1, 0) == 0, "-1 is the first");
	probe_kmsg.close(state);
	(void)unlink(path);
	for (size_t i = COUNT_OF(parts); i > 0; i--) {
		(void)snprintf(path, sizeof(path), "%s%s", root, parts[i - 1]);
		(void)rmdir(path);
	}
	(void)rmdir(root);
	free(fake);
}

static void test_trouble(void)
{
	struct fake *fake = fake_new();
	void *state = start(fake, 0);

	fake_log.open_error = -EACCES;
	check(run(fake, state, WATCHDOG_SAYS, 1, -EACCES) == 0,
	      "a log that may not be read is told");
	fake_log.open_error = 0;
	check(run(fake, state, WATCHDOG_SAYS, 1, 0) == 1, "and tried again");
	fake_log.read_error = -EBADMSG;
	check(run(fake, state, "", 1, -EBADMSG) == 0 && fake_log.freed == 1,
	      "so is a damaged one, and closed");
	fake_log.read_error = 0;
	check(run(fake, state, "", 0, 0) == 0 && fake_log.opened == 3 && fake_log.since.v == 77,
	      "what was read before it broke is not read again");
	probe_kmsg.close(state);
	probe_kmsg.close(NULL);
	state = start(fake, -1);
	check(run(fake, state, WATCHDOG_SAYS, 1, 0) == 0 && fake_log.opened == 0,
	      "this host's kernel knows nothing of a controller on the LAN");
	probe_kmsg.close(state);
	free(fake);
}

int main(void)
{
	test_words();
	test_whose();
	test_trouble();
	return tap_done();
}
