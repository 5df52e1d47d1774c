/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is recorded is read again to the last bit; damaged bytes hurt nobody.
 */
#include "model/recording.c" /* the unit under test */
#include "tests/unit/tap.h"

static uint64_t dice = 88172645463325252u;

static uint32_t roll(uint32_t sides)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (uint32_t)(dice >> 33) % sides;
}

static struct trend_sample sample_at(int64_t us)
{
	struct trend_sample s = { .mono = { us },
				  .wall = { us + INT64_C(1700000000000000) },
				  .boot_id = 0xfeedbeef,
				  .probe = roll(2) ? TREND_COSTLY : TREND_CHEAP,
				  .status = (enum trend_status)roll(TREND_STATUS_MAX),
				  .has_others = roll(2),
				  .evidence = roll(10) ? 0 : 1u << roll(TREND_EVIDENCE_MAX),
				  .sel_entries = roll(2) ? -1 : (int32_t)roll(4000),
				  .foreign_per_hour = roll(2) ? -1 : INT32_MAX - 1,
				  .firmware = roll(3) ? -1 : INT64_C(0x4123456789ab) };

	s.is_contended = s.status == TREND_OK && roll(2);
	if (s.status == TREND_OK)
		s.latency_us = roll(2) ? 3000 + roll(9000) : UINT32_MAX;
	return s;
}

static bool is_same(const struct trend_sample *a, const struct trend_sample *b)
{
	return a->mono.v == b->mono.v && a->wall.v == b->wall.v && a->boot_id == b->boot_id &&
	       a->probe == b->probe && a->status == b->status && a->latency_us == b->latency_us &&
	       a->is_contended == b->is_contended && a->has_others == b->has_others &&
	       a->evidence == b->evidence && a->sel_entries == b->sel_entries &&
	       a->foreign_per_hour == b->foreign_per_hour && a->firmware == b->firmware;
}

static int open_piece(struct recording_reader *reader, const struct recording *r)
{
	return recording_open(reader, r->bytes, r->len, r->boot_id, r->mono, r->wall);
}

static void test_round(void)
{
	static struct trend_sample given[1000];
	static struct recording r;
	struct recording_reader reader;
	struct trend_sample read;
	size_t count = 0, good = 0;
	int64_t at = 123456789;

	for (;; at += 60000000 + roll(36000000)) {
		given[count] = sample_at(at);
		if (!recording_fits(&r, &given[count]))
			break;
		recording_add(&r, &given[count++]);
	}
	check(count > 100 && r.count == count, "a piece takes %zu of the worst samples", count);
	check(open_piece(&reader, &r) == 0, "it is read");
	while (recording_next(&reader, &read) && good < count && is_same(&read, &given[good]))
		good++;
	check(good == count && reader.at == reader.len, "all of them, to the last bit");
	recording_clear(&r);
	check(recording_fits(&r, &given[0]) && r.evidence == 0, "then it is empty");
}

static void test_usual(void)
{
	static struct recording r;
	struct trend_sample s = { .sel_entries = 17, .foreign_per_hour = 0, .firmware = 42 };
	int count = 0;

	for (;; count++) {
		s.mono.v = s.wall.v = count * 30 * USEC_PER_SEC;
		s.latency_us = 5000;
		if (!recording_fits(&r, &s))
			break;
		recording_add(&r, &s);
	}
	check(count > 400, "of usual ones it takes %d: %d bytes each", count,
	      RECORDING_BYTES_MAX / count);
}

static void test_edges(void)
{
	static struct recording r;
	struct trend_sample s = sample_at(1000000);

	recording_add(&r, &s);
	s.mono.v++;
	s.wall.v++;
	check(recording_fits(&r, &s), "the next sample fits");
	s.boot_id++;
	check(!recording_fits(&r, &s), "one of another boot does not");
	s.boot_id--;
	s.wall.v += 3 * USEC_PER_SEC;
	check(!recording_fits(&r, &s), "nor one after the clock was set");
	s.wall.v -= 3 * USEC_PER_SEC;
	s.mono.v -= 5;
	check(!recording_fits(&r, &s), "nor one of before");
}

static bool is_odd(const struct trend_sample *s)
{
	return (unsigned)s->status >= TREND_STATUS_MAX || s->sel_entries < -1 ||
	       s->foreign_per_hour < -1 || s->firmware < -1;
}

static void test_damage(void)
{
	static struct recording r;
	struct recording_reader reader;
	struct trend_sample s;
	size_t read = 0, bad = 0;

	for (int i = 0; i < 50; i++) {
		s = sample_at(1000000 + i);
		recording_add(&r, &s);
	}
	for (size_t len = 0; len < r.len; len++) {
		if (recording_open(&reader, r.bytes, len, 1, r.mono, r.wall) < 0)
			continue;
		while (recording_next(&reader, &s))
			read++;
	}
	check(read > 0, "cut anywhere, what is whole is read");
	for (int i = 0; i < 20000; i++) {
		const size_t at = 1 + roll((uint32_t)r.len - 1);
		const uint8_t was = r.bytes[at];

		r.bytes[at] = (uint8_t)roll(256);
		bad += open_piece(&reader, &r) < 0;
		while (recording_next(&reader, &s))
			bad += is_odd(&s);
		r.bytes[at] = was;
	}
	check(bad == 0, "damaged bytes are read as samples, or not at all");
	r.bytes[0] = VERSION + 1;
	check(open_piece(&reader, &r) == -EBADMSG, "another version is refused");
	check(recording_open(&reader, r.bytes, 0, 1, r.mono, r.wall) == -EBADMSG, "so is nothing");
	r.bytes[0] = VERSION;
	check(recording_open(&reader, r.bytes, r.len, 1, (mono_us){ INT64_MAX }, r.wall) ==
			      -EBADMSG &&
		      recording_open(&reader, r.bytes, r.len, 1, r.mono, (wall_us){ INT64_MIN }) ==
			      -EBADMSG,
	      "and times that are none");
}

int main(void)
{
	test_round();
	test_usual();
	test_edges();
	test_damage();
	return tap_done();
}
