/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as anything that comes line by line or as events, mixed.
 */
#include "tests/fuzz/winevt-text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_text("mixed", data, size);
	return 0;
}
