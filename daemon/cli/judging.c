/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sample was made of a command (model/sampler); here it becomes that command again, so that the
 * judge hears of it before the trend does, as in the daemon. What a recording does not say, such as
 * which completion code there was, is left out and not made up.
 */
#include "cli/judging.h"

#define SOFT_DEADLINE_US USEC_PER_SEC
#define HARD_DEADLINE_US (5 * USEC_PER_SEC)
/* A recording has one cheap and one costly command a minute. */
#define COMMANDS_PER_HOUR 120

struct judging {
	struct judging_listener listener;
	struct trend *trend; /* owned */
	struct judge *judge; /* owned */
	struct trend_sample last;
	mono_us now; /* goes on when the host has restarted */
	bool has_last, is_unavailable;
};

static const struct {
	const char *label;
	uint8_t netfn, cmd;
} commands[TREND_PROBES] = {
	[TREND_CHEAP] = { "Get Device ID", 0x06, 0x01 },
	[TREND_COSTLY] = { "Get Sensor Reading", 0x04, 0x2d },
};

struct judging *judging_new(const struct judging_listener *listener)
{
	struct judge_settings settings = judge_settings_default();
	struct judging *j = calloc(1, sizeof(*j));

	if (!j)
		return NULL;
	settings.thresholds.nominal_per_hour = COMMANDS_PER_HOUR;
	j->listener = *listener;
	j->trend = trend_new(true);
	j->judge = judge_new(&settings, 1);
	if (j->trend && j->judge)
		return j;
	judging_free(j);
	return NULL;
}

void judging_free(struct judging *j)
{
	if (!j)
		return;
	judge_free(j->judge);
	trend_free(j->trend);
	free(j);
}

/* The host's clock begins anew with each of its boots, the judge's does not. */
static void pass_time(struct judging *j, const struct trend_sample *sample)
{
	if (!j->has_last)
		j->now = sample->mono;
	else if (sample->boot_id == j->last.boot_id)
		j->now.v += max_i64(mono_since(sample->mono, j->last.mono), 0);
	else
		j->now.v += max_i64(sample->wall.v - j->last.wall.v, 0);
	j->last = *sample;
	j->has_last = true;
}

static struct observation observation_of(const struct judging *j, const struct trend_sample *sample)
{
	return (struct observation){ .source = "recording",
				     .detail = commands[sample->probe].label,
				     .netfn = commands[sample->probe].netfn,
				     .cmd = commands[sample->probe].cmd,
				     .metric = METRIC_COMMAND,
				     .status = OBS_OK,
				     .mono = j->now,
				     .wall = sample->wall };
}

static void feed(struct judging *j, const struct observation *obs)
{
	(void)judge_feed(j->judge, obs, j->listener.on_finding, j->listener.user);
}

/* Get Device ID says so, and the next one that is answered without it says that this is over. */
static void feed_availability(struct judging *j, const struct trend_sample *sample)
{
	const bool is_told = (sample->evidence & 1u << TREND_DEVICE_UNAVAILABLE) != 0;
	struct observation obs = observation_of(j, sample);

	if (!is_told &&
	    (!j->is_unavailable || sample->probe != TREND_CHEAP || sample->status != TREND_OK))
		return;
	j->is_unavailable = is_told;
	obs.metric = METRIC_DEVICE_AVAILABLE;
	obs.value = !is_told;
	feed(j, &obs);
}

static void feed_command(struct judging *j, const struct trend_sample *sample)
{
	struct observation obs = observation_of(j, sample);

	switch (sample->status) {
	case TREND_OK:
		obs.took_us = sample->latency_us;
		obs.value = sample->is_contended;
		if (obs.took_us > SOFT_DEADLINE_US)
			obs.status = OBS_SLOW;
		break;
	case TREND_TIMEOUT:
		obs.took_us = HARD_DEADLINE_US;
		obs.status = OBS_TIMEOUT;
		break;
	case TREND_ERROR: /* of which kind is not recorded; the trend knows what to make of it */
	case TREND_STATUS_MAX:
		return;
	}
	feed(j, &obs);
}

static void judge_event(struct judging *j, const struct trend_sample *sample,
			const struct trend_event *event)
{
	const struct trend_summary summary = trend_summary(j->trend);
	const struct trend_news news = {
		.summary = &summary, .event = event, .now = j->now, .wall = sample->wall
	};

	if (event && j->listener.on_event)
		j->listener.on_event(j->listener.user, event);
	(void)judge_trend(j->judge, 0, &news, j->listener.on_finding, j->listener.user);
}

void judging_feed(struct judging *j, const struct trend_sample *sample)
{
	struct trend_event events[TREND_EVENTS_MAX];
	size_t count;

	pass_time(j, sample);
	feed_availability(j, sample);
	feed_command(j, sample);
	count = trend_feed(j->trend, sample, events, COUNT_OF(events));
	if (count == 0)
		judge_event(j, sample, NULL);
	for (size_t i = 0; i < count; i++)
		judge_event(j, sample, &events[i]);
}
