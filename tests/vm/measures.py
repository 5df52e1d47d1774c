# SPDX-License-Identifier: GPL-2.0-or-later
"""What steps.py measures in a guest with more than one command: time, history, another target."""
import base64
import io
import os
import sqlite3
import tarfile
import tempfile

import tap
from scenario import seconds_of

# Milliseconds that $1 times COMMAND took, the fastest of them, then its last output.
TIMED = """best=
for ((i = 0; i < {times}; i++)); do
	began=$EPOCHREALTIME
	text=$({command}) || {{ status=$?; echo "$text"; exit $status; }}
	ended=$EPOCHREALTIME
	took=$(((${{ended/./}} - ${{began/./}}) / 1000))
	test "$best" && test "$best" -le "$took" || best=$took
done
echo "$best"
echo "$text\""""
NOTHING = "bmchealthctl --version"
SQL = {
    "integrity": "PRAGMA integrity_check",
    "samples": "SELECT count(*) FROM sample",
    "open": "SELECT count(*) FROM finding WHERE closed_us IS NULL",
}


def run_timed(player, times, command):
    """Its best time, and its output."""
    status, text = player.session.machine.run(TIMED.format(times=times, command=command), 300)
    tap.need(status == 0, command, f"status {status}: {text}")
    took, _, text = text.partition("\n")
    return int(took), text


def measure_time(player, text):
    """time [N] COMMAND: by the guest's own clock. A slow machine is slow with everything, so the
    time of a program that does nothing is told with it."""
    times, _, command = text.partition(" ")
    if not times.isdigit():
        times, command = "1", text
    idle, _ = run_timed(player, 3, NOTHING)
    player.took, player.output = run_timed(player, times, command)
    tap.note(f"{command}: {player.took} ms ({NOTHING}: {idle} ms)")


def time_taken(player, _path):
    """What the last `time` found, in ms, on a machine of usual speed."""
    return player.took / tap.SLOWNESS


def history(player, path):
    """Of the history that the scenario has copied to /run/history."""
    packed = player.session.machine.must("tar -C /run/history -c . | base64 -w0", 120)
    with tempfile.TemporaryDirectory(dir=player.session.folder) as place:
        with tarfile.open(fileobj=io.BytesIO(base64.b64decode(packed))) as tar:
            for member in tar:
                name = os.path.basename(member.name)
                if member.isfile() and name.startswith("history.db"):
                    with open(os.path.join(place, name), "wb") as file:
                        file.write(tar.extractfile(member).read())
        with sqlite3.connect(os.path.join(place, "history.db")) as database:
            return database.execute(SQL[path]).fetchone()[0]


def wait_age(player, text):
    """age 24 h: until the guest has been up for so long by its own clock, which may leap."""
    player.session.machine.must("while read -r up _ </proc/uptime; "
                                f"test ${{up%.*}} -lt {seconds_of(text):.0f}; do sleep 60; done",
                                seconds=90000)
