# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/FAULTS.md, from the records of a run."""
import json
import os

HEAD = """# What a sick controller looks like from the host

Measured by `tests/vm/run`: a Debian guest under QEMU, its own `ipmi_si`, `ipmi_ssif`, systemd and
journald, the daemon started by udev, OpenIPMI's `ipmi_sim` behind a fault injector as the BMC. Each
row is one fault on one kernel. Made by `tests/vm/run --report docs/FAULTS.md`; do not edit.

- **driver**: how the counters in /sys/class/ipmi/ipmi0/device moved between the fault's beginning
  and its end, and what the kernel said
- **observed as**: our commands in that time, by class (`ok` left out)
- **finding**: what was opened, and after how long
- **lines**: how many the daemon wrote to the journal in that time

Emulation is slow: an answer that takes a real machine 5 ms takes the guest 20–70 ms.
"""


def load(folder):
    """All records of the last run."""
    records = []
    for name in sorted(os.listdir(folder)):
        if name.endswith(".record.json"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                records.append(json.load(file))
    return records


def driver(row):
    """What the driver did."""
    words = [f"{name} +{value}" for name, value in sorted(row["counters"].items())
             if name not in ("complete_transactions", "sent_messages")]
    words += [line.split("] ", 1)[-1] for line in row["kernel_lines"][:2]]
    return "; ".join(words) or "nothing"


def classes(row):
    """What the daemon made of its commands."""
    return ", ".join(f"{value} {name}" for name, value in row["hour"].items()
                     if name not in ("commands", "ok") and value > 0) or "–"


def findings(row):
    """What was told, and when."""
    parts, seen = [], set()
    for line in row["journal"]:
        kind = line.get("BMC_FINDING")
        if kind and kind not in seen:
            seen.add(kind)
            after = int(line["__REALTIME_TIMESTAMP"]) / 1e6 - row["began"]
            parts.append(f"{kind} after {max(after, 0):.0f} s")
    return ", ".join(parts) or "none"


def table(records):
    """Rows, a fault's kernels together."""
    lines = ["| fault | interface | kernel | driver | observed as | finding | lines |",
             "|---|---|---|---|---|---|---|"]
    rows = []
    for record in records:
        for number, row in enumerate(record["faults"]):
            if row["ended"]:
                rows.append(((record["scenario"], number, record["interface"], record["kernel"]),
                             row))
    for (_, _, interface, kernel), row in sorted(rows, key=lambda entry: entry[0]):
        cells = (row["title"], interface, kernel, driver(row), classes(row), findings(row),
                 str(len(row["journal"])))
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return lines


def write(path, folder):
    """The document."""
    records = load(folder)
    with open(path, "w", encoding="utf-8") as file:
        file.write(HEAD + "\n" + "\n".join(table(records)) + "\n")
