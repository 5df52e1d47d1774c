#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The demo that ./run shows: it ends by itself, fits a terminal, leaves nothing behind, and fails
if the daemon does."""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

import tap
from bench import HERE, build_dir
from tap import check, scenario, wait_for


def start(folder, bindir=None, **variables):
    """A running demo; its output goes to FOLDER/out."""
    env = dict(os.environ, TMPDIR=folder, COLUMNS="80", **variables)
    with open(os.path.join(folder, "out"), "wb") as out:
        return subprocess.Popen([sys.executable, "-B", os.path.join(HERE, "demo.py"), "--bindir",
                                 bindir or build_dir()], stdin=subprocess.DEVNULL, stdout=out,
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


@scenario(seconds=120)
def plays():
    """From the healthy controller to its recovery."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        status = start(folder).wait()
        seconds = time.monotonic() - began
        out = text(folder)
        check(status == 0, "everything is noticed", out)
        check(seconds < 90 * tap.SLOWNESS, "it takes less than 90 s", seconds)
        check(len(re.findall("^── ", out, re.M)) == 7, "there are seven acts", out)
        wide = [line for line in out.splitlines() if len(line) > 80]
        check(not wide, "no line is wider than the terminal", wide)
        check("\033" not in out, "no colour where there is no terminal")
        check(not leftovers(folder), "nothing is left behind", leftovers(folder))


@scenario()
def interrupted():
    """Ctrl-C in the middle, and again by who is impatient."""
    with tempfile.TemporaryDirectory() as folder:
        demo = start(folder)
        wait_for("the first act", lambda: "── " in text(folder), 20)
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
        status = start(folder, bindir, BMC_PATIENCE="1").wait()
        check(status == 1, "it ends with status 1", text(folder))
        check("Expected: finding slow" in text(folder), "and says what was expected",
              text(folder))
        check(not leftovers(folder), "nothing is left behind", leftovers(folder))


if __name__ == "__main__":
    tap.main(needs=("ipmi_sim", "sdrcomp"))
