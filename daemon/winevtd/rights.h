/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whoever runs `decode`, what parses has no rights.
 */
#pragma once

#include "base/util.h"

/* Root becomes bmchealthd-winevt, or nobody where that user is not made; for good. 0 or -errno. */
MUST_CHECK int rights_drop(void);
