/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What bmchealthctl asks bmchealthd-winevt for, with the file itself as a descriptor
 * (winevtd/imports.h). Texts end in a NUL within their room.
 */
#pragma once

#define WINEVT_IMPORT_MAGIC  "BMCWIMP1"
#define WINEVT_IMPORT_SOCKET "import.sock"
#define WINEVT_IMPORT_SUFFIX "-winevt" /* of the daemon's run folder: the reader's own */
#define WINEVT_IMPORT_ANSWER 256

struct winevt_import {
	char magic[8];
	char format[16];   /* "auto", or as in the configuration */
	char timezone[64]; /* "": none */
	char host[256];	   /* "": as the events say */
};
