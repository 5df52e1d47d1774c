/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of inputs, and what all of them say.
 */
#include "winevtd/input.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/log.h"

#define FIRST_BYTES 65536
#define TELL_US	    USEC_PER_HOUR /* what is skipped is told so often at most */

static const struct input_kind *const kinds[] = {
	&input_file, &input_folder, &input_socket, &input_journal, &input_stdin,
};

const struct input_kind *input_kind_named(const char *name)
{
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	return NULL;
}

void input_wake(struct input *in)
{
	in->is_ready = true;
	in->shared->wake(in->shared->user);
}

const struct winevt_format *input_format(const struct input *in)
{
	return in->settings ? winevt_format_named(in->settings->format) : NULL; /* "auto": none */
}

struct winevt_zone *input_zone(struct input *in)
{
	/* it is only read */
	return in->settings && in->settings->has_zone
		       ? (struct winevt_zone *)(uintptr_t)&in->settings->zone
		       : NULL;
}

/* What to do about it: the first that fits; NULL: nothing in particular. */
static const char *advice_on(const struct input *in, int error)
{
	static const struct {
		const struct input_kind *kind; /* NULL: any */
		int error;		       /* 0: any */
		const char *text;
	} rows[] = {
		{ NULL, -EBADMSG, "see what writes it, and the input's format" },
		{ NULL, -EADDRINUSE,
		  "stop what listens there (ss -xlp), or give the input another path" },
		{ &input_socket, 0,
		  "give it a path in the service's own folder, /run/bmchealthd-winevt" },
		{ &input_file, -EISDIR, "kind = \"folder\" reads the files of a folder" },
		{ &input_folder, -ENOTDIR, "kind = \"file\" reads one file" },
		{ &input_file, -ELOOP, "a link is not followed: give the path it leads to" },
		{ NULL, -ENOTSUP, "only a regular file is read; programs may write to a socket" },
		{ NULL, -EACCES, "see that user bmchealthd-winevt may read it (namei -l)" },
		{ NULL, -EPERM, "see that user bmchealthd-winevt may read it (namei -l)" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if ((!rows[i].kind || rows[i].kind == in->kind) &&
		    (rows[i].error == 0 || rows[i].error == error))
			return rows[i].text;
	}
	return NULL;
}

void input_tell_ill(struct input *in, const char *what, int error)
{
	const char *advice = advice_on(in, error);
	char refusal[WINEVT_NAMES_MAX];

	winevt_format_refusal(input_format(in), refusal);
	if (!in->is_ill) {
		log_msg(LOG_WARNING, "winevt: input %s: %s: %s; the other inputs go on%s%s",
			in->settings->name, what, error == -EBADMSG ? refusal : strerror(-error),
			advice ? ". Next: " : "", advice ? advice : "");
	}
	in->is_ill = true;
}

void input_tell_well(struct input *in)
{
	if (in->is_ill)
		log_msg(LOG_INFO, "winevt: input %s is read again", in->settings->name);
	else if (in->is_absent)
		log_msg(LOG_INFO, "winevt: input %s is there now", in->settings->name);
	in->is_ill = in->is_absent = false;
	in->was_there = true;
}

void input_tell_absent(struct input *in, const char *what)
{
	if (!in->is_absent) {
		log_msg(LOG_NOTICE, "winevt: input %s: %s is not there %s; waits for it",
			in->settings->name, what, in->was_there ? "any more" : "yet");
	}
	in->is_absent = true;
}

static void tell_bad(const struct input *in, enum winevt_bad why, uint64_t count)
{
	const char *text = why == WINEVT_BAD_NO_ZONE
				   ? "local time without a zone. Next: set the input's timezone"
				   : winevt_bad_text(why);

	if (count > 0) {
		log_msg(LOG_NOTICE, "winevt: input %s: %" PRIu64 " skipped: %s", in->settings->name,
			count, text);
	}
}

void input_skipped(struct input *in, const uint64_t bad[WINEVT_BAD_KINDS], uint64_t bad_logs)
{
	memcpy(in->skipped.bad, bad, sizeof(in->skipped.bad));
	in->skipped.bad_logs = bad_logs;
	memcpy(in->skipped.unfit, in->taker.counts.unfit, sizeof(in->skipped.unfit));
}

void input_skipped_in(struct input *in, const char *file, mono_us *at)
{
	if (at->v <= in->told_at.v)
		in->skipped_files++;
	*at = clock_mono();
	(void)snprintf(in->skipped_in, sizeof(in->skipped_in), "%s", file);
}

/* Whatever the reasons, there is one line. */
static void tell_files(struct input *in)
{
	if (in->skipped_files == 0)
		return;
	log_msg(LOG_NOTICE,
		"winevt: input %s: files in which something was skipped or dropped: %u, the last "
		"of them %s/%s",
		in->settings->name, in->skipped_files, in->settings->path, in->skipped_in);
	in->skipped_files = 0;
}

static void tell_unfit(const struct input *in)
{
	for (int i = 0; i < TAKER_UNFIT_KINDS; i++) {
		const uint64_t count = in->skipped.unfit[i] - in->told.unfit[i];

		if (count > 0) {
			log_msg(LOG_NOTICE, "winevt: input %s: %" PRIu64 " events dropped: %s",
				in->settings->name, count, taker_unfit_text((enum taker_unfit)i));
		}
	}
}

bool input_has_capped(const struct input *in)
{
	return in->taker.counts.capped > in->told_capped;
}

void input_tell_capped(struct input *in)
{
	if (!input_has_capped(in))
		return;
	log_msg(LOG_WARNING,
		"winevt: input %s: %" PRIu64 " events dropped in the last minute: more than "
		"events_per_minute (%" PRIu32 ") of one host",
		in->settings->name, in->taker.counts.capped - in->told_capped,
		in->settings->per_minute);
	in->told_capped = in->taker.counts.capped;
}

/* An input that gives nothing may be a healthy fleet, the wrong file, or a slip in `hosts`: what
 * was read first is told once. What comes bit by bit is given some time. */
static void tell_first(struct input *in)
{
	const struct taker_counts *c = &in->taker.counts;
	const bool is_whole = in->kind == &input_file || in->kind == &input_folder;

	if (in->has_told_first || in->bytes < (is_whole ? 1 : FIRST_BYTES))
		return;
	in->has_told_first = true;
	if (c->taken + c->repeated + c->capped > 0)
		return;
	if (c->others > 0) {
		log_msg(LOG_NOTICE,
			"winevt: input %s: all %" PRIu64 " events are of hosts that hosts = \"%s\" "
			"leaves out. Next: see whether it is spelt right",
			in->settings->name, c->others, in->settings->hosts);
		return;
	}
	log_msg(LOG_INFO,
		"winevt: input %s: %" PRIu64
		" KiB read, no event of IPMIDRV yet. Good news, if path "
		"and format are right (bmchealthctl winevt decode FILE)",
		in->settings->name, (in->bytes + 1023) / 1024);
}

void input_tell_skipped(struct input *in)
{
	const struct input_skipped *now = &in->skipped, *told = &in->told;
	const mono_us at = clock_mono();

	tell_first(in);
	if (memcmp(now, told, sizeof(*now)) == 0 ||
	    (in->told_at.v != 0 && mono_since(at, in->told_at) < TELL_US))
		return;
	in->told_at = at;
	for (int i = 0; i < WINEVT_BAD_KINDS; i++)
		tell_bad(in, (enum winevt_bad)i, now->bad[i] - told->bad[i]);
	if (now->bad_logs > told->bad_logs) {
		log_msg(LOG_NOTICE,
			"winevt: input %s: %" PRIu64 " damaged records skipped in event logs",
			in->settings->name, now->bad_logs - told->bad_logs);
	}
	tell_unfit(in);
	tell_files(in);
	in->told = in->skipped;
}
