# SPDX-License-Identifier: GPL-2.0-or-later
"""Family `mechanism`, what is around the controller: other clients, its event log, its log
partition, the host's processor. All on the grid of steps; agents also have a phase in seconds."""
import dataclasses

import numpy as np

from controller import STEP
from history import DAY, HOUR, TICKS_PER_DAY, log_uniform, smooth_noise

STEPS_PER_DAY = DAY // STEP


@dataclasses.dataclass
class Agent:
    """Another client. In band it queues before us at the interface and the driver counts it; over
    the network it only takes processor time, and nobody tells us."""
    period_s: float
    commands: int               # in a burst, each period
    is_in_band: bool = True
    is_opener: bool = True      # holds /dev/ipmi0 open
    begin: float = 0.0
    end: float = 1e12
    ramp_s: float = 0.0         # rolled out over so long, and withdrawn as slowly
    processor: float = 0.0      # its share of the controller's processor
    clash: float = 0.0          # share of our commands lost in its bursts
    phase_s: float = 0.0

    @classmethod
    def in_band(cls, rng, **fixed):
        """One on this host."""
        period = float(rng.choice([60, 120, 300, 300, 600, 900, 3600]))
        drawn = {"period_s": period, "commands": int(log_uniform(rng, 4, 300)),
                 "is_opener": bool(rng.random() < .6), "phase_s": rng.uniform(0, period),
                 "processor": rng.uniform(0, .04),
                 "clash": log_uniform(rng, .003, .2) if rng.random() < .2 else 0.0}
        return cls(**{**drawn, **fixed})

    @classmethod
    def over_network(cls, rng, **fixed):
        """One somewhere else."""
        drawn = {"period_s": 60.0, "commands": 0, "is_in_band": False, "is_opener": False,
                 "processor": rng.uniform(.03, .2)}
        return cls(**{**drawn, **fixed})

    def presence(self, t):
        """0..1: how far it is rolled out."""
        if not self.ramp_s:
            return ((t >= self.begin) & (t < self.end)).astype(float)
        up = np.clip((t - self.begin) / self.ramp_s, 0, 1)
        down = np.clip((t - self.end) / self.ramp_s, 0, 1)
        return np.clip(up * up * (3 - 2 * up) - down * down * (3 - 2 * down), 0, 1)

    def per_minute(self, t):
        """Its commands a minute."""
        return self.presence(t) * self.commands * 60 / self.period_s


@dataclasses.dataclass
class EventLog:
    """Entries arrive, somebody clears it; searching it costs every command a little."""
    capacity: int
    per_day: float
    cost: tuple             # slow-down of the two probes when it is full
    cleared_days: float     # every so often; 0: when full, or if is_circular never
    is_circular: bool = False

    @classmethod
    def draw(cls, rng, **fixed):
        """A usual one, but for what is fixed."""
        drawn = {"capacity": int(rng.choice([512, 909, 1024, 2048, 4096])),
                 "per_day": log_uniform(rng, .3, 12),
                 "cost": (rng.uniform(0, .02), rng.uniform(0, .06)),
                 "cleared_days": 0.0, "is_circular": bool(rng.random() < .6)}
        return cls(**{**drawn, **fixed})

    def entries(self, rng, steps, emptied):
        """Entries at each step; `emptied`: steps at which the board was replaced."""
        arrivals = rng.poisson(self.per_day / STEPS_PER_DAY, steps)
        bursts = rng.random(steps) < .02 / STEPS_PER_DAY
        arrivals[bursts] += rng.integers(5, 60, int(bursts.sum()))
        clear = set(emptied)
        if self.cleared_days:
            every = int(self.cleared_days * STEPS_PER_DAY)
            clear |= set(range(int(rng.integers(0, every)), steps, every))
        level, out = int(rng.uniform(0, .5) * self.capacity), np.zeros(steps, np.int32)
        wait = None
        for index, new in enumerate(arrivals.tolist()):
            level = min(level + new, self.capacity)
            if level == self.capacity and not self.is_circular and wait is None:
                wait = index + int(rng.exponential(STEPS_PER_DAY))
            if index in clear or index == wait:
                level, wait = 0, None
            out[index] = level
        return out


@dataclasses.dataclass
class LogPartition:
    """Log files fill a flash partition. Once few blocks are free, a command that logs waits while
    the collector frees one, the longer the more of it is still in use. Rotation empties the
    partition. It never fails and no reset cures it."""
    days_to_fill: float
    watermark: float        # filled so far, the collector starts
    stall_share: float      # of the commands log
    stall_us: float         # when it is full

    @classmethod
    def draw(cls, rng):
        """One that shows."""
        return cls(log_uniform(rng, 2, 12), rng.uniform(.2, .7), log_uniform(rng, .08, .4),
                   log_uniform(rng, 5e4, 1e6))

    def stalls(self, rng, steps):
        """(share, length in us) of the stalls at each step."""
        fill, out, rate = rng.uniform(.1, .6), np.zeros(steps), 1.0
        for index in range(steps):
            fill += rate / (self.days_to_fill * STEPS_PER_DAY)
            if fill >= 1:
                fill, rate = rng.uniform(.05, .3), log_uniform(rng, .5, 1.5)
            out[index] = fill
        short = np.clip((out - self.watermark) / (1 - self.watermark), 0, 1)
        return self.stall_share * (short > 0), self.stall_us * np.expm1(3 * short) / np.expm1(3)


def background_load(rng, steps, height):
    """Processor share of what the controller does anyway: a day's and a week's rhythm, wandering,
    a nightly job, sensor scans."""
    t = np.arange(steps) * STEP
    day, weekday = (t % DAY) / DAY, (t // DAY).astype(int) % 7
    base = rng.uniform(.1, .35)
    rhythm = np.sin(2 * np.pi * (day - rng.uniform(0, 1))) * rng.uniform(0, .5)
    rhythm -= rng.uniform(0, .4) * (weekday >= 5)
    nightly = rng.uniform(0, 1) * (((day * 24 - rng.uniform(0, 24)) % 24) < rng.uniform(.5, 2))
    wander = smooth_noise(rng, steps, STEP, log_uniform(rng, 2, 60) * HOUR, rng.uniform(.05, .3))
    return np.clip(base + height * (rhythm + nightly + wander) * base, .02, .7)


def floods(rng, days, per_year):
    """Hours in which the management network floods the controller: (begin, end, share)."""
    out = []
    for at in np.sort(rng.uniform(0, days * DAY, rng.poisson(per_year * days / 365))):
        out.append((float(at), float(at + log_uniform(rng, .3, 36) * HOUR), rng.uniform(.2, .6)))
    return out


@dataclasses.dataclass
class HostSide:
    """What the host adds to a latency on its own."""
    transport_us: tuple         # the handshake, byte by byte
    tick_us: float = 0.0        # a driver that polls once a tick
    stolen_share: float = 0.0   # of the commands, delayed as our processor was taken away
    stolen_us: float = 0.0
    noise: tuple = (.2, .2)
    spikes: float = 1e-3

    @classmethod
    def draw(cls, rng, **fixed):
        """A usual one, but for what is fixed."""
        first = log_uniform(rng, 4e2, 4e3)
        drawn = {"transport_us": (first, first * rng.uniform(1.2, 2.5)),
                 "noise": (log_uniform(rng, .06, .35), log_uniform(rng, .06, .35)),
                 "tick_us": float(rng.choice([0, 0, 0, 0, 1000, 4000, 10000])),
                 "spikes": log_uniform(rng, 2e-4, 1e-2)}
        return cls(**{**drawn, **fixed})


def absences(rng, days, gaps_per_year, sleeps):
    """Ticks at which nobody probed, and the host's boots: (is_absent, boot_id)."""
    n = days * TICKS_PER_DAY
    is_absent, boot_id = np.zeros(n, bool), np.zeros(n, np.int32)

    def at(seconds):
        return int(np.clip(seconds // 60, 0, n))
    for begin in np.sort(rng.uniform(0, days * DAY, rng.poisson(8 * days / 365))):
        end = begin + log_uniform(rng, 180, 3600)
        is_absent[at(begin):at(end)] = True
        boot_id[at(end):] += 1
    for begin in rng.uniform(0, days * DAY, rng.poisson(gaps_per_year * days / 365)):
        is_absent[at(begin):at(begin + log_uniform(rng, .5, 72) * HOUR)] = True
    if sleeps:
        minute = np.arange(n)
        hour, weekday = minute // 60 % 24, minute // TICKS_PER_DAY % 7
        begin, length = sleeps
        is_absent |= ((hour - begin) % 24 < length) | ((weekday >= 5) & (length > 6))
    is_absent |= rng.random(n) < rng.choice([0, 0, .003, .03])
    return is_absent, boot_id
