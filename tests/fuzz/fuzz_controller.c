/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any replies to the heartbeat and its extras.
 */
#include "tests/fuzz/replies.h"

extern const struct probe_ops probe_controller;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	replies_play(&probe_controller, data, size);
	return 0;
}
