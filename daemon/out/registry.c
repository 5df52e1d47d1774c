/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only place that knows which sinks exist. The order is the order of telling: the journal
 * hears of a change before the disk is touched.
 */
#include "out/journal.h"
#include "out/sink.h"
#include "out/store.h"
#include "out/textfile.h"

const struct sink_ops *const sink_table[] = {
	&sink_journal,
	&sink_store,
	&sink_textfile,
	NULL,
};
