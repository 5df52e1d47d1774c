#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bmchealthd-winevt and bmchealthd together: what shippers write becomes findings, each event
counts once, whatever is rotated, torn, killed, or comes by two ways."""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(os.path.dirname(HERE), "winevt"))
import mkevtx               # noqa: E402
from bench import build_dir, merged  # noqa: E402
from reader import FORMATS, Reader, json_line, rfc3339, sample, xml_event  # noqa: E402
import winevt                # noqa: E402
from tap import Skip, becomes, check, main, need, note, scenario, stays, wait_for  # noqa: E402
from winevt import windows  # noqa: E402

ON = {"winevt": {"enabled": True, "events_per_minute": 6000}}
HOST = "srv01.example.test"
MINUTE = 60


def running(settings=None):
    """A daemon that only listens for Windows hosts."""
    if not os.access(os.path.join(build_dir(), "bmchealthd-winevt"), os.X_OK):
        raise Skip("bmchealthd-winevt is not built (--enable-winevt)")
    return winevt.running(merged(ON, settings or {}))


def heard(daemon, events, seconds=30):
    """Until so many events have been taken; and no more come."""
    wait_for(f"{events} events", lambda: windows(daemon).get("events", 0) >= events, seconds)
    return stays(lambda: windows(daemon).get("events", 0) == events, 0.7)


def write(path, text, how="a"):
    """To a file, whole."""
    with open(path, how, encoding="utf-8", newline="") as file:
        file.write(text)


def fresh(text, record):
    """A sample's text as if its event had just happened, by this host's clock."""
    now = time.time() - 2 * MINUTE
    utc, local = time.gmtime(now), time.gmtime(now + 3600)
    text = re.sub(r"20(26|12)-(11|05)-(20|10)T06:54:06", time.strftime("%Y-%m-%dT%H:%M:%S", utc), text)
    for clock in (utc, local):
        hour = "06" if clock is utc else "07"
        text = text.replace(f"2026-11-20T{hour}:54:06", time.strftime("%Y-%m-%dT%H:%M:%S", clock))
        text = text.replace(f"2026-11-20 {hour}:54:06", time.strftime("%Y-%m-%d %H:%M:%S", clock))
        text = text.replace(f"Fri Nov 20 {hour}:54:06 2026",
                            time.strftime("%a %b %d %H:%M:%S %Y", clock))
    return text.replace("25374", str(record)).replace("SRV01", f"SRV{record}")


@scenario()
def formats():
    """The sample of every format becomes a finding: 1000 is one at the first event"""
    names = sorted(os.listdir(FORMATS))
    with running() as daemon:
        spool = os.path.join(daemon.folder, "spool")
        os.mkdir(spool)
        with Reader(daemon, {"name": "spool", "kind": "folder", "path": spool,
                             "timezone": "+01:00"}) as reader:
            for i, name in enumerate(names):
                text = fresh(sample(name), 32000 + i).replace("1004", "1000")
                write(os.path.join(spool, "." + name), text)
                os.rename(os.path.join(spool, "." + name), os.path.join(spool, name))
            for i, name in enumerate(names):
                host = f"srv{32000 + i}.example.test"
                check(becomes(lambda h=host: "interface-lost" in daemon.findings(h)),
                      f"{name}: an event becomes a finding", (daemon.findings(host), reader.text()))


@scenario()
def once():
    """Each event counts once: over rotation, truncation, restarts, kills of either side"""
    with running() as daemon:
        path = os.path.join(daemon.folder, "events.json")
        count = 0

        def add(name=path, n=5):
            nonlocal count
            for _ in range(n):
                count += 1
                write(name, json_line(HOST, count, time.time() - 5))

        add()
        with Reader(daemon, {"name": "file", "path": path}) as reader:
            check(heard(daemon, count), "what was there is read", windows(daemon))
            add()
            check(heard(daemon, count), "and what is added", windows(daemon))
            os.rename(path, path + ".1")
            add(path + ".1")
            add()
            check(heard(daemon, count), "over a rotation, also what came late to the old file",
                  (windows(daemon), count))
            reader.kill()
            add()
            os.rename(path + ".1", path + ".3")
            os.rename(path, path + ".2")
            add()
            os.rename(path, path + ".1")
            add()
            reader.start()
            check(heard(daemon, count), "two rotations while it was killed lose nothing",
                  (windows(daemon), count, reader.text()))
            shutil.copy(path, path + ".copy.gz")
            os.truncate(path, 0)
            add()
            check(heard(daemon, count), "a truncated file is read from its beginning",
                  (windows(daemon), count))
            daemon.kill()
            add()
            time.sleep(0.5)
            reader.kill()
            reader.start()
            add()
            daemon.start()
            check(becomes(lambda: numbers(daemon) == count),
                  "both sides killed, and what happened meanwhile is counted once",
                  (numbers(daemon), count, reader.text()))
            for _ in range(4):
                add()
                time.sleep(0.13)
                reader.kill()
                add()
                reader.start()
            check(becomes(lambda: numbers(daemon) == count), "killed again and again",
                  (numbers(daemon), count))
            for _ in range(4):
                add()
                time.sleep(0.13)
                daemon.kill()
                add()
                daemon.start()
            check(becomes(lambda: numbers(daemon) == count, 30), "and so the daemon",
                  (numbers(daemon), count))


def numbers(daemon):
    """Time-outs of the host in a day, as the daemon counts them over restarts."""
    return daemon.target(HOST).get("timeouts_day", 0)


@scenario()
def torn():
    """Records that a rotation cuts are put together; what is torn costs itself alone"""
    with running() as daemon:
        path = os.path.join(daemon.folder, "events.log")
        first, second = json_line(HOST, 1, time.time()), xml_event(HOST, 2, time.time())
        with Reader(daemon, {"name": "file", "path": path}) as reader:
            write(path, first[:150])
            check(stays(lambda: windows(daemon).get("events", 0) == 0, 1), "half a line waits")
            os.rename(path, path + ".1")
            write(path, first[150:] + json_line(HOST, 3, time.time()))
            check(heard(daemon, 2), "a line that a rotation cut is one event",
                  (windows(daemon), reader.text()))
            write(path, second[:200])
            time.sleep(0.5)
            reader.kill()
            os.rename(path, path + ".2")
            write(path, second[200:])
            reader.start()
            check(heard(daemon, 3), "so is an event in XML, though the reader was killed between",
                  (windows(daemon), reader.text()))
            write(path, "{\"torn\": \n" + "x" * 100000 + "\n<Event><System>\n" +
                  json_line(HOST, 4, time.time()) + xml_event(HOST, 5, time.time()) +
                  "Nov 23 10:00:00 host sshd[1]: mixed\n" + json_line(HOST, 6, time.time()))
            check(heard(daemon, 6), "lines, XML and garbage in one file",
                  (windows(daemon), reader.text()))
            write(path, first[:100])
            time.sleep(0.5)
            os.truncate(path, 0)
            write(path, json_line(HOST, 7, time.time()))
            check(heard(daemon, 7), "what a truncation cut is lost, the next is not",
                  (windows(daemon), reader.text()))
            check("skipped" in reader.text(), "what was skipped is said", reader.text())


@scenario()
def rotated_names():
    """What logrotate calls a rotated file is read as one, what others leave beside it is not"""
    with running() as daemon:
        path = os.path.join(daemon.folder, "events.json")
        count = 0

        def add(name):
            nonlocal count
            count += 1
            write(name, json_line(HOST, count, time.time()))

        add(path)
        with Reader(daemon, {"name": "file", "path": path}) as reader:
            check(heard(daemon, count), "the file is read", windows(daemon))
            for suffix in (".1", "-20261123", "-20261123-1795420800", "-2026-11-23T10_00.00Z", ".12"):
                reader.kill()
                add(path)
                os.rename(path, path + suffix)
                add(path)
                reader.start()
                check(heard(daemon, count), f"over a rotation to NAME{suffix}",
                      (windows(daemon), count, reader.text()))
            for i, suffix in enumerate((".swp", "-1.gz", ".1.xz", ".orig", "-old",
                                        ".2026-11-23.bak", "~", ".", "-", "-T")):
                write(path + suffix, json_line("stray.example.test", i, time.time()))
            os.rename(path, path + ".2")
            add(path)
            check(becomes(lambda: numbers(daemon) == count, 30), "and to NAME.2",
                  (numbers(daemon), count, reader.text()))
            check(windows(daemon)["hosts"] == 1, "what is none of these is not read",
                  (windows(daemon), reader.text()))


@scenario()
def two_ways():
    """The same events by two ways, in two formats, count once"""
    with running() as daemon:
        spool = os.path.join(daemon.folder, "spool")
        path = os.path.join(daemon.folder, "events.json")
        os.mkdir(spool)
        when = time.time() - MINUTE
        with Reader(daemon, {"name": "file", "path": path},
                    {"name": "spool", "kind": "folder", "path": spool}) as reader:
            for record in range(1, 51):
                write(path, json_line(HOST.upper(), record, when + record))
            check(heard(daemon, 50), "the first way", windows(daemon))
            write(os.path.join(spool, "a.xml"),
                  "".join(xml_event(HOST, record, when + record) for record in range(1, 61)))
            check(heard(daemon, 60), "of the second only what is new", windows(daemon))
            reader.kill()
            write(os.path.join(spool, "b.xml"),
                  "".join(xml_event(HOST, record, when + record) for record in range(1, 71)))
            reader.start()
            check(heard(daemon, 70), "also after a restart", windows(daemon))


@scenario()
def sockets():
    """A socket takes many senders; one that stalls holds nobody up"""
    with running() as daemon:
        path = os.path.join(daemon.folder, "in.sock")
        with Reader(daemon, {"name": "in", "kind": "socket", "path": path}) as reader:
            with socket.socket(socket.AF_UNIX) as stalled, socket.socket(socket.AF_UNIX) as sender:
                stalled.connect(path)
                stalled.sendall(json_line(HOST, 1, time.time())[:80].encode())
                sender.connect(path)
                for record in range(2, 12):
                    sender.sendall(json_line(HOST, record, time.time()).encode())
                check(heard(daemon, 10), "others are heard beside it", windows(daemon))
                crowd = [socket.socket(socket.AF_UNIX) for _ in range(30)]
                for one in crowd:
                    one.connect(path)
                sender.sendall(json_line(HOST, 12, time.time()).encode())
                check(heard(daemon, 11), "and beside a crowd", windows(daemon))
                check(reader.text().count("16 senders are connected") == 1 and
                      f"to {path}: more are refused until one of them ends" in reader.text(),
                      "that some of it was refused is told, once", reader.text())
                stalled.sendall(json_line(HOST, 1, time.time())[80:].encode())
                check(heard(daemon, 12), "when it goes on its event is whole", windows(daemon))
                for one in crowd:
                    one.close()
            check(reader.rss_kib() < reader.rss_most(), "in little memory", reader.rss_kib())


@scenario()
def backfill():
    """Months of history raise nothing, then there is one verdict"""
    with running() as daemon:
        spool = os.path.join(daemon.folder, "spool")
        os.mkdir(spool)
        now = time.time()
        lines, record = [], 0
        for hour in range(90 * 24, 8, -1):
            for _ in range(10):
                record += 1
                lines.append(json_line("old.example.test", record, now - hour * 3600 + record % 3000))
        for minutes in (50, 40, 30):
            record += 1
            lines.append(json_line("ill.example.test", record, now - minutes * MINUTE))
        write(os.path.join(spool, "all.json"), "".join(lines))
        with Reader(daemon, {"name": "spool", "kind": "folder", "path": spool}) as reader:
            daemon.wait_finding("timeouts-frequent", name="ill.example.test", seconds=60)
            check(heard(daemon, record), "all of it is taken", (windows(daemon), record))
            told = daemon.lines("example.test")
            check(len([line for line in told if "ill.example" in line]) == 1,
                  "one verdict on how things stand", told)
            check(len([line for line in told if "old.example" in line]) <= 1,
                  "and no storm of old ones", told)
            note(f"reader: {reader.rss_kib()} KiB")


@scenario()
def imports():
    """bmchealthctl winevt import: a file's history, once, and decode prints it"""
    with running() as daemon:
        path = os.path.join(daemon.folder, "System.evtx")
        events = list(mkevtx.make_events(2000, 0.3, 5))
        mkevtx.write_log(path, *mkevtx.make_log(events))
        wanted = [mkevtx.truth(event) for event in events if event["provider"] == "IPMIDRV"]
        with Reader(daemon) as reader:
            code, out, err = reader.ctl("import", path)
            known = sum(1 for event in wanted if 1000 <= event["event_id"] <= 1007)
            check(code == 0 and f"{known} events are in the history now, 0 were known" in out,
                  "the import says what came of it", (code, out, err, known))
            check(windows(daemon)["events"] + windows(daemon)["events_of_the_future"] == known,
                  "and then it is there", windows(daemon))
            code, out, err = reader.ctl("import", path)
            check(code == 0 and f"0 events are in the history now, {known} were known" in out,
                  "a second time it adds nothing", (code, out, err))
            code, out, err = reader.ctl("import", "/dev/null")
            check(code == 66 and "/dev/null" in err, "a device is no file", (code, err))
            code, out, err = reader.ctl("import", "--host", "renamed.example.test", path)
            check(code == 0 and f"{known} events" in out, "--host makes them another host's",
                  (code, out, err))
            code, out, err = reader.ctl("decode", path)
            check(code == 0 and [json.loads(line) for line in out.splitlines()] == wanted,
                  "decode prints them in the order of the file", (code, err))
            refusals(daemon, reader, path)
            if os.geteuid() == 0:
                secret = os.path.join(daemon.folder, "secret.json")
                write(secret, json_line(HOST, 1, time.time()))
                os.chmod(secret, 0o600)
                code, out, err = reader.ctl("decode", secret)
                check(code == 0 and HOST in out, "root's own files are decoded", (code, err))
            damaged = path + ".damaged"
            with open(path, "rb") as file:
                data = bytearray(file.read())
            data[4096 + 4000:4096 + 4100] = bytes(100)
            with open(damaged, "wb") as file:
                file.write(data)
            code, out, err = reader.ctl("decode", damaged)
            check(code == 65 and "skipped" in err and out, "damage is counted, the rest printed",
                  (code, err))
            code, out, err = reader.ctl("decode", "-", stdin=b"good news\n")
            check(code == 0 and not out and "no event of IPMIDRV" in err,
                  "that there is nothing to print is said", (code, out, err))
            code, out, err = reader.ctl("decode", "/nowhere/x.evtx")
            check(code == 66 and "No such file" in err, "a file that is missing is named",
                  (code, err))


def refusals(daemon, reader, log):
    """Of names, formats and events that cannot be."""
    for host in ("bad host!", "", ".x", "x" * 128):
        code, out, err = reader.ctl("import", "--host", host, log)
        check(code == 64 and not out and "no computer's name" in err,
              f"--host {host[:9]!r} is refused", (code, out, err))
    path, now = os.path.join(daemon.folder, "odd.json"), time.time()
    write(path, json_line("odd.example.test", 1, now - 5) + json_line("bad host!", 2, now) +
          json_line("odd.example.test", 3, now + 7200) + json_line("", 4, now) +
          json_line("odd.example.test", 5, now)[:99] + "}\n")
    code, out, err = reader.ctl("import", path)
    check(code == 65 and "1 events are in the history now, 0 were" in out,
          "what the daemon would not take is not counted", (code, out, err))
    for why in ("a name no computer has", "more than 5 minutes in the future",
                "no computer's name", "not well-formed"):
        check(f"{path}: 1 skipped: {why}" in err, f"told: {why}", err)
    write(path, xml_event(HOST, 1, now), "w")
    for action in ("decode", "import"):
        code, out, err = reader.ctl(action, "--format", "xml", log)
        check(code == 65 and not out and f"{log}: is an event log (evtx), not xml" in err,
              f"{action}: an event log is not taken for XML", (code, out, err))
        code, out, err = reader.ctl(action, "--format", "evtx", path)
        check(code == 65 and not out and f"{path}: is no event log (evtx)" in err,
              f"{action}: nor XML for an event log", (code, out, err))
        code, out, err = reader.ctl(action, "--format", "yaml", path)
        check(code == 64 and "auto, evtx, xml, json, syslog, mixed" in err,
              f"{action}: a format nobody knows", (code, out, err))
    code, out, err = reader.ctl("import", "--timezone", "Mars/Olympus", path)
    check(code == 64 and "Europe/Berlin" in err, "a zone nobody knows", (code, out, err))


@scenario()
def decoding():
    """decode takes a file or a pipe, and says when its output goes nowhere"""
    with running() as daemon:
        reader = Reader(daemon)
        path = os.path.join(daemon.folder, "System.evtx")
        mkevtx.write_log(path, *mkevtx.make_log(list(mkevtx.make_events(2000, 0.5, 7))))
        whole = reader.ctl("decode", path)
        check(whole[0] == 0 and len(whole[1].splitlines()) > 500, "a file", whole[2])
        with open(path, "rb") as file:
            data = file.read()
        check(reader.ctl("decode", "-", stdin=data) == whole, "an event log from a pipe is known")
        check(reader.ctl("decode", "--format", "evtx", "-", stdin=data) == whole, "told or not")
        code, out, err = reader.ctl("decode", "-", stdin=data[:4096])
        check((code, out) == (0, "") and "no event of IPMIDRV" in err, "a log without a record",
              (code, out, err))
        code, out, err = reader.ctl("decode", "-", stdin=data[:4000])
        check(code == 65 and "neither" in err, "half a header is no log", (code, out, err))
        with open("/dev/full", "wb") as full:
            code, _, err = reader.ctl("decode", path, stdout=full)
        check(code == 74 and "standard output: No space left" in err, "a full disk is said",
              (code, err))
        ends = os.pipe()
        os.close(ends[0])
        code, _, err = reader.ctl("decode", path, path, stdout=ends[1])
        os.close(ends[1])
        check(code == 3 and "signal" not in err, "a closed pipe is no accident", (code, err))
        for place, word in (("/dev/zero", "not supported"), (daemon.folder, "Is a directory"),
                            ("/proc/1/mem", "")):
            code, out, err = reader.ctl("decode", place)
            check(code == 66 and not out and word in err, f"{place} is no file", (code, out, err))
        with open("/dev/zero", "rb") as zeros:
            code, out, err = reader.ctl("decode", "-", stdin=zeros.read(1 << 20))
        check(code == 65 and not out, "nor are zeros", (code, out, err))


@scenario()
def without_package():
    """Without bmchealthd-winevt, decode and import name the package"""
    with running() as daemon:
        reader = Reader(daemon)
        reader.program = "/nowhere/bmchealthd-winevt"
        path = os.path.join(daemon.folder, "x")
        write(path, "x\n")
        code, _, err = reader.ctl("decode", path)
        check(code == 69 and "package bmchealthd-winevt" in err, "decode does", (code, err))
        code, _, err = reader.ctl("import", path)
        check(code == 3 and "package bmchealthd-winevt" in err, "import does", (code, err))


@scenario()
def growing_log():
    """An event log that still grows, is replaced by a newer copy, and is renamed"""
    with running() as daemon:
        spool = os.path.join(daemon.folder, "spool")
        os.mkdir(spool)
        events = [dict(event, event_id=1004, provider="IPMIDRV", computer=HOST)
                  for event in mkevtx.make_events(600, 1.0, 9)]
        path = os.path.join(spool, "System.evtx")

        def put(count, name=path):
            mkevtx.write_log(name + ".new", *mkevtx.make_log(events[:count]))
            os.rename(name + ".new", name)

        with Reader(daemon, {"name": "spool", "kind": "folder", "path": spool,
                             "pattern": "*.evtx"}) as reader:
            put(200)
            seen = wait_for("events", lambda: everything(daemon) >= 200 and everything(daemon), 30)
            check(seen == 200, "a copy is read", (windows(daemon), reader.text()))
            put(450)
            check(becomes(lambda: everything(daemon) == 450), "of a newer copy what is new",
                  (windows(daemon), reader.text()))
            os.rename(path, os.path.join(spool, "Archive.evtx"))
            check(stays(lambda: everything(daemon) == 450, 1.5), "renamed, it is known",
                  windows(daemon))


def everything(daemon):
    """Events that came in, whatever became of them."""
    w = windows(daemon)
    return sum(w.get(key, 0) for key in ("events", "events_of_the_future", "events_discarded",
                                         "events_misnamed", "events_held_back"))


@scenario()
def many_hosts():
    """Ten thousand hosts: all are known, the reader's memory is bounded, one more makes room"""
    with running() as daemon:
        path = os.path.join(daemon.folder, "events.json")
        when = time.time() - 30
        write(path, "".join(json_line(f"h{i:05d}.example.test", 1, when) for i in range(10050)))
        with Reader(daemon, {"name": "file", "path": path}) as reader:
            wait_for("10,050 events", lambda: windows(daemon).get("events", 0) >= 10050, 60)
            w = windows(daemon)
            check(w["hosts"] == 10000 and w["hosts_that_made_room"] >= 50, "the limit holds", w)
            daemon.wait_line("more than 10000 Windows hosts")
            check(reader.rss_kib() < reader.rss_most(), "in little memory", reader.rss_kib())
            note(f"reader: {reader.rss_kib()} KiB")


@scenario()
def hostile_places():
    """Links, pipes and devices in place of a file are refused; other inputs go on"""
    with running() as daemon:
        spool = os.path.join(daemon.folder, "spool")
        os.mkdir(spool)
        os.mkfifo(os.path.join(spool, "pipe"))
        os.symlink("/etc/passwd", os.path.join(spool, "link"))
        link = os.path.join(daemon.folder, "link.json")
        os.symlink("/etc/passwd", link)
        with Reader(daemon, {"name": "spool", "kind": "folder", "path": spool},
                    {"name": "link", "path": link},
                    {"name": "gone", "path": "/nowhere/x"}) as reader:
            write(os.path.join(spool, "a.json"), json_line(HOST, 1, time.time()))
            check(heard(daemon, 1), "the good one is read", (windows(daemon), reader.text()))
            need("input link: " in reader.text(), "the link is told", reader.text())


@scenario()
def advice():
    """Of an input that cannot be opened it is said what to do about just that"""
    with running() as daemon:
        folder, file, link, pipe = (os.path.join(daemon.folder, name) for name in
                                    ("folder", "file.json", "link.json", "pipe"))
        os.mkdir(folder)
        write(file, "x\n")
        os.symlink(file, link)
        os.mkfifo(pipe)
        told = {
            "a": ("file", folder, "Is a directory", 'kind = "folder" reads the files'),
            "b": ("folder", file, "Not a directory", 'kind = "file" reads one file'),
            "c": ("file", link, "symbolic links", "give the path it leads to"),
            "d": ("file", pipe, "not supported", "only a regular file is read"),
            "e": ("socket", "/nowhere/in.sock", "No such file", "folder, /run/bmchealthd-winevt"),
            "f": ("socket", "/proc/in.sock", "", "folder, /run/bmchealthd-winevt"),
            "g": ("file", file + "/x", "Not a directory", ""),
        }
        with Reader(daemon, *({"name": name, "kind": kind, "path": path}
                              for name, (kind, path, _, _) in told.items())) as reader:
            for name, (kind, path, why, what) in told.items():
                start = f"input {name}: {path}: "
                line = wait_for(start, lambda s=start: next(
                    (one for one in reader.text().splitlines() if s in one), ""))
                check(why in line and ("Next: " in line) == bool(what) and what in line and
                      "namei" not in line, f"{kind} {os.path.basename(path)}", line)


@scenario()
def garbage():
    """What is no text, a line without an end, times and names that cannot be: the rest is read"""
    with running() as daemon:
        path = os.path.join(daemon.folder, "events.json")
        other = os.path.join(daemon.folder, "other.json")
        with open(path, "wb") as file:
            file.write(b"\0\1\2" * 2000)
        now = time.time()
        with Reader(daemon, {"name": "file", "path": path},
                    {"name": "other", "path": other}) as reader:
            for _ in range(20):
                write(other, "x" * 1000000)
            write(other, "\n" + json_line(HOST, 1, now) + "\0" * 300000 + "\n" +
                  json_line(HOST, 2, now))
            check(heard(daemon, 2), "behind 20 MB without a newline, and NULs", reader.text())
            write(other, "".join(json_line(HOST, 10 + i, when) for i, when in
                                 enumerate((0, 1, 3599, 4102444800, now + 2 * 86400))))
            write(other, "".join(json_line(name, 30 + i, now) for i, name in enumerate(
                ("a" * 64, "a" * 255, "a" * 256, "b\x01c", "b\u00e4", "x y", "..", "-", "<b>",
                 "a/b", "a\nb", "%s%n", ""))))
            write(other, json_line(HOST, 50, now))
            check(becomes(lambda: daemon.target(HOST).get("timeouts_hour") == 3),
                  "behind times and names that cannot be", (daemon.target(HOST), windows(daemon)))
            check(windows(daemon)["events_of_the_future"] == 0, "the future is not even sent",
                  windows(daemon))
            need(becomes(lambda: "neither an event log nor text" in reader.text()),
                 "what is no text is told", reader.text())
            os.rename(path, path + ".1")
            write(path, json_line("late.example.test", 1, now, 1000))
            daemon.wait_finding("interface-lost", name="late.example.test", seconds=15)
            check("input file is read again" in reader.text(),
                  "what comes in its place is read", reader.text())


@scenario()
def skipped_in():
    """Of what a folder's files cost it is said which file, and in how many"""
    with running() as daemon:
        spool = os.path.join(daemon.folder, "spool")
        os.mkdir(spool)
        good = json_line(HOST, 1, time.time())
        local = ('{"SourceName":"IPMIDRV","EventID":1004,"Hostname":"h","RecordNumber":1,'
                 '"EventTime":"2026-11-20 06:54:06","Channel":"System","EventType":"WARNING"}\n')
        for name, text in (("a.json", local + good), ("b.json", good), ("c.json", good[:90] + "}\n"),
                           ("d.json", json_line("bad host!", 2, time.time())), ("e.json", good)):
            write(os.path.join(spool, name), text)
        with Reader(daemon, {"name": "spool", "kind": "folder", "path": spool}) as reader:
            line = ("input spool: files in which something was skipped or dropped: 3, the last of "
                    f"them {spool}/d.json")
            check(becomes(lambda: line in reader.text()), "the files", reader.text())
            check("input spool: 1 skipped: local time without a zone. Next: set the input's "
                  "timezone\n" in reader.text() and "--timezone" not in reader.text(),
                  "a service is given no option of a command", reader.text())
            write(os.path.join(spool, "a.json"), "{\"IPMIDRV\"\n" + json_line(HOST, 3, time.time()))
            check(heard(daemon, 2) and reader.text().count("files in which") == 1,
                  "not at each of them", reader.text())


@scenario()
def silent():
    """An input that gives nothing says so once: it may be well, or a slip"""
    with running() as daemon:
        path, other = (os.path.join(daemon.folder, name) for name in ("good.json", "none.json"))
        write(path, json_line(HOST, 1, time.time()))
        write(other, '{"a":1}\n')
        with Reader(daemon, {"name": "format", "path": path, "format": "xml"},
                    {"name": "hosts", "path": path, "hosts": "*.wrong.test"},
                    {"name": "none", "path": other}) as reader:
            said = ('all 1 events are of hosts that hosts = "*.wrong.test" leaves out',
                    "input format: 1 KiB read, no event of IPMIDRV yet", "input none: 1 KiB read")
            check(becomes(lambda: all(line in reader.text() for line in said)),
                  "a format, a pattern, nothing there", reader.text())
            write(other, '{"a":1}\n')
            write(path, json_line(HOST, 2, time.time()))
            write(other, json_line(HOST, 3, time.time()))
            check(heard(daemon, 1) and reader.text().count("KiB read") == 2, "once",
                  reader.text())


@scenario()
def folders():
    """Folders that go and come again; one that holds a great many files"""
    with running() as daemon:
        first, second = (os.path.join(daemon.folder, name) for name in ("first", "second"))
        path = os.path.join(first, "events.json")
        os.mkdir(second)
        write(os.path.join(second, "00000"), "x\n")
        for i in range(1, 20010):       # links are quicker made than files
            os.link(os.path.join(second, "00000"), os.path.join(second, f"{i:05d}"))
        with Reader(daemon, {"name": "file", "path": path},
                    {"name": "spool", "kind": "folder", "path": second},
                    {"name": "none", "kind": "folder", "path": first + "-2"}) as reader:
            check(becomes(lambda: reader.text().count("is not there yet; waits for it") == 2),
                  "what is not there yet is told", reader.text())
            check(becomes(lambda: "more than 20000 files" in reader.text(), 30),
                  "there is a limit, and it is told", reader.text())
            os.mkdir(first)
            write(path, json_line(HOST, 1, time.time()))
            check(heard(daemon, 1), "a folder that comes later", reader.text())
            check("input file is there now" in reader.text() and
                  reader.text().count("waits for it") == 2, "told, too, and once", reader.text())
            shutil.rmtree(first)
            shutil.rmtree(second)
            time.sleep(0.5)
            for i, folder in enumerate((first, second)):
                os.mkdir(folder)
                write(os.path.join(folder, "events.json"), json_line(HOST, 2 + i, time.time()))
            check(heard(daemon, 3, 15), "folders that went and came again", reader.text())


@scenario()
def junk_grows():
    """Of a file that is no log and grows the folder says so once, and once of the next"""
    with running() as daemon:
        spool = os.path.join(daemon.folder, "spool")
        path = os.path.join(spool, "core")
        os.mkdir(spool)
        with Reader(daemon, {"name": "spool", "kind": "folder", "path": spool}) as reader:
            for _ in range(8):
                write(path, "\0\1\2" * 2000)
                time.sleep(0.4)
            check(reader.text().count("core: ") == 1, "once, however it grows", reader.text())
            write(os.path.join(spool, ".new"), "\0\1\2" * 2000)
            os.rename(os.path.join(spool, ".new"), path)
            check(becomes(lambda: reader.text().count("core: ") == 2),
                  "another file in its place is told", reader.text())
            os.unlink(path)
            time.sleep(1)
            write(path, "\0\1\2" * 2000)
            check(becomes(lambda: reader.text().count("core: ") == 3),
                  "so is one that comes after it was gone", reader.text())
            write(path, json_line(HOST, 1, time.time()), "w")
            check(heard(daemon, 1), "and what is a log by now is read", reader.text())


@scenario(120)
def caps():
    """A host that floods is capped, others are not; hosts are filtered"""
    with running() as daemon:
        path = os.path.join(daemon.folder, "events.json")
        minute = time.time() // 60 * 60 - 120
        write(path, "".join(json_line("flood.example.test", i, minute + i % 50)
                            for i in range(500)) +
              json_line("good.example.test", 1, minute) + json_line("other.test", 1, minute))
        with Reader(daemon, {"name": "file", "path": path, "hosts": "*.example.TEST",
                             "events_per_minute": 100}) as reader:
            check(heard(daemon, 101), "a hundred and one", (windows(daemon), reader.text()))
            check(becomes(lambda: "400 events dropped" in reader.text(), 70),
                  "the rest is said, when the minute is over", reader.text())
            write(path, "".join(json_line("flood.example.test", 1000 + i, minute + 60)
                                for i in range(250)) +
                  json_line("good.example.test", 2, minute + 60))
            check(heard(daemon, 202), "a second flood", (windows(daemon), reader.text()))
            code, out, err = reader.ctl("import", path)
            check(code == 0 and "551 events are in the history now, 202 were known" in out,
                  "an import brings what was dropped", (code, out, err))
        check("150 events dropped" in reader.text() and
              reader.text().count("events dropped") == 2, "is said as well, at the end at least",
              reader.text())


@scenario()
def from_stdin():
    """Standard input: a pipe that never ends, and one that does"""
    with running() as daemon:
        ends = os.pipe()
        reader = Reader(daemon, {"name": "pipe", "kind": "stdin"})
        reader.stdin = ends[0]
        with reader:
            os.close(ends[0])
            line = json_line(HOST, 1, time.time()).encode()
            os.write(ends[1], line[:100])
            check(stays(lambda: windows(daemon).get("events", 0) == 0, 0.7), "half a line waits")
            os.write(ends[1], line[100:] + xml_event(HOST, 2, time.time()).encode())
            check(heard(daemon, 2), "what comes is told at once", (windows(daemon), reader.text()))
            os.write(ends[1], json_line(HOST, 3, time.time()).rstrip().encode())
            os.close(ends[1])
            check(heard(daemon, 3), "the last line needs no newline", windows(daemon))


JOURNAL_KEY = "BMC_TEST_JOURNALD"


def say(identifier, text):
    """To the journal."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.sendto(f"SYSLOG_IDENTIFIER={identifier}\nMESSAGE={text.strip()}\n".encode(),
                    "/run/systemd/journal/socket")


def journal_text():
    """What everybody said there, the reader, too."""
    return subprocess.run(["journalctl", "--quiet", "--no-pager", "-o", "cat"], check=True,
                          capture_output=True, text=True).stdout


@scenario()
def from_journal():
    """Messages in the journal, which rsyslog or a sender wrote there, once each"""
    if not os.environ.get(JOURNAL_KEY):     # a journald of its own around this very scenario
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [os.path.join(HERE, "journald/with-journald"), os.path.join(folder, "out"),
                 sys.executable, os.path.abspath(__file__), "--scenario", "from_journal"],
                env=dict(os.environ, **{JOURNAL_KEY: "1"}), capture_output=True, text=True,
                check=False)
        if done.returncode == 77:
            raise Skip(done.stderr.strip())
        print(done.stdout, end="", flush=True)
        need(done.returncode == 0, "it ran", done.stderr)
        return
    with running() as daemon:
        for record in range(1, 6):
            say("IPMIDRV", json_line(HOST, record, time.time()))
        say("other", json_line(HOST, 99, time.time()))
        hidden = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", "/run/log"], check=False)
        with Reader(daemon, {"name": "journal", "kind": "journal",
                             "identifier": "IPMIDRV"}) as reader:
            if hidden.returncode == 0:      # it is asked once it can be seen again
                subprocess.run(["umount", "/run/log"], check=True)
                check(becomes(lambda: "not there yet; waits for it" in journal_text()),
                      "without a journal it waits for one", journal_text())
            check(heard(daemon, 5), "what was there", (windows(daemon), reader.text()))
            say("IPMIDRV", fresh(sample("nxlog_rfc5424.log"), 32001))
            check(heard(daemon, 6), "what comes, a line of syslog", (windows(daemon), reader.text()))
            for record in range(6, 206):
                say("IPMIDRV", json_line(HOST, record, time.time()))
                if record == 100:
                    reader.kill()
            reader.start()
            check(heard(daemon, 206), "over a kill, each once", (windows(daemon), reader.text()))


@scenario()
def first_start():
    """Its folder is made before its inputs are opened, and a second reader leaves it alone"""
    with running() as daemon:
        reader = Reader(daemon)
        path = os.path.join(reader.own_dir, "in.sock")
        other = Reader(daemon)
        other.state_dir, other.log = reader.state_dir + "-2", reader.log + "-2"
        reader.inputs = [{"name": "in", "kind": "socket", "path": path}]
        check(not os.path.exists(reader.own_dir), "nothing is there")
        with reader:
            with socket.socket(socket.AF_UNIX) as sender:
                sender.connect(path)
                sender.sendall(json_line(HOST, 1, time.time()).encode())
            check(heard(daemon, 1), "a socket in it is heard", reader.text())
            status = other.run_for(15)
            check(status == 1 and "another bmchealthd-winevt runs" in other.text(),
                  "a second reader refuses, though its state is another", (status, other.text()))
            file = os.path.join(daemon.folder, "more.json")
            write(file, json_line(HOST, 2, time.time()))
            code, out, err = reader.ctl("import", file)
            check(code == 0 and "1 events" in out, "and the first one still takes imports",
                  (code, out, err))
        check(not os.path.exists(path), "its socket goes with it")


@scenario()
def taken_sockets():
    """A socket that somebody listens on is left alone, one of a killed reader is not"""
    with running() as daemon:
        names = ("stream", "packets", "left", "file")
        paths = {name: os.path.join(daemon.folder, name + ".sock") for name in names}
        with socket.socket(socket.AF_UNIX) as stream, \
                socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as packets:
            stream.bind(paths["stream"])
            stream.listen(0)
            packets.bind(paths["packets"])
            packets.listen(1)
            with socket.socket(socket.AF_UNIX) as left:
                left.bind(paths["left"])
            write(paths["file"], "x\n")
            with Reader(daemon, *({"name": name, "kind": "socket", "path": paths[name]}
                                  for name in names)) as reader:
                for name in ("stream", "packets", "file"):
                    check(f"input {name}: {paths[name]}: Address already in use; the other inputs "
                          "go on. Next: stop what listens there (ss -xlp)" in reader.text(),
                          f"{name}: it is told", reader.text())
                with socket.socket(socket.AF_UNIX) as sender:
                    sender.connect(paths["left"])
                    sender.sendall(json_line(HOST, 1, time.time()).encode())
                    check(heard(daemon, 1), "what was left is replaced", reader.text())
                reader.kill()
                reader.start()
                with socket.socket(socket.AF_UNIX) as sender:
                    sender.connect(paths["left"])
                    sender.sendall(json_line(HOST, 2, time.time()).encode())
                    check(heard(daemon, 2), "also after a kill", reader.text())
            check(sorted(name for name in names if os.path.exists(paths[name])) ==
                  ["file", "packets", "stream"], "what is others' stays")
            with socket.socket(socket.AF_UNIX) as other:
                other.settimeout(5)
                stream.settimeout(5)
                stream.accept()[0].close()
                other.connect(paths["stream"])
                check(stream.accept()[0].fileno() >= 0, "and is heard where it was")


@scenario()
def daemon_away():
    """Without the daemon both programs say what to do"""
    with running() as daemon:
        path = os.path.join(daemon.folder, "x.json")
        write(path, json_line(HOST, 1, time.time()))
        daemon.stop()
        hint = "Next: systemctl status bmchealthd; winevt.enabled must be set"
        with Reader(daemon) as reader:
            check(becomes(lambda: hint in reader.text()), "the reader does", reader.text())
            code, _, err = reader.ctl("import", path)
            check(code == 3 and hint in err, "an import does", (code, err))
        daemon.start()


def conflicts(reader):
    """Of inputs that cannot be, or not beside another."""
    def told(*inputs):
        reader.inputs = inputs
        reader.write_config()
        with os.popen(f"{reader.program} --config {reader.config} --run-dir "
                      f"{reader.daemon.run_dir} --check-config 2>&1") as pipe:
            return pipe.read().replace(reader.config, "conf")
    path = "/run/" + "x" * 101
    file, folder, sock = ({"kind": kind, "path": path} for kind in ("file", "folder", "socket"))
    check(told(dict(sock, name="a", path=path + "x")) == "fine: 1 input\n", "a socket's path of 107 bytes")
    text = told(dict(sock, name="a", path=path + "xx"))
    check(text == "conf:1: input.path: that of a socket has at most 107 bytes\n", "not of 108", text)
    own = reader.own_dir.replace("/", "//") + "/import.sock"
    text = told(dict(sock, name="a", path=own))
    check("conf:1: input.path is the reader's own socket" in text, "nor that of imports", text)
    text = told({"name": "a", "kind": "stdin"}, {"name": "b", "kind": "stdin"})
    check(text == "conf:2: input.kind: input \"a\" has standard input already: remove one\n",
          "standard input is one input's", text)
    for kind in (file, folder, sock):
        text = told(dict(kind, name="a"), dict(kind, name="b", path=path.replace("n/", "n//")))
        check(text == 'conf:2: input.path: input "a" has that path already: remove one\n',
              f"so is the path of a {kind['kind']}", text)
    text = told(dict(folder, name="a"), dict(folder, name="b", pattern="*.evtx"),
                dict(file, name="c"), dict(file, name="d", hosts="*.example.test"),
                dict(file, name="e", path=path + "x"), dict(sock, name="f"),
                dict(file, name="g", kind="journal", identifier="x"),
                dict(file, name="h", kind="journal", identifier="y"))
    check(text == "fine: 8 inputs\n", "unless each takes another part of it", text)
    for sign in "*?":
        text = told({"name": "a", "path": f"/var/log/{sign}.json"})
        check("conf:1: input.path is one file" in text and "input.pattern" in text,
              f"a file has no {sign}", text)


@scenario()
def configuration():
    """Configuration mistakes are said by line"""
    with running() as daemon:
        reader = Reader(daemon, {"name": "a", "path": "relative"},
                        {"name": "b", "kind": "journal"},
                        {"name": "c", "path": "/x", "timezone": "Mars/Olympus"},
                        {"name": "d", "kind": "socket", "path": "/x", "format": "evtx"})
        reader.write_config()
        with os.popen(f"{reader.program} --config {reader.config} --check-config 2>&1") as pipe:
            text = pipe.read()
        check(f"{reader.config}:1: input.path" in text and "input.identifier" in text and
              "time zone database" in text and "come as files only" in text, "each with file and line", text)
        with os.popen(f"{reader.program} --sample-config") as pipe:
            write(reader.config, pipe.read(), "w")
        with os.popen(f"{reader.program} --config {reader.config} --check-config 2>&1") as pipe:
            check(pipe.read() == "fine: 0 inputs\n", "the sample is fine")
        conflicts(reader)
        write(reader.config, "@include \"more.conf\"\n", "w")
        with os.popen(f"{reader.program} --config {reader.config} --check-config 2>&1") as pipe:
            check("put the file into winevt.conf.d\n" in pipe.read(),
                  "an @include is told where to go")
        check(rfc3339(0).startswith("1970"), "the clock begins in 1970")


if __name__ == "__main__":
    main()
