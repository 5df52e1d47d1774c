#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The reader of event logs against logs whose contents are known, against such as lie, and, where
BMC_EVTX_GENUINE names a folder of them, against genuine ones."""
import json
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "sim")]
import hostile              # noqa: E402
import mkevtx               # noqa: E402
import tap                  # noqa: E402
from bench import build_dir  # noqa: E402
from tap import Skip, check, note, scenario  # noqa: E402

# Genuine logs: records, pieces that are damaged, records of a provider.
GENUINE = {
    "Application_no_crc32.evtx": (17, 0, "Microsoft-Windows-Winlogon", 1),
    "MSExchange_Management_wec.evtx": (1, 0, "MSExchange CmdletLogs", 1),
    "plaso_System.evtx": (5009, 0, "Service Control Manager", None),
    "security_bad_string_cache.evtx": (2261, 1, "Microsoft-Windows-Security-Auditing", None),
}


def decode(path, *arguments):
    """(exit status, what it says, counts or None)"""
    program = os.path.join(build_dir(), "tests", "winevt", "evtx")
    done = subprocess.run([program, *arguments, path], capture_output=True, text=True,
                          check=False, timeout=60 * tap.PATIENCE)
    if done.stderr:
        note(done.stderr[-2000:])
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, lines[:-1], lines[-1] if lines else None


def write(name, header, chunks):
    path = os.path.join(tempfile.gettempdir(), name + ".evtx")
    mkevtx.write_log(path, header, chunks)
    return path


def same(name, events, header, chunks):
    """What is read is the truth, in the order of the file."""
    status, said, counts = decode(write(name, header, chunks))
    truth = [mkevtx.truth(event) for event in events if event["provider"] == "IPMIDRV"]
    good = check(status == 0 and counts["bad"] == 0 and counts["events"] == len(events),
                 f"{name}: {len(events)} events, none of them damaged", counts)
    good &= check(said == truth, f"{name}: its {len(truth)} of IPMIDRV are told to the digit",
                  next(((a, b) for a, b in zip(said, truth) if a != b), len(said)))
    return good


@scenario()
def styles():
    """Each style of record, alone and among others, with several seeds"""
    for style in mkevtx.STYLES:
        for seed in range(1, 4):
            for ratio in (1.0, 0.05):
                events = list(mkevtx.make_events(700, ratio, seed, style))
                same(f"{style}-{seed}-{ratio}", events, *mkevtx.make_log(events))


@scenario()
def mixed():
    """All styles in one log, and a log copied while in use"""
    events = [event for style in mkevtx.STYLES for event in mkevtx.make_events(300, 0.5, 7, style)]
    header, chunks = mkevtx.make_log(events)
    same("mixed", events, header, chunks)
    same("dirty", events, mkevtx.file_header(0, 1, 1), chunks)
    same("without-checksums", events, mkevtx.file_header(len(chunks), 1, 4),
         [chunk[:52] + bytes(4) + chunk[56:] for chunk in chunks])


@scenario()
def wrapped():
    """A log that wrapped comes in the order of the file"""
    events = list(mkevtx.make_events(900, 1.0, 3))
    chunks, next_id = mkevtx.make_chunks(events)
    turned = chunks[2:] + chunks[:2]
    header = mkevtx.file_header(len(chunks), next_id, 0, len(chunks) - 2, len(chunks) - 3)
    status, said, counts = decode(write("wrapped", header, turned))
    ids = [event["record_id"] for event in said]
    check(status == 0 and counts == {"events": 900, "wanted": 900, "bad": 0},
          "every record of a log that wrapped is read once", counts)
    check(ids != sorted(ids) and sorted(ids) == list(range(1, 901)),
          "the newer ones first, as they stand in the file")


@scenario()
def foreign():
    """Only the pairs that are wanted are told"""
    events = list(mkevtx.make_events(500, 0.3, 5))
    path = write("foreign", *mkevtx.make_log(events))
    for wanted in (["EventLog"], ["Disk", "ipmiprv"]):
        arguments = [word for name in wanted for word in ("--provider", name)]
        said = decode(path, *arguments)[1]
        truth = [mkevtx.truth(event) for event in events if event["provider"] in wanted]
        check(said == truth and truth, f"asked for {' and '.join(wanted)}, that is what is told")


@scenario(120)
def lies():
    """Logs that lie are survived, and what is intact in them is read"""
    for name, (make, wanted, bad) in hostile.FILES.items():
        status, said, counts = decode(write(name, *make()))
        is_log = not (bad is None and wanted == 0 and status == 1)
        if not is_log:
            check(not said, f"{name} is no event log")
        else:
            check(status == 0 and len(said) == wanted and bad in (None, counts["bad"]),
                  f"{name}: {wanted} records are read, {bad or 'no'} pieces are damaged",
                  (status, len(said), counts))


@scenario()
def genuine():
    """Genuine logs"""
    folder = os.environ.get("BMC_EVTX_GENUINE")
    if not folder:
        raise Skip("BMC_EVTX_GENUINE names no folder of genuine event logs")
    for name, (events, bad, provider, count) in GENUINE.items():
        status, said, counts = decode(os.path.join(folder, name), "--provider", provider)
        check(status == 0 and counts["events"] == events and counts["bad"] == bad,
              f"{name}: {events} records, {bad or 'no'} pieces are damaged", counts)
        check(said and (count is None or len(said) == count) and
              all(event["provider"] == provider and event["host"] for event in said),
              f"{name}: {provider} is found in it", len(said))


tap.main()
