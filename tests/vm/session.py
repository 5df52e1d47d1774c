# SPDX-License-Identifier: GPL-2.0-or-later
"""One run of a scenario: the controller, the guest, what was seen of both, and what is kept of it
for docs/FAULTS.md and for whoever looks into a failure."""
import json
import os
import re
import shlex
import shutil
import tempfile
import time

import bench
import machine
from scenario import config_text

DEVICE = "/sys/class/ipmi/ipmi0/device"
ABOUT = re.compile("ipmi|bmc", re.I)
COUNTERS = ("hosed_count", "hosed", "complete_transactions",
            "sent_messages", "long_timeouts", "short_timeouts", "send_errors", "receive_errors",
            "nr_msgs", "nr_users", "attentions", "events", "interrupts")


def read_status(text):
    """A dict; empty: not a document."""
    try:
        return json.loads(text.rstrip("\f"))
    except ValueError:
        return {}


def read_counters(text):
    """name -> number."""
    pairs = zip(COUNTERS, text.split("\f"))
    return {name: int(value) for name, value in pairs if value.strip().isdigit()}


def read_kernel(text):
    """The lines that are about IPMI, with their time, as dmesg shows them."""
    found = re.findall(r"^\d+,\d+,(\d+),[^;\n]*;(.*)$", text, re.M)
    return [f"[{int(at) / 1e6:12.6f}] {line}" for at, line in found if ABOUT.search(line)]


def read_journal(text):
    """A list of entries."""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def rises(before, after):
    """What has moved; not what is no counter."""
    return {name: value - before.get(name, 0) for name, value in after.items()
            if value != before.get(name, 0) and not name.startswith("nr_")}


def target_of(status, name="local"):
    """One target of a status document."""
    return next((entry for entry in status.get("targets", []) if entry["name"] == name), {})


# name: what to run in the guest, or @ and what to read there; what reads its output
LOOKS = {
    "status": ("@/run/bmchealthd/status.sock", read_status),
    "counters": ("@" + " ".join(f"{DEVICE}/{name}" for name in COUNTERS), read_counters),
    "journal": ("journalctl -o json --no-pager -t bmchealthd", read_journal),
    "clock": ("date +%s.%N", float),
    "kernel": ("@/dev/kmsg", read_kernel),
}
TELLS = 5  # s: a daemon that is stopped does not say anything
START = "udevadm trigger --action=add --subsystem-match=ipmi && udevadm settle"
# What a service unit of the daemon's age is asked for.
PROPERTIES = ("ActiveState", "SubState", "MainPID", "NRestarts", "StatusText", "Result")


class Session:
    """All of it; a context manager."""

    def __init__(self, scenario, kernel, interface, image, tar):
        self.scenario, self.kernel, self.interface = scenario, kernel, interface
        self.folder = tempfile.mkdtemp(prefix="bmcvm-")
        shutil.copy(tar, self.folder + "/install.tar")
        self.sim = self.faults = None
        port = None
        if "ipmi_sim" in scenario.values["bmc"] and interface != "none":
            self.sim = bench.Sim(self.folder)
            self.faults = bench.Faults(self.folder, self.sim, "serial")
            self.sim.start()
            self.faults.start()
            port = self.faults.serial_port
        second = scenario.values["second"]
        self.machine = machine.Machine(image, kernel, interface, self.folder, bmc_port=port,
                                       second=second[0] if second else None,
                                       leaps="leaps" in scenario.values["clock"])
        self.record = {"scenario": scenario.name, "title": scenario.title, "kernel": kernel,
                       "interface": interface, "passed": False, "faults": []}

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_error):
        self.close()

    def start(self):
        """Until the daemon is told of the device, as udev tells it."""
        how = self.scenario.values["start"][0]
        self.machine.restore()
        self.configure(config_text(self.scenario.config()))
        if self.scenario.values["unit"]:
            self.put("/etc/systemd/system/bmchealthd.service.d/test.conf",
                     "[Service]\n" + "\n".join(self.scenario.values["unit"]) + "\n")
            self.machine.must("systemctl daemon-reload")
        if self.faults:
            self.faults.mark()
        if how == "boot":
            self.machine.reboot()
        elif how == "restore":
            self.machine.must(START)

    def configure(self, text):
        """The file an administrator would write."""
        self.put("/etc/bmchealthd/conf.d/test.conf", text)
        if text:
            self.machine.must("bmchealthctl check-config")

    def put(self, path, text):
        """A file in the guest."""
        folder = shlex.quote(os.path.dirname(path))
        self.machine.must(f"mkdir -p {folder}; printf %s {shlex.quote(text)} >{shlex.quote(path)}")

    def close(self):
        """Everything ends."""
        self.machine.stop()
        if self.faults:
            self.faults.stop()
        if self.sim:
            self.sim.stop()
        if not os.environ.get("BMC_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)

    def scripts(self, names):
        """name -> what it prints; together, because each trip to the guest takes time."""
        scripts = (f"{{ {LOOKS[name][0]}\n}} 2>/dev/null; printf '\\f'" for name in names)
        parts = self.machine.run("; ".join(scripts), 120)[1].split("\f") if names else [""]
        if len(parts) <= len(names):
            raise machine.Broken(f"the guest does not tell: {parts[-1][-400:]}")
        return dict(zip(names, parts))

    def look(self, *names):
        """What LOOKS has of these, read."""
        texts = self.scripts([name for name in names if LOOKS[name][0][0] != "@"])
        for name in names:
            if name not in texts:
                texts[name] = self.machine.run(LOOKS[name][0], TELLS)[1]
        return [LOOKS[name][1](texts[name]) for name in names]

    def status(self):
        """The daemon's document; {}: it serves none."""
        return self.look("status")[0]

    def target(self, name="local"):
        """One target of it."""
        return target_of(self.status(), name)

    def counters(self):
        """The driver's, as numbers."""
        return self.look("counters")[0]

    def journal(self):
        """Every line of the daemon's own, as field -> value, oldest first."""
        return self.look("journal")[0]

    def unit(self):
        """systemctl show."""
        text = self.machine.must("systemctl show bmchealthd -p " + ",".join(PROPERTIES))
        return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)

    def kernel_lines(self):
        """What the kernel said of IPMI."""
        return self.look("kernel")[0]

    def fault_begins(self, title):
        """What follows is this fault; its row in docs/FAULTS.md starts."""
        self.fault_ends()
        status, counters, kernel, journal, clock = self.look("status", "counters", "kernel",
                                                             "journal", "clock")
        self.record["faults"].append({
            "title": title, "began": clock, "ended": None, "counters": counters,
            "kernel_lines": len(kernel), "first_kernel_line": len(kernel),
            "hour": target_of(status).get("hour", {}),
            "journal": len(journal), "first_line": len(journal)})

    def fault_ends(self):
        """Its figures are taken."""
        if not self.record["faults"] or self.record["faults"][-1]["ended"]:
            return
        row = self.record["faults"][-1]
        row["ended"] = time.time()
        status, counters, kernel, journal = self.look("status", "counters", "kernel", "journal")
        target = target_of(status)
        row["counters"] = rises(row["counters"], counters)
        row["hour"] = rises(row["hour"], target.get("hour", {}))
        row["advice"] = {entry["kind"]: entry["next_step"] for entry in target.get("findings", [])}
        row["kernel_lines"] = kernel[row["kernel_lines"]:]
        row["journal"] = [{key: line.get(key) for key in
                           ("MESSAGE", "BMC_FINDING", "BMC_SEVERITY", "__REALTIME_TIMESTAMP")}
                          for line in journal[row["journal"]:]]

    def keep(self, place):
        """What there is to look at afterwards."""
        os.makedirs(place, exist_ok=True)
        name = f"{self.scenario.name}-{self.kernel}-{self.interface}"
        try:
            status, kernel, journal = self.look("status", "kernel", "journal")
            files = {"journal.json": json.dumps(journal, indent=1), "kernel": "\n".join(kernel),
                     "status.json": json.dumps(status, indent=1)}
        except (machine.Broken, OSError) as error:
            files = {"journal.json": f"not to be had: {error}\n"}
        files["record.json"] = json.dumps(self.record, indent=1)
        for what, text in files.items():
            with open(f"{place}/{name}.{what}", "w", encoding="utf-8") as file:
                file.write(text)
        if os.path.exists(self.machine.console):
            shutil.copy(self.machine.console, f"{place}/{name}.console")
