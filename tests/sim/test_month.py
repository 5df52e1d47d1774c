#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The month of the demo's second act, and what bmchealthctl makes of it from a file: words, a
chart, figures; and of rows that cannot be read."""
import io
import json
import os
import subprocess
import tempfile

import month
import secondact
import tap
from bench import build_dir
from tap import check, note, scenario

UNTIL = 1795305600      # 2026-11-22


def made(folder):
    """The month as a file."""
    path = os.path.join(folder, "sim.csv")
    with open(path, "w", encoding="ascii") as file:
        file.write(month.HEADER + "\n")
        file.writelines(row for _, row in month.rows(UNTIL))
    return path


def ctl(*arguments, **options):
    """(exit status, standard output, standard error)"""
    done = subprocess.run([os.path.join(build_dir(), "bmchealthctl"), *arguments], text=True,
                          capture_output=True, check=False,
                          env=dict(os.environ, COLUMNS="80", LC_ALL="C.UTF-8"), **options)
    return done.returncode, done.stdout, done.stderr


@scenario()
def generated():
    """The month is plausible, and the same each time."""
    samples = list(month.samples())
    check(samples == list(month.samples()), "the same seed, the same month")
    check(samples != list(month.samples(month.SEED + 1)), "another seed, another one")
    times = [at for at, *_ in samples]
    check(times == sorted(times) and 0 <= times[0] and times[-1] < 30 * month.DAY,
          "thirty days in order of time")
    gaps = [b - a for a, b in zip(times[::2], times[2::2])]
    check(40 < min(gaps) < 45 and 75 < max(gaps) < 80, "a pair a minute, with jitter",
          (min(gaps), max(gaps)))
    signs = [(at, evid) for at, _, _, _, evid in samples if evid]
    check([evid for _, evid in signs] == [month.DEVICE_UNAVAILABLE] * 2,
          "two restarts tell of themselves, by the bit", signs)
    lost = [at for at, _, status, _, _ in samples if status == month.TIMED_OUT]
    alone = [at for at in lost if not any(0 < abs(at - other) < 150 for other in lost)]
    late = [at for at in alone if any(0 < end - at < 3 * month.DAY for end, _ in signs)]
    check(10 < len(alone) < 60 and len(late) > len(alone) / 2,
          "isolated time-outs come before the failures", (len(alone), len(late)))


@scenario()
def in_words():
    """Replayed in words, it is dated and in order."""
    with tempfile.TemporaryDirectory() as folder:
        path = made(folder)
        status, text, errors = ctl("replay", "--words", "--csv", path)
        lines = text.splitlines()
        check(status == 0 and not errors, "it is read", errors)
        check(not secondact.missing(lines), "three teeth, two resets, two cures", text)
        check(all(line[10] == "T" and line[19] == "Z" and line.split(" ")[1] in
                  ("notice:", "warning:", "critical:") and line.split(" ")[2] == "sim:"
                  for line in lines), "when, how bad, who", text)
        check(lines == sorted(lines, key=lambda line: line[:20]), "in order of time", text)
        check(len(lines) < 60, "a line for each change, not for each poll", len(lines))
        advice = [line.partition(" Next: ")[2] for line in lines if " Next: " in line]
        check(len(advice) > 5 and len(advice) == len(set(advice)),
              "what to do next, once for each kind", advice)
        spans = secondact.leads(lines)
        check(len(spans) == 2 and min(spans).days >= 2, "days before each failure",
              [str(span) for span in spans])
        with open(path, encoding="ascii") as file:
            other = ctl("replay", "--words", "--csv", "-", "blade7", stdin=file)
        check(other[1] == text.replace(" sim: ", " blade7: "), "the same by another name", other)
        check(ctl("replay", "--csv", path, "blade7")[0] == 64, "which events do not have")


@scenario()
def drawn():
    """A chart from a recording: restarts and findings on one axis."""
    with tempfile.TemporaryDirectory() as folder:
        path = made(folder)
        status, text, errors = ctl("history", "--from", path)
        note(text)
        check(status == 0 and not errors and text.startswith("sim: Get Device ID"), "it is drawn",
              errors)
        check(text.count("restart (95 % sure): device-unavailable") == 2, "with its restarts", text)
        check("leak-returned, still open" in text and "failure-imminent, until" in text,
              "and what the daemon would have found", text)
        check("timeouts-frequent" not in text, "a silence is not told as time-outs, too", text)
        with open(path, encoding="ascii") as file:
            piped = subprocess.run(["cat", path], stdout=subprocess.PIPE, check=True).stdout
            same = ctl("history", "--from", "-", "sim", stdin=file)
        check(same[1] == text, "from standard input, too", same)
        same = ctl("history", "--from", "-", "sim", input=piped.decode())
        check(same[1] == text, "and from a pipe", same)
        status, text, _ = ctl("history", "--from", path, "--since", "5d", "--json")
        told = json.loads(text)
        check(status == 0 and told["from"].startswith("2026-11-16T23:5") and
              not told["restarts"] and [f["kind"] for f in told["findings"]] == ["leak-returned"],
              "--since counts from its end", text)


@scenario()
def unreadable():
    """Rows that cannot be read are named by file and line, once."""
    with tempfile.TemporaryDirectory() as folder:
        path = made(folder)
        with open(path, "r+", encoding="ascii") as file:
            rows = file.read().splitlines(keepends=True)
            rows[4] = "nonsense\n"
            file.seek(0)
            file.writelines(rows)
            file.truncate()
        status, text, errors = ctl("history", "--from", path)
        check(status == 65 and "restart" in text, "the chart is drawn, and the exit status is 65",
              text)
        check(errors == f"{path}:5: t_wall is no number of seconds\n", "file and line", errors)
        status, text, errors = ctl("replay", "--words", "--csv", path)
        check(status == 65 and errors.startswith(f"{path}:5: "), "replay says the same", errors)
        check(ctl("history", "--from", os.path.join(folder, "none"))[0] == 3,
              "a file that is not there is 3")
        check(ctl("history", "--from", path, "--since", "soon")[0] == 64, "no time is 64")
        status, _, errors = ctl("history", "--from", path, "--json", "--svg", folder + "/a.svg")
        check(status == 64 and "one at a time" in errors, "so are two pictures at once", errors)
        with open(path, encoding="ascii") as file:
            rows = file.read().splitlines(keepends=True)
        lone = os.path.join(folder, "lone.csv")
        with open(lone, "w", encoding="ascii") as file:
            file.writelines(row for row in rows if row.split(",")[3:4] not in ([], ["0"]))
        status, _, errors = ctl("history", "--from", lone)
        check("no samples of" in errors and "--command sensor" in errors,
              "a recording of the other command only says which", (status, errors))
        with open(path, "w", encoding="ascii") as file:
            file.write(month.HEADER + "\n")
        status, text, errors = ctl("history", "--from", path)
        check(status == 65 and "no samples" in errors, "an empty one is 65", errors)


class Lines:
    """In place of the demo's screen."""

    def __init__(self):
        self.said = io.StringIO()

    def finding(self, stamp, level, text):
        """A line."""
        self.said.write(f"{stamp}{level} {text}\n")


@scenario()
def told_once():
    """What to do next is said once for each kind, and only where the act is about that."""
    screen = Lines()
    findings = secondact.Findings(screen)
    for line in ("2026-11-01T22:49:56Z critical: sim: the controller does not answer at all "
                 "(before: it did): silence. Next: Wait.",
                 "2026-11-02T22:49:56Z critical: sim: the controller does not answer at all: "
                 "silence. Next: Wait.",
                 "2026-11-03T22:49:56Z notice: sim: time-outs happen now and then: 2. Next: Wait.",
                 "2026-11-04T22:49:56Z notice: sim: \"the controller does not answer at all\" is "
                 "over after 2 h. Next: nothing"):
        findings.show(line)
    said = screen.said.getvalue().splitlines()
    check([" Next: " in line for line in said] == [True, False, False, False], "once", said)
    check(said[0].startswith("2026-11-01 22:49 critical: sim: the controller"), "dated", said)
    check(len(findings.lines) == 4, "all are kept")
    check(secondact.missing(findings.lines) == secondact.EXPECTED[0], "what is missing is known")


if __name__ == "__main__":
    tap.main()
