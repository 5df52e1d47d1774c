/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From windows to words: suspected, confirmed, cleared; and over restarts: cured, not cured, and
 * the teeth of a sawtooth, after which a softer ramp on the same channel is enough.
 */
#include <math.h>

#include "model/trend-state.h"

#define HELD_H		168 /* a verdict outlives its last window by a week */
#define TOOTH_MEMORY_H	(180 * 24)
#define TEETH_LOOKED_AT 3
#define RETURN_WINDOW_H 12     /* the shortest that a known tooth lets through */
#define STANDS_H	36     /* since its last window fired: still a ramp */
#define CURE_DROP	0.2624 /* ln 1.3 */
#define BEFORE_H	9
#define AFTER_H		6
#define FAILED_S	300 /* down longer than a restart takes */
#define IMMINENT_PART	0.1 /* of its life is left, or: */
#define IMMINENT_RATE	0.05
#define IMMINENT_H	6
#define IMMINENT_SPREAD 6	   /* the most to the least that is left */
#define RELIEF_MEMORY_H (365 * 24) /* as long as model/trend-relief.c remembers one */

unsigned trend_teeth(const struct trend *t, int32_t hour)
{
	unsigned count = 0;

	for (int i = 0; i < TREND_TEETH; i++)
		count += t->teeth[i].channels != 0 && hour - t->teeth[i].hour < TOOTH_MEMORY_H;
	return count;
}

static bool is_known_tooth(const struct trend *t, enum trend_channel channel, int32_t hour)
{
	for (int i = 0; i < TEETH_LOOKED_AT; i++) {
		if ((t->teeth[i].channels & 1u << channel) != 0 &&
		    hour - t->teeth[i].hour < TOOTH_MEMORY_H)
			return true;
	}
	return false;
}

static void tooth_push(struct trend *t, int32_t hour, unsigned channels, int32_t life_h,
		       bool has_failed)
{
	if (t->teeth[0].channels != 0 && t->teeth[0].hour == hour) {
		t->teeth[0].channels |= (uint8_t)channels;
		return;
	}
	for (int i = TREND_TEETH - 1; i > 0; i--)
		t->teeth[i] = t->teeth[i - 1];
	trend_life_push(t, has_failed);
	t->teeth[0] = (struct trend_tooth){ .hour = hour,
					    .life_h = (uint16_t)min_i64(life_h, UINT16_MAX),
					    .channels = (uint8_t)channels,
					    .has_failed = has_failed };
}

uint8_t trend_standing(const struct trend *t, int32_t hour, int shortest)
{
	uint8_t channels = 0;

	for (int channel = t->latency ? 0 : TREND_TIMEOUTS; channel < TREND_CHANNELS; channel++) {
		for (int window = shortest; window < TREND_WINDOWS; window++) {
			const int32_t last =
				trend_watch(t, (enum trend_channel)channel, window)->soft_hour;

			if (last != TREND_HOUR_NEVER &&
			    hour - last <= max_i64(STANDS_H, trend_windows_h[window] / 4))
				channels |= (uint8_t)(1u << channel);
		}
	}
	return channels;
}

void trend_verdict_epoch_ends(struct trend *t, int32_t first_hour, int32_t last_hour,
			      uint32_t lasted_s, struct trend_out *out UNUSED)
{
	struct trend_ending *e = &t->ending;
	const int32_t onset = t->epoch.firm == TREND_RESET_NONE && t->alarm.is_confirmed
				      ? t->alarm.since_hour - trend_windows_h[t->alarm.window]
				      : t->epoch.start_hour;

	*e = (struct trend_ending){
		.is_pending = true,
		.was_confirmed = t->alarm.is_confirmed,
		.channel = t->alarm.channel,
		.channels = trend_standing(t, first_hour, 0),
		.first_hour = first_hour,
		.start_hour = last_hour + 1,
		.life_h = (int32_t)max_i64(first_hour - max_i64(onset, t->epoch.start_hour), 1),
		.has_failed = lasted_s > FAILED_S,
		.timeouts = (uint16_t)min_i64(trend_timeouts_sum(t, first_hour - 23, first_hour),
					      UINT16_MAX),
	};
	for (int probe = 0; probe < TREND_PROBES; probe++) {
		e->level[probe] = trend_recent_median(t, probe, TREND_Q20, first_hour - BEFORE_H,
						      first_hour - 1);
		e->tail[probe] = trend_recent_median(t, probe, TREND_Q90, first_hour - BEFORE_H,
						     first_hour - 1);
	}
	trend_life_ends(t,
			e->channels & 1u << TREND_LEVEL || !e->channels ? TREND_LEVEL : TREND_TAIL,
			first_hour);
	t->alarm.is_confirmed = t->alarm.is_suspected = t->alarm.is_imminent = false;
}

static bool has_fallen(const struct trend *t, int probe, enum trend_quantile quantile,
		       int16_t before)
{
	const int32_t start = t->ending.start_hour;
	const int16_t after = trend_recent_median(t, probe, quantile, start, start + AFTER_H - 1);

	return before != TREND_NONE && after != TREND_NONE &&
	       before - after > CURE_DROP * TREND_SCALE;
}

static bool latency_has_fallen(const struct trend *t)
{
	for (int probe = 0; probe < TREND_PROBES; probe++) {
		if (has_fallen(t, probe, TREND_Q20, t->ending.level[probe]) ||
		    has_fallen(t, probe, TREND_Q90, t->ending.tail[probe]))
			return true;
	}
	return false;
}

/* Bits: latency channels whose ramp it was. A tail alone counts only if it ended in failure: what
 * rotates logs restarts now and then, too. */
static unsigned latency_cured(const struct trend *t)
{
	const struct trend_ending *e = &t->ending;
	const unsigned cured = e->channels & ~(1u << TREND_TIMEOUTS);

	if (!latency_has_fallen(t) || (cured == 1u << TREND_TAIL && !e->has_failed))
		return 0;
	return cured;
}

static void ending_decide(struct trend *t, unsigned cured, bool is_last, struct trend_out *out)
{
	struct trend_ending *e = &t->ending;

	if (cured != 0)
		tooth_push(t, e->start_hour, cured, e->life_h, e->has_failed);
	if (!e->was_confirmed || (cured == 0 && !is_last))
		return;
	trend_tell(t, out, cured != 0 ? TREND_CURED : TREND_NOT_CURED)->channel =
		(enum trend_channel)e->channel;
	e->was_confirmed = false;
}

/* Latency shows within hours whether the restart helped, the rate of time-outs after a day. */
static void ending_hour(struct trend *t, int32_t hour, struct trend_out *out)
{
	struct trend_ending *e = &t->ending;
	const uint8_t timeouts = 1u << TREND_TIMEOUTS;
	uint32_t after;

	if (!e->is_pending)
		return;
	if (t->latency && hour == e->start_hour + AFTER_H - 1)
		ending_decide(t, latency_cured(t), false, out);
	if (hour < e->start_hour + 23)
		return;
	after = trend_timeouts_sum(t, e->start_hour, e->start_hour + 23);
	e->is_pending = false;
	ending_decide(t, e->timeouts > 4 * (after + 1) ? e->channels & timeouts : 0, true, out);
}

void trend_verdict_tooth(struct trend *t, enum trend_channel channel, int32_t hour)
{
	const int32_t start = (int32_t)max_i64(t->epoch.start_hour, hour - TOOTH_MEMORY_H);

	tooth_push(t, hour, 1u << channel, (int32_t)max_i64(hour - start, 1), false);
}

void trend_verdict_eased(struct trend *t, enum trend_channel channel, struct trend_out *out)
{
	struct trend_alarm *a = &t->alarm;

	if (a->channel != channel)
		return;
	if (a->is_confirmed)
		trend_tell(t, out, TREND_CLEARED)->channel = channel;
	a->is_confirmed = a->is_suspected = a->is_imminent = false;
}

static bool is_vetoed(const struct trend *t, int channel)
{
	return t->alarm.is_contended && channel != TREND_LEVEL;
}

/* The first window that is confirmed, the level before the tail before the time-outs. */
static bool find(struct trend *t, enum trend_set set, int32_t hour, bool must_be_tooth,
		 int *ret_channel, int *ret_window)
{
	for (int channel = t->latency ? 0 : TREND_TIMEOUTS; channel < TREND_CHANNELS; channel++) {
		if (is_vetoed(t, channel) ||
		    (must_be_tooth && !is_known_tooth(t, (enum trend_channel)channel, hour)))
			continue;
		for (int window = 0; window < TREND_WINDOWS; window++) {
			if (must_be_tooth && trend_windows_h[window] < RETURN_WINDOW_H)
				continue;
			if (!trend_is_confirmed(trend_watch(t, (enum trend_channel)channel, window),
						window, set))
				continue;
			*ret_channel = channel;
			*ret_window = window;
			return true;
		}
	}
	return false;
}

static void tell(struct trend *t, enum trend_kind kind, int channel, int window, int32_t hour,
		 struct trend_out *out)
{
	struct trend_event *event = trend_tell(t, out, kind);
	double h, low_h, high_h;

	event->channel = (enum trend_channel)channel;
	event->window_h = trend_windows_h[window];
	event->rise = exp(trend_watch(t, event->channel, window)->rise / (double)TREND_SCALE);
	event->rise_since = trend_life_rise(t, event->channel, hour);
	if (!t->alarm.is_confirmed || !trend_forecast(t, hour, &h, &low_h, &high_h))
		return;
	event->has_ttf = true;
	event->ttf_s = 3600 * h;
	event->ttf_low_s = 3600 * low_h;
	event->ttf_high_s = 3600 * high_h;
}

static void confirm(struct trend *t, int32_t hour, struct trend_out *out)
{
	struct trend_alarm *a = &t->alarm;
	int channel, window;
	bool is_tooth = false;

	if (!find(t, TREND_HARD, hour, false, &channel, &window)) {
		is_tooth = find(t, TREND_SOFT, hour, true, &channel, &window);
		if (!is_tooth)
			return;
	}
	a->last_hour = a->soft_hour = hour;
	if (a->is_confirmed)
		return;
	a->is_confirmed = a->is_suspected = true;
	a->is_imminent = false;
	a->channel = (uint8_t)channel;
	a->window = (uint8_t)window;
	a->since_hour = hour;
	tell(t, is_tooth ? TREND_RETURNED : TREND_CONFIRMED, channel, window, hour, out);
}

static void suspect(struct trend *t, int32_t hour, struct trend_out *out)
{
	struct trend_alarm *a = &t->alarm;
	int channel, window;

	if (!find(t, TREND_SOFT, hour, false, &channel, &window))
		return;
	a->soft_hour = hour;
	if (a->is_suspected)
		return;
	a->is_suspected = true;
	a->channel = (uint8_t)channel;
	a->window = (uint8_t)window;
	tell(t, TREND_SUSPECTED, channel, window, hour, out);
}

static void clear(struct trend *t, int32_t hour, struct trend_out *out)
{
	struct trend_alarm *a = &t->alarm;

	if (a->is_confirmed && hour - a->last_hour > HELD_H) {
		a->is_confirmed = a->is_suspected = false;
		trend_tell(t, out, TREND_CLEARED)->channel = (enum trend_channel)a->channel;
	} else if (a->is_suspected && !a->is_confirmed && hour - a->soft_hour > HELD_H) {
		a->is_suspected = false;
	}
}

/* It was as slow before, and went back by itself: nobody can tell whether it will again. */
static bool was_relieved(const struct trend *t, int32_t hour)
{
	return t->latency && hour - t->latency->relief[TREND_LEVEL].harmful_hour < RELIEF_MEMORY_H;
}

static bool has_failed_before(const struct trend *t)
{
	for (int i = 0; i < TREND_TEETH; i++)
		if (t->teeth[i].channels != 0 && t->teeth[i].has_failed)
			return true;
	return false;
}

/* Is the hour that was closed the present one, of a controller that answers? Once it is silent it
 * is too late, and after a gap the forecast is of then. */
static bool is_present(const struct trend *t, int32_t hour)
{
	return !t->outage.is_on && !trend_epoch_is_unsettled(t) &&
	       t->present[hour % TREND_TIMEOUT_HOURS] > 0;
}

static bool timeouts_are_dense(const struct trend *t, int32_t hour)
{
	uint32_t present = 0;

	for (int32_t h = hour - IMMINENT_H + 1; h <= hour; h++)
		if (h >= 0)
			present += t->present[h % TREND_TIMEOUT_HOURS];
	return present >= 60 &&
	       trend_timeouts_sum(t, hour - IMMINENT_H + 1, hour) > 2 * IMMINENT_RATE * present;
}

/* The last tenth of its life: that is known only where earlier failures make the range narrow. */
static bool is_last_tenth(const struct trend *t, int32_t hour)
{
	const struct trend_alarm *a = &t->alarm;
	const int32_t from =
		(int32_t)max_i64(a->since_hour - trend_windows_h[a->window], t->epoch.start_hour);
	double left_h, low_h, high_h;

	return has_failed_before(t) && trend_forecast(t, hour, &left_h, &low_h, &high_h) &&
	       high_h <= IMMINENT_SPREAD * low_h &&
	       left_h <= fmax(IMMINENT_H, IMMINENT_PART * (hour - from + left_h));
}

/* Critical, so only where nothing but failure ended such a ramp. Every hour: the last tenth of a
 * life of two days is five. */
static void warn(struct trend *t, int32_t hour, struct trend_out *out)
{
	struct trend_alarm *a = &t->alarm;

	if (!a->is_confirmed || a->is_imminent || !is_present(t, hour) || was_relieved(t, hour))
		return;
	if (!timeouts_are_dense(t, hour) && !is_last_tenth(t, hour))
		return;
	a->is_imminent = true;
	tell(t, TREND_IMMINENT, a->channel, a->window, hour, out);
}

void trend_verdict_hour(struct trend *t, int32_t hour, struct trend_out *out)
{
	ending_hour(t, hour, out);
	clear(t, hour, out);
	confirm(t, hour, out); /* first: what is sure is no suspicion as well */
	suspect(t, hour, out);
	warn(t, hour, out);
}

void trend_verdict_day(struct trend *t, int32_t day, struct trend_out *out)
{
	const bool was = t->alarm.is_contended;
	uint32_t period_s = 0;

	t->alarm.is_contended = trend_phase_is_contended(t, day, &period_s);
	/* That somebody is there does not make a leak's time-outs theirs. */
	if (!was && period_s == 0 && (t->alarm.is_confirmed || t->alarm.is_suspected))
		t->alarm.is_contended = false;
	if (t->alarm.is_contended && !was)
		trend_tell(t, out, TREND_CONTENTION)->period_s = period_s;
}
