# SPDX-License-Identifier: GPL-2.0-or-later
"""A corpus: which hosts it has. Host number i of a class has the seed 100000 * seed + i."""
import numpy as np

import mechanism
import phenomena

FAMILIES = {"phenomena": phenomena, "mechanism": mechanism}


def weights(family):
    """{class: hosts at scale 1}"""
    return {**FAMILIES[family].NEGATIVE, **FAMILIES[family].POSITIVE}


def plan(family, seed, scale=1.0, only=None):
    """[(family, class, seed of the host)]; `only`: {class: weight} instead of the usual ones."""
    chosen = only or weights(family)
    unknown = set(chosen) - set(weights(family))
    if unknown:
        raise ValueError(f"{family} has no class {', '.join(sorted(unknown))}")
    return [(family, cls, 100000 * seed + index) for cls, weight in chosen.items()
            for index in range(max(1, round(weight * scale)) if weight else 0)]


def make(family, cls, seed, **options):
    """(History, label) of one host."""
    if cls not in weights(family):
        raise ValueError(f"{family} has no class {cls}")
    made, label = FAMILIES[family].make(seed, cls, **options)
    for reset in label["resets"]:
        reset["seen"] = seen(made, reset["t"] + reset["down"])
        shown = made.is_present & (made.evid > 0) & (made.t[0] > reset["t"]) \
            & (made.t[0] < reset["seen"] + 300)
        reset["told"] = bool(reset["told"] and shown.any())
    return made, label


def seen(made, back):
    """When somebody probed for the first time after the controller was `back`."""
    tick = np.searchsorted(made.t[0], back)
    later = np.flatnonzero(made.is_present[tick:])
    return float(made.t[0][tick + later[0]] if later.size else made.t[0][-1])
