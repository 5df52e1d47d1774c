#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The scorer: labels and alarms made by hand, figures known."""
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "corpus"),
                os.path.join(os.path.dirname(HERE), "sim")]
import withnumpy            # noqa: E402, F401, first
import numpy as np          # noqa: E402

import baselines            # noqa: E402
import corpus               # noqa: E402
import goals                # noqa: E402
import hours                # noqa: E402
import replay               # noqa: E402
import report               # noqa: E402
import score                # noqa: E402
import tap                  # noqa: E402
from intervals import poisson, wilson   # noqa: E402
from tap import Skip, check, scenario   # noqa: E402

DAY, HOUR = 86400.0, 3600.0


def epoch(onset, end, reset=None, failure=True, **more):
    """An epoch, in days; visible from its middle."""
    return {"kind": "k", "onset": onset * DAY, "visible": (onset + end) / 2 * DAY,
            "failure": end * DAY if failure else None, "end": end * DAY,
            "would_fail": end * DAY if failure else None, "reset": (reset or end) * DAY,
            "life": (end - onset) * DAY, "detectable": True, **more}


def label(*epochs, **more):
    """A host of 100 days."""
    return {"family": "f", "cls": "c", "seed": 1, "days": 100, "positive": bool(epochs),
            "epochs": list(epochs), "resets": [], "contention": [], **more}


def said(event, day, **more):
    """A line of replay."""
    return {"t_mono": day * DAY, "event": event, **more}


@scenario()
def alarms():
    """Alarms."""
    host = label(epoch(10, 20, 21), epoch(30, 40))
    got = score.score_host(host, [said("confirmed", 5), said("confirmed", 15),
                                  said("confirmed", 20.5), said("confirmed", 21.05),
                                  said("confirmed", 21.1), said("suspected", 50)])
    check([f["t"] / DAY for f in got["false"]] == [5, 21.1],
          "false outside of epochs, two hours after their reset spared")
    check([e["detected"] for e in got["epochs"]] == [True, False], "one of two epochs detected")
    check(abs(got["years"] - 79 / 365) < 1e-9, "clean time is what no epoch covers")
    first = got["epochs"][0]
    check(abs(first["lead"] - .5) < 1e-9 and abs(first["visible_lead"] - 1) < 1e-9,
          "lead of life and of the visible part", first)
    late = score.score_host(label(epoch(10, 20, 21)), [said("confirmed", 20.5)])
    check(not late["epochs"][0]["detected"] and not late["false"],
          "after the failure it is neither")
    twice = score.score_host(label(epoch(10, 20)), [said("confirmed", 18), said("confirmed", 12)])
    check(abs(twice["epochs"][0]["lead"] - .8) < 1e-9, "the first alarm counts, in any order")
    cured = score.score_host(label(epoch(10, 20, failure=False)), [said("confirmed", 15)])
    check(cured["epochs"][0]["detected"] and "forecast" not in cured["epochs"][0],
          "a cured epoch can be detected and has no forecast to judge")


@scenario()
def standing():
    """An alarm that still stands."""
    host = label(epoch(10, 20, failure=False), epoch(20.1, 30))

    def second(*lines):
        return score.score_host(host, lines)["epochs"][1]
    check(second(said("confirmed", 15))["standing"], "counts as such")
    check(not second(said("confirmed", 15))["detected"], "but not as a detection")
    check(not second(said("confirmed", 15), said("cleared", 21))["standing"], "cleared: no more")
    check(not second(said("confirmed", 15), said("reset", 20.1))["standing"],
          "ended by a reset: no more")
    check(second(said("confirmed", 15), said("cleared", 28))["standing"],
          "what comes after it became visible is of no account")


@scenario()
def missed():
    """What was to be reached."""
    quiet = {"positive": False, "cls": "a", "false": [], "years": 1.0, "epochs": [],
             "resets": [{"found": True}] * 9 + [{"found": False}], "said_resets": [{"right": True}]}
    loud = dict(quiet, cls="b", false=[{}])
    text = goals.table({"x": [quiet, loud], "y": [quiet]})
    check("| false alarms per host-year, hosts that never leak | ≤ 0.05 | **0.500**, missed by 0.450 "
          "| 0.000 |" in text, "is missed by so much, or not", text)
    check("worst class | ≤ 0.2 | **1.000**, missed by 0.800 |" in text, "of the worst class", text)
    check("| resets found | ≥ 0.95 | **0.900**, missed by 0.050 |" in text, "of shares", text)
    check("| recall of detectable epochs | ≥ 0.9 | – | – |" in text, "unknown without epochs", text)


@scenario()
def time_to_failure():
    """Forecasts."""
    host = label(epoch(10, 20), epoch(30, 40), epoch(50, 60))
    lines = [said("confirmed", 15, ttf_s=20 * DAY, ttf_low_s=DAY, ttf_high_s=30 * DAY),
             said("confirmed", 38, ttf_s=3 * DAY, ttf_low_s=3 * DAY, ttf_high_s=4 * DAY),
             said("confirmed", 55)]
    rows = score.score_host(host, lines)["epochs"]
    before, after = score.forecasts(rows, False), score.forecasts(rows, True)
    check((before["n"], before["given"], before["within2"], before["covered"]) == (1, 1, 0, 1),
          "20 days for 5: not within two, but covered", before)
    check((after["n"], after["given"], after["within2"], after["covered"]) == (2, 1, 1, 0),
          "3 days for 2: within two, not covered; no forecast is counted", after)
    check(before["factor"] == 4, "the factor")


@scenario()
def imminent():
    """Failures announced."""
    host = label(epoch(10, 20, 22), epoch(30, 40, failure=False))

    def outcome(day, low=1, high=3, epochs=host):
        line = said("imminent", day, ttf_s=2 * DAY, ttf_low_s=low and low * DAY,
                    ttf_high_s=high and high * DAY)
        got = score.score_host(epochs, [line])["said_imminent"]
        return got[0]["outcome"]
    check(outcome(18) == "in", "in the interval")
    check(outcome(19.5) == "early" and outcome(15) == "late", "sooner than it, and later")
    check(outcome(18, None, None) == "untimed", "no interval was said")
    check(outcome(21) == "after" and outcome(22.05) == "after", "after the failure is too late")
    check(outcome(35) == "never" and outcome(40.05) == "never", "what is relieved does not fail")
    check(outcome(25) == "outside", "without a leak")
    cut = label(epoch(10, 20, failure=False, would_fail=24 * DAY))
    check(outcome(19, 4, 6, cut) == "in", "one that was cut short would have failed")
    text = report.imminent_table([score.score_host(host, [said("imminent", 35),
                                                          said("imminent", 21)])])
    check("it did not fail: relieved, or restarted by somebody | 0.500" in text and
          "it had failed already | 0.500" in text and "7.300 (2 in 0;" in text,
          "the document says so, and how often", text)


@scenario()
def resets():
    """Resets."""
    host = label(resets=[{"t": 10 * DAY, "cause": "cron", "told": True},
                         {"t": 50 * DAY, "cause": "cron", "told": False},
                         {"t": 70 * DAY, "cause": "replaced", "told": False, "down": 8 * HOUR}])
    got = score.score_host(host, [said("reset", 10.1, reset_kind="evid"),
                                  said("reset", 30, reset_kind="drop"),
                                  said("reset", 70.35, reset_kind="drop")])
    check([r["found"] for r in got["resets"]] == [True, False, True], "found")
    asleep = label(resets=[{"t": 10 * DAY, "cause": "cron", "told": True, "seen": 12 * DAY}])
    check(score.score_host(asleep, [said("reset", 12.1)])["resets"][0]["found"],
          "found when somebody probed again")
    check([(r["kind"], r["right"]) for r in got["said_resets"]] ==
          [("evid", True), ("drop", False), ("drop", True)], "right")


@scenario()
def contention():
    """Contention."""
    host = label(epoch(50, 60), contention=[{"start": 10 * DAY, "end": 20 * DAY, "period": 300},
                                            {"start": 70 * DAY, "end": 80 * DAY, "period": 60}])
    timeouts = np.zeros(100)
    timeouts[12:15] = 5
    got = score.score_host(host, [said("contention", 14), said("contention", 55),
                                  said("contention", 30)], timeouts)
    check([c["found"] for c in got["contention"]] == [True],
          "a window that costs next to nothing is not asked for")
    check(got["said_contention"] == ["contention", "neither", "leak"], "where it was said")
    host["agents"] = [{"start": 25 * DAY, "end": 90 * DAY, "period": 300}]
    got = score.score_host(host, [said("contention", 30), said("contention", 52),
                                  said("contention", 54, period_s=120),
                                  said("contention", 55, period_s=900)])
    check(got["said_contention"] == ["agent", "leak", "leak", "leak and agent"],
          "in a leak an agent is an excuse only if the time-outs keep step with it")


@scenario()
def confidence():
    """Intervals, against tables."""
    check(np.allclose(poisson(0), (0, 3.6889), atol=1e-3), "Poisson 0")
    check(np.allclose(poisson(3), (.6187, 8.7673), atol=1e-3), "Poisson 3")
    check(np.allclose(poisson(100), (81.364, 121.627), atol=1e-2), "Poisson 100")
    check(poisson(2000)[0] < 2000 < poisson(2000)[1], "Poisson 2000")
    check(np.allclose(wilson(8, 10), (.4902, .9433), atol=1e-3), "Wilson 8 of 10")
    check(wilson(0, 0) == (0, 1), "Wilson of nothing")


@scenario()
def statistics():
    """The baselines' statistics."""
    rng = np.random.default_rng(1)
    line = 3 + .5 * np.arange(40)
    slope, intercept = baselines.least_squares(line, 10)
    check(np.allclose(slope[9:], .5) and np.allclose(intercept[9:], 3), "least squares")
    z = [baselines.mann_kendall(rng.normal(size=60)) for _ in range(400)]
    check(abs(np.std(z) - 1) < .12 and abs(np.mean(z)) < .15, "Mann-Kendall's z is standard",
          (np.mean(z), np.std(z)))
    z = [baselines.seasonal_kendall(rng.normal(size=(14, 24))) for _ in range(400)]
    check(abs(np.std(z) - 1) < .2 and abs(np.mean(z)) < .15, "the seasonal one's, too",
          (np.mean(z), np.std(z)))
    common = [baselines.seasonal_kendall(rng.normal(size=(14, 1)) + np.zeros((1, 24)))
              for _ in range(400)]
    check(np.std(common) < 1.2, "also when the seasons are copies of each other", np.std(common))
    if importlib.util.find_spec("scipy"):
        from scipy.stats import kendalltau
        x = rng.normal(size=50) + np.arange(50) * .02
        p = kendalltau(np.arange(50), x, method="asymptotic").pvalue
        s = np.triu(np.sign(x[None, :] - x[:, None]), 1).sum()
        ours = abs(baselines.mann_kendall(x)) * s / (s - np.sign(s))
        from scipy.stats import norm
        check(abs(2 * norm.sf(ours) - p) < 1e-9, "Mann-Kendall agrees with scipy's tau")


@scenario(120)
def prometheus():
    """predict_linear is Prometheus'."""
    if not shutil.which("promtool"):
        raise Skip("promtool (of the package prometheus) is not installed")
    made, _ = corpus.make("mechanism", "leak_at_reset", 3, days=30)
    values = hours.by_hour(made).median_s
    slope, intercept = baselines.least_squares(values, 72)
    at = [hour for hour in range(100, 600, 100) if np.isfinite(slope[hour])]
    ours = {hour: intercept[hour] + slope[hour] * (hour + 168) for hour in at}
    series = " ".join(repr(float(value)) if np.isfinite(value) else "_" for value in values)
    text = "rule_files: []\nevaluation_interval: 1h\ntests:\n- interval: 1h\n  input_series:\n" \
        f"  - {{series: m, values: '{series}'}}\n  promql_expr_test:\n"
    for hour in at:     # 71.5 h hold 72 samples; a wrong value makes it print its own
        text += f"  - {{expr: 'predict_linear(m[71h30m], 7 * 86400)', eval_time: {hour}h, " \
            "exp_samples: [{labels: '{}', value: -1}]}\n"
    with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
        file.write(text)
        file.flush()
        done = subprocess.run(["promtool", "test", "rules", file.name], capture_output=True,
                              check=False, text=True)
    theirs = [float(number) for number in re.findall(r"got: \{\} (\S+)", done.stderr)]
    check(len(theirs) == len(at) > 2 and np.allclose(theirs, list(ours.values()), rtol=1e-9),
          "to nine digits", (theirs, ours, done.stderr))


@scenario(120)
def baselines_work():
    """The baselines fire on a ramp and are quiet on a flat line."""
    rng = np.random.default_rng(2)
    n = 24 * 60
    flat = hours.Hours(.02 * np.exp(rng.normal(0, .05, n)), np.zeros(n, int), np.zeros(n, int))
    ramp = hours.Hours(flat.median_s * (1 + np.maximum(np.arange(n) - n / 2, 0) / 150),
                       flat.timeouts, flat.isolated)
    for name, baseline in baselines.BASELINES.items():
        if "time-outs" in name:
            continue
        check(baseline(ramp), f"{name}: fires on a ramp")
        if name != "Mann-Kendall, 7 d":     # whose false alarms are the point
            check(not baseline(flat), f"{name}: quiet on a flat line")
    bad = hours.Hours(flat.median_s, flat.timeouts, np.where(np.arange(n) == 700, 5, 0))
    check(len(baselines.timeouts_per_hour(bad)) == 1, "five time-outs in an hour are an alarm")


@scenario(120)
def aggregation():
    """Hours."""
    made, _ = corpus.make("phenomena", "hiccups", 3, days=20)
    got = hours.by_hour(made)
    check(got.median_s.size == 20 * 24 and np.isfinite(got.median_s).mean() > .9, "one a median")
    check(got.isolated.sum() < got.timeouts.sum(), "outages do not count as isolated")
    one = (made.status[1][600:660] == 0) & made.is_present[600:660]
    check(np.isclose(got.median_s[10], np.median(made.lat_us[1][600:660][one]) / 1e6),
          "the median of the hour")


@scenario(120)
def through_a_pipe():
    """A host through a command, and what a broken command does."""
    host = [("phenomena", "healthy", 1)]
    say = "import sys; n = sum(1 for _ in sys.stdin); " \
          "print('{\"t_mono\": 86400, \"event\": \"confirmed\", \"window_h\": %d}' % n)"
    got = replay.run([sys.executable, "-c", say], host, {"days": 4}, 1, with_baselines=True)
    check(len(got["bmchealthd"][0]["false"]) == 1, "what it says is scored")
    check(set(got) == {"bmchealthd", *baselines.BASELINES}, "beside the baselines")
    check("| healthy | 1 |" in report.family("phenomena", got), "and reported")
    for name, command in (("a failure", ["false"]), ("nonsense", ["echo", "nonsense"])):
        made, _ = corpus.make(*host[0], days=4)
        try:
            replay.replay(command, made)
            check(False, f"{name} is noticed")
        except replay.Broken as reason:
            check(True, f"{name} is noticed", reason)


if __name__ == "__main__":
    tap.main()
