#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The Debian package as an admin has it: in a virtual machine, under systemd, with a controller
that falls ill. Installed, read, upgraded, removed, purged. Wants the package that tests/pkg/deb
keeps in build/pkg for the host's release, and what tests/vm wants; its transcript is in
build/results/pkg."""
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [TOP + "/tests/vm", TOP + "/tests/sim"]
import accelerator  # noqa: E402  pylint: disable=wrong-import-position
import bench  # noqa: E402  pylint: disable=wrong-import-position
import machine  # noqa: E402  pylint: disable=wrong-import-position
import tap  # noqa: E402  pylint: disable=wrong-import-position

BUILD = os.environ.get("BMC_BUILD") or os.environ.get("BUILD") or TOP + "/build"
CONFIG = """queue: { commands_per_minute = 62.0; min_gap = "100 ms"; max_gap = "2 s";
	duty_cycle = 100.0; };
controller: { interval = "2 s"; };
sensors: { interval = "2 s"; };
"""
HISTORY = "/var/lib/bmchealthd/history.db"
UNITS = "bmchealthd bmchealthd-openers bmchealthd-winevt"
PROFILES = tuple(UNITS.split())
# A system call that the unit refuses ends the program here, so that none goes unseen; but these,
# which are known: SQLite tries fchown() where it is root, and a library asks what stderr is.
REFUSED = {"bmchealthd": "fchown", "bmchealthd-openers": "ioctl", "bmchealthd-winevt": "fchown"}
KILL = "".join(f"mkdir -p /run/systemd/system/{unit}.service.d && printf "
               f"'[Service]\\nSystemCallErrorNumber=\\nSystemCallFilter={known}\\n' "
               f">/run/systemd/system/{unit}.service.d/kill.conf\n"
               for unit, known in REFUSED.items())
# An event of a Windows host, as Winlogbeat writes it.
EVENT = """{{"@timestamp":"{when}","winlog":{{"provider_name":"IPMIDRV","event_id":"{number}",\
"channel":"System","computer_name":"win07.example.test","record_id":{record}}}}}"""
LOG = "/var/log/beats.json"
SAYS = {"true": "= 0", "false": "!= 0"}


def release():
    """The host's, which is the guest's."""
    with open("/etc/os-release", encoding="utf-8") as file:
        return dict(line.strip().split("=", 1) for line in file if "=" in line).get(
            "VERSION_CODENAME", "")


def packages():
    """name in the guest -> path: both packages, and the same with an older version."""
    place = os.path.join(os.environ.get("BMC_PKG_CACHE") or BUILD + "/pkg", release())
    found = {}
    for name in ("bmchealthd", "bmchealthd-winevt"):
        found.update({"new-" + name: path for path in glob.glob(f"{place}/{name}_*.deb")})
        found.update({"older-" + name: path for path in glob.glob(f"{place}/older/{name}.deb")})
    if len(found) != 4:
        raise tap.Skip(f"no packages in {place}: run tests/pkg/deb {release()}")
    return found


def image():
    """Of tests/vm."""
    cache = os.environ.get("BMC_VM_CACHE") or BUILD + "/vm"
    done = subprocess.run([TOP + "/tests/vm/image", cache], stdout=subprocess.PIPE, text=True,
                          check=False)
    if done.returncode == 77:
        raise tap.Skip("the guest cannot be built here")
    return done.stdout.strip()


class Guest:
    """A booted one, with the packages in /root and a controller."""

    def __init__(self, folder):
        self.folder = folder
        self.sim = bench.Sim(folder)
        self.faults = bench.Faults(folder, self.sim, "serial")
        self.said = []
        self.has_history = "false"
        self._pack()
        self.sim.start()
        self.faults.start()
        os.environ["BMC_VM_ACCEL"] = accelerator.choose()[0]
        self.machine = machine.Machine(image(), "6.1", "kcs", folder,
                                       bmc_port=self.faults.serial_port)
        self.machine.restore()

    def _pack(self):
        """Packages and, where the host has the compiler for them, AppArmor's profiles."""
        root = self.folder + "/tar/root"
        os.makedirs(root)
        for name, path in packages().items():
            shutil.copy(path, f"{root}/{name}.deb")
        # The guest has what bmchealthd needs, and not what its second package does.
        if subprocess.run(["apt-get", "-q", "download", "libdeflate0"], cwd=root, check=False,
                          stdout=subprocess.DEVNULL).returncode:
            raise tap.Skip("libdeflate0 cannot be had")
        if shutil.which("apparmor_parser"):
            for name in PROFILES:
                with open(f"{root}/{name}.policy", "wb") as file:
                    subprocess.run(["apparmor_parser", "-QSK", f"{TOP}/conf/apparmor/{name}"],
                                   stdout=file, stderr=subprocess.DEVNULL, check=True)
        subprocess.run(["tar", "-C", self.folder + "/tar", "--owner=root:0", "--group=root:0",
                        "-cf", self.folder + "/install.tar", "root"], check=True)

    def run(self, command, seconds=120):
        """(status, text), also into the transcript."""
        status, text = self.machine.run(command, int(seconds * tap.PATIENCE))
        self.said.append(f"# {command}\n{text}" + (f"[status {status}]\n" if status else ""))
        return status, text

    def check(self, command, sentence):
        """It succeeds."""
        status, text = self.run(command)
        if status:
            text += self.run("systemctl list-jobs --no-pager; ps -ef | tail -n 20; "
                             "journalctl -b --no-pager | tail -n 20")[1]
        return tap.check(status == 0, sentence, f"{command}: status {status}: {text[-4000:]}")

    def until(self, command, seconds=60):
        """It succeeds in time."""
        return tap.becomes(lambda: self.machine.run(command)[0] == 0, seconds)

    def close(self):
        """All of it; keeps the transcript."""
        place = BUILD + "/results/pkg"
        os.makedirs(place, exist_ok=True)
        with open(place + "/machine.txt", "w", encoding="utf-8") as file:
            file.write("\n".join(self.said))
        if hasattr(self, "machine"):
            self.machine.stop()
        self.faults.stop()
        self.sim.stop()


def has_finding(kind, is_open):
    """A command that says so; no answer says neither."""
    return ("bmchealthctl --json status >/tmp/status; grep -q '\"connection\"' /tmp/status && "
            f"{'' if is_open else '! '}grep -q '\"{kind}\"' /tmp/status")


def all_units(verb, says="true"):
    """A command: systemctl says so of each; of several at once it is content with one."""
    return f"(for unit in {UNITS}; do systemctl {verb} $unit; test $? {SAYS[says]} || exit 1; done)"


def installs(guest):
    """From nothing."""
    guest.machine.must("dpkg -i /root/libdeflate0_*.deb\n" + KILL)
    guest.check("dpkg -i /root/older-*.deb 2>&1", "the packages install")
    guest.check(all_units("is-enabled"), "their services are enabled")
    guest.check(all_units("is-active"), "and run")
    guest.check("test $(systemctl show -p SystemCallErrorNumber --value bmchealthd) != 1",
                "a system call that is refused would end them")  # 1: EPERM
    guest.machine.must(f"cat >/etc/bmchealthd/conf.d/test.conf <<'E'\n{CONFIG}E\n")
    guest.check("bmchealthctl check-config && systemctl restart bmchealthd",
                "it takes an admin's configuration")
    tap.check(guest.until("bmchealthctl status | grep -q ': healthy'"), "the controller is healthy",
              guest.run("bmchealthctl status; journalctl -u bmchealthd --no-pager | tail")[1])
    guest.run(f"systemctl status --no-pager {UNITS}")


def events(numbers, first):
    """Of these minutes, one each; the command that writes them."""
    now = time.time()
    lines = [EVENT.format(number=number, record=first + i, when=time.strftime(
        "%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 60 * (len(numbers) - i))))
             for i, number in enumerate(numbers)]
    return f"cat >>{LOG} <<'E'\n" + "\n".join(lines) + "\nE\n"


def reads_windows(guest):
    """A log of a Windows host, as docs/windows says."""
    guest.machine.must(events((1004, 1002, 1004), 1) +
                       f"chgrp bmchealthd-winevt {LOG}; chmod 640 {LOG}\n"
                       "echo 'winevt: { enabled = true; };' >/etc/bmchealthd/conf.d/windows.conf\n"
                       f"echo 'inputs = ( {{ path = \"{LOG}\"; }} );' "
                       ">/etc/bmchealthd/winevt.conf.d/inputs.conf")
    guest.check("systemctl reload bmchealthd && systemctl restart bmchealthd-winevt",
                "it takes inputs")
    tap.check(guest.until("bmchealthctl status win07.example.test | grep -q events"),
              "a Windows host is known by its log",
              guest.run("bmchealthctl status; journalctl -u bmchealthd-winevt --no-pager")[1])
    guest.run(f"bmchealthctl status win07.example.test; bmchealthctl winevt decode {LOG}")


def confined(guest):
    """By AppArmor, if the kernel has it."""
    load = "/sys/kernel/security/apparmor/.replace"
    guest.run("mountpoint -q /sys/kernel/security || mount -t securityfs s /sys/kernel/security")
    if guest.run(f"test -e {load} && test -e /root/bmchealthd.policy")[0]:
        tap.note("AppArmor: not tried, the kernel or the host has none")
        return
    for name in PROFILES:
        guest.check(f"cat /root/{name}.policy >{load}", f"the kernel takes the profile {name}")
    guest.check(f"systemctl restart {UNITS}", "confined, the services start")
    for name in PROFILES:
        guest.check(f"cat /proc/$(systemctl show -p MainPID --value {name})/attr/current | "
                    f"grep -x '{name} (enforce)'", f"{name} is confined")
    guest.check("systemctl reload bmchealthd && sleep 1 && systemctl is-active bmchealthd",
                "confined, it is reloaded")
    guest.machine.must(events((1000,), 4))
    tap.check(guest.until("bmchealthctl status win07.example.test | grep -q 'gone away'"),
              "confined, it goes on reading", guest.run("bmchealthctl status")[1])


def falls_ill(guest):
    """And is read about as an admin would."""
    guest.faults.add("any drop")
    tap.check(guest.until(has_finding("mute", True), 120), "a controller that is silent is mute")
    guest.check("journalctl -x --no-pager -t bmchealthd -p warning | "
                "grep -A20 'does not answer' | grep -A6 -E '░░ +Remedy'",
                "journalctl -x explains it")
    guest.run("systemctl status --no-pager bmchealthd")
    guest.run("bmchealthctl status; bmchealthctl who")
    guest.check("systemctl restart bmchealthd && ! journalctl -b --no-pager -u bmchealthd | "
                "grep -E 'timed out|SIGKILL|Killing'",
                "it stops in time, sick as the controller is")
    tap.check(guest.until(has_finding("mute", True), 120), "what is open stays open")
    guest.faults.clear()
    tap.check(guest.until(has_finding("mute", False), 120), "it is over when it answers")
    guest.check("ipmitool mc info >/dev/null; sleep 1; bmchealthctl who | grep ipmitool",
                "another program is seen")


def upgrades(guest):
    """Over a history."""
    rows = int(guest.run("bmchealthctl findings; bmchealthctl export | wc -l")[1].split()[-1])
    tap.check(rows > 5, "there is a history", rows)
    guest.has_history = f"test $(bmchealthctl export | wc -l) -ge {rows}"
    guest.faults.add("any drop")  # in the midst of it, too
    guest.check("sleep 8; DEBIAN_FRONTEND=noninteractive "
                "dpkg --force-confold -i /root/new-*.deb 2>&1",
                "an upgrade installs, with a controller that is silent")
    guest.faults.clear()
    guest.check(all_units("is-active") + " && test $(systemctl show -p NRestarts --value bmchealthd) = 0", "and runs")
    guest.check(guest.has_history, "with the history")
    guest.check("test -e /etc/bmchealthd/conf.d/test.conf", "and the configuration")


def goes(guest):
    """Removed, installed again, purged."""
    guest.check("dpkg -r bmchealthd-winevt bmchealthd 2>&1", "they are removed")
    guest.check(all_units("is-active", "false") + f" && ! pgrep bmchealthd && test -s {HISTORY}",
                "nothing runs, the history is there")
    guest.check("dpkg -i /root/new-*.deb 2>&1 && systemctl is-active bmchealthd",
                "they are installed again")
    guest.check(guest.has_history, "and go on from the history")
    guest.check("rm -r /etc/bmchealthd/*.d/* /run/systemd/system/bmchealthd*; dpkg -P bmchealthd-winevt bmchealthd 2>&1",
                "they are purged")
    status, text = guest.run("find /etc /usr /lib /var /run -xdev -name '*bmchealth*' "
                             "! -path '/var/log/*' ! -path '/run/udev/*' "
                             "! -path '/usr/share/doc/*' | grep .")
    tap.check(status != 0, "nothing is left", text)
    guest.check("! journalctl --list-catalog | grep bmchealthd", "nor in the journal's catalog")
    guest.check("! systemctl list-units --failed --no-legend | grep .", "no unit has failed")


@tap.scenario(seconds=1800)
def life():
    """A package's life in a virtual machine."""
    with tempfile.TemporaryDirectory(prefix="bmcpkg-") as folder:
        guest = Guest(folder)
        try:
            installs(guest)
            reads_windows(guest)
            confined(guest)
            falls_ill(guest)
            upgrades(guest)
            refused = guest.run("journalctl -b -q --no-pager | "
                                "grep -E 'apparmor=\"DENIED\"|type=1326|SIGSYS' | "
                                "grep -v 'info=\"label not found\"'")  # not loaded yet
            tap.check(refused[0] != 0, "nothing it does is refused", refused[1][-2000:])
            goes(guest)
        except machine.Broken as error:
            raise tap.Failed(f"the bench: {error}") from error
        finally:
            guest.close()


if __name__ == "__main__":
    tap.main(("qemu-system-x86_64", "qemu-img", "ipmi_sim", "sdrcomp", "mmdebstrap"))
