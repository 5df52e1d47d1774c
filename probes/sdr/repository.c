/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the SDR repository. Whole records first: one command each. Many controllers cannot
 * return so much at once: then the header, then the rest in pieces, ever smaller ones.
 */
#include "probes/sdr/repository.h"

#define NETFN_STORAGE 0x0a
#define CMD_INFO      0x20
#define CMD_RESERVE   0x22
#define CMD_GET	      0x23

#define CC_RESERVATION_LOST 0xc5
#define CC_LENGTH_INVALID   0xc7
#define CC_LENGTH_LIMIT	    0xc8
#define CC_TOO_MANY_BYTES   0xca

#define INFO_LEN     14
#define ID_FIRST     0x0000
#define ID_END	     0xffff
#define READ_WHOLE   0xff
#define NEXT_ID_LEN  2 /* stands before the record's bytes in each reply */
#define PIECE_FIRST  32
#define PIECE_LEAST  16
#define WHOLE_TRIALS 2 /* time-outs before pieces are tried instead */

enum phase {
	PHASE_RESERVE,
	PHASE_WHOLE,
	PHASE_HEADER,
	PHASE_BODY,
};

struct sdr_reader {
	struct sdr_info info;
	struct sdr_table table;
	enum phase phase;
	bool in_pieces;	      /* whole records do not work here */
	unsigned piece;	      /* bytes asked for at once */
	uint16_t reservation; /* 0: the controller knows none */
	uint16_t id, next_id;
	uint8_t record[SDR_RECORD_MAX];
	size_t have, want; /* of `record` */
	unsigned records, commands, reserves, failures, other_owners;
	uint8_t asked[(ID_END + 1) / 8]; /* record ids, one bit each: a list may run in circles */
};

static uint16_t le16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static uint32_t le32(const uint8_t *at)
{
	return le16(at) | (uint32_t)le16(at + 2) << 16;
}

static void ask(struct ipmi_request *req, uint8_t cmd, const char *label, uint8_t min_len)
{
	req->netfn = NETFN_STORAGE;
	req->lun = 0;
	req->cmd = cmd;
	req->label = label;
	req->min_len = min_len;
	req->data_len = 0;
	memset(req->tolerated, 0, sizeof(req->tolerated));
}

void sdr_info_ask(struct ipmi_request *req)
{
	ask(req, CMD_INFO, "Get SDR Repository Info", INFO_LEN);
	req->tolerated[0] = 0xc1; /* has no repository */
}

bool sdr_info_parse(const uint8_t *data, size_t len, struct sdr_info *ret)
{
	if (len < INFO_LEN)
		return false;
	*ret = (struct sdr_info){
		.records = le16(data + 1),
		.added = le32(data + 5),
		.erased = le32(data + 9),
	};
	return true;
}

bool sdr_info_equal(const struct sdr_info *a, const struct sdr_info *b)
{
	return a->records == b->records && a->added == b->added && a->erased == b->erased;
}

struct sdr_reader *sdr_reader_new(const struct sdr_info *info)
{
	struct sdr_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return NULL;
	reader->info = *info;
	reader->piece = PIECE_FIRST;
	return reader;
}

void sdr_reader_free(struct sdr_reader *reader)
{
	if (!reader)
		return;
	sdr_table_done(&reader->table);
	free(reader);
}

static bool was_asked(const struct sdr_reader *reader, uint16_t id)
{
	return reader->asked[id / 8] & 1U << id % 8;
}

static void mark_asked(struct sdr_reader *reader, uint16_t id)
{
	reader->asked[id / 8] |= (uint8_t)(1U << id % 8);
}

/* What to ask for of the record: the offset and how many bytes. */
static unsigned wanted_bytes(const struct sdr_reader *reader)
{
	switch (reader->phase) {
	case PHASE_HEADER:
		return SDR_HEADER_LEN;
	case PHASE_BODY:
		return (unsigned)min_i64((int64_t)(reader->want - reader->have), reader->piece);
	case PHASE_RESERVE:
	case PHASE_WHOLE:
		break;
	}
	return READ_WHOLE;
}

void sdr_reader_ask(const struct sdr_reader *reader, struct ipmi_request *req)
{
	static const uint8_t tolerated[] = { CC_RESERVATION_LOST, CC_LENGTH_INVALID,
					     CC_LENGTH_LIMIT, CC_TOO_MANY_BYTES };

	if (reader->phase == PHASE_RESERVE) {
		ask(req, CMD_RESERVE, "Reserve SDR Repository", 2);
		req->tolerated[0] = 0xc1;
		return;
	}
	ask(req, CMD_GET, "Get SDR",
	    NEXT_ID_LEN + (reader->phase == PHASE_BODY ? 1 : SDR_HEADER_LEN));
	memcpy(req->tolerated, tolerated, sizeof(tolerated));
	req->data[0] = (uint8_t)reader->reservation;
	req->data[1] = (uint8_t)(reader->reservation >> 8);
	req->data[2] = (uint8_t)reader->id;
	req->data[3] = (uint8_t)(reader->id >> 8);
	req->data[4] = (uint8_t)reader->have;
	req->data[5] = (uint8_t)wanted_bytes(reader);
	req->data_len = 6;
}

/* --- replies --- */

static enum sdr_progress start_record(struct sdr_reader *reader)
{
	reader->have = 0;
	reader->want = 0;
	reader->phase = reader->in_pieces ? PHASE_HEADER : PHASE_WHOLE;
	return SDR_MORE;
}

static enum sdr_progress next_record(struct sdr_reader *reader)
{
	mark_asked(reader, reader->id);
	if (reader->next_id == ID_END)
		return SDR_COMPLETE;
	if (reader->next_id == ID_FIRST || was_asked(reader, reader->next_id))
		return reader->records >= reader->info.records ? SDR_COMPLETE : SDR_INCOMPLETE;
	if (reader->records >= SDR_RECORDS_MAX)
		return SDR_INCOMPLETE;
	reader->id = reader->next_id;
	return start_record(reader);
}

static enum sdr_progress keep_record(struct sdr_reader *reader)
{
	struct sdr_sensor sensors[SDR_SHARE_MAX];
	size_t count, i;
	int r;

	reader->records++;
	if (sdr_record_parse(reader->record, reader->have, sensors, &count) == SDR_KIND_OTHER_OWNER)
		reader->other_owners++;
	for (i = 0; i < count; i++) {
		r = sdr_table_add(&reader->table, &sensors[i]);
		if (r < 0 && r != -EEXIST)
			return SDR_INCOMPLETE;
	}
	return next_record(reader);
}

static enum sdr_progress use_pieces(struct sdr_reader *reader)
{
	reader->in_pieces = true;
	return start_record(reader);
}

/* The piece could not be had: smaller ones; at last do without the record. */
static enum sdr_progress use_smaller_pieces(struct sdr_reader *reader)
{
	if (reader->piece <= PIECE_LEAST) {
		reader->records++;
		return next_record(reader);
	}
	reader->piece = PIECE_LEAST;
	return SDR_MORE;
}

static enum sdr_progress take_whole(struct sdr_reader *reader, const uint8_t *bytes, size_t n)
{
	if (n < SDR_HEADER_LEN || n < sdr_record_len(bytes))
		return use_pieces(reader);
	reader->have = sdr_record_len(bytes);
	memcpy(reader->record, bytes, reader->have);
	return keep_record(reader);
}

static enum sdr_progress take_header(struct sdr_reader *reader, const uint8_t *bytes, size_t n)
{
	if (n < SDR_HEADER_LEN)
		return SDR_INCOMPLETE;
	memcpy(reader->record, bytes, SDR_HEADER_LEN);
	reader->have = SDR_HEADER_LEN;
	reader->want = sdr_record_len(bytes);
	if (reader->want == reader->have)
		return keep_record(reader);
	reader->phase = PHASE_BODY;
	return SDR_MORE;
}

static enum sdr_progress take_piece(struct sdr_reader *reader, const uint8_t *bytes, size_t n)
{
	n = (size_t)min_i64((int64_t)n, wanted_bytes(reader));
	if (n == 0)
		return use_smaller_pieces(reader);
	memcpy(reader->record + reader->have, bytes, n);
	reader->have += n;
	return reader->have < reader->want ? SDR_MORE : keep_record(reader);
}

static enum sdr_progress take_bytes(struct sdr_reader *reader, const uint8_t *data, size_t len)
{
	if (reader->phase == PHASE_RESERVE) {
		reader->reservation = len >= 2 ? le16(data) : 0;
		return start_record(reader);
	}
	if (len < NEXT_ID_LEN)
		return SDR_INCOMPLETE;
	reader->next_id = le16(data);
	data += NEXT_ID_LEN;
	len -= NEXT_ID_LEN;
	if (reader->phase == PHASE_WHOLE)
		return take_whole(reader, data, len);
	return reader->phase == PHASE_HEADER ? take_header(reader, data, len)
					     : take_piece(reader, data, len);
}

static enum sdr_progress take_code(struct sdr_reader *reader, uint8_t cc)
{
	if (reader->phase == PHASE_RESERVE) { /* it may do without */
		reader->reservation = 0;
		return start_record(reader);
	}
	if (cc == CC_RESERVATION_LOST) {
		if (++reader->reserves > SDR_RESERVES_MAX)
			return SDR_INCOMPLETE;
		reader->phase = PHASE_RESERVE;
		return SDR_MORE;
	}
	if (reader->phase == PHASE_WHOLE)
		return use_pieces(reader);
	/* Without the header, which record is next is unknown. */
	return reader->phase == PHASE_BODY ? use_smaller_pieces(reader) : SDR_INCOMPLETE;
}

static enum sdr_progress take_failure(struct sdr_reader *reader)
{
	if (++reader->failures >= SDR_FAILURES_MAX)
		return SDR_INCOMPLETE;
	if (reader->phase == PHASE_WHOLE && reader->failures >= WHOLE_TRIALS)
		(void)use_pieces(reader);
	return SDR_LATER;
}

static enum sdr_progress take_reply(struct sdr_reader *reader, const struct ipmi_reply *reply)
{
	switch (reply->status) {
	case OBS_OK:
	case OBS_SLOW:
		reader->failures = 0;
		return reply->cc == 0 ? take_bytes(reader, reply->data, reply->len)
				      : take_code(reader, reply->cc);
	case OBS_COMPLETION_CODE:
		reader->failures = 0;
		return take_code(reader, reply->cc);
	case OBS_BAD_REPLY:
		if (reader->phase == PHASE_WHOLE)
			return use_pieces(reader);
		return take_failure(reader);
	case OBS_TIMEOUT:
	case OBS_LATE:
	case OBS_BUSY:
	case OBS_DRIVER_STUCK:
		return take_failure(reader);
	case OBS_INTERFACE_LOST:
	case OBS_SKIPPED:
	case OBS_STATUS_MAX:
		break;
	}
	return SDR_LATER;
}

enum sdr_progress sdr_reader_answer(struct sdr_reader *reader, const struct ipmi_reply *reply)
{
	enum sdr_progress progress = take_reply(reader, reply);

	if (progress == SDR_MORE && ++reader->commands >= SDR_COMMANDS_MAX)
		return SDR_INCOMPLETE;
	return progress;
}

struct sdr_table sdr_reader_take(struct sdr_reader *reader)
{
	struct sdr_table table = reader->table;

	reader->table = (struct sdr_table){ 0 };
	sdr_table_make_names_unique(&table);
	return table;
}

unsigned sdr_reader_other_owners(const struct sdr_reader *reader)
{
	return reader->other_owners;
}
