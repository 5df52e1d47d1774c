/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process in /proc: this one, one that is gone, one that says nonsense; and which devices are
 * controllers'.
 */
#include <signal.h>
#include <sys/wait.h>

#include "openers/device.c"
#include "openers/process.c" /* the unit under test */
#include "tests/unit/tap.h"

static int make_file(const char *root, const char *path, const char *text)
{
	char full[512];
	FILE *file;

	(void)snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *at = full + strlen(root) + 1; (at = strchr(at, '/')); at++) {
		*at = '\0';
		(void)mkdir(full, 0700);
		*at = '/';
	}
	file = fopen(full, "w");
	if (!file)
		return -1;
	(void)fputs(text, file);
	return fclose(file);
}

static void remove_tree(const char *root)
{
	const char *const argv[] = { "rm", "-rf", root, NULL };
	const pid_t pid = fork();

	if (pid == 0) {
		(void)execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
}

static void test_self(void)
{
	SCOPED(close_fd) int folder = process_open("/proc", getpid());
	SCOPED(close_fd) int device = open("/dev/full", O_RDONLY | O_CLOEXEC);
	struct device_list list = { 0 };
	struct opener who;

	check(device_list_add(&list, "3=/dev/full") == 0 && list.of[0].interface == 3,
	      "a device is named");
	check(process_read("/proc", folder, getpid(), &who) == 0, "this process can be read");
	check(who.kind == OPENER_PROCESS && who.pid == getpid() && who.uid == geteuid() &&
		      who.start_ticks > 0,
	      "its pid, user and start");
	check(strncmp(who.comm, "test_process", 12) == 0 || *who.comm != '\0', "its name");
	check(*who.exe == '/' && *who.parent != '\0', "its executable and its parent");
	check(process_devices(folder, &list) == 1, "what it has open is found by number");
	(void)close(take_fd(&device));
	check(process_devices(folder, &list) == 0, "what it has closed is not");
	check(process_open("/proc", INT32_MAX) < 0, "no such process");
}

static void test_gone(void)
{
	SCOPED(close_fd) int folder = -1;
	struct device_list list = { 0 };
	struct opener who = { .pid = 77 };
	const pid_t pid = fork();

	if (pid == 0) {
		(void)pause();
		_exit(0);
	}
	folder = process_open("/proc", pid);
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	check(folder >= 0 && process_read("/proc", folder, pid, &who) == -ESRCH && who.pid == 77,
	      "one that ended meanwhile is gone, whoever has its pid now");
	check(process_devices(folder, &list) == 0, "and has nothing open");
}

static void test_nonsense(const char *root)
{
	SCOPED(close_fd) int folder = -1;
	static char huge[100000];
	struct opener who;

	memset(huge, '/', sizeof(huge) - 1);
	(void)make_file(root, "/proc/5/stat", "5 (x) S 6 1 1 0 -1 1 1 1 1 1 1 1 1 1 20 0 1 0 44 ");
	(void)make_file(root, "/proc/5/comm", "a\x1b[31m\n");
	(void)make_file(root, "/proc/5/cgroup", huge);
	(void)make_file(root, "/proc/5/status", "nothing");
	(void)make_file(root, "/proc/6/comm", "parent\n");
	(void)snprintf(huge, sizeof(huge), "%s/proc", root);
	folder = process_open(huge, 5);
	check(process_read(huge, folder, 5, &who) == 0 && who.start_ticks == 44,
	      "what can be read is taken");
	check(who.uid == OPENER_NO_UID && who.login_uid == OPENER_NO_UID && *who.unit == '\0' &&
		      *who.exe == '\0',
	      "what cannot stays empty");
	check(strcmp(who.comm, "a?[31m") == 0 && strcmp(who.parent, "parent") == 0,
	      "a name that a terminal would obey is made harmless");
}

static void count_module(void *user, const char *module)
{
	char *names = user;

	(void)snprintf(names + strlen(names), 200 - strlen(names), "%s ", module);
}

static void test_devices(const char *root)
{
	struct device_list list;
	char names[200] = "";

	(void)make_file(root, "/sys/class/ipmi/ipmi0/dev", "242:0\n");
	(void)make_file(root, "/sys/class/ipmi/ipmi1/dev", "242:1\n");
	(void)make_file(root, "/sys/class/ipmi/ipmi2/dev", "nonsense\n");
	(void)make_file(root, "/sys/class/ipmi/ipmi3/dev", "99999999999:1\n");
	(void)make_file(root, "/dev/ipmi0", "a file, no device");
	device_list_find(root, &list);
	check(list.count == 2 && list.of[1].number == makedev(242, 1), "numbers come from sysfs");
	check(*list.of[0].node == '\0', "a file of the right name is no device");
	check(device_list_index(&list, makedev(242, 1)) == 1 &&
		      device_list_index(&list, makedev(1, 3)) == -1,
	      "a device is found by its number");
	check(device_list_add(&list, "0=/") == -EINVAL &&
		      device_list_add(&list, "8=/dev/full") == -EINVAL &&
		      device_list_add(&list, "x=/dev/full") == -EINVAL &&
		      device_list_add(&list, "0=/none") == -ENOENT && list.count == 2,
	      "what is no device is refused");
	(void)make_file(root, "/sys/module/ipmi_watchdog/refcnt", "0");
	device_modules(root, count_module, names);
	check(strcmp(names, "ipmi_watchdog ") == 0,
	      "a driver that is part of the kernel: its users are known by name");
	names[0] = '\0';
	(void)make_file(root, "/sys/module/ipmi_msghandler/holders/ipmi_si", "");
	(void)make_file(root, "/sys/module/ipmi_msghandler/holders/something", "");
	device_modules(root, count_module, names);
	check(strcmp(names, "something ") == 0, "else by whom they hold; the driver is no user");
}

int main(void)
{
	char root[] = "/tmp/bmc-process-XXXXXX";

	if (!mkdtemp(root))
		return 99;
	test_self();
	test_gone();
	test_nonsense(root);
	test_devices(root);
	remove_tree(root);
	return tap_done();
}
