/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any replies to the sensors probe: info, repository, readings, over hours of its life.
 */
#include "tests/fuzz/replies.h"

extern const struct probe_ops probe_sensors;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	replies_play(&probe_sensors, data, size);
	return 0;
}
