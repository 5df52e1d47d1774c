#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Who else has the device open: the real helper, real processes, a real character device that is
taken for the controller's."""
import json
import os
import pty
import shutil
import signal
import socket
import stat
import subprocess
import sys

from bench import TOP, Bench, build_dir, end, start
from tap import Skip, becomes, check, need, scenario, stays, wait_for

# Opens its argument, says so, holds it until its input ends.
HOLDER = "import os, sys; os.open(sys.argv[1], os.O_RDONLY); print('open', flush=True); sys.stdin.read()"


class Helper:
    """bmchealthd-openers."""

    def __init__(self, bench, device, *arguments):
        self.bench, self.device, self.arguments = bench, device, arguments
        self.log = os.path.join(bench.folder, "openers.log")
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, error, trace):
        status = end(self.process)
        check(status == 0, "the helper ends with status 0", status)

    def start(self):
        """Until the daemon hears it."""
        program = os.path.join(build_dir(), "bmchealthd-openers")
        wrapper = os.environ.get("BMC_WRAPPER", "").split()
        self.process = start(wrapper + [program, "--run-dir", self.bench.daemon.run_dir, "--root",
                                        self.bench.faults.root, "--device", "0=" + self.device,
                                        *self.arguments], self.log)
        wait_for("the helper", lambda: openers(self.bench)["helper"] in ("hears", "looks") and
                 openers(self.bench)["looked_seconds_ago"] is not None, 20)

    def text(self):
        """What it said."""
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()


def openers(bench):
    """That part of the status."""
    return (bench.daemon.status() or {}).get("openers", {"helper": "", "list": []})


def named(bench, name):
    """The entry of that name, or None."""
    found = [entry for entry in openers(bench)["list"] if entry["name"] == name]
    return found[0] if found else None


def hold(name, device, folder):
    """A process of that name that has the device open."""
    link = os.path.join(folder, name)
    if not os.path.exists(link):
        os.symlink(sys.executable, link)
    process = subprocess.Popen([link, "-c", HOLDER, device], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
    need(process.stdout.readline() == b"open\n", f"{name} has it open")
    return process


def let_go(process):
    """It ends."""
    process.stdin.close()
    process.wait()


def node(bench):
    """A device of our own that openings can be heard of."""
    path = os.path.join(bench.faults.root, "dev", "ipmi0")
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 7))
        os.close(os.open(path, os.O_RDONLY))
    except OSError as error:
        raise Skip(f"no device can be made and opened here: {error}") from error
    return path


@scenario()
def hears():
    """Openings are heard of when they happen, however short."""
    with Bench("driver") as bench:
        device = node(bench)
        with Helper(bench, device) as helper:
            if openers(bench)["helper"] != "hears":
                raise Skip("the kernel lets nobody listen: " + openers(bench).get("why", "?"))
            process = hold("collectd", device, bench.folder)
            entry = wait_for("the opener", lambda: named(bench, "collectd"))
            check(entry["open_now"] == 1 and entry["pid"] == process.pid, "it is named", entry)
            check(entry["agent"] == "collectd" and entry["calm"], "and told what calms it", entry)
            check(entry["uid"] == os.geteuid(), "and whose it is", entry)
            let_go(process)
            check(becomes(lambda: named(bench, "collectd")["open_now"] == 0),
                  "its end is heard of", openers(bench))
            short(bench, device)
            made_anew(bench, device)
            check("hears" in helper.text(), "the helper says how it works", helper.text())


def times(bench):
    """How often it was opened, by all of them."""
    return sum(entry["times"] for entry in openers(bench)["list"])


def short(bench, device):
    """head opens it and is gone; on a busy machine it may be gone before it can be named."""
    tool = os.path.join(bench.folder, "ipmitool")
    shutil.copy("/usr/bin/head", tool)
    before, runs = times(bench), []

    def run():
        runs.append(subprocess.run([tool, "-c", "1", device], check=True,
                                   stdout=subprocess.DEVNULL))
        return named(bench, "ipmitool")
    entry = wait_for("a short opener to be named", run, 20)
    check(entry["agent"] == "ipmitool", "a short one is named", entry)
    check(becomes(lambda: times(bench) == before + len(runs)), "and each counted, named or not",
          (before, len(runs), openers(bench)))


def made_anew(bench, device):
    """As after modprobe: another node of the same name."""
    looked = openers(bench)["looked_seconds_ago"]
    os.unlink(device)
    node(bench)
    check(becomes(lambda: openers(bench)["looked_seconds_ago"] < looked, 30),
          "a node that is made anew is noticed", openers(bench))
    process = hold("amsd", device, bench.folder)
    check(becomes(lambda: named(bench, "amsd")), "and heard of", openers(bench))
    let_go(process)


@scenario()
def looks():
    """Without listening it looks when the number of users changes, whatever the device's name."""
    with Bench("driver") as bench:
        side, other = pty.openpty()  # a device no other test has
        with Helper(bench, os.ttyname(other), "--only-look"):
            check(openers(bench)["helper"] == "looks", "the status says so", openers(bench))
            check(named(bench, "python3") or openers(bench)["list"],
                  "whoever had it open before is found", openers(bench))
            process = hold("zabbix_agentd", os.ttyname(other), bench.folder)
            users = wait_for("the number", lambda: bench.daemon.target()["load"].get("users"), 30)
            bench.faults.driver("foreign 0 1 0")
            # The helper's first look may have found it: the number must have been seen all the same.
            wait_for("another", lambda: bench.daemon.target()["load"]["users"] != users, 30)
            entry = wait_for("the opener", lambda: named(bench, "zabbix_agentd"), 30)
            check(entry["agent"] == "zabbix" and entry["open_now"] == 1, "it is named", entry)
            let_go(process)
            bench.faults.driver("foreign 0 0 0")
            check(becomes(lambda: named(bench, "zabbix_agentd")["open_now"] == 0, 30),
                  "the next look finds that it has gone", openers(bench))
            status, text = bench.daemon.ctl("who")
            check(status == 0 and "zabbix_agentd" in text and "looked through" in text,
                  "bmchealthctl who says both", text)
        os.close(side)
        os.close(other)


@scenario()
def asked_on_timeout():
    """A time-out makes it look at once."""
    with Bench("driver") as bench:
        side, other = pty.openpty()
        with Helper(bench, os.ttyname(other), "--only-look"):
            process = hold("ipmiseld", os.ttyname(other), bench.folder)
            bench.faults.silence()
            check(becomes(lambda: named(bench, "ipmiseld"), 30), "who has it open then is known",
                  openers(bench))
            bench.faults.clear()
            bench.faults.silence(False)
            let_go(process)
        os.close(side)
        os.close(other)


@scenario()
def kernel_users():
    """Modules that use the driver are listed as such."""
    with Bench("driver") as bench:
        for module in ("ipmi_si", "ipmi_watchdog"):
            os.makedirs(os.path.join(bench.faults.root, "sys/module/ipmi_msghandler/holders", module))
        with Helper(bench, "/dev/full", "--only-look"):
            entry = wait_for("the module", lambda: named(bench, "ipmi_watchdog"))
            check(entry["is_kernel"] and entry["agent"] == "ipmi_watchdog", "a user", entry)
            check(not named(bench, "ipmi_si"), "the driver's own part is none", openers(bench))
            status, text = bench.daemon.ctl("who")
            check(status == 0 and "ipmi_watchdog (kernel module)" in text, "shown as one", text)


@scenario()
def helper_dies():
    """Without the helper everything goes on; when it comes back, so do the names."""
    with Bench("driver") as bench:
        check(openers(bench)["helper"] == "absent", "there is none", openers(bench))
        status, text = bench.daemon.ctl("who")
        check(status == 3 and "systemctl enable --now bmchealthd-openers" in text,
              "bmchealthctl who says what to do", text)
        with Helper(bench, "/dev/full", "--only-look") as helper:
            helper.process.send_signal(signal.SIGKILL)
            helper.process.wait()
            check(becomes(lambda: openers(bench)["helper"] == "absent"), "its death is noticed")
            sent = bench.daemon.target()["commands_sent"]
            check(becomes(lambda: bench.daemon.target()["commands_sent"] > sent + 2),
                  "the daemon goes on")
            helper.start()
            bench.daemon.stop()
            bench.daemon.start()
            check(becomes(lambda: openers(bench)["helper"] == "looks", 20),
                  "it finds a daemon that was started anew", openers(bench))


@scenario()
def restart():
    """A daemon that is started anew knows who was there."""
    with Bench("driver") as bench:
        side, other = pty.openpty()
        with Helper(bench, os.ttyname(other), "--only-look"):
            process = hold("zabbix_agentd", os.ttyname(other), bench.folder)
            bench.faults.driver("foreign 0 1 0")
            first = wait_for("the opener", lambda: named(bench, "zabbix_agentd"), 30)
        bench.daemon.stop()
        let_go(process)
        bench.daemon.start()
        entry = named(bench, "zabbix_agentd")
        check(entry and entry["first"] == first["first"] and entry["times"] == 1,
              "by name and since when", openers(bench))
        with Helper(bench, os.ttyname(other), "--only-look"):
            check(becomes(lambda: named(bench, "zabbix_agentd")["open_now"] == 0, 20),
                  "and hears that it has gone meanwhile", openers(bench))
        os.close(side)
        os.close(other)


@scenario()
def switched_off():
    """openers.enabled = false, and on again: a reload does."""
    with Bench("driver", settings={"openers": {"enabled": False}}) as bench:
        path = os.path.join(bench.daemon.run_dir, "openers.sock")
        check(openers(bench)["helper"] == "off" and not os.path.exists(path), "there is no socket")
        settings = dict(bench.daemon.settings, openers={"enabled": True})
        bench.daemon.write_config(settings)
        bench.daemon.signal(signal.SIGHUP)
        check(becomes(lambda: os.path.exists(path)), "a reload makes it")
        check(stat.S_IMODE(os.stat(path).st_mode) == 0o600, "for root alone")
        bench.daemon.write_config()
        bench.daemon.signal(signal.SIGHUP)
        check(becomes(lambda: not os.path.exists(path)), "and takes it away")


@scenario()
def nonsense():
    """A peer that talks nonsense, floods, or never reads does no harm."""
    with Bench("driver") as bench:
        path = os.path.join(bench.daemon.run_dir, "openers.sock")
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
            sock.connect(path)
            try:
                for _ in range(100):
                    sock.send(os.urandom(440))
            except OSError:
                pass
        check(becomes(lambda: openers(bench)["bad_records"] >= 20), "nonsense is counted",
              openers(bench))
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
            sock.connect(path)
            check(stays(lambda: bench.daemon.status(), 1), "one that is silent is let be")
        check(not bench.daemon.findings(), "the controller is as well as before",
              bench.daemon.findings())


@scenario()
def trace():
    """bmchealthctl trace becomes bpftrace, or says what is missing."""
    with Bench("driver") as bench:
        def run(*arguments, path):
            return subprocess.run([os.path.join(build_dir(), "bmchealthctl"), "--root",
                                   bench.folder, "trace", *arguments], env={"PATH": path},
                                  check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  text=True)
        done = run("5h", path="/none")
        check(done.returncode == 64, "what is no number of seconds is refused", done)
        done = run(path="/none")
        if os.geteuid() != 0:
            check(done.returncode == 77, "only root may", done)
            return
        check(done.returncode == 3 and "openers.bt" in done.stdout, "no script: says so", done)
        script = done.stdout.split(": ")[2]
        os.makedirs(os.path.dirname(script))
        shutil.copy(os.path.join(TOP, "conf", "openers.bt"), script)
        done = run(path="/none")
        check(done.returncode == 3 and "install the package bpftrace" in done.stdout,
              "no bpftrace: says what to do", done)
        fake = os.path.join(bench.folder, "bpftrace")
        with open(fake, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\necho \"$@\"\nexit 7\n")
        os.chmod(fake, 0o755)
        done = run("5", path=bench.folder)
        check(done.returncode == 7 and done.stdout == f"-q {script} 5\n", "else it is run", done)
        done = run("--json", path=bench.folder)
        check(done.stdout == f"-q -f json {script} 10\n", "and may print JSON", done)


@scenario()
def as_json():
    """bmchealthctl who --json is for scripts."""
    with Bench("driver") as bench:
        status, text = bench.daemon.ctl("who", "--json")
        check(status == 3 and json.loads(text)["helper"] == "absent", "a document", text)


if __name__ == "__main__":
    import tap
    tap.main(needs=("ipmi_sim", "sdrcomp"))
