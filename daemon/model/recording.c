/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A version byte, then per sample: a byte of flags, the time since the one before, and of the rest
 * only what is there or has changed, as integers of seven bits a byte, low ones first.
 */
#include "model/recording.h"

#define VERSION	    1
#define SAMPLE_MAX  64 /* more than the longest takes */
#define STEP_US	    (2 * USEC_PER_SEC)
#define GAP_MAX_US  (INT64_C(3650) * USEC_PER_DAY)
#define TIME_MAX_US (INT64_MAX / 4)

#define STATUS_CONTENDED 3 /* answered, after waiting for others */

enum flag { /* bits of the first byte; 1 and 2: the status */
	    FLAG_COSTLY = 1,
	    FLAG_STATUS = 2,
	    FLAG_OTHERS = 8,
	    FLAG_EVIDENCE = 16,
	    FLAG_ENTRIES = 32,
	    FLAG_FOREIGN = 64,
	    FLAG_FIRMWARE = 128,
};

/* --- writing --- */

static void put(struct recording *r, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		r->bytes[r->len++] = (uint8_t)(value | 0x80);
	r->bytes[r->len++] = (uint8_t)value;
}

/* What is not known is -1. */
static void put_maybe(struct recording *r, int64_t value)
{
	put(r, (uint64_t)max_i64(value, -1) + 1);
}

static uint8_t flags_of(const struct recording *r, const struct trend_sample *s)
{
	const unsigned status =
		s->status == TREND_OK && s->is_contended ? STATUS_CONTENDED : s->status;
	uint8_t flags = (uint8_t)(status * FLAG_STATUS);

	flags |= s->probe == TREND_COSTLY ? FLAG_COSTLY : 0;
	flags |= s->has_others ? FLAG_OTHERS : 0;
	flags |= s->evidence != 0 ? FLAG_EVIDENCE : 0;
	flags |= s->sel_entries != r->last.sel_entries ? FLAG_ENTRIES : 0;
	flags |= s->foreign_per_hour != r->last.foreign_per_hour ? FLAG_FOREIGN : 0;
	flags |= s->firmware != r->last.firmware ? FLAG_FIRMWARE : 0;
	return flags;
}

bool recording_fits(const struct recording *r, const struct trend_sample *sample)
{
	const int64_t off = (sample->wall.v - r->wall.v) - mono_since(sample->mono, r->mono);

	if (r->count == 0)
		return true;
	return sample->boot_id == r->boot_id && mono_since(sample->mono, r->last.mono) >= 0 &&
	       llabs(off) <= STEP_US && r->len + SAMPLE_MAX <= RECORDING_BYTES_MAX;
}

static void begin(struct recording *r, const struct trend_sample *sample)
{
	r->boot_id = sample->boot_id;
	r->mono = sample->mono;
	r->wall = sample->wall;
	r->evidence = 0;
	r->len = 0;
	r->bytes[r->len++] = VERSION;
	r->last = (struct trend_sample){
		.mono = sample->mono, .sel_entries = -1, .foreign_per_hour = -1, .firmware = -1
	};
}

void recording_add(struct recording *r, const struct trend_sample *sample)
{
	uint8_t flags;

	if (r->count == 0)
		begin(r, sample);
	flags = flags_of(r, sample);
	r->bytes[r->len++] = flags;
	put(r, (uint64_t)mono_since(sample->mono, r->last.mono));
	if (sample->status == TREND_OK)
		put(r, sample->latency_us);
	if ((flags & FLAG_EVIDENCE) != 0)
		put(r, sample->evidence);
	if ((flags & FLAG_ENTRIES) != 0)
		put_maybe(r, sample->sel_entries);
	if ((flags & FLAG_FOREIGN) != 0)
		put_maybe(r, sample->foreign_per_hour);
	if ((flags & FLAG_FIRMWARE) != 0)
		put_maybe(r, sample->firmware);
	r->evidence |= sample->evidence;
	r->last = *sample;
	r->count++;
}

void recording_clear(struct recording *r)
{
	r->count = 0;
	r->len = 0;
	r->evidence = 0;
}

/* --- reading: the bytes may be damaged --- */

/* False: they end, or it is more than `max`. */
static bool get(struct recording_reader *r, uint64_t max, uint64_t *ret)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 63 && r->at < r->len; shift += 7) {
		const uint8_t byte = r->bytes[r->at++];

		value |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) != 0)
			continue;
		*ret = value;
		return value <= max;
	}
	return false;
}

static bool get_u32(struct recording_reader *r, uint32_t *ret)
{
	uint64_t value;

	if (!get(r, UINT32_MAX, &value))
		return false;
	*ret = (uint32_t)value;
	return true;
}

static bool get_count(struct recording_reader *r, int32_t *ret)
{
	uint64_t value;

	if (!get(r, INT32_MAX, &value))
		return false;
	*ret = (int32_t)value - 1;
	return true;
}

static bool get_firmware(struct recording_reader *r, int64_t *ret)
{
	uint64_t value;

	if (!get(r, INT64_MAX, &value))
		return false;
	*ret = (int64_t)value - 1;
	return true;
}

/* Whatever is added to it then stays a number. */
static bool is_time(int64_t us)
{
	return us > -TIME_MAX_US && us < TIME_MAX_US;
}

int recording_open(struct recording_reader *r, const uint8_t *bytes, size_t len, uint32_t boot_id,
		   mono_us mono, wall_us wall)
{
	if (len == 0 || len > RECORDING_BYTES_MAX || bytes[0] != VERSION || !is_time(mono.v) ||
	    !is_time(wall.v))
		return -EBADMSG;
	*r = (struct recording_reader){
		.bytes = bytes,
		.len = len,
		.at = 1,
		.mono = mono,
		.wall = wall,
		.last = { .mono = mono,
			  .boot_id = boot_id,
			  .sel_entries = -1,
			  .foreign_per_hour = -1,
			  .firmware = -1 },
	};
	return 0;
}

static bool get_rest(struct recording_reader *r, uint8_t flags, struct trend_sample *s)
{
	if (s->status == TREND_OK && !get_u32(r, &s->latency_us))
		return false;
	if ((flags & FLAG_EVIDENCE) != 0 && !get_u32(r, &s->evidence))
		return false;
	if ((flags & FLAG_ENTRIES) != 0 && !get_count(r, &s->sel_entries))
		return false;
	if ((flags & FLAG_FOREIGN) != 0 && !get_count(r, &s->foreign_per_hour))
		return false;
	return (flags & FLAG_FIRMWARE) == 0 || get_firmware(r, &s->firmware);
}

bool recording_next(struct recording_reader *r, struct trend_sample *ret)
{
	struct trend_sample s = r->last;
	uint64_t passed;
	uint8_t flags;

	if (r->at >= r->len)
		return false;
	flags = r->bytes[r->at++];
	s.probe = (flags & FLAG_COSTLY) != 0 ? TREND_COSTLY : TREND_CHEAP;
	s.is_contended = flags / FLAG_STATUS % 4 == STATUS_CONTENDED;
	s.status = s.is_contended ? TREND_OK : (enum trend_status)(flags / FLAG_STATUS % 4);
	s.has_others = (flags & FLAG_OTHERS) != 0;
	s.latency_us = 0;
	s.evidence = 0;
	if (!get(r, (uint64_t)GAP_MAX_US, &passed) || !get_rest(r, flags, &s)) {
		r->at = r->len;
		return false;
	}
	s.mono = mono_add(r->last.mono, (int64_t)passed);
	s.wall.v = r->wall.v + mono_since(s.mono, r->mono);
	r->last = s;
	*ret = s;
	return true;
}
