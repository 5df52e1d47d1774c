/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The driver's counters, as kernels and drivers differ, and as no kernel would write them.
 */
#include "ipmi/counters.c"
#include "tests/unit/tap.h"

static int read_fixture(const char *name, unsigned number, struct driver_counters *ret)
{
	const char *top = getenv("TOP");
	char root[FS_PATH_MAX];

	(void)snprintf(root, sizeof(root), "%s/tests/fixture/%s", top ? top : ".", name);
	return driver_counters_read(root, number, ret);
}

static bool is(const struct driver_counters *c, enum driver_counter counter, uint32_t value)
{
	return c->has[counter] && c->value[counter] == value;
}

static void test_si(void)
{
	struct driver_counters c;

	if (read_fixture("ipmi-si-6.1", 0, &c) < 0) {
		check(false, "the fixture of Linux 6.1 is there");
		return;
	}
	check(strcmp(c.type, "kcs") == 0, "6.1: the type is kcs");
	check(is(&c, DRIVER_COMPLETE_TRANSACTIONS, 4711) && is(&c, DRIVER_HOSED, 3), "6.1: counts");
	check(is(&c, DRIVER_USERS, 2) && is(&c, DRIVER_MESSAGES, 1), "6.1: users and messages");
	check(is(&c, DRIVER_SHORT_TIMEOUTS, 1812) && is(&c, DRIVER_LONG_TIMEOUTS, 90431),
	      "6.1: timer counts");
	check(!c.has[DRIVER_SEND_ERRORS] && !c.has[DRIVER_RECEIVE_ERRORS],
	      "6.1: si has no ssif names");
	check(!c.has_maintenance, "6.1: knows no maintenance mode");
}

static void test_si_new(void)
{
	struct driver_counters c;

	if (read_fixture("ipmi-si-7.2", 0, &c) < 0) {
		check(false, "the fixture of Linux 7.2 is there");
		return;
	}
	check(c.has_maintenance && c.maintenance == 2, "7.2: in reset maintenance");
	check(is(&c, DRIVER_COMPLETE_TRANSACTIONS, UINT32_MAX), "7.2: a counter about to wrap");
}

static void test_ssif(void)
{
	struct driver_counters c;

	if (read_fixture("ipmi-ssif", 1, &c) < 0) {
		check(false, "the fixture of ssif is there");
		return;
	}
	check(strcmp(c.type, "ssif") == 0, "ssif: the type");
	check(is(&c, DRIVER_COMPLETE_TRANSACTIONS, 820) && is(&c, DRIVER_HOSED, 1),
	      "ssif: other names, same meaning");
	check(is(&c, DRIVER_SEND_ERRORS, 2) && is(&c, DRIVER_RECEIVE_ERRORS, 4),
	      "ssif: its errors");
	check(!c.has[DRIVER_SHORT_TIMEOUTS] && !c.has[DRIVER_LONG_TIMEOUTS],
	      "ssif: has no si timers");
}

static void test_garbage(void)
{
	struct driver_counters c;
	unsigned present = 0;

	check(read_fixture("ipmi-garbage", 0, &c) == 0, "garbage is no failure of ours");
	for (unsigned i = 0; i < DRIVER_COUNTER_MAX; i++)
		present += c.has[i];
	check(present == 0, "too large, negative, empty, wordy, endless, binary: all absent");
	check(c.type[0] == '\0' && !c.has_maintenance, "an unknown type and state are absent");
	check(read_fixture("ipmi-garbage", 7, &c) == 0 && !c.has_maintenance && c.type[0] == '\0',
	      "half a maintenance line is absent");
	check(is(&c, DRIVER_USERS, 5), "a missing newline is forgiven");
}

static void test_absent(void)
{
	struct driver_counters c = { .maintenance = 42 };
	char endless[FS_PATH_MAX + 1];

	memset(endless, 'x', sizeof(endless));
	endless[FS_PATH_MAX] = '\0';
	check(read_fixture("ipmi-si-6.1", 1, &c) == -ENOENT, "another number is no interface");
	check(read_fixture("no-such-folder", 0, &c) == -ENOENT, "another root has none");
	check(driver_counters_read(endless, 0, &c) == -ENAMETOOLONG, "a root as long as no path");
	check(c.maintenance == 42, "failure leaves the result alone");
}

static void test_maintenance(void)
{
	unsigned state = 9;

	check(maintenance_parse("0 0\n", &state) && state == 0, "state 0, nothing left");
	check(maintenance_parse("1 -20\n", &state) && state == 1, "time left may be negative");
	check(maintenance_parse("2 30000", &state) && state == 2, "without a newline");
	check(!maintenance_parse("3 0\n", &state) && !maintenance_parse("2\n", &state) &&
		      !maintenance_parse("2 x\n", &state) &&
		      !maintenance_parse("2 1 1\n", &state) &&
		      !maintenance_parse("2 --1\n", &state) && !maintenance_parse("", &state) &&
		      state == 2,
	      "anything else is nonsense and changes nothing");
}

static void test_table(void)
{
	bool is_flat = true, is_named = true;

	for (size_t i = 0; i < COUNT_OF(counter_files); i++)
		is_flat = is_flat && !strchr(counter_files[i].file, '/');
	check(is_flat, "no file lies below device/: those under bmc/ send commands");
	for (unsigned i = 0; i < DRIVER_COUNTER_MAX; i++)
		is_named = is_named && driver_counter_name((enum driver_counter)i)[0] != '\0';
	check(is_named && strcmp(driver_counter_name(DRIVER_COUNTER_MAX), "unknown") == 0,
	      "every counter has a name");
}

static void test_gave_up(void)
{
	struct driver_counters sent = { .type = "kcs" }, answered = { .type = "kcs" };

	check(!driver_gave_up(&sent, &answered), "without counters nobody knows");
	sent.has[DRIVER_HOSED] = answered.has[DRIVER_HOSED] = true;
	sent.has[DRIVER_COMPLETE_TRANSACTIONS] = true;
	answered.has[DRIVER_COMPLETE_TRANSACTIONS] = true;
	check(!driver_gave_up(&sent, &answered),
	      "on KCS a hosed interface is counted, else it is well");
	answered.value[DRIVER_HOSED] = 1;
	check(driver_gave_up(&sent, &answered), "one more hosed: it gave up");
	answered.value[DRIVER_HOSED] = 0;
	memcpy(answered.type, "bt", 3);
	check(driver_gave_up(&sent, &answered), "on BT an answer without a transaction is its own");
	answered.value[DRIVER_COMPLETE_TRANSACTIONS] = 1;
	check(!driver_gave_up(&sent, &answered), "one more transaction: the controller answered");
}

static void test_served(void)
{
	struct driver_counters sent = { .type = "kcs" }, now = { .type = "kcs" };

	check(driver_others_served(&sent, &now, true) == 0, "without counters: nobody");
	sent.has[DRIVER_MESSAGES] = true;
	sent.value[DRIVER_MESSAGES] = 3;
	check(driver_others_served(&sent, &now, true) == 3,
	      "without a count of transactions: those that waited");
	sent.has[DRIVER_COMPLETE_TRANSACTIONS] = now.has[DRIVER_COMPLETE_TRANSACTIONS] = true;
	sent.value[DRIVER_COMPLETE_TRANSACTIONS] = UINT32_MAX;
	check(driver_others_served(&sent, &now, true) == 0,
	      "ours alone was served: they are stale");
	now.value[DRIVER_COMPLETE_TRANSACTIONS] = 2;
	check(driver_others_served(&sent, &now, true) == 2, "three were: two are others'");
	check(driver_others_served(&sent, &now, false) == 3, "and all, if ours has no answer");
	sent.has[DRIVER_ATTENTIONS] = now.has[DRIVER_ATTENTIONS] = true;
	now.value[DRIVER_ATTENTIONS] = 2;
	check(driver_others_served(&sent, &now, true) == 0, "the driver's own are nobody's");
	now.value[DRIVER_ATTENTIONS] = 0;
	sent.value[DRIVER_MESSAGES] = 0;
	check(driver_others_served(&sent, &now, true) == 0, "nobody waited: they came after it");
	sent.has[DRIVER_MESSAGES] = false;
	check(driver_others_served(&sent, &now, true) == 2,
	      "a kernel that does not say who waits: those that were served");
	now.value[DRIVER_COMPLETE_TRANSACTIONS] = UINT32_MAX / 2;
	check(driver_others_served(&sent, &now, true) == 0, "a count that has begun anew is none");
}

int main(void)
{
	test_served();
	test_si();
	test_si_new();
	test_ssif();
	test_garbage();
	test_absent();
	test_maintenance();
	test_table();
	test_gave_up();
	return tap_done();
}
