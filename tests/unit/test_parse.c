/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base/parse: numbers and spans, and every way they can be wrong.
 */
#include "base/parse.c"
#include "tests/unit/tap.h"

static bool is_span(const char *text, int64_t wanted)
{
	int64_t us = -1;

	return parse_duration(text, &us) == 0 && us == wanted;
}

static bool is_refused(const char *text, int error)
{
	int64_t us = -1;

	return parse_duration(text, &us) == error && us == -1;
}

static void test_u64(void)
{
	const char *end = NULL;
	uint64_t value = 7;

	check(parse_u64(" 42x", &value, &end) == 0 && value == 42 && *end == 'x',
	      "a number after blanks ends where the digits end");
	check(parse_u64("18446744073709551615", &value, &end) == 0 && value == UINT64_MAX,
	      "the largest number is taken");
	value = 7;
	check(parse_u64("18446744073709551616", &value, &end) == -ERANGE && value == 7,
	      "one more is out of range and leaves the result alone");
	check(parse_u64("-1", &value, &end) == -EINVAL, "a sign is not a digit");
	check(parse_u64("+1", &value, &end) == -EINVAL, "not even a plus");
	check(parse_u64("", &value, &end) == -EINVAL, "nothing is no number");
}

static void test_duration(void)
{
	check(is_span("5", 5 * USEC_PER_SEC), "a bare number is seconds");
	check(is_span("1.5", 1500000), "with a fraction");
	check(is_span("250ms", 250000), "milliseconds");
	check(is_span("5 s", 5 * USEC_PER_SEC), "a blank before the unit");
	check(is_span("10min", 10 * USEC_PER_MINUTE), "minutes");
	check(is_span("6h", 6 * USEC_PER_HOUR), "hours");
	check(is_span("2d", 2 * USEC_PER_DAY), "days");
	check(is_span("0", 0), "nothing at all is a span too");
	check(is_refused("-1", -ERANGE), "a negative span is out of range");
	check(is_refused("1000000 d", -ERANGE), "a thousand years are out of range");
	check(is_refused("5 parsecs", -EINVAL), "an unknown unit is refused");
	check(is_refused("5 s please", -EINVAL), "text behind the unit is refused");
	check(is_refused("inf", -EINVAL) && is_refused("nan", -EINVAL), "inf and nan are no spans");
	check(is_refused("0x10", -EINVAL), "hexadecimals are no spans");
	check(is_refused("", -EINVAL) && is_refused("s", -EINVAL), "a unit alone is no span");
	check(is_refused("1e999", -ERANGE), "an overflow to infinity is out of range");
}

int main(void)
{
	test_u64();
	test_duration();
	return tap_done();
}
