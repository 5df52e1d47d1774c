# SPDX-License-Identifier: GPL-2.0-or-later
"""Does KVM work here, and is it worth it? In a machine that is itself virtual it may start a guest
and then crawl: what counts is a race against TCG over the BIOS and one sector."""
import os
import subprocess
import tempfile
import time

QEMU = "qemu-system-x86_64"
DEVICE = "/dev/kvm"
# mov dx, 0x501; mov al, 1; out dx, al; hlt: isa-debug-exit ends QEMU with status 1 << 1 | 1.
SECTOR = bytes.fromhex("ba0105b001eef4").ljust(510, b"\0") + b"\x55\xaa"
STATUS = 3
LONGEST = 30


def seconds(accelerator, longest=LONGEST):
    """That it took; None: it does not work, or not in time."""
    with tempfile.NamedTemporaryFile() as disk:
        disk.write(SECTOR)
        disk.flush()
        began = time.monotonic()
        try:
            done = subprocess.run(
                [QEMU, "-accel", accelerator, "-cpu", "max", "-m", "16", "-nodefaults",
                 "-no-user-config", "-display", "none", "-device", "isa-debug-exit", "-drive",
                 f"file={disk.name},format=raw,if=ide"], check=False, timeout=longest,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            return None
        return time.monotonic() - began if done.returncode == STATUS else None


def choose():
    """("kvm" or "tcg", the reason)."""
    if not os.access(DEVICE, os.R_OK | os.W_OK):
        return "tcg", f"{DEVICE} is not to be had"
    tcg = seconds("tcg")
    kvm = seconds("kvm", tcg or LONGEST)
    if kvm is None:
        return "tcg", f"{DEVICE} is there, but KVM does not beat TCG here"
    return "kvm", f"KVM works: {kvm:.1f} s, TCG: {tcg or LONGEST:.1f} s"
