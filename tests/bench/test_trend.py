#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The daemon's leak detector on a small corpus: floors that a broken one does not reach. How
well it does is docs/DETECTION.md's business; `tests/bench/trend` writes that."""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "corpus"),
                os.path.join(os.path.dirname(HERE), "sim")]
import withnumpy            # noqa: E402, F401, first
import corpus               # noqa: E402
import replay               # noqa: E402
import report               # noqa: E402
import tap                  # noqa: E402
from tap import Skip, check, note, scenario     # noqa: E402

SEED = 11
# Hosts of a class; what is left out takes its time in the long run only.
PHENOMENA = {"healthy": 4, "healthy_noisy": 2, "step_up": 2, "agent": 3, "burst5": 1, "base_to": 2,
             "bounded": 2, "drift": 2, "hiccups": 2, "leak_linear": 4, "leak_hyper": 4,
             "leak_tail": 3, "leak_saw": 5, "leak_start": 3}
MECHANISM = {"plain": 2, "busy": 2, "stolen": 1, "firmware": 2, "event_log": 2, "log_partition": 2,
             "rollout": 2, "flaky": 1, "leak_scan": 4, "leak_at_reset": 3, "leak_partial": 2,
             "leak_steep": 3, "leak_cron": 3}


def grade(family, hosts):
    """The scores of a small corpus; Skip: there is no replay."""
    argv = replay.command()
    if not argv:
        raise Skip("this bmchealthctl knows no replay")
    plan = corpus.plan(family, SEED, 1, hosts)
    scores = replay.run(argv, plan, {}, jobs=2, with_extra=True)["bmchealthd"]
    note(report.family(family, {"bmchealthd": scores}))
    return scores


def judge(scores, most_false, least_recall, least_lead, least_resets):
    """The floors."""
    count, years = report.false_alarms([h for h in scores if not h["positive"]])
    check(count <= most_false * years, f"at most {most_false} false alarms per host-year",
          f"{count} in {years:.1f}")
    epochs = report.epochs_of(scores)
    found = [e for e in epochs if e["detected"]]
    check(len(found) >= least_recall * len(epochs), f"recall of at least {least_recall}",
          f"{len(found)} of {len(epochs)}")
    leads = sorted(e["visible_lead"] for e in found)
    check(leads and leads[len(leads) // 2] >= least_lead,
          f"a median lead of {least_lead} of the visible part", leads)
    resets = [r for h in scores for r in h["resets"] if r["told"]]
    check(sum(r["found"] for r in resets) >= least_resets * len(resets),
          f"finds {least_resets} of the resets that leave evidence")
    said = [w for h in scores for w in h["said_contention"]]
    check(said.count("leak") <= max(1, .05 * len(said)), "leaks are not called contention", said)
    fail = [e["forecast"] for e in epochs if "forecast" in e]
    given = [forecast for forecast in fail if forecast["ttf_s"]]
    check(len(given) >= .4 * len(fail), "forecasts for two of five", f"{len(given)} of {len(fail)}")
    near = [f for f in given if .1 < f["ttf_s"] / f["true_s"] < 10]
    check(len(near) >= .6 * len(given), "forecasts of the right order of magnitude",
          f"{len(near)} of {len(given)}")


@scenario(600)
def phenomena():
    """Curves."""
    judge(grade("phenomena", PHENOMENA), .1, .9, .6, .95)


@scenario(600)
def mechanism():
    """Causes."""
    judge(grade("mechanism", MECHANISM), .2, .9, .6, .95)


if __name__ == "__main__":
    os.environ["BMC_JOBS"] = "1"    # each uses two processors
    tap.main()
