/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as event XML: framing, UTF-16, expat.
 */
#include "tests/fuzz/winevt-text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_text("xml", data, size);
	return 0;
}
