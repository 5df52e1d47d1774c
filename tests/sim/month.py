#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Thirty days of a controller that leaks, as `bmchealthctl replay` reads them: two commands a
minute, three teeth, two resets by hand when it has stopped answering.

The same seed gives the same month, whenever it ends.

  month.py [--until 2026-11-22] [--seed N] > month.csv"""
import argparse
import datetime
import math
import random
import sys

MINUTE, DAY = 60, 86400
DAYS = 30
OK, TIMED_OUT, ERROR = 0, 1, 2
DEVICE_UNAVAILABLE = 1 << 1     # the bit in the answer to Get Device ID
HEADER = "t_wall,t_mono,boot_id,probe,status,lat_us,others,evid"
CHEAP_US, COSTLY_US = 2600, 11500
TIMEOUT_S = 5
SEED = 7


class Life:
    """From one start of the controller to the next, or to the end of the month. Times in seconds
    from the first sample; `hang`: when it stops answering, `back`: when it answers again."""

    def __init__(self, began, fails, hang=None, back=None):
        self.began, self.fails, self.hang, self.back = began, fails, hang, back

    def worn(self, now):
        """Of its memory, the share that has leaked."""
        return min(max((now - self.began) / (self.fails - self.began), 0.0), 1.0)

    def slowness(self, now):
        """What that costs a command: nothing while memory is free, then more each day."""
        return 1 + 2.4 * max(0.0, (self.worn(now) - 0.15) / 0.85) ** 1.5

    def loss(self, now):
        """The chance that a command is never answered."""
        return 2e-5 + 0.004 * max(0.0, (self.worn(now) - 0.8) / 0.2) ** 3

    def is_mute(self, now):
        """Does it hang, or is it being reset?"""
        return self.hang is not None and self.hang <= now < self.back


def lives(dice):
    """Three of them; the last is not over when the month is."""
    out, began = [], -2.5 * DAY
    for _ in range(2):
        fails = began + DAY * dice.uniform(11.2, 12.2)
        hang = fails - DAY * dice.uniform(0.05, 0.2)
        back = hang + MINUTE * dice.uniform(35, 80)     # until somebody has noticed and reset it
        out.append(Life(began, fails, hang, back))
        began = back
    out.append(Life(began, began + DAY * dice.uniform(11.5, 12)))
    return out


def rhythm(now):
    """Somebody else asks in working hours."""
    return 1 + 0.06 * max(0.0, math.sin((now % DAY / DAY - 0.25) * 2 * math.pi))


def samples(seed=SEED):
    """(seconds, probe, status, µs, evidence), oldest first."""
    dice = random.Random(seed)
    life, *rest = lives(dice)
    now, is_new = 0.0, False
    while now < DAYS * DAY:
        if life.back is not None and now >= life.back:
            life, *rest = rest
            is_new = True
        at = now
        for probe, usual_us in enumerate((CHEAP_US, COSTLY_US)):
            evidence = DEVICE_UNAVAILABLE if is_new and probe == 0 else 0
            if life.is_mute(at) or (not is_new and dice.random() < life.loss(at)):
                yield at, probe, TIMED_OUT, 0, 0
                at += TIMEOUT_S
                continue
            latency = usual_us * life.slowness(at) * rhythm(at) * dice.lognormvariate(0, 0.16)
            if dice.random() < 0.01:
                latency += dice.expovariate(1 / 30000)  # it was busy with itself
            yield at, probe, OK, int(latency), evidence
            at += dice.uniform(0.8, 1.2)
        is_new = False
        now += MINUTE * dice.uniform(0.7, 1.3)


def rows(until, seed=SEED):
    """(day from 0 on, row) of the month that ends at `until`, in seconds since 1970."""
    began = until - DAYS * DAY
    up = 17 * DAY + 4321    # the host was not restarted with its controller
    for at, probe, status, latency, evidence in samples(seed):
        yield int(at // DAY), (f"{began + at:.3f},{up + at:.3f},host,{probe},{status},{latency},0,"
                               f"{evidence}\n")


def last_midnight(now):
    """So that the month is the same at any hour of a day."""
    return int(now // DAY) * DAY


def main():
    """Writes it to standard output."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--until", metavar="DAY", default="2026-11-22", help="when it ends")
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args()
    until = datetime.datetime.fromisoformat(args.until).replace(tzinfo=datetime.timezone.utc)
    print(HEADER)
    sys.stdout.writelines(row for _, row in rows(until.timestamp(), args.seed))


if __name__ == "__main__":
    main()
