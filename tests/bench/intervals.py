# SPDX-License-Identifier: GPL-2.0-or-later
"""95 % confidence intervals: exact Poisson (Garwood) for counts, Byar's approximation of it above a
thousand, Wilson for shares."""
import math

Z = 1.959963985
EXACT = 1000


def _poisson_tail(count, mean):
    """P(X <= count) for a Poisson X of that mean."""
    if mean <= 0:
        return 1.0
    return math.fsum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))
                     for k in range(count + 1))


def _solve(function, low, high):
    """Where a falling function of [low, high] is 0."""
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) > 0 else (low, middle)
    return (low + high) / 2


def poisson(count):
    """(low, high) of the mean of which `count` was seen."""
    if count > EXACT:
        return tuple(n * (1 - 1 / (9 * n) + sign * Z / (3 * math.sqrt(n))) ** 3
                     for n, sign in ((count, -1), (count + 1, 1)))
    limit = 3 * count + 20
    high = _solve(lambda mean: _poisson_tail(count, mean) - .025, 0, limit)
    if count == 0:
        return 0.0, high
    return _solve(lambda mean: .025 - (1 - _poisson_tail(count - 1, mean)), 0, limit), high


def wilson(hits, n):
    """(low, high) of a share."""
    if not n:
        return 0.0, 1.0
    p, zz = hits / n, Z * Z / n
    centre = (p + zz / 2) / (1 + zz)
    half = Z * math.sqrt(p * (1 - p) / n + zz / (4 * n)) / (1 + zz)
    return max(centre - half, 0.0), min(centre + half, 1.0)
