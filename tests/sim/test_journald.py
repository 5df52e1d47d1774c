#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a real systemd-journald gets of the sinks, in a namespace of its own, and what
`journalctl -x` says to it. journald/tell plays the engine."""
import json
import os
import re
import subprocess
import tempfile

import tap
from bench import TOP
from tap import Skip, check, need, scenario

HERE = os.path.join(TOP, "tests/sim/journald")
TELL = os.path.join(os.environ.get("BUILD") or os.path.join(TOP, "build"),
                    "tests/sim/journald/tell")
WANTED = {
    "BMC_TARGET": "local", "BMC_FINDING": "timeouts-storm", "BMC_CHANGE": "changed",
    "BMC_PREVIOUS": "self-test", "BMC_SEVERITY": "critical", "PRIORITY": "2",
    "BMC_SINCE": "2026-11-22T17:00:00Z", "BMC_TIMEOUTS": "7", "BMC_TIMEOUTS_DAY": "9",
    "BMC_COMMANDS": "60", "BMC_COMMANDS_DAY": "1000", "BMC_NETFN": "0x06", "BMC_CMD": "0x01",
    "BMC_COMPLETION_CODE": "0xC3", "BMC_LATENCY_US": "12345", "BMC_RATE_PER_HOUR": "7.25",
    "BMC_ERRNO": "16", "BMC_VENDOR": "Dell", "BMC_MANUFACTURER": "674", "BMC_PRODUCT": "0x0100",
    "BMC_FIRMWARE": "4.10", "BMC_GUID": "44454c4c" + 24 * "0",
    "BMC_EVIDENCE": "7 of 60 commands" "\n" "in the last hour timed out", "BMC_CAUSE": ".{20,}",
    "BMC_NEXT_STEP": ".{20,}", "BMC_COMMAND": ".{5,}", "SYSLOG_IDENTIFIER": "bmchealthd",
    "MESSAGE": r"(?s)local: time-outs come several a minute \(before: .*\): 7 of 60 .*"
               r"\(Dell BMC, firmware 4\.10\)\. Next: .*Do not reboot this host now.*",
}


def message_ids():
    """name -> id, from the daemon's table."""
    with open(os.path.join(TOP, "daemon/out/message-ids.c"), encoding="utf-8") as file:
        return dict(re.findall(r'{ "([a-z-]+)", "([0-9a-f]{32})" }', file.read()))


def with_journald(*command):
    """Run it; (what it printed, its entries, what journalctl -x says)."""
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out")
        ran = subprocess.run([os.path.join(HERE, "with-journald"), out, *command], text=True,
                             capture_output=True, check=False)
        if ran.returncode == 77:
            raise Skip(ran.stderr.strip())
        need(ran.returncode == 0, "it runs", ran.stdout + ran.stderr)
        with open(out, encoding="utf-8") as file:
            entries = [json.loads(line) for line in file]
        with open(out + ".explained", encoding="utf-8") as file:
            return ran.stdout, [e for e in entries if e.get("SYSLOG_IDENTIFIER") == "bmchealthd"], \
                file.read()


def found(entries, **fields):
    """The entries with these fields."""
    return [e for e in entries if all(e.get(name) == value for name, value in fields.items())]


@scenario()
def fields():
    """Every field of a finding arrives, and journalctl -x explains every message"""
    ids = message_ids()
    _, entries, explained = with_journald(TELL, "findings")
    changed = found(entries, BMC_CHANGE="changed")
    need(len(changed) == 1, "a change is one entry", changed)
    wrong = {name: changed[0].get(name) for name, pattern in WANTED.items()
             if not re.fullmatch(pattern, str(changed[0].get(name)))}
    check(not wrong, f"its {len(WANTED)} fields are as sent", wrong)
    check(changed[0]["MESSAGE_ID"] == ids["timeouts-storm"], "with the id of its kind")
    check(all(found(entries, MESSAGE_ID=message_id) for message_id in ids.values()),
          f"each of {len(ids)} ids has arrived")
    check(any("BMC_LINK" in e for e in entries), "a link arrives where there is one")
    bad = [e["MESSAGE"] for e in entries
           if e.get("BMC_FINDING") and not re.search(r"(?s)\. Next: .{10}", e["MESSAGE"])]
    check(not bad, "each line about a finding ends in what to do", bad)
    closed = found(entries, MESSAGE_ID=ids["finding-closed"], BMC_TARGET="local")
    check(len(closed) == 1 and "is over after 3 h 20 min" in closed[0]["MESSAGE"],
          "the end tells how long it was", closed)
    updated = found(entries, MESSAGE_ID=ids["identity-changed"], BMC_FIRMWARE="5.10")
    check(len(updated) == 1, "an update is told once", updated)
    check("░░ Subject: local: time-outs come several a minute" in explained and
          explained.count("░░ Remedy: ") == len(entries) and
          explained.count("░░ Cause: ") == len(entries),
          "journalctl -x names cause and remedy of each entry")
    check("@" not in explained.replace("bmc@", ""), "and has filled in every field")


@scenario()
def cap():
    """A storm of changes costs a bounded number of entries"""
    ids = message_ids()
    _, entries, _ = with_journald(TELL, "findings")
    noisy = found(entries, BMC_TARGET="noisy")
    told = [e for e in noisy if e["MESSAGE_ID"] != ids["lines-held-back"]]
    held = found(noisy, MESSAGE_ID=ids["lines-held-back"])
    check(len(told) <= 60, f"500 changes are {len(told)} entries")
    check(len(held) == 1 and len(told) + int(held[0]["BMC_SUPPRESSED"]) == 500,
          "and one that counts the others", held)


@scenario()
def full_disk():
    """A file system that is really full is told once, and its end once"""
    ids = message_ids()
    said, entries, _ = with_journald(
        "sh", "-c", "mkdir /run/small && mount -t tmpfs -o size=800k tmpfs /run/small && "
        f"exec '{TELL}' store /run/small")
    check("when full: 1" in said and "when free again: 0" in said,
          "the store notices both by itself", said)
    degraded = found(entries, MESSAGE_ID=ids["store-degraded"])
    recovered = found(entries, MESSAGE_ID=ids["store-recovered"])
    check(len(degraded) == 1 and "the disk is full" in degraded[0]["MESSAGE"],
          "300 minutes without space are one entry", degraded)
    check(len(recovered) == 1 and len(entries) == 2, "the end of it is the other", entries)


if __name__ == "__main__":
    tap.main()
