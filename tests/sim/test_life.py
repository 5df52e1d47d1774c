#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The daemon's own life: start, reload, release, crash, end; and what it costs."""
import os
import signal
import socket
import subprocess
import time

import tap
from bench import FREQUENT, Bench, config_text, merged
from tap import becomes, check, need, scenario, stays, wait_for

DEVICE_ID = "06:01"


def well(bench):
    """Until it watches in full."""
    wait_for("the first sensor readings",
             lambda: bench.faults.stat()["by"].get("04:2d", 0) > 1, 20)
    need(not bench.daemon.findings(), "a healthy controller has no finding",
         bench.daemon.findings())
    bench.faults.mark()


def ends_at_once(bench, what):
    """SIGTERM is obeyed within a second: a functional bound, systemd's patience hangs on it."""
    status, seconds = bench.daemon.stop()
    check(status == 0, f"{what}: SIGTERM ends it with status 0", status)
    check(seconds < 1 * tap.SLOWNESS, f"{what}: within a second", seconds)
    bench.daemon.start()


def in_flight(bench):
    """Until a command hangs."""
    wait_for("a command in flight", lambda: bench.daemon.target()["is_waiting_for_answer"])


@scenario()
def end_while_hung():
    """SIGTERM while the controller or the driver hangs."""
    with Bench("driver") as bench:
        well(bench)
        ends_at_once(bench, "healthy")
        bench.faults.silence()
        in_flight(bench)
        ends_at_once(bench, "controller hangs")
        bench.faults.clear()
        bench.faults.driver("stuck on")
        in_flight(bench)
        ends_at_once(bench, "driver hangs")
        bench.faults.driver("gone")
        ends_at_once(bench, "device gone")


@scenario()
def end_while_hung_lan():
    """The same over LAN, where a session would like to be closed."""
    with Bench("lan") as bench:
        wait_for("answers", lambda: bench.daemon.target()["hour"]["ok"] > 3, 30)
        bench.faults.silence()
        in_flight(bench)
        ends_at_once(bench, "controller hangs")


@scenario()
def reload():
    """SIGHUP: a good file counts, a bad one changes nothing."""
    with Bench("driver") as bench:
        well(bench)
        bench.faults.add(f"{DEVICE_ID} cc=d4 count=4")
        since = bench.daemon.wait_finding("errors")["since"]
        with open(bench.daemon.config, "a", encoding="utf-8") as file:
            file.write("queue: { hard_dedline = 3; };\n")
        lines = sum(1 for _ in open(bench.daemon.config, encoding="utf-8"))
        bench.daemon.signal(signal.SIGHUP)
        line = bench.daemon.wait_line("not reloaded")
        check("running one stays" in line, "the running configuration stays", line)
        check(bench.daemon.lines(rf"bmchealthd.conf:{lines}: "), "file and line are named",
              bench.daemon.text())
        bench.faults.mark()
        check(becomes(lambda: bench.faults.stat()["by"].get(DEVICE_ID, 0) > 1),
              "the watch goes on")
        bench.daemon.write_config(merged(bench.settings, {"controller": {"interval": "500ms"}}))
        bench.daemon.signal(signal.SIGHUP)
        bench.daemon.wait_line("^notice: configuration reloaded")
        check(bench.daemon.findings()["errors"]["since"] == since, "findings survive",
              bench.daemon.findings())
        bench.faults.mark()
        check(becomes(lambda: bench.faults.stat()["by"].get(DEVICE_ID, 0) > 3),
              "the watch goes on")


@scenario()
def crash():
    """kill -9 and restart: the judgement goes on where it was."""
    with Bench("driver", merged(FREQUENT, {"judge": {"frequent_per_hour": 10}})) as bench:
        well(bench)
        bench.faults.add(f"{DEVICE_ID} every=2 cc=c3")
        first = bench.daemon.wait_ill(20)
        time.sleep(1.1)  # so that a finding opened anew would have another `since`
        bench.faults.set(f"{DEVICE_ID} cc=c3")
        bench.daemon.wait_finding("timeouts-frequent", 30)
        bench.daemon.kill()
        bench.faults.clear()
        bench.daemon.start()
        after = [entry for entry in bench.daemon.findings().values()
                 if entry["kind"] != "slow"]  # a busy machine is
        check([entry["kind"] for entry in after] == ["timeouts-frequent"],
              "what was said last still holds", after)
        check([entry["since"] for entry in after] == [first["since"]],
              "the finding keeps its `since`", (first, after))
        check(len(bench.daemon.lines("sim: time-outs are frequent")) == 1,
              "and is not told again", bench.daemon.text())


@scenario()
def release():
    """The device is let go of for rmmod, and taken again."""
    with Bench("driver") as bench:
        well(bench)
        users = os.path.join(bench.faults.root, "sys/class/ipmi/ipmi0/device/nr_users")

        def count():
            with open(users, encoding="ascii") as file:
                return int(file.read())
        check(count() == 1, "one user of the interface: the daemon")
        status, text = bench.daemon.ctl("release")
        check(status == 0 and count() == 0, "released: nobody holds it", text)
        status, text = bench.daemon.ctl("status")
        check(status == 3 and text.startswith("released: "),
              "the status is unknown then, and says why", (status, text))
        bench.faults.mark()
        check(stays(lambda: bench.faults.stat()["sends"] == 0, 3), "and nothing is sent")
        status, text = bench.daemon.ctl("resume")
        check(status == 0 and becomes(lambda: bench.faults.stat()["sends"] > 2),
              "taken again: it is watched", text)
        check(not bench.daemon.findings(), "no finding comes of it", bench.daemon.findings())
        bench.daemon.write_config(merged(bench.settings, {"daemon": {"release_max": "10 s"}}))
        bench.daemon.signal(signal.SIGHUP)
        bench.daemon.wait_line("configuration reloaded")
        bench.daemon.signal(signal.SIGUSR1)
        wait_for("release", lambda: count() == 0)
        check(becomes(lambda: count() == 1, 15), "a forgotten release ends by itself")


def inheritable(pid):
    """Descriptors a child process would get, the standard ones apart."""
    bare = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            with open(f"/proc/{pid}/fdinfo/{name}", encoding="ascii") as file:
                flags = int(file.read().split("flags:")[1].split()[0], 8)
            if int(name) > 2 and not flags & 0o2000000:
                bare.append(os.readlink(f"/proc/{pid}/fd/{name}"))
        except FileNotFoundError:
            pass  # closed meanwhile
    return bare


@scenario()
def shut_out():
    """A device that came after the service, whose filter refuses it: only a new start helps."""
    with Bench("driver") as bench:
        well(bench)
        bench.faults.driver("open EPERM")
        bench.faults.driver("gone")
        bench.faults.driver("back")
        bench.daemon.wait_finding("no-access", 30)
        check(bench.daemon.process.poll() is None, "nobody would start it again: it goes on")
        bench.daemon.stop()
        bench.daemon.manager = os.path.join(bench.folder, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(bench.daemon.manager)
            bench.daemon.start()
            bench.daemon.wait_finding("no-access", 30)
            check(stays(lambda: bench.daemon.process.poll() is None, 3),
                  "refused from the start on: it goes on, another start would not help")
            bench.faults.driver("open ok")
            wait_for("the device", lambda: bench.daemon.target()["link"] == "up", 30)
            bench.faults.driver("open EPERM")
            bench.faults.driver("gone")
            bench.faults.driver("back")
            wait_for("its end", lambda: bench.daemon.process.poll() is not None, 30)
            check(bench.daemon.process.poll() == 75, "refused what it had: it ends with 75",
                  bench.daemon.text())
        check(bench.daemon.lines("starting again"), "and says why", bench.daemon.text())
        bench.faults.driver("open ok")
        bench.daemon.manager = None
        bench.daemon.start()


@scenario()
def descriptors():
    """No file descriptor is lost or inherited."""
    with Bench("driver", {"store": {"enabled": False}}) as bench:
        well(bench)
        before = bench.daemon.fds()
        for _ in range(25):
            bench.daemon.signal(signal.SIGUSR1)
            wait_for("release", lambda: (bench.daemon.status() or {}).get("is_released"))
            bench.daemon.signal(signal.SIGUSR2)
            wait_for("resume", lambda: not (bench.daemon.status() or {"is_released": True})
                     ["is_released"])
        for _ in range(3):
            bench.daemon.signal(signal.SIGHUP)
        check(becomes(lambda: bench.daemon.fds() <= before, 10),
              "as many after 25 reconnects as before", (before, bench.daemon.fds()))
        if not os.environ.get("BMC_WRAPPER"):
            check(becomes(lambda: not inheritable(bench.daemon.pid)),
                  "every one is close-on-exec", inheritable(bench.daemon.pid))


@scenario()
def traffic_at_rest():
    """At rest the controller is asked as seldom as configured."""
    settings = {"queue": {"commands_per_minute": 60.0}, "controller": {"interval": "4 s"},
                "sensors": {"interval": "2 s"}}
    with Bench("driver", settings) as bench:
        well(bench)
        began = time.monotonic()
        wait_for("15 s at rest", lambda: time.monotonic() - began > 15, 20)
        stat = bench.faults.stat()
        allowed = stat["seconds"] + 3
        check(0 < stat["requests"] <= allowed, "60 commands a minute are not exceeded", stat)
        gaps = [b - a for a, b in zip(stat["arrivals"], stat["arrivals"][1:])]
        check(min(gaps) > 0.015, "the minimum gap is kept", min(gaps))
        check(stat["most_in_flight"] <= 1, "one command at a time")


@scenario()
def storm_of_lines():
    """What flaps costs a bounded number of lines, and what was held back is said."""
    settings = {"daemon": {"lines_per_hour": 6}, "judge": {"maintenance_grace": "0 s"},
                "controller": {"interval": "200ms"}, "queue": {"commands_per_minute": 3000.0}}
    with Bench("driver", settings) as bench:
        well(bench)
        bench.faults.add(f"{DEVICE_ID} every=2 set=4:89")
        wait_for("40 changes", lambda: bench.faults.stat()["faults"] > 40, 40)
        lines = bench.daemon.lines("^[a-z]+: sim: ")
        check(1 < len(lines) <= 6, "40 changes and more cost six lines at most", lines)
        for number in range(1, 5):
            bench.daemon.signal(signal.SIGHUP)
            wait_for("the reload",
                     lambda: len(bench.daemon.lines("configuration reloaded")) == number)
            bench.faults.mark()
            wait_for("more changes", lambda: bench.faults.stat()["faults"] > 5, 40)
        lines = bench.daemon.lines("^[a-z]+: sim: ")
        check(len(lines) <= 6, "and reloads buy none", lines)
        status, _ = bench.daemon.stop()
        check(status == 0 and bench.daemon.lines("changes of findings were held back"),
              "those held back are counted", bench.daemon.text())


@scenario()
def only_one():
    """A second daemon on the same folder does not start."""
    with Bench("driver") as bench:
        well(bench)
        done = subprocess.run([os.path.join(bench.daemon.build, "bmchealthd"),
                               *bench.daemon.arguments()], check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=20,
                              env=bench.daemon.environment())
        check(done.returncode == 1 and "another bmchealthd is running" in done.stdout,
              "it says why and ends with status 1", done)
        without = [line for line in done.stdout.splitlines() if "Next: " not in line]
        check(not without, "and each line says what to do", without)
        check(bench.daemon.target()["hour"]["ok"] > 0, "the first is not disturbed")


@scenario()
def tool():
    """bmchealthctl and its exit codes."""
    with Bench("driver") as bench:
        well(bench)
        daemon = bench.daemon
        status, text = daemon.ctl("status")
        check(status == 0 and "healthy" in text, "status: healthy is 0", text)
        status, text = daemon.ctl("--json", "status")
        check(status == 0 and text.startswith("{"), "status --json is JSON", text)
        check(daemon.ctl("findings")[0] == 0, "findings is 0")
        check(daemon.ctl("check-config")[0] == 0, "check-config: a good file is 0")
        check(daemon.ctl("nonsense")[0] == 64, "an unknown command is 64")
        check(daemon.ctl("status", "nobody")[0] == 3, "an unknown target is 3")
        check(daemon.stop()[0] == 0 and daemon.ctl("status")[0] == 3, "no daemon is 3")
        status, text = daemon.ctl("once")
        check(status == 0, "once: healthy is 0", text)
        bench.faults.driver("giveup 1.5 ff hosed")
        bench.faults.silence()
        status, text = daemon.ctl("once")
        check(status == 2 and "no answer" in text, "once: a mute controller is 2", text)
        bench.faults.clear()
        bench.faults.driver("gone")
        status, text = daemon.ctl("once")
        check(status == 3, "once: no device is 3", text)
        with open(daemon.config, "a", encoding="utf-8") as file:
            file.write("nonsense = 1;\n")
        status, text = daemon.ctl("check-config")
        check(status == 78 and "bmchealthd.conf:" in text, "check-config: a bad file is 78", text)
        with open(daemon.config, "w", encoding="utf-8") as file:
            file.write(config_text(bench.settings, [bench.target()]))
        bench.faults.driver("back")
        daemon.start()


@scenario()
def bad_config_at_start():
    """A daemon with a bad configuration does not start and says where it is bad."""
    with Bench("driver", daemon=False) as bench:
        bench.settings = merged(bench.settings, {"queue": {"hard_deadline": "1 week"}})
        try:
            bench.add_daemon()
            check(False, "it does not start")
        except tap.Failed:
            check(bench.daemon.process.wait(10) == 78, "it ends with status 78",
                  bench.daemon.text())
        check(bench.daemon.lines("^error: not started: .* Next: mend the lines"),
              "what to do is said", bench.daemon.text())
        check(bench.daemon.lines(r"bmchealthd\.conf:\d+: "), "file and line are named",
              bench.daemon.text())


@scenario()
def no_trap():
    """sysfs files that send messages and block are never read."""
    with Bench("driver") as bench:
        well(bench)
        check(stays(lambda: bench.daemon.status() is not None, 5),
              "the daemon never waits at device/bmc/*, which would block for ever here")


@scenario()
def full_disk():
    """A state folder that cannot be written costs history, not judgement."""
    with Bench("driver", daemon=False) as bench:
        path = os.path.join(bench.folder, "state")
        with open(path, "w", encoding="ascii") as file:
            file.write("a file where a folder should be\n")
        bench.add_daemon()
        well(bench)
        bench.faults.add(f"{DEVICE_ID} cc=c3")
        bench.daemon.wait_ill(30)
        check(bench.daemon.status()["store"] == "degraded", "the status says so")
        check(len(bench.daemon.lines("history|store")) == 1, "one line says so",
              bench.daemon.text())


if __name__ == "__main__":
    tap.main(needs=("ipmi_sim", "sdrcomp"))
