# SPDX-License-Identifier: GPL-2.0-or-later
"""Family `mechanism`: histories simulated from causes.

A latency is the handshake, plus the wait for other clients at the interface (one server, one
queue), plus the command's processor time, stretched by the controller's load, its event log, its
firmware and its shortage of memory, plus stalls, plus what the host adds. A *slow-down* in a label
is causal: expected latency over what it would be had nothing leaked, all else equal."""
import numpy as np

import population
from controller import STEP, Controller, factors
from history import (DAY, ERROR, HOUR, OK, TICK, TICKS_PER_DAY, TIMED_OUT, TIMEOUT_S, History,
                     generator, log_uniform)
from population import NEGATIVE, POSITIVE      # noqa: F401, the generator asks each family
from surroundings import absences, background_load, floods

VISIBLE, VISIBLE_STALLS, VISIBLE_HOURS, SAMPLED = 1.25, .1, 24, .5


class Host:
    """The state while one history is simulated."""

    def __init__(self, seed, cls, days, jitter_s, can_leak):
        self.key = (seed, "mechanism", cls)
        self.spec = population.draw(seed, cls, days)
        if not can_leak:
            self.spec.leaks = []
        self.days = self.spec.days
        self.n, self.steps = self.days * TICKS_PER_DAY, self.days * DAY // STEP
        self.at = np.arange(self.steps, dtype=float) * STEP
        rng = self.rng("ticks")
        self.t = np.arange(self.n) * float(TICK) + 20 + rng.uniform(-jitter_s, jitter_s, self.n)
        self.step_of = np.clip((self.t // STEP).astype(int), 0, self.steps - 1)
        self.is_absent, self.boot_id = absences(self.rng("absences"), self.days, self.spec.gaps,
                                                self.spec.sleeps)
        self.plan()

    def rng(self, aspect):
        """Each aspect has its own: one that changes leaves the others alone."""
        return generator(self.key[0], *self.key[1:], aspect)

    def plan(self):
        """Resets that come whatever the controller does, and the levels they bring."""
        rng, spec, resets = self.rng("plan"), self.spec, []

        def some(per_year):
            count = rng.poisson(per_year * self.days / 365)
            return rng.uniform(2 * DAY, (self.days - 2) * DAY, count)
        for at in some(spec.maintenance):
            resets.append({"t": at, "cause": "maintenance", "down": rng.uniform(60, 240)})
        for at in some(spec.updates):
            resets.append({"t": at, "cause": "fwupdate", "down": rng.uniform(200, 900)})
        resets += [{"t": day * DAY, "cause": "fwupdate", "down": rng.uniform(200, 900)}
                   for day in spec.update_days if day < self.days - 1]
        for at in rng.uniform(.1, .9, spec.replaced) * self.days * DAY:
            resets.append({"t": at, "cause": "replaced", "down": log_uniform(rng, 1, 8) * HOUR})
        if spec.cron_days:
            first = rng.integers(1, spec.cron_days + 1) * DAY + rng.uniform(0, 24) * HOUR
            resets += [{"t": at, "cause": "cron", "down": rng.uniform(60, 240)}
                       for at in np.arange(first, self.days * DAY, spec.cron_days * DAY)]
        self.planned = sorted(({**r, "t": float(r["t"])} for r in resets), key=lambda r: r["t"])
        self.level = np.ones((2, self.steps))
        self.firmware = np.full(self.steps, 101, np.int32)
        for reset in self.planned:
            after = slice(int(reset["t"] // STEP), None)
            if reset["cause"] in ("fwupdate", "replaced"):
                spread = .35 if reset["cause"] == "fwupdate" else .25
                step = np.exp(rng.normal(0, spread) + rng.normal(0, .1, (2, 1)))
                self.level[:, after] *= step if rng.random() < .7 else 1
                self.firmware[after] += 1
            if reset["cause"] == "replaced":
                gone = slice(int(reset["t"] // TICK), int((reset["t"] + reset["down"]) // TICK))
                self.is_absent[gone] = True
                self.boot_id[gone.stop:] += 1

    def surround(self):
        """Load, queue, logs on the grid."""
        spec, steps = self.spec, self.steps
        self.load = background_load(self.rng("load"), steps, spec.rhythm)
        self.floods = floods(self.rng("floods"), self.days, spec.floods)
        for begin, end, share in self.floods:
            self.load[(self.at >= begin) & (self.at < end)] += share
        for agent in spec.agents:
            self.load += agent.presence(self.at) * agent.processor
        emptied = [int(r["t"] // STEP) for r in self.planned if r["cause"] == "replaced"]
        self.entries = spec.log.entries(self.rng("log"), steps, emptied)
        full = self.entries / spec.log.capacity
        self.service = np.stack([us * self.level[probe] * (1 + spec.log.cost[probe] * full)
                                 for probe, us in enumerate(spec.service_us)])
        self.gc_share, self.gc_us = np.zeros(steps), np.zeros(steps)
        if spec.partition:
            self.gc_share, self.gc_us = spec.partition.stalls(self.rng("partition"), steps)

    def run(self):
        """The controller's memory over the days, and what follows for a command."""
        spec = self.spec
        # A leak that serves requests grows with the load, whatever its scale.
        activity = self.load / self.load.mean()
        self.controller = Controller(self.rng("controller"), spec.build, spec.leaks,
                                     activity.tolist(), self.planned, spec.patience).run()
        slow, reclaim, self.stalls = factors(spec.build, self.controller.scan,
                                             self.controller.deficit)
        self.healthy_us = self.service / (1 - np.clip(self.load, 0, .85))
        self.service_us = self.service * slow / (1 - np.clip(self.load + reclaim, 0, .92))

    def queue(self, service_us, handshake_us):
        """Mean wait for other clients at the interface, on the grid."""
        own = service_us + handshake_us
        busy = sum((agent.per_minute(self.at) for agent in self.spec.agents if agent.is_in_band),
                   np.zeros(self.steps)) * own / 60e6
        return np.clip(busy, 0, .8) * own * .8

    def slow_down(self):
        """The causal one of a command that does not stall, on the grid."""
        ratio, handshake = 0, self.spec.host.transport_us
        for probe in (0, 1):
            with_leak, without = (
                us[probe] + handshake[probe] + self.queue(us[1], handshake[1])
                for us in (self.service_us, self.healthy_us))
            ratio = ratio + with_leak / without / 2
        return ratio

    def waits(self):
        """(wait in us, share of lost commands) at each tick for the others at the interface."""
        rng, wait, lost = self.rng("agents"), np.zeros(self.n), np.zeros(self.n)
        opener = np.zeros(self.n, np.uint8)
        foreign = np.zeros(self.n)
        each = (self.service_us[1] + self.spec.host.transport_us[1])[self.step_of]
        for agent in self.spec.agents:
            if not agent.is_in_band:
                continue
            presence = agent.presence(self.t)
            burst = presence * agent.commands * each / 1e6
            phase = (self.t - agent.phase_s) % agent.period_s
            hit = phase < np.minimum(burst, agent.period_s * .8)
            if agent.period_s < 10:     # many small ones, at random
                hit = rng.random(self.n) < np.clip(burst / agent.period_s, 0, .8)
            wait += hit * each * (rng.random(self.n) + (rng.random(self.n) < .3))
            lost += hit * agent.clash
            foreign += presence * agent.commands * 60 / agent.period_s
            opener |= ((presence > 0) & (agent.is_opener | hit)).astype(np.uint8)
        return wait, lost, opener, rng.poisson(foreign).astype(np.int32)

    def outages(self):
        """(dead, refusing, evidence, slow after boot) at each tick."""
        rng, spec = self.rng("outages"), self.spec
        is_dead, is_refusing = np.zeros((2, self.n), bool)
        evid, after_boot = np.zeros(self.n, np.uint8), np.zeros(self.n)
        for begin, end in self.controller.dead:
            is_dead[(self.t >= begin) & (self.t < end)] = True
        for reset in self.controller.resets:
            back = reset["t"] + reset["down"]
            booting = slice(*np.searchsorted(self.t, (reset["t"], back)))
            is_refusing[booting] = spec.refuses
            warm = slice(booting.stop, np.searchsorted(self.t, back + rng.uniform(300, 2400)))
            after_boot[warm] = np.linspace(rng.uniform(.2, 2), 0, warm.stop - warm.start)
            reset["told"] = bool(rng.random() < spec.told)
            seen = np.flatnonzero(~self.is_absent[booting.stop:booting.stop + 5 * TICKS_PER_DAY])
            if reset["told"] and seen.size:
                evid[booting.stop + seen[0]] = 1
        self.hiccups = []
        for begin in rng.uniform(0, self.days * DAY, rng.poisson(spec.hiccups * self.days / 365)):
            length = log_uniform(rng, 90, 1500)
            gone = slice(*np.searchsorted(self.t, (begin, begin + length)))
            is_dead[gone] = True
            is_refusing[gone] |= bool(rng.random() < .3)
            self.hiccups.append({"t": float(begin), "length": length})
        return is_dead, is_refusing, evid, after_boot

    def samples(self):
        """The History."""
        rng, spec, of = self.rng("samples"), self.spec, self.step_of
        wait, lost, others, foreign = self.waits()
        lost += spec.lost / TICKS_PER_DAY
        for begin in rng.uniform(0, self.days * DAY, rng.poisson(spec.glitches * self.days / 365)):
            lost[(self.t >= begin) & (self.t < begin + log_uniform(rng, .3, 10) * HOUR)] += \
                log_uniform(rng, .01, .25)
        is_dead, is_refusing, evid, after_boot = self.outages()
        t, lat = np.stack([self.t, self.t]), np.zeros((2, self.n), np.uint32)
        status = np.zeros((2, self.n), np.uint8)
        for probe in (0, 1):
            us = self.service_us[probe][of] * (1 + after_boot)
            us = us * np.exp(rng.normal(0, spec.host.noise[probe], self.n))
            spike = rng.random(self.n) < spec.host.spikes
            us[spike] *= np.exp(rng.exponential(1.2, int(spike.sum())))
            for share, length in ((self.stalls, np.full(self.steps, spec.build.stall_us)),
                                  (self.gc_share, self.gc_us)):
                us += (rng.random(self.n) < share[of]) * length[of] * rng.exponential(1, self.n)
            us += wait * rng.uniform(.7, 1.3, self.n) + spec.host.transport_us[probe]
            if spec.host.tick_us:
                us = np.ceil(us / spec.host.tick_us) * spec.host.tick_us \
                    + rng.uniform(0, 120, self.n)
            us += (rng.random(self.n) < spec.host.stolen_share) \
                * rng.exponential(spec.host.stolen_us + 1e-9, self.n)
            late = (rng.random(self.n) < lost) | (us > TIMEOUT_S * 1e6) | is_dead
            status[probe] = np.where(late, TIMED_OUT, OK)
            status[probe][is_refusing & (rng.random(self.n) < .7)] = ERROR
            lat[probe] = np.where(status[probe] == OK, us, 0)
            if probe == 0:
                t[1] += np.where(status[0] == TIMED_OUT, TIMEOUT_S, lat[0] / 1e6) + .05
        wall, self.clock_steps = t.copy(), []
        for begin in rng.uniform(0, self.days * DAY, rng.poisson(2 * self.days / 365)):
            step = float(rng.choice([-3600, 3600, -7.2, 45, -600, DAY / 2]))
            wall += np.where(t >= begin, step, 0)
            self.clock_steps.append({"t": float(begin), "step": step})
        return History(t=t, wall=wall, lat_us=lat, status=status, is_present=~self.is_absent,
                       boot_id=self.boot_id, others=others, evid=evid,
                       sel_entries=self.entries[of], foreign=foreign, firmware=self.firmware[of])

    def epochs(self):
        """Those of the controller, with what could be seen of them."""
        slow = self.slow_down()
        shows = (slow >= VISIBLE) | (self.stalls >= VISIBLE_STALLS)
        sampled = np.bincount(self.step_of, ~self.is_absent, self.steps) / (STEP / TICK)
        out = []
        for epoch in self.controller.epochs:
            span = slice(int(epoch["onset"] // STEP), int(epoch["end"] // STEP))
            seen = np.flatnonzero(shows[span]) + span.start
            hours = seen.size * STEP / HOUR
            share = float(sampled[seen].mean()) if seen.size else 0.0
            out.append({**epoch, "life": epoch["end"] - epoch["onset"],
                        "visible": float(seen[0] * STEP) if seen.size else epoch["end"],
                        "visible_h": hours, "sampled": share,
                        "peak": float(slow[span].max(initial=1)),
                        "last_day": float(np.median(slow[max(span.stop - 144, span.start):
                                                         span.stop])),
                        "would_fail": epoch["failure"], "detectable":
                        bool(hours >= VISIBLE_HOURS and share >= SAMPLED
                             and epoch["ended_by"] != "censored")})
        return out


def make(seed, cls, days=None, jitter_s=18, stress=False, can_leak=True):
    """(History, label) of one host; without `can_leak` as it would have been. There is no stress:
    this family has hosts in bad surroundings anyway."""
    del stress
    host = Host(seed, cls, days, jitter_s, can_leak)
    host.surround()
    host.run()
    history = host.samples()
    agents = [{"start": max(a.begin, 0.0), "end": min(a.end + a.ramp_s, host.days * DAY),
               "period": a.period_s, "clash": a.clash} for a in host.spec.agents
              if a.is_in_band and a.begin < host.days * DAY and a.end > 0]
    label = {"family": "mechanism", "cls": cls, "seed": int(seed), "days": host.days,
             "positive": cls in POSITIVE, "epochs": host.epochs(), "agents": agents,
             "contention": [agent for agent in agents if agent["clash"]],
             "resets": [{k: r[k] for k in ("t", "cause", "told", "down")}
                        for r in host.controller.resets],
             "outages": sorted(host.hiccups + host.controller.outages, key=lambda o: o["t"]),
             "clock_steps": host.clock_steps, "base_us": host.spec.service_us,
             "floods": [f[:2] for f in host.floods]}
    return history, label
