/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The upper tail of the binomial distribution, summed from its first term on in logarithms.
 */
#include "model/chance.h"

#include <math.h>

double chance_of(uint32_t trials, uint32_t hits, double p)
{
	double term, sum;

	if (hits == 0 || !(p < 1) || hits > trials)
		return hits > trials ? 0 : 1;
	if (!(p > 0))
		return 0;
	term = exp(lgamma(trials + 1.0) - lgamma(hits + 1.0) - lgamma((double)trials - hits + 1) +
		   hits * log(p) + ((double)trials - hits) * log1p(-p));
	sum = term;
	for (uint32_t k = hits; k < trials; k++) {
		term *= ((double)trials - k) / (k + 1.0) * p / (1 - p);
		sum += term;
		if (term < sum * 1e-12 && k > trials * p)
			break;
	}
	return fmin(sum, 1);
}

double chance_of_bunches(uint32_t trials, uint32_t hits, double p, double per_bunch)
{
	const double size = fmax(per_bunch, 1);

	return chance_of((uint32_t)ceil(trials / size), (uint32_t)floor(hits / size), p);
}
