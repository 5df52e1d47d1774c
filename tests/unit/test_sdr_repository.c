/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a repository from a scripted controller: an honest one, clumsy ones, hostile ones.
 */
#include "probes/sdr/repository.c"
#include "tests/unit/sdr_bytes.h"
#include "tests/unit/tap.h"

#define RECORDS_MAX 32

struct script { /* a repository and its manners */
	uint8_t records[RECORDS_MAX][SDR_RECORD_MAX];
	size_t len[RECORDS_MAX];
	unsigned count;
	unsigned most;		   /* bytes at once; more: `too_many` */
	uint8_t too_many;	   /* a completion code; 0: returns fewer instead */
	uint8_t reserve_cc;	   /* of Reserve */
	unsigned lose_reservation; /* every so many Get SDR; 0: never */
	bool is_forgetful;	   /* never keeps one */
	uint16_t loops_to;	   /* the last record's next id; 0: the end */
	bool is_endless;	   /* each next id is new */
	unsigned time_outs;	   /* so many first */
	uint16_t reservation;
	unsigned asked, gets;
	uint8_t reply[IPMI_REPLY_DATA_MAX];
};

static struct script script;

static void add_full(uint8_t number, const char *name)
{
	unsigned i = script.count++;

	script.len[i] = make_full(script.records[i], (uint16_t)(i + 1), number, name);
}

static void honest(unsigned count)
{
	char name[16];
	unsigned i;

	memset(&script, 0, sizeof(script));
	script.most = 255;
	for (i = 0; i < count; i++) {
		(void)snprintf(name, sizeof(name), "S%u", i);
		add_full((uint8_t)(i + 1), name);
	}
}

/* Record ids are 1, 2 …; 0 is the first, as the standard has it. */
static void play_get(const struct ipmi_request *req, struct ipmi_reply *reply)
{
	unsigned id = le16(req->data + 2), i = id == 0 ? 0 : id - 1, next;
	unsigned offset = req->data[4], n = req->data[5], left;

	script.gets++;
	if (script.is_forgetful ||
	    (script.lose_reservation && script.gets % script.lose_reservation == 0)) {
		reply->cc = 0xc5;
		return;
	}
	if (script.is_endless)
		i = 0;
	if (i >= script.count) {
		reply->cc = 0xcb;
		return;
	}
	left = (unsigned)script.len[i] - (unsigned)min_i64(offset, (int64_t)script.len[i]);
	n = (unsigned)min_i64(n, n == READ_WHOLE ? SDR_RECORD_MAX : (int64_t)left);
	n = (unsigned)min_i64(n, left);
	if (n > script.most && script.too_many) {
		reply->cc = script.too_many;
		return;
	}
	n = (unsigned)min_i64(n, script.most);
	next = i + 1 < script.count ? i + 2 : (script.loops_to ? script.loops_to : ID_END);
	if (script.is_endless)
		next = id + 1;
	script.reply[0] = (uint8_t)next;
	script.reply[1] = (uint8_t)(next >> 8);
	memcpy(script.reply + 2, script.records[i] + offset, n);
	reply->len = 2 + n;
}

static void play(const struct ipmi_request *req, struct ipmi_reply *reply)
{
	*reply = (struct ipmi_reply){ .status = OBS_OK, .data = script.reply };
	script.asked++;
	if (script.time_outs > 0) {
		script.time_outs--;
		*reply = (struct ipmi_reply){ .status = OBS_TIMEOUT };
		return;
	}
	if (req->cmd == CMD_GET) {
		play_get(req, reply);
	} else {
		script.reservation++;
		script.reply[0] = (uint8_t)script.reservation;
		script.reply[1] = (uint8_t)(script.reservation >> 8);
		reply->cc = script.reserve_cc;
		reply->len = 2;
	}
	if (reply->cc != 0)
		reply->len = 0;
	/* As the queue has it: too short a reply is a bad one. */
	if (reply->cc == 0 && reply->len < req->min_len)
		reply->status = OBS_BAD_REPLY;
}

/* Read to the end, at most `max` commands. */
static enum sdr_progress read_all_records(struct sdr_reader *reader, unsigned max)
{
	enum sdr_progress progress = SDR_MORE;
	struct ipmi_request req = { 0 };
	struct ipmi_reply reply;

	while (max-- > 0 && (progress == SDR_MORE || progress == SDR_LATER)) {
		sdr_reader_ask(reader, &req);
		if (req.cmd == CMD_GET && le16(req.data) != script.reservation &&
		    !script.reserve_cc)
			check(false, "the reservation is the latest");
		play(&req, &reply);
		progress = sdr_reader_answer(reader, &reply);
	}
	return progress;
}

static enum sdr_progress read_script(struct sdr_table *ret_table, unsigned max)
{
	const struct sdr_info info = { .records = (uint16_t)script.count };
	struct sdr_reader *reader = sdr_reader_new(&info);
	enum sdr_progress progress;

	if (!reader)
		exit(99);
	progress = read_all_records(reader, max);
	*ret_table = sdr_reader_take(reader);
	sdr_reader_free(reader);
	return progress;
}

static void test_honest(void)
{
	SCOPED(sdr_table_done) struct sdr_table table = { 0 };

	honest(20);
	check(read_script(&table, 1000) == SDR_COMPLETE && table.count == 20, "all records");
	check(script.asked == 21, "one command each, and a reservation");
	check(strcmp(sdr_sensor_name(&table.sensors[19]), "S19") == 0, "the last is whole");
}

/* Ten records of 50 bytes: a reservation, a whole one refused, then a header and the pieces of 45
 * bytes each; where 32 are refused, once, three of at most 16. */
static void test_pieces(uint8_t code, unsigned most, unsigned expected)
{
	SCOPED(sdr_table_done) struct sdr_table table = { 0 };

	honest(10);
	script.most = most;
	script.too_many = code;
	check(read_script(&table, 1000) == SDR_COMPLETE && table.count == 10,
	      "at most %u bytes at once, else 0x%02x: read in pieces", most, code);
	check(script.asked == expected, "with %u commands, %u", expected, script.asked);
}

static void test_unreadable_record(void)
{
	SCOPED(sdr_table_done) struct sdr_table table = { 0 };

	honest(3);
	script.most = 8; /* the header can be had, no piece of 16 */
	script.too_many = 0xca;
	check(read_script(&table, 1000) == SDR_COMPLETE && table.count == 0,
	      "records that cannot be had are done without");
	sdr_table_done(&table);
	honest(3);
	script.most = 4;
	script.too_many = 0xff;
	check(read_script(&table, 1000) == SDR_INCOMPLETE,
	      "without a header nobody knows what is next");
}

static void test_reservation(void)
{
	SCOPED(sdr_table_done) struct sdr_table table = { 0 };

	honest(10);
	script.lose_reservation = 3;
	check(read_script(&table, 1000) == SDR_COMPLETE && table.count == 10,
	      "a reservation that others take is made again");
	sdr_table_done(&table);
	honest(10);
	script.is_forgetful = true;
	check(read_script(&table, 1000) == SDR_INCOMPLETE &&
		      script.asked <= 2 * (SDR_RESERVES_MAX + 1),
	      "but not for ever");
	sdr_table_done(&table);
	honest(10);
	script.reserve_cc = 0xc1;
	check(read_script(&table, 1000) == SDR_COMPLETE && table.count == 10,
	      "a controller that knows no reservations does without");
}

static void test_circles(void)
{
	SCOPED(sdr_table_done) struct sdr_table table = { 0 };

	honest(10);
	script.loops_to = 4;
	check(read_script(&table, 100000) == SDR_COMPLETE && table.count == 10,
	      "a list that runs in a circle after its last record is complete");
	check(script.asked < 25, "and left at once");
	sdr_table_done(&table);
	honest(10);
	script.is_endless = true;
	check(read_script(&table, 100000) == SDR_INCOMPLETE && table.count == 1,
	      "one without an end is left");
	check(script.asked <= SDR_RECORDS_MAX + 2, "after %u records", SDR_RECORDS_MAX);
	sdr_table_done(&table);
	honest(1);
	script.is_endless = true;
	script.most = 1;
	check(read_script(&table, 100000) == SDR_INCOMPLETE, "byte by byte, too");
	check(script.asked <= SDR_COMMANDS_MAX, "after %u commands", script.asked);
}

static void test_early_circle(void)
{
	SCOPED(sdr_table_done) struct sdr_table table = { 0 };
	const struct sdr_info info = { .records = 50 };
	struct sdr_reader *reader = sdr_reader_new(&info);

	if (!reader)
		exit(99);
	honest(5);
	script.loops_to = 2;
	check(read_all_records(reader, 100000) == SDR_INCOMPLETE,
	      "a circle before as many records as it said is incomplete");
	table = sdr_reader_take(reader);
	check(table.count == 5, "what there was is there");
	sdr_reader_free(reader);
}

static void test_silence(void)
{
	SCOPED(sdr_table_done) struct sdr_table table = { 0 };
	const struct sdr_info info = { .records = 5 };
	struct sdr_reader *reader;
	struct ipmi_reply skipped = { .status = OBS_SKIPPED };
	unsigned i;

	honest(5);
	script.time_outs = SDR_FAILURES_MAX - 1;
	check(read_script(&table, 1000) == SDR_COMPLETE && table.count == 5,
	      "it goes on after time-outs");
	sdr_table_done(&table);
	honest(5);
	script.time_outs = 1000;
	check(read_script(&table, 1000) == SDR_INCOMPLETE && script.asked == SDR_FAILURES_MAX,
	      "but gives up after %u in a row", SDR_FAILURES_MAX);
	reader = sdr_reader_new(&info);
	if (!reader)
		exit(99);
	for (i = 0; i < 1000 && sdr_reader_answer(reader, &skipped) == SDR_LATER; i++)
		continue;
	check(i == 1000, "being skipped is no reason to give up");
	sdr_reader_free(reader);
}

static void test_other_owner(void)
{
	const struct sdr_info info = { .records = 2 };
	struct sdr_reader *reader = sdr_reader_new(&info);

	if (!reader)
		exit(99);
	honest(2);
	script.records[1][5] = 0x2c;
	check(read_all_records(reader, 100) == SDR_COMPLETE, "a repository with foreign sensors");
	check(sdr_reader_other_owners(reader) == 1 && reader->table.count == 1,
	      "they are counted, not kept");
	sdr_reader_free(reader);
	sdr_reader_free(NULL);
}

static void test_lying_lengths(void)
{
	SCOPED(sdr_table_done) struct sdr_table table = { 0 };

	honest(3);
	script.records[1][4] = 0xff; /* says more than it has */
	(void)read_script(&table, 1000);
	check(table.count >= 1 && script.asked < 100, "a record longer than it is ends somehow");
	sdr_table_done(&table);
	honest(3);
	script.records[1][4] = 0;
	check(read_script(&table, 1000) == SDR_COMPLETE && table.count == 2,
	      "an empty one is left out");
	sdr_table_done(&table);
	honest(3);
	script.records[1][4] = 0;
	script.most = 20;
	script.too_many = 0xca;
	check(read_script(&table, 1000) == SDR_COMPLETE && table.count == 2, "in pieces, too");
}

static void test_info(void)
{
	const uint8_t data[INFO_LEN] = { 0x51, 0x15, 0x01, 0xfe, 0xff, 0xc9, 0x28,
					 0x03, 0x6b, 4,	   3,	 2,    1,    0x02 };
	struct sdr_info info = { 0 }, other;

	check(!sdr_info_parse(data, INFO_LEN - 1, &info) && info.records == 0,
	      "a short info is none");
	check(sdr_info_parse(data, INFO_LEN, &info) && info.records == 0x115 &&
		      info.added == 0x6b0328c9 && info.erased == 0x01020304,
	      "count and timestamps");
	other = info;
	check(sdr_info_equal(&info, &other), "the same is equal");
	other.erased++;
	check(!sdr_info_equal(&info, &other), "another timestamp is not");
}

int main(void)
{
	test_honest();
	test_pieces(0xca, 40, 32);
	test_pieces(0xc8, 20, 43);
	test_pieces(0xff, 20, 43);
	test_pieces(0xc7, 20, 43);
	test_pieces(0, 16, 42);
	test_unreadable_record();
	test_reservation();
	test_circles();
	test_early_circle();
	test_silence();
	test_other_owner();
	test_lying_lengths();
	test_info();
	return tap_done();
}
