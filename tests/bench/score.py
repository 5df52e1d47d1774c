# SPDX-License-Identifier: GPL-2.0-or-later
"""What a detector said of a host against what really happened there.

A said event is a line of `bmchealthctl replay`: t_mono, event, channel, window_h, rise, ttf_s,
ttf_low_s, ttf_high_s, reset_kind. Only `confirmed` is an alarm.

alarm         inside an epoch, from its onset to two hours after the reset that ended it: right.
              Anywhere else: false.
detected      an epoch with an alarm in it before its end (failure, cure or reset).
standing      not detected, but the alarm of an earlier epoch, neither cleared nor ended by a
              reset that was reported, still stood when this one became visible.
lead          from the first alarm in it to the failure (to the end, where none was to come), as a
              share of the epoch, and of that part of it in which it was visible.
imminent      by what became of it: the controller failed within the interval that was said,
              before it (`early`), after it (`late`), or `untimed`: none was said; it did not
              fail (`never`); it had failed already (`after`); or there was no leak (`outside`).
              An epoch that somebody cut short counts with the failure that would have come,
              where the corpus knows it.
recall        over the epochs that could be detected: in `phenomena` all, in `mechanism` those that
              slowed commands down by a quarter for a day, half of it sampled.
"""
import numpy as np

HOUR, DAY = 3600, 86400
GRACE_S = 2 * HOUR
RESET_EARLY_S, RESET_LATE_S = 1.5 * HOUR, 5 * HOUR
CONTENTION_TIMEOUTS = 12    # in three days: as many are needed to see a period


def _inside(t, epoch):
    return epoch["onset"] <= t <= epoch["reset"] + GRACE_S


def _clean_days(label):
    """Days of the history outside of epochs."""
    busy = sum(min(e["reset"], label["days"] * DAY) - e["onset"] for e in label["epochs"])
    return max(label["days"] - busy / DAY, 0.0)


def _ends_alarm(event):
    return event["event"] in ("cleared", "reset")


def _is_standing(said, at):
    """Is there an alarm that was raised before and has not been taken back?"""
    stands = False
    for event in said:
        if event["t_mono"] > at:
            break
        if event["event"] == "confirmed":
            stands = True
        elif _ends_alarm(event):
            stands = False
    return stands


def _imminent(event, epochs):
    """(what became of an `imminent`, seconds to the failure or None)"""
    t = event["t_mono"]
    epoch = next((e for e in epochs if e["onset"] <= t <= e["reset"]),
                 next((e for e in epochs if _inside(t, e)), None))
    if not epoch:
        return "outside", None
    if epoch["failure"] is not None and t >= epoch["failure"]:
        return "after", None
    if not epoch["would_fail"] or t >= epoch["would_fail"]:
        return "never", None
    left, low, high = epoch["would_fail"] - t, event.get("ttf_low_s"), event.get("ttf_high_s")
    if low is None or high is None:
        return "untimed", left
    return "early" if left < low else "late" if left > high else "in", left


def _epoch_row(epoch, said, failed_before):
    """One epoch; `said` in order of time."""
    failure = epoch["would_fail"] or epoch["end"]
    alarms = [e for e in said if e["event"] == "confirmed"
              and epoch["onset"] <= e["t_mono"] < epoch["end"]]
    row = {"kind": epoch["kind"], "detectable": epoch["detectable"], "life": epoch["life"],
           "detected": bool(alarms), "failed": epoch["failure"] is not None,
           "ended_by": epoch.get("ended_by", "reset"), "failed_before": failed_before,
           "standing": bool(alarms) or _is_standing(said, epoch["visible"])}
    early = [e for e in said if e["event"] == "imminent"
             and epoch["onset"] <= e["t_mono"] < epoch["end"]]
    row["imminent"] = bool(early)
    if not alarms:
        return row
    first, left = alarms[0], failure - alarms[0]["t_mono"]
    row.update(lead=left / (failure - epoch["onset"]), lead_s=left, channel=first.get("channel"),
               visible_lead=left / max(failure - epoch["visible"], 1))
    if epoch["would_fail"]:
        row["forecast"] = {"true_s": left, "ttf_s": first.get("ttf_s"),
                           "low_s": first.get("ttf_low_s"), "high_s": first.get("ttf_high_s")}
    return row


def _resets(label, said):
    """(labelled resets with `found`, said resets with `right`)."""
    real = [{**reset, "found": False} for reset in label["resets"]]
    told = []
    for event in said:
        if event["event"] != "reset":
            continue
        near = [r for r in real if r["t"] - RESET_EARLY_S <= event["t_mono"]
                <= max(r["t"] + r.get("down", 0), r.get("seen", 0)) + RESET_LATE_S]
        for reset in near:
            reset["found"] = True
        told.append({"kind": str(event.get("reset_kind")), "right": bool(near)})
    return [{k: r[k] for k in ("cause", "told", "found")} for r in real], told


def visible_contention(label, timeouts_per_day):
    """Those windows of contention that cost enough time-outs to be seen at all."""
    three = np.convolve(timeouts_per_day, np.ones(3))[:len(timeouts_per_day)]
    out = []
    for window in label["contention"]:
        days = three[int(window["start"] // DAY) + 2:int(window["end"] // DAY)]
        if days.size and days.max() >= CONTENTION_TIMEOUTS:
            out.append(window)
    return out


def _is_near(t, windows):
    """Is t in one of them, or shortly after?"""
    return any(w["start"] <= t <= w["end"] + 3 * DAY for w in windows)


def _keeps_step(event, agents):
    """Has one of them the period that was said? Time-outs of a slow controller in step with an agent
    are contention as well; that an agent is there is no excuse."""
    said = event.get("period_s") or 0
    return any(said and (said % a["period"] == 0 or a["period"] % said == 0)
               and _is_near(event["t_mono"], [a]) for a in agents)


def _contention(label, said, windows):
    """(windows with `found`, where the contention said was)."""
    events = [e for e in said if e["event"] == "contention"]
    real = [{"period": w["period"],
             "found": any(w["start"] <= e["t_mono"] <= w["end"] + DAY for e in events)} for w in windows]
    where = []
    for event in events:
        t, agents = event["t_mono"], label.get("agents", ())
        if _is_near(t, label["contention"]):
            where.append("contention")
        elif any(_inside(t, e) for e in label["epochs"]):
            where.append("leak and agent" if _keeps_step(event, agents) else "leak")
        else:
            where.append("agent" if _is_near(t, agents) else "neither")
    return real, where


def score_host(label, said, timeouts_per_day=()):
    """All that is counted of one host."""
    said = sorted(said, key=lambda event: event["t_mono"])
    wrong = [e for e in said if e["event"] == "confirmed"
             and not any(_inside(e["t_mono"], epoch) for epoch in label["epochs"])]
    rows, failed = [], 0
    for epoch in label["epochs"]:
        rows.append(_epoch_row(epoch, said, failed))
        failed += epoch["failure"] is not None
    real, told = _resets(label, said)
    windows, where = _contention(label, said, visible_contention(label, timeouts_per_day)
                                 if len(timeouts_per_day) else label["contention"])
    imminent = [_imminent(e, label["epochs"]) for e in said if e["event"] == "imminent"]
    return {"cls": label["cls"], "seed": label["seed"], "family": label["family"],
            "positive": label["positive"], "years": _clean_days(label) / 365,
            "false": [{"t": e["t_mono"], "channel": e.get("channel")} for e in wrong],
            "epochs": rows, "resets": real, "said_resets": told, "contention": windows,
            "said_contention": where, "days": label["days"],
            "said_imminent": [{"outcome": outcome, "left_s": left} for outcome, left in imminent]}


def forecasts(rows, after_failure):
    """{n, none, within2, covered, factor}: of the forecasts at the first alarm in an epoch."""
    chosen = [row["forecast"] for row in rows
              if "forecast" in row and bool(row["failed_before"]) == after_failure]
    given = [f for f in chosen if f["ttf_s"]]
    factor = np.array([max(f["ttf_s"] / f["true_s"], f["true_s"] / f["ttf_s"]) for f in given])
    ranged = [f for f in given if f["low_s"] is not None and f["high_s"] is not None]
    return {"n": len(chosen), "given": len(given), "within2": int((factor <= 2).sum()),
            "factor": float(np.median(factor)) if given else None, "ranged": len(ranged),
            "covered": sum(f["low_s"] <= f["true_s"] <= f["high_s"] for f in ranged)}
