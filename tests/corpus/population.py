# SPDX-License-Identifier: GPL-2.0-or-later
"""Family `mechanism`, who there is: a class of host is a usual host with something changed.

The classes that leak never say how it will look: that follows from the leak, the memory and the
surroundings. 365 days of a host that does not leak, 180 of one that does."""
import dataclasses

from controller import Build, Leak
from history import DAY, generator, log_uniform
from surroundings import Agent, EventLog, HostSide, LogPartition

NEGATIVE = {"plain": 30, "noisy": 15, "quantised": 10, "busy": 15, "stolen": 10, "flooded": 10,
            "paused": 8, "flaky": 10, "firmware": 12, "replaced": 8, "cron": 8, "event_log": 15,
            "log_partition": 12, "rollout": 15, "mixed": 12}
POSITIVE = {"leak_reclaim": 20, "leak_scan": 20, "leak_stall": 8, "leak_partial": 15,
            "leak_small": 15, "leak_steep": 15, "leak_at_reset": 15, "leak_departing": 12,
            "leak_cron": 12, "leak_cliff": 6, "leak_surrounded": 15, "leak_firmware": 8}


@dataclasses.dataclass
class Spec:
    """All that is decided before the simulation runs."""
    days: int
    build: Build
    service_us: list            # processor time of the two probes on an idle controller
    host: HostSide
    agents: list
    log: EventLog
    leaks: list = dataclasses.field(default_factory=list)
    partition: LogPartition = None
    rhythm: float = .4
    maintenance: float = 1.5    # resets a year, and so on
    updates: float = 1.0
    update_days: tuple = ()     # and on these days
    replaced: int = 0
    floods: float = 1.0
    gaps: float = 4.0
    sleeps: tuple = None        # hour of the day at which the host goes, hours
    lost: float = 0.0           # commands a day that are lost on the way
    glitches: float = 1.0       # clusters of them a year
    hiccups: float = 1.0        # short outages a year without a reset
    cron_days: int = 0
    told: float = .95           # resets that leave evidence
    refuses: bool = True        # a booting controller answers with errors
    patience: float = None


def usual(rng, days):
    """Nothing special."""
    first = log_uniform(rng, 8e2, 8e3)
    begins = [(rng.uniform(-1, .8) * 200 * DAY, log_uniform(rng, 20, 900) * DAY) for _ in range(2)]
    agents = [Agent.in_band(rng, commands=int(log_uniform(rng, 2, 60)), begin=at, end=at + length)
              for at, length in begins[:int(rng.integers(0, 3))]]
    if rng.random() < .4:
        agents.append(Agent.over_network(rng, processor=rng.uniform(.01, .08)))
    return Spec(days=days, build=Build.draw(rng), host=HostSide.draw(rng), agents=agents,
                service_us=[first, first * log_uniform(rng, 1.8, 7)], log=EventLog.draw(rng),
                rhythm=rng.uniform(.1, .7), lost=float(rng.choice([0, 0, .1, .5])),
                told=.95 if rng.random() < .6 else .1, refuses=bool(rng.random() < .5),
                patience=rng.choice([None, None, log_uniform(rng, 3, 12)]))


def slow_leak(rng, kind, low=3, high=40, **fixed):
    """A leak whose memory lasts low to high days."""
    drawn = {"delay_days": log_uniform(rng, 1, 12),
             "where": str(rng.choice(["daemon", "daemon", "ipmi", "kernel"])),
             "with_load": rng.uniform(0, .8), "per_day": 1 / log_uniform(rng, low, high)}
    return Leak(kind=kind, **{**drawn, **fixed})


def noisy(rng, spec):
    """Strong rhythm, noisy commands, a polling driver."""
    spec.rhythm = rng.uniform(.8, 1.6)
    spec.host = HostSide.draw(rng, noise=(rng.uniform(.3, .6), rng.uniform(.3, .6)),
                              tick_us=float(rng.choice([0, 1000, 4000])), spikes=.02)


def quantised(rng, spec):
    """The driver polls once a tick of the host's clock."""
    spec.host = HostSide.draw(rng, tick_us=float(rng.choice([4000, 10000])))


def busy(rng, spec):
    """Several agents on the host, the whole time or part of it."""
    for _ in range(int(rng.integers(3, 7))):
        begin = 0 if rng.random() < .5 else rng.uniform(0, spec.days * .8) * DAY
        spec.agents.append(Agent.in_band(rng, begin=begin,
                                         end=begin + log_uniform(rng, 3, 300) * DAY))


def stolen(rng, spec):
    """A hypervisor takes the processor away from us."""
    spec.host = HostSide.draw(rng, stolen_share=log_uniform(rng, .02, .3),
                              stolen_us=log_uniform(rng, 1e4, 2e5))


def flooded(rng, spec):
    """A noisy management network."""
    spec.floods = rng.uniform(10, 60)


def paused(rng, spec):
    """A host that is off at night, or a daemon that is."""
    spec.gaps = rng.uniform(20, 60)
    if rng.random() < .6:
        spec.sleeps = (int(rng.integers(17, 23)), int(rng.integers(5, 13)))


def flaky(rng, spec):
    """A bad bus."""
    spec.lost, spec.glitches = log_uniform(rng, 1, 8), rng.uniform(5, 25)
    spec.hiccups = rng.uniform(5, 25)


def firmware(rng, spec):
    """Updates, each with a level of its own."""
    spec.updates = rng.uniform(4, 9)


def replaced(_rng, spec):
    """Boards are swapped."""
    spec.replaced = 2


def cron(rng, spec):
    """Somebody resets the controller by cron, needlessly."""
    spec.cron_days = int(rng.choice([1, 7, 7, 14, 30]))


def event_log(rng, spec):
    """The event log costs, fills up and is cleared."""
    fill = log_uniform(rng, 4, 60)
    capacity = int(rng.choice([512, 1024, 4096]))
    cost = log_uniform(rng, .3, 2.5)
    spec.log = EventLog(capacity, capacity / fill, (cost * rng.uniform(.6, 1), cost),
                        float(rng.choice([0, 0, 7, 30])), bool(rng.random() < .15))


def log_partition(rng, spec):
    """Stalls grow for days and vanish."""
    spec.partition = LogPartition.draw(rng)


def rollout(rng, spec):
    """Clients come over days and stay, some leave again."""
    for begin in sorted(rng.uniform(10, 330, int(rng.integers(1, 4)))):
        end = begin + log_uniform(rng, 15, 200) if rng.random() < .6 else 1e6
        fixed = {"begin": begin * DAY, "end": end * DAY, "ramp_s": log_uniform(rng, 2, 25) * DAY}
        if rng.random() < .5:
            spec.agents.append(Agent.over_network(rng, processor=rng.uniform(.15, .45), **fixed))
        else:   # as many small ones: no bursts
            spec.agents.append(Agent.in_band(rng, period_s=1.0, processor=rng.uniform(.1, .35),
                                             commands=log_uniform(rng, 2, 12), clash=0.0, **fixed))


def mixed(rng, spec):
    """Several of the above at once."""
    for index in rng.choice(11, 3, replace=False):
        (noisy, quantised, busy, stolen, flooded, paused, flaky, firmware, cron, event_log,
         rollout)[index](rng, spec)


def leak_reclaim(rng, spec):
    """Nothing to see before the page cache goes."""
    spec.leaks = [slow_leak(rng, "reclaim", 1.5, 40)]


def leak_scan(rng, spec):
    """Lists grow with it."""
    spec.leaks = [slow_leak(rng, "scan", scan=log_uniform(rng, .6, 8))]


def leak_stall(rng, spec):
    """Only a growing share of the commands waits."""
    spec.build = Build.draw(rng, flash_cost=rng.uniform(.05, .4), reclaim_cpu=.05,
                            stall_share=rng.uniform(.25, .8), cache_mb=80.0, headroom_mb=40.0)
    spec.leaks = [slow_leak(rng, "stall")]


def leak_partial(rng, spec):
    """A supervisor or the OOM killer helps for a while."""
    fixed = {"grace": rng.uniform(.75, .93)} if rng.random() < .5 else {}
    spec.build = Build.draw(rng, hang=rng.uniform(.02, .2), **fixed)
    spec.leaks = [slow_leak(rng, "partial", 4, 30, scan=log_uniform(rng, .5, 5),
                            where=str(rng.choice(["daemon", "daemon", "ipmi"])))]
    spec.patience = None


def leak_small(rng, spec):
    """Too small to fail before the next maintenance."""
    spec.cron_days = int(rng.choice([14, 30, 60]))
    spec.leaks = [slow_leak(rng, "small", per_day=rng.uniform(.25, .5) / spec.cron_days,
                            scan=rng.uniform(1.2, 2.8), delay_days=log_uniform(rng, .5, 5))]
    spec.patience = None


def leak_steep(rng, spec):
    """From nothing to failure in a day or three."""
    spec.leaks = [slow_leak(rng, "steep", 1.1, 3.5, scan=log_uniform(rng, 1, 8),
                            delay_days=log_uniform(rng, 10, 40))]


def leak_at_reset(rng, spec):
    """It starts with the boot: nothing flat to compare with."""
    spec.leaks = [slow_leak(rng, "at_reset", delay_days=0.0, scan=log_uniform(rng, .6, 8))]


def leak_departing(rng, spec):
    """Clients leave while it grows."""
    spec.leaks = [slow_leak(rng, "departing", 8, 40, scan=log_uniform(rng, .8, 6), with_load=.1)]
    for at in rng.uniform(0, spec.days, int(rng.integers(3, 7))):
        end = (at + log_uniform(rng, 3, 30)) * DAY
        ramp = log_uniform(rng, .5, 6) * DAY if rng.random() < .5 else 0.0
        make = Agent.over_network if rng.random() < .5 else Agent.in_band
        spec.agents.append(make(rng, begin=at * DAY, end=end, ramp_s=ramp,
                                processor=rng.uniform(.1, .3)))


def leak_cron(rng, spec):
    """Somebody knows it, and resets by cron, mostly in time."""
    spec.cron_days = int(rng.choice([7, 14, 30]))
    life = spec.cron_days * log_uniform(rng, .9, 1.8)
    spec.leaks = [slow_leak(rng, "cron", life, life * 1.01, delay_days=0.1,
                            scan=log_uniform(rng, .5, 6))]


def leak_cliff(rng, spec):
    """Descriptors or threads run out; until then nothing is slower."""
    spec.leaks = [slow_leak(rng, "cliff", 5, 40, limit=.55, scan=0.0)]


def leak_surrounded(rng, spec):
    """A leak in a host where much else goes on."""
    life = log_uniform(rng, 4, 30)
    spec.leaks = [slow_leak(rng, "surrounded", life, life * 1.01, scan=log_uniform(rng, .8, 8))]
    for index in rng.choice(8, 3, replace=False):
        (noisy, busy, flooded, paused, flaky, event_log, log_partition, rollout)[index](rng, spec)


def leak_firmware(rng, spec):
    """An update brings it, the next one takes it away."""
    first = rng.uniform(20, 60)
    last = first + rng.uniform(50, 110)
    spec.update_days = (first, last)
    spec.leaks = [slow_leak(rng, "firmware", first_day=first, last_day=last, delay_days=0.0,
                            scan=log_uniform(rng, .6, 6))]


def draw(seed, cls, days=None):
    """The Spec of this host."""
    rng = generator(seed, "mechanism", cls)
    spec = usual(rng, days or (180 if cls in POSITIVE else 365))
    if cls != "plain":
        globals()[cls](rng, spec)
    return spec
