#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What an operator does in the middle of trouble must not make it worse: reloads while the driver
hangs, while the device is released, again and again; and a process that stands still itself."""
import os
import signal
import subprocess
import time

import tap
from bench import Bench, build_dir
from tap import becomes, check, scenario, stays, wait_for

RELOADED = "^notice: configuration reloaded"


def watched(bench):
    """Wait until it has asked a few times."""
    wait_for("commands", lambda: bench.daemon.target()["hour"]["ok"] > 5)


def reload(bench, times=1):
    """SIGHUP, and wait until it is said."""
    for _ in range(times):
        said = len(bench.daemon.lines(RELOADED))
        bench.daemon.signal(signal.SIGHUP)
        wait_for("the reload", lambda: len(bench.daemon.lines(RELOADED)) > said)


@scenario()
def hangs():
    """A reload sends nothing into a driver that hangs."""
    with Bench("driver") as bench:
        watched(bench)
        bench.faults.driver("stuck on")
        wait_for("an overdue command", lambda: bench.daemon.target()["hour"]["timeout"] > 0)
        sends = bench.faults.stat()["sends"]
        reload(bench, 5)
        check(bench.faults.stat()["sends"] == sends, "nothing behind a command in flight")
        bench.daemon.wait_finding("driver-stuck", 20)
        sends = bench.faults.stat()["sends"]
        reload(bench, 5)
        check(stays(lambda: bench.faults.stat()["sends"] == sends, 3),
              "nothing into a driver that was given up", bench.faults.stat())
        check(bench.daemon.target()["link"] == "stuck", "it is still given up",
              bench.daemon.target())


@scenario()
def released():
    """A reload does not take a released device back."""
    with Bench("driver") as bench:
        watched(bench)
        bench.daemon.ctl("release")
        bench.faults.mark()
        reload(bench, 3)
        check(stays(lambda: bench.faults.stat()["opens"] == 0, 3), "it stays released",
              bench.faults.stat())
        check(bench.daemon.status()["is_released"], "and says so")
        bench.daemon.ctl("resume")
        check(becomes(lambda: bench.faults.stat()["sends"] > 1), "only its owner gives it back")


@scenario()
def budget():
    """Reloads do not buy commands."""
    settings = {"queue": {"commands_per_minute": 12.0, "min_gap": "1 s", "max_gap": "5 s"},
                "controller": {"interval": "10 s"}, "sensors": {"enabled": False}}
    with Bench("driver", settings) as bench:
        wait_for("a command", lambda: bench.faults.stat()["sends"] > 0)
        before, began = bench.faults.stat()["sends"], time.monotonic()
        reload(bench, 20)
        allowed = 3 + (time.monotonic() - began) / 5
        sent = bench.faults.stat()["sends"] - before
        check(sent <= allowed, "twenty reloads stay inside the budget", f"{sent} > {allowed}")


@scenario()
def renamed():
    """Targets come and go for ever."""
    with Bench("driver") as bench:
        watched(bench)
        for number in range(70):
            bench.daemon.write_config(targets=[{"name": f"n{number}", "connection": "smi 0"}])
            reload(bench)
        check(becomes(lambda: bench.daemon.status()["targets"][0]["hour"]["ok"] > 0),
              "the seventieth name is watched like the first", bench.daemon.status())
        check(len(bench.daemon.status()["targets"]) == 1, "and only that")


@scenario()
def twins():
    """A second daemon with the same history does not start."""
    with Bench("driver") as bench:
        watched(bench)
        arguments = [os.path.join(build_dir(), "bmchealthd"), *bench.daemon.arguments()]
        arguments[arguments.index("--run-dir") + 1] += "-other"
        second = subprocess.run(arguments, env=bench.daemon.environment(), capture_output=True,
                                text=True, timeout=20, check=False)
        check(second.returncode == 1 and "another bmchealthd" in second.stderr,
              "it ends with status 1 and says why", second)
        check(bench.daemon.target()["link"] == "up", "the first goes on")


UNHURRIED = {"queue": {"hard_deadline": f"{600 * tap.SLOWNESS:.0f}ms"}}


def stand_still(bench, *signals):
    """A second; the signals are there when it goes on."""
    bench.daemon.signal(signal.SIGSTOP)
    time.sleep(1.0 * tap.SLOWNESS)
    for number in signals + (signal.SIGCONT,):
        bench.daemon.signal(number)


def nothing_overdue(bench):
    """Of whatever was under way."""
    hour = bench.daemon.target()["hour"]
    check(hour["timeout"] == 0 and hour["late"] == 0, "no time-out is booked", hour)
    check(hour["interface-lost"] == 0, "and no loss of the interface", hour)


@scenario()
def stopped():
    """A process that stands still does not blame the controller."""
    with Bench("driver", UNHURRIED) as bench:
        watched(bench)
        bench.faults.add("any delay=120")
        for _ in range(12):
            stand_still(bench)
            time.sleep(0.3 * tap.SLOWNESS)
        nothing_overdue(bench)


@scenario()
def stopped_and_reloaded():
    """The same when a reload is the first thing it hears of."""
    with Bench("driver", UNHURRIED) as bench:
        watched(bench)
        bench.faults.mark()
        bench.faults.add(f"any delay={1200 * tap.SLOWNESS:.0f} count=4")
        for number in range(4):
            wait_for("a command", lambda: bench.faults.stat()["faults"] > number)
            stand_still(bench, signal.SIGHUP)
        answered = bench.daemon.target()["hour"]["ok"]
        wait_for("quick answers", lambda: bench.daemon.target()["hour"]["ok"] > answered + 2)
        nothing_overdue(bench)


@scenario()
def held():
    """A process held up while it hands over a command does not blame the controller."""
    with Bench("driver", UNHURRIED) as bench:
        watched(bench)
        bench.faults.driver(f"held {1000 * tap.SLOWNESS:.0f}")
        bench.faults.add(f"any delay={1100 * tap.SLOWNESS:.0f}")
        bench.faults.mark()
        wait_for("commands", lambda: bench.faults.stat()["sends"] > 4, 60)
        nothing_overdue(bench)


if __name__ == "__main__":
    tap.main(needs=("ipmi_sim", "sdrcomp"))
