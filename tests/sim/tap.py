# SPDX-License-Identifier: GPL-2.0-or-later
"""A small TAP harness: scenarios are functions, each runs in a process of its own, several at a
time; what it checks are sentences. A missing tool skips the file (1..0, with the reason).

  test_x.py [--list] [NAME…]     BMC_JOBS: how many at a time, 4
                                 BMC_SLOWNESS: deadlines and patience × that, 1"""
import collections
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

Scenario = collections.namedtuple("Scenario", "name function seconds")
SCENARIOS = {}
SLOWNESS = float(os.environ.get("BMC_SLOWNESS", "1"))
# How much longer than it takes on an idle machine something may take. A test that passes does not
# wait so long, and a busy machine is no failure.
PATIENCE = float(os.environ.get("BMC_PATIENCE", 3 * SLOWNESS))


class Skip(Exception):
    """This scenario cannot run here; str() is the reason."""


class Failed(Exception):
    """It makes no sense to go on with this scenario."""


def scenario(seconds=60):
    """Decorator; the docstring's first line is the title."""
    def add(function):
        SCENARIOS[function.__name__] = Scenario(function.__name__, function, seconds)
        return function
    return add


def check(condition, sentence, detail=""):
    """One line of TAP."""
    print(("ok - " if condition else "not ok - ") + sentence, flush=True)
    if not condition and detail != "":
        note(detail)
    return bool(condition)


def need(condition, sentence, detail=""):
    """The same, and the scenario ends if it does not hold."""
    if condition:
        check(True, sentence)
        return
    note(detail)
    raise Failed(sentence)


def note(text):
    """A TAP comment."""
    for line in str(text).splitlines():
        print("# " + line, flush=True)


def wait_for(what, predicate, seconds=10):
    """What predicate() returns once it is true; Failed after so long."""
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Failed(f"waited {seconds * PATIENCE:.0f} s in vain for {what}")
        time.sleep(0.02)


def becomes(predicate, seconds=10):
    """Does it become true in time?"""
    try:
        return wait_for("", predicate, seconds)
    except Failed:
        return None


def stays(predicate, seconds):
    """Is it true all that time?"""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not predicate():
            return False
        time.sleep(0.05)
    return True


def work(name):
    """In the scenario's own process. Did it come to its end?"""
    try:
        SCENARIOS[name].function()
        return True
    except Skip as reason:
        print(f"skip - {reason}", flush=True)
    except Failed as reason:
        print(f"not ok - {reason}", flush=True)
    except Exception:  # whatever it is, it is this scenario's failure
        print(f"not ok - {name} raised", flush=True)
        note(traceback.format_exc())
    return False


class _Worker:
    """A running scenario."""

    def __init__(self, scenario_, command):
        self.scenario, self.began = scenario_, time.monotonic()
        self.folder = tempfile.mkdtemp(prefix="bmc-")
        self.process = subprocess.Popen(
            [sys.executable, *command, scenario_.name], stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, errors="replace",
            start_new_session=True, env=dict(os.environ, TMPDIR=self.folder))
        os.set_blocking(self.process.stdout.fileno(), False)
        self.text = ""
        self.is_late = False

    def poll(self):
        """Has it ended?"""
        try:
            self.text += self.process.stdout.read() or ""
        except (TypeError, BlockingIOError):
            pass
        ended = self.process.poll() is not None
        if not ended and time.monotonic() - self.began > self.scenario.seconds * PATIENCE:
            self.is_late = ended = True
        if ended:
            self.end()
        return ended

    def end(self):
        """Also ends everything it started."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.set_blocking(self.process.stdout.fileno(), True)
        self.text += self.process.stdout.read() or ""
        self.process.wait()
        self.process.stdout.close()
        if not os.environ.get("BMC_KEEP"):
            shutil.rmtree(self.folder, ignore_errors=True)
        if self.is_late:
            self.text += f"not ok - ended within {self.scenario.seconds * PATIENCE:.0f} s\n"


def _report(worker, totals):
    """The scenario's lines, numbered."""
    title = (worker.scenario.function.__doc__ or worker.scenario.name).splitlines()[0].rstrip(".")
    lines = worker.text.splitlines()
    if not any(line.startswith(("ok - ", "not ok - ", "skip - ")) for line in lines):
        lines.append("not ok - checked anything")
    for line in lines:
        verdict, _, sentence = line.partition(" - ")
        if verdict in ("ok", "not ok", "skip"):
            totals["count"] += 1
            totals["bad"] += verdict == "not ok"
            word = "ok" if verdict == "skip" else verdict
            tail = f"{title} # SKIP {sentence}" if verdict == "skip" else f"{title}: {sentence}"
            print(f"{word} {totals['count']} - {tail}")
        else:
            print(line if line.startswith("#") else "# " + line)
    print(f"# {worker.scenario.name}: {time.monotonic() - worker.began:.1f} s", flush=True)


def main(needs=()):
    """Call at the end of a test file. `needs`: programs it cannot do without."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["--list"]:
        for name, entry in SCENARIOS.items():
            print(f"{name:32} {(entry.function.__doc__ or '').splitlines()[0]}")
        return
    missing = [name for name in needs if not shutil.which(name)]
    if missing:
        print(f"1..0 # SKIP not installed: {', '.join(missing)}")
        return
    if arguments[:1] == ["--scenario"]:
        work(arguments[1])
        return
    sys.exit(run([name for name in SCENARIOS if not arguments or name in arguments],
                 [sys.argv[0], "--scenario"]))


def run(names, command):
    """These scenarios, several at a time, each by `command NAME`; the exit status."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    os.environ["BMC_CACHE"] = tempfile.mkdtemp(prefix="bmc-cache-")
    waiting = [SCENARIOS[name] for name in names]
    running, totals = [], {"count": 0, "bad": 0}
    jobs = int(os.environ.get("BMC_JOBS", "4"))
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                running.append(_Worker(waiting.pop(0), command))
            for worker in [worker for worker in running if worker.poll()]:
                running.remove(worker)
                _report(worker, totals)
            time.sleep(0.02)
    finally:
        for worker in running:
            worker.end()
        shutil.rmtree(os.environ["BMC_CACHE"], ignore_errors=True)
    print(f"1..{totals['count']}")
    return 1 if totals["bad"] else 0
