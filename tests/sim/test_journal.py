#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What journald would get: the entries themselves, in its native protocol, caught at its socket
(shim_ipmi0.c redirects it)."""
import os
import re
import socket
import struct

import tap
from bench import FREQUENT, TOP, Bench
from tap import becomes, check, need, scenario, wait_for

DEVICE_ID = "06:01"


def message_ids():
    """name -> id, from the daemon's table."""
    with open(os.path.join(TOP, "daemon/out/message-ids.c"), encoding="utf-8") as file:
        return dict(re.findall(r'{ "([a-z-]+)", "([0-9a-f]{32})" }', file.read()))


def parse(data):
    """One entry; https://systemd.io/JOURNAL_NATIVE_PROTOCOL/."""
    entry = {}
    while data:
        line, _, data = data.partition(b"\n")
        name, sign, value = line.partition(b"=")
        if not sign:
            size, = struct.unpack_from("<Q", data)
            value, data = data[8:8 + size], data[9 + size:]
        entry[name.decode()] = value.decode(errors="replace")
    return entry


class Journal:
    """The socket."""

    def __init__(self, folder):
        path = os.path.join(folder, "journal")
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(path)
        self.sock.setblocking(False)
        self.entries = []
        os.environ["SHIM_JOURNAL"] = path  # the scenario's process is its own

    def read(self):
        """All entries so far."""
        try:
            while True:
                self.entries.append(parse(self.sock.recv(1 << 18)))
        except BlockingIOError:
            return self.entries

    def find(self, **fields):
        """The entries with these fields."""
        return [entry for entry in self.read()
                if all(entry.get(name) == value for name, value in fields.items())]

    def wait(self, seconds=20, **fields):
        """Until there is one; the first."""
        return wait_for(f"an entry with {fields}", lambda: self.find(**fields), seconds)[0]


def begin(bench):
    """A daemon that logs to the journal, and the journal."""
    journal = Journal(bench.folder)
    bench.log_target = "journal"
    bench.add_daemon()
    wait_for("the first sensor readings",
             lambda: bench.faults.stat()["by"].get("04:2d", 0) > 1, 20)
    return journal


@scenario()
def fields():
    """An entry about a finding has every field by which an admin would search."""
    ids = message_ids()
    need(len(ids) > 20, "the table of ids is read", ids)
    with Bench("driver", FREQUENT, daemon=False) as bench:
        journal = begin(bench)
        check(journal.wait(MESSAGE_ID=ids["started"])["PRIORITY"] == "5", "the start is told")
        bench.faults.add(f"{DEVICE_ID} cc=c3 count=3")
        entry = journal.wait(BMC_FINDING="timeouts-frequent")
        check(entry["MESSAGE_ID"] == ids["timeouts-frequent"], "its kind has its own MESSAGE_ID",
              entry)
        wanted = {"BMC_TARGET": "sim", "BMC_CHANGE": "opened|changed", "BMC_SEVERITY": "warning",
                  "PRIORITY": "4", "BMC_NETFN": "0x06", "BMC_CMD": "0x01",
                  "BMC_COMPLETION_CODE": "0xC3", "BMC_TIMEOUTS": "[23]", "BMC_COMMANDS": r"\d+",
                  "BMC_RATE_PER_HOUR": r"[\d.]+", "BMC_FIRMWARE": "9.08", "BMC_VENDOR": ".+",
                  "BMC_PRODUCT": "0x0f02", "BMC_NEXT_STEP": ".+", "BMC_CAUSE": ".+",
                  "BMC_GUID": "a123456789abcdefa123456789abcdef",
                  "BMC_SINCE": r"\d{4}-\d\d-\d\dT.*Z", "SYSLOG_IDENTIFIER": "bmchealthd",
                  "MESSAGE": "sim: time-outs are frequent.* Next: .*"}
        wrong = {name: entry.get(name) for name, pattern in wanted.items()
                 if not re.fullmatch(pattern, entry.get(name, ""))}
        check(not wrong, f"{len(wanted)} fields have what they should", wrong)
        check(all(re.fullmatch("[A-Z][A-Z0-9_]*", name) for name in entry), "names are upper case")


@scenario(seconds=150)
def kinds():
    """Every kind that can be brought about here carries its id, once."""
    ids = message_ids()
    with Bench("driver", {"judge": {"lost_after": "1 s", "busy_for": "1 s",
                                    "maintenance_grace": "0 s"}}, daemon=False) as bench:
        journal = begin(bench)
        faults = bench.faults
        faults.driver("giveup 1.5 ff hosed")
        for kind, act in (("slow", lambda: faults.set("any delay=300")),
                          ("errors", lambda: faults.set(f"{DEVICE_ID} cc=d4")),
                          ("bad-replies", lambda: faults.set(f"{DEVICE_ID} short=5")),
                          ("busy", lambda: faults.set("any cc=c0")),
                          ("maintenance", lambda: faults.set(f"{DEVICE_ID} set=4:89")),
                          ("identity-drift", lambda: faults.set(f"{DEVICE_ID} set=5:3f")),
                          ("mute", faults.silence),
                          ("interface-lost", lambda: faults.driver("gone"))):
            faults.clear()
            bench.daemon.wait_closed("mute")
            act()
            entry = journal.wait(30, BMC_FINDING=kind)
            check(entry["MESSAGE_ID"] == ids[kind], f"{kind} has its id", entry)
        faults.clear()
        faults.driver("back")
        entry = journal.wait(60, BMC_FINDING="interface-lost", BMC_CHANGE="closed")
        check(entry["MESSAGE_ID"] == ids["finding-closed"], "a closed finding has its id", entry)
        opened = journal.find(BMC_FINDING="busy", BMC_CHANGE="opened")
        check(len(opened) == 1, "each is told once", opened)
        bench.daemon.stop()
        check(becomes(lambda: journal.find(MESSAGE_ID=ids["stopped"])), "the end is told")


if __name__ == "__main__":
    tap.main(needs=("ipmi_sim", "sdrcomp"))
