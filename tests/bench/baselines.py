# SPDX-License-Identifier: GPL-2.0-or-later
"""What users have today, on hours of the costly probe: thresholds, Prometheus' predict_linear, the
Mann-Kendall test, the seasonal Kendall test with Hirsch and Slack's covariance.

Written for this bench with numpy, as Debian packages no implementation of the last two; Prometheus'
least squares is documented. Settings are the usual ones, not tuned. Each returns alarms as `replay`
prints them; an alarm that has been quiet for two days may come again."""
import numpy as np

REARM_H = 48
WEEK_H = 168


def _alarms(condition):
    """The rising edges of a condition by the hour."""
    out, last = [], -10 ** 9
    for hour in np.flatnonzero(condition):
        if hour - last > REARM_H:
            out.append({"t_mono": (int(hour) + 1) * 3600.0, "event": "confirmed"})
        last = hour
    return out


def _held(condition, hours):
    """True where it has been so for that long (Prometheus' `for`)."""
    return np.convolve(condition, np.ones(hours))[:condition.size] >= hours


def _first_week(values):
    week = values[:WEEK_H]
    return float(np.nanmedian(week)) if np.isfinite(week).any() else np.nan


def timeouts_per_hour(hours, least=5):
    """That many time-outs in an hour."""
    return _alarms(hours.isolated >= least)


def latency_doubled(hours, factor=2.0, hold=6):
    """The median is above twice that of the first week for six hours."""
    with np.errstate(invalid="ignore"):
        above = hours.median_s > factor * _first_week(hours.median_s)
    above[:WEEK_H] = False
    return _alarms(_held(above, hold))


def least_squares(values, window):
    """(slope, intercept at x = 0) of the window that ends at each hour; NaN before the first."""
    known = np.isfinite(values)
    y, x = np.where(known, values, 0), np.arange(values.size, dtype=float)

    def sums(v):
        total = np.concatenate([[0], np.cumsum(v)])
        return total[window:] - total[:-window]
    n, sx, sy, sxx, sxy = (sums(v) for v in (known * 1.0, known * x, y, known * x * x, x * y))
    spread = n * sxx - sx * sx
    with np.errstate(all="ignore"):
        slope = (n * sxy - sx * sy) / np.where((spread > 0) & (n >= window / 2), spread, np.nan)
        intercept = (sy - slope * sx) / n
    lead = np.full(window - 1, np.nan)
    return np.concatenate([lead, slope]), np.concatenate([lead, intercept])


def predict_linear(hours, window=72, ahead=168, factor=3.0, hold=6):
    """predict_linear(median[3d], 7d) > three times the first week, for six hours."""
    values = hours.median_s
    if values.size < window:
        return []
    slope, intercept = least_squares(values, window)
    with np.errstate(invalid="ignore"):
        above = intercept + slope * (np.arange(values.size) + ahead) \
            > factor * _first_week(values)
    return _alarms(_held(above, hold))


def mann_kendall(values):
    """z of the Mann-Kendall test, without ties."""
    m = values.size
    s = np.triu(np.sign(values[None, :] - values[:, None]), 1).sum()
    return (s - np.sign(s)) / np.sqrt(m * (m - 1) * (2 * m + 5) / 18)


def _rise(values):
    """From the median of the first quarter to that of the last, as a factor."""
    quarter = max(values.size // 4, 1)
    return np.median(values[-quarter:]) / np.median(values[:quarter])


def kendall_week(hours, z=3.29, least_rise=1.0, days=7, every=6):
    """Mann-Kendall over the hours of a week, p < .0005 one-sided, at least that rise."""
    values, window = hours.median_s, days * 24
    condition = np.zeros(values.size, bool)
    for hour in range(window, values.size, every):
        week = values[hour - window:hour]
        week = week[np.isfinite(week)]
        if week.size >= 48 and _rise(week) >= least_rise and mann_kendall(week) >= z:
            condition[hour:hour + every] = True
    return _alarms(condition)


def seasonal_kendall(table):
    """z of the seasonal Kendall test: rows are days, columns seasons that depend on each other."""
    m = table.shape[0]
    sign = np.sign(table[None, :, :] - table[:, None, :])[np.triu_indices(m, 1)]
    rank = np.argsort(np.argsort(table, 0), 0) + 1.0
    covariance = (sign.T @ sign + 4 * rank.T @ rank - m * (m + 1) ** 2) / 3
    return sign.sum() / np.sqrt(max(covariance.sum(), 1e-9))


def seasonal_fortnight(hours, z=3.29, least_rise=1.3, days=14):
    """Seasonal Kendall over 14 days, seasons are the hours of the day, at least that rise."""
    count = hours.median_s.size // 24
    table = hours.median_s[:count * 24].reshape(count, 24)
    condition = np.zeros(hours.median_s.size, bool)
    for day in range(days, count + 1):
        block = table[day - days:day]
        missing = np.isnan(block)
        if missing.all(0).any() or missing.all(1).mean() > .3:
            continue
        block = np.where(missing, np.nanmedian(block, 0), block)
        if _rise(np.median(block, 1)) >= least_rise and seasonal_kendall(block) >= z:
            condition[day * 24 - 1:day * 24 + 23] = True
    return _alarms(condition)


BASELINES = {
    "5 time-outs in an hour": timeouts_per_hour,
    "latency doubled for 6 h": latency_doubled,
    "predict_linear 3 d, 7 d ahead": predict_linear,
    "Mann-Kendall, 7 d": kendall_week,
    "Mann-Kendall, 7 d, rise ≥ 1.3": lambda hours: kendall_week(hours, least_rise=1.3),
    "seasonal Kendall, 14 d, rise ≥ 1.3": seasonal_fortnight,
}
