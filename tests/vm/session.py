# SPDX-License-Identifier: GPL-2.0-or-later
"""One run of a scenario: the controller, the guest, what was seen of both, and what is kept of it
for docs/FAULTS.md and for whoever looks into a failure."""
import json
import os
import shlex
import shutil
import tempfile
import time

import bench
import machine

COUNTERS = ("/sys/class/ipmi/ipmi0/device", "hosed_count", "hosed", "complete_transactions",
            "sent_messages", "long_timeouts", "short_timeouts", "send_errors", "receive_errors",
            "nr_msgs", "nr_users")
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
                                       second=second[0] if second else None)
        self.record = {"scenario": scenario.name, "title": scenario.title, "kernel": kernel,
                       "interface": interface, "faults": []}
        self.marks = {}

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
        self.configure(self.scenario.config())
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

    def status(self):
        """The daemon's document; {}: it serves none."""
        status, text = self.machine.run("bmchealthctl status --json")
        try:
            return json.loads(text) if text.startswith("{") or not status else {}
        except ValueError:
            return {}

    def target(self, name="local"):
        """One target of it."""
        for entry in self.status().get("targets", []):
            if entry["name"] == name:
                return entry
        return {}

    def counters(self):
        """The driver's, as numbers."""
        folder, *names = COUNTERS
        text = self.machine.must(f"cd {folder} 2>/dev/null && grep -s . {' '.join(names)}; true")
        pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line)
        return {name: int(value) for name, value in pairs if value.isdigit()}

    def journal(self):
        """Every line of the daemon's own, as field -> value, oldest first."""
        text = self.machine.must("journalctl -o json --no-pager -t bmchealthd", 120)
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def unit(self):
        """systemctl show."""
        text = self.machine.must("systemctl show bmchealthd -p " + ",".join(PROPERTIES))
        return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)

    def kernel_lines(self):
        """What the kernel said of IPMI."""
        text = self.machine.must("dmesg | grep -iE 'ipmi|bmc' || true")
        return text.splitlines()

    def fault_begins(self, title):
        """What follows is this fault; its row in docs/FAULTS.md starts."""
        self.fault_ends()
        row = {"title": title, "began": time.time(), "findings": [], "ended": None,
               "counters": self.counters(), "kernel_lines": len(self.kernel_lines()),
               "hour": self.target().get("hour", {}), "journal": len(self.journal())}
        row["began"] = time.time()
        self.record["faults"].append(row)

    def fault_ends(self):
        """Its figures are taken."""
        if not self.record["faults"] or self.record["faults"][-1]["ended"]:
            return
        row = self.record["faults"][-1]
        row["ended"] = time.time()
        now, target = self.counters(), self.target()
        row["counters"] = {name: value - row["counters"].get(name, 0) for name, value in now.items()
                           if value != row["counters"].get(name, 0) and not name.startswith("nr_")}
        row["hour"] = {name: value - row["hour"].get(name, 0)
                       for name, value in target.get("hour", {}).items()
                       if value != row["hour"].get(name, 0)}
        row["kernel_lines"] = self.kernel_lines()[row["kernel_lines"]:]
        lines = self.journal()[row["journal"]:]
        row["journal"] = [{key: line.get(key) for key in
                           ("MESSAGE", "BMC_FINDING", "BMC_SEVERITY", "__REALTIME_TIMESTAMP")}
                          for line in lines]

    def keep(self, place):
        """What there is to look at afterwards."""
        os.makedirs(place, exist_ok=True)
        name = f"{self.scenario.name}-{self.kernel}-{self.interface}"
        for what, read in (("journal.json", lambda: json.dumps(self.journal(), indent=1)),
                           ("status.json", lambda: json.dumps(self.status(), indent=1)),
                           ("kernel", lambda: "\n".join(self.kernel_lines())),
                           ("record.json", lambda: json.dumps(self.record, indent=1))):
            try:
                text = read()
            except (machine.Broken, OSError, ValueError) as error:
                text = f"not to be had: {error}\n"
            with open(f"{place}/{name}.{what}", "w", encoding="utf-8") as file:
                file.write(text)
        if os.path.exists(self.machine.console):
            shutil.copy(self.machine.console, f"{place}/{name}.console")
