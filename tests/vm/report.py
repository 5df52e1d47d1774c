# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/FAULTS.md, from the records of a run: an index, then each fault with what it looked like on
which kernel and interface; runs that look the same are told as one."""
import collections
import json
import os
import re

HEAD = """# What a sick controller looks like from the host

For whoever reads a finding at night and asks what it is made of, and for whoever compares with a
machine of their own. Measured by `tests/vm/run`: a Debian guest under QEMU with its own `ipmi_si`,
`ipmi_ssif`, systemd and journald, the daemon started by udev, OpenIPMI's `ipmi_sim` behind a fault
injector as the BMC. Made by `tests/vm/run --report docs/FAULTS.md`; do not edit.

- **driver**: how the counters in /sys/class/ipmi/ipmi0/device moved from the fault's beginning to
  its end, and what the kernel said (`dmesg`)
- **commands**: what the daemon made of its commands in that time, by class
- **finding**: what was opened, how long after the fault began
- **lines**: how many lines the daemon wrote to the journal in that time

Emulation differs from life in three ways: an answer takes 5 to 100 ms; QEMU gives up a command
after 4 s and answers 0xC3 for the controller, before the driver's own limits; and most scenarios
ask once a second where the daemon's default is once in ten, so real detection takes up to ten
times as long (the faults are seen by the same number of commands).
"""
PRIVATE = ("complete_transactions", "sent_messages", "interrupts", "short_timeouts",
           "long_timeouts")
SAME_WITHIN = 2  # times: what is as different as this still counts as the same


def load(folder, names):
    """The records of the last runs of these scenarios; not of one that failed."""
    records = []
    for name in sorted(os.listdir(folder)):
        if name.endswith(".record.json"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                record = json.load(file)
            if record["passed"] and record["scenario"] in names:
                records.append(record)
    return records


class Seen:
    """One fault in one run."""

    def __init__(self, record, row):
        self.title, self.scenario = row["title"], record["title"]
        self.kernel, self.interface = record["kernel"], record["interface"]
        self.row = row
        self.driver = {name: value for name, value in row["counters"].items()
                       if name not in PRIVATE}
        self.kernel_said = collections.Counter(map(plain, row["kernel_lines"]))
        self.classes = {name: value for name, value in row["hour"].items()
                        if name != "commands" and value > 0}
        self.findings, self.messages = {}, {}
        for line in row["journal"]:
            self._learn(line)

    def _learn(self, line):
        kind = line.get("BMC_FINDING")
        if not kind or kind in self.findings or '" is over' in line["MESSAGE"]:
            return
        after = int(line["__REALTIME_TIMESTAMP"]) / 1e6 - self.row["began"]
        self.findings[kind] = max(after, 0)
        self.messages[kind] = (line.get("BMC_SEVERITY"), line["MESSAGE"])

    def is_like(self, other):
        """Would an admin see a difference?"""
        def is_near(one, two):
            return max(one, two) <= SAME_WITHIN * max(min(one, two), 5)
        return (list(self.findings) == list(other.findings) and
                set(self.classes) - {"ok"} == set(other.classes) - {"ok"} and
                set(self.driver) == set(other.driver) and
                set(self.kernel_said) == set(other.kernel_said) and
                all(is_near(after, other.findings[kind]) for kind, after in self.findings.items()))


def plain(line):
    """A line of the kernel's without what differs from one to the next."""
    line = re.sub(r"^\[[ 0-9.]+\] ", "", line)
    line = re.sub(r"^ipmi_\w+ [\w:.-]+: ", "", line)
    line = re.sub(r"(netfn|cmd|length|id) [0-9a-f]+", r"\1 …", line)
    return line


def span(values, unit=""):
    """20–62 s."""
    low, high = round(min(values)), round(max(values))
    return (f"{low}" if low == high else f"{low}–{high}") + unit


def together(dicts, form):
    """Each key once, with the range of its values."""
    keys = dict.fromkeys(key for entry in dicts for key in entry)
    return [form(key, span([entry[key] for entry in dicts if key in entry])) for key in keys]


def groups(entries):
    """Those that look alike."""
    found = []
    for entry in entries:
        for group in found:
            if entry.is_like(group[0]):
                group.append(entry)
                break
        else:
            found.append([entry])
    return found


def where(group):
    """On which machines."""
    by_interface = collections.defaultdict(list)
    for entry in group:
        by_interface[entry.interface].append(entry.kernel)
    order = ("6.1", "6.12", "7.2")
    return "; ".join(f"{interface} {', '.join(sorted(set(kernels), key=order.index))}"
                     for interface, kernels in by_interface.items())


def cells(group):
    """Of one row."""
    driver = together([entry.driver for entry in group], "{} +{}".format)
    driver += together([entry.kernel_said for entry in group], "“{}” × {}".format)[:2]
    classes = together([entry.classes for entry in group], "{1} {0}".format)
    findings = together([entry.findings for entry in group], "{} after {} s".format)
    return (where(group), "; ".join(driver) or "nothing", ", ".join(classes) or "–",
            ", ".join(findings) or "none", span([len(entry.row["journal"]) for entry in group]))


def table(head, rows):
    """In Markdown."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
                    for row in rows]


def section(title, entries):
    """One fault."""
    lines = [f"## {title[:1].upper()}{title[1:]}", ""]
    lines += table(("interface and kernel", "driver", "commands", "finding", "lines"),
                   map(cells, groups(entries)))
    told = {}
    for entry in entries:
        for kind, message in entry.messages.items():
            told.setdefault(kind, message)
    for kind, (severity, message) in told.items():
        lines += ["", f"> {severity}: {message}"]
    return lines + [""]


def index(faults):
    """All of them at a glance."""
    rows = []
    for title, entries in faults.items():
        last = [list(entry.findings)[-1:] or ["none"] for entry in entries]
        kinds = dict.fromkeys(kind for kinds in last for kind in kinds)
        times = [list(entry.findings.values())[-1] for entry in entries if entry.findings]
        rows.append((f"[{title}](#{anchor(title)})", ", ".join(kinds),
                     span(times, " s") if times else "–"))
    return table(("the controller", "what is told in the end", "after"), rows)


def anchor(title):
    """As Markdown makes it."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def write(path, folder, names):
    """The document, of these scenarios."""
    faults = collections.defaultdict(list)
    for record in load(folder, names):
        for row in record["faults"]:
            if row["ended"]:
                faults[row["title"]].append(Seen(record, row))
    lines = [HEAD, *index(faults), ""]
    for title, entries in faults.items():
        lines += section(title, entries)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines).rstrip() + "\n")
