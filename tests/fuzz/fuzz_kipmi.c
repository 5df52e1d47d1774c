/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as /proc/PID/stat.
 */
#include "probes/kipmi.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[STAT_MAX];
	const size_t len = size < sizeof(text) ? size : sizeof(text) - 1;
	uint64_t ticks = 42;

	if (len > 0)
		memcpy(text, data, len);
	text[len] = '\0';
	if (!kipmi_parse(text, "kipmi0", &ticks) && ticks != 42)
		abort();
	return 0;
}
