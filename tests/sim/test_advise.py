#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""bmchealthctl advise: what the drivers' settings are and what they should be."""
import json
import os
import tempfile

import tap
from bench import FAST, Bench, merged
from tap import check, scenario, wait_for

QUICK = merged(FAST, {"queue": {"commands_per_minute": 6000.0, "min_gap": "5 ms"},
                      "controller": {"interval": "100 ms"}, "sensors": {"interval": "100 ms"}})


def parameters(bench, **values):
    """Of ipmi_si, as sysfs would have them."""
    folder = os.path.join(bench.daemon.root, "sys/module/ipmi_si/parameters")
    os.makedirs(folder, exist_ok=True)
    for name, value in values.items():
        with open(os.path.join(folder, name), "w", encoding="ascii") as file:
            file.write(value + "\n")


def advice(bench, *more):
    """The document."""
    status, text = bench.daemon.ctl("advise", "--json", *more)
    check(status == 0, "it has something to say", text)
    return json.loads(text)


def check_history(bench):
    """It says why the history is not what it goes by."""
    _, text = bench.daemon.ctl("--state-dir", bench.daemon.state_dir, "advise")
    check("ten minutes" in text and "as root" not in text, "nothing is in the history yet", text)
    missing = os.path.join(bench.folder, "missing")
    _, text = bench.daemon.ctl("--state-dir", missing, "advise")
    check(f"{missing}/history.db: No such file" in text, "or it is not there", text)
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "history.db"), "w", encoding="ascii") as file:
            file.write("no database" * 100)
        _, text = bench.daemon.ctl("--state-dir", folder, "advise")
    check("damaged" in text and "as root" not in text, "or cannot be read, and why", text)


@scenario(120)
def advise():
    """Too little data is said; then what was measured counts; nothing is changed."""
    with Bench("driver", merged(FAST, {"controller": {"interval": "60 s"},
                                       "sensors": {"interval": "60 s"}})) as bench:
        parameters(bench, kipmid_max_busy_us="0", trydefaults="Y")
        said = advice(bench)
        check(not said["has_enough_data"] and said["target"] == "sim", "too little data", said)
        wanted = {knob["name"]: knob["wanted"] for knob in said["settings"]}
        check(wanted == {"kipmid_max_busy_us": None, "trydefaults": "0"},
              "what needs no data is said, what does is left alone", said)
        _, text = bench.daemon.ctl("advise", "--windows")
        check("too little data" in text and "BusyWaitPeriod 60" in text and "one report" in text,
              "in words as well, with what is known of Windows", text)
        check("windows" not in said, "which nobody has asked for before", said)
        windows = advice(bench, "--windows")["windows"]
        values = {entry["name"]: entry["value"] for entry in windows["registry_values"]}
        check(values["BusyWaitPeriod"] == 60 and windows["registry_key"] in text and
              all(name in text and str(value) in text for name, value in values.items()),
              "as JSON the same registry values", windows)
        check(windows["timeout_at_least_seconds"] is None, "and no number that is not known",
              windows)
    with Bench("driver", QUICK) as bench:
        bench.faults.add("any delay=15")
        irq = os.path.join(bench.daemon.root, "sys/class/ipmi/ipmi0/device/interrupts_enabled")
        with open(irq, "w", encoding="ascii") as file:
            file.write("0\n")
        parameters(bench, kipmid_max_busy_us="0")
        wait_for("enough answers", lambda: bench.daemon.target()["day"]["ok"] > 250, 60)
        said = advice(bench)
        knob = said["settings"][0]
        check(said["has_enough_data"] and knob["wanted"] == "500" and "spins" in knob["why"],
              "a spinning thread is to be limited", said)
        check(said["latency_q50_seconds"] > 0.01, "the latency is the measured one", said)
        check(said["inventory_seconds"] is None or said["inventory_seconds"] > 0.05,
              "how long all sensors take", said)
        with open(os.path.join(bench.daemon.root, "sys/module/ipmi_si/parameters",
                               "kipmid_max_busy_us"), encoding="ascii") as file:
            check(file.read() == "0\n", "nothing is changed")
        check_history(bench)
        bench.daemon.stop()
        status, text = bench.daemon.ctl("advise")
        check("kipmid_max_busy_us = 0" in text, "without a daemon the settings are shown",
              (status, text))
        bench.daemon.start()


@scenario(120)
def over_lan():
    """A controller that is asked over the network: this machine's drivers are not judged by it."""
    settings = merged(QUICK, {"openers": {"enabled": False}})
    with Bench("lan", settings) as bench:
        bench.faults.add("any delay=15")  # ms, for which a spinning thread would be limited
        parameters(bench, kipmid_max_busy_us="0", trydefaults="Y")
        wait_for("enough answers", lambda: bench.daemon.target()["day"]["ok"] > 210, 90)
        said = advice(bench)
        names = {knob["module"] for knob in said["settings"]}
        check(said["is_remote"] and said["target"] == "sim" and said["has_enough_data"],
              "it is known to be remote", said)
        check(names == {"ipmitool", "freeipmi"}, "no driver is judged by its latency", said)
        _, text = bench.daemon.ctl("advise", "--windows", "sim")
        check("kipmid" not in text and "cannot be seen from here" in text and
              "network's way" in text, "in words as well", text)


if __name__ == "__main__":
    tap.main(needs=("ipmi_sim", "sdrcomp"))
