# SPDX-License-Identifier: GPL-2.0-or-later
"""Family `phenomena`: histories put together from what is seen of a BMC, each phenomenon a curve.

Eleven classes never leak, eight do. `stress` makes the surroundings worse than any detector was
tuned on: slow noise of 4-12 % that remembers days, more steps and agents, thrice the time-outs."""
import numpy as np

from history import (DAY, ERROR, HOUR, OK, TICK, TICKS_PER_DAY, TIMED_OUT, TIMEOUT_S, History,
                     autoregression, generator, log_uniform, smooth_noise, tick_of)
from phenomena_leaks import draw_epochs, label_of

NEGATIVE = {"healthy": 60, "healthy_quant": 20, "healthy_noisy": 20, "step_up": 20,
            "step_down": 15, "agent": 25, "burst5": 15, "base_to": 20, "bounded": 25, "drift": 20,
            "hiccups": 20}
POSITIVE = {"leak_linear": 40, "leak_exp": 40, "leak_hyper": 40, "leak_late": 40,
            "leak_timeout": 40, "leak_tail": 40, "leak_saw": 60, "leak_start": 30}


class Host:
    """The state while one history is put together."""

    def __init__(self, seed, cls, days, jitter_s, stress):
        self.rng = generator(seed, "phenomena", cls)
        self.cls, self.stress = cls, stress
        self.is_leaking = cls in POSITIVE
        self.shape, self.epochs = draw_epochs(self.rng, cls) if self.is_leaking else (None, [])
        if self.epochs:
            days = int(np.ceil(self.epochs[-1].reset / DAY)) + 5
        self.days = days or 365
        self.n = self.days * TICKS_PER_DAY
        self.grid = np.arange(self.n, dtype=float) * TICK
        self.t = self.grid + 20 + self.rng.uniform(-jitter_s, jitter_s, self.n)
        self.log_factor = np.zeros((2, self.n))
        self.is_dead, self.is_refusing, self.is_absent = np.zeros((3, self.n), bool)
        self.evid, self.others = np.zeros((2, self.n), np.uint8)
        self.after_boot = np.zeros(self.n)
        self.wall, self.boot_id = self.t.copy(), np.zeros(self.n, np.int32)
        self.firmware = np.full(self.n, 101, np.int32)
        self.label = {"family": "phenomena", "cls": cls, "seed": int(seed), "days": self.days,
                      "positive": self.is_leaking, "epochs": [], "resets": [], "steps": [],
                      "contention": [], "outages": [], "reboots": [], "clock_steps": []}
        self.character()

    def character(self):
        """What distinguishes this host from the next."""
        rng = self.rng
        first = log_uniform(rng, 1.2e3, 20e3)
        self.base = [first, min(max(first * log_uniform(rng, 1.5, 6), 5e3), 60e3)]
        self.noise = [log_uniform(rng, .08, .45), log_uniform(rng, .08, .45)]
        self.spikes, self.spike = log_uniform(rng, 5e-4, 2e-2), log_uniform(rng, 3, 20)
        rate = rng.choice([0, .2, 1.0]) * (3 if self.stress else 1)
        if self.cls == "base_to":
            rate = rng.uniform(1, 6)
        self.usual_timeouts = rate / TICKS_PER_DAY
        self.timeouts = np.full(self.n, self.usual_timeouts)
        self.quantum = 0.0
        if self.cls == "healthy_quant" or rng.random() < .15:
            self.quantum = float(rng.choice([1000, 4000, 10000]))
        self.label["base_us"] = self.base

    def span(self, begin, end):
        """The ticks from begin to end, in seconds."""
        return slice(tick_of(begin, self.n), tick_of(end, self.n))

    def some_times(self, low, high):
        """Between low and high moments, two days from either end."""
        count = int(self.rng.integers(low, high + 1))
        return np.sort(self.rng.uniform(2 * DAY, (self.days - 2) * DAY, count))

    def poisson_times(self, per_year):
        """Moments at that rate."""
        count = self.rng.poisson(per_year * self.days / 365)
        return np.sort(self.rng.uniform(0, self.days * DAY, count))

    def slow_structure(self):
        """Day, week, season, wandering, and the short memory of both probes."""
        rng, worse = self.rng, 2.5 if self.cls == "healthy_noisy" else 1
        day, weekday = (self.grid % DAY) / DAY, (self.grid // DAY).astype(int) % 7
        phase, height = rng.uniform(0, 1), rng.uniform(0, .12) * worse
        common = height * (np.sin(2 * np.pi * (day - phase))
                           + .4 * np.sin(4 * np.pi * (day - phase * 1.7)))
        common += rng.uniform(0, .25) * (((day * 24 - rng.uniform(0, 23)) % 24) < 1)
        common -= rng.uniform(0, .05) * worse * (weekday >= 5)
        sd, memory = rng.uniform(.01, .05) * min(worse, 2), log_uniform(rng, 3, 48) * HOUR
        if self.stress:
            sd, memory = rng.uniform(.04, .12), log_uniform(rng, 12, 120) * HOUR
        hours = self.days * 24 + 2
        common += np.interp(self.grid, np.arange(hours) * HOUR,
                            smooth_noise(rng, hours, HOUR, memory, sd))
        common += rng.uniform(0, .05) * np.sin(
            2 * np.pi * (self.grid / DAY / rng.uniform(120, 365) + rng.uniform(0, 1)))
        rho, sd = rng.uniform(.6, .97), rng.uniform(.02, .12)
        short = autoregression(rng.normal(0, sd * np.sqrt(1 - rho * rho), self.n), rho)
        self.log_factor[0] += common + short
        self.log_factor[1] += common * rng.uniform(.7, 1.3) + short

    def reset(self, at, boot_s, cause):
        """The controller restarts: nothing answers, then it is slow for a while."""
        dead = self.span(at, at + boot_s + TICK)
        self.is_dead[dead] = self.is_refusing[dead] = True
        end = tick_of(dead.stop * TICK + log_uniform(self.rng, 300, 1800), self.n)
        if end > dead.stop:
            first = log_uniform(self.rng, 1.2, 3)
            self.after_boot[dead.stop:end] = np.linspace(first, 1, end - dead.stop) - 1
        is_told = self.rng.random() < .6
        if is_told:
            self.evid[min(dead.stop, self.n - 1)] = 1
        self.label["resets"].append({"t": float(at), "cause": cause, "told": bool(is_told),
                                     "down": float(boot_s)})

    def leaks(self):
        """The epochs of a leaking host."""
        rng = self.rng
        for epoch in self.epochs:
            span = self.span(epoch.onset, epoch.stop)
            x = epoch.x(self.grid[span])
            factor, timeouts = self.shape.at(x)
            self.log_factor[0, span] += np.log(factor) * self.shape.first_probe
            self.log_factor[1, span] += np.log(factor)
            self.timeouts[span] += timeouts
            for probe in (0, 1) if self.shape.kind == "tail" else ():
                hit = rng.random(x.size) < self.shape.stalls(x)
                self.log_factor[probe, span] += \
                    hit * np.log(self.shape.tail_factor) * rng.uniform(.5, 1.2, x.size)
            self.is_dead[self.span(epoch.stop, epoch.reset)] = True
            cause = "operator" if epoch.is_early else str(rng.choice(["watchdog", "reseat"]))
            self.reset(epoch.reset, rng.uniform(60, 240), cause)
            self.label["epochs"].append(label_of(self.shape, epoch, self.usual_timeouts))

    def firmware_steps(self):
        """The level moves at a firmware update."""
        for at in self.some_times(*((4, 10) if self.stress else (1, 3))):
            factor = log_uniform(self.rng, 1.15, 3)
            factor = factor if self.cls == "step_up" else 1 / factor
            after = self.span(at, self.days * DAY)
            self.log_factor[:, after] += np.log(factor)
            self.firmware[after] += 1
            self.reset(at - 400, 300, "fwupdate")
            self.label["steps"].append({"t": float(at), "factor": factor})

    def agents(self):
        """Another program polls, periodically; burst5: all the time, every five minutes."""
        rng, windows = self.rng, [(0.0, self.days * DAY)]
        if self.cls == "agent":
            windows = [(at, at + log_uniform(rng, .5, 40) * DAY)
                       for at in self.some_times(*((8, 16) if self.stress else (2, 6)))]
        for begin, end in windows:
            period = float(rng.choice([60, 120, 300, 300, 300, 600, 900, 3600]))
            if self.cls == "burst5":
                period = 300.0
            duty = min(rng.uniform(20, 70) if period > 70 else rng.uniform(10, 30), period / 2)
            factor, timeouts = log_uniform(rng, 1.5, 8), log_uniform(rng, .003, .25)
            span = self.span(begin, end)
            hit = (self.t[span] - rng.uniform(0, period)) % period < duty
            self.log_factor[:, span] += hit * np.log(factor) + rng.uniform(0, .25)
            self.timeouts[span] += np.where(hit, timeouts, timeouts * .01)
            if rng.random() < .7:
                self.others[span] = 1
            self.label["contention"].append(
                {"start": float(begin), "end": float(min(end, self.days * DAY)), "period": period,
                 "duty": duty, "timeouts": timeouts, "factor": factor})

    def event_log(self):
        """Fills and is cleared; mostly the costly probe feels it."""
        rng, begin = self.rng, self.rng.uniform(0, 20) * DAY
        while begin < self.days * DAY:
            length, gain = log_uniform(rng, 10, 90) * DAY, rng.uniform(.05, .4)
            span = self.span(begin, begin + length)
            x = (self.grid[span] - begin) / length
            grown = gain * ((1 - np.exp(-3 * x)) / .95 if rng.random() < .5 else x)
            self.log_factor[1, span] += np.log1p(grown)
            self.log_factor[0, span] += np.log1p(grown * rng.uniform(0, .3))
            begin += length
            if rng.random() < .3:
                begin += rng.uniform(0, 30) * DAY

    def workload(self):
        """Grows over months, is then moved away or not."""
        rng, begin = self.rng, self.rng.uniform(5, 60) * DAY
        while begin < self.days * DAY:
            length, gain = log_uniform(rng, 40, 160) * DAY, rng.uniform(.08, .28)
            span = self.span(begin, begin + length)
            self.log_factor[:, span] += np.log1p(gain * (self.grid[span] - begin) / length)
            if rng.random() < .5:
                self.log_factor[:, self.span(begin + length, self.days * DAY)] += np.log1p(gain)
            begin += length + rng.uniform(20, 80) * DAY

    def hiccups(self):
        """Short outages without a reset, and clusters of time-outs."""
        rng = self.rng
        for at in self.some_times(4, 20):
            length = log_uniform(rng, 90, 1800)
            span = self.span(at, at + length + TICK)
            self.is_dead[span] = True
            if rng.random() < .3:
                self.is_refusing[span] = True
            self.label["outages"].append({"t": float(at), "length": length})
        for at in self.some_times(2, 8):
            self.timeouts[self.span(at, at + log_uniform(rng, .5, 12) * HOUR)] += \
                log_uniform(rng, .02, .3)

    def what_happens_to_all(self):
        """Maintenance, reboots of the host, pauses, steps of the wall clock, lost samples."""
        rng = self.rng
        for at in self.poisson_times(2):
            # It would start the leak anew.
            if not any(e.onset <= at <= e.reset + DAY for e in self.epochs):
                self.reset(at, rng.uniform(60, 240), "maintenance")
        for at in self.poisson_times(8):
            length = log_uniform(rng, 180, 1800)
            self.is_absent[self.span(at, at + length + TICK)] = True
            self.boot_id[tick_of(at + length, self.n):] += 1
            self.label["reboots"].append(float(at))
        for at in self.poisson_times(4):
            self.is_absent[self.span(at, at + log_uniform(rng, 1, 48) * HOUR)] = True
        self.is_absent |= rng.random(self.n) < rng.choice([0, 0, .002, .02])
        for at in self.poisson_times(2):
            step = float(rng.choice([-3600, 3600, -7.2, 45, -600, DAY / 2]))
            self.wall[tick_of(at, self.n):] += step
            self.label["clock_steps"].append({"t": float(at), "step": step})

    def samples(self):
        """Latencies and statuses out of all that."""
        rng, lat = self.rng, np.zeros((2, self.n), np.uint32)
        status = np.zeros((2, self.n), np.uint8)
        for probe in (0, 1):
            log_us = self.log_factor[probe] + np.log1p(self.after_boot) \
                + rng.normal(0, self.noise[probe], self.n)
            spike = rng.random(self.n) < self.spikes
            log_us[spike] += np.log(self.spike) * rng.uniform(.3, 1, spike.sum())
            us = self.base[probe] * np.exp(log_us)
            if self.quantum:
                us = np.ceil(us / self.quantum) * self.quantum + rng.uniform(0, 120, self.n)
            late = rng.random(self.n) < self.timeouts * (1 if probe == 0 else 1.15)
            late |= (us > TIMEOUT_S * 1e6) | self.is_dead
            status[probe] = np.where(late, TIMED_OUT, OK)
            status[probe][self.is_refusing & (rng.random(self.n) < .5)] = ERROR
            lat[probe] = np.where(status[probe] == OK, us, 0)
        return lat, status


SPECIFICS = {"step_up": Host.firmware_steps, "step_down": Host.firmware_steps,
             "agent": Host.agents, "burst5": Host.agents, "bounded": Host.event_log,
             "drift": Host.workload, "hiccups": Host.hiccups}


def make(seed, cls, days=None, jitter_s=18, stress=False):
    """(History, label) of one host; a leaking one takes as many days as its leaks."""
    host = Host(seed, cls, days, jitter_s, stress)
    host.slow_structure()
    host.leaks()
    SPECIFICS.get(cls, lambda host: None)(host)
    host.what_happens_to_all()
    lat, status = host.samples()
    host.label["resets"].sort(key=lambda reset: reset["t"])
    zero = np.zeros(host.n, np.int32)
    return History(t=np.stack([host.t, host.t]), wall=np.stack([host.wall, host.wall]),
                   lat_us=lat, status=status, is_present=~host.is_absent, boot_id=host.boot_id,
                   others=host.others, evid=host.evid, sel_entries=zero, foreign=zero,
                   firmware=host.firmware), host.label
