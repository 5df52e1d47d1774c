# SPDX-License-Identifier: GPL-2.0-or-later
"""Event logs that lie: sizes, offsets, counts and loops that have broken other readers.

Checksums are right unless they are the point. Each row says how many of its IPMIDRV records can
still be read, and how many pieces are damaged; None: the file is no event log.
"""
import struct
import zlib

import mkevtx

FIRST = 512  # where the first record of a chunk begins
INSTANCE = FIRST + 24 + 4  # its template instance
DEFINITION = INSTANCE + 10  # the template, where it stands for the first time


def three(style="literal"):
    """A header and one chunk of three records."""
    events = mkevtx.make_events(3, 1.0, 1, style)
    if style == "literal":
        events = [mkevtx.driver_event(i + 1, 1700000000 + i) for i in range(3)]
    header, chunks = mkevtx.make_log(events)
    return header, chunks[0]


def values_at(chunk):
    return DEFINITION + 24 + struct.unpack_from("<I", chunk, DEFINITION + 20)[0]


def first_name(chunk):
    return next(offset for offset in struct.unpack_from("<64I", chunk, 128) if offset)


def text_at(chunk, text):
    return chunk.index(mkevtx.utf16(text), FIRST)


def patched(where, layout, *values, style="literal"):
    """The three records with something else at `where`, a number or a function of the chunk."""
    header, chunk = three(style)
    at = where(chunk) if callable(where) else where
    struct.pack_into(layout, chunk, at, *values)
    return header, [mkevtx.sum_chunk(chunk)]


def header_only_sum(at, value):
    header, chunk = three()
    struct.pack_into("<I", chunk, at, value)
    return header, [mkevtx.sum_chunk(chunk, records=False)]


def flipped(at):
    """A checksum that is wrong."""
    header, chunk = three()
    chunk[at] ^= 1
    if at != 124:
        mkevtx.sum_chunk(chunk, records=False)
    return header, [chunk]


def replaced(old, new):
    header, chunk = three("forwarded")
    at = text_at(chunk, old)
    chunk[at : at + 2 * len(new)] = mkevtx.utf16(new)
    return header, [mkevtx.sum_chunk(chunk)]


def with_header(header):
    return header, [three()[1]]


def summed(header):
    struct.pack_into("<I", header, 124, zlib.crc32(bytes(header[:120])))
    return header


def template_in_itself():
    """The value EventData is an instance of the very template it is a value of."""
    header, chunk = three()
    at = chunk.index(b"\x0f\x01\x01\x00\x0c\x01\x77\xd8\x29\x43", FIRST)
    struct.pack_into("<II", chunk, at + 6, struct.unpack_from("<I", chunk, INSTANCE + 2)[0], 576)
    return header, [mkevtx.sum_chunk(chunk)]


def deep():
    """4,800 elements, each in the one before."""
    chunk = mkevtx.Chunk()
    chunk.first = chunk.last = 1
    began = len(chunk.bytes)
    chunk.pack("IIQQ", 0x2A2A, 0, 1, mkevtx.filetime(1700000000))
    chunk.bytes += b"\x0f\x01\x01\x00"
    for _ in range(4800):
        chunk.pack("BI", 1, 0x7FFFFFFF)
        chunk.name("a")
        chunk.pack("B", 2)
    chunk.bytes += b"\x04" * 4800 + b"\0"
    while (len(chunk.bytes) - began + 4) % 8:
        chunk.pack("B", 0)
    size = len(chunk.bytes) - began + 4
    chunk.pack("I", size)
    struct.pack_into("<I", chunk.bytes, began + 4, size)
    return mkevtx.file_header(1, 2), [chunk.finish()]


def costly():
    """Each record has a template of its own, all of them in the same long row of elements."""
    header, chunk = three()
    row = 40000
    chunk[row:65000] = bytes(25000)
    for at in range(row, 65000, 4):
        struct.pack_into("<BBH", chunk, at, 5, 1, 0)
    at = FIRST
    for number in range((row - FIRST) // 48):
        struct.pack_into("<IIQQ", chunk, at, 0x2A2A, 48, number + 1, 0)
        offset = row + 4 * number
        struct.pack_into("<IBBII", chunk, at + 24, 0x00010 << 16, 0x0C, 1, 0, offset)
        chunk[at + 24 : at + 28] = b"\x0f\x01\x01\x00"
        struct.pack_into("<II", chunk, at + 38, 0, 48)
        struct.pack_into("<I", chunk, at + 44, 48)
        at += 48
    struct.pack_into("<I", chunk, 48, 65000)
    return header, [mkevtx.sum_chunk(chunk)]


def stale():
    """Fifteen records, and behind them five of old."""
    events = [mkevtx.driver_event(i + 1, 1700000000 + i) for i in range(20)]
    header, chunks = mkevtx.make_log(events)
    offsets, at = [], FIRST
    for _ in range(20):
        offsets.append(at)
        at += struct.unpack_from("<I", chunks[0], at + 4)[0]
    struct.pack_into("<II", chunks[0], 44, offsets[14], offsets[15])
    struct.pack_into("<QQQQ", chunks[0], 8, 1, 15, 1, 15)
    mkevtx.sum_chunk(chunks[0])
    return header, chunks


def hole():
    """The second chunk is zeros; 642 of 900 records are in the others."""
    events = [mkevtx.driver_event(i + 1, 1700000000 + i) for i in range(900)]
    header, chunks = mkevtx.make_log(events)
    chunks[1] = bytes(mkevtx.CHUNK)
    return header, chunks


def with_tail(tail):
    header, chunk = three()
    return header, [chunk, tail]


def cut(size):
    header, chunk = three()
    return header, [chunk[:size]]


# name: (what makes it, records that can be read, pieces that are damaged)
FILES = {
    "intact": (lambda: with_tail(b""), 3, 0),
    "forwarded": (lambda: patched(124, "<I", 0, style="forwarded"), 3, 0),
    "record_size_zero": (lambda: patched(FIRST + 4, "<I", 0), 0, 1),
    "record_size_huge": (lambda: patched(FIRST + 4, "<I", 0xFFFFFFF8), 0, 1),
    "record_size_12": (lambda: patched(FIRST + 4, "<I", 12), 0, 1),
    "record_sizes_differ": (
        lambda: patched(lambda c: FIRST + struct.unpack_from("<I", c, 516)[0] - 4, "<I", 28),
        2,
        1,
    ),
    "free_space_huge": (lambda: header_only_sum(48, 0xFFFFFFFF), 3, 1),
    "free_space_zero": (lambda: patched(48, "<I", 0), 3, 1),
    "free_space_and_last_record_huge": (lambda: patched(44, "<II", 0xFFFFFFFF, 0xFFFFFFFF), 0, 1),
    "last_record_huge": (lambda: header_only_sum(44, 0xFFFFFFF0), 3, 0),
    "template_next_loop": (lambda: patched(DEFINITION, "<I", DEFINITION), 3, 0),
    "name_next_loop": (lambda: patched(first_name, "<I", 550), 3, 0),
    "template_offset_beyond": (lambda: patched(INSTANCE + 6, "<I", 0x7FFFFFF0), 2, 1),
    "template_offset_header": (lambda: patched(INSTANCE + 6, "<I", 8), 2, 1),
    "template_offset_end": (lambda: patched(INSTANCE + 6, "<I", 65530), 2, 1),
    "template_offset_negative": (lambda: patched(INSTANCE + 6, "<I", 0xFFFFFFF6), 2, 1),
    "template_size_huge": (lambda: patched(DEFINITION + 20, "<I", 0xFFFFFFFF), 0, 3),
    "template_size_zero": (lambda: patched(DEFINITION + 20, "<I", 0), 0, 3),
    "value_count_huge": (lambda: patched(values_at, "<I", 0xFFFFFFFF), 2, 1),
    "value_count_zero": (lambda: patched(values_at, "<I", 0), 2, 1),
    "value_size_ffff": (lambda: patched(lambda c: values_at(c) + 16, "<H", 0xFFFF), 2, 1),
    "event_id_size_1": (lambda: patched(lambda c: values_at(c) + 16, "<H", 1), 2, 1),
    "event_id_type_strings": (lambda: patched(lambda c: values_at(c) + 18, "B", 0x81), 2, 1),
    "template_in_itself": (template_in_itself, 3, 0),
    "element_size_huge": (lambda: patched(DEFINITION + 24 + 7, "<I", 0xFFFFFFFF), 3, 0),
    "name_offset_huge": (lambda: patched(DEFINITION + 24 + 11, "<I", 0xFFFFFFF0), 0, 3),
    "name_length_ffff": (lambda: patched(lambda c: DEFINITION + 45, "<H", 0xFFFF), 0, 3),
    "provider_length_ffff": (
        lambda: patched(lambda c: text_at(c, "IPMIDRV") - 2, "<H", 0xFFFF),
        0,
        3,
    ),
    "provider_lone_surrogate": (
        lambda: patched(lambda c: text_at(c, "IPMIDRV") + 2, "<H", 0xD800),
        0,
        0,
    ),
    "unknown_token": (lambda: patched(DEFINITION + 28, "B", 0x7F), 0, 3),
    "deep_nesting": (deep, 0, 1),
    "costly_templates": (costly, 0, None),
    "header_chunks_ffff": (lambda: with_header(mkevtx.file_header(0xFFFF, 4)), 3, 0),
    "header_block_zero": (
        lambda: with_header(summed(mkevtx.file_header(1, 4)[:40] + bytes(4056))),
        3,
        0,
    ),
    "header_wrong_sum": (lambda: with_header(mkevtx.file_header(1, 4)[:124] + bytes(3972)), 3, 1),
    "header_dirty": (lambda: with_header(mkevtx.file_header(0, 1, 1)), 3, 0),
    "records_wrong_sum": (lambda: flipped(52), 3, 1),
    "chunk_wrong_sum": (lambda: flipped(124), 3, 1),
    "no_sums": (lambda: (mkevtx.file_header(1, 4, 4), flipped(52)[1]), 3, 0),
    "cut_in_a_record": (lambda: cut(struct.unpack_from("<I", three()[1], 48)[0] - 10), 2, 1),
    "cut_in_free_space": (lambda: cut(3000), 3, 1),
    "cut_in_a_chunk_header": (lambda: cut(100), 0, 1),
    "cut_in_the_header": (lambda: (mkevtx.file_header(1, 4)[:100], []), 0, None),
    "header_alone": (lambda: (mkevtx.file_header(0, 1), []), 0, 0),
    "empty": (lambda: (b"", []), 0, None),
    "text": (lambda: (b"<Event>" * 1000, []), 0, None),
    "hole": (hole, 642, 0),
    "unused_tail": (lambda: with_tail(bytes(15 * mkevtx.CHUNK)), 3, 0),
    "foreign_tail": (lambda: with_tail(b"x" * mkevtx.CHUNK), 3, 1),
    "stale_records": (stale, 15, 0),
    "forwarded_element_size_huge": (
        lambda: patched(FIRST + 29, "<I", 0xFFFFFFFF, style="forwarded"),
        3,
        0,
    ),
    "forwarded_text_huge": (
        lambda: patched(lambda c: text_at(c, "IPMIDRV") - 2, "<H", 0x7FFF, style="forwarded"),
        2,
        1,
    ),
    "forwarded_id_9999": (lambda: replaced("1004", "9999"), 2, 0),
    "forwarded_qualifiers_no_number": (lambda: replaced("32773", "-1e99"), 2, 1),
    "forwarded_time_no_time": (lambda: replaced("2023-", "9999X"), 2, 1),
}
