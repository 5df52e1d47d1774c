# SPDX-License-Identifier: GPL-2.0-or-later
"""bmchealthd-winevt as a process of ours, and events for it as shippers write them."""
import json
import os
import shlex
import signal
import subprocess
import time

import tap
from bench import build_dir, end, start

FORMATS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "winevt",
                       "formats")


def sample(name):
    """The text of a format's sample."""
    with open(os.path.join(FORMATS, name), encoding="utf-8", newline="") as file:
        return file.read()


def rfc3339(when):
    """A time, with milliseconds."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(when)) + f".{int(when % 1 * 1000):03d}Z"


def json_line(host, record, when, event_id=1004):
    """As Winlogbeat writes it."""
    return json.dumps({
        "@timestamp": rfc3339(when), "event": {"code": str(event_id), "provider": "IPMIDRV"},
        "log": {"level": "warning"},
        "winlog": {"channel": "System", "provider_name": "IPMIDRV", "computer_name": host,
                   "event_id": str(event_id), "record_id": record}}) + "\n"


def xml_event(host, record, when, event_id=1004):
    """As a collector writes it, with newlines in it."""
    return ("<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>"
            f"<Provider Name='IPMIDRV'/><EventID Qualifiers='32773'>{event_id}</EventID>"
            f"<Level>3</Level><TimeCreated SystemTime='{rfc3339(when)}'/>"
            f"<EventRecordID>{record}</EventRecordID><Channel>System</Channel>"
            f"<Computer>{host}</Computer></System><EventData><Data>a\nb</Data></EventData>"
            "</Event>\n")


class Reader:
    """bmchealthd-winevt beside a daemon."""

    def __init__(self, daemon, *inputs, **settings):
        self.daemon, self.inputs, self.settings = daemon, inputs, settings
        self.folder = daemon.folder
        self.config = os.path.join(self.folder, "winevt.conf")
        self.state_dir = os.path.join(self.folder, "winevt-state")
        self.own_dir = daemon.run_dir + "-winevt"
        self.log = os.path.join(self.folder, "winevt.log")
        self.program = os.path.join(build_dir(), "bmchealthd-winevt")
        self.process, self.stdin = None, subprocess.DEVNULL
        if not os.access(self.program, os.X_OK):
            raise tap.Skip("bmchealthd-winevt is not built (--enable-winevt)")

    def write_config(self):
        """Each input is a dictionary."""
        def group(entry):
            return "{ " + " ".join(f"{key} = {json.dumps(value)};"
                                   for key, value in entry.items()) + " }"
        with open(self.config, "w", encoding="utf-8") as file:
            if self.settings:
                file.write("reader: " + group(self.settings) + ";\n")
            file.write("inputs = ( " + ",\n".join(map(group, self.inputs)) + " );\n")

    def start(self):
        """Until it listens for imports, so all inputs are open."""
        self.write_config()
        wrapper = shlex.split(os.environ.get("BMC_WRAPPER", ""))
        env = dict(os.environ)
        env.pop("NOTIFY_SOCKET", None)
        self.process = start(wrapper + [self.program, "--config", self.config, "--run-dir",
                                        self.daemon.run_dir, "--state-dir", self.state_dir],
                             self.log, env, self.stdin)
        ready = os.path.join(self.own_dir, "import.sock")
        if not tap.becomes(lambda: self.process.poll() is not None or os.path.exists(ready), 15) \
                or self.process.poll() is not None:
            raise tap.Failed("bmchealthd-winevt does not start: " + self.text())

    def run_for(self, seconds):
        """Until it ends by itself, but no longer; exit status."""
        self.write_config()
        with open(self.log, "ab") as log:
            done = subprocess.run([self.program, "--config", self.config, "--run-dir",
                                   self.daemon.run_dir, "--state-dir", self.state_dir],
                                  stdin=self.stdin, stdout=log, stderr=log, check=False,
                                  timeout=seconds * tap.PATIENCE)
        return done.returncode

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, error, trace):
        tap.check(self.stop() == 0, "the reader ends with status 0", self.text())
        tap.check("Sanitizer" not in self.text() and "runtime error" not in self.text(),
                  "no complaint from a sanitizer", self.text())
        if kind:
            tap.note("what the reader said:\n" + self.text()[-4000:])

    def text(self):
        """Everything it said."""
        try:
            with open(self.log, encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def stop(self):
        """SIGTERM; exit status."""
        return end(self.process)

    def kill(self):
        """As a crash would; then it starts again."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for name in ("import.sock",):
            path = os.path.join(self.own_dir, name)
            if os.path.exists(path):
                os.unlink(path)

    def rss_kib(self):
        """Its memory now."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))

    def rss_most(self):
        """A limit to that: of the program itself, not of what a sanitizer or valgrind adds."""
        with open(self.program, "rb") as file:
            is_extra = b"__asan_init" in file.read() or "BMC_WRAPPER" in os.environ
        return 1 << 20 if is_extra else 32768

    def ctl(self, *arguments, stdin=b"", stdout=subprocess.PIPE):
        """bmchealthctl winevt; (exit status, stdout, stderr)."""
        done = subprocess.run([os.path.join(build_dir(), "bmchealthctl"), "--run-dir",
                               self.daemon.run_dir, "winevt", *arguments], check=False,
                              input=stdin, stdout=stdout, stderr=subprocess.PIPE,
                              env=dict(os.environ, BMC_WINEVT_HELPER=self.program),
                              timeout=120 * tap.PATIENCE)
        return done.returncode, (done.stdout or b"").decode(), done.stderr.decode()
