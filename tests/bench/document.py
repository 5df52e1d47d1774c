# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/DETECTION.md around the tables of report.py."""

HEAD = """# How well the leak detector detects

Written by `tests/bench/trend`; do not edit, run it again. Everything here comes from histories
that were made up (`tests/corpus`); **nothing here was measured on a real BMC**, and whether the
latency of a real one rises before it fails remains to be shown.

Two families of hosts, written apart from the detector:
- **phenomena** draws what is seen of a BMC as curves: a factor on the latency, a probability of a
  time-out. **phenomena-stress** is the same in surroundings worse than any detector was tuned on.
- **mechanism** simulates causes: memory, page cache, reclaim and the OOM killer of a controller, an
  interface with one server and a queue, agents that come and go, an event log, a log partition,
  resets by cron, firmware updates. How it looks from outside follows; some of what fails there
  shows for too short a time, or not at all, to be detected by anybody.

An *epoch* is one ramp, from the start of the leak to its failure or cure. An alarm is a
`confirmed` finding. It is right inside an epoch (up to two hours after the reset that ends it),
elsewhere it is false. Recall counts epochs with an alarm before their end: in *phenomena* all, in
*mechanism* those whose leak slows commands down by a quarter (or stalls a tenth of them) for 24
hours, at least half of it sampled. Lead is the time from the first alarm to the failure, as a
share of the epoch and of its visible part. `imminent` (the critical finding) is graded by
what became of it; a failure that somebody's restart forestalled counts where the corpus knows when
it would have come. In brackets: counts and 95 % intervals (exact Poisson
for rates, Wilson for shares; epochs of one host are not independent, so the truth is wider).

The baselines read the hourly median of the costly probe and the time-outs, with usual settings, not
tuned. They are written for this bench with numpy: Debian 12 packages neither R's `trend` nor
`Kendall`; predict_linear agrees with
Prometheus' own promtool to nine digits.
"""


TRIED = """
What was tried for the goals that are missed, on other seeds than this one:
- **An earlier alarm** (lead): softer floors for windows of 48 to 384 h gave a lead larger by a
  hundredth for a third more false alarms. Counting stalls instead of a quantile (tails .21 to .61
  of life) and half a day for a tooth that was seen before (.588 to .620 of the visible part) are
  in. What is left is the confirmation itself: a short window must see a ramp last before it is
  believed, and leaks that grow late in their life leave little time after that.
- **False alarms beside a gradual roll-out of agents**: the day's rhythm, which load makes larger as
  it makes the level, explained some alarms, and later ones on the same hosts took their place;
  asking who was there more and more over sixteen days saved four alarms in 30 host-years and told
  what came after somebody had arrived two weeks late. With the foreign rate and the event log,
  which the daemon has and a CSV of eight columns lacks (`--extra`), 4 alarms instead of 6 were left
  of it on seed 501. The rest are agents over the network, of which nothing in the host tells.
- **Intervals**: after a failure they cover more than nine of ten where lives are alike, and less
  under stress, where they are not; narrower or wider ones traded the one for the other. Before any
  failure was seen they are an order of magnitude, and the finding says so by their width.
- **Resets that left no evidence**: a slow start and a lower level are all there is to see; when
  the controller was neither slow after it nor slower before, nothing tells it from a break.
"""


def whole(args, sections, goals):
    """The document."""
    how = f"Seed {args.seed}, scale {args.scale:g}, jitter ±{args.jitter:g} s, " + \
        ("eleven columns (event log, foreign commands, firmware)." if args.extra else
         "the eight columns any recorder has.")
    return "\n".join([HEAD, how, "", "## Goals, and what is missed", "", goals + TRIED,
                      *sections])
