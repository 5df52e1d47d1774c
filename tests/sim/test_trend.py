#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The trend in the daemon: a restart of the controller is seen by its evidence, how long it is up
is known and survives the daemon, a state that cannot be taken is made again. What the trend makes
of weeks is tests/unit/test_trend*.c and tests/bench."""
import json
import os
import random
import re
import shutil
import sqlite3
import time

import tap
from bench import Bench
from tap import becomes, check, note, scenario, stays, wait_for

DEVICE_ID = "06:01"
# The marks of a restart, as often as everything else here.
SETTINGS = {"marks": {"interval": "300ms"}}


def well(bench):
    """Until answers have come."""
    wait_for("answers", lambda: bench.daemon.target().get("hour", {}).get("ok", 0) > 8, 30)


def uptime(bench):
    """What is known of it; {}: nothing."""
    return bench.daemon.target().get("controller_uptime", {})


def restart(bench):
    """The controller says once that it is not available, as after a reset."""
    bench.faults.add(f"{DEVICE_ID} count=1 set=4:89")
    found = bench.daemon.wait_finding("controller-reset", 30)
    bench.faults.clear()
    return found


def database(bench):
    """The history."""
    return sqlite3.connect(os.path.join(bench.daemon.state_dir, "history.db"), timeout=10)


@scenario()
def seen_by_its_bit():
    """A restart that Get Device ID tells of is a finding, and begins the uptime."""
    with Bench("driver", SETTINGS) as bench:
        well(bench)
        check(not uptime(bench), "before a restart was seen nobody knows for how long it is up")
        status, text = bench.daemon.ctl("status")
        check(status == 0 and "up for      unknown" in text, "and status says so", text)
        found = restart(bench)
        check(found["severity"] == "notice" and "device-unavailable" in found["evidence"],
              "the finding says how it is known", found)
        known = uptime(bench)
        check(known.get("known_by") == ["device-unavailable"] and known["how"] == "evidence" and
              known["sure_percent"] >= 90 and 0 <= known["seconds"] < 60,
              "the uptime says so, too, and how sure that is", known)
        status, text = bench.daemon.ctl("status")
        check(status == 0 and "known by device-unavailable, 95 % sure" in text,
              "status tells people, and a restart is no alarm", text)
        check(bench.daemon.target()["trend"] == {"state": "none", "channel": None, "teeth": 0,
                                                 "is_contended": False},
              "nothing grows", bench.daemon.target()["trend"])


@scenario()
def noted_by_an_operator():
    """Root says when the controller was reset: the uptime counts from there, and it is kept."""
    with Bench("driver", SETTINGS) as bench:
        well(bench)
        status, text = bench.daemon.ctl("note")
        check(status == 64, "a note of nothing is wrong usage", text)
        status, text = bench.daemon.ctl("note", "reset", "--target", "nobody")
        check(status == 64 and "no such target" in text, "so is one of nobody", text)
        status, text = bench.daemon.ctl("note", "reset", "--at", "2999-01-01")
        check(status == 64 and "future" in text, "so is one of the future", text)
        status, text = bench.daemon.ctl("note", "reset", "by", "hand")
        check(status == 0 and text == "noted\n", "a reset is noted", text)
        found = bench.daemon.wait_finding("controller-reset", 30)
        check("reset-logged" in found["evidence"], "the restart is known by it", found)
        check(uptime(bench)["known_by"] == ["reset-logged"] and uptime(bench)["seconds"] < 60,
              "so is the uptime", uptime(bench))
        rows = database(bench).execute("SELECT kind, text FROM note").fetchall()
        check(rows == [("reset", "by hand")], "the history has the words", rows)
        status, text = bench.daemon.ctl("note", "reset", "--at", "1h")
        check(status == 0, "one of an hour ago is taken, though nothing was watched then", text)
        check("noted that the controller was reset at" in bench.daemon.text(),
              "the log has it")
        bench.daemon.stop()
        status, text = bench.daemon.ctl("note", "reset")
        check(status == 3 and "no daemon answers" in text, "without a daemon none is taken", text)


def rows_with_evidence(bench):
    """Of what export writes."""
    _, text = bench.daemon.ctl("export", "--state-dir", bench.daemon.state_dir)
    lines = [line.split(",") for line in text.splitlines()]
    return [line for line in lines[1:] if line[lines[0].index("evid")] != "0"]


@scenario()
def noted_a_moment_later():
    """A reset of half a minute ago is one restart, and then, for whoever reads of it."""
    with Bench("driver", SETTINGS) as bench:
        well(bench)
        time.sleep(11)
        noted = time.time()
        status, text = bench.daemon.ctl("note", "reset", "--at", "10s")
        check(status == 0, "it is noted", text)
        wait_for("the uptime", lambda: uptime(bench), 30)
        # From the first sample after it: how near that is is a matter of the machine.
        seconds = int(time.time() - noted)
        known = uptime(bench)
        check(known["seconds"] > seconds, "the uptime counts from then", (known, seconds))
        found = bench.daemon.wait_finding("controller-reset", 5)
        check("reset-logged" in found["evidence"], "and it is news", found)
        time.sleep(3)
        bench.daemon.stop()
        rows = rows_with_evidence(bench)
        check(len(rows) == 1, "and one row of the export has it", rows)


@scenario()
def noted_before_the_first_sample():
    """Of a reset before anything was watched the log does not promise an uptime."""
    with Bench("driver", SETTINGS) as bench:
        well(bench)
        status, text = bench.daemon.ctl("note", "reset", "--at", "1h")
        check(status == 0, "it is noted", text)
        bench.daemon.wait_line("its uptime stays unknown")
        check(not uptime(bench), "and it does", uptime(bench))


@scenario()
def seen_by_its_clock():
    """So is one that only the event log's clock and the watchdog tell of."""
    with Bench("driver", SETTINGS) as bench:
        bench.faults.add("0a:48 answer=0000000065")  # 2023
        well(bench)
        wait_for("the clock", lambda: bench.faults.stat()["by"].get("0a:48", 0) > 2, 40)
        bench.faults.set("0a:48 answer=0019000000")
        found = bench.daemon.wait_finding("controller-reset", 30)
        check("sel-clock-unset" in found["evidence"], "the finding names the clock", found)
        check("sel-clock-unset" in uptime(bench)["known_by"], "the uptime does", uptime(bench))


@scenario()
def survives():
    """The uptime is the same after the daemon has ended, in good order or not."""
    with Bench("driver", SETTINGS) as bench:
        well(bench)
        restart(bench)
        since = uptime(bench)["since"]
        bench.daemon.stop()
        bench.daemon.start()
        well(bench)
        check(abs_seconds(uptime(bench).get("since"), since) <= 2, "after an ordered end",
              (uptime(bench), since))
        bench.daemon.kill()
        bench.daemon.start()
        well(bench)
        check(abs_seconds(uptime(bench).get("since"), since) <= 2, "after a kill",
              (uptime(bench), since))
        check(len(bench.daemon.lines("the controller has restarted: known by")) == 1,
              "the restart is told once", bench.daemon.text())


@scenario()
def made_again():
    """A state that cannot be taken is made again from the samples, and that is said once."""
    with Bench("driver", SETTINGS) as bench:
        well(bench)
        restart(bench)
        since = uptime(bench)["since"]
        bench.daemon.stop()
        with database(bench) as history:
            before = history.execute("SELECT sum(count) FROM trend_piece").fetchone()[0]
            history.execute("UPDATE trend_state SET state = x'0badc0de'")
        bench.daemon.start()
        line = bench.daemon.wait_line("made again from")
        check(f"made again from {before} samples" in line, "it says so", (line, before))
        well(bench)
        check(abs_seconds(uptime(bench).get("since"), since) <= 2, "and knows what it knew",
              (uptime(bench), since))
        after = database(bench).execute("SELECT sum(count) FROM trend_piece").fetchone()[0]
        check(after >= before, "the history is whole", (before, after))
        bench.daemon.stop()
        bench.daemon.start()
        well(bench)
        check(stays(lambda: len(bench.daemon.lines("made again from")) == 1, 2),
              "the next start has nothing to say", bench.daemon.text())


def number(value):
    """As model/recording.c writes one."""
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def teeth(until, days, life):
    """(time, probe, latency in µs, evidence) of a controller that leaks and is reset each `life`
    days; the last tooth ends at `until`."""
    dice = random.Random(4)
    began = now = until - days * 86400
    epoch = began
    while now < until:
        evidence = 0
        if now - epoch > life * 86400:
            epoch, evidence = now, 1 << 4
        grown = 1 + 2.2 * max(0.0, (now - epoch) / 86400 - 2) / (life - 2)
        for probe, base in ((0, 3000), (1, 12000)):
            yield now + probe, probe, int(base * grown * dice.lognormvariate(0, .15)), evidence
            evidence = 0
        now += 60 * dice.uniform(0.7, 1.3)


def piece(samples):
    """A row of trend_piece."""
    first = last = int(samples[0][0] * 1e6)
    data = b"\1"
    for when, probe, latency, evidence in samples:
        at = int(when * 1e6)
        data += bytes([probe | (16 if evidence else 0)]) + number(at - last) + number(latency)
        data += number(evidence) if evidence else b""
        last = at
    return 1, first, first, len(samples), data


def write_weeks(bench, days, life):
    """Into the history, as if the daemon had seen them."""
    with database(bench) as history:
        target = history.execute("SELECT id FROM target").fetchone()[0]
        history.execute("DELETE FROM trend_piece")
        history.execute("DELETE FROM trend_state")
        rows = list(teeth(time.time() - 60, days, life))
        for start in range(0, len(rows), 300):
            history.execute("INSERT INTO trend_piece(target, boot_id, wall_us, mono_us, count, "
                            "samples) VALUES(?, ?, ?, ?, ?, ?)",
                            (target, *piece(rows[start:start + 300])))


@scenario()
def weeks_at_once():
    """A month with three teeth in the history, and no state: the leak is found at the start."""
    with Bench("driver", SETTINGS) as bench:
        well(bench)
        bench.daemon.stop()
        write_weeks(bench, 31, 11)
        bench.daemon.start()
        found = bench.daemon.wait_finding("leak-returned", 30)
        check("2 times before" in found["evidence"] and
              "it may fail in" in found["evidence"], "with its teeth and its end", found)
        check(found["severity"] == "warning" and found["teeth"] == 2 and found["rise"] > 1.2 and
              found["window_hours"] >= 24, "in figures, too", found)
        known = uptime(bench)
        check(8 * 86400 < known["seconds"] < 10 * 86400, "the controller is up for nine days",
              known)
        status, text = bench.daemon.ctl("status")
        check(status == 1 and "as with a leak" in text, "monitoring hears of it", text)
        bench.daemon.stop()
        bench.daemon.start()
        bench.daemon.wait_finding("leak-returned", 30)
        lines = bench.daemon.lines("warning: sim: the controller is wearing out")
        check(len(lines) == 1 and "Next: " in lines[0], "it is told once, over a restart", lines)
        bench.daemon.stop()
        status, text = bench.daemon.ctl("history", "--state-dir", bench.daemon.state_dir)
        check(status == 0 and len(re.findall("restart \\(95 % sure\\)", text)) == 2,
              "the chart has both restarts", text)
        note(text)
        bench.daemon.start()


def last_event(text):
    """Of replay's lines."""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")][-1]


@scenario()
def taken_away():
    """What the daemon was fed with can be written down, and judged again elsewhere."""
    with Bench("driver", SETTINGS) as bench:
        well(bench)
        restart(bench)
        place = ("--state-dir", bench.daemon.state_dir)
        status, text = bench.daemon.ctl("export", *place)
        rows = text.splitlines()
        check(status == 0 and rows[0].startswith("t_wall,t_mono,boot_id,probe,status,lat_us,"
                                                 "others,evid,sel_entries,foreign,firmware"),
              "export writes the columns while the daemon runs", rows[:2])
        bench.daemon.stop()
        path = os.path.join(bench.folder, "export.csv")
        status, text = bench.daemon.ctl("export", "sim", "--csv", path, *place)
        with open(path, encoding="ascii") as file:
            rows = file.read().splitlines()
        count = database(bench).execute("SELECT sum(count) FROM trend_piece").fetchone()[0]
        check(status == 0 and len(rows) == count + 1, "every sample is a row", (len(rows), count))
        status, text = bench.daemon.ctl("replay", "--csv", path)
        by_file = last_event(text)
        check(status == 0 and by_file["event"] == "reset" and
              by_file["evidence"] == ["device-unavailable"], "replayed, it tells the same", text)
        status, text = bench.daemon.ctl("replay", "--from-store", *place)
        check(status == 0 and last_event(text) == by_file, "from the store, too", text)
        check(bench.daemon.ctl("export", "nobody", *place)[0] == 64, "an unknown target is 64")
        check(bench.daemon.ctl("export", "--since", "soon", *place)[0] == 64,
              "so is a time that is none")
        status, text = bench.daemon.ctl("export", "--csv", "--since", "2099-01-01", *place)
        check(status == 0 and len(text.splitlines()) == 1, "--since leaves out what is older", text)
        check(bench.daemon.ctl("replay", "--from-store", "--csv", path)[0] == 64,
              "one source at a time")
        bench.daemon.start()


@scenario()
def host_restarted():
    """A restart of the host is seen by the boot id that the unit hands over."""
    os.environ["BMCHEALTHD_BOOT_ID"] = 32 * "1"
    with Bench("driver", SETTINGS) as bench:
        well(bench)
        restart(bench)
        os.environ["BMCHEALTHD_BOOT_ID"] = 32 * "2"
        bench.daemon.stop()
        bench.daemon.start()
        wait_for("commands", lambda: bench.daemon.target().get("commands_sent", 0) > 30, 30)
        bench.daemon.stop()
        rows = bench.daemon.ctl("export", "--state-dir", bench.daemon.state_dir)[1].splitlines()
        seen = [row.split(",")[2] for row in rows[1:]]
        check(len(set(seen)) == 2 and seen == sorted(seen, key=seen.index),
              "the rows of each boot have its id", set(seen))
        check("boot id" not in bench.daemon.text(), "nothing is amiss", bench.daemon.text())
        os.environ["BMCHEALTHD_BOOT_ID"] = "soon"
        bench.daemon.start()
        check(becomes(lambda: "the boot id cannot be had" in bench.daemon.text()),
              "what is no boot id is told", bench.daemon.text())


@scenario()
def drawn():
    """The history as a chart, as figures and as a picture."""
    with Bench("driver", SETTINGS) as bench:
        well(bench)
        wait_for("readings", lambda: bench.faults.stat()["by"].get("04:2d", 0) > 2, 30)
        restart(bench)
        bench.daemon.stop()
        place = ("--state-dir", bench.daemon.state_dir)
        status, text = bench.daemon.ctl("history", *place)
        check(status == 0 and "sim: Get Device ID" in text and "restart (95 % sure): "
              "device-unavailable" in text, "a chart with the restart", text)
        check("\033" not in text, "no colours into a pipe", text)
        status, text = bench.daemon.ctl("history", "--command", "sensor", "--json", *place)
        told = json.loads(text)
        check(status == 0 and told["command"] == "Get Sensor Reading" and told["samples"] > 0 and
              told["hours"][0]["q50_us"] > 0 and
              told["restarts"][0]["known_by"] == ["device-unavailable"] and
              "controller-reset" in [entry["kind"] for entry in told["findings"]],
              "JSON has hours, restarts, findings", text)
        status, text = bench.daemon.ctl("history", "--csv", *place)
        check(status == 0 and text.startswith("time,samples,timeouts,q20_us,q50_us,q90_us\n"),
              "CSV has hours", text)
        check(bench.daemon.ctl("history", "--command", "odd", *place)[0] == 64,
              "an unknown command is 64")
        path = os.path.join(bench.folder, "history.svg")
        if shutil.which("gnuplot"):
            status, text = bench.daemon.ctl("history", "--svg", path, *place)
            with open(path, encoding="utf-8") as file:
                check(status == 0 and "<svg" in file.read(), "gnuplot draws a picture", text)
        else:
            check(bench.daemon.ctl("history", "--svg", path, *place)[0] == 3,
                  "without gnuplot there is no picture")
        bench.daemon.start()


def abs_seconds(one, other):
    """Between two times of one day, as the status has them."""
    def seconds(text):
        hours, minutes, rest = text[11:19].split(":")
        return int(hours) * 3600 + int(minutes) * 60 + int(rest)
    return 99999 if not one or not other else abs(seconds(one) - seconds(other))


if __name__ == "__main__":
    tap.main(needs=("ipmi_sim", "sdrcomp"))
