# SPDX-License-Identifier: GPL-2.0-or-later
"""The side of bmchealthd-winevt: records for RUN_DIR/winevt.sock, as daemon/model/winevt-wire.h
documents them."""
import contextlib
import os
import shutil
import socket
import struct
import tempfile
import time

from bench import Daemon, merged
from tap import check

HELLO, EVENT, BACKFILL_BEGINS, BACKFILL_ENDS = range(4)
MAGIC, VERSION, SIZE = 0x424d5745, 1, 384
HAS_RECORD_ID = 1
LAYOUT = struct.Struct("=IHHIiiIQqII256s64s16x")
ON = {"winevt": {"enabled": True}}
NO_BMC = [{"name": "sim", "enabled": False}]


@contextlib.contextmanager
def running(settings=None):
    """A daemon that only listens for Windows hosts."""
    folder = tempfile.mkdtemp(prefix="bmc-sim-")
    daemon = Daemon(folder, merged(ON, settings or {}), NO_BMC)
    try:
        daemon.start()
        yield daemon
        check(daemon.stop()[0] == 0, "the daemon ends with status 0", daemon.text())
        check(not daemon.complaints(), "no tool complains", daemon.complaints())
    finally:
        daemon.kill()
        if not os.environ.get("BMC_KEEP"):
            shutil.rmtree(folder)


def windows(daemon):
    """That part of the status."""
    return (daemon.status() or {}).get("windows", {})


def record(kind, host="", event_id=0, when=0.0, provider="IPMIDRV"):
    """One; of kinds other than EVENT the rest counts for nothing."""
    if kind != EVENT:
        return LAYOUT.pack(MAGIC, VERSION, kind, 0, 0, 0, 0, 0, 0, 0, 0, b"", b"")
    return LAYOUT.pack(MAGIC, VERSION, kind, event_id, -1, 3, HAS_RECORD_ID, 1, int(when),
                       int(when % 1 * 1e9), 0, host.encode(), provider.encode())


class Writer:
    """A connection to the daemon."""

    def __init__(self, run_dir, says_hello=True):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.sock.connect(os.path.join(run_dir, "winevt.sock"))
        if says_hello:
            self.send(record(HELLO))

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.close()

    def send(self, data):
        """Waits while the daemon's buffer is full."""
        self.sock.send(data)

    def event(self, host, event_id=1004, ago=0.0, provider="IPMIDRV"):
        """One that happened `ago` seconds before now."""
        self.send(record(EVENT, host, event_id, time.time() - ago, provider))

    def backfill(self, is_on):
        """History begins or ends."""
        self.send(record(BACKFILL_BEGINS if is_on else BACKFILL_ENDS))

    def close(self):
        """The end."""
        self.sock.close()
