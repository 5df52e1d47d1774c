#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bmchealthctl exec: a program gets the BMC for itself; and bmc.lock with plain flock(1)."""
import os
import signal
import subprocess
import time

import tap
from bench import FAST, Bench, merged
from tap import becomes, check, need, scenario, stays, wait_for

DEVICE_ID = "06:01"


def begin(bench, *arguments):
    """bmchealthctl exec, and go on; the process."""
    argv = [os.path.join(bench.daemon.build, "bmchealthctl"), "--run-dir", bench.daemon.run_dir,
            "exec", *arguments]
    return subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                            stderr=subprocess.STDOUT)


def hold(bench, *arguments):
    """exec of something that lasts until its input ends; when it has the turn."""
    process = begin(bench, *arguments, "--", "sh", "-c", "echo on; read -r _")
    need(process.stdout.readline() == "on\n", "a program gets its turn")
    return process


def well(bench):
    """Until it answers."""
    wait_for("answers", lambda: bench.daemon.target()["hour"]["ok"] > 3, 20)


def is_silent(bench, seconds):
    """Is nothing sent for so long?"""
    bench.faults.mark()
    return stays(lambda: bench.faults.stat()["sends"] == 0, seconds)


def is_watching(bench):
    """Is anything sent?"""
    bench.faults.mark()
    return becomes(lambda: bench.faults.stat()["sends"] > 2)


@scenario()
def quiet():
    """While it runs nothing is sent; then the watch goes on, and the BMC is not blamed."""
    with Bench("driver") as bench:
        well(bench)
        process = hold(bench)
        check(is_silent(bench, 4), "nothing is sent while it runs")
        status = bench.daemon.status()["quiet"]
        check(status["is_quiet"] and status["holder"] == f"sh (process {process.pid})",
              "the status says for whom", status)
        status, text = bench.daemon.ctl("status")
        check(status == 0 and "quiet" in text, "so does bmchealthctl status", text)
        process.communicate("\n")
        check(is_watching(bench), "it goes on when the program ends")
        check(not bench.daemon.status()["quiet"]["is_quiet"], "and says so")
        process = hold(bench)
        process.kill()
        process.wait()
        check(is_watching(bench), "it goes on when the program is killed")
        check(not bench.daemon.findings(), "no finding comes of it", bench.daemon.findings())
        check(bench.daemon.target()["hour"]["timeout"] == 0, "and no time-out")


@scenario(120)
def cost():
    """A long quiet is told once, with what it cost."""
    with Bench("driver") as bench:
        well(bench)
        process = hold(bench)
        wait_for("commands that are left out",
                 lambda: bench.daemon.status()["quiet"]["commands_left_out"] > 0, 75)
        check(not bench.daemon.lines("kept quiet"), "nothing is told before its end")
        process.communicate("\n")
        line = bench.daemon.wait_line("kept quiet for")
        check("for sh (process" in line and "left out" in line, "what it cost is told", line)
        check(is_watching(bench), "the watch goes on")
        check(len(bench.daemon.lines("kept quiet")) == 1, "once", bench.daemon.text())
        check(not bench.daemon.findings(), "no finding comes of it", bench.daemon.findings())


@scenario()
def bounded():
    """No longer than daemon.quiet_max."""
    settings = merged(FAST, {"daemon": {"quiet_max": "2 s"}})
    with Bench("driver", settings) as bench:
        well(bench)
        process = hold(bench)
        line = bench.daemon.wait_line("goes on beside it")
        check(f"sh (process {process.pid})" in line, "who is told", line)
        check(is_watching(bench), "the watch goes on beside it")
        process.communicate("\n")
        with hold(bench) as again:
            check(is_silent(bench, 1), "the next is waited for again")
            again.communicate("\n")


@scenario()
def in_flight():
    """What the daemon has under way ends first; what is overdue keeps nobody waiting."""
    # Long enough for a slow machine to look in the middle of it.
    slow = {"queue": {"soft_deadline": "6 s", "hard_deadline": "9 s", "stuck_after": "5 min"}}
    with Bench("driver", merged(FAST, slow)) as bench:
        well(bench)
        bench.faults.add("any delay=5000")
        wait_for("a command in flight", lambda: bench.daemon.target()["is_waiting_for_answer"])
        with begin(bench, "--wait", "0", "--", "true") as process:
            text = process.communicate()[0]
        check(process.returncode == 75 and "no turn" in text, "--wait 0 does not wait", text)
        process = hold(bench)
        check(not bench.daemon.target()["is_waiting_for_answer"], "else it waits for its end")
        process.communicate("\n")
        bench.faults.clear()
        bench.faults.silence()
        wait_for("a time-out", lambda: bench.daemon.target()["hour"]["timeout"] > 0)
        process = hold(bench)
        check(True, "a BMC that never answers does not keep it waiting")
        process.communicate("\n")


@scenario()
def one_at_a_time():
    """Programs wait for each other, and for flock(1)."""
    with Bench("driver") as bench:
        well(bench)
        first = hold(bench)
        with begin(bench, "--wait", "200ms", "--", "true") as second:
            text = second.communicate()[0]
        check(second.returncode == 75 and f"sh (process {first.pid}) has it" in text,
              "a second one hears who has the turn", text)
        second = begin(bench, "--", "echo", "mine")
        time.sleep(0.3)
        check(second.poll() is None, "or waits")
        first.communicate("\n")
        check(second.communicate()[0] == "mine\n", "until the first has ended")
        lock = os.path.join(bench.daemon.run_dir, "bmc.lock")
        with subprocess.Popen(["flock", lock, "cat"], stdin=subprocess.PIPE) as process:
            wait_for("the quiet", lambda: bench.daemon.status()["quiet"]["is_quiet"])
            check(is_silent(bench, 1), "flock(1) has the same effect")
            process.communicate()
        check(is_watching(bench), "until it ends")


@scenario()
def passed_on():
    """Exit status, signals, output are the program's; it needs no daemon."""
    with Bench("driver") as bench:
        well(bench)
        status, text = bench.daemon.ctl("exec", "--", "sh", "-c", "echo out; exit 42")
        check((status, text) == (42, "out\n"), "exit status and output", (status, text))
        process = hold(bench)
        process.send_signal(signal.SIGTERM)
        check(process.wait(10) == -signal.SIGTERM, "a signal reaches the program")
        status, text = bench.daemon.ctl("exec", "--", "no-such-program")
        check(status == 127 and "no-such-program" in text, "127: not found", text)
        status, text = bench.daemon.ctl("exec", "--", bench.folder)
        check(status == 126, "126: cannot be run", text)
        status, text = bench.daemon.ctl("exec")
        check(status == 64, "64: no program given", text)
        status, text = bench.daemon.ctl("exec", "--wait", "soon", "--", "true")
        check(status == 64 and "soon" in text, "64: no span", text)
        ctl = os.path.join(bench.daemon.build, "bmchealthctl")
        inner = f"{ctl} --run-dir {bench.daemon.run_dir} exec --wait 0 -- echo inside"
        status, text = bench.daemon.ctl("exec", "--", "sh", "-c", inner)
        check((status, text) == (0, "inside\n"), "a script in exec may use exec", text)
        bench.daemon.stop()
        status, text = bench.daemon.ctl("exec", "--", "echo", "alone")
        check((status, text) == (0, "alone\n"), "it needs no daemon", text)
        bench.daemon.start()


if __name__ == "__main__":
    tap.main(needs=("ipmi_sim", "sdrcomp", "flock"))
