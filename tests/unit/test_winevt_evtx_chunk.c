/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records of a chunk: by template and without, what is damaged, and where a chunk ends.
 */
#include "tests/unit/evtx_bytes.h"
#include "winevt/evtx-chunk.c" /* the unit under test */

static struct bytes b;
static struct heard heard;
static struct winevt_counts counts;
static struct evtx_reading reading;
static const char *id_text; /* a template has the id as text */

static void begin(void)
{
	heard = (struct heard){ .count = 0 };
	counts = (struct winevt_counts){ .events = 0 };
	reading = (struct evtx_reading){
		.wanted = &bytes_wanted,
		.fn = hear,
		.user = &heard,
		.counts = &counts,
	};
}

static bool reads(uint64_t events, uint64_t wanted, uint64_t bad, uint32_t size)
{
	/* A copy of its own size, so that the sanitizer sees a step beyond the end. */
	uint8_t *copy = malloc(size);

	begin();
	memcpy(copy, b.at, size);
	evtx_chunk_read(&reading, copy, size);
	free(copy);
	if (counts.events != events || counts.wanted != wanted || counts.bad != bad)
		printf("# events %d wanted %d bad %d\n", (int)counts.events, (int)counts.wanted,
		       (int)counts.bad);
	return counts.events == events && counts.wanted == wanted && counts.bad == bad &&
	       heard.count == wanted;
}

/* A template instance of that offset, 0: the template stands here; provider by text or value. */
static uint32_t put_instance(uint32_t offset, const char *provider)
{
	uint32_t hole;

	bytes_put(&b, 0x010c, 2);
	bytes_put(&b, 0x4711, 4);
	bytes_put(&b, offset ? offset : b.n + 4, 4);
	if (offset)
		return offset;
	offset = b.n;
	b.n += 20;
	hole = b.n;
	bytes_put(&b, 0, 4);
	b.has_dependency = true;
	bytes_put(&b, 0x0001010f, 4);
	bytes_open(&b, "Event", false);
	bytes_open(&b, "System", false);
	if (provider) {
		bytes_empty(&b, "Provider", "Name", provider);
	} else {
		bytes_open(&b, "Provider", true);
		bytes_attribute(&b, "Name");
		bytes_substitute(&b, 0, 1);
		bytes_put(&b, 0x03, 1);
	}
	bytes_open(&b, "EventID", false);
	if (id_text)
		bytes_text(&b, id_text);
	else
		bytes_substitute(&b, 1, 6);
	bytes_put(&b, 0x04, 1);
	bytes_open(&b, "TimeCreated", true);
	bytes_attribute(&b, "SystemTime");
	bytes_substitute(&b, 2, 0x11);
	bytes_put(&b, 0x03, 1);
	bytes_element(&b, "Computer", "SRV01");
	bytes_put(&b, 0x000404, 3);
	b.has_dependency = false;
	bytes_set(&b, hole, b.n - hole - 4, 4);
	return offset;
}

static void put_values(const char *provider, uint16_t id)
{
	const size_t n = 2 * strlen(provider);

	bytes_put(&b, 3, 4);
	bytes_put(&b, n | 0x010000, 4);
	bytes_put(&b, 2 | 0x060000, 4);
	bytes_put(&b, 8 | 0x110000, 4);
	bytes_utf16(&b, provider);
	bytes_put(&b, id, 2);
	bytes_put(&b, UINT64_C(133444736380618546), 8);
}

static uint32_t put_record(uint64_t id, uint32_t template, const char *literal, const char *value,
			   uint16_t event_id)
{
	const uint32_t at = bytes_begin_record(&b, id, 0);

	template = put_instance(template, literal);
	put_values(value, event_id);
	bytes_end_record(&b, at);
	return template;
}

static void test_templates(void)
{
	uint32_t template;

	bytes_begin_chunk(&b);
	template = put_record(1, 0, "IPMIDRV", "", 1004);
	put_record(2, template, NULL, "", 1000);
	put_record(3, template, NULL, "", 1008);
	bytes_end_chunk(&b, 1, 3);
	check(reads(3, 2, 0, sizeof(b.at)), "records share a template; an id may not be wanted");
	check(heard.record.event_id == 1000 && heard.record.level == -1 &&
		      heard.record.qualifiers == -1 && !heard.record.has_record_id &&
		      strcmp(heard.record.host, "SRV01") == 0 && heard.record.time.digits == 7,
	      "what a template does not have is not known");
	bytes_begin_chunk(&b);
	template = put_record(1, 0, NULL, "IPMIDRV", 1004);
	put_record(2, template, NULL, "Disk", 1004);
	put_record(3, template, NULL, "ipmidrv", 1001);
	bytes_end_chunk(&b, 1, 3);
	check(reads(3, 2, 0, sizeof(b.at)), "the provider may be a value");
	check(heard.record.event_id == 1001 && strcmp(heard.record.provider, "ipmidrv") == 0,
	      "it is told as it is written");
}

static void test_template_forgotten(void)
{
	struct bytes first;
	uint32_t template;

	bytes_begin_chunk(&b);
	template = put_record(1, 0, "IPMIDRV", "", 1004);
	bytes_end_chunk(&b, 1, 1);
	first = b;
	check(reads(1, 1, 0, sizeof(b.at)), "a chunk with a template");
	bytes_begin_chunk(&b);
	put_record(2, 0, "Disk123", "", 1004);
	bytes_end_chunk(&b, 2, 2);
	check(first.n == b.n, "another one, of the same shape");
	evtx_chunk_read(&reading, b.at, sizeof(b.at));
	check(counts.events == 2 && counts.wanted == 1 &&
	      template <b.n, "the template of one chunk is not that of the next");
}

static void test_constant_id(void)
{
	static const struct winevt_pair pairs[] = { { "IPMIDRV", 1000, 1007 }, { "Disk", 51, 51 } };
	static const struct winevt_wanted wanted = { pairs, COUNT_OF(pairs) };
	uint32_t template;

	id_text = "1004";
	bytes_begin_chunk(&b);
	template = put_record(1, 0, NULL, "IPMIDRV", 0);
	put_record(2, template, NULL, "Disk", 0);
	put_record(3, template, NULL, "IPMIDRV", 0);
	bytes_end_chunk(&b, 1, 3);
	id_text = NULL;
	begin();
	reading.wanted = &wanted;
	evtx_chunk_read(&reading, b.at, sizeof(b.at));
	check(heard.count == 2 && strcmp(heard.record.provider, "IPMIDRV") == 0,
	      "an id that a template has as text is not wanted of every provider");
}

static void test_damage(void)
{
	uint32_t second, third, free_space;

	bytes_chunk(&b, 1, 3, 0);
	second = EVTX_CHUNK_HEADER + evtx_u32(b.at + EVTX_CHUNK_HEADER + 4);
	third = second + evtx_u32(b.at + second + 4);
	free_space = b.n;
	check(reads(3, 3, 0, sizeof(b.at)), "three records");
	check(reads(3, 3, 0, free_space), "no byte of the free space is needed");
	check(reads(2, 2, 1, free_space - 1), "a record that is cut is damaged");
	check(reads(2, 2, 0, third), "what is cut between two is not seen here");
	check(reads(0, 0, 0, EVTX_CHUNK_HEADER), "nor is a chunk without records");
	b.at[second] ^= 1;
	check(reads(1, 1, 1, sizeof(b.at)), "behind what is no record none is looked for");
	b.at[second] ^= 1;
	b.at[third - 4] ^= 1;
	check(reads(3, 2, 1, sizeof(b.at)), "a record whose two sizes differ is passed over");
	b.at[third - 4] ^= 1;
	b.at[second + 24] = 0;
	check(reads(3, 2, 1, sizeof(b.at)), "so is one that begins otherwise");
	b.at[second + 24] = 0x0f;
	b.at[second + 28] = 0x05;
	check(reads(3, 2, 1, sizeof(b.at)), "or of another form");
	b.at[second + 28] = 0x01;
	bytes_set(&b, EVTX_CHUNK_FREE, 0, 4);
	bytes_set(&b, EVTX_CHUNK_LAST_RECORD, second, 4);
	check(reads(2, 2, 1, sizeof(b.at)), "without an end, the last record is one");
	bytes_set(&b, EVTX_CHUNK_LAST_RECORD, UINT32_MAX, 4);
	check(reads(0, 0, 1, sizeof(b.at)), "without either, nothing is read");
}

static void test_free_space(void)
{
	uint32_t second;

	bytes_chunk(&b, 1, 3, 0);
	second = EVTX_CHUNK_HEADER + evtx_u32(b.at + EVTX_CHUNK_HEADER + 4);
	bytes_set(&b, EVTX_CHUNK_FREE, second, 4);
	check(reads(1, 1, 0, sizeof(b.at)), "records in the free space are of old");
	bytes_chunk(&b, 1, 3, 0);
	bytes_set(&b, EVTX_CHUNK_FREE, second + 8, 4);
	check(reads(1, 1, 1, sizeof(b.at)), "a record that reaches into it is damaged");
}

static void test_missing(void)
{
	uint32_t at;

	bytes_begin_chunk(&b);
	at = bytes_begin_record(&b, 1, 0);
	bytes_event(&b, "IPMIDRV", "10x4", "1");
	bytes_end_record(&b, at);
	at = bytes_begin_record(&b, 2, 0);
	bytes_event(&b, "IPMIDRV", "1004", "x");
	bytes_end_record(&b, at);
	at = bytes_begin_record(&b, 3, 0);
	bytes_open(&b, "Event", false);
	bytes_open(&b, "System", false);
	bytes_empty(&b, "Provider", "Name", "IPMIDRV");
	bytes_event_id(&b, "", "1004");
	bytes_empty(&b, "TimeCreated", "SystemTime", "2026-11-20T06:54:06Z");
	bytes_element(&b, "Computer", "");
	bytes_put(&b, 0x000404, 3);
	bytes_end_record(&b, at);
	bytes_end_chunk(&b, 1, 3);
	check(reads(3, 0, 3, sizeof(b.at)), "an event needs an id, a host, and numbers as such");
}

static void test_sums(void)
{
	bytes_chunk(&b, 1, 3, 0);
	check(evtx_chunk_is_intact(b.at), "a chunk is intact");
	b.at[b.n - 1] ^= 1;
	check(!evtx_chunk_is_intact(b.at), "not if a byte of its records is another");
	b.at[b.n - 1] ^= 1;
	b.at[b.n] ^= 1;
	check(evtx_chunk_is_intact(b.at), "the free space does not count");
	b.at[200] ^= 1;
	check(!evtx_chunk_is_intact(b.at), "its tables do");
	b.at[200] ^= 1;
	bytes_set(&b, EVTX_CHUNK_FREE, 65537, 4);
	check(!evtx_chunk_is_intact(b.at), "nor with an end beyond its own");
}

static void test_new_only(void)
{
	bytes_chunk(&b, 5, 9, 100);
	begin();
	reading.only_new = true;
	reading.after_id = 7;
	evtx_chunk_read(&reading, b.at, sizeof(b.at));
	check(counts.events == 2 && heard.count == 2 && heard.last == 9,
	      "records that were told are passed over");
	check(reading.last_id == 9 && reading.last_time == 109, "the highest number is kept");
	begin();
	heard.answer = -EAGAIN;
	heard.answer_at = 2;
	evtx_chunk_read(&reading, b.at, sizeof(b.at));
	check(heard.count == 2 && reading.stop == -EAGAIN, "who hears may say stop");
	begin();
	bytes_chunk(&b, 0, 1, 0);
	evtx_chunk_read(&reading, b.at, sizeof(b.at));
	check(heard.count == 2, "a number of 0 is one");
}

int main(void)
{
	test_templates();
	test_template_forgotten();
	test_constant_id();
	test_damage();
	test_free_space();
	test_missing();
	test_sums();
	test_new_only();
	return tap_done();
}
