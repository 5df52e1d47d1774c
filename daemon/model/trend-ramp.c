/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Twelve points: do they rise, steadily, and not in one step? Twelve, because means over a twelfth
 * of the window absorb what neighbouring hours have in common; the tests assume they share little.
 * Floors of 1.3 to 1.4 for windows of 48 to 384 h were tried and dropped: a lead larger by a
 * hundredth, for a third more false alarms (logs, several agents at once).
 */
#include "model/trend-state.h"

#define PAIRS (TREND_POINTS * (TREND_POINTS - 1) / 2)

const uint16_t trend_windows_h[TREND_WINDOWS] = { 12, 24, 48, 96, 192, 384, 768, 1536 };

const struct trend_limits trend_limits[TREND_SETS] = {
	[TREND_HARD] = { .kendall = 36,
			 .kendall_timeouts = 30,
			 .kappa = { 6, 6, 6, 5, 4.5, 4.5, 4.5, 4.5 },
			 .quarter_min = 0.10,
			 .quarter_max = 0.70,
			 .jump = 0.55,
			 .concordance = 0.55,
			 .jump_timeouts = 0.62,
			 .rise_timeouts = 3.0,
			 .rate_timeouts = 6.0,
			 .ratio_timeouts = 4.0,
			 .floor = { 0.4700, 0.4055, 0.3716, 0.3365, 0.3365, 0.3365, 0.3365,
				    0.3365 }, /* ln of 1.6, 1.5, 1.45, 1.4 */
			 .persist_h = 6,
			 .persist_part = 8 },
	[TREND_SOFT] = { .kendall = 28,
			 .kendall_timeouts = 22,
			 .kappa = { 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5, 3.5 },
			 .quarter_min = 0.02,
			 .quarter_max = 0.85,
			 .jump = 0.75,
			 .concordance = 0.45,
			 .jump_timeouts = 0.85,
			 .rise_timeouts = 2.0,
			 .rate_timeouts = 4.0,
			 .ratio_timeouts = 2.5,
			 .floor = { 0.3716, 0.3001, 0.2469, 0.2231, 0.2231, 0.2231, 0.2231,
				    0.2231 }, /* ln of 1.45, 1.35, 1.28, 1.25 */
			 .persist_h = 4,
			 .persist_part = 12 },
};

double ramp_quarters(const double *z, double *quarter)
{
	for (int i = 0; i < 4; i++, z += 3)
		quarter[i] = (z[0] + z[1] + z[2]) / 3;
	return quarter[3] - quarter[0];
}

/* A step puts all of the rise between two neighbours; a ramp spreads it. */
bool ramp_is_spread(const double *z, const struct trend_limits *limits, double jump)
{
	const double ends = (z[10] + z[11] - z[0] - z[1]) / 2;
	double quarter[4], largest = 0;
	const double rise = ramp_quarters(z, quarter);

	if (rise <= 0)
		return false;
	for (int i = 0; i < 3; i++) {
		const double part = quarter[i + 1] - quarter[i];

		if (part < limits->quarter_min * rise || part > limits->quarter_max * rise)
			return false;
	}
	for (int i = 0; i + 2 < TREND_POINTS; i++)
		if (z[i + 2] - z[i] > largest)
			largest = z[i + 2] - z[i];
	return largest <= jump * (ends > 1e-9 ? ends : 1e-9);
}

int ramp_kendall(const double *z)
{
	int s = 0;

	for (int i = 0; i < TREND_POINTS; i++)
		for (int j = i + 1; j < TREND_POINTS; j++)
			s += (z[j] > z[i]) - (z[j] < z[i]);
	return s;
}

double ramp_rise(const double *z)
{
	double sorted[PAIRS] = { 0 };
	int count = 0;

	for (int i = 0; i < TREND_POINTS; i++) {
		for (int j = i + 1; j < TREND_POINTS; j++) {
			const double slope = (z[j] - z[i]) / (j - i);
			int at = count++;

			for (; at > 0 && sorted[at - 1] > slope; at--)
				sorted[at] = sorted[at - 1];
			sorted[at] = slope;
		}
	}
	return (TREND_POINTS - 1) * (sorted[PAIRS / 2 - 1] + sorted[PAIRS / 2]) / 2;
}
