# SPDX-License-Identifier: GPL-2.0-or-later
"""One host's probe history: arrays of one tick a minute, two probes a tick, and its CSV.

A column of the CSV a field here. Two more sets of words: a *tick* is one round of both probes, a
*step* the coarser grid some of the simulation runs on. Times are seconds from the first tick."""
import dataclasses
import json
import zlib

import numpy as np

HOUR, DAY, TICK = 3600, 86400, 60
TICKS_PER_DAY = DAY // TICK
WALL_START = 1_700_000_000
TIMEOUT_S = 5
OK, TIMED_OUT, ERROR = 0, 1, 2
COLUMNS = "t_wall t_mono boot_id probe status lat_us others evid".split()
EXTRA = "sel_entries foreign firmware".split()


@dataclasses.dataclass
class History:
    """What a prober saw. `t`, `wall`, `lat_us`, `status` are (2, n): one row per probe."""
    t: np.ndarray
    wall: np.ndarray
    lat_us: np.ndarray
    status: np.ndarray
    is_present: np.ndarray
    boot_id: np.ndarray
    others: np.ndarray
    evid: np.ndarray
    sel_entries: np.ndarray
    foreign: np.ndarray
    firmware: np.ndarray

    @property
    def n(self):
        """Ticks, the absent ones too."""
        return self.is_present.size


def generator(seed, *words):
    """A random generator of this seed and these words alone."""
    return np.random.default_rng([int(seed)] + [zlib.crc32(word.encode()) for word in words])


def log_uniform(rng, low, high):
    """A float between low and high, each factor of two as likely as the next."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def smooth_noise(rng, n, spacing_s, memory_s, sd):
    """n samples of an Ornstein-Uhlenbeck process, `spacing_s` apart."""
    rho = float(np.exp(-spacing_s / memory_s))
    return autoregression(rng.normal(0, sd * np.sqrt(1 - rho * rho), n), rho)


def autoregression(x, rho):
    """y[i] = rho y[i-1] + x[i], by doubling: y is the sum over k of rho^k x[i-k]."""
    y, shift = np.array(x, float), 1
    while shift < y.size and rho > 1e-9:
        y[shift:] += rho * y[:-shift].copy()
        rho, shift = rho * rho, shift * 2
    return y


def tick_of(seconds, n):
    """The tick at that time, kept inside 0..n."""
    return int(np.clip(seconds // TICK, 0, n))


def _digits(values, width):
    """Decimal digits as bytes, (len, width); a leading zero is a 0 byte, which is left out."""
    out = np.zeros((values.size, width), np.uint8)
    rest = values.astype(np.int64)
    for column in range(width - 1, -1, -1):
        next_rest = rest // 10
        digit = (rest - next_rest * 10 + 48).astype(np.uint8)
        out[:, column] = digit if column == width - 1 else np.where(rest > 0, digit, 0)
        rest = next_rest
    return out


def _field(values, tenths):
    """One column of the CSV with the comma after it; tenths: values count tenths."""
    parts = []
    if tenths:
        parts += [_digits(values // 10, len(str(int(values.max()) // 10))),
                  np.full((values.size, 1), ord("."), np.uint8), _digits(values % 10, 1)]
    else:
        parts.append(_digits(values, len(str(int(values.max())))))
    parts.append(np.full((values.size, 1), ord(","), np.uint8))
    return parts


def _rows(history, with_extra):
    """Columns of integers, a row per probe of a tick that is present; times in tenths."""
    keep = np.flatnonzero(history.is_present)
    both = {name: getattr(history, name)[:, keep].T.reshape(-1)
            for name in ("t", "wall", "status", "lat_us")}
    one = {name: np.repeat(getattr(history, name)[keep], 2)
           for name in ["boot_id", "others", "evid"] + (EXTRA if with_extra else [])}
    columns = {"t_wall": np.rint((both["wall"] + WALL_START) * 10).astype(np.int64),
               "t_mono": np.rint(both["t"] * 10).astype(np.int64), "boot_id": one["boot_id"],
               "probe": np.tile(np.array([0, 1]), keep.size), "status": both["status"],
               "lat_us": both["lat_us"], "others": one["others"], "evid": one["evid"]}
    if with_extra:
        columns.update({name: one[name] for name in EXTRA})
        columns["foreign"] = columns["foreign"] * 60     # counted over a minute
    return columns


def to_csv(history, with_extra=False, chunk=1 << 16):
    """The CSV, in pieces of bytes."""
    columns = _rows(history, with_extra)
    yield (",".join(columns) + "\n").encode()
    for begin in range(0, columns["t_mono"].size, chunk):
        parts = []
        for name, values in columns.items():
            parts += _field(values[begin:begin + chunk], name.startswith("t_"))
        table = np.concatenate(parts, axis=1)
        table[:, -1] = ord("\n")
        flat = table.reshape(-1)
        yield flat[flat > 0].tobytes()


def to_json(label):
    """A label as one line."""
    def plain(value):
        if isinstance(value, np.generic):
            return value.item()
        raise TypeError(type(value))
    return json.dumps(label, default=plain, sort_keys=True)
