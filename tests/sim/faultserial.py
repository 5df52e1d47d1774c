# SPDX-License-Identifier: GPL-2.0-or-later
"""The VM serial protocol of OpenIPMI's ipmi_sim, and the front end of faults.py for QEMU's
ipmi-bmc-extern, which is the other speaker of it.

A message is SEQ NETFN<<2|LUN CMD DATA… CHECKSUM, 0xA0; a control command ends in 0xA1; 0xAA escapes
these three. Rules here have three more actions: `badsum` and `badseq` answer with a wrong checksum
or sequence number; `wedge` never answers and also cancels QEMU's own four-second time-out (a
well-formed answer with a foreign sequence number does that), which leaves KCS's IBF set: a truly
hung controller. Control words: `unwedge [CC]`, `attn N` (a raw control command to QEMU: 0 clear,
1 attention, 2 with interrupt, 4 reset), `close` (drop the connection), `refuse on|off`."""
import asyncio
import random

MESSAGE, COMMAND, ESCAPE = 0xa0, 0xa1, 0xaa


def checksum(data):
    """Two's complement."""
    return -sum(data) & 0xff


def escaped(data):
    """Framing bytes inside a message."""
    out = bytearray()
    for byte in data:
        out += bytes((ESCAPE, byte | 0x10)) if byte in (MESSAGE, COMMAND, ESCAPE) else \
            bytes((byte,))
    return bytes(out)


def framed(seq, netfn, lun, cmd, data, sum_error=0):
    """One message, ready to send."""
    body = bytes((seq, netfn << 2 | lun, cmd)) + bytes(data)
    return escaped(body + bytes((checksum(body) ^ sum_error,))) + bytes((MESSAGE,))


class Deframer:
    """Bytes in, (kind, body) out."""

    def __init__(self):
        self.body, self.is_escaped = bytearray(), False

    def feed(self, data):
        """All frames that end in `data`."""
        for byte in data:
            if byte in (MESSAGE, COMMAND):
                yield byte, bytes(self.body)
                self.body.clear()
                self.is_escaped = False
            elif byte == ESCAPE:
                self.is_escaped = True
            else:
                self.body.append(byte & ~0x10 if self.is_escaped else byte)
                self.is_escaped = False


class SerialProxy:
    """QEMU connects here, we connect to ipmi_sim."""

    def __init__(self, engine, port, sim_port):
        self.engine, self.port, self.sim_port = engine, port, sim_port
        self.server = self.qemu = None
        self.is_refusing = False
        self.wedged, self.rules = [], {}
        engine.commands.update({"unwedge": self.unwedge, "attn": self.attn,
                                "close": self.close, "refuse": self.refuse})

    async def start(self):
        """Listens."""
        self.server = await asyncio.start_server(self.accept, "127.0.0.1", self.port)

    def stop(self):
        """Drops QEMU."""
        self.close([])
        self.server.close()

    def unwedge(self, words):
        """Answers what hangs."""
        code = int(words[0], 16) if words else 0xff
        for seq, netfn, lun, cmd in self.wedged:
            self.to_qemu(framed(seq, netfn, lun, cmd, (code,)))
        count = len(self.wedged)
        self.wedged.clear()
        return f"ok {count}"

    def attn(self, words):
        """A control command to QEMU."""
        self.to_qemu(bytes((int(words[0]), COMMAND)))
        return "ok"

    def close(self, _words):
        """Drops the connection."""
        if self.qemu:
            self.qemu.close()
        return "ok"

    def refuse(self, words):
        """Whether QEMU may come back."""
        self.is_refusing = words[0] == "on"
        return "ok"

    def to_qemu(self, data):
        """If it is there."""
        if self.qemu and not self.engine.is_silent:
            self.qemu.write(data)

    async def accept(self, reader, writer):
        """One connection of QEMU's."""
        if self.is_refusing:
            writer.close()
            return
        try:
            sim_reader, sim_writer = await asyncio.open_connection("127.0.0.1", self.sim_port)
        except OSError:
            writer.close()
            return
        self.qemu = writer
        pump = asyncio.ensure_future(self.answers(sim_reader))
        frames = Deframer()
        try:
            while True:
                data = await reader.read(4096)
                if not data:
                    break
                for kind, body in frames.feed(data):
                    self.from_qemu(kind, body, sim_writer)
        except ConnectionError:
            pass
        finally:
            pump.cancel()
            sim_writer.close()
            writer.close()
            self.qemu = None if self.qemu is writer else self.qemu

    def from_qemu(self, kind, body, sim):
        """One frame."""
        if kind == COMMAND:
            sim.write(escaped(body) + bytes((COMMAND,)))
            return
        if len(body) < 4:
            return
        seq, netfn, lun, cmd = body[0], body[1] >> 2, body[1] & 3, body[2]
        rule = self.engine.request(netfn, cmd, body[3:-1])
        if self.engine.is_silent:
            return
        if rule and "drop" in rule.flags:
            return
        if rule and "wedge" in rule.flags:
            self.wedged.append((seq, netfn | 1, lun, cmd))
            self.to_qemu(framed((seq + 77) & 0xff, netfn | 1, lun, cmd, (0,)))
            return
        if rule and "cc" in rule.options:
            self.answer_in(rule, framed(seq, netfn | 1, lun, cmd, rule.rewrite(b"\0")))
            return
        self.rules[seq] = rule
        sim.write(escaped(body) + bytes((MESSAGE,)))

    async def answers(self, reader):
        """Everything ipmi_sim says."""
        frames = Deframer()
        while True:
            data = await reader.read(4096)
            if not data:
                break
            for kind, body in frames.feed(data):
                self.from_sim(kind, body)

    def from_sim(self, kind, body):
        """One frame."""
        if kind == COMMAND:
            self.to_qemu(escaped(body) + bytes((COMMAND,)))
            return
        if len(body) < 5:
            return
        self.engine.count["replies"] += 1
        seq, netfn, lun, cmd = body[0], body[1] >> 2, body[1] & 3, body[2]
        rule = self.rules.pop(seq, None)
        if rule is None:
            self.to_qemu(framed(seq, netfn, lun, cmd, body[3:-1]))
            return
        flags = rule.flags
        frame = framed((seq + 77) & 0xff if "badseq" in flags else seq,
                       netfn ^ 2 if "badnetfn" in flags else netfn, lun,
                       cmd ^ 1 if "badcmd" in flags else cmd, rule.rewrite(body[3:-1]),
                       0xff if "badsum" in flags else 0)
        if "garbage" in flags:
            frame = escaped(bytes(random.randrange(256) for _ in range(50)))
        for _ in range(2 if "dupe" in flags else 1):
            self.answer_in(rule, frame)

    def answer_in(self, rule, frame):
        """Now or later."""
        seconds = rule.delay_s()
        if seconds > 0:
            asyncio.get_running_loop().call_later(seconds, self.to_qemu, frame)
        else:
            self.to_qemu(frame)
