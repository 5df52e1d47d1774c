# SPDX-License-Identifier: GPL-2.0-or-later
"""The programs that tests/bench/contention lets ask a controller, and what their being there costs
a foreign command: quantiles, ratios, the document."""
import collections
import math
import os

Rival = collections.namedtuple("Rival", "name title begin end")
QUANTILES = (0.5, 0.95, 0.99)
# A unit that Debian would start; what keeps it from starting by itself is the guest's.
_TIMER = "while :; do ipmitool sensor >/run/sensor.prom; read -rt 60 _; done <> <(:)"
_SCRAPE = ("while :; do exec 3<>/dev/tcp/127.0.0.1/9290 && printf \"GET /metrics HTTP/1.0\\r\\n\\r\\n\""
           " >&3 && timeout 30 cat <&3 >/run/metrics; read -rt 15 _; done <> <(:)")


def loop(name, script):
    """A shell script as a unit of its own."""
    return f"systemd-run -q --unit={name} bash -c '{script}'", f"systemctl stop {name}"


RIVALS = (
    Rival("nobody", "nobody else", "true", "true"),
    Rival("bmchealthd", "bmchealthd, its defaults", "systemctl start bmchealthd",
          "systemctl stop bmchealthd"),
    Rival("ipmiseld", "ipmiseld, its defaults", "systemctl start ipmiseld",
          "systemctl stop ipmiseld"),
    Rival("timer", "node_exporter's timer: `ipmitool sensor` every minute", *loop("timer", _TIMER)),
    Rival("exporter", "ipmi_exporter, scraped every 15 s",
          "systemctl start prometheus-ipmi-exporter; " + loop("scrape", _SCRAPE)[0],
          "systemctl stop scrape prometheus-ipmi-exporter"),
    Rival("collectd", "collectd, its plugin ipmi every 10 s", "systemctl start collectd",
          "systemctl stop collectd"),
    Rival("loop", "`ipmitool sensor` in a loop",
          *loop("loop", "while ipmitool sensor; do :; done >/dev/null")),
)

NAMED = "## Who is named\n"  # the second part of the document, which culprits writes

HEAD = """# What one more program costs a foreign command

For whoever asks whether one more agent on the host is a good idea. Made by `tests/bench/contention
--write docs/CONTENTION.md`; do not edit.

In a virtual machine (Debian, {kernel}, {interface}) `ipmitool mc info` is run {count} times for each
row, a second or so apart, while the program of the row asks the same controller: `ipmi_sim` with
{sensors} sensors, {delay} ms for each command, one at a time. The rows take turns in {rounds} rounds,
so that a busy host hurts all alike. Times are those of the whole `ipmitool mc info`, start of the
process included; *times* compares with nobody else being there. *Commands* are those of the row's
program, counted at the controller; `ipmitool mc info`'s own are taken off. bmchealthd's hold the one
reading of the sensor records after its first start, which has a budget of its own.
"""


def quantile(values, share):
    """Of a list, not interpolated; None: it is empty."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


def row(rival, values, base, per_minute):
    """A line of the table."""
    cells = [rival.title, str(len(values))]
    for share in QUANTILES:
        mine, alone = quantile(values, share), quantile(base, share)
        cells.append("–" if mine is None else f"{1000 * mine:.0f} ms")
        cells.append("–" if mine is None or not alone else f"{mine / alone:.2f}")
    cells.append(f"{per_minute:.1f}")
    return "| " + " | ".join(cells) + " |"


def table(samples, rates):
    """samples: name -> seconds; rates: name -> commands a minute."""
    names = " | ".join(f"p{round(100 * share)} | times" for share in QUANTILES)
    lines = [f"| beside | runs | {names} | commands a minute |",
             "|" + "---|" * (3 + 2 * len(QUANTILES))]
    for rival in RIVALS:
        if rival.name in samples:
            lines.append(row(rival, samples[rival.name], samples.get("nobody", []),
                             rates.get(rival.name, 0)))
    return "\n".join(lines) + "\n"


def summary(samples):
    """What the table says of us, in a sentence; empty: it says nothing."""
    ours, base = samples.get("bmchealthd"), samples.get("nobody")
    others = {rival.title: samples[rival.name] for rival in RIVALS
              if rival.name not in ("nobody", "bmchealthd") and samples.get(rival.name)}
    if not ours or not base or not others:
        return ""
    share = quantile(ours, 0.95) / quantile(base, 0.95)
    worst, values = max(others.items(), key=lambda pair: quantile(pair[1], 0.95))
    mine = (f"takes {share:.2f} times as long" if share > 1.05 else
            f"takes no longer ({share:.2f} times; what is below 1 is the host's own unrest)")
    return (f"At p95 a foreign command {mine} beside bmchealthd, and "
            f"{quantile(values, 0.95) / quantile(base, 0.95):.2f} times as long beside the heaviest "
            f"of the others ({worst}).\n")


def read(path):
    """The document; empty: there is none yet."""
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read()


def first_part(path):
    """What contention writes."""
    return read(path).partition(NAMED)[0]


def second_part(path):
    """What culprits writes."""
    return "".join(read(path).partition(NAMED)[1:])


def write(path, first, second):
    """Both."""
    with open(path, "w", encoding="utf-8") as file:
        file.write(first.rstrip("\n") + "\n" + ("\n" + second if second else ""))
