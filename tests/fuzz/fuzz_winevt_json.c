/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as lines of JSON: the sieve, jansson, the table of shippers.
 */
#include "tests/fuzz/winevt-text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_text("json", data, size);
	return 0;
}
