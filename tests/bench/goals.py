# SPDX-License-Identifier: GPL-2.0-or-later
"""What was to be reached, and by how much it was not: the first table of docs/DETECTION.md."""
from collections import defaultdict

import numpy as np

import report
import score

CLAIMED, OFF = 0.9, 0.05  # of the intervals: nine of ten, give or take


def _ratio(hits, number):
    return hits / number if number else None


def _healthy(hosts):
    return [host for host in hosts if not host["positive"]]


def _false_alarms(hosts):
    return _ratio(*report.false_alarms(_healthy(hosts)))


def _worst_class(hosts):
    classes = defaultdict(list)
    for host in _healthy(hosts):
        classes[host["cls"]].append(host)
    return max((_ratio(*report.false_alarms(some)) or 0 for some in classes.values()), default=None)


def _recall(hosts):
    epochs = report.epochs_of(hosts)
    return _ratio(sum(epoch["detected"] for epoch in epochs), len(epochs))


def _median(key):
    def of(hosts):
        found = [epoch[key] for epoch in report.epochs_of(hosts) if epoch["detected"]]
        return float(np.median(found)) if found else None
    return of


def _forecasts(hosts):
    return score.forecasts(report.epochs_of(hosts, False), True)


def _within(hosts):
    return _ratio(_forecasts(hosts)["within2"], _forecasts(hosts)["given"])


def _coverage_off(hosts):
    covered = _ratio(_forecasts(hosts)["covered"], _forecasts(hosts)["ranged"])
    return None if covered is None else abs(covered - CLAIMED)


def _resets(hosts):
    real = [reset for host in hosts for reset in host["resets"]]
    return _ratio(sum(reset["found"] for reset in real), len(real))


def _said_resets(hosts):
    said = [reset for host in hosts for reset in host["said_resets"]]
    return _ratio(sum(reset["right"] for reset in said), len(said))


# what, limit (at most if negative), how it is read from the hosts of a family
GOALS = (
    ("false alarms per host-year, hosts that never leak", -0.05, _false_alarms),
    ("the same, worst class", -0.2, _worst_class),
    ("recall of detectable epochs", 0.9, _recall),
    ("lead / life, median", 0.6, _median("lead")),
    ("lead / visible, median", 0.6, _median("visible_lead")),
    ("time to failure within a factor of 2, after a failure", 0.7, _within),
    ("its interval: nine of ten, off by", -OFF, _coverage_off),
    ("resets found", 0.95, _resets),
    ("said resets that are right", 0.95, _said_resets),
)


def _verdict(value, limit):
    """0.61 · **0.54**, missed by 0.06."""
    if value is None:
        return "–"
    missed = value + limit if limit < 0 else limit - value
    return f"{value:.3f}" if missed <= 0 else f"**{value:.3f}**, missed by {missed:.3f}"


def table(results):
    """`results`: family -> hosts, judged by bmchealthd."""
    rows = [[what, f"{'≤' if limit < 0 else '≥'} {abs(limit):g}"] +
            [_verdict(read(hosts), limit) for hosts in results.values()]
            for what, limit, read in GOALS]
    return report.table(["goal", "", *results], rows)
