#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Fault injector between a client and ipmi_sim: one rule engine, three front ends.

  --lan PORT --sim-lan PORT        UDP; rewrites IPMI 1.5 without authentication, else delays,
                                   drops, garbles whole packets                  (faultlan.py)
  --serial PORT --sim-serial PORT  VM serial protocol, for QEMU                  (faultserial.py)
  --driver PATH --sim-serial PORT  plays the kernel's ipmi_si for shim_ipmi0.so  (faultdriver.py)
  --ctl PATH|PORT                  the control socket: a line in, a line out

  add MATCH ACTION…   MATCH: any | NETFN:CMD[/DATA], hexadecimal, * allowed: 06:01, 04:*,
                      04:2d/03 (request data begins with 03). The first rule that matches counts;
                      `any` leaves the commands that set up a LAN session alone.
      delay=MS jitter=MS grow=MS_PER_MINUTE  the answer comes so much later
      drop                                  the request is lost
      cc=HEX                                the answer is only this completion code
      answer=HEX                            the answer is this, completion code first
      short=N                               the answer is cut to N bytes, completion code included
      set=BYTE:HEX,…                        bytes of the answer, numbered as in the specification:
                                            1 is the completion code
      badnetfn badcmd garbage dupe          a wrong header; noise; the answer twice
      badsum badseq wedge                   serial only, see faultserial.py
      count=N share=0.x every=N             so often; that share of times; each Nth time
  clear               no rules, no silence
  silence on|off      nothing passes in either direction
  stat                counters, as JSON
  mark                counters start again from 0
  driver …            what the kernel driver does, see faultdriver.py
  unwedge [CC], attn N, close, refuse on|off    serial only, see faultserial.py
  quit
"""
import argparse
import asyncio
import collections
import copy
import ctypes
import json
import os
import random
import signal
import sys
import time

SESSION_COMMANDS = {(0x06, cmd) for cmd in (0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x54)}
COUNTERS = ("requests", "replies", "faults", "packets", "most_in_flight", "opens", "open_errors",
            "sends", "send_errors")
FLAGS = ("drop", "badnetfn", "badcmd", "garbage", "dupe", "badsum", "badseq", "wedge")


def _set_bytes(text):
    pairs = (pair.split(":") for pair in text.split(","))
    return [(int(number), int(value, 16)) for number, value in pairs]


VALUES = {
    "delay": float, "jitter": float, "grow": float, "short": int, "count": int, "every": int,
    "share": float, "cc": lambda text: int(text, 16), "set": _set_bytes,
    "answer": bytes.fromhex,
}
# What every controller answers and ipmi_sim 2.0.33 does not know: Get Self Test Results, Get Device
# GUID. They hold when no rule does and are no faults.
BASE = ("06:04 answer=005500", "06:08 answer=00a123456789abcdefa123456789abcdef")


class Rule:
    """One `add` line."""

    def __init__(self, words):
        self.netfn = self.cmd = None
        self.data = b""
        self.is_any = words[0] == "any"
        self.options = {}
        self.flags = set()
        self.began = time.monotonic()
        self.seen = 0
        self.under = None  # the base rule below this one, see Engine.request()
        if not self.is_any:
            head, _, data = words[0].partition("/")
            netfn, cmd = head.split(":")
            self.netfn = None if netfn == "*" else int(netfn, 16)
            self.cmd = None if cmd == "*" else int(cmd, 16)
            self.data = bytes.fromhex(data)
        for word in words[1:]:
            key, _, value = word.partition("=")
            if key in FLAGS and not value:
                self.flags.add(key)
            elif key in VALUES:
                self.options[key] = VALUES[key](value)
            else:
                raise ValueError("no action " + word)
        self.left = self.options.get("count", -1)

    def matches(self, netfn, cmd, data):
        """Is this request the rule's, and is it its turn?"""
        if self.is_any and (netfn, cmd) in SESSION_COMMANDS:
            return False
        if self.netfn not in (None, netfn) or self.cmd not in (None, cmd):
            return False
        if not data.startswith(self.data) or self.left == 0:
            return False
        self.seen += 1
        if self.seen % self.options.get("every", 1):
            return False
        if random.random() >= self.options.get("share", 1.0):
            return False
        self.left -= self.left > 0
        return True

    def delay_s(self):
        """How much later the answer comes."""
        minutes = (time.monotonic() - self.began) / 60
        late = self.options.get("delay", 0) + self.options.get("grow", 0) * minutes
        late += random.random() * self.options.get("jitter", 0)
        return late / 1000

    def rewrite(self, reply):
        """`reply` begins with the completion code."""
        if "cc" in self.options:
            return bytes((self.options["cc"],))
        if self.under:
            reply = self.under.rewrite(reply)
        body = bytearray(self.options.get("answer", reply))
        for number, value in self.options.get("set", ()):
            if number <= len(body):
                body[number - 1] = value
        return bytes(body[:self.options.get("short", len(body))])


class Engine:
    """The rules and the counters all front ends share."""

    def __init__(self):
        self.rules = []
        self.base = [Rule(line.split()) for line in BASE]
        self.is_silent = False
        self.commands = {}  # word -> function(words) of a front end
        self.in_flight = 0
        self.mark()

    def mark(self):
        """Counting starts again."""
        self.began = time.monotonic()
        self.count = collections.Counter(dict.fromkeys(COUNTERS, 0))
        self.by_command = {}
        self.arrivals = []

    def request(self, netfn, cmd, data=b""):
        """A request came: count it; the rule that holds for it, or None."""
        key = f"{netfn:02x}:{cmd:02x}"
        self.count["requests"] += 1
        self.by_command[key] = self.by_command.get(key, 0) + 1
        self.arrivals.append(round(time.monotonic() - self.began, 3))
        base = next((rule for rule in self.base if rule.matches(netfn, cmd, data)), None)
        for rule in self.rules:
            if rule.matches(netfn, cmd, data):
                self.count["faults"] += 1
                rule = copy.copy(rule)
                rule.under = base
                return rule
        return base

    def packet(self):
        """An unreadable packet came: the first `any` rule whose turn it is, or None."""
        self.count["packets"] += 1
        for rule in self.rules:
            if rule.is_any and rule.matches(0xff, 0xff, b""):
                self.count["faults"] += 1
                return rule
        return None

    def flying(self, delta):
        """One more or one fewer request under way."""
        self.in_flight = max(0, self.in_flight + delta)
        self.count["most_in_flight"] = max(self.count["most_in_flight"], self.in_flight)

    def stat(self):
        """All counters."""
        return dict(self.count, by=self.by_command, arrivals=self.arrivals[-1000:],
                    seconds=round(time.monotonic() - self.began, 3), silent=self.is_silent,
                    rules=len(self.rules))

    def command(self, line):
        """One line of the control socket; the answer."""
        words = line.split()
        if not words:
            return "error empty line"
        if words[0] == "add":
            self.rules.append(Rule(words[1:]))
        elif words[0] == "clear":
            self.rules.clear()
            self.is_silent = False
        elif words[0] == "silence":
            self.is_silent = words[1] == "on"
        elif words[0] == "mark":
            self.mark()
        elif words[0] == "stat":
            return json.dumps(self.stat())
        elif words[0] in self.commands:
            return self.commands[words[0]](words[1:])
        else:
            return "error no command " + words[0]
        return "ok"


async def control(engine, stop, reader, writer):
    """Serves one control connection."""
    while True:
        line = (await reader.readline()).decode()
        if not line:
            break
        if line.strip() == "quit":
            stop.set()
            break
        try:
            answer = engine.command(line)
        except (ValueError, IndexError, KeyError, OSError) as error:
            answer = f"error {error!r}"
        writer.write(answer.encode() + b"\n")
        await writer.drain()
    writer.close()


def die_with_parent():
    """No orphans: whoever started us may be killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


async def run(args):
    """Starts the front ends asked for and serves until told to stop."""
    engine, stop = Engine(), asyncio.Event()
    ends = []
    if args.lan:
        from faultlan import LanProxy
        ends.append(LanProxy(engine, args.lan, args.sim_lan))
    if args.serial:
        from faultserial import SerialProxy
        ends.append(SerialProxy(engine, args.serial, args.sim_serial))
    if args.driver:
        from faultdriver import Driver
        ends.append(Driver(engine, args.driver, args.sim_serial, args.root))
    for end in ends:
        await end.start()

    def serve(reader, writer):
        return control(engine, stop, reader, writer)
    if args.ctl.isdigit():
        server = await asyncio.start_server(serve, "127.0.0.1", int(args.ctl), limit=1 << 20)
    else:
        server = await asyncio.start_unix_server(serve, args.ctl, limit=1 << 20)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
    server.close()
    for end in ends:
        end.stop()


def main():
    """Arguments."""
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--lan", "--sim-lan", "--serial", "--sim-serial"):
        parser.add_argument(name, type=int, default=0)
    parser.add_argument("--driver", help="socket shim_ipmi0.so connects to")
    parser.add_argument("--root", help="folder in which the driver keeps sys/class/ipmi")
    parser.add_argument("--ctl", required=True)
    parser.add_argument("--stay", action="store_true", help="do not end with the parent process")
    args = parser.parse_args()
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    if not args.stay:
        die_with_parent()
    asyncio.run(run(args))


if __name__ == "__main__":
    main()
