/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a record keeps what we want: text, substitutions, what is of several pieces; and tokens
 * that lie.
 */
#include "tests/unit/evtx_bytes.h"
#include "winevt/evtx-plan.c" /* the unit under test */

static struct bytes b;
static struct evtx_plan plan;

static void begin(bool has_dependency)
{
	b = (struct bytes){ .n = EVTX_CHUNK_HEADER, .has_dependency = has_dependency };
}

static enum evtx_verdict make(uint32_t end)
{
	const struct evtx_chunk chunk = { b.at, b.n };

	evtx_plan_make(&plan, &chunk, EVTX_CHUNK_HEADER, end, b.has_dependency, &bytes_wanted);
	return plan.verdict;
}

static bool is_text(enum evtx_field field, const char *wanted)
{
	const struct evtx_place *place = &plan.places[field];
	char text[WINEVT_TEXT_MAX];

	evtx_text(text, b.at + place->at, place->size);
	return place->source == EVTX_LITERAL && strcmp(text, wanted) == 0;
}

static bool is_value(enum evtx_field field, uint32_t number)
{
	return plan.places[field].source == EVTX_SUBSTITUTE && plan.places[field].at == number;
}

static void test_text(void)
{
	begin(false);
	bytes_event(&b, "IPMIDRV", "1004", "25374");
	check(make(b.n) == EVTX_TAKE && is_text(EVTX_PROVIDER, "IPMIDRV") &&
		      is_text(EVTX_EVENT_ID, "1004") && is_text(EVTX_QUALIFIERS, "32773") &&
		      is_text(EVTX_LEVEL, "3") && is_text(EVTX_RECORD_ID, "25374") &&
		      is_text(EVTX_TIME, "2026-11-20T06:54:06.8125001Z") &&
		      is_text(EVTX_CHANNEL, "System") &&
		      is_text(EVTX_COMPUTER, "SRV01.example.test"),
	      "a record without a template is text");
	begin(true);
	bytes_event(&b, "ipmidrv", "1004", "1");
	check(make(b.n) == EVTX_TAKE, "elements of a template have two bytes more");
	begin(false);
	bytes_event(&b, "ipmiprv", "1004", "1");
	check(make(b.n) == EVTX_OTHER, "another provider is not looked at further");
}

static void test_substitutes(void)
{
	begin(true);
	bytes_open(&b, "Event", false);
	bytes_open(&b, "System", false);
	bytes_open(&b, "Provider", true);
	bytes_attribute(&b, "Name");
	bytes_substitute(&b, 14, 1);
	bytes_attribute(&b, "Guid");
	bytes_substitute(&b, 15, 0x0f);
	bytes_put(&b, 0x03, 1);
	bytes_open(&b, "Computer", false);
	bytes_substitute(&b, 300, 1);
	bytes_put(&b, 0x040404, 3);
	check(make(b.n) == EVTX_ASK && is_value(EVTX_PROVIDER, 14) && is_value(EVTX_COMPUTER, 300),
	      "what is substituted is known by its number");
	check(plan.places[EVTX_LEVEL].source == EVTX_ABSENT, "what is not there is absent");
}

static void test_elsewhere(void)
{
	begin(false);
	bytes_open(&b, "Event", false);
	bytes_open(&b, "UserData", false);
	bytes_empty(&b, "Provider", "Name", "IPMIDRV");
	bytes_put(&b, 0x0404, 2);
	bytes_put(&b, 0x00, 1);
	check(make(b.n) == EVTX_OTHER, "only System says whose event it is");
	begin(false);
	bytes_open(&b, "Event", false);
	bytes_open(&b, "System", false);
	bytes_open(&b, "Security", false);
	bytes_empty(&b, "Provider", "Name", "IPMIDRV");
	bytes_put(&b, 0x040404, 3);
	check(make(b.n) == EVTX_OTHER, "and only its own elements");
	begin(false);
	bytes_open(&b, "Event", false);
	bytes_open(&b, "System", false);
	bytes_empty(&b, "Provider", "EventSourceName", "IPMIDRV");
	bytes_put(&b, 0x0404, 2);
	check(make(b.n) == EVTX_OTHER, "and only the attribute Name");
}

static void test_pieces(void)
{
	static const struct {
		unsigned width;
		uint64_t token;
		const char *what;
	} pieces[] = {
		{ 4, 0x00000105, "more text" },
		{ 3, 0x000007, "CDATA" },
		{ 3, 0x004108, "a character" },
		{ 4, 0x0100010d, "a substitution" },
	};

	for (size_t i = 0; i < COUNT_OF(pieces); i++) {
		begin(false);
		bytes_open(&b, "Event", false);
		bytes_open(&b, "System", false);
		bytes_open(&b, "Provider", true);
		bytes_attribute(&b, "Name");
		bytes_text(&b, "IPMIDRV");
		bytes_put(&b, pieces[i].token, pieces[i].width);
		bytes_put(&b, 0x030404, 3);
		check(make(b.n) == EVTX_OTHER, "a provider's name with %s is another one",
		      pieces[i].what);
	}
	begin(false);
	bytes_open(&b, "Event", false);
	bytes_open(&b, "System", false);
	bytes_empty(&b, "Provider", "Name", "IPMIDRV");
	bytes_open(&b, "Computer", false);
	bytes_text(&b, "SRV");
	bytes_put(&b, 0x09, 1);
	bytes_name(&b, "amp");
	bytes_text(&b, "1");
	bytes_put(&b, 0x040404, 3);
	check(make(b.n) == EVTX_TAKE && plan.places[EVTX_COMPUTER].source == EVTX_MIXED,
	      "a field of several pieces is marked as such");
}

static void test_cut(void)
{
	uint32_t whole, wrong = 0;

	begin(false);
	bytes_event(&b, "IPMIDRV", "1004", "25374");
	whole = b.n - 2; /* the end of System; Event's and the last token are not needed */
	for (uint32_t end = EVTX_CHUNK_HEADER; end < whole; end++)
		wrong += make(end) != EVTX_BAD;
	check(wrong == 0 && make(whole) == EVTX_TAKE, "what is cut short anywhere is damaged");
}

static void test_limits(void)
{
	begin(false);
	bytes_open(&b, "a", false);
	for (int i = 0; i < DEPTH_MAX - 1; i++)
		bytes_open(&b, "b", false);
	for (int i = 0; i < DEPTH_MAX; i++)
		bytes_put(&b, 0x04, 1);
	bytes_put(&b, 0x00, 1);
	check(make(b.n) == EVTX_OTHER, "elements may be nested that deep");
	begin(false);
	for (int i = 0; i < DEPTH_MAX + 1; i++)
		bytes_open(&b, "b", false);
	check(make(b.n) == EVTX_BAD, "but no deeper");
	begin(false);
	for (int i = 0; i < TOKENS_MAX - 1; i++)
		bytes_put(&b, 0x02, 1);
	bytes_put(&b, 0x00, 1);
	check(make(b.n) == EVTX_OTHER, "so many tokens are read");
	b.at[b.n - 1] = 0x02;
	bytes_put(&b, 0x00, 1);
	check(make(b.n) == EVTX_BAD, "and not one more");
}

/* The first token is an element; its name's offset is made to be that. */
static enum evtx_verdict name_at(uint32_t offset)
{
	begin(false);
	bytes_event(&b, "IPMIDRV", "1004", "1");
	bytes_set(&b, EVTX_CHUNK_HEADER + 5, offset, 4);
	return make(b.n);
}

static void test_lies(void)
{
	static const uint32_t offsets[] = { 0, 8, 511, 65530, 65536, 0x7ffffff0, 0xfffffff8 };
	static const uint8_t tokens[] = { 0x0a, 0x0b, 0x0c, 0x10, 0x3f, 0x7f, 0x80, 0xff };

	for (size_t i = 0; i < COUNT_OF(offsets); i++)
		check(name_at(offsets[i]) == EVTX_BAD, "no name is at %u", offsets[i]);
	check(name_at(b.n - 4) == EVTX_BAD, "nor across the end");
	for (size_t i = 0; i < COUNT_OF(tokens); i++) {
		begin(false);
		bytes_open(&b, "Event", false);
		bytes_put(&b, tokens[i], 1);
		b.n += 64;
		check(make(b.n) == EVTX_BAD, "token 0x%02x has no place here", tokens[i]);
	}
	begin(false);
	bytes_put(&b, 0x04, 1);
	check(make(b.n) == EVTX_BAD, "nothing closes before it opens");
	begin(false);
	bytes_open(&b, "Event", false);
	bytes_put(&b, 0x0205, 2);
	bytes_put(&b, 0, 2);
	check(make(b.n) == EVTX_BAD, "text of another type than text is refused");
}

int main(void)
{
	test_text();
	test_substitutes();
	test_elsewhere();
	test_pieces();
	test_cut();
	test_limits();
	test_lies();
	return tap_done();
}
