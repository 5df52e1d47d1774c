#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Two acts. A simulated controller falls ill and recovers, bmchealthd watches and says so: about a
minute. Then thirty days of one that leaks, recorded, through the daemon's own judge: about ten
seconds. Exit 0 if it noticed everything. What `./run` shows where there is no /dev/ipmi0."""
import argparse
import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time

import secondact
import tap
from bench import Bench, build_dir

# A real watch asks six times a minute and thinks in hours; so that a minute is enough, this one
# asks six times a second. The deadlines keep their proportions.
SETTINGS = {
    "daemon": {"quiet_max": "1 h"},
    "queue": {"soft_deadline": "200ms", "hard_deadline": "1 s", "stuck_after": "15 s",
              "commands_per_minute": 900.0, "bulk_per_minute": 3000.0, "min_gap": "20ms",
              "max_gap": "1 s", "duty_cycle": 100.0},
    "judge": {"maintenance_grace": "2 s", "calm": "1 s", "storm_per_minute": 4.0},
    "controller": {"interval": "500ms"},
    "sensors": {"interval": "250ms"},
}
TO_TYPE_S = 5.0  # a shorter pause is for reading only
MONTH_S = 10.0  # for the thirty days, where somebody looks on
COLOURS = {"critical": "1;31", "err": "1;31", "error": "1;31", "warning": "33", "notice": "36"}


class Screen:
    """What is printed, no wider than the terminal."""

    def __init__(self):
        self.is_terminal = sys.stdout.isatty()
        self.is_colourful = self.is_terminal and not os.environ.get("NO_COLOR")
        self.has_progress = False
        self.width = max(60, min(100, shutil.get_terminal_size((80, 24)).columns))
        self.lock = threading.Lock()
        self.began = time.monotonic()

    def paint(self, code, text):
        """Colour, on a terminal."""
        return f"\033[{code}m{text}\033[0m" if self.is_colourful else text

    def block(self, text, first, rest, code=None):
        """A paragraph."""
        lines = textwrap.wrap(text, self.width, initial_indent=first, subsequent_indent=rest,
                              break_on_hyphens=False)
        self.lines(lines or [first.rstrip()], code)

    def lines(self, lines, code=None):
        """As they are; instead of the progress."""
        with self.lock:
            if self.has_progress:
                print("\r\033[K", end="")
            self.has_progress = False
            for line in lines:
                print(self.paint(code, line) if code else line, flush=True)

    def progress(self, text):
        """A line that the next one replaces; on a terminal only."""
        if not self.is_terminal:
            return
        with self.lock:
            print(("\r\033[K" if self.has_progress else "") + text, end="", flush=True)
            self.has_progress = True

    def act(self, text):
        """The headline of an act."""
        self.lines([""])
        self.block(text, "══ ", "   ", "1")
        self.lines([""])

    def scene(self, text):
        """A headline: what is done to the controller now."""
        self.lines([""])
        self.block(text, "── ", "   ", "1")

    def say(self, text):
        """The narrator."""
        self.block(text, "   ", "   ", "2")

    def daemon(self, line):
        """A line of the daemon's."""
        level, _, _ = line.partition(":")
        stamp = f"{time.monotonic() - self.began:5.1f} s "
        self.block(line, stamp + "│ ", " " * len(stamp) + "│ ", COLOURS.get(level))

    def finding(self, stamp, level, text):
        """A line that the daemon would have said then; `level` ends in a colon."""
        self.block(f"{level} {text}", stamp + "│ ", " " * len(stamp) + "│ ",
                   COLOURS.get(level.rstrip(":")))

    def command(self, text):
        """What an admin would type."""
        self.lines(["", "   " + self.paint("1", "$ " + text)])

    def picture(self, lines):
        """Drawn by another program, as wide as it may be."""
        self.lines([("   " + line).rstrip() for line in lines], "36")

    def verdict(self, text, is_good):
        """What it all came to."""
        self.lines([""])
        self.block(text, "✓  " if is_good else "✗  ", "   ", "1;32" if is_good else "1;31")


class Tail(threading.Thread):
    """Shows the daemon's log as it grows."""

    def __init__(self, path, screen):
        super().__init__(daemon=True)
        self.path, self.screen, self.is_over = path, screen, threading.Event()

    def run(self):
        part = ""
        with open(self.path, encoding="utf-8", errors="replace") as file:
            while True:
                is_last = self.is_over.is_set()
                part += file.read()
                *lines, part = part.split("\n")
                for line in lines:
                    self.screen.daemon(line)
                if is_last:
                    break
                self.is_over.wait(0.05)

    def stop(self):
        """After the last line."""
        self.is_over.set()
        self.join()


class Unnoticed(Exception):
    """The daemon missed something; str() is what was expected."""


class Demo:
    """The first act."""

    def __init__(self, bench, screen, pause_s):
        self.bench, self.screen, self.pause_s = bench, screen, pause_s
        self.daemon, self.faults = bench.daemon, bench.faults
        self.seen = []

    def expect(self, what, predicate, seconds):
        """Unless it comes true in time, the demo has failed."""
        if not tap.becomes(predicate, seconds):
            raise Unnoticed(f"{what}, within {seconds} s. It finds "
                            f"{', '.join(self.daemon.findings()) or 'nothing'} and says: "
                            f"{self.daemon.target().get('verdict')}")
        self.seen.append(what)
        time.sleep(0.3)  # its line comes first, then ours

    def expect_finding(self, kinds, seconds):
        """One of them opens."""
        self.expect("finding " + " or ".join(kinds),
                    lambda: set(kinds) & set(self.daemon.findings()), seconds)

    def status(self, rows=100):
        """What an admin would see."""
        self.screen.command("bmchealthctl status")
        _, text = self.daemon.ctl("status")
        for line in text.splitlines()[:rows]:
            indent = len(line) - len(line.lstrip())
            hang = 14 if indent == 2 else 2
            self.screen.block(line.strip(), "   " + " " * indent, "   " + " " * hang)

    def pause(self):
        """To read. Nothing is asked meanwhile, as while bmchealthctl exec runs a program: else the
        fault would go on, or the healthy answers of a long pause outweigh what comes then."""
        with open(os.path.join(self.daemon.run_dir, "bmc.lock"), "r+", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            lock.write(f"{os.getpid()} demo\n")
            lock.flush()
            self.faults.clear()  # the library's own commands need not suffer from it
            if self.pause_s >= TO_TYPE_S:
                self.screen.say(f"{self.pause_s:.0f} s to look around, in which nothing is asked: "
                                f"bmchealthctl --run-dir {self.daemon.run_dir} status")
            time.sleep(self.pause_s)

    def healthy(self):
        """Scene 1."""
        self.screen.scene("A healthy controller: ipmi_sim, asked over LAN through a fault "
                          "injector.")
        self.expect("a healthy verdict", lambda: self.daemon.target().get("severity") == "ok" and
                    self.daemon.target()["hour"]["ok"] >= 12, 20)
        self.status(1)

    def slow(self):
        """Scene 2."""
        self.screen.scene("Its replies are getting slower (a memory leak does that).")
        self.faults.set("any delay=210 grow=1500")
        self.expect_finding(["slow"], 20)
        self.status()

    def few(self):
        """Scene 3."""
        self.screen.scene("A few replies come too late: what Windows logs as event 1004.")
        self.faults.set("06:01 delay=1400 count=3")
        self.expect_finding(["timeouts-sporadic", "timeouts-frequent"], 15)

    def storm(self):
        """Scene 4."""
        self.screen.scene("It gets worse: every third command times out.")
        # not every second: the library's own audit takes turns, and two in a row would be mute
        self.faults.set("any every=3 cc=c3")
        self.expect_finding(["timeouts-storm"], 20)
        gap = self.daemon.target()["spacing_seconds"]
        self.screen.say(f"The daemon asks less often now: {gap:.2f} s apart instead of 0.02 s, so "
                        "that the watch does not make things worse.")

    def mute(self):
        """Scene 5."""
        self.screen.scene("Silence. Nothing comes back any more.")
        self.faults.clear()
        self.faults.silence()
        self.expect_finding(["mute"], 25)
        self.status()

    def update(self):
        """Scene 6."""
        self.screen.scene("Somebody flashes its firmware: it says so, and refuses everything else.")
        self.faults.set("06:01 set=4:89", "any cc=d1")
        self.expect_finding(["maintenance"], 25)
        self.expect("muteness over", lambda: "mute" not in self.daemon.findings(), 10)
        failed = self.daemon.target()["hour"]["timeout"]
        time.sleep(2)
        self.expect("no illness during the update",
                    lambda: self.daemon.target()["hour"]["timeout"] == failed, 1)
        self.screen.say("Failures during an update are forgiven: that is work, not illness.")

    def recovery(self):
        """Scene 7."""
        self.screen.scene("It comes back with firmware 9.20 and answers at once.")
        self.faults.set("06:01 set=5:20")
        self.expect("maintenance over", lambda: "maintenance" not in self.daemon.findings(), 15)
        self.expect("the new firmware", lambda: self.daemon.lines("firmware is 9.20 now"), 15)
        self.expect("slowness over", lambda: "slow" not in self.daemon.findings(), 40)
        self.status(1)
        rest = ", ".join(self.daemon.findings())
        if rest:
            self.screen.say(f"Still open, on purpose: {rest}. Who timed out a minute ago is not "
                            "well yet; it closes when the windows of 5 minutes, an hour and a day "
                            "are clean again.")

    def run(self):
        """All of them."""
        for scene in (self.healthy, self.slow, self.few, self.storm, self.mute, self.update,
                      self.recovery):
            scene()
            if self.pause_s > 0:
                self.pause()


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def be_deaf():
    """Tidying up is not interrupted; it is quick."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def on_signal(number, _):
    """The first one counts: who presses Ctrl-C twice must not be left with the rubble."""
    be_deaf()
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(128 + number)


def play(screen, pause_s):
    """The first act: starts everything, runs the scenes; the exit status."""
    with contextlib.ExitStack() as stack:
        bench = stack.enter_context(contextlib.closing(Bench("lan", SETTINGS)))
        stack.callback(be_deaf)
        bench.start()
        tail = Tail(bench.daemon.log, screen)
        tail.start()
        demo = Demo(bench, screen, pause_s)
        try:
            demo.run()
            failure = None
        except (Unnoticed, tap.Failed) as reason:
            failure = reason
        status, seconds = bench.daemon.stop()
        tail.stop()
        requests = bench.faults.stat()["requests"]
    if failure:
        screen.verdict(f"The daemon failed to notice. Expected: {failure}", False)
        return 1
    if status != 0:
        screen.verdict(f"The daemon ended with status {status} instead of 0.", False)
        return 1
    screen.verdict(f"It noticed all of it: {len(demo.seen)} of {len(demo.seen)} expectations in "
                   f"{time.monotonic() - screen.began:.0f} s, {requests} commands; ended in "
                   f"{seconds * 1000:.0f} ms. On a real BMC: ./run as root where there is a "
                   "/dev/ipmi0.", True)
    return 0


def play_acts(screen, only, pause_s):
    """Both, or one of them; the exit status."""
    status = 0
    if only in (None, 1):
        status = play(screen, pause_s)
    if only in (None, 2) and status == 0:
        status = secondact.play(build_dir(), screen, MONTH_S if screen.is_terminal else 0.0)
    return status


def main():
    """Arguments, Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bindir", help="where bmchealthd and bmchealthctl are")
    parser.add_argument("--pause", type=float, metavar="SECONDS",
                        help="to read between the scenes",
                        default=3.0 if sys.stdout.isatty() else 0.0)
    parser.add_argument("--act", type=int, choices=(1, 2), help="only this one")
    args = parser.parse_args()
    if args.bindir:
        os.environ["BMC_BUILD"] = args.bindir
    for number in SIGNALS:  # SIGINT, too: a background job's is ignored
        signal.signal(number, on_signal)
    screen = Screen()
    try:
        return play_acts(screen, args.act, args.pause)
    except tap.Skip as reason:
        print(f"demo: {reason}", file=sys.stderr)
        return 77
    except (tap.Failed, subprocess.CalledProcessError, OSError) as reason:
        print(f"demo: {reason}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\n   stopped", flush=True)
        return 130


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main())
