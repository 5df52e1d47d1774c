# SPDX-License-Identifier: GPL-2.0-or-later
"""A history by the hour, as a monitoring system would keep it; what the baselines read."""
import dataclasses

import numpy as np

TICKS = 60


@dataclasses.dataclass
class Hours:
    """Medians of the costly probe in seconds (NaN: fewer than six answers), time-outs of both
    probes, and of these the isolated ones (the next ticks were answered)."""
    median_s: np.ndarray
    timeouts: np.ndarray
    isolated: np.ndarray

    def isolated_per_day(self):
        """Isolated time-outs a day."""
        days = self.isolated.size // 24
        return self.isolated[:days * 24].reshape(days, 24).sum(1)


def in_outage(history):
    """Ticks of runs of two and more in which no probe was answered; absent ticks break no run."""
    present = np.flatnonzero(history.is_present)
    dead = (history.status[:, present] != 0).all(0)
    edges = np.diff(np.concatenate([[0], dead.astype(np.int8), [0]]))
    out = np.zeros(history.n, bool)
    for begin, end in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)):
        if end - begin >= 2:
            out[present[begin:end]] = True
    return out


def by_hour(history):
    """The Hours of a History."""
    hours = history.n // TICKS
    shape = (hours, TICKS)
    answered = (history.status[1] == 0) & history.is_present
    lat = np.sort(np.where(answered, history.lat_us[1] / 1e6, np.nan)
                  [:hours * TICKS].reshape(shape), axis=1)
    count = answered[:hours * TICKS].reshape(shape).sum(1)
    row = np.arange(hours)
    middle = (lat[row, np.maximum(count - 1, 0) // 2] + lat[row, np.minimum(count // 2, 59)]) / 2
    late = ((history.status == 1) & history.is_present).sum(0)
    lone = np.where(in_outage(history), 0, late)
    return Hours(np.where(count >= 6, middle, np.nan),
                 late[:hours * TICKS].reshape(shape).sum(1),
                 lone[:hours * TICKS].reshape(shape).sum(1))
