# SPDX-License-Identifier: GPL-2.0-or-later
"""Scores as Markdown tables, with counts and 95 % confidence intervals."""
from collections import defaultdict

import numpy as np

import score
from intervals import poisson, wilson

HOUR, DAY = 3600, 86400


def rate(count, years):
    """False alarms per host-year."""
    if not years:
        return "–"
    low, high = poisson(count)
    return f"{count / years:.3f} ({count} in {years:.0f}; {low / years:.3f}–{high / years:.3f})"


def share(hits, n):
    """A share."""
    if not n:
        return "–"
    low, high = wilson(hits, n)
    return f"{hits / n:.3f} ({hits}/{n}; {low:.2f}–{high:.2f})"


def median(values, low=25):
    """Median and a lower quantile."""
    if not values:
        return "–"
    return f"{np.median(values):.2f} ({np.percentile(values, low):.2f})"


def table(head, rows):
    """A Markdown table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows]) + "\n"


def false_alarms(hosts):
    """(count, host-years)."""
    return sum(len(h["false"]) for h in hosts), sum(h["years"] for h in hosts)


def epochs_of(hosts, detectable=True):
    """All epochs that count for recall."""
    return [e for h in hosts for e in h["epochs"] if e["detectable"] or not detectable]


def recall(epochs):
    """Of epochs."""
    return share(sum(e["detected"] for e in epochs), len(epochs))


def summary(hosts):
    """One line of the comparison."""
    negative = [h for h in hosts if not h["positive"]]
    epochs = epochs_of(hosts)
    found = [e for e in epochs if e["detected"]]
    return [rate(*false_alarms(negative)), rate(*false_alarms(hosts)), recall(epochs),
            median([e["lead"] for e in found]), median([e["visible_lead"] for e in found])]


def comparison(results):
    """Ours beside the baselines."""
    head = ["detector", "false alarms per host-year, hosts that never leak",
            "the same with the clean time of leaking hosts", "recall of epochs",
            "lead / life, median (lower quarter)", "lead / visible, median (lower quarter)"]
    return table(head, [[name] + summary(hosts) for name, hosts in results.items()])


def by_class(hosts):
    """False alarms by class."""
    classes = defaultdict(list)
    for host in hosts:
        classes[host["cls"]].append(host)
    rows = []
    for cls, members in classes.items():
        channels = sorted({str(f["channel"]) for h in members for f in h["false"]})
        rows.append([cls, len(members), rate(*false_alarms(members)), ", ".join(channels)])
    return table(["class", "hosts", "false alarms per host-year (outside of epochs)",
                  "by channel"], rows)


def _recall_row(name, epochs):
    found = [e for e in epochs if e["detected"]]
    return [name, recall(epochs), share(sum(e["standing"] for e in epochs), len(epochs)),
            median([e["lead"] for e in found]), median([e["visible_lead"] for e in found]),
            f"{np.median([e['lead_s'] for e in found]) / HOUR:.0f}" if found else "–"]


def by_kind(hosts):
    """Recall by what leaks, how long it took and how it ended."""
    epochs, rows = epochs_of(hosts), []
    for kind in dict.fromkeys(e["kind"] for e in epochs):
        rows.append(_recall_row(kind, [e for e in epochs if e["kind"] == kind]))
    for name, low, high in (("life < 2 d", 0, 2), ("2–7 d", 2, 7), ("7–20 d", 7, 20),
                            ("> 20 d", 20, 1e9)):
        rows.append(_recall_row(name, [e for e in epochs if low <= e["life"] / DAY < high]))
    rows.append(_recall_row("ended in failure", [e for e in epochs if e["failed"]]))
    rows.append(_recall_row("cured before", [e for e in epochs if not e["failed"]]))
    others = [e for h in hosts for e in h["epochs"] if not e["detectable"]]
    rows.append(_recall_row("(not detectable by definition)", others))
    return table(["epochs", "recall", "recall, or an earlier alarm still stood", "lead / life",
                  "lead / visible", "lead, h"], rows)


def forecast_table(hosts):
    """Time to failure."""
    rows = []
    for name, after in (("no failure seen before", False), ("after one or more", True)):
        got = score.forecasts(epochs_of(hosts, False), after)
        rows.append([name, got["n"], share(got["given"], got["n"]),
                     share(got["within2"], got["given"]),
                     f"×{got['factor']:.2f}" if got["factor"] else "–",
                     share(got["covered"], got["ranged"])])
    return table(["at the first alarm", "epochs", "forecast given", "within a factor of 2",
                  "median factor", "interval covers the truth"], rows)


def reset_table(hosts):
    """Resets found, and those said that were none."""
    real = [r for h in hosts for r in h["resets"]]
    said = [r for h in hosts for r in h["said_resets"]]
    rows = [["all", len(real), share(sum(r["found"] for r in real), len(real))]]
    for name, told in (("left evidence", True), ("left none", False)):
        some = [r for r in real if bool(r["told"]) == told]
        rows.append([name, len(some), share(sum(r["found"] for r in some), len(some))])
    for cause in sorted({r["cause"] for r in real}):
        some = [r for r in real if r["cause"] == cause]
        rows.append([cause, len(some), share(sum(r["found"] for r in some), len(some))])
    text = table(["resets", "number", "found"], rows)
    kinds = [["all", share(sum(r["right"] for r in said), len(said))]]
    for kind in sorted({r["kind"] for r in said}):
        some = [r for r in said if r["kind"] == kind]
        kinds.append([kind, share(sum(r["right"] for r in some), len(some))])
    return text + "\n" + table(["said reset, by reset_kind", "right"], kinds)


def contention_table(hosts):
    """Contention found, and leaks called that."""
    real = [c for h in hosts for c in h["contention"]]
    where = [w for h in hosts for w in h["said_contention"]]
    rows = [["windows of contention with ≥ 12 isolated time-outs in 3 d that were named",
             share(sum(c["found"] for c in real), len(real))]]
    rows += [[f"contention said: in {name}", share(where.count(key), len(where))]
             for name, key in (("contention", "contention"), ("a leak", "leak"),
                               ("a leak, in step with an agent", "leak and agent"),
                               ("no leak, an agent that costs no time-outs", "agent"),
                               ("neither", "neither"))]
    return table(["contention", "share"], rows)


IMMINENT = (("in", "it failed within the interval that was said"),
            ("early", "it failed, sooner than that"), ("late", "it failed, later than that"),
            ("untimed", "it failed, no interval was said"),
            ("never", "it did not fail: relieved, or restarted by somebody"),
            ("after", "it had failed already"), ("outside", "there was no leak"))


def imminent_table(hosts):
    """`imminent`: what became of it, and the failures that had one."""
    failed = [e for e in epochs_of(hosts, False) if e["failed"]]
    said = [i for h in hosts for i in h["said_imminent"]]
    outcomes = [i["outcome"] for i in said]
    wrong = sum(outcome in ("never", "after", "outside") for outcome in outcomes)
    left = sorted(i["left_s"] / 3600 for i in said if i["left_s"] is not None)
    rows = [[f"imminent said: {text}", share(outcomes.count(key), len(outcomes))]
            for key, text in IMMINENT]
    rows += [["hours to the failure, median (lower quarter)",
              f"{left[len(left) // 2]:.0f} ({left[len(left) // 4]:.0f})" if left else "–"],
             ["failures announced", share(sum(e["imminent"] for e in failed), len(failed))],
             ["no failure followed, per host-year (all time of all hosts)",
              rate(wrong, sum(h["days"] for h in hosts) / 365)]]
    return table(["imminent", ""], rows)


def family(name, results):
    """The section of one family."""
    text = f"## {name}\n\n"
    if len(results) > 1:
        text += comparison(results) + "\n"
    hosts = results.get("bmchealthd")
    if not hosts:
        return text
    if len(results) == 1:
        text += comparison(results) + "\n"
    for part in (by_class, by_kind, forecast_table, reset_table, contention_table,
                 imminent_table):
        text += part(hosts) + "\n"
    return text
