#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The bench itself, without the daemon: what the other tests rest on. The clients here are
OpenIPMI's and ipmitool."""
import os
import socket
import time

import tap
from bench import PASSWORD, Bench
from faultlan import parse
from faults import Engine, Rule
from faultserial import MESSAGE, Deframer, framed
from tap import check, scenario

SELF_TEST = "06:04"


def ask(bench, netfn_cmd=SELF_TEST):
    """One command through the shim; the answer's bytes from the completion code on, or None."""
    netfn, cmd = netfn_cmd.split(":")
    _, text = bench.tool("openipmicmd", "-k", f"0f 00 {netfn} {cmd}", "smi", "0")
    words = text.split()
    if words[:1] != ["0f"]:
        return None
    return [int(word, 16) for word in words[4:]]


def lan(bench, auth, user, seconds=20):
    """Get Device ID over LAN; (status, text)."""
    words = ["openipmicmd", "-k", "0f 00 06 01", "lan", "-U", user, "-A", auth, "-p",
             str(bench.faults.lan_port), "127.0.0.1"]
    if auth != "none":
        words[6:6] = ["-P", PASSWORD]
    return bench.tool(*words, seconds=seconds)


@scenario()
def rules():
    """The rule engine."""
    rule = Rule("04:2d/03 delay=100 count=2".split())
    check(not rule.matches(4, 0x2d, b"\x04"), "another sensor is another request")
    check([rule.matches(4, 0x2d, b"\x03") for _ in range(3)] == [True, True, False],
          "count=2 holds twice")
    rule = Rule("06:* every=3".split())
    check([rule.matches(6, 1, b"") for _ in range(6)] == [False, False, True] * 2,
          "every=3 holds each third time")
    check(not Rule(["any", "drop"]).matches(6, 0x3a, b""), "`any` spares the session's set-up")
    check(Rule("06:01 set=4:89,99:01 short=5".split()).rewrite(bytes(16)) == b"\0\0\0\x89\0",
          "set= counts bytes as the specification does, short= cuts")
    check(Rule("06:01 cc=c0".split()).rewrite(bytes(16)) == b"\xc0", "cc= is the whole answer")
    engine = Engine()
    engine.command("add 06:01 cc=c0")
    engine.command("add any drop")
    check("cc" in engine.request(6, 1).options and "drop" in engine.request(4, 0x2d).flags,
          "the first rule that matches counts")
    check(engine.command("nonsense").startswith("error"), "nonsense is refused")
    try:
        engine.command("add 06:01 nonsense")
        check(False, "a rule without action is refused")
    except ValueError:
        check(True, "a rule without action is refused")


@scenario()
def framing():
    """The VM serial protocol and IPMI 1.5 packets."""
    data = bytes((0xa0, 0xa1, 0xaa, 0x10, 0x00))
    frames = list(Deframer().feed(framed(0xa0, 6, 0, 1, data)))
    check(len(frames) == 1 and frames[0][1][3:-1] == data, "framing bytes survive a round trip")
    check(sum(frames[0][1]) & 0xff == 0, "the checksum fits")
    packet = bytes.fromhex("0600ff07 00 00000000 00000000 08 8120 5f 20 0c01 00 d3")
    parsed = parse(packet)
    check(parsed and (parsed.netfn, parsed.seq, parsed.cmd) == (8, 3, 1), "a packet is read")
    check(parsed.rebuilt(Rule(["06:01", "delay=1"])) == packet, "no change rebuilds it as it was")
    check(parse(packet[:12]) is None and parse(b"") is None and parse(packet[:-3]) is None,
          "a short packet is opaque")


@scenario()
def shim_is_a_device():
    """Unchanged programs take the shim for /dev/ipmi0."""
    with Bench("driver", daemon=False) as bench:
        status, text = bench.tool("ipmitool", "-I", "open", "sdr")
        check(status == 0 and "V5 rail" in text, "ipmitool lists the sensors", text)
        check(ask(bench) == [0, 0x55, 0], "OpenIPMI gets a self test result")
        stat = bench.faults.stat()
        check(stat["by"][SELF_TEST] == 1, "the command is counted at the controller", stat)
        path = os.path.join(bench.faults.root, "sys/class/ipmi/ipmi0/device/")
        with open(path + "complete_transactions", encoding="ascii") as file:
            check(int(file.read()) == stat["replies"], "sysfs counts the transactions")


@scenario()
def driver_faults():
    """Each fault is seen by a client as a kernel would let it see it."""
    with Bench("driver", daemon=False) as bench:
        faults = bench.faults
        for rule, answer in (("cc=c0", [0xc0]), ("short=1", [0]), ("set=2:57,3:80", [0, 0x57, 0x80]),
                             ("badnetfn", [0xff]), ("short=0", [0xff])):
            faults.set(f"{SELF_TEST} {rule}")
            got = ask(bench)
            check(got == answer, f"{rule} arrives as {bytes(answer).hex()}", got)
        faults.set(f"{SELF_TEST} delay=400")
        began = time.monotonic()
        check(ask(bench) == [0, 0x55, 0] and time.monotonic() - began >= 0.4, "delay= delays")
        faults.driver("giveup 0.3 ff hosed")
        faults.set(f"{SELF_TEST} drop")
        check(ask(bench) == [0xff], "a driver that gives up says FF")
        path = os.path.join(faults.root, "sys/class/ipmi/ipmi0/device/hosed_count")
        with open(path, encoding="ascii") as file:
            check(int(file.read()) == 1, "and hosed_count has risen")
        faults.clear()
        for word in ("EBUSY", "EACCES", "ENOENT"):
            faults.driver(f"open {word} 3")
            _, text = bench.tool("openipmicmd", "-k", "0f 00 06 04", "smi", "0")
            check("ipmi_ip_setup_con" in text or "setup" in text, f"open fails with {word}", text)
            faults.driver("open ok")
        faults.driver("gone")
        check(ask(bench) is None and not os.path.exists(faults.root + "/sys/class/ipmi/ipmi0"),
              "a device that is gone is gone, in sysfs too")
        faults.driver("back")
        check(ask(bench) == [0, 0x55, 0], "and comes back")


@scenario()
def lan_faults():
    """The LAN proxy rewrites what is not authenticated and delays what is."""
    with Bench("lan", daemon=False) as bench:
        for auth, user in (("none", "open"), ("md5", "ipmiusr"), ("rmcp+", "ipmiusr")):
            status, text = lan(bench, auth, user)
            check(status == 0 and "0f 07 00 01 00" in text, f"{auth} passes", text)
        bench.faults.set("06:01 set=4:89,5:3f")
        _, text = lan(bench, "none", "open")
        check("89 3f" in text, "an open session's answer is rewritten", text)
        _, text = lan(bench, "md5", "ipmiusr")
        check("09 08" in text, "a signed one is left alone", text)
        bench.faults.set("any delay=100")
        began = time.monotonic()
        status, _ = lan(bench, "rmcp+", "ipmiusr")
        check(status == 0 and time.monotonic() - began > 0.3, "RMCP+ is delayed")
        bench.faults.silence()
        status, _ = lan(bench, "none", "open")
        check(status != 0, "silence is silence")


class Qemu:
    """Speaks the VM serial protocol as QEMU's ipmi-bmc-extern does."""

    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port), 5)
        self.frames, self.ready = Deframer(), []

    def ask(self, seq, seconds=5.0):
        """Get Device ID; the next message that comes, or None."""
        self.sock.sendall(framed(seq, 6, 0, 1, b""))
        return self.next(seconds)

    def next(self, seconds=5.0):
        """The next message."""
        self.sock.settimeout(seconds)
        while not self.ready:
            try:
                data = self.sock.recv(4096)
            except (socket.timeout, ConnectionError):
                return None
            if not data:
                return None
            self.ready += [body for kind, body in self.frames.feed(data) if kind == MESSAGE]
        return self.ready.pop(0)


@scenario()
def serial_faults():
    """The serial proxy, for QEMU."""
    with Bench("serial", daemon=False) as bench:
        qemu = Qemu(bench.faults.serial_port)
        reply = qemu.ask(1)
        check(reply and reply[0] == 1 and reply[3] == 0 and len(reply) > 15, "a command passes",
              reply)
        bench.faults.set("06:01 cc=c0 count=1")
        check(qemu.ask(2)[3:-1] == b"\xc0", "cc= is answered")
        bench.faults.set("06:01 badsum count=1")
        check(sum(qemu.ask(3)) & 0xff != 0, "badsum breaks the checksum")
        bench.faults.set("06:01 badseq count=1")
        check(qemu.ask(4)[0] == 81, "badseq breaks the sequence number")
        bench.faults.set("06:01 drop count=1")
        check(qemu.ask(5, 0.5) is None, "drop drops")
        bench.faults.set("06:01 wedge count=1")
        check(qemu.ask(6)[0] == 83, "wedge answers what was not asked, to stop QEMU's clock")
        check(bench.faults.ctl("unwedge d2") == "ok 1" and qemu.next()[3] == 0xd2,
              "unwedge answers at last")
        bench.faults.ctl("close")
        check(qemu.next() is None, "close closes")
        bench.faults.ctl("refuse on")
        check(Qemu(bench.faults.serial_port).ask(7) is None, "refuse refuses")


@scenario()
def no_orphans():
    """Nothing outlives the bench."""
    with Bench("lan", daemon=False) as bench:
        pids = [bench.sim.process.pid, bench.faults.process.pid]
        folder = bench.folder
    check(not any(os.path.exists(f"/proc/{pid}") for pid in pids), "no process is left")
    check(not os.path.exists(folder), "no folder is left")


if __name__ == "__main__":
    tap.main(needs=("ipmi_sim", "sdrcomp", "ipmitool", "openipmicmd"))
