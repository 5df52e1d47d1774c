/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events in lines of syslog: NXLog's structured data (RFC 5424); Snare's fields behind tabs; JSON
 * or XML behind whatever header rsyslog and others put there. A line that is none of these is of
 * some other program, and is nothing bad.
 */
#pragma once

#include "winevt/decode.h"

/* One line. 0; what `each` said; -ENOMEM. */
int winevt_syslog_decode(struct winevt_decoder *d, const char *text, size_t len);
