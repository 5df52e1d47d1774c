#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the seeds of tests/fuzz/fuzz_winevt_evtx into a folder: chunks up to their free space."""
import os
import struct
import sys

import hostile
import mkevtx


def trimmed(chunk):
    free = struct.unpack_from("<I", chunk, 48)[0]
    return bytes(chunk[:free]) if 512 <= free <= len(chunk) else bytes(chunk[:4096])


def seeds():
    for style in mkevtx.STYLES:
        events = list(mkevtx.make_events(3, 0.7, 2, style))
        yield style, trimmed(mkevtx.make_log(events)[1][0])
    for name in ("stale_records", "costly_templates", "free_space_zero"):
        yield name, trimmed(hostile.FILES[name][0]()[1][0])[:8192]


def main():
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, data in seeds():
        with open(os.path.join(sys.argv[1], name), "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main()
