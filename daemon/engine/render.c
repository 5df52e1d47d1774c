/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The status document as a whole; document.c renders its parts.
 */
#include <stdio.h>

#include "engine/document.h"
#include "engine/internal.h"

#define CLOSED_MAX	 50
#define CLOSED_HOSTS_MAX 20

struct closed_list {
	struct engine *e;
	struct buf *b;
};

static void render_closed(void *user, const struct finding *finding, wall_us closed)
{
	const struct closed_list *list = user;
	const struct target *target = engine_target(list->e, finding->target);

	if (target)
		document_finding(list->b, finding, target, &closed);
}

/* The host may be known no more. */
static void render_closed_host(void *user, const char *name, const struct finding *finding,
			       wall_us closed)
{
	const struct closed_list *list = user;
	struct target host = { .is_remote = true, .is_host = true, .vendor = VENDOR_WINDOWS };

	(void)snprintf(host.name, sizeof(host.name), "%s", name);
	document_finding(list->b, finding, &host, &closed);
}

static void render_store(struct engine *e, struct buf *b)
{
	struct closed_list list = { e, b };
	struct store *store = engine_store(e);
	bool known = true;

	buf_json_open(b, "closed", '[');
	if (store)
		known = store_closed_findings(store, CLOSED_MAX, render_closed, &list) == 0 &&
			store_hosts_closed(store, CLOSED_HOSTS_MAX, render_closed_host, &list) == 0;
	buf_json_close(b, ']');
	buf_json_string(b, "store",
			!store				     ? "off"
			: store_is_degraded(store) || !known ? "degraded"
							     : "ok");
}

char *engine_render(void *user, bool is_full)
{
	struct engine *e = user;
	struct buf b = buf_make(STATUS_DOCUMENT_MAX);
	char started[CLOCK_TEXT_MAX], now[CLOCK_TEXT_MAX];

	clock_format_wall(e->started, started);
	clock_format_wall(clock_wall(), now);
	buf_json_open(&b, NULL, '{');
	buf_json_i64(&b, "format", DOCUMENT_FORMAT);
	buf_json_string(&b, "version", PACKAGE_VERSION);
	buf_json_i64(&b, "pid", getpid());
	buf_json_string(&b, "started", started);
	buf_json_string(&b, "now", now);
	buf_json_bool(&b, "is_released", e->is_released);
	engine_render_quiet(e, &b);
	buf_json_open(&b, "targets", '[');
	for (size_t i = 0; i < e->station_count; i++) {
		const uint32_t index = station_target(e->stations[i]);

		document_target(&b, e->judge, engine_target(e, index), e->stations[i]);
	}
	engine_render_ill_hosts(e, &b);
	buf_json_close(&b, ']');
	engine_render_winevt(e, &b);
	engine_render_openers(e, &b, is_full);
	render_store(e, &b);
	buf_json_close(&b, '}');
	buf_printf(&b, "\n");
	return buf_take(&b, NULL);
}
