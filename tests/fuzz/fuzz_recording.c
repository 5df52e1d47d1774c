/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a piece of the store's samples: what is read is a sample, and can be recorded and
 * read again as the same.
 */
#include "model/recording.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool is_so)
{
	if (!is_so)
		abort();
}

static void check_sample(const struct trend_sample *s)
{
	expect((unsigned)s->probe < TREND_PROBES && (unsigned)s->status < TREND_STATUS_MAX);
	expect(s->sel_entries >= -1 && s->foreign_per_hour >= -1 && s->firmware >= -1);
}

static void check_again(const struct trend_sample *s)
{
	static struct recording r;
	struct recording_reader reader;
	struct trend_sample back;

	recording_clear(&r);
	recording_add(&r, s);
	expect(recording_open(&reader, r.bytes, r.len, r.boot_id, r.mono, r.wall) == 0);
	expect(recording_next(&reader, &back) && back.mono.v == s->mono.v &&
	       back.latency_us == s->latency_us && back.evidence == s->evidence &&
	       back.firmware == s->firmware);
	expect(!recording_next(&reader, &back));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recording_reader reader;
	struct trend_sample s;
	int64_t times[2];

	if (size < sizeof(times))
		return 0;
	memcpy(times, data, sizeof(times));
	if (recording_open(&reader, data + sizeof(times), size - sizeof(times), 1,
			   (mono_us){ times[0] }, (wall_us){ times[1] }) < 0)
		return 0;
	while (recording_next(&reader, &s)) {
		check_sample(&s);
		check_again(&s);
	}
	return 0;
}
