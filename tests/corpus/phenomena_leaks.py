# SPDX-License-Identifier: GPL-2.0-or-later
"""Family `phenomena`, the leaks: shapes of a leak over its life, drawn as curves.

Over a fraction x of the life a shape gives a factor on the latency and a probability of a time-out.
An *epoch* runs from a leak's onset to the reset that ends it."""
import dataclasses

import numpy as np

from history import DAY, HOUR, log_uniform

KINDS = ("linear", "exp", "hyper", "late", "timeout", "tail")
KIND_WEIGHTS = (.22, .18, .27, .13, .1, .1)
KIND_OF_CLASS = {"leak_linear": "linear", "leak_exp": "exp", "leak_hyper": "hyper",
                 "leak_late": "late", "leak_timeout": "timeout", "leak_tail": "tail"}
VISIBLE_FACTOR, VISIBLE_TIMEOUTS, VISIBLE_STALLS = 1.25, 5e-3, .05


@dataclasses.dataclass
class Shape:
    """The numbers behind a curve; a host keeps its own for all its epochs."""
    kind: str
    rise: float
    exponent: float
    bend: float
    knee: float
    timeouts_from: float
    timeouts: float
    tail_share: float
    tail_power: float
    tail_factor: float
    only_timeouts: float
    only_exponent: float
    first_probe: float

    @classmethod
    def draw(cls, rng, kind):
        """One of this kind."""
        return cls(kind=kind, rise=log_uniform(rng, .8, 6), exponent=rng.uniform(.8, 3),
                   bend=rng.uniform(.85, .985), knee=rng.uniform(.4, .75),
                   timeouts_from=rng.uniform(.55, .85), timeouts=log_uniform(rng, .05, .5),
                   tail_share=rng.uniform(.4, .9), tail_power=rng.uniform(1, 2),
                   tail_factor=log_uniform(rng, 3, 20), only_timeouts=log_uniform(rng, .02, .3),
                   only_exponent=rng.uniform(1, 4), first_probe=rng.uniform(.7, 1.3))

    def at(self, x):
        """(factor on the latency, probability of a time-out) at x of the life."""
        if self.kind == "timeout":
            c = self.only_exponent
            return np.ones_like(x), self.only_timeouts * np.expm1(c * x) / np.expm1(c)
        if self.kind == "late":     # nothing to see before the knee
            x = np.clip((x - self.knee) / (1 - self.knee), 0, 1)
        late = np.clip((x - self.timeouts_from) / (1 - self.timeouts_from), 0, 1)
        if self.kind == "linear":
            factor = 1 + self.rise * x
        elif self.kind == "exp":
            factor = np.exp(self.exponent * x)
        elif self.kind == "tail":   # see stalls()
            factor = np.ones_like(x)
        else:
            factor = np.minimum(1 / np.maximum(1 - self.bend * x, 1e-3), 60)
        return factor, self.timeouts * late ** 2

    def stalls(self, x):
        """The share of commands that stall, when only the tail of the latencies grows."""
        return self.tail_share * x ** self.tail_power

    def visible(self, usual_timeouts):
        """Where in the life it first shows; 1: never."""
        x = np.linspace(0, 1, 2001)
        factor, timeouts = self.at(x)
        shows = (factor >= VISIBLE_FACTOR) | \
                (timeouts >= max(3 * usual_timeouts, VISIBLE_TIMEOUTS))
        if self.kind == "tail":
            shows |= self.stalls(x) >= VISIBLE_STALLS
        return float(x[np.argmax(shows)]) if shows.any() else 1.0


@dataclasses.dataclass
class Epoch:
    """From the onset through the failure (or an operator's earlier reset) to the reset."""
    onset: float
    stop: float
    would_fail: float
    reset: float
    life: float
    x_start: float
    is_early: bool

    def x(self, t):
        """Fraction of the life at t."""
        return np.clip(self.x_start + (t - self.onset) / self.life, 0, 1)


def draw_epochs(rng, cls):
    """(shape, epochs) of a leaking host; times from its first day."""
    onset = 0.0 if cls == "leak_start" else rng.uniform(3, 25) * DAY
    kind = KIND_OF_CLASS.get(cls) or KINDS[rng.choice(len(KINDS), p=KIND_WEIGHTS)]
    shape, life = Shape.draw(rng, kind), log_uniform(rng, 3, 60) * DAY
    count = 1
    if cls == "leak_saw":
        count, life = int(rng.integers(2, 7)), min(life, 25 * DAY)
    epochs = []
    for index in range(count):
        this = life * float(np.exp(rng.normal(0, .18)))
        x_start = rng.uniform(.1, .5) if cls == "leak_start" and index == 0 else 0.0
        is_early = cls == "leak_saw" and rng.random() < .35 and index < count - 1
        x_stop = rng.uniform(.7, .97) if is_early else 1.0
        stop = onset + this * (x_stop - x_start)
        reset = stop if is_early else stop + log_uniform(rng, 300, 12 * HOUR)
        epochs.append(Epoch(onset, stop, onset + this * (1 - x_start), reset, this, x_start,
                            is_early))
        onset = reset + rng.uniform(60, 240)
    return shape, epochs


def label_of(shape, epoch, usual_timeouts):
    """The epoch as the scorer reads it."""
    shown = epoch.onset + max(shape.visible(usual_timeouts) - epoch.x_start, 0) * epoch.life
    factor, _ = shape.at(np.array([epoch.x_start + (epoch.stop - epoch.onset) / epoch.life]))
    return {"kind": shape.kind, "onset": epoch.onset, "visible": shown,
            "failure": None if epoch.is_early else epoch.stop, "end": epoch.stop,
            "would_fail": epoch.would_fail, "reset": epoch.reset, "life": epoch.life,
            "x_start": epoch.x_start, "peak": float(factor[0]), "detectable": True}
