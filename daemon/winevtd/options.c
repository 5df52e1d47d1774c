/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader's options, and what one of them alone cannot show.
 */
#include "winevtd/options.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "base/fsio.h"
#include "config/config.h"
#include "model/winevt-import.h"
#include "winevt/format.h"

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif

#define INPUT		"input"
#define SOCKET_PATH_MAX 107

static const struct option rows[] = {
	{ .group = "reader",
	  .key = "more_events",
	  .type = OPTION_TEXT,
	  .max = 255,
	  .fallback = "",
	  .doc = "Events besides IPMIDRV 1000 to 1007 that are handed to the daemon: the same text "
		 "as winevt.more_events of bmchealthd.conf, which says what they mean." },
	{ .group = "reader",
	  .key = "remembered_events",
	  .type = OPTION_INT,
	  .min = 1000,
	  .max = 10000000,
	  .fallback = "1000000",
	  .unit = "events",
	  .doc = "So many events are known again when they come once more, by another way or after "
		 "a restart; the newest by their own time. A million takes 30 MiB of disk and no "
		 "memory." },
	{ .group = INPUT,
	  .key = "name",
	  .type = OPTION_TEXT,
	  .min = 1,
	  .max = 63,
	  .fallback = "events",
	  .doc = "What this input is called in messages, and under what it is remembered how far "
		 "it was read: letters, digits and the signs . _ : - with no . in front." },
	{ .group = INPUT,
	  .key = "kind",
	  .type = OPTION_CHOICE,
	  .choices = "file|folder|socket|journal|stdin",
	  .fallback = "file",
	  .doc = "A file that is followed, over rotation and truncation; a folder whose files are, "
		 "such as copied event logs; a Unix stream socket that is made and listened on, "
		 "for 16 senders at a time; messages in this machine's journal; or standard "
		 "input." },
	{ .group = INPUT,
	  .key = "path",
	  .type = OPTION_TEXT,
	  .max = 255,
	  .fallback = "",
	  .doc = "Of the file, the folder or the socket. The service may read what its user may, "
		 "and makes sockets below /run/bmchealthd-winevt only." },
	{ .group = INPUT,
	  .key = "pattern",
	  .type = OPTION_TEXT,
	  .min = 1,
	  .max = 255,
	  .fallback = "*",
	  .doc = "Of a folder: names of files that are read, such as *.evtx. Those that begin with "
		 "a . are not, so that a program may write there and rename." },
	{ .group = INPUT,
	  .key = "format",
	  .type = OPTION_CHOICE,
	  .choices = "auto|evtx|xml|json|syslog|mixed",
	  .fallback = "auto",
	  .doc = "What is in there. auto looks at each file, and at text piece by piece. evtx "
		 "takes event logs only, xml events in XML only. json, syslog and mixed take each "
		 "other's lines, mixed also events in XML of several lines; none of them takes an "
		 "event log." },
	{ .group = INPUT,
	  .key = "timezone",
	  .type = OPTION_TEXT,
	  .max = 63,
	  .fallback = "",
	  .doc = "Where the clocks of lines stand that do not say so (NXLog CE, Snare): "
		 "Europe/Berlin, UTC, +01:00. It is never guessed: without it such lines are "
		 "skipped, and that is said." },
	{ .group = INPUT,
	  .key = "hosts",
	  .type = OPTION_TEXT,
	  .min = 1,
	  .max = 255,
	  .fallback = "*",
	  .doc = "Names of computers that are taken from here, such as *.example.net; upper and "
		 "lower case are the same." },
	{ .group = INPUT,
	  .key = "events_per_minute",
	  .type = OPTION_INT,
	  .min = 1,
	  .max = 6000,
	  .fallback = "600",
	  .unit = "events per minute and host",
	  .doc = "More than so many events of one host in one minute of their own time are dropped "
		 "and counted. A storm is two a minute." },
	{ .group = INPUT,
	  .key = "identifier",
	  .type = OPTION_TEXT,
	  .max = 63,
	  .fallback = "",
	  .doc = "Of the journal: messages of this SYSLOG_IDENTIFIER." },
	{ .group = INPUT,
	  .key = "enabled",
	  .type = OPTION_BOOL,
	  .fallback = "true",
	  .doc = "Read it." },
	{ .key = NULL },
};

static const struct option *const tables[] = { rows, NULL };

static const struct option_group groups[] = {
	{ "reader", "The reader itself." },
	{ INPUT, "Where events come from: a list of groups, at most 64. Without it only "
		 "bmchealthctl winevt import hands in events." },
	{ .name = NULL },
};

static const char sample_head[] =
	"# SPDX-"
	"License-Identifier: GPL-2.0-or-later\n"
	"# winevt.conf - see bmchealthd-winevt(8). Printed by: bmchealthd-winevt --sample-config\n"
	"#\n"
	"# Every option stands here at its default. Write your inputs here or into a file of\n"
	"# your own, winevt.conf.d/NAME.conf in this folder, which is read after this one.\n"
	"# Check with: bmchealthd-winevt --check-config. Then: systemctl restart\n"
	"# bmchealthd-winevt. The daemon listens if winevt.enabled is set in bmchealthd.conf.\n";

static const struct config_form form = {
	.path = SYSCONFDIR "/bmchealthd/winevt.conf",
	.fragments = "winevt.conf.d",
	.list = "inputs",
	.element = INPUT,
	.example = "name = \"forwarded\"; kind = \"file\"; path = \"/var/log/openwec/messages\";",
	.max = CONFIG_INPUTS_MAX,
	.may_be_empty = true,
	.sample_head = sample_head,
	.groups = groups,
};

/* --- what is wrong with an input --- */

struct checker {
	const struct config *config;
	const char *own_dir;
	FILE *to;
	unsigned complaints;
};

static void complain(void *user, const char *file, unsigned line, const char *text)
{
	char place[CONFIG_PLACE_MAX];

	(void)fprintf(user, "%s: %s\n", config_place(file, line, place), text);
}

static void blame(struct checker *c, size_t input, const char *key, const char *text)
{
	const char *file;
	unsigned line;

	config_target_where(c->config, input, key, &file, &line);
	if (!file) /* a default: the name is where the input is */
		config_target_where(c->config, input, "name", &file, &line);
	complain(c->to, file, line, text);
	c->complaints++;
}

static void check_zone(struct checker *c, size_t input, struct input_settings *s)
{
	const char *name = config_target_text(c->config, input, "timezone");
	int r;

	if (!*name)
		return;
	r = winevt_zone_make(&s->zone, name);
	s->has_zone = r == 0;
	if (r == -ENOENT) {
		blame(c, input, "timezone",
		      "input.timezone is not in the time zone database, or that is not installed "
		      "(package tzdata)");
	} else if (r < 0) {
		blame(c, input, "timezone",
		      "input.timezone is no time zone: write Europe/Berlin, UTC or +01:00");
	}
}

/* As texts: several / are as good as one, and at the end as none. */
static bool is_same_path(const char *a, const char *b)
{
	while (true) {
		size_t len;

		a += strspn(a, "/");
		b += strspn(b, "/");
		len = strcspn(a, "/");
		if (len != strcspn(b, "/") || strncmp(a, b, len) != 0)
			return false;
		if (len == 0)
			return true;
		a += len;
		b += len;
	}
}

static void check_socket(struct checker *c, size_t input, const struct input_settings *s)
{
	char own[FS_PATH_MAX];

	_Static_assert(sizeof(((struct sockaddr_un){ 0 }).sun_path) == SOCKET_PATH_MAX + 1,
		       "it is");
	if (strlen(s->path) > SOCKET_PATH_MAX)
		blame(c, input, "path", "input.path: that of a socket has at most 107 bytes");
	(void)snprintf(own, sizeof(own), "%s/" WINEVT_IMPORT_SOCKET, c->own_dir);
	if (is_same_path(s->path, own)) {
		blame(c, input, "path",
		      "input.path is the reader's own socket, for bmchealthctl winevt import: "
		      "choose another name");
	}
}

static bool is_kind(const struct input_settings *s, const char *kind)
{
	return strcmp(s->kind, kind) == 0;
}

/* Of one file two inputs may take different hosts, as each has a time zone of its own. */
static bool is_same_source(const struct input_settings *a, const struct input_settings *b)
{
	if (!is_kind(a, b->kind) || is_kind(a, "journal"))
		return false;
	if (is_kind(a, "stdin"))
		return true;
	if (!*a->path || !is_same_path(a->path, b->path))
		return false;
	if (is_kind(a, "folder") && strcmp(a->pattern, b->pattern) != 0)
		return false;
	return is_kind(a, "socket") || strcmp(a->hosts, b->hosts) == 0;
}

/* With those before it, which end at `s`. */
static void check_others(struct checker *c, size_t input, const struct input_settings *others,
			 const struct input_settings *s)
{
	const bool is_stdin = is_kind(s, "stdin");
	const char *key = is_stdin ? "kind" : "path";
	char text[256];

	while (others < s && !is_same_source(others, s))
		others++;
	if (others == s)
		return;
	(void)snprintf(text, sizeof(text), "input.%s: input \"%s\" has %s already: remove one", key,
		       others->name, is_stdin ? "standard input" : "that path");
	blame(c, input, key, text);
}

static void check_input(struct checker *c, size_t input, const struct input_settings *s)
{
	const bool is_of_files = is_kind(s, "file") || is_kind(s, "folder");
	const bool has_path = is_of_files || is_kind(s, "socket");

	if (has_path && *s->path != '/') {
		blame(c, input, "path",
		      "input.path: this kind of input needs one that begins with /");
	}
	if (has_path && s->path[strlen(s->path) - (*s->path ? 1 : 0)] == '/' &&
	    !is_kind(s, "folder"))
		blame(c, input, "path", "input.path is a folder: then input.kind is \"folder\"");
	if (is_kind(s, "file") && s->path[strcspn(s->path, "*?")]) {
		blame(c, input, "path",
		      "input.path is one file, without * or ?: input.kind \"folder\" and "
		      "input.pattern are for that");
	}
	if (is_kind(s, "socket"))
		check_socket(c, input, s);
	if (is_kind(s, "journal") && !*s->identifier) {
		blame(c, input, "identifier",
		      "input.identifier: an input of kind \"journal\" needs one, such as the tag "
		      "that rsyslog or the sender writes");
	}
	if (!is_of_files && strcmp(s->format, "evtx") == 0)
		blame(c, input, "format", "input.format: event logs come as files only");
}

static void take_input(struct checker *c, size_t input, struct reader_settings *reader)
{
	const struct config *config = c->config;
	struct input_settings *s = &reader->inputs[reader->count++];

	*s = (struct input_settings){
		.name = config_target_text(config, input, "name"),
		.kind = config_target_text(config, input, "kind"),
		.path = config_target_text(config, input, "path"),
		.pattern = config_target_text(config, input, "pattern"),
		.format = config_target_text(config, input, "format"),
		.hosts = config_target_text(config, input, "hosts"),
		.identifier = config_target_text(config, input, "identifier"),
		.per_minute = (uint32_t)config_target_int(config, input, "events_per_minute"),
	};
	check_zone(c, input, s);
	check_input(c, input, s);
	check_others(c, input, reader->inputs, s);
}

static void check_events(struct checker *c, struct reader_settings *s)
{
	size_t at = 0;
	const char *file;
	unsigned line;

	if (winevents_parse(config_text(c->config, "reader", "more_events"), &s->more, &at) == 0)
		return;
	config_where(c->config, "reader", "more_events", &file, &line);
	complain(c->to, file, line, "reader.more_events is not PROVIDER:ID=MEANING");
	c->complaints++;
}

static void free_settings(struct reader_settings *s)
{
	reader_free(s);
}

int reader_load(const struct reader_files *files, FILE *complaints, struct reader_settings *ret)
{
	SCOPED(free_settings) struct reader_settings s = { .config = NULL };
	struct checker c = { .to = complaints, .own_dir = files->own_dir };
	const struct config_files those = { &form, files->root, files->path };
	int r = config_load_form(&those, tables, complain, complaints, &s.config);

	if (r < 0)
		return r;
	c.config = s.config;
	s.seen_max = config_int(s.config, "reader", "remembered_events");
	s.inputs = calloc(config_target_count(s.config) + 1, sizeof(*s.inputs));
	if (!s.inputs)
		return -ENOMEM;
	check_events(&c, &s);
	for (size_t i = 0; i < config_target_count(s.config); i++) {
		if (config_target_bool(s.config, i, "enabled"))
			take_input(&c, i, &s);
	}
	if (c.complaints > 0)
		return -EINVAL;
	*ret = s;
	s = (struct reader_settings){ .config = NULL };
	return 0;
}

void reader_free(struct reader_settings *s)
{
	config_free(s->config);
	free(s->inputs);
	*s = (struct reader_settings){ .config = NULL };
}

void reader_dump(const struct reader_settings *s, FILE *to)
{
	config_dump(s->config, to);
}

void reader_sample(FILE *to)
{
	config_sample(&form, tables, to);
}

void reader_man_table(FILE *to)
{
	config_man_table(&form, tables, to);
}
