/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events as shippers write them, one JSON object a line: Winlogbeat, OpenWEC, NXLog, Fluent Bit,
 * Wazuh. Which of them it was is told by its keys, a table; a new shipper is a row.
 */
#pragma once

#include "winevt/decode.h"

/* One object. 0; what `each` said; -ENOMEM. */
int winevt_json_decode(struct winevt_decoder *d, const char *text, size_t len);
