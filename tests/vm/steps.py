# SPDX-License-Identifier: GPL-2.0-or-later
"""What a scenario's lines do; one row of STEPS each.

    bmc add any delay=500     a control line of tests/sim/faults.py: rules, clear, unwedge, close …
    sim mc_disable 0x20       a command of ipmi_sim's own console
    fault The title           what follows is this fault: its row in docs/FAULTS.md begins
    over                      the fault is: its row ends
    guest COMMAND             in the guest, with bash; it must succeed
    guest? COMMAND            it may fail
    on WORD STEP              the step on that kernel or interface only: on 7.2 expect …
    start                     udev tells systemd of the device, as when it appeared
    reboot                    the guest, in an orderly way
    config GROUP.KEY = VALUE  one more setting, and `systemctl reload`
    pause 20 s                the whole guest stands still
    wait 5 s
    watch NAME COMMAND        samples what COMMAND prints, a number, five times a second
    print COMMAND             its output goes to the log
    time [N] COMMAND          as guest, and how long it took, at best of N times, goes to the log
    age 24 h                  until the guest has been up for so long by its own clock
    expect VALUE              now (of the journal: within 10 s, what is said takes a moment)
    expect VALUE within 60 s  it becomes true in time
    expect VALUE for 30 s     it is true all the time

VALUE is one of
    finding KIND · no finding · no finding KIND
    journal REGEXP            a line of the daemon's has it; FIELD=VALUE words first, if wanted
    kernel REGEXP             a line of the kernel's since the fault began
    run COMMAND               it succeeds in the guest
    NAME OP NUMBER            OP: = != < <= > >= ~ (regular expression); NAME:
        target.PATH  status.PATH       what bmchealthctl status --json says, e.g. target.hour.late
        findings                       the kinds that are open, "mute slow", or "none"
        bmc.requests bmc.faults bmc.per_minute bmc.most_per_minute bmc.CODE  counted at the
                                       controller's side, CODE as 06:01; faults: how often a rule held
        rose.CLASS                     commands of that class since the fault began: ok slow late
                                       timeout busy bad-reply completion-code interface-lost …
        counter.NAME                   of the driver, since the fault began
        journal.lines                  of the daemon's, since the fault began
        unit.ActiveState …             systemctl show
        second.PATH                    as target.PATH, of the target named "second"
        took                           ms, what the last `time` took
        history.integrity .samples .open  of what was copied to /run/history in the guest
        most.NAME least.NAME           of what `watch` sampled
        output                         what the last `guest` printed"""
import functools
import operator
import os
import re
import time

import measures
import tap
from machine import Broken
from scenario import BadScenario, config_text, seconds_of, setting
from session import START

HERE = os.path.dirname(os.path.abspath(__file__))
UNDERWAY = 3  # s: what one command may need more than another from the daemon to the controller
SAMPLER = """systemd-run -q --unit=watch-{name} --property=StandardOutput=null bash -c '
exec 9<> <(:); most=; least=
cd /run
while :; do
	value=$({command})
	if [[ $value =~ ^[0-9]+$ ]]; then
		if ((value > ${{most:=-1}})); then echo $((most = value)) >watch-{name}.most; fi
		if ((value < ${{least:=1 << 62}})); then echo $((least = value)) >watch-{name}.least; fi
	fi
	read -rt 0.2 <&9
done'"""


def number_or_text(value):
    """What can be compared."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value)


def compare(name, word, wanted, seen):
    """Does it hold? Numbers as numbers."""
    if word == "~":
        return re.search(wanted, str(seen)) is not None
    left, right = number_or_text(seen), number_or_text(wanted)
    if isinstance(left, bool) or not isinstance(left, type(right)):
        left, right = str(seen), wanted
    if seen is None:
        return False
    functions = {"=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
                 ">": operator.gt, ">=": operator.ge}
    if isinstance(left, str) and word not in ("=", "!="):
        raise ValueError(f"{name} is no number: {seen!r}")
    return functions[word](left, right)


def path_in(document, path):
    """hour.timeout of a document; None: not there."""
    for key in path.split("."):
        if not isinstance(document, dict):
            return None
        document = document.get(key)
    if isinstance(document, bool):
        return str(document).lower()
    return document


class Player:
    """Goes through the steps of one session."""

    def __init__(self, session):
        self.session = session
        self.output = self.ran = ""
        self.took = 0
        self.settings = session.scenario.config()

    def play(self):
        """All of them; tap.Failed: the rest makes no sense."""
        for step in self.session.scenario.steps:
            began = time.monotonic()
            try:
                self.step(step)
            except (ValueError, re.error) as error:
                raise tap.Failed(f"{self.session.scenario.path}:{step.number}: {error}") from error
            tap.note(f"{time.monotonic() - began:6.1f} s  {step.text}")
        self.session.fault_ends()

    def step(self, step):
        """One line."""
        self.do(step.text)

    def do(self, text):
        """Its text."""
        verb, _, rest = text.partition(" ")
        STEPS[verb](self, rest.strip())

    # --- what is done ---

    def bmc(self, text):
        """To the fault injector."""
        if not self.session.faults:
            raise ValueError("there is no ipmi_sim in this scenario")
        self.session.faults.ctl(text)

    def sim(self, text):
        """To ipmi_sim."""
        self.session.sim.console(text)

    def fault(self, text):
        """A row begins."""
        self.session.fault_begins(text)

    def over(self, _text):
        """A row ends."""
        self.session.fault_ends()

    def guest(self, text):
        """It must succeed."""
        status, self.output = self.session.machine.run(text, 300)
        tap.need(status == 0, text, f"status {status}: {self.output}")

    def guest_maybe(self, text):
        """It may fail."""
        _, self.output = self.session.machine.run(text, 300)

    def print(self, text):
        """For the log."""
        tap.note(self.session.machine.run(text, 300)[1])

    def on(self, text):
        """Only there."""
        word, _, rest = text.partition(" ")
        if word in (self.session.kernel, self.session.interface):
            self.do(rest)

    def start(self, _text):
        """As udev would at boot."""
        self.session.machine.must(START)

    def reboot(self, _text):
        """Of the guest."""
        self.session.machine.reboot()

    def config(self, text):
        """One more setting."""
        self.settings.append(setting(text))
        self.session.configure(config_text(self.settings))
        self.session.machine.must("systemctl reload bmchealthd")

    def pause(self, text):
        """Of all of the guest."""
        self.session.machine.pause(seconds_of(text))

    def wait(self, text):
        """Time passes."""
        time.sleep(seconds_of(text))

    def watch(self, text):
        """A sampler in the guest."""
        name, _, command = text.partition(" ")
        self.session.machine.must(SAMPLER.format(name=name, command=command.replace("'", "'\\''")))

    # --- what is expected ---

    def expect(self, text):
        """One condition, now, in time, or all the time."""
        what, when, length = re.fullmatch(EXPECTATION, text).groups()
        seconds = seconds_of(length) if length else 0
        holds = self.condition(what)
        if when == "for":
            good = self.stays(holds, seconds)
        else:
            if not when and what.startswith("journal"):
                seconds = 10  # journald is another process, and a line may be on its way
            good = self.becomes(holds, seconds * tap.PATIENCE)
        tap.need(good, text, "" if good else self.seen(what))

    @staticmethod
    def becomes(holds, seconds):
        """At least one look; ever fewer, for they keep an emulated processor busy."""
        deadline = time.monotonic() + seconds
        pause = 0.5
        while not holds():
            if time.monotonic() > deadline:
                return False
            time.sleep(pause)
            pause = min(pause * 1.3, 2)
        return True

    @staticmethod
    def stays(holds, seconds):
        """All looks."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not holds():
                return False
            time.sleep(min(1.0 + seconds / 60, 10))
        return holds()

    def condition(self, text):
        """A function that says whether it holds."""
        for pattern, make in CONDITIONS:
            match = re.fullmatch(pattern, text)
            if match:
                return make(self, *match.groups())
        raise ValueError(f"not a condition: {text!r}")  # check() was here before

    def seen(self, text):
        """For whoever reads of a failure."""
        lines = []
        match = re.fullmatch(COMPARISON, text)
        try:
            if match:
                lines.append(f"seen: {self.value(match.group(1))!r}")
            if text.startswith("run "):
                lines.append(f"it printed: {self.ran}")
            target = self.session.target()
            lines += [f"verdict: {target.get('verdict')}", f"link: {target.get('link')}",
                      f"hour: {target.get('hour')}", f"counters: {self.session.counters()}"]
            lines += [f"bmc: {self.session.faults.stat()}"] if self.session.faults else []
            lines += [line.get("MESSAGE", "") for line in self.session.journal()[-12:]]
            lines += [str(self.session.unit())]
        except (Broken, OSError) as error:
            lines.append(f"and more: {error}")
        return "\n".join(map(str, lines))

    def findings(self):
        """Kinds that are open."""
        return [entry["kind"] for entry in self.session.target().get("findings", [])]

    def open_kinds(self):
        """As a text; None: no daemon answers."""
        target = self.session.target()
        kinds = sorted(entry["kind"] for entry in target.get("findings", []))
        return " ".join(kinds) or ("none" if target else None)

    def has_finding(self, kind):
        """Is it open?"""
        return lambda: kind in self.findings()

    def has_no_finding(self, kind):
        """Is it, or are all, closed? Only a daemon that answers can say so."""
        def holds():
            target = self.session.target()
            kinds = [entry["kind"] for entry in target.get("findings", [])]
            return bool(target) and (kind not in kinds if kind else not kinds)
        return holds

    def has_journal(self, text):
        """A line since the fault began."""
        fields = dict(re.findall(r"\b([A-Z_]{3,})=(\S+)", text))
        pattern = re.sub(r"\b[A-Z_]{3,}=\S+ ?", "", text).strip()

        def holds():
            return any(re.search(pattern, str(line.get("MESSAGE"))) and
                       all(str(line.get(key)) == value for key, value in fields.items())
                       for line in self.recent_journal())
        return holds

    def recent_journal(self):
        """Since the fault began."""
        faults = self.session.record["faults"]
        return self.session.journal()[faults[-1]["first_line"] if faults else 0:]

    def has_kernel(self, text):
        """A line of the kernel's since the fault began."""
        faults = self.session.record["faults"]
        first = faults[-1]["first_kernel_line"] if faults else 0
        return lambda: any(re.search(text, line) for line in self.session.kernel_lines()[first:])

    def runs(self, text):
        """Succeeds."""
        def holds():
            status, self.ran = self.session.machine.run(text, 120)
            return status == 0
        return holds

    def comparison(self, name, word, wanted):
        """Of a value."""
        return lambda: compare(name, word, wanted, self.value(name))

    def value(self, name):
        """Of a name."""
        group, _, path = name.partition(".")
        return VALUES[group](self, path)

    def bmc_value(self, path):
        """Counted at the controller's side."""
        stat = self.session.faults.stat()
        if path == "per_minute":
            return stat["requests"] * 60 / max(stat["seconds"], 1)
        if path == "most_per_minute":
            times = stat["arrivals"]
            return max((sum(1 for other in times if 0 <= other - at < 60 - UNDERWAY)
                        for at in times), default=0)
        if re.fullmatch(r"[0-9a-f]{2}:[0-9a-f]{2}", path):
            return stat["by"].get(path, 0)
        return stat[path]

    def counter(self, path):
        """The driver's, since the fault began; None: this driver has no such counter."""
        faults = self.session.record["faults"]
        before = faults[-1]["counters"] if faults and not faults[-1]["ended"] else {}
        now = self.session.counters().get(path)
        return None if now is None else now - before.get(path, 0)

    def rose(self, path):
        """Since the fault began; None: no daemon answers."""
        now = self.session.target().get("hour", {}).get(path)
        before = self.session.record["faults"][-1]["hour"].get(path, 0)
        return None if now is None else now - before

    def sampled(self, name, which):
        """What watch saw."""
        return self.session.machine.must(f"cat /run/watch-{name}.{which}").strip()


STEPS = {
    "bmc": Player.bmc, "sim": Player.sim, "fault": Player.fault, "over": Player.over,
    "guest": Player.guest, "guest?": Player.guest_maybe, "on": Player.on, "start": Player.start,
    "reboot": Player.reboot, "config": Player.config, "pause": Player.pause,
    "wait": Player.wait, "watch": Player.watch, "print": Player.print, "expect": Player.expect,
    "time": measures.measure_time, "age": measures.wait_age,
}
VALUES = {
    "target": lambda player, path: path_in(player.session.target(), path),
    "status": lambda player, path: path_in(player.session.status(), path),
    "findings": lambda player, path: player.open_kinds(),
    "second": lambda player, path: path_in(player.session.target("second"), path),
    "bmc": Player.bmc_value,
    "counter": Player.counter,
    "rose": Player.rose,
    "journal": lambda player, path: len(player.recent_journal()),
    "unit": lambda player, path: player.session.unit().get(path),
    "most": lambda player, path: player.sampled(path, "most"),
    "least": lambda player, path: player.sampled(path, "least"),
    "took": measures.time_taken,
    "history": measures.history,
    "output": lambda player, path: player.output.strip(),
}
EXPECTATION = r"(.*?)(?: (within|for) ([0-9.]+ ?(?:ms|s|min|h)))?"
COMPARISON = r"([a-z]+(?:\.[\w:.-]+)?) (=|!=|<|<=|>|>=|~) (.+)"
CONDITIONS = (
    (r"finding ([a-z-]+)", Player.has_finding),
    (r"no finding ?([a-z-]*)", Player.has_no_finding),
    (r"journal (.+)", Player.has_journal),
    (r"kernel (.+)", Player.has_kernel),
    (r"run (.+)", Player.runs),
    (COMPARISON, Player.comparison),
)


def _check(text):
    """ValueError: what no player would understand."""
    verb, _, rest = text.partition(" ")
    if verb not in STEPS:
        raise ValueError(f"no such step: {verb} (there are: {', '.join(STEPS)})")
    if verb == "on":
        _check(rest.strip().partition(" ")[2].strip())
    elif verb == "config":
        setting(rest)
    elif verb in ("wait", "pause", "age"):
        seconds_of(rest)
    elif verb == "expect":
        what = re.fullmatch(EXPECTATION, rest.strip()).group(1)
        match = re.fullmatch(COMPARISON, what)
        if match and match.group(1).partition(".")[0] not in VALUES:
            raise ValueError(f"no such value: {match.group(1)} (there are: {', '.join(VALUES)})")
        if not any(re.fullmatch(pattern, what) for pattern, _ in CONDITIONS):
            raise ValueError(f"not a condition: {what!r}")
        kind = re.fullmatch(r"(?:no )?finding ([a-z-]+)", what)
        if kind and kind.group(1) not in finding_kinds():
            raise ValueError(f"no such finding: {kind.group(1)}")


@functools.cache
def finding_kinds():
    """As the daemon names them."""
    with open(os.path.join(HERE, "../../daemon/model/finding.c"), encoding="utf-8") as file:
        return re.findall(r'^\t\[FINDING_\w+\] = \{ "([a-z-]+)"', file.read(), re.MULTILINE)


def check(scenario):
    """BadScenario: one of its steps cannot be played; found before a guest has been started."""
    for step in scenario.steps:
        try:
            _check(step.text)
        except ValueError as error:
            raise BadScenario(f"{scenario.path}:{step.number}: {error}") from error
