#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Windows hosts: records on the daemon's socket become findings, in the journal, the status, the
history. What reads the logs has tests of its own; here it is winevt.py."""
import contextlib
import os
import random
import time

from tap import becomes, check, main, need, scenario, wait_for
from winevt import EVENT, SIZE, Writer, record, running, windows


def heard(daemon, events):
    """Until so many events have been taken."""
    return wait_for(f"{events} events", lambda: windows(daemon).get("events", 0) >= events, 30)


@scenario()
def findings():
    """Events become findings: told, shown with advice for Windows, and notices at most."""
    with running() as daemon, Writer(daemon.run_dir) as writer:
        check(becomes(lambda: windows(daemon).get("helper") == "hears"), "the reader is noticed")
        for event_id in (1004, 1004, 1004, 1002):
            writer.event("SRV-1.Example", event_id, 60)
        writer.event("srv-2.example", 1000)
        writer.event("quiet.example", 1007)
        found = daemon.wait_finding("timeouts-frequent", name="srv-1.example")
        check(found["severity"] == "notice", "a notice, as anybody can make up events", found)
        check("--windows" in found["next_step"] and found["command"] is None,
              "with advice for Windows", found)
        daemon.wait_finding("driver-settings", name="srv-1.example")
        lost = daemon.wait_finding("interface-lost", name="srv-2.example")
        check(lost["severity"] == "notice" and "gave the controller up" in lost["evidence"],
              "a driver that gave up", lost)
        line = daemon.wait_line("srv-1.example: .*3 time-outs in the last hour")
        check("Next: " in line, "the journal says what to do", line)
        check(windows(daemon)["hosts"] == 3 and windows(daemon)["hosts_with_findings"] == 2,
              "those without findings are counted", windows(daemon))
        shown(daemon)


@scenario()
def collector():
    """A machine without a BMC that only judges Windows hosts."""
    with running() as daemon:
        code, text = daemon.ctl("check-config")
        check(code == 0 and "0 targets, 0.0 of at most" in text,
              "a target that is not enabled is not counted", (code, text))
        line = daemon.wait_line("watches 0 targets")
        check("with 0.0 commands per minute" in line, "nor by the daemon", line)
        code, text = daemon.ctl("status")
        check(code == 0 and "none is known yet" in text and "watches no target" not in text,
              "no host yet is said, and is no error", (code, text))
        code, text = daemon.ctl("status", "--json")
        check(code == 0 and '"targets"' in text, "nor is it with --json", (code, text))
        with Writer(daemon.run_dir) as writer:
            for name in ("twin.one.example", "twin.two.example"):
                writer.event(name, 1007)
            heard(daemon, 2)
        code, text = daemon.ctl("status")
        check(code == 0 and "Windows hosts: 2 known, 0 with findings" in text,
              "then how many there are", (code, text))
        code, text = daemon.ctl("status", "twin")
        check(code == 3 and "did you mean" not in text, "of two none is guessed", (code, text))


def shown(daemon):
    """By bmchealthctl."""
    code, text = daemon.ctl("status")
    check("srv-1.example: " in text and "Windows hosts: 3 known" in text and code == 0,
          "status shows the ill ones and counts the rest", (code, text))
    code, text = daemon.ctl("status", "QUIET.example")
    check("silence is not health" in text and code == 3,
          "one of the others is told of when asked for, and not called healthy", (code, text))
    code, text = daemon.ctl("status", "nobody.example")
    check("no target named nobody.example" in text and code == 3,
          "one that is not known is not made up", (code, text))
    code, text = daemon.ctl("status", "QUIET")
    check(code == 3 and "no target named QUIET; did you mean quiet.example?" in text,
          "of a short name the full one is told", (code, text))
    code, text = daemon.ctl("status", "srv")
    check(code == 3 and "did you mean" not in text, "what is the beginning of none is not",
          (code, text))
    head, *lines = daemon.ctl("findings")[1].splitlines()
    check(any("interface-lost" in line for line in lines), "findings lists theirs", lines)
    at = head.index("FINDING")
    check(all(line[at - 1] == " " != line[at] for line in lines),
          "and the columns stand under their heads, however long a name is", (head, lines))


@scenario()
def backfill():
    """Months of history raise nothing; then there is one verdict on how things stand."""
    with running() as daemon, Writer(daemon.run_dir) as writer:
        writer.backfill(True)
        for day in range(60, 0, -1):
            for _ in range(50):
                writer.event("old.example", 1004, day * 86400 + 7200)
        for minutes in (50, 40, 30):
            writer.event("ill.example", 1004, minutes * 60)
        heard(daemon, 3003)
        time.sleep(0.5)
        check(not daemon.lines("timeouts|time-outs"), "nothing is told meanwhile", daemon.text())
        writer.backfill(False)
        daemon.wait_finding("timeouts-frequent", name="ill.example")
        check(not daemon.findings("old.example") and len(daemon.lines("time-outs")) == 1,
              "then one verdict, and none of what is over", daemon.text())


@scenario(120)
def wears_out():
    """Time-outs that grow for days are told as such, from a history that is handed in."""
    dice = random.Random(1)
    with running() as daemon, Writer(daemon.run_dir) as writer:
        writer.backfill(True)
        for day in range(22, 0, -1):
            for _ in range(1 if day > 12 else 1 + 4 * (13 - day)):
                writer.event("worn.example", 1004, day * 86400 - dice.random() * 80000)
        for day in range(22, 0, -1):
            for _ in range(20):
                writer.event("steady.example", 1004, day * 86400 - dice.random() * 80000)
        writer.backfill(False)
        found = wait_for("a ramp", lambda: [kind for kind in daemon.findings("worn.example")
                                            if kind.startswith("leak")], 90)
        check(found, "a growing rate is found", daemon.findings("worn.example"))
        check("as many in" in daemon.wait_line("worn.example: .*wearing out"), "and told",
              daemon.text())
        check(not daemon.lines("steady.example: .*wearing out"), "a steady one is not",
              daemon.text())


@scenario()
def restarts():
    """After a restart findings go on, untold; history is kept by hour."""
    with running() as daemon:
        with Writer(daemon.run_dir) as writer:
            for _ in range(4):
                writer.event("srv.example", 1004, 30)
            daemon.wait_finding("timeouts-frequent", name="srv.example")
        daemon.stop()
        told = len(daemon.lines("srv.example: "))
        daemon.start()
        again = daemon.wait_finding("timeouts-frequent", name="srv.example")
        check(again["timeouts_hour"] == 4, "what was counted is known", again)
        check(len(daemon.lines("srv.example: ")) == told, "and nothing is told twice",
              daemon.text())
        daemon.kill()
        daemon.start()
        check(becomes(lambda: daemon.findings("srv.example")), "nor does a crash forget it")


@scenario()
def hostile():
    """Nonsense, floods, made-up names and times cost their sender, and are counted."""
    with running({"winevt": {"enabled": True, "hosts_max": 50}}) as daemon:
        with Writer(daemon.run_dir) as writer:
            for i in range(200):
                writer.event(f"made-up-{i}", 1004)
            for _ in range(1000):
                writer.event("flood", 1004)
            writer.event("future", 1004, -86400)
            writer.event("SIM", 1000)
            writer.event("x", 1004, provider="ipmiprv")
            for name in ("../../etc/passwd", "a b", "x" * 200):
                writer.event(name, 1004)
            heard(daemon, 200)
            check(becomes(lambda: windows(daemon)["events_misnamed"] == 4), "names are checked")
            check(becomes(lambda: daemon.lines("with the name of the target")),
                  "who takes a target's name is not heard", daemon.text())
        numbers = windows(daemon)
        check(numbers["hosts"] <= 50 and numbers["hosts_that_made_room"] >= 150,
              "hosts are bounded", numbers)
        check(numbers["events_held_back"] >= 390 and numbers["events_of_the_future"] == 1 and
              numbers["events_unwanted"] == 1, "what was not taken is counted", numbers)
        check(len(daemon.lines("more than 50 Windows hosts")) == 1, "the limit is told once",
              daemon.text())
        nonsense(daemon)


def nonsense(daemon):
    """Records that are none."""
    with Writer(daemon.run_dir, says_hello=False) as writer:
        with contextlib.suppress(OSError):
            for i in range(30):
                good = bytearray(record(EVENT, "x", 1004, time.time()))
                good[i * 7 % 8] ^= 0xff
                writer.send(bytes(good) if i % 3 else b"x" * (SIZE + 1))
        check(becomes(lambda: windows(daemon)["bad_records"] >= 20), "nonsense is counted")
    need(daemon.status(), "and the daemon is well")


@scenario()
def reload_switches():
    """Switched off by a reload, its findings are dropped; on again, it listens."""
    with running() as daemon:
        with Writer(daemon.run_dir) as writer:
            writer.event("srv.example", 1000)
            daemon.wait_finding("interface-lost", name="srv.example")
        daemon.write_config(settings={"winevt": {"enabled": False}})
        daemon.signal(1)
        check(becomes(lambda: windows(daemon).get("helper") == "off"), "it is off")
        check(not os.path.exists(os.path.join(daemon.run_dir, "winevt.sock")) and
              not daemon.findings("srv.example"), "and nothing of it is left")
        check("has made room" in daemon.wait_line("no longer watched"), "which is told", daemon.text())
        closed = [entry["target"] for entry in daemon.status()["closed"]]
        check(closed == ["srv.example"], "and stays in the list of findings", closed)
        daemon.write_config()
        daemon.signal(1)
        check(becomes(lambda: windows(daemon).get("helper") == "absent"), "it listens again")
        with Writer(daemon.run_dir) as writer:
            writer.event("srv.example", 1000)
            daemon.wait_finding("interface-lost", name="srv.example")


if __name__ == "__main__":
    main()
