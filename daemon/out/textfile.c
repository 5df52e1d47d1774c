/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file is replaced as a whole at each flush, and removed at the end: no file is better than
 * one that nobody keeps up to date. Readable for all, as the collector is another user.
 */
#include "out/textfile.h"

#include "base/fsio.h"
#include "base/log.h"
#include "out/metrics.h"

#define MODE 0644

struct textfile {
	struct metrics_source source;
	struct metrics_settings settings;
	char *path;
	int error; /* of the last try: said when it changes */
};

static void textfile_close(void *state)
{
	struct textfile *t = state;

	if (!t)
		return;
	if (t->path)
		(void)unlink(t->path);
	free(t->path);
	free(t);
}

static void textfile_free_slot(struct textfile **slot)
{
	textfile_close(*slot);
}

static int textfile_open(const struct sink_env *env, void **ret_state)
{
	SCOPED(textfile_free_slot) struct textfile *t = calloc(1, sizeof(*t));
	const char *names = config_text(env->config, "textfile", "names");

	if (!t)
		return -ENOMEM;
	t->source = (struct metrics_source){ .readings = env->readings,
					     .targets = env->targets,
					     .judge = env->judge,
					     .hosts = env->hosts };
	t->settings = (struct metrics_settings){
		.max_age_us = config_span_us(env->config, "textfile", "max_age"),
		.has_ipmi_exporter = strcmp(names, "node_exporter") != 0,
		.has_node_exporter = strcmp(names, "ipmi_exporter") != 0,
	};
	t->path = strdup(config_text(env->config, "textfile", "path"));
	if (!t->path)
		return -ENOMEM;
	*ret_state = TAKE(t);
	return 0;
}

static int textfile_write(const struct textfile *t, wall_us now)
{
	struct buf b = buf_make(METRICS_MAX);
	SCOPED(free_ptr) char *text = NULL;
	size_t len;
	int r;

	metrics_render(&b, &t->source, &t->settings, clock_mono(), now);
	len = b.len;
	text = buf_take(&b, &r);
	if (!text)
		return r;
	return fs_replace(t->path, text, len, MODE);
}

static void textfile_flush(void *state, wall_us now)
{
	struct textfile *t = state;
	const int r = textfile_write(t, now);

	if (r == t->error)
		return;
	t->error = r;
	if (r < 0) {
		log_msg(LOG_WARNING,
			"textfile %s: %s; it is tried again, everything else goes on. Next: see "
			"textfile.path in bmchealthd.conf(5) for what the service may write",
			t->path, strerror(-r));
	} else {
		log_msg(LOG_NOTICE, "textfile %s is written again", t->path);
	}
}

const struct sink_ops sink_textfile = {
	.name = "textfile",
	.open = textfile_open,
	.flush = textfile_flush,
	.close = textfile_close,
};
