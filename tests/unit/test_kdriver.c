/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The driver's counters as files in a folder of the test's own.
 */
#include <sys/stat.h>

#include "base/fsio.h"
#include "probes/kdriver.c"
#include "tests/unit/fake_bmc.h"
#include "tests/unit/tap.h"

#define DEVICE "/sys/class/ipmi/ipmi3/device"

static char root[] = "/tmp/bmchealthd-kdriver-XXXXXX";
static const char *const folders[] = {
	"/sys", "/sys/class", "/sys/class/ipmi", "/sys/class/ipmi/ipmi3",
	DEVICE, "/proc",      "/proc/57"
};
static const char *const files[] = {
	"complete_transactions", "hosed_count", "nr_users", "nr_msgs",
	"maintenance_mode",	 "attentions",	"events",   "incoming_messages"
};

static void put(const char *file, const char *text)
{
	char path[FS_PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s" DEVICE "/%s", root, file);
	if (fs_replace(path, text, strlen(text), 0600) < 0)
		exit(99);
}

static void put_u32(const char *file, uint32_t value)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u\n", value);
	put(file, text);
}

static void drop(const char *file)
{
	char path[FS_PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s" DEVICE "/%s", root, file);
	(void)unlink(path);
}

static void make_root(void)
{
	char path[FS_PATH_MAX];
	size_t i;

	if (!mkdtemp(root))
		exit(99);
	for (i = 0; i < COUNT_OF(folders); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", root, folders[i]);
		if (mkdir(path, 0700) < 0)
			exit(99);
	}
}

static void remove_folders(void)
{
	char path[FS_PATH_MAX];
	size_t i;

	for (i = COUNT_OF(folders); i > 0; i--) {
		(void)snprintf(path, sizeof(path), "%s%s", root, folders[i - 1]);
		(void)rmdir(path);
	}
}

static void *start(struct fake *fake, int interface)
{
	void *state = NULL;

	fake->env.sysroot = root;
	fake->env.interface = interface;
	check(probe_kdriver.open(&fake->env, &state) == 0, "it opens");
	if (!state)
		exit(99);
	return state;
}

/* A run after a minute in which the driver counted and we sent so much. */
static const struct fake_obs *minute(struct fake *fake, void *state, uint32_t transactions,
				     unsigned own)
{
	fake->now.v += USEC_PER_MINUTE;
	fake->own += own;
	fake->seen_count = 0;
	put_u32("complete_transactions", transactions);
	(void)probe_kdriver.run(state);
	return fake_last(fake, METRIC_FOREIGN_PER_HOUR, 0);
}

static void test_foreign(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	void *state = start(fake, 3);
	const struct fake_obs *seen;

	check(!minute(fake, state, 1000, 5), "the first run has nothing to compare with");
	seen = minute(fake, state, 1012, 2);
	check(seen && seen->obs.value == 600, "12 in a minute, 2 of them ours: 600 an hour");
	seen = minute(fake, state, 1015, 3);
	check(seen && seen->obs.value == 0, "all ours: none");
	seen = minute(fake, state, 1015, 1);
	check(seen && seen->obs.value == 0, "ours that is still on its way: none, not fewer");
	seen = minute(fake, state, 1016, 0);
	check(seen && seen->obs.value == 0, "and it is not taken for another's when it arrives");
	seen = minute(fake, state, 1017, 0);
	check(seen && seen->obs.value == 60, "one of another's is");
	fake->seen_count = 0;
	put_u32("complete_transactions", 1018);
	(void)probe_kdriver.run(state);
	check(!fake_last(fake, METRIC_FOREIGN_PER_HOUR, 0), "no rate over no time");
	seen = minute(fake, state, 1019, 0);
	check(seen && seen->obs.value == 120, "nor is what it counted lost");
	probe_kdriver.close(state);
}

static void test_wrap_and_reload(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	void *state = start(fake, 3);
	const struct fake_obs *seen;

	(void)minute(fake, state, UINT32_MAX - 9, 0);
	seen = minute(fake, state, 20, 0);
	check(seen && seen->obs.value == 30 * 60, "a counter of 32 bits runs over");
	(void)minute(fake, state, 5000, 0);
	check(!minute(fake, state, 7, 0), "one that fell was reset: a new start, no rate");
	seen = minute(fake, state, 8, 0);
	check(seen && seen->obs.value == 60, "from there it counts on");
	probe_kdriver.close(state);
}

static void test_others(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	void *state = start(fake, 3);

	put("nr_users", "2\n");
	put("nr_msgs", "1\n");
	put("hosed_count", "4294967295\n");
	put("maintenance_mode", "2 28750\n");
	(void)minute(fake, state, 0, 0);
	check(fake_last(fake, METRIC_DRIVER_USERS, 0)->obs.value == 2, "users");
	check(fake_last(fake, METRIC_DRIVER_MESSAGES, 0)->obs.value == 1, "messages");
	check(fake_last(fake, METRIC_DRIVER_MAINTENANCE, 0)->obs.value == 2, "maintenance");
	check(fake_last(fake, METRIC_DRIVER_HOSED, 0)->obs.value == 0,
	      "the first hosed count is no rise");
	(void)minute(fake, state, 0, 0);
	check(!fake_last(fake, METRIC_DRIVER_HOSED, 0), "no rise, no observation");
	put("hosed_count", "1\n");
	(void)minute(fake, state, 0, 0);
	check(fake_last(fake, METRIC_DRIVER_HOSED, 0)->obs.value == 2, "it too runs over");
	put("hosed_count", "0\n");
	(void)minute(fake, state, 0, 0);
	check(!fake_last(fake, METRIC_DRIVER_HOSED, 0), "it fell: the driver is new");
	put("nr_users", "many\n");
	drop("nr_msgs");
	drop("maintenance_mode");
	(void)minute(fake, state, 0, 0);
	check(!fake_last(fake, METRIC_DRIVER_USERS, 0) &&
		      !fake_last(fake, METRIC_DRIVER_MESSAGES, 0) &&
		      !fake_last(fake, METRIC_DRIVER_MAINTENANCE, 0),
	      "an older kernel, or nonsense: nothing is said");
	check(fake->commands == 0 && fake->pending_count == 0, "never a command");
	probe_kdriver.close(state);
}

/* What the driver asks of itself, and what hung, are told apart from others' commands. */
static void test_driver_made(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	void *state = start(fake, 3);
	const struct fake_obs *seen;

	put_u32("attentions", 7);
	put_u32("events", 3);
	put_u32("hosed_count", 1);
	(void)minute(fake, state, 100, 0);
	put_u32("attentions", 9);
	put_u32("events", 4);
	seen = minute(fake, state, 105, 1);
	check(seen && seen->obs.value == 60 && seen->obs.total == 180,
	      "5 in a minute: 2 looks at the flags, an event, ours, and one of another's");
	put_u32("hosed_count", 2);
	seen = minute(fake, state, 105, 1);
	check(seen && seen->obs.value == 0,
	      "ours that hung was sent, though it was no transaction");
	seen = minute(fake, state, 106, 0);
	check(seen && seen->obs.value == 60, "so it is not missing from the next ones");
	put_u32("attentions", 1009);
	seen = minute(fake, state, 2107, 1);
	check(seen && seen->obs.value == 0, "a flag that is stuck is looked at and fetched");
	put_u32("attentions", 5);
	seen = minute(fake, state, 2108, 0);
	check(seen && seen->obs.value == 0, "a counter gone mad takes no more than there was");
	probe_kdriver.close(state);
}

static void put_stat(const char *text)
{
	char path[FS_PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/proc/57/stat", root);
	if (fs_replace(path, text, strlen(text), 0600) < 0)
		exit(99);
}

static void test_thread(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	void *state = start(fake, 3);

	(void)sysconf(_SC_CLK_TCK); /* 100 wherever this runs */
	put_stat("57 (kipmi3) S 2 0 0 0 -1 2129984 0 0 0 0 0 1000 0 0 39 19 1 0 40 0 0\n");
	(void)minute(fake, state, 0, 0);
	check(!fake_last(fake, METRIC_DRIVER_CPU, 0), "one look is no rate");
	put_stat("57 (kipmi3) S 2 0 0 0 -1 2129984 0 0 0 0 0 4000 0 0 39 19 1 0 40 0 0\n");
	(void)minute(fake, state, 0, 0);
	check(fake_last(fake, METRIC_DRIVER_CPU, 0) &&
		      fake_last(fake, METRIC_DRIVER_CPU, 0)->obs.value == 500,
	      "30 s in a minute: half a processor");
	put_stat("57 (sshd) S 2 0 0 0 -1 2129984 0 0 0 0 0 9000 0 0 39 19 1 0 40 0 0\n");
	(void)minute(fake, state, 0, 0);
	check(!fake_last(fake, METRIC_DRIVER_CPU, 0), "its number is another's now");
	probe_kdriver.close(state);
}

static void test_stat_text(void)
{
	uint64_t ticks = 5;

	check(kipmi_parse("57 (kipmi0) S 2 0 0 0 -1 0 0 0 0 0 3 4 0 0\n", "kipmi0", &ticks) &&
		      ticks == 7,
	      "user and system time");
	check(!kipmi_parse("57 (kipmi0) S 2 0 0 0 -1 0 0 0 0 0 3", "kipmi0", &ticks) &&
		      !kipmi_parse("57 (kipmi0", "kipmi0", &ticks) &&
		      !kipmi_parse("", "kipmi0", &ticks) &&
		      !kipmi_parse("57 (kipmi01) S 2 0 0 0 -1 0 0 0 0 0 3 4 0 0", "kipmi0",
				   &ticks) &&
		      !kipmi_parse("57 (kipmi0)) S 2 0 0 0 -1 0 0 0 0 0 3 4 0 0", "kipmi0",
				   &ticks) &&
		      !kipmi_parse("57 (kipmi0) S 2 0 0 0 -1 0 0 0 0 0 "
				   "18446744073709551615 1 0 0",
				   "kipmi0", &ticks) &&
		      !kipmi_parse("57 )kipmi0( S", "kipmi0", &ticks) && ticks == 7,
	      "cut off, another's name, too much: nothing");
}

static void test_absent(void)
{
	SCOPED(free_ptr) struct fake *fake = fake_new();
	void *state = start(fake, -1);

	check(probe_kdriver.run(state) == 0 && fake->seen_count == 0, "not local: quietly nothing");
	probe_kdriver.close(state);
	state = start(fake, 7);
	check(probe_kdriver.run(state) == 0 && fake->seen_count == 0,
	      "no such interface: quietly nothing");
	probe_kdriver.close(state);
	state = start(fake, 3);
	(void)minute(fake, state, 100, 0);
	fake->env.interface = 7;
	(void)probe_kdriver.run(state);
	fake->env.interface = 3;
	check(!minute(fake, state, 101, 0), "an interface that was away starts anew");
	probe_kdriver.close(state);
}

int main(void)
{
	size_t i;

	make_root();
	test_foreign();
	test_wrap_and_reload();
	test_others();
	test_absent();
	test_driver_made();
	test_thread();
	test_stat_text();
	for (i = 0; i < COUNT_OF(files); i++)
		drop(files[i]);
	drop("../../../../../proc/57/stat");
	remove_folders();
	check(access(root, F_OK) == 0 && rmdir(root) == 0, "the test leaves nothing behind");
	return tap_done();
}
