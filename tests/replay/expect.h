/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The expectations a scenario may state of a world.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "tests/replay/world.h"

#define EXPECT_TEXT_MAX 256

/*
 * words[0…] are what follows "expect". 0, with *ret_met, and what was seen in `seen` when it was
 * not met; -EINVAL: that is no expectation, `seen` says why. `seen` has EXPECT_TEXT_MAX bytes.
 */
MUST_CHECK int expect_check(struct world *w, char *const words[], size_t count, bool *ret_met,
			    char *seen);
