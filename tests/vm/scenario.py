# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads a scenario: a file of tests/vm/scenarios.

    # The title, a sentence
    # More comment.
    kernel     6.1 7.2          it runs once on each; default: all three
    interface  kcs              kcs kcs-noirq bt ssif pci-kcs none; several: once on each
    also       6.1/bt 7.2/ssif  and on these, besides kernel × interface
    more       7.2/kcs          and on these with --all
    bmc        ipmi_sim         or qemu, QEMU's own simulator
    second     pci-kcs          another interface, with a simulator of QEMU's
    pace       brisk            a command a second and short pauses, instead of the defaults
    config     queue.hard_deadline = "2 s"        may be repeated
    unit       WatchdogSec=20   a line of a drop-in for the service, may be repeated
    takes      3 min            on an idle machine; it fails if it takes several times as long
    long                        only with --all
    extra      bpftrace         a package that the guest has for this scenario only
    clock      leaps            over idle time, so that hours pass in minutes; never with ipmi_sim
    start      boot             the guest boots, instead of going on from a booted state; or `none`:
                                the daemon is installed but the scenario starts it
    ---
    steps, see steps.py"""
import collections
import os
import re

import machine

HERE = os.path.dirname(os.path.abspath(__file__))
KERNELS = ("6.1", "6.12", "7.2")
UNITS = {"ms": 0.001, "s": 1, "min": 60, "h": 3600}
Step = collections.namedtuple("Step", "number text")


class BadScenario(Exception):
    """str(): file:line: what is wrong."""


def seconds_of(text):
    """'3 min' -> 180."""
    match = re.fullmatch(r"([0-9.]+) ?(ms|s|min|h)", text.strip())
    if not match:
        raise ValueError(f"no length of time: {text!r} (say: 500 ms, 20 s, 3 min, 1 h)")
    return float(match.group(1)) * UNITS[match.group(2)]


def _one_of(values):
    def take(text):
        words = text.split()
        wrong = [word for word in words if word not in values]
        if wrong or not words:
            raise ValueError(f"not one of {' '.join(values)}: {text!r}")
        return words
    return take


def _variants(text):
    pairs = [tuple(word.partition("/")[::2]) for word in text.split()]
    wrong = [pair for pair in pairs
             if pair[0] not in KERNELS or pair[1] not in machine.INTERFACES]
    if wrong or not pairs:
        raise ValueError(f"not KERNEL/INTERFACE: {text!r}")
    return pairs


def setting(text):
    """(group, key, value) of GROUP.KEY = VALUE."""
    key, _, value = text.partition("=")
    if not re.fullmatch(r"[a-z_]+\.[a-z_]+", key.strip()) or not value.strip():
        raise ValueError(f"not GROUP.KEY = VALUE: {text!r}")
    group, _, key = key.strip().partition(".")
    return group, key, value.strip()


# An emulated BMC takes 10 to 100 ms for an answer, at commands that come five times as often as
# by default: its duty cycle is not what is tested, nor how long a minute is.
EVERY = (("queue", "duty_cycle", "100.0"), ("queue", "max_gap", '"8 s"'))
# So that a scenario takes minutes; deadlines and thresholds are the daemon's own.
BRISK = (("controller", "interval", '"2 s"'), ("sensors", "interval", '"2 s"'),
         ("kdriver", "interval", '"2 s"'), ("queue", "commands_per_minute", "62.0"),
         ("queue", "min_gap", '"100 ms"'), ("queue", "max_gap", '"2 s"'))
# key: what reads its value, may it be repeated
HEADER = {
    "kernel": (_one_of(KERNELS), False),
    "interface": (_one_of(tuple(machine.INTERFACES)), False),
    "also": (_variants, False),
    "more": (_variants, False),
    "bmc": (_one_of(("ipmi_sim", "qemu")), False),
    "second": (_one_of(tuple(machine.INTERFACES)), False),
    "pace": (_one_of(("brisk",)), False),
    "config": (setting, True),
    "unit": (str, True),
    "takes": (seconds_of, False),
    "long": (str, False),
    "extra": (str, False),
    "clock": (_one_of(("runs", "leaps")), False),
    "start": (_one_of(("restore", "boot", "none")), False),
}


def config_text(settings):
    """bmchealthd.conf; of two values for one key the later."""
    groups = collections.defaultdict(dict)
    for group, key, value in settings:
        groups[group][key] = value
    return "".join(f"{name}: {{ " + " ".join(f"{key} = {value};" for key, value in keys.items()) +
                   " };\n" for name, keys in groups.items())


class Scenario:
    """One file."""

    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path)[:-3]
        self.title = ""
        self.values = {"kernel": list(KERNELS), "interface": ["kcs"], "also": [], "more": [],
                       "bmc": ["ipmi_sim"], "second": None, "pace": [], "config": [], "unit": [],
                       "takes": 180.0, "long": None, "extra": None, "clock": ["runs"],
                       "start": ["restore"]}
        self.steps = []
        self._read()

    def _read(self):
        in_steps = False
        with open(self.path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                text = line.strip()
                if text.startswith("#") or not text:
                    if not self.title and text and "SPDX" not in text:
                        self.title = text.lstrip("# ").rstrip(".")
                elif text == "---":
                    in_steps = True
                elif in_steps:
                    self.steps.append(Step(number, text))
                else:
                    self._header(number, text)
        if not self.steps:
            raise BadScenario(f"{self.path}: no steps (they come after a line ---)")

    def _header(self, number, text):
        key, _, value = text.partition(" ")
        try:
            reader, is_repeated = HEADER[key]
            value = reader(value.strip())
        except KeyError:
            raise BadScenario(f"{self.path}:{number}: no such key: {key} (there are: "
                              f"{', '.join(HEADER)})") from None
        except ValueError as error:
            raise BadScenario(f"{self.path}:{number}: {key}: {error}") from None
        if is_repeated:
            self.values[key].append(value)
        else:
            self.values[key] = True if key == "long" else value

    def config(self):
        """(group, key, value) of bmchealthd.conf."""
        return [*EVERY, *(BRISK if self.values["pace"] else ()), *self.values["config"]]

    def variants(self):
        """(kernel, interface, is it only run with --all), each a run of its own."""
        usual = [(kernel, interface) for kernel in self.values["kernel"]
                 for interface in self.values["interface"]] + self.values["also"]
        return [(*pair, bool(self.values["long"])) for pair in usual] + \
            [(*pair, True) for pair in self.values["more"]]


def load_all():
    """By name."""
    folder = os.path.join(HERE, "scenarios")
    return {entry.name: entry for entry in
            (Scenario(os.path.join(folder, name)) for name in sorted(os.listdir(folder))
             if name.endswith(".vm"))}
