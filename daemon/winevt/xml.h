/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events as Windows renders them in XML: wevtutil, subscriptions (WEF), OpenWEC, and inside the
 * JSON of shippers that pass it on. From Windows 2008 on; what is missing there is optional here.
 *
 * Only <System> is read; what follows is not even parsed: it is the provider's data and
 * the message, in whatever state the console's code page left them.
 */
#pragma once

#include "winevt/decode.h"

struct winevt_xml;

/* One event, `<Event` to `</Event>`. 0; what `each` said; -ENOMEM. */
int winevt_xml_decode(struct winevt_decoder *d, const char *text, size_t len);
void winevt_xml_free(struct winevt_xml *xml);
