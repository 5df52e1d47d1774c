# SPDX-License-Identifier: GPL-2.0-or-later
"""Family `mechanism`, the controller: its memory, and what a shortage of it does.

RAM holds firmware, page cache and what leaks. While RAM is free a leak costs nothing. Then the page
cache shrinks: code is read from flash again (every command slower) and some commands wait for
reclaim themselves (a stall). When it is gone the OOM killer takes the largest process, which cures
in part, or the controller hangs until somebody resets it. A leak may also cost from the start:
lists that are searched to their end (`scan`). A cliff is a table that runs out without a sign."""
import dataclasses

import numpy as np

from history import DAY, HOUR, log_uniform

STEP = 600
EXHAUSTED = .97


@dataclasses.dataclass
class Build:
    """A controller's hardware and firmware."""
    headroom_mb: float      # free when nothing has leaked
    cache_mb: float
    flash_cost: float       # how much slower a command is without page cache
    flash_power: float
    stall_share: float      # of the commands, when the cache is gone
    stall_us: float
    reclaim_cpu: float
    hang: float             # does it hang when memory is out, or does the OOM killer help
    kill_leftover: float    # of what is killed, lost until the next boot
    grace: float            # of the memory a supervisor lets a process have; > 1: no supervisor

    @classmethod
    def draw(cls, rng, **fixed):
        """A usual one, but for what is fixed."""
        ram = log_uniform(rng, 64, 512)
        drawn = {"headroom_mb": ram * rng.uniform(.1, .35), "cache_mb": ram * rng.uniform(.08, .25),
                 "flash_cost": log_uniform(rng, 4, 60), "flash_power": rng.uniform(1.2, 3),
                 "stall_share": rng.uniform(.02, .3), "stall_us": log_uniform(rng, 5e4, 8e5),
                 "reclaim_cpu": rng.uniform(.1, .5), "hang": rng.uniform(.5, 1),
                 "kill_leftover": rng.uniform(.03, .15), "grace": 9.0}
        return cls(**{**drawn, **fixed})


@dataclasses.dataclass
class Leak:
    """One thing that grows. Rates are shares of headroom and cache a day."""
    kind: str
    per_day: float
    where: str = "daemon"       # or ipmi, whose end is an outage, or kernel, which no one can kill
    delay_days: float = 0.0     # mean wait after a boot before it starts
    with_load: float = .3       # the share that goes with the load
    scan: float = 0.0           # slow-down once headroom and cache are full of it
    limit: float = 9.0          # share at which it is a cliff
    cap: float = 9.0            # share at which it stops growing
    first_day: float = 0.0      # a firmware brings it
    last_day: float = 1e9       # and another takes it away
    share: float = 0.0          # leaked now
    starts: float = 0.0


class Controller:
    """Runs over the days in steps; afterwards the arrays and lists hold what happened."""

    def __init__(self, rng, build, leaks, load, resets, patience=None):
        self.rng, self.build, self.leaks = rng, build, leaks
        self.load, self.steps = load, len(load)     # relative to its mean, one per step
        self.planned = sorted(resets, key=lambda reset: reset["t"])
        self.patience = patience            # slow-down at which an operator resets
        self.scan, self.deficit = np.ones(len(load)), np.zeros(len(load))
        self.dead, self.resets, self.epochs, self.outages = [], [], [], []
        self.dead_until, self.epoch, self.slow_since = 0.0, None, None
        self.leftover = 0.0

    def run(self):
        """All steps."""
        self.begin_leaks(0.0)
        for index in range(self.steps):
            t = index * STEP
            while self.planned and self.planned[0]["t"] < t + STEP:
                self.restart(self.planned.pop(0))
            if t >= self.dead_until and self.leaks:
                self.grow(t, index)
        if self.epoch:
            self.close(self.steps * STEP, "censored")
        return self

    def begin_leaks(self, t):
        """After a boot."""
        for leak in self.leaks:
            wait = self.rng.exponential(leak.delay_days) * DAY if leak.delay_days else 0
            leak.share, leak.starts = 0.0, max(t + wait, leak.first_day * DAY)
            if t >= leak.last_day * DAY:
                leak.starts = np.inf
        self.leftover = 0.0

    def grow(self, t, index):
        """One step of all leaks."""
        build, scan, kinds = self.build, 1.0, []
        for leak in self.leaks:
            if t < leak.starts:
                continue
            kinds.append(leak.kind)
            pace = 1 - leak.with_load + leak.with_load * self.load[index]
            leak.share = min(leak.share + leak.per_day * pace * STEP / DAY, leak.cap)
            scan += leak.scan * leak.share
        if kinds and not self.epoch:
            self.epoch = {"onset": float(t), "kind": kinds[0], "failure": None}
        total = self.leftover + sum(leak.share for leak in self.leaks)
        used_mb = total * (build.headroom_mb + build.cache_mb)
        deficit = min(max((used_mb - build.headroom_mb) / build.cache_mb, 0.0), 1.0)
        self.scan[index], self.deficit[index] = scan, deficit
        if any(leak.share >= leak.limit for leak in self.leaks):
            self.fail(t)
        elif deficit >= EXHAUSTED:
            self.out_of_memory(t)
        else:
            self.supervise(t, total)
            self.watch(t, scan * (1 + build.flash_cost * deficit ** build.flash_power))

    def watch(self, t, slow):
        """An operator who has had enough of a slow controller resets it, in the day time."""
        if not self.patience or slow < self.patience:
            self.slow_since = None
            return
        if self.slow_since is None:
            self.slow_since = t
        is_office = 8 <= t % DAY / HOUR < 18
        if t - self.slow_since > DAY and is_office and self.rng.random() < .02:
            self.restart({"t": t + STEP, "cause": "operator", "down": self.rng.uniform(60, 240)})

    def supervise(self, t, total):
        """A supervisor restarts a process that has become too large."""
        if total >= self.build.grace:
            self.kill(t, "restarted")

    def out_of_memory(self, t):
        """Memory is out."""
        can_kill = any(leak.where != "kernel" and leak.share > .3 for leak in self.leaks)
        if not can_kill or self.rng.random() < self.build.hang:
            self.fail(t)
        else:
            self.kill(t, "killed")

    def kill(self, t, how):
        """The largest process goes and comes back small; the rest stays leaked."""
        victims = [leak for leak in self.leaks if leak.where != "kernel"]
        if not victims:
            return
        victim = max(victims, key=lambda leak: leak.share)
        if victim.share < .3:       # that would not help any more
            return
        self.leftover += victim.share * self.build.kill_leftover
        victim.share *= self.rng.uniform(0, .15)
        self.close(t + STEP, how)
        self.epoch = {"onset": float(t + STEP), "kind": victim.kind, "failure": None}
        if victim.where == "ipmi":
            length = self.rng.uniform(40, 150)
            self.dead.append((t + STEP, t + STEP + length))
            self.outages.append({"t": float(t + STEP), "length": length})

    def fail(self, t):
        """Nothing answers any more until a reset."""
        wait = self.rng.uniform(600, 3600) if self.rng.random() < .4 \
            else log_uniform(self.rng, .5, 12) * HOUR
        cause = "watchdog" if wait < 3600 else "operator"
        if self.epoch:
            self.epoch["failure"] = float(t + STEP)
        self.dead.append((t + STEP, t + STEP + wait))
        self.restart({"t": t + STEP + wait, "cause": cause, "down": self.rng.uniform(60, 240)})

    def restart(self, reset):
        """The controller boots; everything leaked is free again."""
        self.close(reset["t"], reset["cause"])
        back = reset["t"] + reset["down"]
        self.dead.append((reset["t"], back))
        self.resets.append(reset)
        self.dead_until, self.slow_since = back, None
        self.begin_leaks(back)

    def close(self, t, how):
        """The epoch ends, with a failure or a cure."""
        if not self.epoch:
            return
        epoch, self.epoch = self.epoch, None
        epoch["end"] = epoch["failure"] or float(t)
        epoch["reset"], epoch["ended_by"] = float(t), how
        if epoch["end"] - epoch["onset"] > STEP:
            self.epochs.append(epoch)


def factors(build, scan, deficit):
    """(factor on the service time, processor share of reclaim, share of commands that stall)."""
    slow = scan * (1 + build.flash_cost * deficit ** build.flash_power)
    return slow, build.reclaim_cpu * deficit ** 2, build.stall_share * deficit ** 1.5
