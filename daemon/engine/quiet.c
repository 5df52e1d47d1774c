/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeping quiet.
 */
#include "engine/quiet.h"

#include <string.h>
#include <unistd.h>

#define BESIDE_SHARE 10 /* of the longest quiet, we go on at least so long */

void quiet_init(struct quiet *q, const char *run_dir, quiet_tell_fn *tell, void *user)
{
	*q = (struct quiet){
		.run_dir = run_dir, .tell = tell, .user = user, .fd = -1, .most_us = INT64_MAX
	};
}

void quiet_done(struct quiet *q)
{
	close_fd(&q->fd); /* and with it the lock */
	q->fd = -1;
}

int64_t quiet_span_us(const struct quiet *q, mono_us now)
{
	if (!q->is_refused)
		return 0;
	return mono_since(q->is_ignored ? q->ignored_since : now, q->since);
}

static void quiet_say(struct quiet *q, enum quiet_news news, mono_us now)
{
	const struct quiet_report report = { .span_us = quiet_span_us(q, now),
					     .skipped = q->skipped,
					     .holder = q->holder,
					     .are_several = q->are_several,
					     .error = q->error };

	q->tell(q->user, news, &report);
}

static int quiet_lock(struct quiet *q)
{
	int r = q->fd < 0 ? -ESTALE : turn_take(q->fd, q->run_dir, false);

	if (r != -ESTALE)
		return r;
	close_fd(&q->fd);
	q->fd = turn_open(q->run_dir);
	return q->fd < 0 ? q->fd : turn_take(q->fd, q->run_dir, false);
}

static void quiet_ends(struct quiet *q, mono_us now)
{
	if (q->skipped > 0)
		quiet_say(q, QUIET_ENDED, now);
	q->total_us += quiet_span_us(q, now);
	q->is_refused = false;
	q->is_ignored = false;
}

/* Who locks without signing is taken for the one before. */
static bool is_another(const struct quiet *q)
{
	char holder[sizeof(q->holder)];

	turn_holder(q->fd, holder);
	return strcmp(holder, q->holder) != 0;
}

static void quiet_begins(struct quiet *q, mono_us now)
{
	q->is_refused = true;
	q->are_several = false;
	q->since = now;
	q->skipped = 0;
	q->times++;
	turn_holder(q->fd, q->holder);
}

/* May we send beside them? */
static bool quiet_refused(struct quiet *q, mono_us now)
{
	if (q->is_ignored) {
		if (mono_since(now, q->ignored_since) < q->most_us / BESIDE_SHARE || !is_another(q))
			return true;
		quiet_ends(q, now);
	}
	if (!q->is_refused) {
		quiet_begins(q, now);
	} else if (is_another(q)) {
		q->are_several = true;
		turn_holder(q->fd, q->holder);
	}
	if (mono_since(now, q->since) < q->most_us)
		return false;
	q->is_ignored = true;
	q->ignored_since = now;
	quiet_say(q, QUIET_TOO_LONG, now);
	return true;
}

bool quiet_take(struct quiet *q, mono_us now)
{
	int r;

	if (q->users > 0) { /* what flies is ours already */
		q->users++;
		return true;
	}
	r = quiet_lock(q);
	if (r == -EAGAIN && !quiet_refused(q, now))
		return false;
	q->has_lock = r == 0;
	if (q->has_lock)
		turn_sign(q->fd, getpid(), QUIET_NAME);
	if (r != -EAGAIN && q->is_refused)
		quiet_ends(q, now);
	if (r != -EAGAIN && r != q->error) {
		q->error = r;
		if (r < 0)
			quiet_say(q, QUIET_NO_LOCK, now);
	}
	q->users++;
	return true;
}

void quiet_give(struct quiet *q)
{
	if (q->users == 0 || --q->users > 0 || !q->has_lock)
		return;
	q->has_lock = false;
	turn_sign(q->fd, 0, "-"); /* who locks without signing is not us */
	turn_give(q->fd);
}

void quiet_look(struct quiet *q, mono_us now)
{
	if (q->is_refused && q->users == 0 && quiet_take(q, now))
		quiet_give(q);
}

void quiet_skip(struct quiet *q)
{
	if (!q->is_refused)
		return;
	q->skipped++;
	q->skipped_ever++;
}
