/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text to number with every failure visible.
 */
#include "base/parse.h"

#include <ctype.h>
#include <math.h>

#include "base/clock.h"

#define DURATION_MAX_US (INT64_C(36500) * USEC_PER_DAY)

static const char *skip_blanks(const char *text)
{
	while (*text == ' ' || *text == '\t')
		text++;
	return text;
}

int parse_u64(const char *text, uint64_t *ret_value, const char **ret_end)
{
	unsigned long long value;
	char *end;

	text = skip_blanks(text);
	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno != 0)
		return -ERANGE;
	*ret_value = value;
	*ret_end = end;
	return 0;
}

static const struct duration_unit {
	const char *name;
	int64_t us;
} duration_units[] = {
	{ "", USEC_PER_SEC },	    { "ms", USEC_PER_MSEC },  { "s", USEC_PER_SEC },
	{ "min", USEC_PER_MINUTE }, { "m", USEC_PER_MINUTE }, { "h", USEC_PER_HOUR },
	{ "d", USEC_PER_DAY },
};

/* 0; -EINVAL: no such unit. */
static int duration_unit_us(const char *name, int64_t *ret_us)
{
	for (size_t i = 0; i < COUNT_OF(duration_units); i++) {
		if (strcmp(name, duration_units[i].name) != 0)
			continue;
		*ret_us = duration_units[i].us;
		return 0;
	}
	return -EINVAL;
}

int parse_duration(const char *text, int64_t *ret_us)
{
	int64_t unit_us;
	double us;
	char *end;

	text = skip_blanks(text);
	if (*text == '-' && isdigit((unsigned char)text[1]))
		return -ERANGE;
	if (!isdigit((unsigned char)*text) || text[1] == 'x' || text[1] == 'X')
		return -EINVAL; /* strtod() also takes "inf", "nan" and hexadecimals: not wanted */
	us = strtod(text, &end);
	if (duration_unit_us(skip_blanks(end), &unit_us) < 0)
		return -EINVAL;
	us = rint(us * (double)unit_us);
	if (us > (double)DURATION_MAX_US)
		return -ERANGE;
	*ret_us = (int64_t)us;
	return 0;
}
