/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state as bytes: magic, version, kind, every field as little-endian integer, checksum. One
 * walk over one table of fields serves both directions, so that they cannot disagree; a later
 * version keeps the tables of those before it.
 */
#include <string.h>

#include "model/trend-state.h"

#define MAGIC	    UINT32_C(0x54434d42) /* "BMCT" */
#define VERSION	    2			 /* 1 had no stalls */
#define HOUR_LIMIT  INT64_C(1756800)	 /* 200 years */
#define PHASE_LIMIT (UINT16_MAX * 1025)

struct io {
	uint8_t *bytes;
	size_t at, max;
	bool is_loading, is_bad; /* bad: ran out of bytes, or of room */
};

/* A number in memory, whatever its size. */
static uint64_t native_get(const void *at, size_t size)
{
	uint16_t two;
	uint32_t four;
	uint64_t eight;

	switch (size) {
	case 1:
		return *(const uint8_t *)at;
	case 2:
		memcpy(&two, at, 2);
		return two;
	case 4:
		memcpy(&four, at, 4);
		return four;
	default:
		memcpy(&eight, at, 8);
		return eight;
	}
}

static void native_put(void *at, size_t size, uint64_t value)
{
	const uint8_t one = (uint8_t)value;
	const uint16_t two = (uint16_t)value;
	const uint32_t four = (uint32_t)value;

	if (size == 1)
		memcpy(at, &one, 1);
	else if (size == 2)
		memcpy(at, &two, 2);
	else if (size == 4)
		memcpy(at, &four, 4);
	else
		memcpy(at, &value, 8);
}

static void io_number(struct io *io, void *number, size_t size, bool is_bool)
{
	uint64_t value = 0;

	if (io->is_bad || io->max - io->at < size) {
		io->is_bad = true;
		return;
	}
	if (!io->is_loading) {
		value = native_get(number, size);
		for (size_t i = 0; i < size; i++)
			io->bytes[io->at++] = (uint8_t)(value >> (8 * i));
		return;
	}
	for (size_t i = 0; i < size; i++)
		value |= (uint64_t)io->bytes[io->at++] << (8 * i);
	native_put(number, size, is_bool ? value != 0 : value);
}

struct field { /* one number, or an array of them */
	size_t offset, size, count;
	bool is_bool;
};

#define MEMBER(type, member) (((type *)NULL)->member)
#define ONE(type, member)                                                                          \
	{                                                                                          \
		offsetof(type, member), sizeof(MEMBER(type, member)), 1,                           \
			_Generic(MEMBER(type, member), bool                                        \
				 : true, default                                                   \
				 : false)                                                          \
	}
#define ARRAY(type, member)                                                                        \
	{                                                                                          \
		offsetof(type, member), sizeof(MEMBER(type, member)[0]),                           \
			COUNT_OF(MEMBER(type, member)),                                            \
			_Generic(MEMBER(type, member)[0], bool                                     \
				 : true, default                                                   \
				 : false)                                                          \
	}

static const struct field time_fields[] = {
	ONE(struct trend_time, is_known), ONE(struct trend_time, boot_id),
	ONE(struct trend_time, now_us),	  ONE(struct trend_time, mono_us),
	ONE(struct trend_time, wall_us),
};

static const struct field round_fields[] = {
	ONE(struct trend_round, at_us),	       ONE(struct trend_round, evidence),
	ARRAY(struct trend_round, latency_us), ONE(struct trend_round, seen),
	ONE(struct trend_round, bad),	       ONE(struct trend_round, timeouts),
	ONE(struct trend_round, has_error),    ONE(struct trend_round, has_others),
	ONE(struct trend_round, foreign),      ONE(struct trend_round, entries),
};

static const struct field outage_fields[] = {
	ONE(struct trend_outage, is_on),     ONE(struct trend_outage, is_told),
	ONE(struct trend_outage, from_us),   ONE(struct trend_outage, until_us),
	ONE(struct trend_outage, evidence),  ONE(struct trend_outage, rounds),
	ONE(struct trend_outage, has_error),
};

static const struct field hour_fields[] = {
	ONE(struct trend, recovered_us),  ONE(struct trend, hour),
	ONE(struct trend, open_timeouts), ONE(struct trend, open_present),
	ONE(struct trend, firmware),	  ARRAY(struct trend, timeouts),
	ARRAY(struct trend, present),
};

static const struct field phase_fields[] = {
	ARRAY(struct trend_phase, cosine), ARRAY(struct trend_phase, sine),
	ONE(struct trend_phase, timeouts), ONE(struct trend_phase, present),
	ONE(struct trend_phase, others),
};

static const struct field watch_fields[] = {
	ARRAY(struct trend_watch, fires[TREND_HARD].bits),
	ARRAY(struct trend_watch, fires[TREND_SOFT].bits),
	ARRAY(struct trend_watch, is_held),
	ONE(struct trend_watch, rise),
	ONE(struct trend_watch, soft_hour),
};

static const struct field candidate_fields[] = {
	ONE(struct trend_candidate, first_hour), ONE(struct trend_candidate, last_hour),
	ONE(struct trend_candidate, lasted_s),	 ONE(struct trend_candidate, evidence),
	ONE(struct trend_candidate, is_used),	 ONE(struct trend_candidate, has_error),
	ONE(struct trend_candidate, is_lone),
};

static const struct field warmup_fields[] = {
	ONE(struct trend_warmup, since_us),
	ARRAY(struct trend_warmup, early[TREND_CHEAP]),
	ARRAY(struct trend_warmup, early[TREND_COSTLY]),
	ARRAY(struct trend_warmup, count),
};

static const struct field epoch_fields[] = {
	ONE(struct trend_epoch, start_hour),	ONE(struct trend_epoch, reset_hour),
	ONE(struct trend_epoch, reset),		ONE(struct trend_epoch, evidence),
	ONE(struct trend_epoch, reset_us),	ONE(struct trend_epoch, firm),
	ONE(struct trend_epoch, firm_evidence),
};

static const struct field ending_fields[] = {
	ONE(struct trend_ending, is_pending), ONE(struct trend_ending, was_confirmed),
	ONE(struct trend_ending, channels),   ONE(struct trend_ending, channel),
	ONE(struct trend_ending, first_hour), ONE(struct trend_ending, start_hour),
	ONE(struct trend_ending, life_h),     ONE(struct trend_ending, has_failed),
	ARRAY(struct trend_ending, level),    ARRAY(struct trend_ending, tail),
	ONE(struct trend_ending, timeouts),
};

static const struct field tooth_fields[] = {
	ONE(struct trend_tooth, hour),
	ONE(struct trend_tooth, life_h),
	ONE(struct trend_tooth, channels),
	ONE(struct trend_tooth, has_failed),
};

static const struct field alarm_fields[] = {
	ONE(struct trend_alarm, is_suspected), ONE(struct trend_alarm, is_confirmed),
	ONE(struct trend_alarm, is_imminent),  ONE(struct trend_alarm, is_contended),
	ONE(struct trend_alarm, channel),      ONE(struct trend_alarm, window),
	ONE(struct trend_alarm, since_hour),   ONE(struct trend_alarm, last_hour),
	ONE(struct trend_alarm, soft_hour),
};

static const struct field open_fields[] = {
	ARRAY(struct trend_latency, count),
	ARRAY(struct trend_latency, since_hour),
	ARRAY(struct trend_latency, breaks),
	ONE(struct trend_latency, break_count),
	ARRAY(struct trend_latency, sorted_us[TREND_CHEAP]),
	ARRAY(struct trend_latency, sorted_us[TREND_COSTLY]),
};

static const struct field curve_fields[] = {
	ARRAY(struct trend_curve, left_h),
	ONE(struct trend_curve, channel),
	ONE(struct trend_curve, is_known),
};

static const struct field load_fields[] = {
	ARRAY(struct trend_load, foreign),	 ARRAY(struct trend_load, entries),
	ARRAY(struct trend_load, holders),	 ONE(struct trend_load, open_holders),
	ONE(struct trend_load, open_rounds),	 ONE(struct trend_load, open_foreign),
	ONE(struct trend_load, open_count),	 ONE(struct trend_load, open_entries),
	ONE(struct trend_load, is_log_harmless),
};

static const struct field relief_fields[] = {
	ONE(struct trend_relief, hour),
	ONE(struct trend_relief, harmful_hour),
	ONE(struct trend_relief, amplitude),
};

static const struct field series_fields[] = {
	ARRAY(struct trend_series, flat),
	ARRAY(struct trend_series, recent),
	ARRAY(struct trend_series, profile),
};

static const struct field stalls_fields[] = {
	ARRAY(struct trend_stalls, slow),
	ARRAY(struct trend_stalls, answered),
	ARRAY(struct trend_stalls, depth),
};

struct part { /* structures of one kind, one behind the other */
	const struct field *fields;
	size_t count, offset, size, repeat;
};

#define PART(type, member, fields, of, repeat)                                                     \
	{                                                                                          \
		fields, COUNT_OF(fields), offsetof(type, member), sizeof(of), repeat               \
	}

static const struct part parts[] = {
	PART(struct trend, time, time_fields, struct trend_time, 1),
	PART(struct trend, round, round_fields, struct trend_round, 1),
	PART(struct trend, doubt, round_fields, struct trend_round, 1),
	PART(struct trend, outage, outage_fields, struct trend_outage, 1),
	{ hour_fields, COUNT_OF(hour_fields), 0, sizeof(struct trend), 1 },
	PART(struct trend, phase, phase_fields, struct trend_phase, TREND_PHASE_DAYS),
	PART(struct trend, watch, watch_fields, struct trend_watch, TREND_WINDOWS),
	PART(struct trend, candidates, candidate_fields, struct trend_candidate, TREND_CANDIDATES),
	PART(struct trend, epoch, epoch_fields, struct trend_epoch, 1),
	PART(struct trend, ending, ending_fields, struct trend_ending, 1),
	PART(struct trend, teeth, tooth_fields, struct trend_tooth, TREND_TEETH),
	PART(struct trend, alarm, alarm_fields, struct trend_alarm, 1),
};

static const struct part latency_parts[] = {
	{ open_fields, COUNT_OF(open_fields), 0, sizeof(struct trend_latency), 1 },
	PART(struct trend_latency, load, load_fields, struct trend_load, 1),
	PART(struct trend_latency, curves, curve_fields, struct trend_curve, TREND_TEETH),
	PART(struct trend_latency, ending, curve_fields, struct trend_curve, 1),
	PART(struct trend_latency, warmup, warmup_fields, struct trend_warmup, TREND_CANDIDATES),
	PART(struct trend_latency, relief, relief_fields, struct trend_relief, TREND_TIMEOUTS),
	PART(struct trend_latency, series, series_fields, struct trend_series,
	     (size_t)TREND_PROBES *TREND_QUANTILES),
	PART(struct trend_latency, watch, watch_fields, struct trend_watch,
	     (size_t)TREND_TIMEOUTS *TREND_WINDOWS),
};

static const struct part latency_parts_2[] = {
	PART(struct trend_latency, stalls, stalls_fields, struct trend_stalls, 1),
};

static void walk_field(struct io *io, const struct field *field, uint8_t *base)
{
	for (size_t i = 0; i < field->count; i++)
		io_number(io, base + field->offset + i * field->size, field->size, field->is_bool);
}

static void walk_parts(struct io *io, const struct part *part, size_t count, uint8_t *base)
{
	for (; count > 0; count--, part++) {
		for (size_t i = 0; i < part->repeat; i++) {
			for (size_t f = 0; f < part->count; f++) {
				walk_field(io, &part->fields[f],
					   base + part->offset + i * part->size);
			}
		}
	}
}

static void walk(struct io *io, struct trend *t, int version)
{
	walk_parts(io, parts, COUNT_OF(parts), (uint8_t *)t);
	if (!t->latency)
		return;
	walk_parts(io, latency_parts, COUNT_OF(latency_parts), (uint8_t *)t->latency);
	if (version >= 2)
		walk_parts(io, latency_parts_2, COUNT_OF(latency_parts_2), (uint8_t *)t->latency);
}

static uint32_t crc32_of(const uint8_t *bytes, size_t len)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < len; i++) {
		crc ^= bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? UINT32_C(0xedb88320) : 0);
	}
	return ~crc;
}

struct head {
	uint32_t magic;
	uint16_t version;
	uint8_t has_latency;
};

static void walk_head(struct io *io, struct head *head)
{
	io_number(io, &head->magic, sizeof(head->magic), false);
	io_number(io, &head->version, sizeof(head->version), false);
	io_number(io, &head->has_latency, sizeof(head->has_latency), false);
}

ssize_t trend_save(const struct trend *t, uint8_t *bytes, size_t max)
{
	struct io io = { .bytes = bytes, .max = max };
	struct head head = { MAGIC, VERSION, t->latency != NULL };
	uint32_t crc;

	walk_head(&io, &head);
	walk(&io, (struct trend *)(uintptr_t)t, VERSION); /* saving only reads */
	crc = crc32_of(bytes, io.at);
	io_number(&io, &crc, sizeof(crc), false);
	return io.is_bad ? -ENOSPC : (ssize_t)io.at;
}

static bool is_hour(int32_t hour)
{
	return hour == TREND_HOUR_NEVER || (hour >= -HOUR_LIMIT && hour <= HOUR_LIMIT);
}

static bool is_time(int64_t at_us)
{
	return at_us >= 0 && at_us / USEC_PER_HOUR <= HOUR_LIMIT;
}

static bool watch_is_sane(const struct trend_watch *watch)
{
	return is_hour(watch->soft_hour);
}

static bool phases_are_sane(const struct trend *t)
{
	bool is_good = true;

	for (int d = 0; d < TREND_PHASE_DAYS; d++) {
		for (int i = 0; i < TREND_PERIODS; i++)
			is_good = is_good && abs(t->phase[d].cosine[i] / 2) <= PHASE_LIMIT / 2 &&
				  abs(t->phase[d].sine[i] / 2) <= PHASE_LIMIT / 2;
	}
	return is_good;
}

static bool times_are_sane(const struct trend *t)
{
	const int64_t limit = INT64_MAX / 4;

	if (!is_time(t->time.now_us) || !is_time(t->round.at_us) || !is_time(t->outage.from_us) ||
	    !is_time(t->outage.until_us) || !is_time(t->epoch.reset_us))
		return false;
	if (t->doubt.at_us != TREND_NO_ROUND && !is_time(t->doubt.at_us))
		return false;
	if (t->recovered_us != TREND_RECOVERED_NEVER && !is_time(t->recovered_us))
		return false;
	if (t->time.mono_us < -limit || t->time.mono_us > limit || t->time.wall_us < -limit ||
	    t->time.wall_us > limit)
		return false;
	return t->hour == TREND_HOUR_NEVER || (t->hour >= 0 && t->hour <= HOUR_LIMIT);
}

static bool hours_are_sane(const struct trend *t)
{
	bool is_good = is_hour(t->epoch.start_hour) && is_hour(t->epoch.reset_hour) &&
		       is_hour(t->ending.first_hour) && is_hour(t->ending.start_hour) &&
		       is_hour(t->alarm.since_hour) && is_hour(t->alarm.last_hour) &&
		       is_hour(t->alarm.soft_hour) && is_hour(t->ending.life_h);

	for (int i = 0; i < TREND_CANDIDATES; i++)
		is_good = is_good && is_hour(t->candidates[i].first_hour) &&
			  is_hour(t->candidates[i].last_hour);
	for (int i = 0; i < TREND_TEETH; i++)
		is_good = is_good && is_hour(t->teeth[i].hour);
	for (int i = 0; i < TREND_WINDOWS; i++)
		is_good = is_good && watch_is_sane(&t->watch[i]);
	return is_good;
}

static bool latency_is_sane(const struct trend_latency *l)
{
	bool is_good = true;

	for (int probe = 0; probe < TREND_PROBES; probe++)
		is_good = is_good && l->count[probe] <= TREND_HOUR_SAMPLES;
	is_good = is_good && l->break_count <= TREND_BREAKS;
	for (int i = 0; i < TREND_BREAKS; i++)
		is_good = is_good && is_hour(l->breaks[i]);
	for (int i = 0; i < TREND_CANDIDATES; i++) {
		is_good = is_good && is_time(l->warmup[i].since_us) &&
			  l->warmup[i].count[TREND_CHEAP] <= TREND_WARMUP_ROUNDS &&
			  l->warmup[i].count[TREND_COSTLY] <= TREND_WARMUP_ROUNDS;
	}
	for (int channel = 0; channel < TREND_TIMEOUTS; channel++) {
		is_good = is_good && is_hour(l->since_hour[channel]) &&
			  is_hour(l->relief[channel].hour) &&
			  is_hour(l->relief[channel].harmful_hour);
		for (int window = 0; window < TREND_WINDOWS; window++)
			is_good = is_good && watch_is_sane(&l->watch[channel][window]);
	}
	return is_good;
}

static bool is_sane(const struct trend *t)
{
	if (t->alarm.channel >= TREND_CHANNELS || t->alarm.window >= TREND_WINDOWS ||
	    t->ending.channel >= TREND_CHANNELS)
		return false;
	if (!t->latency && (t->alarm.channel != TREND_TIMEOUTS &&
			    (t->alarm.is_confirmed || t->alarm.is_suspected)))
		return false;
	if ((unsigned)t->epoch.reset >= TREND_RESET_MAX ||
	    (unsigned)t->epoch.firm >= TREND_RESET_MAX)
		return false;
	return times_are_sane(t) && hours_are_sane(t) && phases_are_sane(t) &&
	       (!t->latency || latency_is_sane(t->latency));
}

int trend_load(struct trend *t, const uint8_t *bytes, size_t len)
{
	struct io io = { .bytes = (uint8_t *)(uintptr_t)bytes, .max = len, .is_loading = true };
	struct head head = { 0 };
	uint32_t crc = 0;

	trend_hours_reset(t);
	walk_head(&io, &head);
	if (io.is_bad || head.magic != MAGIC || head.version < 1 || head.version > VERSION ||
	    head.has_latency != (t->latency != NULL))
		return -EBADMSG;
	walk(&io, t, head.version);
	io_number(&io, &crc, sizeof(crc), false);
	if (!io.is_bad && io.at == len && crc == crc32_of(bytes, len - sizeof(crc)) && is_sane(t))
		return 0;
	trend_hours_reset(t);
	return -EBADMSG;
}
