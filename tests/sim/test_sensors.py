#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sensor readings for those who only want numbers: bmchealthctl sensors, and the text file, held
against what the real exporter and the real script say of the same controller."""
import json
import math
import os
import re
import shutil
import socket
import subprocess
import urllib.error
import urllib.request

import bench as benches
import tap
from bench import FAST, PASSWORD, Bench, end, merged, start
from bmc.sdr import DISCRETE, SENSORS
from tap import becomes, check, scenario, stays, wait_for

# Debian's place; elsewhere say where it is.
SCRIPT = os.environ.get("BMC_NODE_SCRIPT", "/usr/share/prometheus-node-exporter-collectors/ipmitool")
ALL = len(SENSORS) + len(DISCRETE)
# What the bits of a sensor with states are worth, which a table of FreeIPMI's says.
NOT_OURS = re.compile("ipmi_sensor_(value|state)")
# The exporter about itself, and what it asks besides sensors.
NOT_SENSORS = re.compile("ipmi_(scrape|up|chassis|bmc|dcmi|sel|config)")
LINE = re.compile(r'([a-z0-9_:]+)(?:{(.*)})? (\S+)')


def series(text):
    """{(name, labels): value} of a text file."""
    found = {}
    for line in text.splitlines():
        match = LINE.fullmatch(line)
        if match:
            labels = tuple(sorted(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match[2] or "")))
            found[match[1], labels] = float(match[3])
    return found


def all_read(bench):
    """Until each sensor was read; the document."""
    def read():
        status, text = bench.daemon.ctl("sensors", "--json", "sim")
        document = json.loads(text) if status == 0 else {"sensors": []}
        return document if len(document["sensors"]) == ALL else None
    return wait_for("all sensors", read, 40)


def with_file(**settings):
    """A bench whose daemon writes a text file; the path is in bench.path once it runs."""
    bench = Bench("driver", merged(FAST, {"sensors": {"interval": "200ms"}}))
    bench.path = os.path.join(bench.folder, "bmchealthd.prom")
    bench.settings = merged(bench.settings, {"textfile": dict(
        {"enabled": True, "path": bench.path}, **settings)})
    return bench


def file_text(bench):
    """The text file, once all sensors are in it."""
    all_read(bench)

    def complete():
        if not os.path.exists(bench.path):
            return None
        with open(bench.path, encoding="utf-8") as file:
            text = file.read()
        count = sum(1 for name, _ in series(text) if name.startswith("bmchealth_sensor_read"))
        return text if count == len(SENSORS) else None
    return wait_for("the text file", complete, 80)


@scenario()
def shown():
    """bmchealthctl sensors says what each sensor said last, and asks nobody."""
    with Bench("driver", merged(FAST, {"sensors": {"interval": "200ms"}})) as bench:
        document = all_read(bench)
        found = {sensor["name"]: sensor for sensor in document["sensors"]}
        for _, name, kind, _, unit, m, exponent, raw in SENSORS:
            sensor = found.get(name, {})
            check(math.isclose(sensor.get("value", -1), raw * m * 10 ** exponent) and
                  sensor["type"] == kind and
                  sensor["unit"] == unit.replace("_", " ") and sensor["state"] == "nominal" and
                  0 <= sensor["age_seconds"] < 30 * tap.PATIENCE, f"{name} with value and age",
                  sensor)
        check(found.get("PS1 Status", {}).get("state") == "states", "one with states", found)
        bench.faults.add("04:2d set=2:63")  # ipmi_sim's own sensor_set_value may crash it
        check(becomes(lambda: any(s["value"] == 99 for s in all_read(bench)["sensors"]), 40),
              "a new reading takes the old one's place")
        bench.faults.clear()
        check(becomes(lambda: all(s["value"] != 99 for s in all_read(bench)["sensors"]), 40),
              "and so does the next")
        status, text = bench.daemon.ctl("sensors")
        check(status == 0 and re.search(r"Fan1 +6000 RPM +nominal .* (ms|s|µs)$", text, re.M),
              "a line for each", text)
        bench.faults.silence()
        wait_for("a time-out", lambda: bench.daemon.target()["hour"]["timeout"] > 0)
        bench.faults.mark()
        check(stays(lambda: bench.daemon.ctl("sensors")[0] == 0, 1),
              "of a controller that is mute as well")
        check(bench.faults.stat()["by"].get("04:2d", 0) <= 3,
              "being asked often makes no traffic", bench.faults.stat())
        ages = [sensor["age_seconds"] for sensor in all_read(bench)["sensors"]]
        check(min(ages) > 0.5, "what was read before says how old it is", ages)


@scenario()
def unknown():
    """Before the first reading, and without a daemon."""
    with Bench("driver", merged(FAST, {"sensors": {"enabled": False}})) as bench:
        status, text = bench.daemon.ctl("sensors")
        check(status == 0 and "no sensor was read yet" in text, "nothing read yet", text)
        status, text = bench.daemon.ctl("sensors", "other")
        check(status == 3 and "other" in text, "3: no such target", text)
        bench.daemon.stop()
        status, text = bench.daemon.ctl("sensors")
        check(status == 3 and "no daemon" in text, "3: no daemon", text)
        bench.daemon.start()


@scenario(180)
def text_file():
    """The text file is well-formed, replaced as a whole, and gone with the daemon."""
    with with_file() as bench:
        text = file_text(bench)
        check(text.endswith("# EOF\n"), "it is complete")
        values = series(text)
        fan = (("id", "5"), ("name", "Fan1"))
        check(values.get(("ipmi_fan_speed_rpm", fan)) == 6000, "a value", values)
        check(values.get(("ipmi_fan_speed_state", fan)) == 0, "its state", values)
        check(values.get(("ipmi_up", (("collector", "ipmi"),))) == 1, "ipmi_up", values)
        check(0 < values.get(("bmchealth_latency_median_seconds", (("target", "sim"),)), 0) <=
              values.get(("bmchealth_latency_p90_seconds", (("target", "sim"),)), 0),
              "how long answers take", values)
        check(os.stat(bench.path).st_mode & 0o777 == 0o644, "anybody may read it")
        if shutil.which("promtool"):
            done = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            check(done.returncode == 0 and not done.stdout, "promtool finds nothing to complain of",
                  (done.returncode, done.stdout))
        else:
            tap.note("no promtool (Debian: prometheus): not checked by it")
        bench.daemon.stop()
        check(not os.path.exists(bench.path), "it ends with the daemon")
        bench.daemon.start()


@scenario(120)
def unwritable():
    """A place that cannot be written is told once, and nothing else suffers."""
    with with_file(path="/proc/none/x.prom") as bench:
        line = bench.daemon.wait_line("textfile /proc/none/x.prom", 80)
        check("everything else goes on" in line, "it is told", line)
        all_read(bench)
        check(len(bench.daemon.lines("textfile /proc")) == 1, "once", bench.daemon.text())


def lan(bench):
    """Where a foreign tool finds the same controller."""
    return ["-H", "127.0.0.1", "-p", str(bench.sim.lan_port), "-U", "ipmiusr", "-P", PASSWORD]


@scenario(180)
def as_node_exporter():
    """The names and values of node_exporter's ipmitool script."""
    if not os.path.exists(SCRIPT) or not shutil.which("ipmitool"):
        raise tap.Skip("no ipmitool, or no script of node_exporter's collectors (Debian: "
                       "prometheus-node-exporter-collectors; elsewhere: BMC_NODE_SCRIPT)")
    with with_file(names="node_exporter") as bench:
        ours = {key: value for key, value in series(file_text(bench)).items()
                if not key[0].startswith("bmchealth_")}
        table = subprocess.run(["ipmitool", "-I", "lan", *lan(bench), "sensor"], text=True,
                               stdout=subprocess.PIPE, check=False).stdout
        script = subprocess.run(["awk", "-f", SCRIPT], input=table, text=True, check=True,
                                stdout=subprocess.PIPE).stdout
        theirs = series(script)
        check(len(theirs) == ALL, "the script sees all sensors", theirs)
        check(ours.keys() == theirs.keys(), "the same series",
              sorted(ours.keys() ^ theirs.keys()))
        check(all(math.isclose(ours[key], theirs[key], abs_tol=1e-3)
                  for key in ours.keys() & theirs.keys()), "the same values", (ours, theirs))
        # The simulator has no other reading of theirs than 0; tests/unit/test_readings.c has these.
        rows = "".join(f"S{raw} | {hex(raw)} | discrete | 0x0100\n" for raw in (1, 10, 31, 128, 160))
        script = subprocess.run(["awk", "-f", SCRIPT], input=rows, text=True, check=True,
                                stdout=subprocess.PIPE).stdout
        check(sorted(series(script).values()) == [0, 0, 1, 1, 80],
              "what the script makes of a byte", script)


def scrape(port, target):
    """What ipmi_exporter says of a target."""
    url = f"http://127.0.0.1:{port}/ipmi?module=sim&target={target}"
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read().decode()


def exporter(bench, port):
    """The running exporter."""
    config = os.path.join(bench.folder, "exporter.yml")
    with open(config, "w", encoding="utf-8") as file:
        file.write(f"modules:\n  sim:\n    user: ipmiusr\n    pass: {PASSWORD}\n"
                   "    driver: LAN\n    privilege: admin\n    timeout: 20000\n"
                   "    collectors: [ipmi]\n")
    return start(["prometheus-ipmi-exporter", f"--config.file={config}",
                  f"--web.listen-address=127.0.0.1:{port}"],
                 os.path.join(bench.folder, "exporter.log"))


@scenario(180)
def as_ipmi_exporter():
    """The names, labels and values of ipmi_exporter."""
    if not shutil.which("prometheus-ipmi-exporter") or not shutil.which("ipmimonitoring"):
        raise tap.Skip("no ipmi_exporter (Debian: prometheus-ipmi-exporter)")
    with with_file(names="ipmi_exporter") as bench:
        ours = {key: value for key, value in series(file_text(bench)).items()
                if not key[0].startswith("bmchealth_") and not NOT_SENSORS.match(key[0])}
        port = benches.free_port(socket.SOCK_STREAM)
        process = exporter(bench, port)

        def theirs():
            try:
                text = scrape(port, f"127.0.0.1:{bench.sim.lan_port}")
            except (urllib.error.URLError, OSError):
                return None
            return {key: value for key, value in series(text).items()
                    if not NOT_SENSORS.match(key[0]) and not NOT_OURS.match(key[0])}
        try:
            said = wait_for("what ipmi_exporter says", theirs, 40)
        finally:
            end(process)
        with open(os.path.join(bench.folder, "exporter.log"), encoding="utf-8") as file:
            tap.note(file.read()[-2000:])
        check(len(said) == 2 * len(SENSORS), "it sees all sensors", said)
        check(ours.keys() == said.keys(), "the same series", sorted(ours.keys() ^ said.keys()))
        check(all(math.isclose(ours[key], said[key], abs_tol=1e-2)
                  for key in ours.keys() & said.keys()), "the same values and states",
              (ours, said))


if __name__ == "__main__":
    tap.main(needs=("ipmi_sim", "sdrcomp"))
