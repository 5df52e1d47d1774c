#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes event logs (.evtx) of IPMIDRV and other events, and the truth about what is in them.

Each style mirrors genuine records, structure by structure:
  literal    a classic kernel driver's on Windows 10 (Disk, 51): provider, channel and computer
             stand in the template, twenty values are substituted
  subst      the same with those three substituted as well
  forwarded  a collector's ForwardedEvents: no template, everything is text
"""
import argparse
import json
import random
import struct
import sys
import time
import uuid
import zlib

CHUNK = 65536
FILETIME_1970 = 116444736000000000
NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
MESSAGE = (
    "The IPMI device driver attempted to communicate with the IPMI BMC device during normal "
    "operation. However the communication failed due to a timeout. You can increase the timeouts "
    "associated with the IPMI device driver."
)
STYLES = ("literal", "subst", "forwarded")
# id: (qualifiers, level)
IPMIDRV = {
    1000: (0xC005, 2),
    1001: (0xC005, 2),
    1002: (0x8005, 3),
    1003: (0xC005, 2),
    1004: (0x8005, 3),
    1005: (0x8005, 3),
    1006: (0x8005, 3),
    1007: (0x8005, 3),
}


def name_hash(name):
    value = 0
    for unit in utf16_units(name):
        value = (value * 65599 + unit) & 0xFFFFFFFF
    return value


def utf16(text):
    return text.encode("utf-16le")


def utf16_units(text):
    raw = utf16(text)
    return struct.unpack(f"<{len(raw) // 2}H", raw)


def filetime(unix):
    return FILETIME_1970 + int(round(unix * 1e7))


def filetime_text(ticks, digits=9):
    seconds, fraction = divmod(ticks - FILETIME_1970, 10**7)
    text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{text}.{fraction:07d}" + "0" * (digits - 7) + "Z"


def error_packet(event_code, dump=b"", strings=1):
    """IO_ERROR_LOG_PACKET as <Binary> has it."""
    head = struct.pack("<BBHHHHHI", 0, 0, len(dump), strings, 0, 0, 0, event_code)
    return head + struct.pack("<IIIIQ", 0, 0, 0, 0, 0) + dump


class Chunk:
    """64 KiB: a header with two tables, then records; offsets are relative to its beginning."""

    def __init__(self):
        self.bytes = bytearray(512)
        self.names = {}
        self.name_heads = [0] * 64
        self.templates = {}
        self.template_heads = [0] * 32
        self.first = self.last = None
        self.last_offset = 512

    def snapshot(self):
        return (
            len(self.bytes),
            dict(self.names),
            list(self.name_heads),
            dict(self.templates),
            list(self.template_heads),
            (self.first, self.last, self.last_offset),
        )

    def rollback(self, kept):
        size, self.names, self.name_heads, self.templates, self.template_heads, ids = kept
        del self.bytes[size:]
        self.first, self.last, self.last_offset = ids

    def pack(self, layout, *values):
        self.bytes += struct.pack("<" + layout, *values)

    def hole(self):
        """Room for a size, which fill_hole() knows later."""
        self.pack("I", 0)
        return len(self.bytes) - 4

    def fill_hole(self, at):
        struct.pack_into("<I", self.bytes, at, len(self.bytes) - at - 4)

    def name(self, name):
        if name in self.names:
            self.pack("I", self.names[name])
            return
        offset = len(self.bytes) + 4
        value = name_hash(name)
        self.pack("I", offset)
        self.pack("IHH", self.name_heads[value % 64], value & 0xFFFF, len(name))
        self.bytes += utf16(name) + b"\0\0"
        self.name_heads[value % 64] = offset
        self.names[name] = offset

    def text(self, text):
        self.pack("BBH", 5, 1, len(utf16(text)) // 2)
        self.bytes += utf16(text)

    def substitute(self, index, kind):
        self.pack("BHB", 0x0E, index, kind)

    def element(self, name, attributes=(), content=None, depends=None):
        """attributes: (name, what writes it); content: what writes it, None if it is empty;
        depends: the value an element of a template depends on."""
        self.pack("B", 0x41 if attributes else 0x01)
        if depends is not None:
            self.pack("H", depends)
        size = self.hole()
        self.name(name)
        if attributes:
            self.attributes(attributes)
        if content is None:
            self.pack("B", 3)
        else:
            self.pack("B", 2)
            content()
            self.pack("B", 4)
        self.fill_hole(size)

    def attributes(self, attributes):
        size = self.hole()
        for left, (name, content) in zip(range(len(attributes) - 1, -1, -1), attributes):
            self.pack("B", 0x46 if left else 0x06)
            self.name(name)
            content()
        self.fill_hole(size)

    def template(self, key, guid, body):
        """An instance of it; the template itself where it is needed first."""
        kind = struct.unpack("<I", guid[:4])[0]
        if key in self.templates:
            self.pack("BBII", 0x0C, 1, kind, self.templates[key])
            return
        offset = len(self.bytes) + 10
        self.pack("BBII", 0x0C, 1, kind, offset)
        self.pack("I", self.template_heads[kind % 32])
        self.bytes += guid
        size = self.hole()
        self.bytes += b"\x0f\x01\x01\x00"
        body()
        self.pack("B", 0)
        self.fill_hole(size)
        self.template_heads[kind % 32] = offset
        self.templates[key] = offset

    def system(self, provider, channel, computer):
        """System of a template; its three arguments write text or a substitution."""

        def field(name, index, kind, attributes=()):
            self.element(name, attributes, lambda: self.substitute(index, kind), index)

        self.element("Provider", [("Name", provider)], depends=0xFFFF)
        field("EventID", 3, 6, [("Qualifiers", lambda: self.substitute(4, 6))])
        field("Level", 0, 4)
        field("Task", 2, 6)
        field("Keywords", 5, 0x15)
        created = [("SystemTime", lambda: self.substitute(6, 0x11))]
        self.element("TimeCreated", created, depends=0xFFFF)
        field("EventRecordID", 10, 0x0A)
        self.element("Channel", content=channel, depends=0xFFFF)
        self.element("Computer", content=computer, depends=0xFFFF)
        user = [("UserID", lambda: self.substitute(12, 0x13))]
        self.element("Security", user, depends=0xFFFF)

    def event_template(self, event):
        def writer(index, text):
            if event["style"] == "literal":
                return lambda: self.text(text)
            return lambda: self.substitute(index, 1)

        def system():
            self.system(
                writer(14, event["provider"]),
                writer(16, event["channel"]),
                writer(17, event["computer"]),
            )

        def content():
            self.element("System", content=system, depends=0xFFFF)
            self.substitute(19, 0x21)

        self.element("Event", [("xmlns", lambda: self.text(NAMESPACE))], content, 0x13)

    def data_template(self):
        def content():
            self.element("Data", content=lambda: self.substitute(0, 0x81), depends=0)
            self.element("Binary", content=lambda: self.substitute(2, 0x0E), depends=2)

        self.element("EventData", content=content, depends=0xFFFF)

    def event_values(self, event):
        """The twenty values but the last, whose size is filled in by who writes it."""
        values = [
            (4, bytes([event["level"]])),
            (4, b"\0"),
            (6, struct.pack("<H", 0)),
            (6, struct.pack("<H", event["id"])),
            (6, struct.pack("<H", event["qualifiers"])),
            (0x15, struct.pack("<Q", 0x80000000000000)),
            (0x11, struct.pack("<Q", event["filetime"])),
            (0, b""),
            (8, struct.pack("<I", 4)),
            (8, struct.pack("<I", 0x0E28)),
            (0x0A, struct.pack("<Q", event["record_id"])),
            (4, b"\0"),
        ] + [(0, b"")] * 7
        if event["style"] != "literal":
            values[14] = (1, utf16(event["provider"]))
            values[16] = (1, utf16(event["channel"]))
            values[17] = (1, utf16(event["computer"]))
        self.pack("I", len(values) + 1)
        for kind, value in values:
            self.pack("HBB", len(value), kind if value else 0, 0)
        hole = len(self.bytes)
        self.pack("HBB", 0, 0x21, 0)
        for _, value in values:
            self.bytes += value
        return hole

    def record_by_template(self, event):
        key = ("E", event["provider"], event["channel"], event["computer"])
        seed = repr(key) if event["style"] == "literal" else "subst"
        if event["style"] != "literal":
            key = ("S",)
        guid = uuid.uuid5(uuid.NAMESPACE_URL, seed).bytes_le
        self.template(key, guid, lambda: self.event_template(event))
        hole = self.event_values(event)
        began = len(self.bytes)
        self.bytes += b"\x0f\x01\x01\x00"
        guid = uuid.UUID("4329d877-d8d5-512d-ec99-201a0fd92fc7").bytes_le
        self.template(("D",), guid, self.data_template)
        strings = b"".join(utf16(s) + b"\0\0" for s in event["strings"])
        binary = event["binary"]
        self.pack("I", 3)
        for kind, size in ((0x81, len(strings)), (8, 4), (0x0E, len(binary))):
            self.pack("HBB", size, kind if size else 0, 0)
        self.bytes += strings + struct.pack("<I", len(binary)) + binary + b"\0"
        struct.pack_into("<H", self.bytes, hole, len(self.bytes) - began)
        self.pack("B", 0)

    def plain(self, name, text=None, attributes=(), content=None):
        """An element of a forwarded event: `text` or `content`, both None if it is empty."""
        written = [(key, lambda value=value: self.text(value)) for key, value in attributes]
        if text is not None:
            content = (lambda: self.text(text)) if text else (lambda: None)
        self.element(name, written, content)

    def forwarded_system(self, event):
        self.plain("Provider", attributes=[("Name", event["provider"])])
        self.plain("EventID", str(event["id"]), [("Qualifiers", str(event["qualifiers"]))])
        self.plain("Level", str(event["level"]))
        self.plain("Task", "0")
        self.plain("Keywords", "0x80000000000000")
        self.plain("TimeCreated", attributes=[("SystemTime", filetime_text(event["filetime"]))])
        self.plain("EventRecordID", str(event["record_id"]))
        self.plain("Channel", event["channel"])
        self.plain("Computer", event["computer"])
        self.plain("Security")

    def forwarded_data(self, event):
        for text in event["strings"]:
            self.plain("Data", text)
        self.plain("Binary", event["binary"].hex().upper())

    def forwarded_rendering(self):
        self.plain("Message", MESSAGE)
        self.plain("Level", "Warning")
        for name in ("Task", "Opcode", "Channel", "Provider"):
            self.plain(name, "")
        self.plain("Keywords", content=lambda: self.plain("Keyword", "Classic"))

    def record_forwarded(self, event):
        def content():
            self.plain("System", content=lambda: self.forwarded_system(event))
            self.plain("EventData", content=lambda: self.forwarded_data(event))
            self.plain(
                "RenderingInfo",
                attributes=[("Culture", "en-US")],
                content=self.forwarded_rendering,
            )

        self.plain("Event", attributes=[("xmlns", NAMESPACE)], content=content)
        self.pack("B", 0)

    def record(self, event):
        """A forwarded record has the collector's number and time of arrival in its header."""
        began = len(self.bytes)
        is_forwarded = event["style"] == "forwarded"
        number = event["local_id"] if is_forwarded else event["record_id"]
        arrived = event["filetime"] + (50000000 if is_forwarded else 0)
        self.pack("IIQQ", 0x2A2A, 0, number, arrived)
        self.bytes += b"\x0f\x01\x01\x00"
        if is_forwarded:
            self.record_forwarded(event)
        else:
            self.record_by_template(event)
        while (len(self.bytes) - began + 4) % 8:
            self.pack("B", 0)
        size = len(self.bytes) - began + 4
        self.pack("I", size)
        struct.pack_into("<I", self.bytes, began + 4, size)
        self.first = number if self.first is None else self.first
        self.last = number
        self.last_offset = began

    def finish(self):
        free = len(self.bytes)
        out = bytearray(self.bytes) + bytearray(CHUNK - free)
        first, last = self.first or 0, self.last or 0
        struct.pack_into("<8sQQQQ", out, 0, b"ElfChnk\0", first, last, first, last)
        struct.pack_into("<III", out, 40, 128, self.last_offset, free)
        struct.pack_into("<I", out, 120, 1)
        struct.pack_into("<64I", out, 128, *self.name_heads)
        struct.pack_into("<32I", out, 384, *self.template_heads)
        sum_chunk(out)
        return out


def sum_chunk(chunk, records=True):
    """The checksums anew; without `records`, that of the header alone."""
    if records:
        free = struct.unpack_from("<I", chunk, 48)[0]
        struct.pack_into("<I", chunk, 52, zlib.crc32(chunk[512 : min(free, CHUNK)]))
    struct.pack_into("<I", chunk, 124, zlib.crc32(bytes(chunk[:120]) + bytes(chunk[128:512])))
    return chunk


def file_header(chunks, next_id, flags=0, first=0, last=None):
    """flags: 1 dirty, 2 full, 4 no checksums. `first` is not 0 in a log that wrapped."""
    header = bytearray(4096)
    last = max(chunks - 1, 0) if last is None else last
    struct.pack_into("<8sQQQ", header, 0, b"ElfFile\0", first, last, next_id)
    struct.pack_into("<IHHHH", header, 32, 128, 1, 3, 4096, chunks)
    struct.pack_into("<I", header, 120, flags)
    struct.pack_into("<I", header, 124, zlib.crc32(bytes(header[:120])))
    return header


def make_chunks(events):
    """The chunks, and the number the next record would have."""
    chunks, chunk, last = [], Chunk(), 0
    for event in events:
        kept = chunk.snapshot()
        chunk.record(event)
        if len(chunk.bytes) > CHUNK:
            chunk.rollback(kept)
            chunks.append(chunk.finish())
            chunk = Chunk()
            chunk.record(event)
        last = event.get("local_id", event["record_id"])
    return chunks + [chunk.finish()], last + 1


def make_log(events, flags=0):
    chunks, next_id = make_chunks(events)
    return file_header(len(chunks), next_id, flags), chunks


def driver_event(record_id, unix, event_id=1004, computer="WIN-SRV01.example.test", style="literal"):
    qualifiers, level = IPMIDRV[event_id]
    return {
        "provider": "IPMIDRV",
        "channel": "System",
        "computer": computer,
        "id": event_id,
        "qualifiers": qualifiers,
        "level": level,
        "record_id": record_id,
        "filetime": filetime(unix),
        "strings": [""],
        "binary": error_packet(qualifiers << 16 | event_id),
        "style": style,
    }


OTHERS = (
    ("Service Control Manager", 7036, 0x4000, 4, ("Windows Update", "running"), utf16("wuauserv/4\0")),
    ("Disk", 51, 0x8004, 3, ("\\Device\\Harddisk1\\DR1",), error_packet(0x80040033, bytes(128), 3)),
    ("EventLog", 6013, 0x8000, 4, ("", "", "", "", "86421", "60", "0 UTC"), bytes(56)),
    ("e1iexpress", 27, 0xA004, 3, ("", "Intel(R) 82574L Gigabit Network Connection"), bytes(44)),
    ("ipmiprv", 1004, 0x8005, 3, ("an id of IPMIDRV's",), b""),
)


def other_event(record_id, unix, computer, style, rnd):
    provider, event_id, qualifiers, level, strings, binary = rnd.choice(OTHERS)
    return {
        "provider": provider,
        "channel": "System",
        "computer": computer,
        "id": event_id,
        "qualifiers": qualifiers,
        "level": level,
        "record_id": record_id,
        "filetime": filetime(unix),
        "strings": strings,
        "binary": binary,
        "style": style,
    }


def make_events(count, ratio=1.0, seed=1, style="literal", start=1700000000, step=60):
    """`ratio` of them are IPMIDRV's, one in twenty of these not the usual 1004. Forwarded ones
    are of five hosts, each with its own numbers."""
    rnd = random.Random(seed)
    hosts = {f"SRV{k:02d}.example.test": 1000 * k for k in range(1, 6)}
    unix = start
    for number in range(1, count + 1):
        computer, record_id = "WIN-SRV01.example.test", number
        unix += step * (0.5 + rnd.random())
        if style == "forwarded":
            computer = rnd.choice(sorted(hosts))
            hosts[computer] += rnd.randint(1, 40)
            record_id = hosts[computer]
        if rnd.random() < ratio:
            event_id = 1004 if rnd.random() < 0.95 else rnd.choice(sorted(set(IPMIDRV) - {1004}))
            event = driver_event(record_id, unix, event_id, computer, style)
        else:
            event = other_event(record_id, unix, computer, style, rnd)
        if style == "forwarded":
            event["local_id"] = number
        yield event


def truth(event):
    """What the decoder shall say of it."""
    digits = 9 if event["style"] == "forwarded" else 7
    return {
        "host": event["computer"],
        "provider": event["provider"],
        "event_id": event["id"],
        "qualifiers": event["qualifiers"],
        "level": event["level"],
        "channel": event["channel"],
        "record_id": event["record_id"],
        "time": filetime_text(event["filetime"], digits),
    }


def write_log(path, header, chunks):
    with open(path, "wb") as file:
        file.write(header)
        for chunk in chunks:
            file.write(chunk)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("file")
    parser.add_argument("--records", type=int, default=10)
    parser.add_argument("--ratio", type=float, default=1.0, help="share of IPMIDRV's")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--style", default="literal", choices=STYLES)
    parser.add_argument("--dirty", action="store_true", help="as copied while in use")
    parser.add_argument("--truth", metavar="FILE", help="what decode shall print")
    args = parser.parse_args()
    events = list(make_events(args.records, args.ratio, args.seed, args.style))
    header, chunks = make_log(events)
    if args.dirty:
        header = file_header(0, 1, 1)
    write_log(args.file, header, chunks)
    if args.truth:
        with open(args.truth, "w", encoding="ascii") as file:
            for event in events:
                if event["provider"] == "IPMIDRV":
                    file.write(json.dumps(truth(event), separators=(",", ":")) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
