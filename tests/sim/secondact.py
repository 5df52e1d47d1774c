# SPDX-License-Identifier: GPL-2.0-or-later
"""The demo's second act: thirty days of a leaking controller (month.py) go through the daemon's own
judge, `bmchealthctl replay --words`, day by day; then its chart, `bmchealthctl history --from`."""
import contextlib
import datetime
import itertools
import os
import re
import subprocess
import tempfile
import threading
import time

import month
import tap

LEAK = re.compile(r"is wearing out|is about to stop answering")
MUTE = "the controller does not answer at all"
# What a line must say: in this order, others between them.
EXPECTED = ("the controller is wearing out as with a leak", MUTE,
            "the controller has restarted", "a restart has cured the controller",
            "the controller is wearing out again as with a leak", MUTE,
            "the controller has restarted", "a restart has cured the controller",
            "the controller is wearing out again as with a leak")


class Missed(Exception):
    """The daemon's judge missed something; str() is what was expected."""


def moment(line):
    """When a line of replay's was said."""
    return datetime.datetime.strptime(line[:20], "%Y-%m-%dT%H:%M:%SZ")


def leads(lines):
    """From the first word of a leak to the silence after it, for each silence."""
    warned, out = None, []
    for line in lines:
        if " is over after " in line:
            continue
        if LEAK.search(line):
            warned = warned or moment(line)
        elif MUTE in line and warned:
            out.append(moment(line) - warned)
            warned = None
    return out


def in_words(span):
    """Days and hours."""
    return f"{span.days} d {span.seconds // 3600} h"


def missing(lines):
    """The first of EXPECTED that is not there, or None."""
    rest = iter(line for line in lines if " is over after " not in line)
    for what in EXPECTED:
        if not any(what in line for line in rest):
            return what
    return None


class Findings:
    """The lines as they come; what to do next only where the act is about that, and once."""

    def __init__(self, screen):
        self.screen, self.lines, self.kinds = screen, [], set()

    def show(self, line):
        """One of them."""
        self.lines.append(line)
        when, level, said = line.split(" ", 2)
        kind = re.split(r": | \(", said.partition(": ")[2])[0]
        text, _, _ = said.partition(" Next: ")
        is_over = " is over after " in said
        if kind not in self.kinds and not is_over and (LEAK.search(kind) or kind in EXPECTED):
            text = said
        self.kinds.add(kind)
        self.screen.finding(f"{when[:10]} {when[11:16]} ", level, text)

    def read(self, stream):
        """Until its end."""
        for line in stream:
            self.show(line.rstrip("\n"))


class SecondAct:
    """What it needs while it is on."""

    def __init__(self, bindir, screen, seconds):
        self.ctl, self.screen = os.path.join(bindir, "bmchealthctl"), screen
        self.pace = seconds / month.DAYS
        self.findings = Findings(screen)

    def days(self):
        """(number from 0 on, its rows)"""
        rows = month.rows(month.last_midnight(time.time()))
        for day, group in itertools.groupby(rows, key=lambda row: row[0]):
            yield day, "".join(row for _, row in group)

    def feed(self, judge, recording):
        """A month in seconds."""
        due = time.monotonic()
        for file in (judge.stdin, recording):
            file.write(month.HEADER + "\n")
        for day, rows in self.days():
            self.screen.progress(f"   day {day + 1} of {month.DAYS}")
            for file in (judge.stdin, recording):
                file.write(rows)
                file.flush()
            due += self.pace
            time.sleep(max(0.0, due - time.monotonic()))

    def judge(self, path):
        """All of it, through replay."""
        command = [self.ctl, "replay", "--words", "--csv", "-", "sim"]
        with tempfile.TemporaryFile("w+") as said, open(path, "w", encoding="ascii") as recording:
            with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=said, text=True) as judge:
                reader = threading.Thread(target=self.findings.read, args=(judge.stdout,),
                                          daemon=True)
                reader.start()
                try:
                    with contextlib.suppress(BrokenPipeError):  # its exit status tells
                        self.feed(judge, recording)
                    with contextlib.suppress(BrokenPipeError):
                        judge.stdin.close()
                except BaseException:
                    judge.kill()
                    reader.join()  # before its pipe is closed under it
                    raise
                reader.join()
                status = judge.wait()
            said.seek(0)
            if status != 0:
                raise tap.Failed(f"{' '.join(command)}: exit status {status}: {said.read()}")

    def chart(self, path):
        """Without its lists, which have been told."""
        self.screen.command(f"bmchealthctl history --from {os.path.basename(path)}")
        done = subprocess.run([self.ctl, "history", "--from", path], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=dict(os.environ, COLUMNS=str(self.screen.width - 3)))
        if done.returncode != 0:
            raise tap.Failed(f"history: exit status {done.returncode}: {done.stdout}")
        picture, legend, _ = done.stdout.partition("\nfindings: ")
        self.screen.picture(picture.splitlines())
        if legend:
            self.screen.say("leak: - notice, = warning, ! critical; others below it. Times are UTC.")

    def play(self):
        """From the first day to the chart."""
        screen = self.screen
        screen.act("Second act: thirty days of a controller that leaks. Two commands a minute, "
                   "recorded, through the daemon's own judge; it hangs twice and is reset by hand.")
        with tempfile.TemporaryDirectory(prefix="bmc-") as folder:
            path = os.path.join(folder, "sim.csv")
            self.judge(path)
            lost = missing(self.findings.lines)
            if lost:
                raise Missed(f"\"{lost}\", once more, in a month with three teeth")
            screen.scene("The same month on one axis of time: slower and slower, until a reset.")
            self.chart(path)


def play(bindir, screen, seconds):
    """The exit status."""
    began = time.monotonic()
    act = SecondAct(bindir, screen, seconds)
    try:
        act.play()
    except Missed as reason:
        screen.verdict(f"The judge failed to notice. Expected: {reason}", False)
        return 1
    spans = " and ".join(in_words(span) for span in leads(act.findings.lines))
    screen.verdict(f"Warned {spans} before the two failures; the third is still to come. "
                   f"{len(act.findings.lines)} lines in thirty days, in "
                   f"{time.monotonic() - began:.0f} s.", True)
    screen.say("On a server with the daemon: `bmchealthctl history` draws what it has seen itself; "
               "`bmchealthctl export --csv FILE` writes it down, and `bmchealthctl replay --words "
               "--csv FILE` says elsewhere what was found, and when. Plan the next reset before "
               "the day it names, and ask for firmware without the leak.")
    return 0
