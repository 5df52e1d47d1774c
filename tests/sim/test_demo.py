#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The demo that ./run shows: it ends by itself, fits a terminal, leaves nothing behind, and fails
if the daemon does."""
import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import time

import tap
from bench import HERE, build_dir
from tap import check, scenario, wait_for


def command(bindir, arguments):
    """How it is started."""
    return [sys.executable, "-B", os.path.join(HERE, "demo.py"), "--bindir",
            bindir or build_dir(), *arguments]


def start(folder, *arguments, bindir=None, **variables):
    """A running demo; its output goes to FOLDER/out."""
    env = dict(os.environ, TMPDIR=folder, COLUMNS="80", LC_ALL="C.UTF-8", **variables)
    with open(os.path.join(folder, "out"), "wb") as out:
        return subprocess.Popen(command(bindir, arguments), stdin=subprocess.DEVNULL, stdout=out,
                                stderr=subprocess.STDOUT, env=env)


def text(folder):
    """What it has printed."""
    with open(os.path.join(folder, "out"), encoding="utf-8") as file:
        return file.read()


def leftovers(folder):
    """Benches and their processes."""
    left = [name for name in os.listdir(folder) if name.startswith("bmc-")]
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if os.path.join(folder, "bmc-").encode() in file.read():
                    left.append(pid)
        except OSError:
            pass
    return left


def check_plain(out):
    """For a pipe of 80 columns."""
    wide = [line for line in out.splitlines() if len(line) > 80]
    check(not wide, "no line is wider than the terminal", wide)
    check("\033" not in out and "\r" not in out, "no colour where there is no terminal")


@scenario(seconds=150)
def plays():
    """Both acts, from the healthy controller to the chart of the month."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        status = start(folder).wait()
        seconds = time.monotonic() - began
        out = text(folder)
        check(status == 0, "everything is noticed", out)
        check(seconds < 120 * tap.SLOWNESS, "it takes less than two minutes", seconds)
        first, _, second = out.partition("══ Second act")
        check(len(re.findall("^── ", first, re.M)) == 7, "the first act has seven scenes", out)
        check("history --from sim.csv" in second, "there is a second", out)
        check_plain(out)
        check(not leftovers(folder), "nothing is left behind", leftovers(folder))


@scenario(seconds=150)
def pauses():
    """A long look at a scene changes nothing in the next, and may be taken with bmchealthctl."""
    with tempfile.TemporaryDirectory() as folder:
        demo = start(folder, "--act", "1", "--pause", "25")
        wait_for("the first pause", lambda: "to look around" in text(folder), 30)
        found = re.search(r"--run-dir\s+(\S+/run)", text(folder))
        ctl = os.path.join(build_dir(), "bmchealthctl")

        def status():
            return subprocess.run([ctl, "--run-dir", found[1], "status"], check=False, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
        check(tap.becomes(lambda: "quiet for demo" in status(), 10) and "sim: healthy" in status(),
              "the folder that is named is the daemon's", status())
        wait_for("the third scene", lambda: "A few replies come too late" in text(folder) or
                 demo.poll() is not None, 90)
        check(demo.poll() is None, "what came before the pause does not outweigh what comes then",
              text(folder))
        demo.send_signal(signal.SIGINT)
        check(demo.wait(20) == 130, "a pause can be interrupted", text(folder))
        check(not leftovers(folder), "nothing is left behind", leftovers(folder))


@scenario()
def interrupted():
    """Ctrl-C in the middle, and again by who is impatient."""
    with tempfile.TemporaryDirectory() as folder:
        demo = start(folder)
        wait_for("the first scene", lambda: "── " in text(folder), 20)
        time.sleep(1)
        for _ in range(3):
            demo.send_signal(signal.SIGINT)
            time.sleep(0.01)
        check(demo.wait(20) == 130, "it ends with status 130", text(folder))
        check("Traceback" not in text(folder), "without a traceback", text(folder))
        check(not leftovers(folder), "nothing is left behind", leftovers(folder))


@scenario(seconds=90)
def blind_daemon():
    """A daemon that does not notice fails the demo, and the words say what was expected."""
    with tempfile.TemporaryDirectory() as folder:
        bindir = os.path.join(folder, "bin")
        os.mkdir(bindir)
        os.symlink(os.path.join(build_dir(), "bmchealthctl"), bindir + "/bmchealthctl")
        with open(bindir + "/bmchealthd", "w", encoding="ascii") as file:
            file.write("#!/bin/sh\n# arguments: --config FILE and more\n"
                       "sed -i 's/judge: {/judge: { slow_share = 1.0;/' \"$2\"\n"
                       f"exec {build_dir()}/bmchealthd \"$@\"\n")
        os.chmod(bindir + "/bmchealthd", 0o755)
        status = start(folder, bindir=bindir, BMC_PATIENCE="1").wait()
        check(status == 1, "it ends with status 1", text(folder))
        check("Expected: finding slow" in text(folder), "and says what was expected",
              text(folder))
        check(not leftovers(folder), "nothing is left behind", leftovers(folder))


@scenario(seconds=60)
def second_act():
    """The month alone: three teeth, two resets, dated, and the chart."""
    with tempfile.TemporaryDirectory() as folder:
        status = start(folder, "--act", "2").wait()
        out = text(folder)
        check(status == 0 and "ipmi_sim" not in out, "it can be played alone", out)
        told = re.findall(r"^(\d{4}-\d\d-\d\d \d\d:\d\d) │ (?:notice|warning|critical): sim: ",
                          out, re.M)
        check(len(told) > 20 and told == sorted(told),
              "each finding has its date", told)
        joined = re.sub(r"\n +│ ", " ", out)
        check(joined.count("the controller has restarted: known by: device-unavailable") == 2,
              "two restarts", joined)
        check(len(re.findall(r"^ +restart│.*▲.*▲", out, re.M)) == 1, "the chart has both", out)
        check(re.search(r"^✓  Warned \d+ d \d+ h and \d+ d \d+ h before", out, re.M),
              "what it was worth is counted", out)
        check_plain(out)
        check(not leftovers(folder), "nothing is left behind", leftovers(folder))


@scenario(seconds=60)
def second_act_interrupted():
    """Ctrl-C in the middle of the month."""
    with tempfile.TemporaryDirectory() as folder:
        demo = start(folder, "--act", "2")
        wait_for("the first finding", lambda: "│ notice" in text(folder), 20)
        for _ in range(3):
            demo.send_signal(signal.SIGINT)
            time.sleep(0.01)
        check(demo.wait(20) == 130, "it ends with status 130", text(folder))
        check("Traceback" not in text(folder) and text(folder).endswith("stopped\n"),
              "without a traceback", text(folder))
        check(not leftovers(folder), "nothing is left behind", leftovers(folder))


def wrapped(folder, script):
    """A folder of programs in which bmchealthctl is this."""
    bindir = os.path.join(folder, "bin")
    os.mkdir(bindir)
    os.symlink(os.path.join(build_dir(), "bmchealthd"), bindir + "/bmchealthd")
    with open(bindir + "/bmchealthctl", "w", encoding="ascii") as file:
        file.write("#!/bin/sh\n" + script)
    os.chmod(bindir + "/bmchealthctl", 0o755)
    return bindir


@scenario(seconds=60)
def blind_judge():
    """A judge that notices nothing fails the second act, and so does one that breaks."""
    with tempfile.TemporaryDirectory() as folder:
        status = start(folder, "--act", "2", bindir=wrapped(folder, "cat >/dev/null\n")).wait()
        check(status == 1, "it ends with status 1", text(folder))
        check("Expected: \"the controller is wearing out as with" in text(folder),
              "and says what was expected", text(folder))
    with tempfile.TemporaryDirectory() as folder:
        bindir = wrapped(folder, "echo it burns >&2\nexit 3\n")
        status = start(folder, "--act", "2", bindir=bindir).wait()
        check(status == 1 and "exit status 3: it burns" in text(folder) and
              "Traceback" not in text(folder), "its own words are shown", text(folder))
        check(not leftovers(folder), "nothing is left behind", leftovers(folder))


@scenario(seconds=60)
def on_a_terminal():
    """Where somebody looks on, the month takes ten seconds, with its progress and in colour."""
    with tempfile.TemporaryDirectory() as folder:
        ours, its = pty.openpty()
        env = dict(os.environ, TMPDIR=folder, COLUMNS="80", LC_ALL="C.UTF-8", TERM="xterm")
        env.pop("NO_COLOR", None)
        began = time.monotonic()
        with subprocess.Popen(command(None, ["--act", "2"]), stdin=its, stdout=its, stderr=its,
                              env=env) as demo:
            os.close(its)
            out = b""
            while True:
                try:
                    piece = os.read(ours, 65536)
                except OSError:     # the other end has gone
                    break
                if not piece:
                    break
                out += piece
        seconds = time.monotonic() - began
        os.close(ours)
        out = out.decode()
        check(demo.returncode == 0, "all is noticed", out)
        check(10 <= seconds < 30 * tap.SLOWNESS, "in about ten seconds", seconds)
        check(all(f"day {day} of 30" in out for day in range(1, 31)), "day by day", out)
        check("\033[1;31m" in out and "\033[33m" in out, "in colour", out)


if __name__ == "__main__":
    tap.main(needs=("ipmi_sim", "sdrcomp"))
