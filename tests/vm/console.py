# SPDX-License-Identifier: GPL-2.0-or-later
"""For --keep: a person at the guest."""
import os
import select
import socket
import sys
import termios
import tty

LEAVE = b"\x1d"  # Ctrl-]
HINTS = """
The guest is yours: root, no password. Ctrl-] ends it.
The controller is made ill from another terminal, a line in, a line out:
    printf 'add any drop\\nstat\\n' | python3 -c 'import socket,sys; s=socket.socket(socket.AF_UNIX);
s.connect("{ctl}"); s.sendall(sys.stdin.buffer.read()); s.shutdown(1); print(s.makefile().read())'
What it takes: tests/sim/faults.py --help. Files of this run: {folder}
"""


def interact(run):
    """Until Ctrl-]."""
    print(HINTS.format(ctl=run.folder + "/ctl", folder=run.folder))
    run.machine.must("systemctl start serial-getty@hvc0 2>/dev/null || true")
    if not sys.stdin.isatty():
        print("no terminal here: nothing to keep it for")
        return
    before = termios.tcgetattr(sys.stdin)
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(run.folder + "/console")
        sock.send(b"\r")
        tty.setraw(sys.stdin)
        try:
            _carry(sock)
        finally:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _carry(sock):
    while True:
        for ready in select.select([sys.stdin, sock], [], [])[0]:
            data = os.read(ready.fileno(), 4096)
            if not data or (ready is sys.stdin and LEAVE in data):
                return
            if ready is sys.stdin:
                sock.sendall(data)
            else:
                os.write(sys.stdout.fileno(), data)
