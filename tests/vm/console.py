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
A shell in the guest; Ctrl-] ends it. The controller is made ill from another terminal:
    tests/vm/run --bmc {folder} 'add any drop'    'clear'    'stat'
Each line is one argument, in quotes; what it takes: tests/sim/faults.py --help.
"""
# A shell without the question for a password that nobody set.
SHELL = ("systemctl stop serial-getty@hvc0; systemd-run -q --unit=person "
         "-p StandardInput=tty-force -p StandardOutput=tty -p StandardError=tty "
         "-p TTYPath=/dev/hvc0 -p TTYReset=yes -p Environment=TERM=linux "
         "-p WorkingDirectory=/root bash -il")


def interact(run):
    """Until Ctrl-]."""
    if not sys.stdin.isatty():
        print("no terminal here: nothing to keep it for")
        return
    print(HINTS.format(folder=run.folder), flush=True)
    run.machine.must(SHELL)
    before = termios.tcgetattr(sys.stdin)
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(run.folder + "/console")
        sock.send(b"\r")
        tty.setraw(sys.stdin)
        try:
            _carry(sock)
        finally:
            termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
            print()


def control(folder, lines):
    """Lines for the fault injector of a guest that is kept; were all understood?"""
    with socket.socket(socket.AF_UNIX) as sock:
        try:
            sock.connect(folder + "/ctl")
        except OSError as error:
            sys.exit(f"no guest is kept in {folder}: {error.strerror}; --keep prints its folder")
        file = sock.makefile("rw")
        is_good = True
        for line in lines:
            file.write(line + "\n")
            file.flush()
            answer = file.readline().strip()
            is_good = is_good and not answer.startswith("error")
            print(answer)
    return is_good


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
