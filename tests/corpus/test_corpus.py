#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The corpus itself: it is deterministic, its CSV says what was made, its labels are true."""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "sim")]
import withnumpy            # noqa: E402, F401, first
import numpy as np          # noqa: E402

import corpus               # noqa: E402
import history              # noqa: E402
import mechanism            # noqa: E402
import phenomena            # noqa: E402
import tap                  # noqa: E402
from controller import Build, Controller, Leak  # noqa: E402
from tap import check, scenario                 # noqa: E402

DAY, HOUR = 86400, 3600


def csv(made, **options):
    """The CSV as one string."""
    return b"".join(history.to_csv(made, **options)).decode()


def table(made, **options):
    """The CSV as lists of numbers, by name."""
    head, *lines = csv(made, **options).splitlines()
    rows = np.array([[float(word) for word in line.split(",")] for line in lines])
    return dict(zip(head.split(","), rows.T))


@scenario(300)
def deterministic():
    """The same seed makes the same host."""
    for family, cls in (("phenomena", "leak_tail"), ("mechanism", "leak_partial")):
        first, label = corpus.make(family, cls, 5, days=12)
        second, again = corpus.make(family, cls, 5, days=12)
        other, _ = corpus.make(family, cls, 6, days=12)
        check(csv(first) == csv(second), f"{family}: rows")
        check(history.to_json(label) == history.to_json(again), f"{family}: label")
        check(csv(first) != csv(other), f"{family}: another seed makes another host")
    plan = corpus.plan("mechanism", 3, .1)
    check(len(set(plan)) == len(plan), "no host of a corpus twice")
    check({cls for _, cls, _ in plan} == set(corpus.weights("mechanism")),
          "each class is there however small the corpus")


@scenario(300)
def rows():
    """The CSV says what was made."""
    made, _ = corpus.make("mechanism", "event_log", 2, days=20)
    got = table(made, with_extra=True)
    keep = made.is_present
    check(list(got) == history.COLUMNS + history.EXTRA, "columns")
    check(got["probe"].size == 2 * keep.sum(), "two rows for each tick somebody probed")
    check(np.all(np.diff(got["t_mono"]) >= 0), "in order of time")
    check(np.array_equal(got["lat_us"][1::2], made.lat_us[1][keep]), "latencies to the microsecond")
    check(np.allclose(got["t_mono"][::2], made.t[0][keep], atol=.0501), "times to a tenth")
    check(np.all((got["lat_us"] > 0) == (got["status"] == 0)), "a latency if and only if answered")
    check(np.array_equal(got["sel_entries"][::2], made.sel_entries[keep]), "event log")
    check(csv(made).splitlines()[0] == ",".join(history.COLUMNS), "eight columns are the usual")
    for jitter in (8, 18):
        made, _ = corpus.make("phenomena", "healthy", 1, days=10, jitter_s=jitter)
        phase = made.t[0] % 60
        check(np.ptp(phase) > 1.9 * jitter and np.ptp(phase) <= 2 * jitter, f"jitter ±{jitter} s")


@scenario(600)
def labels_are_whole():
    """Labels of all classes hold together."""
    for family, cls, seed in corpus.plan("phenomena", 1, 0) + corpus.plan("mechanism", 1, 0):
        made, label = corpus.make(family, cls, seed)
        wrong = [e for e in label["epochs"] if not
                 0 <= e["onset"] <= e["visible"] <= e["end"] + 1 <= e["reset"] + 2]
        bounds = [(e["onset"], e["end"]) for e in label["epochs"]]
        wrong += [b for a, b in zip(bounds, bounds[1:]) if b[0] < a[1]]
        ok = not wrong and label["positive"] == bool(label["epochs"])
        # The probes are unanswered from a failure to its reset.
        for epoch in label["epochs"]:
            if epoch["failure"]:
                down = (made.t[0] > epoch["failure"] + 1) & (made.t[0] < epoch["reset"] - 60)
                ok = ok and not np.any(made.status[:, down] == 0)
        check(ok, f"{family} {cls}", wrong)


@scenario(600)
def slow_down_is_in_the_data():
    """The causal slow-down of a label is in the rows: same host, with and without its leak."""
    ratios = []
    for cls, seed in (("leak_scan", 0), ("leak_at_reset", 3), ("leak_departing", 1),
                      ("leak_surrounded", 2)):
        made, label = mechanism.make(seed, cls)
        healthy, _ = mechanism.make(seed, cls, can_leak=False)
        both = (made.status == 0) & (healthy.status == 0) & made.is_present
        for epoch in label["epochs"]:
            if epoch["life"] < 3 * DAY or epoch["last_day"] < 1.1:
                continue
            last = (made.t[0] > epoch["end"] - DAY) & (made.t[0] < epoch["end"])
            if (both[0] & last).sum() < 500:
                continue
            seen = np.mean([np.median(made.lat_us[p][both[p] & last])
                            / np.median(healthy.lat_us[p][both[p] & last]) for p in (0, 1)])
            ratios.append(seen / epoch["last_day"])
    ratios = np.array(ratios)
    check(ratios.size >= 10, "there are epochs to compare", ratios.size)
    check(abs(np.median(ratios) - 1) < .1, "the median agrees within a tenth", np.median(ratios))
    check(np.mean(np.abs(np.log(ratios)) < .25) >= .8, "four of five agree within a quarter",
          np.round(ratios, 2))


@scenario(60)
def memory():
    """The controller's memory, by hand."""
    rng = history.generator(1, "test")
    build = Build.draw(rng, headroom_mb=60.0, cache_mb=40.0, hang=1.0)
    flat = [1.0] * (20 * 144)
    leak = Leak("x", per_day=.1, where="daemon", with_load=0.0)
    ran = Controller(rng, build, [leak], flat, []).run()
    first = ran.epochs[0]
    check(abs(first["failure"] - 9.88 * DAY) < 2 * HOUR, "fails when the cache is gone",
          first["failure"] / DAY)
    check(ran.deficit[:int(5.9 * 144)].max() == 0, "costs nothing while memory is free")
    check(ran.deficit[int(8 * 144)] > .45, "then the cache shrinks")
    build = Build.draw(rng, headroom_mb=60.0, cache_mb=40.0, hang=0.0)
    ran = Controller(rng, build, [Leak("x", .1, "daemon", with_load=0.0)], flat, []).run()
    check([e["ended_by"] for e in ran.epochs] == ["killed", "killed", "censored"],
          "the OOM killer cures in part", ran.epochs)
    check(not ran.resets, "without a reset")
    cliff = Leak("x", .1, "daemon", with_load=0.0, limit=.5)
    ran = Controller(rng, build, [cliff], flat, []).run()
    check(ran.epochs[0]["failure"] and ran.deficit.max() == 0, "a cliff shows nothing before")
    cron = [{"t": day * DAY, "cause": "cron", "down": 100.0} for day in (3.0, 6.0)]
    ran = Controller(rng, build, [Leak("x", .1, "daemon", with_load=0.0)], flat, cron).run()
    check([e["ended_by"] for e in ran.epochs][:2] == ["cron", "cron"], "a reset cures")


@scenario(120)
def shapes():
    """The leaks of `phenomena` look as they are called."""
    for cls, grows in (("leak_linear", True), ("leak_timeout", False), ("leak_late", True)):
        made, label = phenomena.make(4, cls)
        epoch = label["epochs"][0]
        lat = np.where(made.status[1] == 0, made.lat_us[1], np.nan)

        def level(x, span=DAY):
            at = epoch["onset"] + x * (epoch["end"] - epoch["onset"])
            return np.nanmedian(lat[(made.t[0] > at - span) & (made.t[0] <= at)])
        rise = level(1) / level(0)
        check((rise > 1.3) == grows, f"{cls}: latency {'grows' if grows else 'stays'}", rise)


@scenario(60)
def command_line():
    """generate, from the command line."""
    def run(*words):
        return subprocess.run([sys.executable, os.path.join(HERE, "generate"), *words],
                              capture_output=True, check=False, text=True)
    check("--corpus" in run("--help").stdout, "--help")
    check(run("--class", "nonsense").returncode != 0, "an unknown class is refused")
    with tempfile.TemporaryDirectory() as folder:
        run("--weights", "healthy=1,agent=2", "--days", "6", "--corpus", folder, "--jobs", "2")
        names = sorted(os.listdir(folder))
        check(names == ["agent-100000.csv", "agent-100001.csv", "healthy-100000.csv",
                        "labels.jsonl"], "a corpus is files and labels", names)


if __name__ == "__main__":
    tap.main()
